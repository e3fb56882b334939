// Jobs: listed, shown, explained, cancelled, and what they printed.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "event/describe.h"
#include "explain/explain.h"
#include "model/topology.h"
#include "server/api.h"
#include "server/job_log.h"
#include "server/job_view.h"
#include "server/stream_route.h"

namespace stargate::server {
namespace {

constexpr std::uint64_t kPageMost = 1'000;
constexpr std::uint64_t kPageUsual = 100;
constexpr std::uint64_t kLogBytesMost = std::uint64_t{1} << 20;

/// The job of the path, if the token may see it.
const Job& job_of(const Call& call) {
  const std::uint64_t number = call.number_in_path("job");
  const Job* job = call.plane.tables().find({number});
  const bool is_others =
      job != nullptr && call.token.role == Role::kTenant && job->tenant != call.token.tenant;
  if (job == nullptr || is_others) {
    throw Problem(404, "not_found", fmt::format("there is no job {}", number));
  }
  return *job;
}

const Schema& job_page_schema() {
  static const Schema schema{
      "Jobs",
      "A page of jobs, the newest first, and how many there are of each state.",
      {{.name = "jobs",
        .type = FieldType::kObjectList,
        .is_required = true,
        .schema = &job_schema()},
       {.name = "next",
        .type = FieldType::kInteger,
        .description = "`before` of the next page",
        .is_required = true,
        .may_be_null = true,
        .most = INT64_MAX},
       {.name = "counts",
        .type = FieldType::kAny,
        .description = "jobs by state, of all that the token may see",
        .is_required = true}}};
  return schema;
}

http::Answer list_jobs(Call& call) {
  const Tables& tables = call.plane.tables();
  const std::string state = call.text_of("state");
  const std::string name = call.text_of("name");
  std::optional<TenantId> tenant;
  if (const std::string text = call.text_of("tenant"); !text.empty()) {
    tenant = tables.tenant_named(text);
    if (call.token.role == Role::kTenant && tenant != call.token.tenant) {
      throw Problem(403, "not_allowed", "the token is of another tenant");
    }
    if (!tenant)
      throw Problem(400, "bad_query", "tenant: there is none of that name",
                    {{"tenant", "unknown"}});
  }
  if (call.token.role == Role::kTenant) tenant = call.token.tenant;
  const std::uint64_t before = call.number_of("before", UINT64_MAX);
  const std::uint64_t limit = call.number_of("limit", kPageUsual);
  Json page = Json::array();
  Json next;
  std::array<std::uint64_t, kJobStateCount> counts{};
  if (!tenant) {
    for (std::uint32_t i = 0; i < kJobStateCount; ++i) {
      counts[i] = tables.count_of(static_cast<JobState>(i));
    }
  }
  const auto& jobs = tables.jobs();
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    if (tenant && job->tenant != *tenant) continue;
    if (tenant) ++counts[static_cast<std::size_t>(job->state)];
    const bool fits = job->id.value < before &&
                      (state.empty() || state == name_of(job->state) ||
                       (state == "live" && !has_ended(job->state))) &&
                      (name.empty() || job->spec->name == name);
    if (!fits || !next.is_null()) {
      if (!next.is_null() && !tenant) break;
      continue;
    }
    if (page.size() == limit) {
      next = page.back()["id"];
      continue;
    }
    page.push_back(job_json(call.plane, *job));
  }
  Json by_state = Json::object();
  for (std::uint32_t i = 0; i < kJobStateCount; ++i) {
    by_state[name_of(static_cast<JobState>(i))] = counts[i];
  }
  return json_answer({{"jobs", page}, {"next", next}, {"counts", by_state}});
}

http::Answer show_job(Call& call) {
  const Job& job = job_of(call);
  Json json = job_json(call.plane, job);
  json["devices"] = job.devices;
  return json_answer(json);
}

http::Answer cancel_job(Call& call) {
  const Job& job = job_of(call);
  if (has_ended(job.state)) {
    throw Problem(409, "has_ended",
                  fmt::format("job {} has ended already: {}", job.id.value, name_of(job.state)));
  }
  if (job.state != JobState::kStopping)
    call.plane.execute(command::Cancel{job.id}, {{"by", call.token.name}});
  return json_answer(job_json(call.plane, *call.plane.tables().find(job.id)), 202);
}

const Schema& log_schema() {
  static const Schema schema{
      "Log",
      "What a process printed, from an offset on.",
      {{.name = "job", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "rank", .type = FieldType::kInteger, .is_required = true},
       {.name = "start",
        .type = FieldType::kInteger,
        .description = "which start of the job",
        .is_required = true},
       {.name = "stream", .is_required = true, .words = {"out", "err"}},
       {.name = "text",
        .description = "bytes that are no UTF-8 are replaced",
        .is_required = true,
        .most = 4 << 20},
       {.name = "next_offset", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "is_complete",
        .type = FieldType::kBoolean,
        .description = "nothing will follow",
        .is_required = true}}};
  return schema;
}

/// "rank 0 alone", "ranks 0 to 3".
std::string numbered(const char* noun, std::uint64_t first, std::uint64_t last) {
  return first == last ? fmt::format("{} {} alone", noun, first)
                       : fmt::format("{}s {} to {}", noun, first, last);
}

/// How many processes the last start has; before the first one, as many as it may have. O(ranges).
std::uint64_t ranks_of(const Job& job) {
  const JobSpec& spec = *job.spec;
  std::uint64_t gpus = spec.part.nodes * std::uint64_t{kMaxGpusPerNode} + spec.part.gpus;
  std::uint64_t nodes = spec.part.nodes + std::uint64_t{spec.part.gpus};
  if (!job.ranges.empty()) {
    gpus = 0;
    nodes = 0;
    std::vector<NodeRange> ranges = job.ranges;
    std::ranges::sort(ranges, {}, &NodeRange::first);
    std::uint64_t counted = 0;  // all nodes before it
    for (const NodeRange& range : ranges) {
      gpus += range.gpus();
      const std::uint64_t end = std::uint64_t{range.first} + range.count;
      nodes += end - std::min(end, std::max<std::uint64_t>(counted, range.first));
      counted = std::max(counted, end);
    }
  }
  return spec.processes_per_node > 0 ? spec.processes_per_node * nodes : gpus;
}

/// What the query asks for, of what there is.
LogOf log_of(const Call& call, const Job& job) {
  const LogOf log{job.id, call.number_of("start", job.epoch),
                  static_cast<std::uint32_t>(call.number_of("rank", 0)),
                  call.text_of("stream") == "err"};
  const auto refuse = [&](const std::string& what) {
    throw Problem(404, "not_found", fmt::format("job {} has {}", job.id.value, what));
  };
  if (log.start > job.epoch) {
    refuse(job.epoch == 0 ? "not been started yet" : numbered("start", 1, job.epoch));
  }
  const std::uint64_t ranks = ranks_of(job);
  // An earlier start may have had more.
  const bool is_printed = log.start < job.epoch && has_output(call.plane, log);
  if (log.rank >= ranks && !is_printed) refuse(numbered("rank", 0, ranks - 1));
  return log;
}

http::Answer show_log(Call& call) {
  const LogOf log = log_of(call, job_of(call));
  const std::uint64_t offset = call.number_of("offset", 0);
  const LogPiece piece = read_log(call.plane, log, offset, call.number_of("limit", kLogBytesMost));
  return json_answer({{"job", log.job.value},
                      {"rank", log.rank},
                      {"start", log.start},
                      {"stream", log.is_error ? "err" : "out"},
                      {"text", piece.text},
                      {"next_offset", offset + piece.text.size()},
                      {"is_complete", piece.is_complete}});
}

Follow follow_log(Call& call, std::string_view last_event_id) {
  const Job& job = job_of(call);
  LogOf log = log_of(call, job);
  std::uint64_t offset = call.number_of("offset", 0);
  if (!last_event_id.empty() && !read_log_position(last_event_id, log.start, offset)) {
    throw Problem(400, "bad_header", "Last-Event-ID: expected START.OFFSET");
  }
  if (log.start > job.epoch) {
    throw Problem(409, "ahead",
                  fmt::format("Last-Event-ID: found start {}, and job {} has had {}: it is of "
                              "another ledger, expected none or one of this",
                              log.start, job.id.value, job.epoch));
  }
  return [token = call.token, log, offset](Plane& plane, http::Responder& responder) {
    auto stream = begin_stream(responder, "what a process of a job prints");
    if (!plane.logs().follow(token, log, offset, stream, plane.now())) {
      stream->send("event: error\ndata: too many logs are followed\n\n");
      stream->close();
    }
  };
}

/// Jobs that hold GPUs of the queue, the largest first; what a tenant may not see, in one sum.
Json holders_of(const Call& call, QueueId queue) {
  constexpr std::size_t kShown = 10;
  std::vector<const Job*> holders;
  for (const Job& job : call.plane.tables().jobs()) {
    const bool holds = job.state == JobState::kStarting || job.state == JobState::kRunning ||
                       job.state == JobState::kStopping;
    if (holds && job.queue == queue) holders.push_back(&job);
  }
  const auto gpus = [](const Job* job) { return least_gpus(job->spec->request()); };
  std::ranges::stable_sort(holders, [&](const Job* a, const Job* b) { return gpus(a) > gpus(b); });
  Json list = Json::array();
  std::uint64_t others_gpus = 0;
  for (const Job* job : holders) {
    const placement::Job* held = call.plane.state().scheduling().jobs.find(job->id);
    if (call.token.role == Role::kTenant && job->tenant != call.token.tenant) {
      others_gpus += held == nullptr ? 0 : held->held_gpus;
      continue;
    }
    if (list.size() == kShown) continue;
    list.push_back({{"job", job->id.value},
                    {"name", job->spec->name.empty() ? Json() : Json(job->spec->name)},
                    {"tenant", call.plane.tables().tenants()[job->tenant.value].name},
                    {"gpus", held == nullptr ? 0 : held->held_gpus},
                    {"ends_by", held == nullptr || job->spec->time_limit.us == 0
                                    ? Json()
                                    : Json(text_of(held->estimated_end))}});
  }
  const placement::Queue& place = call.plane.state().scheduling().queues[queue.value];
  if (const std::uint64_t unavailable = place.unavailable_gpus(); unavailable > 0) {
    list.push_back({{"job", nullptr},
                    {"name", "not ours to use"},
                    {"tenant", nullptr},
                    {"gpus", unavailable},
                    {"ends_by", nullptr}});
  }
  if (others_gpus > 0) {
    list.push_back({{"job", nullptr},
                    {"name", nullptr},
                    {"tenant", nullptr},
                    {"gpus", others_gpus},
                    {"ends_by", nullptr}});
  }
  return list;
}

/// " with northwind at iowa, on 8 GPUs of northwind-order".
std::string place_of(const Json& job) {
  if (job["supplier"].is_null()) return {};
  return fmt::format(" with {} at {}, on {} GPUs of {}", job["supplier"].get<std::string>(),
                     job["site"].get<std::string>(), job["gpus"].get<std::uint64_t>(),
                     job["order"].get<std::string>());
}

const Schema& explanation_schema() {
  static const Schema schema{
      "JobExplanation",
      "Why a job runs where it runs, or waits; who holds what it waits for; what would change it.",
      {{.name = "job", .type = FieldType::kObject, .is_required = true, .schema = &job_schema()},
       {.name = "reason", .description = "one sentence", .is_required = true},
       {.name = "holders",
        .type = FieldType::kAny,
        .description = "who holds GPUs where it is queued",
        .is_required = true},
       {.name = "next",
        .type = FieldType::kTextList,
        .description = "what would change it",
        .is_required = true},
       {.name = "places",
        .type = FieldType::kAny,
        .description = "every supplier, as `stargate explain --json` has it; null for a tenant",
        .is_required = true,
        .may_be_null = true}}};
  return schema;
}

http::Answer explain_job(Call& call) {
  const Job& job = job_of(call);
  const core::State& state = call.plane.state();
  explain::Asked asked{job.spec->request(), kNever};
  asked.request.parts[0].kinds =
      state.scheduling().market.book.workloads()[job.workload.value].kinds;
  const explain::Explanation explanation =
      explain::explain(state, state.scheduling().market.book, job.workload,
                       {call.plane.now(), call.plane.now()}, &asked);
  const Json places = Json::parse(explain::to_json(explanation));
  std::string reason = why_of(call.plane, job);
  std::vector<std::string> next;
  if (job.state == JobState::kRunning) {
    reason = "it runs" + place_of(job_json(call.plane, job));
  } else if (has_ended(job.state)) {
    reason = job.state == JobState::kCancelled ? "it was cancelled"
                                               : fmt::format("it has {}{}{}", name_of(job.state),
                                                             reason.empty() ? "" : ": ", reason);
  } else {
    reason = fmt::format("it is {}{}{}", name_of(job.state), reason.empty() ? "" : ": ", reason);
    if (job.state == JobState::kWaiting) {
      next = explanation.next;
      if (job.reason == Reason::kNeedsOffer || job.reason == Reason::kNotOrdered) {
        next.push_back(fmt::format(
            "`stargate propose --job {} --supplier NAME` orders capacity for it", job.id.value));
      }
    } else {
      next.push_back("GPUs that are given back; the holders are listed");
    }
  }
  const bool may_see_places = call.token.role != Role::kTenant;
  return json_answer(
      {{"job", job_json(call.plane, job)},
       {"reason", reason},
       {"holders",
        has_ended(job.state) || !is_set(job.queue) ? Json::array() : holders_of(call, job.queue)},
       {"next", next},
       {"places", may_see_places ? places : Json()}});
}

}  // namespace

