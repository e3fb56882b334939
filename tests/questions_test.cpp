// Questions that the software must answer, asked of the example world. Each answer is worked out in
// words first.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.h"

namespace stargate::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Arguments = std::vector<std::string>;

const std::string kWorld = STARGATE_SOURCE_DIR "/examples/stargate-2025";
const std::string kSlips = kWorld + "/assume/abilene-slips.yaml";
constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kMicros = 1'000'000;

json obligations(const std::string& agreement, const std::string& at, const Arguments& more = {}) {
  Arguments arguments{"obligations", "--world", kWorld,  "--at", at,
                      "--agreement", agreement, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const json answer = json::parse(outcome.out, nullptr, false);
  EXPECT_EQ(answer["agreements"].size(), 1U);
  return answer;
}

json explain(const std::string& workload, const std::string& at) {
  const Outcome outcome =
      run({"explain", "--world", kWorld, "--workload", workload, "--at", at, "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return json::parse(outcome.out, nullptr, false);
}

const json& find(const json& list, const char* key, const std::string& value) {
  static const json kNone;
  for (const json& entry : list) {
    if (entry[key] == value) return entry;
  }
  ADD_FAILURE() << "no " << key << " " << value << " in " << list.dump();
  return kNone;
}

// ---- Can Microsoft supply it, and what is the proof? 1.2 GW due in the middle of 2026 ----

// Offered on 2025-03-14 with 30 days to reply, so by 2025-04-13. On 2025-04-02 the holder countered:
// 0.6 GW in time. So on the 5th: not all of it, and the proof is the counter; the clock still runs.
TEST(CanItBeSupplied, TheCounterSaysHalfOfItInTimeAndTheClockRuns) {
  const json answer = obligations("azure", "2025-04-05");
  const json& offer = find(answer["agreements"][0]["offers"], "offer", "offer-abilene");
  EXPECT_EQ(offer["state"], "countered");
  EXPECT_TRUE(offer["decided_at"].is_null()) << "a counter decides nothing";
  EXPECT_EQ(offer["reply_by"], "2025-04-13");
  EXPECT_EQ(offer["clause"], "azure-first-refusal");
  EXPECT_EQ(offer["terms"]["amount"], 1'200'000'000);
  EXPECT_EQ(offer["terms"]["unit"], "facility");
  EXPECT_EQ(offer["terms"]["delivery"], "2026-06-30");
  EXPECT_EQ(offer["answer"]["amount"], 600'000'000);
  EXPECT_EQ(offer["answer"]["delivery"], "2026-06-30");
  // The public terms give no reply period: the answer says on what it rests.
  std::set<std::string> assumed;
  for (const json& assumption : answer["assumptions"]) assumed.insert(assumption["id"]);
  EXPECT_TRUE(assumed.count("rofr-reply-period") > 0);
  const json why = explain("training", "2025-04-05");
  const json& oracle = find(why["suppliers"], "supplier", "oracle");
  EXPECT_EQ(oracle["verdict"], "needs_offer");
  EXPECT_EQ(oracle["offer"]["id"], "offer-abilene");
}

// Declined on 2025-04-10, it is released for 180 days: until 2025-10-07. Signed on 2025-07-02, in time.
TEST(CanItBeSupplied, TheDeclineReleasesItForATime) {
  const json answer = obligations("azure", "2025-04-11");
  const json& offer = find(answer["agreements"][0]["offers"], "offer", "offer-abilene");
  EXPECT_EQ(offer["state"], "declined");
  EXPECT_EQ(offer["decided_at"], "2025-04-10");
  EXPECT_EQ(offer["released_until"], "2025-10-07");
}

TEST(CanItBeSupplied, BeforeTheCounterWasEnteredNobodyKnewOfIt) {
  const json answer = obligations("azure", "2025-04-01");
  const json& offer = find(answer["agreements"][0]["offers"], "offer", "offer-abilene");
  EXPECT_EQ(offer["state"], "offered");
  EXPECT_TRUE(offer["answer"].is_null());
}

// ---- What can really run next quarter? At the end of April 2026, by the end of September ----

json capacity(const Arguments& more) {
  Arguments arguments{"outlook",    "--world", kWorld,       "--at",
                      "2026-04-29", "--by",    "2026-09-30", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return json::parse(outcome.out, nullptr, false);
}

const Arguments kSlipsObserved{"--slip", "365 days", "--slip", "60 days",
                               "--slip", "730 days", "--slip", "183 days"};

// Half of Abilene is live. The other half, 353,952 GPUs, is due on 2026-06-30: with 60 days it is there on
// 2026-08-29, with two quarters or two years it is not.
TEST(NextQuarter, OnlyTheSmallestObservedSlipLetsAbilenesRestRun) {
  const json answer = capacity(kSlipsObserved);
  EXPECT_EQ(answer["slips_are_observed"], false);
  EXPECT_EQ(answer["p10_slip_s"], 60 * 86'400);
  EXPECT_EQ(answer["p50_slip_s"], 183 * 86'400);
  EXPECT_EQ(answer["p90_slip_s"], 730 * 86'400);
  const json& openai = find(answer["labs"], "lab", "openai");
  const json& abilene = find(openai["sites"], "site", "abilene");
  EXPECT_EQ(abilene["accepted_gpus"], 96'048);
  EXPECT_EQ(abilene["p10_gpus"], 450'000);
  EXPECT_EQ(abilene["p50_gpus"], 96'048);
  EXPECT_EQ(abilene["p90_gpus"], 96'048);
  EXPECT_EQ(abilene["promised_gpus"], 450'000);
}

// 8.9 GW of facility and 902 MW of IT, which are 1.3 GW of facility: more than ten.
TEST(NextQuarter, MoreThanTenGigawattsAreSecured) {
  const json answer = capacity(kSlipsObserved);
  const json& secured = find(answer["labs"], "lab", "openai")["secured"];
  EXPECT_EQ(find(secured, "unit", "facility")["amount"], 8'900'000'000);
  EXPECT_EQ(find(secured, "unit", "it")["amount"], 902'000'000);
}

TEST(NextQuarter, WithoutSlipsThoseOfTheWorldCount) {
  const json answer = capacity({});
  EXPECT_EQ(answer["slips_are_observed"], true);
  EXPECT_FALSE(answer["slips_s"].empty());
}

TEST(NextQuarter, FitsEightyColumnsAndRefusesWhatIsWrong) {
  Arguments arguments{"outlook", "--world", kWorld, "--at", "2026-04-29", "--by", "2026-09-30"};
  arguments.insert(arguments.end(), kSlipsObserved.begin(), kSlipsObserved.end());
  const Outcome outcome = run(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (std::size_t begin = 0; begin < outcome.out.size();) {
    const std::size_t end = outcome.out.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << outcome.out.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_THAT(outcome.out, HasSubstr("Secured, or further: 8.9 GW facility, 0.902 GW it"));
  const auto refused = [](const Arguments& more) {
    Arguments wrong{"outlook", "--world", kWorld, "--at", "2026-04-29"};
    wrong.insert(wrong.end(), more.begin(), more.end());
    const Outcome told = run(wrong);
    EXPECT_EQ(told.status, 2) << told.out;
    return told.err;
  };
  EXPECT_THAT(refused({"--by", "2026-04-29"}), HasSubstr("--by: found 2026-04-29, expected a day"));
  EXPECT_THAT(refused({"--by", "2026-09-30", "--slip", "long"}),
              HasSubstr("--slip: found 'long' ("));
  EXPECT_THAT(refused({}), HasSubstr("--by"));
}

// ---- Abilene slips six months: who owes what? ----

// 300 MW at $13.3B a GW and year are $3.99B a year. Until 2026-12-31 the tranches lacked 182 (due
// 2025-09-30, there 2026-03-31), 181 (2025-12-31 to 2026-06-30) and twice 184 days (from 2026-06-30 on):
// 731 days of 365, $7.9909B that nobody bills: the question's "about $8B".
TEST(AbileneSlips, WhatWasNotDeliveredIsNotBilled) {
  const json answer = obligations("oracle-stargate", "2026-12-31", {"--assume", kSlips});
  const json& sums = answer["agreements"][0]["sums"];
  const json& sum = find(sums, "what", "not_billed");
  const std::int64_t year = 3'990'000'000 * kMicros;
  std::int64_t expected = 0;
  for (const std::int64_t days : {182, 181, 184, 184}) expected += (year * days + 182) / 365;
  EXPECT_EQ(sum["amount_micros"], expected);
  EXPECT_NEAR(sum["amount_micros"].get<double>() / kMicros / kBillion, 8.0, 0.01);
}

// 1 % a week from the end of the 30 days' grace, at most 10 %, of a year's price, since the order has no
// end. Each of the four was late for more than nine weeks after its grace: 10 % of $3.99B, four times.
TEST(AbileneSlips, CreditsAreOwedByTheSupplierUpToTheirCap) {
  const json answer = obligations("oracle-stargate", "2026-12-31", {"--assume", kSlips});
  const json& sum = find(answer["agreements"][0]["sums"], "what", "credit");
  EXPECT_EQ(sum["from"], "oracle");
  EXPECT_EQ(sum["to"], "openai");
  EXPECT_EQ(sum["amount_micros"], 4 * 399'000'000 * kMicros);
}

// Three weeks and a day after the grace of the first tranche, on 2025-11-21, four weeks have begun.
TEST(AbileneSlips, CreditsGrowByTheWeekBegun) {
  const json answer = obligations("oracle-stargate", "2025-11-21", {"--assume", kSlips});
  const json& sum = find(answer["agreements"][0]["sums"], "what", "credit");
  EXPECT_EQ(sum["amount_micros"], 4 * 39'900'000 * kMicros);
}

// A fifth of each tranche's $3.99B was paid 30 days ahead: $798M each. On 2025-12-15 the first and the
// second are paid for and not there: $1.596B would come back, and none of it is owed yet.
TEST(AbileneSlips, ThePrepaymentIsRefundableBeforeItIsARefund) {
  const json answer = obligations("oracle-stargate", "2025-12-15", {"--assume", kSlips});
  const json& sums = answer["agreements"][0]["sums"];
  EXPECT_EQ(find(sums, "what", "payment")["amount_micros"], 2 * 798'000'000 * kMicros);
  EXPECT_EQ(find(sums, "what", "refundable_prepayment")["amount_micros"],
            2 * 798'000'000 * kMicros);
  for (const json& sum : sums) EXPECT_NE(sum["what"], "refund");
}

// 180 days after 2026-06-30 is 2026-12-27. From then on the two tranches that are still not there may be
// ended, and what was paid for them is owed back; the two that came are credited from month 24 on.
TEST(AbileneSlips, PastTheOutsideDateThatTrancheMayBeEndedAndItsPrepaymentIsARefund) {
  const json before = obligations("oracle-stargate", "2026-12-27", {"--assume", kSlips});
  EXPECT_EQ(find(before["agreements"][0]["clauses"], "clause", "abilene-late")["may_terminate"],
            false);
  const json answer = obligations("oracle-stargate", "2026-12-31", {"--assume", kSlips});
  const json& agreement = answer["agreements"][0];
  EXPECT_EQ(find(agreement["clauses"], "clause", "abilene-late")["may_terminate"], true);
  EXPECT_EQ(find(agreement["sums"], "what", "refund")["amount_micros"], 2 * 798'000'000 * kMicros);
  int later = 0;
  for (const json& due : agreement["later"]) {
    EXPECT_EQ(due["kind"], "credit");
    EXPECT_EQ(due["amount_micros"], 798'000'000 * kMicros);
    ++later;
  }
  EXPECT_EQ(later, 2);
}

// No date, grace, credit, outside date or prepayment of the agreement is public: all of it is assumed,
// and every amount says so.
TEST(AbileneSlips, AllOfItRestsOnAssumptions) {
  const json answer = obligations("oracle-stargate", "2026-12-31", {"--assume", kSlips});
  const json& agreement = answer["agreements"][0];
  ASSERT_FALSE(agreement["sums"].empty());
  for (const json& sum : agreement["sums"]) {
    EXPECT_EQ(sum["assumed_micros"], sum["amount_micros"]) << sum;
  }
  for (const json& due : agreement["due"]) EXPECT_FALSE(due["assumptions"].empty()) << due;
  EXPECT_EQ(find(answer["assumptions"], "id", "oracle-terms")["id"], "oracle-terms");
}

// As it was signed, the first two tranches came in time: nothing is credited or refunded for them. On
// 2026-09-24 the third has come two months late, and the fourth has not come.
TEST(AbileneSlips, AsSignedOnlyTheLastTwoAreLate) {
  const json answer = obligations("oracle-stargate", "2026-09-24");
  const json& clauses = answer["agreements"][0]["clauses"];
  EXPECT_EQ(find(clauses, "clause", "abilene-tranche-one")["standing"], "kept");
  EXPECT_EQ(find(clauses, "clause", "abilene-tranche-two")["standing"], "kept");
  EXPECT_EQ(find(clauses, "clause", "abilene-tranche-three")["standing"], "breached");
  EXPECT_EQ(find(clauses, "clause", "abilene-tranche-four")["standing"], "breached");
}

// ---- The verb itself ----

TEST(Obligations, FitEightyColumns) {
  const Outcome outcome = run({"obligations", "--world", kWorld, "--at", "2026-09-24"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (std::size_t begin = 0; begin < outcome.out.size();) {
    const std::size_t end = outcome.out.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << outcome.out.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_THAT(outcome.out, HasSubstr("USD 798,000,000.00 *"));
}

// Due on 2025-10-31 with 15 days of grace, Denton is late on 2025-11-20. The weather was given notice of
// on 2025-10-08: who asks as it was known the day before has no excuse.
TEST(Obligations, AreAskedAsTheyWereKnown) {
  const auto standing = [](const Arguments& known) {
    const json answer = obligations("coreweave-msa", "2025-11-20", known);
    return find(answer["agreements"][0]["clauses"], "clause", "denton-tranche")["standing"]
        .get<std::string>();
  };
  EXPECT_EQ(standing({}), "notified");
  EXPECT_EQ(standing({"--known", "2025-10-07"}), "breached");
}

TEST(Obligations, RefuseWhatIsNotThere) {
  const Outcome agreement =
      run({"obligations", "--world", kWorld, "--at", "2026-01-01", "--agreement", "training"});
  EXPECT_EQ(agreement.status, 2);
  EXPECT_THAT(agreement.err, HasSubstr("--agreement: unknown agreement 'training': expected"));
  EXPECT_EQ(run({"obligations", "--world", kWorld}).status, 2);
  EXPECT_EQ(run({"obligations", "--world", kWorld, "--at", "soon"}).status, 2);
  EXPECT_EQ(run({"obligations", "--world", "/nowhere", "--at", "2026-01-01"}).status, 2);
}

}  // namespace
}  // namespace stargate::end_to_end
