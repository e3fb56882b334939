#include "http/mailbox.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "http/loop.h"

namespace stargate::http {

namespace {

/// The one whose loop runs on this thread.
thread_local const Mailbox* mailbox_here = nullptr;

}  // namespace

Mailbox::Mailbox(Loop& loop, ErrorAnswer error_answer, const Limits& limits)
    : loop_(&loop),
      error_answer_(std::move(error_answer)),
      backlog_bytes_max_(limits.stream_backlog_bytes_max) {}

void Mailbox::put(Message message) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_.load(std::memory_order_relaxed)) {
      if (message.stream) message.stream->is_gone.store(true, std::memory_order_release);
      return;
    }
    wakes = messages_.empty();
    messages_.push_back(std::move(message));
  }
  if (mailbox_here == this) {
    has_own_ = true;
  } else if (wakes) {
    // Never runs once the loop is gone: its context is stopped then.
    asio::post(context_, [loop = loop_] { loop->take_messages(); });
  }
}

void Mailbox::take(std::vector<Message>& into) {
  into.clear();
  has_own_ = false;
  const std::lock_guard lock(mutex_);
  messages_.swap(into);
}

void Mailbox::enter() { mailbox_here = this; }

void Mailbox::close() {
  std::vector<Message> dropped;
  const std::lock_guard lock(mutex_);
  is_closed_.store(true, std::memory_order_release);
  messages_.swap(dropped);
  for (const Message& message : dropped) {
    if (message.stream) message.stream->is_gone.store(true, std::memory_order_release);
  }
}

Answer Mailbox::error_answer(int status, std::string_view detail) const noexcept {
  try {
    return error_answer_(status, detail);
  } catch (...) {
    Answer plain;
    plain.status = status;
    return plain;
  }
}

}  // namespace stargate::http
