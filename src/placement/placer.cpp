#include "placement/placer.h"

#include <algorithm>

#include "base/check.h"
#include "placement/gang_placer.h"

namespace stargate::placement {

std::vector<Placer::Watched> Placer::watched_by(const FleetShape& shape, const Request& request,
                                                PlacePolicy policy) {
  std::vector<Watched> watched;
  const Locality& locality = request.locality;
  const std::uint32_t all_tiers = shape.last_tier() + 1;
  const bool is_local =
      locality.level != Level::kNode && shape.tier_of(locality.level) != shape.last_tier();
  const std::uint32_t local_tiers = is_local ? shape.tier_of(locality.level) + 1 : all_tiers;
  const bool many = request.parts.size() > 1;
  for (const Part& part : request.parts) {
    if (!asks_for_something(part)) continue;
    if (!is_shaped(part, policy)) {
      const TallyKey key{.kind = TallyKey::Kind::kGpus, .kinds = part.kinds};
      if (is_local || many) watched.push_back({key, many ? all_tiers : local_tiers});
      continue;
    }
    for (std::uint32_t at = 0; at < shape.classes().size(); ++at) {
      const auto goal = goal_of(shape, part, at);
      if (!goal) continue;
      const bool segmented = goal->segment_nodes != 0;
      const bool by_domain = is_local || policy == PlacePolicy::kBestFit;
      const bool must_stay = is_local && locality.must;
      if (!many && !segmented && (goal->all_nodes() == 1 || !by_domain)) continue;
      // Only where the search ends at the locality are the wider tiers of no interest.
      std::uint32_t tiers = all_tiers;
      if (must_stay || (is_local && policy != PlacePolicy::kBestFit && !many && !segmented)) {
        tiers = local_tiers;
      }
      if (segmented) watched.push_back({goal->segments_key(), tiers});
      watched.push_back({goal->nodes_key(), tiers});
    }
  }
  return watched;
}

std::uint64_t Placer::free_gpus(KindMask kinds) const {
  std::uint64_t gpus = 0;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    if (shape_.accepts(kinds, at)) gpus += view_.free_gpus(at);
  }
  return gpus;
}

bool Placer::fits(const Request& request) const {
  if (request.parts.size() != 1) {
    std::vector<NodeRange> ranges;
    return place(request, ranges).has_value();
  }
  const Part& part = request.parts[0];
  if (!asks_for_something(part)) return true;
  if (!is_shaped(part, policy_)) return fits_unshaped(part, request.locality);
  // Domains nest: what a narrower one holds, the wider one around it holds.
  Locality locality = request.locality;
  if (!locality.must) locality.level = Level::kFleet;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    const auto goal = goal_of(shape_, part, at);
    if (!goal) continue;
    if (goal->all_nodes() == 1) {
      if (view_.nodes_with(at, goal->k) > 0) return true;
      continue;
    }
    if (locality.level == Level::kNode) continue;
    const std::uint32_t tier = shape_.tier_of(locality.level);
    if (tier == shape_.last_tier()) {
      if (domains_.fits(*goal, domains_.fleet())) return true;
    } else if (domains_.closest(*goal, tier)) {
      return true;
    }
  }
  return false;
}

std::optional<Level> Placer::place(const Request& request, std::vector<NodeRange>& out) const {
  const std::size_t begin = out.size();
  if (request.parts.size() > 1) {
    const GangPlacer gangs(shape_, view_, nodes_, domains_, policy_);
    if (!gangs.place(request, out)) return std::nullopt;
  } else if (!request.parts.empty() && asks_for_something(request.parts[0])) {
    const Part& part = request.parts[0];
    RangeSink sink(out, 0);
    if (is_shaped(part, policy_)) {
      const auto spot = find_shaped(part, request.locality);
      if (!spot) return std::nullopt;
      if (spot->node != kNone) {
        out.push_back({.first = spot->node,
                       .count = 1,
                       .mask = lowest_gpus(nodes_.free_mask(spot->node), spot->goal.k),
                       .part = 0});
        return Level::kNode;
      }
      domains_.take(spot->goal, spot->domain, policy_, sink);
    } else if (!place_unshaped(part, request.locality, sink)) {
      return std::nullopt;
    }
    sink.finish();
  }
  if (out.size() == begin) return Level::kNode;
  std::uint32_t low = kNone;
  std::uint32_t high = 0;
  for (std::size_t at = begin; at < out.size(); ++at) {
    low = std::min(low, out[at].first);
    high = std::max(high, out[at].first + out[at].count - 1);
  }
  return shape_.level_of(low, high);
}

