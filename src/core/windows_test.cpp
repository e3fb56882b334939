// Reservations, health, gangs of parts and segments: random histories against a search of every node.

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "core/engine_fixture.h"
#include "oracle/brute_placer.h"
#include "oracle/rounds.h"

namespace stargate::core {
namespace {

struct Window {
  TenantId tenant;
  Instant from;
  Instant until;
  std::vector<NodeRange> ranges;
};

/// Whether a job of `tenant` that would hold GPUs in [at, end) is kept off the window's nodes. Read
/// off the words: before it only what ends in time, within it only the tenant's that end by its end.
bool is_kept_off(const Window& window, TenantId tenant, Instant at, Instant end) {
  if (at >= window.until) return false;
  if (at < window.from) return end > window.from;
  return window.tenant != tenant || end > window.until;
}

bool holds(const std::vector<NodeRange>& ranges, std::uint32_t node) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const NodeRange& range) {
    return range.first <= node && node < range.first + range.count;
  });
}

/// Rare states, and how often they were reached.
struct Probes {
  int starts = 0;
  int starts_before_windows = 0;
  int starts_within_windows = 0;
  int heads_blocked = 0;
  int heads_kept_off = 0;
  int stopped_for_windows = 0;
  int refused_windows = 0;
  int refused_jobs = 0;
  int segments = 0;
  int gangs_of_parts = 0;
  int lost_to_failure = 0;
  int ran_on_drained = 0;
};

/// A random history of one queue, with what the events say kept beside it in plain lists.
class WindowHistory {
 public:
  WindowHistory(std::uint64_t seed, Probes& probes) : prng_(seed), probes_(probes) {
    FleetSpec spec;
    for (std::uint32_t group = draw(1, 3); group > 0; --group) {
      RackGroup racks;
      racks.racks = draw(1, 3);
      racks.nodes_per_rack = draw(1, 3);
      racks.gpus_per_node = draw(1, 2) * 4;
      racks.kind = {static_cast<std::uint16_t>(draw(0, 1))};
      racks.opens = static_cast<Level>(draw(1, 4));
      spec.groups.push_back(racks);
    }
    topology_ = std::make_shared<const Topology>(spec);
    health_.resize(topology_->node_count(), Health::kHealthy);
    policy_.order = draw(0, 1) == 0 ? OrderKind::kFifo : OrderKind::kPriority;
    policy_.backfill = static_cast<BackfillKind>(draw(0, 2));
    policy_.place = static_cast<PlacePolicy>(draw(0, 2));
    hand_.define(policy_, spec);
    for (int i = 0; i < 3; ++i) hand_.tenant();
    while (requests().size() < 8) hand_.request(random_request());
  }

  /// Empty, or what was wrong.
  std::string step() {
    now_ += draw(0, 3) == 0 ? draw(1, 400) : draw(0, 20);
    if (hand_.engine.state().next_instant() <= now()) give(command::Advance{});
    give(random_command());
    give(command::Schedule{{0}});
    check_head();
    return fault_;
  }

 private:
  struct Known {
    TenantId tenant;
    RequestId request;
    Duration estimate;
    std::int32_t priority = 0;
    bool held = false;
    bool stopping = false;
    Instant end;  ///< by its estimate
    std::vector<NodeRange> ranges;
  };

  std::uint32_t draw(std::uint32_t from, std::uint32_t to) {
    return from + static_cast<std::uint32_t>(prng_.below(to - from + 1));
  }
  Instant now() const { return EngineByHand::at(now_); }

  Part random_part(KindMask kinds) {
    Part part;
    part.kinds = kinds;
    switch (draw(0, 2)) {
      case 0: part.nodes = draw(1, 4); break;
      case 1:
        part.gpus_per_node = draw(1, 4);
        part.gpus = draw(1, 12);
        break;
      default: part.gpus = draw(1, 12);
    }
    if (part.gpus_per_node + part.nodes > 0 && draw(0, 2) == 0) {
      part.segment_nodes = draw(1, 3);
      part.segment_level = static_cast<Level>(draw(1, 3));
    }
    return part;
  }
  /// Of one part, or of two that never compete for a node: for these the answer is exact.
  Request random_request() {
    Request request;
    if (draw(0, 2) == 0) {
      request.parts = {random_part(1), random_part(2)};
    } else {
      request.parts = {random_part(draw(0, 1) == 0 ? kAnyKind : draw(1, 3))};
      if (draw(0, 2) == 0) request.locality = {static_cast<Level>(draw(0, 5)), draw(0, 1) == 0};
    }
    request.accepts_degraded = draw(0, 1) == 0;
    return request;
  }

