// las: least attained service, in levels. A job's service is the GPUs it holds times the time for
// which it has held GPUs; level 0 is below 1 GPU hour, level n below 4^n GPU hours, and the last one
// is kLevels - 1. A lower level goes first; a job that waits preempts those on a higher level. Within
// a level jobs go in order of submission and leave each other alone, so that two jobs never take
// turns at every event.

#include "placement/orders/order.h"

namespace stargate::placement {
namespace {

constexpr std::uint32_t kLevels = 12;

Int128 threshold_gpu_us(std::uint32_t level) { return Int128{hours(1).us} << (2 * level); }

}  // namespace

std::uint32_t service_level_of(std::uint32_t gpus, Duration attained) {
  const Int128 service = Int128{attained.us} * gpus;
  std::uint32_t level = 0;
  while (level + 1 < kLevels && service >= threshold_gpu_us(level)) ++level;
  return level;
}

Duration until_next_service_level(std::uint32_t gpus, Duration attained) {
  const std::uint32_t level = service_level_of(gpus, attained);
  if (level + 1 >= kLevels || gpus == 0) return {-1};
  const Int128 missing = threshold_gpu_us(level) - Int128{attained.us} * gpus;
  return {static_cast<std::int64_t>((missing + gpus - 1) / gpus)};
}

extern const Order kLasOrder;
const Order kLasOrder{OrderKind::kLas, "las", true, false,
                      [](const Job& job, Instant) { return Int128{job.service_level}; }};

}  // namespace stargate::placement
