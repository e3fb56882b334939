#include "agreement/stages.h"

#include <algorithm>

namespace stargate::agreement {
namespace {

/// The nodes of one stage as its acts move them.
struct Mover {
  const Book& book;
  StageId stage;
  Instant known;
  std::vector<StageRun> runs;

  /// Accepts what was long enough in acceptance by the instant.
  void deem(Instant by) {
    for (StageRun& run : runs) {
      if (run.state != CapacityState::kInAcceptance) continue;
      const Instant due = deemed_at(book, stage, run.since, known);
      if (due > by) continue;
      run.state = CapacityState::kAccepted;
      run.since = due;
    }
  }

  /// The first nodes that may come to the state, as many as the act says (0: all of them), do.
  void move(const Act& act) {
    std::uint32_t left = act.nodes == 0 ? UINT32_MAX : act.nodes;
    std::vector<StageRun> next;
    for (StageRun run : runs) {
      if (left == 0 || !may_follow(act.state, run.state)) {
        next.push_back(run);
        continue;
      }
      const std::uint32_t moved = std::min(left, run.nodes);
      left -= moved;
      next.push_back({.nodes = moved, .state = act.state, .since = act.effective});
      run.nodes -= moved;
      if (run.nodes > 0) next.push_back(run);
    }
    runs.clear();
    for (const StageRun& run : next) add(run);
  }

  void add(const StageRun& run) {
    if (!runs.empty()) {
      StageRun grown = run;
      grown.nodes = runs.back().nodes;
      if (grown == runs.back()) {
        runs.back().nodes += run.nodes;
        return;
      }
    }
    runs.push_back(run);
  }
};

bool has_failed(const Book& book, PartyId supplier, Moment moment) {
  bool failed = false;
  for (const ActId id : in_effect(book, book.acts_of(supplier), moment)) {
    const ActKind kind = book.entry(id).act.kind;
    if (kind == ActKind::kSupplierFails) failed = true;
    if (kind == ActKind::kSupplierReturns) failed = false;
  }
  return failed;
}

/// The uses that may run on what is in acceptance; 0: none.
UseMask early_uses(const Book& book, StageId stage, Moment moment) {
  UseMask uses = 0;
  for (const ClauseId id : book.tranches_of(stage)) {
    const auto& terms = std::get<clause::Tranche>(book.clause(id).terms);
    if (terms.early_use && in_force(book, id, moment)) {
      uses = static_cast<UseMask>(uses | terms.early_uses);
    }
  }
  return uses;
}

}  // namespace

Instant deemed_at(const Book& book, StageId stage, Instant in_acceptance, Instant known) {
  Instant first = kNever;
  for (const ClauseId id : book.tranches_of(stage)) {
    const Clause& clause = book.clause(id);
    const auto& terms = std::get<clause::Tranche>(clause.terms);
    if (terms.deemed_acceptance == Duration{}) continue;
    const Instant due = std::max(in_acceptance + terms.deemed_acceptance, clause.from);
    if (due < first && in_force(book, id, {due, known})) first = due;
  }
  return first;
}

std::vector<StageRun> runs_of(const Book& book, StageId stage, Moment moment) {
  const Stage& of = book.stages()[stage.value];
  Mover mover{book, stage, moment.known, {}};
  mover.runs.push_back({.nodes = static_cast<std::uint32_t>(of.fleet.nodes())});
  for (const ActId id : in_effect(book, book.acts_of(stage), moment)) {
    const Act& act = book.entry(id).act;
    mover.deem(act.effective);
    mover.move(act);
  }
  mover.deem(moment.at);

  const bool failed = has_failed(book, book.supplier_of(of.order), moment);
  const UseMask uses = early_uses(book, stage, moment);
  std::vector<StageRun> runs;
  std::swap(runs, mover.runs);
  for (StageRun run : runs) {
    run.supplier_failed = failed;
    if (run.state == CapacityState::kInAcceptance && uses != 0) {
      run.early_use = true;
      run.early_uses = uses;
    }
    mover.add(run);
  }
  return mover.runs;
}

ClauseId early_tranche(const Book& book, StageId stage, Use use, Moment moment) {
  ClauseId first = kNo<ClauseId>;
  for (const ClauseId id : book.tranches_of(stage)) {
    const auto& terms = std::get<clause::Tranche>(book.clause(id).terms);
    if (!terms.early_use || !includes(terms.early_uses, use) || !in_force(book, id, moment)) {
      continue;
    }
    if (terms.has_early_price) return id;
    if (!is_set(first)) first = id;
  }
  return first;
}

std::int64_t amount_of(const Book& book, const Stage& stage, std::int64_t gpus, CapacityUnit unit) {
  return amount_of(stage, book.accelerators()[stage.accelerator.value], gpus, unit);
}

std::int64_t amount_of(const Stage& stage, const Accelerator& kind, std::int64_t gpus,
                       CapacityUnit unit) {
  if (unit == CapacityUnit::kGpus) return gpus;
  if (stage.amount.unit == unit && stage.amount.value > 0) {
    const auto all = static_cast<std::int64_t>(stage.fleet.gpus());
    return static_cast<std::int64_t>(Int128{stage.amount.value} * gpus / all);
  }
  return gpus * (unit == CapacityUnit::kItWatts ? kind.it_w_per_gpu : kind.facility_w_per_gpu);
}

bool is_within(const Accelerator& kind, CapacityAmount amount, CapacityAmount whole) {
  if (amount.unit == whole.unit) return amount.value <= whole.value;
  const auto of_gpu = [&](CapacityUnit unit) -> std::int64_t {
    if (unit == CapacityUnit::kGpus) return 1;
    return unit == CapacityUnit::kItWatts ? kind.it_w_per_gpu : kind.facility_w_per_gpu;
  };
  const std::int64_t own = of_gpu(amount.unit);
  const std::int64_t other = of_gpu(whole.unit);
  return own > 0 && other > 0 && Int128{amount.value} * other <= Int128{whole.value} * own;
}

std::uint64_t accepted_gpus(const Book& book, StageId stage, Moment moment) {
  return gpus_in(book, stage, CapacityState::kAccepted, moment);
}

std::uint64_t gpus_in(const Book& book, StageId stage, CapacityState state, Moment moment) {
  std::uint64_t gpus = 0;
  const std::vector<RackGroup>& groups = book.stages()[stage.value].fleet.groups;
  std::size_t group = 0;
  std::uint64_t left = groups.front().nodes();
  for (const StageRun& run : runs_of(book, stage, moment)) {
    for (std::uint32_t nodes = run.nodes; nodes > 0;) {
      if (left == 0) {
        ++group;
        left = groups[group].nodes();
      }
      const auto here = static_cast<std::uint32_t>(std::min<std::uint64_t>(nodes, left));
      if (run.state == state && !run.supplier_failed) {
        gpus += std::uint64_t{here} * groups[group].gpus_per_node;
      }
      nodes -= here;
      left -= here;
    }
  }
  return gpus;
}

}  // namespace stargate::agreement
