#include "sim/queues_csv.h"

#include <set>
#include <utility>

#include "base/input_error.h"
#include "model/topology.h"
#include "sim/csv_reader.h"
#include "sim/field.h"
#include "sim/fleet_text.h"

namespace stargate::sim {
namespace {

std::size_t column_of(const CsvReader& csv, std::string_view name, std::string_view other) {
  const auto found = csv.column(name);
  return found ? *found : csv.required_column(other);
}

}  // namespace

std::vector<ReplayQueue> read_queues_csv(const QueuesOptions& options) {
  return read_queues_csv(options, LineReader::open(options.path));
}

std::vector<ReplayQueue> read_queues_csv(const QueuesOptions& options, LineReader lines_read) {
  CsvReader csv(std::move(lines_read));
  csv.refuse_columns_except(std::vector<std::string_view>{"vc", "queue", "node num", "nodes"});
  const std::size_t name_column = column_of(csv, "vc", "queue");
  const std::size_t nodes_column = column_of(csv, "node num", "nodes");
  const LineReader& lines = csv.lines();
  const QueueScale scale = options.scale;
  std::vector<ReplayQueue> queues;
  std::set<std::string, std::less<>> names;
  while (csv.next()) {
    const Field& name = csv[name_column];
    const Field& count = csv[nodes_column];
    if (name.text.empty()) lines.fail(name, "the name of a queue");
    if (!names.emplace(name.text).second) lines.fail(name, "each queue once");
    const std::int64_t given = parse_integer(lines, count, "a number of nodes", 1, kMaxNodes);
    const std::int64_t scaled = given * scale.numerator;
    if (scaled % scale.denominator != 0) {
      lines.fail(count, "a number of nodes of which " + std::to_string(scale.numerator) + "/" +
                            std::to_string(scale.denominator) + " is whole");
    }
    const std::int64_t nodes = scaled / scale.denominator;
    if (nodes > kMaxNodes) {
      lines.fail(count, "at most " + std::to_string(kMaxNodes) + " nodes when scaled");
    }
    queues.push_back({std::string(name.text),
                      uniform_fleet(static_cast<std::uint32_t>(nodes), options.gpus_per_node)});
  }
  if (queues.empty()) lines.fail(0, "found no queues, expected at least one below the header");
  return queues;
}

}  // namespace stargate::sim
