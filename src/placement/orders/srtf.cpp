// srtf: shortest remaining time first: the estimate less the work that is done. A job that waits
// preempts those with strictly more left.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kSrtfOrder;
const Order kSrtfOrder{OrderKind::kSrtf, "srtf", true, false,
                       [](const Job& job, Instant at) { return Int128{job.left(at).us}; }};

}  // namespace stargate::placement
