#include "sim/trace_job.h"

namespace stargate::sim {
namespace {

/// Greater sizes without shape are found by their bytes, not by index.
constexpr std::uint32_t kIndexedGpusMax = 1 << 16;

void append_bytes(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::string bytes_of(const Request& request) {
  std::string out;
  out.reserve(3 + request.parts.size() * 25);
  append_bytes(out, static_cast<std::uint64_t>(request.locality.level), 1);
  append_bytes(out, request.locality.must ? 1 : 0, 1);
  append_bytes(out, request.accepts_degraded ? 1 : 0, 1);
  for (const Part& part : request.parts) {
    append_bytes(out, part.gpus, 4);
    append_bytes(out, part.nodes, 4);
    append_bytes(out, part.gpus_per_node, 4);
    append_bytes(out, part.segment_nodes, 4);
    append_bytes(out, static_cast<std::uint64_t>(part.segment_level), 1);
    append_bytes(out, part.kinds, 8);
  }
  return out;
}

}  // namespace

std::uint32_t NameTable::intern(std::string_view name) {
  if (const auto found = index_.find(name); found != index_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(name);
  index_.emplace(std::string(name), number);
  return number;
}

RequestId RequestTable::intern(const Request& request) {
  const auto [place, is_new] =
      index_.try_emplace(bytes_of(request), static_cast<std::uint32_t>(requests_.size()));
  if (is_new) requests_.push_back(request);
  return {place->second};
}

RequestId RequestTable::intern_unshaped(std::uint32_t gpus) {
  if (gpus < unshaped_.size() && unshaped_[gpus] != 0) return {unshaped_[gpus] - 1};
  Request request;
  request.parts.push_back({.gpus = gpus});
  const RequestId id = intern(request);
  if (gpus < kIndexedGpusMax) {
    if (gpus >= unshaped_.size()) unshaped_.resize(gpus + 1, 0);
    unshaped_[gpus] = id.value + 1;
  }
  return id;
}

}  // namespace stargate::sim
