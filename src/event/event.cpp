#include "event/event.h"

namespace stargate {

void EventBatch::clear() {
  events.clear();
  ranges.clear();
  queues.clear();
  tenants.clear();
  requests.clear();
  definitions.clear();
  acts.clear();
}

}  // namespace stargate
