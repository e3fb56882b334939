#pragma once

#include <span>
#include <vector>

#include "agreement/book.h"
#include "agreement/signing.h"
#include "agreement/touched.h"

namespace stargate::agreement {

/// What the contracts say to a workload on an order, in the order of weight.
enum class Verdict : std::uint8_t {
  kPermitted,
  kNotOrdered,  ///< the order is not signed yet, has ended, is another lab's or for other uses
  kNeedsOffer,  ///< a first refusal stands in the way and was not offered, declined, lapsed, waived
  kForbidden,
};

/// "permitted", "not_ordered", "needs_offer", "forbidden".
const char* name_of(Verdict verdict);

struct Permission {
  Verdict verdict = Verdict::kPermitted;
  ClauseId clause = kNo<ClauseId>;   ///< what decided; of a permitted one, what allows or clears it
  ClauseId against = kNo<ClauseId>;  ///< a clause in force that contradicts `clause`
  std::string offer;                 ///< the offer that is open, or that cleared it
  /// No later than the first instant from which it may be otherwise, by what is known.
  Instant until = kNever;

  friend bool operator==(const Permission&, const Permission&) = default;
};

/// May the workload be placed on the order at this moment, whatever room there is?
Permission permit(const Book& book, WorkloadId workload, OrderId order, Moment moment);

/// May it be placed on an order with the supplier that would be signed now and that nothing cleared?
Permission permit_new(const Book& book, WorkloadId workload, PartyId supplier, Moment moment);

/// What stands in the way of an order that is not signed, if it were signed now.
struct Obstacles {
  /// Permitted, forbidden, or an offer is needed; kNotOrdered: the order is another lab's or for other
  /// uses.
  Permission permission;
  /// Where an offer is needed: the first refusals under which none is open. Ascending.
  std::vector<ClauseId> to_offer;
};

Obstacles obstacles_to(const Book& book, WorkloadId workload, OrderId order, Moment moment);

/// The first instant after `after` at which, without any further entry, a permission or a state of
/// capacity may change as it is known then: a clause begins or ends or becomes known, an order begins
/// or ends, an offer lapses, a release runs out, acceptance is deemed. kNever: none.
Instant next_change(const Book& book, Instant after);

/// The answers of permit() for every workload and order between two change points, with at = known.
class PermissionTable {
 public:
  /// The table as it stands at the instant. O(workloads that contracts tell apart x orders x clauses of
  /// their customer).
  void compile(const Book& book, Instant at);
  /// The same, from the table as it was, where that is of the same orders, workloads and parties, and
  /// all that came or changed since is `touched`. O(what is touched x orders of its customer).
  void update(const Book& book, Instant at, const Touched& touched);

  /// O(1).
  bool permits(WorkloadId workload, OrderId order) const {
    return verdict(workload, order) == Verdict::kPermitted;
  }
  Verdict verdict(WorkloadId workload, OrderId order) const {
    return cells_[std::size_t{rows_[workload.value]} * orders_ + order.value].verdict;
  }
  /// The clause that decides, of what is forbidden or needs an offer.
  ClauseId decided_by(WorkloadId workload, OrderId order) const {
    return cells_[std::size_t{rows_[workload.value]} * orders_ + order.value].clause;
  }
  /// The instant for which it was compiled, and the first at which it may be otherwise.
  Instant compiled_at() const { return at_; }
  Instant good_until() const { return until_; }

  /// What update() made otherwise: to all workloads of the row, which ascend.
  struct Changed {
    std::uint32_t row;
    OrderId order;
    Verdict before;
  };
  std::span<const Changed> changed() const { return changed_; }
  std::span<const WorkloadId> workloads_of(std::uint32_t row) const { return workloads_[row]; }
  /// Orders of a lab, ascending.
  std::span<const OrderId> orders_of(PartyId lab) const { return lab_orders_[lab.value]; }

 private:
  /// The first clause of those whose verdict weighs most.
  struct Cell {
    Verdict verdict = Verdict::kNotOrdered;
    ClauseId clause = kNo<ClauseId>;

    friend bool operator==(const Cell&, const Cell&) = default;
  };

  void find_rows(const Book& book);
  void look_at(const Book& book, OrderId order);
  Cell weigh(const Book& book, std::uint32_t row, OrderId order) const;
  void weigh_with(const Book& book, std::uint32_t row, ClauseId touched);
  void set(std::uint32_t row, OrderId order, Cell cell);
  void set_live(const Book& book, ClauseId restraint);

  std::size_t orders_ = 0;
  std::vector<std::uint32_t> rows_;  ///< by WorkloadId
  std::vector<std::vector<WorkloadId>>
      workloads_;  ///< by row: those that contracts do not tell apart
  std::vector<std::vector<std::uint32_t>> lab_rows_;
  std::vector<std::vector<OrderId>> lab_orders_;
  std::vector<std::vector<ClauseId>> live_;  ///< by lab: clauses that may bind it, ascending
  std::vector<OrderView> views_;
  std::vector<bool> runs_;
  std::vector<UseMask> uses_;
  std::vector<Cell> cells_;  ///< row by row
  std::vector<Changed> changed_;
  Instant at_{INT64_MIN};
  Instant until_{INT64_MIN};
};

}  // namespace stargate::agreement
