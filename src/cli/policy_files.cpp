#include "cli/policy_files.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/option_text.h"
#include "model/health.h"
#include "model/topology.h"
#include "sim/field.h"
#include "sim/line_reader.h"

namespace stargate::cli {
namespace {

using sim::Field;
using sim::LineReader;
using sim::ReplayQueue;

constexpr std::int64_t kNumberMax = std::int64_t{1} << 40;

std::vector<Field> fields_of(const LineReader& lines) {
  std::vector<Field> fields;
  const std::string_view line = lines.line();
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    std::size_t first = begin;
    std::size_t last = end;
    while (first < last && (line[first] == ' ' || line[first] == '\t')) ++first;
    while (last > first && (line[last - 1] == ' ' || line[last - 1] == '\t')) --last;
    const Field field{line.substr(first, last - first), first + 1};
    if (field.text.find('"') != std::string_view::npos) {
      lines.fail(field, "a field without quotes");
    }
    fields.push_back(field);
    begin = end + 1;
  }
  return fields;
}

/// A table that is asked for its fields by the names of their columns.
class Table {
 public:
  Table(const std::string& path, const std::vector<std::string>& columns,
        const std::vector<std::string>& required)
      : lines_(LineReader::open(path)) {
    if (!next_line()) {
      lines_.fail(0, "the file is empty: " + one_of(columns) + " as columns");
    }
    for (const Field& field : fields_) {
      const std::string name(field.text);
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
        lines_.fail(field.column,
                    fmt::format("unknown column {}: {}", sim::quoted(name), one_of(columns)));
      }
      if (!index_.emplace(name, index_.size()).second) {
        lines_.fail(field.column, fmt::format("column {} is there twice", sim::quoted(name)));
      }
    }
    for (const std::string& name : required) {
      if (!index_.contains(name)) lines_.fail(1, fmt::format("no column \"{}\"", name));
    }
  }

  bool next() {
    if (!next_line()) return false;
    if (fields_.size() != index_.size()) {
      lines_.fail(1, fmt::format("found {} fields, expected {}", fields_.size(), index_.size()));
    }
    return true;
  }

  const LineReader& lines() const { return lines_; }
  bool has(const std::string& name) const {
    const auto found = index_.find(name);
    return found != index_.end() && !fields_[found->second].text.empty();
  }
  Field field(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? Field{} : fields_[found->second];
  }
  std::string text(const std::string& name) const { return std::string(field(name).text); }
  std::int64_t number(const std::string& name, std::int64_t least, std::int64_t otherwise) const {
    if (!has(name)) return otherwise;
    const std::string expected = fmt::format("a whole number from {} to {}", least, kNumberMax);
    return sim::parse_integer(lines_, field(name), expected.c_str(), least, kNumberMax);
  }
  Instant instant(const std::string& name) const {
    return sim::parse_instant(lines_, field(name), "seconds or YYYY-MM-DDTHH:MM:SSZ");
  }
  /// Not empty.
  std::string name(const std::string& column) const {
    if (!has(column)) lines_.fail(field(column).column, fmt::format("{} is empty", column));
    return text(column);
  }

 private:
  bool next_line() {
    while (lines_.next()) {
      if (lines_.line().empty() || lines_.line().front() == '#') continue;
      fields_ = fields_of(lines_);
      return true;
    }
    return false;
  }

  LineReader lines_;
  std::map<std::string, std::size_t> index_;
  std::vector<Field> fields_;
};

/// Where a tenant stood, for what is found wrong only later.
struct Place {
  std::size_t row;
  std::uint64_t line;
  std::size_t column;
};

const ReplayQueue& queue_of(const Table& table, const std::vector<ReplayQueue>& queues) {
  if (!table.has("queue") && queues.size() == 1) return queues.front();
  const std::string name = table.text("queue");
  const auto found = std::find_if(queues.begin(), queues.end(),
                                  [&](const ReplayQueue& queue) { return queue.name == name; });
  if (found == queues.end()) {
    table.lines().fail(table.field("queue").column,
                       fmt::format("unknown queue {}", sim::quoted(name)));
  }
  return *found;
}

std::string health_of(const Table& table) {
  std::string name = table.text("health");
  std::vector<std::string> known;
  for (const Health health :
       {Health::kHealthy, Health::kDegraded, Health::kDrained, Health::kFailed}) {
    known.emplace_back(name_of(health));
  }
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    table.lines().fail(table.field("health").column,
                       fmt::format("unknown health {}: {}", sim::quoted(name), one_of(known)));
  }
  return name;
}

