#include "server/committer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

#include "server/problem.h"

namespace stargate::server {
namespace {

std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Leaves `from` empty.
template <class Thing>
void append(std::vector<Thing>& to, std::vector<Thing>& from) {
  if (to.empty()) {
    to.swap(from);
    return;
  }
  std::ranges::move(from, std::back_inserter(to));
  from.clear();
}

http::Answer answer_of_outcome(Outcome& outcome) {
  try {
    return outcome.whole();
  } catch (const std::exception& error) {
    spdlog::error("an answer failed: {}", error.what());
    return answer_of(Problem(500, "internal", "the answer could not be made"));
  }
}

void send(std::vector<Committer::Reply>& replies) {
  for (Committer::Reply& reply : replies) {
    reply.responder->answer(answer_of_outcome(reply.outcome));
  }
}

}  // namespace

http::Answer Outcome::whole() {
  if (body) answer.body = body();
  return std::move(answer);
}

Committer::Committer(Store& store, std::function<void()> on_progress)
    : store_(store), on_progress_(std::move(on_progress)), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Committer::give(Batch batch) {
  const bool changes = !batch.entries.empty() || batch.image.has_value();
  if (!changes && batch.replies.empty()) return;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    waits = changes || is_busy_ || has_waiting_ || failure_ != nullptr;
    if (waits) {
      if (!batch.entries.empty()) is_writing_ = true;
      append(waiting_.entries, batch.entries);
      append(waiting_.replies, batch.replies);
      if (batch.image) waiting_.image = std::move(batch.image);
      has_waiting_ = true;
    }
  }
  if (waits) {
    changed_.notify_all();
  } else {
    send(batch.replies);
  }
}

void Committer::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || (!is_busy_ && !has_waiting_); });
  if (failure_) std::rethrow_exception(failure_);
}

void Committer::check() const {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

Committer::Counts Committer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Committer::note_progress() {
  {
    const std::lock_guard lock(mutex_);
    is_writing_ = !waiting_.entries.empty();
  }
  on_progress_();
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || has_waiting_; });
    if (ends_) return;
    Batch batch = std::exchange(waiting_, {});
    has_waiting_ = false;
    is_busy_ = true;
    lock.unlock();
    std::exception_ptr failure;
    const std::int64_t start_us = steady_us();
    std::int64_t took_us = 0;
    try {
      store_.write(batch.entries);
      took_us = steady_us() - start_us;
      note_progress();
      send(batch.replies);
      if (batch.image) store_.keep(*batch.image);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    is_busy_ = false;
    failure_ = failure;
    // Who was not answered is let go with those who still wait, once nothing listens any more.
    if (failure) std::ranges::move(batch.replies, std::back_inserter(waiting_.replies));
    if (!batch.entries.empty()) {
      ++counts_.batches;
      counts_.commit_us_sum += took_us;
      counts_.commit_us_max = std::max(counts_.commit_us_max, took_us);
    }
    lock.unlock();
    if (failure) note_progress();
    changed_.notify_all();
    if (failure) return;
    lock.lock();
  }
}

}  // namespace stargate::server
