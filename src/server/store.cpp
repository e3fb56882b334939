#include "server/store.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/input_error.h"
#include "event/bytes.h"
#include "event/codec.h"
#include "server/json_view.h"
#include "server/tell.h"

namespace stargate::server {

namespace {

using Json = nlohmann::json;

Json note_of_text(const std::string& text) { return text.empty() ? Json() : Json::parse(text); }

/// What a note says of a submission, where it says nothing else.
std::optional<SubmissionNote> submission_of(const JsonView& note) {
  const auto by = note.find("by");
  const auto job = note.find("job");
  std::size_t members = 0;
  note.for_each_member([&](std::string_view, const JsonView&) { ++members; });
  if (!by || !job || members != 2) return std::nullopt;
  return SubmissionNote{std::make_shared<const JobSpec>(job_spec_of(*job)),
                        std::string(by->text())};
}

/// Text that is no UTF-8 is kept as something else than it was.
bool is_kept_as_is(const std::string& text) {
  return text.find("\xEF\xBF\xBD") == std::string::npos;
}

/// What happened in older entries is not told any more.
constexpr std::uint64_t kToldEntriesMost = 100'000;

}  // namespace

std::string kept_text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Store::Store(std::unique_ptr<ledger::Ledger> ledger) : ledger_(std::move(ledger)) { recover(); }

void Store::recover() {
  const std::uint64_t last = ledger_->last_index();
  last_index_ = last;
  durable_index_ = last;
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
      image_index_ = image->index;
    } catch (const InputError&) {
      // Another version wrote it: the entries have all of it.
      state = {};
      tables_ = {};
      feed_ = {};
    }
  }
  if (image_index_ == last) {
    engine_ = core::Engine(std::move(state));
    return;
  }
  FastJson notes;
  ledger_->read(image_index_ + 1, [&](const ledger::Entry& entry) {
    batch.clear();
    ByteReader in(entry.events);
    Decoder decoder(entry.at);
    while (!in.at_end()) decoder.event(in, batch);
    for (const Event& event : batch.events) state.apply(event, batch);
    const auto fast = entry.note.empty() ? std::nullopt : notes.read(entry.note);
    if (const auto submission = fast ? submission_of(*fast) : std::nullopt) {
      tables_.apply(*submission, batch, state);
    } else {
      tables_.apply(entry.at, note_of_text(entry.note), batch, state);
    }
    now_ = std::max(now_, entry.at);
    if (last - entry.index < kToldEntriesMost) {
      tell(entry.index, {state, tables_, batch}, feed_);
    }
  });
  engine_ = core::Engine(std::move(state));
}

const EventBatch& Store::execute(Instant at, Command::Body body, const Json& note) {
  const Command command{std::max(at, now_), std::move(body)};
  return stage(command.at, &command, note);
}

const EventBatch& Store::execute(Instant at, Command::Body body) {
  const Command command{std::max(at, now_), std::move(body)};
  return stage(command.at, &command, {});
}

const EventBatch& Store::execute(Instant at, Command::Body body, const SubmissionNote& note,
                                 std::string_view job) {
  const Command command{std::max(at, now_), std::move(body)};
  ledger::Entry entry;
  decide(command, entry);
  // Members of a note are in the order of their names.
  entry.note = R"({"by":)" + kept_text_of(note.by) + R"(,"job":)";
  entry.note += job;
  entry.note += '}';
  tables_.apply(note, batch_, state());
  keep(std::move(entry));
  return batch_;
}

void Store::note(Instant at, const Json& note) { stage(std::max(at, now_), nullptr, note); }

const EventBatch& Store::stage(Instant at, const Command* command, const Json& note) {
  ledger::Entry entry;
  entry.at = now_ = at;
  batch_.clear();
  refusal_ = Reason::kNone;
  if (command != nullptr) decide(*command, entry);
  if (!note.is_null()) entry.note = kept_text_of(note);
  // The same as after a restart.
  if (is_kept_as_is(entry.note)) {
    tables_.apply(at, note, batch_, state());
  } else {
    tables_.apply(at, note_of_text(entry.note), batch_, state());
  }
  keep(std::move(entry));
  return batch_;
}

void Store::decide(const Command& command, ledger::Entry& entry) {
  entry.at = now_ = command.at;
  batch_.clear();
  refusal_ = Reason::kNone;
  Encoder(command.at).encode(command, entry.command);
  engine_.execute(command, batch_);
  Encoder events(command.at);
  for (const Event& event : batch_.events) {
    events.encode(event, batch_, entry.events);
    if (const auto* refused = std::get_if<event::CommandRefused>(&event.body)) {
      refusal_ = refused->reason;
    }
  }
}

void Store::keep(ledger::Entry entry) {
  entry.index = ++last_index_;
  tell(entry.index, {state(), tables_, batch_}, feed_);
  staged_.push_back(std::move(entry));
}

ledger::Snapshot Store::take_image() {
  ledger::Snapshot image;
  image.index = last_index_;
  ByteWriter out(image.bytes);
  out.zigzag(now_.us);
  out.text(state().snapshot());
  std::string tables;
  tables_.write_image(tables);
  out.text(tables);
  std::string feed;
  feed_.write_image(feed);
  out.text(feed);
  image_index_ = image.index;
  return image;
}

std::vector<ledger::Entry> Store::take_staged() { return std::exchange(staged_, {}); }

void Store::write(std::span<const ledger::Entry> entries) {
  if (entries.empty()) return;
  ledger_->append(entries);
  durable_index_.store(entries.back().index, std::memory_order_release);
}

}  // namespace stargate::server
