// What the table and the page say of the runs of a world, in words.

#include <algorithm>
#include <cmath>
#include <functional>
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

double share(GpuTime part, GpuTime whole) {
  return whole.gpu_us == 0 ? 0
                           : static_cast<double>(part.gpu_us) / static_cast<double>(whole.gpu_us);
}

std::string used_text(GpuTime used, GpuTime all) {
  if (used.gpu_us == 0) return "-";
  return fmt::format("{} {:>3.0f}%", gpu_hours_text(used), 100 * share(used, all));
}

using Runs = std::vector<const WorldFigures*>;

template <class Value>
void add_row(std::vector<WorldRow>& rows, const Runs& runs, std::string label, Value value) {
  WorldRow row{std::move(label), {}};
  for (const WorldFigures* run : runs) row.values.push_back(value(*run));
  rows.push_back(std::move(row));
}

void heading(std::vector<WorldRow>& rows, const char* text) { rows.push_back({text, {}}); }

/// Rows of the operators or of the landlords; the most used first.
void add_parties(std::vector<WorldRow>& rows, const Runs& runs,
                 std::vector<PartyUse> WorldFigures::*parties) {
  std::map<std::string, Int128> sums;
  for (const WorldFigures* run : runs) {
    for (const PartyUse& party : run->*parties) sums[party.name] += party.used.gpu_us;
  }
  std::vector<std::string> names;
  for (const auto& [name, sum] : sums) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  for (const std::string& name : names) {
    add_row(rows, runs, name, [&](const WorldFigures& run) {
      for (const PartyUse& party : run.*parties) {
        if (party.name == name) return used_text(party.used, run.used);
      }
      return std::string("-");
    });
  }
}

/// A row for each currency of any run: money of two currencies is not added up.
template <class Amounts>
void add_amounts(std::vector<WorldRow>& rows, const Runs& runs, const std::string& label,
                 Amounts amounts,
                 const std::function<std::string(const WorldFigures&)>& mark = {}) {
  std::vector<Amount> currencies;
  for (const WorldFigures* run : runs) {
    for (const Amount& amount : amounts(*run)) add_amount(currencies, {amount.currency, 0});
  }
  if (currencies.empty()) currencies.emplace_back();
  for (const Amount& currency : currencies) {
    add_row(rows, runs, label, [&](const WorldFigures& run) {
      for (const Amount& amount : amounts(run)) {
        if (amount.currency == currency.currency && amount.micros != 0) {
          return amount_text(amount) + (mark ? mark(run) : "");
        }
      }
      return std::string("-");
    });
  }
}

/// A part of all commitments: of the supplier's, or of all suppliers' where it is empty.
template <class Part>
std::vector<Amount> of_commitments(const WorldFigures& run, const std::string& supplier,
                                   Part part) {
  std::vector<Amount> sums;
  for (const CommitmentUse& use : run.commitments) {
    if (supplier.empty() || use.supplier == supplier) add_amount(sums, part(use));
  }
  return sums;
}

/// The clause that decides; where none does, the reason.
std::string unmet_label(const UnmetGroup& group) {
  if (!group.clause.empty()) return group.clause;
  std::string words = group.reason;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
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
  return std::string(amount.currency.text()) + " " +
         scaled_text(units(amount), {"", "K", "M", "B", "T"});
}

std::string date_text(Instant at) {
  return instant_text(static_cast<double>(at.us) / 1e6).substr(0, 10);
}

const SupplierResult* find_supplier(const WorldFigures& run, const std::string& name) {
  for (const SupplierResult& supplier : run.suppliers) {
    if (supplier.name == name) return &supplier;
  }
  return nullptr;
}

std::vector<std::string> supplier_names(const std::vector<const WorldFigures*>& runs) {
  std::map<std::string, Int128> sums;
  for (const WorldFigures* run : runs) {
    for (const SupplierResult& supplier : run->suppliers) {
      sums[supplier.name] += supplier.used.gpu_us;
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, sum] : sums) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  return names;
}

