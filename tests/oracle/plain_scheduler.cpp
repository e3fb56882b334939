#include "oracle/plain_scheduler.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace stargate::oracle {
namespace {

class PlainScheduler {
 public:
  PlainScheduler(const PlainFleet& fleet, const PlainPolicy& policy,
                 const std::vector<PlainJob>& jobs, PlainProbes& probes)
      : policy_(policy),
        jobs_(jobs),
        probes_(probes),
        gpus_per_node_(fleet.gpus_per_node),
        empty_(fleet),
        nodes_(fleet),
        runs_(jobs.size()) {}

  std::vector<PlainRun> run() {
    for (std::size_t job = 0; job < jobs_.size(); ++job) to_come_.push_back(job);
    while (!to_come_.empty() || !running_.empty()) {
      at_ = kNever;
      for (std::size_t job : to_come_) at_ = std::min(at_, jobs_[job].submit);
      for (const Running& running : running_) at_ = std::min(at_, running.end);
      if (policy_.archive_instants) {
        play_archive_instant();
      } else {
        play_instant();
      }
    }
    STARGATE_CHECK(waiting_.empty(), "oracle: every job runs");
    return runs_;
  }

 private:
  struct Running {
    std::size_t job;
    Instant end;  ///< the true one
    Instant estimated_end;
    bool uses_whole_estimate;
    std::vector<PlainHold> holds;
  };
  struct Plan {
    Instant from;
    Instant until;
    std::uint64_t gpus;
    std::vector<PlainHold> holds;
  };

  // --- what falls on an instant ---

  void play_instant() {
    if (std::count_if(running_.begin(), running_.end(),
                      [&](const Running& running) { return running.end == at_; }) > 1) {
      ++probes_.several_ends_at_once;
    }
    while (end_one(true)) {
    }
    while (end_one(false)) {
    }
    while (submit_one()) {
    }
    pass();
  }

  void play_archive_instant() {
    if (std::count_if(running_.begin(), running_.end(),
                      [&](const Running& running) { return running.end == at_; }) > 1) {
      ++probes_.several_ends_at_once;
    }
    while (end_one(true)) {
    }
    const bool more = due(false) || (!to_come_.empty() && jobs_[to_come_.front()].submit == at_);
    if (!more) pass();
    while (submit_one()) pass();
    // A run of no length that began just now ends with the whole estimates: the next round.
    while (!due(true) && end_one(false)) pass();
  }

  bool due(bool whole_estimate) const {
    return std::any_of(running_.begin(), running_.end(), [&](const Running& running) {
      return running.end == at_ && running.uses_whole_estimate == whole_estimate;
    });
  }

  /// In the order in which they started.
  bool end_one(bool whole_estimate) {
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (running_[i].end != at_ || running_[i].uses_whole_estimate != whole_estimate) continue;
      runs_[running_[i].job].end = at_;
      nodes_.give_back(running_[i].holds);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      changed_ = true;
      return true;
    }
    return false;
  }

  bool submit_one() {
    if (to_come_.empty() || jobs_[to_come_.front()].submit != at_) return false;
    const std::size_t job = to_come_.front();
    to_come_.erase(to_come_.begin());
    const Request& request = jobs_[job].request;
    if (!empty_.place(request, policy_.place)) {
      runs_[job].refused = true;
      ++probes_.refused;
      return true;
    }
    const Part& part = request.parts[0];
    if (part.nodes > 0 || part.gpus_per_node > 0 || request.locality.must ||
        policy_.place == PlacePolicy::kConsolidated) {
      only_counts_ = false;
    }
    if (jobs_[job].estimate.us == 0) ++probes_.estimates_of_nothing;
    waiting_.push_back(job);
    changed_ = true;
    return true;
  }

  // --- one scheduling pass ---

  void pass() {
    if (!changed_) return;
    changed_ = false;
    sort(waiting_, policy_.order == OrderKind::kSjf);
    while (!waiting_.empty()) {
      const auto holds = nodes_.place(request_of(waiting_.front()), policy_.place);
      if (!holds) break;
      start(waiting_.front(), *holds);
    }
    if (waiting_.empty()) return;
    const Part& part = request_of(waiting_.front()).parts[0];
    if (part.gpus + std::uint64_t{part.nodes} * gpus_per_node_ <= nodes_.free_gpus()) {
      ++probes_.blocked_by_shape;
    }
    for (const Running& running : running_) {
      if (running.estimated_end < at_) {
        ++probes_.estimates_outrun;
        break;
      }
    }
    if (policy_.backfill == BackfillKind::kEasy) easy();
    if (policy_.backfill == BackfillKind::kConservative) conservative();
  }

  /// By estimate, or as submitted; ties as submitted.
  void sort(std::vector<std::size_t>& jobs, bool by_estimate) const {
    std::sort(jobs.begin(), jobs.end(), [&](std::size_t a, std::size_t b) {
      if (by_estimate && jobs_[a].estimate != jobs_[b].estimate) {
        return jobs_[a].estimate < jobs_[b].estimate;
      }
      return a < b;
    });
  }

  std::vector<std::size_t> behind_the_head() const {
    std::vector<std::size_t> others(waiting_.begin() + 1, waiting_.end());
    if (policy_.backfill_order == BackfillOrder::kShortest) sort(others, true);
    return others;
  }

