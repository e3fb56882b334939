// What contracts cost: loading a market, compiling what it permits, and one look-up beside the read
// of a bare array.

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "agreement/permit.h"
#include "base/check.h"
#include "base/prng.h"
#include "large_market.h"

namespace stargate {
namespace {

using bench::LargeMarket;

constexpr std::uint32_t kAgreements = LargeMarket::kAgreements;
constexpr std::uint32_t kWorkloads = LargeMarket::kWorkloads;

Instant day(std::uint64_t n) { return LargeMarket::day(n); }

void define(agreement::Book& book, const Definition& definition) {
  STARGATE_CHECK(book.check(definition) == Reason::kNone, "a benchmark's market is well formed");
  book.define(definition);
}

agreement::Book large_market() {
  static const LargeMarket market;
  agreement::Book book;
  for (const Definition& definition : market.before) define(book, definition);
  for (std::uint32_t i = 0; i < kAgreements; ++i) {
    define(book, market.agreements[i]);
    define(book, market.orders[i]);
    for (std::uint32_t kind = 0; kind < LargeMarket::kClausesEach; ++kind) {
      define(book, market.clauses[i * LargeMarket::kClausesEach + kind]);
    }
  }
  for (const Workload& workload : market.workloads) define(book, workload);
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
