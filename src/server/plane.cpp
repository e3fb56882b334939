#include "server/plane.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "placement/route.h"
#include "server/contact.h"
#include "server/inventory_watch.h"
#include "server/job_log.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

/// So long a loop sleeps at most: executors without a descriptor are asked then.
constexpr std::int64_t kSleepMsMax = 1'000;
/// A restart re-applies at most so many entries.
constexpr std::uint64_t kEntriesPerSnapshot = 1'000'000;
/// A gang that cannot be started is tried so often, whatever its restarts are.
constexpr std::uint32_t kStartsFailedMost = 3;
/// A turn that has so many entries takes no more calls.
constexpr std::size_t kEntriesPerTurn = 2'000;
/// It pays to carry out so many calls while others become durable.
constexpr std::size_t kCallsGathered = 16;
/// Calls wait while so many entries or more are not durable.
constexpr std::uint64_t kUndurableMost = 20'000;

}  // namespace

Plane::Plane(Store& store, std::vector<Runner> runners, RunnerOf runner_of, Clock clock)
    : store_(store),
      runners_(std::move(runners)),
      runner_of_(std::move(runner_of)),
      clock_(std::move(clock)),
      wake_descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_descriptor_ < 0) throw std::runtime_error("no event descriptor is to be had");
  inventory_ = std::make_unique<InventoryWatch>();
  logs_ = std::make_unique<LogFeed>();
  committer_.emplace(store_, [this] { wake(); });
}

Plane::~Plane() {
  committer_.reset();
  close(wake_descriptor_);
}

void Plane::post(Work work, std::shared_ptr<http::Responder> responder) {
  std::size_t calls;
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back({std::move(work), std::move(responder)});
    calls = calls_.size();
  }
  // While a sync is under way, at whose end the loop wakes anyway, calls gather.
  if (calls % kCallsGathered == (committer_->is_writing() ? 0 : 1)) wake();
}

void Plane::post_look(std::function<void(Plane&)> look) {
  {
    const std::lock_guard lock(mutex_);
    looks_.push_back(std::move(look));
  }
  wake();
}

void Plane::stop() {
  stop_.store(true);
  wake();
}

void Plane::wake() {
  const std::uint64_t one = 1;
  // A counter that is full wakes as well.
  [[maybe_unused]] const auto written = write(wake_descriptor_, &one, sizeof one);
}

void Plane::run() {
  begin();
  while (!stop_.load()) {
    turn();
    wait();
  }
  step();
  takes_calls_ = false;
  while (!taken_.empty()) step();
  feed().close();
  logs_->close();
  if (store_.entries_since_image() > 0) store_.take_snapshot();
}

void Plane::wait() {
  std::vector<pollfd> descriptors{{wake_descriptor_, POLLIN, 0}};
  Instant due = std::min(state().next_instant(), logs_->due());
  for (const Runner& runner : runners_) {
    const int descriptor = runner.executor->wake_descriptor();
    if (descriptor >= 0) descriptors.push_back({descriptor, POLLIN, 0});
    due = std::min(due, runner.executor->next_wake());
  }
  std::int64_t sleep_ms = kSleepMsMax;
  if (!taken_.empty() && !is_held_up()) {
    sleep_ms = 0;
  } else if (due != kNever) {
    sleep_ms = std::clamp<std::int64_t>((due - clock_()).us / 1'000 + 1, 0, kSleepMsMax);
  }
  if (poll(descriptors.data(), descriptors.size(), static_cast<int>(sleep_ms)) < 0 &&
      errno != EINTR) {
    throw std::runtime_error("poll failed");
  }
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(wake_descriptor_, &count, sizeof count);
}

void Plane::step() {
  turn();
  committer_->wait();
  settle();
}

void Plane::turn() {
  at_ = std::max(clock_(), store_.now());
  // 1. Executors and streams hear of what has become durable.
  settle();
  // 2. What really happened. 3. What is asked. 4. What falls due. 5. What can start.
  take_reports();
  take_calls();
  if (state().next_instant() <= at_) execute(command::Advance{});
  watch_contact(*this);
  inventory_->look(*this);
  schedule();
  // 6. All of it becomes durable, or nobody hears of it; then those who asked are answered.
  hand_over();
  settle();
  logs_->pump(*this, store_.last_index(), store_.durable_index());
}

void Plane::hand_over() {
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(looks_, std::back_inserter(next_.looks));
    looks_.clear();
  }
  if (!next_.is_empty()) {
    next_.index = store_.last_index();
    consequences_.push_back(std::exchange(next_, {}));
  }
  Committer::Batch batch{store_.take_staged(), std::exchange(replies_, {}), std::nullopt};
  if (store_.entries_since_image() >= kEntriesPerSnapshot) batch.image = store_.take_image();
  committer_->give(std::move(batch));
}

