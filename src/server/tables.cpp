#include "server/tables.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/check.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

/// So many answers are kept for requests that come again.
constexpr std::size_t kAnsweredMost = 100'000;

constexpr std::array<const char*, kJobStateCount> kJobStates{
    "waiting", "queued", "starting", "running", "stopping", "succeeded", "failed", "cancelled"};
constexpr std::array<const char*, kRoleCount> kRoles{"admin", "operator", "tenant", "supplier",
                                                     "auditor"};

}  // namespace

const char* name_of(JobState state) { return kJobStates[static_cast<std::size_t>(state)]; }
const char* name_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> role_of(std::string_view name) {
  for (std::uint32_t i = 0; i < kRoleCount; ++i) {
    if (name == kRoles[i]) return static_cast<Role>(i);
  }
  return std::nullopt;
}

void Tables::apply(Instant at, const Json& known, const EventBatch& batch,
                   const core::State& state) {
  spec_ = nullptr;
  by_.clear();
  is_by_hand_ = false;
  if (!known.is_null()) note(at, known);
  events(batch, state);
}

void Tables::apply(const SubmissionNote& note, const EventBatch& batch, const core::State& state) {
  spec_ = note.spec;
  by_ = note.by;
  is_by_hand_ = false;
  events(batch, state);
}

void Tables::events(const EventBatch& batch, const core::State& state) {
  for (const Event& happened : batch.events) event(happened, batch, state);
}

void Tables::note(Instant at, const Json& note) {
  if (note.contains("by")) by_ = note["by"];
  is_by_hand_ = note.contains("nodes_by_hand");
  if (note.contains("job")) {
    spec_ = std::make_shared<const JobSpec>(job_spec_of(note["job"]));
  }
  if (note.contains("exit")) {
    const Json& exit = note["exit"];
    Job* job = job_of({exit["job"].get<std::uint64_t>()});
    STARGATE_CHECK(job != nullptr, "a note is about a job that there is");
    job->exit_status = exit["status"];
    job->exit_rank = exit["rank"];
    job->timed_out = exit["timed_out"];
    job->detail = exit["detail"];
    if (exit["failed"].get<bool>()) ++job->failures;
  }
  if (note.contains("started")) {
    Job* job = job_of({note["started"]["job"].get<std::uint64_t>()});
    STARGATE_CHECK(job != nullptr, "a note is about a job that there is");
    job->devices = note["started"]["devices"].get<std::vector<std::string>>();
  }
  if (note.contains("tenant")) {
    tenants_.push_back({note["tenant"]["name"], {note["tenant"]["lab"].get<std::uint32_t>()}});
  }
  if (note.contains("token")) {
    const Json& made = note["token"];
    Token token;
    token.id = tokens_.size();
    token.name = made["name"];
    token.sha256 = made["sha256"];
    token.role = role_of(made["role"].get_ref<const std::string&>()).value_or(Role::kAuditor);
    token.tenant = {made["tenant"].get<std::uint32_t>()};
    token.supplier = {made["supplier"].get<std::uint32_t>()};
    if (made.contains("made_by")) token.made_by = made["made_by"].get<std::uint64_t>();
    token.made = at;
    token_of_hash_.emplace(token.sha256, tokens_.size());
    tokens_.push_back(std::move(token));
  }
  if (note.contains("revoke")) tokens_.at(note["revoke"].get<std::size_t>()).revoked = at;
  if (note.contains("answered")) {
    const Json& answer = note["answered"];
    const std::string key = answer["key"];
    if (answered_.emplace(key, Answered{answer["digest"], answer["status"], answer["body"]})
            .second) {
      answered_order_.push_back(key);
    }
    if (answered_order_.size() > kAnsweredMost) {
      answered_.erase(answered_order_.front());
      answered_order_.pop_front();
    }
  }
  if (note.contains("approval")) {
    const Json& asked = note["approval"];
    Approval approval;
    approval.id = approvals_.size();
    approval.operation = asked["operation"];
    for (const auto& [name, value] : asked["path"].items()) approval.path[name] = value;
    approval.body = asked["body"];
    approval.by = asked["by"];
    approval.asked = at;
    approval.tokens_then = tokens_.size();
    approvals_.push_back(std::move(approval));
  }
  if (note.contains("contact")) note_contact(at, note["contact"]);
  if (note.contains("decision")) {
    Approval& approval = approvals_.at(note["decision"]["approval"].get<std::size_t>());
    approval.decided = at;
    approval.decided_by = note["decision"]["by"];
    approval.approved = note["decision"]["approved"];
  }
}

