#include "executor/rank_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executor/durable_file.h"

namespace stargate::executor {
namespace {

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

/// The processes of a rank get nothing of what its keeper ignores or blocks.
void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool redirect(const std::string& path, int flags, int target) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (file < 0) return false;
  return ::dup2(file, target) == target;
}

bool limit_memory(std::uint64_t bytes) {
  const rlimit limit{bytes, bytes};
  return bytes == 0 || ::setrlimit(RLIMIT_AS, &limit) == 0;
}

void join_control_group(const std::string& folder) {
  if (folder.empty()) return;
  const int file = ::open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  // Without it the gang is found by its parents and its mark.
  if (file >= 0 && ::write(file, "0", 1) != 1) return;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

bool is_program(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return false;
  }
  return ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

void become_rank(const RankStart& start, std::uint32_t rank, int gate, int answers, pid_t keeper) {
  const auto answer = [&](RankAnswer::Step step) {
    const RankAnswer message{rank, step, errno};
    return ::write(answers, &message, sizeof message) == sizeof message;
  };
  const auto fail = [&](RankAnswer::Step step) {
    answer(step);
    ::_exit(127);
  };

  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);
  join_control_group(start.control_group);
  ::setsid();
  ::umask(022);
  if (!redirect("/dev/null", O_RDONLY, 0)) fail(RankAnswer::Step::kOutput);
  if (!redirect(start.output, O_WRONLY | O_CREAT | O_APPEND, 1)) fail(RankAnswer::Step::kOutput);
  if (!redirect(start.error, O_WRONLY | O_CREAT | O_APPEND, 2)) fail(RankAnswer::Step::kOutput);
  if (::chdir(start.directory.c_str()) != 0) fail(RankAnswer::Step::kDirectory);
  const std::vector<char*> argv = pointers(start.argv);
  const std::vector<char*> environment = pointers(start.environment);
  if (!answer(RankAnswer::Step::kReady)) ::_exit(127);

  char byte = 0;
  if (::read(gate, &byte, 1) != 1) ::_exit(127);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (start.arguments >= 0) ::fcntl(start.arguments, F_SETFD, 0);
  reset_signals();
  if (!limit_memory(start.memory_bytes_max)) fail(RankAnswer::Step::kMemory);
  ::execve(start.program.c_str(), argv.data(), environment.data());
  fail(RankAnswer::Step::kProgram);
  ::_exit(127);
}

std::string find_program(const std::string& name, const Environment& environment,
                         const std::string& directory, std::string& problem) {
  if (name.find('/') != std::string::npos) {
    std::string path = name.front() == '/' ? name : directory + "/" + name;
    if (is_program(path)) return path;
    problem = fmt::format("cannot run {}: {}", path, std::strerror(errno));
    return "";
  }
  const auto given = environment.find("PATH");
  const std::string folders = given == environment.end() ? kDefaultPath : given->second;
  std::istringstream stream(folders);
  std::string folder;
  while (std::getline(stream, folder, ':')) {
    std::string path = (folder.empty() ? directory : folder) + "/" + name;
    if (is_program(path)) return path;
  }
  problem = fmt::format("cannot run {}: no such program in PATH ({})", name, folders);
  return "";
}

}  // namespace stargate::executor
