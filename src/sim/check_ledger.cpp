#include "sim/check_ledger.h"

#include <algorithm>
#include <variant>

#include "core/engine.h"
#include "event/describe.h"

namespace stargate::sim {
namespace {

std::string encoded(Encoder& encoder, const EventBatch& batch) {
  std::string bytes;
  for (const Event& event : batch.events) encoder.encode(event, batch, bytes);
  return bytes;
}

std::string line_of(const EventBatch& batch, std::size_t index) {
  return index < batch.events.size() ? describe(batch.events[index], batch) : "nothing";
}

std::string place_of(const LedgerReader& ledger, const Command& command) {
  return "command " + std::to_string(ledger.commands() - 1) + " (" + describe(command) + "): ";
}

/// The first event in which two batches differ.
std::size_t first_difference(const EventBatch& a, const EventBatch& b, Instant base) {
  std::size_t i = 0;
  for (; i < std::min(a.events.size(), b.events.size()); ++i) {
    std::string left;
    std::string right;
    Encoder(base).encode(a.events[i], a, left);
    Encoder(base).encode(b.events[i], b, right);
    if (left != right) break;
  }
  return i;
}

/// What the engine would abort at, since its drivers never do it.
const char* why_undecidable(const core::State& state, const Command& command) {
  if (command.at < state.now()) return "the command is from before the one before it";
  if (std::holds_alternative<command::Advance>(command.body) &&
      state.next_instant() < state.now()) {
    return "something fell due before the command and was passed over";
  }
  return nullptr;
}

}  // namespace

LedgerCheck check_ledger(LedgerReader& ledger) {
  LedgerCheck result;
  core::Engine engine;
  core::State applied;
  Encoder encoder;
  Command command;
  EventBatch batch;
  EventBatch decided;
  while (ledger.next(command, batch)) {
    if (const char* reason = why_undecidable(engine.state(), command)) {
      result.difference = place_of(ledger, command) + reason;
      break;
    }
    decided.clear();
    engine.execute(command, decided);
    if (encoded(encoder, decided) != ledger.event_bytes()) {
      const std::size_t index = first_difference(batch, decided, {});
      const std::uint64_t event = ledger.events() - batch.events.size() + index;
      result.difference = place_of(ledger, command) + "event " + std::to_string(event) + " is '" +
                          line_of(batch, index) + "', the engine decides '" +
                          line_of(decided, index) + "'";
      break;
    }
    for (const Event& event : batch.events) applied.apply(event, batch);
  }
  result.commands = ledger.commands();
  result.events = ledger.events();
  result.event_hash = ledger.event_hash();
  if (result.difference.empty() && applied.snapshot() != engine.state().snapshot()) {
    result.difference = "the events, applied again, lead to another state than deciding did";
  }
  return result;
}

}  // namespace stargate::sim
