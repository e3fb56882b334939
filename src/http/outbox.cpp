#include "http/outbox.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stargate::http {

namespace {

constexpr std::size_t kPartsMax = 64;

void mark_gone(const std::shared_ptr<StreamState>& stream) {
  if (stream) stream->is_gone.store(true, std::memory_order_release);
}

}  // namespace

Outbox::~Outbox() {
  for (const Turn& turn : turns_) mark_gone(turn.stream);
  for (const Piece& piece : pieces_) mark_gone(piece.stream);
}

void Outbox::expect(std::uint64_t number) {
  if (turns_.empty()) first_number_ = number;
  turns_.emplace_back();
}

bool Outbox::has_stream() const {
  return std::any_of(turns_.begin(), turns_.end(),
                     [](const Turn& turn) { return turn.stream != nullptr; });
}

void Outbox::add(std::vector<Piece>& to, Message& message,
                 const std::shared_ptr<StreamState>& stream) {
  if (&to == &pieces_ && !has_bytes()) first_since_ = Clock::now();
  if (!message.first.empty()) to.push_back({std::move(message.first), stream});
  if (!message.rest.empty()) to.push_back({std::move(message.rest), stream});
}

void Outbox::add_plain(std::string text) {
  if (!has_bytes()) first_since_ = Clock::now();
  pieces_.push_back({std::move(text), nullptr});
}

bool Outbox::deliver(Message message) {
  const std::uint64_t at = message.place.request - first_number_;
  if (at >= turns_.size() || has_last_) {
    mark_gone(message.stream);
    return false;
  }
  Turn& turn = turns_[at];
  const bool is_first = at == 0;
  // What is first in line goes straight to the bytes.
  std::vector<Piece>& to = is_first ? pieces_ : turn.pieces;
  switch (message.kind) {
    case Message::Kind::kAnswer:
      add(to, message, nullptr);
      turn.is_complete = true;
      turn.is_last = message.is_last;
      break;
    case Message::Kind::kStreamHead:
      add(to, message, nullptr);
      turn.stream = std::move(message.stream);
      turn.is_last = message.is_last;
      break;
    case Message::Kind::kPiece: add(to, message, turn.stream); break;
    case Message::Kind::kStreamEnd:
      add(to, message, nullptr);
      turn.is_complete = true;
      break;
    case Message::Kind::kCut: return false;
  }
  if (is_first && turn.is_complete) advance();
  return true;
}

void Outbox::advance() {
  std::size_t done = 0;
  while (done < turns_.size() && turns_[done].is_complete && !has_last_) {
    has_last_ = turns_[done].is_last;
    ++done;
    if (done == turns_.size() || has_last_) break;
    if (!has_bytes()) first_since_ = Clock::now();
    std::vector<Piece>& next = turns_[done].pieces;
    std::move(next.begin(), next.end(), std::back_inserter(pieces_));
    next.clear();
  }
  if (has_last_) {
    for (const Turn& turn : turns_) mark_gone(turn.stream);
    turns_.clear();
    return;
  }
  turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(done));
  first_number_ += done;
}

Transport::State Outbox::write_to(Transport& transport, std::size_t bytes_max) {
  std::size_t written = 0;
  while (has_bytes() && written < bytes_max) {
    std::array<iovec, kPartsMax> parts;
    std::size_t count = 0;
    for (std::size_t at = first_; at < pieces_.size() && count < kPartsMax; ++at) {
      std::string& text = pieces_[at].text;
      const std::size_t offset = at == first_ ? first_offset_ : 0;
      parts.at(count++) = {text.data() + offset, text.size() - offset};
    }
    const Transport::Outcome outcome = transport.write({parts.data(), count});
    if (outcome.state != Transport::State::kDone) return outcome.state;
    written += outcome.bytes;
    on_written(outcome.bytes);
  }
  return Transport::State::kDone;
}

void Outbox::on_written(std::size_t bytes) {
  const std::size_t first_before = first_;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const std::size_t left = piece.text.size() - first_offset_;
    if (bytes < left) {
      first_offset_ += bytes;
      break;
    }
    bytes -= left;
    if (piece.stream) {
      piece.stream->backlog_bytes.fetch_sub(piece.text.size(), std::memory_order_relaxed);
    }
    piece = {};
    first_offset_ = 0;
    ++first_;
  }
  if (!has_bytes()) {
    pieces_.clear();
    first_ = 0;
  } else if (first_ != first_before) {
    first_since_ = Clock::now();
    if (first_ >= kPartsMax && first_ * 2 >= pieces_.size()) {
      pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }
}

}  // namespace stargate::http
