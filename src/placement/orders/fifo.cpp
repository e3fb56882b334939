// fifo: in order of submission. A job that was preempted or lost keeps its place. Never preempts.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kFifoOrder;
const Order kFifoOrder{OrderKind::kFifo, "fifo", false, false,
                       [](const Job&, Instant) { return Int128{0}; }};

}  // namespace stargate::placement
