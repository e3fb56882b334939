#pragma once

#include <vector>

#include "agreement/book.h"

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
  /// The table as it stands at the instant.
  void compile(const Book& book, Instant at);

  /// O(1).
  bool permits(WorkloadId workload, OrderId order) const {
    return verdict(workload, order) == Verdict::kPermitted;
  }
  Verdict verdict(WorkloadId workload, OrderId order) const {
    return static_cast<Verdict>(verdicts_[std::size_t{workload.value} * orders_ + order.value]);
  }
  /// The instant for which it was compiled, and the first at which it may be otherwise.
  Instant compiled_at() const { return at_; }
  Instant good_until() const { return until_; }

 private:
  std::size_t orders_ = 0;
  std::vector<std::uint8_t> verdicts_;
  Instant at_{INT64_MIN};
  Instant until_{INT64_MIN};
};

}  // namespace stargate::agreement
