#include "world/tree.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include <fmt/format.h>

namespace stargate::world {
namespace {

std::size_t index_of(std::string_view section) {
  const auto all = sections();
  const auto found = std::ranges::find(all, section, &Section::name);
  return static_cast<std::size_t>(found - all.begin());
}

/// Where an entry stands: in a section, or in a list of another entry.
struct Slot {
  std::vector<Node>* list = nullptr;
  std::size_t index = 0;

  Node& node() const { return (*list)[index]; }
};

using Slots = std::unordered_map<std::string, Slot>;

void collect(std::vector<Node>& list, Slots& slots) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (const Node* id = id_of(list[i])) slots.emplace(id->text, Slot{&list, i});
    for (const std::string_view nested : {"clauses", "capacity"}) {
      Node* inner = list[i].find(nested);
      if (inner != nullptr && inner->is_sequence()) collect(inner->items, slots);
    }
  }
}

Slots slots_of(Tree& tree) {
  Slots slots;
  for (std::vector<Node>& list : tree.entries) collect(list, slots);
  return slots;
}

class Overlay {
 public:
  Overlay(Tree& tree, Problems& problems) : tree_(tree), problems_(problems) {}

  void apply(Node document) {
    if (document.kind == Node::Kind::kNothing) return;  // nothing is changed
    if (!document.is_map()) {
      if (document.kind == Node::Kind::kBroken) return;
      return problems_.add(
          document.at, fmt::format("found {}, expected set, remove or add", found_text(document)));
    }
    for (const Member& member : document.members) {
      if (member.key != "set" && member.key != "remove" && member.key != "add") {
        problems_.add(member.at, fmt::format("found the key {} in an assumption file, expected one "
                                             "of set, remove, add",
                                             member.key));
      }
    }
    if (Node* part = list_of(document, "set")) set(*part);
    if (Node* part = list_of(document, "remove")) remove(*part);
    if (Node* part = document.find("add")) {
      add_sections(tree_, std::move(*part), "add of an assumption file", problems_);
    }
  }

 private:
  Node* list_of(Node& document, std::string_view key) {
    Node* part = document.find(key);
    if (part == nullptr || part->is_sequence()) return part;
    if (part->kind != Node::Kind::kBroken) {
      problems_.add(part->at,
                    fmt::format("found {} after {}, expected a list", found_text(*part), key));
    }
    return nullptr;
  }

  void set(Node& changes) {
    Slots slots = slots_of(tree_);
    for (Node& change : changes.items) {
      const Node* id = id_of(change);
      if (id == nullptr) {
        if (change.kind == Node::Kind::kBroken) continue;
        problems_.add(change.at,
                      fmt::format("found {} without an id, expected a map with the id of "
                                  "an entry and its new values",
                                  found_text(change)));
        continue;
      }
      const auto slot = slots.find(id->text);
      if (slot == slots.end()) {
        problems_.add(id->at, unknown(*id, slots));
        continue;
      }
      if (change.members.size() == 1) {
        problems_.add(change.at, "found an id alone, expected new values beside it");
      }
      Node& entry = slot->second.node();
      bool moved = false;
      for (Member& member : change.members) {
        if (member.key == "id") continue;
        const auto old = std::ranges::find(entry.members, member.key, &Member::key);
        moved = moved || member.key == "clauses" || member.key == "capacity";
        if (old == entry.members.end()) {
          entry.members.push_back(std::move(member));
        } else {
          *old = std::move(member);
        }
      }
      // Lists of entries have been replaced: what pointed into them does no more.
      if (moved) slots = slots_of(tree_);
    }
  }

  void remove(const Node& ids) {
    const Slots slots = slots_of(tree_);
    for (const Node& id : ids.items) {
      if (id.kind == Node::Kind::kBroken) continue;
      if (!id.is_scalar() || id.quoted) {
        problems_.add(id.at, fmt::format("found {}, expected the id of an entry", found_text(id)));
        continue;
      }
      const auto slot = slots.find(id.text);
      if (slot == slots.end()) {
        problems_.add(id.at, unknown(id, slots));
        continue;
      }
      note_removed(slot->second.node(), id.at);
      slot->second.node().text = "removed";
      slot->second.node().quoted = true;
    }
    const auto is_removed = [](const Node& node) {
      return node.is_map() && node.quoted && node.text == "removed";
    };
    for (std::vector<Node>& list : tree_.entries) {
      std::erase_if(list, is_removed);
      for (Node& entry : list) {
        for (const std::string_view nested : {"clauses", "capacity"}) {
          Node* inner = entry.find(nested);
          if (inner == nullptr || !inner->is_sequence() || inner->items.empty()) continue;
          std::erase_if(inner->items, is_removed);
          if (!inner->items.empty()) continue;
          std::erase_if(entry.members,
                        [&](const Member& member) { return &member.value == inner; });
        }
      }
    }
  }

  void note_removed(const Node& entry, Position at) {
    if (const Node* id = id_of(entry)) tree_.removed.emplace(id->text, at);
    for (const std::string_view nested : {"clauses", "capacity"}) {
      const Node* inner = entry.find(nested);
      if (inner == nullptr || !inner->is_sequence()) continue;
      for (const Node& item : inner->items) note_removed(item, at);
    }
  }

  static std::string unknown(const Node& id, const Slots& slots) {
    std::vector<std::string_view> names;
    for (const auto& [name, slot] : slots) names.push_back(name);
    std::ranges::sort(names);
    const std::string near = nearest(id.text, names);
    return fmt::format("found {}, which nothing is called, expected the id of an entry{}",
                       found_text(id), near.empty() ? "" : fmt::format("; did you mean {}?", near));
  }

  Tree& tree_;
  Problems& problems_;
};

}  // namespace

std::vector<Node>& Tree::of(std::string_view section) { return entries.at(index_of(section)); }
const std::vector<Node>& Tree::of(std::string_view section) const {
  return entries.at(index_of(section));
}

const Node* id_of(const Node& entry) {
  const Node* id = entry.find("id");
  return id != nullptr && id->is_scalar() && !id->quoted ? id : nullptr;
}

void add_sections(Tree& tree, Node document, std::string_view what, Problems& problems) {
  tree.entries.resize(sections().size());
  if (document.kind == Node::Kind::kNothing && document.text.empty()) return;
  if (document.kind == Node::Kind::kBroken) return;
  std::vector<std::string_view> names;
  for (const Section& section : sections()) names.push_back(section.name);
  if (!document.is_map()) {
    return problems.add(document.at, fmt::format("found {} in {}, expected sections: {}",
                                                 found_text(document), what, joined(names)));
  }
  for (Member& member : document.members) {
    const std::size_t index = index_of(member.key);
    if (index == names.size()) {
      const std::string near = nearest(member.key, names);
      problems.add(
          member.at,
          fmt::format("found the section {}, expected one of {}{}", member.key, joined(names),
                      near.empty() ? "" : fmt::format("; did you mean {}?", near)));
      continue;
    }
    if (member.value.kind == Node::Kind::kBroken) continue;
    if (!member.value.is_sequence()) {
      problems.add(member.value.at, fmt::format("found {} after {}, expected a list of entries",
                                                found_text(member.value), member.key));
      continue;
    }
    std::ranges::move(member.value.items, std::back_inserter(tree.entries[index]));
  }
}

void apply_assumptions(Tree& tree, Node document, Problems& problems) {
  Overlay(tree, problems).apply(std::move(document));
}

}  // namespace stargate::world