void Tables::note_contact(Instant at, const Json& note) {
  const std::string runner = note["runner"];
  const std::string what = note["what"];
  const auto nodes_of = [&] {
    std::vector<command::SetHealth> list;
    for (const Json& nodes : note["nodes"]) {
      list.push_back({{nodes[0].get<std::uint32_t>()},
                      {nodes[1].get<std::uint32_t>()},
                      nodes[2].get<std::uint32_t>(),
                      static_cast<Health>(nodes[3].get<std::uint32_t>())});
    }
    return list;
  };
  const auto found = std::ranges::find(lost_contacts_, runner, &LostContact::runner);
  if (what == "lost") {
    lost_contacts_.push_back({runner, at, false, nodes_of()});
  } else if (found != lost_contacts_.end() && what == "over") {
    found->is_over = true;
  } else if (found != lost_contacts_.end() && what == "more") {
    const auto more = nodes_of();
    found->nodes.insert(found->nodes.end(), more.begin(), more.end());
  } else if (found != lost_contacts_.end()) {
    lost_contacts_.erase(found);
  }
}

void Tables::note_health(const event::HealthChanged& changed, Instant at) {
  const std::uint32_t first = changed.first.value;
  const std::uint32_t end = first + changed.count;
  std::vector<OutOfService> left;
  for (const OutOfService& nodes : out_of_service_) {
    const std::uint32_t nodes_end = nodes.first.value + nodes.count;
    const bool overlaps =
        nodes.queue == changed.queue && nodes.first.value < end && first < nodes_end;
    if (!overlaps) left.push_back(nodes);
    if (overlaps && nodes.first.value < first) {
      left.push_back(nodes);
      left.back().count = first - nodes.first.value;
    }
    if (overlaps && end < nodes_end) {
      left.push_back(nodes);
      left.back().first = {end};
      left.back().count = nodes_end - end;
    }
  }
  if (changed.health > Health::kDegraded) {
    left.push_back({changed.queue, changed.first, changed.count, changed.health, by_, at});
  }
  out_of_service_ = std::move(left);
}

std::vector<OutOfService> Tables::out_of_service(QueueId queue) const {
  std::vector<OutOfService> list;
  std::ranges::copy_if(out_of_service_, std::back_inserter(list),
                       [&](const OutOfService& nodes) { return nodes.queue == queue; });
  std::ranges::sort(list, {}, &OutOfService::first);
  return list;
}

void Tables::set(Job& job, JobState state) {
  --counts_[static_cast<std::size_t>(job.state)];
  ++counts_[static_cast<std::size_t>(state)];
  job.state = state;
}

void Tables::end(Job& job, JobState state, Instant at) {
  set(job, state);
  job.ended = at;
}

