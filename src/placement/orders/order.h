#pragma once

#include <span>
#include <string_view>

#include "base/wide.h"
#include "model/policy.h"
#include "placement/job.h"

namespace stargate::placement {

/// A queue order: who goes first. Each is a file in this folder, with its contract in its header
/// comment; orders.cpp has the table of them.
struct Order {
  OrderKind kind;
  const char* name;
  /// A waiting job may stop running ones whose key is greater than its own.
  bool preempts;
  /// Jobs queue by tenant, and tenants go in the order of fair share.
  bool by_tenant;
  /// Smaller goes first, ties in order of submission. Does not change while a job is queued.
  Int128 (*key)(const Job& job, Instant at);
};

const Order& order_of(OrderKind kind);
std::span<const Order* const> all_orders();

/// Thresholds of `las`: the level of a job that has held `gpus` GPUs for `attained`, and how long
/// it takes from there until the next level (a negative length where there is none).
std::uint32_t service_level_of(std::uint32_t gpus, Duration attained);
Duration until_next_service_level(std::uint32_t gpus, Duration attained);

}  // namespace stargate::placement
