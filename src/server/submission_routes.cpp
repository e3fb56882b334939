// Jobs: submitted, one or many, and what would become of one.

#include <any>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "server/api.h"
#include "server/job_view.h"
#include "server/plan.h"
#include "server/submit.h"

namespace stargate::server {
namespace {

constexpr std::int64_t kBulkMost = 10'000;

std::any read_job(const JsonView& body) { return submission_of(body); }

Outcome submit_job(Call& call) {
  auto& sent = std::any_cast<Submission&>(call.read);
  const Resolved resolved = resolve(call.plane, call.token, *sent.spec);
  const JobId id = submit(call.plane, call.token, std::move(sent), resolved);
  return job_outcome(call.plane, *call.plane.tables().find(id), 201);
}

const Schema& bulk_schema() {
  static const Schema schema{"JobSpecs",
                             "Many jobs at once: all of them are taken, or none is.",
                             {{.name = "jobs",
                               .type = FieldType::kObjectList,
                               .description = "what to run",
                               .is_required = true,
                               .least = 1,
                               .most = kBulkMost,
                               .schema = &job_spec_schema()}}};
  return schema;
}

const Schema& bulk_answer_schema() {
  static const Schema schema{
      "JobNumbers",
      "The numbers of the jobs follow each other, in the order of the request.",
      {{.name = "first", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "count", .type = FieldType::kInteger, .is_required = true}}};
  return schema;
}

/// One of many.
struct SentJob {
  Submission submission;
  std::optional<Problem> problem;  ///< there is no submission
  Resolved resolved = {};
};

std::any read_jobs(const JsonView& body) {
  const JsonView list = *body.find("jobs");
  std::vector<SentJob> jobs;
  jobs.reserve(list.size());
  list.for_each([&](const JsonView& job) {
    std::string text = job.json();
    if (!jobs.empty() && !jobs.back().problem && jobs.back().submission.json == text) {
      jobs.push_back(jobs.back());
      return;
    }
    try {
      jobs.push_back(
          {{std::make_shared<const JobSpec>(new_job_spec_of(job)), std::move(text)}, std::nullopt});
    } catch (const Problem& problem) {
      jobs.push_back({{}, problem});
    }
  });
  return jobs;
}

Outcome submit_jobs(Call& call) {
  auto& jobs = std::any_cast<std::vector<SentJob>&>(call.read);
  std::vector<Fault> faults;
  // All of them are checked before any of them is done.
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    SentJob& job = jobs[i];
    const SentJob* before = i > 0 && !jobs[i - 1].problem ? &jobs[i - 1] : nullptr;
    if (before != nullptr && before->submission.spec == job.submission.spec) {
      job.resolved = before->resolved;
      continue;
    }
    try {
      if (job.problem) throw Problem(*job.problem);
      Request request = job.submission.spec->request();
      job.resolved = resolve(call.plane, call.token, *job.submission.spec);
      request.parts[0].kinds = job.resolved.workload.kinds;
      if (!is_valid(request)) throw Problem(422, "invalid", "gpus and nodes fit no request");
    } catch (const Problem& problem) {
      if (problem.status() == 403) throw;
      faults.push_back({fmt::format("/jobs/{}", i), problem.what()});
      job.problem = problem;
    }
  }
  if (!faults.empty()) {
    throw problem_of(422, "invalid", std::move(faults));
  }
  JobId first{};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    SentJob& job = jobs[i];
    // One before it may have defined the same workload.
    if (!is_set(job.resolved.known)) {
      job.resolved = resolve(call.plane, call.token, *job.submission.spec);
    }
    const JobId id = submit(call.plane, call.token, std::move(job.submission), job.resolved);
    if (i == 0) first = id;
  }
  return json_answer({{"first", first.value}, {"count", jobs.size()}}, 201);
}

const Schema& plan_schema() {
  static const Schema schema{
      "SubmissionPlan",
      "What would happen to a submission; nothing is done.",
      {{.name = "would_start",
        .type = FieldType::kBoolean,
        .description = "at once",
        .is_required = true},
       {.name = "state",
        .is_required = true,
        .words = {"starting", "queued", "waiting", "refused"}},
       {.name = "reason", .description = "a sentence", .is_required = true},
       {.name = "supplier", .is_required = true, .may_be_null = true},
       {.name = "order", .is_required = true, .may_be_null = true},
       {.name = "site", .is_required = true, .may_be_null = true},
       {.name = "nodes", .is_required = true, .may_be_null = true, .most = 1 << 20},
       {.name = "start_estimate",
        .type = FieldType::kInstant,
        .description = "by what now runs and its limits",
        .is_required = true,
        .may_be_null = true},
       {.name = "price",
        .description = "until its time limit, at today's rate; null for tenants",
        .is_required = true,
        .may_be_null = true}}};
  return schema;
}

http::Answer plan_submission(Call& call) { return plan_of(call, new_job_spec_of(call.body)); }

}  // namespace

std::vector<Route> submission_routes() {
  const Json example = {{"name", "train"},
                        {"gpus", 4},
                        {"use", "research"},
                        {"time_limit", "2 hours"},
                        {"command", {"python3", "train.py"}}};
  return {
      {"POST",
       "/v1/jobs",
       "submitJob",
       "Submit a job",
       kJobSubmitters,
       {},
       &job_spec_schema(),
       example,
       201,
       &job_schema(),
       {409, 422},
       submit_job,
       false,
       false,
       read_job},
      {"POST",
       "/v1/jobs/bulk",
       "submitJobs",
       "Submit many jobs at once, all or none",
       kJobSubmitters,
       {},
       &bulk_schema(),
       {{"jobs", Json::array({example})}},
       201,
       &bulk_answer_schema(),
       {409, 422},
       submit_jobs,
       false,
       false,
       read_jobs},
      {"POST",
       "/v1/jobs/plan",
       "planSubmission",
       "Say what would happen to a submission",
       kJobSubmitters,
       {},
       &job_spec_schema(),
       example,
       200,
       &plan_schema(),
       {409, 422},
       plan_submission},
  };
}

}  // namespace stargate::server
