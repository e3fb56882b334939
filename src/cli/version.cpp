#include "cli/version.h"

#ifndef STARGATE_VERSION
#define STARGATE_VERSION "unversioned"
#endif

namespace stargate::cli {

const char* version() { return STARGATE_VERSION; }

}  // namespace stargate::cli
