#pragma once

#include <string>
#include <utility>

#include "core/engine_fixture.h"

namespace stargate::core {

/// An engine by hand with a lab and three suppliers, "own", "north" and "south", each with a site and
/// an agreement; orders and clauses are added by the test. Seconds count from the epoch.
class MarketByHand : public EngineByHand {
 public:
  static constexpr PartyId kLab{0};
  static constexpr PartyId kOwn{1};
  static constexpr PartyId kNorth{2};
  static constexpr PartyId kSouth{3};

  MarketByHand() {
    add(Party{"lab", "Lab", true, false, kNo<PartyId>});
    add(Party{"own", "Own build", false, true, kLab});
    add(Party{"north", "North", false, true, kNo<PartyId>});
    add(Party{"south", "South", false, true, kNo<PartyId>});
    add(Accelerator{"slow", "Slow", 1'000, 800});
    add(Accelerator{"fast", "Fast", 2'000, 1'600});
    for (std::uint32_t i = 0; i < 3; ++i) {
      Site site;
      site.name = "site-" + std::to_string(i);
      site.operator_party = {i + 1};
      site.landlord = {i + 1};
      site.jurisdiction = "US";
      add(site);
      add(Agreement{"agreement-" + std::to_string(i), "", {i + 1}, kLab, at(0), "test"});
    }
    for (const std::uint32_t count : {1U, 8U, 16U}) early_request(count);
  }

  void add(const Definition& definition, std::int64_t s = 0) {
    give(s, command::Define{definition});
    if (refused != Reason::kNone) throw std::pair(refused, definition.index());
  }

  /// An order with the supplier of that number among three, signed at `signed_s`.
  OrderId order(std::uint32_t supplier, std::int64_t signed_s, std::int64_t until_s = 1'000'000,
                std::uint16_t accelerator = 0) {
    const auto number = static_cast<std::uint32_t>(market().book.orders().size());
    Order order;
    order.name = "order-" + std::to_string(number);
    order.agreement = {supplier};
    order.site = {supplier};
    order.accelerator = {accelerator};
    order.amount = {64, CapacityUnit::kGpus};
    order.signed_at = at(signed_s);
    order.from = at(signed_s);
    order.until = at(until_s);
    order.known = at(signed_s);
    order.source = "test";
    add(order);
    return {number};
  }
  /// Nodes of 8 GPUs for it.
  StageId stage(OrderId order, std::uint32_t nodes) {
    const auto number = static_cast<std::uint32_t>(market().book.stages().size());
    const Order& of = market().book.orders()[order.value];
    Stage stage;
    stage.name = "stage-" + std::to_string(number);
    stage.site = of.site;
    stage.order = order;
    stage.accelerator = of.accelerator;
    stage.fleet.groups.push_back({1, nodes, 8, of.accelerator, Level::kSite});
    stage.amount = {nodes * 8, CapacityUnit::kGpus};
    add(stage);
    return {number};
  }
  ClauseId clause(AgreementId agreement, Clause::Terms terms, std::int64_t from_s,
                  std::int64_t until_s = 1'000'000) {
    const auto number = static_cast<std::uint32_t>(market().book.clauses().size());
    Clause clause;
    clause.name = "clause-" + std::to_string(number);
    clause.agreement = agreement;
    clause.from = at(from_s);
    clause.until = at(until_s);
    clause.known = at(0);
    clause.source = "test";
    clause.terms = std::move(terms);
    add(clause);
    return {number};
  }
  WorkloadId workload(Use use = Use::kTraining) {
    Workload workload;
    workload.lab = kLab;
    workload.use = use;
    return add_workload(workload);
  }
  WorkloadId add_workload(Workload workload) {
    const auto number = static_cast<std::uint32_t>(market().book.workloads().size());
    workload.name = "workload-" + std::to_string(number);
    add(workload);
    return {number};
  }
  void open(OrderId order) {
    QueuePolicy policy;
    policy.backfill = BackfillKind::kEasy;
    const auto queue = static_cast<std::uint32_t>(engine.state().scheduling().queues.size());
    give(0, command::OpenOrder{order, {queue}, policy});
  }
  void capacity(std::int64_t s, StageId stage, CapacityState state, std::uint32_t nodes = 0) {
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = at(s);
    act.stage = stage;
    act.state = state;
    act.nodes = nodes;
    give(s, command::EnterAct{act});
  }
  /// For so many GPUs, of nodes in acceptance too.
  RequestId early_request(std::uint32_t count) {
    Request any = engine.state().scheduling().requests[gpus(count).value];
    any.accepts_degraded = true;
    return request(any);
  }
  /// A job of `gpus` GPUs: 1, 8 or 16.
  std::uint64_t submit(std::int64_t s, WorkloadId workload, std::uint32_t gpus,
                       std::int64_t estimate_s = 100) {
    const RequestId request = this->gpus(gpus);
    const RequestId early = early_request(gpus);
    const std::uint64_t job = engine.state().scheduling().jobs.next_id();
    give(s,
         command::SubmitWorkload{{job}, workload, {0}, request, early, 0, seconds(estimate_s), {}});
    return job;
  }
  void schedule(std::int64_t s, std::uint32_t queue) { give(s, command::Schedule{{queue}}); }

  const placement::Market& market() const { return engine.state().scheduling().market; }
  const placement::Job& job(std::uint64_t id) const {
    return *engine.state().scheduling().jobs.find({id});
  }
  /// The queue that the job waits or runs in; -1: none.
  int queue_of(std::uint64_t id) const {
    return is_set(job(id).queue) ? static_cast<int>(job(id).queue.value) : -1;
  }
  /// A snapshot of the state restores to the same bytes, and the state goes on from there.
  bool restarts() {
    const std::string bytes = engine.state().snapshot();
    State state = State::restore(bytes);
    const bool same = state.snapshot() == bytes;
    engine = Engine(std::move(state));
    return same;
  }
};

}  // namespace stargate::core
