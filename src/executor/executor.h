#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/node_range.h"

// What carries out allocations: local processes, a simulation of them, another cluster. Every order has
// the job's number and an epoch, which grows with each start of the job: an order that is doubled, lost
// or late does no harm.

namespace stargate::executor {

/// What is to be run. Empty `argv`: nothing, the allocation is only held.
struct Program {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< added to what the executor gives
  std::string directory;                           ///< absolute; empty: a folder of its own
  /// Processes on each node; 0: one a GPU.
  std::uint32_t processes_per_node = 0;
  Duration time_limit;           ///< zero: none. What runs for longer is stopped, with kTimedOut
  int warning_signal = 15;       ///< what comes before SIGKILL, to every process of the gang
  Duration grace = seconds(10);  ///< from the warning to SIGKILL
  std::uint64_t memory_bytes_max = 0;  ///< of a process (RLIMIT_AS); 0: no limit
};

/// One start of a job on its GPUs.
struct Start {
  JobId job;
  std::uint64_t epoch = 0;
  std::string name;  ///< for people: the job's name
  std::vector<NodeRange> ranges;
  Program program;
  Duration expected;  ///< how long it is thought to run; what a simulation runs it for
};

enum class Outcome : std::uint8_t {
  kStarted,
  kFailedToStart,  ///< nothing of it runs
  kExited,         ///< every process has ended
  kStopped,        ///< every process has ended, after a stop was asked for
  kTimedOut,       ///< every process has ended, for the time limit
  kLost,           ///< what became of it is not known, and nothing of it runs
};

/// "started", "failed_to_start", "exited", "stopped", "timed_out", "lost".
const char* name_of(Outcome outcome);

/// What really happened. Of an epoch: kStarted and then how it ended, or only how it ended.
struct Report {
  JobId job;
  std::uint64_t epoch = 0;
  Outcome outcome = Outcome::kStarted;
  Instant at;           ///< by the executor's clock
  int exit_status = 0;  ///< of the first process that failed; 128 + its signal where one killed it
  int rank = -1;        ///< which one that was; -1: none
  std::string detail;   ///< a sentence where something went wrong
  /// Of kStarted: what it runs on, by names that the executor gives ("gpu7:GPU-4f1c..."). One that
  /// chooses by itself takes the numbers of GPUs in the start as counts, and says here which they are.
  std::vector<std::string> devices;
};

/// What there is to run on.
struct Node {
  std::string name;
  std::uint32_t gpus = 0;
  bool healthy = true;
  std::vector<std::string> gpu_ids;  ///< UUIDs; empty: slots, which are cores
  std::uint64_t foreign_gpus = 0;    ///< bit i: GPU i is in use by work that is not ours
};

/// Calls return at once; what comes of them is reported. For one thread.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Node i is node i of the orders that it runs. Empty: there is what the orders say.
  virtual std::vector<Node> inventory() = 0;

  /// Whether orders and reports come through.
  virtual bool in_contact() const { return true; }
  /// What is out of contact for so long ends all that it runs, by its own clock, so that it may be
  /// started elsewhere. Zero: contact is never lost.
  virtual Duration lease() const { return {}; }
  /// For trying out: from now on as if contact were lost, or were there. False: it cannot be tried.
  virtual bool simulate_contact(bool /*is_there*/) { return false; }

  /// Does nothing where this epoch of the job, or a later one, has been started or stopped before.
  virtual void start(const Start& start) = 0;
  /// Warns the processes, and kills all that is left of them after the grace. An epoch that has not
  /// been started yet never will be. `outcome` of what comes: kStopped. Nothing comes of an epoch that
  /// is not known and not later than all that were.
  virtual void stop(JobId job, std::uint64_t epoch) = 0;

  /// What happened since the last call. After a restart of the control plane also what was reported
  /// but not acknowledged; what still runs and what ended meanwhile is found again.
  virtual std::vector<Report> poll() = 0;
  /// The report was made durable: it need not be said again; after the end of an epoch, its traces may
  /// go, but for the output.
  virtual void acknowledge(const Report& report) = 0;

  /// After a restart of the control plane: this epoch was running, since `started`. An executor that
  /// keeps no record of its own goes on with it; one that does, and does not know it, reports kLost.
  virtual void resume(const Start& start, Instant started) = 0;

  /// The epochs that still run or have not been acknowledged, for reconciling after a restart.
  struct Known {
    JobId job;
    std::uint64_t epoch = 0;
  };
  virtual std::vector<Known> known() = 0;

  /// A descriptor that is readable when poll() has something to say; -1: ask next_wake() instead.
  virtual int wake_descriptor() const { return -1; }
  /// When poll() will have something to say by itself; kNever: not known before.
  virtual Instant next_wake() const { return kNever; }

  /// Where the output of a rank is: a file that grows; empty: there is none.
  virtual std::string output_path(JobId job, std::uint64_t epoch, std::uint32_t rank,
                                  bool is_error) const = 0;
};

}  // namespace stargate::executor
