#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/job_source.h"

namespace stargate::sim {

/// Jobs that a test has written down, as if they had been read from a log.
class JobList final : public JobSource {
 public:
  explicit JobList(InstantOrder order = InstantOrder::kEndsThenSubmissions) : order_(order) {
    tables_.tenants.intern("");
    tables_.queues.intern("");
  }

  /// A job that is not given a tenant or a request of its own. REQUIRES: in order of submission.
  TraceJob& add(Instant submit, Duration run, Duration estimate, std::uint32_t gpus) {
    Request request;
    request.parts.resize(1);
    request.parts[0].gpus = gpus;
    return add(submit, run, estimate, request);
  }
  TraceJob& add(Instant submit, Duration run, Duration estimate, const Request& request) {
    TraceJob job;
    job.submit = submit;
    job.eligible = submit;
    job.run = run;
    job.requested = estimate;
    job.id = jobs_.size();
    job.request = tables_.requests.intern(request);
    for (const Part& part : request.parts) job.gpus += part.gpus;
    jobs_.push_back(job);
    return jobs_.back();
  }

  std::unique_ptr<Cursor> open() const override { return std::make_unique<ListCursor>(jobs_); }
  const TraceTables& tables() const override { return tables_; }
  TraceTables& tables() { return tables_; }
  const Skips& skips() const override { return skips_; }
  const std::vector<std::string>& notes() const override { return notes_; }
  const TraceSummary& summary() const override { return summary_; }
  std::uint64_t job_count() const override { return jobs_.size(); }
  InstantOrder instant_order() const override { return order_; }
  bool run_capped_at_request() const override { return false; }

 private:
  class ListCursor final : public Cursor {
   public:
    explicit ListCursor(const std::vector<TraceJob>& jobs) : jobs_(jobs) {}
    const TraceJob* next() override { return at_ < jobs_.size() ? &jobs_[at_++] : nullptr; }

   private:
    const std::vector<TraceJob>& jobs_;
    std::size_t at_ = 0;
  };

  std::vector<TraceJob> jobs_;
  TraceTables tables_;
  Skips skips_;
  std::vector<std::string> notes_;
  TraceSummary summary_;
  InstantOrder order_;
};

}  // namespace stargate::sim
