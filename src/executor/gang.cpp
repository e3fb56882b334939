#include "executor/gang.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/control_group.h"
#include "executor/descriptor.h"
#include "executor/durable_file.h"
#include "executor/machine.h"
#include "executor/rank_process.h"
#include "executor/sandbox.h"

namespace stargate::executor {
namespace {

struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("cannot make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::string words_of(const RankAnswer& answer, const Order& order, const EpochFolder& folder,
                     const std::string& program) {
  const char* reason = std::strerror(answer.error);
  switch (answer.step) {
    case RankAnswer::Step::kOutput:
      return fmt::format("cannot write {}: {}", folder.output(answer.rank, false), reason);
    case RankAnswer::Step::kDirectory:
      return fmt::format("cannot enter the folder {}: {}", order.directory, reason);
    case RankAnswer::Step::kMemory:
      return fmt::format("cannot limit memory to {} bytes: {}", order.memory_bytes_max, reason);
    default: return fmt::format("cannot run {}: {}", program, reason);
  }
}

/// In memory, to be read from its beginning.
Descriptor file_of(const std::string& text) {
  Descriptor file(::memfd_create("arguments", MFD_CLOEXEC));
  if (!file.is_open() ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw_errno("cannot make a file in memory");
  }
  return file;
}

void pause_ms(int length_ms) { ::poll(nullptr, 0, length_ms); }

}  // namespace

std::string Gang::start() {
  if (order_.argv.empty() || order_.ranks.empty()) return "";
  Environment environment = order_.environment;
  std::string problem;
  const std::string program =
      find_program(order_.argv.front(), environment, order_.directory, problem);
  if (program.empty()) return problem;
  if (!order_.cgroup.empty()) create_control_group(order_.cgroup);

  Pipe gate = make_pipe();
  Pipe answers = make_pipe();
  for (std::size_t rank = 0; rank < order_.ranks.size(); ++rank) {
    problem = launch(rank, program, gate.reading.get(), answers.writing.get());
    if (!problem.empty()) return problem;
  }
  answers.writing.close();
  problem = await_answers(answers.reading.get(), ranks_.size());
  if (!problem.empty()) return problem;

  const std::string bytes(ranks_.size(), 'g');
  if (::write(gate.writing.get(), bytes.data(), bytes.size()) !=
      static_cast<ssize_t>(bytes.size())) {
    return fmt::format("cannot release the ranks: {}", std::strerror(errno));
  }
  problem = await_answers(answers.reading.get(), 0);
  if (problem.empty() && !order_.sandbox.empty()) await_insides();
  return problem;
}

/// Until every rank runs in its sandbox, or has ended: what is warned before would not hear it.
void Gang::await_insides() {
  const Instant limit = steady_clock() + seconds(10);
  for (int wait_ms = 1; steady_clock() < limit; wait_ms = std::min(2 * wait_ms, 100)) {
    reap();
    std::set<pid_t> parents;
    for (const Process& process : descendants_of(::getpid())) parents.insert(process.parent);
    if (std::ranges::all_of(ranks_,
                            [&](pid_t rank) { return rank == 0 || parents.contains(rank); })) {
      return;
    }
    pause_ms(wait_ms);
  }
}

/// Whether it only waits for what is in the sandbox, which would be killed with it.
bool Gang::is_outside(const Process& process) const {
  return !order_.sandbox.empty() && std::ranges::find(ranks_, process.number) != ranks_.end();
}

std::string Gang::launch(std::size_t rank, const std::string& program, int gate, int answers) {
  const auto number = static_cast<std::uint32_t>(rank);
  RankStart start{program,
                  order_.argv,
                  {},
                  order_.directory,
                  folder_.output(number, false),
                  folder_.output(number, true),
                  order_.cgroup,
                  order_.memory_bytes_max};
  Environment environment = order_.ranks[rank];
  environment.insert(order_.environment.begin(), order_.environment.end());
  Descriptor arguments;
  if (order_.sandbox.empty()) {
    start.environment = assignments_of(environment);
  } else {
    arguments = file_of(sandbox_arguments(order_.sandbox, environment));
    start.program = order_.sandbox.front();
    start.argv = {start.program, "--args", std::to_string(arguments.get()), "--", program};
    start.argv.insert(start.argv.end(), order_.argv.begin() + 1, order_.argv.end());
    start.environment = {fmt::format("{}={}", kGangVariable, order_.gang)};
    start.arguments = arguments.get();
  }

  const pid_t keeper = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become_rank(start, number, gate, answers, keeper);
  if (child < 0) {
    return fmt::format("cannot start process {} of {}: {}", rank + 1, order_.ranks.size(),
                       std::strerror(errno));
  }
  ranks_.push_back(child);
  ++ranks_running_;
  lives_ = true;
  return "";
}

/// Waits until `wanted` ranks have said that they are ready; 0: until all run the program. A sentence
/// where one fails.
std::string Gang::await_answers(int answers, std::size_t wanted) {
  std::size_t ready = 0;
  while (wanted == 0 || ready < wanted) {
    pollfd waiting{answers, POLLIN, 0};
    ::poll(&waiting, 1, 100);
    if (waiting.revents == 0) {
      reap();
      if (wanted != 0 && ranks_running_ < ranks_.size()) return "a process was killed as it began";
      continue;
    }
    RankAnswer answer;
    const ssize_t count = ::read(answers, &answer, sizeof answer);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) return wanted == 0 ? "" : "every process was killed as it began";
    if (count != static_cast<ssize_t>(sizeof answer)) return "a process spoke in riddles";
    if (answer.step != RankAnswer::Step::kReady) {
      return words_of(answer, order_, folder_,
                      order_.sandbox.empty() ? order_.argv.front() : order_.sandbox.front());
    }
    ++ready;
  }
  return "";
}

void Gang::reap() {
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended == 0) return;
    if (ended < 0) {
      if (errno == EINTR) continue;
      lives_ = false;
      return;
    }
    const auto rank = std::find(ranks_.begin(), ranks_.end(), ended);
    if (rank == ranks_.end()) continue;
    *rank = 0;
    --ranks_running_;
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (code != 0 && failed_rank_ < 0) {
      failed_rank_ = static_cast<int>(rank - ranks_.begin());
      failed_status_ = code;
    }
  }
}

void Gang::warn(int signal) {
  for (const Process& process : descendants_of(::getpid())) {
    if (is_outside(process)) continue;
    send_signal(process, signal);
    // What is stopped would not see it.
    send_signal(process, SIGCONT);
  }
}

void Gang::kill_all() {
  int wait_ms = 1;
  for (reap(); lives_; reap()) {
    if (!order_.cgroup.empty()) kill_control_group(order_.cgroup);
    for (const Process& process : descendants_of(::getpid())) send_signal(process, SIGKILL);
    pause_ms(wait_ms);
    wait_ms = std::min(2 * wait_ms, 100);
  }
  if (!order_.cgroup.empty()) remove_control_group(order_.cgroup);
}

}  // namespace stargate::executor
