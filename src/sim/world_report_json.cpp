#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "sim/json_lines.h"
#include "sim/world_report.h"

namespace stargate::sim {
namespace {

// Keeps the keys in the order in which they are set.
using Json = nlohmann::ordered_json;

Json amount_json(const Amount& amount) {
  return {{"currency", amount.currency.text()}, {"amount_micros", nearest_int64(amount.micros)}};
}

Json amounts_json(const std::vector<Amount>& amounts) {
  Json array = Json::array();
  for (const Amount& amount : amounts) array.push_back(amount_json(amount));
  return array;
}

double share(GpuTime part, GpuTime whole) {
  return whole.gpu_us == 0 ? 0
                           : static_cast<double>(part.gpu_us) / static_cast<double>(whole.gpu_us);
}

double unix_seconds(Instant at) { return static_cast<double>(at.us) / 1e6; }

Json parties_json(const std::vector<PartyUse>& parties, GpuTime all) {
  Json array = Json::array();
  for (const PartyUse& party : parties) {
    array.push_back({{"name", party.name},
                     {"used_gpu_hours", gpu_hours(party.used)},
                     {"share", share(party.used, all)}});
  }
  return array;
}

Json samples_json(const std::vector<WorldSample>& samples) {
  Json array = Json::array();
  for (const WorldSample& sample : samples) {
    array.push_back({{"until_unix_s", unix_seconds(sample.until)},
                     {"accepted_gpus", sample.accepted_gpus},
                     {"used_gpus", sample.used_gpus},
                     {"queued_gpus", sample.queued_gpus},
                     {"unmet_gpus", sample.unmet_gpus}});
  }
  return array;
}

Json commitments_json(const std::vector<CommitmentUse>& commitments) {
  Json array = Json::array();
  for (const CommitmentUse& use : commitments) {
    array.push_back({{"clause", use.clause},
                     {"supplier", use.supplier},
                     {"so_far", amount_json(use.so_far)},
                     {"used", amount_json(use.used)},
                     {"idle", amount_json(use.idle())},
                     {"invoiced", amount_json(use.shortfall)}});
  }
  return array;
}

void set_figures(Json& json, const WorldFigures& run) {
  json["jobs"] = run.jobs;
  json["jobs_started"] = run.jobs_started;
  json["jobs_ended"] = run.jobs_ended;
  json["jobs_running"] = run.jobs_running;
  json["jobs_queued"] = run.jobs_queued;
  json["jobs_unmet"] = run.jobs_unmet;
  json["stops"] = run.stops;
  json["mean_wait_s"] = run.mean_wait_s;
  json["p50_wait_s"] = run.p50_wait_s;
  json["p95_wait_s"] = run.p95_wait_s;
  json["p99_wait_s"] = run.p99_wait_s;
  json["accepted_gpu_hours"] = gpu_hours(run.accepted);
  json["used_gpu_hours"] = gpu_hours(run.used);
  json["idle_gpu_hours"] = gpu_hours(run.idle);
  json["queued_gpu_hours"] = gpu_hours(run.queued);
  json["unmet_gpu_hours"] = gpu_hours(run.unmet);
  json["not_run_gpu_hours"] = gpu_hours(run.not_run);
  json["queued_gpus"] = run.queued_gpus;
  json["unmet_gpus"] = run.unmet_gpus;
  json["unmet_at_end"] = Json::array();
  for (const UnmetGroup& group : run.unmet_at_end) {
    json["unmet_at_end"].push_back({{"reason", group.reason},
                                    {"clause", group.clause},
                                    {"jobs", group.jobs},
                                    {"gpus", group.gpus}});
  }
  json["suppliers"] = Json::array();
  for (const SupplierResult& supplier : run.suppliers) {
    json["suppliers"].push_back({{"name", supplier.name},
                                 {"accepted_gpu_hours", gpu_hours(supplier.accepted)},
                                 {"used_gpu_hours", gpu_hours(supplier.used)},
                                 {"idle_gpu_hours", gpu_hours(supplier.idle)},
                                 {"unpriced_gpu_hours", gpu_hours(supplier.unpriced)},
                                 {"share", share(supplier.used, run.used)},
                                 {"spending", amounts_json(supplier.spending)}});
  }
  json["operators"] = parties_json(run.operators, run.used);
  json["landlords"] = parties_json(run.landlords, run.used);
  json["supplier_concentration"] = run.supplier_concentration;
  json["operator_concentration"] = run.operator_concentration;
  json["landlord_concentration"] = run.landlord_concentration;
  json["spending"] = amounts_json(run.spending);
  json["transfers"] = {{"made", run.transfers.made},
                       {"bytes", static_cast<double>(run.transfers.bytes)},
                       {"spending", amounts_json(run.transfers.spending)}};
  json["unpriced_orders"] = run.unpriced_orders;
  json["commitments"] = commitments_json(run.commitments);
  json["offers"] = {{"made", run.offers.made},
                    {"accepted", run.offers.accepted},
                    {"declined", run.offers.declined},
                    {"lapsed", run.offers.lapsed},
                    {"withdrawn", run.offers.withdrawn},
                    {"waived", run.offers.waived},
                    {"open", run.offers.open}};
  json["breached"] = run.breached;
  json["excused"] = run.excused;
  json["samples"] = samples_json(run.samples);
}

Json run_json(const WorldReport& report, const WorldResult& run) {
  Json json;
  json["stargate_version"] = report.version;
  json["run"] = run.name;
  json["world"] = run.world;
  json["assumed"] = run.assumed;
  json["workloads"] = run.workloads;
  json["begin_unix_s"] = unix_seconds(run.begin);
  json["end_unix_s"] = unix_seconds(run.end);
  json["interrupted"] = run.interrupted;
  set_figures(json, run);
  json["labs"] = Json::array();
  for (const LabFigures& figures : run.labs) {
    Json lab{{"lab", figures.lab}};
    set_figures(lab, figures);
    json["labs"].push_back(std::move(lab));
  }
  json["events"] = run.events;
  json["commands"] = run.commands;
  json["wall_s"] = run.wall_s;
  return json;
}

}  // namespace

std::string world_report_json(const WorldReport& report, bool as_array) {
  std::vector<Json> runs;
  runs.reserve(report.runs.size());
  for (const WorldResult& run : report.runs) runs.push_back(run_json(report, run));
  return json_lines(runs, as_array || runs.size() != 1, JsonRows::kOfArraysOfObjects);
}

}  // namespace stargate::sim
