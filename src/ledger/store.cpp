#include "ledger/store.h"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "ledger/checked_vfs.h"
#include "ledger/snapshot_store.h"

namespace stargate::ledger {
namespace {

void configure(Database& database) {
  int reserved = int{kChecksumBytes};
  const int code =
      sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (code != SQLITE_OK) database.fail(code);
  database.execute("PRAGMA page_size = 4096");
  database.execute("PRAGMA locking_mode = EXCLUSIVE");
  // Making the database goes through a journal, which must not come back when power goes.
  database.execute("PRAGMA synchronous = EXTRA");
  // Reads the database's first page, and the log where there is one.
  const std::string mode = database.text("PRAGMA journal_mode = WAL");
  if (mode != "wal") {
    throw LedgerError(database.path() + ": cannot have a write-ahead log; its mode is " + mode);
  }
  database.execute("PRAGMA synchronous = FULL");
  database.execute("PRAGMA wal_autocheckpoint = 0");
  database.execute("PRAGMA secure_delete = OFF");
  database.execute("PRAGMA cache_size = -16384");
  database.execute("PRAGMA cell_size_check = ON");
  database.execute("PRAGMA trusted_schema = OFF");
}

void create_tables(Database& database) {
  database.execute("BEGIN IMMEDIATE");
  database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                               kApplicationId, kFormatVersion)
                       .c_str());
  // The first table, so that its page is kHeadPage.
  database.execute("CREATE TABLE head (one INTEGER PRIMARY KEY, state BLOB NOT NULL) STRICT");
  database.execute(
      "CREATE TABLE entry (\"index\" INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
      " command BLOB NOT NULL, note BLOB NOT NULL, events BLOB NOT NULL, hash BLOB NOT NULL)"
      " STRICT");
  create_snapshot_tables(database);
  {
    const std::string state = encode(Head{});
    Statement insert(database, "INSERT INTO head VALUES (1, ?1)");
    insert.bind(1, state);
    insert.run();
  }
  database.execute("COMMIT");
}

void check_format(Database& database) {
  const std::string& path = database.path();
  if (database.integer("PRAGMA application_id") != kApplicationId) {
    throw LedgerError(path + ": is a SQLite database, but not a ledger");
  }
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version < 1 || version > kFormatVersion) {
    throw LedgerError(fmt::format(
        "{}: has format {}, and this version of Stargate reads formats 1 to {}: open it with the "
        "version that wrote it, or a newer one",
        path, version, kFormatVersion));
  }
  if (database.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'head'") !=
      std::int64_t{kHeadPage}) {
    throw LedgerError(fmt::format("{}: the table head is not on page {}", path, kHeadPage));
  }
}

Hash to_hash(std::string_view bytes) {
  Hash hash = kNoHash;
  if (bytes.size() == hash.size()) {
    std::transform(bytes.begin(), bytes.end(), hash.begin(),
                   [](char byte) { return static_cast<unsigned char>(byte); });
  }
  return hash;
}

class Reading {
 public:
  Reading(Database& database, std::uint64_t first) : path_(database.path()), next_(first) {}

  [[noreturn]] void fail(const std::string& what) const {
    const std::string good =
        next_ == 1 ? "no entry before it" : fmt::format("entries up to {} are good", next_ - 1);
    throw LedgerError(fmt::format("{}: entry {} {} ({})", path_, next_, what, good));
  }

  std::uint64_t next() const { return next_; }
  void advance() { ++next_; }

 private:
  std::string path_;
  std::uint64_t next_;
};

}  // namespace

std::unique_ptr<Database> open_store(const std::string& folder, const std::string& vfs,
                                     bool create) {
  auto database = std::make_unique<Database>(
      database_path(folder), Database::Options{.vfs = checked_vfs(vfs), .create = create});
  try {
    configure(*database);
    if (create && database->integer("SELECT count(*) FROM sqlite_schema") == 0) {
      create_tables(*database);
    }
    check_format(*database);
  } catch (...) {
    database->keep_log();
    throw;
  }
  return database;
}

Head read_head(Database& database) {
  Statement select(database, "SELECT state FROM head");
  const std::optional<Head> head =
      select.step() ? decode_head(select.bytes(0)) : std::optional<Head>();
  if (!head) throw LedgerError(database.path() + ": the row that says where it ends is damaged");
  return *head;
}

void read_entries(Database& database, std::uint64_t first, const std::optional<Head>& head,
                  const std::function<void(const Entry&, const Hash&)>& visit) {
  STARGATE_CHECK(first >= 1, "entries are numbered from 1 on");
  if (head && first > head->index) return;
  Reading reading(database, first);
  Hasher hasher;
  Hash before = kNoHash;
  Entry entry;
  Hash hash = kNoHash;
  Statement select(database,
                   "SELECT \"index\", at, command, note, events, hash FROM entry"
                   " WHERE \"index\" >= ?1 ORDER BY \"index\"");
  // False where there are no more.
  const auto load = [&] {
    try {
      if (!select.step()) return false;
      entry.index = static_cast<std::uint64_t>(select.integer(0));
      entry.at.us = select.integer(1);
      entry.command = select.bytes(2);
      entry.note = select.bytes(3);
      entry.events = select.bytes(4);
      hash = to_hash(select.bytes(5));
    } catch (const DatabaseError& error) {
      reading.fail(std::string("cannot be read: ") + error.what());
    }
    return true;
  };

  select.bind(1, static_cast<std::int64_t>(first == 1 ? 1 : first - 1));
  if (first > 1) {
    if (!load() || entry.index != first - 1) reading.fail("has none before it");
    before = hash;
  }
  while (load()) {
    if (head && reading.next() > head->index)
      reading.fail("is there, though the ledger ends before it");
    if (entry.index != reading.next()) reading.fail("is missing");
    if (hasher.chain(before, entry) != hash) reading.fail("does not fit the chain of hashes");
    visit(entry, hash);
    before = hash;
    reading.advance();
  }
  if (!head) return;
  if (reading.next() != head->index + 1) reading.fail("is missing");
  if (before != head->hash) {
    throw LedgerError(fmt::format("{}: the chain ends with entry {}, but not with its hash",
                                  database.path(), head->index));
  }
}

}  // namespace stargate::ledger
