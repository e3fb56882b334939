#include "placement/beside_picker.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace stargate::placement {

BesidePicker::BesidePicker(const FleetShape& shape, const FleetView& view, const NodePicker& nodes,
                           const DomainPicker& domains, std::span<const NodeRange> taken)
    : shape_(shape), view_(view), nodes_(nodes), domains_(domains), taken_(taken) {
  for (const NodeRange& range : taken) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      const GpuMask before = nodes.free_mask(node);
      const GpuMask mask = before & ~range.mask;
      touched_.push_back({.node = node,
                          .node_class = shape.rack(shape.rack_of(node)).node_class,
                          .free_before = bits_in(before),
                          .free = bits_in(mask),
                          .mask = mask});
    }
  }
  std::sort(touched_.begin(), touched_.end(), [](const Touched& a, const Touched& b) {
    return std::pair(a.free, a.node) < std::pair(b.free, b.node);
  });
}

bool BesidePicker::touches(std::uint32_t node_class) const {
  return std::any_of(touched_.begin(), touched_.end(),
                     [&](const Touched& at) { return at.node_class == node_class; });
}

bool BesidePicker::is_touched(std::uint32_t node) const {
  const auto at = std::upper_bound(taken_.begin(), taken_.end(), node,
                                   [](std::uint32_t a, const NodeRange& b) { return a < b.first; });
  return at != taken_.begin() && node < (at - 1)->first + (at - 1)->count;
}

template <class Accepts, class Visit>
void BesidePicker::each(Accepts accepts, std::uint32_t k, NodePicker::Nodes within,
                        Visit visit) const {
  auto touched = std::lower_bound(touched_.begin(), touched_.end(), k,
                                  [](const Touched& a, std::uint32_t b) { return a.free < b; });
  for (std::uint32_t free = k; free <= kMaxGpusPerNode; ++free) {
    for (; touched != touched_.end() && touched->free == free; ++touched) {
      if (touched->node < within.first || touched->node >= within.end) continue;
      if (accepts(touched->node_class) && !visit(touched->node, touched->mask)) return;
    }
    for (std::uint32_t of = 0; of < shape_.classes().size(); ++of) {
      if (!accepts(of) || ((view_.filled(of) >> (free - 1)) & 1) == 0) continue;
      const std::uint32_t end = std::min(within.end, shape_.classes()[of].end);
      const BucketBits& bits = view_.nodes(of);
      for (std::uint32_t node = bits.next(free, within.first, end); node != kNone;
           node = bits.next(free, node + 1, end)) {
        if (!is_touched(node) && !visit(node, nodes_.free_mask(node))) return;
      }
    }
  }
}

bool BesidePicker::take(const Goal& goal, Domain domain, RangeSink& sink) const {
  if (goal.by_segments(domain.tier)) return take_segments(goal, domain, sink);
  return take_nodes(goal, domains_.nodes_of(domain), sink);
}

bool BesidePicker::take_nodes(const Goal& goal, NodePicker::Nodes within, RangeSink& sink) const {
  const auto accepts = [&](std::uint32_t of) { return of == goal.node_class; };
  std::uint32_t count = goal.nodes;
  std::uint32_t last = goal.k;
  if (goal.r != 0) {
    // As elsewhere: the remainder goes on a node with too few GPUs for the others, if there is one.
    ++count;
    last = goal.r;
    each(accepts, goal.r, within, [&](std::uint32_t node, GpuMask mask) {
      if (static_cast<std::uint32_t>(std::popcount(mask)) < goal.k) {
        sink.add(node, 1, lowest_gpus(mask, goal.r));
        --count;
        last = goal.k;
      }
      return false;
    });
  }
  if (count == 0) return true;
  each(accepts, goal.k, within, [&](std::uint32_t node, GpuMask mask) {
    sink.add(node, 1, lowest_gpus(mask, count == 1 ? last : goal.k));
    return --count > 0;
  });
  return count == 0;
}

