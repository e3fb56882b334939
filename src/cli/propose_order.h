#pragma once

#include <string>

#include "cli/client.h"

namespace stargate::cli {

/// Asks a control plane to propose an order, and what it answers as text. Members as in its API.
Reply propose_order(const Json& proposal);
std::string proposed_text(const Json& proposed);

}  // namespace stargate::cli
