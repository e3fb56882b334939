// Properties of placement under contracts, over random histories of random small worlds.

#include <gtest/gtest.h>

#include "base/prng.h"
#include "core/market_fixture.h"
#include "event/codec.h"
#include "oracle/event_book.h"
#include "oracle/rounds.h"

namespace stargate::core {
namespace {

using agreement::Moment;
using agreement::StageRun;
using placement::Job;
using placement::Phase;

struct Probes {
  std::uint64_t started = 0;
  std::uint64_t unmet = 0;
  std::uint64_t routed_elsewhere = 0;
  std::uint64_t no_longer_permitted = 0;
  std::uint64_t taken_back = 0;
  std::uint64_t unlicensed = 0;
  std::uint64_t early = 0;
  std::uint64_t lost = 0;
  std::uint64_t prepaid = 0;
  std::uint64_t priced = 0;
  std::uint64_t commitments = 0;
};

class History {
 public:
  /// It restarts from a snapshot after so many steps each time.
  explicit History(std::uint64_t seed, int restart_every = 7)
      : prng_(seed), restart_every_(restart_every) {}

  /// All events so far, encoded.
  const std::string& events() const { return events_; }

  void run(Probes& probes) {
    define();
    for (int i = 0; i < 120; ++i) {
      step();
      if (i % restart_every_ == 0) {
        ASSERT_TRUE(m_.restarts());
      }
      if (testing::Test::HasFailure()) return;
    }
    probes.started += probes_.started;
    probes.unmet += probes_.unmet;
    probes.routed_elsewhere += probes_.routed_elsewhere;
    probes.no_longer_permitted += probes_.no_longer_permitted;
    probes.taken_back += probes_.taken_back;
    probes.unlicensed += probes_.unlicensed;
    probes.early += probes_.early;
    probes.lost += probes_.lost;
    probes.prepaid += probes_.prepaid;
    probes.priced += probes_.priced;
    probes.commitments += probes_.commitments;
  }

