#include "world/binder.h"

#include <algorithm>

#include <fmt/format.h>

namespace stargate::world {
namespace {

constexpr int kSuggestionsMax = 50;
constexpr std::size_t kIdMax = 80;

/// Insertions, deletions, replacements and swaps of neighbours between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

const Key* find_key(std::span<const Key> keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> words) {
  const std::string near = nearest(word, words);
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

}  // namespace

const Named* Registry::add(const std::string& name, const Named& named) {
  const auto [place, is_new] = names_.emplace(name, named);
  return is_new ? nullptr : &place->second;
}

const Named* Registry::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const Position* Registry::find_removed(const std::string& name) const {
  const auto found = removed_.find(name);
  return found == removed_.end() ? nullptr : &found->second;
}

Named* Registry::find(const std::string& name) {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

void Binder::bind(const Node& node, std::string_view what, std::span<const Key> keys,
                  std::span<const Key> variant, void* entry) {
  if (!node.is_map()) return mismatch(node, fmt::format("a map: the keys of {}", what));
  for (const Member& member : node.members) {
    const Key* key = find_key(keys, member.key);
    if (key == nullptr) key = find_key(variant, member.key);
    if (key != nullptr) {
      key->read(*this, member.value, entry);
      continue;
    }
    std::vector<std::string_view> names;
    for (const Key& known : keys) names.push_back(known.name);
    for (const Key& known : variant) names.push_back(known.name);
    problems_.add(member.at, fmt::format("found the key {} in {}, expected one of {}{}", member.key,
                                         what, joined(names), did_you_mean(member.key, names)));
  }
  for (const std::span<const Key> part : {keys, variant}) {
    for (const Key& key : part) {
      if (key.need == kOptional || node.find(key.name) != nullptr) continue;
      problems_.add(node.at, fmt::format("found no {} in {}, expected {}", key.name, what,
                                         key.type->expected));
    }
  }
}

const Variant* Binder::variant_of(const Node& node, const Table& table) {
  std::vector<std::string_view> names;
  for (const Variant& variant : table.variants) names.push_back(variant.name);
  const std::string expected = "one of " + joined(names);
  const Node* word = node.find(table.variant_key);
  if (word == nullptr) {
    problems_.add(node.at, fmt::format("found no {}, expected {}", table.variant_key, expected));
    return nullptr;
  }
  if (!plain(*word, expected)) return nullptr;
  for (const Variant& variant : table.variants) {
    if (variant.name == word->text) return &variant;
  }
  problems_.add(word->at, fmt::format("found {}, expected {}{}", found_text(*word), expected,
                                      did_you_mean(word->text, names)));
  return nullptr;
}

void Binder::mismatch(const Node& node, std::string_view expected, const std::string& why) {
  if (node.kind == Node::Kind::kBroken) return;
  problems_.add(node.at, fmt::format("found {}{}, expected {}", found_text(node),
                                     why.empty() ? "" : " (" + why + ")", expected));
}

bool Binder::plain(const Node& node, std::string_view expected) {
  if (node.is_scalar() && !node.quoted) return true;
  mismatch(node, expected, node.is_scalar() ? "it is quoted" : "");
  return false;
}

bool Binder::quoted(const Node& node, std::string_view expected) {
  if (node.is_scalar() && node.quoted) return true;
  mismatch(node, expected, node.is_scalar() ? "without quotes" : "");
  return false;
}

bool Binder::list(const Node& node, std::string_view expected) {
  if (node.is_sequence()) return true;
  mismatch(node, expected);
  return false;
}

const Named* Binder::resolve(const Node& node, std::initializer_list<EntryKind> kinds,
                             std::string_view expected) {
  if (!plain(node, expected)) return nullptr;
  const Named* named = registry_.find(node.text);
  if (named == nullptr) {
    if (const Position* removed = registry_.find_removed(node.text)) {
      problems_.add(*removed,
                    fmt::format("found {} among what is removed, which {} names, expected "
                                "that to be changed or removed, too",
                                found_text(node), problems_.place(node.at)));
      return nullptr;
    }
    std::string hint;
    if (++suggestions_ <= kSuggestionsMax) {
      std::vector<std::string_view> names;
      for (const auto& [name, other] : registry_.all()) {
        if (std::ranges::find(kinds, other.kind) != kinds.end()) names.push_back(name);
      }
      // Hash order must not show.
      std::ranges::sort(names);
      hint = did_you_mean(node.text, names);
    }
    problems_.add(node.at, fmt::format("found {}, which nothing is called, expected {}{}",
                                       found_text(node), expected, hint));
    return nullptr;
  }
  if (std::ranges::find(kinds, named->kind) != kinds.end()) return named;
  problems_.add(node.at, fmt::format("found {}, {} ({}), expected {}", found_text(node),
                                     name_of(named->kind), problems_.place(named->at), expected));
  return nullptr;
}

std::string nearest(std::string_view word, std::span<const std::string_view> words) {
  if (word.size() > kIdMax) return {};
  std::size_t best = std::min<std::size_t>(3, word.size() / 3 + 1);
  std::string_view near;
  for (const std::string_view other : words) {
    if (other.size() > word.size() + best || word.size() > other.size() + best) continue;
    const std::size_t edits = distance(word, other);
    if (edits >= best + (near.empty() ? 1 : 0)) continue;
    best = edits;
    near = other;
  }
  return std::string(near);
}

bool is_id(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= kIdMax && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text,
                             [&](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace stargate::world
