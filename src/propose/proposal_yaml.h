#pragma once

#include <string>

#include "model/act.h"
#include "propose/proposal.h"

namespace stargate::propose {

/// The proposal as an assumption file: its agreement where that is new, its order, its offers.
std::string yaml_of(const Proposal& proposal);

/// What is offered. REQUIRES: the wish's quantities can be read.
Terms terms_of(const Wish& wish);

}  // namespace stargate::propose