bool BesidePicker::take_gpus(KindMask kinds, std::uint64_t gpus, NodePicker::Nodes within,
                             RangeSink& sink) const {
  const auto accepts = [&](std::uint32_t of) { return shape_.accepts(kinds, of); };
  if (gpus <= kMaxGpusPerNode) {
    const auto all = static_cast<std::uint32_t>(gpus);
    each(accepts, all, within, [&](std::uint32_t node, GpuMask mask) {
      sink.add(node, 1, lowest_gpus(mask, all));
      gpus = 0;
      return false;
    });
    if (gpus == 0) return true;
  }
  each(accepts, 1, within, [&](std::uint32_t node, GpuMask mask) {
    const auto free = bits_in(mask);
    const auto take = static_cast<std::uint32_t>(std::min<std::uint64_t>(free, gpus));
    sink.add(node, 1, lowest_gpus(mask, take));
    gpus -= take;
    return gpus > 0;
  });
  return gpus == 0;
}

bool BesidePicker::take_segments(const Goal& goal, Domain domain, RangeSink& sink) const {
  struct Room {
    std::uint32_t domain = 0;
    std::uint32_t with_k = 0;
    std::uint32_t with_r = 0;
    std::uint32_t nodes = 0;  ///< to be taken
    bool tail = false;
  };
  const std::uint32_t tier = goal.segment_tier;
  const std::uint32_t of = goal.segment_nodes;
  const NodePicker::Nodes within = domains_.nodes_of(domain);
  const std::uint32_t lo = shape_.domain_of(tier, within.first);
  const std::uint32_t hi = shape_.domain_of(tier, within.end - 1) + 1;

  // 1. What each domain has left beside the parts before.
  const std::uint32_t r = goal.r != 0 ? goal.r : goal.k;
  const DomainOrder& k_order = view_.tally({.node_class = goal.node_class, .k = goal.k}, tier);
  const DomainOrder& r_order = view_.tally({.node_class = goal.node_class, .k = r}, tier);
  std::vector<Room> rooms(hi - lo);
  for (std::uint32_t at = lo; at < hi; ++at) {
    rooms[at - lo] = {.domain = at, .with_k = k_order.value(at), .with_r = r_order.value(at)};
  }
  for (const Touched& at : touched_) {
    if (at.node_class != goal.node_class || at.node < within.first || at.node >= within.end) {
      continue;
    }
    Room& room = rooms[shape_.domain_of(tier, at.node) - lo];
    if (at.free_before >= goal.k && at.free < goal.k) --room.with_k;
    if (at.free_before >= r && at.free < r) --room.with_r;
  }

  // 2. Full segments, from the domains that hold the most, of equals those with the fewest to
  // spare.
  std::sort(rooms.begin(), rooms.end(), [&](const Room& a, const Room& b) {
    if (a.with_k / of != b.with_k / of) return a.with_k / of > b.with_k / of;
    return std::pair(a.with_k, a.domain) < std::pair(b.with_k, b.domain);
  });
  std::uint32_t rest = goal.full_segments;
  for (Room& room : rooms) {
    const std::uint32_t segments = std::min(rest, room.with_k / of);
    room.nodes = segments * of;
    rest -= segments;
  }
  if (rest > 0) return false;

  // 3. The tail, where the fewest nodes are to spare.
  if (goal.has_tail()) {
    Room* best = nullptr;
    for (Room& room : rooms) {
      const std::uint32_t spare = room.with_k - room.nodes;
      if (spare < goal.tail_nodes) continue;
      if (goal.r != 0 && room.with_r - room.nodes < goal.tail_nodes + 1) continue;
      if (best == nullptr || spare < best->with_k - best->nodes) best = &room;
    }
    if (best == nullptr) return false;
    best->nodes += goal.tail_nodes;
    best->tail = true;
  }

  // 4. The nodes.
  for (const Room& room : rooms) {
    if (room.nodes == 0 && !room.tail) continue;
    Goal share{.node_class = goal.node_class, .k = goal.k, .nodes = room.nodes};
    if (room.tail) share.r = goal.r;
    if (share.nodes == 0) {
      share.k = goal.r;
      share.nodes = 1;
      share.r = 0;
    }
    if (!take_nodes(share, domains_.nodes_of({tier, room.domain}), sink)) return false;
  }
  return true;
}

}  // namespace stargate::placement
