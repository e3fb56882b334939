// What contracts cost a scheduler: the same generated jobs on the same nodes, once as they are and
// once as jobs of a workload on an order whose agreement has a first refusal, a commitment and a
// clause about places.

#include <algorithm>
#include <queue>
#include <variant>
#include <vector>

#include "fixture.h"
#include "sim/generate.h"

namespace stargate::bench {
namespace {

constexpr std::uint32_t kNodes = 1'000;
constexpr std::uint64_t kJobs = 20'000;

struct Jobs {
  std::vector<sim::TraceJob> list;
  std::vector<Request> requests;
};

const Jobs& generated() {
  static const Jobs jobs = [] {
    Jobs made;
    sim::WorkloadGenerator generator({.jobs = kJobs, .nodes = kNodes, .seed = 42});
    sim::TraceJob job;
    while (generator.next(job)) made.list.push_back(job);
    const sim::RequestTable& requests = generator.tables().requests;
    for (std::uint32_t i = 0; i < requests.size(); ++i) made.requests.push_back(requests[{i}]);
    return made;
  }();
  return jobs;
}

std::vector<Definition> contracts(const FleetSpec& fleet) {
  const Party lab{.name = "lab", .title = "Lab", .is_lab = true};
  const Party supplier{.name = "supplier", .title = "Supplier", .is_supplier = true};
  Site site;
  site.name = "site";
  site.jurisdiction = "US";
  Agreement agreement;
  agreement.name = "agreement";
  agreement.supplier = {1};
  agreement.customer = {0};
  Order order;
  order.name = "order";
  order.amount = {std::int64_t{kNodes} * 8, CapacityUnit::kGpus};
  Stage stage;
  stage.name = "stage";
  stage.fleet = fleet;
  stage.amount = order.amount;
  Workload workload;
  workload.name = "workload";
  workload.lab = {0};

  std::vector<Definition> made{
      lab, supplier, Accelerator{"gpu", "GPU", 1'000, 800}, site, agreement, order, stage};
  Clause clause;
  clause.agreement = {0};
  clause.from = {};
  clause.known = {};
  clause.name = "first-refusal";
  clause::FirstRefusal refusal;
  refusal.reply_within = days(30);
  refusal.release_for = days(180);
  clause.terms = refusal;
  made.emplace_back(clause);
  clause.name = "commit";
  clause.terms = clause::Commit{.amount = {1'000'000'000'000, {}}, .true_up = days(365)};
  made.emplace_back(clause);
  clause.name = "locale";
  clause.terms = clause::Locale{.jurisdictions = {"US"}, .accelerator = {}};
  made.emplace_back(clause);
  made.emplace_back(workload);
  return made;
}

struct End {
  Instant at;
  JobId job;
  bool operator<(const End& other) const {
    return at != other.at ? other.at < at : other.job < job;
  }
};

/// An engine, and the jobs through it: first in, first out with EASY. play() returns the sum of the
/// waits.
class Run {
 public:
  explicit Run(bool with_contracts) : with_contracts_(with_contracts) {
    const FleetSpec fleet = fleet_in_racks(kNodes, kNodes);
    QueuePolicy policy;
    policy.backfill = BackfillKind::kEasy;
    now_ = generated().list.front().submit;
    if (!with_contracts) execute(command::DefineQueue{{0}, "main", fleet, policy});
    for (std::uint32_t i = 0; i < generated().requests.size(); ++i) {
      execute(command::DefineRequest{{i}, generated().requests[i]});
    }
    if (!with_contracts) return;
    for (const Definition& definition : contracts(fleet)) execute(command::Define{definition});
    execute(command::OpenOrder{{0}, {0}, policy});
    Act accepted;
    accepted.kind = ActKind::kCapacity;
    accepted.effective = now_;
    accepted.stage = {0};
    accepted.state = CapacityState::kAccepted;
    execute(command::EnterAct{accepted});
  }

  std::int64_t play() {
    const std::vector<sim::TraceJob>& jobs = generated().list;
    std::size_t next = 0;
    while (next < jobs.size() || !ends_.empty()) {
      now_ = next < jobs.size() ? jobs[next].submit : kNever;
      if (!ends_.empty()) now_ = std::min(now_, ends_.top().at);
      while (!ends_.empty() && ends_.top().at == now_) {
        const JobId job = ends_.top().job;
        ends_.pop();
        execute(command::Exited{job});
      }
      if (engine_.state().next_instant() <= now_) execute(command::Advance{});
      for (; next < jobs.size() && jobs[next].submit == now_; ++next) {
        const sim::TraceJob& job = jobs[next];
        if (with_contracts_) {
          execute(command::SubmitWorkload{
              {next}, {0}, {0}, job.request, job.request, 0, job.requested, {}});
        } else {
          execute(command::Submit{{next}, {0}, {0}, job.request, 0, job.requested, {}});
        }
      }
      execute(command::Schedule{{0}});
      for (; !started_.empty(); started_.pop_back()) {
        const JobId job = started_.back();
        const sim::TraceJob& started = jobs[job.value];
        running_.push_back(job);
        waits_ += (now_ - started.submit).us;
        ends_.push({now_ + started.run, job});
      }
      for (; !running_.empty(); running_.pop_back()) execute(command::Started{running_.back()});
    }
    return waits_;
  }

 private:
  void execute(const Command::Body& body) {
    batch_.clear();
    engine_.execute({now_, body}, batch_);
    for (const Event& event : batch_.events) {
      if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
        started_.push_back(assigned->job);
      }
    }
  }

  bool with_contracts_;
  core::Engine engine_;
  EventBatch batch_;
  Instant now_;
  std::priority_queue<End> ends_;
  std::vector<JobId> started_;
  std::vector<JobId> running_;  ///< to be confirmed
  std::int64_t waits_ = 0;
};

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// `ratio`: the time with contracts, of that without. Both in turn, so that what else runs on the
/// machine slows both.
void BM_ReplayUnderAgreement(benchmark::State& state) {
  std::vector<double> plain_ns;
  std::vector<double> contract_ns;
  const auto time = [](bool with_contracts, std::vector<double>& times) {
    Run run(with_contracts);
    const std::int64_t begin = now_ns();
    const std::int64_t waits = run.play();
    times.push_back(static_cast<double>(now_ns() - begin) / static_cast<double>(kJobs));
    return waits;
  };
  for (auto _ : state) {
    if (time(false, plain_ns) != time(true, contract_ns)) {
      state.SkipWithError("contracts changed the schedule");
      return;
    }
  }
  show_beside(state, median(contract_ns), median(plain_ns));
}
BENCHMARK(BM_ReplayUnderAgreement)->Unit(benchmark::kMillisecond)->Iterations(11);

}  // namespace
}  // namespace stargate::bench
