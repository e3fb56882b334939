// Work of the clause's uses runs on the supplier's paper alone.
//
// A duty to supply stands against it: the customer gives notice of a demand, and the supplier says
// within `respond_within` what it will supply. A reply answers the last notice that took effect by
// then, and the last reply in time counts. What it leaves unmet is released: with the reply, or just
// after the deadline where none came. From then on it may be ordered elsewhere; it runs there when the
// demand is due, `notice` after it was made.

#include <algorithm>

#include "agreement/clauses/demand.h"
#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Exclusive>(clause.terms);
  if (!is_uses(terms.uses) || !is_length(terms.supply_duty.notice) ||
      !is_length(terms.supply_duty.respond_within)) {
    return Reason::kInvalid;
  }
  return check_carve_outs(book, terms.carve_outs);
}

void changes(const Book&, const Clause& clause, const ChangeSink& sink) {
  changes_of(std::get<clause::Exclusive>(clause.terms).carve_outs, sink);
}

void changes_by(const Clause& clause, const Act& act, const ChangeSink& sink) {
  if (act.kind != ActKind::kDemandNotice) return;
  const SupplyDuty& duty = std::get<clause::Exclusive>(clause.terms).supply_duty;
  sink(act.effective + duty.respond_within + Duration{1});
  sink(act.effective + duty.notice);
}

/// A demand of what was signed is due and was left unmet, and released by the order's signing.
bool is_unmet(const Book& book, ClauseId id, const OrderView& order, Moment moment) {
  const SupplyDuty& duty = std::get<clause::Exclusive>(book.clause(id).terms).supply_duty;
  if (!duty.released_for_unmet) return false;
  const CapacityAmount amount = signed_terms(book, order.id, moment).amount;
  const std::vector<Demand> made = demands(book, id, moment);
  return std::ranges::any_of(made, [&](const Demand& demand) {
    return demand.released_at <= order.signed_at && demand.needed_at <= moment.at &&
           demand.unmet.unit == amount.unit && demand.unmet.value >= amount.value;
  });
}

Ruling permit(const Book& book, ClauseId id, const Asker& asker, const OrderView& order,
              Moment moment) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Exclusive>(clause.terms);
  if (!includes(terms.uses, asker.use) || !in_force(book, id, moment)) return {};
  if (book.agreements()[clause.agreement.value].supplier == order.supplier) {
    return {Bearing::kHolder, Verdict::kPermitted, {}};
  }
  if (terms.new_capacity_only && order.signed_at < clause.from) return {};
  if (carved_out(book, terms.carve_outs, asker.lab, asker.use, order)) {
    return {Bearing::kCarvedOut, Verdict::kPermitted, {}};
  }
  if (is_set(order.id)) {
    const bool claims_unmet = book.orders()[order.id.value].clearance == Clearance::kUnmetDemand;
    const bool unmet = claims_unmet && is_unmet(book, id, order, moment);
    if (cleared(book, id, order.id, unmet, moment)) {
      return {Bearing::kCleared, Verdict::kPermitted, {}};
    }
  }
  return {Bearing::kBinds, Verdict::kForbidden, {}};
}

}  // namespace

std::vector<Demand> demands(const Book& book, ClauseId id, Moment moment) {
  const auto& terms = std::get<clause::Exclusive>(book.clause(id).terms);
  std::vector<Demand> result;
  for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
    const Act& act = book.entry(act_id).act;
    if (act.kind == ActKind::kDemandNotice) {
      const Instant deadline = act.effective + terms.supply_duty.respond_within;
      result.push_back({.made_at = act.effective,
                        .needed_at = act.effective + terms.supply_duty.notice,
                        .respond_by = deadline,
                        .asked = act.terms.amount,
                        .unmet = act.terms.amount});
      if (moment.at > deadline) result.back().released_at = deadline + Duration{1};
    } else if (act.kind == ActKind::kSupplyReply && !result.empty()) {
      Demand& demand = result.back();
      if (act.effective > demand.respond_by || act.terms.amount.unit != demand.asked.unit) continue;
      demand.unmet.value = std::max<std::int64_t>(
          0, demand.asked.value - std::min(demand.asked.value, act.terms.amount.value));
      demand.released_at = act.effective;
    }
  }
  return result;
}

const ClauseKind kExclusive{.reach = Reach::kCustomer,
                            .check = check,
                            .changes = changes,
                            .changes_by = changes_by,
                            .permit = permit};

}  // namespace stargate::agreement
