#include <algorithm>
#include <bit>

#include "base/check.h"
#include "oracle/plain_scheduler.h"

namespace stargate::oracle {
namespace {

bool rack_is_a_must(const Request& request) {
  STARGATE_CHECK(!request.locality.must || request.locality.level == Level::kRack,
                 "oracle: the only locality is a rack");
  return request.locality.must;
}

}  // namespace

PlainNodes::PlainNodes(const PlainFleet& fleet)
    : fleet_(fleet), free_(fleet.nodes(), all_gpus(fleet.gpus_per_node)) {}

void PlainNodes::take(const std::vector<PlainHold>& holds) {
  for (const PlainHold& hold : holds) {
    STARGATE_CHECK((free_[hold.node] & hold.mask) == hold.mask, "oracle: free");
    free_[hold.node] &= ~hold.mask;
  }
}

void PlainNodes::give_back(const std::vector<PlainHold>& holds) {
  for (const PlainHold& hold : holds) {
    STARGATE_CHECK((free_[hold.node] & hold.mask) == 0, "oracle: held");
    free_[hold.node] |= hold.mask;
  }
}

void PlainNodes::keep_only(const PlainNodes& other) {
  for (std::size_t node = 0; node < free_.size(); ++node) free_[node] &= other.free_[node];
}

std::uint64_t PlainNodes::free_gpus() const {
  std::uint64_t gpus = 0;
  for (std::uint32_t node : all()) gpus += free_on(node);
  return gpus;
}

std::uint32_t PlainNodes::free_on(std::uint32_t node) const {
  return static_cast<std::uint32_t>(std::popcount(free_[node]));
}

PlainNodes::Nodes PlainNodes::rack(std::uint32_t index) const {
  Nodes nodes;
  for (std::uint32_t i = 0; i < fleet_.nodes_per_rack; ++i) {
    nodes.push_back(index * fleet_.nodes_per_rack + i);
  }
  return nodes;
}

PlainNodes::Nodes PlainNodes::all() const {
  Nodes nodes;
  for (std::uint32_t node = 0; node < fleet_.nodes(); ++node) nodes.push_back(node);
  return nodes;
}

std::uint32_t PlainNodes::nodes_with(const Nodes& nodes, std::uint32_t gpus) const {
  std::uint32_t count = 0;
  for (std::uint32_t node : nodes) count += free_on(node) >= gpus ? 1U : 0U;
  return count;
}

bool PlainNodes::holds(const Nodes& nodes, const Gang& gang) const {
  if (nodes_with(nodes, gang.share) < gang.nodes) return false;
  return gang.remainder == 0 || nodes_with(nodes, gang.remainder) >= gang.nodes + 1;
}

/// The first node with least..most free GPUs, or the first of those with the fewest.
std::optional<std::uint32_t> PlainNodes::pick(const Nodes& nodes, std::uint32_t least,
                                              std::uint32_t most, bool fewest) const {
  std::optional<std::uint32_t> best;
  for (std::uint32_t node : nodes) {
    if (free_on(node) < least || free_on(node) > most) continue;
    if (!best || (fewest && free_on(node) < free_on(*best))) best = node;
  }
  return best;
}

PlainHold PlainNodes::lowest(std::uint32_t node, std::uint32_t gpus) const {
  PlainHold hold{node, 0};
  for (std::uint32_t gpu = 0; gpu < 64 && gpus > 0; ++gpu) {
    const GpuMask bit = GpuMask{1} << gpu;
    if ((free_[node] & bit) == 0) continue;
    hold.mask |= bit;
    --gpus;
  }
  STARGATE_CHECK(gpus == 0, "oracle: enough GPUs are free");
  return hold;
}

PlainNodes::Gang PlainNodes::gang_of(const Part& part) const {
  if (part.nodes > 0) return {fleet_.gpus_per_node, part.nodes, 0};
  const std::uint32_t share = part.gpus_per_node > 0 ? part.gpus_per_node : fleet_.gpus_per_node;
  const Gang gang{share, part.gpus / share, part.gpus % share};
  if (gang.nodes == 0) return {gang.remainder, 1, 0};
  return gang;
}

std::optional<std::vector<PlainHold>> PlainNodes::place(const Request& request,
                                                        PlacePolicy policy) const {
  STARGATE_CHECK(request.parts.size() == 1, "oracle: gangs of one part");
  const Part& part = request.parts[0];
  const bool must = rack_is_a_must(request);
  const bool shaped = part.nodes > 0 || part.gpus_per_node > 0;
  std::optional<std::vector<PlainHold>> holds;
  if (!shaped && policy != PlacePolicy::kConsolidated) {
    holds = place_unshaped(part.gpus, must, policy);
  } else {
    const Gang gang = gang_of(part);
    if (gang.share > fleet_.gpus_per_node) return std::nullopt;
    const auto domain = domain_for(gang, must, policy);
    if (!domain) return std::nullopt;
    holds = take_gang(gang, *domain, policy);
  }
  if (holds) {
    std::sort(holds->begin(), holds->end(),
              [](const PlainHold& a, const PlainHold& b) { return a.node < b.node; });
  }
  return holds;
}

/// The nodes among which a gang is placed; nothing where it does not fit.
std::optional<PlainNodes::Nodes> PlainNodes::domain_for(const Gang& gang, bool must,
                                                        PlacePolicy policy) const {
  const bool one_node = gang.nodes + (gang.remainder > 0 ? 1 : 0) == 1;
  if (!one_node && (must || policy == PlacePolicy::kBestFit)) {
    // The rack with the fewest nodes to spare, or the first one.
    std::optional<std::uint32_t> best;
    std::uint32_t best_nodes = 0;
    for (std::uint32_t index = 0; index < fleet_.racks; ++index) {
      if (!holds(rack(index), gang)) continue;
      std::uint32_t nodes = nodes_with(rack(index), gang.share);
      if (gang.remainder > 0) {
        nodes = std::min(nodes, nodes_with(rack(index), gang.remainder) - 1);
      }
      if (!best || (policy != PlacePolicy::kFirstFit && nodes < best_nodes)) {
        best = index;
        best_nodes = nodes;
      }
    }
    if (best) return rack(*best);
    if (must) return std::nullopt;
  }
  if (!holds(all(), gang)) return std::nullopt;
  return all();
}

std::vector<PlainHold> PlainNodes::take_gang(const Gang& gang, const Nodes& nodes,
                                             PlacePolicy policy) const {
  const bool fewest = policy != PlacePolicy::kFirstFit;
  std::vector<PlainHold> taken;
  Nodes rest = nodes;
  const auto take = [&](std::uint32_t node, std::uint32_t gpus) {
    taken.push_back(lowest(node, gpus));
    std::erase(rest, node);
  };
  if (!fewest) {
    for (std::uint32_t i = 0; i < gang.nodes; ++i) {
      take(pick(rest, gang.share, fleet_.gpus_per_node, false).value(), gang.share);
    }
    if (gang.remainder > 0) {
      take(pick(rest, gang.remainder, fleet_.gpus_per_node, false).value(), gang.remainder);
    }
    return taken;
  }
  // The remainder goes on a node that is of no use to the others, or on the last of their kind.
  std::uint32_t count = gang.nodes;
  std::uint32_t last = gang.share;
  if (gang.remainder > 0) {
    if (const auto node = pick(rest, gang.remainder, gang.share - 1, true)) {
      take(*node, gang.remainder);
    } else {
      ++count;
      last = gang.remainder;
    }
  }
  if (policy == PlacePolicy::kBestFit && nodes.size() == fleet_.nodes() && count > 1) {
    // Racks are used up from the fullest until one of them holds the rest, then the closest one.
    std::vector<std::uint32_t> racks;
    for (std::uint32_t index = 0; index < fleet_.racks; ++index) racks.push_back(index);
    const auto suitable = [&](std::uint32_t index) {
      Nodes of_rack = rack(index);
      std::erase_if(of_rack, [&](std::uint32_t node) {
        return std::find(rest.begin(), rest.end(), node) == rest.end();
      });
      return nodes_with(of_rack, gang.share);
    };
    for (;;) {
      std::uint32_t fullest = racks.front();
      std::optional<std::uint32_t> closest;
      for (std::uint32_t index : racks) {
        const std::uint32_t here = suitable(index);
        if (here > suitable(fullest)) fullest = index;
        if (here >= count && (!closest || here < suitable(*closest))) closest = index;
      }
      if (closest) {
        rest = rack(*closest);
        break;
      }
      for (std::uint32_t node : rack(fullest)) {
        const auto left = std::find(rest.begin(), rest.end(), node);
        if (left == rest.end() || free_on(node) < gang.share) continue;
        take(node, gang.share);
        --count;
      }
      std::erase(racks, fullest);
    }
    for (const PlainHold& hold : taken) std::erase(rest, hold.node);
  }
  for (; count > 0; --count) {
    take(pick(rest, gang.share, fleet_.gpus_per_node, true).value(),
         count == 1 ? last : gang.share);
  }
  return taken;
}

std::optional<std::vector<PlainHold>> PlainNodes::place_unshaped(std::uint32_t gpus, bool must,
                                                                 PlacePolicy policy) const {
  const bool fewest = policy != PlacePolicy::kFirstFit;
  if (fewest) {
    if (const auto node = pick(all(), gpus, fleet_.gpus_per_node, true)) {
      return std::vector<PlainHold>{lowest(*node, gpus)};
    }
  }
  const auto free_in = [&](const Nodes& nodes) {
    std::uint64_t free = 0;
    for (std::uint32_t node : nodes) free += free_on(node);
    return free;
  };
  Nodes rest = all();
  if (must) {
    std::optional<std::uint32_t> best;
    for (std::uint32_t index = 0; index < fleet_.racks; ++index) {
      if (free_in(rack(index)) < gpus) continue;
      if (!best || (fewest && free_in(rack(index)) < free_in(rack(*best)))) best = index;
    }
    if (!best) return std::nullopt;
    rest = rack(*best);
  }
  if (free_in(rest) < gpus) return std::nullopt;
  std::vector<PlainHold> taken;
  while (gpus > 0) {
    const std::uint32_t node = pick(rest, 1, fleet_.gpus_per_node, fewest).value();
    const std::uint32_t here = std::min(gpus, free_on(node));
    taken.push_back(lowest(node, here));
    gpus -= here;
    std::erase(rest, node);
  }
  return taken;
}

}  // namespace stargate::oracle
