#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"

namespace stargate::placement {

/// An ordered map (B+ tree) whose inner nodes carry a summary of what is below them, so that a
/// search can pass over whole subtrees. Insert, erase and every search that prunes well cost
/// O(log n); nodes lie in flat arrays, so that a copy is a few block copies.
///
/// Key: totally ordered by <, distinct. Summary: default-constructed for nothing, with
///   void add(const Item&); void add(const Summary&);
///   bool remove(const Item&);  // false: what it says of the item's like has to be found anew, by
///   void forget_like(const Item&);  // this, and then, for each that is left,
///   void add_like(const Item&, const Item& left); void add_like(const Item&, const Summary& left);
template <class Key, class Item, class Summary>
class OrderedTree {
 public:
  struct Found {
    Key key;
    Item item;
  };

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Summary& summary() const { return root_summary_; }

  /// REQUIRES: the key is not there.
  void insert(const Key& key, const Item& item) {
    if (size_ == 0) {
      root_ = new_leaf();
      height_ = 0;
    }
    const std::optional<Split> split = insert_below(root_, height_, key, item);
    if (split) {
      const std::uint32_t top = new_inner();
      Inner& inner = inners_[top];
      inner.count = 2;
      inner.child[0] = root_;
      inner.first[0] = first_key(root_, height_);
      inner.summary[0] = summary_of(root_, height_);
      inner.child[1] = split->node;
      inner.first[1] = split->first;
      inner.summary[1] = summary_of(split->node, height_);
      root_ = top;
      ++height_;
    }
    root_summary_.add(item);
    ++size_;
  }

  /// REQUIRES: the key is there.
  void erase(const Key& key) {
    STARGATE_CHECK(size_ > 0, "a key is erased from a tree that holds it");
    const Item item = erase_below(root_, height_, key);
    --size_;
    while (height_ > 0 && inners_[root_].count == 1) {
      const std::uint32_t only = inners_[root_].child[0];
      free_inner(root_);
      root_ = only;
      --height_;
    }
    if (size_ == 0) {
      free_leaf(root_);
      root_summary_ = Summary{};
    } else {
      remove_from(root_summary_, item, root_, height_);
    }
  }

  /// The first entry after `after` (from the start where it is null) that `item_fits`, among the
  /// subtrees whose summary `may_hold` one.
  template <class MayHold, class ItemFits>
  std::optional<Found> find_first(const Key* after, MayHold may_hold, ItemFits item_fits) const {
    if (size_ == 0 || !may_hold(root_summary_)) return std::nullopt;
    return find_below(root_, height_, after, may_hold, item_fits);
  }

  std::optional<Found> first() const {
    if (size_ == 0) return std::nullopt;
    std::uint32_t node = root_;
    for (std::uint32_t height = height_; height > 0; --height) node = inners_[node].child[0];
    return Found{leaves_[node].keys[0], leaves_[node].items[0]};
  }

  std::optional<Found> next(const Key* after) const {
    return find_first(
        after, [](const Summary&) { return true; }, [](const Key&, const Item&) { return true; });
  }

  std::optional<Found> last() const {
    if (size_ == 0) return std::nullopt;
    std::uint32_t node = root_;
    for (std::uint32_t height = height_; height > 0; --height) {
      node = inners_[node].child[inners_[node].count - 1];
    }
    const Leaf& leaf = leaves_[node];
    return Found{leaf.keys[leaf.count - 1], leaf.items[leaf.count - 1]};
  }

  /// The last entry whose key is not after `last`.
  std::optional<Found> last_up_to(const Key& last) const {
    if (size_ == 0) return std::nullopt;
    std::uint32_t node = root_;
    for (std::uint32_t height = height_; height > 0; --height) {
      node = inners_[node].child[child_for(inners_[node], last)];
    }
    const Leaf& leaf = leaves_[node];
    std::uint32_t at = lower_bound(leaf, last);
    if (at < leaf.count && !(last < leaf.keys[at])) ++at;
    if (at == 0) return std::nullopt;
    return Found{leaf.keys[at - 1], leaf.items[at - 1]};
  }

  /// The first entry at which the summary of everything up to and including it is `enough`, a
  /// condition that stays true once it is.
  template <class Enough>
  std::optional<Found> find_prefix(Enough enough) const {
    if (size_ == 0 || !enough(root_summary_)) return std::nullopt;
    Summary before;
    std::uint32_t node = root_;
    for (std::uint32_t height = height_; height > 0; --height) {
      const Inner& inner = inners_[node];
      std::uint32_t at = 0;
      for (;; ++at) {
        Summary with = before;
        with.add(inner.summary[at]);
        if (enough(with)) break;
        before = with;
      }
      node = inner.child[at];
    }
    const Leaf& leaf = leaves_[node];
    for (std::uint32_t at = 0;; ++at) {
      before.add(leaf.items[at]);
      if (enough(before)) return Found{leaf.keys[at], leaf.items[at]};
    }
  }

