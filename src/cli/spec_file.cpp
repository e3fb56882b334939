#include "cli/spec_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/columns.h"
#include "world/binder.h"
#include "world/document.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

using server::Field;
using server::FieldType;
using world::Node;

/// Whether readers of YAML disagree on what the plain word is.
bool is_ambiguous(std::string_view text) {
  std::string word(text);
  std::ranges::transform(word, word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const char* known : {"yes", "no", "on", "off", "true", "false", "y", "n", "null", "~"}) {
    if (word == known) return true;
  }
  if (word.starts_with('-') || word.starts_with('+')) word.erase(0, 1);
  const bool begins_zero = word.size() > 1 && word[0] == '0';
  return begins_zero &&
         ((word[1] >= '0' && word[1] <= '9') || word[1] == 'x' || word[1] == 'o' || word[1] == 'b');
}

std::optional<std::int64_t> whole(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string pointer_token(const std::string& name) {
  std::string text;
  for (const char c : name) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

class Reader {
 public:
  Reader(world::Problems& problems, Written& written, const std::string& path)
      : problems_(problems), written_(written), path_(path) {}

  Json object(const Node& node, const server::Schema& schema) {
    Json json = Json::object();
    if (!node.is_map()) {
      if (node.kind != Node::Kind::kBroken) {
        problems_.add(node.at, fmt::format("found {}, expected a map of: {}", found_text(node),
                                           names_of(schema)));
      }
      return json;
    }
    for (const world::Member& member : node.members) {
      const auto field = std::ranges::find_if(
          schema.fields, [&](const Field& known) { return member.key == known.name; });
      if (field == schema.fields.end()) {
        std::vector<std::string_view> words;
        for (const Field& known : schema.fields) words.emplace_back(known.name);
        const std::string near = world::nearest(member.key, words);
        problems_.add(
            member.at,
            fmt::format("found the key {}, expected one of {}{}", member.key, names_of(schema),
                        near.empty() ? "" : fmt::format("; did you mean {}?", near)));
        continue;
      }
      const std::string pointer = "/" + pointer_token(member.key);
      name(pointer, member.value);
      json[member.key] = value(*field, member.value, pointer);
    }
    return json;
  }

 private:
  static std::string names_of(const server::Schema& schema) {
    std::string names;
    for (const Field& field : schema.fields) {
      names += (names.empty() ? "" : ", ") + std::string(field.name);
    }
    return names;
  }

  void name(const std::string& pointer, const Node& node) {
    written_.names[pointer] = fmt::format("{}:{}:{}", path_, node.at.line, node.at.column);
  }

  Json mismatch(const Node& node, const std::string& expected) {
    if (node.kind != Node::Kind::kBroken) {
      problems_.add(node.at, fmt::format("found {}, expected {}", found_text(node), expected));
    }
    return nullptr;
  }

  Json text(const Node& node) {
    if (!node.is_scalar()) return mismatch(node, "text");
    if (!node.quoted && is_ambiguous(node.text)) {
      return mismatch(node, fmt::format("text in quotes: \"{}\"", node.text));
    }
    return node.text;
  }

  Json value(const Field& field, const Node& node, const std::string& pointer) {
    switch (field.type) {
      case FieldType::kInteger: {
        const auto number = node.is_scalar() && !node.quoted ? whole(node.text) : std::nullopt;
        if (number) return *number;
        return mismatch(node, "a whole number such as 8");
      }
      case FieldType::kBoolean:
        if (node.is_scalar() && !node.quoted && (node.text == "true" || node.text == "false")) {
          return node.text == "true";
        }
        return mismatch(node, "true or false");
      case FieldType::kTextList: {
        if (!node.is_sequence()) return mismatch(node, "a list such as [a, b]");
        Json list = Json::array();
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          name(fmt::format("{}/{}", pointer, i), node.items[i]);
          list.push_back(text(node.items[i]));
        }
        return list;
      }
      case FieldType::kTextMap: {
        if (!node.is_map()) return mismatch(node, "a map such as {NAME: \"value\"}");
        Json map = Json::object();
        for (const world::Member& member : node.members) {
          name(pointer + "/" + pointer_token(member.key), member.value);
          map[member.key] = text(member.value);
        }
        return map;
      }
      case FieldType::kText: {
        if (field.words.empty() || !node.is_scalar()) return text(node);
        return node.text;
      }
      default: return text(node);
    }
  }

  world::Problems& problems_;
  Written& written_;
  const std::string& path_;
};

}  // namespace

Written read_written(const std::string& path, const server::Schema& schema) {
  const world::WorldFile file = world::read_file(path);
  world::Problems problems;
  const Node document = world::parse_document(file.text, problems.add_file(path), problems);
  Written written;
  written.json = Reader(problems, written, path).object(document, schema);
  problems.throw_if_any();
  return written;
}

void throw_faults(const std::vector<server::Fault>& faults,
                  const std::map<std::string, std::string>& names) {
  std::string lines;
  for (const server::Fault& fault : faults) {
    const std::string name = name_of_pointer(names, fault.pointer);
    const bool is_option = name.starts_with('-') || name == fault.pointer;
    lines += (lines.empty() ? "" : "\n") + std::string(is_option ? "stargate: " : "") +
             printable(name + ": " + fault.detail);
  }
  if (!lines.empty()) throw InputError(lines);
}

}  // namespace stargate::cli
