#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/bytes.h"
#include "event/event.h"

// Commands and events as bytes.
//
//   record:   type (1 byte), instant, fields
//   instant:  zigzag varint, microseconds since the instant of the record before in the stream
//   ranges:   count, then each: a byte of bits (0-1: mask as below, 2: another part than the range
//             before, 3: one node), first node as zigzag from the end of the range before, count of
//             nodes unless one, part if another, what the mask needs
//   mask:     0: that of the range before; 1: 0xff; 2: the lowest n GPUs, n follows; 3: it follows
//
// The types are fixed for ever and never used again: commands from 1, events from 64. Every value
// has one encoding, and whatever is not one is refused: unknown types, numbers out of range or
// longer than they need be, counts of more than there is.

namespace stargate {

/// Changes with any change to the bytes of a record.
inline constexpr std::uint32_t kCodecVersion = 6;

/// One stream of records; it keeps the instant that the next one counts from.
class Encoder {
 public:
  explicit Encoder(Instant base = {}) : base_(base) {}

  void encode(const Command& command, std::string& out);
  /// The event with all that it points to. O(its ranges).
  void encode(const Event& event, const EventBatch& batch, std::string& out);

 private:
  Instant base_;
};

/// Its counterpart. A stream that had an error cannot go on.
class Decoder {
 public:
  explicit Decoder(Instant base = {}) : base_(base) {}

  /// The next record, which must be a command. Throws InputError, which names the byte.
  Command command(ByteReader& in);
  /// Appends the next record, which must be an event, with what it points to. Throws InputError.
  void event(ByteReader& in, EventBatch& out);

 private:
  Instant base_;
};

// Parts of records that other formats share.
void write_ranges(ByteWriter& out, std::span<const NodeRange> ranges);
/// Appends to `ranges`; returns their count.
std::uint32_t read_ranges(ByteReader& in, std::vector<NodeRange>& ranges);
void write_queue(ByteWriter& out, const command::DefineQueue& queue);
command::DefineQueue read_queue(ByteReader& in);
void write_tenant(ByteWriter& out, const TenantSpec& tenant);
TenantSpec read_tenant(ByteReader& in);
void write_request(ByteWriter& out, const Request& request);
Request read_request(ByteReader& in);
void write_policy(ByteWriter& out, const QueuePolicy& policy);
QueuePolicy read_policy(ByteReader& in);
void write_definition(ByteWriter& out, const Definition& definition);
Definition read_definition(ByteReader& in);
void write_act(ByteWriter& out, const Act& act);
Act read_act(ByteReader& in);

/// The instant as its zigzag distance from a base; distances wrap around.
inline void write_instant(ByteWriter& out, Instant at, Instant base) {
  out.zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(at.us) -
                                       static_cast<std::uint64_t>(base.us)));
}
inline Instant read_instant(ByteReader& in, Instant base) {
  return {static_cast<std::int64_t>(static_cast<std::uint64_t>(base.us) +
                                    static_cast<std::uint64_t>(in.zigzag()))};
}

}  // namespace stargate
