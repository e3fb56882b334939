#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "executor/executor.h"

namespace stargate::executor {

struct SimulatedOptions {
  std::vector<Node> nodes;
  /// A real inventory instead of `nodes`; null: there is none.
  std::function<std::vector<Node>()> inventory;
  std::function<Instant()> clock;
  double speed = 1;      ///< what is thought to take an hour takes an hour / speed by the clock
  Duration start_delay;  ///< by the clock, from the order to kStarted
  Duration stop_delay;   ///< by the clock, from the order to kStopped
  Duration lease = seconds(60);  ///< by the clock
};

/// Gangs without processes: each runs for Start::expected (zero: until it is stopped), or its program's
/// time limit, and exits with 0. Reports carry the instants at which things were due, in order. Nothing
/// is kept: after a restart, resume() says what runs. Each call costs O(log gangs) an event.
class SimulatedExecutor : public Executor {
 public:
  /// REQUIRES: a clock, and a speed above 0.
  explicit SimulatedExecutor(SimulatedOptions options);

  /// Out of contact: orders are lost, the nodes are not healthy, and reports wait until come_back(). What
  /// runs goes on until the lease is over, and is kLost then.
  void vanish();
  void come_back();
  /// Ends a gang by itself now: kExited with a status, or kLost. Nothing happens where it does not run.
  void end(JobId job, std::uint64_t epoch, Outcome outcome, int exit_status = 0);

  std::vector<Node> inventory() override;
  bool in_contact() const override { return is_reachable_; }
  Duration lease() const override { return options_.lease; }
  bool simulate_contact(bool is_there) override;
  void start(const Start& start) override;
  void stop(JobId job, std::uint64_t epoch) override;
  std::vector<Report> poll() override;
  void acknowledge(const Report& report) override;
  void resume(const Start& start, Instant started) override;
  std::vector<Known> known() override;
  Instant next_wake() const override;
  /// There is none.
  std::string output_path(JobId job, std::uint64_t epoch, std::uint32_t rank,
                          bool is_error) const override;

 private:
  using Key = std::pair<JobId, std::uint64_t>;
  struct Gang {
    Instant start_at;
    Report end;  ///< `at`: kNever where only a stop ends it
    bool start_said = false;
    bool end_said = false;
  };
  /// The instant, the gang, and whether it is its end.
  using Due = std::tuple<Instant, Key, bool>;

  Duration by_the_clock(Duration length) const;
  void run(const Start& start, Instant start_at, bool start_said);
  void end_at(const Key& key, Gang& gang, Instant at, Outcome outcome, int exit_status);

  SimulatedOptions options_;
  bool is_reachable_ = true;
  Instant vanished_;
  std::map<Key, Gang> gangs_;  ///< whose end was not acknowledged
  std::set<Due> due_;
  std::map<JobId, std::uint64_t> latest_;
};

}  // namespace stargate::executor
