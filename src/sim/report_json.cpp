#include "sim/report_json.h"

#include <nlohmann/json.hpp>

#include "model/topology.h"
#include "sim/json_lines.h"

namespace stargate::sim {
namespace {

// Keeps the keys in the order in which they are set.
using Json = nlohmann::ordered_json;

double in_seconds(Duration length) {
  return static_cast<double>(length.us) / static_cast<double>(kMicrosPerSecond);
}

Json queues_json(const std::vector<ReplayQueue>& queues) {
  Json array = Json::array();
  for (const ReplayQueue& queue : queues) {
    array.push_back(
        {{"name", queue.name}, {"nodes", queue.fleet.nodes()}, {"gpus", queue.fleet.gpus()}});
  }
  return array;
}

Json options_json(const Report& report, const RunResult& run) {
  const ReplayOptions& options = report.options;
  Json json;
  json["trace"] = run.trace;
  json["fleet"] = run.fleet;
  json["order"] = run.order;
  json["backfill"] = run.backfill;
  json["backfill_order"] = run.backfill_order;
  json["estimate"] = run.estimate;
  json["place"] = run.place;
  json["overhead"] = options.overhead;
  json["restart_overhead_s"] = in_seconds(options.restart_overhead);
  json["half_life_s"] = in_seconds(options.half_life);
  if (!report.queue_scale.empty()) json["queue_scale"] = report.queue_scale;
  json["queues"] = queues_json(options.queues);
  json["tenants"] = options.tenants.size();
  json["reservations"] = options.reservations.size();
  json["health_changes"] = options.health.size();
  return json;
}

Json usage_json(const std::vector<UsageSample>& usage) {
  Json array = Json::array();
  for (const UsageSample& sample : usage) {
    array.push_back({{"at_s", sample.at_s},
                     {"gpus_used", sample.gpus_used},
                     {"gpus_capacity", sample.gpus_capacity},
                     {"jobs_queued", sample.jobs_queued},
                     {"gpus_queued", sample.gpus_queued}});
  }
  return array;
}

Json waits_json(const std::vector<WaitRow>& rows) {
  Json array = Json::array();
  for (const WaitRow& row : rows) {
    array.push_back({{"label", row.label},
                     {"jobs", row.jobs},
                     {"gpu_hours", row.gpu_hours},
                     {"mean_wait_s", row.mean_wait_s},
                     {"p50_wait_s", row.p50_wait_s},
                     {"p90_wait_s", row.p90_wait_s},
                     {"p99_wait_s", row.p99_wait_s},
                     {"max_wait_s", row.max_wait_s}});
  }
  return array;
}

Json starts_json(const std::vector<StartSample>& starts) {
  Json array = Json::array();
  for (const StartSample& start : starts) {
    array.push_back({{"submit_s", start.submit_s},
                     {"wait_s", start.wait_s},
                     {"run_s", start.run_s},
                     {"gpus", start.gpus}});
  }
  return array;
}

Json run_json(const Report& report, const RunResult& run) {
  Json json;
  json["stargate_version"] = report.version;
  json["trace"] = run.trace;
  json["fleet"] = run.fleet;
  json["order"] = run.order;
  json["backfill"] = run.backfill;
  json["backfill_order"] = run.backfill_order;
  json["estimate"] = run.estimate;
  json["place"] = run.place;
  json["gpus"] = run.gpus;
  json["nodes"] = run.nodes;
  json["jobs"] = run.jobs;
  json["skipped"] = run.skipped;
  json["skipped_by_reason"] = Json::object();
  for (const auto& [reason, count] : run.skipped_by_reason) {
    json["skipped_by_reason"][reason] = count;
  }
  json["mean_wait_s"] = run.mean_wait_s;
  json["mean_wait_eligible_s"] = run.mean_wait_eligible_s;
  json["median_wait_s"] = run.median_wait_s;
  json["p99_wait_s"] = run.p99_wait_s;
  json["max_wait_s"] = run.max_wait_s;
  json["mean_turnaround_s"] = run.mean_turnaround_s;
  json["median_turnaround_s"] = run.median_turnaround_s;
  json["p99_turnaround_s"] = run.p99_turnaround_s;
  json["max_turnaround_s"] = run.max_turnaround_s;
  json["mean_bounded_slowdown"] = run.mean_bounded_slowdown;
  json["makespan_s"] = run.makespan_s;
  json["utilisation"] = run.utilisation;
  json["preemptions"] = run.preemptions;
  json["lost_gpu_hours"] = run.lost_gpu_hours;
  json["events"] = run.events;
  json["commands"] = run.commands;
  json["running_at_end"] = run.running_at_end;
  json["queued_at_end"] = run.queued_at_end;
  json["interrupted"] = run.interrupted;
  json["load_s"] = run.load_s;
  json["wall_s"] = run.wall_s;
  json["peak_rss_bytes"] = run.peak_rss_bytes;
  json["event_hash"] = run.event_hash;
  json["notes"] = report.notes;
  json["options"] = options_json(report, run);
  json["usage"] = usage_json(run.usage);
  json["waits_by_size"] = waits_json(run.waits_by_size);
  json["waits_by_tenant"] = waits_json(run.waits_by_tenant);
  json["starts"] = starts_json(run.starts);
  return json;
}

}  // namespace

std::string report_json(const Report& report, bool as_array) {
  const bool alone = !as_array && report.runs.size() == 1;
  std::vector<Json> runs;
  for (const RunResult& run : report.runs) runs.push_back(run_json(report, run));
  if (!alone) {
    for (const RunResult& run : report.not_begun) runs.push_back(run_json(report, run));
  }
  return json_lines(runs, !alone, JsonRows::kOfAllArrays);
}

}  // namespace stargate::sim
