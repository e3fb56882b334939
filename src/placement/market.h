#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "agreement/permit.h"
#include "agreement/price.h"
#include "agreement/span.h"
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

/// A commitment that is trued up, and how far it is met: by use at the rates of the day, for ranking.
struct Commitment {
  ClauseId clause;
  agreement::Span period;
  /// What came of it by `settled`, and comes with every microsecond since: micros of money per 1,000
  /// hours, times microseconds.
  Int128 spent = 0;
  Instant settled;
  Int128 burn = 0;
  Money least;  ///< what is to be spent in the period
  UseMask eligible = kAnyUse;

  bool is_met(Instant now) const;
};

/// So many GPUs may be used under an agreement in one jurisdiction.
struct UnitsLimit {
  ClauseId clause;
  UseMask uses = kAnyUse;
  std::uint64_t max_gpus = 0;
  std::vector<QueueId> queues;  ///< that they are counted in

  friend bool operator==(const UnitsLimit&, const UnitsLimit&) = default;
};

/// What compile() made otherwise than it was.
struct MarketChanges {
  bool is_all = true;  ///< anything may be; the rest, but for `stages`, says nothing
  /// Those whose nodes were otherwise before, and how.
  std::vector<std::pair<StageId, std::vector<agreement::StageRun>>> stages;
  /// Where the capacity, what is licensed, or what is permitted changed. Ascending.
  std::vector<QueueId> queues;
};

/// What is placed under contracts: the book, the queues that are capacity of orders, and what the
/// book says to them at the instant of the last compile(). What compile() makes can be derived from
/// the rest and that instant, but for what it says of changes.
struct Market {
  agreement::Book book;
  agreement::PermissionTable table;

  /// Of a queue: the order whose capacity it is (kNo: of none), and what can be used of it.
  struct Place {
    OrderId order = kNo<OrderId>;
    std::uint64_t accepted_gpus = 0;
    std::uint64_t early_gpus = 0;  ///< in acceptance, for some use
    /// That may run on all of them: what a job runs on is not told apart within a queue.
    UseMask early_uses = 0;
    bool is_prepaid = false;
    std::optional<agreement::Tariff> tariff;  ///< nullopt: it has no rate
    std::uint64_t queued_gpus = 0;
    /// By Use: of jobs that wait for it or run on it; of those that run.
    std::array<std::uint64_t, kUseCount> routed_gpus{};
    std::array<std::uint64_t, kUseCount> held_gpus{};
    std::vector<std::uint32_t> commitments;  ///< of its agreement
    std::vector<std::uint32_t> limits;       ///< that it counts against
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

  std::vector<Commitment> commitments;  ///< those in force, by clause
  std::vector<UnitsLimit> limits;       ///< those in force
  std::vector<Transfer> transfers;
  std::vector<JobId> unrouted;  ///< jobs of workloads that wait in no queue, ascending
  std::vector<std::vector<JobId>> unrouted_of;  ///< the same by WorkloadId
  /// Of them, those that may find a place when another job of a workload leaves one.
  std::uint64_t limited_jobs = 0;
  bool stale = false;  ///< there are definitions that compile() has not seen

  /// By WorkloadId, then PartyId: jobs that are routed to the supplier's paper; and by WorkloadId
  /// alone: all its jobs that have not ended.
  std::vector<std::vector<std::uint64_t>> routed_jobs;
  /// The same by SiteId.
  std::vector<std::vector<std::uint64_t>> routed_to_site;
  std::vector<std::uint64_t> live_jobs;

  /// By WorkloadId: the queues whose order may run it, ascending; and the number of the ranking in
  /// the book that is its own, or how many there are: none is.
  std::vector<std::vector<QueueId>> permitted;
  std::vector<std::size_t> rankings;

