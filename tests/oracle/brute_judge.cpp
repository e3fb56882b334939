#include "oracle/brute_judge.h"

#include <algorithm>

namespace stargate::oracle {

using agreement::Verdict;

/// An order, or one that would be signed now (`order` is null).
struct BruteJudge::Paper {
  PartyId supplier;
  const Order* order = nullptr;
  OrderId id = kNo<OrderId>;
  Instant signed_at;
};

const Act* BruteJudge::act(std::size_t i, Instant at, Instant known) const {
  const agreement::Entry& entry = book_.entries()[i];
  return entry.entered > known || entry.act.effective > at ? nullptr : &entry.act;
}

bool BruteJudge::force(std::uint32_t index, Instant at, Instant known) const {
  const Clause& clause = book_.clauses()[index];
  if (clause.known > known || at < clause.from || at >= clause.until) return false;
  for (const Clause& other : book_.clauses()) {
    for (const ClauseId older : other.supersedes) {
      if (older.value == index && other.known <= known && other.from <= at) {
        ++probes_.superseded;
        return false;
      }
    }
  }
  for (std::size_t i = 0; i < book_.entries().size(); ++i) {
    const Act* done = act(i, at, known);
    if (done != nullptr && done->kind == ActKind::kEvent && !clause.until_event.empty() &&
        done->name == clause.until_event) {
      ++probes_.ended_by_event;
      return false;
    }
  }
  return true;
}

/// Instant by instant: what was within a window and no longer is was taken back, unless a later clause
/// stands for the reservation.
ClauseId BruteJudge::taken_back(OrderId order, Instant at, Instant known) const {
  ClauseId by = kNo<ClauseId>;
  Instant by_end{-1};
  bool goes_on = false;
  for (std::uint32_t c = 0; c < book_.clauses().size(); ++c) {
    const auto* window = std::get_if<clause::Reserve>(&book_.clauses()[c].terms);
    if (window == nullptr || window->order != order) continue;
    const Instant until = book_.clauses()[c].until;
    const Instant end = until == kNever ? kNever : until - window->reclaimed_before_end;
    bool inside = false;
    for (Instant t{-1}; t <= at; t = t + Duration{1}) {
      const bool was = inside;
      inside = t < end && force(c, t, known);
      if (!was || inside) continue;
      bool by_event = false;
      for (std::size_t i = 0; i < book_.entries().size(); ++i) {
        const Act* done = act(i, t, known);
        by_event = by_event || (done != nullptr && done->kind == ActKind::kEvent &&
                                !book_.clauses()[c].until_event.empty() && done->effective == t &&
                                done->name == book_.clauses()[c].until_event);
      }
      if ((t == end || by_event) && t >= by_end) {
        by = {c};
        by_end = t;
      }
    }
    goes_on = goes_on || inside;
  }
  if (goes_on && by != kNo<ClauseId>) ++probes_.renewed;
  return goes_on ? kNo<ClauseId> : by;
}

bool BruteJudge::carve(const std::vector<CarveOut>& list, const Workload& who,
                       const Paper& paper) const {
  for (const CarveOut& out : list) {
    bool fits = ((out.uses >> static_cast<unsigned>(who.use)) & 1U) != 0;
    if (out.supplier != kNo<PartyId> && out.supplier != paper.supplier) fits = false;
    if (out.order != kNo<OrderId> && out.order != paper.id) fits = false;
    if (out.site != kNo<SiteId> && (paper.order == nullptr || paper.order->site != out.site)) {
      fits = false;
    }
    if (out.own_build && book_.parties()[paper.supplier.value].own_build_of != who.lab) {
      fits = false;
    }
    if (paper.signed_at < out.from || paper.signed_at >= out.until) fits = false;
    if (fits) {
      ++probes_.carve_out;
      return true;
    }
  }
  return false;
}

bool BruteJudge::consented(std::uint32_t clause, const Paper& paper, Instant at,
                           Instant known) const {
  if (paper.order == nullptr) return false;
  for (std::size_t i = 0; i < book_.entries().size(); ++i) {
    const Act* done = act(i, at, known);
    if (done != nullptr && (done->kind == ActKind::kConsent || done->kind == ActKind::kWaive) &&
        done->clause.value == clause && done->order == paper.id) {
      return true;
    }
  }
  const Order& order = *paper.order;
  return order.cleared_of.value == clause && order.clearance != Clearance::kNone &&
         order.clearance != Clearance::kUnmetDemand && order.known <= known &&
         order.cleared_at <= at;
}

bool BruteJudge::unmet(std::uint32_t clause, const Paper& paper, Instant at, Instant known) const {
  if (paper.order == nullptr || paper.order->clearance != Clearance::kUnmetDemand ||
      paper.order->cleared_of.value != clause || paper.order->known > known ||
      paper.order->cleared_at > at) {
    return false;
  }
  const auto& terms = std::get<clause::Exclusive>(book_.clauses()[clause].terms);
  if (!terms.supply_duty.released_for_unmet) return false;
  const auto comes_before = [&](std::size_t a, std::size_t b) {
    const Instant x = book_.entries()[a].act.effective;
    const Instant y = book_.entries()[b].act.effective;
    return x < y || (x == y && a < b);
  };
  const auto under = [&](std::size_t i, ActKind kind) {
    const Act* done = act(i, at, known);
    return done != nullptr && done->kind == kind && done->clause.value == clause;
  };
  const std::size_t count = book_.entries().size();
  CapacityAmount taken = paper.order->amount;
  for (std::size_t s = 0; s < count && paper.order->signed_at == kNever; ++s) {
    const Act* done = act(s, at, known);
    if (done == nullptr || done->kind != ActKind::kSign || done->order != paper.id) continue;
    if (done->terms.amount.value != 0) taken = done->terms.amount;
  }
  for (std::size_t d = 0; d < count; ++d) {
    if (!under(d, ActKind::kDemandNotice)) continue;
    const Act& demand = book_.entries()[d].act;
    const Instant deadline = demand.effective + terms.supply_duty.respond_within;
    // The last reply in time between this demand and the next.
    const Act* answer = nullptr;
    std::size_t answered = 0;
    for (std::size_t r = 0; r < count; ++r) {
      if (!under(r, ActKind::kSupplyReply) || comes_before(r, d)) continue;
      const Act& reply = book_.entries()[r].act;
      bool of_this =
          reply.effective <= deadline && reply.terms.amount.unit == demand.terms.amount.unit;
      for (std::size_t n = 0; n < count; ++n) {
        if (n != d && under(n, ActKind::kDemandNotice) && comes_before(d, n) &&
            comes_before(n, r)) {
          of_this = false;
        }
      }
      if (of_this && (answer == nullptr || comes_before(answered, r))) {
        answer = &reply;
        answered = r;
      }
    }
    std::int64_t left = demand.terms.amount.value;
    Instant released{deadline.us + 1};
    if (answer != nullptr) {
      left = std::max<std::int64_t>(0, left - answer->terms.amount.value);
      released = answer->effective;
    }
    const Instant needed = demand.effective + terms.supply_duty.notice;
    if (needed > at && released <= at && released <= paper.signed_at) ++probes_.not_needed_yet;
    if (needed <= at && released <= at && released <= paper.signed_at && left >= taken.value &&
        demand.terms.amount.unit == taken.unit) {
      ++probes_.unmet_demand;
      return true;
    }
  }
  return false;
}

/// Whether an offer of the order under the clause had released it when it was signed.
bool BruteJudge::offered(std::uint32_t clause, const Paper& paper, Instant known) const {
  if (paper.order == nullptr) return false;
  const auto& terms = std::get<clause::FirstRefusal>(book_.clauses()[clause].terms);
  const Instant signing = paper.signed_at;

  Terms signed_on;
  Instant earliest = kNever;
  for (std::size_t i = 0; i < book_.entries().size(); ++i) {
    const Act* done = act(i, signing, known);
    if (done != nullptr && done->kind == ActKind::kSign && done->order == paper.id &&
        done->effective < earliest) {
      signed_on = done->terms;
      earliest = done->effective;
    }
  }
  if (signed_on.amount.value == 0) signed_on.amount = paper.order->amount;
  const Instant begins{std::max(paper.order->from.us, signing.us)};
  if (signed_on.delivery == kNever || signed_on.delivery < begins) signed_on.delivery = begins;
  // What will be billed is the price, too: the last rate of its own, or else of the agreement's.
  const clause::Rate* billed = nullptr;
  for (const bool own : {false, true}) {
    for (std::uint32_t c = 0; c < book_.clauses().size(); ++c) {
      const auto* rate = std::get_if<clause::Rate>(&book_.clauses()[c].terms);
      if (rate == nullptr || book_.clauses()[c].agreement != paper.order->agreement ||
          !force(c, begins, known) || rate->order != (own ? paper.id : kNo<OrderId>)) {
        continue;
      }
      billed = rate;
    }
  }
  if (billed != nullptr) {
    const bool dearer = billed->price.amount.micros > signed_on.price.amount.micros;
    if (!signed_on.has_price || dearer) signed_on.price = billed->price;
    signed_on.has_price = true;
    ++probes_.billed;
  }

  for (std::size_t o = 0; o < book_.entries().size(); ++o) {
    const Act* made = act(o, signing, known);
    if (made == nullptr || made->kind != ActKind::kOffer || made->clause.value != clause ||
        made->order != paper.id) {
      continue;
    }
    const Outcome outcome = walk(*made, terms, *paper.order, signing, known);
    const Instant released = outcome.released;
    if (released > signing) continue;
    if (terms.release_for.us != 0 && signing >= released + terms.release_for) continue;

    // What the holder takes of this offer, and of any other since, is not there for the third party.
    std::int64_t there = outcome.all.value;
    const bool is_known = outcome.all.value > 0;
    bool counts_apart = false;
    for (const Take& take : outcome.takes) {
      if (!take.later) there -= take.amount;
    }
    for (std::size_t i = 0; i < book_.entries().size(); ++i) {
      const Act* other = act(i, signing, known);
      if (i == o || other == nullptr || other->kind != ActKind::kOffer ||
          other->clause != made->clause || other->order != made->order) {
        continue;
      }
      const Outcome apart = walk(*other, terms, *paper.order, signing, known);
      for (const Take& take : apart.takes) {
        if (take.later || take.at < made->effective) continue;
        counts_apart = counts_apart || apart.all.value == 0 || apart.all.unit != outcome.all.unit;
        there -= take.amount;
        ++probes_.taken_of_another;
      }
    }
    if (is_known && (counts_apart || there <= 0)) continue;

    bool worse = false;  // for the holder than for the third party
    if (made->terms.has_price && signed_on.has_price &&
        (!(made->terms.price.amount.currency == signed_on.price.amount.currency) ||
         made->terms.price.unit != signed_on.price.unit ||
         made->terms.price.basis != signed_on.price.basis ||
         signed_on.price.amount.micros > made->terms.price.amount.micros)) {
      worse = true;
    }
    if (signed_on.delivery != kNever && made->terms.delivery != kNever &&
        signed_on.delivery > made->terms.delivery) {
      worse = true;
    }
    if (made->terms.until != kNever &&
        (paper.order->until == kNever || paper.order->until > made->terms.until)) {
      if (!worse) ++probes_.longer_than_offered;
      worse = true;
    }
    if (is_known && signed_on.amount.value != 0) {
      if (signed_on.amount.unit != outcome.all.unit || signed_on.amount.value > there) {
        if (!worse && signed_on.amount.value <= outcome.all.value) ++probes_.more_than_the_rest;
        worse = true;
      }
    }
    if (!worse) {
      ++probes_.cleared_by_offer;
      return true;
    }
  }
  return false;
}

/// Walks through time from the offer on, instant by instant; what comes first decides.
BruteJudge::Outcome BruteJudge::walk(const Act& made, const clause::FirstRefusal& terms,
                                     const Order& order, Instant by, Instant known) const {
  Outcome outcome;
  outcome.all = made.terms.amount.value == 0 ? order.amount : made.terms.amount;
  std::int64_t open = outcome.all.value;
  std::int64_t matched = 0;
  bool over = false;
  for (Instant t = made.effective; t <= made.reply_by && t <= by && !over; t = Instant{t.us + 1}) {
    for (std::size_t i = 0; i < book_.entries().size() && !over; ++i) {
      const Act* done = act(i, t, known);
      if (done == nullptr || done->effective != t) continue;
      const bool clears = done->kind == ActKind::kWaive || done->kind == ActKind::kConsent;
      const bool waives = clears && done->clause == made.clause && done->order == made.order;
      if (!waives && done->offer != made.offer) continue;
      const bool takes = done->kind == ActKind::kAccept || done->kind == ActKind::kAcceptPart;
      bool declines = waives || done->kind == ActKind::kDecline;
      if (takes) {
        const bool later = done->terms.delivery != kNever && made.terms.delivery != kNever &&
                           done->terms.delivery > made.terms.delivery;
        std::int64_t amount = open;
        if (done->terms.amount.value != 0) {
          const bool same = done->terms.amount.unit == outcome.all.unit;
          amount = same ? std::min(open, done->terms.amount.value) : 0;
        }
        open -= amount;
        if (!later) matched += amount;
        outcome.takes.push_back({t, amount, later});
        const bool takes_all = outcome.all.value > 0 ? matched == outcome.all.value
                                                     : !later && done->kind == ActKind::kAccept;
        if (takes_all) over = true;
        if (!takes_all && terms.partial_declines_rest) declines = true;
      }
      if (done->kind == ActKind::kWithdraw) over = true;
      if (declines) {
        over = true;
        outcome.released = t;
      }
      if (over || takes) {
        if (t == made.reply_by) ++probes_.reply_at_the_deadline;
        if (book_.entries()[i].entered > made.reply_by) ++probes_.late_entered_reply;
      }
    }
  }
  if (!over && by > made.reply_by) {
    outcome.released = Instant{made.reply_by.us + 1};
    if (by == outcome.released && outcome.takes.empty()) ++probes_.lapsed_just_after;
  }
  return outcome;
}

Verdict BruteJudge::one(std::uint32_t index, const Workload& who, const Paper& paper, Instant at,
                        Instant known) const {
  const Clause& clause = book_.clauses()[index];
  const Agreement& deal = book_.agreements()[clause.agreement.value];
  const auto in_scope = [&](UseMask uses) { return includes(uses, who.use); };
  if (const auto* locale = std::get_if<clause::Locale>(&clause.terms)) {
    if (paper.order == nullptr || paper.order->agreement != clause.agreement ||
        !in_scope(locale->uses) || locale->jurisdictions.empty() || !force(index, at, known)) {
      return Verdict::kPermitted;
    }
    const std::string& here = book_.sites()[paper.order->site.value].jurisdiction;
    return std::ranges::count(locale->jurisdictions, here) > 0 ? Verdict::kPermitted
                                                               : Verdict::kForbidden;
  }
  if (deal.customer != who.lab || deal.supplier == paper.supplier) return Verdict::kPermitted;
  if (const auto* exclusive = std::get_if<clause::Exclusive>(&clause.terms)) {
    if (!in_scope(exclusive->uses) || !force(index, at, known)) return Verdict::kPermitted;
    if (exclusive->new_capacity_only && paper.signed_at < clause.from) return Verdict::kPermitted;
    return carve(exclusive->carve_outs, who, paper) || consented(index, paper, at, known) ||
                   unmet(index, paper, at, known)
               ? Verdict::kPermitted
               : Verdict::kForbidden;
  }
  if (const auto* refusal = std::get_if<clause::FirstRefusal>(&clause.terms)) {
    if (!in_scope(refusal->uses) || !force(index, paper.signed_at, known) ||
        carve(refusal->carve_outs, who, paper) || consented(index, paper, at, known) ||
        offered(index, paper, known)) {
      return Verdict::kPermitted;
    }
    const bool stands = force(index, at, known);
    ++(stands ? probes_.needs_offer : probes_.void_order);
    return stands ? Verdict::kNeedsOffer : Verdict::kForbidden;
  }
  if (const auto* first = std::get_if<clause::FirstShip>(&clause.terms)) {
    if (who.product.empty() || !in_scope(first->uses) || !force(index, at, known)) {
      return Verdict::kPermitted;
    }
    bool shipped = false;
    bool cannot = false;
    bool declines = false;
    for (std::size_t i = 0; i < book_.entries().size(); ++i) {
      const Act* done = act(i, at, known);
      if (done == nullptr || done->name != who.product || done->party != deal.supplier) continue;
      shipped = shipped || done->kind == ActKind::kShipped;
      cannot = cannot || done->kind == ActKind::kCannot;
      declines = declines || done->kind == ActKind::kDeclinesSupport;
    }
    if (shipped || (first->released_if_cannot_and_declines && cannot && declines)) {
      return Verdict::kPermitted;
    }
    if (consented(index, paper, at, known)) return Verdict::kPermitted;
    ++probes_.shipped_elsewhere;
    return Verdict::kForbidden;
  }
  return Verdict::kPermitted;
}

BruteAnswer BruteJudge::all(const Workload& who, const Paper& paper, Instant at,
                            Instant known) const {
  BruteAnswer answer;
  // The order's own places are asked about first.
  for (const bool own : {true, false}) {
    for (std::uint32_t i = 0; i < book_.clauses().size(); ++i) {
      const bool is_locale = std::holds_alternative<clause::Locale>(book_.clauses()[i].terms);
      if (is_locale != own) continue;
      const Verdict verdict = one(i, who, paper, at, known);
      if (verdict > answer.verdict) {
        answer.verdict = verdict;
        answer.forbids = {i};
      }
    }
  }
  if (answer.verdict != Verdict::kForbidden) return answer;
  const auto binds = [&](std::uint32_t i) {
    return !std::holds_alternative<clause::Locale>(book_.clauses()[i].terms) && force(i, at, known);
  };
  const auto holder = [&](std::uint32_t i) {
    return book_.agreements()[book_.clauses()[i].agreement.value].supplier;
  };
  const std::uint32_t mine = answer.forbids.value;
  if (!binds(mine)) return answer;
  for (std::uint32_t i = 0; i < book_.clauses().size(); ++i) {
    if (i == mine || !binds(i)) continue;
    const Paper of_mine{holder(mine), nullptr, kNo<OrderId>, paper.signed_at};
    const Paper of_other{holder(i), nullptr, kNo<OrderId>, paper.signed_at};
    if (one(i, who, of_mine, at, known) == Verdict::kForbidden &&
        one(mine, who, of_other, at, known) == Verdict::kForbidden) {
      ++probes_.contradiction;
      answer.against = {i};
      break;
    }
  }
  return answer;
}

BruteAnswer BruteJudge::ask(WorkloadId workload, OrderId id, Instant at, Instant known) const {
  const Workload& who = book_.workloads()[workload.value];
  const Order& order = book_.orders()[id.value];
  const Agreement& deal = book_.agreements()[order.agreement.value];
  Instant signed_at = order.signed_at;
  if (signed_at == kNever) {
    for (std::size_t i = 0; i < book_.entries().size(); ++i) {
      const Act* done = act(i, at, known);
      if (done != nullptr && done->kind == ActKind::kSign && done->order == id) {
        signed_at = std::min(signed_at, done->effective);
      }
    }
  }
  const bool begun = deal.customer == who.lab && signed_at <= at && order.from <= at &&
                     order.known <= known &&
                     ((order.uses >> static_cast<unsigned>(who.use)) & 1U) != 0;
  Instant ended = order.until;
  ClauseId ended_by = kNo<ClauseId>;
  for (std::size_t i = 0; i < book_.entries().size(); ++i) {
    const Act* done = act(i, at, known);
    if (done == nullptr || done->kind != ActKind::kTerminate ||
        book_.clauses()[done->clause.value].agreement != order.agreement) {
      continue;
    }
    Instant end = done->until;
    for (std::uint32_t c = 0; c < book_.clauses().size(); ++c) {
      const auto* window = std::get_if<clause::Reserve>(&book_.clauses()[c].terms);
      if (window == nullptr || window->order != id || !window->no_cancel ||
          !force(c, done->effective, known) || book_.clauses()[c].until <= end) {
        continue;
      }
      end = book_.clauses()[c].until;
      if (done->until <= at && at < end) ++probes_.not_cancelled;
    }
    if (end < ended) {
      ended = end;
      ended_by = done->clause;
    }
  }
  if (begun && at >= ended) {
    if (ended_by != kNo<ClauseId>) ++probes_.terminated;
    return {Verdict::kNotOrdered, ended_by, kNo<ClauseId>};
  }
  if (!begun) return {Verdict::kNotOrdered, kNo<ClauseId>, kNo<ClauseId>};
  if (const ClauseId window = taken_back(id, at, known); window != kNo<ClauseId>) {
    ++probes_.taken_back;
    return {Verdict::kNotOrdered, window, kNo<ClauseId>};
  }
  return all(who, {deal.supplier, &order, id, signed_at}, at, known);
}

BruteAnswer BruteJudge::ask_new(WorkloadId workload, PartyId supplier, Instant at,
                                Instant known) const {
  return all(book_.workloads()[workload.value], {supplier, nullptr, kNo<OrderId>, at}, at, known);
}

std::vector<BruteNode> BruteJudge::nodes(StageId id, Instant at, Instant known) const {
  const Stage& stage = book_.stages()[id.value];
  std::vector<BruteNode> nodes;
  for (const RackGroup& group : stage.fleet.groups) {
    nodes.resize(nodes.size() + std::size_t{group.racks} * group.nodes_per_rack);
  }
  // Instant by instant: first what is deemed, then what is done, in the order of entry.
  for (Instant t{0}; t <= at; t = Instant{t.us + 1}) {
    for (std::uint32_t c = 0; c < book_.clauses().size(); ++c) {
      const auto* tranche = std::get_if<clause::Tranche>(&book_.clauses()[c].terms);
      if (tranche == nullptr || std::ranges::count(tranche->stages, id) == 0 ||
          tranche->deemed_acceptance.us == 0 || !force(c, t, known)) {
        continue;
      }
      for (BruteNode& node : nodes) {
        if (node.state == CapacityState::kInAcceptance &&
            node.since + tranche->deemed_acceptance <= t) {
          node = {CapacityState::kAccepted, t, 0};
          ++probes_.deemed;
        }
      }
    }
    for (std::size_t i = 0; i < book_.entries().size(); ++i) {
      const Act* done = act(i, t, known);
      if (done == nullptr || done->effective != t || done->kind != ActKind::kCapacity ||
          done->stage != id) {
        continue;
      }
      std::uint32_t moved = 0;
      for (BruteNode& node : nodes) {
        if (may_follow(done->state, node.state) && (done->nodes == 0 || moved < done->nodes)) {
          node = {done->state, t, 0};
          ++moved;
        }
      }
    }
  }
  for (std::uint32_t c = 0; c < book_.clauses().size(); ++c) {
    const auto* tranche = std::get_if<clause::Tranche>(&book_.clauses()[c].terms);
    if (tranche == nullptr || std::ranges::count(tranche->stages, id) == 0 || !tranche->early_use ||
        !force(c, at, known)) {
      continue;
    }
    for (BruteNode& node : nodes) {
      if (node.state != CapacityState::kInAcceptance) continue;
      node.early_uses = static_cast<UseMask>(node.early_uses | tranche->early_uses);
      ++probes_.early_use;
    }
  }
  return nodes;
}

}  // namespace stargate::oracle
