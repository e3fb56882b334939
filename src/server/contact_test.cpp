#include "server/contact.h"

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using executor::Outcome;

class Contact : public PlaneFixture {
 protected:
  static Json gang(int gpus) { return {{"gpus", gpus}, {"command", {"train"}}}; }
  std::uint64_t running_job() {
    const std::uint64_t id = submit(gang(8));
    report(id, 1, Outcome::kStarted);
    EXPECT_EQ(state(id), "running");
    return id;
  }
  Json since() { return get("/v1/suppliers").json["suppliers"][0]["out_of_contact_since"]; }
};

TEST_F(Contact, what_runs_goes_on_until_the_lease_is_over_and_a_tenth_more) {
  const std::uint64_t id = running_job();
  executor_->is_reachable = false;
  pass(seconds(1));
  EXPECT_FALSE(since().is_null());
  pass(seconds(65));
  EXPECT_EQ(state(id), "running");
  pass(seconds(1));
  EXPECT_EQ(state(id), "queued");
  // Nothing starts where nobody hears it.
  EXPECT_EQ(executor_->starts.size(), 1U);
}

TEST_F(Contact, what_lost_its_nodes_goes_where_there_is_room) {
  const std::uint64_t id = submit(gang(16));
  report(id, 1, Outcome::kStarted);
  const Json order = job(id)["order"];
  const Json failed{{"order", order}, {"first", 0}, {"count", 2}, {"health", "failed"}};
  EXPECT_EQ(send("/v1/nodes/health", failed).status, 200);
  report(id, 1, Outcome::kStopped);
  EXPECT_EQ(state(id), "starting");
  EXPECT_NE(job(id)["order"], order);
}

TEST_F(Contact, nothing_starts_there_meanwhile) {
  executor_->is_reachable = false;
  pass(seconds(1));
  const std::uint64_t id = submit(gang(8));
  EXPECT_NE(state(id), "starting");
  EXPECT_TRUE(executor_->starts.empty());
  executor_->is_reachable = true;
  pass(seconds(1));
  EXPECT_TRUE(since().is_null());
  EXPECT_EQ(state(id), "starting");
  ASSERT_EQ(executor_->starts.size(), 1U);
}

TEST_F(Contact, a_short_loss_changes_nothing_for_what_runs) {
  const std::uint64_t id = running_job();
  executor_->is_reachable = false;
  pass(seconds(1));
  executor_->known_runs = {{{id}, 1}};
  executor_->is_reachable = true;
  pass(seconds(30));
  EXPECT_EQ(state(id), "running");
  EXPECT_TRUE(executor_->stops.empty());
  report(id, 1, Outcome::kExited);
  EXPECT_EQ(state(id), "succeeded");
}

TEST_F(Contact, what_was_given_up_is_stopped_when_contact_is_there_again) {
  const std::uint64_t id = running_job();
  executor_->is_reachable = false;
  pass(seconds(1));
  pass(seconds(66));
  EXPECT_EQ(state(id), "queued");
  executor_->stops.clear();  // it heard of none
  executor_->known_runs = {{{id}, 1}};
  executor_->is_reachable = true;
  pass(seconds(1));
  ASSERT_EQ(executor_->stops.size(), 1U);
  EXPECT_EQ(executor_->stops[0].epoch, 1U);
  ASSERT_EQ(executor_->starts.size(), 2U);
  EXPECT_EQ(executor_->starts[1].epoch, 2U);
  // What the first start has to say is of no account.
  report(id, 1, Outcome::kExited);
  EXPECT_EQ(state(id), "starting");
}

TEST_F(Contact, a_stop_that_was_lost_is_asked_for_again) {
  const std::uint64_t id = running_job();
  executor_->is_reachable = false;
  pass(seconds(1));
  EXPECT_EQ(send("/v1/jobs/" + std::to_string(id) + "/cancel").status, 202);
  executor_->stops.clear();
  executor_->known_runs = {{{id}, 1}};
  executor_->is_reachable = true;
  pass(seconds(1));
  ASSERT_EQ(executor_->stops.size(), 1U);
  report(id, 1, Outcome::kStopped);
  EXPECT_EQ(state(id), "cancelled");
}

TEST_F(Contact, drained_nodes_stay_drained) {
  ASSERT_EQ(send("/v1/nodes/health", {{"order", get("/v1/orders").json["orders"][0]["id"]},
                                      {"first", 0},
                                      {"health", "drained"}})
                .status,
            200);
  executor_->is_reachable = false;
  pass(seconds(1));
  executor_->is_reachable = true;
  pass(seconds(1));
  const auto& queues = store_->state().scheduling().queues;
  EXPECT_EQ(queues[0].fleet.health({0}), Health::kDrained);
  EXPECT_EQ(queues[0].fleet.health({1}), Health::kHealthy);
}

