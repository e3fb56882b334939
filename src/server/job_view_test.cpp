#include "server/plane_fixture.h"

// What answers say of jobs, their logs and events.

namespace stargate::server {
namespace {

using executor::Outcome;

class Shown : public PlaneFixture {
 protected:
  static std::string at(std::uint64_t id, const std::string& rest) {
    return "/v1/jobs/" + std::to_string(id) + rest;
  }
};

TEST_F(Shown, ALogOfWhatThereIsNotIsNotFoundAndWhatThereIsIsSaid) {
  const auto id = submit({{"gpus", 4}, {"command", {"train"}}});
  report(id, 1, Outcome::kStarted);
  const std::string job = "job " + std::to_string(id);
  EXPECT_EQ(get(at(id, "/log?rank=3")).status, 200);
  Reply refused = get(at(id, "/log?rank=4"));
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.json["detail"], job + " has ranks 0 to 3");
  refused = get(at(id, "/log?start=2"));
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.json["detail"], job + " has start 1 alone");

  const auto by_node = submit({{"nodes", 1}, {"processes_per_node", 2}, {"command", {"train"}}});
  EXPECT_EQ(get(at(by_node, "/log?rank=1")).status, 200);
  EXPECT_EQ(get(at(by_node, "/log?rank=2")).status, 404);

  const auto waiting = submit({{"gpus", 32}, {"command", {"train"}}});
  ASSERT_NE(state(waiting), "starting");
  EXPECT_EQ(get(at(waiting, "/log")).status, 200);
  EXPECT_EQ(get(at(waiting, "/log?start=1")).json["detail"],
            "job " + std::to_string(waiting) + " has not been started yet");
}

TEST_F(Shown, TheSignalThatKilledAProcessIsNamed) {
  const auto killed = submit({{"gpus", 1}, {"command", {"train"}}});
  report(killed, 1, Outcome::kExited, 137);
  EXPECT_EQ(job(killed)["exit_status"], 137);
  EXPECT_EQ(job(killed)["signal"], "SIGKILL");
  EXPECT_EQ(job(killed)["why"], "it was killed by SIGKILL (status 137), rank 0 first");
  const auto failed = submit({{"gpus", 1}, {"command", {"train"}}});
  report(failed, 1, Outcome::kExited, 3);
  EXPECT_TRUE(job(failed)["signal"].is_null());
  EXPECT_EQ(job(failed)["why"], "it ended with status 3, rank 0 first");
}

TEST_F(Shown, WhatWasCancelledIsSaidSo) {
  const auto id = submit({{"gpus", 1}, {"command", {"train"}}});
  send(at(id, "/cancel"));
  report(id, 1, Outcome::kStopped);
  EXPECT_EQ(get(at(id, "/explanation")).json["reason"], "it was cancelled");
  EXPECT_TRUE(job(id)["why"].is_null()) << "its state says it";
}

TEST_F(Shown, ATimeLimitIsAboveNothing) {
  const nlohmann::json none{{"time_limit", "0 seconds"}, {"command", {"train"}}};
  for (const char* path : {"/v1/jobs", "/v1/jobs/plan"}) {
    const Reply refused = send(path, none);
    EXPECT_EQ(refused.status, 422) << refused.text;
    EXPECT_EQ(refused.json["detail"], "/time_limit: found 0 seconds, expected more than nothing");
  }
  EXPECT_EQ(send("/v1/jobs/bulk", {{"jobs", {none}}}).status, 422);
}

TEST_F(Shown, EventsAfterTheEndOfTheLedgerAreRefusedToFollowers) {
  const auto follow = [&](const std::string& query, const std::string& last_id) {
    http::Request request = request_of("GET", "/v1/events" + query, admin_);
    request.headers.push_back({"accept", "text/event-stream"});
    if (!last_id.empty()) request.headers.push_back({"last-event-id", last_id});
    return post(std::move(request));
  };
  const std::string last = std::to_string(store_->durable_index());
  const std::string ahead = std::to_string(store_->durable_index() + 1);
  EXPECT_EQ(follow("", "")->answer->status, 200);
  EXPECT_EQ(follow("", last)->answer->status, 200);
  const auto refused = follow("", ahead);
  EXPECT_EQ(refused->answer->status, 409);
  EXPECT_NE(refused->answer->body.find("the ledger ends at " + last), std::string::npos);
  EXPECT_EQ(follow("?after=" + ahead, "")->answer->status, 409);
  const Reply page = get("/v1/events?after=" + ahead);
  EXPECT_EQ(page.status, 409);
  EXPECT_NE(page.text.find("the ledger ends at " + last), std::string::npos) << page.text;
  EXPECT_EQ(get("/v1/events?after=" + last).status, 200);
}

}  // namespace
}  // namespace stargate::server