void Plane::settle() {
  committer_->check();
  const std::uint64_t durable = store_.durable_index();
  while (!consequences_.empty() && consequences_.front().index <= durable) {
    const Consequences done = std::move(consequences_.front());
    consequences_.pop_front();
    act(done);
    feed().flush(durable);
    for (const auto& look : done.looks) look(*this);
  }
  feed().flush(durable);
}

bool Plane::is_held_up() const {
  return store_.last_index() - store_.durable_index() >= kUndurableMost;
}

void Plane::take_calls() {
  std::vector<Call> calls;
  if (takes_calls_) {
    const std::lock_guard lock(mutex_);
    calls.swap(calls_);
  }
  std::ranges::move(calls, std::back_inserter(taken_));
  while (!taken_.empty() && !is_held_up() && store_.staged() < kEntriesPerTurn) {
    const Call call = std::move(taken_.front());
    taken_.pop_front();
    ++requests_;
    Outcome outcome;
    try {
      outcome = call.work(*this);
    } catch (const Problem& problem) {
      outcome = answer_of(problem);
    } catch (const Json::exception& error) {
      spdlog::error("a request failed: {}", error.what());
      outcome = answer_of(Problem(500, "internal", "the request could not be carried out"));
    }
    if (outcome.then) {
      next_.looks.push_back(std::move(outcome.then));
    } else {
      replies_.push_back({call.responder, std::move(outcome)});
    }
  }
}

Reason Plane::execute(Command::Body body, const Json& note) {
  see(store_.execute(at_, std::move(body), note));
  return store_.refusal();
}

Reason Plane::execute(Command::Body body) {
  see(store_.execute(at_, std::move(body)));
  return store_.refusal();
}

Reason Plane::execute(Command::Body body, const SubmissionNote& note, std::string_view job) {
  see(store_.execute(at_, std::move(body), note, job));
  return store_.refusal();
}

void Plane::see(const EventBatch& batch) {
  for (const Event& event : batch.events) {
    if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      next_.to_start.push_back(gang_of(assigned->job));
    } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
      next_.to_stop.push_back(gang_of(stop->job));
    } else if (const auto* routed = std::get_if<event::JobRouted>(&event.body)) {
      touch(routed->queue);
    } else if (const auto* health = std::get_if<event::HealthChanged>(&event.body)) {
      touch(health->queue);
    } else if (const auto* changed = std::get_if<event::UnavailableChanged>(&event.body)) {
      touch(changed->queue);
    } else if (const auto* opened = std::get_if<event::OrderOpened>(&event.body)) {
      touch(opened->queue);
    } else if (std::holds_alternative<event::PermissionsChanged>(event.body)) {
      for (const QueueId queue : placement::queues_to_try(state().scheduling())) touch(queue);
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      const QueueId queue = tables().find(released->job)->queue;
      if (is_set(queue)) {
        touch(queue);
      } else {
        touch_waiting();
      }
      // What lost its place there may find one elsewhere.
      if (released->reason == Reason::kNodeLost) touch_with_room();
    } else if (std::holds_alternative<event::JobUnrouted>(event.body) ||
               std::holds_alternative<event::JobCancelled>(event.body) ||
               std::holds_alternative<event::ReservationEnded>(event.body)) {
      // Whoever was behind it may go first now; which queue it left is not told.
      touch_waiting();
    }
  }
}

