#include "server/json_view.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "server/store.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;
namespace dom = simdjson::dom;

constexpr double kExactMost = 9'007'199'254'740'992.0;  // 2^53

std::optional<std::int64_t> whole(double number) {
  if (!(std::abs(number) <= kExactMost) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> whole(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

using Bits = std::array<std::uint64_t, 2>;
static_assert(sizeof(dom::element) == sizeof(Bits) && std::is_trivially_copyable_v<dom::element>);

dom::element element_of(const Bits& bits) {
  dom::element element;
  std::memcpy(static_cast<void*>(&element), bits.data(), sizeof element);
  return element;
}

Bits bits_of(const dom::element& element) {
  Bits bits{};
  std::memcpy(bits.data(), &element, sizeof element);
  return bits;
}

bool has_twins(const dom::object& object) {
  constexpr std::size_t kFew = 16;
  if (object.size() <= kFew) {
    std::array<std::string_view, kFew> names;
    std::size_t count = 0;
    for (const auto member : object) {
      const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::find(names.begin(), end, member.key) != end) return true;
      names.at(count++) = member.key;
    }
    return false;
  }
  std::vector<std::string_view> names;
  for (const auto member : object) names.push_back(member.key);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

/// Somewhere within it. Its depth is limited by the parser.
bool has_twins_within(const dom::element& value) {
  if (value.is_array()) {
    return std::ranges::any_of(dom::array(value), has_twins_within);
  }
  if (!value.is_object()) return false;
  const dom::object object(value);
  if (has_twins(object)) return true;
  for (const auto member : object) {
    if (has_twins_within(member.value)) return true;
  }
  return false;
}

}  // namespace

bool JsonView::is_null() const {
  return json_ != nullptr ? json_->is_null() : element_of(element_).is_null();
}
bool JsonView::is_boolean() const {
  return json_ != nullptr ? json_->is_boolean() : element_of(element_).is_bool();
}
bool JsonView::is_string() const {
  return json_ != nullptr ? json_->is_string() : element_of(element_).is_string();
}
bool JsonView::is_array() const {
  return json_ != nullptr ? json_->is_array() : element_of(element_).is_array();
}
bool JsonView::is_object() const {
  return json_ != nullptr ? json_->is_object() : element_of(element_).is_object();
}

std::optional<std::int64_t> JsonView::integer() const {
  if (json_ != nullptr) {
    if (json_->is_number_unsigned()) return whole(json_->get<std::uint64_t>());
    if (json_->is_number_integer()) return json_->get<std::int64_t>();
    return json_->is_number_float() ? whole(json_->get<double>()) : std::nullopt;
  }
  const dom::element element = element_of(element_);
  switch (element.type()) {
    case dom::element_type::INT64: return element.get_int64().value_unsafe();
    case dom::element_type::UINT64: return whole(element.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE: return whole(element.get_double().value_unsafe());
    default: return std::nullopt;
  }
}

std::string_view JsonView::text() const {
  if (json_ != nullptr) return json_->get_ref<const std::string&>();
  return element_of(element_).get_string().value_unsafe();
}

std::size_t JsonView::size() const {
  return json_ != nullptr ? json_->size() : dom::array(element_of(element_)).size();
}

std::optional<JsonView> JsonView::find(std::string_view name) const {
  if (json_ != nullptr) {
    const auto found = json_->find(name);
    if (found == json_->end()) return std::nullopt;
    return JsonView(*found);
  }
  const auto found = element_of(element_).at_key(name);
  if (found.error() != simdjson::SUCCESS) return std::nullopt;
  return JsonView(bits_of(found.value_unsafe()));
}

std::string JsonView::json() const {
  return json_ != nullptr ? kept_text_of(*json_) : simdjson::minify(element_of(element_));
}

void JsonView::visit_members(void* target, void (*visit)(void*, std::string_view, JsonView)) const {
  if (json_ != nullptr) {
    for (const auto& [name, member] : json_->items()) visit(target, name, member);
    return;
  }
  for (const auto member : dom::object(element_of(element_))) {
    visit(target, member.key, JsonView(bits_of(member.value)));
  }
}

void JsonView::visit_list(void* target, void (*visit)(void*, JsonView)) const {
  if (json_ != nullptr) {
    for (const Json& value : *json_) visit(target, value);
    return;
  }
  for (const dom::element value : dom::array(element_of(element_))) {
    visit(target, JsonView(bits_of(value)));
  }
}

struct FastJson::Parser {
  dom::parser parser;
};

FastJson::FastJson() : parser_(std::make_unique<Parser>()) {}
FastJson::~FastJson() = default;

std::optional<JsonView> FastJson::read(std::string_view text) {
  dom::element root;
  if (parser_->parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (has_twins_within(root)) return std::nullopt;
  return JsonView(bits_of(root));
}

}  // namespace stargate::server
