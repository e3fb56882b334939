#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.h"
#include "model/market.h"

namespace stargate::bench {

/// A market of 200 suppliers and four labs, in random dates of 3,000 days: 2,000 agreements of one
/// order and ten clauses each, and 100 workloads.
struct LargeMarket {
  static constexpr std::uint32_t kSuppliers = 200;
  static constexpr std::uint32_t kAgreements = 2'000;
  static constexpr std::uint32_t kClausesEach = 10;
  static constexpr std::uint32_t kLabs = 4;
  static constexpr std::uint32_t kWorkloads = 100;
  static constexpr std::int64_t kDays = 3'000;

  static Instant day(std::uint64_t n) { return Instant{} + days(static_cast<std::int64_t>(n)); }

  std::vector<Definition> before;  ///< parties, an accelerator, a site
  std::vector<Agreement> agreements;
  std::vector<Order> orders;    ///< by agreement
  std::vector<Clause> clauses;  ///< by agreement
  std::vector<Workload> workloads;

  explicit LargeMarket(std::uint64_t seed = 1) {
    Prng prng(seed);
    for (std::uint32_t i = 0; i < kLabs; ++i) {
      before.emplace_back(Party{"lab", "", true, false, kNo<PartyId>});
    }
    for (std::uint32_t i = 0; i < kSuppliers; ++i) {
      before.emplace_back(Party{"supplier", "", false, true, kNo<PartyId>});
    }
    before.emplace_back(Accelerator{"gb200", "", 2'000, 1'600});
    before.emplace_back(site_in("US"));
    for (std::uint32_t i = 0; i < kAgreements; ++i) {
      agreements.push_back({"", "", {kLabs + i % kSuppliers}, {i % kLabs}, day(0), ""});
      Order order;
      order.agreement = {i};
      order.amount = {1'000, CapacityUnit::kGpus};
      order.signed_at = order.known = day(prng.below(kDays));
      orders.push_back(order);
      for (std::uint32_t kind = 0; kind < kClausesEach; ++kind) {
        clauses.push_back(clause_of(i, kind, prng));
      }
    }
    for (std::uint32_t i = 0; i < kWorkloads; ++i) {
      Workload workload;
      workload.lab = {i % kLabs};
      workload.use = static_cast<Use>(i % kUseCount);
      workloads.push_back(workload);
    }
  }

 private:
  static Clause clause_of(std::uint32_t agreement, std::uint32_t kind, Prng& prng) {
    Clause clause;
    clause.agreement = {agreement};
    clause.from = clause.known = day(prng.below(kDays));
    clause.until = clause.from + days(static_cast<std::int64_t>(30 + prng.below(2'000)));
    clause::Tranche tranche;
    tranche.order = {agreement};
    tranche.due = clause.from + days(100);
    tranche.grace = days(30);
    clause.terms = tranche;
    if (kind == 0) {
      // What restrains: mostly first refusals, each with its carve-out; few exclusivities.
      clause::FirstRefusal refusal;
      refusal.carve_outs.resize(1);
      refusal.carve_outs[0].uses = mask_of(Use::kResearch);
      clause.terms = refusal;
      if (agreement % 20 == 0) {
        clause::Exclusive exclusive;
        exclusive.uses = mask_of(static_cast<Use>(prng.below(kUseCount)));
        exclusive.new_capacity_only = true;
        clause.terms = exclusive;
      }
    } else if (kind == 1) {
      clause::Rate rate;
      rate.price.amount.micros = 2'350'000;
      clause.terms = rate;
    } else if (kind == 2) {
      clause::Locale locale;
      locale.jurisdictions = {"US", "AE"};
      clause.terms = locale;
    }
    return clause;
  }

  // Inlined, g++ 12 takes the rest of a short string for uninitialised.
  [[gnu::noinline]] static Site site_in(const std::string& jurisdiction) {
    Site site;
    site.jurisdiction = jurisdiction;
    return site;
  }
};

}  // namespace stargate::bench
