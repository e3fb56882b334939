#pragma once

#include <vector>

#include "agreement/book.h"

namespace stargate::agreement {

/// How far a book was read: its clauses and entries before those numbers, and what falls due by the
/// instant.
struct ReadUntil {
  std::size_t clauses = 0;
  std::size_t entries = 0;
  Instant at{INT64_MIN};
};

/// Of what a book says at an instant, with at = known, what may be otherwise than at an earlier one.
/// Lists ascend and name nothing twice.
struct Touched {
  std::vector<OrderId> orders;  ///< whether they run, all that is said of them, and their price
  std::vector<ClauseId> restraints;  ///< of a customer: what they say of any of its orders
  std::vector<StageId> stages;       ///< how far their nodes have come
  std::vector<AgreementId> prices;   ///< what their orders cost, and whether that is prepaid
  bool commitments = false;          ///< which are in force
  bool licences = false;             ///< the same, of those that limit how many GPUs are used
};

/// What clauses and entries that came since, and changes that fell due since, touch by the instant.
/// Orders, stages and parties that came since are not looked for. O(what is touched), and for a supplier
/// that fails or a product O(stages + agreements).
Touched touched_since(const Book& book, const ReadUntil& before, Instant at);

}  // namespace stargate::agreement
