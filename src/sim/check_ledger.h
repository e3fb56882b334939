#pragma once

#include <cstdint>
#include <string>

#include "sim/ledger_file.h"

namespace stargate::sim {

struct LedgerCheck {
  std::uint64_t commands = 0;
  std::uint64_t events = 0;
  std::string event_hash;
  /// Where the ledger and the engine part; empty where they never do.
  std::string difference;
};

/// Decides every command of a ledger anew, compares the events byte for byte, and applies those of the
/// ledger to a state of their own, whose snapshot is compared at the end. Stops at the first
/// difference. Throws InputError for what is no whole ledger.
LedgerCheck check_ledger(LedgerReader& ledger);

}  // namespace stargate::sim
