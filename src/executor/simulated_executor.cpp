#include "executor/simulated_executor.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace stargate::executor {

SimulatedExecutor::SimulatedExecutor(SimulatedOptions options) : options_(std::move(options)) {
  STARGATE_CHECK(options_.clock != nullptr, "a simulation needs a clock");
  STARGATE_CHECK(options_.speed > 0, "time goes forward");
}

Duration SimulatedExecutor::by_the_clock(Duration length) const {
  const double length_us = std::ceil(static_cast<double>(length.us) / options_.speed);
  return length_us < static_cast<double>(kLongest.us)
             ? Duration{static_cast<std::int64_t>(length_us)}
             : kLongest;
}

void SimulatedExecutor::resume(const Start& start, Instant started) {
  std::uint64_t& latest = latest_[start.job];
  latest = std::max(latest, start.epoch);
  if (!gangs_.contains({start.job, start.epoch})) run(start, started, true);
}

void SimulatedExecutor::vanish() {
  if (is_reachable_) vanished_ = options_.clock();
  is_reachable_ = false;
}

void SimulatedExecutor::come_back() {
  if (is_reachable_) return;
  is_reachable_ = true;
  const Instant fenced = vanished_ + options_.lease;
  if (options_.clock() < fenced) return;
  for (auto& [key, gang] : gangs_) {
    if (gang.end_said || gang.end.at <= fenced) continue;
    end_at(key, gang, fenced, Outcome::kLost, 0);
    gang.end.detail = "it was out of contact for longer than its lease";
  }
}

bool SimulatedExecutor::simulate_contact(bool is_there) {
  is_there ? come_back() : vanish();
  return true;
}

std::vector<Node> SimulatedExecutor::inventory() {
  std::vector<Node> nodes = options_.inventory ? options_.inventory() : options_.nodes;
  if (!is_reachable_) {
    for (Node& node : nodes) node.healthy = false;
  }
  return nodes;
}

void SimulatedExecutor::start(const Start& start) {
  if (!is_reachable_) return;
  const auto latest = latest_.find(start.job);
  if (latest != latest_.end() && start.epoch <= latest->second) return;
  latest_[start.job] = start.epoch;
  run(start, options_.clock() + options_.start_delay, false);
}

void SimulatedExecutor::run(const Start& start, Instant start_at, bool start_said) {
  const Key key{start.job, start.epoch};
  Gang& gang = gangs_[key];
  gang.start_at = start_at;
  gang.start_said = start_said;
  gang.end.job = start.job;
  gang.end.epoch = start.epoch;
  gang.end.at = kNever;
  if (!start_said) due_.emplace(start_at, key, false);
  const Duration limit = start.program.time_limit;
  if (limit > Duration{} && (start.expected == Duration{} || limit < start.expected)) {
    end_at(key, gang, start_at + by_the_clock(limit), Outcome::kTimedOut, 0);
  } else if (start.expected > Duration{}) {
    end_at(key, gang, start_at + by_the_clock(start.expected), Outcome::kExited, 0);
  }
}

void SimulatedExecutor::end_at(const Key& key, Gang& gang, Instant at, Outcome outcome,
                               int exit_status) {
  due_.erase({gang.end.at, key, true});
  gang.end.at = at;
  gang.end.outcome = outcome;
  gang.end.exit_status = exit_status;
  gang.end.rank = exit_status != 0 ? 0 : -1;
  due_.emplace(at, key, true);
  // What ends before it starts never does.
  if (!gang.start_said && at < gang.start_at) due_.erase({gang.start_at, key, false});
}

void SimulatedExecutor::stop(JobId job, std::uint64_t epoch) {
  if (!is_reachable_) return;
  const Key key{job, epoch};
  const Instant now = options_.clock();
  const auto found = gangs_.find(key);
  if (found != gangs_.end()) {
    Gang& gang = found->second;
    // A second stop does not put off the first.
    if (!gang.end_said && now + options_.stop_delay < gang.end.at) {
      end_at(key, gang, now + options_.stop_delay, Outcome::kStopped, 0);
    }
    return;
  }
  const auto latest = latest_.find(job);
  if (latest != latest_.end() && epoch <= latest->second) return;
  latest_[job] = epoch;
  Gang& gang = gangs_[key];
  gang.end.job = job;
  gang.end.epoch = epoch;
  gang.start_said = true;
  end_at(key, gang, now, Outcome::kStopped, 0);
  gang.end.detail = "stopped before it was started";
}

void SimulatedExecutor::end(JobId job, std::uint64_t epoch, Outcome outcome, int exit_status) {
  const Key key{job, epoch};
  const auto found = gangs_.find(key);
  if (found == gangs_.end() || found->second.end.at <= options_.clock()) return;
  end_at(key, found->second, options_.clock(), outcome, exit_status);
}

std::vector<Report> SimulatedExecutor::poll() {
  std::vector<Report> news;
  const Instant now = options_.clock();
  while (is_reachable_ && !due_.empty() && std::get<Instant>(*due_.begin()) <= now) {
    const auto [at, key, is_end] = *due_.begin();
    due_.erase(due_.begin());
    Gang& gang = gangs_.at(key);
    if (is_end) {
      gang.end_said = true;
      news.push_back(gang.end);
      continue;
    }
    gang.start_said = true;
    Report report;
    report.job = key.first;
    report.epoch = key.second;
    report.at = at;
    news.push_back(report);
  }
  return news;
}

void SimulatedExecutor::acknowledge(const Report& report) {
  const auto found = gangs_.find({report.job, report.epoch});
  if (found == gangs_.end() || report.outcome == Outcome::kStarted) return;
  if (found->second.end_said) gangs_.erase(found);
}

std::vector<Executor::Known> SimulatedExecutor::known() {
  std::vector<Known> all;
  for (const auto& [key, gang] : gangs_) all.push_back({key.first, key.second});
  return all;
}

Instant SimulatedExecutor::next_wake() const {
  return is_reachable_ && !due_.empty() ? std::get<Instant>(*due_.begin()) : kNever;
}

std::string SimulatedExecutor::output_path(JobId /*job*/, std::uint64_t /*epoch*/,
                                           std::uint32_t /*rank*/, bool /*is_error*/) const {
  return "";
}

}  // namespace stargate::executor
