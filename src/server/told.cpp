#include "server/told.h"

#include <nlohmann/json.hpp>

#include "event/bytes.h"
#include "event/codec.h"
#include "event/describe.h"

namespace stargate::server {
namespace {

using Json = nlohmann::ordered_json;

class JsonFields final : public FieldSink {
 public:
  explicit JsonFields(Json& out) : out_(out) {}
  void number(std::string_view name, std::int64_t value) override {
    out_[std::string(name)] = value;
  }
  void number(std::string_view name, std::uint64_t value) override {
    out_[std::string(name)] = value;
  }
  void text(std::string_view name, std::string_view value) override {
    // The event's own kind is there already.
    out_[name == "kind" ? std::string("defines") : std::string(name)] = value;
  }
  void instant(std::string_view name, Instant value) override {
    out_[std::string(name)] = text_of(value);
  }
  void duration(std::string_view name, Duration value) override {
    out_[std::string(name)] = text_of(value);
  }
  void ranges(std::span<const NodeRange> ranges) override { out_["nodes"] = text_of(ranges); }

 private:
  Json& out_;
};

}  // namespace

bool may_see(const Token& token, const Told& told) {
  switch (token.role) {
    case Role::kAdmin:
    case Role::kOperator:
    case Role::kAuditor: return true;
    case Role::kTenant: return told.tenant == token.tenant;
    case Role::kSupplier: return is_set(told.supplier) && told.supplier == token.supplier;
  }
  return false;
}

Json data_for(const Token& token, const Told& told) {
  EventBatch batch;
  ByteReader in(told.event);
  Decoder(told.at).event(in, batch);
  Json data;
  data["index"] = told.index;
  data["at"] = text_of(told.at);
  data["kind"] = told.kind;
  JsonFields fields(data);
  visit_fields(batch.events.front().body, batch, fields);
  if (!told.name.empty()) data["name"] = told.name;
  if (token.role != Role::kTenant && token.role != Role::kSupplier) return data;
  for (const char* name : {"tenant", "beneficiary", "workload", "request", "early_request"}) {
    data.erase(name);
  }
  if (token.role == Role::kSupplier) {
    for (const char* name : {"name", "saved", "estimate", "priority"}) data.erase(name);
    if (told.is_of_other_order) data.erase("order");
  }
  return data;
}

}  // namespace stargate::server
