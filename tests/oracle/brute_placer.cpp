#include "oracle/brute_placer.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "base/check.h"

namespace stargate::oracle {
namespace {

constexpr Level kLevels[] = {Level::kNode,     Level::kRack, Level::kBlock,
                             Level::kBuilding, Level::kSite, Level::kFleet};

std::uint32_t count_of(GpuMask mask) { return static_cast<std::uint32_t>(std::popcount(mask)); }

/// `nodes` nodes with k GPUs each, and one with r if r > 0.
struct Shape {
  std::uint32_t k = 0;
  std::uint32_t nodes = 0;
  std::uint32_t r = 0;
};

Shape shape_of(const Part& part, std::uint32_t size) {
  if (part.nodes != 0) return {size, part.nodes, 0};
  const std::uint32_t k = part.gpus_per_node != 0 ? part.gpus_per_node : size;
  return {k, part.gpus / k, part.gpus % k};
}

}  // namespace

BrutePlacer::BrutePlacer(std::shared_ptr<const Topology> topology)
    : topology_(std::move(topology)), health_(topology_->node_count(), Health::kHealthy) {
  for (std::uint32_t node = 0; node < topology_->node_count(); ++node) {
    free_.push_back(all_gpus(topology_->gpus({node})));
  }
}

void BrutePlacer::occupy(std::span<const NodeRange> ranges) {
  for (const NodeRange& range : ranges) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      STARGATE_CHECK((free_[node] & range.mask) == range.mask, "oracle: free");
      free_[node] &= ~range.mask;
    }
  }
}

void BrutePlacer::release(std::span<const NodeRange> ranges) {
  for (const NodeRange& range : ranges) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      STARGATE_CHECK((free_[node] & range.mask) == 0, "oracle: held");
      free_[node] |= range.mask;
    }
  }
}

bool BrutePlacer::usable(const Request& request, const Part& part, std::uint32_t node) const {
  const Health health = health_[node];
  if (health != Health::kHealthy && !(health == Health::kDegraded && request.accepts_degraded)) {
    return false;
  }
  return ((part.kinds >> topology_->kind({node}).value) & 1) != 0;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> BrutePlacer::domains(Level level) const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> result;
  if (level == Level::kNode) {
    for (std::uint32_t node = 0; node < topology_->node_count(); ++node) {
      result.emplace_back(node, node + 1);
    }
    return result;
  }
  const auto starts = topology_->domain_starts(level);
  for (std::size_t at = 0; at + 1 < starts.size(); ++at) {
    result.emplace_back(starts[at], starts[at + 1]);
  }
  return result;
}

bool BrutePlacer::holds(const Request& request, const Part& part, bool whole_nodes,
                        std::uint32_t first, std::uint32_t end) const {
  if (part.nodes == 0 && part.gpus_per_node == 0 && !whole_nodes) {
    std::uint64_t free = 0;
    for (std::uint32_t node = first; node < end; ++node) {
      if (usable(request, part, node)) free += count_of(free_[node]);
    }
    return free >= part.gpus;
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> classes;
  for (std::uint32_t node = first; node < end; ++node) {
    classes.emplace(topology_->gpus({node}), topology_->kind({node}).value);
  }
  return std::any_of(classes.begin(), classes.end(), [&](const auto& like) {
    return class_holds(request, part, like.first, like.second, first, end);
  });
}

bool BrutePlacer::class_holds(const Request& request, const Part& part, std::uint32_t size,
                              std::uint32_t kind, std::uint32_t first, std::uint32_t end) const {
  const Shape shape = shape_of(part, size);
  if (shape.k > size) return false;
  // Free GPUs of the nodes, by domain of the segments; without segments all is one domain.
  std::vector<std::vector<std::uint32_t>> by_domain;
  std::uint32_t domain_before = ~std::uint32_t{0};
  for (std::uint32_t node = first; node < end; ++node) {
    const std::uint32_t domain =
        part.segment_nodes == 0 ? 0 : topology_->domain_of(part.segment_level, {node});
    if (by_domain.empty() || domain != domain_before) by_domain.emplace_back();
    domain_before = domain;
    if (topology_->gpus({node}) != size || topology_->kind({node}).value != kind) continue;
    if (usable(request, part, node)) by_domain.back().push_back(count_of(free_[node]));
  }
  const std::uint32_t all = shape.nodes + (shape.r != 0 ? 1 : 0);
  const std::uint32_t segment = part.segment_nodes == 0 ? all : part.segment_nodes;
  const std::uint32_t full = (all - 1) / segment;
  const std::uint32_t last = all - full * segment;
  const std::uint32_t last_k = shape.r != 0 ? last - 1 : last;
  // The last segment goes into each domain in turn, the remainder's node onto one that is of no use
  // to the others if it can; then what is left must hold the other segments.
  for (std::size_t at = 0; at < by_domain.size(); ++at) {
    std::uint32_t segments = 0;
    bool last_fits = false;
    for (std::size_t other = 0; other < by_domain.size(); ++other) {
      std::uint32_t with_k = 0;
      std::uint32_t only_r = 0;
      for (std::uint32_t free : by_domain[other]) {
        if (free >= shape.k) {
          ++with_k;
        } else if (shape.r != 0 && free >= shape.r) {
          ++only_r;
        }
      }
      if (other == at) {
        const std::uint32_t needed = last_k + (shape.r != 0 && only_r == 0 ? 1 : 0);
        last_fits = with_k >= needed;
        if (!last_fits) break;
        with_k -= needed;
      }
      segments += with_k / segment;
    }
    if (last_fits && segments >= full) return true;
  }
  return false;
}

std::optional<Level> BrutePlacer::narrowest(const Request& request, const Part& part,
                                            bool whole_nodes) const {
  Request alone = request;
  alone.parts = {part};
  return narrowest(alone, whole_nodes);
}

std::optional<Level> BrutePlacer::narrowest(const Request& request, bool whole_nodes) const {
  for (Level level : kLevels) {
    for (const auto& [first, end] : domains(level)) {
      std::uint64_t gpus = 0;
      bool all = true;
      for (const Part& part : request.parts) {
        all = all && holds(request, part, whole_nodes, first, end);
        gpus += part.gpus;
      }
      // On one node the parts surely compete.
      if (all && level == Level::kNode && request.parts.size() > 1) {
        all = gpus <= count_of(free_[first]);
      }
      if (all) return level;
    }
  }
  return std::nullopt;
}

bool BrutePlacer::fits(const Request& request, bool whole_nodes) const {
  const auto level = narrowest(request, whole_nodes);
  if (!level) return false;
  return !request.locality.must || *level <= request.locality.level;
}

std::string BrutePlacer::fault_of(const Request& request, bool whole_nodes,
                                  std::span<const NodeRange> ranges, Level level) const {
  std::vector<GpuMask> rest = free_;
  std::vector<std::vector<Piece>> pieces(request.parts.size());
  std::set<std::uint32_t> nodes;
  for (std::size_t at = 0; at < ranges.size(); ++at) {
    const NodeRange& range = ranges[at];
    if (range.part >= pieces.size()) return "a range is of no part";
    if (range.count == 0 || range.mask == 0) return "a range holds nothing";
    if (range.first + range.count > topology_->node_count()) return "a range leaves the fleet";
    if (at > 0 && ranges[at - 1].part > range.part) return "ranges are not by part";
    if (at > 0 && ranges[at - 1].part == range.part) {
      const std::uint32_t behind = ranges[at - 1].first + ranges[at - 1].count;
      if (behind > range.first) return "ranges do not ascend";
      if (behind == range.first && ranges[at - 1].mask == range.mask) return "ranges do not merge";
    }
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      if (!usable(request, request.parts[range.part], node)) return "a node is of no use";
      if ((rest[node] & range.mask) != range.mask) return "a GPU is held twice";
      rest[node] &= ~range.mask;
      pieces[range.part].push_back({node, range.mask});
      nodes.insert(node);
    }
  }
  for (std::size_t part = 0; part < pieces.size(); ++part) {
    std::string fault = shape_fault(request.parts[part], whole_nodes, pieces[part]);
    if (!fault.empty()) return fault;
  }
  if (nodes.empty()) return "";
  Level narrowest_level = Level::kFleet;
  for (Level at : kLevels) {
    if (topology_->domain_of(at, {*nodes.begin()}) == topology_->domain_of(at, {*nodes.rbegin()})) {
      narrowest_level = at;
      break;
    }
  }
  if (narrowest_level != level) return "the level is not that of the nodes";
  if (request.locality.must && level > request.locality.level) return "the locality is not kept";
  return "";
}