  /// The summary of every entry whose key is not after `last`.
  Summary summary_up_to(const Key& last) const {
    Summary sum;
    if (size_ == 0) return sum;
    std::uint32_t node = root_;
    for (std::uint32_t height = height_; height > 0; --height) {
      const Inner& inner = inners_[node];
      std::uint32_t at = 0;
      while (at + 1 < inner.count && !(last < inner.first[at + 1])) sum.add(inner.summary[at++]);
      node = inner.child[at];
    }
    const Leaf& leaf = leaves_[node];
    for (std::uint32_t at = 0; at < leaf.count && !(last < leaf.keys[at]); ++at) {
      sum.add(leaf.items[at]);
    }
    return sum;
  }

  /// Calls visit(key, item) in order until it returns false.
  template <class Visit>
  void for_each(Visit visit) const {
    if (size_ > 0) visit_below(root_, height_, nullptr, visit);
  }
  /// The same for the entries after `after`.
  template <class Visit>
  void for_each_after(const Key& after, Visit visit) const {
    if (size_ > 0) visit_below(root_, height_, &after, visit);
  }

 private:
  static constexpr std::uint32_t kLeafMax = 16;
  static constexpr std::uint32_t kInnerMax = 16;

  struct Leaf {
    std::uint32_t count = 0;
    std::array<Key, kLeafMax> keys;
    std::array<Item, kLeafMax> items;
  };
  struct Inner {
    std::uint32_t count = 0;
    std::array<std::uint32_t, kInnerMax> child;
    std::array<Key, kInnerMax> first;
    std::array<Summary, kInnerMax> summary;
  };
  struct Split {
    std::uint32_t node;
    Key first;
  };

  std::uint32_t new_leaf() {
    if (!free_leaves_.empty()) {
      const std::uint32_t node = free_leaves_.back();
      free_leaves_.pop_back();
      leaves_[node].count = 0;
      return node;
    }
    leaves_.emplace_back();
    return static_cast<std::uint32_t>(leaves_.size() - 1);
  }
  std::uint32_t new_inner() {
    if (!free_inners_.empty()) {
      const std::uint32_t node = free_inners_.back();
      free_inners_.pop_back();
      inners_[node].count = 0;
      return node;
    }
    inners_.emplace_back();
    return static_cast<std::uint32_t>(inners_.size() - 1);
  }
  void free_leaf(std::uint32_t node) { free_leaves_.push_back(node); }
  void free_inner(std::uint32_t node) { free_inners_.push_back(node); }

  const Key& first_key(std::uint32_t node, std::uint32_t height) const {
    return height == 0 ? leaves_[node].keys[0] : inners_[node].first[0];
  }
  std::uint32_t count_of(std::uint32_t node, std::uint32_t height) const {
    return height == 0 ? leaves_[node].count : inners_[node].count;
  }
  Summary summary_of(std::uint32_t node, std::uint32_t height) const {
    Summary sum;
    if (height == 0) {
      const Leaf& leaf = leaves_[node];
      for (std::uint32_t at = 0; at < leaf.count; ++at) sum.add(leaf.items[at]);
    } else {
      const Inner& inner = inners_[node];
      for (std::uint32_t at = 0; at < inner.count; ++at) sum.add(inner.summary[at]);
    }
    return sum;
  }

  /// Takes an item that is gone from below the node out of the node's summary.
  void remove_from(Summary& sum, const Item& item, std::uint32_t node, std::uint32_t height) const {
    if (sum.remove(item)) return;
    sum.forget_like(item);
    if (height == 0) {
      const Leaf& leaf = leaves_[node];
      for (std::uint32_t at = 0; at < leaf.count; ++at) sum.add_like(item, leaf.items[at]);
    } else {
      const Inner& inner = inners_[node];
      for (std::uint32_t at = 0; at < inner.count; ++at) sum.add_like(item, inner.summary[at]);
    }
  }

