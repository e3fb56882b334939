#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "world/document.h"
#include "world/problem.h"

namespace stargate::world {

/// What the checks of whole worlds share: how they report, and how they quote what they found.
class Rules {
 protected:
  explicit Rules(Problems& problems) : problems_(problems) {}

  void report(const Node& node, std::string_view key, std::string message) {
    problems_.add(node.position_of(key), std::move(message));
  }
  static std::string found(const Node& node, std::string_view key) {
    const Node* value = node.find(key);
    return value == nullptr ? "no " + std::string(key) : found_text(*value);
  }
  /// Each value of the list under the key is there once. `values` is what was read of it.
  template <class Value>
  void check_once(const Node& node, std::string_view key, const std::vector<Value>& values) {
    const Node* list = node.find(key);
    // Where some could not be read, places in the two lists differ.
    if (list == nullptr || list->items.size() != values.size()) return;
    std::set<Value> seen;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (seen.insert(values[i]).second) continue;
      const Node& again = list->items[i];
      problems_.add(again.at, "found " + found_text(again) + " again, expected each once");
    }
  }

  Problems& problems_;
};

}  // namespace stargate::world
