#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/engine.h"
#include "ledger/ledger.h"
#include "server/feed.h"
#include "server/tables.h"

namespace stargate::server {

/// The engine, the tables beside it and the ledger, as one: what is executed is applied at once, and
/// counts for others once commit() has made it durable. For one thread.
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
  std::uint64_t last_index() const { return ledger_->last_index() + staged_.size(); }
  std::uint64_t durable_index() const { return ledger_->last_index(); }

  /// Carries out a command and what is known of it beside the core, at `at` or, where that is before
  /// now(), at now(). The events are good until the next call. kNone, or why the core refused it.
  const EventBatch& execute(Instant at, Command::Body body, const nlohmann::json& note);
  const EventBatch& execute(Instant at, Command::Body body);
  Reason refusal() const { return refusal_; }
  /// Notes what the core is not asked about.
  void note(Instant at, const nlohmann::json& note);

  bool has_uncommitted() const { return !staged_.empty(); }
  /// Makes all of it durable with one sync. Throws LedgerError; nothing may be said to anyone then.
  void commit();

  const ledger::Ledger& ledger() const { return *ledger_; }

 private:
  void recover();
  const EventBatch& stage(Instant at, const Command* command, std::string note);

  std::unique_ptr<ledger::Ledger> ledger_;
  core::Engine engine_;
  Tables tables_;
  Feed feed_;
  Instant now_{INT64_MIN};
  EventBatch batch_;
  Reason refusal_ = Reason::kNone;
  std::vector<ledger::Entry> staged_;
};

}  // namespace stargate::server
