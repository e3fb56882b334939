#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

// A layer below SQLite that gives each page of a database a checksum in its last 8 bytes as it is
// written, and compares it as it is read: a page that does not fit is SQLITE_IOERR_DATA, never data.
// Logs and journals pass through; they have checksums of SQLite's own.
//
// The database must have pages of kPageBytes with kChecksumBytes reserved (SQLITE_FCNTL_RESERVE_BYTES),
// and be opened with `locking_mode=EXCLUSIVE`: there is no shared memory and no memory mapping.

namespace stargate::ledger {

/// Makes the layer over the file system called `base` known to SQLite, where it is not yet; "": over
/// the usual one. Returns its name.
std::string checked_vfs(const std::string& base = {});

/// The page of the database that last did not fit its checksum; 0: there was none.
std::uint64_t damaged_page(sqlite3* database);

}  // namespace stargate::ledger
