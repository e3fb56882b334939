#include "server/store.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/input_error.h"
#include "event/bytes.h"
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
  if (const auto image = ledger_->snapshot()) {
    try {
      ByteReader in(image->bytes);
      const Instant now{in.zigzag()};
      state = core::State::restore(std::string(in.text()));
      tables_ = Tables::from_image(in.text());
      feed_ = Feed::from_image(in.text());
      in.expect_end();
      now_ = now;
      snapshot_index_ = image->index;
    } catch (const InputError&) {
      // Another version wrote it: the entries have all of it.
      state = {};
      tables_ = {};
      feed_ = {};
    }
  }
  if (snapshot_index_ == ledger_->last_index()) {
    engine_ = core::Engine(std::move(state));
    return;
  }
  ledger_->read(snapshot_index_ + 1, [&](const ledger::Entry& entry) {
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

void Store::take_snapshot() {
  ledger::Snapshot image;
  image.index = durable_index();
  ByteWriter out(image.bytes);
  out.zigzag(now_.us);
  out.text(state().snapshot());
  std::string tables;
  tables_.write_image(tables);
  out.text(tables);
  std::string feed;
  feed_.write_image(feed);
  out.text(feed);
  ledger_->put_snapshot(image);
  snapshot_index_ = image.index;
}

void Store::commit() {
  if (staged_.empty()) return;
  ledger_->append(staged_);
  staged_.clear();
}

}  // namespace stargate::server
