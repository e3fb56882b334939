#include "http/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "http/responder.h"

namespace stargate::http {

namespace {

/// More are read when some of them are answered.
constexpr std::size_t kRequestsUnderWayMax = 32;
/// Then it is the turn of other connections.
constexpr std::size_t kBytesPerTurnMax = 1 << 20;
/// For how long what still comes is thrown away after the last answer. Closing with unread bytes would
/// reset the connection, and the other end might lose the answer.
constexpr Clock::duration kLingerTime = std::chrono::seconds(1);

Clock::duration time_of(Duration duration) { return std::chrono::microseconds(duration.us); }

}  // namespace

Connection::Connection(Loop& loop, Place place, Loop::Arrival arrival)
    : loop_(loop),
      place_(place),
      socket_(std::move(arrival.socket)),
      transport_(socket_.native_handle(), loop.shared().tls.get()),
      peer_(std::move(arrival.peer)),
      accepted_at_(Clock::now()),
      idle_since_(accepted_at_),
      is_refused_(arrival.is_refused) {}

void Connection::start() {
  shake_hands();
  if (is_refused_ && !is_closed_) refuse_request(503, "too many connections");
}

void Connection::shake_hands() {
  switch (transport_.handshake()) {
    case Transport::State::kDone:
      is_shaking_hands_ = false;
      send_ready();
      wait_read();
      return;
    case Transport::State::kWantsRead: wait_read(); return;
    case Transport::State::kWantsWrite: wait_write(); return;
    default: close();
  }
}

void Connection::on_ready(bool for_read) {
  (for_read ? is_waiting_read_ : is_waiting_write_) = false;
  if (is_shaking_hands_) {
    shake_hands();
    return;
  }
  if (for_read || read_waits_for_write_) read();
  if (is_closed_) return;
  send_ready();
}

void Connection::wait_read() {
  if (is_waiting_read_ || is_closed_ || has_input_ended_) return;
  is_waiting_read_ = true;
  loop_.wait_read(socket_, place_);
}

void Connection::wait_write() {
  if (is_waiting_write_ || is_closed_) return;
  is_waiting_write_ = true;
  loop_.wait_write(socket_, place_);
}

void Connection::read() {
  const bool is_lingering = lingers_until_ != kNoDeadline;
  if (!is_lingering && !may_read() && !has_stopped_reading_)
    return;  // waits again when there is room
  read_waits_for_write_ = false;
  const Transport::Outcome outcome = transport_.read(loop_.scratch());
  switch (outcome.state) {
    case Transport::State::kDone:
      if (!has_stopped_reading_) take_bytes({loop_.scratch().data(), outcome.bytes});
      break;
    case Transport::State::kWantsRead: break;
    case Transport::State::kWantsWrite:
      read_waits_for_write_ = true;
      wait_write();
      break;
    case Transport::State::kEnded: on_end_of_input(); return;
    case Transport::State::kFailed: close(); return;
  }
  if (is_lingering || may_read() || has_stopped_reading_) wait_read();
}

void Connection::on_end_of_input() {
  has_input_ended_ = true;
  has_stopped_reading_ = true;
  end_request();
  // Half of the connection may still be open for answers; for a stream nobody listens any more.
  if (!has_work() || outbox_.has_stream() || lingers_until_ != kNoDeadline) close();
}

void Connection::take_bytes(std::string_view bytes) {
  if (unparsed_.empty()) {
    const std::size_t taken = parse(bytes);
    if (taken < bytes.size() && !has_stopped_reading_) unparsed_ = bytes.substr(taken);
    return;
  }
  unparsed_ += bytes;
  unparsed_.erase(0, parse(unparsed_));
  if (unparsed_.empty() || has_stopped_reading_) std::string().swap(unparsed_);
}

std::size_t Connection::parse(std::string_view bytes) {
  const std::size_t size = bytes.size();
  while (!bytes.empty() && may_read()) {
    if (!parser_) {
      // Some clients send an empty line after a body (RFC 9112, 2.2).
      if (bytes.front() == '\r' || bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
      parser_.emplace(loop_.shared().limits);
      request_since_ = Clock::now();
    }
    bytes.remove_prefix(parser_->take(bytes));
    if (parser_->fault_status() != 0) {
      refuse_request(parser_->fault_status(), parser_->fault());
      return size;
    }
    if (!parser_->is_complete()) {
      if (!count_body()) {
        refuse_request(503, "too much arrives at once");
        return size;
      }
      owes_continue_ = parser_->awaits_continue() && bytes.empty();
      break;
    }
    owes_continue_ = false;
    dispatch();
  }
  return size - bytes.size();
}

bool Connection::count_body() {
  Shared& shared = loop_.shared();
  const std::uint64_t more = parser_->body_bytes() - counted_bytes_;
  if (more == 0) return true;
  counted_bytes_ += more;
  return shared.arriving_bytes.fetch_add(more) + more <= shared.limits.arriving_bytes_max;
}

void Connection::end_request() {
  if (counted_bytes_ > 0) loop_.shared().arriving_bytes -= std::exchange(counted_bytes_, 0);
  parser_.reset();
}

void Connection::dispatch() {
  const bool is_kept_alive = parser_->keep_alive();
  Request request = std::move(parser_->request());
  request.peer = peer_;
  const Place place = place_;
  ++place_.request;
  outbox_.expect(place.request);
  auto responder = make_responder(loop_.mailbox(), place,
                                  {.is_http11 = parser_->is_http11(),
                                   .is_kept_alive = is_kept_alive,
                                   .is_head = request.method == "HEAD"});
  end_request();
  if (!is_kept_alive) has_stopped_reading_ = true;
  loop_.shared().requests_total.fetch_add(1, std::memory_order_relaxed);
  std::string fault;
  try {
    loop_.shared().handler(std::move(request), responder);
    return;
  } catch (const std::exception& error) {
    fault = error.what();
  } catch (...) {
    fault = "an exception of an unknown type";
  }
  responder->answer(loop_.mailbox()->error_answer(500, fault));
}

void Connection::refuse_request(int status, std::string_view detail) {
  loop_.shared().refused_total.fetch_add(1, std::memory_order_relaxed);
  has_stopped_reading_ = true;
  owes_continue_ = false;
  const bool is_head = parser_ && parser_->is_head();
  const Place place = place_;
  ++place_.request;
  outbox_.expect(place.request);
  Answer answer = loop_.mailbox()->error_answer(status, detail);
  if (status == 503) answer.headers.push_back({"Retry-After", "1"});
  make_responder(loop_.mailbox(), place,
                 {.is_http11 = true, .is_kept_alive = false, .is_head = is_head})
      ->answer(std::move(answer));
  end_request();
}

bool Connection::is_full() const { return outbox_.expected() >= kRequestsUnderWayMax; }

bool Connection::deliver(Message message) {
  const bool is_cut = message.kind == Message::Kind::kCut;
  const bool is_for_nobody = has_input_ended_ && message.kind == Message::Kind::kStreamHead;
  if (!outbox_.deliver(std::move(message)) && is_cut) {
    loop_.shared().refused_total.fetch_add(1, std::memory_order_relaxed);
    close();
  }
  if (is_for_nobody) close();
  return !std::exchange(is_touched_, true);
}

void Connection::send_ready() {
  is_touched_ = false;
  if (is_closed_) return;
  // Answers make room for requests that have been read already.
  if (!unparsed_.empty() && !parser_ && may_read()) take_bytes({});
  if (owes_continue_ && outbox_.expected() == 0) {
    owes_continue_ = false;
    outbox_.add_plain("HTTP/1.1 100 Continue\r\n\r\n");
  }
  write();
  if (!is_closed_ && may_read()) wait_read();
}

void Connection::write() {
  if (is_shaking_hands_ || is_waiting_write_ || lingers_until_ != kNoDeadline) return;
  if (outbox_.has_bytes()) {
    const Transport::State state = outbox_.write_to(transport_, kBytesPerTurnMax);
    if (state == Transport::State::kWantsRead) return wait_read();
    if (state == Transport::State::kEnded || state == Transport::State::kFailed) return close();
    if (outbox_.has_bytes()) return wait_write();
    idle_since_ = Clock::now();
  }
  if (outbox_.is_at_end() || (has_stopped_reading_ && !has_work())) linger();
}

void Connection::linger() {
  transport_.end_writing();
  if (has_input_ended_) return close();
  has_stopped_reading_ = true;
  lingers_until_ = Clock::now() + kLingerTime;
  wait_read();
}

void Connection::begin_stop() {
  has_stopped_reading_ = true;
  end_request();
  if (!has_work() && lingers_until_ == kNoDeadline) close();
}

Clock::time_point Connection::deadline() const {
  const Limits& limits = loop_.shared().limits;
  if (lingers_until_ != kNoDeadline) return lingers_until_;
  if (is_shaking_hands_) return accepted_at_ + time_of(limits.request_time_max);
  Clock::time_point due = kNoDeadline;
  if (outbox_.has_bytes()) due = outbox_.first_since() + time_of(limits.write_time_max);
  if (parser_) due = std::min(due, request_since_ + time_of(limits.request_time_max));
  if (!parser_ && !has_work()) due = idle_since_ + time_of(limits.idle_time_max);
  return due;
}

void Connection::on_deadline(Clock::time_point now) {
  const Limits& limits = loop_.shared().limits;
  if (lingers_until_ != kNoDeadline) return close();
  if (is_shaking_hands_ ||
      (outbox_.has_bytes() && now >= outbox_.first_since() + time_of(limits.write_time_max))) {
    loop_.shared().refused_total.fetch_add(1, std::memory_order_relaxed);
    return close();
  }
  if (!parser_) return close();
  refuse_request(408, "the request did not arrive in time");
}

}  // namespace stargate::http