/// In the order of the file, but each tenant behind its parent. REQUIRES: parents are there, and
/// form no ring.
std::vector<sim::ReplayTenant> parents_first(const std::vector<sim::ReplayTenant>& tenants,
                                             const std::map<std::string, Place>& places) {
  std::vector<sim::ReplayTenant> ordered;
  std::vector<bool> placed(tenants.size());
  for (std::size_t row = 0; row < tenants.size(); ++row) {
    std::vector<std::size_t> chain;
    for (std::size_t at = row; !placed[at];) {
      placed[at] = true;
      chain.push_back(at);
      if (!tenants[at].parent.empty()) at = places.at(tenants[at].parent).row;
    }
    for (auto it = chain.rbegin(); it != chain.rend(); ++it) ordered.push_back(tenants[*it]);
  }
  return ordered;
}

}  // namespace

std::vector<sim::ReplayTenant> read_tenants(const std::string& path) {
  Table table(path, {"name", "parent", "weight", "cohort", "guaranteed_gpus", "borrow_gpus_max"},
              {"name"});
  std::vector<sim::ReplayTenant> tenants;
  std::map<std::string, Place> places;
  while (table.next()) {
    sim::ReplayTenant tenant;
    tenant.name = table.name("name");
    tenant.parent = table.text("parent");
    tenant.weight = static_cast<std::uint64_t>(table.number("weight", 1, 1));
    tenant.cohort = table.text("cohort");
    tenant.guaranteed_gpus = static_cast<std::uint64_t>(table.number("guaranteed_gpus", 0, 0));
    tenant.borrow_gpus_max = static_cast<std::uint64_t>(table.number("borrow_gpus_max", 0, 0));
    const Place place{tenants.size(), table.lines().number(), table.field("parent").column};
    if (!places.emplace(tenant.name, place).second) {
      table.lines().fail(table.field("name").column,
                         fmt::format("tenant {} is there twice", sim::quoted(tenant.name)));
    }
    tenants.push_back(std::move(tenant));
  }
  for (const auto& [name, place] : places) {
    const auto fail = [&, at = place](const std::string& message) {
      throw InputError(table.lines().file(), at.line, at.column, message);
    };
    std::size_t steps = 0;
    for (const std::string* up = &tenants[place.row].parent; !up->empty();) {
      const auto parent = places.find(*up);
      if (parent == places.end()) fail(fmt::format("unknown parent {}", sim::quoted(*up)));
      if (++steps > tenants.size()) fail(fmt::format("{} is its own parent", sim::quoted(name)));
      up = &tenants[parent->second.row].parent;
    }
  }
  return parents_first(tenants, places);
}

std::vector<sim::ReplayReservation> read_reservations(const std::string& path,
                                                      const std::vector<ReplayQueue>& queues) {
  Table table(path, {"queue", "tenant", "nodes", "from", "until"},
              {"tenant", "nodes", "from", "until"});
  std::vector<sim::ReplayReservation> reservations;
  while (table.next()) {
    sim::ReplayReservation reservation;
    const ReplayQueue& queue = queue_of(table, queues);
    const std::uint64_t nodes = queue.fleet.nodes();
    reservation.queue = queue.name;
    reservation.tenant = table.name("tenant");
    const std::string expected = fmt::format("a number of nodes from 1 to {}", nodes);
    reservation.nodes = static_cast<std::uint32_t>(
        sim::parse_integer(table.lines(), table.field("nodes"), expected.c_str(), 1,
                           static_cast<std::int64_t>(nodes)));
    reservation.from = table.instant("from");
    reservation.until = table.instant("until");
    if (reservation.until <= reservation.from) {
      table.lines().fail(table.field("until"), "a time after `from`");
    }
    reservations.push_back(std::move(reservation));
  }
  return reservations;
}

std::vector<sim::ReplayHealth> read_health(const std::string& path,
                                           const std::vector<ReplayQueue>& queues) {
  Table table(path, {"queue", "at", "first_node", "nodes", "health"},
              {"at", "first_node", "health"});
  std::vector<sim::ReplayHealth> changes;
  while (table.next()) {
    sim::ReplayHealth change;
    const ReplayQueue& queue = queue_of(table, queues);
    change.queue = queue.name;
    change.at = table.instant("at");
    const auto nodes = static_cast<std::int64_t>(queue.fleet.nodes());
    const std::string first = fmt::format("a node from 0 to {}", nodes - 1);
    change.first_node = static_cast<std::uint32_t>(
        sim::parse_integer(table.lines(), table.field("first_node"), first.c_str(), 0, nodes - 1));
    if (table.has("nodes")) {
      const std::int64_t most = nodes - change.first_node;
      const std::string expected = fmt::format("a number of nodes from 1 to {}", most);
      change.nodes = static_cast<std::uint32_t>(
          sim::parse_integer(table.lines(), table.field("nodes"), expected.c_str(), 1, most));
    }
    change.health = health_of(table);
    changes.push_back(std::move(change));
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return changes;
}

}  // namespace stargate::cli
