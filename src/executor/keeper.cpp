#include "executor/keeper.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executor/descriptor.h"
#include "executor/durable_file.h"
#include "executor/epoch_folder.h"
#include "executor/gang.h"
#include "executor/machine.h"
#include "executor/order.h"
#include "executor/signal_name.h"

namespace stargate::executor {
namespace {

constexpr int kWriteTries = 60;

/// The lock that the executor took for this process, or one of its own.
Descriptor take_lock(const EpochFolder& folder) {
  struct stat wanted {};
  struct stat given {};
  Descriptor lock(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open() || ::fstat(lock.get(), &wanted) != 0) {
    throw_errno("cannot open " + folder.lock());
  }
  if (lock.get() != kKeeperLock && ::fstat(kKeeperLock, &given) == 0 &&
      given.st_dev == wanted.st_dev && given.st_ino == wanted.st_ino) {
    lock = Descriptor(kKeeperLock);
    ::fcntl(kKeeperLock, F_SETFD, FD_CLOEXEC);
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) throw_errno("cannot lock " + folder.lock());
  return lock;
}

class Keeper {
 public:
  explicit Keeper(const std::string& path) : folder_(path), lock_(take_lock(folder_)) {
    const std::optional<std::string> text = read_file(folder_.order());
    if (!text) throw std::runtime_error("there is no " + folder_.order());
    order_ = read_order(*text);
    if (exists(folder_.started()) || exists(folder_.ended())) {
      throw std::runtime_error(path + " has been kept before");
    }
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_errno("cannot become a reaper");
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.is_open()) throw_errno("cannot watch signals");
    ::signal(SIGPIPE, SIG_IGN);
    control_ = Descriptor(::open(folder_.control().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!control_.is_open()) throw_errno("cannot open " + folder_.control());
  }

  void run();

 private:
  bool start(Gang& gang);
  void await_end(Gang& gang);
  void look_up();
  void wait_until(Instant wake);
  /// Writes a finding; tries for a minute where the disk is full.
  bool say(Outcome outcome, const Gang* gang, const std::string& detail);

  EpochFolder folder_;
  Descriptor lock_;
  Order order_;
  Descriptor signals_;
  Descriptor control_;
  bool stop_wanted_ = false;
};

void Keeper::run() {
  // The claim outlives a crash of the machine before anything runs.
  sync_path(folder_.order());
  sync_path(folder_.path());
  sync_path(folder_.path() + "/..");
  sync_path(folder_.path() + "/../..");
  // Who wrote it before this process opened the FIFO could not ring.
  if (exists(folder_.stop())) {
    say(Outcome::kStopped, nullptr, "stopped before it was started");
    return;
  }
  Gang gang(order_, folder_);
  if (start(gang)) await_end(gang);
}

bool Keeper::start(Gang& gang) {
  std::string problem;
  try {
    problem = gang.start();
    if (problem.empty() && !say(Outcome::kStarted, nullptr, "")) {
      problem = "cannot write " + folder_.started();
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (problem.empty()) return true;
  gang.kill_all();
  say(Outcome::kFailedToStart, nullptr, problem);
  return false;
}

void Keeper::await_end(Gang& gang) {
  const bool is_held = order_.argv.empty();
  const Instant begun = steady_clock();
  const Instant limit = order_.time_limit > Duration{} ? begun + order_.time_limit : kNever;
  std::optional<Outcome> cause;
  Instant kill_at = kNever;
  std::string detail;
  while (true) {
    look_up();
    gang.reap();
    const Instant now = steady_clock();
    if (!cause) {
      if (gang.failed_rank() >= 0) {
        cause = Outcome::kExited;
        detail = fmt::format("process {} of {} {}", gang.failed_rank(), order_.ranks.size(),
                             words_of_status(gang.failed_status()));
      } else if (!is_held && gang.ranks_running() == 0) {
        break;
      } else if (stop_wanted_) {
        cause = Outcome::kStopped;
      } else if (now >= limit) {
        cause = Outcome::kTimedOut;
        detail = fmt::format("ran for {} s, its limit", order_.time_limit.us / kMicrosPerSecond);
      }
      if (cause) {
        kill_at = now + order_.grace;
        if (gang.lives()) gang.warn(order_.warning_signal);
      }
    }
    if (cause && (!gang.lives() || now >= kill_at)) break;
    wait_until(cause ? kill_at : limit);
  }
  gang.kill_all();
  say(cause.value_or(Outcome::kExited), &gang, detail);
}

/// Whether a stop was asked for since the last call.
void Keeper::look_up() {
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) > 0) {
    if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) stop_wanted_ = true;
  }
  char bytes[64];
  while (::read(control_.get(), bytes, sizeof bytes) > 0) stop_wanted_ = true;
}

void Keeper::wait_until(Instant wake) {
  pollfd waiting[] = {{signals_.get(), POLLIN, 0}, {control_.get(), POLLIN, 0}};
  int wait_ms = -1;
  if (wake != kNever) {
    const std::int64_t length_us = std::max<std::int64_t>((wake - steady_clock()).us, 0);
    wait_ms = static_cast<int>(std::min<std::int64_t>(length_us / 1'000 + 1, 3'600'000));
  }
  ::poll(waiting, 2, wait_ms);
}

bool Keeper::say(Outcome outcome, const Gang* gang, const std::string& detail) {
  Report report;
  report.job = order_.job;
  report.epoch = order_.epoch;
  report.outcome = outcome;
  report.at = wall_clock();
  report.detail = detail;
  if (gang != nullptr) {
    report.exit_status = gang->failed_status();
    report.rank = gang->failed_rank();
  }
  const bool is_start = outcome == Outcome::kStarted;
  for (int i = 0; i < (is_start ? 1 : kWriteTries); ++i) {
    try {
      replace_file_durably(is_start ? folder_.started() : folder_.ended(), report_text(report));
      ring(order_.wake);
      return true;
    } catch (const std::system_error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::poll(nullptr, 0, is_start ? 0 : 1'000);
    }
  }
  return false;
}

}  // namespace

int keep(const std::string& folder) {
  try {
    Keeper(folder).run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "keeper of %s: %s\n", folder.c_str(), error.what());
    return 1;
  }
}

}  // namespace stargate::executor
