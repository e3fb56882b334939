#include "oracle/random_market.h"

#include <algorithm>

namespace stargate::oracle {
namespace {

using agreement::Book;

struct Maker {
  Prng& prng;
  Book book;
  int offers = 0;

  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(prng.below(n)); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  Instant instant() { return {static_cast<std::int64_t>(below(kMarketEnd))}; }
  Duration length(std::uint32_t most) { return {static_cast<std::int64_t>(below(most + 1))}; }
  UseMask uses() { return one_in(2) ? kAnyUse : static_cast<UseMask>(1 + below(kAnyUse)); }
  template <class AnyId, class Things>
  AnyId any(const Things& things) {
    return AnyId{below(things.size())};
  }
  bool add(const Definition& definition) {
    if (book.check(definition) != Reason::kNone) return false;
    book.define(definition);
    return true;
  }
  CapacityAmount amount() { return {1 + below(4), CapacityUnit::kGpus}; }

  std::vector<CarveOut> carve_outs() {
    std::vector<CarveOut> list(one_in(2) ? 1 : 0);
    for (CarveOut& out : list) {
      out.uses = uses();
      if (one_in(3)) out.supplier = {2 + below(3)};
      if (one_in(4)) out.order = {below(4)};
      if (one_in(4)) out.site = any<SiteId>(book.sites());
      out.own_build = one_in(3);
      if (one_in(3)) out.from = instant();
      if (one_in(3)) out.until = instant();
    }
    return list;
  }

  Clause clause() {
    Clause result;
    result.agreement = any<AgreementId>(book.agreements());
    result.from = instant();
    if (!one_in(3)) result.until = result.from + length(30);
    if (one_in(5)) result.until_event = "verified";
    result.known = one_in(2) ? Instant{0} : instant();
    if (one_in(4) && !book.clauses().empty()) {
      result.supersedes.push_back(any<ClauseId>(book.clauses()));
    }
    return result;
  }

  void add_restraint() {
    Clause made = clause();
    switch (below(5)) {
      case 0:
      case 1: {
        clause::Exclusive terms;
        terms.uses = uses();
        terms.new_capacity_only = one_in(3);
        terms.has_supply_duty = one_in(2);
        terms.supply_duty.notice = one_in(2) ? Duration{} : length(30);
        terms.supply_duty.respond_within = length(6);
        terms.supply_duty.released_for_unmet = !one_in(4);
        terms.carve_outs = carve_outs();
        made.terms = terms;
        break;
      }
      case 2: {
        clause::FirstRefusal terms;
        terms.uses = uses();
        terms.partial_declines_rest = one_in(2);
        terms.release_for = length(15);
        terms.carve_outs = carve_outs();
        made.terms = terms;
        made.until = one_in(2) ? made.until : kNever;
        break;
      }
      case 3: made.terms = clause::FirstShip{uses(), one_in(2)}; break;
      default: {
        clause::Locale terms;
        terms.uses = uses();
        if (!one_in(4)) terms.jurisdictions = {one_in(2) ? "US" : "AE"};
        made.terms = terms;
      }
    }
    add(made);
  }

  void add_order() {
    Order order;
    order.agreement = any<AgreementId>(book.agreements());
    order.site = any<SiteId>(book.sites());
    order.accelerator = {0};
    order.amount = amount();
    order.signed_at = one_in(2) ? kNever : instant();
    if (one_in(3)) order.from = instant();
    if (one_in(3)) order.until = instant();
    if (one_in(3)) order.uses = uses();
    order.known = one_in(2) ? Instant{0} : instant();
    if (one_in(3) && !book.clauses().empty()) {
      order.clearance = static_cast<Clearance>(one_in(2) ? 6 : 1 + below(6));
      order.cleared_of = any<ClauseId>(book.clauses());
      order.cleared_at = instant();
    }
    add(order);
  }

  void add_stage() {
    Stage stage;
    stage.order = any<OrderId>(book.orders());
    stage.site = book.orders()[stage.order.value].site;
    stage.accelerator = {0};
    stage.fleet.groups.push_back({1 + below(2), 1 + below(3), 1, {0}, Level::kSite});
    add(stage);
    for (int i = 0; i < 2; ++i) {
      Clause made = clause();
      made.agreement = book.orders()[stage.order.value].agreement;
      clause::Tranche terms;
      terms.order = stage.order;
      terms.stages = {{static_cast<std::uint32_t>(book.stages().size() - 1)}};
      terms.amount = amount();
      terms.due = instant();
      terms.deemed_acceptance = length(5);
      terms.early_use = one_in(2);
      terms.early_uses = uses();
      made.terms = terms;
      add(made);
    }
  }

