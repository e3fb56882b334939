#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "world/binder.h"
#include "world/entries.h"

namespace stargate::world {

/// All files of a world as one document: the entries of each section, in the order of the files.
struct Tree {
  std::vector<std::vector<Node>> entries;  ///< in the order of sections()
  /// Ids that an assumption file removed, with what stood in them, and where it says so.
  std::unordered_map<std::string, Position> removed;

  std::vector<Node>& of(std::string_view section);
  const std::vector<Node>& of(std::string_view section) const;
};

/// Adds the sections of a file. `what` says where they stand, for messages.
void add_sections(Tree& tree, Node document, std::string_view what, Problems& problems);

/// Changes a tree as an assumption file says; positions are those of the file that wrote the value.
void apply_assumptions(Tree& tree, Node document, Problems& problems);

/// The id of an entry where it has one that can be read; nullptr otherwise.
const Node* id_of(const Node& entry);

}  // namespace stargate::world
