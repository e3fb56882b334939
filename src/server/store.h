#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/engine.h"
#include "ledger/ledger.h"
#include "server/feed.h"
#include "server/tables.h"

namespace stargate::server {

/// JSON as notes have it; what is no UTF-8 is replaced.
std::string kept_text_of(const nlohmann::json& json);

/// The engine, the tables beside it and the ledger, as one: what is executed is applied at once, and
/// counts for others once it is durable. For one thread, but for what says otherwise.
class Store {
 public:
  /// Re-applies what is in the ledger. Throws LedgerError, and InputError where it was written in a
  /// language that is not known.
  explicit Store(std::unique_ptr<ledger::Ledger> ledger);

  const core::State& state() const { return engine_.state(); }
  const Tables& tables() const { return tables_; }
  /// What happened lately, as it is told to others: once it is durable, by flush().
  Feed& feed() { return feed_; }
  /// Of the last command; commands never go back before it.
  Instant now() const { return now_; }
  /// Nothing was ever written.
  bool is_new() const { return last_index() == 0; }
  /// Of the last entry, durable or not yet.
  std::uint64_t last_index() const { return last_index_; }
  /// Any thread.
  std::uint64_t durable_index() const { return durable_index_.load(std::memory_order_acquire); }

  /// Carries out a command and what is known of it beside the core, at `at` or, where that is before
  /// now(), at now(). The events are good until the next call. kNone, or why the core refused it.
  const EventBatch& execute(Instant at, Command::Body body, const nlohmann::json& note);
  const EventBatch& execute(Instant at, Command::Body body);
  /// A submission, whose job is `job` as kept_text_of has it.
  const EventBatch& execute(Instant at, Command::Body body, const SubmissionNote& note,
                            std::string_view job);
  Reason refusal() const { return refusal_; }
  /// Notes what the core is not asked about.
  void note(Instant at, const nlohmann::json& note);

  /// Makes all of it durable with one sync. Throws LedgerError; nothing may be said to anyone then.
  void commit() { write(take_staged()); }
  // The same in two parts. Entries that were taken are written in order.
  std::size_t staged() const { return staged_.size(); }
  std::vector<ledger::Entry> take_staged();
  /// On any thread, one call of this or keep() at a time. Throws LedgerError.
  void write(std::span<const ledger::Entry> entries);

  const ledger::Ledger& ledger() const { return *ledger_; }

  /// An image of all of it, so that a restart need not re-apply what was before.
  ledger::Snapshot take_image();
  /// Gives it to the ledger. As write(). REQUIRES: its entries are durable.
  void keep(const ledger::Snapshot& image) { ledger_->put_snapshot(image); }
  /// Both. REQUIRES: all is durable.
  void take_snapshot() { keep(take_image()); }
  /// Entries since the last image.
  std::uint64_t entries_since_image() const { return last_index_ - image_index_; }

 private:
  void recover();
  void decide(const Command& command, ledger::Entry& entry);
  const EventBatch& stage(Instant at, const Command* command, const nlohmann::json& note);
  void keep(ledger::Entry entry);

  std::unique_ptr<ledger::Ledger> ledger_;
  core::Engine engine_;
  Tables tables_;
  Feed feed_;
  Instant now_{INT64_MIN};
  EventBatch batch_;
  Reason refusal_ = Reason::kNone;
  std::vector<ledger::Entry> staged_;
  std::uint64_t last_index_ = 0;
  std::atomic<std::uint64_t> durable_index_{0};
  std::uint64_t image_index_ = 0;
};

}  // namespace stargate::server