  void add_rate() {
    clause::Rate terms;
    Clause made = clause();
    if (one_in(2)) {
      terms.order = any<OrderId>(book.orders());
      made.agreement = book.orders()[terms.order.value].agreement;
    }
    terms.price.amount.micros = below(3);
    made.terms = terms;
    add(made);
  }

  void add_reserve() {
    clause::Reserve terms;
    terms.order = any<OrderId>(book.orders());
    terms.no_cancel = !one_in(4);
    Clause made = clause();
    made.agreement = book.orders()[terms.order.value].agreement;
    made.terms = terms;
    add(made);
  }

  /// One that may be taken back before its end, and may stand for the last that there is.
  void add_short_reserve() {
    clause::Reserve terms;
    terms.order = any<OrderId>(book.orders());
    terms.reclaimed_before_end = one_in(2) ? Duration{} : length(6);
    Clause made = clause();
    if (book.clauses().back().agreement == book.orders()[terms.order.value].agreement &&
        std::holds_alternative<clause::Reserve>(book.clauses().back().terms) && one_in(2)) {
      made.supersedes = {{static_cast<std::uint32_t>(book.clauses().size() - 1)}};
    }
    made.agreement = book.orders()[terms.order.value].agreement;
    made.terms = terms;
    add(made);
  }

  Terms terms() {
    Terms result;
    result.amount = one_in(4) ? CapacityAmount{} : amount();
    result.has_price = one_in(3);
    result.price.amount.micros = below(3);
    if (one_in(3)) result.delivery = instant();
    if (one_in(4)) result.until = instant();
    return result;
  }