std::vector<Route> job_routes() {
  const std::vector<Field> page = {{.name = "limit",
                                    .type = FieldType::kInteger,
                                    .description = "at most so many",
                                    .least = 1,
                                    .most = kPageMost},
                                   {.name = "before",
                                    .type = FieldType::kInteger,
                                    .description = "jobs with lower numbers",
                                    .least = 0,
                                    .most = INT64_MAX},
                                   {.name = "state",
                                    .description = "of this state; live: not ended",
                                    .words = {"live", "waiting", "queued", "starting", "running",
                                              "stopping", "succeeded", "failed", "cancelled"}},
                                   {.name = "tenant", .description = "of this tenant", .most = 128},
                                   {.name = "name", .description = "of this name", .most = 128}};
  const std::vector<Field> log = {
      {.name = "rank",
       .type = FieldType::kInteger,
       .description = "of this process (0)",
       .least = 0,
       .most = 1 << 20},
      {.name = "stream", .description = "out or err (out)", .words = {"out", "err"}},
      {.name = "start",
       .type = FieldType::kInteger,
       .description = "of this start of the job (the last)",
       .least = 1,
       .most = 1 << 30},
      {.name = "offset",
       .type = FieldType::kInteger,
       .description = "from this byte on",
       .least = 0,
       .most = std::int64_t{1} << 50},
      {.name = "limit",
       .type = FieldType::kInteger,
       .description = "bytes at most",
       .least = 4,
       .most = static_cast<std::int64_t>(kLogBytesMost)}};
  return {
      {"GET",
       "/v1/jobs",
       "listJobs",
       "List jobs, the newest first",
       kJobReaders,
       page,
       nullptr,
       nullptr,
       200,
       &job_page_schema(),
       {},
       list_jobs},
      {"GET",
       "/v1/jobs/{job}",
       "showJob",
       "Show a job",
       kJobReaders,
       {},
       nullptr,
       nullptr,
       200,
       &job_schema(),
       {404},
       show_job},
      {"POST",
       "/v1/jobs/{job}/cancel",
       "cancelJob",
       "Cancel a job",
       kJobSubmitters,
       {},
       nullptr,
       nullptr,
       202,
       &job_schema(),
       {404, 409},
       cancel_job},
      {"GET",
       "/v1/jobs/{job}/explanation",
       "explainJob",
       "Say why a job runs where it runs, or waits",
       kJobReaders,
       {},
       nullptr,
       nullptr,
       200,
       &explanation_schema(),
       {404},
       explain_job},
      {"GET",
       "/v1/jobs/{job}/log",
       "readLog",
       "Read what a process of a job printed; with Accept: text/event-stream, follow it",
       kJobReaders,
       log,
       nullptr,
       nullptr,
       200,
       &log_schema(),
       {404, 409},
       show_log,
       false,
       false,
       nullptr,
       follow_log},
  };
}

}  // namespace stargate::server
