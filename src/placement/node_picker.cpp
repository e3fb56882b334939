#include "placement/node_picker.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace stargate::placement {
namespace {

/// The items of the bucket from `first`, which is in it, that follow without a gap before `end`,
/// within one word.
std::uint32_t run_at(const BucketBits& bits, std::uint32_t bucket, std::uint32_t first,
                     std::uint32_t end) {
  const std::uint64_t word = bits.word(bucket, first / 64) >> (first % 64);
  const auto run = static_cast<std::uint32_t>(std::countr_one(word));
  return std::min(run, end - first);
}

}  // namespace

GpuMask lowest_gpus(GpuMask mask, std::uint32_t count) {
  const auto have = bits_in(mask);
  if (have == count) return mask;
  if (mask == all_gpus(have)) return all_gpus(count);
  GpuMask rest = mask;
  for (std::uint32_t at = 0; at < count; ++at) rest &= rest - 1;
  return mask & ~rest;
}

void RangeSink::finish() {
  if (out_.size() - begin_ < 2) return;
  const auto begin = out_.begin() + static_cast<std::ptrdiff_t>(begin_);
  const auto before = [](const NodeRange& a, const NodeRange& b) { return a.first < b.first; };
  // They come as a few ascending runs: merge those, two and two.
  auto run = std::is_sorted_until(begin, out_.end(), before);
  if (run == out_.end()) return;
  while (run != out_.end()) {
    for (auto from = begin; from != out_.end();) {
      const auto middle = std::is_sorted_until(from, out_.end(), before);
      const auto end = std::is_sorted_until(middle, out_.end(), before);
      if (middle != end) std::inplace_merge(from, middle, end, before);
      from = end;
    }
    run = std::is_sorted_until(begin, out_.end(), before);
  }
  auto last = begin;
  for (auto at = begin + 1; at != out_.end(); ++at) {
    if (last->first + last->count == at->first && last->mask == at->mask) {
      last->count += at->count;
    } else {
      *++last = *at;
    }
  }
  out_.erase(last + 1, out_.end());
}

NodePicker::Nodes NodePicker::clip(std::uint32_t node_class, Nodes nodes) const {
  return {nodes.first, std::min(nodes.end, shape_.classes()[node_class].end)};
}

std::uint32_t NodePicker::fewest(std::uint32_t node_class, std::uint32_t k, std::uint32_t k_max,
                                 Nodes nodes) const {
  const BucketBits& bits = view_.nodes(node_class);
  const Nodes within = clip(node_class, nodes);
  std::uint64_t filled = view_.filled(node_class) & (~std::uint64_t{0} << (k - 1));
  for (; filled != 0; filled &= filled - 1) {
    const auto free = static_cast<std::uint32_t>(std::countr_zero(filled)) + 1;
    if (free > k_max) break;
    const std::uint32_t node = bits.next(free, within.first, within.end);
    if (node != kNone) return node;
  }
  return kNone;
}

std::uint32_t NodePicker::lowest(std::uint32_t node_class, std::uint32_t k, std::uint32_t k_max,
                                 Nodes nodes) const {
  const BucketBits& bits = view_.nodes(node_class);
  Nodes within = clip(node_class, nodes);
  std::uint32_t best = kNone;
  std::uint64_t filled = view_.filled(node_class) & (~std::uint64_t{0} << (k - 1));
  for (; filled != 0; filled &= filled - 1) {
    const auto free = static_cast<std::uint32_t>(std::countr_zero(filled)) + 1;
    if (free > k_max) break;
    const std::uint32_t node = bits.next(free, within.first, within.end);
    if (node != kNone) best = within.end = node;
  }
  return best;
}

void NodePicker::take_fewest(std::uint32_t node_class, std::uint32_t k, std::uint32_t count,
                             std::uint32_t last, Nodes nodes, RangeSink& sink) const {
  const BucketBits& bits = view_.nodes(node_class);
  const Nodes within = clip(node_class, nodes);
  const std::uint32_t size = shape_.classes()[node_class].size;
  // The last node is taken by itself where it gives less than the others.
  std::uint32_t rest = last == k ? count : count - 1;
  bool last_waits = last != k;
  std::uint64_t filled = view_.filled(node_class) & (~std::uint64_t{0} << (k - 1));
  for (; filled != 0; filled &= filled - 1) {
    const auto free = static_cast<std::uint32_t>(std::countr_zero(filled)) + 1;
    std::uint32_t node = within.first;
    while (true) {
      if (rest == 0 && !last_waits) return;
      node = bits.next(free, node, within.end);
      if (node == kNone) break;
      if (rest == 0) {
        sink.add(node, 1, lowest_gpus(free_[node], last));
        return;
      }
      std::uint32_t run = 1;
      if (free == size) {
        run = std::min(run_at(bits, free, node, within.end), rest);
        sink.add(node, run, all_gpus(k));
      } else {
        sink.add(node, 1, lowest_gpus(free_[node], k));
      }
      node += run;
      rest -= run;
    }
  }
  STARGATE_CHECK(rest == 0 && !last_waits, "the nodes that were counted are there");
}

