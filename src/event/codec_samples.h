#pragma once

#include <vector>

#include "event/event.h"

// One of each command and event, for tests: the golden file of the codec holds these.

namespace stargate::samples {

inline std::vector<Command> commands() {
  const Instant at{1'735'689'600'000'000};
  command::DefineQueue queue{{0}, "main", {}, {}};
  queue.fleet.groups.push_back({2, 4, 8, {0}, Level::kSite});
  queue.fleet.groups.push_back({1, 2, 4, {3}, Level::kBlock});
  queue.policy = {OrderKind::kLas,
                  BackfillKind::kEasy,
                  BackfillOrder::kShortest,
                  PlacePolicy::kConsolidated,
                  true,
                  seconds(90)};
  Request request;
  request.parts.push_back({0, 12, 0, 4, Level::kRack, kAnyKind});
  request.parts.push_back({20, 0, 8, 0, Level::kRack, 5});
  request.locality = {Level::kBlock, true};
  request.accepts_degraded = true;
  return {
      {at, queue},
      {at, command::DefineTenant{{{1}, {0}, 3, 2, 64, 16}}},
      {at, command::DefineRequest{{0}, request}},
      {at, command::SetHalfLife{days(7)}},
      {at + seconds(1), command::Submit{{17}, {0}, {1}, {0}, -5, hours(3), minutes(10)}},
      {at + seconds(2), command::Cancel{{17}}},
      {at + seconds(3), command::Started{{300}}},
      {at + seconds(3), command::FailedToStart{{70'000}}},
      {at + seconds(4), command::Checkpointed{{17}, minutes(20)}},
      {at + seconds(5), command::Stopped{{17}, minutes(21)}},
      {at + seconds(6), command::Exited{{17}}},
      {at + seconds(7), command::Lost{{17}, {1}}},
      {at + seconds(8), command::SetHealth{{0}, {3}, 2, Health::kDrained}},
      {at + seconds(9), command::Reserve{{4}, {0}, {1}, 6, at + days(1), at + days(2)}},
      {at + seconds(10), command::CancelReservation{{4}}},
      {at + seconds(11), command::Advance{}},
      {at + seconds(11), command::Schedule{{0}}},
  };
}

inline EventBatch events() {
  const std::vector<Command> all = commands();
  const Instant at = all[0].at;
  EventBatch batch;
  batch.queues.push_back(std::get<command::DefineQueue>(all[0].body));
  batch.tenants.push_back(std::get<command::DefineTenant>(all[1].body).spec);
  batch.requests.push_back(std::get<command::DefineRequest>(all[2].body));
  batch.ranges = {{0, 64, 0xff, 0}, {70, 1, 0xf0, 0}, {71, 2, 0x0f, 1},
                  {60, 1, 0x0f, 1}, {5, 3, 0xff, 0},  {9, 1, ~GpuMask{0}, 0}};
  batch.events = {
      {at, event::QueueDefined{0}},
      {at, event::TenantDefined{0}},
      {at, event::RequestDefined{0}},
      {at, event::RequestAdmitted{{0}, {0}}},
      {at, event::HalfLifeSet{days(7)}},
      {at + seconds(1), event::JobQueued{{17}, {0}, {1}, {0}, -5, hours(3), minutes(10)}},
      {at + seconds(1), event::JobRefused{{18}, Reason::kShapeNeverFits}},
      {at + seconds(1), event::CommandRefused{{300}, Reason::kUnknown}},
      {at + seconds(2), event::JobWaits{{17}, Reason::kGpusBusy}},
      {at + seconds(3), event::AllocationAssigned{{17}, {0, 4}}},
      {at + seconds(4), event::AllocationRunning{{17}}},
      {at + seconds(5), event::StopRequested{{17}, {19}, Reason::kPreempted}},
      {at + seconds(6), event::WorkSaved{{17}, minutes(20)}},
      {at + seconds(7), event::AllocationReleased{{17}, minutes(21), Reason::kPreempted}},
      {at + seconds(8), event::JobCancelled{{17}}},
      {at + seconds(9), event::HealthChanged{{0}, {3}, 2, Health::kDrained}},
      {at + seconds(10), event::ReservationMade{{4}, {0}, {1}, at + days(1), at + days(2), {4, 2}}},
      {at + days(1), event::ReservationStarted{{4}}},
      {at + days(2), event::ReservationEnded{{4}}},
      {at + days(3), event::UseDecayed{}},
      {at + days(3), event::ServiceLevelReached{{70'000}, 3}},
  };
  return batch;
}

}  // namespace stargate::samples
