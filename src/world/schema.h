#pragma once

#include <string>

namespace stargate::world {

/// The JSON Schema of a file of a world, made from the tables that files are read by. Ends with a
/// line end.
std::string world_schema();

}  // namespace stargate::world
