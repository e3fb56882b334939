#include "sim/jobs_record.h"

#include <algorithm>
#include <limits>
#include <string>

#include "model/topology.h"
#include "sim/field.h"

namespace stargate::sim {
namespace {

constexpr std::uint32_t kCountMax = std::numeric_limits<std::uint32_t>::max();

std::optional<Level> level_named(std::string_view name) {
  for (Level level : {Level::kNode, Level::kRack, Level::kBlock, Level::kBuilding, Level::kSite}) {
    if (name == name_of(level)) return level;
  }
  return std::nullopt;
}

Locality locality_of(const LineReader& at, const Field& field) {
  if (field.text.empty()) return {};
  const std::size_t colon = field.text.find(':');
  const std::string_view how = field.text.substr(0, colon);
  if (colon != std::string_view::npos && (how == "must" || how == "should")) {
    if (const auto level = level_named(field.text.substr(colon + 1))) {
      return {.level = *level, .must = how == "must"};
    }
  }
  at.fail(field, "must:LEVEL or should:LEVEL, the level one of node, rack, block, building, site");
}

bool truth_of(const LineReader& at, const Field& field) {
  if (field.text.empty() || field.text == "false") return false;
  if (field.text == "true") return true;
  at.fail(field, "true or false");
}

}  // namespace

std::optional<JobsKey> jobs_key_named(std::string_view name) {
  const auto place = std::find(kJobsKeyNames.begin(), kJobsKeyNames.end(), name);
  if (place == kJobsKeyNames.end()) return std::nullopt;
  return static_cast<JobsKey>(place - kJobsKeyNames.begin());
}

const char* JobsBuilder::build(const LineReader& at, const JobsRecord& record,
                               const std::vector<JobsRecord>& parts, TraceJob& job) {
  using enum JobsKey;
  job = TraceJob{};
  const Field& id = record[kId];
  if (id.text.empty()) at.fail(id, "an id");
  job.submit = parse_instant(at, record[kSubmit], "submit_s");
  job.run = parse_seconds(at, record[kRun], "run_s");
  job.requested = job.run;
  if (!record[kEstimate].text.empty()) {
    job.requested = parse_seconds(at, record[kEstimate], "estimate_s");
    if (job.requested.us == 0) at.fail(record[kEstimate], "estimate_s above 0");
  }
  job.eligible = job.submit;
  if (!record[kEligible].text.empty()) {
    job.eligible = parse_instant(at, record[kEligible], "eligible_s");
    if (job.eligible < job.submit) at.fail(record[kEligible], "eligible_s not before submit_s");
  }
  if (!record[kCheckpoint].text.empty()) {
    job.checkpoint_interval = parse_seconds(at, record[kCheckpoint], "checkpoint_s");
  }
  if (!record[kPriority].text.empty()) {
    job.priority = static_cast<std::int32_t>(
        parse_integer(at, record[kPriority], "priority", std::numeric_limits<std::int32_t>::min(),
                      std::numeric_limits<std::int32_t>::max()));
  }
  const bool whole_nodes_of_none = record[kNodes].text == "0";
  if (parts.empty() && (record[kGpus].text == "0" || whole_nodes_of_none)) return "no GPUs";
  job.request = request_of(at, record, parts, job.gpus);
  if (job.run.us == 0) return "no run time";
  job.tenant = tables_.tenants.intern(record[kTenant].text);
  job.queue = tables_.queues.intern(record[kQueue].text);
  job.model = tables_.models.intern(record[kModel].text);
  if (const auto number = parse_plain_number(id.text)) {
    job.id = *number;
  } else {
    job.id = tables_.add_label(id.text);
    job.has_label = true;
  }
  return nullptr;
}

RequestId JobsBuilder::request_of(const LineReader& at, const JobsRecord& record,
                                  const std::vector<JobsRecord>& parts, std::uint32_t& gpus) {
  using enum JobsKey;
  const Locality locality = locality_of(at, record[kLocality]);
  const bool accepts_degraded = truth_of(at, record[kAcceptsDegraded]);
  Part only;
  if (parts.empty()) {
    only = part_of(at, record);
    gpus = only.gpus;
    const bool plain = locality == Locality{} && !accepts_degraded && only.nodes == 0 &&
                       only.segment_nodes == 0 && only.kinds == kAnyKind;
    if (plain && only.gpus_per_node == 0) return tables_.requests.intern_unshaped(only.gpus);
    if (plain) {
      Shaped& last = shaped_[(only.gpus * 65U + only.gpus_per_node) % shaped_.size()];
      if (last.gpus != only.gpus || last.gpus_per_node != only.gpus_per_node) {
        Request request;
        request.parts.push_back(only);
        last = {only.gpus, only.gpus_per_node, tables_.requests.intern(request)};
      }
      return last.request;
    }
  }
  Request request;
  request.locality = locality;
  request.accepts_degraded = accepts_degraded;
  if (parts.empty()) request.parts.push_back(only);
  if (parts.size() > kMaxParts) {
    at.fail(parts[kMaxParts][kGpus].column, "found more than 64 parts, expected fewer");
  }
  std::uint64_t sum = 0;
  bool size_is_known = true;
  for (const JobsRecord& part : parts) {
    request.parts.push_back(part_of(at, part));
    sum += request.parts.back().gpus;
    size_is_known = size_is_known && request.parts.back().nodes == 0;
    if (sum > kCountMax) at.fail(part[kGpus], "parts of at most 4294967295 GPUs together");
  }
  if (!parts.empty()) gpus = size_is_known ? static_cast<std::uint32_t>(sum) : 0;
  return tables_.requests.intern(request);
}

Part JobsBuilder::part_of(const LineReader& at, const JobsRecord& record) {
  using enum JobsKey;
  Part part;
  const Field& gpus = record[kGpus];
  const Field& nodes = record[kNodes];
  const Field& gpus_per_node = record[kGpusPerNode];
  if (!gpus.text.empty() && !nodes.text.empty()) at.fail(nodes, "gpus or nodes, not both");
  if (gpus.text.empty() && nodes.text.empty()) at.fail(gpus, "gpus or nodes");
  if (!gpus_per_node.text.empty()) {
    part.gpus_per_node = static_cast<std::uint32_t>(
        parse_integer(at, gpus_per_node, "gpus_per_node", 1, kMaxGpusPerNode));
  }
  if (!gpus.text.empty()) {
    part.gpus = static_cast<std::uint32_t>(parse_integer(at, gpus, "gpus", 1, kMostUnits));
  } else {
    part.nodes = static_cast<std::uint32_t>(parse_integer(at, nodes, "nodes", 1, kMaxNodes));
    if (part.gpus_per_node > 0) {
      part.gpus = part.nodes * part.gpus_per_node;  // below 2^31
      part.nodes = 0;
    }
  }
  const Field& segment_nodes = record[kSegmentNodes];
  const Field& segment_level = record[kSegmentLevel];
  if (!segment_nodes.text.empty()) {
    part.segment_nodes =
        static_cast<std::uint32_t>(parse_integer(at, segment_nodes, "segment_nodes", 0, kMaxNodes));
    if (part.segment_nodes > 0 && part.nodes == 0 && part.gpus_per_node == 0) {
      at.fail(segment_nodes, "segments only with nodes or gpus_per_node");
    }
  }
  if (!segment_level.text.empty()) {
    const auto level = level_named(segment_level.text);
    if (!level || *level == Level::kNode) {
      at.fail(segment_level, "one of rack, block, building, site");
    }
    if (part.segment_nodes == 0) at.fail(segment_level, "segment_level only with segment_nodes");
    part.segment_level = *level;
  }
  part.kinds = kinds_of(at, record[kKinds]);
  return part;
}

KindMask JobsBuilder::kinds_of(const LineReader& at, const Field& field) {
  if (field.text.empty()) return kAnyKind;
  KindMask mask = 0;
  std::size_t begin = 0;
  while (begin <= field.text.size()) {
    const std::size_t end = std::min(field.text.find('+', begin), field.text.size());
    const std::string_view name = field.text.substr(begin, end - begin);
    if (name.empty()) at.fail(field, "names of accelerator kinds with + between them");
    const std::uint32_t kind = tables_.kinds.intern(name);
    if (kind >= 64) at.fail(field, "at most 64 kinds of accelerators in a log");
    mask |= KindMask{1} << kind;
    begin = end + 1;
  }
  return mask;
}

}  // namespace stargate::sim
