// What appending costs: batches of 1,000 entries of 200 bytes, each one transaction and one sync. Beside
// it SQLite itself with the same rows and the same settings, but neither chain nor checksums: the floor.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/check.h"
#include "ledger/sqlite_ledger.h"

namespace stargate::bench {
namespace {

constexpr std::size_t kCommandBytes = 60;
constexpr std::size_t kNoteBytes = 20;
constexpr std::size_t kEventsBytes = 120;

/// On a disk, not in memory: syncs are what a batch is for. The folder is in the working directory.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::current_path() / ("ledger-bench-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::vector<ledger::Entry> batch(std::size_t size) {
  return {size, ledger::Entry{1,
                              {1'700'000'000'000'000},
                              std::string(kCommandBytes, 'c'),
                              std::string(kNoteBytes, 'n'),
                              std::string(kEventsBytes, 'e')}};
}

void append(benchmark::State& state) {
  const Folder folder;
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

void check(bool good) { STARGATE_CHECK(good, "SQLite does as it is told"); }

void append_raw(benchmark::State& state) {
  const Folder folder;
  sqlite3* database = nullptr;
  check(sqlite3_open_v2((folder.path() + "/raw.db").c_str(), &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr) == SQLITE_OK);
  check(sqlite3_exec(database,
                     "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                     "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
                     "CREATE TABLE entry (i INTEGER PRIMARY KEY, at INTEGER, command BLOB,"
                     " note BLOB, events BLOB, hash BLOB)",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_stmt* insert = nullptr;
  check(sqlite3_prepare_v2(database, "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6)", -1,
                           &insert, nullptr) == SQLITE_OK);
  const std::vector<ledger::Entry> entries = batch(static_cast<std::size_t>(state.range(0)));
  const std::string hash(32, 'h');
  const auto bind = [&](int parameter, const std::string& bytes) {
    sqlite3_bind_blob64(insert, parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
  };
  std::int64_t next = 1;
  for (auto _ : state) {
    check(sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr) == SQLITE_OK);
    for (const ledger::Entry& entry : entries) {
      sqlite3_bind_int64(insert, 1, next++);
      sqlite3_bind_int64(insert, 2, entry.at.us);
      bind(3, entry.command);
      bind(4, entry.note);
      bind(5, entry.events);
      bind(6, hash);
      check(sqlite3_step(insert) == SQLITE_DONE);
      sqlite3_reset(insert);
    }
    check(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  state.SetItemsProcessed(next - 1);
  sqlite3_finalize(insert);
  sqlite3_close(database);
}
BENCHMARK(append_raw)->Name("ledger/append_raw_sqlite")->Arg(1)->Arg(1'000)->UseRealTime();

void read(benchmark::State& state) {
  const Folder folder;
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
