// Why a job of the control plane waits or runs where it does, and what comes next.

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using executor::Outcome;

class JobExplanation : public PlaneFixture {
 public:
  JobExplanation() : PlaneFixture(two_suppliers(), 2) {}

  static Json gang(int gpus, const char* tenant = "crimson") {
    return {{"gpus", gpus}, {"tenant", tenant}, {"command", {"train"}}, {"time_limit", "1 hour"}};
  }
  /// Jobs of eight GPUs that hold all that there is.
  std::vector<std::uint64_t> fill(const char* tenant = "crimson") {
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 4; ++i) {
      ids.push_back(submit(gang(8, tenant)));
      report(ids.back(), 1, Outcome::kStarted);
      EXPECT_EQ(state(ids.back()), "running");
    }
    return ids;
  }
  Json explain(std::uint64_t id, const std::string& token) {
    return get("/v1/jobs/" + std::to_string(id) + "/explanation", token).json;
  }
  Json explain(std::uint64_t id) { return explain(id, admin_); }
  static bool says(const Json& text, const std::string& words) {
    return text.dump().find(words) != std::string::npos;
  }
  static Json place(const Json& explanation, const std::string& supplier) {
    for (const Json& answer : explanation["places"]["suppliers"]) {
      if (answer["supplier"] == supplier) return answer;
    }
    return nullptr;
  }
  void drain(const std::string& order, const char* health = "drained") {
    EXPECT_EQ(
        send("/v1/nodes/health", {{"order", order}, {"first", 0}, {"count", 2}, {"health", health}})
            .status,
        200);
  }
};

TEST_F(JobExplanation, SaysWhichEndItWaitsForAndByWhenThatComes) {
  const auto ids = fill();
  const std::uint64_t id = submit(gang(8));
  const Json told = explain(id);
  const std::string order = job(id)["order"];
  std::uint64_t first = 0;
  for (const std::uint64_t holder : ids) {
    if (first == 0 && job(holder)["order"] == order) first = holder;
  }
  EXPECT_TRUE(says(told["reason"], "it is queued at " + order)) << told["reason"];
  EXPECT_TRUE(says(told["reason"], "too few GPUs are free")) << told["reason"];
  EXPECT_TRUE(says(told["next"][0], "it starts when job " + std::to_string(first) +
                                        " ends, at the latest 2026-01-01T01:00:00Z"))
      << told["next"];
  EXPECT_EQ(told["holders"].size(), 2U) << told["holders"];
  // Jobs of the same workload hold it: it is not free for this one.
  for (const char* supplier : {"aurora", "boreas"}) {
    EXPECT_EQ(place(told, supplier)["verdict"], "no_capacity") << told["places"];
    EXPECT_EQ(place(told, supplier)["shortage"], "full");
    EXPECT_TRUE(says(place(told, supplier)["why"], "0 of 16 GPUs free"));
    EXPECT_TRUE(place(told, supplier)["clause"].is_null()) << "no clause makes it full";
  }
  EXPECT_EQ(told["next"].dump().find("holders are listed"), std::string::npos);
}

TEST_F(JobExplanation, WithoutTimeLimitsItPromisesNoInstant) {
  for (int i = 0; i < 4; ++i) submit({{"gpus", 8}, {"command", {"train"}}});
  const Json told = explain(submit(gang(8)));
  EXPECT_TRUE(says(told["next"][0], "it starts when job")) << told["next"];
  EXPECT_FALSE(says(told["next"][0], "at the latest")) << told["next"];
}

TEST_F(JobExplanation, SaysWhereItRunsUnderWhichPaperAndWhyThere) {
  const std::uint64_t id = submit(gang(8));
  report(id, 1, Outcome::kStarted);
  const Json told = explain(id);
  EXPECT_TRUE(says(told["reason"],
                   "it runs with boreas at boreas-norway, on 8 GPUs of boreas-order "
                   "under boreas-paper"))
      << told["reason"];
  EXPECT_TRUE(says(told["reason"],
                   "no contract binds it there, and Aurora Cloud Limited could take it too"))
      << told["reason"];
  EXPECT_TRUE(told["holders"].empty());
  EXPECT_TRUE(told["next"].empty()) << told["next"];
  EXPECT_EQ(place(told, "boreas")["verdict"], "permitted");
  const std::uint64_t small = submit(gang(1));
  report(small, 1, Outcome::kStarted);
  EXPECT_TRUE(says(explain(small)["reason"], ", on 1 GPU of ")) << explain(small)["reason"];
}