 private:
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(end)));
  }
  bool one_in(std::int64_t n) { return below(n) == 0; }

  void define() {
    // What the fixture's constructor did is not in the book: it defines requests and contracts alone.
    note_requests();
    const std::int64_t orders = 1 + below(4);
    for (std::int64_t i = 0; i < orders; ++i) {
      const OrderId order = m_.order(static_cast<std::uint32_t>(below(3)), below(60),
                                     80 + below(200), static_cast<std::uint16_t>(below(2)));
      const std::int64_t stages = 1 + below(2);
      for (std::int64_t s = 0; s < stages; ++s) {
        stages_.push_back(m_.stage(order, static_cast<std::uint32_t>(1 + below(3))));
      }
    }
    const std::int64_t clauses = below(4);
    for (std::int64_t i = 0; i < clauses; ++i) add_clause();
    for (std::int64_t i = below(3); i > 0; --i) add_price();
    const std::int64_t workloads = 1 + below(3);
    for (std::int64_t i = 0; i < workloads; ++i) {
      Workload workload;
      workload.lab = MarketByHand::kLab;
      workload.use = static_cast<Use>(below(kUseCount));
      if (one_in(3)) workload.kinds = 1 + static_cast<KindMask>(below(3));
      if (one_in(3)) workload.speeds = {{{1}, 3, 2}};
      if (one_in(4)) workload.supplier_share_max_ppm = 500'000;
      m_.add_workload(workload);
    }
    for (std::uint32_t i = 0; i < m_.market().book.orders().size(); ++i) {
      m_.open({i});
      note();
    }
  }

  void note_requests() {
    for (const Request& request : m_.engine.state().scheduling().requests) {
      EventBatch batch;
      batch.requests.push_back({{static_cast<std::uint32_t>(book_.request_count())}, request});
      ASSERT_EQ(book_.note({MarketByHand::at(0), event::RequestDefined{0}}, batch), "");
    }
  }

  void add_clause() {
    const AgreementId agreement{static_cast<std::uint32_t>(below(3))};
    const std::int64_t from = below(100);
    const std::int64_t until = from + 1 + below(150);
    const auto uses = static_cast<UseMask>(1 + below(kAnyUse));
    if (one_in(5)) {
      clause::Reserve terms;
      terms.order = {static_cast<std::uint32_t>(below(std::ssize(m_.market().book.orders())))};
      terms.max_gpus = 64;
      terms.reclaimed_before_end = seconds(below(10));
      m_.clause(m_.market().book.orders()[terms.order.value].agreement, terms, from, until);
    } else if (one_in(5)) {
      clause::Locale terms;
      terms.jurisdictions = {"US"};
      terms.max_units = static_cast<std::uint64_t>(1 + below(16));
      const auto& orders = m_.market().book.orders();
      const auto order = static_cast<std::size_t>(below(std::ssize(orders)));
      m_.clause(orders[order].agreement, terms, from, until);
    } else if (one_in(3)) {
      clause::Tranche tranche;
      const StageId stage = stages_[static_cast<std::size_t>(below(std::ssize(stages_)))];
      const OrderId order = m_.market().book.stages()[stage.value].order;
      tranche.order = order;
      tranche.stages = {stage};
      tranche.amount = {8, CapacityUnit::kGpus};
      tranche.due = MarketByHand::at(until);
      tranche.early_use = true;
      tranche.early_uses = uses;
      if (one_in(2)) tranche.deemed_acceptance = seconds(10 + below(30));
      m_.clause(m_.market().book.orders()[order.value].agreement, tranche, from, until);
    } else if (one_in(2)) {
      clause::Exclusive terms;
      terms.uses = uses;
      terms.new_capacity_only = one_in(2);
      if (one_in(2)) {
        CarveOut part;
        part.own_build = true;
        terms.carve_outs.push_back(part);
      }
      m_.clause(agreement, terms, from, until);
    } else {
      clause::FirstRefusal terms;
      terms.uses = uses;
      terms.reply_within = days(30);
      terms.release_for = days(30);
      m_.clause(agreement, terms, from, until);
    }
  }

  void add_price() {
    const AgreementId agreement{static_cast<std::uint32_t>(below(3))};
    const std::int64_t from = below(100);
    const std::int64_t until = from + 1 + below(150);
    if (one_in(3)) {
      m_.clause(agreement, clause::Commit{.amount = {1'000'000, {}}, .true_up = seconds(40)}, from,
                until);
    } else if (one_in(2)) {
      add_prepaid();
    } else {
      clause::Rate rate;
      rate.price.amount.micros = 1'000 + below(1'000);
      // The steps of a ramp, and the hour before each, are within the history or not.
      if (one_in(2)) rate.ramp = {{MarketByHand::at(60), 500'000}};
      if (one_in(2)) rate.ramp.push_back({MarketByHand::at(3'600 + below(200)), 250'000});
      m_.clause(agreement, rate, from, until);
    }
  }

  /// A tranche that is paid ahead, at a price, with an outside date that excuses put off.
  void add_prepaid() {
    const StageId stage = stages_[static_cast<std::size_t>(below(std::ssize(stages_)))];
    const OrderId order = m_.market().book.stages()[stage.value].order;
    const AgreementId agreement = m_.market().book.orders()[order.value].agreement;
    constexpr std::int64_t kEnd = 10'000;
    clause::Rate rate;
    rate.order = order;
    rate.price.amount.micros = 1'000'000;
    m_.clause(agreement, rate, 0, kEnd);
    clause::Tranche tranche;
    tranche.order = order;
    tranche.stages = {stage};
    tranche.amount = {8, CapacityUnit::kGpus};
    tranche.due = MarketByHand::at(below(120));
    const std::int64_t from = below(60);
    m_.clause(agreement, tranche, from, one_in(2) ? from + 1 + below(150) : kEnd);
    tranches_.push_back({static_cast<std::uint32_t>(m_.market().book.clauses().size() - 1)});
    clause::Late late;
    late.tranches = {tranches_.back()};
    late.outside = seconds(10 + below(60));
    late.excuses_customer_caused = true;
    m_.clause(agreement, late, 0, kEnd);
    clause::Prepay ahead;
    ahead.ppm = 200'000;
    ahead.before_delivery = seconds(below(40));
    ahead.refundable = !one_in(3);
    m_.clause(agreement, ahead, 0, one_in(2) ? 1 + below(200) : kEnd);
  }

  void excuse() {
    Act act;
    act.kind = one_in(3) ? ActKind::kAmendDue : ActKind::kCustomerCaused;
    act.effective = MarketByHand::at(now_);
    act.until = MarketByHand::at(now_ + 1 + below(40));
    act.clause = tranches_[static_cast<std::size_t>(below(std::ssize(tranches_)))];
    m_.give(now_, command::EnterAct{act});
    note();
  }

  void step() {
    now_ += below(4);
    const std::int64_t what = below(10);
    if (what < 4) {
      submit();
    } else if (what < 6) {
      capacity();
    } else if (what < 8) {
      end_one();
    } else if (what == 8) {
      supplier();
    } else if (!tranches_.empty() && one_in(2)) {
      excuse();
    } else {
      m_.give(now_, command::Advance{});
      note();
    }
    answer();
    check();
  }

  void submit() {
    const std::uint32_t sizes[] = {1, 8, 16};
    const auto workloads = static_cast<std::int64_t>(m_.market().book.workloads().size());
    m_.submit(now_, {static_cast<std::uint32_t>(below(workloads))}, sizes[below(3)], 5 + below(40));
    note();
  }

  void capacity() {
    const StageId stage = stages_[static_cast<std::size_t>(below(std::ssize(stages_)))];
    const auto state = static_cast<CapacityState>(one_in(6) ? below(9) : 4 + below(2));
    m_.capacity(now_, stage, state, static_cast<std::uint32_t>(below(3)));
    note();
  }

  void supplier() {
    Act act;
    act.kind = one_in(2) ? ActKind::kSupplierFails : ActKind::kSupplierReturns;
    act.effective = MarketByHand::at(now_);
    act.party = {static_cast<std::uint32_t>(1 + below(3))};
    m_.give(now_, command::EnterAct{act});
    note();
  }

  void end_one() {
    std::vector<JobId> running;
    for (const auto& [id, job] : book_.jobs()) {
      if (job.holds && !job.stops) running.push_back(id);
    }
    if (running.empty()) return;
    m_.give(now_, command::Exited{running[static_cast<std::size_t>(below(std::ssize(running)))]});
    note();
  }

  /// Stops are answered, and passes made, until nothing more happens.
  void answer() {
    for (bool more = true; more;) {
      more = false;
      std::vector<JobId> stopping;
      for (const auto& [id, job] : book_.jobs()) {
        if (job.holds && job.stops) stopping.push_back(id);
      }
      for (const JobId job : stopping) {
        m_.give(now_, command::Stopped{job, {}});
        note();
        more = true;
      }
      const auto queues = m_.engine.state().scheduling().queues.size();
      for (std::uint32_t queue = 0; queue < queues; ++queue) {
        m_.schedule(now_, queue);
        more = more || !m_.started.empty() || !m_.stops.empty();
        note();
      }
    }
  }

  void note() {
    for (const Event& event : m_.batch.events) {
      encoder_.encode(event, m_.batch, events_);
      ASSERT_EQ(book_.note(event, m_.batch), "");
      if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
        ++probes_.started;
        may_start(event.at, assigned->job, m_.batch.ranges_of(assigned->ranges));
      } else if (std::holds_alternative<event::DemandUnmet>(event.body)) {
        ++probes_.unmet;
      } else if (const auto* unrouted = std::get_if<event::JobUnrouted>(&event.body)) {
        if (unrouted->reason == Reason::kRoutedElsewhere) ++probes_.routed_elsewhere;
      } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
        if (stop->reason == Reason::kNoLongerPermitted) ++probes_.no_longer_permitted;
        if (stop->reason == Reason::kTakenBack) ++probes_.taken_back;
        if (stop->reason == Reason::kUnitsUsed) ++probes_.unlicensed;
        if (stop->reason == Reason::kNodeLost) ++probes_.lost;
        EXPECT_EQ(is_set(stop->clause), names_clause(stop->reason));
      }
    }
    m_.batch.clear();
  }

  /// By the book alone: the contracts permit it, and every node is accepted or may be used early.
  void may_start(Instant at, JobId id, std::span<const NodeRange> ranges) {
    const placement::Market& market = m_.market();
    const Job* job = m_.engine.state().scheduling().jobs.find(id);
    if (job == nullptr || !job->holds_gpus()) return;  // it is gone since, within the same command
    const OrderId order = market.places[job->queue.value].order;
    const Moment now{at, at};
    ASSERT_EQ(agreement::permit(market.book, job->workload, order, now).verdict,
              agreement::Verdict::kPermitted);
    const Use use = market.book.workloads()[job->workload.value].use;
    for (const NodeRange& range : ranges) {
      for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
        const StageRun run = run_of(job->queue, node, now);
        const bool early = run.state == CapacityState::kInAcceptance && run.early_use &&
                           includes(run.early_uses, use);
        ASSERT_TRUE(!run.supplier_failed && (run.state == CapacityState::kAccepted || early));
        if (early) ++probes_.early;
      }
    }
  }

  StageRun run_of(QueueId queue, std::uint32_t node, Moment now) const {
    const placement::Market& market = m_.market();
    for (std::uint32_t i = 0; i < market.stage_places.size(); ++i) {
      const auto& place = market.stage_places[i];
      if (place.queue != queue || node < place.first || node >= place.first + place.nodes) continue;
      std::uint32_t end = place.first;
      for (const StageRun& run : agreement::runs_of(market.book, {i}, now)) {
        end += run.nodes;
        if (node < end) return run;
      }
    }
    return {};
  }

  void check() {
    ASSERT_EQ(book_.fault_of(m_.engine.state()), "");
    const placement::Market& market = m_.market();
    const Instant now = m_.engine.state().now();
    m_.engine.state().scheduling().jobs.for_each([&](std::uint32_t slot) {
      const Job& job = m_.engine.state().scheduling().jobs[slot];
      if (!is_set(job.queue)) {
        EXPECT_NE(job.unmet, Reason::kNone) << "what waits nowhere is unmet demand";
        return;
      }
      const OrderId order = market.places[job.queue.value].order;
      EXPECT_EQ(agreement::permit(market.book, job.workload, order, {now, now}).verdict,
                agreement::Verdict::kPermitted)
          << "nothing stays where it is forbidden";
    });
    for (std::uint32_t i = 0; i < market.book.clauses().size(); ++i) check_units({i}, now);
    check_compiled();
  }

  /// What is kept up as things change is what the book says, compiled from nothing.
  void check_compiled() {
    const placement::Market& kept = m_.market();
    placement::Market anew = kept;
    anew.compile_anew(kept.table.compiled_at());
    EXPECT_EQ(kept.permitted, anew.permitted);
    EXPECT_EQ(kept.stage_runs, anew.stage_runs);
    EXPECT_EQ(kept.limits, anew.limits);
    EXPECT_EQ(kept.rankings, anew.rankings);
    for (std::size_t i = 0; i < kept.places.size(); ++i) {
      const auto& place = kept.places[i];
      const auto& other = anew.places[i];
      EXPECT_EQ(place.accepted_gpus, other.accepted_gpus);
      EXPECT_EQ(place.early_gpus, other.early_gpus);
      EXPECT_EQ(place.early_uses, other.early_uses);
      EXPECT_EQ(place.is_prepaid, other.is_prepaid);
      EXPECT_EQ(place.tariff, other.tariff);
      EXPECT_EQ(place.limits, other.limits);
      if (place.is_prepaid) ++probes_.prepaid;
      if (place.tariff) ++probes_.priced;
    }
    probes_.commitments += kept.commitments.size();
  }

  /// All sites are in one jurisdiction.
  void check_units(ClauseId id, Instant now) {
    const placement::Market& market = m_.market();
    const Clause& clause = market.book.clause(id);
    const auto* terms = std::get_if<clause::Locale>(&clause.terms);
    if (terms == nullptr || !agreement::in_force(market.book, id, {now, now})) return;
    std::uint64_t held = 0;
    m_.engine.state().scheduling().jobs.for_each([&](std::uint32_t slot) {
      const Job& job = m_.engine.state().scheduling().jobs[slot];
      if (!job.holds_gpus()) return;
      const Order& order = market.book.orders()[market.places[job.queue.value].order.value];
      const Use use = market.book.workloads()[job.workload.value].use;
      if (order.agreement == clause.agreement && includes(terms->uses, use)) held += job.held_gpus;
    });
    EXPECT_LE(held, terms->max_units) << "no more runs than is licensed";
  }

  Prng prng_;
  MarketByHand m_;
  oracle::EventBook book_;
  std::vector<StageId> stages_;
  std::vector<ClauseId> tranches_;
  std::int64_t now_ = 0;
  Probes probes_;
  int restart_every_;
  Encoder encoder_;
  std::string events_;
};

