#include "agreement/delivery.h"

#include <algorithm>
#include <map>
#include <set>

#include "agreement/span.h"
#include "agreement/stages.h"

namespace stargate::agreement {
namespace {

const clause::Tranche& terms_of(const Book& book, ClauseId tranche) {
  return std::get<clause::Tranche>(book.clause(tranche).terms);
}

/// What of the stages is accepted, in the unit.
std::int64_t accepted(const Book& book, std::span<const StageId> stages, CapacityUnit unit,
                      Moment moment) {
  std::int64_t sum = 0;
  for (const StageId id : stages) {
    const auto gpus = static_cast<std::int64_t>(accepted_gpus(book, id, moment));
    sum += amount_of(book, book.stages()[id.value], gpus, unit);
  }
  return sum;
}

std::int64_t accepted(const Book& book, const clause::Tranche& terms, Moment moment) {
  return accepted(book, terms.stages, terms.amount.unit, moment);
}

/// The first instant by the moment at which enough was accepted.
Instant delivery_instant(const Book& book, ClauseId id, Moment moment) {
  const std::int64_t whole = terms_of(book, id).amount.value;
  for (const AcceptedSince& step : accepted_over_time(book, id, moment)) {
    if (step.amount >= whole) return step.from;
  }
  return kNever;
}

/// kNever where no acceptance made it.
Instant due_at(const Book& book, ClauseId id, Moment moment) {
  if (!terms_of(book, id).offer.empty() && !is_made(book, id, moment)) return kNever;
  Instant due = terms_of(book, id).due;
  for (const ActId act : in_effect(book, book.acts_of(id), moment)) {
    if (book.entry(act).act.kind == ActKind::kAmendDue) due = book.entry(act).act.until;
  }
  return due;
}

/// Stages of the agreement that no tranche is for.
std::vector<StageId> alternatives(const Book& book, AgreementId agreement) {
  std::vector<StageId> found;
  for (std::uint32_t i = 0; i < book.stages().size(); ++i) {
    const OrderId order = book.stages()[i].order;
    if (book.orders()[order.value].agreement == agreement && book.tranches_of({i}).empty()) {
      found.push_back({i});
    }
  }
  return found;
}

/// Force majeure that the clause heeds.
bool excuses(const clause::Late& late, const Entry& entry) {
  return entry.act.kind == ActKind::kExcuse && late.excuses_force_majeure &&
         (late.notice_within == Duration{} ||
          entry.entered - entry.act.effective <= late.notice_within);
}

/// From when on capacity that is accepted may cure the tranche: its due date, or the first notice of an
/// excuse that the clause heeds before that.
Instant cure_begins(const Book& book, const clause::Late& late, ClauseId id, Moment moment) {
  Instant begin = due_at(book, id, moment);
  for (const ActId act : book.acts_of(id)) {
    const Entry& entry = book.entry(act);
    if (excuses(late, entry) && counts(entry, moment)) {
      begin = std::min(begin, entry.entered);
    }
  }
  return begin;
}

/// What of the stages is accepted that was not just before the instant.
std::int64_t accepted_since(const Book& book, std::span<const StageId> stages, CapacityUnit unit,
                            Instant since, Moment moment) {
  const Moment before{since - Duration{1}, moment.known};
  std::int64_t sum = 0;
  for (const StageId& stage : stages) {
    const std::span<const StageId> one(&stage, 1);
    sum += std::max<std::int64_t>(
        0, accepted(book, one, unit, moment) - accepted(book, one, unit, before));
  }
  return sum;
}

/// Whether what came in the stages stands in for what the tranche lacks, once it does for those before
/// it in the list that are due. Each takes what came first of what may cure it. Amounts of different
/// units do not stand in for each other.
bool is_cured(const Book& book, const clause::Late& late, ClauseId tranche,
              std::span<const StageId> stages, Moment moment) {
  const CapacityUnit unit = terms_of(book, tranche).amount.unit;
  // 1. What came from each beginning until the next.
  std::map<Instant, std::int64_t> came;
  for (const ClauseId id : late.tranches) came[cure_begins(book, late, id, moment)] = 0;
  std::int64_t later = 0;
  for (auto from = came.rbegin(); from != came.rend(); ++from) {
    if (from->first > moment.at) continue;
    const std::int64_t all = accepted_since(book, stages, unit, from->first, moment);
    from->second = std::max<std::int64_t>(0, all - later);
    later = std::max(later, all);
  }
  // 2. Those that are due take of it, in the order of the list.
  for (const ClauseId id : late.tranches) {
    const clause::Tranche& terms = terms_of(book, id);
    if (due_at(book, id, moment) > moment.at) continue;
    std::int64_t lacks =
        std::max<std::int64_t>(0, terms.amount.value - accepted(book, terms, moment));
    if (lacks > 0 && terms.amount.unit != unit) return false;
    for (auto left = came.find(cure_begins(book, late, id, moment));
         lacks > 0 && left != came.end(); ++left) {
      const std::int64_t taken = std::min(lacks, left->second);
      left->second -= taken;
      lacks -= taken;
    }
    if (id == tranche) return lacks == 0;
  }
  return false;
}

/// The first instant by the moment, not before the tranche is due, at which it was cured.
Instant cure_instant(const Book& book, ClauseId id, Instant due, Moment moment) {
  Instant first = kNever;
  for (const ClauseId late_id : late_clauses_of(book, id, moment)) {
    const auto& late = std::get<clause::Late>(book.clause(late_id).terms);
    if (!late.cure_by_alternative) continue;
    const std::vector<StageId> stages = alternatives(book, book.clause(id).agreement);
    std::set<Instant> candidates{due};
    const auto note = [&](StageId stage) {
      for (const ActId act : in_effect(book, book.acts_of(stage), moment)) {
        candidates.insert(std::max(due, book.entry(act).act.effective));
      }
    };
    std::ranges::for_each(stages, note);
    for (const ClauseId tranche : late.tranches) {
      std::ranges::for_each(terms_of(book, tranche).stages, note);
    }
    for (const Instant at : candidates) {
      if (at > moment.at || at >= first) break;
      if (is_cured(book, late, id, stages, {at, moment.known})) first = at;
    }
  }
  return first;
}

/// By how much accepted excuses put off the deadline, as far as they have run by the moment.
Duration excused(const Book& book, ClauseId id, Moment moment, Delivery& delivery) {
  std::vector<Span> forces;
  std::vector<Span> caused;
  std::vector<Span> all;
  Duration longest;
  for (const ClauseId late_id : late_clauses_of(book, id, moment)) {
    const auto& late = std::get<clause::Late>(book.clause(late_id).terms);
    longest = std::max(longest, late.longest_extension);
    for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
      const Entry& entry = book.entry(act_id);
      const bool force = excuses(late, entry);
      const bool customer =
          entry.act.kind == ActKind::kCustomerCaused && late.excuses_customer_caused;
      if (!force && !customer) continue;
      const Span span{entry.act.effective, std::min(entry.act.until, moment.at)};
      (force ? forces : caused).push_back(span);
      all.push_back(span);
      if (entry.act.until > moment.at) {
        delivery.excuse_runs = true;
        delivery.excuse_since = std::min(delivery.excuse_since, entry.act.effective);
      }
    }
  }
  Duration force = covered(std::move(forces));
  if (longest > Duration{} && force > longest) {
    force = longest;
    if (caused.empty()) delivery.excuse_runs = false;
  }
  return std::min(force + covered(std::move(caused)), covered(std::move(all)));
}

bool too_little_left(const Book& book, ClauseId id, Moment moment) {
  const clause::Tranche& terms = terms_of(book, id);
  std::int64_t sum = 0;
  for (const StageId stage : terms.stages) {
    std::uint64_t gpus = 0;
    for (std::uint8_t state = 0; state <= static_cast<std::uint8_t>(CapacityState::kAccepted);
         ++state) {
      gpus += gpus_in(book, stage, static_cast<CapacityState>(state), moment);
    }
    sum += amount_of(book, book.stages()[stage.value], static_cast<std::int64_t>(gpus),
                     terms.amount.unit);
  }
  return sum < terms.amount.value;
}

/// The instants by the moment at which what is there of the tranche's stages may have changed. Ascending.
std::set<Instant> stage_changes(const Book& book, const clause::Tranche& terms, Moment moment) {
  std::set<Instant> changes;
  for (const StageId stage : terms.stages) {
    for (const ActId act : in_effect(book, book.acts_of(stage), moment)) {
      const Instant effective = book.entry(act).act.effective;
      changes.insert(effective);
      for (const ClauseId tranche : book.tranches_of(stage)) {
        changes.insert(effective + terms_of(book, tranche).deemed_acceptance);
        changes.insert(book.clause(tranche).from);
      }
    }
    const PartyId supplier = book.supplier_of(book.stages()[stage.value].order);
    for (const ActId act : in_effect(book, book.acts_of(supplier), moment)) {
      changes.insert(book.entry(act).act.effective);
    }
  }
  changes.erase(changes.upper_bound(moment.at), changes.end());
  return changes;
}

/// Since when too little is left. REQUIRES: it is so at the moment.
Instant too_little_since(const Book& book, ClauseId id, Moment moment) {
  const std::set<Instant> changes = stage_changes(book, terms_of(book, id), moment);
  Instant since = moment.at;
  for (auto at = changes.rbegin(); at != changes.rend(); ++at) {
    if (!too_little_left(book, id, {*at, moment.known})) return since;
    since = *at;
  }
  const Instant from = book.clause(id).from;
  return too_little_left(book, id, {from, moment.known}) ? std::min(since, from) : since;
}

}  // namespace

