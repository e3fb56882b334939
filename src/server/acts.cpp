#include "server/acts.h"

#include <variant>
#include <vector>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/stages.h"
#include "event/describe.h"
#include "world/quantity.h"

namespace stargate::server {

namespace {

std::string amount_text(const CapacityAmount& amount) {
  return fmt::format("{} {}", amount.value,
                     amount.unit == CapacityUnit::kGpus      ? "GPUs"
                     : amount.unit == CapacityUnit::kItWatts ? "W of IT power"
                                                             : "W of facility power");
}

std::string nodes_text(std::uint64_t nodes) {
  return nodes == 1 ? "1 node" : fmt::format("{} nodes", nodes);
}

/// "is accepted since ...", or of each run of nodes that.
std::string runs_text(const std::vector<agreement::StageRun>& runs) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t i = 0; i < runs.size() && i < kShown; ++i) {
    const agreement::StageRun& run = runs[i];
    if (i > 0) text += ", ";
    if (runs.size() > 1) text += nodes_text(run.nodes) + " ";
    text +=
        fmt::format("{} {}", runs.size() > 1 && run.nodes > 1 ? "are" : "is", name_of(run.state));
    if (run.since > Instant{INT64_MIN}) text += " since " + text_of(run.since);
  }
  return runs.size() > kShown ? text + ", ..." : text;
}

std::string why_capacity_refused(const agreement::Book& book, const Act& act, Instant now) {
  const Stage& stage = book.stages()[act.stage.value];
  const auto all = static_cast<std::uint64_t>(stage.fleet.nodes());
  if (act.nodes > all)
    return fmt::format("{} has {}, found {}", stage.name, nodes_text(all), act.nodes);
  const auto runs = agreement::runs_of(book, act.stage, {act.effective, now});
  std::uint64_t movable = 0;
  for (const agreement::StageRun& run : runs) {
    if (may_follow(act.state, run.state)) movable += run.nodes;
  }
  const std::string is = runs.size() == 1 ? fmt::format("{} {}", stage.name, runs_text(runs))
                                          : fmt::format("{}: {}", stage.name, runs_text(runs));
  if (movable == 0) return fmt::format("{}: nothing of it becomes {}", is, name_of(act.state));
  return fmt::format("{}: {} of it may become {}, found {}", is, nodes_text(movable),
                     name_of(act.state), act.nodes);
}

std::string why_acceptance_refused(const agreement::Book& book, const Act& act, Instant now) {
  const auto offer = agreement::find_offer(book, act.offer, {act.effective, now});
  if (!offer) return "";
  const CapacityAmount amount = act.terms.amount;
  const bool has_left = offer->left.value > 0 && offer->left != offer->whole;
  if (amount.value > offer->left.value && amount.unit == offer->left.unit) {
    return has_left ? fmt::format("the offer is of {}, of which {} are left, found {}",
                                  amount_text(offer->whole), amount_text(offer->left),
                                  amount_text(amount))
                    : fmt::format("the offer is of {}, found {}", amount_text(offer->whole),
                                  amount_text(amount));
  }
  if (amount.value > 0 && amount.unit != offer->whole.unit) {
    return fmt::format("the offer is of {}, found {}, expected all of it, or another unit",
                       amount_text(offer->whole), amount_text(amount));
  }
  const auto& terms = std::get<clause::FirstRefusal>(book.clause(offer->clause).terms);
  if (!terms.partial_allowed) {
    return fmt::format("{} lets the offer be accepted as it was made, of {}, and no part of it",
                       book.clause(offer->clause).name, amount_text(offer->whole));
  }
  return "the price and the end of what is accepted are those of the offer, or not said";
}

std::string why_signature_refused(const agreement::Book& book, const Act& act) {
  const Order& order = book.orders()[act.order.value];
  if (order.amount.value > 0 && act.terms.amount.value > order.amount.value &&
      act.terms.amount.unit == order.amount.unit) {
    return fmt::format("{} is of {}, found {}", order.name, amount_text(order.amount),
                       amount_text(act.terms.amount));
  }
  return "";
}

/// What is there that the act does not fit; empty: there are no better words.
std::string why_refused(const agreement::Book& book, const Act& act, Instant now) {
  if (act.kind == ActKind::kCapacity && is_set(act.stage))
    return why_capacity_refused(book, act, now);
  if (agreement::is_acceptance(act.kind)) return why_acceptance_refused(book, act, now);
  if (act.kind == ActKind::kSign && is_set(act.order)) return why_signature_refused(book, act);
  return "";
}

[[noreturn]] void refuse(const agreement::Book& book, const Act& act, Instant now, Reason refusal,
                         const std::string& what) {
  if (refusal == Reason::kUnknown)
    throw Problem(422, "unknown_name", what + ": it names what there is not");
  const bool is_late = refusal == Reason::kNotNow;
  const std::string why = why_refused(book, act, now);
  const std::string otherwise =
      is_late ? "it does not fit what was done before" : "a value is out of its range";
  throw Problem(is_late ? 409 : 422, is_late ? "not_now" : "invalid",
                fmt::format("{}: {}", what, why.empty() ? otherwise : why));
}

}  // namespace

void expect_enterable(const Call& call, const Act& act, const std::string& what) {
  const agreement::Book& book = call.plane.state().scheduling().market.book;
  const Reason refusal = book.check(act, call.plane.now());
  if (refusal != Reason::kNone) refuse(book, act, call.plane.now(), refusal, what);
}

Instant effective_in(const Call& call) {
  return call.body.contains("effective")
             ? world::parse_instant(call.body["effective"].get_ref<const std::string&>())
             : call.plane.now();
}

void enter(Call& call, Act act, const std::string& what) {
  if (act.effective == Instant{}) act.effective = effective_in(call);
  if (call.body.contains("signed_by")) act.signed_by = call.body["signed_by"];
  if (call.body.contains("document_sha256")) act.document_sha256 = call.body["document_sha256"];
  const Reason refusal = call.plane.execute(command::EnterAct{act}, {{"by", call.token.name}});
  if (refusal == Reason::kNone) return;
  refuse(call.plane.state().scheduling().market.book, act, call.plane.now(), refusal, what);
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
