#pragma once

#include <cstdint>
#include <optional>

#include "ledger/database.h"
#include "ledger/ledger.h"

// Snapshots as rows of at most kPartBytes, with a SHA-256 over the index and all bytes.

namespace stargate::ledger {

inline constexpr std::size_t kPartBytes = std::size_t{1} << 20;

/// Makes the tables.
void create_snapshot_tables(Database& database);

/// Keeps one, and forgets all but the last two. REQUIRES: a transaction.
void write_snapshot(Database& database, const Snapshot& snapshot);

/// The last one that can be read and has its hash. `damaged`, if given, is the index of the newest one
/// that was passed over, or left as it is.
std::optional<Snapshot> read_snapshot(Database& database,
                                      std::optional<std::uint64_t>* damaged = nullptr);

/// How many there are. Throws LedgerError, naming the index, where one of them is damaged.
std::uint64_t check_snapshots(Database& database);

}  // namespace stargate::ledger
