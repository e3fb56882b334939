#pragma once

#include <string>

#include "cli/client.h"

namespace stargate::cli {

/// Why a job of a control plane runs where it runs, or waits: its answer, and that as text.
Reply explanation_of(const std::string& job);
std::string explanation_text(const Json& explanation);

}  // namespace stargate::cli