std::vector<AcceptedSince> accepted_over_time(const Book& book, ClauseId id, Moment moment) {
  const clause::Tranche& terms = terms_of(book, id);
  std::vector<AcceptedSince> steps;
  for (const Instant at : stage_changes(book, terms, moment)) {
    const std::int64_t amount =
        std::min(accepted(book, terms, {at, moment.known}), terms.amount.value);
    if (steps.empty() || steps.back().amount != amount) steps.push_back({at, amount});
  }
  return steps;
}

std::vector<ClauseId> late_clauses_of(const Book& book, ClauseId tranche, Moment moment) {
  std::vector<ClauseId> result;
  for (const ClauseId id : book.clauses_of(book.clause(tranche).agreement)) {
    const auto* late = std::get_if<clause::Late>(&book.clause(id).terms);
    if (late != nullptr && std::ranges::count(late->tranches, tranche) > 0 &&
        in_force(book, id, moment)) {
      result.push_back(id);
    }
  }
  return result;
}

Delivery delivery_of(const Book& book, ClauseId id, Moment moment) {
  Delivery delivery;
  delivery.delivered_at = delivery_instant(book, id, moment);
  const bool delivered = delivery.delivered_at != kNever;
  const Moment then =
      delivered ? Moment{delivery.delivered_at, std::min(delivery.delivered_at, moment.known)}
                : moment;
  delivery.due = due_at(book, id, then);
  if (delivery.due == kNever) return delivery;
  delivery.grace_end = delivery.due + terms_of(book, id).grace;
  const Moment excuses{delivered ? delivery.delivered_at : moment.at, moment.known};
  delivery.deadline = delivery.grace_end + excused(book, id, excuses, delivery);
  const Instant cured_at = cure_instant(book, id, delivery.due, moment);
  if (cured_at < delivery.delivered_at) delivery.cured_at = cured_at;
  if (delivered) {
    delivery.excuse_runs = false;
  } else {
    delivery.at_risk = too_little_left(book, id, moment);
    if (delivery.at_risk) delivery.at_risk_since = too_little_since(book, id, moment);
  }
  return delivery;
}

}  // namespace stargate::agreement
