#pragma once

#include <atomic>
#include <semaphore>
#include <span>

#include "ledger/memory_ledger.h"

namespace stargate::server {

/// Each append waits until the test lets it go on, unless it is open, and fails where the test says so.
class GatedLedger final : public ledger::Ledger {
 public:
  std::uint64_t last_index() const override { return ledger_.last_index(); }
  void append(std::span<const ledger::Entry> entries) override {
    begun.release();
    if (!is_open) gate.acquire();
    if (fails) throw ledger::LedgerError("the disk is full");
    ++appends;
    ledger_.append(entries);
  }
  void read(std::uint64_t first,
            const std::function<void(const ledger::Entry&)>& visit) const override {
    ledger_.read(first, visit);
  }
  void put_snapshot(const ledger::Snapshot& image) override { ledger_.put_snapshot(image); }
  std::optional<ledger::Snapshot> snapshot() const override { return ledger_.snapshot(); }

  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> gate{0};
  std::atomic<bool> is_open{false};
  std::atomic<bool> fails{false};
  std::atomic<int> appends{0};

 private:
  ledger::MemoryLedger ledger_;
};

}  // namespace stargate::server
