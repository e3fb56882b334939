#include "server/schema.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "world/quantity.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::int64_t kTextMost = 4096;
constexpr std::size_t kListMost = 10'000;
constexpr std::size_t kShown = 60;
/// What is told of one request; the rest is found when these are mended.
constexpr std::size_t kFaultsMost = 20;
/// No body that is accepted is deeper.
constexpr std::size_t kDepthMost = 32;
/// Larger ones are not worth the memory that reading them fast takes.
constexpr std::size_t kFastBytesMost = std::size_t{4} << 20;
/// An argument, or a variable of an environment.
const Field kLongText{.name = "", .type = FieldType::kText, .most = std::int64_t{1} << 17};

/// A value as it is shown in a message.
std::string shown(const JsonView& value) {
  std::string text = value.json();
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return text;
}

std::string joined(const std::vector<const char*>& words) {
  std::string text;
  for (const char* word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::int64_t text_most(const Field& field) { return field.most > 0 ? field.most : kTextMost; }
std::int64_t integer_most(const Field& field) {
  return field.most > 0 ? field.most : std::numeric_limits<std::int32_t>::max();
}

/// Where a value is. Its text costs only where something is wrong.
struct Place {
  const Place* within = nullptr;
  std::string_view name;  ///< of a member; of a list's: empty
  std::size_t index = 0;

  /// A JSON pointer.
  std::string text() const {
    if (within == nullptr) return {};
    std::string pointer = within->text() + "/";
    if (name.data() == nullptr) return pointer + std::to_string(index);
    for (const char c : name) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return pointer;
  }
};

class Checker {
 public:
  Checker(std::vector<Fault>& faults, Unknown unknown)
      : faults_(faults), knows_unknown_(unknown == Unknown::kAllowed) {}

  void object(const Schema& schema, const JsonView& value, const Place& at) {
    if (!value.is_object()) return add(at, "found {}, expected an object", shown(value));
    value.for_each_member([&](std::string_view name, const JsonView& member) {
      if (is_full()) return;
      const auto field = std::ranges::find_if(
          schema.fields, [&](const Field& known) { return name == known.name; });
      const Place place{&at, name};
      if (field != schema.fields.end()) return member_of(*field, member, place);
      if (knows_unknown_) return;
      std::vector<const char*> names;
      for (const Field& known : schema.fields) names.push_back(known.name);
      add(place, "unknown member, expected one of {}", joined(names));
    });
    for (const Field& field : schema.fields) {
      if (field.is_required && !value.contains(field.name)) {
        add({&at, field.name}, "missing, expected {}", field.description);
      }
    }
  }

 private:
  template <class... Arguments>
  void add(const Place& at, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    if (is_full()) return;
    faults_.push_back({at.text(), fmt::format(text, std::forward<Arguments>(arguments)...)});
  }
  bool is_full() const { return faults_.size() >= kFaultsMost; }

  void member_of(const Field& field, const JsonView& value, const Place& at) {
    if (field.may_be_null && value.is_null()) return;
    switch (field.type) {
      case FieldType::kText: text(field, value, at); break;
      case FieldType::kInteger: {
        const auto number = value.integer();
        if (!number || *number < field.least || *number > integer_most(field)) {
          add(at, "found {}, expected a whole number from {} to {}", shown(value), field.least,
              integer_most(field));
        }
        break;
      }
      case FieldType::kBoolean:
        if (!value.is_boolean()) add(at, "found {}, expected true or false", shown(value));
        break;
      case FieldType::kDuration:
        quantity(value, at, "a length of time such as \"90 seconds\" or \"2 hours\"",
                 [](std::string_view text) { world::parse_duration(text); });
        break;
      case FieldType::kInstant:
        // What is told may have parts of a second.
        if (knows_unknown_ && value.is_string() && value.text().ends_with('Z')) break;
        quantity(value, at, "an instant such as \"2025-01-21T18:00:00Z\"",
                 [](std::string_view text) { world::parse_instant(text); });
        break;
      case FieldType::kTextList:
        if (list(field, value, at)) {
          std::size_t i = 0;
          value.for_each([&](const JsonView& member) { text(kLongText, member, {&at, {}, i++}); });
        }
        break;
      case FieldType::kTextMap:
        if (!value.is_object()) {
          add(at, "found {}, expected an object of texts", shown(value));
          break;
        }
        value.for_each_member([&](std::string_view name, const JsonView& member) {
          if (name.empty() || name.find('=') != std::string_view::npos ||
              name.find('\0') != std::string_view::npos) {
            add({&at, name}, "the name is empty or has '=' or NUL in it");
          }
          text(kLongText, member, {&at, name});
        });
        break;
      case FieldType::kObject: object(*field.schema, value, at); break;
      case FieldType::kObjectList:
        if (list(field, value, at)) {
          std::size_t i = 0;
          value.for_each([&](const JsonView& member) {
            object(*field.schema, member, {&at, {}, i++});
          });
        }
        break;
      case FieldType::kAny: break;
    }
  }

  void text(const Field& field, const JsonView& value, const Place& at) {
    if (!value.is_string()) return add(at, "found {}, expected text", shown(value));
    const std::string_view found = value.text();
    if (!field.words.empty()) {
      const bool known =
          std::ranges::any_of(field.words, [&](const char* w) { return found == w; });
      if (!known) add(at, "found {}, expected one of {}", shown(value), joined(field.words));
      return;
    }
    const auto size = static_cast<std::int64_t>(found.size());
    if (found.find('\0') != std::string_view::npos) {
      add(at, "found a NUL byte, expected text without any");
    } else if (size < field.least || size > text_most(field)) {
      add(at, "found {} bytes, expected {} to {}", size, field.least, text_most(field));
    }
  }

  bool list(const Field& field, const JsonView& value, const Place& at) {
    const std::size_t most = field.most > 0 ? static_cast<std::size_t>(field.most) : kListMost;
    const auto least = static_cast<std::size_t>(field.least);
    const std::size_t size = value.is_array() ? value.size() : 0;
    if (value.is_array() && size <= most && size >= least) return true;
    add(at, "found {}, expected a list of {} to {}",
        value.is_array() ? fmt::format("{} members", size) : shown(value), least, most);
    return false;
  }

  template <class Parse>
  void quantity(const JsonView& value, const Place& at, const char* expected, Parse parse) {
    if (value.is_string()) {
      try {
        parse(value.text());
        return;
      } catch (const world::QuantityError& error) {
        return add(at, "found {} ({}), expected {}", shown(value), error.what(), expected);
      }
    }
    add(at, "found {}, expected {}", shown(value), expected);
  }

  std::vector<Fault>& faults_;
  bool knows_unknown_;
};

/// Makes the value that is read, where no member comes twice: the last one would win in silence.
class BodyReader final : public nlohmann::json_sax<Json> {
 public:
  explicit BodyReader(Json& root) : root_(root) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(Json::number_integer_t value) override { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) override { return put(value); }
  bool number_float(Json::number_float_t value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(Json::binary_t& value) override { return put(std::move(value)); }
  bool start_object(std::size_t) override { return open(Json::value_t::object); }
  bool start_array(std::size_t) override { return open(Json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    check_depth();
    auto& object = open_.back()->get_ref<Json::object_t&>();
    const auto [member, is_new] = object.emplace(name, nullptr);
    if (!is_new) throw Problem(400, "bad_json", "the member \"" + name + "\" is there twice");
    member_ = &member->second;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    if (const auto* no_json = dynamic_cast<const Json::parse_error*>(&error)) throw *no_json;
    throw Problem(400, "bad_json", "the body is no JSON, expected an object");
  }

 private:
  void check_depth() const {
    if (open_.size() > kDepthMost) {
      throw Problem(400, "bad_json",
                    fmt::format("the body is more than {} values deep", kDepthMost));
    }
  }
  Json& place() {
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    return open_.back()->emplace_back();
  }
  template <class Value>
  bool put(Value&& value) {
    check_depth();
    place() = std::forward<Value>(value);
    return true;
  }
  bool open(Json::value_t type) {
    check_depth();
    Json& value = place();
    value = type;
    open_.push_back(&value);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  std::vector<Json*> open_;  ///< the values that are not complete yet, the outermost first
  Json* member_ = nullptr;   ///< of the innermost, which comes next
};

OrderedJson schema_of(const Field& field) {
  OrderedJson schema;
  const auto text = [&](std::int64_t least, std::int64_t most) {
    schema["type"] = "string";
    if (least > 0) schema["minLength"] = least;
    schema["maxLength"] = most;
  };
  switch (field.type) {
    case FieldType::kText:
      if (field.words.empty()) {
        text(field.least, text_most(field));
      } else {
        schema["type"] = "string";
        schema["enum"] = field.words;
      }
      break;
    case FieldType::kInteger:
      schema["type"] = "integer";
      schema["minimum"] = field.least;
      schema["maximum"] = integer_most(field);
      break;
    case FieldType::kBoolean: schema["type"] = "boolean"; break;
    case FieldType::kDuration:
      schema["type"] = "string";
      schema["pattern"] = "^[0-9]+(\\.[0-9]+)? ?[a-z]+$";
      break;
    case FieldType::kInstant:
      schema["type"] = "string";
      schema["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}";
      break;
    case FieldType::kTextList:
    case FieldType::kObjectList:
      schema["type"] = "array";
      if (field.type == FieldType::kTextList) {
        schema["items"] = {{"type", "string"}};
      } else {
        schema["items"] = {{"$ref", std::string("#/components/schemas/") + field.schema->name}};
      }
      if (field.least > 0) schema["minItems"] = field.least;
      if (field.most > 0) schema["maxItems"] = field.most;
      break;
    case FieldType::kTextMap:
      schema["type"] = "object";
      schema["additionalProperties"] = {{"type", "string"}};
      break;
    case FieldType::kObject:
      schema["$ref"] = std::string("#/components/schemas/") + field.schema->name;
      break;
    case FieldType::kAny: break;
  }
  if (field.may_be_null) {
    if (schema.contains("type") && !schema.contains("enum")) {
      schema["type"] = {schema["type"], "null"};
    } else {
      schema = {{"oneOf", OrderedJson::array({schema, {{"type", "null"}}})}};
    }
  }
  if (*field.description != '\0') schema["description"] = field.description;
  return schema;
}

/// Line and column of a byte.
std::pair<std::size_t, std::size_t> place_of(const std::string& text, std::size_t byte) {
  const std::string_view before(text.data(), std::min(byte, text.size()));
  const std::size_t line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  const std::size_t start = before.rfind('\n');
  return {line, before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1};
}

}  // namespace

Schema list_schema(const char* name, const char* member, const Schema& of) {
  return {name,
          "",
          {{.name = member, .type = FieldType::kObjectList, .is_required = true, .schema = &of}}};
}

std::vector<Fault> faults_of(const Schema& schema, const JsonView& value, Unknown unknown) {
  std::vector<Fault> faults;
  Checker(faults, unknown).object(schema, value, {});
  return faults;
}

std::optional<JsonView> read_faultless(const Schema& schema, const std::string& body) {
  thread_local FastJson reader;
  if (body.size() > kFastBytesMost) return std::nullopt;
  const auto value = reader.read(body);
  if (!value || !faults_of(schema, *value).empty()) return std::nullopt;
  return value;
}

Json read_body(const Schema& schema, const std::string& body) {
  Json value;
  try {
    BodyReader reader(value);
    Json::sax_parse(body, &reader);
  } catch (const Json::parse_error& error) {
    const auto [line, column] = place_of(body, error.byte > 0 ? error.byte - 1 : 0);
    throw Problem(400, "bad_json",
                  fmt::format("body:{}:{}: this is no JSON, expected an object", line, column));
  } catch (const Json::exception&) {
    throw Problem(400, "bad_json", "the body is no JSON, expected an object");
  }
  if (std::vector<Fault> faults = faults_of(schema, value); !faults.empty()) {
    throw problem_of(422, "invalid", std::move(faults));
  }
  return value;
}

OrderedJson json_schema_of(const Schema& schema, bool is_closed) {
  OrderedJson object;
  object["type"] = "object";
  if (*schema.description != '\0') object["description"] = schema.description;
  object["properties"] = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const Field& field : schema.fields) {
    object["properties"][field.name] = schema_of(field);
    if (field.is_required) required.push_back(field.name);
  }
  if (!required.empty()) object["required"] = required;
  if (is_closed) object["additionalProperties"] = false;
  return object;
}

}  // namespace stargate::server
