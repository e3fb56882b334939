#include "world/reader.h"

namespace stargate::world {

void check_entries(const Entries&, const Registry&, Problems&) {}

}  // namespace stargate::world