  /// The last child whose first key is not after `key`; the first child for a key before all.
  static std::uint32_t child_for(const Inner& inner, const Key& key) {
    // Without branches: where a key falls cannot be predicted.
    std::uint32_t low = 0;
    for (std::uint32_t left = inner.count; left > 1;) {
      const std::uint32_t half = left / 2;
      low += key < inner.first[low + half] ? 0 : half;
      left -= half;
    }
    return low;
  }
  static std::uint32_t lower_bound(const Leaf& leaf, const Key& key) {
    if (leaf.count == 0) return 0;
    std::uint32_t low = 0;
    for (std::uint32_t left = leaf.count; left > 1;) {
      const std::uint32_t half = left / 2;
      low += leaf.keys[low + half - 1] < key ? half : 0;
      left -= half;
    }
    return low + (leaf.keys[low] < key ? 1 : 0);
  }

  template <class Array, class Value>
  static void insert_at(Array& array, std::uint32_t count, std::uint32_t at, const Value& value) {
    std::copy_backward(array.begin() + at, array.begin() + count, array.begin() + count + 1);
    array[at] = value;
  }
  template <class Array>
  static void erase_at(Array& array, std::uint32_t count, std::uint32_t at) {
    std::copy(array.begin() + at + 1, array.begin() + count, array.begin() + at);
  }

  std::optional<Split> insert_below(std::uint32_t node, std::uint32_t height, const Key& key,
                                    const Item& item) {
    if (height == 0) return insert_into_leaf(node, key, item);
    const std::uint32_t at = child_for(inners_[node], key);
    const std::uint32_t child = inners_[node].child[at];
    const std::optional<Split> split = insert_below(child, height - 1, key, item);
    Inner& inner = inners_[node];
    if (key < inner.first[at]) inner.first[at] = key;
    if (!split) {
      inner.summary[at].add(item);
      return std::nullopt;
    }
    inner.summary[at] = summary_of(child, height - 1);
    return insert_child(node, at + 1, *split, summary_of(split->node, height - 1));
  }

  std::optional<Split> insert_into_leaf(std::uint32_t node, const Key& key, const Item& item) {
    std::optional<Split> split;
    if (leaves_[node].count == kLeafMax) {
      const std::uint32_t right = new_leaf();
      Leaf& from = leaves_[node];
      Leaf& to = leaves_[right];
      // Keys mostly arrive in ascending order: then the left half stays nearly full.
      const bool at_end = from.keys[kLeafMax - 1] < key;
      const std::uint32_t keep = at_end ? kLeafMax - 1 : kLeafMax / 2;
      for (std::uint32_t i = keep; i < kLeafMax; ++i) {
        to.keys[i - keep] = from.keys[i];
        to.items[i - keep] = from.items[i];
      }
      to.count = kLeafMax - keep;
      from.count = keep;
      if (!(key < to.keys[0])) node = right;
      split = Split{right, to.keys[0]};
    }
    Leaf& leaf = leaves_[node];
    const std::uint32_t at = lower_bound(leaf, key);
    STARGATE_CHECK(at == leaf.count || key < leaf.keys[at], "a key is inserted once");
    insert_at(leaf.keys, leaf.count, at, key);
    insert_at(leaf.items, leaf.count, at, item);
    ++leaf.count;
    return split;
  }

  std::optional<Split> insert_child(std::uint32_t node, std::uint32_t at, const Split& child,
                                    const Summary& summary) {
    std::optional<Split> split;
    if (inners_[node].count == kInnerMax) {
      const std::uint32_t right = new_inner();
      Inner& from = inners_[node];
      Inner& to = inners_[right];
      const std::uint32_t keep = at == kInnerMax ? kInnerMax - 1 : kInnerMax / 2;
      for (std::uint32_t i = keep; i < kInnerMax; ++i) {
        to.child[i - keep] = from.child[i];
        to.first[i - keep] = from.first[i];
        to.summary[i - keep] = from.summary[i];
      }
      to.count = kInnerMax - keep;
      from.count = keep;
      split = Split{right, to.first[0]};
      if (at > keep) {
        node = right;
        at -= keep;
      }
    }
    Inner& inner = inners_[node];
    insert_at(inner.child, inner.count, at, child.node);
    insert_at(inner.first, inner.count, at, child.first);
    insert_at(inner.summary, inner.count, at, summary);
    ++inner.count;
    return split;
  }

