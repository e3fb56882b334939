#include "explain/capacity.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <variant>

#include "agreement/clauses/reservation.h"
#include "agreement/delivery.h"
#include "agreement/signing.h"
#include "agreement/stages.h"

namespace stargate::explain {
namespace {

using agreement::Book;
using agreement::Delivery;
using agreement::Moment;

bool is_tranche(const Clause& clause) {
  return std::holds_alternative<clause::Tranche>(clause.terms);
}

/// Its order is signed, and goes on until the day.
bool is_held_until(const Book& book, OrderId id, Moment moment, Instant by) {
  if (book.orders()[id.value].known > moment.known ||
      agreement::signing_of(book, id, moment) == kNever ||
      agreement::ending_of(book, id, moment).at <= by) {
    return false;
  }
  return !is_set(agreement::taken_back_by(book, id, {by, moment.known}));
}

/// Secured or further, all of it.
bool is_secured(const Book& book, StageId stage, Moment moment) {
  return std::ranges::all_of(agreement::runs_of(book, stage, moment), [](const auto& run) {
    return run.state >= CapacityState::kSecured && run.state <= CapacityState::kAccepted &&
           !run.supplier_failed;
  });
}

/// GPUs of the stage that are yet to come.
std::uint64_t awaited_gpus(const Book& book, StageId stage, Moment moment) {
  std::uint64_t gpus = 0;
  for (int i = 0; i < static_cast<int>(CapacityState::kAccepted); ++i) {
    gpus += agreement::gpus_in(book, stage, static_cast<CapacityState>(i), moment);
  }
  return gpus;
}

/// The tranche in force that promises the stage first, as it stands.
std::optional<Delivery> promise_of(const Book& book, StageId stage, Moment moment) {
  std::optional<Delivery> first;
  for (const ClauseId id : book.tranches_of(stage)) {
    if (!agreement::in_force(book, id, moment)) continue;
    const Delivery delivery = agreement::delivery_of(book, id, moment);
    if (!first || delivery.due < first->due) first = delivery;
  }
  return first;
}

/// When what is due then and not there comes; kNever: no slip is as long as it is late already.
Instant arrival(Instant due, std::span<const Duration> slips, std::uint32_t percent, Instant now) {
  const auto left = std::ranges::find_if(slips, [&](Duration slip) { return due + slip > now; });
  const std::span<const Duration> possible(left, slips.end());
  return possible.empty() ? kNever : due + slip_at(possible, percent);
}

void add(const SiteCapacity& more, SiteCapacity& sum) {
  sum.accepted_gpus += more.accepted_gpus;
  sum.promised_gpus += more.promised_gpus;
  for (std::size_t i = 0; i < kPercentileCount; ++i) sum.gpus[i] += more.gpus[i];
}

SiteCapacity capacity_of(const Book& book, StageId id, Moment moment, const Capacity& asked) {
  const Stage& stage = book.stages()[id.value];
  SiteCapacity found;
  if (agreement::signing_of(book, stage.order, moment) == kNever) return found;
  const std::uint64_t accepted = agreement::accepted_gpus(book, id, moment);
  if (agreement::ending_of(book, stage.order, moment).at > moment.at &&
      !is_set(agreement::taken_back_by(book, stage.order, moment))) {
    found.accepted_gpus = accepted;
  }
  if (!is_held_until(book, stage.order, moment, asked.by)) return found;
  const std::uint64_t awaited = awaited_gpus(book, id, moment);
  const auto promise = awaited > 0 ? promise_of(book, id, moment) : std::nullopt;
  found.promised_gpus = accepted + (promise && promise->due <= asked.by ? awaited : 0);
  for (std::size_t i = 0; i < kPercentileCount; ++i) {
    const bool comes =
        promise && arrival(promise->due, asked.slips, kPercentiles[i], moment.at) <= asked.by;
    found.gpus[i] = accepted + (comes ? awaited : 0);
  }
  return found;
}

LabCapacity lab_capacity(const Book& book, PartyId lab, Moment moment, const Capacity& asked) {
  LabCapacity result;
  result.lab = book.parties()[lab.value].name;
  std::vector<SiteCapacity> by_site(book.sites().size());
  for (std::uint32_t i = 0; i < book.stages().size(); ++i) {
    const Stage& stage = book.stages()[i];
    if (book.customer_of(stage.order) != lab ||
        book.orders()[stage.order.value].known > moment.known) {
      continue;
    }
    add(capacity_of(book, {i}, moment, asked), by_site[stage.site.value]);
    if (!is_secured(book, {i}, moment) || stage.amount.value == 0) continue;
    const auto same = std::ranges::find(result.secured, stage.amount.unit, &CapacityAmount::unit);
    if (same == result.secured.end()) {
      result.secured.push_back(stage.amount);
    } else {
      same->value += stage.amount.value;
    }
  }
  std::ranges::sort(result.secured, std::greater(), &CapacityAmount::unit);
  for (std::size_t i = 0; i < by_site.size(); ++i) {
    if (by_site[i].accepted_gpus == 0 && by_site[i].promised_gpus == 0) continue;
    by_site[i].site = book.sites()[i].name;
    add(by_site[i], result.all);
    result.sites.push_back(by_site[i]);
  }
  return result;
}

}  // namespace

std::vector<Duration> observed_slips(const Book& book, Moment moment) {
  std::vector<Duration> slips;
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const Clause& clause = book.clauses()[i];
    if (!is_tranche(clause) || clause.known > moment.known || clause.from > moment.at) continue;
    const Instant first_due = std::get<clause::Tranche>(clause.terms).due;
    const Delivery delivery = agreement::delivery_of(book, {i}, moment);
    const Instant came = delivery.delivered_at != kNever ? delivery.delivered_at : delivery.due;
    if (delivery.delivered_at == kNever && delivery.due <= first_due) continue;
    slips.push_back(std::max(came - first_due, Duration{}));
  }
  std::ranges::sort(slips);
  return slips;
}

Duration slip_at(std::span<const Duration> slips, std::uint32_t percent) {
  const std::size_t rank = (percent * slips.size() + 99) / 100;  // from 1 on
  return slips[rank - 1];
}

Capacity capacity_by(const Book& book, Moment moment, Instant by, std::vector<Duration> slips) {
  Capacity result;
  result.at = moment.at;
  result.known = moment.known;
  result.by = by;
  result.slips = std::move(slips);
  for (std::uint32_t i = 0; i < book.parties().size(); ++i) {
    if (!book.parties()[i].is_lab) continue;
    LabCapacity lab = lab_capacity(book, {i}, moment, result);
    if (!lab.sites.empty() || !lab.secured.empty()) result.labs.push_back(std::move(lab));
  }
  return result;
}

}  // namespace stargate::explain
