#include "ledger/memory_ledger.h"

#include "base/check.h"

namespace stargate::ledger {

void MemoryLedger::append(std::span<const Entry> entries) {
  std::uint64_t next = last_index() + 1;
  for (const Entry& entry : entries) {
    STARGATE_CHECK(entry.index == next, "entries are numbered without gaps");
    ++next;
  }
  entries_.insert(entries_.end(), entries.begin(), entries.end());
}

void MemoryLedger::read(std::uint64_t first, const std::function<void(const Entry&)>& visit) const {
  STARGATE_CHECK(first >= 1, "entries are numbered from 1 on");
  for (std::uint64_t index = first; index <= entries_.size(); ++index) visit(entries_[index - 1]);
}

void MemoryLedger::put_snapshot(const Snapshot& snapshot) {
  STARGATE_CHECK(snapshot.index <= last_index(), "a snapshot is of entries that there are");
  snapshots_.push_back(snapshot);
  if (snapshots_.size() > 2) snapshots_.pop_front();
}

std::optional<Snapshot> MemoryLedger::snapshot() const {
  if (snapshots_.empty()) return std::nullopt;
  return snapshots_.back();
}

}  // namespace stargate::ledger
