#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "http/server.h"
#include "server/committer.h"
#include "server/request_index.h"
#include "server/store.h"

namespace stargate::server {

/// An executor and whose capacity it runs.
struct Runner {
  std::string name;  ///< of the kind of executor
  std::unique_ptr<executor::Executor> executor;
  std::string id;  ///< unlike the others': whose capacity it runs
};

class InventoryWatch;
class LogFeed;

/// The loop of the control plane: requests, what executors report and what falls due become commands;
/// their events become durable on a thread of their own, while the loop goes on; only then are requests
/// answered, executors told and streams fed.
class Plane {
 public:
  using Clock = std::function<Instant()>;
  /// Work on the plane's thread: what it says is sent once what it did is durable. It may throw Problem.
  using Work = std::function<Outcome(Plane&)>;
  /// Whose executor an order's capacity is run by: an index into the runners.
  using RunnerOf = std::function<std::size_t(const core::State&, OrderId)>;

  Plane(Store& store, std::vector<Runner> runners, RunnerOf runner_of, Clock clock);
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  /// Goes on until stop(). Throws LedgerError where the ledger fails: nothing that was not durable was
  /// said to anyone.
  void run();
  /// What run() does first: executors hear what the ledger says that they run.
  void begin();
  /// One round of the loop, until all of it is durable and said. REQUIRES: begin() was called.
  void step();

  // For any thread.
  void post(Work work, std::shared_ptr<http::Responder> responder);
  /// Runs it on the plane's thread when all that was done before is durable; what was done since may
  /// not be. It changes nothing.
  void post_look(std::function<void(Plane&)> look);
  void stop();

  // For the plane's thread: what work is done with.
  Store& store() { return store_; }
  const core::State& state() const { return store_.state(); }
  const Tables& tables() const { return store_.tables(); }
  Instant now() const { return at_; }
  Feed& feed() { return store_.feed(); }
  LogFeed& logs() { return *logs_; }
  executor::Executor& executor_of(OrderId order) {
    return *runners_[runner_of_(state(), order)].executor;
  }
  const std::vector<Runner>& runners() const { return runners_; }
  std::size_t runner_of(OrderId order) const { return runner_of_(state(), order); }
  /// The runner of the GPUs that the job holds; none: it holds none.
  std::optional<std::size_t> runner_holding(const Job& job) const;
  /// How much work of the job would be saved if it had stopped at an instant: all until its last
  /// checkpoint, where it says that it makes any. REQUIRES: it has not ended.
  Duration saved_by(const Job& job, Instant at) const;
  /// Makes the runners (or the one) do what the ledger says that they run, after the next commit.
  void reconcile(std::optional<std::size_t> only);
  /// Executes it at now(); what follows from its events is done after the commit. kNone, or why the core
  /// refused it.
  Reason execute(Command::Body body, const nlohmann::json& note);
  Reason execute(Command::Body body);
  /// A submission, whose job is `job` as kept_text_of has it.
  Reason execute(Command::Body body, const SubmissionNote& note, std::string_view job);
  void note(const nlohmann::json& note) { store_.note(at_, note); }
  /// What a job that names no accelerator asks for; empty: any.
  const std::vector<std::string>& default_accelerators() const { return default_accelerators_; }
  void set_default_accelerators(std::vector<std::string> names) {
    default_accelerators_ = std::move(names);
  }
  /// Offers of so many GPUs or more are decided by two people.
  std::uint64_t two_people_gpus() const { return two_people_gpus_; }
  void set_two_people_gpus(std::uint64_t gpus) { two_people_gpus_ = gpus; }
  /// The number of the first of the core's requests that is equal; kNo: there is none.
  RequestId number_of(const Request& request) {
    return request_index_.find(state().scheduling().requests, request);
  }
  /// The order in whose capacity the queue is.
  OrderId order_of(QueueId queue) const;

  std::uint64_t requests() const { return requests_; }
  Committer::Counts commits() const { return committer_->counts(); }

 private:
  struct Call {
    Work work;
    std::shared_ptr<http::Responder> responder;
  };
  struct Gang {
    JobId job;
    std::uint64_t epoch;
  };
  /// What is done once the entries up to an index are durable.
  struct Consequences {
    std::uint64_t index = 0;
    std::vector<Gang> to_start;
    std::vector<Gang> to_resume;  ///< that run, and that their executor does not know
    std::vector<Gang> to_stop;
    std::vector<std::pair<executor::Executor*, executor::Report>> to_acknowledge;
    std::vector<std::function<void(Plane&)>> looks;
    bool is_empty() const {
      return to_start.empty() && to_resume.empty() && to_stop.empty() && to_acknowledge.empty() &&
             looks.empty();
    }
  };

  void turn();
  void hand_over();
  void settle();
  void wait();
  void take_reports();
  void take(executor::Executor& executor, const executor::Report& report);
  void take_calls();
  void see(const EventBatch& batch);
  void touch(QueueId queue);
  void touch_waiting();
  void touch_with_room();
  void schedule();
  void act(const Consequences& consequences);
  Gang gang_of(JobId job) const;
  bool is_held_up() const;
  void wake();
  executor::Executor* executor_of(JobId job);
  executor::Start start_of(const Job& job) const;

  Store& store_;
  std::vector<Runner> runners_;
  RunnerOf runner_of_;
  Clock clock_;
  std::vector<std::string> default_accelerators_;
  std::uint64_t two_people_gpus_ = 1024;
  RequestIndex request_index_;
  Instant at_{INT64_MIN};
  int wake_descriptor_ = -1;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<Call> calls_;                         ///< guarded by mutex_
  std::vector<std::function<void(Plane&)>> looks_;  ///< guarded by mutex_
  std::deque<Call> taken_;                          ///< of the calls, what was not carried out yet
  std::deque<Consequences> consequences_;           ///< of what is not durable yet
  std::unique_ptr<InventoryWatch> inventory_;
  std::unique_ptr<LogFeed> logs_;
  bool takes_calls_ = true;
  std::atomic<std::uint64_t> requests_{0};  ///< written by the loop
  // Of the turn.
  std::vector<Committer::Reply> replies_;
  std::vector<QueueId> touched_;
  Consequences next_;
  std::optional<Committer> committer_;
};

}  // namespace stargate::server
