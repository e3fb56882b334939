#include <set>
#include <vector>

#include <fmt/format.h>

#include "explain/explain.h"
#include "explain/paragraph.h"
#include "explain/table.h"

namespace stargate::explain {
namespace {

/// The widest that all columns but the last become.
constexpr std::size_t kWidest[] = {18, 11, 22};

/// What the word for an order or a supplier is where no clause decides.
std::string clause_or_dash(const Ground& ground) {
  return ground.clause.empty() ? "-" : ground.clause;
}

/// "azure-exclusive, exclusive, Azure agreement, from 2019-07-22 to 2025-01-21", then its source.
void put_clauses(const Explanation& explanation, std::string& out) {
  std::vector<const Ground*> grounds;
  for (const SupplierAnswer& answer : explanation.suppliers) grounds.push_back(&answer.ground);
  for (const Wait& wait : explanation.waits) grounds.push_back(&wait.ground);
  std::set<std::string> told;
  for (const Ground* of : grounds) {
    const Ground& ground = *of;
    if (ground.clause.empty() || !told.insert(ground.clause).second) continue;
    if (told.size() == 1) out += "\nClauses\n";
    std::string text = ground.clause + ": " + spaced(ground.kind) + " of " +
                       (ground.agreement_title.empty() ? ground.agreement : ground.agreement_title);
    if (ground.from) text += ", from " + moment_text(*ground.from);
    if (ground.until != kNever) text += " until " + moment_text(ground.until);
    if (!ground.until_event.empty()) text += " until " + ground.until_event;
    if (!ground.against.empty()) text += ", contradicted by " + ground.against;
    put(text, "  ", "    ", out);
    if (!ground.source.empty()) put(ground.source, "    ", "    ", out);
  }
}

}  // namespace

std::string to_text(const Explanation& explanation) {
  std::string out;
  put(explanation.reason, "", "", out);
  out += "\n";
  std::string asked = fmt::format("{} ({}) on {}", explanation.workload, spaced(explanation.use),
                                  date_text(explanation.at));
  if (explanation.known != explanation.at) asked += ", as known on " + date_text(explanation.known);
  if (explanation.runs_at.empty()) put(asked + " runs nowhere", "", "  ", out);
  if (!explanation.runs_at.empty()) put(asked + " runs at", "", "  ", out);
  for (const RunsAt& place : explanation.runs_at) {
    put(fmt::format("{}: {} GPUs, order {}", place.site, place.gpus, place.order), "  ", "    ",
        out);
  }
  if (explanation.waiting_jobs > 0) {
    out += fmt::format("  {} of its jobs {}", explanation.waiting_jobs,
                       explanation.waiting_jobs == 1 ? "waits" : "wait");
    if (explanation.limit) {
      out += fmt::format(", {} for its own limit of {}", explanation.limit->jobs,
                         explanation.limit->share);
    }
    out += "\n";
  }

  out += "\n";
  std::vector<TableRow> rows{{"SUPPLIER", "VERDICT", "CLAUSE", "WHY"}};
  std::vector<TableRow> orders{{"ORDER", "VERDICT", "SITE", "WHY"}};
  for (const SupplierAnswer& answer : explanation.suppliers) {
    rows.push_back({answer.supplier, spaced(name_of(answer.verdict)), clause_or_dash(answer.ground),
                    answer.why});
    for (const OrderAnswer& order : answer.orders) {
      if (order.verdict == Verdict::kNotOrdered) continue;
      orders.push_back({order.order, spaced(name_of(order.verdict)), order.site, order.why});
    }
  }
  put_table(rows, kWidest, out);
  if (orders.size() > 1) {
    out += "\n";
    put_table(orders, kWidest, out);
  }
  put_clauses(explanation, out);
  put_assumptions(explanation.assumptions, out);
  if (!explanation.next.empty()) out += "\nNext\n";
  for (const std::string& sentence : explanation.next) put(sentence, "  ", "    ", out);
  return out;
}

}  // namespace stargate::explain
