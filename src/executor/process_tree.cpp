#include "executor/process_tree.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "executor/descriptor.h"
#include "executor/durable_file.h"

namespace stargate::executor {
namespace {

/// nullopt: it has ended (a zombie too).
std::optional<Process> look_at(pid_t number) {
  const std::string text = read_process_file(number, "stat");
  // The name, in parentheses, may hold anything.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  char state = 0;
  int parent = 0;
  unsigned long long started_ticks = 0;
  const int fields = std::sscanf(text.c_str() + name_end + 1,
                                 " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                                 "%*d %*d %*d %llu",
                                 &state, &parent, &started_ticks);
  if (fields != 3 || state == 'Z' || state == 'X') return std::nullopt;
  return Process{number, parent, started_ticks};
}

std::vector<Process> all_processes() {
  std::vector<Process> found;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) throw_errno("cannot read /proc");
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    pid_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (const std::optional<Process> process = look_at(number)) found.push_back(*process);
  }
  ::closedir(folder);
  return found;
}

/// The processes of `roots` that are among `all` and everything below any of the roots.
std::vector<Process> trees(const std::vector<Process>& all, const std::set<pid_t>& roots) {
  std::multimap<pid_t, pid_t> children;
  for (const Process& process : all) children.emplace(process.parent, process.number);
  std::set<pid_t> wanted = roots;
  std::vector<pid_t> open(roots.begin(), roots.end());
  while (!open.empty()) {
    const pid_t number = open.back();
    open.pop_back();
    const auto [first, last] = children.equal_range(number);
    for (auto child = first; child != last; ++child) {
      if (wanted.insert(child->second).second) open.push_back(child->second);
    }
  }
  std::vector<Process> found;
  for (const Process& process : all) {
    if (wanted.contains(process.number)) found.push_back(process);
  }
  return found;
}

}  // namespace

std::vector<Process> descendants_of(pid_t root) {
  std::vector<Process> found = trees(all_processes(), {root});
  std::erase_if(found, [root](const Process& process) { return process.number == root; });
  return found;
}

std::vector<Process> marked_processes(const std::string& assignment) {
  const std::vector<Process> all = all_processes();
  // Each variable ends with a zero byte.
  const std::string whole = assignment + '\0';
  std::set<pid_t> roots;
  for (const Process& process : all) {
    if (has_variable(process.number, whole)) roots.insert(process.number);
  }
  return roots.empty() ? std::vector<Process>() : trees(all, roots);
}

bool has_variable(pid_t number, const std::string& beginning) {
  const std::string text = '\0' + read_process_file(number, "environ");
  return text.find('\0' + beginning) != std::string::npos;
}

bool has_variable_above(pid_t number, const std::string& beginning) {
  // A number that is used anew meanwhile could make a circle.
  constexpr int kDeepest = 1'000;
  for (int depth = 0; number > 1 && depth < kDeepest; ++depth) {
    if (has_variable(number, beginning)) return true;
    const std::optional<Process> process = look_at(number);
    if (!process) return false;
    number = process->parent;
  }
  return false;
}

std::string read_process_file(pid_t number, const char* name) {
  try {
    return read_file("/proc/" + std::to_string(number) + "/" + name).value_or("");
  } catch (const std::system_error&) {
    return "";
  }
}

bool has_ended(int process) {
  pollfd waiting{process, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

// Debian 12's <sys/pidfd.h> declares no C linkage.
int open_process(pid_t number) { return static_cast<int>(::syscall(SYS_pidfd_open, number, 0)); }

void send_signal(const Process& process, int signal) {
  const Descriptor handle(open_process(process.number));
  if (!handle.is_open()) return;
  const std::optional<Process> now = look_at(process.number);
  if (!now || now->started_ticks != process.started_ticks) return;
  ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
}

}  // namespace stargate::executor
