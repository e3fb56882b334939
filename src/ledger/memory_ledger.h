#pragma once

#include <deque>
#include <vector>

#include "ledger/ledger.h"

namespace stargate::ledger {

/// A ledger that is gone with the object: for simulations and tests. Nothing of it fails.
class MemoryLedger final : public Ledger {
 public:
  std::uint64_t last_index() const override { return entries_.size(); }
  void append(std::span<const Entry> entries) override;
  void read(std::uint64_t first, const std::function<void(const Entry&)>& visit) const override;
  void put_snapshot(const Snapshot& snapshot) override;
  std::optional<Snapshot> snapshot() const override;

 private:
  std::vector<Entry> entries_;
  std::deque<Snapshot> snapshots_;  // the newest last
};

}  // namespace stargate::ledger