  Item erase_below(std::uint32_t node, std::uint32_t height, const Key& key) {
    if (height == 0) {
      Leaf& leaf = leaves_[node];
      const std::uint32_t at = lower_bound(leaf, key);
      STARGATE_CHECK(at < leaf.count && !(key < leaf.keys[at]), "the key to erase is there");
      const Item item = leaf.items[at];
      erase_at(leaf.keys, leaf.count, at);
      erase_at(leaf.items, leaf.count, at);
      --leaf.count;
      return item;
    }
    Inner& inner = inners_[node];
    const std::uint32_t at = child_for(inner, key);
    const std::uint32_t child = inner.child[at];
    const Item item = erase_below(child, height - 1, key);
    const std::uint32_t left = count_of(child, height - 1);
    if (left == 0) {
      height == 1 ? free_leaf(child) : free_inner(child);
      erase_child(inner, at);
    } else {
      inner.first[at] = first_key(child, height - 1);
      remove_from(inner.summary[at], item, child, height - 1);
      if (left < kLeafMax / 4) merge_with_neighbour(inner, at, height - 1);
    }
    return item;
  }

  static void erase_child(Inner& inner, std::uint32_t at) {
    erase_at(inner.child, inner.count, at);
    erase_at(inner.first, inner.count, at);
    erase_at(inner.summary, inner.count, at);
    --inner.count;
  }

  void merge_with_neighbour(Inner& inner, std::uint32_t at, std::uint32_t height) {
    const std::uint32_t left = at + 1 < inner.count ? at : at - 1;
    if (inner.count < 2) return;
    const std::uint32_t a = inner.child[left];
    const std::uint32_t b = inner.child[left + 1];
    const std::uint32_t together = count_of(a, height) + count_of(b, height);
    if (together > kLeafMax * 3 / 4) return;
    if (height == 0) {
      Leaf& to = leaves_[a];
      const Leaf& from = leaves_[b];
      for (std::uint32_t i = 0; i < from.count; ++i) {
        to.keys[to.count + i] = from.keys[i];
        to.items[to.count + i] = from.items[i];
      }
      to.count = together;
      free_leaf(b);
    } else {
      Inner& to = inners_[a];
      const Inner& from = inners_[b];
      for (std::uint32_t i = 0; i < from.count; ++i) {
        to.child[to.count + i] = from.child[i];
        to.first[to.count + i] = from.first[i];
        to.summary[to.count + i] = from.summary[i];
      }
      to.count = together;
      free_inner(b);
    }
    inner.summary[left].add(inner.summary[left + 1]);
    erase_child(inner, left + 1);
  }

  template <class MayHold, class ItemFits>
  std::optional<Found> find_below(std::uint32_t node, std::uint32_t height, const Key* after,
                                  MayHold& may_hold, ItemFits& item_fits) const {
    if (height == 0) {
      const Leaf& leaf = leaves_[node];
      std::uint32_t at = after == nullptr ? 0 : lower_bound(leaf, *after);
      if (after != nullptr && at < leaf.count && !(*after < leaf.keys[at])) ++at;
      for (; at < leaf.count; ++at) {
        if (item_fits(leaf.keys[at], leaf.items[at])) return Found{leaf.keys[at], leaf.items[at]};
      }
      return std::nullopt;
    }
    const Inner& inner = inners_[node];
    std::uint32_t at = after == nullptr ? 0 : child_for(inner, *after);
    for (; at < inner.count; ++at) {
      if (may_hold(inner.summary[at])) {
        auto found = find_below(inner.child[at], height - 1, after, may_hold, item_fits);
        if (found) return found;
      }
      after = nullptr;
    }
    return std::nullopt;
  }

  template <class Visit>
  bool visit_below(std::uint32_t node, std::uint32_t height, const Key* after, Visit& visit) const {
    if (height == 0) {
      const Leaf& leaf = leaves_[node];
      std::uint32_t at = after == nullptr ? 0 : lower_bound(leaf, *after);
      if (after != nullptr && at < leaf.count && !(*after < leaf.keys[at])) ++at;
      for (; at < leaf.count; ++at) {
        if (!visit(leaf.keys[at], leaf.items[at])) return false;
      }
      return true;
    }
    const Inner& inner = inners_[node];
    std::uint32_t at = after == nullptr ? 0 : child_for(inner, *after);
    for (; at < inner.count; ++at) {
      if (!visit_below(inner.child[at], height - 1, after, visit)) return false;
      after = nullptr;
    }
    return true;
  }

  std::vector<Leaf> leaves_;
  std::vector<Inner> inners_;
  std::vector<std::uint32_t> free_leaves_;
  std::vector<std::uint32_t> free_inners_;
  Summary root_summary_;
  std::uint64_t size_ = 0;
  std::uint32_t root_ = 0;
  std::uint32_t height_ = 0;
};

}  // namespace stargate::placement
