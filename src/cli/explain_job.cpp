#include "cli/explain_job.h"

#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "cli/columns.h"
#include "cli/plane_verb.h"
#include "explain/table.h"

namespace stargate::cli {
namespace {

std::string holders_text(const Json& holders) {
  Columns columns({{"JOB", 0, true}, {"NAME", 1}, {"TENANT"}, {"GPUS", 0, true}, {"ENDS BY"}});
  for (const Json& holder : holders) {
    columns.add({text_at(holder, "job"), text_at(holder, "name"), text_at(holder, "tenant"),
                 text_at(holder, "gpus"), instant_at(holder, "ends_by")});
  }
  return columns.text(columns_of_output());
}

std::string places_text(const Json& suppliers) {
  std::vector<explain::TableRow> rows{{"SUPPLIER", "VERDICT", "CLAUSE", "WHY"}};
  for (const Json& supplier : suppliers) {
    rows.push_back({text_at(supplier, "supplier"), explain::spaced(text_at(supplier, "verdict")),
                    text_at(supplier, "clause"), text_at(supplier, "why")});
  }
  constexpr std::array<std::size_t, 3> kWidest{16, 11, 22};
  std::string text;
  explain::put_table(rows, kWidest, text);
  return text;
}

}  // namespace

Reply explanation_of(const std::string& job) {
  const std::uint64_t number = parse_number("JOB", job);
  Client client;
  return client.get(path_of("/v1/jobs", {std::to_string(number), "explanation"}));
}

std::string explanation_text(const Json& explanation) {
  const Json job = explanation.value("job", Json::object());
  const std::string name = text_at(job, "name");
  std::string text =
      paragraph(fmt::format("job {}{}: {}", text_at(job, "id"),
                            name == "-" ? "" : " (" + name + ")", text_at(explanation, "reason")));
  if (const Json& holders = list_at(explanation, "holders"); !holders.empty()) {
    text += "\nWho holds GPUs where it is\n" + holders_text(holders);
  }
  const Json places = explanation.value("places", Json());
  const bool has_ended = text_at(job, "ended") != "-";
  if (const Json& suppliers = list_at(places, "suppliers"); !suppliers.empty() && !has_ended) {
    text += "\nWhere it may run\n" + places_text(suppliers);
  }
  if (const Json& next = list_at(explanation, "next"); !next.empty()) {
    text += "\nWhat comes next\n";
    for (const Json& line : next) {
      if (line.is_string())
        text += paragraph(printable(line.get_ref<const std::string&>()), "  - ");
    }
  }
  return text;
}

}  // namespace stargate::cli
