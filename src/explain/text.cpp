#include <algorithm>
#include <array>
#include <set>
#include <span>

#include <fmt/format.h>

#include "explain/explain.h"
#include "explain/paragraph.h"

namespace stargate::explain {
namespace {

constexpr std::size_t kCells = 4;
/// The widest that the first three columns become; the last has the rest.
constexpr std::array<std::size_t, kCells - 1> kWidest{18, 11, 22};
constexpr std::size_t kGap = 2;

using Row = std::array<std::string, kCells>;

void put_table(std::span<const Row> rows, std::string& out) {
  std::array<std::size_t, kCells> widths{};
  std::size_t rest = kColumns;
  for (std::size_t i = 0; i + 1 < kCells; ++i) {
    for (const Row& row : rows) widths[i] = std::max(widths[i], width_of(row[i]));
    widths[i] = std::min(widths[i], kWidest[i]);
    rest -= widths[i] + kGap;
  }
  widths[kCells - 1] = rest;
  for (const Row& row : rows) {
    std::array<std::vector<std::string>, kCells> cells;
    std::size_t height = 0;
    for (std::size_t i = 0; i < kCells; ++i) {
      cells[i] = wrap(row[i], widths[i]);
      height = std::max(height, cells[i].size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line;
      for (std::size_t i = 0; i < kCells; ++i) {
        const std::string cell = y < cells[i].size() ? cells[i][y] : "";
        line += cell + std::string(widths[i] - width_of(cell) + kGap, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
  }
}

std::string words(const char* name) {
  std::string text = name;
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

/// What the word for an order or a supplier is where no clause decides.
std::string clause_or_dash(const Ground& ground) {
  return ground.clause.empty() ? "-" : ground.clause;
}

/// "azure-exclusive, exclusive, Azure agreement, from 2019-07-22 to 2025-01-21", then its source.
void put_clauses(const Explanation& explanation, std::string& out) {
  std::set<std::string> told;
  for (const SupplierAnswer& answer : explanation.suppliers) {
    const Ground& ground = answer.ground;
    if (ground.clause.empty() || !told.insert(ground.clause).second) continue;
    if (told.size() == 1) out += "\nClauses\n";
    std::string text = ground.clause + ": " + words(ground.kind.c_str()) + " of " +
                       (ground.agreement_title.empty() ? ground.agreement : ground.agreement_title);
    if (ground.from) text += ", from " + date_text(*ground.from);
    if (ground.until != kNever) text += " until " + date_text(ground.until);
    if (!ground.until_event.empty()) text += " until " + ground.until_event;
    if (!ground.against.empty()) text += ", contradicted by " + ground.against;
    put(text, "  ", "  ", out);
    if (!ground.source.empty()) put(ground.source, "    ", "    ", out);
  }
}

}  // namespace

std::string to_text(const Explanation& explanation) {
  std::string out;
  out += explanation.reason + "\n\n";
  std::string asked = fmt::format("{} ({}) on {}", explanation.workload,
                                  words(explanation.use.c_str()), date_text(explanation.at));
  if (explanation.known != explanation.at) asked += ", as known on " + date_text(explanation.known);
  if (explanation.runs_at.empty()) put(asked + " runs nowhere", "", "  ", out);
  if (!explanation.runs_at.empty()) put(asked + " runs at", "", "  ", out);
  for (const RunsAt& place : explanation.runs_at) {
    put(fmt::format("{}: {} GPUs, order {}", place.site, place.gpus, place.order), "  ", "    ",
        out);
  }
  if (explanation.waiting_jobs > 0) {
    out += fmt::format("  {} of its jobs wait\n", explanation.waiting_jobs);
  }

  out += "\n";
  std::vector<Row> rows{{"SUPPLIER", "VERDICT", "CLAUSE", "WHY"}};
  std::vector<Row> orders{{"ORDER", "VERDICT", "SITE", "WHY"}};
  for (const SupplierAnswer& answer : explanation.suppliers) {
    rows.push_back({answer.supplier, words(name_of(answer.verdict)), clause_or_dash(answer.ground),
                    answer.why});
    for (const OrderAnswer& order : answer.orders) {
      if (order.verdict == Verdict::kNotOrdered) continue;
      orders.push_back({order.order, words(name_of(order.verdict)), order.site, order.why});
    }
  }
  put_table(rows, out);
  if (orders.size() > 1) {
    out += "\n";
    put_table(orders, out);
  }
  put_clauses(explanation, out);
  if (!explanation.assumptions.empty()) out += "\nAssumptions\n";
  for (const AssumptionText& assumption : explanation.assumptions) {
    put(assumption.id + ": " + assumption.statement, "  ", "    ", out);
  }
  if (!explanation.next.empty()) out += "\nNext\n";
  for (const std::string& sentence : explanation.next) put(sentence, "  ", "    ", out);
  return out;
}

}  // namespace stargate::explain
