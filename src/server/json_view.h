#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <nlohmann/json_fwd.hpp>

namespace stargate::server {

/// A JSON value, whichever library has read it. It sees what it was made of, which outlives it and does
/// not change.
class JsonView {
 public:
  JsonView(const nlohmann::json& value) : json_(&value) {}  // NOLINT: any value is one

  bool is_null() const;
  bool is_boolean() const;
  bool is_string() const;
  bool is_array() const;
  bool is_object() const;
  /// As JSON Schema has it: 1.0 is one, too. nullopt: none, or too large for this and exact.
  std::optional<std::int64_t> integer() const;
  /// REQUIRES: is_string().
  std::string_view text() const;
  /// Of a list. O(size).
  std::size_t size() const;
  /// The member of that name; nullopt: there is none, or this is no object. O(members).
  std::optional<JsonView> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  /// On one line, without spaces; what is no UTF-8 is replaced.
  std::string json() const;

  /// Calls visit(std::string_view name, JsonView member) for each. REQUIRES: is_object().
  template <class Visit>
  void for_each_member(Visit&& visit) const {
    using Target = std::remove_reference_t<Visit>;
    visit_members(std::addressof(visit), [](void* target, std::string_view name, JsonView member) {
      (*static_cast<Target*>(target))(name, member);
    });
  }
  /// Calls visit(JsonView) for each of a list. REQUIRES: is_array().
  template <class Visit>
  void for_each(Visit&& visit) const {
    using Target = std::remove_reference_t<Visit>;
    visit_list(std::addressof(visit),
               [](void* target, JsonView value) { (*static_cast<Target*>(target))(value); });
  }

 private:
  friend class FastJson;
  /// A simdjson::dom::element, which only one file needs to know.
  using Element = std::array<std::uint64_t, 2>;
  explicit JsonView(const Element& element) : element_(element) {}
  void visit_members(void* target, void (*visit)(void*, std::string_view, JsonView)) const;
  void visit_list(void* target, void (*visit)(void*, JsonView)) const;

  const nlohmann::json* json_ = nullptr;  ///< null: `element_` is it
  Element element_{};
};

/// Reads much JSON fast, and says nothing of what is wrong with it.
class FastJson {
 public:
  FastJson();
  ~FastJson();
  FastJson(const FastJson&) = delete;
  FastJson& operator=(const FastJson&) = delete;

  /// The value, until the next call; nullopt where the text is no JSON, is not UTF-8, or has an object
  /// with two members of one name.
  std::optional<JsonView> read(std::string_view text);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace stargate::server
