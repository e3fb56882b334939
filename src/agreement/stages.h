#pragma once

#include <vector>

#include "agreement/book.h"

namespace stargate::agreement {

/// Nodes of a stage that follow each other and are in one state, since an instant.
struct StageRun {
  std::uint32_t nodes = 0;
  CapacityState state = CapacityState::kAnnounced;
  Instant since{INT64_MIN};
  bool early_use = false;  ///< in acceptance, and the agreement lets work run there
  UseMask early_uses = 0;
  bool supplier_failed = false;  ///< its supplier has failed and not returned

  friend bool operator==(const StageRun&, const StageRun&) = default;
};

/// The stage's nodes in order, as runs. What no act has touched is announced, from ever. An act moves
/// the first nodes that may come to its state. A tranche that says so turns what has been in
/// acceptance for long enough into accepted.
std::vector<StageRun> runs_of(const Book& book, StageId stage, Moment moment);

/// When what came into acceptance of the stage then is accepted by itself, where a tranche says so and is
/// in force when the time is up; else kNever.
Instant deemed_at(const Book& book, StageId stage, Instant in_acceptance, Instant known);

/// The tranche in force that lets work of the use run on what is in acceptance of the stage: the first
/// that has a price for it, else the first; kNo: none does.
ClauseId early_tranche(const Book& book, StageId stage, Use use, Moment moment);

/// So many GPUs of the stage, in the unit. Where the stage says its amount in that unit, their share of
/// it; otherwise by the watts of the accelerator.
std::int64_t amount_of(const Book& book, const Stage& stage, std::int64_t gpus, CapacityUnit unit);
std::int64_t amount_of(const Stage& stage, const Accelerator& kind, std::int64_t gpus,
                       CapacityUnit unit);

/// Whether an amount is no more than another, GPUs being of the kind, whose power decides where their units
/// differ; where that is not known, it is not.
bool is_within(const Accelerator& kind, CapacityAmount amount, CapacityAmount whole);

/// Accepted GPUs of the stage, capacity of failed suppliers left out.
std::uint64_t accepted_gpus(const Book& book, StageId stage, Moment moment);
/// GPUs of the stage that are in the state, capacity of failed suppliers left out.
std::uint64_t gpus_in(const Book& book, StageId stage, CapacityState state, Moment moment);

}  // namespace stargate::agreement