  Command::Body random_command() {
    const std::uint32_t action = draw(0, 11);
    std::vector<JobId> holders;
    for (const auto& [id, job] : jobs_) {
      if (job.held) holders.push_back(id);
    }
    if (action < 5) {
      return command::Submit{{next_job_++},
                             {0},
                             {draw(0, 3)},
                             {draw(0, 7)},
                             static_cast<std::int32_t>(draw(0, 2)),
                             seconds(draw(0, 300)),
                             {}};
    }
    if (action < 8 && !holders.empty()) {
      const JobId job = holders[draw(0, static_cast<std::uint32_t>(holders.size() - 1))];
      if (jobs_[job].stopping) return command::Stopped{job, {}};
      return command::Exited{job};
    }
    if (action == 8) {
      return command::CancelReservation{{draw(0, static_cast<std::uint32_t>(next_window_))}};
    }
    if (action == 9) {
      const std::uint32_t first = draw(0, topology_->node_count() - 1);
      const std::uint32_t count = draw(1, std::min(3U, topology_->node_count() - first));
      const bool heals = draw(0, 1) == 0;
      return command::SetHealth{
          {0}, {first}, count, heals ? Health::kHealthy : static_cast<Health>(draw(0, 3))};
    }
    const Instant from = EngineByHand::at(now_ + draw(0, 200));
    return command::Reserve{{next_window_++}, {0},  {draw(0, 3)},
                            draw(1, 3),       from, from + seconds(draw(1, 400))};
  }

  void give(const Command::Body& body) {
    if (!fault_.empty()) return;
    hand_.give(now_, body);
    for (const Event& event : hand_.batch.events) {
      std::visit([&](const auto& what) { note(event.at, what); }, event.body);
    }
    if (const auto* reserve = std::get_if<command::Reserve>(&body)) check_refusal(*reserve);
    for (const auto& [id, job] : jobs_) {
      if (job.held && !job.stopping) check_place(id, job);
    }
  }

