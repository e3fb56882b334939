// What is told of the room on an order.

#include "explain/room_words.h"

#include <algorithm>

#include <fmt/format.h>

#include "explain/paragraph.h"

namespace stargate::explain {
namespace {

/// "; 8 on nodes that take no work (WHY); 4 not ours to use", or nothing.
std::string not_usable_text(const Room& room, const std::string& outage) {
  std::string text;
  if (room.out_of_service_gpus > 0) {
    text += fmt::format("; {} on nodes that take no work", room.out_of_service_gpus);
    if (!outage.empty()) text += " (" + outage + ")";
  }
  if (room.unavailable_gpus > 0) text += fmt::format("; {} not ours to use", room.unavailable_gpus);
  return text;
}

/// "corpus is not at abilene", with when it comes, or what bringing it takes. REQUIRES: room.absent.
std::string why_no_data(const placement::Market& market, SiteId site, const Room& room) {
  const std::string& name = market.book.data()[room.absent.value].name;
  const std::string& where = market.book.sites()[site.value].name;
  const auto transfer = transfer_of(market, site, room);
  if (!transfer) return fmt::format("{} is not at {}", name, where);
  const bool is_free = transfer->price.micros == 0;
  const std::string price =
      is_free ? "" : money_text(transfer->price.currency, transfer->price.micros);
  if (transfer->arrives != kNever) {
    return fmt::format("{} is on its way to {} until {}{}", name, where,
                       date_text(transfer->arrives), is_free ? "" : ", for " + price);
  }
  return fmt::format("{} is not at {}: to bring it takes {}{}", name, where,
                     length_text(transfer->takes), is_free ? "" : " and costs " + price);
}

bool has_failed(const placement::Market& market, OrderId order) {
  return std::ranges::any_of(market.book.stages_of(order), [&](StageId stage) {
    return stage.value < market.stage_runs.size() &&
           std::ranges::any_of(market.stage_runs[stage.value],
                               [](const agreement::StageRun& run) { return run.supplier_failed; });
  });
}

}  // namespace

std::optional<TransferAnswer> transfer_of(const placement::Market& market, SiteId site,
                                          const Room& room) {
  if (!room.may_come) return std::nullopt;
  return TransferAnswer{market.book.data()[room.absent.value].name, room.arrives,
                        market.transfer_length(room.absent, site).value_or(Duration{}),
                        market.transfer_price(room.absent, site)};
}

std::string why_no_room(const placement::Market& market, WorkloadId workload, OrderId order,
                        const Room& room, const std::string& outage) {
  const agreement::Book& book = market.book;
  const Order& of = book.orders()[order.value];
  switch (room.shortage) {
    case Shortage::kFull:
      if (room.licence) {
        const Licence& licence = *room.licence;
        const std::string& name = book.clause(licence.clause).name;
        if (licence.asked_gpus > licence.most_gpus) {
          return fmt::format("{} allows {} GPUs at once, and it asks for {}", name,
                             licence.most_gpus, licence.asked_gpus);
        }
        return fmt::format("{} allows {} GPUs at once, of which {} are in use, and it asks for {}",
                           name, licence.most_gpus, licence.used_gpus, licence.asked_gpus);
      }
      return fmt::format("{} is full: {} of {} GPUs free{}", of.name, room.free_gpus,
                         room.accepted_gpus, not_usable_text(room, outage));
    case Shortage::kOutOfService:
      return fmt::format("{}: {} of {} GPUs free{}", of.name, room.free_gpus, room.accepted_gpus,
                         not_usable_text(room, outage));
    case Shortage::kDataAbsent: return why_no_data(market, of.site, room);
    case Shortage::kWrongKind: {
      const std::string& kind = book.accelerators()[of.accelerator.value].name;
      if ((book.workloads()[workload.value].kinds >> of.accelerator.value & 1) == 0) {
        return fmt::format("{} has {}, which it cannot use", of.name, kind);
      }
      return fmt::format("the {} nodes of {} do not fit what it asks for", kind, of.name);
    }
    default:
      if (room.accepted_gpus == 0 && has_failed(market, order)) {
        return fmt::format("{} is lost while its supplier has failed", of.name);
      }
      return room.accepted_gpus == 0
                 ? fmt::format("nothing of {} is accepted", of.name)
                 : fmt::format("only {} GPUs of {} are accepted", room.accepted_gpus, of.name);
  }
}

}  // namespace stargate::explain
