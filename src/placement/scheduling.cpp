#include "placement/scheduling.h"

namespace stargate::placement {

void Scheduling::queue_by_tenant() {
  std::vector<bool> converted(queues.size());
  for (Queue& queue : queues) {
    if (queue.by_tenant) continue;
    converted[queue.id.value] = true;
    queue.by_tenant = true;
    queue.pending.clear();
    queue.by_estimate.clear();
    queue.pending_jobs = 0;
  }
  jobs.for_each([&](std::uint32_t slot) {
    const Job& job = jobs[slot];
    if (job.phase == Phase::kQueued && is_set(job.queue) && converted[job.queue.value]) {
      queues[job.queue.value].enqueue(job, slot);
    }
  });
}

}  // namespace stargate::placement