std::string BrutePlacer::shape_fault(const Part& part, bool whole_nodes,
                                     const std::vector<Piece>& pieces) const {
  std::uint64_t gpus = 0;
  for (const Piece& piece : pieces) gpus += count_of(piece.mask);
  const bool shaped = part.nodes != 0 || part.gpus_per_node != 0 || whole_nodes;
  if (!shaped) return gpus == part.gpus ? "" : "the number of GPUs is wrong";
  if (pieces.empty()) return "a part has no place";
  const std::uint32_t size = topology_->gpus({pieces[0].node});
  for (const Piece& piece : pieces) {
    if (topology_->gpus({piece.node}) != size ||
        topology_->kind({piece.node}) != topology_->kind({pieces[0].node})) {
      return "a part is on nodes that are not alike";
    }
  }
  const Shape shape = shape_of(part, size);
  std::uint32_t with_k = 0;
  std::uint32_t with_r = 0;
  for (const Piece& piece : pieces) {
    const std::uint32_t count = count_of(piece.mask);
    if (count == shape.k) {
      ++with_k;
    } else if (count == shape.r) {
      ++with_r;
    } else {
      return "a node has a wrong number of GPUs";
    }
  }
  if (with_k != shape.nodes || with_r != (shape.r != 0 ? 1U : 0U)) return "the shape is wrong";
  if (part.segment_nodes == 0) return "";
  // Cut: the last segment from each domain in turn; the others must come out even.
  std::vector<std::uint32_t> domains;
  for (const Piece& piece : pieces) {
    domains.push_back(topology_->domain_of(part.segment_level, {piece.node}));
  }
  const std::set<std::uint32_t> distinct(domains.begin(), domains.end());
  const auto all = static_cast<std::uint32_t>(pieces.size());
  const std::uint32_t full = (all - 1) / part.segment_nodes;
  const std::uint32_t last = all - full * part.segment_nodes;
  for (std::uint32_t last_domain : distinct) {
    bool even = true;
    for (std::uint32_t domain : distinct) {
      auto count = static_cast<std::uint32_t>(std::count(domains.begin(), domains.end(), domain));
      if (domain == last_domain) {
        even = even && count >= last;
        count -= std::min(count, last);
      }
      even = even && count % part.segment_nodes == 0;
    }
    for (std::size_t at = 0; at < pieces.size(); ++at) {
      const bool is_rest = shape.r != 0 && count_of(pieces[at].mask) == shape.r;
      if (is_rest && domains[at] != last_domain) even = false;
    }
    if (even) return "";
  }
  return "a segment is torn";
}

}  // namespace stargate::oracle
