#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "model/request.h"

namespace stargate::sim {

/// One job of a log, as it was read. Names are indices into the TraceTables of the same trace.
struct TraceJob {
  Instant submit;
  /// When the job could first have started (dependencies met, hold lifted); `submit` where the log
  /// does not say.
  Instant eligible;
  /// The true run time; only the virtual clock knows it, never the core.
  Duration run;
  /// What the user asked for; equal to `run` where the log does not say.
  Duration requested;
  /// 0: takes none.
  Duration checkpoint_interval;
  /// The number in the log; where the log has names instead, an index into TraceTables::labels
  /// and `has_label`.
  std::uint64_t id = 0;
  std::uint32_t gpus = 0;     ///< of the whole gang; for whole nodes of unknown size, 0
  RequestId request;          ///< index into TraceTables::requests
  std::uint32_t tenant = 0;   ///< index into TraceTables::tenants
  std::uint32_t queue = 0;    ///< index into TraceTables::queues
  std::uint32_t model = 0;    ///< index into TraceTables::models (`muri` logs)
  std::int32_t priority = 0;  ///< greater goes first
  bool has_label = false;
};

/// Lets a hash map be asked with a string_view. Nothing depends on the order that it gives.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using TextIndex = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

/// Distinct names, numbered in the order in which they first came.
class NameTable {
 public:
  std::uint32_t intern(std::string_view name);
  const std::string& operator[](std::uint32_t index) const { return names_[index]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  TextIndex index_;
};

/// Distinct requests, numbered in the order in which they first came.
class RequestTable {
 public:
  RequestId intern(const Request& request);
  /// The request for `gpus` GPUs of any node, without shape. O(1) for those seen before.
  RequestId intern_unshaped(std::uint32_t gpus);
  const Request& operator[](RequestId id) const { return requests_[id.value]; }
  std::size_t size() const { return requests_.size(); }

 private:
  std::vector<Request> requests_;
  TextIndex index_;                      // by the bytes of the request
  std::vector<std::uint32_t> unshaped_;  // by GPUs, plus one; 0: not seen yet
};

/// What the jobs of one trace have in common.
struct TraceTables {
  NameTable tenants;
  NameTable queues;
  NameTable models;
  NameTable kinds;  ///< accelerator kinds that jobs name; bit i of a KindMask is kinds[i]
  std::vector<std::string> labels;
  /// When the log's own clock showed 0, where it counts from a beginning of its own.
  Instant clock_zero;
  RequestTable requests;

  /// False where the labels are already kept elsewhere: they are then counted only, so that memory
  /// does not grow with the log.
  bool keeps_labels = true;
  std::uint64_t label_count = 0;

  /// The number of a new label. Labels are not compared: two equal ones have two numbers.
  std::uint64_t add_label(std::string_view label) {
    if (keeps_labels) labels.emplace_back(label);
    return label_count++;
  }
};

/// Records that were left out, by reason, with where the first of each stood.
struct SkipCount {
  std::uint64_t count = 0;
  std::string first;  ///< "FILE:LINE: what was skipped"
};
using Skips = std::map<std::string, SkipCount, std::less<>>;

/// The order in which what falls on one instant is played.
enum class InstantOrder : std::uint8_t {
  /// All ends, then all submissions, then one scheduling pass.
  kEndsThenSubmissions,
  /// The Parallel Workloads Archive's: ends of jobs that used their whole estimate, without a pass;
  /// then each submission with a pass after it; then each early end with a pass after it.
  kWorkloadArchive,
};

}  // namespace stargate::sim
