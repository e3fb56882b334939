#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/engine.h"

namespace stargate::core {

/// An engine that is driven by hand: what each command came to, by kind.
class EngineByHand {
 public:
  struct Stop {
    std::uint64_t job;
    std::uint64_t beneficiary;
    Reason reason;
    friend bool operator==(const Stop&, const Stop&) = default;
  };

  static Instant at(std::int64_t s) { return Instant{} + seconds(s); }

  /// One command; what it came to is in the members below until the next one.
  void give(std::int64_t s, const Command::Body& body) {
    batch.clear();
    started.clear();
    stops.clear();
    released.clear();
    refused = Reason::kNone;
    waits = Reason::kNone;
    engine.execute({at(s), body}, batch);
    for (const Event& event : batch.events) {
      if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
        started.push_back(assigned->job.value);
      } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
        stops.push_back({stop->job.value, stop->beneficiary.value, stop->reason});
      } else if (const auto* gone = std::get_if<event::AllocationReleased>(&event.body)) {
        released.emplace_back(gone->job.value, gone->reason);
      } else if (const auto* never = std::get_if<event::JobRefused>(&event.body)) {
        refused = never->reason;
      } else if (const auto* no = std::get_if<event::CommandRefused>(&event.body)) {
        refused = no->reason;
      } else if (const auto* wait = std::get_if<event::JobWaits>(&event.body)) {
        waits = wait->reason;
      }
    }
  }

  void define(const QueuePolicy& policy, const FleetSpec& fleet) {
    const auto number = static_cast<std::uint32_t>(engine.state().scheduling().queues.size());
    give(0, command::DefineQueue{{number}, "q" + std::to_string(number), fleet, policy});
  }
  /// The number of a new tenant below the root.
  std::uint32_t tenant(std::uint32_t cohort = 0, std::uint64_t guaranteed = 0,
                       std::uint64_t borrow = 0) {
    TenantSpec spec;
    spec.tenant = {static_cast<std::uint32_t>(engine.state().scheduling().tenants.size())};
    spec.cohort = cohort;
    spec.guaranteed_gpus = guaranteed;
    spec.borrow_gpus_max = borrow;
    give(0, command::DefineTenant{spec});
    return spec.tenant.value;
  }
  RequestId request(const Request& request) {
    const auto& known = engine.state().scheduling().requests;
    for (std::uint32_t i = 0; i < known.size(); ++i) {
      if (known[i] == request) return {i};
    }
    const RequestId id{static_cast<std::uint32_t>(known.size())};
    give(0, command::DefineRequest{id, request});
    return id;
  }
  RequestId gpus(std::uint32_t count) {
    Request any;
    any.parts.resize(1);
    any.parts[0].gpus = count;
    return request(any);
  }

  std::uint64_t free_gpus(std::uint32_t queue = 0) const {
    return engine.state().scheduling().queues[queue].fleet.free_gpus();
  }

  Engine engine;
  EventBatch batch;
  std::vector<std::uint64_t> started;
  std::vector<Stop> stops;
  std::vector<std::pair<std::uint64_t, Reason>> released;
  Reason refused = Reason::kNone;
  Reason waits = Reason::kNone;
};

}  // namespace stargate::core
