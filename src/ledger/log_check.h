#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "ledger/format.h"

// A look at the files of a ledger that is not open, before SQLite recovers it.
//
// SQLite takes a write-ahead log up to the first frame that does not fit, and drops the rest in
// silence: right after a crash, when that rest is the transaction that was being written, and wrong
// where later transactions follow, which were acknowledged. These are told apart by the numbers of
// the transactions: transaction N is written when N - 1 was acknowledged.

namespace stargate::ledger {

struct FilesState {
  /// What the ledger's head will be when it is recovered; nullopt: it was never made.
  std::optional<Head> head;
  /// Pages whose newest bytes are in the log.
  std::unordered_set<std::uint64_t> pages_in_log;
  bool has_log = false;
  /// What follows the last whole transaction in the log and is none, in words; empty: nothing does. What
  /// is left from before the log was emptied does not count.
  std::string unfinished;
};

/// Reads all of the log, and the database's head. Throws LedgerError, which names the last entry that
/// is good, where something acknowledged is damaged. A last transaction that is not whole is what a
/// crash leaves, and what damage leaves of a log's very last transaction looks the same: it does not
/// count, and is told.
FilesState check_files(const std::string& folder);

}  // namespace stargate::ledger