void Plane::touch_with_room() {
  for (const QueueId queue : placement::queues_with_room(state().scheduling())) touch(queue);
}

void Plane::touch_waiting() {
  for (const auto& queue : state().scheduling().queues) {
    if (queue.pending_jobs > 0) touch(queue.id);
  }
}

void Plane::touch(QueueId queue) {
  if (is_set(queue) && std::ranges::find(touched_, queue) == touched_.end()) {
    touched_.push_back(queue);
  }
}

void Plane::schedule() {
  while (!touched_.empty()) {
    const std::vector<QueueId> queues = std::exchange(touched_, {});
    for (const QueueId queue : queues) {
      if (queue.value < state().scheduling().queues.size()) execute(command::Schedule{queue});
    }
  }
}

OrderId Plane::order_of(QueueId queue) const {
  const auto& places = state().scheduling().market.places;
  return queue.value < places.size() ? places[queue.value].order : kNo<OrderId>;
}

executor::Executor* Plane::executor_of(JobId id) {
  const Job* job = tables().find(id);
  if (job == nullptr || !is_set(job->queue)) return nullptr;
  return &executor_of(order_of(job->queue));
}

executor::Start Plane::start_of(const Job& job) const {
  executor::Start start;
  start.job = job.id;
  start.epoch = job.epoch;
  start.name = job.spec->name;
  start.ranges = job.ranges;
  start.expected = job.spec->estimate();
  executor::Program& program = start.program;
  program.argv = job.spec->command;
  program.environment = job.spec->environment;
  program.directory = job.spec->directory;
  program.processes_per_node = job.spec->processes_per_node;
  program.time_limit = job.spec->time_limit;
  program.warning_signal = signal_of(job.spec->signal);
  program.grace = job.spec->grace;
  program.memory_bytes_max = job.spec->memory_bytes_max;
  return start;
}

Plane::Gang Plane::gang_of(JobId id) const { return {id, tables().find(id)->epoch}; }

void Plane::act(const Consequences& consequences) {
  for (const auto& [executor, report] : consequences.to_acknowledge) {
    executor->acknowledge(report);
  }
  // What was decided since may not be durable: only the epochs of then are spoken of.
  const auto job_of = [&](const Gang& gang) {
    const Job* job = tables().find(gang.job);
    const bool holds = job != nullptr && job->epoch == gang.epoch &&
                       (job->state == JobState::kStarting || job->state == JobState::kRunning ||
                        job->state == JobState::kStopping);
    return holds ? job : nullptr;
  };
  for (const Gang& gang : consequences.to_start) {
    const Job* job = job_of(gang);
    if (job == nullptr) continue;
    if (executor::Executor* executor = executor_of(gang.job)) executor->start(start_of(*job));
  }
  for (const Gang& gang : consequences.to_resume) {
    const Job* job = job_of(gang);
    if (job == nullptr) continue;
    if (executor::Executor* executor = executor_of(gang.job)) {
      executor->resume(start_of(*job), job->started);
    }
  }
  for (const Gang& gang : consequences.to_stop) {
    if (job_of(gang) == nullptr) continue;
    if (executor::Executor* executor = executor_of(gang.job)) executor->stop(gang.job, gang.epoch);
  }
}

void Plane::take_reports() {
  for (Runner& runner : runners_) {
    for (const executor::Report& report : runner.executor->poll()) take(*runner.executor, report);
  }
}

