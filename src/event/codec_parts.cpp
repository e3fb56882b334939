// What several records, and other formats, have in common.

#include <algorithm>
#include <bit>

#include "event/codec.h"

namespace stargate {
namespace {

enum class Mask : std::uint8_t { kSame, kEight, kLowest, kExplicit };

constexpr std::uint8_t kMaskBits = 3;
constexpr std::uint8_t kOtherPart = 4;
constexpr std::uint8_t kOneNode = 8;
constexpr std::uint8_t kAllBits = 15;

Mask mask_kind(GpuMask mask, GpuMask before) {
  if (mask == before) return Mask::kSame;
  if (mask == 0xff) return Mask::kEight;
  return (mask & (mask + 1)) == 0 ? Mask::kLowest : Mask::kExplicit;
}

constexpr std::uint64_t kBytesOfRange = 2;
constexpr std::uint64_t kBytesOfGroup = 5;
constexpr std::uint64_t kBytesOfPart = 6;

}  // namespace

void write_ranges(ByteWriter& out, std::span<const NodeRange> ranges) {
  out.varint(ranges.size());
  std::int64_t end = 0;
  GpuMask mask = 0;
  std::uint32_t part = 0;
  for (const NodeRange& range : ranges) {
    const Mask kind = mask_kind(range.mask, mask);
    auto bits = static_cast<std::uint8_t>(kind);
    if (range.part != part) bits = static_cast<std::uint8_t>(bits | kOtherPart);
    if (range.count == 1) bits = static_cast<std::uint8_t>(bits | kOneNode);
    out.byte(bits);
    out.zigzag(std::int64_t{range.first} - end);
    if (range.count != 1) out.varint(range.count);
    if (range.part != part) out.varint(range.part);
    if (kind == Mask::kLowest) out.byte(static_cast<std::uint8_t>(std::popcount(range.mask)));
    if (kind == Mask::kExplicit) out.varint(range.mask);
    end = std::int64_t{range.first} + range.count;
    mask = range.mask;
    part = range.part;
  }
}

std::uint32_t read_ranges(ByteReader& in, std::vector<NodeRange>& ranges) {
  const std::uint64_t count = in.count(kBytesOfRange);
  if (count > UINT32_MAX - ranges.size()) in.fail("there are too many ranges");
  std::int64_t end = 0;
  NodeRange range;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint8_t bits = in.byte();
    if (bits > kAllBits) in.fail("a range has unknown bits");
    const std::int64_t distance = in.zigzag();
    if (distance < -end || distance > std::int64_t{UINT32_MAX} - end) {
      in.fail("a range begins at no node");
    }
    range.first = static_cast<std::uint32_t>(end + distance);
    range.count = (bits & kOneNode) != 0 ? 1 : in.varint32();
    if ((bits & kOneNode) == 0 && range.count == 1) in.fail("a range is not in its shortest form");
    if ((bits & kOtherPart) != 0) {
      const std::uint32_t part = in.varint32();
      if (part == range.part) in.fail("a range is not in its shortest form");
      range.part = part;
    }
    const GpuMask before = range.mask;
    const auto kind = static_cast<Mask>(bits & kMaskBits);
    if (kind == Mask::kEight) range.mask = 0xff;
    if (kind == Mask::kLowest) {
      const std::uint8_t gpus = in.byte();
      if (gpus > 64) in.fail("a node has at most 64 GPUs");
      range.mask = all_gpus(gpus);
    }
    if (kind == Mask::kExplicit) range.mask = in.varint();
    if (mask_kind(range.mask, before) != kind) in.fail("a range is not in its shortest form");
    end = std::int64_t{range.first} + range.count;
    ranges.push_back(range);
  }
  return static_cast<std::uint32_t>(count);
}

void write_queue(ByteWriter& out, const command::DefineQueue& queue) {
  out.varint(queue.queue.value);
  out.text(queue.name);
  out.varint(queue.fleet.groups.size());
  for (const RackGroup& group : queue.fleet.groups) {
    out.varint(group.racks);
    out.varint(group.nodes_per_rack);
    out.varint(group.gpus_per_node);
    out.varint(group.kind.value);
    out.enumerator(group.opens);
  }
  write_policy(out, queue.policy);
}

void write_policy(ByteWriter& out, const QueuePolicy& policy) {
  out.enumerator(policy.order);
  out.enumerator(policy.backfill);
  out.enumerator(policy.backfill_order);
  out.enumerator(policy.place);
  out.flag(policy.repack);
  out.zigzag(policy.restart_overhead.us);
}

command::DefineQueue read_queue(ByteReader& in) {
  command::DefineQueue queue;
  queue.queue.value = in.varint32();
  queue.name = in.text();
  queue.fleet.groups.resize(in.count(kBytesOfGroup));
  for (RackGroup& group : queue.fleet.groups) {
    group.racks = in.varint32();
    group.nodes_per_rack = in.varint32();
    group.gpus_per_node = in.varint32();
    group.kind.value = static_cast<std::uint16_t>(in.varint_up_to(UINT16_MAX));
    group.opens = in.enumerator(Level::kFleet);
  }
  queue.policy = read_policy(in);
  return queue;
}

QueuePolicy read_policy(ByteReader& in) {
  QueuePolicy policy;
  policy.order = in.enumerator(OrderKind::kFairShare);
  policy.backfill = in.enumerator(BackfillKind::kConservative);
  policy.backfill_order = in.enumerator(BackfillOrder::kShortest);
  policy.place = in.enumerator(PlacePolicy::kConsolidated);
  policy.repack = in.flag();
  policy.restart_overhead.us = in.zigzag();
  return policy;
}

void write_tenant(ByteWriter& out, const TenantSpec& tenant) {
  out.varint(tenant.tenant.value);
  out.varint(tenant.parent.value);
  out.varint(tenant.weight);
  out.varint(tenant.cohort);
  out.varint(tenant.guaranteed_gpus);
  out.varint(tenant.borrow_gpus_max);
}

TenantSpec read_tenant(ByteReader& in) {
  TenantSpec tenant;
  tenant.tenant.value = in.varint32();
  tenant.parent.value = in.varint32();
  tenant.weight = in.varint();
  tenant.cohort = in.varint32();
  tenant.guaranteed_gpus = in.varint();
  tenant.borrow_gpus_max = in.varint();
  return tenant;
}

void write_request(ByteWriter& out, const Request& request) {
  out.varint(request.parts.size());
  for (const Part& part : request.parts) {
    out.varint(part.gpus);
    out.varint(part.nodes);
    out.varint(part.gpus_per_node);
    out.varint(part.segment_nodes);
    out.enumerator(part.segment_level);
    // Any kind, by far the most frequent, is 0.
    out.varint(~part.kinds);
  }
  out.enumerator(request.locality.level);
  out.flag(request.locality.must);
  out.flag(request.accepts_degraded);
}

Request read_request(ByteReader& in) {
  Request request;
  request.parts.resize(in.count(kBytesOfPart));
  for (Part& part : request.parts) {
    part.gpus = in.varint32();
    part.nodes = in.varint32();
    part.gpus_per_node = in.varint32();
    part.segment_nodes = in.varint32();
    part.segment_level = in.enumerator(Level::kFleet);
    part.kinds = ~in.varint();
  }
  request.locality.level = in.enumerator(Level::kFleet);
  request.locality.must = in.flag();
  request.accepts_degraded = in.flag();
  return request;
}

}  // namespace stargate
