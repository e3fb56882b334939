// What appending costs: batches of 1,000 entries of 200 bytes, each one transaction and one sync. Beside
// it SQLite itself with the same rows and the same settings, but neither chain nor checksums: the floor.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "ledger/sqlite_ledger.h"
#include "raw_sqlite.h"

namespace stargate::bench {
namespace {

constexpr std::size_t kCommandBytes = 60;
constexpr std::size_t kNoteBytes = 20;
constexpr std::size_t kEventsBytes = 120;

std::vector<ledger::Entry> batch(std::size_t size) {
  return {size, ledger::Entry{1,
                              {1'700'000'000'000'000},
                              std::string(kCommandBytes, 'c'),
                              std::string(kNoteBytes, 'n'),
                              std::string(kEventsBytes, 'e')}};
}

void append(benchmark::State& state) {
  const DiskFolder folder("ledger-bench");
  const auto ledger = ledger::open_sqlite_ledger(folder.path());
  std::vector<ledger::Entry> entries = batch(static_cast<std::size_t>(state.range(0)));
  std::uint64_t next = 1;
  for (auto _ : state) {
    for (ledger::Entry& entry : entries) entry.index = next++;
    ledger->append(entries);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(next - 1));
}
BENCHMARK(append)->Name("ledger/append")->Arg(1)->Arg(1'000)->UseRealTime();

void append_raw(benchmark::State& state) {
  const DiskFolder folder("ledger-bench");
  RawSqlite database(folder.path() + "/raw.db",
                     "CREATE TABLE entry (i INTEGER PRIMARY KEY, at INTEGER, command BLOB,"
                     " note BLOB, events BLOB, hash BLOB)",
                     "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  const std::vector<ledger::Entry> entries = batch(static_cast<std::size_t>(state.range(0)));
  const std::string hash(32, 'h');
  std::int64_t next = 1;
  for (auto _ : state) {
    database.run("BEGIN");
    for (const ledger::Entry& entry : entries) {
      database.bind(1, next++);
      database.bind(2, entry.at.us);
      database.bind(3, entry.command);
      database.bind(4, entry.note);
      database.bind(5, entry.events);
      database.bind(6, hash);
      database.insert();
    }
    database.run("COMMIT");
  }
  state.SetItemsProcessed(next - 1);
}
BENCHMARK(append_raw)->Name("ledger/append_raw_sqlite")->Arg(1)->Arg(1'000)->UseRealTime();

void read(benchmark::State& state) {
  const DiskFolder folder("ledger-bench");
  const auto ledger = ledger::open_sqlite_ledger(folder.path());
  std::vector<ledger::Entry> entries = batch(100'000);
  std::uint64_t next = 1;
  for (ledger::Entry& entry : entries) entry.index = next++;
  ledger->append(entries);
  for (auto _ : state) {
    ledger->read(1, [](const ledger::Entry& entry) { benchmark::DoNotOptimize(entry.index); });
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(entries.size()) *
                          static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(read)->Name("ledger/read")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace stargate::bench
