#include "server/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "agreement/price.h"
#include "core/engine.h"
#include "event/describe.h"
#include "server/forecast.h"
#include "server/job_view.h"
#include "server/submit.h"

namespace stargate::server {
namespace {

/// A start for which more has to end before is not foretold.
constexpr std::size_t kEndsMost = 10'000;

std::string money_text(const Money& money) {
  return fmt::format("{} {:.2f}", money.currency.text(),
                     static_cast<double>(money.micros) / 1'000'000.0);
}

}  // namespace

http::Answer plan_of(Call& call, const JobSpec& spec) {
  const Resolved resolved = resolve(call.plane, call.token, spec);
  core::Engine fork(call.plane.state());
  EventBatch batch;
  const Instant at = std::max(call.plane.now(), call.plane.store().now());
  const auto& scheduling = fork.state().scheduling();
  WorkloadId workload = resolved.known;
  if (!is_set(workload)) {
    workload = {static_cast<std::uint32_t>(scheduling.market.book.workloads().size())};
    fork.execute({at, command::Define{resolved.workload}}, batch);
  }
  Request request = request_of(spec, resolved);
  command::SubmitWorkload command = submission_of(fork.state(), spec, resolved, workload);
  command.request = {static_cast<std::uint32_t>(scheduling.requests.size())};
  fork.execute({at, command::DefineRequest{command.request, request}}, batch);
  request.accepts_degraded = true;
  command.early_request = {static_cast<std::uint32_t>(scheduling.requests.size())};
  fork.execute({at, command::DefineRequest{command.early_request, request}}, batch);
  batch.clear();
  fork.execute({at, command}, batch);

  const placement::Job* job = scheduling.jobs.find(command.job);
  Json json;
  json["would_start"] = false;
  if (job == nullptr) throw Problem(422, "invalid", "the job is refused");
  const bool is_queued = is_set(job->queue);
  if (is_queued) {
    const QueueId queue = job->queue;
    fork.execute({at, command::Schedule{queue}}, batch);
    job = scheduling.jobs.find(command.job);
  }
  const bool starts = job->holds_gpus();
  json["would_start"] = starts;
  json["state"] = starts ? "starting" : is_queued ? "queued" : "waiting";
  json["reason"] = starts ? "it starts at once" : reason_words(job->unmet);
  if (!starts && is_queued) {
    const placement::Queue& queue = scheduling.queues[job->queue.value];
    json["reason"] = queued_words(call.plane, scheduling, *job,
                                  queue.waits == job->id ? queue.waits_for : Reason::kNone);
  }
  json["supplier"] = json["order"] = json["site"] = json["nodes"] = json["start_estimate"] =
      json["price"] = nullptr;
  if (!is_set(job->queue)) return json_answer(json);
  const OrderId order = scheduling.market.places[job->queue.value].order;
  const agreement::Book& book = scheduling.market.book;
  json["supplier"] = book.parties()[book.supplier_of(order).value].name;
  json["order"] = book.orders()[order.value].name;
  json["site"] = book.sites()[book.orders()[order.value].site.value].name;
  const std::uint64_t gpus = least_gpus(spec.request());
  if (starts) json["nodes"] = text_of(job->ranges.span());
  if (call.token.role != Role::kTenant) {
    const agreement::UseRecord use{order, resolved.workload.use, at, at + spec.estimate(), gpus};
    const agreement::OrderCost cost =
        agreement::cost_of(book, order, std::span(&use, 1), {at, at + spec.estimate()}, at);
    if (cost.money) json["price"] = money_text(*cost.money);
  }
  if (starts) {
    json["start_estimate"] = text_of(at);
  } else if (const auto forecast = forecast_start(fork, command.job, kEndsMost)) {
    json["start_estimate"] = text_of(forecast->at);
  }
  return json_answer(json);
}

}  // namespace stargate::server
