#pragma once

#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "driver/step.h"
#include "sim/jobs_out.h"
#include "sim/replay.h"
#include "sim/tally.h"

namespace stargate::sim {

/// One replay: a virtual clock that drives the engine, and stands in for its executors. It alone knows
/// the true run times; starts and stops are confirmed at the instant at which they are asked for.
class Replayer {
 public:
  Replayer(const ReplayOptions& options, const JobSource& jobs, ReplayControl& control,
           driver::Recorder* recorder);

  /// From the first command to the last event.
  void run();
  void report(RunResult& result);

 private:
  /// What the clock knows of a job that the engine holds; by the engine's slot.
  struct Live {
    Instant submit;
    Instant eligible;
    Duration run;
    Duration saved;  ///< work that is done and kept
    Duration held;   ///< how long it held GPUs before `assigned`
    Duration checkpoint_interval;
    Instant assigned;
    Instant first_start;
    std::uint64_t id = 0;
    std::uint64_t start_number = 0;  ///< 0: does not run
    std::uint32_t gpus = 0;
    std::uint32_t tenant = 0;
    std::uint32_t model = 0;
    std::uint32_t starts = 0;
    bool has_label = false;
    bool full_estimate = false;  ///< it will use its whole estimate
  };
  /// The true end of a run. Full-estimate ends first, then in the order in which they started.
  struct End {
    Instant at;
    std::uint64_t start_number;
    std::uint32_t slot;
    bool early;
    friend bool operator<(const End& a, const End& b) {  // the greatest is on top of the heap
      if (a.at != b.at) return b.at < a.at;
      if (a.early != b.early) return a.early;
      return b.start_number < a.start_number;
    }
  };
  struct Stop {
    JobId job;
    Reason reason;
  };

  void define_world(Instant at);
  void define_reservations(Instant at);
  Instant next_end();
  void play_instant(Instant at);
  void play_archive_instant(Instant at);
  void fall_due(Instant at);
  void change_health(Instant at);
  void end_first(Instant at);
  void submit_next(Instant at);
  void skip(const TraceJob& job, const std::string& reason);
  bool submission_is_due(Instant at) const { return next_ != nullptr && next_->eligible <= at; }

  void execute(const Command& command);
  void collect(const EventBatch& batch);
  void answer(Instant at);
  void confirm_start(Instant at, JobId job);
  void confirm_stop(Instant at, const Stop& stop);
  void schedule(Instant at);
  void charge_muri_overhead(Instant at);
  void touch(QueueId queue);
  void touch_all();
  void touch_after_release(QueueId queue);

  std::uint32_t slot_of(JobId job) const { return step_.state().scheduling().jobs.slot_of(job); }
  QueueId queue_of(const TraceJob& job) const;
  TenantId tenant_of(const TraceJob& job, Instant at);
  TenantId define_tenant(const std::string& name, Instant at);
  RequestId request_of(const TraceJob& job, Instant at);
  std::string text_of_id(std::uint64_t id, bool has_label) const;

  const ReplayOptions& options_;
  const JobSource& source_;
  ReplayControl& control_;
  core::Engine engine_;
  driver::Step step_;
  std::unique_ptr<JobSource::Cursor> cursor_;
  const TraceJob* next_ = nullptr;
  Tally tally_;
  std::optional<JobsOut> jobs_out_;
  std::map<std::string, std::uint64_t> skipped_;

  std::vector<Live> live_;
  std::priority_queue<End> ends_;
  std::uint64_t starts_ = 0;
  std::uint64_t next_job_ = 0;
  std::uint64_t live_jobs_ = 0;
  std::uint64_t events_ = 0;
  std::size_t next_health_ = 0;
  bool exact_ = false;
  bool muri_ = false;
  Instant last_event_;

  std::vector<std::uint32_t>
      queue_index_;  ///< of the trace's queues; kNoQueue where it has no nodes
  std::vector<std::uint32_t> tenant_index_;
  std::vector<std::uint32_t> request_index_;
  std::map<std::string, TenantId> tenants_;
  std::vector<QueueId> touched_;
  std::vector<bool> is_touched_;
  std::vector<JobId> to_start_;
  std::vector<Stop> to_stop_;
};

}  // namespace stargate::sim