namespace {

std::vector<WorldRow> rows_of(const Runs& runs) {
  std::vector<WorldRow> rows;
  using Run = const WorldFigures&;
  const auto row = [&](std::string label, auto value) {
    add_row(rows, runs, std::move(label), value);
  };
  row("jobs", [](Run run) { return count_text(run.jobs); });
  row("  started", [](Run run) { return count_text(run.jobs_started); });
  row("  waiting at the end", [](Run run) { return count_text(run.jobs_queued + run.jobs_unmet); });
  row("wait, mean", [](Run run) { return duration_text(run.mean_wait_s); });
  row("wait, p50", [](Run run) { return duration_text(run.p50_wait_s); });
  row("wait, p95", [](Run run) { return duration_text(run.p95_wait_s); });

  heading(rows, "GPU-hours");
  row("used", [](Run run) { return gpu_hours_text(run.used); });
  row("accepted and idle", [](Run run) { return used_text(run.idle, run.accepted); });
  row("waited for in a queue", [](Run run) { return gpu_hours_text(run.queued); });
  row("waited for without a place", [](Run run) { return gpu_hours_text(run.unmet); });
  row("not run by the end", [](Run run) { return gpu_hours_text(run.not_run); });

  std::vector<std::string> labels;
  for (const WorldFigures* run : runs) {
    for (const UnmetGroup& group : run->unmet_at_end) {
      const std::string label = unmet_label(group);
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
    }
  }
  heading(rows, "GPUs asked for and waiting at the end");
  row("in a queue", [](Run run) { return count_text(run.queued_gpus); });
  row("without a place", [](Run run) { return count_text(run.unmet_gpus); });
  for (const std::string& label : labels) {
    row("  " + label, [&](Run run) {
      std::uint64_t gpus = 0;
      for (const UnmetGroup& group : run.unmet_at_end) {
        if (unmet_label(group) == label) gpus += group.gpus;
      }
      return gpus == 0 ? std::string("-") : count_text(gpus);
    });
  }

  const std::vector<std::string> suppliers = supplier_names(runs);
  heading(rows, "GPU-hours used, and their share, by contracting party");
  for (const std::string& name : suppliers) {
    row(name, [&](Run run) {
      const SupplierResult* supplier = find_supplier(run, name);
      return supplier == nullptr ? "-" : used_text(supplier->used, run.used);
    });
  }
  row("concentration", [](Run run) { return count_text(run.supplier_concentration); });
  heading(rows, "... by operator");
  add_parties(rows, runs, &WorldFigures::operators);
  row("concentration", [](Run run) { return count_text(run.operator_concentration); });
  heading(rows, "... by landlord");
  add_parties(rows, runs, &WorldFigures::landlords);
  row("concentration", [](Run run) { return count_text(run.landlord_concentration); });

  heading(rows, "GPU-hours idle, of those accepted, by contracting party");
  for (const std::string& name : suppliers) {
    row(name, [&](Run run) {
      const SupplierResult* supplier = find_supplier(run, name);
      return supplier == nullptr ? "-" : used_text(supplier->idle, supplier->accepted);
    });
  }

  heading(rows, "spending on what was used, and on fees");
  add_amounts(rows, runs, "all", [](Run run) { return run.spending; });
  for (const std::string& name : suppliers) {
    const auto supplier = [&name](Run run) { return find_supplier(run, name); };
    const bool is_priced = std::any_of(runs.begin(), runs.end(), [&](const WorldFigures* run) {
      return supplier(*run) != nullptr && !supplier(*run)->spending.empty();
    });
    if (!is_priced) {
      row(name, [&](Run run) {
        const bool ran = supplier(run) != nullptr && supplier(run)->used.gpu_us > 0;
        return std::string(ran ? "no rate *" : "-");
      });
      continue;
    }
    add_amounts(
        rows, runs, name,
        [&](Run run) {
          return supplier(run) == nullptr ? std::vector<Amount>{} : supplier(run)->spending;
        },
        [&](Run run) { return std::string(supplier(run)->unpriced.gpu_us > 0 ? " *" : ""); });
  }
  add_amounts(rows, runs, "data brought to sites", [](Run run) { return run.transfers.spending; });

  const auto commitments = [&](const std::string& label, const std::string& supplier, auto part) {
    add_amounts(rows, runs, label, [&](Run run) { return of_commitments(run, supplier, part); });
  };
  const auto idle = [](const CommitmentUse& use) { return use.idle(); };
  heading(rows, "commitment that falls on the time until the end");
  commitments("all", "", [](const CommitmentUse& use) { return use.so_far; });
  commitments("  not used", "", idle);
  std::set<std::string> committed;
  for (const WorldFigures* run : runs) {
    for (const CommitmentUse& use : run->commitments) {
      if (use.so_far.micros > 0) committed.insert(use.supplier);
    }
  }
  for (const std::string& name : committed) commitments("    " + name, name, idle);
  commitments("  invoiced", "", [](const CommitmentUse& use) { return use.shortfall; });

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

Runs runs_of(const WorldReport& report, const std::string& lab) {
  Runs runs;
  for (const WorldResult& run : report.runs) runs.push_back(&figures_of(run, lab));
  return runs;
}

/// The columns: runs that show the same in every row are one.
void add_columns(const WorldReport& report, const std::vector<WorldRow>& rows,
                 WorldSection& section) {
  const auto is_same = [&](std::size_t a, std::size_t b) {
    return std::all_of(rows.begin(), rows.end(), [&](const WorldRow& row) {
      return row.values.empty() || row.values[a] == row.values[b];
    });
  };
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const auto same =
        std::find_if(section.columns.begin(), section.columns.end(),
                     [&](const auto& column) { return is_same(column.runs.front(), i); });
    if (same == section.columns.end()) {
      section.columns.push_back({report.runs[i].name, {i}});
    } else {
      same->name += ", " + report.runs[i].name;
      same->runs.push_back(i);
    }
  }
  if (report.runs.size() > 1 && section.columns.size() == 1) {
    section.columns.front().name = "every run";
  }
  for (const WorldRow& row : rows) {
    WorldRow& kept = section.rows.emplace_back(WorldRow{row.label, {}});
    if (row.values.empty()) continue;
    for (const auto& column : section.columns) {
      kept.values.push_back(row.values[column.runs.front()]);
    }
  }
}

}  // namespace

const WorldFigures& figures_of(const WorldResult& run, const std::string& lab) {
  static const WorldFigures kNothing;
  if (lab.empty()) return run;
  for (const LabFigures& figures : run.labs) {
    if (figures.lab == lab) return figures;
  }
  return kNothing;
}

std::vector<WorldSection> world_sections(const WorldReport& report) {
  std::vector<std::string> labs;
  for (const WorldResult& run : report.runs) {
    for (const LabFigures& figures : run.labs) {
      if (std::find(labs.begin(), labs.end(), figures.lab) == labs.end()) {
        labs.push_back(figures.lab);
      }
    }
  }
  if (labs.size() < 2) labs = {""};
  std::vector<WorldSection> sections;
  for (const std::string& lab : labs) {
    WorldSection& section = sections.emplace_back();
    section.lab = lab;
    add_columns(report, rows_of(runs_of(report, lab)), section);
  }
  return sections;
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
  add("no rate (*) for", [](const WorldResult& run) { return run.unpriced_orders; });
  return notes;
}

}  // namespace stargate::sim
