#include <array>
#include <variant>

#include "agreement/clauses/kind.h"

namespace stargate::agreement {

// In the order of Clause::Terms.
const ClauseKind& kind_of_terms(const Clause& clause) {
  static constexpr std::array<const ClauseKind*, std::variant_size_v<Clause::Terms>> kKinds{
      &kExclusive, &kFirstRefusal, &kFirstShip, &kCommit, &kPrepay, &kTranche,
      &kLate,      &kRate,         &kReserve,   &kLocale, &kOption, &kTerminate};
  return *kKinds[clause.terms.index()];
}

}  // namespace stargate::agreement
