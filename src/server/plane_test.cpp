// Jobs, keys, offers and pages, from request to executor and back.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include <unistd.h>

#include "base/prng.h"
#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using executor::Outcome;

std::string at(std::uint64_t id, const char* rest = "") {
  return "/v1/jobs/" + std::to_string(id) + rest;
}

class Jobs : public PlaneFixture {};

TEST_F(Jobs, AJobStartsRunsAndEnds) {
  const auto id = submit({{"gpus", 8},
                          {"command", {"true"}},
                          {"environment", {{"A", "b"}}},
                          {"time_limit", "2 hours"},
                          {"grace", "5 seconds"},
                          {"signal", "USR1"},
                          {"memory", "8 GB"}});
  EXPECT_EQ(state(id), "starting");
  ASSERT_EQ(executor_->starts.size(), 1U);
  const executor::Program& program = executor_->starts[0].program;
  EXPECT_EQ(program.argv, std::vector<std::string>{"true"});
  EXPECT_EQ(program.environment.at("A"), "b");
  EXPECT_EQ(program.time_limit, hours(2));
  EXPECT_EQ(program.grace, seconds(5));
  EXPECT_EQ(program.memory_bytes_max, 8'000'000'000U);
  report(id, 1, Outcome::kStarted);
  EXPECT_EQ(state(id), "running");
  report(id, 1, Outcome::kExited);
  EXPECT_EQ(state(id), "succeeded");
  EXPECT_EQ(job(id)["exit_status"], 0);
  EXPECT_EQ(executor_->acknowledged.size(), 2U);
}

TEST_F(Jobs, JobsQueueUntilGpusAreGivenBack) {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(submit({{"gpus", 8}}));
  EXPECT_EQ(executor_->starts.size(), 4U);
  EXPECT_EQ(state(ids[4]), "queued");
  report(ids[0], 1, Outcome::kStarted);
  report(ids[0], 1, Outcome::kExited);
  EXPECT_EQ(executor_->starts.size(), 5U);
  EXPECT_EQ(state(ids[4]), "starting");
}

TEST_F(Jobs, FailuresAreTriedAgainAsOftenAsTheJobSays) {
  const auto id = submit({{"restarts", 2}});
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    ASSERT_EQ(executor_->starts.size(), epoch);
    report(id, epoch, Outcome::kStarted);
    report(id, epoch, Outcome::kExited, 3);
  }
  EXPECT_EQ(executor_->starts.size(), 3U);
  const Json ended = job(id);
  EXPECT_EQ(ended["state"], "failed");
  EXPECT_EQ(ended["failures"], 3);
  EXPECT_EQ(ended["exit_status"], 3);
}

TEST_F(Jobs, WhatCannotBeStartedIsTriedThreeTimesMore) {
  const auto id = submit({{"restarts", 1000}});
  for (std::uint64_t epoch = 1; epoch <= 4; ++epoch) report(id, epoch, Outcome::kFailedToStart);
  EXPECT_EQ(state(id), "failed");
  EXPECT_EQ(executor_->starts.size(), 4U);
  EXPECT_EQ(job(id)["exit_status"], 127);
}

TEST_F(Jobs, ATimeLimitEndsAJobForGood) {
  const auto id = submit({{"restarts", 5}, {"time_limit", "1 hour"}});
  report(id, 1, Outcome::kStarted);
  report(id, 1, Outcome::kTimedOut, 143);
  EXPECT_EQ(state(id), "failed");
  EXPECT_EQ(job(id)["why"], "it ran for longer than its time limit");
}

TEST_F(Jobs, WhatIsLostStartsAgain) {
  const auto id = submit({{"checkpoint_interval", "10 minutes"}, {"time_limit", "1 hour"}});
  report(id, 1, Outcome::kStarted);
  pass(minutes(25));
  report(id, 1, Outcome::kLost);
  ASSERT_EQ(executor_->starts.size(), 2U);
  report(id, 2, Outcome::kStarted);
  report(id, 2, Outcome::kExited);
  EXPECT_EQ(state(id), "succeeded");
  EXPECT_EQ(job(id)["failures"], 0);
}

