#pragma once

#include <string>
#include <vector>

#include "agreement/book.h"
#include "world/world.h"

namespace stargate::cli {

// Values of options about a world, from their text. Each throws UsageError that names the option, what
// was given and what was expected. `option` is spelled as on the command line: "--at".

/// "2025-03-02" (00:00 UTC) or an instant as worlds are written with.
Instant parse_date(const std::string& option, const std::string& text);

/// The moment that `--at` and `--known` ask about; an empty `known` is `at`.
agreement::Moment parse_moment(const std::string& at, const std::string& known);

/// The world as `moment.known` knew it, where that is before `moment.at`: what runs on a day was decided
/// by what was known until then, and no later than asked for. Throws world::WorldError.
world::World read_world_at(agreement::Moment moment, const std::string& folder,
                           const std::vector<std::string>& assume_files);

/// What is wrong with an option that names no entry of the kind: "--workload: unknown workload ...".
std::string unknown_name(const std::string& option, const world::World& world,
                         world::EntryKind kind, const std::string& name);

/// The workload of that id.
WorkloadId parse_workload(const std::string& option, const world::World& world,
                          const std::string& name);

}  // namespace stargate::cli
