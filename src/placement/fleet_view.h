#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "placement/bucket_bits.h"
#include "placement/domain_order.h"
#include "placement/fleet_shape.h"

namespace stargate::placement {

/// What is counted for each domain of each tier.
///  - kCount: nodes of the class with at least k free GPUs;
///  - kPair: how many nodes with k can be had beside one more node with r;
///  - kSegments: twice the segments of `segment_nodes` nodes (k GPUs on each) that fit, each within
///    one domain of `segment_tier`, and one more where some domain has room besides for
///    `tail_nodes` nodes with k and, if `r` > 0, one node with r;
///  - kGpus: free GPUs of the accepted kinds.
struct TallyKey {
  enum class Kind : std::uint8_t { kCount, kPair, kSegments, kGpus };

  Kind kind = Kind::kCount;
  std::uint32_t node_class = 0;
  std::uint32_t k = 0;
  std::uint32_t r = 0;
  std::uint32_t segment_nodes = 0;
  std::uint32_t segment_tier = 0;
  std::uint32_t tail_nodes = 0;
  KindMask kinds = 0;

  friend bool operator==(const TallyKey&, const TallyKey&) = default;
};

/// The free GPUs of those nodes whose health serves one sort of request, indexed: the nodes of each
/// class by how many GPUs they have free, and for each key that is watched its value in every
/// domain.
/// Cost of a change of n nodes in a row: O(n / 64) and, for each rack and each tier, O(keys).
class FleetView {
 public:
  struct Free {
    std::uint32_t gpus = 0;
    std::uint32_t idle_nodes = 0;

    friend bool operator==(const Free&, const Free&) = default;
  };

  /// All nodes wholly free.
  explicit FleetView(std::shared_ptr<const FleetShape> shape);

  /// Counts the key, and what it is made of, in the first `tiers` tiers. O(nodes) unless it is so.
  void watch(const TallyKey& key, std::uint32_t tiers);
  /// Watches all that the other view watches.
  void watch_as(const FleetView& other);
  /// REQUIRES: watch(key, tiers) with tiers > tier was called.
  const DomainOrder& tally(const TallyKey& key, std::uint32_t tier) const;

  /// Nodes first..first+count-1, all of one class, go from `before` to `after` free GPUs each.
  /// Queries are valid again after settle().
  void change(std::uint32_t first, std::uint32_t count, std::uint32_t before, std::uint32_t after);
  void settle();

  /// Nodes of the class by their number of free GPUs, from 1.
  const BucketBits& nodes(std::uint32_t node_class) const { return classes_[node_class].nodes; }
  /// Bit i is set where some node of the class has i + 1 GPUs free.
  std::uint64_t filled(std::uint32_t node_class) const { return classes_[node_class].filled; }
  std::uint64_t free_gpus(std::uint32_t node_class) const { return classes_[node_class].free_gpus; }
  /// Nodes of the class with at least k free GPUs. REQUIRES: 0 < k <= kMaxGpusPerNode.
  std::uint32_t nodes_with(std::uint32_t node_class, std::uint32_t k) const {
    return classes_[node_class].with[k];
  }
  std::uint32_t nodes_with(std::uint32_t node_class, std::uint32_t k, std::uint32_t first,
                           std::uint32_t end) const;
  const Free& free_in(std::uint32_t tier, std::uint32_t domain) const {
    return free_[shape_->slot_of(tier, domain)];
  }

  /// Whether both hold the same nodes and values, apart from what only one of them watches.
  bool agrees_with(const FleetView& other) const;

 private:
  struct ClassState {
    BucketBits nodes;
    std::uint64_t filled = 0;
    std::uint64_t free_gpus = 0;
    std::array<std::uint32_t, kMaxGpusPerNode + 1> with{};  ///< nodes with at least so many free
    std::vector<std::uint32_t> tallies;                     ///< those that a node of it can change
  };
  struct Tally {
    TallyKey key;
    std::uint32_t base = 0;  ///< kPair, kSegments: the tally that counts k
    std::uint32_t rest = 0;  ///< kPair, kSegments with r: the tally that counts r
    std::vector<DomainOrder> tiers;
    /// kSegments, from segment_tier: segments that fit, and domains with room for the tail.
    std::vector<std::vector<std::uint32_t>> segments;
    std::vector<std::vector<std::uint32_t>> tails;
  };
  /// What is not yet added to a tally of one domain of a tier.
  struct Delta {
    std::int32_t value = 0;
    std::int32_t tails = 0;  ///< kSegments only
  };

  std::uint32_t find(const TallyKey& key) const;
  std::uint32_t watch_base(const TallyKey& key, std::uint32_t tiers);
  std::uint32_t value_max(const TallyKey& key, std::uint32_t tier) const;
  void build(Tally& tally, std::uint32_t tiers);
  std::uint32_t segments_in(const Tally& tally, std::uint32_t domain) const;
  bool tail_fits(const Tally& tally, std::uint32_t domain) const;
  std::uint32_t pair_in(const Tally& tally, std::uint32_t tier, std::uint32_t domain) const;
  void settle_rack();
  void settle_tier(std::uint32_t tier);
  void settle_tally(std::uint32_t index, std::uint32_t tier, std::uint32_t domain);
  Delta& delta(std::uint32_t index, std::uint32_t tier) {
    return deltas_[std::size_t{index} * kLevelCount + tier];
  }

  std::shared_ptr<const FleetShape> shape_;
  std::vector<ClassState> classes_;
  std::vector<Free> free_;  ///< by slot
  std::vector<Tally> tallies_;

  // What change() has left to settle(): the domain of each tier whose counts wait, and by how much
  // they change.
  std::array<std::uint32_t, kLevelCount> pending_;
  std::int32_t pending_gpus_ = 0;
  std::int32_t pending_idle_nodes_ = 0;
  std::vector<Delta> deltas_;  ///< by tally, then tier
};

}  // namespace stargate::placement