void Plane::take(executor::Executor& executor, const executor::Report& report) {
  next_.to_acknowledge.emplace_back(&executor, report);
  const Job* job = tables().find(report.job);
  const placement::Job* held = state().scheduling().jobs.find(report.job);
  if (job == nullptr || held == nullptr || !held->holds_gpus() || job->epoch != report.epoch) {
    return;  // it is said again, or too late
  }
  if (report.outcome == executor::Outcome::kStarted) {
    if (report.devices.empty()) {
      execute(command::Started{report.job});
    } else {
      execute(command::Started{report.job},
              {{"started", {{"job", report.job.value}, {"devices", report.devices}}}});
    }
    return;
  }
  const bool timed_out = report.outcome == executor::Outcome::kTimedOut;
  const bool start_failed = report.outcome == executor::Outcome::kFailedToStart;
  const bool failed = start_failed || timed_out ||
                      (report.outcome == executor::Outcome::kExited && report.exit_status != 0);
  const Json note{{"exit",
                   {{"job", report.job.value},
                    {"status", start_failed && report.exit_status == 0 ? 127 : report.exit_status},
                    {"rank", report.rank},
                    {"timed_out", timed_out},
                    {"failed", failed},
                    {"detail", report.detail}}}};
  const Duration saved = saved_by(*job, report.at);
  const std::uint32_t failures = job->failures;
  const bool again = failures < job->spec->restarts;
  switch (report.outcome) {
    case executor::Outcome::kStarted: break;
    case executor::Outcome::kStopped: execute(command::Stopped{report.job, saved}, note); break;
    case executor::Outcome::kLost: execute(command::Lost{report.job, saved}, note); break;
    case executor::Outcome::kFailedToStart:
      if (again && failures < kStartsFailedMost) {
        execute(command::FailedToStart{report.job}, note);
      } else {
        execute(command::Exited{report.job}, note);
      }
      break;
    case executor::Outcome::kExited:
    case executor::Outcome::kTimedOut:
      if (failed && !timed_out && again && job->state != JobState::kStopping) {
        execute(command::Lost{report.job, saved}, note);
      } else {
        execute(command::Exited{report.job}, note);
      }
      break;
  }
}

std::optional<std::size_t> Plane::runner_holding(const Job& job) const {
  if (has_ended(job.state)) return std::nullopt;
  const placement::Job* held = state().scheduling().jobs.find(job.id);
  if (held == nullptr || !held->holds_gpus()) return std::nullopt;
  return runner_of(order_of(job.queue));
}

Duration Plane::saved_by(const Job& job, Instant at) const {
  const placement::Job& held = *state().scheduling().jobs.find(job.id);
  if (job.spec->checkpoint_interval.us <= 0 || job.started == kNever) return held.saved;
  const Duration worked = std::max(at - job.started, Duration{});
  const Duration kept{worked.us - worked.us % job.spec->checkpoint_interval.us};
  return std::min(held.saved + kept, held.estimate);
}

void Plane::begin() {
  at_ = std::max(clock_(), store_.now());
  reconcile(std::nullopt);
  for (const auto& queue : state().scheduling().queues) touch(queue.id);
  act(std::exchange(next_, {}));
}

void Plane::reconcile(std::optional<std::size_t> only) {
  std::vector<std::vector<executor::Executor::Known>> known(runners_.size());
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (!only || *only == i) known[i] = runners_[i].executor->known();
  }
  for (const Job& job : tables().jobs()) {
    const std::optional<std::size_t> runner = runner_holding(job);
    if (!runner || (only && only != runner)) continue;
    const bool is_known = std::ranges::any_of(known[*runner], [&](const auto& run) {
      return run.job == job.id && run.epoch == job.epoch;
    });
    if (job.state == JobState::kStarting ||
        (job.state == JobState::kStopping && job.started == kNever)) {
      next_.to_start.push_back({job.id, job.epoch});
    } else if (!is_known) {
      next_.to_resume.push_back({job.id, job.epoch});
    }
    if (job.state == JobState::kStopping) next_.to_stop.push_back({job.id, job.epoch});
  }
}

}  // namespace stargate::server