  MarketChanges changes;
  /// By WorkloadId: goes up with whatever may find a place for a job of it that waits in no queue, or
  /// say another reason, unless its own limit or a licence decides.
  std::vector<std::uint64_t> route_versions;

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
  /// How long the data takes to come to the site, and what that costs. nullopt: the site takes none in.
  std::optional<Duration> transfer_length(DataId data, SiteId site) const;
  Money transfer_price(DataId data, SiteId site) const;
  std::span<const Criterion> ranking_of(WorkloadId workload) const {
    const std::size_t number = rankings[workload.value];
    return number < book.rankings().size() ? book.rankings()[number].criteria : default_ranking();
  }

  void add_queue(QueueId queue, OrderId order);
  /// Says to every workload and order what the book says at the instant. O(what the book's changes
  /// since the last time touch); the first time, and where parties, orders, workloads or rankings came
  /// since, O(workloads x orders + stages).
  void compile(Instant at);
  /// The same from nothing.
  void compile_anew(Instant at);
  /// Something else than contracts and capacity may keep jobs out, or no longer: data that came, a
  /// quota. What waits is looked at again, with the next compile().
  void recheck();
  /// The same, of jobs that wait in no queue alone.
  void retry();
  /// The job waits in no queue from now on, or no longer.
  void count_unrouted(const Job& job, bool comes);
  /// Whether route_versions says all that may find a place for jobs of the workload.
  bool is_bound_by_versions(WorkloadId workload) const;
  /// When compile() is due again, or a transfer ends; kNever: not by itself.
  Instant next_change() const;
  /// The job comes to its queue, or leaves it.
  void count_routed(const Job& job, bool comes);
  /// The job's GPUs are held from now on, or no longer. REQUIRES: job.held_gpus is what they are.
  void count_held(const Job& job, bool comes, Instant now);

  /// The same for commitments whose `spent` is as of `settled` already; rate_commitments() follows.
  void restore_held(const Job& job);

  /// Commitments that have ended are dropped, those that have begun or true up anew begin at nothing.
  /// After compile(), where time goes on.
  void renew_commitments(Instant at);
  /// Derives what commitments come to per microsecond from what is held.
  void rate_commitments();
  /// Whether work of the use is prepaid there, or counts to a commitment that is not yet met.
  bool is_paid_for(QueueId queue, Use use, Instant now) const;
  /// The clause that would license too few if the job, with so many GPUs, came there from where it
  /// is; kNo: none.
  ClauseId units_exceeded(QueueId queue, const Job& job, std::uint64_t gpus) const;

 private:
  /// What a compile() went by.
  struct Read {
    agreement::ReadUntil until;
    std::size_t parties = 0;
    std::size_t sites = 0;
    std::size_t orders = 0;
    std::size_t workloads = 0;
    std::size_t rankings = 0;
    bool is_of(const agreement::Book& other) const;
  };

  void compile_touched(Instant at);
  void find_runs(StageId stage, Instant at);
  void find_capacity(QueueId queue);
  void find_price(QueueId queue, Instant at);
  void find_prepaid(QueueId queue, Instant at);
  void find_limits(Instant at);
  void find_rankings();
  /// The queue is permitted to the workload as the table says. True where that is new.
  bool find_permitted(WorkloadId workload, QueueId queue);
  std::span<const QueueId> queues_of(OrderId order) const;
  /// Whether a clause, in force or not, says on how many GPUs of it.
  bool may_be_licensed(OrderId order) const;
  void note_read(Instant at);

  Read read_;
  std::vector<std::vector<QueueId>> order_queues_;  ///< by OrderId
  std::vector<QueueId> opened_;                     ///< since the last compile()
  std::vector<Instant> tariffs_until_;              ///< by QueueId: the first hour of another rate
  Instant next_tariff_ = kNever;                    ///< no later than the first of these
  std::vector<Instant> prepaid_until_;              ///< by QueueId: `is_prepaid` may be otherwise
  Instant next_prepaid_ = kNever;                   ///< the first of these
  bool commitments_stale_ = true;
  Instant commitments_until_ = kNever;  ///< the first end of a period
  bool recheck_ = true;
};

}  // namespace stargate::placement
