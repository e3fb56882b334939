// srsf: shortest remaining service first: remaining time times GPUs. A job that waits preempts those
// with strictly more left.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kSrsfOrder;
const Order kSrsfOrder{OrderKind::kSrsf, "srsf", true, false, [](const Job& job, Instant at) {
                         return Int128{job.left(at).us} * job.gpus;
                       }};

}  // namespace stargate::placement