  /// An act that may make sense; the book takes it or not.
  Act act(Instant entered) {
    Act made;
    made.effective =
        one_in(3) ? Instant{std::max<std::int64_t>(0, entered.us - below(6))} : entered;
    if (one_in(12)) made.effective = entered + length(6);
    made.terms = terms();
    const auto order = [&] { return any<OrderId>(book.orders()); };
    const auto clause = [&] { return any<ClauseId>(book.clauses()); };
    switch (below(13)) {
      case 0:
        made.kind = ActKind::kEvent;
        made.name = "verified";
        if (!one_in(3)) made.kind = ActKind::kWithdraw;
        break;
      case 1:
        made.kind = static_cast<ActKind>(static_cast<int>(ActKind::kShipped) + below(3));
        made.name = "chat";
        made.party = {2 + below(3)};
        break;
      case 2:
      case 3:
        made.kind = one_in(2) ? ActKind::kDemandNotice : ActKind::kSupplyReply;
        made.clause = clause();
        made.terms.amount = amount();
        break;
      case 4:
      case 5:
        made.kind = ActKind::kOffer;
        made.order = order();
        made.clause = clause();
        if (const auto refusals = book.clauses_with<clause::FirstRefusal>(); !refusals.empty()) {
          made.clause = refusals[below(refusals.size())];
        }
        made.offer = "offer-" + std::to_string(offers++);
        made.reply_by = made.effective + length(8);
        if (!one_in(3)) made.terms = {};
        // Often what was offered before.
        if (offers > 1 && one_in(2)) {
          const auto before = book.acts_of_offer(
              "offer-" + std::to_string(below(static_cast<std::size_t>(offers - 1))));
          if (!before.empty()) {
            made.order = book.entry(before.front()).act.order;
            made.clause = book.entry(before.front()).act.clause;
          }
        }
        if (!one_in(8)) made.terms.until = book.orders()[made.order.value].until;
        if (!one_in(8)) made.terms.delivery = kNever;
        break;
      case 6:
      case 7: {
        static constexpr ActKind kReplies[] = {ActKind::kCounter,    ActKind::kAccept,
                                               ActKind::kAcceptPart, ActKind::kDecline,
                                               ActKind::kDecline,    ActKind::kWithdraw};
        made.kind = kReplies[below(std::size(kReplies))];
        if (offers > 0) made.offer = "offer-" + std::to_string(below(std::size_t(offers)));
        const auto of = book.acts_of_offer(made.offer);
        // Often at the very deadline.
        if (!of.empty() && one_in(2)) {
          made.effective = book.entry(of.front()).act.reply_by + Duration{one_in(4) ? 1 : 0};
          if (made.effective > entered) made.effective = entered;
        }
        break;
      }
      case 8:
        made.kind = one_in(2) ? ActKind::kWaive : ActKind::kConsent;
        made.order = order();
        made.clause = clause();
        break;
      case 9:
      case 10: {
        made.kind = ActKind::kSign;
        made.order = order();
        // Often one that was offered.
        if (offers > 0 && !one_in(4)) {
          const auto offered = book.acts_of_offer(
              "offer-" + std::to_string(below(static_cast<std::size_t>(offers))));
          if (!offered.empty()) made.order = book.entry(offered.front()).act.order;
        }
        if (one_in(2)) made.terms = {};
        made.terms.delivery = one_in(4) ? made.terms.delivery : kNever;
        made.terms.until = one_in(2) ? kNever : book.orders()[made.order.value].until;
        const auto of = book.acts_of(made.order);
        // Often just after a deadline.
        if (!of.empty() && book.entry(of.back()).act.kind == ActKind::kOffer && one_in(2)) {
          const Act& offer = book.entry(of.back()).act;
          const auto& under = std::get<clause::FirstRefusal>(book.clause(offer.clause).terms);
          made.effective = offer.reply_by + Duration{1};
          if (one_in(2)) {
            // Or just when what was released no longer is.
            made.effective = book.entry(book.acts_of_offer(offer.offer).back()).act.effective;
            made.effective = made.effective + under.release_for;
          }
          if (made.effective > entered) made.effective = entered;
        }
        break;
      }
      case 11:
        if (one_in(4)) {
          made.kind = ActKind::kTerminate;
          made.party = {0};
          made.clause = clause();
          made.until = made.effective + length(8);
          break;
        }
        [[fallthrough]];
      default:
        made.kind = ActKind::kCapacity;
        if (!book.stages().empty()) made.stage = any<StageId>(book.stages());
        made.state = static_cast<CapacityState>(one_in(3) ? 3 + below(6) : 4);
        made.nodes = below(3);
    }
    if (made.kind == ActKind::kWithdraw && made.offer.empty()) {
      made.kind = ActKind::kEvent;
      made.name = "other";
    }
    return made;
  }
};

}  // namespace

Book random_market(Prng& prng) {
  Maker maker{prng, {}, 0};
  for (const char* lab : {"a", "b"}) {
    Party party;
    party.name = lab;
    party.is_lab = true;
    maker.add(party);
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    Party party;
    party.name = "s" + std::to_string(i);
    party.is_supplier = true;
    if (i == 2) party.own_build_of = PartyId{0};
    maker.add(party);
  }
  maker.add(Accelerator{"x", "", 2, 1});
  for (const char* place : {"US", "AE"}) {
    Site site;
    site.name = place;
    site.jurisdiction = place;
    maker.add(site);
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    maker.add(Agreement{"", "", {2 + i % 3}, {i == 3 && maker.one_in(2) ? 1U : 0U}, {0}, ""});
  }
  const std::uint32_t restraints = 1 + maker.below(5);
  for (std::uint32_t i = 0; i < restraints; ++i) maker.add_restraint();
  Clause leave = maker.clause();
  leave.terms = clause::Terminate{};
  maker.add(leave);
  for (std::uint32_t i = 0; i < 3; ++i) maker.add_order();
  if (maker.one_in(2)) maker.add_stage();
  if (maker.one_in(2)) maker.add_reserve();
  if (maker.one_in(3)) maker.add_rate();
  for (std::uint32_t i = 0; i < 2; ++i) {
    Workload workload;
    workload.lab = {maker.one_in(6) ? 1U : 0U};
    workload.use = static_cast<Use>(maker.below(kUseCount));
    if (maker.one_in(2)) workload.product = "chat";
    maker.add(workload);
  }
  Instant entered{0};
  const std::uint32_t acts = maker.below(14);
  for (std::uint32_t i = 0; i < acts && entered.us < kMarketEnd; ++i) {
    entered = entered + maker.length(5);
    for (int tries = 0; tries < 4; ++tries) {
      const Act made = maker.act(entered);
      if (maker.book.check(made, entered) != Reason::kNone) continue;
      maker.book.record(made, entered);
      break;
    }
  }
  for (int i = 0; i < 2 && maker.one_in(2); ++i) maker.add_short_reserve();
  return std::move(maker.book);
}

}  // namespace stargate::oracle