std::uint32_t NodePicker::take_lowest(std::uint32_t node_class, std::uint32_t k,
                                      std::uint32_t count, std::uint32_t last, Nodes nodes,
                                      RangeSink& sink) const {
  const BucketBits& bits = view_.nodes(node_class);
  const Nodes within = clip(node_class, nodes);
  const std::uint32_t size = shape_.classes()[node_class].size;
  std::uint32_t node = within.first;
  while (count > 0) {
    node = lowest(node_class, k, size, {node, within.end});
    STARGATE_CHECK(node != kNone, "the nodes that were counted are there");
    // All that are left of the word, whatever bucket they are in.
    std::uint64_t word = 0;
    for (std::uint32_t free = k; free <= size; ++free) word |= bits.word(free, node / 64);
    word &= ~std::uint64_t{0} << (node % 64);
    const std::uint32_t base = node / 64 * 64;
    for (; word != 0 && count > 0; word &= word - 1, --count) {
      node = base + static_cast<std::uint32_t>(std::countr_zero(word));
      if (node >= within.end) break;
      sink.add(node, 1, lowest_gpus(free_[node], count == 1 ? last : k));
    }
    if (count == 0) return node + 1;
    node = base + 64;
  }
  return node;
}

std::uint32_t NodePicker::fewest_of(KindMask kinds, std::uint32_t k, Nodes nodes) const {
  std::uint32_t best = kNone;
  std::uint32_t best_free = kMaxGpusPerNode + 1;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    if (!shape_.accepts(kinds, at) || shape_.classes()[at].size < k) continue;
    const std::uint32_t node = fewest(at, k, std::min(best_free, shape_.classes()[at].size), nodes);
    if (node == kNone) continue;
    const auto free = bits_in(free_[node]);
    if (free < best_free || node < best) {
      best = node;
      best_free = free;
    }
  }
  return best;
}

std::uint32_t NodePicker::lowest_of(KindMask kinds, std::uint32_t k, Nodes nodes) const {
  std::uint32_t best = kNone;
  for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
    const std::uint32_t size = shape_.classes()[at].size;
    if (!shape_.accepts(kinds, at) || size < k) continue;
    best = std::min(best, lowest(at, k, size, {nodes.first, std::min(nodes.end, best)}));
  }
  return best;
}

void NodePicker::take_gpus_fewest(KindMask kinds, std::uint64_t gpus, Nodes nodes,
                                  RangeSink& sink) const {
  for (std::uint32_t free = 1; free <= kMaxGpusPerNode && gpus > 0; ++free) {
    std::uint32_t from = nodes.first;
    while (gpus > 0) {
      // The lowest node of this bucket over all classes, and where the next class has its own.
      std::uint32_t node = kNone;
      std::uint32_t next = nodes.end;
      std::uint32_t found = 0;
      for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
        if (!shape_.accepts(kinds, at) || ((view_.filled(at) >> (free - 1)) & 1) == 0) continue;
        const std::uint32_t here = view_.nodes(at).next(free, from, clip(at, nodes).end);
        if (here == kNone) continue;
        if (here < node) {
          if (node != kNone) next = std::min(next, node);
          node = here;
          found = at;
        } else {
          next = std::min(next, here);
        }
      }
      if (node == kNone) break;
      // All that are left of its word, as far as the next class.
      const std::uint32_t base = node / 64 * 64;
      std::uint64_t word = view_.nodes(found).word(free, node / 64);
      word &= ~std::uint64_t{0} << (node % 64);
      for (; word != 0; word &= word - 1) {
        node = base + static_cast<std::uint32_t>(std::countr_zero(word));
        if (node >= next) break;
        if (gpus < free) {
          sink.add(node, 1, lowest_gpus(free_[node], static_cast<std::uint32_t>(gpus)));
          return;
        }
        sink.add(node, 1, free_[node]);
        gpus -= free;
        from = node + 1;
        if (gpus == 0) return;
      }
    }
  }
  STARGATE_CHECK(gpus == 0, "the GPUs that were counted are there");
}

void NodePicker::take_gpus_lowest(KindMask kinds, std::uint64_t gpus, Nodes nodes,
                                  RangeSink& sink) const {
  std::uint32_t from = nodes.first;
  while (gpus > 0) {
    std::uint32_t node = lowest_of(kinds, 1, {from, nodes.end});
    STARGATE_CHECK(node != kNone, "the GPUs that were counted are there");
    // All that are left of the word, whatever class and bucket they are in.
    const std::uint32_t index = node / 64;
    std::uint64_t word = 0;
    for (std::uint32_t at = 0; at < shape_.classes().size(); ++at) {
      if (!shape_.accepts(kinds, at) || index * 64 >= shape_.classes()[at].end) continue;
      for (std::uint32_t free = 1; free <= shape_.classes()[at].size; ++free) {
        word |= view_.nodes(at).word(free, index);
      }
    }
    word &= ~std::uint64_t{0} << (node % 64);
    for (; word != 0 && gpus > 0; word &= word - 1) {
      node = index * 64 + static_cast<std::uint32_t>(std::countr_zero(word));
      if (node >= nodes.end) break;
      const GpuMask mask = free_[node];
      const auto take = static_cast<std::uint32_t>(std::min<std::uint64_t>(bits_in(mask), gpus));
      sink.add(node, 1, lowest_gpus(mask, take));
      gpus -= take;
    }
    from = index * 64 + 64;
  }
}

}  // namespace stargate::placement
