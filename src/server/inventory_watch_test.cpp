#include "server/inventory_watch.h"

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using executor::Outcome;

class Inventory : public PlaneFixture {
 protected:
  Inventory() {
    // Aurora and Boreas have two nodes of eight GPUs each, which one executor runs.
    executor_->nodes = two_nodes();
  }
  static std::vector<executor::Node> two_nodes() {
    executor::Node node;
    node.gpus = 8;
    return {node, node};
  }
  static Json gang(int gpus) { return {{"gpus", gpus}, {"command", {"train"}}}; }
  void look_again() { pass(seconds(6)); }
  /// Of both suppliers.
  std::uint64_t unavailable() {
    std::uint64_t gpus = 0;
    const Json suppliers = get("/v1/suppliers").json["suppliers"];
    for (const Json& supplier : suppliers) {
      gpus += supplier["unavailable_gpus"].get<std::uint64_t>();
    }
    return gpus;
  }
  GpuMask unavailable_in(std::uint32_t queue, std::uint32_t node) {
    const auto& known = store_->state().scheduling().queues[queue].unavailable;
    const auto found = known.find(node);
    return found == known.end() ? 0 : found->second.gpus;
  }
};

TEST(UnavailableGpus, AreForeignAbsentOrNotHealthy) {
  executor::Node node;
  node.gpus = 8;
  EXPECT_EQ(unavailable_gpus({}, 0, 8), 0U) << "there is what the orders say";
  EXPECT_EQ(unavailable_gpus({node}, 0, 8), 0U);
  EXPECT_EQ(unavailable_gpus({node}, 1, 8), 0xffU) << "there is no such node";
  node.foreign_gpus = 0b101;
  EXPECT_EQ(unavailable_gpus({node}, 0, 8), 0b101U);
  node.gpus = 6;
  EXPECT_EQ(unavailable_gpus({node}, 0, 8), 0b1100'0101U);
  EXPECT_EQ(unavailable_gpus({node}, 0, 4), 0b101U) << "more than the order has";
  node.gpus = 0;
  node.foreign_gpus = 0;
  EXPECT_EQ(unavailable_gpus({node}, 0, 8), 0xffU);
  node.gpus = 8;
  node.healthy = false;
  EXPECT_EQ(unavailable_gpus({node}, 0, 8), 0xffU);
  node.gpus = 64;
  node.healthy = true;
  EXPECT_EQ(unavailable_gpus({node}, 0, 64), 0U);
}

TEST_F(Inventory, ForeignUseIsSubtracted) {
  executor_->nodes[0].foreign_gpus = 0x0f;
  look_again();
  EXPECT_EQ(unavailable_in(0, 0), 0x0fU);
  EXPECT_EQ(unavailable(), 8U) << "four GPUs of each supplier's first node";
  // Three whole nodes cannot be had any more, one of each supplier can.
  const std::uint64_t first = submit(gang(8));
  const std::uint64_t second = submit(gang(8));
  const std::uint64_t third = submit(gang(8));
  EXPECT_EQ(state(first), "starting");
  EXPECT_EQ(state(second), "starting");
  EXPECT_EQ(state(third), "queued");
  for (const executor::Start& start : executor_->starts) {
    EXPECT_EQ(start.ranges, (std::vector<NodeRange>{{1, 1, 0xff, 0}}));
  }
  const Json explanation = get("/v1/jobs/" + std::to_string(third) + "/explanation").json;
  EXPECT_NE(explanation["holders"].dump().find("not ours to use"), std::string::npos)
      << explanation["holders"];
  // The others have gone: what waited for them starts.
  executor_->nodes = two_nodes();
  look_again();
  EXPECT_EQ(unavailable(), 0U);
  EXPECT_EQ(state(third), "starting");
}

TEST_F(Inventory, WhatHoldsAGpuThatOthersUseTooGoesOnAndDoesNotGiveItToAnother) {
  const std::uint64_t first = submit(gang(16));
  const std::uint64_t second = submit(gang(16));
  for (const std::uint64_t id : {first, second}) report(id, 1, Outcome::kStarted);
  const std::uint64_t waiting = submit(gang(16));
  executor_->nodes[1].foreign_gpus = 1;
  look_again();
  EXPECT_EQ(state(first), "running");
  EXPECT_TRUE(executor_->stops.empty());
  report(first, 1, Outcome::kExited);
  report(second, 1, Outcome::kExited);
  EXPECT_EQ(state(waiting), "queued");
  executor_->nodes = two_nodes();
  look_again();
  EXPECT_EQ(state(waiting), "starting");
}

TEST_F(Inventory, ANodeThatIsNotHealthyTakesNoWorkAndADrainedOneStaysDrained) {
  EXPECT_EQ(send("/v1/nodes/health",
                 {{"order", "aurora-order"}, {"first", 0}, {"count", 2}, {"health", "drained"}})
                .status,
            200);
  executor_->nodes[0].healthy = false;
  look_again();
  const std::uint64_t id = submit(gang(16));
  EXPECT_EQ(state(id), "queued");
  executor_->nodes = two_nodes();
  look_again();
  EXPECT_EQ(state(id), "starting");
  EXPECT_EQ(state(submit(gang(8))), "queued") << "the other supplier's are drained by a person";
}

TEST_F(Inventory, IsTheSameAfterARestartAndNotToldAgain) {
  executor_->nodes[0].foreign_gpus = 0x0f;
  look_again();
  for (int i = 0; i < 2; ++i) {
    kept_nodes_ = executor_->nodes;
    restart();
    EXPECT_EQ(unavailable_in(0, 0), 0x0fU);
    const std::uint64_t entries = store_->last_index();
    look_again();
    EXPECT_EQ(unavailable_in(0, 0), 0x0fU);
    EXPECT_EQ(store_->last_index(), entries) << "what is known is not told again";
  }
  // Whoever has no inventory any more has what its orders say.
  executor_->nodes.clear();
  look_again();
  EXPECT_EQ(unavailable_in(0, 0), 0U);
}

TEST_F(Inventory, NeighboursThatChangeAlikeAreToldAsOne) {
  executor_->nodes[0].healthy = executor_->nodes[1].healthy = false;
  const std::uint64_t entries = store_->last_index();
  look_again();
  EXPECT_EQ(unavailable_in(0, 0), 0xffU);
  EXPECT_EQ(unavailable_in(1, 1), 0xffU);
  // One a queue, and a pass over each.
  EXPECT_EQ(store_->last_index(), entries + 4);
}

TEST_F(Inventory, ANewQueueIsHeededBeforeAnythingStartsThere) {
  executor_->nodes[0].foreign_gpus = 0xff;
  look_again();
  const Json proposed =
      send("/v1/orders/propose", {{"supplier", "boreas"}, {"gpus", 16}, {"price", "$1.95/GPU-h"}})
          .json;
  for (const Json& offer : proposed["offers"]) {
    const std::string path = "/v1/offers/" + offer["id"].get<std::string>() + "/decline";
    EXPECT_EQ(send(path, {{"signed_by", "A. Holder"}}).status, 200);
  }
  const std::size_t before = store_->state().scheduling().queues.size();
  const std::string order = proposed["order"]["id"];
  EXPECT_EQ(send("/v1/orders/" + order + "/sign", {{"signed_by", "J. Doe"}}).status, 200);
  ASSERT_EQ(store_->state().scheduling().queues.size(), before + 1);
  EXPECT_EQ(unavailable_in(static_cast<std::uint32_t>(before), 0), 0xffU);
}

TEST_F(Inventory, WhatAnExecutorChoseIsShownAndKept) {
  const std::uint64_t id = submit({{"gpus", 8}, {"command", {"train"}}, {"restarts", 1}});
  EXPECT_EQ(job(id)["devices"], Json::array());
  executor::Report begun;
  begun.job = {id};
  begun.epoch = 1;
  begun.at = now_;
  begun.devices = {"node-7:gpu-3", "node-7:gpu-5"};
  executor_->news.push_back(begun);
  pass(seconds(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(job(id)["devices"], Json({"node-7:gpu-3", "node-7:gpu-5"}));
    restart();
  }
  report(id, 1, Outcome::kExited, 1);
  EXPECT_EQ(state(id), "starting");
  EXPECT_EQ(job(id)["devices"], Json::array()) << "those of the start before";
  EXPECT_FALSE(get("/v1/jobs").json["jobs"][0].contains("devices"));
}

TEST_F(Inventory, IsNotAskedForWhileOutOfContact) {
  executor_->nodes[0].foreign_gpus = 0x0f;
  look_again();
  executor_->is_reachable = false;
  executor_->nodes[0].foreign_gpus = 0xff;
  look_again();
  EXPECT_EQ(unavailable_in(0, 0), 0x0fU);
  executor_->is_reachable = true;
  look_again();
  EXPECT_EQ(unavailable_in(0, 0), 0xffU);
}

}  // namespace
}  // namespace stargate::server
