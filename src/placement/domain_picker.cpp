#include "placement/domain_picker.h"

#include <algorithm>

#include "base/check.h"

namespace stargate::placement {

bool DomainPicker::fits(const Goal& goal, Domain domain) const {
  if (domain.tier == shape_.last_tier() && !goal.by_segments(domain.tier)) {
    return view_.nodes_with(goal.node_class, goal.k) >= goal.nodes &&
           (goal.r == 0 || view_.nodes_with(goal.node_class, goal.r) > goal.nodes);
  }
  return view_.tally(goal.key_at(domain.tier), domain.tier).value(domain.index) >=
         goal.need_at(domain.tier);
}

std::optional<Domain> DomainPicker::closest(const Goal& goal, std::uint32_t tier) const {
  const std::uint32_t domains = shape_.tiers()[tier].size();
  const auto found = view_.tally(goal.key_at(tier), tier).up({goal.need_at(tier), 0}, 0, domains);
  if (!found) return std::nullopt;
  return Domain{tier, found->domain};
}

std::optional<Domain> DomainPicker::lowest(const Goal& goal, std::uint32_t tier) const {
  const std::uint32_t domains = shape_.tiers()[tier].size();
  const std::uint32_t found =
      view_.tally(goal.key_at(tier), tier).lowest(goal.need_at(tier), 0, domains);
  if (found == kNone) return std::nullopt;
  return Domain{tier, found};
}

void DomainPicker::take(const Goal& goal, Domain domain, PlacePolicy policy,
                        RangeSink& sink) const {
  if (goal.by_segments(domain.tier)) {
    take_segments(goal, domain, policy, sink);
  } else {
    take_nodes(goal, domain, policy, sink);
  }
}

void DomainPicker::take_nodes(const Goal& goal, Domain domain, PlacePolicy policy,
                              RangeSink& sink) const {
  const NodePicker::Nodes nodes = nodes_of(domain);
  const std::uint32_t of = goal.node_class;
  const std::uint32_t size = shape_.classes()[of].size;
  if (policy == PlacePolicy::kFirstFit) {
    const std::uint32_t behind = picker_.take_lowest(of, goal.k, goal.nodes, goal.k, nodes, sink);
    if (goal.r == 0) return;
    const std::uint32_t node = std::min(picker_.lowest(of, goal.r, goal.k - 1, nodes),
                                        picker_.lowest(of, goal.k, size, {behind, nodes.end}));
    STARGATE_CHECK(node != kNone, "the node for the remainder was counted");
    sink.add(node, 1, lowest_gpus(picker_.free_mask(node), goal.r));
    return;
  }
  // The remainder goes on a node with too few GPUs for the others, or else on one node more of
  // theirs.
  std::uint32_t count = goal.nodes;
  std::uint32_t last = goal.k;
  if (goal.r != 0) {
    const std::uint32_t node = picker_.fewest(of, goal.r, goal.k - 1, nodes);
    if (node != kNone) {
      sink.add(node, 1, lowest_gpus(picker_.free_mask(node), goal.r));
    } else {
      ++count;
      last = goal.r;
    }
  }
  if (policy == PlacePolicy::kBestFit && count > 1) {
    take_closest(goal, count, last, domain, sink);
  } else {
    picker_.take_fewest(of, goal.k, count, last, nodes, sink);
  }
}

// Down the tiers: while no child holds the rest, the fullest child gives all that it has; then on
// into the child that holds the rest with the fewest nodes to spare.
void DomainPicker::take_closest(const Goal& goal, std::uint32_t count, std::uint32_t last,
                                Domain domain, RangeSink& sink) const {
  const TallyKey key{.node_class = goal.node_class, .k = goal.k};
  while (domain.tier > 0) {
    const auto& children = shape_.tiers()[domain.tier].children;
    const std::uint32_t lo = children[domain.index];
    const std::uint32_t hi = children[domain.index + 1];
    const std::uint32_t tier = domain.tier - 1;
    const DomainOrder& order = view_.tally(key, tier);
    // Children before `cursor`, by value descending and number ascending, are used up.
    DomainOrder::Entry cursor{kNone, 0};
    while (true) {
      auto found = order.up({count, lo}, lo, hi);
      if (found && found->value == cursor.value && found->domain < cursor.domain) {
        found = order.up(cursor, lo, hi);
      }
      if (found && found->value <= cursor.value) {
        domain = {tier, found->domain};
        break;
      }
      found = order.down(cursor, lo, hi);
      STARGATE_CHECK(found, "a domain holds what its children hold");
      picker_.take_fewest(goal.node_class, goal.k, found->value, goal.k,
                          nodes_of({tier, found->domain}), sink);
      count -= found->value;
      cursor = {found->value, found->domain + 1};
    }
  }
  picker_.take_fewest(goal.node_class, goal.k, count, last, nodes_of(domain), sink);
}

// Which domains of the segments' tier give how many segments is settled first, then the tail, which
// may share a domain with some of them; then the nodes are taken.
void DomainPicker::take_segments(const Goal& goal, Domain domain, PlacePolicy policy,
                                 RangeSink& sink) const {
  struct Use {
    std::uint32_t domain = 0;
    std::uint32_t nodes = 0;
    bool tail = false;
  };
  std::vector<Use> uses;
  const std::uint32_t tier = goal.segment_tier;
  const std::uint32_t of = goal.segment_nodes;
  const NodePicker::Nodes nodes = nodes_of(domain);
  const std::uint32_t lo = shape_.domain_of(tier, nodes.first);
  const std::uint32_t hi = shape_.domain_of(tier, nodes.end - 1) + 1;
  const DomainOrder& order = view_.tally({.node_class = goal.node_class, .k = goal.k}, tier);

  // 1. Full segments. Domains that hold the most of them go first, among those that hold as many
  //    the ones with the fewest nodes to spare; `cursor` is the first that is not used.
  std::uint32_t rest = goal.full_segments;
  std::uint32_t most = kNone;
  DomainOrder::Entry cursor;
  while (rest > 0) {
    auto found = most == kNone ? std::nullopt : order.up(cursor, lo, hi);
    if (!found || found->value / of != most) {
      const std::uint32_t below = most == kNone ? kNone : most * of - 1;
      const auto fullest = order.down({below, lo}, lo, hi);
      STARGATE_CHECK(fullest && fullest->value >= of, "the segments that were counted are there");
      most = fullest->value / of;
      cursor = {most * of, lo};
      found = order.up(cursor, lo, hi);
    }
    if (most >= rest) {
      // One domain holds the rest: the one with the fewest nodes to spare.
      if (most > rest) {
        auto closer = order.up({rest * of, lo}, lo, hi);
        if (closer && closer->value / of < most) found = closer;
      }
      uses.push_back({found->domain, rest * of, false});
      break;
    }
    uses.push_back({found->domain, most * of, false});
    rest -= most;
    cursor = {found->value, found->domain + 1};
  }
  std::sort(uses.begin(), uses.end(),
            [](const Use& a, const Use& b) { return a.domain < b.domain; });

  // 2. The tail: beside full segments if it fits there, otherwise in the closest other domain.
  if (goal.has_tail()) {
    Use* best = nullptr;
    std::uint32_t best_spare = kNone;
    const std::uint32_t r_nodes = goal.r != 0 ? 1 : 0;
    for (Use& use : uses) {
      const std::uint32_t spare = order.value(use.domain) - use.nodes;
      if (spare < goal.tail_nodes || spare >= best_spare) continue;
      if (goal.r != 0) {
        const DomainOrder& with_r = view_.tally({.node_class = goal.node_class, .k = goal.r}, tier);
        if (with_r.value(use.domain) - use.nodes < goal.tail_nodes + r_nodes) continue;
      }
      best = &use;
      best_spare = spare;
    }
    if (best != nullptr) {
      best->nodes += goal.tail_nodes;
      best->tail = true;
    } else {
      TallyKey key = goal.nodes_key();
      if (goal.tail_nodes == 0) key = {.node_class = goal.node_class, .k = goal.r};
      const DomainOrder& tails = view_.tally(key, tier);
      auto found = tails.up({std::max(goal.tail_nodes, 1U), lo}, lo, hi);
      const auto is_used = [&](std::uint32_t index) {
        const auto at =
            std::lower_bound(uses.begin(), uses.end(), index,
                             [](const Use& a, std::uint32_t b) { return a.domain < b; });
        return at != uses.end() && at->domain == index;
      };
      while (found && is_used(found->domain)) {
        found = tails.up({found->value, found->domain + 1}, lo, hi);
      }
      STARGATE_CHECK(found, "the room for the last segment was counted");
      uses.push_back({found->domain, goal.tail_nodes, true});
    }
  }

  // 3. The nodes.
  for (const Use& use : uses) {
    const Domain within{tier, use.domain};
    if (use.tail && goal.r != 0 && use.nodes == 0) {
      const std::uint32_t size = shape_.classes()[goal.node_class].size;
      const std::uint32_t node = picker_.fewest(goal.node_class, goal.r, size, nodes_of(within));
      sink.add(node, 1, lowest_gpus(picker_.free_mask(node), goal.r));
      continue;
    }
    Goal share{.node_class = goal.node_class, .k = goal.k, .nodes = use.nodes};
    if (use.tail) share.r = goal.r;
    take_nodes(share, within, policy, sink);
  }
}

}  // namespace stargate::placement
