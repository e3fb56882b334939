#pragma once

#include "agreement/book.h"
#include "agreement/span.h"

namespace stargate::agreement {

/// An order as permission looks at it: one of the book's, or one that would be signed now.
struct OrderView {
  OrderId id = kNo<OrderId>;  ///< kNo: it would be signed now
  PartyId supplier = kNo<PartyId>;
  SiteId site = kNo<SiteId>;
  Instant signed_at = kNever;
};

/// When the order was signed: as it is defined, or the first act of signing that counts; kNever where
/// neither has come by the moment.
Instant signing_of(const Book& book, OrderId order, Moment moment);

/// The terms that it was signed on: those of the act of signing, and of the order where it says none.
/// It is delivered no sooner than the order begins, ends when the order does, and costs no less than the
/// rate in force when it begins, where that counts alike.
Terms signed_terms(const Book& book, OrderId order, Moment moment);

/// The end of the order and what brings it: its own date, or a notice.
struct Ending {
  Instant at = kNever;
  ClauseId clause = kNo<ClauseId>;  ///< that the notice was given under; kNo: its own date
};

/// By what is known, of the dates that end the order the first. A notice does not end it before a
/// reservation on it that cannot be cancelled.
Ending ending_of(const Book& book, OrderId order, Moment moment);

/// When the order is paid for by the month: from when it is signed and begins until its end, whether
/// or not a reservation took it back before. Empty where it is not known or not signed.
Span term_of(const Book& book, OrderId order, Moment moment);

/// REQUIRES: the order is in the book.
OrderView view_of(const Book& book, OrderId order, Moment moment);

/// Whether a carve-out of the list leaves the order out, for a use of the lab's.
bool carved_out(const Book& book, std::span<const CarveOut> carve_outs, PartyId lab, Use use,
                const OrderView& order);

/// Whether the order was cleared of the clause: by a clearance that it was declared with, or by an
/// act of consent or waiver. Unmet demand is cleared by the clause that the demand was made under
/// (`unmet`), not by its name alone.
bool cleared(const Book& book, ClauseId clause, OrderId order, bool unmet, Moment moment);

}  // namespace stargate::agreement
