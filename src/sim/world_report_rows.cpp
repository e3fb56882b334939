// What the table and the page say of the runs of a world, in words.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/report_text.h"
#include "sim/world_report.h"

namespace stargate::sim {
namespace {

/// "12.3M": three digits or four, of the largest unit that leaves at least one before the point.
std::string scaled_text(double value, const char* const (&suffixes)[5]) {
  int unit = 0;
  const double sign = value < 0 ? -1 : 1;
  double rest = std::abs(value);
  while (unit < 4 && rest >= 999.5) {
    rest /= 1'000;
    ++unit;
  }
  const int decimals = rest >= 99.95 || (unit == 0 && rest == std::floor(rest)) ? 0
                       : rest >= 9.995                                          ? 1
                                                                                : 2;
  return fmt::format("{:.{}f}{}", sign * rest, decimals, suffixes[unit]);
}

std::string amounts_text(const std::vector<Amount>& amounts) {
  if (amounts.empty()) return "-";
  std::string text;
  for (const Amount& amount : amounts) text += (text.empty() ? "" : ", ") + amount_text(amount);
  return text;
}

double share(GpuTime part, GpuTime whole) {
  return whole.gpu_us == 0 ? 0
                           : static_cast<double>(part.gpu_us) / static_cast<double>(whole.gpu_us);
}

std::string used_text(GpuTime used, GpuTime all) {
  if (used.gpu_us == 0) return "-";
  return fmt::format("{} {:>3.0f}%", gpu_hours_text(used), 100 * share(used, all));
}

template <class Value>
void add_row(std::vector<WorldRow>& rows, const WorldReport& report, std::string label,
             Value value) {
  WorldRow row{std::move(label), {}};
  for (const WorldResult& run : report.runs) row.values.push_back(value(run));
  rows.push_back(std::move(row));
}

void heading(std::vector<WorldRow>& rows, const char* text) { rows.push_back({text, {}}); }

/// Rows of the operators or of the landlords; the most used first.
void add_parties(std::vector<WorldRow>& rows, const WorldReport& report,
                 std::vector<PartyUse> WorldResult::*parties) {
  std::map<std::string, Int128> sums;
  for (const WorldResult& run : report.runs) {
    for (const PartyUse& party : run.*parties) sums[party.name] += party.used.gpu_us;
  }
  std::vector<std::string> names;
  for (const auto& [name, sum] : sums) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  for (const std::string& name : names) {
    add_row(rows, report, name, [&](const WorldResult& run) {
      for (const PartyUse& party : run.*parties) {
        if (party.name == name) return used_text(party.used, run.used);
      }
      return std::string("-");
    });
  }
}

std::vector<Amount> shortfalls(const WorldResult& run) {
  std::vector<Amount> sums;
  for (const IdleCommitment& idle : run.idle_commitments) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&](const Amount& sum) {
      return sum.currency == idle.shortfall.currency;
    });
    if (same == sums.end()) {
      sums.push_back(idle.shortfall);
    } else {
      same->micros += idle.shortfall.micros;
    }
  }
  return sums;
}

