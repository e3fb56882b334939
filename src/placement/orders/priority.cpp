// priority: the greater priority first, then in order of submission. A job that waits preempts those
// with a strictly smaller priority.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kPriorityOrder;
const Order kPriorityOrder{OrderKind::kPriority, "priority", true, false,
                           [](const Job& job, Instant) { return -Int128{job.priority}; }};

}  // namespace stargate::placement