std::optional<Placer::Spot> Placer::find_shaped(const Part& part, const Locality& locality) const {
  // 1. One node, on the first class that has it.
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    const auto goal = goal_of(shape_, part, at);
    if (!goal || goal->all_nodes() != 1) continue;
    const NodePicker::Nodes all{0, shape_.node_count()};
    const std::uint32_t size = shape_.classes()[at].size;
    const std::uint32_t node = policy_ == PlacePolicy::kFirstFit
                                   ? nodes_.lowest(at, goal->k, size, all)
                                   : nodes_.fewest(at, goal->k, size, all);
    if (node != kNone) return Spot{.goal = *goal, .node = node, .domain = {}};
  }
  // 2. Several nodes: within the locality, or from the narrowest tier that will do.
  const bool local = locality.level != Level::kNode;
  const std::uint32_t tier = local ? shape_.tier_of(locality.level) : 0;
  if (policy_ == PlacePolicy::kBestFit) {
    if (locality.must && !local) return std::nullopt;
    return find_in_tiers(part, locality.must ? tier : shape_.last_tier(), false);
  }
  if (local && tier != shape_.last_tier()) {
    const auto spot = find_in_tiers(part, tier, true);
    if (spot) return spot;
  }
  if (locality.must && (!local || tier != shape_.last_tier())) return std::nullopt;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    const auto goal = goal_of(shape_, part, at);
    if (!goal || goal->all_nodes() == 1 || !domains_.fits(*goal, domains_.fleet())) continue;
    return Spot{.goal = *goal, .node = kNone, .domain = domains_.fleet()};
  }
  return std::nullopt;
}

// In the narrowest tier up to `tier` that has a domain for the part, or in `tier` only.
std::optional<Placer::Spot> Placer::find_in_tiers(const Part& part, std::uint32_t tier,
                                                  bool only) const {
  std::optional<Spot> best;
  std::uint32_t tiers = tier + 1;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    const auto goal = goal_of(shape_, part, at);
    if (!goal || goal->all_nodes() == 1) continue;
    for (std::uint32_t in = only ? tier : 0; in < tiers; ++in) {
      const auto domain = policy_ == PlacePolicy::kFirstFit ? domains_.lowest(*goal, in)
                                                            : domains_.closest(*goal, in);
      if (!domain) continue;
      best = Spot{.goal = *goal, .node = kNone, .domain = *domain};
      tiers = only ? 0 : in;
      break;
    }
    if (only && best) break;
  }
  return best;
}

bool Placer::fits_unshaped(const Part& part, const Locality& locality) const {
  if (free_gpus(part.kinds) < part.gpus) return false;
  if (!locality.must) return true;
  if (locality.level == Level::kNode) {
    return part.gpus <= kMaxGpusPerNode &&
           nodes_.fewest_of(part.kinds, part.gpus, {0, shape_.node_count()}) != kNone;
  }
  const std::uint32_t tier = shape_.tier_of(locality.level);
  if (tier == shape_.last_tier()) return true;
  const TallyKey key{.kind = TallyKey::Kind::kGpus, .kinds = part.kinds};
  return view_.tally(key, tier).up({part.gpus, 0}, 0, shape_.tiers()[tier].size()).has_value();
}

bool Placer::place_unshaped(const Part& part, const Locality& locality, RangeSink& sink) const {
  if (free_gpus(part.kinds) < part.gpus) return false;
  const NodePicker::Nodes all{0, shape_.node_count()};
  const bool first_fit = policy_ == PlacePolicy::kFirstFit;
  const auto take_on = [&](std::uint32_t node) {
    sink.add(node, 1, lowest_gpus(nodes_.free_mask(node), part.gpus));
  };
  // 1. One node, where that is asked for or is the best fit.
  if (part.gpus <= kMaxGpusPerNode && (!first_fit || locality.level == Level::kNode)) {
    const std::uint32_t node = first_fit ? nodes_.lowest_of(part.kinds, part.gpus, all)
                                         : nodes_.fewest_of(part.kinds, part.gpus, all);
    if (node != kNone) {
      take_on(node);
      return true;
    }
  }
  if (locality.level == Level::kNode && locality.must) return false;
  // 2. One domain of the locality.
  NodePicker::Nodes within = all;
  if (locality.level != Level::kNode && shape_.tier_of(locality.level) != shape_.last_tier()) {
    const std::uint32_t tier = shape_.tier_of(locality.level);
    const std::uint32_t count = shape_.tiers()[tier].size();
    const DomainOrder& order =
        view_.tally({.kind = TallyKey::Kind::kGpus, .kinds = part.kinds}, tier);
    std::uint32_t domain = kNone;
    if (first_fit) {
      domain = order.lowest(part.gpus, 0, count);
    } else if (const auto found = order.up({part.gpus, 0}, 0, count)) {
      domain = found->domain;
    }
    if (domain != kNone) {
      within = domains_.nodes_of({tier, domain});
    } else if (locality.must) {
      return false;
    }
  }
  // 3. The GPUs.
  if (first_fit) {
    nodes_.take_gpus_lowest(part.kinds, part.gpus, within, sink);
  } else {
    nodes_.take_gpus_fewest(part.kinds, part.gpus, within, sink);
  }
  return true;
}

}  // namespace stargate::placement
