#pragma once

#include <vector>

#include "agreement/permit.h"

namespace stargate::oracle {

/// Rare states, and how often they were reached.
struct MarketProbes {
  std::uint64_t reply_at_the_deadline = 0;
  std::uint64_t lapsed_just_after = 0;   ///< asked about an order signed just after the deadline
  std::uint64_t late_entered_reply = 0;  ///< in time, known only after the deadline
  std::uint64_t superseded = 0;
  std::uint64_t ended_by_event = 0;
  std::uint64_t contradiction = 0;
  std::uint64_t carve_out = 0;
  std::uint64_t cleared_by_offer = 0;
  std::uint64_t unmet_demand = 0;
  std::uint64_t not_needed_yet = 0;  ///< unmet and released, before the demand is due
  std::uint64_t needs_offer = 0;
  std::uint64_t void_order = 0;
  std::uint64_t shipped_elsewhere = 0;
  std::uint64_t terminated = 0;
  std::uint64_t not_cancelled = 0;  ///< a reservation outlasts a notice
  std::uint64_t taken_back = 0;     ///< by a reservation, from an order that would go on
  std::uint64_t renewed = 0;        ///< a reservation goes on where another was taken back
  std::uint64_t early_use = 0;
  std::uint64_t deemed = 0;
  std::uint64_t billed = 0;               ///< signed under a rate
  std::uint64_t longer_than_offered = 0;  ///< and no worse for the holder otherwise
  std::uint64_t more_than_the_rest = 0;  ///< signed for no more than was offered, but than was left
  std::uint64_t taken_of_another = 0;    ///< the holder took another offer of the order since
};

struct BruteAnswer {
  agreement::Verdict verdict = agreement::Verdict::kPermitted;
  ClauseId forbids = kNo<ClauseId>;  ///< what decided where it is not permitted
  ClauseId against = kNo<ClauseId>;

  friend bool operator==(const BruteAnswer&, const BruteAnswer&) = default;
};

struct BruteNode {
  CapacityState state = CapacityState::kAnnounced;
  Instant since{INT64_MIN};
  UseMask early_uses = 0;

  friend bool operator==(const BruteNode&, const BruteNode&) = default;
};

/// Reads every clause and every act again for every question, and shares no code with the room of
/// agreements beyond the book's bare lists.
class BruteJudge {
 public:
  BruteJudge(const agreement::Book& book, MarketProbes& probes) : book_(book), probes_(probes) {}

  BruteAnswer ask(WorkloadId workload, OrderId order, Instant at, Instant known) const;
  BruteAnswer ask_new(WorkloadId workload, PartyId supplier, Instant at, Instant known) const;
  /// The nodes of a stage, one by one.
  std::vector<BruteNode> nodes(StageId stage, Instant at, Instant known) const;

 private:
  struct Paper;
  const Act* act(std::size_t i, Instant at, Instant known) const;
  bool force(std::uint32_t clause, Instant at, Instant known) const;
  ClauseId taken_back(OrderId order, Instant at, Instant known) const;
  bool carve(const std::vector<CarveOut>& list, const Workload& who, const Paper& paper) const;
  bool consented(std::uint32_t clause, const Paper& paper, Instant at, Instant known) const;
  bool unmet(std::uint32_t clause, const Paper& paper, Instant at, Instant known) const;
  bool offered(std::uint32_t clause, const Paper& paper, Instant known) const;
  struct Take {
    Instant at;
    std::int64_t amount = 0;
    bool later = false;  ///< than the delivery that was offered
  };
  struct Outcome {
    CapacityAmount all;
    std::vector<Take> takes;
    Instant released = kNever;
  };
  Outcome walk(const Act& made, const clause::FirstRefusal& terms, const Order& order, Instant by,
               Instant known) const;
  agreement::Verdict one(std::uint32_t clause, const Workload& who, const Paper& paper, Instant at,
                         Instant known) const;
  BruteAnswer all(const Workload& who, const Paper& paper, Instant at, Instant known) const;

  const agreement::Book& book_;
  MarketProbes& probes_;
};

}  // namespace stargate::oracle
