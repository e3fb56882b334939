#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "executor/epoch_folder.h"
#include "executor/order.h"
#include "executor/process_tree.h"

namespace stargate::executor {

/// The processes of one start, children of this process. REQUIRES: this process reaps orphans
/// (PR_SET_CHILD_SUBREAPER), has one thread, no other children, and blocks SIGCHLD.
class Gang {
 public:
  /// The references outlive the object.
  Gang(const Order& order, const EpochFolder& folder) : order_(order), folder_(folder) {}

  /// Starts all ranks, or none: then a sentence says why, and some may still have to be killed. No
  /// rank runs a word of the program before all are ready to.
  std::string start();

  /// Takes note of what has ended.
  void reap();
  std::size_t ranks_running() const { return ranks_running_; }
  /// Whether some process is left, of whatever generation. Of the last reap().
  bool lives() const { return lives_; }
  /// The first rank that was seen to fail; -1: none.
  int failed_rank() const { return failed_rank_; }
  /// Its exit status; 128 + the signal that killed it.
  int failed_status() const { return failed_status_; }

  /// To every process of the gang.
  void warn(int signal);
  /// Kills all that is left; returns when nothing is.
  void kill_all();

 private:
  std::string launch(std::size_t rank, const std::string& program, int gate, int answers);
  std::string await_answers(int answers, std::size_t wanted);
  void await_insides();
  bool is_outside(const Process& process) const;

  const Order& order_;
  const EpochFolder& folder_;
  /// 0: has ended. In a sandbox, what has the program as a child, and ends as it ends.
  std::vector<pid_t> ranks_;
  std::size_t ranks_running_ = 0;
  bool lives_ = false;
  int failed_rank_ = -1;
  int failed_status_ = 0;
};

}  // namespace stargate::executor
