#pragma once

#include <string>
#include <vector>

#include "base/prng.h"
#include "core/engine.h"
#include "oracle/event_book.h"

namespace stargate::core {

/// A random history: an engine that is given commands, sensible ones and nonsense, as a driver with
/// slow executors would give them. What the events say is kept in a book beside it.
class History {
 public:
  struct Probes {
    std::uint64_t assigned = 0;
    std::uint64_t several_parts = 0;
    std::uint64_t released_later = 0;  ///< a stop that was asked for was confirmed
    std::uint64_t refused = 0;
    std::uint64_t lost_nodes = 0;
    std::uint64_t windows = 0;
    std::uint64_t preempted = 0;
    std::uint64_t reclaimed = 0;
    std::uint64_t repacked = 0;
    std::uint64_t unavailable_held = 0;  ///< GPUs that an allocation held
  };

  History(std::uint64_t seed, bool nonsense);

  /// Commands that have been given, so that they can be given again.
  const std::vector<Command>& commands() const { return commands_; }
  const Engine& engine() const { return engine_; }
  const oracle::EventBook& book() const { return book_; }
  const Probes& probes() const { return probes_; }

  /// One random command, and a pass after most. Empty, or what was wrong with the events.
  std::string step();
  /// Heals every node, ends every job that runs and schedules until nothing is left.
  std::string finish();
  /// What is wrong with the state after the last command.
  std::string fault() const { return book_.fault_of(engine_.state()); }
  const EventBatch& last_batch() const { return batch_; }

 private:
  std::uint32_t draw(std::uint32_t from, std::uint32_t to) {
    return from + static_cast<std::uint32_t>(prng_.below(to - from + 1));
  }
  bool one_in(std::uint32_t n) { return prng_.below(n) == 0; }

  void define_world();
  FleetSpec random_fleet();
  Part random_part();
  Request random_request();
  Command::Body random_command();
  Command::Body nonsense_command();
  Command::Body submit();
  JobId some_job();
  JobId some_holder();
  QueueId some_queue() { return {draw(0, queues_ - 1)}; }
  Duration some_length() { return seconds(one_in(8) ? 0 : draw(1, 5'000)); }
  std::string give(const Command::Body& body);
  std::string advance_to(Instant at);

  Prng prng_;
  bool nonsense_;
  Engine engine_;
  EventBatch batch_;
  oracle::EventBook book_;
  std::vector<Command> commands_;
  Probes probes_;
  Instant at_ = Instant{} + days(100);
  std::uint32_t queues_ = 1;
  std::uint32_t tenants_ = 1;
  std::uint32_t requests_ = 0;
  std::uint64_t next_job_ = 0;
  std::uint64_t next_window_ = 0;
  std::string world_fault_;
};

}  // namespace stargate::core
