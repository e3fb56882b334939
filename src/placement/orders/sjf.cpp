// sjf: shortest job first, by its estimate as submitted. Never preempts.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kSjfOrder;
const Order kSjfOrder{OrderKind::kSjf, "sjf", false, false,
                      [](const Job& job, Instant) { return Int128{job.estimate.us}; }};

}  // namespace stargate::placement
