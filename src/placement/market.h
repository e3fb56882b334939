#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "agreement/permit.h"
#include "agreement/stages.h"
#include "placement/queue.h"

namespace stargate::placement {

/// Data on its way to a site, or there since it came.
struct Transfer {
  DataId data;
  SiteId site;
  Instant until;
  bool ended = false;

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// What is placed under contracts: the book, the queues that are capacity of orders, and what the
/// book says to them at the instant of the last compile(). What compile() makes can be derived from
/// the rest and that instant.
struct Market {
  agreement::Book book;
  agreement::PermissionTable table;

  /// Of a queue: the order whose capacity it is (kNo: of none), and what can be used of it.
  struct Place {
    OrderId order = kNo<OrderId>;
    std::uint64_t accepted_gpus = 0;
    std::uint64_t early_gpus = 0;  ///< in acceptance, for `early_uses`
    UseMask early_uses = 0;
    bool is_paid_for = false;  ///< prepaid, or under a commitment
    std::uint64_t queued_gpus = 0;
  };
  std::vector<Place> places;  ///< by QueueId

  /// Of a stage: where its nodes stand. kNo: its order is not open.
  struct StagePlace {
    QueueId queue = kNo<QueueId>;
    std::uint32_t first = 0;
    std::uint32_t nodes = 0;
  };
  std::vector<StagePlace> stage_places;  ///< by StageId
  /// By StageId, of those that have a place: its nodes as compile() last found them.
  std::vector<std::vector<agreement::StageRun>> stage_runs;

  std::vector<Transfer> transfers;
  std::vector<JobId> unrouted;  ///< jobs of workloads that wait in no queue, ascending
  bool stale = false;           ///< there are definitions that compile() has not seen

  /// By WorkloadId, then PartyId: jobs that are routed to the supplier's paper; and by WorkloadId
  /// alone: all its jobs that have not ended.
  std::vector<std::vector<std::uint64_t>> routed_jobs;
  std::vector<std::uint64_t> live_jobs;

  /// By WorkloadId: the queues whose order may run it, ascending.
  std::vector<std::vector<QueueId>> permitted;

  bool in_use() const { return !book.orders().empty(); }
  bool is_of_order(QueueId queue) const {
    return queue.value < places.size() && is_set(places[queue.value].order);
  }
  /// Whether jobs of the workload may hold GPUs of the queue.
  bool permits(WorkloadId workload, QueueId queue) const {
    return is_of_order(queue) && table.permits(workload, places[queue.value].order);
  }
  bool may_use_early(WorkloadId workload, QueueId queue) const {
    return includes(places[queue.value].early_uses, book.workloads()[workload.value].use);
  }
  std::uint64_t usable_gpus(WorkloadId workload, QueueId queue) const {
    const Place& place = places[queue.value];
    return place.accepted_gpus + (may_use_early(workload, queue) ? place.early_gpus : 0);
  }
  bool has_data(DataId data, SiteId site) const;

  void add_queue(QueueId queue, OrderId order);
  /// Says to every workload and order what the book says at the instant.
  /// O(workloads x orders + stages).
  void compile(Instant at);
  /// When compile() is due again, or a transfer ends; kNever: not by itself.
  Instant next_change() const {
    Instant next = stale || table.compiled_at().us == INT64_MIN ? kNever : table.good_until();
    for (const Transfer& transfer : transfers) {
      if (!transfer.ended) next = std::min(next, transfer.until);
    }
    return next;
  }
  /// The job comes to its queue, or leaves it.
  void count_routed(const Job& job, bool comes);
};

}  // namespace stargate::placement
