#include "server/store.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "event/codec.h"
#include "server/tell.h"

namespace stargate::server {

namespace {

std::string text_of_note(const nlohmann::json& note) {
  return note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What happened in older entries is not told any more.
constexpr std::uint64_t kToldEntriesMost = 100'000;

}  // namespace

Store::Store(std::unique_ptr<ledger::Ledger> ledger) : ledger_(std::move(ledger)) { recover(); }

void Store::recover() {
  const std::uint64_t last = ledger_->last_index();
  core::State state;
  EventBatch batch;
  ledger_->read(1, [&](const ledger::Entry& entry) {
    batch.clear();
    ByteReader in(entry.events);
    Decoder decoder(entry.at);
    while (!in.at_end()) decoder.event(in, batch);
    for (const Event& event : batch.events) state.apply(event, batch);
    tables_.apply(entry.at, entry.note, batch, state);
    now_ = std::max(now_, entry.at);
    if (last - entry.index < kToldEntriesMost) {
      tell(entry.index, {state, tables_, batch}, feed_);
    }
  });
  engine_ = core::Engine(std::move(state));
}

const EventBatch& Store::execute(Instant at, Command::Body body, const nlohmann::json& note) {
  const Command command{std::max(at, now_), std::move(body)};
  return stage(command.at, &command, text_of_note(note));
}

const EventBatch& Store::execute(Instant at, Command::Body body) {
  const Command command{std::max(at, now_), std::move(body)};
  return stage(command.at, &command, {});
}

void Store::note(Instant at, const nlohmann::json& note) {
  stage(std::max(at, now_), nullptr, text_of_note(note));
}

const EventBatch& Store::stage(Instant at, const Command* command, std::string note) {
  now_ = at;
  batch_.clear();
  refusal_ = Reason::kNone;
  ledger::Entry entry;
  entry.index = last_index() + 1;
  entry.at = at;
  if (command != nullptr) {
    Encoder(at).encode(*command, entry.command);
    engine_.execute(*command, batch_);
    Encoder events(at);
    for (const Event& event : batch_.events) {
      events.encode(event, batch_, entry.events);
      if (const auto* refused = std::get_if<event::CommandRefused>(&event.body)) {
        refusal_ = refused->reason;
      }
    }
  }
  tables_.apply(at, note, batch_, state());
  tell(entry.index, {state(), tables_, batch_}, feed_);
  entry.note = std::move(note);
  staged_.push_back(std::move(entry));
  return batch_;
}

void Store::commit() {
  if (staged_.empty()) return;
  ledger_->append(staged_);
  staged_.clear();
}

}  // namespace stargate::server
