#include "ledger/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "ledger/checked_vfs.h"

namespace stargate::ledger {
namespace {

/// Null where SQLite's own words are the best.
const char* words(int code) {
  switch (code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC: return "could not be synced to the disk";
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ: return "could not be read";
    case SQLITE_IOERR_WRITE: return "could not be written";
    case SQLITE_IOERR_TRUNCATE: return "could not be cut to its length";
    case SQLITE_IOERR_DATA: return "does not fit its checksum";
    default: break;
  }
  switch (code & 0xff) {
    case SQLITE_FULL: return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "is in use by another process";
    case SQLITE_CORRUPT: return "is damaged";
    case SQLITE_NOTADB: return "is not a ledger, or its first page is damaged";
    case SQLITE_CANTOPEN: return "could not be opened";
    case SQLITE_READONLY:
    case SQLITE_PERM: return "may not be written";
    default: return nullptr;
  }
}

}  // namespace

Database::Database(const std::string& path, const Options& options) : path_(path) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (options.create) flags |= SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, options.vfs.c_str());
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(handle_, 1);
    return;
  }
  try {
    fail(code);
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  const int code = sqlite3_close(handle_);
  STARGATE_CHECK(code != SQLITE_BUSY, "statements are gone before their database");
}

void Database::fail(int code) const {
  std::string place = path_;
  const std::uint64_t page = handle_ == nullptr ? 0 : damaged_page(handle_);
  if (page != 0) place += fmt::format(", page {}", page);
  const char* known = words(code);
  std::string said;
  if (known != nullptr) {
    said = known;
  } else {
    said = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  }
  throw DatabaseError(place + ": " + said, code);
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? std::string(statement.bytes(0)) : std::string();
}

void Database::keep_log() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  const int code =
      sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database.fail(code);
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::bind(int parameter, std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_, parameter, value);
  if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind(int parameter, std::string_view bytes) {
  // No address would be NULL, not no bytes.
  const int code = sqlite3_bind_blob64(handle_, parameter, bytes.empty() ? "" : bytes.data(),
                                       bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_.fail(code);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    sqlite3_reset(handle_);
    database_.fail(code);
  }
  sqlite3_reset(handle_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() { sqlite3_reset(handle_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace stargate::ledger
