#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "model/node_range.h"
#include "model/policy.h"
#include "model/request.h"

namespace stargate::oracle {

/// Equal nodes of one kind, in equal racks, which are all in one block.
struct PlainFleet {
  std::uint32_t racks = 1;
  std::uint32_t nodes_per_rack = 1;
  std::uint32_t gpus_per_node = 1;

  std::uint32_t nodes() const { return racks * nodes_per_rack; }
};

/// The GPUs of one node.
struct PlainHold {
  std::uint32_t node = 0;
  GpuMask mask = 0;

  friend bool operator==(const PlainHold&, const PlainHold&) = default;
};

/// Free GPUs of each node; every question is answered by looking at all of them.
class PlainNodes {
 public:
  explicit PlainNodes(const PlainFleet& fleet);

  void take(const std::vector<PlainHold>& holds);
  void give_back(const std::vector<PlainHold>& holds);
  /// What is not free in `other` is not free here either.
  void keep_only(const PlainNodes& other);
  std::uint64_t free_gpus() const;

  /// Where a request of one part, which is not cut into segments, goes by the rule of the policy; by
  /// ascending node. Its locality is none, or a rack that must be kept.
  std::optional<std::vector<PlainHold>> place(const Request& request, PlacePolicy policy) const;

 private:
  struct Gang {
    std::uint32_t share = 0;  ///< GPUs on each of `nodes` nodes
    std::uint32_t nodes = 0;
    std::uint32_t remainder = 0;  ///< GPUs on one node more; 0: none
  };
  using Nodes = std::vector<std::uint32_t>;

  Gang gang_of(const Part& part) const;
  Nodes rack(std::uint32_t index) const;
  Nodes all() const;
  std::uint32_t free_on(std::uint32_t node) const;
  std::uint32_t nodes_with(const Nodes& nodes, std::uint32_t gpus) const;
  bool holds(const Nodes& nodes, const Gang& gang) const;
  std::optional<std::uint32_t> pick(const Nodes& nodes, std::uint32_t least, std::uint32_t most,
                                    bool fewest) const;
  PlainHold lowest(std::uint32_t node, std::uint32_t gpus) const;
  std::optional<Nodes> domain_for(const Gang& gang, bool must, PlacePolicy policy) const;
  std::vector<PlainHold> take_gang(const Gang& gang, const Nodes& nodes, PlacePolicy policy) const;
  std::optional<std::vector<PlainHold>> place_unshaped(std::uint32_t gpus, bool must,
                                                       PlacePolicy policy) const;

  PlainFleet fleet_;
  std::vector<GpuMask> free_;
};

struct PlainJob {
  Instant submit;
  Duration run;  ///< the true one
  Duration estimate;
  Request request;  ///< of one part; see PlainNodes::place
};

struct PlainPolicy {
  OrderKind order = OrderKind::kFifo;  ///< kFifo or kSjf
  BackfillKind backfill = BackfillKind::kNone;
  BackfillOrder backfill_order = BackfillOrder::kQueue;
  PlacePolicy place = PlacePolicy::kBestFit;
  /// What falls on one instant: true: ends that used their whole estimate; each submission, a pass
  /// after it; each early end, a pass after it. False: all ends, all submissions, one pass.
  bool archive_instants = false;
};

struct PlainRun {
  bool refused = false;  ///< it would not even fit an empty fleet
  Instant start;
  Instant end;
  std::vector<PlainHold> holds;
};

/// Rare states, and how often they were reached.
struct PlainProbes {
  std::uint64_t several_ends_at_once = 0;
  std::uint64_t runs_of_no_length = 0;
  std::uint64_t estimates_outrun = 0;  ///< a pass while some job had outrun its estimate
  std::uint64_t estimates_of_nothing = 0;
  std::uint64_t blocked_by_shape = 0;  ///< the head waits though enough GPUs are free
  std::uint64_t overtaken_in_time = 0;
  std::uint64_t overtaken_beside = 0;
  std::uint64_t refused_beside = 0;
  std::uint64_t planned_past_others = 0;  ///< conservative: a start in a gap before later plans
  std::uint64_t refused = 0;
};

/// Jobs, in order of submission, on a virtual clock: an event-driven simulator that keeps plain lists
/// and looks at all of them each time. It shares no code with the scheduler.
std::vector<PlainRun> plain_schedule(const PlainFleet& fleet, const PlainPolicy& policy,
                                     const std::vector<PlainJob>& jobs, PlainProbes& probes);

}  // namespace stargate::oracle
