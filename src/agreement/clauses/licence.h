#pragma once

#include "agreement/book.h"

namespace stargate::agreement {

/// Whether the GPUs of the order count against the units of the clause.
/// REQUIRES: it is a `locale`.
bool is_licensed(const Book& book, const Clause& clause, OrderId order);

}  // namespace stargate::agreement
