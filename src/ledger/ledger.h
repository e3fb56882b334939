#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "base/time.h"

// The record of a control plane: every command and what came of it, in order, for ever.

namespace stargate::ledger {

/// The ledger cannot be written (no space, a failed sync) or is not what was written (the message
/// names the file and, where one is at fault, the index of the entry).
class LedgerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One command. The ledger does not look into what it keeps.
struct Entry {
  std::uint64_t index = 0;  ///< from 1 on, without gaps
  Instant at;
  std::string command;  ///< event/codec.h; empty: the core was not asked
  std::string note;     ///< what a driver knows of it beside the core
  std::string events;   ///< what the core decided
};

/// An image of a driver's whole state, as it was after the entry `index`.
struct Snapshot {
  std::uint64_t index = 0;
  std::string bytes;
};

/// Appending is for one thread; so is the rest.
class Ledger {
 public:
  virtual ~Ledger() = default;

  /// The index of the last entry; 0: there is none.
  virtual std::uint64_t last_index() const = 0;

  /// Makes all of the entries durable, or none: on return they are on the disk. Throws LedgerError when
  /// that failed; from then on nothing is accepted any more, every call throws, and what was not
  /// acknowledged is not there when it is opened again.
  /// REQUIRES: they are numbered without gaps from last_index() + 1 on.
  virtual void append(std::span<const Entry> entries) = 0;

  /// Calls visit for every entry from `first` on, in order, each checked against the chain of hashes.
  /// Throws LedgerError, which names the index of the first entry that does not fit.
  /// REQUIRES: first >= 1; visit does not append.
  virtual void read(std::uint64_t first, const std::function<void(const Entry&)>& visit) const = 0;

  /// Keeps an image, and forgets all but the last two. REQUIRES: snapshot.index <= last_index().
  virtual void put_snapshot(const Snapshot& snapshot) = 0;
  /// The last image that is whole (its hash fits); nullopt: there is none.
  virtual std::optional<Snapshot> snapshot() const = 0;
};

}  // namespace stargate::ledger
