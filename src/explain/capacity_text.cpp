// What can run by a day, for people and for programs.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "explain/capacity.h"
#include "explain/explain.h"
#include "explain/json_values.h"
#include "explain/paragraph.h"
#include "explain/table.h"

namespace stargate::explain {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidest[] = {24, 12, 12, 12, 12};
constexpr std::size_t kMostListed = 8;

TableRow row_of(const SiteCapacity& site, const std::string& name) {
  TableRow row{name, std::to_string(site.accepted_gpus)};
  for (const std::uint64_t gpus : site.gpus) row.push_back(std::to_string(gpus));
  row.push_back(std::to_string(site.promised_gpus));
  return row;
}

void put_lab(const LabCapacity& lab, std::string& out) {
  out += "\n" + lab.lab + "\n";
  std::string secured;
  for (const CapacityAmount& amount : lab.secured) {
    secured += (secured.empty() ? "Secured, or further: " : ", ") + amount_text(amount);
  }
  if (!secured.empty()) put(secured, "", "  ", out);
  std::vector<TableRow> rows{{"SITE", "ACCEPTED", "P10", "P50", "P90", "PROMISED"}};
  for (const SiteCapacity& site : lab.sites) rows.push_back(row_of(site, site.site));
  if (lab.sites.size() > 1) rows.push_back(row_of(lab.all, "all"));
  if (rows.size() > 1) put_table(rows, kWidest, out);
}

Json json_of(const SiteCapacity& site) {
  Json object;
  object["site"] = text_or_null(site.site);
  object["accepted_gpus"] = site.accepted_gpus;
  for (std::size_t i = 0; i < kPercentileCount; ++i) {
    object[fmt::format("p{}_gpus", kPercentiles[i])] = site.gpus[i];
  }
  object["promised_gpus"] = site.promised_gpus;
  return object;
}

Json json_of(const LabCapacity& lab) {
  Json object;
  object["lab"] = lab.lab;
  object["secured"] = Json::array();
  for (const CapacityAmount& amount : lab.secured) {
    object["secured"].push_back({{"amount", amount.value}, {"unit", name_of(amount.unit)}});
  }
  object["sites"] = Json::array();
  for (const SiteCapacity& site : lab.sites) object["sites"].push_back(json_of(site));
  object["all"] = json_of(lab.all);
  object["all"].erase("site");
  return object;
}

}  // namespace

std::string to_text(const Capacity& capacity) {
  std::string out;
  std::string asked =
      fmt::format("What can run by {}, from {}", date_text(capacity.by), date_text(capacity.at));
  if (capacity.known != capacity.at) asked += ", as known on " + date_text(capacity.known);
  put(asked, "", "  ", out);
  std::string slips = fmt::format("{} slips that were {}", capacity.slips.size(),
                                  capacity.is_observed ? "observed" : "given");
  if (capacity.slips.size() <= kMostListed) {
    for (std::size_t i = 0; i < capacity.slips.size(); ++i) {
      slips += (i == 0 ? " (" : ", ") + length_text(capacity.slips[i]);
    }
    slips += ")";
  }
  for (const std::uint32_t percent : kPercentiles) {
    slips += fmt::format("{} P{} {}", percent == kPercentiles[0] ? ":" : ",", percent,
                         length_text(slip_at(capacity.slips, percent)));
  }
  put(slips, "", "  ", out);
  for (const LabCapacity& lab : capacity.labs) put_lab(lab, out);
  return out;
}

std::string to_json(const Capacity& capacity) {
  Json object;
  object["at"] = date_text(capacity.at);
  object["known"] = date_text(capacity.known);
  object["by"] = date_text(capacity.by);
  object["slips_are_observed"] = capacity.is_observed;
  object["slips_s"] = Json::array();
  for (const Duration slip : capacity.slips) {
    object["slips_s"].push_back(slip.us / kMicrosPerSecond);
  }
  for (const std::uint32_t percent : kPercentiles) {
    object[fmt::format("p{}_slip_s", percent)] =
        slip_at(capacity.slips, percent).us / kMicrosPerSecond;
  }
  object["labs"] = Json::array();
  for (const LabCapacity& lab : capacity.labs) object["labs"].push_back(json_of(lab));
  return dumped(object);
}

}  // namespace stargate::explain