TEST_F(Jobs, DoubledLateAndForeignReportsChangeNothing) {
  const auto id = submit({{"restarts", 3}});
  report(id, 1, Outcome::kStarted);
  report(id, 1, Outcome::kLost);
  report(id, 2, Outcome::kStarted);
  const std::string before = get(at(id)).text;
  const auto acknowledged = executor_->acknowledged.size();
  for (const Outcome outcome : {Outcome::kLost, Outcome::kExited, Outcome::kStarted,
                                Outcome::kStopped, Outcome::kFailedToStart}) {
    report(id, 1, outcome, 1);
    report(id, 7, outcome, 1);
    report(999, 1, outcome, 1);
  }
  report(id, 2, Outcome::kStarted);
  EXPECT_EQ(get(at(id)).text, before);
  EXPECT_EQ(executor_->acknowledged.size(), acknowledged + 16);
  report(id, 2, Outcome::kExited);
  const std::string ended = get(at(id)).text;
  report(id, 2, Outcome::kExited, 9);
  EXPECT_EQ(get(at(id)).text, ended);
}

TEST_F(Jobs, CancelEndsAJobInEveryState) {
  const auto waiting = submit({{"nodes", 500}});
  const auto starting = submit({{"gpus", 16}});
  const auto running = submit({{"gpus", 16}});
  const auto queued = submit({{"gpus", 16}});
  report(running, 1, Outcome::kStarted);
  EXPECT_EQ(state(waiting), "waiting");
  EXPECT_EQ(state(queued), "queued");
  EXPECT_EQ(send(at(waiting, "/cancel")).json["state"], "cancelled");
  EXPECT_EQ(send(at(queued, "/cancel")).json["state"], "cancelled");
  EXPECT_EQ(send(at(starting, "/cancel")).json["state"], "stopping");
  EXPECT_EQ(send(at(running, "/cancel")).json["state"], "stopping");
  EXPECT_EQ(send(at(running, "/cancel")).json["state"], "stopping");
  EXPECT_EQ(executor_->stops.size(), 2U);
  report(running, 1, Outcome::kStopped, 143);
  report(starting, 1, Outcome::kStarted);
  EXPECT_EQ(state(starting), "stopping");
  report(starting, 1, Outcome::kStopped);
  for (const auto id : {waiting, queued, starting, running}) {
    EXPECT_EQ(state(id), "cancelled") << id;
    EXPECT_EQ(send(at(id, "/cancel")).status, 409);
  }
  EXPECT_EQ(get("/v1/jobs?state=live").json["jobs"].size(), 0U);
}

TEST_F(Jobs, ACancelledJobThatCannotStartIsNotTriedAgain) {
  const auto id = submit({{"restarts", 5}});
  send(at(id, "/cancel"));
  report(id, 1, Outcome::kFailedToStart);
  EXPECT_EQ(executor_->starts.size(), 1U);
  EXPECT_EQ(state(id), "cancelled");
}

