// fair-share: the tenant that has used least for its weight first. At each level of the tree of
// tenants, siblings go by their decayed use divided by their weight (see Tenants for the half-life and
// its error), ties by their number; a tenant's own jobs in order of submission, before those of its
// children. Never preempts.

#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kFairShareOrder;
const Order kFairShareOrder{OrderKind::kFairShare, "fair-share", false, true,
                            [](const Job&, Instant) { return Int128{0}; }};

}  // namespace stargate::placement
