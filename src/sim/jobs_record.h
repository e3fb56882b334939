#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/line_reader.h"
#include "sim/trace_job.h"

namespace stargate::sim {

/// The columns (CSV) and keys (NDJSON) of the `jobs` format.
enum class JobsKey : std::uint8_t {
  kId,
  kSubmit,
  kRun,
  kEstimate,
  kGpus,
  kNodes,
  kGpusPerNode,
  kTenant,
  kQueue,
  kPriority,
  kLocality,
  kKinds,
  kSegmentNodes,
  kSegmentLevel,
  kCheckpoint,
  kEligible,
  kAcceptsDegraded,
  kModel,
};
inline constexpr std::size_t kJobsKeyCount = 18;

/// Their names, in the order of JobsKey: the order in which they are written.
inline constexpr std::array<std::string_view, kJobsKeyCount> kJobsKeyNames = {
    "id",
    "submit_s",
    "run_s",
    "estimate_s",
    "gpus",
    "nodes",
    "gpus_per_node",
    "tenant",
    "queue",
    "priority",
    "locality",
    "kinds",
    "segment_nodes",
    "segment_level",
    "checkpoint_s",
    "eligible_s",
    "accepts_degraded",
    "model",
};

std::optional<JobsKey> jobs_key_named(std::string_view name);

/// The texts of one record, by key; an empty text is a value that is not given.
struct JobsRecord {
  std::array<Field, kJobsKeyCount> fields;

  Field& operator[](JobsKey key) { return fields[static_cast<std::size_t>(key)]; }
  const Field& operator[](JobsKey key) const { return fields[static_cast<std::size_t>(key)]; }
};

/// Makes jobs of records, the same for both writings of the format.
class JobsBuilder {
 public:
  /// REQUIRES: `tables` outlives the builder.
  explicit JobsBuilder(TraceTables& tables) : tables_(tables) {}

  /// Fills `job`. `parts` are records of which only the keys of a part are given; where there are
  /// some, the record itself gives none of these. Returns why the job is left out, nullptr where it
  /// is not. Throws InputError at the current line.
  const char* build(const LineReader& at, const JobsRecord& record,
                    const std::vector<JobsRecord>& parts, TraceJob& job);

 private:
  RequestId request_of(const LineReader& at, const JobsRecord& record,
                       const std::vector<JobsRecord>& parts, std::uint32_t& gpus);
  Part part_of(const LineReader& at, const JobsRecord& record);
  KindMask kinds_of(const LineReader& at, const Field& field);

  struct Shaped {
    std::uint32_t gpus = 0;
    std::uint32_t gpus_per_node = 0;
    RequestId request;
  };

  TraceTables& tables_;
  std::array<Shaped, 1024> shaped_;  // the last request of its place, for the common ones
};

}  // namespace stargate::sim
