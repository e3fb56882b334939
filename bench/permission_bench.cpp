// What contracts cost: loading a market, compiling what it permits, and one look-up beside the read
// of a bare array.

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "agreement/permit.h"
#include "base/check.h"
#include "base/prng.h"

namespace stargate {
namespace {

constexpr std::uint32_t kSuppliers = 200;
constexpr std::uint32_t kAgreements = 2'000;
constexpr std::uint32_t kClausesEach = 10;
constexpr std::uint32_t kLabs = 4;
constexpr std::uint32_t kWorkloads = 100;

Instant day(std::uint64_t n) { return Instant{} + days(static_cast<std::int64_t>(n)); }

Clause clause_of(std::uint32_t agreement, std::uint32_t kind, Prng& prng) {
  Clause clause;
  clause.agreement = {agreement};
  clause.from = clause.known = day(prng.below(3'000));
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
[[gnu::noinline]] Site site_in(const std::string& jurisdiction) {
  Site site;
  site.jurisdiction = jurisdiction;
  return site;
}

void define(agreement::Book& book, const Definition& definition) {
  STARGATE_CHECK(book.check(definition) == Reason::kNone, "a benchmark's market is well formed");
  book.define(definition);
}

agreement::Book large_market() {
  agreement::Book book;
  Prng prng(1);
  for (std::uint32_t i = 0; i < kLabs; ++i)
    define(book, Party{"lab", "", true, false, kNo<PartyId>});
  for (std::uint32_t i = 0; i < kSuppliers; ++i) {
    define(book, Party{"supplier", "", false, true, kNo<PartyId>});
  }
  define(book, Accelerator{"gb200", "", 2'000, 1'600});
  define(book, site_in("US"));
  for (std::uint32_t i = 0; i < kAgreements; ++i) {
    define(book, Agreement{"", "", {kLabs + i % kSuppliers}, {i % kLabs}, day(0), ""});
    Order order;
    order.agreement = {i};
    order.amount = {1'000, CapacityUnit::kGpus};
    order.signed_at = order.known = day(prng.below(3'000));
    define(book, order);
    for (std::uint32_t kind = 0; kind < kClausesEach; ++kind) {
      define(book, clause_of(i, kind, prng));
    }
  }
  for (std::uint32_t i = 0; i < kWorkloads; ++i) {
    Workload workload;
    workload.lab = {i % kLabs};
    workload.use = static_cast<Use>(i % kUseCount);
    define(book, workload);
  }
  return book;
}

void load_market(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(large_market().clauses().size());
}
BENCHMARK(load_market)->Unit(benchmark::kMillisecond);

void compile_permissions(benchmark::State& state) {
  const agreement::Book book = large_market();
  agreement::PermissionTable table;
  for (auto _ : state) {
    table.compile(book, day(2'500));
    benchmark::DoNotOptimize(table.good_until());
  }
}
BENCHMARK(compile_permissions)->Unit(benchmark::kMillisecond);

void permit_one(benchmark::State& state) {
  const agreement::Book book = large_market();
  Prng prng(2);
  for (auto _ : state) {
    const WorkloadId workload{static_cast<std::uint32_t>(prng.below(kWorkloads))};
    const OrderId order{static_cast<std::uint32_t>(prng.below(kAgreements))};
    benchmark::DoNotOptimize(permit(book, workload, order, {day(2'500), day(2'500)}));
  }
}
BENCHMARK(permit_one)->Unit(benchmark::kMicrosecond);

struct Question {
  WorkloadId workload;
  OrderId order;
};

std::vector<Question> questions() {
  Prng prng(3);
  std::vector<Question> list(1U << 16);
  for (Question& question : list) {
    question = {{static_cast<std::uint32_t>(prng.below(kWorkloads))},
                {static_cast<std::uint32_t>(prng.below(kAgreements))}};
  }
  return list;
}

void look_up(benchmark::State& state) {
  const agreement::Book book = large_market();
  agreement::PermissionTable table;
  table.compile(book, day(2'500));
  const std::vector<Question> list = questions();
  std::size_t i = 0;
  for (auto _ : state) {
    const Question& question = list[i++ & (list.size() - 1)];
    benchmark::DoNotOptimize(table.permits(question.workload, question.order));
  }
}
BENCHMARK(look_up);

void look_up_in_a_bare_array(benchmark::State& state) {
  const std::vector<std::uint8_t> table(std::size_t{kWorkloads} * kAgreements);
  const std::vector<Question> list = questions();
  std::size_t i = 0;
  for (auto _ : state) {
    const Question& question = list[i++ & (list.size() - 1)];
    benchmark::DoNotOptimize(
        table[std::size_t{question.workload.value} * kAgreements + question.order.value]);
  }
}
BENCHMARK(look_up_in_a_bare_array);

}  // namespace
}  // namespace stargate
