#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "placement/job.h"

namespace stargate::placement {

/// The jobs that have not ended. Look-up by id and by slot is O(1); slots are used again, and what a
/// job leaves behind is 24 bytes for every 4096 ids.
class JobTable {
 public:
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};
  /// Ids ascend; this is how many numbers a submitter may leave out.
  static constexpr std::uint64_t kGapMax = std::uint64_t{1} << 20;

  bool may_add(JobId id) const { return id.value >= next_id_ && id.value - next_id_ <= kGapMax; }

  /// REQUIRES: may_add(job.id). Returns its slot, good until remove().
  std::uint32_t add(const Job& job) {
    STARGATE_CHECK(may_add(job.id), "job ids ascend");
    next_id_ = job.id.value + 1;
    std::uint32_t slot;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back(job);
    } else {
      slot = free_.back();
      free_.pop_back();
      slots_[slot] = job;
    }
    const std::uint64_t page = job.id.value / kPage;
    if (page >= pages_.size()) pages_.resize(page + 1);
    Page& entries = pages_[page];
    if (entries.slots.empty()) entries.slots.assign(kPage, kNoSlot);
    entries.slots[job.id.value % kPage] = slot;
    ++entries.live;
    ++size_;
    return slot;
  }

  /// The number is used up by a job that was not admitted. REQUIRES: may_add(id).
  void skip(JobId id) {
    STARGATE_CHECK(may_add(id), "job ids ascend");
    next_id_ = id.value + 1;
  }

  void remove(std::uint32_t slot) {
    const std::uint64_t id = slots_[slot].id.value;
    Page& entries = pages_[id / kPage];
    entries.slots[id % kPage] = kNoSlot;
    if (--entries.live == 0) entries.slots = {};
    slots_[slot].ranges.clear();
    free_.push_back(slot);
    --size_;
  }

  std::uint32_t slot_of(JobId id) const {
    const std::uint64_t page = id.value / kPage;
    if (page >= pages_.size() || pages_[page].slots.empty()) return kNoSlot;
    return pages_[page].slots[id.value % kPage];
  }
  const Job* find(JobId id) const {
    const std::uint32_t slot = slot_of(id);
    return slot == kNoSlot ? nullptr : &slots_[slot];
  }
  Job& operator[](std::uint32_t slot) { return slots_[slot]; }
  const Job& operator[](std::uint32_t slot) const { return slots_[slot]; }

  std::uint64_t size() const { return size_; }
  std::uint64_t next_id() const { return next_id_; }
  void restore_next_id(std::uint64_t next_id) { next_id_ = next_id; }

  /// Calls visit(slot) for every job in ascending order of id.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Page& page : pages_) {
      for (std::uint32_t slot : page.slots) {
        if (slot != kNoSlot) visit(slot);
      }
    }
  }

 private:
  static constexpr std::uint64_t kPage = 4096;
  struct Page {
    std::vector<std::uint32_t> slots;
    std::uint32_t live = 0;
  };

  std::vector<Job> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Page> pages_;
  std::uint64_t next_id_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace stargate::placement
