#include "agreement/delivery.h"

#include <algorithm>
#include <set>

#include "agreement/stages.h"

namespace stargate::agreement {
namespace {

const clause::Tranche& terms_of(const Book& book, ClauseId tranche) {
  return std::get<clause::Tranche>(book.clause(tranche).terms);
}

std::int64_t all_gpus(const Stage& stage) { return static_cast<std::int64_t>(stage.fleet.gpus()); }

/// So many GPUs of the stage, in the unit that the tranche counts. Where the stage says its amount in
/// that unit, its share; otherwise the accelerator's watts.
std::int64_t counted(const Book& book, const Stage& stage, std::int64_t gpus, CapacityUnit unit) {
  if (unit == CapacityUnit::kGpus) return gpus;
  if (stage.amount.unit == unit && stage.amount.value > 0) {
    return static_cast<std::int64_t>(Int128{stage.amount.value} * gpus / all_gpus(stage));
  }
  const Accelerator& kind = book.accelerators()[stage.accelerator.value];
  return gpus * (unit == CapacityUnit::kItWatts ? kind.it_w_per_gpu : kind.facility_w_per_gpu);
}

bool is_delivered(const Book& book, const clause::Tranche& terms, Moment moment) {
  std::int64_t sum = 0;
  for (const StageId id : terms.stages) {
    const auto gpus = static_cast<std::int64_t>(accepted_gpus(book, id, moment));
    sum += counted(book, book.stages()[id.value], gpus, terms.amount.unit);
  }
  return sum >= terms.amount.value;
}

/// The first instant by the moment at which enough was accepted.
Instant delivery_instant(const Book& book, ClauseId id, Moment moment) {
  const clause::Tranche& terms = terms_of(book, id);
  std::set<Instant> candidates;
  for (const StageId stage : terms.stages) {
    for (const ActId act : in_effect(book, book.acts_of(stage), moment)) {
      const Instant effective = book.entry(act).act.effective;
      candidates.insert(effective);
      for (const ClauseId tranche : book.tranches_of(stage)) {
        candidates.insert(effective + terms_of(book, tranche).deemed_acceptance);
        candidates.insert(book.clause(tranche).from);
      }
    }
  }
  for (const Instant at : candidates) {
    if (at > moment.at) break;
    if (is_delivered(book, terms, {at, moment.known})) return at;
  }
  return kNever;
}

Instant due_at(const Book& book, ClauseId id, Moment moment) {
  Instant due = terms_of(book, id).due;
  for (const ActId act : in_effect(book, book.acts_of(id), moment)) {
    if (book.entry(act).act.kind == ActKind::kAmendDue) due = book.entry(act).act.until;
  }
  return due;
}

struct Span {
  Instant from;
  Instant until;
};

/// The length of what the spans cover together.
Duration covered(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, &Span::from);
  Duration sum;
  Instant at{INT64_MIN};
  for (const Span& span : spans) {
    const Instant from = std::max(at, span.from);
    if (from < span.until) sum += span.until - from;
    at = std::max(at, span.until);
  }
  return sum;
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
      const bool force = entry.act.kind == ActKind::kExcuse && late.excuses_force_majeure &&
                         (late.notice_within == Duration{} ||
                          entry.entered - entry.act.effective <= late.notice_within);
      const bool customer =
          entry.act.kind == ActKind::kCustomerCaused && late.excuses_customer_caused;
      if (!force && !customer) continue;
      const Span span{entry.act.effective, std::min(entry.act.until, moment.at)};
      (force ? forces : caused).push_back(span);
      all.push_back(span);
      if (entry.act.until > moment.at) delivery.excuse_runs = true;
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
    sum += counted(book, book.stages()[stage.value], static_cast<std::int64_t>(gpus),
                   terms.amount.unit);
  }
  return sum < terms.amount.value;
}

}  // namespace

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
  if (delivered) {
    delivery.excuse_runs = false;
  } else {
    delivery.at_risk = too_little_left(book, id, moment);
  }
  return delivery;
}

}  // namespace stargate::agreement