TEST_F(Jobs, BulkIsAllOrNothing) {
  Json jobs = Json::array();
  for (int i = 0; i < 50; ++i) jobs.push_back({{"name", "b" + std::to_string(i)}});
  const Reply done = send("/v1/jobs/bulk", {{"jobs", jobs}});
  EXPECT_EQ(done.json["count"], 50);
  const auto first = done.json["first"].get<std::uint64_t>();
  EXPECT_EQ(job(first + 49)["name"], "b49");
  jobs[17]["gpus"] = 4;
  jobs[17]["nodes"] = 1;
  jobs[30]["data"] = {"nothing"};
  const Reply refused = send("/v1/jobs/bulk", {{"jobs", jobs}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json["errors"].size(), 2U);
  EXPECT_EQ(refused.json["errors"][0]["pointer"], "/jobs/17");
  EXPECT_EQ(send("/v1/jobs/bulk", {{"jobs", Json::array()}}).status, 422);
  EXPECT_EQ(submit(Json::object()), first + 50);
}

TEST_F(Jobs, OddSpecsAreRefusedOrTaken) {
  const auto status = [&](const Json& spec) { return send("/v1/jobs", spec).status; };
  EXPECT_EQ(status({{"nodes", 1}, {"gpus_per_node", 4}}), 422);
  EXPECT_EQ(status({{"gpus", 4}, {"gpus_per_node", 8}}), 422);
  EXPECT_EQ(status({{"gpus", 1 << 30}}), 201);
  EXPECT_EQ(status({{"nodes", 1 << 30}}), 201);
  EXPECT_EQ(status({{"gpus", (std::int64_t{1} << 30) + 1}}), 422);
  EXPECT_EQ(status({{"gpus", 1.0}}), 201);
  EXPECT_EQ(status({{"time_limit", "26000000 days"},
                    {"checkpoint_interval", "26000000 days"},
                    {"grace", "26000000 days"}}),
            201);
  EXPECT_EQ(status({{"time_limit", "999999999 days"}}), 422);
  EXPECT_EQ(status({{"priority", 1'000'000}}), 201);
  EXPECT_EQ(status({{"priority", 1'000'001}}), 422);
  EXPECT_EQ(status({{"directory", "relative"}}), 422);
  EXPECT_EQ(status({{"workload", "nothing"}}), 422);
  EXPECT_EQ(status({{"product", "x"}, {"use", "api"}}), 201);
  EXPECT_EQ(status({{"product", std::string(128, '\'')}, {"use", "api"}}), 201);
  Json many = Json::array();
  for (int i = 0; i < 64; ++i) many.push_back("h100");
  EXPECT_EQ(status({{"accelerators", many}}), 201);
  EXPECT_EQ(status({{"accelerators", {"a100"}}}), 422);
  EXPECT_EQ(status({{"environment", {{"A=B", "c"}}}}), 422);
  EXPECT_EQ(status({{"environment", {{std::string("A\0", 2), "c"}}}}), 422);
  EXPECT_EQ(status(Json::array()), 422);
}

TEST_F(Jobs, PathsAndQueriesAreExact) {
  submit(Json::object());
  for (const char* path : {"/v1/jobs/", "//v1/jobs", "/v1//jobs", "/v1/jobs/1/", "/v1/jobs//log",
                           "/", "//", "/v1", "/V1/jobs"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  for (const char* path : {"/v1/jobs/x", "/v1/jobs/-1", "/v1/jobs/18446744073709551616",
                           "/v1/jobs/0", "/v1/jobs/\xff", "/v1/jobs/1.0"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  for (const char* query :
       {"limit=0", "limit=1001", "limit=x", "limit=99999999999999999999",
        "limit=", "limit=1&limit=1", "nonsense=1", "state=odd", "=", "name=\xff\xfe"}) {
    const int status = get(std::string("/v1/jobs?") + query).status;
    EXPECT_EQ(status, std::string(query).starts_with("name") ? 200 : 400) << query;
  }
  EXPECT_EQ(ask("HEAD", "/v1/jobs", nullptr, admin_).status, 200);
  EXPECT_EQ(ask("DELETE", "/v1/jobs", nullptr, admin_).status, 405);
  EXPECT_EQ(ask("HEAD", "/v1/jobs/bulk/", nullptr, admin_).status, 404);
}

TEST_F(Jobs, PagesHoldEveryJobOnce) {
  for (int i = 0; i < 25; ++i)
    submit({{"name", i % 2 == 0 ? "even" : "odd"}, {"tenant", i % 5 == 0 ? "indigo" : "crimson"}});
  for (const auto& [filter, expected] :
       std::map<std::string, std::size_t>{{"", 25},
                                          {"&name=even", 13},
                                          {"&tenant=indigo", 5},
                                          {"&state=live", 25},
                                          {"&state=succeeded", 0}}) {
    std::set<std::uint64_t> seen;
    std::uint64_t previous = UINT64_MAX;
    std::string before;
    int pages = 0;
    for (; pages < 30; ++pages) {
      const Json page = get("/v1/jobs?limit=4" + filter + before).json;
      EXPECT_LE(page["jobs"].size(), 4U);
      for (const Json& job : page["jobs"]) {
        EXPECT_LT(job["id"].get<std::uint64_t>(), previous);
        previous = job["id"];
        seen.insert(previous);
      }
      if (page["next"].is_null()) break;
      before = "&before=" + page["next"].dump();
    }
    EXPECT_EQ(seen.size(), expected) << filter;
    EXPECT_EQ(pages, expected == 0 ? 0 : static_cast<int>(expected - 1) / 4) << filter;
  }
}

TEST_F(Jobs, EventPagesPartNothing) {
  for (int i = 0; i < 6; ++i) submit({{"gpus", 8}});
  const Json all = get("/v1/events?limit=1000").json["events"];
  for (const int limit : {1, 2, 3, 7}) {
    Json joined = Json::array();
    std::uint64_t after = 0;
    for (;;) {
      const Json page =
          get("/v1/events?limit=" + std::to_string(limit) + "&after=" + std::to_string(after)).json;
      if (page["events"].empty()) break;
      for (const Json& event : page["events"]) joined.push_back(event);
      after = page["next"];
    }
    EXPECT_EQ(joined, all) << limit;
  }
}

TEST_F(Jobs, LogsAreReadInWholeCharactersToTheirEnd) {
  const std::string path = ::testing::TempDir() + "stargate-log-" +
                           std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
                           std::to_string(getpid());
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += i % 3 == 0 ? "a" : i % 3 == 1 ? "\xc3\xa9" : "\xf0\x9f\x98\x80";
  std::ofstream(path) << text;
  const auto id = submit(Json::object());
  executor_->outputs[std::to_string(id) + "/1/0/out"] = path;
  report(id, 1, Outcome::kStarted);
  report(id, 1, Outcome::kExited);
  for (const int limit : {4, 5, 7, 1000}) {
    std::string read;
    std::uint64_t offset = 0;
    bool complete = false;
    for (int i = 0; i < 100 && !complete; ++i) {
      const Json log =
          get(at(id, "/log?limit=") + std::to_string(limit) + "&offset=" + std::to_string(offset))
              .json;
      read += log["text"].get<std::string>();
      offset = log["next_offset"];
      complete = log["is_complete"];
    }
    EXPECT_TRUE(complete);
    EXPECT_EQ(read, text) << limit;
  }
  const Json beyond = get(at(id, "/log?offset=1125899906842624")).json;
  EXPECT_EQ(beyond["text"], "");
  EXPECT_EQ(beyond["is_complete"], true);
  EXPECT_EQ(get(at(id, "/log?limit=3")).status, 400);
  std::remove(path.c_str());
}

class Keys : public PlaneFixture {};

TEST_F(Keys, TheSameRequestIsCarriedOutOnce) {
  const Json body{{"name", "once"}};
  const Reply first = send("/v1/jobs", body, admin_, "key-1");
  const Reply again = send("/v1/jobs", body, admin_, "key-1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.text, again.text);
  restart();
  EXPECT_EQ(send("/v1/jobs", body, admin_, "key-1").text, first.text);
  EXPECT_EQ(get("/v1/jobs").json["jobs"].size(), 1U);
  EXPECT_EQ(send("/v1/jobs", {{"name", "twice"}}, admin_, "key-1").status, 422);
  EXPECT_EQ(send("/v1/jobs/plan", body, admin_, "key-1").status, 422);
  const std::string other = token_for("other", "operator");
  EXPECT_EQ(send("/v1/jobs", {{"name", "mine"}}, other, "key-1").status, 201);
  EXPECT_EQ(get("/v1/jobs").json["jobs"].size(), 2U);
}

TEST_F(Keys, WhatWasRefusedMayComeAgain) {
  EXPECT_EQ(send("/v1/jobs", {{"workload", "nothing"}}, admin_, "k").status, 422);
  EXPECT_EQ(send("/v1/jobs", {{"name", "good"}}, admin_, "k").status, 201);
}

TEST_F(Keys, AKeyIsPrintable) {
  for (const char* odd : {"\xff\xfe", "a b", "\x01", "caf\xc3\xa9"}) {
    EXPECT_EQ(send("/v1/jobs", Json::object(), admin_, odd).status, 400) << odd;
  }
  EXPECT_EQ(send("/v1/jobs", Json::object(), admin_, std::string(201, 'k')).status, 400);
  EXPECT_EQ(send("/v1/jobs", Json::object(), admin_, std::string(200, 'k')).status, 201);
  EXPECT_EQ(get("/v1/jobs").json["jobs"].size(), 1U);
}

TEST_F(Keys, ATokenIsToldOnceAndKeptNowhere) {
  const Json body{{"name", "ci"}, {"role", "auditor"}};
  const Reply first = send("/v1/tokens", body, admin_, "token-key");
  ASSERT_EQ(first.status, 201);
  const std::string token = first.json["token"];
  EXPECT_EQ(send("/v1/tokens", body, admin_, "token-key").status, 409);
  store_->ledger().read(1, [&](const ledger::Entry& entry) {
    EXPECT_EQ((entry.note + entry.command + entry.events).find(token), std::string::npos)
        << entry.index;
  });
  EXPECT_EQ(get("/v1/whoami", token).json["name"], "ci");
}

class Offers : public PlaneFixture {
 public:
  Offers() {
    aurora_ = token_for("sam", "supplier", "supplier", "aurora");
    aurora_too_ = token_for("ann", "supplier", "supplier", "aurora");
    boreas_ = token_for("sue", "supplier", "supplier", "boreas");
  }
  /// An order with Boreas, offered to Aurora.
  void propose(std::uint64_t gpus, const Json& more = Json::object()) {
    Json body{{"supplier", "boreas"}, {"gpus", gpus}, {"price", "$1.90/GPU-h"}};
    body.update(more);
    const Reply reply = send("/v1/orders/propose", body);
    ASSERT_EQ(reply.status, 201) << reply.text;
    ASSERT_EQ(reply.json["offers"].size(), 1U);
    order_ = reply.json["order"]["id"];
    offer_ = "/v1/offers/" + reply.json["offers"][0]["id"].get<std::string>();
    EXPECT_EQ(offer()["state"], "offered");
  }
  Json offer() {
    const Json list = get("/v1/offers").json;
    for (const Json& one : list["offers"]) {
      if ("/v1/offers/" + one["id"].get<std::string>() == offer_) return one;
    }
    return nullptr;
  }
  Reply sign() { return send("/v1/orders/" + order_ + "/sign", Json::object()); }

  std::string aurora_;
  std::string aurora_too_;
  std::string boreas_;
  std::string order_;
  std::string offer_;
};

TEST_F(Offers, AReplyToWhatIsDecidedSaysSo) {
  propose(2048);
  EXPECT_EQ(send(offer_ + "/withdraw", Json::object()).status, 200);
  const Reply refused = send(offer_ + "/decline", Json::object(), aurora_);
  EXPECT_EQ(refused.status, 409) << "nor does it wait for a second person";
  const std::string name = offer()["id"];
  EXPECT_TRUE(
      std::string(refused.json["detail"])
          .starts_with("the reply comes too late: the offer " + name + " is withdrawn since "));
  EXPECT_TRUE(get("/v1/approvals").json["approvals"].empty());
}

TEST_F(Offers, ACounterIsShownAsItWasMade) {
  propose(32);
  EXPECT_TRUE(offer()["answer"].is_null());
  const Json counter{{"gpus", 16}, {"price", "$2.00/GPU-h"}};
  EXPECT_EQ(send(offer_ + "/counter", counter, aurora_).status, 200);
  EXPECT_EQ(offer()["state"], "countered");
  EXPECT_EQ(offer()["amount"], "32 GPUs");
  EXPECT_EQ(offer()["answer"]["amount"], "16 GPUs");
  EXPECT_EQ(offer()["answer"]["price"], "USD 2.000000/GPU-h");
}

TEST_F(Offers, DeclinedThenSignedThenAcceptedCapacityStartsWhatWaits) {
  const auto id = submit({{"nodes", 4}, {"within", "site"}});
  EXPECT_EQ(state(id), "waiting");
  propose(1, {{"job", id}, {"gpus", 32}});
  EXPECT_EQ(sign().status, 409);
  EXPECT_EQ(send(offer_ + "/decline", Json::object(), boreas_).status, 404);
  EXPECT_EQ(send(offer_ + "/decline", Json::object(), aurora_).json["state"], "declined");
  EXPECT_EQ(send(offer_ + "/accept", Json::object(), aurora_).status, 409);
  EXPECT_EQ(sign().status, 200);
  EXPECT_EQ(sign().status, 409);
  EXPECT_EQ(state(id), "waiting");
  const std::string stage = "/v1/capacity/" + order_ + "-1";
  EXPECT_EQ(send(stage, {{"state", "installed"}}, boreas_).status, 200);
  EXPECT_EQ(send(stage, {{"state", "accepted"}}, boreas_).status, 403);
  EXPECT_EQ(send(stage, {{"state", "accepted"}}, aurora_).status, 404);
  EXPECT_EQ(send(stage, {{"state", "accepted"}}).status, 200);
  EXPECT_EQ(state(id), "starting");
  EXPECT_EQ(job(id)["order"], order_);
}

TEST_F(Offers, AJobOfWholeNodesIsOrderedInWholeNodes) {
  const auto id = submit({{"nodes", 4}});
  const Reply reply = send("/v1/orders/propose", {{"supplier", "boreas"}, {"job", id}});
  ASSERT_EQ(reply.status, 201) << reply.text;
  EXPECT_EQ(reply.json["order"]["amount"], "32 GPUs");
}

TEST_F(Offers, AcceptedOffersAreNotSignedElsewhere) {
  propose(64);
  EXPECT_EQ(send(offer_ + "/accept", Json::object(), aurora_).json["state"], "accepted");
  EXPECT_EQ(sign().status, 409);
}

TEST_F(Offers, AnAcceptanceMakesADutyAndLeavesNoMoreThanTheRest) {
  propose(64);
  EXPECT_EQ(send(offer_ + "/accept", {{"gpus", 16}}, aurora_).status, 200);
  const agreement::Book& book = plane_->state().scheduling().market.book;
  const Clause& duty = book.clauses().back();
  EXPECT_EQ(duty.name, offer_.substr(offer_.rfind('/') + 1) + "-tranche");
  EXPECT_EQ(std::get<clause::Tranche>(duty.terms).amount.value, 16);
  const Reply refused = sign();
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.json["type"], "/problems/part_only") << refused.text;
}

TEST_F(Offers, CounteredWithdrawnAndAcceptedInPart) {
  propose(64);
  EXPECT_EQ(
      send(offer_ + "/counter", {{"gpus", 32}, {"delivery", "2027-01-01"}}, aurora_).json["state"],
      "countered");
  EXPECT_EQ(send(offer_ + "/withdraw", Json::object(), aurora_).status, 403);
  EXPECT_EQ(send(offer_ + "/withdraw", Json::object()).json["state"], "withdrawn");
  propose(64);
  EXPECT_EQ(send(offer_ + "/accept", {{"gpus", 16}}, aurora_).json["state"], "accepted_in_part");
  propose(64);
  EXPECT_EQ(send(offer_ + "/waive", Json::object(), aurora_).json["state"], "waived");
  EXPECT_EQ(sign().status, 200);
}

TEST_F(Offers, AnOfferLapsesByTheClock) {
  propose(64);
  pass(days(30));
  EXPECT_EQ(offer()["state"], "offered");
  pass(days(2));
  EXPECT_EQ(offer()["state"], "lapsed");
  EXPECT_EQ(sign().status, 200);
}

TEST_F(Offers, NamesDoNotCollide) {
  propose(16, {{"order", "boreas-order-2"}});
  propose(16);
  EXPECT_NE(order_, "boreas-order-2");
  EXPECT_EQ(
      send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 16}, {"order", "boreas-order"}})
          .status,
      409);
  for (const char* odd : {"a/b", "a\"b", "A", "a b", "..", "a\nb"}) {
    EXPECT_EQ(
        send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 16}, {"order", odd}}).status,
        422)
        << odd;
  }
  std::set<std::string> names;
  const Json stages = get("/v1/capacity").json;
  for (const Json& stage : stages["capacity"]) EXPECT_TRUE(names.insert(stage["id"]).second);
  names.clear();
  const Json offers = get("/v1/offers").json;
  for (const Json& one : offers["offers"]) EXPECT_TRUE(names.insert(one["id"]).second);
  EXPECT_EQ(names.size(), 2U);
}

