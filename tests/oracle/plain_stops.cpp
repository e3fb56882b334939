#include "oracle/plain_stops.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/wide.h"

namespace stargate::oracle {
namespace {

class PlainStops {
 public:
  PlainStops(const StopsWorld& world, StopsProbes& probes, std::string& fault)
      : world_(world),
        probes_(probes),
        fault_(fault),
        jobs_(world.jobs.size()),
        use_(world.tenants.size()) {}

  std::vector<StopsRun> run() {
    runs_.resize(jobs_.size());
    if (jobs_.empty()) return runs_;
    at_ = settled_ = world_.jobs[0].submit;
    next_decay_ = kNever;
    if (world_.order == OrderKind::kFairShare && world_.half_life.us > 0) {
      next_decay_ = at_ + Duration{world_.half_life.us / 64};
    }
    for (;;) {
      const Instant next = next_instant();
      if (next == kNever || probes_.too_close) return runs_;
      settle(next);
      at_ = next;
      for (Job& job : jobs_) {
        if (job.state != State::kRunning) continue;
        const int level = level_of(job, index_of(job));
        if (world_.order == OrderKind::kLas && level != job.level) {
          job.level = level;
          changed_ = true;
          ++probes_.levels;
        }
      }
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].state == State::kRunning && jobs_[i].end == at_) end(i);
      }
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].state == State::kToCome && world_.jobs[i].submit == at_) submit(i);
      }
      int passes = 0;
      while (changed_) {
        changed_ = false;
        pass();
        check_quotas();
        if (++passes > 1'000) {
          fault_ = "oracle: jobs take turns for ever at one instant";
          return runs_;
        }
      }
    }
  }

 private:
  enum class State { kToCome, kQueued, kRunning, kOver };
  struct Job {
    State state = State::kToCome;
    Duration saved;     ///< of the true work
    Duration attained;  ///< time for which it held GPUs before this run
    Instant assigned;
    Instant work_from;  ///< the restart is over
    Instant end;
    int level = 0;
  };

  std::size_t index_of(const Job& job) const {
    return static_cast<std::size_t>(&job - jobs_.data());
  }

  Instant next_instant() const {
    Instant next = kNever;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const Job& job = jobs_[i];
      if (job.state == State::kToCome) next = std::min(next, world_.jobs[i].submit);
      if (job.state != State::kRunning) continue;
      next = std::min(next, job.end);
      if (world_.order == OrderKind::kLas) next = std::min(next, next_level_at(job, i));
    }
    return next;
  }

  // --- keys ---

  Duration work_done(const Job& job) const {
    return at_ < job.work_from ? Duration{} : at_ - job.work_from;
  }
  /// Of the estimate, less all work that is done, and what is left of a restart.
  Duration left(std::size_t i) const {
    const Job& job = jobs_[i];
    Duration left = world_.jobs[i].estimate - std::min(job.saved, world_.jobs[i].estimate);
    if (!runs_[i].starts.empty() && job.state == State::kQueued) left += world_.restart_overhead;
    if (job.state == State::kRunning) left = left + (job.work_from - at_);
    return std::max(left, Duration{});
  }

  static int level_of_service(Int128 gpu_us) {
    int level = 0;
    Int128 threshold = Int128{3'600} * 1'000'000;
    while (level < 11 && gpu_us >= threshold) {
      ++level;
      threshold *= 4;
    }
    return level;
  }
  int level_of(const Job& job, std::size_t i) const {
    Duration held = job.attained;
    if (job.state == State::kRunning) held += at_ - job.assigned;
    return level_of_service(Int128{held.us} * world_.jobs[i].gpus);
  }
  Instant next_level_at(const Job& job, std::size_t i) const {
    if (job.level >= 11) return kNever;
    Int128 threshold = Int128{3'600} * 1'000'000;
    for (int n = 0; n < job.level; ++n) threshold *= 4;
    const Int128 gpus = world_.jobs[i].gpus;
    Int128 held = threshold / gpus;
    if (held * gpus < threshold) held += 1;
    return job.assigned + Duration{static_cast<std::int64_t>(held - job.attained.us)};
  }

  Int128 key(std::size_t i) const {
    switch (world_.order) {
      case OrderKind::kSjf: return world_.jobs[i].estimate.us;
      case OrderKind::kSrtf: return left(i).us;
      case OrderKind::kSrsf: return Int128{left(i).us} * world_.jobs[i].gpus;
      case OrderKind::kPriority: return -Int128{world_.jobs[i].priority};
      case OrderKind::kLas: return level_of(jobs_[i], i);
      default: return 0;
    }
  }
  bool preempts() const {
    return world_.order == OrderKind::kSrtf || world_.order == OrderKind::kSrsf ||
           world_.order == OrderKind::kPriority || world_.order == OrderKind::kLas;
  }

  // --- tenants ---

  const StopsTenant& tenant(std::size_t i) const { return world_.tenants[world_.jobs[i].tenant]; }

  std::uint64_t held_by(std::uint32_t who) const {
    std::uint64_t gpus = 0;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].state == State::kRunning && world_.jobs[i].tenant == who) {
        gpus += world_.jobs[i].gpus;
      }
    }
    return gpus;
  }
  std::uint64_t held_by_cohort(std::uint32_t cohort) const {
    std::uint64_t gpus = 0;
    for (std::uint32_t t = 0; t < world_.tenants.size(); ++t) {
      if (world_.tenants[t].cohort == cohort) gpus += held_by(t);
    }
    return gpus;
  }
  std::uint64_t guaranteed_to_cohort(std::uint32_t cohort) const {
    std::uint64_t gpus = 0;
    for (const StopsTenant& other : world_.tenants) {
      if (other.cohort == cohort) gpus += other.guaranteed;
    }
    return gpus;
  }
  bool own_quota_allows(std::size_t i) const {
    if (tenant(i).cohort == 0) return true;
    return held_by(world_.jobs[i].tenant) + world_.jobs[i].gpus <=
           tenant(i).guaranteed + tenant(i).borrow;
  }
  bool cohort_allows(std::size_t i) const {
    const std::uint32_t cohort = tenant(i).cohort;
    return cohort == 0 ||
           held_by_cohort(cohort) + world_.jobs[i].gpus <= guaranteed_to_cohort(cohort);
  }
  bool within_guarantee(std::size_t i) const {
    return tenant(i).cohort != 0 &&
           held_by(world_.jobs[i].tenant) + world_.jobs[i].gpus <= tenant(i).guaranteed;
  }
  bool would_borrow(std::size_t i) const { return tenant(i).cohort != 0 && !within_guarantee(i); }

  void check_quotas() {
    for (std::uint32_t t = 0; t < world_.tenants.size(); ++t) {
      const StopsTenant& one = world_.tenants[t];
      if (one.cohort == 0) continue;
      if (held_by(t) > one.guaranteed + one.borrow) fault_ = "oracle: a tenant holds too much";
      if (held_by_cohort(one.cohort) > guaranteed_to_cohort(one.cohort)) {
        fault_ = "oracle: a cohort holds too much";
      }
    }
  }

  // --- fair share: use in GPU us, each tenant with all below it ---

  void settle(Instant until) {
    while (next_decay_ <= until) {
      accrue(next_decay_);
      for (long double& use : use_) use *= std::exp2(-1.0L / 64);
      next_decay_ = next_decay_ + Duration{world_.half_life.us / 64};
    }
    accrue(until);
  }
  void accrue(Instant until) {
    const auto length = static_cast<long double>((until - settled_).us);
    settled_ = until;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].state != State::kRunning) continue;
      for (std::uint32_t t = world_.jobs[i].tenant;; t = world_.tenants[t].parent) {
        use_[t] += length * world_.jobs[i].gpus;
        if (t == 0) break;
      }
    }
  }
  /// From the root: the tenant, then its children by use for their weight, each with all below it.
  void fair_order(std::uint32_t from, std::vector<std::uint32_t>& order) {
    order.push_back(from);
    std::vector<std::uint32_t> children;
    for (std::uint32_t t = 1; t < world_.tenants.size(); ++t) {
      if (world_.tenants[t].parent == from) children.push_back(t);
    }
    const auto share = [&](std::uint32_t t) {
      return use_[t] / static_cast<long double>(world_.tenants[t].weight);
    };
    for (std::uint32_t a : children) {
      for (std::uint32_t b : children) {
        const long double gap = std::fabs(share(a) - share(b));
        if (next_decay_ != kNever && share(a) > 0 && a != b && gap < 200) probes_.too_close = true;
      }
    }
    std::stable_sort(children.begin(), children.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return share(a) < share(b); });
    for (std::uint32_t child : children) fair_order(child, order);
  }

  // --- what happens ---

  void submit(std::size_t i) {
    const StopsJob& job = world_.jobs[i];
    const bool never =
        job.gpus > world_.gpus ||
        (tenant(i).cohort != 0 && (job.gpus > tenant(i).guaranteed + tenant(i).borrow ||
                                   job.gpus > guaranteed_to_cohort(tenant(i).cohort)));
    if (never) {
      runs_[i].refused = true;
      jobs_[i].state = State::kOver;
      return;
    }
    jobs_[i].state = State::kQueued;
    changed_ = true;
  }

  void end(std::size_t i) {
    jobs_[i].state = State::kOver;
    runs_[i].end = at_;
    changed_ = true;
  }

  void start(std::size_t i) {
    Job& job = jobs_[i];
    job.state = State::kRunning;
    job.assigned = job.work_from = at_;
    if (!runs_[i].starts.empty()) {
      job.work_from = at_ + world_.restart_overhead;
      ++probes_.restarts;
    }
    job.end = job.work_from + (world_.jobs[i].run - job.saved);
    runs_[i].starts.push_back(at_);
  }

  void stop(std::size_t i) {
    Job& job = jobs_[i];
    if (at_ < job.work_from) ++probes_.stopped_in_overhead;
    const Duration done = work_done(job);
    job.saved += Duration{done.us - since_checkpoint(i).us};
    job.attained += at_ - job.assigned;
    job.state = State::kQueued;
    job.level = level_of(job, i);
    changed_ = true;
  }

  Duration since_checkpoint(std::size_t i) const {
    const Duration interval = world_.jobs[i].checkpoint_interval;
    if (interval.us == 0) return {};
    Duration since = work_done(jobs_[i]);
    since.us %= interval.us;
    return since;
  }

  std::uint64_t free_gpus() const {
    std::uint64_t gpus = world_.gpus;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].state == State::kRunning) gpus -= world_.jobs[i].gpus;
    }
    return gpus;
  }

  std::optional<std::size_t> first_of(std::uint32_t who) const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].state != State::kQueued || world_.jobs[i].tenant != who) continue;
      if (!first || key(i) < key(*first)) first = i;
    }
    return first;
  }

  /// The first job of each tenant, in the order in which they go.
  std::vector<std::size_t> heads() {
    std::vector<std::size_t> heads;
    if (world_.order == OrderKind::kFairShare) {
      std::vector<std::uint32_t> order;
      fair_order(0, order);
      for (std::uint32_t t : order) {
        if (const auto first = first_of(t)) heads.push_back(*first);
      }
      return heads;
    }
    for (std::uint32_t t = 0; t < world_.tenants.size(); ++t) {
      if (const auto first = first_of(t)) heads.push_back(*first);
    }
    std::sort(heads.begin(), heads.end(), [&](std::size_t a, std::size_t b) {
      return key(a) != key(b) ? key(a) < key(b) : a < b;
    });
    return heads;
  }

  /// Somebody of the cohort waits for what it is guaranteed.
  bool is_held_back(std::size_t i, const std::vector<std::size_t>& heads) const {
    if (!would_borrow(i)) return false;
    return std::any_of(heads.begin(), heads.end(), [&](std::size_t other) {
      return tenant(other).cohort == tenant(i).cohort && within_guarantee(other);
    });
  }

  void pass() {
    if (world_.order == OrderKind::kFairShare) ++probes_.fair_passes;
    for (;;) {
      const std::vector<std::size_t> waiting = heads();
      std::optional<std::size_t> head;
      for (std::size_t i : waiting) {
        const bool reclaims = within_guarantee(i);
        if (!own_quota_allows(i) || (!cohort_allows(i) && !reclaims)) {
          ++probes_.quota_blocks;
          continue;
        }
        if (is_held_back(i, waiting)) {
          ++probes_.held_back;
          continue;
        }
        head = i;
        break;
      }
      if (!head) return;
      if (cohort_allows(*head) && free_gpus() >= world_.jobs[*head].gpus) {
        start(*head);
        continue;
      }
      std::vector<std::size_t> victims;
      if (within_guarantee(*head)) victims = choose(*head, true);
      probes_.reclaimed += victims.size();
      if (victims.empty() && cohort_allows(*head) && preempts()) {
        victims = choose(*head, false);
        probes_.preempted += victims.size();
      }
      if (victims.size() > 1) ++probes_.several_victims;
      for (std::size_t victim : victims) stop(victim);
      return;
    }
  }

  /// What would be stopped for the head: from those that lose least, then without those not needed.
  std::vector<std::size_t> choose(std::size_t head, bool reclaim) {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].state != State::kRunning) continue;
      if (reclaim ? tenant(i).cohort == tenant(head).cohort : key(head) < key(i)) {
        candidates.push_back(i);
      }
    }
    const auto loss = [&](std::size_t i) {
      return Int128{since_checkpoint(i).us} * world_.jobs[i].gpus;
    };
    std::sort(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
      if (loss(a) != loss(b)) return loss(a) < loss(b);
      if (jobs_[a].assigned != jobs_[b].assigned) return jobs_[a].assigned > jobs_[b].assigned;
      return a > b;
    });
    std::vector<std::size_t> victims;
    std::map<std::uint32_t, std::uint64_t> back;
    for (std::size_t i : candidates) {
      if (enough(head, victims)) break;
      const std::uint32_t who = world_.jobs[i].tenant;
      // What stays within its guarantee is neither reclaimed nor stopped for what is not.
      const bool is_kept = held_by(who) - back[who] <= tenant(i).guaranteed;
      if (reclaim && is_kept) continue;
      if (!reclaim && is_kept && !within_guarantee(head) && who != world_.jobs[head].tenant) {
        continue;
      }
      back[who] += world_.jobs[i].gpus;
      victims.push_back(i);
    }
    if (!enough(head, victims)) return {};
    for (std::size_t n = victims.size(); n-- > 0;) {
      std::vector<std::size_t> fewer;
      for (std::size_t victim : victims) {
        if (victim != victims[n]) fewer.push_back(victim);
      }
      if (!enough(head, fewer)) continue;
      victims.swap(fewer);
      ++probes_.spared;
    }
    return victims;
  }

  bool enough(std::size_t head, const std::vector<std::size_t>& victims) const {
    std::uint64_t free = free_gpus();
    const std::uint32_t cohort = tenant(head).cohort;
    std::uint64_t held = cohort == 0 ? 0 : held_by_cohort(cohort);
    for (std::size_t i : victims) {
      free += world_.jobs[i].gpus;
      if (cohort != 0 && tenant(i).cohort == cohort) held -= world_.jobs[i].gpus;
    }
    const std::uint64_t gpus = world_.jobs[head].gpus;
    return free >= gpus && (cohort == 0 || held + gpus <= guaranteed_to_cohort(cohort));
  }

  const StopsWorld& world_;
  StopsProbes& probes_;
  std::string& fault_;
  std::vector<Job> jobs_;
  std::vector<StopsRun> runs_;
  std::vector<long double> use_;
  Instant settled_;
  Instant next_decay_;
  Instant at_;
  bool changed_ = false;
};

}  // namespace

std::vector<StopsRun> plain_stops(const StopsWorld& world, StopsProbes& probes,
                                  std::string& fault) {
  return PlainStops(world, probes, fault).run();
}

}  // namespace stargate::oracle
