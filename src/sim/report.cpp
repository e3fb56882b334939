#include "sim/report.h"

#include <algorithm>

namespace stargate::sim {

const std::vector<Variant>& variants() {
  static const std::vector<Variant> kVariants{
      {"order", "--order", &RunResult::order},
      {"backfill", "--backfill", &RunResult::backfill},
      {"backfill order", "--backfill-order", &RunResult::backfill_order},
      {"estimate", "--estimate", &RunResult::estimate},
      {"place", "--place", &RunResult::place},
  };
  return kVariants;
}

std::vector<Variant> varying(const std::vector<RunResult>& runs) {
  std::vector<Variant> which;
  for (const Variant& variant : variants()) {
    const bool differs = std::any_of(runs.begin(), runs.end(), [&](const RunResult& run) {
      return run.*variant.value != runs.front().*variant.value;
    });
    if (differs) which.push_back(variant);
  }
  if (which.empty()) which.push_back(variants().front());
  return which;
}

std::string run_label(const RunResult& run, const std::vector<Variant>& which) {
  std::string label;
  for (const Variant& variant : which) {
    if (!label.empty()) label += ", ";
    const std::string& value = run.*variant.value;
    // "none" says nothing without the name of its option.
    label += value == "none" ? std::string("no ") + variant.name : value;
  }
  return label;
}

}  // namespace stargate::sim
