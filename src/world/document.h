#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "world/problem.h"

namespace stargate::world {

struct Member;

/// A YAML document as it was written: every scalar is its text, and whether it was quoted is kept.
struct Node {
  enum class Kind : std::uint8_t {
    kScalar,
    kSequence,
    kMap,
    kNothing,  ///< no value at all, `~` or `null`
    kBroken,   ///< what a problem was reported for already
  };
  Kind kind = Kind::kNothing;
  bool quoted = false;  ///< in quotes, or a block of text (`|`, `>`)
  std::string text;
  Position at;
  std::vector<Node> items;      ///< of a sequence
  std::vector<Member> members;  ///< of a map, as written; keys differ

  bool is_map() const { return kind == Kind::kMap; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  /// The value of a key; nullptr: a map without it, or no map.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// Where the value of the key is, or where the node is without it.
  Position position_of(std::string_view key) const;
};

struct Member {
  std::string key;
  Position at;
  Node value;
};

/// Reads a text as one YAML document. Refused, each with its place: what is no UTF-8, tabs that
/// indent, a key twice in a map, anchors, aliases, merge keys, tags, directives, a second document. A
/// byte order mark is passed over. The result is kBroken where the text is no YAML, and kNothing
/// where there is nothing in it.
Node parse_document(std::string_view text, std::uint32_t file, Problems& problems);

/// What a node is, for "found ...": its text, or "a list", "a map", "nothing".
std::string found_text(const Node& node);

}  // namespace stargate::world
