#pragma once

#include "agreement/book.h"

namespace stargate::agreement {

/// Whether work on an order uses what was paid ahead for it.
struct PaidAhead {
  bool is_paid = false;
  Instant changes_at = kNever;  ///< by what is known, the next instant at which it may be otherwise

  friend bool operator==(const PaidAhead&, const PaidAhead&) = default;
};

/// From when a payment for one of its tranches has fallen due. Until it is refunded; or until the credit
/// of what was delivered is used up, were all of the tranche billed from the credit's month on: for the
/// share that was paid of the time that the tranche is for.
PaidAhead paid_ahead(const Book& book, OrderId order, Moment moment);

}  // namespace stargate::agreement
