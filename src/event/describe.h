#pragma once

#include <span>
#include <string>
#include <string_view>

#include "event/event.h"

// Commands and events for people: no locale, no time zone but UTC, and no number that is not whole.

namespace stargate {

/// What a command or an event says, field by field, in a fixed order.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  virtual void number(std::string_view name, std::int64_t value) = 0;
  virtual void number(std::string_view name, std::uint64_t value) = 0;
  virtual void text(std::string_view name, std::string_view value) = 0;
  virtual void instant(std::string_view name, Instant value) = 0;
  virtual void duration(std::string_view name, Duration value) = 0;
  virtual void ranges(std::span<const NodeRange> ranges) = 0;
};

/// "allocation_assigned", "submit": what the record is called.
std::string_view name_of(const Event::Body& body);
std::string_view name_of(const Command::Body& body);

void visit_fields(const Event::Body& body, const EventBatch& batch, FieldSink& sink);
void visit_fields(const Command::Body& body, FieldSink& sink);

/// One line without its end:
/// "2025-01-01T00:00:00Z allocation_assigned job=17 nodes=0-63 gpus=512".
std::string describe(const Event& event, const EventBatch& batch);
std::string describe(const Command& command);

/// "2025-01-01T00:00:00Z", with microseconds where there are any: "...T00:00:00.000001Z". "never" for
/// kNever, and "@1234us" for what is not in the years 0 to 9999.
std::string text_of(Instant at);
/// Seconds: "90s", "0.25s".
std::string text_of(Duration length);
/// Nodes by number: "0-63,70". A range of GPUs that are not the lowest of their nodes names them in
/// hexadecimal: "5:f0".
std::string text_of(std::span<const NodeRange> ranges);

}  // namespace stargate
