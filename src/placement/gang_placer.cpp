#include "placement/gang_placer.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <tuple>
#include <utility>

#include "placement/beside_picker.h"

namespace stargate::placement {
namespace {

/// Two ascending lists without overlaps as one: where both hold GPUs of a node, it holds all of
/// them.
std::vector<NodeRange> united(const std::vector<NodeRange>& a, const std::vector<NodeRange>& b) {
  std::vector<NodeRange> result;
  std::size_t at_a = 0;
  std::size_t at_b = 0;
  std::uint32_t from = 0;
  while (at_a < a.size() || at_b < b.size()) {
    std::uint32_t start = kNone;
    if (at_a < a.size()) start = std::max(a[at_a].first, from);
    if (at_b < b.size()) start = std::min(start, std::max(b[at_b].first, from));
    std::uint32_t stop = kNone;
    GpuMask mask = 0;
    for (const auto& [ranges, at] : {std::pair(&a, at_a), std::pair(&b, at_b)}) {
      if (at == ranges->size()) continue;
      const NodeRange& range = (*ranges)[at];
      if (range.first > start) {
        stop = std::min(stop, range.first);
      } else {
        stop = std::min(stop, range.first + range.count);
        mask |= range.mask;
      }
    }
    result.push_back({.first = start, .count = stop - start, .mask = mask, .part = 0});
    from = stop;
    if (at_a < a.size() && a[at_a].first + a[at_a].count <= from) ++at_a;
    if (at_b < b.size() && b[at_b].first + b[at_b].count <= from) ++at_b;
  }
  return result;
}

}  // namespace

std::vector<GangPlacer::Order> GangPlacer::orders_of(const Request& request) const {
  // How large a piece of one node, of one domain, and of the fleet a part needs.
  const auto share_of = [&](std::uint32_t index) {
    const Part& part = request.parts[index];
    const std::uint32_t whole = kMaxGpusPerNode + 1;
    if (part.nodes != 0) return std::pair(whole, part.segment_nodes);
    if (part.gpus_per_node != 0) return std::pair(part.gpus_per_node, part.segment_nodes);
    if (is_shaped(part, policy_)) return std::pair(std::min(part.gpus, whole), part.segment_nodes);
    return std::pair(0U, 0U);
  };
  const auto size_of = [&](std::uint32_t index) {
    const Part& part = request.parts[index];
    return part.nodes != 0 ? std::uint64_t{part.nodes} * kMaxGpusPerNode : std::uint64_t{part.gpus};
  };
  const auto unshaped = [&](std::uint32_t index) {
    return !is_shaped(request.parts[index], policy_);
  };
  Order as_given;
  for (std::uint32_t index = 0; index < request.parts.size(); ++index) {
    if (asks_for_something(request.parts[index])) as_given.push_back(index);
  }
  Order by_share = as_given;
  std::stable_sort(by_share.begin(), by_share.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(share_of(a), size_of(a)) > std::pair(share_of(b), size_of(b));
  });
  Order by_segment = as_given;
  std::stable_sort(by_segment.begin(), by_segment.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(request.parts[a].segment_nodes, size_of(a)) >
           std::tuple(request.parts[b].segment_nodes, size_of(b));
  });
  // The choosiest about kinds first.
  Order by_kinds = by_share;
  std::stable_sort(by_kinds.begin(), by_kinds.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::popcount(request.parts[a].kinds) < std::popcount(request.parts[b].kinds);
  });
  std::vector<Order> orders;
  for (Order* order : {&by_share, &by_kinds, &by_segment, &as_given}) {
    // What has no shape takes what the others leave.
    std::stable_partition(order->begin(), order->end(),
                          [&](std::uint32_t index) { return !unshaped(index); });
    if (std::find(orders.begin(), orders.end(), *order) == orders.end()) orders.push_back(*order);
  }
  return orders;
}

bool GangPlacer::place(const Request& request, std::vector<NodeRange>& out) const {
  const std::vector<Order> orders = orders_of(request);
  const Locality& locality = request.locality;
  const bool on_node = locality.level == Level::kNode;
  const std::uint32_t last = shape_.last_tier();
  if (policy_ == PlacePolicy::kBestFit || on_node) {
    if (place_on_node(request, out)) return true;
    if (on_node && locality.must) return false;
  }
  const std::uint32_t local = on_node ? last : shape_.tier_of(locality.level);
  if (policy_ != PlacePolicy::kBestFit) {
    if (place_in_tier(request, orders, local, out)) return true;
    return !locality.must && local != last && place_in_tier(request, orders, last, out);
  }
  for (std::uint32_t tier = 0; tier <= (locality.must ? local : last); ++tier) {
    if (place_in_tier(request, orders, tier, out)) return true;
  }
  return false;
}

bool GangPlacer::place_on_node(const Request& request, std::vector<NodeRange>& out) const {
  for (std::uint32_t of = 0; of < shape_.classes().size(); ++of) {
    const std::uint32_t size = shape_.classes()[of].size;
    std::uint64_t total = 0;
    std::vector<std::uint32_t> gpus;
    for (const Part& part : request.parts) {
      gpus.push_back(part.gpus);
      if (!asks_for_something(part)) continue;
      if (is_shaped(part, policy_)) {
        const auto goal = goal_of(shape_, part, of);
        total += goal && goal->all_nodes() == 1 ? goal->k : kMaxGpusPerNode + 1;
        if (goal) gpus.back() = goal->k;
      } else {
        total += shape_.accepts(part.kinds, of) ? part.gpus : kMaxGpusPerNode + 1;
      }
    }
    if (total > size || total == 0) continue;
    const auto k = static_cast<std::uint32_t>(total);
    const NodePicker::Nodes all{0, shape_.node_count()};
    const std::uint32_t node = policy_ == PlacePolicy::kFirstFit ? nodes_.lowest(of, k, size, all)
                                                                 : nodes_.fewest(of, k, size, all);
    if (node == kNone) continue;
    GpuMask mask = nodes_.free_mask(node);
    for (std::uint32_t part = 0; part < request.parts.size(); ++part) {
      if (!asks_for_something(request.parts[part])) continue;
      const GpuMask own = lowest_gpus(mask, gpus[part]);
      out.push_back({.first = node, .count = 1, .mask = own, .part = part});
      mask &= ~own;
    }
    return true;
  }
  return false;
}

