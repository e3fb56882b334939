#pragma once

#include "world/reader.h"

namespace stargate::world {

/// Whether clauses fit each other, their agreements and what they are about.
void check_clauses(Entries& entries, Problems& problems);

}  // namespace stargate::world
