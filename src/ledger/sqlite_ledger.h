#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ledger/ledger.h"

namespace stargate::ledger {

struct SqliteOptions {
  /// SQLite's name of the file system; "": the usual one.
  std::string vfs;
  /// The log is copied into the database before an append where it has this many pages.
  std::uint64_t log_pages_max = 4'000;
  /// Told, before the log is emptied, what was found in it that is no whole transaction. May be null.
  std::function<void(const std::string& what)> warn = nullptr;
};

/// Opens the ledger in a folder (ledger/format.h), and makes both where there is none. Until it is
/// destroyed no other process can open it.
///
/// Each append is one transaction in SQLite's write-ahead log, and one sync of it. What is there when it
/// is opened again is always what was acknowledged; after a crash in the middle of an append that batch
/// is there whole or not at all. After an append that threw, the log is cut back to where it was, so
/// that the batch is not there, unless the disk refuses that too: then the batch may be there, whole.
///
/// Its files are their owner's alone.
///
/// Throws LedgerError: the folder is in use (the message says by which process), cannot be read or
/// written, was written by a newer format, or is damaged in a place that opening reads: pages of the
/// newest entry, the table of tables, the log. verify() reads everything.
std::unique_ptr<Ledger> open_sqlite_ledger(const std::string& folder,
                                           const SqliteOptions& options = {});

}  // namespace stargate::ledger
