#include "http/loop.h"

#include <algorithm>
#include <utility>

#include "http/connection.h"

namespace stargate::http {

namespace {

Clock::duration shortest(const Limits& limits) {
  const Duration least =
      std::min({limits.request_time_max, limits.idle_time_max, limits.write_time_max});
  return std::chrono::microseconds(least.us);
}

Clock::duration tick_for(const Limits& limits) {
  return std::clamp<Clock::duration>(shortest(limits) / 8, std::chrono::milliseconds(5),
                                     std::chrono::milliseconds(250));
}

}  // namespace

Loop::Loop(Shared& shared)
    : shared_(shared),
      mailbox_(std::make_shared<Mailbox>(*this, shared.error_answer, shared.limits)),
      tick_timer_(mailbox_->context()),
      stop_timer_(mailbox_->context()),
      tick_(tick_for(shared.limits)) {}

Loop::~Loop() {
  mailbox_->close();
  for (const Entry& entry : entries_) {
    if (entry.connection != nullptr) --count_of(*entry.connection);
  }
}

void Loop::run() {
  mailbox_->enter();
  start_tick();
  context().run();
}

void Loop::begin_stop(Clock::duration within) {
  if (is_stopping_) return;
  is_stopping_ = true;
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].connection == nullptr) continue;
    entries_[index].connection->begin_stop();
    settle(index);
  }
  stop_timer_.expires_after(within);
  stop_timer_.async_wait([this](Error error) {
    if (!error) context().stop();
  });
  end_if_done();
}

void Loop::end_if_done() {
  if (is_stopping_ && open_ == 0) context().stop();
}

void Loop::add(Arrival arrival) {
  if (is_stopping_) return;
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[index];
  const Place place{.connection = index, .generation = entry.generation, .request = 0};
  entry.connection = std::make_unique<Connection>(*this, place, std::move(arrival));
  ++open_;
  ++count_of(*entry.connection);
  entry.connection->start();
  settle(index);
  take_messages();
}

std::atomic<std::uint64_t>& Loop::count_of(const Connection& connection) {
  return connection.is_refused() ? shared_.refused_connections : shared_.connections;
}

Connection* Loop::find(Place place) {
  if (place.connection >= entries_.size()) return nullptr;
  Entry& entry = entries_[place.connection];
  return entry.generation == place.generation ? entry.connection.get() : nullptr;
}

void Loop::settle(std::uint32_t index) {
  Entry& entry = entries_[index];
  if (!entry.connection->is_closed()) {
    entry.deadline = entry.connection->deadline();
    return;
  }
  --count_of(*entry.connection);
  entry.connection.reset();
  entry.deadline = kNoDeadline;
  ++entry.generation;
  free_.push_back(index);
  --open_;
  end_if_done();
}

void Loop::wait(Tcp::socket& socket, Place place, bool for_read) {
  const auto type = for_read ? Tcp::socket::wait_read : Tcp::socket::wait_write;
  socket.async_wait(type, [this, connection = place.connection, generation = place.generation,
                           for_read](Error error) {
    if (error == asio::error::operation_aborted) return;
    on_ready({.connection = connection, .generation = generation, .request = 0}, for_read);
  });
}

void Loop::on_ready(Place place, bool for_read) {
  Connection* connection = find(place);
  if (connection == nullptr) return;
  connection->on_ready(for_read);
  settle(place.connection);
  if (mailbox_->has_own()) take_messages();
}

void Loop::take_messages() {
  do {
    // 1. Every message goes where it belongs.
    mailbox_->take(messages_);
    touched_.clear();
    for (Message& message : messages_) {
      const Place place = message.place;
      Connection* connection = find(place);
      if (connection == nullptr) {
        if (message.stream) message.stream->is_gone = true;
        continue;
      }
      if (connection->deliver(std::move(message))) touched_.push_back(place);
    }
    // 2. Each connection sends once what it has got.
    for (const Place place : touched_) {
      Connection* connection = find(place);
      if (connection == nullptr) continue;
      connection->send_ready();
      settle(place.connection);
    }
    messages_.clear();
    // 3. Requests that this made room for may have been answered on the spot.
  } while (mailbox_->has_own());
}

void Loop::start_tick() {
  tick_timer_.expires_after(tick_);
  tick_timer_.async_wait([this](Error error) {
    if (!error) on_tick();
  });
}

void Loop::on_tick() {
  const Clock::time_point now = Clock::now();
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].deadline > now) continue;
    entries_[index].connection->on_deadline(now);
    settle(index);
  }
  if (mailbox_->has_own()) take_messages();
  start_tick();
}

}  // namespace stargate::http
