#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "executor/descriptor.h"
#include "executor/epoch_folder.h"
#include "executor/executor.h"
#include "executor/order.h"
#include "executor/sandbox.h"

namespace stargate::executor {

struct LocalOptions {
  /// Created where there is none. One executor at a time uses it.
  std::string data_folder;
  /// The program and the words that make it call keep() (keeper.h) with the word behind them.
  std::vector<std::string> keeper;
  /// Says what there is to run on, always with the same nodes and GPUs; empty: this machine
  /// (inventory.h).
  std::function<std::vector<Node>()> inventory;
  /// Where control groups can be created, each gang gets one.
  bool use_control_groups = true;
  /// Where bubblewrap is usable, each gang sees no processes but its own.
  bool use_bubblewrap = false;
  /// Whether ranks run in a sandbox that hides the data folder (sandbox.h).
  SandboxUse sandbox = SandboxUse::kOff;
  /// What else the sandbox hides, files outside of the data folder.
  std::vector<std::string> hidden_files;
};

/// Runs gangs as processes of this machine. For each start there is a keeper, a process that outlives
/// the control plane; what happens to the gang is in files below the data folder (epoch_folder.h).
///
/// Each rank gets RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, NODE_RANK, GROUP_RANK, GROUP_WORLD_SIZE,
/// MASTER_ADDR, MASTER_PORT (a port that was free), CUDA_VISIBLE_DEVICES (the GPUs of its node; none
/// where the node has slots, which STARGATE_SLOTS names), STARGATE_JOB_ID, STARGATE_JOB_NAME,
/// STARGATE_EPOCH, STARGATE_NODES (names, by NODE_RANK), STARGATE_GANG; of the control plane's own
/// environment nothing but PATH, HOME, USER, LOGNAME, SHELL, LANG, LANGUAGE, LC_*, TZ, TMPDIR and
/// LD_LIBRARY_PATH. A program's own variables win over these last, not over the others. Standard input
/// is empty. In a sandbox a rank has no capabilities, sees of the data folder what is in its own `work` alone,
/// and writes what it prints through the descriptors that it is given; a program that cannot be run there ends
/// with status 1, and why is in its standard error. No rank begins in another folder of
/// the data folder. What is left when the ranks have ended is killed. When one fails the others are warned,
/// and killed after the grace.
///
/// With neither control groups nor bubblewrap, one thing escapes: a process that cleared the environment
/// it was given, and whose keeper was then killed by SIGKILL.
class LocalExecutor : public Executor {
 public:
  /// Throws std::system_error where the data folder cannot be used, or another executor uses it;
  /// std::runtime_error where a sandbox is required and not usable.
  explicit LocalExecutor(LocalOptions options);
  /// What runs goes on.
  ~LocalExecutor() override;
  LocalExecutor(const LocalExecutor&) = delete;
  LocalExecutor& operator=(const LocalExecutor&) = delete;

  /// Why ranks can read what is in the data folder, though they were to run in a sandbox; empty: they cannot.
  const std::string& sandbox_problem() const { return sandbox_.problem; }

  std::vector<Node> inventory() override;
  void start(const Start& start) override;
  void stop(JobId job, std::uint64_t epoch) override;
  std::vector<Report> poll() override;
  void acknowledge(const Report& report) override;
  void resume(const Start& start, Instant started) override;
  std::vector<Known> known() override;
  int wake_descriptor() const override { return epoll_.get(); }
  std::string output_path(JobId job, std::uint64_t epoch, std::uint32_t rank,
                          bool is_error) const override;

 private:
  using Key = std::pair<JobId, std::uint64_t>;
  struct Epoch {
    pid_t child = 0;         ///< the keeper, where it is this process's child that was not reaped
    Descriptor handle;       ///< of the keeper's process; closed: it is looked at now and then
    Descriptor lock;         ///< held while what a dead keeper left behind is cleared
    std::uint16_t port = 0;  ///< that its ranks meet at
    int clean_looks = 0;     ///< in a row that found nothing of the gang
    bool start_said = false;
    bool end_said = false;
    bool is_acknowledged = false;  ///< kept for `child` alone
  };

  EpochFolder folder_of(const Key& key) const;
  void find_epochs();
  void attach(const Key& key, Epoch& epoch);
  void watch(Epoch& epoch);
  Order order_of(const Start& start, std::uint16_t port) const;
  std::uint16_t free_port();
  /// Looks at what has become of an epoch, and appends what is new.
  void look_at(const Key& key, Epoch& epoch, std::vector<Report>& news);
  /// Writes the end of an epoch whose keeper has died, once nothing of it runs.
  void clear(const Key& key, Epoch& epoch);
  void end(const Key& key, Outcome outcome, const std::string& detail);
  void set_timer();

  LocalOptions options_;
  std::vector<Node> nodes_;
  std::string jobs_folder_;
  std::string wake_path_;
  Descriptor data_lock_;
  Descriptor wake_;
  Descriptor timer_;
  Descriptor epoll_;
  Hidden hidden_;
  Sandbox sandbox_;
  std::string id_;  ///< of the data folder
  std::string boot_id_;
  std::string control_group_;  ///< where those of gangs are created; empty: nowhere
  std::uint16_t next_port_ = 0;
  std::map<Key, Epoch> epochs_;  ///< whose end was not acknowledged
  std::map<JobId, std::uint64_t> latest_;
  std::vector<Report> unwritten_;  ///< of starts that could not even leave a trace
};

}  // namespace stargate::executor
