#pragma once

#include <map>
#include <string>

#include "cli/client.h"
#include "server/schema.h"

namespace stargate::cli {

/// A request as it was written in a file or as options, and what to call each of its members.
struct Written {
  Json json = Json::object();
  /// By JSON pointer: "job.yaml:3:7" or "--gpus".
  std::map<std::string, std::string> names;
};

/// Reads YAML with the members of a schema. Plain words that YAML could take for something else than
/// text (`yes`, `010`, `null`) are refused, and so are keys given twice. Throws world::WorldError with
/// all that cannot be read; what does not fit the schema is left to faults_of().
Written read_written(const std::string& path, const server::Schema& schema);

/// Throws InputError with a line for each fault; does nothing where there is none.
void throw_faults(const std::vector<server::Fault>& faults,
                  const std::map<std::string, std::string>& names);

}  // namespace stargate::cli