  void start(std::size_t job, const std::vector<PlainHold>& holds) {
    const PlainJob& what = jobs_[job];
    nodes_.take(holds);
    runs_[job].start = at_;
    runs_[job].holds = holds;
    running_.push_back(
        {job, at_ + what.run, at_ + what.estimate, what.run >= what.estimate, holds});
    std::erase(waiting_, job);
    if (what.run.us == 0) ++probes_.runs_of_no_length;
  }

  void easy() {
    const Request& head = request_of(waiting_.front());
    std::set<Instant> instants;
    for (const Running& running : running_) instants.insert(running.estimated_end);
    Instant shadow = kNever;
    PlainNodes then = nodes_;
    for (Instant instant : instants) {
      then = nodes_;
      for (const Running& running : running_) {
        if (running.estimated_end <= instant) then.give_back(running.holds);
      }
      shadow = instant;
      if (then.place(head, policy_.place)) break;
    }
    STARGATE_CHECK(then.place(head, policy_.place).has_value(), "oracle: the head fits in the end");
    for (std::size_t job : behind_the_head()) {
      const auto holds = nodes_.place(request_of(job), policy_.place);
      if (!holds) continue;
      const bool in_time = at_ + jobs_[job].estimate <= shadow;
      if (!in_time) {
        PlainNodes beside = then;
        beside.take(*holds);
        if (!beside.place(head, policy_.place)) {
          ++probes_.refused_beside;
          continue;
        }
        then = beside;
      }
      ++(in_time ? probes_.overtaken_in_time : probes_.overtaken_beside);
      start(job, *holds);
    }
  }

  void conservative() {
    std::vector<std::size_t> order = behind_the_head();
    order.insert(order.begin(), waiting_.front());
    std::vector<Plan> plans;
    std::vector<std::pair<std::size_t, std::vector<PlainHold>>> starts;
    for (std::size_t job : order) {
      const Plan plan = plan_of(job, plans);
      if (plan.from == at_) {
        starts.emplace_back(job, plan.holds);
        for (const Plan& other : plans) {
          if (other.from > at_) {
            ++probes_.planned_past_others;
            break;
          }
        }
      }
      plans.push_back(plan);
    }
    for (auto& [job, holds] : starts) {
      if (only_counts_) holds = nodes_.place(request_of(job), policy_.place).value();
      start(job, holds);
    }
  }

  /// The earliest plan beside the others. What has outrun its estimate is given back a moment later.
  Plan plan_of(std::size_t job, const std::vector<Plan>& plans) const {
    const Duration length = std::max(jobs_[job].estimate, Duration{1});
    std::set<Instant> instants{at_};
    for (const Running& running : running_) instants.insert(given_back(running));
    for (const Plan& plan : plans) {
      instants.insert(plan.from);
      instants.insert(plan.until);
    }
    for (Instant from : instants) {
      PlainNodes throughout = empty_;
      std::int64_t least = INT64_MAX;
      for (Instant instant : instants) {
        if (instant < from || from + length <= instant) continue;
        if (only_counts_) {
          least = std::min(least, free_gpus_at(instant, plans));
        } else {
          throughout.keep_only(nodes_at(instant, plans));
        }
      }
      const Request& request = request_of(job);
      if (only_counts_) {
        if (least < std::int64_t{request.parts[0].gpus}) continue;
        return {from, from + length, request.parts[0].gpus, {}};
      }
      if (const auto holds = throughout.place(request, policy_.place)) {
        return {from, from + length, 0, *holds};
      }
    }
    STARGATE_CHECK(false, "oracle: every job has a plan");
  }

  Instant given_back(const Running& running) const {
    return std::max(running.estimated_end, at_ + Duration{1});
  }

  std::int64_t free_gpus_at(Instant instant, const std::vector<Plan>& plans) const {
    auto gpus = static_cast<std::int64_t>(nodes_.free_gpus());
    for (const Running& running : running_) {
      if (given_back(running) > instant) continue;
      gpus += std::int64_t{request_of(running.job).parts[0].gpus};
    }
    for (const Plan& plan : plans) {
      if (plan.from <= instant && instant < plan.until)
        gpus -= static_cast<std::int64_t>(plan.gpus);
    }
    return gpus;
  }

  PlainNodes nodes_at(Instant instant, const std::vector<Plan>& plans) const {
    PlainNodes nodes = nodes_;
    for (const Running& running : running_) {
      if (given_back(running) <= instant) nodes.give_back(running.holds);
    }
    for (const Plan& plan : plans) {
      if (plan.from <= instant && instant < plan.until) nodes.take(plan.holds);
    }
    return nodes;
  }

  const Request& request_of(std::size_t job) const { return jobs_[job].request; }

  const PlainPolicy& policy_;
  const std::vector<PlainJob>& jobs_;
  PlainProbes& probes_;
  std::uint32_t gpus_per_node_;
  PlainNodes empty_;
  PlainNodes nodes_;
  std::vector<PlainRun> runs_;
  std::vector<std::size_t> to_come_;
  std::vector<std::size_t> waiting_;
  std::vector<Running> running_;  ///< in the order in which they started
  bool only_counts_ = true;       ///< no request that came asks for more than a number of GPUs
  bool changed_ = false;
  Instant at_;
};

}  // namespace

std::vector<PlainRun> plain_schedule(const PlainFleet& fleet, const PlainPolicy& policy,
                                     const std::vector<PlainJob>& jobs, PlainProbes& probes) {
  return PlainScheduler(fleet, policy, jobs, probes).run();
}

}  // namespace stargate::oracle
