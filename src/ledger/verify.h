#pragma once

#include <cstdint>
#include <string>

namespace stargate::ledger {

struct Verified {
  std::uint64_t entries = 0;
  std::string head_hash;  ///< of the last entry, in hexadecimal: who has noted it can tell a ledger
                          ///< that was written anew from this one
  std::uint64_t snapshots = 0;
  std::uint64_t pages = 0;
  std::string
      unfinished;  ///< what follows the last transaction and is none, in words; empty: nothing
};

/// Reads every byte of a ledger that no process has open, and changes nothing: the log, each page with
/// its checksum, each entry with its place in the chain, the snapshots. Throws LedgerError where
/// anything is not what was written; it names the page and the first entry that cannot be had, or the
/// last one that is good.
Verified verify(const std::string& folder);

}  // namespace stargate::ledger
