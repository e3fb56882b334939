#pragma once

#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "oracle/small_market.h"

namespace stargate::agreement {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// 1.2 GW at $13.3B a GW-year for a year from day 100, $15.96B; 20 % of it paid 30 days ahead. 30 days
/// of grace, then 1 % for each week begun, at most 10 %; to be ended from 180 days after the due date.
struct Slip : testing::Test {
  SmallMarket market;
  OrderId order;
  StageId stage;
  ClauseId tranche;
  ClauseId late;
  ClauseId prepay;

  Slip() {
    market.add(Assumption{"grace", "The grace is not public."});
    Order made;
    made.agreement = SmallMarket::with(SmallMarket::kOracle);
    made.amount = {1'200'000'000, CapacityUnit::kFacilityWatts};
    made.signed_at = day(0);
    made.until = day(465);
    market.add(made);
    order = {0};
    stage = market.stage(order, 100, made.amount);
    clause::Rate rate;
    rate.price = {dollars(13'300'000'000), RateUnit::kGwYear, CapacityUnit::kFacilityWatts};
    market.clause(SmallMarket::kOracle, rate);
    clause::Tranche duty;
    duty.order = order;
    duty.stages = {stage};
    duty.amount = made.amount;
    duty.due = day(100);
    duty.grace = days(30);
    tranche = market.clause(SmallMarket::kOracle, duty);
    Clause priced;
    priced.agreement = made.agreement;
    priced.from = priced.known = day(0);
    priced.assumptions = {{0}};
    clause::Late terms;
    terms.tranches = {tranche};
    terms.credits = {{{}, 10'000, days(7)}};
    terms.credit_cap_ppm = 100'000;
    terms.outside = days(180);
    terms.excuses_force_majeure = terms.excuses_customer_caused = true;
    terms.notice_within = days(10);
    terms.longest_extension = days(90);
    priced.terms = terms;
    market.add(priced);
    late = {2};
    clause::Prepay ahead;
    ahead.ppm = 200'000;
    ahead.before_delivery = days(30);
    ahead.credited_from_month = 12;
    prepay = market.clause(SmallMarket::kOracle, ahead);
  }

  Judgement at(ClauseId clause, Instant then) const {
    return judge(market.book, clause, {}, {then, then});
  }
  Standing standing(Instant then) const { return at(tranche, then).standing; }
  Reason excuse(ActKind kind, Instant from, Instant until, Instant entered) {
    Act act;
    act.kind = kind;
    act.effective = from;
    act.until = until;
    act.clause = tranche;
    return market.enter(act, entered);
  }
};

}  // namespace stargate::agreement
