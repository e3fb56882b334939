#include "sim/policy_names.h"

#include <algorithm>

#include "base/input_error.h"
#include "placement/backfill/backfill.h"
#include "placement/orders/order.h"
#include "sim/replay.h"

namespace stargate::sim {
namespace {

[[noreturn]] void unknown(const std::string& what, std::string_view name,
                          const std::vector<std::string>& known) {
  std::string text = "unknown " + what + " '" + std::string(name) + "': expected one of ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
  throw InputError(text);
}

}  // namespace

const std::vector<std::string>& order_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto* order : placement::all_orders()) all.emplace_back(order->name);
    return all;
  }();
  return names;
}

const std::vector<std::string>& backfill_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto* backfill : placement::all_backfills()) all.emplace_back(backfill->name);
    return all;
  }();
  return names;
}

const std::vector<std::string>& backfill_order_names() {
  static const std::vector<std::string> names{"queue", "shortest"};
  return names;
}

const std::vector<std::string>& place_names() {
  static const std::vector<std::string> names{"best-fit", "first-fit", "consolidated"};
  return names;
}

OrderKind order_named(std::string_view name) {
  for (const auto* order : placement::all_orders()) {
    if (order->name == name) return order->kind;
  }
  unknown("order", name, order_names());
}

BackfillKind backfill_named(std::string_view name) {
  for (const auto* backfill : placement::all_backfills()) {
    if (backfill->name == name) return backfill->kind;
  }
  unknown("backfill", name, backfill_names());
}

BackfillOrder backfill_order_named(std::string_view name) {
  if (name == "queue") return BackfillOrder::kQueue;
  if (name == "shortest") return BackfillOrder::kShortest;
  unknown("backfill order", name, backfill_order_names());
}

PlacePolicy place_named(std::string_view name) {
  if (name == "best-fit") return PlacePolicy::kBestFit;
  if (name == "first-fit") return PlacePolicy::kFirstFit;
  if (name == "consolidated") return PlacePolicy::kConsolidated;
  unknown("placement", name, place_names());
}

std::string sentence_of(Reason reason) {
  switch (reason) {
    case Reason::kTooManyGpus: return "it asks for more GPUs than its queue has";
    case Reason::kShapeNeverFits: return "its shape never fits its queue's nodes";
    case Reason::kQuotaNeverAllows: return "it asks for more than its tenant may ever hold";
    default: return name_of(reason);
  }
}

}  // namespace stargate::sim