TEST_F(JobExplanation, SaysThatASupplierIsOutOfContactAndWhenItsLeaseEnds) {
  const auto ids = fill();
  executors_[0]->is_reachable = false;
  executors_[1]->is_reachable = false;
  pass(seconds(1));
  const std::uint64_t id = submit(gang(8));
  Json told = explain(id);
  EXPECT_TRUE(says(told["reason"], "out of contact since 2026-01-01T00:00:01Z")) << told["reason"];
  const std::string words =
      " is out of contact since 2026-01-01T00:00:01Z, and no other place takes it now";
  EXPECT_EQ(job(id)["why"], job(id)["supplier"].get<std::string>() + words);
  EXPECT_TRUE(says(told["reason"], job(id)["why"])) << told["reason"];
  const Json plan = send("/v1/jobs/plan", gang(8)).json;
  EXPECT_EQ(plan["reason"], plan["supplier"].get<std::string>() + words);
  EXPECT_TRUE(says(told["next"], "its lease ends at 2026-01-01T00:01:01Z")) << told["next"];
  EXPECT_TRUE(says(told["next"], "by 2026-01-01T00:01:07Z")) << told["next"];
  for (const char* supplier : {"aurora", "boreas"}) {
    EXPECT_EQ(place(told, supplier)["verdict"], "no_capacity");
    EXPECT_EQ(place(told, supplier)["shortage"], "out_of_service") << place(told, supplier);
    EXPECT_TRUE(says(place(told, supplier)["why"],
                     std::string(supplier) + " is out of contact since 2026-01-01T00:00:01Z"));
  }
  // What runs there is told of it, too.
  EXPECT_TRUE(says(explain(ids[0])["next"], "what it runs is given up")) << explain(ids[0]);
  pass(seconds(67));
  told = explain(id);
  EXPECT_TRUE(says(told["next"], "its lease is over")) << told["next"];
}

TEST_F(JobExplanation, SaysWhatIsDrainedSinceWhenByWhomAndWhatGivesItBack) {
  const std::string terry = token_for("terry", "tenant", "tenant", "crimson");
  drain("aurora-order");
  drain("boreas-order");
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t id = submit(gang(8));
    const Json told = explain(id);
    const std::string order = job(id)["order"];
    EXPECT_TRUE(says(told["reason"],
                     "no node of " + order + " takes work, and no other place takes it now"))
        << told["reason"];
    EXPECT_EQ(job(id)["why"],
              "no node of " + order + " takes work, and no other place takes it now");
    EXPECT_TRUE(says(told["next"],
                     "nodes 0-1 of " + order + " are drained since 2026-01-01T00:00:00Z by root"))
        << told["next"];
    EXPECT_TRUE(says(told["next"], "`stargate undrain " + order + " 0 --count 2`"));
    EXPECT_EQ(place(told, "aurora")["shortage"], "out_of_service");
    const Json tenants = explain(id, terry);
    EXPECT_TRUE(says(tenants["next"], "are drained since")) << tenants["next"];
    EXPECT_FALSE(says(tenants, "by root")) << "who works for the lab is no tenant's business";
    EXPECT_FALSE(says(tenants, "undrain"));
    restart();
  }
  drain("aurora-order", "healthy");
  EXPECT_FALSE(says(explain(submit(gang(16))), "nodes 0-1 of aurora-order"));
}

TEST_F(JobExplanation, SaysWhichGpusAreNotOursToUse) {
  executor::Node node;
  node.gpus = 8;
  for (FakeExecutor* runs : executors_) runs->nodes = {node, node};
  for (FakeExecutor* runs : executors_) runs->nodes[0].foreign_gpus = 0b0100'1111;
  pass(seconds(6));
  const Json told = explain(submit(gang(16)));
  EXPECT_TRUE(says(told["next"], "GPUs 0-3, 6 of node 0")) << told["next"];
  EXPECT_EQ(place(told, "aurora")["shortage"], "full");
  EXPECT_TRUE(says(place(told, "aurora")["why"], "11 of 16 GPUs free; 5 not ours to use"))
      << place(told, "aurora");
}

TEST_F(JobExplanation, SaysHowManyJobsAreBeforeOneThatWaits) {
  const std::string terry = token_for("terry", "tenant", "tenant", "crimson");
  fill("indigo");
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(submit(gang(16)));
  std::map<std::string, int> at;
  for (const std::uint64_t id : ids) {
    const Json shown = get("/v1/jobs/" + std::to_string(id), terry).json;
    ASSERT_EQ(shown["state"], "queued");
    const int before = at[shown["supplier"]]++;
    EXPECT_EQ(shown["why"], before == 0   ? "too few GPUs are free"
                            : before == 1 ? "1 job is before it"
                                          : std::to_string(before) + " jobs are before it");
    EXPECT_TRUE(says(explain(id, terry)["reason"], shown["why"]));
  }
}

TEST_F(JobExplanation, NamesTheClauseThatDecides) {
  const std::uint64_t id = submit({{"nodes", 3}, {"command", {"train"}}});
  const Json told = explain(id);
  EXPECT_EQ(told["job"]["state"], "waiting");
  for (const Json& answer : told["places"]["suppliers"]) {
    const bool decides = answer["verdict"] == "needs_offer" || answer["verdict"] == "forbidden";
    EXPECT_EQ(answer["clause"].is_null(), !decides) << answer;
  }
}

TEST_F(JobExplanation, ATenantIsToldOfOthersJobsNeitherNumberNorName) {
  const std::string terry = token_for("terry", "tenant", "tenant", "crimson");
  fill("indigo");
  const std::uint64_t id = submit(gang(8));
  const Json told = explain(id, terry);
  EXPECT_TRUE(says(told["next"][0], "it starts when a job of another tenant ends")) << told["next"];
  EXPECT_TRUE(told["places"].is_null());
  EXPECT_FALSE(says(told, "indigo")) << told;
  for (const Json& holder : told["holders"]) EXPECT_TRUE(holder["job"].is_null()) << holder;
}

}  // namespace
}  // namespace stargate::server
