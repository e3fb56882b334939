#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/state.h"
#include "event/command.h"
#include "server/job_spec.h"

// What the control plane knows beside the core: names, programs, how things ended, who may ask.

namespace stargate::server {

enum class JobState : std::uint8_t {
  kWaiting,  ///< for an order that takes it
  kQueued,   ///< for GPUs of one
  kStarting,
  kRunning,
  kStopping,
  kSucceeded,
  kFailed,
  kCancelled,
};
inline constexpr std::uint32_t kJobStateCount = 8;

/// "waiting", "queued", "starting", "running", "stopping", "succeeded", "failed", "cancelled".
const char* name_of(JobState state);
constexpr bool has_ended(JobState state) { return state >= JobState::kSucceeded; }

struct Job {
  JobId id;
  std::shared_ptr<const JobSpec> spec;
  std::string submitted_by;  ///< the token's name
  TenantId tenant;
  WorkloadId workload;
  Instant submitted;
  Instant started = kNever;  ///< of its last start
  Instant ended = kNever;
  std::uint64_t epoch = 0;  ///< how often GPUs were assigned to it
  QueueId queue = kNo<QueueId>;
  std::vector<NodeRange> ranges;  ///< of its last start
  /// The same as the executor calls them, while it holds them; empty: it did not say.
  std::vector<std::string> devices;
  JobState state = JobState::kWaiting;
  Reason reason = Reason::kNone;    ///< why it waits, stops or ended so
  ClauseId clause = kNo<ClauseId>;  ///< that decides why it waits
  std::int32_t exit_status = 0;
  std::int32_t exit_rank = -1;
  std::uint32_t failures = 0;
  bool timed_out = false;
  std::string detail;  ///< what an executor said of its end
};

enum class Role : std::uint8_t { kAdmin, kOperator, kTenant, kSupplier, kAuditor };
inline constexpr std::uint32_t kRoleCount = 5;

/// "admin", "operator", "tenant", "supplier", "auditor".
const char* name_of(Role role);
std::optional<Role> role_of(std::string_view name);

/// Who may ask. The token itself is known to its holder alone.
struct Token {
  std::uint64_t id = 0;
  std::string name;
  std::string sha256;  ///< of the token, hexadecimal
  Role role = Role::kAuditor;
  TenantId tenant;                       ///< of kTenant
  PartyId supplier = kNo<PartyId>;       ///< of kSupplier
  std::optional<std::uint64_t> made_by;  ///< the token that it was made with, where that is known
  Instant made;
  Instant revoked = kNever;
};

struct Tenant {
  std::string name;
  PartyId lab = kNo<PartyId>;
};

/// A request that was answered, for one that comes again with the same key.
struct Answered {
  std::string digest;  ///< of what was asked
  int status = 0;
  std::string body;
};

/// A request that waits for a second person.
struct Approval {
  std::uint64_t id = 0;
  std::string operation;  ///< the route's
  std::map<std::string, std::string, std::less<>> path;
  std::string body;      ///< JSON
  std::uint64_t by = 0;  ///< the token that asked
  Instant asked;
  std::uint64_t tokens_then = 0;  ///< so many were made when it was asked
  Instant decided = kNever;
  std::uint64_t decided_by = 0;
  bool approved = false;
};

/// Nodes that a person took out of service.
struct OutOfService {
  QueueId queue;
  NodeId first;
  std::uint32_t count = 0;
  Health health = Health::kDrained;
  std::string by;  ///< the token's name
  Instant since;
};

/// A runner that is out of contact.
struct LostContact {
  std::string runner;
  Instant since;
  bool is_over = false;  ///< its lease has run out: what it ran was given up
  /// The nodes that take no work meanwhile, with the health that they had.
  std::vector<command::SetHealth> nodes;
};

/// The note of a submission, as what it says.
struct SubmissionNote {
  std::shared_ptr<const JobSpec> spec;
  std::string by;  ///< the token's name
};

/// Changes by apply() alone, the same live and after a restart.
class Tables {
 public:
  /// What an entry of the ledger did: its note (null: none), then its events. `state` is the core's
  /// after them.
  void apply(Instant at, const nlohmann::json& note, const EventBatch& batch,
             const core::State& state);
  void apply(const SubmissionNote& note, const EventBatch& batch, const core::State& state);

  /// The tables as bytes, appended: equal tables have equal bytes.
  void write_image(std::string& bytes) const;
  /// Throws InputError where the bytes are no image of this version.
  static Tables from_image(std::string_view bytes);

  const Job* find(JobId id) const;
  /// By number; ended ones too.
  const std::deque<Job>& jobs() const { return jobs_; }
  std::uint64_t count_of(JobState state) const { return counts_[static_cast<std::size_t>(state)]; }
  const std::vector<Tenant>& tenants() const { return tenants_; }
  std::optional<TenantId> tenant_named(std::string_view name) const;
  const std::vector<Token>& tokens() const { return tokens_; }
  /// nullptr: there is none, or it was revoked.
  const Token* token_with(const std::string& sha256) const;
  const Answered* answered(const std::string& key) const;
  const std::vector<Approval>& approvals() const { return approvals_; }
  /// nullptr: it is in contact.
  const LostContact* lost_contact(std::string_view runner) const;
  /// Of the queue, by node; what was taken out of service by the program's own account is not among them.
  std::vector<OutOfService> out_of_service(QueueId queue) const;

 private:
  Job* job_of(JobId id);
  void events(const EventBatch& batch, const core::State& state);
  void note(Instant at, const nlohmann::json& note);
  void note_health(const event::HealthChanged& changed, Instant at);
  void note_contact(Instant at, const nlohmann::json& note);
  void event(const Event& event, const EventBatch& batch, const core::State& state);
  void set(Job& job, JobState state);
  void end(Job& job, JobState state, Instant at);

  std::deque<Job> jobs_;
  std::uint64_t first_job_ = 0;
  std::array<std::uint64_t, kJobStateCount> counts_{};
  std::vector<Tenant> tenants_{Tenant{}};  ///< the root, which has no name
  std::vector<Token> tokens_;
  std::unordered_map<std::string, std::size_t> token_of_hash_;
  std::unordered_map<std::string, Answered> answered_;
  std::deque<std::string> answered_order_;
  std::vector<Approval> approvals_;
  std::vector<LostContact> lost_contacts_;
  std::vector<OutOfService> out_of_service_;
  // Of the entry that is being applied.
  std::shared_ptr<const JobSpec> spec_;
  std::string by_;
  bool is_by_hand_ = false;
};

}  // namespace stargate::server
