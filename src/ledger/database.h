#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/ledger.h"

struct sqlite3;
struct sqlite3_stmt;

// SQLite's C interface with lifetimes, and its codes as words.

namespace stargate::ledger {

/// What SQLite answered; the message is "FILE: words".
class DatabaseError : public LedgerError {
 public:
  DatabaseError(const std::string& message, int code) : LedgerError(message), code_(code) {}
  /// SQLite's extended result code.
  int code() const { return code_; }

 private:
  int code_;
};

/// An open database file.
class Database {
 public:
  struct Options {
    std::string vfs;
    bool create = true;
  };
  Database(const std::string& path, const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs SQL that answers nothing.
  void execute(const char* sql);
  /// The first value of the first row; 0 where there is none.
  std::int64_t integer(const char* sql);
  std::string text(const char* sql);

  /// Leaves the files as they are when this is closed: what is in the log stays there.
  void keep_log();
  /// Throws the DatabaseError that `code` stands for.
  [[noreturn]] void fail(int code) const;

  sqlite3* handle() const { return handle_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  sqlite3* handle_ = nullptr;
};

/// A prepared statement, which the database outlives. Values bound are read when it steps.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view bytes);

  /// True: there is a row; false: it is done, and may be bound and stepped again.
  bool step();
  /// Steps to the end, where there are no rows to be had.
  void run();
  void reset();

  std::int64_t integer(int column) const;
  /// Valid until the next step or reset.
  std::string_view bytes(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace stargate::ledger
