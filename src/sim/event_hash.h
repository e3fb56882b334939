#pragma once

#include <memory>
#include <string>

#include "driver/step.h"
#include "event/codec.h"

namespace stargate::sim {

/// The SHA-256 of a stream of events as the codec encodes it: equal histories have equal hashes,
/// whatever commands brought them about.
class EventHash {
 public:
  EventHash();
  EventHash(const EventHash&) = delete;
  EventHash& operator=(const EventHash&) = delete;
  ~EventHash();

  /// The encoded events that come next.
  void update(std::string_view bytes);
  /// Of all so far, in lower-case hexadecimal.
  std::string hex() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Keeps nothing but the hash of the events.
class HashRecorder final : public driver::Recorder {
 public:
  void record(const Command& command, const EventBatch& batch) override;
  std::string event_hash();
  std::uint64_t events() const { return events_; }

 private:
  Encoder encoder_;
  EventHash hash_;
  std::string bytes_;
  std::uint64_t events_ = 0;
};

}  // namespace stargate::sim
