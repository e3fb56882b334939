#include "world/document.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/check.h"

namespace stargate::world {
namespace {

constexpr std::size_t kMembersByHash = 16;

Position position(const YAML::Mark& mark, std::uint32_t file) {
  if (mark.is_null()) return {file, 1, 1};
  return {file, static_cast<std::uint32_t>(mark.line) + 1,
          static_cast<std::uint32_t>(mark.column) + 1};
}

Node node_of(Node::Kind kind, Position at, std::string text = {}) {
  Node node;
  node.kind = kind;
  node.at = at;
  node.text = std::move(text);
  return node;
}

/// The length of the UTF-8 character at the front; 0: there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

/// Finds bytes that no world has, before they are read as YAML. False: it is not worth reading.
bool check_bytes(std::string_view text, std::uint32_t file, Problems& problems) {
  bool fine = true;
  Position at{file, 1, 1};
  bool indenting = true;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) {
      problems.add(at, fmt::format("found the byte 0x{:02x}, expected UTF-8",
                                   static_cast<unsigned char>(c)));
      return false;
    }
    if (c == '\n') {
      ++at.line;
      at.column = 1;
      indenting = true;
      ++i;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F) {
      problems.add(at, fmt::format("found the control character 0x{:02x}, expected text", byte));
      fine = false;
    }
    if (indenting && c == '\t') {
      const std::size_t end = text.find_first_not_of(" \t\r", i);
      if (end != std::string_view::npos && text[end] != '\n' && text[end] != '#') {
        problems.add(at, "found a tab, expected spaces to indent");
        fine = false;
      }
      indenting = false;
    }
    if (at.column == 1 && c == '%') {
      problems.add(at, "found a YAML directive, expected none");
      fine = false;
    }
    if (c != ' ') indenting = false;
    i += length;
    at.column += static_cast<std::uint32_t>(length);
  }
  return fine;
}

/// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::uint32_t file, Problems& problems)
      : text_(text), file_(file), problems_(problems) {}

  Node take() { return std::move(root_); }
  int documents() const { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      problems_.add(position(mark, file_), "found a second document, expected one a file");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = node_of(Node::Kind::kNothing, position(mark, file_));
    const std::string_view rest = rest_at(mark);
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (rest.starts_with(word)) node.text = word;
    }
    // What is not written has no place of its own.
    if (node.text.empty() && !open_.empty() && open_.back().node.is_map() &&
        !open_.back().wants_key) {
      node.at = open_.back().key_at;
    }
    refuse_anchor(node, anchor);
    put(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Node node = node_of(Node::Kind::kBroken, position(mark, file_));
    problems_.add(node.at, "found an alias, expected the value itself");
    put(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = node_of(Node::Kind::kScalar, position(mark, file_), value);
    const std::string_view rest = rest_at(mark);
    const char first = rest.empty() ? ' ' : rest.front();
    node.quoted = tag == "!";
    refuse_tag(node, tag, first != '!');
    refuse_anchor(node, anchor);
    put(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    bool broken = false;
    bool wants_key = false;
    bool drops_value = false;
    std::string key;
    Position key_at;
    std::unordered_map<std::string, Position> keys;  ///< once there are many
  };

  std::string_view rest_at(const YAML::Mark& mark) const {
    if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) > text_.size()) return {};
    return text_.substr(static_cast<std::size_t>(mark.pos));
  }

  void refuse_anchor(Node& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    problems_.add(node.at, "found an anchor, expected the value alone");
    node.kind = Node::Kind::kBroken;
  }

  void refuse_tag(Node& node, const std::string& tag, bool untagged) {
    if (tag.empty() || tag == "?" || (tag == "!" && untagged)) return;
    problems_.add(node.at, fmt::format("found the tag {}, expected the value alone", tag));
    node.kind = Node::Kind::kBroken;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    Open opened;
    opened.node.kind = kind;
    opened.node.at = position(mark, file_);
    refuse_tag(opened.node, tag, false);
    refuse_anchor(opened.node, anchor);
    opened.broken = opened.node.kind == Node::Kind::kBroken;
    opened.node.kind = kind;
    opened.wants_key = kind == Node::Kind::kMap;
    open_.push_back(std::move(opened));
  }

  void close() {
    STARGATE_CHECK(!open_.empty(), "what closes was opened");
    Node node = std::move(open_.back().node);
    if (open_.back().broken) node.kind = Node::Kind::kBroken;
    open_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    if (open_.empty()) {
      if (documents_ <= 1) root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.wants_key) {
      put_key(parent, std::move(node));
      parent.wants_key = false;
    } else {
      if (!parent.drops_value) {
        parent.node.members.push_back({std::move(parent.key), parent.key_at, std::move(node)});
      }
      parent.wants_key = true;
    }
  }

  void put_key(Open& parent, Node node) {
    parent.key_at = node.at;
    parent.drops_value = true;
    if (node.kind == Node::Kind::kBroken) return;
    if (!node.is_scalar()) {
      problems_.add(node.at, fmt::format("found {} as a key, expected a word", found_text(node)));
      return;
    }
    if (node.text == "<<") {
      problems_.add(node.at, "found a merge key, expected the keys themselves");
      return;
    }
    if (const Position* first = find_key(parent, node.text)) {
      problems_.add(node.at, fmt::format("found the key {} again, expected it once (it is at {})",
                                         node.text, problems_.place(*first)));
      return;
    }
    parent.drops_value = false;
    parent.key = std::move(node.text);
    if (!parent.keys.empty()) parent.keys.emplace(parent.key, parent.key_at);
  }

  const Position* find_key(Open& parent, const std::string& key) {
    std::vector<Member>& members = parent.node.members;
    if (members.size() < kMembersByHash) {
      for (const Member& member : members) {
        if (member.key == key) return &member.at;
      }
      return nullptr;
    }
    if (parent.keys.empty()) {
      for (const Member& member : members) parent.keys.emplace(member.key, member.at);
    }
    const auto found = parent.keys.find(key);
    return found == parent.keys.end() ? nullptr : &found->second;
  }

  std::string_view text_;
  std::uint32_t file_;
  Problems& problems_;
  int documents_ = 0;
  std::vector<Open> open_;
  Node root_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &Member::key);
  return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) {
  const auto found = std::ranges::find(members, key, &Member::key);
  return found == members.end() ? nullptr : &found->value;
}

Position Node::position_of(std::string_view key) const {
  const Node* value = find(key);
  return value == nullptr ? at : value->at;
}

Node parse_document(std::string_view text, std::uint32_t file, Problems& problems) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  Node broken = node_of(Node::Kind::kBroken, {file, 1, 1});
  if (!check_bytes(text, file, problems)) return broken;
  TreeBuilder builder(text, file, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    problems.add(position(error.mark, file),
                 fmt::format("found what is no YAML, expected a map of sections: {}", error.msg));
    return broken;
  }
  return builder.documents() < 2 ? builder.take() : broken;
}

std::string found_text(const Node& node) {
  constexpr std::size_t kLong = 60;
  switch (node.kind) {
    case Node::Kind::kSequence: return "a list";
    case Node::Kind::kMap: return "a map";
    case Node::Kind::kNothing: return node.text.empty() ? "nothing" : node.text;
    case Node::Kind::kBroken: return "something else";
    case Node::Kind::kScalar: break;
  }
  std::string text = node.text.size() <= kLong ? node.text : node.text.substr(0, kLong);
  if (node.text.size() > kLong) {
    // Not within a character.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.pop_back();
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0x80) text.pop_back();
    text += "...";
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return node.quoted ? "\"" + text + "\"" : text;
}

}  // namespace stargate::world
