#include "server/forecast.h"

#include <algorithm>

namespace stargate::server {

std::optional<StartForecast> forecast_start(core::Engine& fork, JobId id, std::size_t ends_most) {
  StartForecast forecast;
  EventBatch batch;
  const auto& scheduling = fork.state().scheduling();
  while (true) {
    const placement::Job* job = scheduling.jobs.find(id);
    if (job->holds_gpus()) {
      forecast.at = job->assigned;
      return forecast;
    }
    if (!is_set(job->queue) || forecast.ends.size() == ends_most) return std::nullopt;
    const QueueId queue = job->queue;
    const auto first = scheduling.queues[queue.value].held.first();
    if (!first) return std::nullopt;
    const JobId ends = first->key.job;
    const Instant at = std::max(first->key.end, fork.state().now());
    forecast.ends.push_back(ends);
    batch.clear();
    fork.execute({at, command::Exited{ends}}, batch);
    fork.execute({at, command::Schedule{queue}}, batch);
  }
}

}  // namespace stargate::server
