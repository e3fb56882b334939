#pragma once

namespace stargate::cli {

/// "0.1.0": the version of the program, which the build gives.
const char* version();

}  // namespace stargate::cli
