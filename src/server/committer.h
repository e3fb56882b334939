#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "server/store.h"

namespace stargate::server {

class Plane;

/// What is answered. Its body may be made later, on another thread.
struct Outcome {
  http::Answer answer;
  std::function<std::string()> body = nullptr;  ///< null: the answer has it
  /// Instead of an answer: what is done on the plane's thread once all until here is durable.
  std::function<void(Plane&)> then = nullptr;

  Outcome() = default;
  Outcome(http::Answer whole) : answer(std::move(whole)) {}  // NOLINT: any answer is one

  /// The answer with its body. Once.
  http::Answer whole();
};

/// A thread that makes durable what a store has decided, all that has come meanwhile with one sync, and
/// then answers those who asked.
class Committer {
 public:
  struct Reply {
    std::shared_ptr<http::Responder> responder;
    Outcome outcome;
  };
  struct Batch {
    std::vector<ledger::Entry> entries;     ///< follow those of the batch before
    std::vector<Reply> replies;             ///< sent once all entries until here are durable
    std::optional<ledger::Snapshot> image;  ///< kept after that
  };
  struct Counts {
    std::uint64_t batches = 0;
    std::int64_t commit_us_sum = 0;
    std::int64_t commit_us_max = 0;
  };

  /// `on_progress` is called on the thread when more is durable, and when it failed. Until this is gone
  /// nobody else writes what the store has decided.
  Committer(Store& store, std::function<void()> on_progress);
  /// What has not been begun is dropped, unanswered.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Returns at once. Where nothing is to be waited for, replies are sent on the calling thread.
  void give(Batch batch);
  /// Returns when all that was given is done. Throws LedgerError where the ledger failed.
  void wait();
  /// Throws LedgerError where the ledger failed: what was not durable by then was said to nobody.
  void check() const;
  Counts counts() const;
  /// Entries were given that are not durable yet: `on_progress` will be called. Any thread.
  bool is_writing() const { return is_writing_.load(); }

 private:
  void run();
  void note_progress();

  Store& store_;
  std::function<void()> on_progress_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Batch waiting_;  ///< guarded by mutex_, like what follows
  bool has_waiting_ = false;
  bool is_busy_ = false;
  bool ends_ = false;
  std::atomic<bool> is_writing_{false};
  std::exception_ptr failure_;
  Counts counts_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace stargate::server