  template <class Other>
  void note(Instant, const Other&) {}
  void note(Instant, const event::JobQueued& event) {
    Known job;
    job.tenant = event.tenant;
    job.request = event.request;
    job.estimate = event.estimate;
    job.priority = event.priority;
    jobs_[event.job] = job;
  }
  void note(Instant, const event::JobRefused&) { ++probes_.refused_jobs; }
  void note(Instant at, const event::AllocationAssigned& event) {
    Known& job = jobs_[event.job];
    job.held = true;
    job.end = at + job.estimate;
    const auto ranges = hand_.batch.ranges_of(event.ranges);
    job.ranges.assign(ranges.begin(), ranges.end());
    const Request& request = requests()[job.request.value];
    ++probes_.starts;
    probes_.segments += request.parts[0].segment_nodes > 0 ? 1 : 0;
    probes_.gangs_of_parts += request.parts.size() > 1 ? 1 : 0;
    for (const auto& [id, window] : windows_) {
      if (!share_a_node(job.ranges, window.ranges)) continue;
      if (is_kept_off(window, job.tenant, at, job.end))
        fault_ = name(event.job) + " is in a window";
      ++(at < window.from ? probes_.starts_before_windows : probes_.starts_within_windows);
    }
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      const bool may = health_[node] == Health::kHealthy ||
                       (health_[node] == Health::kDegraded && request.accepts_degraded);
      if (!may && holds(job.ranges, node)) fault_ = name(event.job) + " starts on an ill node";
    }
  }
  void note(Instant, const event::StopRequested& event) {
    jobs_[event.job].stopping = true;
    if (event.reason == Reason::kReservationDue) ++probes_.stopped_for_windows;
    if (event.reason == Reason::kNodeLost) ++probes_.lost_to_failure;
  }
  void note(Instant, const event::AllocationReleased& event) {
    Known& job = jobs_[event.job];
    job.held = job.stopping = false;
    if (event.reason == Reason::kExited) jobs_.erase(event.job);
  }
  void note(Instant, const event::HealthChanged& event) {
    for (std::uint32_t i = 0; i < event.count; ++i) health_[event.first.value + i] = event.health;
  }
  void note(Instant, const event::ReservationMade& event) {
    const auto ranges = hand_.batch.ranges_of(event.ranges);
    const Window window{event.tenant, event.from, event.until, {ranges.begin(), ranges.end()}};
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      if (holds(window.ranges, node) && is_taken(node, window.from, window.until)) {
        fault_ = "a window keeps what is not free by then";
      }
    }
    windows_[event.reservation] = window;
  }
  void note(Instant, const event::ReservationEnded& event) { windows_.erase(event.reservation); }

  /// What runs and is not asked to stop: not on failed nodes, and not against a window.
  void check_place(JobId id, const Known& job) {
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      if (!holds(job.ranges, node)) continue;
      if (health_[node] == Health::kFailed) fault_ = name(id) + " goes on on a failed node";
      if (health_[node] == Health::kDrained) ++probes_.ran_on_drained;
    }
    for (const auto& [number, window] : windows_) {
      if (window.from <= hand_.engine.state().now() && job.tenant != window.tenant &&
          share_a_node(job.ranges, window.ranges)) {
        fault_ = name(id) + " goes on in the window of another";
      }
    }
  }

  /// By the estimates and the other windows, the node is not to be had throughout.
  bool is_taken(std::uint32_t node, Instant from, Instant until) const {
    if (health_[node] != Health::kHealthy) return true;
    for (const auto& [id, job] : jobs_) {
      if (job.held && !job.stopping && job.end > from && holds(job.ranges, node)) return true;
    }
    for (const auto& [id, other] : windows_) {
      if (other.from < until && from < other.until && holds(other.ranges, node)) return true;
    }
    return false;
  }

  void check_refusal(const command::Reserve& reserve) {
    if (hand_.refused == Reason::kNone) return;
    ++probes_.refused_windows;
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint32_t> free;
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      if (is_taken(node, reserve.from, reserve.until)) continue;
      std::uint32_t& count = free[{topology_->gpus({node}), topology_->kind({node}).value}];
      if (++count >= reserve.nodes) fault_ = "a window is refused though there are nodes for it";
    }
  }

  /// Who goes first waits only because a search of the allowed nodes finds no place for it.
  void check_head() {
    const std::pair<const JobId, Known>* head = nullptr;
    for (const auto& entry : jobs_) {
      if (entry.second.held) continue;
      const bool by_priority = policy_.order == OrderKind::kPriority;
      if (head == nullptr || (by_priority && entry.second.priority > head->second.priority)) {
        head = &entry;
      }
    }
    if (head == nullptr || !fault_.empty()) return;
    const Known& job = head->second;
    ++probes_.heads_blocked;
    oracle::BrutePlacer brute(topology_);
    for (const auto& [id, other] : jobs_) {
      if (other.held) brute.occupy(other.ranges);
    }
    bool kept_off = false;
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      brute.set_health(node, health_[node]);
      for (const auto& [id, window] : windows_) {
        const NodeRange rest{node, 1, brute.free_mask(node), 0};
        if (rest.mask == 0 || !holds(window.ranges, node)) continue;
        if (!is_kept_off(window, job.tenant, now(), now() + job.estimate)) continue;
        kept_off = true;
        brute.occupy(std::span(&rest, 1));
      }
    }
    probes_.heads_kept_off += kept_off ? 1 : 0;
    if (brute.fits(requests()[job.request.value], policy_.place == PlacePolicy::kConsolidated)) {
      fault_ = name(head->first) + " waits though it fits";
    }
  }

  bool share_a_node(const std::vector<NodeRange>& a, const std::vector<NodeRange>& b) const {
    for (std::uint32_t node = 0; node < health_.size(); ++node) {
      if (holds(a, node) && holds(b, node)) return true;
    }
    return false;
  }
  const std::vector<Request>& requests() const {
    return hand_.engine.state().scheduling().requests;
  }
  static std::string name(JobId job) { return "job " + std::to_string(job.value); }

  Prng prng_;
  Probes& probes_;
  EngineByHand hand_;
  QueuePolicy policy_;
  std::shared_ptr<const Topology> topology_;
  std::vector<Health> health_;
  std::map<JobId, Known> jobs_;
  std::map<ReservationId, Window> windows_;
  std::string fault_;
  std::int64_t now_ = 0;
  std::uint64_t next_job_ = 0;
  std::uint64_t next_window_ = 0;
};

TEST(Windows, NoStartOverlapsAWindowAndNobodyIsRefusedNodesThatItCouldUse) {
  Probes probes;
  const int histories = oracle::rounds(1'500);
  for (int i = 1; i <= histories; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    WindowHistory history(seed, probes);
    for (int step = 0; step < 120; ++step) {
      ASSERT_EQ(history.step(), "") << "seed " << seed << ", step " << step;
    }
  }
  EXPECT_GT(probes.starts, 1'000);
  EXPECT_GT(probes.starts_before_windows, 100);
  EXPECT_GT(probes.starts_within_windows, 100);
  EXPECT_GT(probes.heads_blocked, 1'000);
  EXPECT_GT(probes.heads_kept_off, 100);
  EXPECT_GT(probes.stopped_for_windows, 10);
  EXPECT_GT(probes.refused_windows, 100);
  EXPECT_GT(probes.refused_jobs, 10);
  EXPECT_GT(probes.segments, 100);
  EXPECT_GT(probes.gangs_of_parts, 100);
  EXPECT_GT(probes.lost_to_failure, 10);
  EXPECT_GT(probes.ran_on_drained, 10);
}

}  // namespace
}  // namespace stargate::core
