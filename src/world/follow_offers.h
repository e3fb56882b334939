#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "world/reader.h"
#include "world/rules.h"

namespace stargate::world {

/// What the rules over acts share.
class ActRules : protected Rules {
 protected:
  ActRules(const Entries& entries, Problems& problems) : Rules(problems), entries_(entries) {}

  std::string_view kind_of_clause(ClauseId clause) const {
    return is_set(clause) ? std::string_view(entries_.clauses[clause.value].entry.kind) : "";
  }
  /// Whether the act's clause is of one of the kinds; where it is not, it is reported.
  bool is_kind(const Act& act, const Node& node, std::initializer_list<std::string_view> kinds) {
    const std::string_view kind = kind_of_clause(act.clause);
    if (kind.empty()) return false;
    if (std::ranges::find(kinds, kind) != kinds.end()) return true;
    report(node, "clause",
           fmt::format("found {}, of the kind {}, expected a clause of the kind {}",
                       found(node, "clause"), kind, joined(std::vector(kinds))));
    return false;
  }
  PartyId customer_of(OrderId order) const {
    const AgreementId agreement = entries_.orders[order.value].entry.agreement;
    return is_set(agreement) ? entries_.agreements[agreement.value].entry.customer : kNo<PartyId>;
  }
  PartyId supplier_of(OrderId order) const {
    const AgreementId agreement = entries_.orders[order.value].entry.agreement;
    return is_set(agreement) ? entries_.agreements[agreement.value].entry.supplier : kNo<PartyId>;
  }

  const AgreementEntry& holder_of(ClauseId clause) const {
    return entries_.agreements[entries_.clauses[clause.value].entry.agreement.value].entry;
  }

  /// The clause binds the order's customer.
  void check_customer(const Act& act, const Node& node) {
    const PartyId bound = holder_of(act.clause).customer;
    const PartyId customer = customer_of(act.order);
    if (!is_set(customer) || !is_set(bound) || customer == bound) return;
    report(node, "clause",
           fmt::format("found {}, a clause of another customer, expected one of the "
                       "order's",
                       found(node, "clause")));
  }

  const Entries& entries_;
};

/// Follows offers and the replies to them, in the order of entry.
class OfferFollower : ActRules {
 public:
  OfferFollower(const Entries& entries, Problems& problems) : ActRules(entries, problems) {}

  void follow_offer(const DatedAct& dated, const Node& node);
  void follow_reply(const DatedAct& dated, const Node& node);
  /// An offer that could not be read: nothing is said of what follows on it.
  void pass_over(const std::string& offer) { unknown_.insert(offer); }

 private:
  struct Offer {
    Instant at;
    ClauseId clause;
    Terms terms;
    const Node* node = nullptr;
    std::int64_t left = 0;  ///< of its amount, what was not accepted
    std::int64_t rest = 0;  ///< of its amount, what was not accepted as it was offered
    std::string closed_by;  ///< the reply that ended it
    Instant closed_at;
  };

  void check_stated(const Act& act, const Node& node, const ClauseEntry& clause);
  void check_unchanged(const Act& act, const Node& node, const Offer& offer);
  void follow_acceptance(const DatedAct& dated, const Node& node, const clause::FirstRefusal& terms,
                         Offer& offer);

  std::map<std::string, Offer> offers_;
  std::set<std::string> unknown_;
};

}  // namespace stargate::world
