#include "server/acts.h"

#include <utility>

#include <fmt/format.h>

#include "world/quantity.h"

namespace stargate::server {

Instant effective_in(const Call& call) {
  return call.body.contains("effective")
             ? world::parse_instant(call.body["effective"].get_ref<const std::string&>())
             : call.plane.now();
}

void enter(Call& call, Act act, const std::string& what) {
  if (act.effective == Instant{}) act.effective = effective_in(call);
  if (call.body.contains("signed_by")) act.signed_by = call.body["signed_by"];
  if (call.body.contains("document_sha256")) act.document_sha256 = call.body["document_sha256"];
  const Reason refusal =
      call.plane.execute(command::EnterAct{std::move(act)}, {{"by", call.token.name}});
  switch (refusal) {
    case Reason::kNone: return;
    case Reason::kNotNow:
      throw Problem(409, "not_now", what + ": it does not fit what was done before");
    case Reason::kUnknown:
      throw Problem(422, "unknown_name", what + ": it names what there is not");
    default: throw Problem(422, "invalid", fmt::format("{}: a value is out of its range", what));
  }
}

std::vector<Field> with_signature(std::vector<Field> fields) {
  fields.push_back({.name = "effective",
                    .type = FieldType::kInstant,
                    .description = "when it took effect (now)"});
  fields.push_back({.name = "signed_by", .description = "who signed", .most = 128});
  fields.push_back({.name = "document_sha256",
                    .description = "of the document, in hexadecimal",
                    .least = 64,
                    .most = 64});
  return fields;
}

void define(Call& call, Definition definition) {
  const Reason refusal =
      call.plane.execute(command::Define{std::move(definition)}, {{"by", call.token.name}});
  if (refusal != Reason::kNone) {
    throw Problem(422, "invalid", fmt::format("what is proposed is refused: {}", name_of(refusal)));
  }
}

std::vector<Field> terms_fields() {
  return {{.name = "gpus",
           .type = FieldType::kInteger,
           .description = "the amount",
           .least = 1,
           .most = std::int64_t{1} << 30},
          {.name = "price", .description = "\"$2.50/GPU-h\"", .most = 64},
          {.name = "delivery", .type = FieldType::kInstant, .description = "when it is there"},
          {.name = "until", .type = FieldType::kInstant, .description = "when it ends"}};
}

Terms terms_in(const Call& call, Terms terms) {
  if (call.body.contains("gpus")) {
    terms.amount = {call.body["gpus"].get<std::int64_t>(), CapacityUnit::kGpus};
  }
  if (call.body.contains("price")) {
    try {
      terms.price = world::parse_price(call.body["price"].get_ref<const std::string&>());
      terms.has_price = true;
    } catch (const world::QuantityError& error) {
      const std::string detail =
          fmt::format("{}, expected a price such as \"$2.50/GPU-h\"", error.what());
      throw Problem(422, "invalid", "/price: " + detail, {{"/price", detail}});
    }
  }
  const auto instant = [&](const char* name, Instant& at) {
    if (call.body.contains(name))
      at = world::parse_instant(call.body[name].get_ref<const std::string&>());
  };
  instant("delivery", terms.delivery);
  instant("until", terms.until);
  return terms;
}

}  // namespace stargate::server