void Tables::event(const Event& happened, const EventBatch& batch, const core::State& state) {
  const Instant at = happened.at;
  if (const auto* submitted = std::get_if<event::WorkloadSubmitted>(&happened.body)) {
    if (jobs_.empty()) first_job_ = submitted->job.value;
    STARGATE_CHECK(submitted->job.value == first_job_ + jobs_.size(), "jobs are numbered in order");
    Job& job = jobs_.emplace_back();
    job.id = submitted->job;
    job.spec = spec_ != nullptr ? spec_ : std::make_shared<const JobSpec>();
    job.submitted_by = by_;
    job.tenant = submitted->tenant;
    job.workload = submitted->workload;
    job.submitted = at;
    ++counts_[static_cast<std::size_t>(JobState::kWaiting)];
  } else if (const auto* routed = std::get_if<event::JobRouted>(&happened.body)) {
    Job& job = *job_of(routed->job);
    job.queue = routed->queue;
    job.reason = Reason::kNone;
    job.clause = kNo<ClauseId>;
    set(job, JobState::kQueued);
  } else if (const auto* unrouted = std::get_if<event::JobUnrouted>(&happened.body)) {
    Job& job = *job_of(unrouted->job);
    job.queue = kNo<QueueId>;
    job.reason = unrouted->reason;
    set(job, JobState::kWaiting);
  } else if (const auto* unmet = std::get_if<event::DemandUnmet>(&happened.body)) {
    Job& job = *job_of(unmet->job);
    job.reason = unmet->reason;
    job.clause = unmet->clause;
  } else if (const auto* waits = std::get_if<event::JobWaits>(&happened.body)) {
    job_of(waits->job)->reason = waits->reason;
  } else if (const auto* assigned = std::get_if<event::AllocationAssigned>(&happened.body)) {
    Job& job = *job_of(assigned->job);
    ++job.epoch;
    job.reason = Reason::kNone;
    const auto ranges = batch.ranges_of(assigned->ranges);
    job.ranges.assign(ranges.begin(), ranges.end());
    job.devices.clear();
    if (const placement::Job* held = state.scheduling().jobs.find(job.id)) job.queue = held->queue;
    set(job, JobState::kStarting);
  } else if (const auto* running = std::get_if<event::AllocationRunning>(&happened.body)) {
    Job& job = *job_of(running->job);
    job.started = at;
    set(job, JobState::kRunning);
  } else if (const auto* stop = std::get_if<event::StopRequested>(&happened.body)) {
    Job& job = *job_of(stop->job);
    job.reason = stop->reason;
    set(job, JobState::kStopping);
  } else if (const auto* released = std::get_if<event::AllocationReleased>(&happened.body)) {
    Job& job = *job_of(released->job);
    job.reason = released->reason;
    job.devices.clear();
    if (released->reason == Reason::kExited) {
      end(job, job.exit_status == 0 && !job.timed_out ? JobState::kSucceeded : JobState::kFailed,
          at);
    } else if (released->reason == Reason::kCancelled) {
      end(job, JobState::kCancelled, at);
    } else {
      set(job, JobState::kQueued);
    }
  } else if (const auto* cancelled = std::get_if<event::JobCancelled>(&happened.body)) {
    Job& job = *job_of(cancelled->job);
    job.reason = Reason::kCancelled;
    end(job, JobState::kCancelled, at);
  } else if (const auto* changed = std::get_if<event::HealthChanged>(&happened.body)) {
    if (is_by_hand_) note_health(*changed, at);
  }
}

Job* Tables::job_of(JobId id) { return const_cast<Job*>(find(id)); }

const Job* Tables::find(JobId id) const {
  return id.value < first_job_ || id.value - first_job_ >= jobs_.size()
             ? nullptr
             : &jobs_[id.value - first_job_];
}

std::optional<TenantId> Tables::tenant_named(std::string_view name) const {
  for (std::uint32_t i = 1; i < tenants_.size(); ++i) {
    if (tenants_[i].name == name) return TenantId{i};
  }
  return std::nullopt;
}

const Token* Tables::token_with(const std::string& sha256) const {
  const auto found = token_of_hash_.find(sha256);
  if (found == token_of_hash_.end()) return nullptr;
  const Token& token = tokens_[found->second];
  return token.revoked == kNever ? &token : nullptr;
}

const LostContact* Tables::lost_contact(std::string_view runner) const {
  const auto found = std::ranges::find(lost_contacts_, runner, &LostContact::runner);
  return found == lost_contacts_.end() ? nullptr : &*found;
}

const Answered* Tables::answered(const std::string& key) const {
  const auto found = answered_.find(key);
  return found == answered_.end() ? nullptr : &found->second;
}

}  // namespace stargate::server
