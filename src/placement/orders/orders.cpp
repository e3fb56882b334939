#include "base/check.h"
#include "placement/orders/order.h"

namespace stargate::placement {

extern const Order kFifoOrder;
extern const Order kSjfOrder;
extern const Order kSrtfOrder;
extern const Order kSrsfOrder;
extern const Order kLasOrder;
extern const Order kPriorityOrder;
extern const Order kFairShareOrder;

namespace {

constexpr const Order* kOrders[] = {&kFifoOrder, &kSjfOrder,      &kSrtfOrder,     &kSrsfOrder,
                                    &kLasOrder,  &kPriorityOrder, &kFairShareOrder};

}  // namespace

std::span<const Order* const> all_orders() { return kOrders; }

const Order& order_of(OrderKind kind) {
  for (const Order* order : kOrders) {
    if (order->kind == kind) return *order;
  }
  STARGATE_CHECK(false, "every kind of order is in the table");
}

}  // namespace stargate::placement