std::string unmet_label(const UnmetGroup& group) {
  return group.clause.empty() ? group.reason : group.reason + " " + group.clause;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string gpu_hours_text(GpuTime time) {
  return scaled_text(gpu_hours(time), {"", "k", "M", "G", "T"});
}

std::string amount_text(const Amount& amount) {
  return std::string(amount.currency.code.begin(), amount.currency.code.end()) + " " +
         scaled_text(units(amount), {"", "K", "M", "B", "T"});
}

std::string date_text(Instant at) {
  return instant_text(static_cast<double>(at.us) / 1e6).substr(0, 10);
}

const SupplierResult* find_supplier(const WorldResult& run, const std::string& name) {
  for (const SupplierResult& supplier : run.suppliers) {
    if (supplier.name == name) return &supplier;
  }
  return nullptr;
}

std::vector<std::string> supplier_names(const WorldReport& report) {
  std::map<std::string, Int128> sums;
  for (const WorldResult& run : report.runs) {
    for (const SupplierResult& supplier : run.suppliers) {
      sums[supplier.name] += supplier.used.gpu_us;
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, sum] : sums) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  return names;
}

std::vector<WorldRow> world_rows(const WorldReport& report) {
  std::vector<WorldRow> rows;
  const auto row = [&](std::string label, auto value) {
    add_row(rows, report, std::move(label), value);
  };
  using Run = const WorldResult&;
  row("jobs", [](Run run) { return count_text(run.jobs); });
  row("  started", [](Run run) { return count_text(run.jobs_started); });
  row("  waiting at the end", [](Run run) { return count_text(run.jobs_queued + run.jobs_unmet); });
  row("wait, mean", [](Run run) { return duration_text(run.mean_wait_s); });
  row("wait, p99", [](Run run) { return duration_text(run.p99_wait_s); });

  heading(rows, "GPU-hours");
  row("accepted", [](Run run) { return gpu_hours_text(run.accepted); });
  row("used", [](Run run) { return gpu_hours_text(run.used); });
  row("idle", [](Run run) { return gpu_hours_text(run.idle); });
  row("waited for in a queue", [](Run run) { return gpu_hours_text(run.queued); });
  row("unmet: no order takes it", [](Run run) { return gpu_hours_text(run.unmet); });

  heading(rows, "GPUs unmet at the end, by reason and clause");
  row("all", [](Run run) { return count_text(run.unmet_gpus); });
  std::vector<std::string> labels;
  for (const WorldResult& run : report.runs) {
    for (const UnmetGroup& group : run.unmet_at_end) {
      const std::string label = unmet_label(group);
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
    }
  }
  for (const std::string& label : labels) {
    row(label, [&](Run run) {
      for (const UnmetGroup& group : run.unmet_at_end) {
        if (unmet_label(group) == label) return count_text(group.gpus);
      }
      return std::string("-");
    });
  }

  const std::vector<std::string> suppliers = supplier_names(report);
  heading(rows, "GPU-hours used, and their share, by supplier");
  for (const std::string& name : suppliers) {
    row(name, [&](Run run) {
      const SupplierResult* supplier = find_supplier(run, name);
      return supplier == nullptr ? "-" : used_text(supplier->used, run.used);
    });
  }
  row("concentration", [](Run run) { return count_text(run.supplier_concentration); });
  heading(rows, "... by operator");
  add_parties(rows, report, &WorldResult::operators);
  row("concentration", [](Run run) { return count_text(run.operator_concentration); });
  heading(rows, "... by landlord");
  add_parties(rows, report, &WorldResult::landlords);
  row("concentration", [](Run run) { return count_text(run.landlord_concentration); });

  heading(rows, "GPU-hours idle, of those accepted, by supplier");
  for (const std::string& name : suppliers) {
    row(name, [&](Run run) {
      const SupplierResult* supplier = find_supplier(run, name);
      return supplier == nullptr ? "-" : used_text(supplier->idle, supplier->accepted);
    });
  }

  heading(rows, "spending on what was used, and on fees");
  row("all", [](Run run) { return amounts_text(run.spending); });
  for (const std::string& name : suppliers) {
    row(name, [&](Run run) {
      const SupplierResult* supplier = find_supplier(run, name);
      if (supplier == nullptr) return std::string("-");
      if (supplier->spending.empty()) {
        return std::string(supplier->used.gpu_us > 0 ? "unpriced" : "-");
      }
      return amounts_text(supplier->spending) + (supplier->unpriced.gpu_us > 0 ? " *" : "");
    });
  }
  row("idle commitment", [](Run run) { return amounts_text(shortfalls(run)); });
  row("data brought to sites", [](Run run) { return amounts_text(run.transfers.spending); });

  heading(rows, "offers and duties");
  row("offers made", [](Run run) { return count_text(run.offers.made); });
  row("  accepted", [](Run run) { return count_text(run.offers.accepted); });
  row("  declined", [](Run run) { return count_text(run.offers.declined); });
  row("  lapsed", [](Run run) { return count_text(run.offers.lapsed); });
  row("  withdrawn", [](Run run) { return count_text(run.offers.withdrawn); });
  row("clauses breached", [](Run run) { return count_text(run.breached.size()); });
  row("clauses excused", [](Run run) { return count_text(run.excused.size()); });
  return rows;
}

std::vector<std::string> world_notes(const WorldReport& report) {
  std::vector<std::string> notes;
  // A list that several runs share is said once.
  const auto add = [&](const char* what, auto list) {
    std::vector<std::pair<std::string, std::string>> lists;
    for (const WorldResult& run : report.runs) {
      const std::string text = joined(list(run));
      if (text.empty()) continue;
      const auto same = std::find_if(lists.begin(), lists.end(),
                                     [&](const auto& known) { return known.first == text; });
      if (same == lists.end()) {
        lists.emplace_back(text, run.name);
      } else {
        same->second += ", " + run.name;
      }
    }
    for (const auto& [text, runs] : lists) {
      notes.push_back(report.runs.size() == 1 ? fmt::format("{}: {}", what, text)
                                              : fmt::format("{} ({}): {}", what, runs, text));
    }
  };
  add("breached", [](const WorldResult& run) { return run.breached; });
  add("excused", [](const WorldResult& run) { return run.excused; });
  add("idle commitment", [](const WorldResult& run) {
    std::vector<std::string> words;
    for (const IdleCommitment& idle : run.idle_commitments) {
      words.push_back(idle.clause + " " + amount_text(idle.shortfall));
    }
    return words;
  });
  add("unpriced (*): no rate of", [](const WorldResult& run) { return run.unpriced_orders; });
  return notes;
}

}  // namespace stargate::sim
