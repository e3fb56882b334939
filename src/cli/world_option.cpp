#include "cli/world_option.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/option_text.h"
#include "cli/usage_error.h"
#include "world/quantity.h"

namespace stargate::cli {
namespace {

/// More are counted instead of named.
constexpr std::size_t kNamed = 40;

}  // namespace

Instant parse_date(const std::string& option, const std::string& text) {
  try {
    return world::parse_instant(text);
  } catch (const world::QuantityError& error) {
    throw UsageError(fmt::format(
        "{}: found '{}', expected a date such as 2025-03-02 or 2025-03-02T10:00:00Z ({})", option,
        text, error.what()));
  }
}

agreement::Moment parse_moment(const std::string& at, const std::string& known) {
  const Instant day = parse_date("--at", at);
  return {day, known.empty() ? day : parse_date("--known", known)};
}

world::World read_world_at(agreement::Moment moment, const std::string& folder,
                           const std::vector<std::string>& assume_files) {
  world::World world = world::read_world(folder, assume_files);
  return moment.known < moment.at ? world::known_by(std::move(world), moment.known) : world;
}

std::string unknown_name(const std::string& option, const world::World& world,
                         world::EntryKind kind, const std::string& name) {
  const std::vector<std::string> known = world.names_of(kind);
  // "a workload": without its article.
  const std::string noun =
      std::string(world::name_of(kind)).substr(world::name_of(kind)[1] == ' ' ? 2 : 3);
  std::string expected = known.empty() ? "expected nothing: the world has none" : one_of(known);
  if (known.size() > kNamed) {
    expected = fmt::format("expected the id of one of the world's {}", known.size());
  }
  return fmt::format("{}: unknown {} '{}': {}", option, noun, name, expected);
}

WorkloadId parse_workload(const std::string& option, const world::World& world,
                          const std::string& name) {
  const world::Named* named = world.find(name);
  if (named != nullptr && named->kind == world::EntryKind::kWorkload) return {named->number};
  throw UsageError(unknown_name(option, world, world::EntryKind::kWorkload, name));
}

}  // namespace stargate::cli
