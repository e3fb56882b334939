#include "sim/job_source.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kChunkJobs = 2048;
constexpr std::size_t kChunksAhead = 4;

bool by_eligible(const TraceJob& a, const TraceJob& b) { return a.eligible < b.eligible; }

/// What every source knows from the first reading.
class LoadedSource : public JobSource {
 public:
  const TraceTables& tables() const override { return tables_; }
  const Skips& skips() const override { return skips_; }
  const std::vector<std::string>& notes() const override { return notes_; }
  const TraceSummary& summary() const override { return summary_; }
  std::uint64_t job_count() const override { return summary_.jobs; }
  InstantOrder instant_order() const override { return instant_order_; }
  bool run_capped_at_request() const override { return run_capped_; }

  TraceTables tables_;
  Skips skips_;
  std::vector<std::string> notes_;
  TraceSummary summary_;
  InstantOrder instant_order_ = InstantOrder::kEndsThenSubmissions;
  bool run_capped_ = false;
};

class KeptSource final : public LoadedSource {
 public:
  std::unique_ptr<Cursor> open() const override { return std::make_unique<KeptCursor>(jobs_); }

  std::vector<TraceJob> jobs_;

 private:
  class KeptCursor final : public Cursor {
   public:
    explicit KeptCursor(const std::vector<TraceJob>& jobs) : jobs_(jobs) {}
    const TraceJob* next() override { return at_ < jobs_.size() ? &jobs_[at_++] : nullptr; }

   private:
    const std::vector<TraceJob>& jobs_;
    std::size_t at_ = 0;
  };
};

/// Reads the log on a thread of its own, at most kChunksAhead chunks ahead of who asks. The tables
/// that it fills are equal to the source's, because the same log is read in the same way.
class StreamCursor final : public JobSource::Cursor {
 public:
  StreamCursor(const TraceOptions& options, std::uint64_t jobs_expected)
      : options_(options), jobs_expected_(jobs_expected), thread_([this] { read_all(); }) {}

  ~StreamCursor() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  const TraceJob* next() override {
    if (at_ == chunk_.size() && !take_chunk()) return nullptr;
    return &chunk_[at_++];
  }

 private:
  using Chunk = std::vector<TraceJob>;

  bool take_chunk() {
    std::unique_lock lock(mutex_);
    if (!chunk_.empty()) {
      chunk_.clear();
      spare_.push_back(std::move(chunk_));
      chunk_ = Chunk{};
    }
    at_ = 0;
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
    if (!ready_.empty()) {
      chunk_ = std::move(ready_.front());
      ready_.pop_front();
      lock.unlock();
      changed_.notify_all();
      return true;
    }
    if (failure_) std::rethrow_exception(failure_);
    return false;
  }

  void read_all() {
    try {
      read_chunks();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }

  void read_chunks() {
    TraceTables tables;
    tables.keeps_labels = false;
    const auto reader = open_trace(options_, tables);
    std::uint64_t read = 0;
    Chunk chunk;
    TraceJob job;
    Instant last{};
    bool more = true;
    while (more) {
      chunk.reserve(kChunkJobs);
      while (chunk.size() < kChunkJobs && (more = reader->next(job))) {
        if (job.eligible < last || ++read > jobs_expected_) fail_changed();
        last = job.eligible;
        chunk.push_back(job);
      }
      if (!more && read != jobs_expected_) fail_changed();
      if (chunk.empty()) return;
      if (!hand_over(chunk)) return;
    }
  }

  /// False where nobody wants more. Leaves an empty chunk.
  bool hand_over(Chunk& chunk) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.size() < kChunksAhead || stop_; });
    if (stop_) return false;
    ready_.push_back(std::move(chunk));
    chunk = Chunk{};
    if (!spare_.empty()) {
      chunk = std::move(spare_.back());
      spare_.pop_back();
    }
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  [[noreturn]] void fail_changed() const {
    throw InputError(options_.path, 0, 0, "the file was changed while it was read");
  }

  const TraceOptions options_;
  const std::uint64_t jobs_expected_;

  // Of who asks.
  Chunk chunk_;
  std::size_t at_ = 0;

  // Shared, under mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> ready_;
  std::vector<Chunk> spare_;
  bool ended_ = false;
  bool stop_ = false;
  std::exception_ptr failure_;

  std::thread thread_;  // last: the others are there before it starts
};

class StreamedSource final : public LoadedSource {
 public:
  explicit StreamedSource(TraceOptions options) : options_(std::move(options)) {
    options_.verbose = false;  // the first reading has said it all
  }

  std::unique_ptr<Cursor> open() const override {
    return std::make_unique<StreamCursor>(options_, summary_.jobs);
  }

 private:
  TraceOptions options_;
};

/// Reads all jobs into `source`'s summary and tables. Keeps them in `kept` while there are at most
/// `kept_jobs_max`, or they can be had in no other way; returns whether it has them all.
bool read_through(const TraceOptions& options, std::uint64_t kept_jobs_max, LoadedSource& source,
                  std::vector<TraceJob>& kept) {
  const bool rereadable = is_rereadable(options.path);
  bool keeps = true;
  const auto reader = open_trace(options, source.tables_);
  TraceSummary& summary = source.summary_;
  TraceJob job;
  Instant last{};
  while (reader->next(job)) {
    if (summary.jobs == 0) summary.first_submit = summary.last_submit = job.submit;
    summary.first_submit = std::min(summary.first_submit, job.submit);
    summary.last_submit = std::max(summary.last_submit, job.submit);
    summary.gpu_us += Int128{job.gpus} * job.run.us;
    summary.in_order = summary.in_order && job.eligible >= last;
    last = job.eligible;
    ++summary.jobs;
    if (keeps && summary.jobs > kept_jobs_max && rereadable && summary.in_order) {
      keeps = false;
      std::vector<TraceJob>().swap(kept);
    }
    if (keeps) kept.push_back(job);
  }
  source.skips_ = reader->skips();
  source.notes_ = reader->notes();
  source.instant_order_ = reader->instant_order();
  source.run_capped_ = reader->run_capped_at_request();
  return keeps;
}

}  // namespace

std::unique_ptr<JobSource> load_jobs(const TraceOptions& options, std::uint64_t kept_jobs_max) {
  auto kept = std::make_unique<KeptSource>();
  bool keeps = read_through(options, kept_jobs_max, *kept, kept->jobs_);
  if (!keeps && kept->summary_.in_order) {
    auto streamed = std::make_unique<StreamedSource>(options);
    static_cast<LoadedSource&>(*streamed) = std::move(static_cast<LoadedSource&>(*kept));
    return streamed;
  }
  if (!keeps) {
    // Out of order after more jobs than are kept: read once more, and keep all.
    TraceOptions quiet = options;
    quiet.verbose = false;
    kept = std::make_unique<KeptSource>();
    read_through(quiet, std::numeric_limits<std::uint64_t>::max(), *kept, kept->jobs_);
  }
  kept->summary_.kept = true;
  if (!kept->summary_.in_order) {
    std::stable_sort(kept->jobs_.begin(), kept->jobs_.end(), by_eligible);
  }
  return kept;
}

}  // namespace stargate::sim
