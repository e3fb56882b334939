#include "world/schema.h"

#include <map>

#include <nlohmann/json.hpp>

#include "world/entries.h"

namespace stargate::world {
namespace {

using Json = nlohmann::ordered_json;

/// Collects what the tables name under "$defs".
class Builder {
 public:
  Json run() {
    Json root;
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    root["title"] = "A file of a Stargate world";
    root["type"] = "object";
    root["additionalProperties"] = false;
    Json& properties = root["properties"];
    for (const Section& section : sections()) {
      Json list;
      list["type"] = "array";
      list["items"] = table(*section.table);
      properties[std::string(section.name)] = std::move(list);
    }
    root["$defs"] = std::move(definitions_);
    return root;
  }

 private:
  static Json reference(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

  Json table(const Table& table) {
    const std::string name(table.name);
    if (definitions_.contains(name)) return reference(name);
    definitions_[name] = Json::object();
    Json made = table.variants.empty() ? object(table.keys, {}) : choice(table);
    definitions_[name] = std::move(made);
    return reference(name);
  }

  /// The keys of a map, all of them and no others.
  Json object(std::span<const Key> keys, std::span<const Key> more) {
    Json made;
    made["type"] = "object";
    made["additionalProperties"] = false;
    Json required = Json::array();
    for (const std::span<const Key> part : {keys, more}) {
      for (const Key& key : part) {
        Json property = type(*key.type);
        property["description"] = std::string(key.doc);
        made["properties"][std::string(key.name)] = std::move(property);
        if (key.need == kRequired) required.push_back(std::string(key.name));
      }
    }
    if (!required.empty()) made["required"] = std::move(required);
    return made;
  }

  Json choice(const Table& table) {
    const std::string key(table.variant_key);
    Json words = Json::array();
    Json all = Json::array();
    for (const Variant& variant : table.variants) {
      const std::string word(variant.name);
      const std::string name = std::string(table.name) + "_" + word;
      words.push_back(word);
      Json made = object(table.keys, variant.keys);
      made["properties"][key] = {{"const", word}};
      definitions_[name] = std::move(made);
      Json branch;
      branch["if"]["properties"][key]["const"] = word;
      branch["then"] = reference(name);
      all.push_back(std::move(branch));
    }
    Json made;
    made["type"] = "object";
    made["required"] = Json::array({key});
    made["properties"][key]["enum"] = std::move(words);
    made["allOf"] = std::move(all);
    return made;
  }

  Json type(const Type& type) {
    if (type.table != nullptr) return table(*type.table);
    const std::string name(type.name);
    if (!definitions_.contains(name)) {
      definitions_[name] = Json::object();
      Json made;
      made["description"] = std::string(type.expected);
      made["type"] = std::string(type.json);
      if (!type.pattern.empty()) made["pattern"] = std::string(type.pattern);
      if (type.words != nullptr) made["enum"] = type.words();
      if (type.item != nullptr) {
        made["items"] = this->type(*type.item);
        made["minItems"] = 1;
      }
      definitions_[name] = std::move(made);
    }
    return reference(name);
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string world_schema() { return Builder().run().dump(2) + "\n"; }

}  // namespace stargate::world