TEST_F(Offers, VeryLargeProposalsAreTakenOrRefused) {
  two_people_gpus_ = 1024;
  EXPECT_EQ(send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 1'000'000}}).status, 201);
  EXPECT_EQ(
      send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 1 << 30}, {"gpus_per_node", 1}})
          .status,
      422);
  EXPECT_EQ(send("/v1/orders/propose", {{"supplier", "nobody"}, {"gpus", 8}}).status, 422);
  EXPECT_EQ(send("/v1/orders/propose", {{"supplier", "lab"}, {"gpus", 8}}).status, 422);
  EXPECT_EQ(send("/v1/orders/propose", {{"supplier", "boreas"}}).status, 422);
  EXPECT_EQ(
      send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 8}, {"price", "much"}}).status,
      422);
}

class Recovery : public PlaneFixture {};

/// "A ledger that is read again answers every GET the same, byte for byte."
TEST_F(Recovery, AfterEveryStepTheLedgerAloneAnswersTheSame) {
  const std::uint64_t seed = 20260101;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Prng random(seed);
  const auto below = [&](std::uint64_t bound) { return random.below(bound); };
  const std::string aurora = token_for("sam", "supplier", "supplier", "aurora");
  const std::string crimson = token_for("terry", "tenant", "tenant", "crimson");
  std::vector<std::uint64_t> ids;
  std::set<int> statuses;
  for (int step = 0; step < 120; ++step) {
    const std::uint64_t what = below(12);
    const auto some_job = [&] { return ids.empty() ? 0 : ids[below(ids.size())]; };
    if (what < 4) {
      ids.push_back(submit({{"gpus", 1 + below(20)},
                            {"restarts", below(3)},
                            {"priority", below(5)},
                            {"tenant", below(2) == 0 ? "crimson" : "indigo"},
                            {"name", "n" + std::to_string(step)}}));
    } else if (what < 7 && !ids.empty()) {
      const auto id = some_job();
      const auto epoch = job(id)["starts"].get<std::uint64_t>();
      report(id, epoch,
             state(id) == "starting" ? Outcome::kStarted : static_cast<Outcome>(below(6)),
             static_cast<int>(below(2)));
    } else if (what == 7 && !ids.empty()) {
      statuses.insert(
          send(at(some_job(), "/cancel"), Json(), admin_, "c" + std::to_string(step)).status);
    } else if (what == 8) {
      statuses.insert(
          send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 8 + below(2048)}}).status);
    } else if (what == 9) {
      const Json offers = get("/v1/offers").json["offers"];
      if (!offers.empty()) {
        const std::string path =
            "/v1/offers/" + offers[below(offers.size())]["id"].get<std::string>();
        statuses.insert(
            send(path + (below(2) == 0 ? "/decline" : "/accept"), Json::object(), aurora).status);
      }
    } else if (what == 10) {
      const Json orders = get("/v1/orders").json["orders"];
      const std::string order = orders[below(orders.size())]["id"];
      statuses.insert(send("/v1/orders/" + order + "/sign", Json::object()).status);
      statuses.insert(send("/v1/capacity/" + order + "-1", {{"state", "accepted"}}).status);
    } else {
      pass(hours(static_cast<std::int64_t>(below(200))));
    }
    std::map<std::string, std::string> before;
    const auto look = [&](std::map<std::string, std::string>& texts) {
      for (const std::string& token : {admin_, aurora, crimson}) {
        for (const Route& route : routes()) {
          const std::string id = route.id;
          // A start is in the ledger, too: its last index grows.
          if (std::string(route.method) != "GET" || id == "metrics" || id == "openapi" ||
              id == "ready")
            continue;
          std::string path = route.path;
          const auto spot = path.find("{job}");
          if (spot != std::string::npos)
            path.replace(
                spot, 5,
                std::to_string(ids.empty() ? 1 : ids[static_cast<std::size_t>(step) % ids.size()]));
          if (id == "listEvents") path += "?limit=1000";
          texts[id + " " + token.substr(0, 8)] = get(path, token).text;
        }
      }
    };
    look(before);
    if (step % 4 != 0) {
      // Beside the one that runs, so that it is not disturbed.
      Store again(copy_of_ledger());
      ASSERT_EQ(again.last_index(), store_->last_index());
      ASSERT_EQ(again.now(), store_->now());
      continue;
    }
    restart();
    std::map<std::string, std::string> after;
    look(after);
    for (const auto& [name, text] : before) {
      const std::string& now = after[name];
      const auto differs = std::ranges::mismatch(text, now).in1 - text.begin();
      ASSERT_EQ(now, text) << name << " after step " << step
                           << ", from here on: " << text.substr(static_cast<std::size_t>(differs));
    }
  }
  EXPECT_TRUE(statuses.contains(200) && statuses.contains(201) && statuses.contains(202) &&
              statuses.contains(409));
}

}  // namespace
}  // namespace stargate::server
