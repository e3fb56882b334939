#include "server/outages.h"

#include <bit>

#include <fmt/format.h>

#include "event/describe.h"
#include "server/contact.h"

namespace stargate::server {
namespace {

/// So many parts of a list are told.
constexpr std::size_t kShown = 8;

std::string supplier_of(const Plane& plane, OrderId order) {
  const agreement::Book& book = plane.state().scheduling().market.book;
  return book.parties()[book.supplier_of(order).value].name;
}

std::string numbers_text(const char* noun, std::uint32_t first, std::uint32_t count) {
  return count == 1 ? fmt::format("{} {}", noun, first)
                    : fmt::format("{}s {}-{}", noun, first, first + count - 1);
}

/// "GPUs 0-3, 6".
std::string gpus_text(GpuMask gpus) {
  std::string text = std::popcount(gpus) == 1 ? "GPU " : "GPUs ";
  const char* separator = "";
  for (std::uint32_t i = 0; i < kMaxGpusPerNode; ++i) {
    if ((gpus >> i & 1) == 0) continue;
    std::uint32_t last = i;
    while (last + 1 < kMaxGpusPerNode && (gpus >> (last + 1) & 1) != 0) ++last;
    text += separator + (i == last ? std::to_string(i) : fmt::format("{}-{}", i, last));
    separator = ", ";
    i = last;
  }
  return text;
}

/// Those that a person took out of service and that are so still.
std::vector<OutOfService> by_hand(const Plane& plane, QueueId queue) {
  const auto& fleet = plane.state().scheduling().queues[queue.value].fleet;
  std::vector<OutOfService> list = plane.tables().out_of_service(queue);
  std::erase_if(list, [&](const OutOfService& nodes) {
    return fleet.health(nodes.first) <= Health::kDegraded;
  });
  return list;
}

std::string out_of_service_text(const Call& call, const OutOfService& nodes) {
  const bool names_people = (only(call.token.role) & kReaders) != 0;
  return fmt::format("{} since {}{}", nodes.health == Health::kDrained ? "drained" : "failed",
                     second_text(nodes.since), names_people ? " by " + nodes.by : "");
}

std::vector<QueueId> queues_of(const Plane& plane, OrderId order) {
  std::vector<QueueId> queues;
  const auto& places = plane.state().scheduling().market.places;
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    if (places[i].order == order) queues.push_back({i});
  }
  return queues;
}

}  // namespace

std::string second_text(Instant at) { return text_of(Instant{at.us - at.us % kMicrosPerSecond}); }

std::string second_text_up(Instant at) {
  return second_text(Instant{at.us + kMicrosPerSecond - 1});
}

const LostContact* lost_contact_of(const Plane& plane, OrderId order) {
  return plane.tables().lost_contact(plane.runners()[plane.runner_of(order)].id);
}

std::map<OrderId, std::string> outages(const Call& call) {
  std::map<OrderId, std::string> all;
  for (const auto& queue : call.plane.state().scheduling().queues) {
    const OrderId order = call.plane.order_of(queue.id);
    if (!is_set(order) || queue.unhealthy_nodes == 0) continue;
    std::string& text = all[order];
    if (const LostContact* lost = lost_contact_of(call.plane, order)) {
      text = fmt::format("{} is out of contact since {}", supplier_of(call.plane, order),
                         second_text(lost->since));
      continue;
    }
    const std::vector<OutOfService> list = by_hand(call.plane, queue.id);
    for (std::size_t i = 0; i < list.size() && i < kShown; ++i) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                          numbers_text("node", list[i].first.value, list[i].count),
                          out_of_service_text(call, list[i]));
    }
  }
  std::erase_if(all, [](const auto& entry) { return entry.second.empty(); });
  return all;
}

std::vector<std::string> ends_of_outages(const Call& call, OrderId order) {
  const Plane& plane = call.plane;
  const std::string& name = plane.state().scheduling().market.book.orders()[order.value].name;
  std::vector<std::string> sentences;
  if (const LostContact* lost = lost_contact_of(plane, order)) {
    const Duration lease = plane.runners()[plane.runner_of(order)].executor->lease();
    sentences.push_back(
        lost->is_over
            ? fmt::format(
                  "{} is out of contact since {}, and its lease is over: its nodes take work "
                  "again when contact is there",
                  supplier_of(plane, order), second_text(lost->since))
            : fmt::format(
                  "{} is out of contact since {}; its lease ends at {}: if there is no contact "
                  "by {}, what it runs is given up and starts where there is room",
                  supplier_of(plane, order), second_text(lost->since),
                  second_text(lost->since + lease), second_text_up(given_up_at(*lost, lease))));
  }
  const bool is_staff = (only(call.token.role) & kStaff) != 0;
  for (const QueueId queue : queues_of(plane, order)) {
    for (const OutOfService& nodes : by_hand(plane, queue)) {
      sentences.push_back(fmt::format(
          "{} of {} {} {}{}", numbers_text("node", nodes.first.value, nodes.count), name,
          nodes.count == 1 ? "is" : "are", out_of_service_text(call, nodes),
          is_staff
              ? fmt::format(": `stargate undrain {} {}{}` gives {} back", name, nodes.first.value,
                            nodes.count == 1 ? "" : fmt::format(" --count {}", nodes.count),
                            nodes.count == 1 ? "it" : "them")
              : ""));
    }
    const auto& unavailable = plane.state().scheduling().queues[queue.value].unavailable;
    std::string list;
    std::size_t told = 0;
    for (const auto& [node, entry] : unavailable) {
      if (told++ == kShown) break;
      list += fmt::format("{}{} of node {}", list.empty() ? "" : "; ", gpus_text(entry.gpus), node);
    }
    if (unavailable.size() > kShown) {
      list += fmt::format("; and those of {} more nodes", unavailable.size() - kShown);
    }
    if (!list.empty()) {
      sentences.push_back(fmt::format(
          "not ours to use at {}: {} (others use them, they do not answer, or they are not there)",
          name, list));
    }
  }
  return sentences;
}

}  // namespace stargate::server
