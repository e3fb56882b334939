#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ledger/chain.h"
#include "ledger/database.h"
#include "ledger/format.h"

// The tables of a ledger in an open database: what opening, reading and verifying share.

namespace stargate::ledger {

/// Opens FOLDER's database and its log, makes the database a ledger where it is empty and `create` is
/// set, and refuses what is no ledger or of a newer format. The folder is locked by the caller.
std::unique_ptr<Database> open_store(const std::string& folder, const std::string& vfs,
                                     bool create);

/// Throws LedgerError where the row is damaged.
Head read_head(Database& database);

/// Calls visit for the entries from `first` to the head's, in order, each with its hash once that is
/// checked. Throws LedgerError, which names the first entry that cannot be read, is missing or does not
/// fit the chain, or where the chain does not end in the head's hash. Without a head it reads on while
/// there are entries.
void read_entries(Database& database, std::uint64_t first, const std::optional<Head>& head,
                  const std::function<void(const Entry&, const Hash&)>& visit);

}  // namespace stargate::ledger
