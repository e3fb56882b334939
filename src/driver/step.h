#pragma once

#include "core/engine.h"

namespace stargate::driver {

/// Where commands and their events go, in order: a ledger, a hash, a stream.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void record(const Command& command, const EventBatch& batch) = 0;
};

/// The one loop that every driver shares: a command is decided and applied, recorded, and only then
/// seen by anyone. A driver for a wall clock, a virtual clock or a ledger differs only in where its
/// commands come from and in what it does about the events.
class Step {
 public:
  explicit Step(core::Engine& engine, Recorder* recorder = nullptr)
      : engine_(engine), recorder_(recorder) {}

  /// Carries out one command. The batch holds its events and is good until the next call.
  const EventBatch& execute(const Command& command) {
    batch_.clear();
    engine_.execute(command, batch_);
    ++commands_;
    if (recorder_ != nullptr) recorder_->record(command, batch_);
    return batch_;
  }

  /// What falls due first, and by when the driver must call advance(); kNever: nothing.
  Instant next_instant() const { return engine_.state().next_instant(); }
  const EventBatch& advance(Instant at) { return execute({at, command::Advance{}}); }

  const core::State& state() const { return engine_.state(); }
  std::uint64_t commands() const { return commands_; }

 private:
  core::Engine& engine_;
  Recorder* recorder_;
  EventBatch batch_;
  std::uint64_t commands_ = 0;
};

}  // namespace stargate::driver
