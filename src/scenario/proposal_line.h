#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "propose/proposal.h"
#include "scenario/line.h"

namespace stargate::scenario {

/// What a line of a scenario proposes, and the columns of its words by the field of the wish.
struct ProposalLine {
  propose::Wish wish;
  std::map<std::string, std::uint32_t, std::less<>> columns;
};

/// "DATE WORKLOAD at SUPPLIER", then any of order, amount, basis, site, accelerator, price, delivery,
/// until and agreement, each with its value, up to the end of the line or its colon.
ProposalLine read_proposal(LineReader& line);

}  // namespace stargate::scenario