bool GangPlacer::could_fit(const Part& part, Domain domain) const {
  if (!is_shaped(part, policy_)) {
    const TallyKey key{.kind = TallyKey::Kind::kGpus, .kinds = part.kinds};
    return view_.tally(key, domain.tier).value(domain.index) >= part.gpus;
  }
  for (std::uint32_t of = 0; of < shape_.classes().size(); ++of) {
    const auto goal = goal_of(shape_, part, of);
    if (goal && domains_.fits(*goal, domain)) return true;
  }
  return false;
}

// GPUs without which the gang fits nowhere.
std::uint64_t GangPlacer::gpus_least(const Request& request) const {
  std::uint64_t gpus = 0;
  for (const Part& part : request.parts) gpus += std::uint64_t{part.gpus} + part.nodes;
  return gpus;
}

// The nodes of a class are enough for all parts that want more than half of a node each time and
// have no other class.
bool GangPlacer::could_fit_together(const Request& request, Domain domain) const {
  std::vector<std::pair<Goal, std::uint64_t>> wanted;  // a goal and the nodes of all with its k
  for (const Part& part : request.parts) {
    if (!asks_for_something(part)) continue;
    if (!is_shaped(part, policy_)) continue;
    std::optional<Goal> only;
    std::uint32_t goals = 0;
    for (std::uint32_t of = 0; of < shape_.classes().size(); ++of) {
      const auto goal = goal_of(shape_, part, of);
      if (!goal) continue;
      only = goal;
      ++goals;
    }
    if (goals != 1 || 2 * only->k <= shape_.classes()[only->node_class].size) continue;
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const auto& at) {
      return at.first.node_class == only->node_class && at.first.k == only->k;
    });
    if (same == wanted.end()) {
      wanted.emplace_back(*only, only->nodes);
    } else {
      same->second += only->nodes;
    }
  }
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& at) {
    if (at.second > kMaxNodes) return false;
    Goal all{.node_class = at.first.node_class, .k = at.first.k};
    all.nodes = static_cast<std::uint32_t>(at.second);
    return domains_.fits(all, domain);
  });
}

bool GangPlacer::place_in_tier(const Request& request, const std::vector<Order>& orders,
                               std::uint32_t tier, std::vector<NodeRange>& out) const {
  // 1. The domains that could hold every part by itself; the closest first, or the lowest.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> domains;
  const std::uint64_t least = gpus_least(request);
  for (std::uint32_t at = 0; at < shape_.tiers()[tier].size(); ++at) {
    if (view_.free_in(tier, at).gpus < least) continue;
    const bool could = std::all_of(orders[0].begin(), orders[0].end(), [&](std::uint32_t part) {
      return could_fit(request.parts[part], {tier, at});
    });
    if (could && could_fit_together(request, {tier, at}))
      domains.emplace_back(view_.free_in(tier, at).gpus, at);
  }
  if (policy_ != PlacePolicy::kFirstFit) std::sort(domains.begin(), domains.end());
  if (domains.size() > kTrialDomains) domains.resize(kTrialDomains);
  // 2. All parts, one after the other.
  for (const auto& [gpus, at] : domains) {
    for (const Order& order : orders) {
      if (place_in(request, order, {tier, at}, out)) return true;
    }
  }
  return false;
}

bool GangPlacer::place_in(const Request& request, const Order& order, Domain domain,
                          std::vector<NodeRange>& out) const {
  const std::size_t begin = out.size();
  std::vector<NodeRange> taken;
  for (const std::uint32_t index : order) {
    const std::size_t own = out.size();
    if (!place_part(request.parts[index], index, taken, domain, out)) {
      out.resize(begin);
      return false;
    }
    if (index == order.back()) break;
    taken = united(taken, {out.begin() + static_cast<std::ptrdiff_t>(own), out.end()});
  }
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                   [](const NodeRange& a, const NodeRange& b) { return a.part < b.part; });
  return true;
}

bool GangPlacer::place_part(const Part& part, std::uint32_t index,
                            const std::vector<NodeRange>& taken, Domain domain,
                            std::vector<NodeRange>& out) const {
  const std::size_t begin = out.size();
  RangeSink sink(out, index);
  const BesidePicker beside(shape_, view_, nodes_, domains_, taken);
  if (!is_shaped(part, policy_)) {
    if (!beside.take_gpus(part.kinds, part.gpus, domains_.nodes_of(domain), sink)) return false;
    sink.finish();
    return true;
  }
  for (std::uint32_t of = 0; of < shape_.classes().size(); ++of) {
    const auto goal = goal_of(shape_, part, of);
    if (!goal || !domains_.fits(*goal, domain)) continue;
    if (!beside.touches(of)) {
      domains_.take(*goal, domain, policy_, sink);
    } else if (!beside.take(*goal, domain, sink)) {
      out.resize(begin);
      continue;
    }
    sink.finish();
    return true;
  }
  return false;
}

}  // namespace stargate::placement
