#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "world/document.h"
#include "world/table.h"
#include "world/world.h"

namespace stargate::world {

/// Every id of a world, known before anything is read, so that entries may refer to later ones.
class Registry {
 public:
  /// nullptr where the id is new; otherwise the entry that has it.
  const Named* add(const std::string& name, const Named& named);
  const Named* find(const std::string& name) const;
  const std::unordered_map<std::string, Named>& all() const { return names_; }
  Named* find(const std::string& name);

  /// Ids that were removed, and where it says so.
  void set_removed(std::unordered_map<std::string, Position> removed) {
    removed_ = std::move(removed);
  }
  const Position* find_removed(const std::string& name) const;

 private:
  std::unordered_map<std::string, Named> names_;
  std::unordered_map<std::string, Position> removed_;
};

/// Reads nodes into entries by their tables and reports what is wrong with them.
class Binder {
 public:
  Binder(Problems& problems, const Registry& registry) : problems_(problems), registry_(registry) {}

  /// Reads a map. `variant`: the keys that the entry's kind adds. Reports unknown and missing keys.
  void bind(const Node& node, std::string_view what, std::span<const Key> keys,
            std::span<const Key> variant, void* entry);
  /// The variant that the entry names; nullptr (and reported) where it names none.
  const Variant* variant_of(const Node& node, const Table& table);

  /// "found ..., expected ..."; `why` in brackets. Says nothing of what is reported already.
  void mismatch(const Node& node, std::string_view expected, const std::string& why = {});
  void report(Position at, std::string message) { problems_.add(at, std::move(message)); }
  /// Whether the node is a plain scalar; otherwise reported.
  bool plain(const Node& node, std::string_view expected);
  bool quoted(const Node& node, std::string_view expected);
  bool list(const Node& node, std::string_view expected);

  /// The entry that a plain word names, of one of the kinds; nullptr (and reported): none.
  const Named* resolve(const Node& node, std::initializer_list<EntryKind> kinds,
                       std::string_view expected);
  Problems& problems() { return problems_; }
  const Registry& registry() const { return registry_; }

 private:
  Problems& problems_;
  const Registry& registry_;
  int suggestions_ = 0;
};

/// The word of `words` that was probably meant; empty: none is near.
std::string nearest(std::string_view word, std::span<const std::string_view> words);
/// Lower-case letters, digits, - and _, beginning with a letter or digit; at most 80.
bool is_id(std::string_view text);
/// "a, b, c".
std::string joined(std::span<const std::string_view> words);

}  // namespace stargate::world
