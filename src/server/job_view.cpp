#include "server/job_view.h"

#include <fmt/format.h>

#include "event/describe.h"
#include "executor/signal_name.h"
#include "explain/json_values.h"
#include "placement/route.h"
#include "server/outages.h"

namespace stargate::server {
namespace {

/// What a reason says to people.
std::string words_of(Reason reason) {
  switch (reason) {
    case Reason::kTooManyGpus: return "it asks for more GPUs than any order that it may use has";
    case Reason::kShapeNeverFits: return "it can never be placed in this shape, kind or locality";
    case Reason::kQuotaNeverAllows: return "it asks for more than its tenant may ever hold";
    case Reason::kGpusBusy: return "too few GPUs are free";
    case Reason::kFragmented: return "enough GPUs are free, but not in this shape or locality";
    case Reason::kQuotaUsed: return "its tenant holds all that it may";
    case Reason::kCohortUsed: return "what its tenant could borrow is in use by others";
    case Reason::kReserved: return "it would run into a reservation";
    case Reason::kStopsAwaited: return "others have been asked to stop for it";
    case Reason::kForbidden: return "a clause in force forbids it wherever there is capacity";
    case Reason::kNeedsOffer: return "a first refusal stands in the way: an offer has to be made";
    case Reason::kNotOrdered: return "no order that is signed is for it";
    case Reason::kNotAccepted: return "its orders have too little accepted capacity";
    case Reason::kWrongKind: return "there is capacity, of kinds or shapes that it does not accept";
    case Reason::kDataAbsent: return "its data is at no place where it may run";
    case Reason::kShareUsed: return "it has as much as it may on one supplier's paper";
    case Reason::kUnitsUsed: return "a licence allows no more GPUs";
    case Reason::kPreempted: return "it was stopped for a job that goes first";
    case Reason::kReclaimed: return "it was stopped for another tenant's guaranteed share";
    case Reason::kNodeLost: return "it failed or lost its nodes, and starts again";
    case Reason::kStartFailed: return "it could not be started, and is tried again";
    case Reason::kReservationDue: return "its nodes are kept for others from now on";
    case Reason::kNoLongerPermitted: return "contracts or capacity have changed";
    case Reason::kCancelled: return "it was cancelled";
    default: return "";
  }
}

/// Why nothing starts where the job is queued; empty: its place takes work.
std::string outage_words(const Plane& plane, const placement::Scheduling& scheduling,
                         const placement::Job& job) {
  const OrderId order = plane.order_of(job.queue);
  if (!is_set(order)) return "";
  const agreement::Book& book = plane.state().scheduling().market.book;
  if (const LostContact* lost = lost_contact_of(plane, order)) {
    return fmt::format("{} is out of contact since {}, and no other place takes it now",
                       book.parties()[book.supplier_of(order).value].name,
                       second_text(lost->since));
  }
  if (!placement::takes_work(scheduling.queues[job.queue.value],
                             scheduling.requests[job.request.value])) {
    return fmt::format("no node of {} takes work, and no other place takes it now",
                       book.orders()[order.value].name);
  }
  return "";
}

std::string before_words(const placement::Queue& queue, const placement::Job& job) {
  constexpr std::uint64_t kCountedMost = 100;
  // Among tenants who queue apart it is their shares that say who comes first.
  if (queue.by_tenant) return "others are before it";
  std::uint64_t before = 0;
  const placement::QueueKey own = queue.key_of(job);
  queue.pending[0].for_each([&](const placement::QueueKey& key, const placement::PendingItem&) {
    if (!(key < own) || before > kCountedMost) return false;
    ++before;
    return true;
  });
  if (before == 0) return "it is about to be looked at";
  if (before == 1) return "1 job is before it";
  return before > kCountedMost ? fmt::format("more than {} jobs are before it", kCountedMost)
                               : fmt::format("{} jobs are before it", before);
}

}  // namespace

std::string queued_words(const Plane& plane, const placement::Scheduling& scheduling,
                         const placement::Job& job, Reason reason) {
  std::string words = outage_words(plane, scheduling, job);
  if (words.empty()) words = words_of(reason);
  return words.empty() ? before_words(scheduling.queues[job.queue.value], job) : words;
}

std::string reason_words(Reason reason) {
  const std::string words = words_of(reason);
  return words.empty() ? "others are before it" : words;
}

std::string why_of(const Plane& plane, const Job& job) {
  if (job.state == JobState::kRunning || job.state == JobState::kSucceeded) return "";
  std::string why;
  if (job.state == JobState::kFailed) {
    if (job.timed_out) return "it ran for longer than its time limit";
    why = job.detail.empty() ? "it " + executor::words_of_status(job.exit_status) : job.detail;
    if (job.exit_rank >= 0 && job.detail.empty())
      why += fmt::format(", rank {} first", job.exit_rank);
    return why;
  }
  if (job.state == JobState::kCancelled) return "";
  const placement::Scheduling& scheduling = plane.state().scheduling();
  const placement::Job* queued =
      job.state == JobState::kQueued ? scheduling.jobs.find(job.id) : nullptr;
  why = queued == nullptr || !is_set(queued->queue)
            ? words_of(job.reason)
            : queued_words(plane, scheduling, *queued, job.reason);
  if (is_set(job.clause)) {
    why += fmt::format(" ({})", plane.state().scheduling().market.book.clause(job.clause).name);
  }
  return why;
}

const Schema& job_schema() {
  static const Schema schema{
      "Job",
      "A job and how far it has come.",
      {
          {.name = "id", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
          {.name = "name", .is_required = true, .may_be_null = true},
          {.name = "tenant", .is_required = true},
          {.name = "workload", .description = "as contracts see it", .is_required = true},
          {.name = "use", .is_required = true},
          {.name = "state",
           .is_required = true,
           .words = {"waiting", "queued", "starting", "running", "stopping", "succeeded", "failed",
                     "cancelled"}},
          {.name = "reason",
           .description = "why it waits, stops or ended so: a word",
           .is_required = true,
           .may_be_null = true},
          {.name = "why",
           .description = "the same in a sentence",
           .is_required = true,
           .may_be_null = true},
          {.name = "gpus", .type = FieldType::kInteger, .is_required = true},
          {.name = "supplier", .is_required = true, .may_be_null = true},
          {.name = "order", .is_required = true, .may_be_null = true},
          {.name = "site", .is_required = true, .may_be_null = true},
          {.name = "nodes",
           .description = "of its last start",
           .is_required = true,
           .may_be_null = true,
           .most = 1 << 20},
          {.name = "devices",
           .type = FieldType::kTextList,
           .description = "the same as what runs it calls them, while it runs; not in lists"},
          {.name = "submitted", .type = FieldType::kInstant, .is_required = true},
          {.name = "submitted_by", .is_required = true},
          {.name = "started",
           .type = FieldType::kInstant,
           .is_required = true,
           .may_be_null = true},
          {.name = "ended", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
          {.name = "starts", .type = FieldType::kInteger, .is_required = true},
          {.name = "failures", .type = FieldType::kInteger, .is_required = true},
          {.name = "exit_status",
           .type = FieldType::kInteger,
           .is_required = true,
           .may_be_null = true,
           .least = -1},
          {.name = "signal",
           .description = "the signal that killed that process, which `exit_status` stands for: "
                          "SIGKILL",
           .is_required = true,
           .may_be_null = true},
          {.name = "exit_rank",
           .type = FieldType::kInteger,
           .description = "the process that failed first",
           .is_required = true,
           .may_be_null = true},
          {.name = "command", .type = FieldType::kTextList, .is_required = true},
      }};
  return schema;
}

namespace {

/// A job, and of what stands elsewhere what answers show.
struct JobView {
  Job job;
  std::string tenant;
  std::string workload;
  std::string why;
  std::string supplier;
  std::string order;
  std::string site;
  Use use = Use::kResearch;
  bool is_of_order = false;
};

JobView view_of(const Plane& plane, const Job& job) {
  const auto& market = plane.state().scheduling().market;
  const Workload& workload = market.book.workloads()[job.workload.value];
  JobView view;
  view.job = job;
  view.tenant = plane.tables().tenants()[job.tenant.value].name;
  view.workload = workload.name;
  view.use = workload.use;
  view.why = why_of(plane, job);
  const OrderId order = is_set(job.queue) ? plane.order_of(job.queue) : kNo<OrderId>;
  view.is_of_order = is_set(order);
  if (view.is_of_order) {
    const Order& of = market.book.orders()[order.value];
    view.supplier = market.book.parties()[market.book.supplier_of(order).value].name;
    view.order = of.name;
    view.site = market.book.sites()[of.site.value].name;
  }
  return view;
}

Json json_of(const JobView& view) {
  const Job& job = view.job;
  const auto of_order = [&](const std::string& name) {
    return view.is_of_order ? Json(name) : Json();
  };
  const bool exited =
      job.state == JobState::kSucceeded || job.state == JobState::kFailed || job.failures > 0;
  Json json = Json::object();
  auto& members = json.get_ref<Json::object_t&>();
  members.reserve(26);
  members.emplace_back("id", job.id.value);
  members.emplace_back("name", explain::text_or_null(job.spec->name));
  members.emplace_back("tenant", view.tenant);
  members.emplace_back("workload", view.workload);
  members.emplace_back("use", name_of(view.use));
  members.emplace_back("state", name_of(job.state));
  members.emplace_back("reason", job.reason == Reason::kNone ? Json() : Json(name_of(job.reason)));
  members.emplace_back("why", explain::text_or_null(view.why));
  members.emplace_back("gpus", least_gpus(job.spec->request()));
  members.emplace_back("supplier", of_order(view.supplier));
  members.emplace_back("order", of_order(view.order));
  members.emplace_back("site", of_order(view.site));
  members.emplace_back("nodes", job.ranges.empty() ? Json() : Json(text_of(std::span(job.ranges))));
  members.emplace_back("submitted", text_of(job.submitted));
  members.emplace_back("submitted_by", job.submitted_by);
  members.emplace_back("started", instant_or_null(job.started));
  members.emplace_back("ended", instant_or_null(job.ended));
  members.emplace_back("starts", job.epoch);
  members.emplace_back("failures", job.failures);
  members.emplace_back("exit_status", exited ? Json(job.exit_status) : Json());
  members.emplace_back(
      "signal",
      exited ? explain::text_or_null(executor::signal_of_status(job.exit_status)) : Json());
  members.emplace_back("exit_rank", exited && job.exit_rank >= 0 ? Json(job.exit_rank) : Json());
  members.emplace_back("command", job.spec->command);
  return json;
}

}  // namespace

Json job_json(const Plane& plane, const Job& job) { return json_of(view_of(plane, job)); }

Outcome job_outcome(const Plane& plane, const Job& job, int status) {
  return json_outcome([view = view_of(plane, job)] { return json_of(view); }, status);
}

}  // namespace stargate::server
