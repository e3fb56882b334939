#include "scenario/proposal_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stargate::scenario {
namespace {

using Field = std::string propose::Wish::*;

constexpr std::array<std::pair<std::string_view, Field>, 9> kFields{
    {{"order", &propose::Wish::order},
     {"amount", &propose::Wish::amount},
     {"basis", &propose::Wish::basis},
     {"site", &propose::Wish::site},
     {"accelerator", &propose::Wish::accelerator},
     {"price", &propose::Wish::price},
     {"delivery", &propose::Wish::delivery},
     {"until", &propose::Wish::until},
     {"agreement", &propose::Wish::agreement}}};

Field field_of(std::string_view word) {
  const auto found = std::ranges::find(kFields, word, &std::pair<std::string_view, Field>::first);
  return found == kFields.end() ? nullptr : found->second;
}

}  // namespace

ProposalLine read_proposal(LineReader& line) {
  ProposalLine read;
  const auto take = [&](const std::string& field, std::string& value) {
    const Word word = line.take();
    read.columns.emplace(field, word.column);
    value = word.text;
  };
  read.wish.at = read_date(line);
  take("workload", read.wish.workload);
  if (!line.take_if("at")) {
    line.expected("`at` and a supplier, as in propose 2025-02-01 training at oracle");
    return read;
  }
  take("supplier", read.wish.supplier);
  while (!line.at_end() && line.peek() != ":") {
    const Word key = line.take();
    const Field field = field_of(key.text);
    if (field == nullptr) {
      line.report(key,
                  "one of order, amount, basis, site, accelerator, price, delivery, until, "
                  "agreement, or a colon and the answer");
      return read;
    }
    std::string& value = read.wish.*field;
    take(key.text, value);
    // A quantity may be two words: 800 gpus, 1.2 GW.
    while (!line.at_end() && line.peek() != ":" && field_of(line.peek()) == nullptr) {
      value += " " + line.take().text;
    }
    if (value.empty() || value == ":")
      line.report({key.text + " without a value", key.column}, "one behind it");
  }
  return read;
}

}  // namespace stargate::scenario
