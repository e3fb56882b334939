#pragma once

// The floor under the ledger: SQLite itself on a disk, with the ledger's settings, but neither chain nor
// checksums.

#include <cstdint>
#include <filesystem>
#include <string>

#include <sqlite3.h>
#include <unistd.h>

#include "base/check.h"

namespace stargate::bench {

/// On a disk, not in memory: syncs are what a batch is for. The folder is in the working directory.
class DiskFolder {
 public:
  explicit DiskFolder(const std::string& name)
      : path_(std::filesystem::current_path() / (name + "-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  DiskFolder(const DiskFolder&) = delete;
  DiskFolder& operator=(const DiskFolder&) = delete;
  ~DiskFolder() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// A new database with one table, and the statement that fills it.
class RawSqlite {
 public:
  RawSqlite(const std::string& path, const char* create_table, const char* insert) {
    check(sqlite3_open_v2(path.c_str(), &database_,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                          nullptr));
    run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
    run(create_table);
    check(sqlite3_prepare_v2(database_, insert, -1, &insert_, nullptr));
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  ~RawSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }

  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void bind(int parameter, std::int64_t value) { sqlite3_bind_int64(insert_, parameter, value); }
  /// `bytes` outlives the insert.
  void bind(int parameter, const std::string& bytes) {
    sqlite3_bind_blob64(insert_, parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  void insert() {
    check(sqlite3_step(insert_), SQLITE_DONE);
    sqlite3_reset(insert_);
  }

 private:
  static void check(int result, int good = SQLITE_OK) {
    STARGATE_CHECK(result == good, "SQLite does as it is told");
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace stargate::bench
