#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/quantity.h"
#include "base/time.h"

namespace stargate::sim {

/// A sum of money; wide, because it adds up what many orders cost.
struct Amount {
  Currency currency;
  Int128 micros = 0;

  friend bool operator==(const Amount&, const Amount&) = default;
};

/// A supplier: what was accepted on its paper, what ran there, what that cost.
struct SupplierResult {
  std::string name;
  GpuTime accepted;
  GpuTime used;
  GpuTime idle;                  ///< accepted and not used
  GpuTime unpriced;              ///< used on orders without a rate
  std::vector<Amount> spending;  ///< by currency: on use, and on fees whether used or not

  friend bool operator==(const SupplierResult&, const SupplierResult&) = default;
};

/// What ran on the machines of an operator, or in the place of a landlord.
struct PartyUse {
  std::string name;
  GpuTime used;

  friend bool operator==(const PartyUse&, const PartyUse&) = default;
};

/// Jobs that wait in no queue at the end, for one reason and by one clause.
struct UnmetGroup {
  std::string reason;
  std::string clause;  ///< empty: none decides
  std::uint64_t jobs = 0;
  std::uint64_t gpus = 0;

  friend bool operator==(const UnmetGroup&, const UnmetGroup&) = default;
};

/// Data that was sent to a site, charged when it set out.
struct TransferCounts {
  std::uint64_t made = 0;
  Int128 bytes = 0;
  std::vector<Amount> spending;  ///< by currency

  friend bool operator==(const TransferCounts&, const TransferCounts&) = default;
};

struct OfferCounts {
  std::uint64_t made = 0;
  std::uint64_t accepted = 0;  ///< in whole or in part
  std::uint64_t declined = 0;
  std::uint64_t lapsed = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t waived = 0;  ///< or consented to
  std::uint64_t open = 0;

  friend bool operator==(const OfferCounts&, const OfferCounts&) = default;
};

/// How a commitment was used.
struct CommitmentUse {
  std::string clause;
  std::string supplier;
  Amount so_far;     ///< what of it falls on the time until the end
  Amount used;       ///< the price of what was used of it: at most all, and no use counts twice
  Amount shortfall;  ///< invoiced by the end: what trued-up periods were short of

  /// What was promised for the time until the end, and not used.
  Amount idle() const {
    return {so_far.currency, so_far.micros > used.micros ? so_far.micros - used.micros : 0};
  }

  friend bool operator==(const CommitmentUse&, const CommitmentUse&) = default;
};

/// Means over one span of time. By supplier as in WorldResult::suppliers.
struct WorldSample {
  Instant until;
  std::vector<double> accepted_gpus;
  std::vector<double> used_gpus;
  double unmet_gpus = 0;   ///< asked for by jobs that wait in no queue
  double queued_gpus = 0;  ///< asked for by jobs that wait in one
};

/// What playing a world came to, for all or for one lab: its workloads, and the orders, clauses and
/// offers of agreements of which it is the customer. Waits are from a job's submission to its first
/// start; a job that was never started counts with its wait until the end.
struct WorldFigures {
  std::uint64_t jobs = 0;
  std::uint64_t jobs_started = 0;
  std::uint64_t jobs_ended = 0;
  std::uint64_t jobs_running = 0;  ///< at the end, as the next two
  std::uint64_t jobs_queued = 0;
  std::uint64_t jobs_unmet = 0;  ///< wait in no queue
  std::uint64_t stops = 0;       ///< allocations that ended before their job
  double mean_wait_s = 0;
  double p50_wait_s = 0;
  double p95_wait_s = 0;
  double p99_wait_s = 0;

  GpuTime used;
  GpuTime accepted;
  GpuTime idle;
  GpuTime unmet;   ///< asked for while waiting in no queue
  GpuTime queued;  ///< asked for while waiting in one
  /// Work that ought to have been done by the end and was not: of each job that has not ended, its GPUs
  /// for as long as it waited, at most for its run time.
  GpuTime not_run;
  std::uint64_t unmet_gpus = 0;  ///< at the end
  std::uint64_t queued_gpus = 0;
  std::vector<UnmetGroup> unmet_at_end;

  std::vector<SupplierResult> suppliers;  ///< that had, ran or cost anything
  std::vector<PartyUse> operators;
  std::vector<PartyUse> landlords;
  std::uint32_t supplier_concentration = 0;  ///< Herfindahl, 0 to 10,000
  std::uint32_t operator_concentration = 0;
  std::uint32_t landlord_concentration = 0;

  std::vector<Amount> spending;              ///< on capacity: use, and fees
  TransferCounts transfers;                  ///< not part of `spending`
  std::vector<std::string> unpriced_orders;  ///< that ran work under no rate
  std::vector<CommitmentUse> commitments;    ///< in force by the end, and of a known length
  OfferCounts offers;
  std::vector<std::string> breached;  ///< clauses, at the end
  std::vector<std::string> excused;

  std::vector<WorldSample> samples;
};

struct LabFigures : WorldFigures {
  std::string lab;
};

/// What a run came to, for all labs together and for each.
struct WorldResult : WorldFigures {
  std::string name;  ///< of the run: "as signed", "open"
  std::string world;
  std::vector<std::string> assumed;    ///< the assumption files
  std::vector<std::string> workloads;  ///< those that were run
  Instant begin;
  Instant end;
  bool interrupted = false;  ///< the end came sooner than was asked for

  std::vector<LabFigures> labs;  ///< that had orders or work, as the world names them
  std::uint64_t events = 0;
  std::uint64_t commands = 0;
  double wall_s = 0;
};

/// Adds to the sum of its currency: money of two currencies is not added up.
void add_amount(std::vector<Amount>& sums, const Amount& amount);

/// Squares of the shares, in ten-thousandths; 0 where nothing was used. Less than a GPU-second is not
/// counted.
std::uint32_t concentration(const std::vector<GpuTime>& parts);

/// "1.25" of 1.25, in GPU-hours or in whole units of the currency: for printing only.
double gpu_hours(GpuTime time);
double units(const Amount& amount);

}  // namespace stargate::sim
