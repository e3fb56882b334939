#pragma once

#include <string>
#include <vector>

#include "event/event.h"

// One of each command and event, for tests: the golden file of the codec holds these.

namespace stargate::samples {

/// One definition of each kind, and a clause of each.
inline std::vector<Definition> definitions() {
  const Instant at{1'735'689'600'000'000};
  const Price price{{13'300'000'000'000'000, {}}, RateUnit::kGwYear, CapacityUnit::kFacilityWatts};
  const CapacityAmount amount{1'200'000'000, CapacityUnit::kFacilityWatts};
  const CarveOut part{3, {1}, {2}, {3}, true, at, at + days(9), "a \"source\""};
  std::vector<Definition> all;
  all.emplace_back(Party{"self", "Own build", false, true, {0}});
  all.emplace_back(Accelerator{"gb200", "GB200", 2'000, 1'700});
  all.emplace_back(Site{
      "abilene", "Abilene", {1}, {2}, "US", amount, 1'200'000, 12'500'000'000, {20'000'000, {}}});
  all.emplace_back(Agreement{"azure", "Azure", {1}, {0}, at, "MS1"});
  const auto add = [&](Clause::Terms terms) {
    Clause clause;
    clause.name = "clause-" + std::to_string(all.size());
    clause.agreement = {0};
    clause.from = at;
    clause.until = at + days(365);
    clause.until_event = "agi-verified";
    clause.known = at;
    clause.supersedes = {{0}};
    clause.assumptions = {{0}};
    clause.confidence = Confidence::kMedium;
    clause.source = "MS2";
    clause.terms = std::move(terms);
    all.emplace_back(std::move(clause));
  };
  add(clause::Exclusive{9, true, true, {days(90), days(30), true}, {part}});
  add(clause::FirstRefusal{
      kAnyUse, days(30), true, "America/New_York", days(2), true, false, days(180), {}, 0, {part}});
  add(clause::FirstShip{4, true});
  add(clause::Commit{{250'000'000'000'000'000, {}}, 900'000, 3, days(365), 100'000, true});
  add(clause::Prepay{200'000, days(30), 24, true});
  add(clause::Tranche{
      {0}, {{0}, {1}}, amount, at + days(90), days(30), days(15), true, 1, true, price, {}});
  add(clause::Late{{{5}},
                   {{days(0), 10'000, days(7)}},
                   100'000,
                   days(180),
                   true,
                   true,
                   true,
                   true,
                   days(10),
                   days(90)});
  add(clause::Rate{{0}, price, {{at, 500'000}}, true, {}});
  add(clause::Reserve{{0}, 512, 4'096, true, true, minutes(30)});
  add(clause::Locale{2, {"US", "AE"}, "gb300", 35'000});
  add(clause::Option{amount, at + days(2'000), true, price});
  add(clause::Terminate{
      {0}, clause::TerminateCause::kChangeOfControl, at, days(90), true, {1'000'000, {}}});
  all.emplace_back(Order{"abilene-order",
                         {0},
                         {0},
                         {1},
                         {2},
                         {3},
                         amount,
                         at,
                         at,
                         at + days(900),
                         3,
                         Clearance::kOfferLapsed,
                         {1},
                         at,
                         at,
                         {{0}},
                         "C1"});
  Stage stage{"abilene-1", {0}, {0}, {3}, {}, {96'000, CapacityUnit::kGpus}, {{0}}, "SG6"};
  stage.fleet.groups.push_back({100, 18, 4, {3}, Level::kBlock});
  all.emplace_back(stage);
  all.emplace_back(DataSet{"corpus", 2'000'000'000'000'000, {{0}}});
  all.emplace_back(
      Workload{"training", {0}, Use::kTraining, "product", 8, {{{3}, 5, 2}}, {{0}}, true, 600'000});
  all.emplace_back(Assumption{"own-build", "The exclusivity bound an own build."});
  add(clause::Rate{{0}, price, {}, true, {{73'000'000, {}}, RateUnit::kKwMonth}});
  add(clause::FirstRefusal{
      kAnyUse, days(30), false, {}, {}, true, true, days(180), days(30), kStatesPrice, {}});
  add(clause::Tranche{kNo<OrderId>, {}, amount, at, days(30), {}, false, 0, false, {}, "offer-7"});
  all.emplace_back(Ranking{"cheapest", {0}, 2, {Criterion::kCheaper, Criterion::kStartsNow}});
  return all;
}

inline Act act() {
  Act act;
  act.kind = ActKind::kOffer;
  act.effective = {1'735'689'600'000'000};
  act.party = {1};
  act.order = {0};
  act.offer = "offer-7";
  act.clause = {1};
  act.stage = {0};
  act.state = CapacityState::kAccepted;
  act.nodes = 18;
  act.name = "product";
  act.terms = {{1'200'000'000, CapacityUnit::kItWatts},
               true,
               {{2'350'000, {}}, RateUnit::kGpuHour, CapacityUnit::kGpus},
               act.effective + days(400),
               act.effective + days(800)};
  act.reply_by = act.effective + days(30);
  act.until = act.effective + days(60);
  act.signed_by = "A. N. Other";
  act.document_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  act.source = "MS5";
  return act;
}

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
  std::vector<Command> all{
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
  for (const Definition& definition : definitions()) {
    all.push_back({at + seconds(12), command::Define{definition}});
  }
  all.push_back({at + seconds(13), command::OpenOrder{{0}, {1}, queue.policy}});
  all.push_back({at + seconds(14), command::EnterAct{act()}});
  all.push_back({at + seconds(15),
                 command::SubmitWorkload{{18}, {2}, {1}, {0}, {1}, -5, hours(3), minutes(10)}});
  command::Propose proposal;
  proposal.order = {4};
  proposal.workload = {3};
  proposal.terms = act().terms;
  proposal.offer = "offer-8";
  proposal.replies = {{{2}, at + days(30)}, {{5}, at + days(10)}};
  all.push_back({at + seconds(16), proposal});
  all.push_back({at + seconds(17), command::SetUnavailable{{1}, {3}, 2, 0x81}});
  return all;
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
  batch.definitions = definitions();
  batch.acts.push_back(act());
  for (std::uint32_t i = 0; i < batch.definitions.size(); ++i) {
    batch.events.push_back({at + days(4), event::Defined{i}});
  }
  batch.events.push_back({at + days(4), event::OrderOpened{{0}, {1}}});
  batch.events.push_back({at + days(4), event::ActEntered{0}});
  batch.events.push_back({at + days(4), event::PermissionsChanged{}});
  batch.events.push_back(
      {at + days(5),
       event::WorkloadSubmitted{{71'000}, {2}, {1}, {0}, {1}, -5, hours(3), minutes(10)}});
  batch.events.push_back(
      {at + days(5), event::JobRouted{{71'000}, {1}, {0}, hours(2), minutes(3)}});
  batch.events.push_back({at + days(5), event::JobUnrouted{{71'000}, Reason::kNoLongerPermitted}});
  batch.events.push_back({at + days(5), event::DemandUnmet{{71'000}, Reason::kForbidden, {4}}});
  batch.events.push_back(
      {at + days(5), event::StopRequested{{71'000}, {71'000}, Reason::kTakenBack, {4}}});
  batch.events.push_back({at + days(6), event::TransferStarted{{0}, {1}, at + days(7)}});
  batch.events.push_back({at + days(7), event::TransferEnded{{0}, {1}}});
  batch.events.push_back({at + days(8), event::UnavailableChanged{{1}, {3}, 2, 0x81}});
  return batch;
}

}  // namespace stargate::samples
