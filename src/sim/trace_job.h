#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
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

/// Distinct names, numbered in the order in which they first came.
class NameTable {
 public:
  std::uint32_t intern(std::string_view name);
  const std::string& operator[](std::uint32_t index) const { return names_[index]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> index_;
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
  std::map<std::string, std::uint32_t, std::less<>> index_;
  std::vector<std::uint32_t> unshaped_;
};

/// What the jobs of one trace have in common.
struct TraceTables {
  NameTable tenants;
  NameTable queues;
  NameTable models;
  NameTable kinds;  ///< accelerator kinds that jobs name; bit i of a KindMask is kinds[i]
  std::vector<std::string> labels;
  RequestTable requests;
};

/// Records that were left out, by reason, with where the first of each stood.
struct SkipCount {
  std::uint64_t count = 0;
  std::string first;  ///< "FILE:LINE: what was skipped"
};
using Skips = std::map<std::string, SkipCount>;

/// The order in which what falls on one instant is played.
enum class InstantOrder : std::uint8_t {
  /// All ends, then all submissions, then one scheduling pass.
  kEndsThenSubmissions,
  /// The Parallel Workloads Archive's: ends of jobs that used their whole estimate, without a pass;
  /// then each submission with a pass after it; then each early end with a pass after it.
  kWorkloadArchive,
};

}  // namespace stargate::sim
