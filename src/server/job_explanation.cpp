#include "server/job_explanation.h"

#include <algorithm>

#include <fmt/format.h>

#include "event/describe.h"
#include "explain/words.h"
#include "server/forecast.h"
#include "server/job_view.h"
#include "server/outages.h"

namespace stargate::server {
namespace {

/// A start for which more has to end before is not foretold.
constexpr std::size_t kEndsMost = 200;
/// So many jobs are named in a sentence.
constexpr std::size_t kNamed = 3;

bool hides(const Call& call, const Job& job) {
  return call.token.role == Role::kTenant && job.tenant != call.token.tenant;
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
    if (hides(call, *job)) {
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

/// "job 12", "jobs 12 and 13", "5 jobs", and whether that is one.
std::string ends_text(const Call& call, const std::vector<JobId>& ends) {
  std::vector<std::string> names;
  for (const JobId id : ends) {
    const Job* job = call.plane.tables().find(id);
    if (job != nullptr && !hides(call, *job)) names.push_back(std::to_string(id.value));
  }
  if (names.size() == ends.size() && names.size() <= kNamed) {
    return (names.size() == 1 ? "job " : "jobs ") + explain::list_of(names, "and");
  }
  if (ends.size() == 1) return "a job of another tenant";
  return fmt::format("{} jobs", ends.size());
}

/// "it starts when job 12 ends, at the latest ..."; empty: that is not foretold.
std::string start_text(const Call& call, const Job& job) {
  core::Engine fork(call.plane.state());
  const auto forecast = forecast_start(fork, job.id, kEndsMost);
  if (!forecast || forecast->ends.empty()) return "";
  const bool is_bounded = std::ranges::all_of(forecast->ends, [&](JobId id) {
    const Job* ends = call.plane.tables().find(id);
    return ends != nullptr && ends->spec->time_limit.us > 0;
  });
  const std::string when = fmt::format("it starts when {} {}", ends_text(call, forecast->ends),
                                       forecast->ends.size() == 1 ? "ends" : "have ended");
  return is_bounded ? fmt::format("{}, at the latest {}, if none that goes first comes before",
                                  when, second_text_up(forecast->at))
                    : when + "; without a time limit of each it is not known when that is";
}

/// "it runs with aurora at aurora-iowa, on 8 GPUs of aurora-order under aurora-paper".
std::string place_text(const Call& call, const Job& job, const char* doing) {
  const agreement::Book& book = call.plane.state().scheduling().market.book;
  const OrderId order = call.plane.order_of(job.queue);
  if (!is_set(order)) return doing;
  const Order& of = book.orders()[order.value];
  const placement::Job* held = call.plane.state().scheduling().jobs.find(job.id);
  const std::uint64_t gpus = held == nullptr ? 0 : held->held_gpus;
  return fmt::format("{} with {} at {}, on {} of {} under {}", doing,
                     book.parties()[book.supplier_of(order).value].name,
                     book.sites()[of.site.value].name,
                     gpus == 1 ? "1 GPU" : fmt::format("{} GPUs", gpus), of.name,
                     book.agreements()[of.agreement.value].name);
}

std::string queued_text(const Call& call, const Job& job) {
  const Plane& plane = call.plane;
  const agreement::Book& book = plane.state().scheduling().market.book;
  const OrderId order = plane.order_of(job.queue);
  if (!is_set(order)) return "it is queued: " + why_of(plane, job);
  const std::string supplier = book.parties()[book.supplier_of(order).value].name;
  const std::string where =
      fmt::format("it is queued at {} of {}", book.orders()[order.value].name, supplier);
  return where + ": " + why_of(plane, job);
}

/// The answers about places, as contracts and capacity are now.
explain::Explanation places_of(const Call& call, const Job& job) {
  const auto& market = call.plane.state().scheduling().market;
  explain::Asked asked;
  asked.request = job.spec->request();
  asked.request.parts[0].kinds = market.book.workloads()[job.workload.value].kinds;
  asked.job = job.id;
  asked.outages = outages(call);
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  return explain::explain(call.plane.state(), market.book, job.workload, now, &asked);
}

std::vector<std::string> next_of(const Call& call, const Job& job,
                                 const explain::Explanation& places) {
  std::vector<std::string> next;
  const OrderId order =
      is_set(job.queue) && !has_ended(job.state) ? call.plane.order_of(job.queue) : kNo<OrderId>;
  if (job.state == JobState::kWaiting) {
    next = places.next;
    for (std::uint32_t i = 0; i < call.plane.state().scheduling().market.book.orders().size();
         ++i) {
      const std::string& name = call.plane.state().scheduling().market.book.orders()[i].name;
      const bool is_out = std::ranges::any_of(places.suppliers, [&](const auto& supplier) {
        return std::ranges::any_of(supplier.orders, [&](const auto& answer) {
          return answer.order == name && answer.shortage == explain::Shortage::kOutOfService;
        });
      });
      if (!is_out) continue;
      const std::vector<std::string> ends = ends_of_outages(call, {i});
      next.insert(next.end(), ends.begin(), ends.end());
    }
    if (job.reason == Reason::kNeedsOffer || job.reason == Reason::kNotOrdered) {
      next.push_back(fmt::format(
          "`stargate propose --job {} --supplier NAME` orders capacity for it", job.id.value));
    }
    return next;
  }
  if (job.state == JobState::kQueued) {
    const std::string start = start_text(call, job);
    if (!start.empty()) next.push_back(start);
  }
  if (is_set(order) && (job.state == JobState::kQueued || lost_contact_of(call.plane, order))) {
    const std::vector<std::string> ends = ends_of_outages(call, order);
    next.insert(next.end(), ends.begin(), ends.end());
  }
  if (job.state == JobState::kQueued && next.empty()) {
    next.push_back("it is looked at again whenever GPUs are given back where it may run");
  }
  return next;
}

}  // namespace

const Schema& explanation_schema() {
  static const Schema schema{
      "JobExplanation",
      "Why a job runs where it runs, or waits; who holds what it waits for; what comes next.",
      {{.name = "job", .type = FieldType::kObject, .is_required = true, .schema = &job_schema()},
       {.name = "reason", .description = "one sentence", .is_required = true},
       {.name = "holders",
        .type = FieldType::kAny,
        .description = "who holds GPUs where it is queued",
        .is_required = true},
       {.name = "next",
        .type = FieldType::kTextList,
        .description = "what comes next, or what would change it",
        .is_required = true},
       {.name = "places",
        .type = FieldType::kAny,
        .description = "every supplier, as `stargate explain --json` has it, as if this job alone "
                       "ran nowhere; null for a tenant",
        .is_required = true,
        .may_be_null = true}}};
  return schema;
}

http::Answer explanation_of(const Call& call, const Job& job) {
  const explain::Explanation places = places_of(call, job);
  const bool is_tenant = call.token.role == Role::kTenant;
  std::string reason;
  if (job.state == JobState::kRunning) {
    // What ranks places is told to those who may see prices.
    reason = place_text(call, job, "it runs") +
             (is_tenant || places.runs_at.empty() ? "" : explain::why_there(places));
  } else if (job.state == JobState::kStarting) {
    reason = place_text(call, job, "it is starting");
  } else if (job.state == JobState::kQueued) {
    reason = queued_text(call, job);
  } else {
    const std::string why = why_of(call.plane, job);
    reason = fmt::format("it {} {}{}{}",
                         job.state == JobState::kCancelled ? "was"
                         : has_ended(job.state)            ? "has"
                                                           : "is",
                         name_of(job.state), why.empty() ? "" : ": ", why);
  }
  return json_answer(
      {{"job", job_json(call.plane, job)},
       {"reason", reason},
       {"holders", job.state == JobState::kQueued ? holders_of(call, job.queue) : Json::array()},
       {"next", next_of(call, job, places)},
       {"places", is_tenant ? Json() : Json::parse(explain::to_json(places))}});
}

}  // namespace stargate::server
