#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "world/document.h"

// A section of a world is described once, by a table of keys: to read it, to tell what is expected,
// and to make the JSON Schema.

namespace stargate::world {

class Binder;
struct Table;

/// What a value is.
struct Type {
  std::string_view name;      ///< in the schema: "duration"
  std::string_view expected;  ///< "a length of time such as 90 days"
  /// Of the JSON Schema: "string", "integer", "boolean", "array", "object".
  std::string_view json = "string";
  std::string_view pattern = {};
  std::vector<std::string> (*words)() = nullptr;  ///< those of a choice
  const Type* item = nullptr;                     ///< of a list
  const Table* table = nullptr;                   ///< of a map
  bool may_be_empty = false;                      ///< of a list
};

enum class Need : std::uint8_t { kRequired, kOptional };
inline constexpr Need kRequired = Need::kRequired;
inline constexpr Need kOptional = Need::kOptional;

struct Key {
  std::string_view name;
  Need need;
  const Type* type;
  void (*read)(Binder& binder, const Node& node, void* entry);
  std::string_view doc;
};

/// Entries that differ by the word of a key have more keys: `kind` of clauses, `act` of acts.
struct Variant {
  std::string_view name;
  std::span<const Key> keys;
};

struct Table {
  std::string_view name;  ///< in the schema: "order"
  std::span<const Key> keys;
  std::string_view variant_key = {};
  std::span<const Variant> variants = {};
};

/// Makes keys of entries of a type: Keys<Site>::of<&Site::title, Prose>("title", kRequired, "..."). A
/// reader has `type`, and `read(binder, node, value)`, which leaves the value as it was and reports
/// what is wrong where it cannot read it.
template <class Entry>
struct Keys {
  template <auto kMember, class Reader>
  static constexpr Key of(std::string_view name, Need need, std::string_view doc) {
    return {name, need, &Reader::type,
            [](Binder& binder, const Node& node, void* entry) {
              auto& value = static_cast<Entry*>(entry)->*kMember;
              if constexpr (requires { value.has_value(); }) {
                typename std::remove_reference_t<decltype(value)>::value_type inner{};
                if (Reader::read(binder, node, inner)) value = std::move(inner);
              } else {
                Reader::read(binder, node, value);
              }
            },
            doc};
  }
};

}  // namespace stargate::world