TEST_F(Contact, what_is_drained_meanwhile_stays_drained) {
  executor_->is_reachable = false;
  pass(seconds(1));
  ASSERT_EQ(
      send("/v1/nodes/health", {{"order", "aurora-order"}, {"first", 1}, {"health", "drained"}})
          .status,
      200);
  pass(seconds(70));
  executor_->is_reachable = true;
  pass(seconds(1));
  const auto& queues = store_->state().scheduling().queues;
  EXPECT_EQ(queues[1].fleet.health({0}), Health::kHealthy);
  EXPECT_EQ(queues[1].fleet.health({1}), Health::kDrained);
}

TEST_F(Contact, the_loss_is_remembered_after_a_restart) {
  for (int round = 0; round < 2; ++round) {  // re-applied, then from an image
    executor_->is_reachable = false;
    pass(seconds(1));
    const Json before = since();
    EXPECT_FALSE(before.is_null());
    restart();  // what runs its capacity is new, and in contact
    EXPECT_TRUE(since().is_null());
    EXPECT_EQ(store_->state().scheduling().queues[0].fleet.health({0}), Health::kHealthy);
  }
}

TEST_F(Contact, what_is_accepted_meanwhile_takes_no_work_either) {
  const Json proposed =
      send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 16}, {"price", "$1.95/GPU-h"}})
          .json;
  const std::string offer = proposed["offers"][0]["id"];
  const std::string order = proposed["order"]["id"];
  ASSERT_EQ(send("/v1/offers/" + offer + "/decline", Json::object()).status, 200);
  ASSERT_EQ(send("/v1/orders/" + order + "/sign", Json::object()).status, 200);
  executor_->is_reachable = false;
  pass(seconds(1));
  ASSERT_EQ(send("/v1/capacity/" + order + "-1", {{"state", "accepted"}}).status, 200);
  const std::uint64_t id = submit(gang(16));
  EXPECT_EQ(state(id), "queued");
  EXPECT_TRUE(executor_->starts.empty());
  executor_->is_reachable = true;
  pass(seconds(1));
  EXPECT_EQ(state(id), "starting");
  EXPECT_EQ(store_->state().scheduling().queues[2].fleet.health({0}), Health::kHealthy);
}

/// Aurora's capacity is run by the first, Boreas' by the second.
class ContactOfTwo : public PlaneFixture {
 protected:
  ContactOfTwo() : PlaneFixture(two_suppliers(), 2) {}
  static Json gang(int gpus) { return {{"gpus", gpus}, {"command", {"train"}}}; }
  void vanish(std::size_t runner) {
    executors_[runner]->is_reachable = false;
    pass(seconds(1));
  }
};

TEST_F(ContactOfTwo, new_jobs_queue_where_work_is_taken_even_if_that_is_full) {
  vanish(0);
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t id = submit(gang(8));
    EXPECT_EQ(job(id)["order"], "boreas-order") << i;
    EXPECT_EQ(state(id), i < 2 ? "starting" : "queued") << i;
  }
  EXPECT_TRUE(executors_[0]->starts.empty());
}

TEST_F(ContactOfTwo, what_waits_for_a_supplier_goes_to_another_when_contact_is_lost) {
  for (int i = 0; i < 4; ++i) submit(gang(8));
  std::vector<std::uint64_t> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(submit(gang(8)));
  vanish(0);
  for (const std::uint64_t id : waiting) {
    EXPECT_EQ(state(id), "queued");
    EXPECT_EQ(job(id)["order"], "boreas-order");
  }
  restart();
  for (const std::uint64_t id : waiting) EXPECT_EQ(job(id)["order"], "boreas-order");
}

TEST_F(ContactOfTwo, what_was_given_up_waits_where_work_is_taken) {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(submit(gang(8)));
  for (int i = 0; i < 4; ++i) report(ids[static_cast<std::size_t>(i)], 1, Outcome::kStarted);
  vanish(0);
  pass(seconds(66));
  int waiting = 0;
  for (const std::uint64_t id : ids) {
    EXPECT_EQ(job(id)["order"], "boreas-order");
    waiting += state(id) == "queued" ? 1 : 0;
  }
  EXPECT_EQ(waiting, 3);
}

TEST_F(ContactOfTwo, where_nobody_is_in_contact_jobs_wait) {
  vanish(0);
  vanish(1);
  const std::uint64_t id = submit(gang(8));
  EXPECT_EQ(state(id), "queued");
  executors_[0]->is_reachable = true;
  pass(seconds(1));
  EXPECT_EQ(state(id), "starting");
  EXPECT_EQ(job(id)["order"], "aurora-order");
}

TEST_F(Contact, only_what_is_simulated_can_be_let_vanish) {
  const Json gone{{"in_contact", false}};
  EXPECT_EQ(send("/v1/suppliers/nobody/contact", gone).status, 404);
  EXPECT_EQ(send("/v1/suppliers/aurora/contact", gone).status, 200);
  pass(seconds(1));
  EXPECT_FALSE(since().is_null());
  EXPECT_NE(get("/metrics").text.find("stargate_in_contact{supplier=\"fake\"} 0"),
            std::string::npos);
}

}  // namespace
}  // namespace stargate::server