TEST(MarketHistory, NothingRunsWhereContractsForbidItOrCapacityIsNotAccepted) {
  Probes probes;
  const int histories = oracle::rounds(2'000, 1'000);
  for (int i = 1; i <= histories; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    history.run(probes);
    if (HasFailure()) return;
  }
  EXPECT_GT(probes.started, 1'000U);
  EXPECT_GT(probes.unmet, 1'000U);
  EXPECT_GT(probes.routed_elsewhere, 100U);
  EXPECT_GT(probes.no_longer_permitted, 100U);
  EXPECT_GT(probes.taken_back, 100U);
  EXPECT_GT(probes.unlicensed, 10U);
  EXPECT_GT(probes.early, 100U);
  EXPECT_GT(probes.lost, 100U);
  EXPECT_GT(probes.prepaid, 100U);
  EXPECT_GT(probes.priced, 100U);
  EXPECT_GT(probes.commitments, 100U);
}

// What starts from a snapshot compiles all, looks at every job, and tries all that wait.
TEST(MarketHistory, WhatIsLookedAtAgainAloneDecidesAsWhatLooksAtAll) {
  const int histories = oracle::rounds(300, 100);
  for (int i = 1; i <= histories && !HasFailure(); ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    Probes probes;
    History kept(seed, 1'000);
    kept.run(probes);
    History restarted(seed, 1);
    restarted.run(probes);
    EXPECT_TRUE(kept.events() == restarted.events());
  }
}

}  // namespace
}  // namespace stargate::core
