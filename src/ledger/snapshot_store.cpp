#include "ledger/snapshot_store.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ledger/chain.h"
#include "ledger/little_endian.h"

namespace stargate::ledger {
namespace {

struct Row {
  std::int64_t number = 0;
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  std::string hash;
};

/// The newest first.
std::vector<Row> rows(Database& database) {
  Statement select(database,
                   "SELECT number, \"index\", size, hash FROM snapshot ORDER BY number DESC");
  std::vector<Row> found;
  while (select.step()) {
    found.push_back({select.integer(0), static_cast<std::uint64_t>(select.integer(1)),
                     static_cast<std::uint64_t>(select.integer(2)), std::string(select.bytes(3))});
  }
  return found;
}

std::string hash_of(std::uint64_t index, std::string_view bytes) {
  std::array<unsigned char, 8> number;
  put_u64(number.data(), index);
  const void* address = number.data();
  const Hash hash = Hasher().digest({static_cast<const char*>(address), number.size()}, bytes);
  return {hash.begin(), hash.end()};
}

/// Throws LedgerError where it is not whole.
Snapshot load(Database& database, const Row& row) {
  Snapshot snapshot{row.index, {}};
  Statement select(database, "SELECT bytes FROM snapshot_part WHERE snapshot = ?1 ORDER BY part");
  select.bind(1, row.number);
  while (select.step()) snapshot.bytes += select.bytes(0);
  if (snapshot.bytes.size() != row.size || hash_of(row.index, snapshot.bytes) != row.hash) {
    throw LedgerError(database.path() + ": does not fit its hash");
  }
  return snapshot;
}

}  // namespace

void create_snapshot_tables(Database& database) {
  database.execute(
      "CREATE TABLE snapshot (number INTEGER PRIMARY KEY, \"index\" INTEGER NOT NULL,"
      " size INTEGER NOT NULL, hash BLOB NOT NULL) STRICT");
  database.execute(
      "CREATE TABLE snapshot_part (snapshot INTEGER NOT NULL, part INTEGER NOT NULL,"
      " bytes BLOB NOT NULL, PRIMARY KEY (snapshot, part)) STRICT");
}

void write_snapshot(Database& database, const Snapshot& snapshot) {
  const std::int64_t number = database.integer("SELECT max(number) FROM snapshot") + 1;
  const std::string hash = hash_of(snapshot.index, snapshot.bytes);
  Statement insert(database, "INSERT INTO snapshot VALUES (?1, ?2, ?3, ?4)");
  insert.bind(1, number);
  insert.bind(2, static_cast<std::int64_t>(snapshot.index));
  insert.bind(3, static_cast<std::int64_t>(snapshot.bytes.size()));
  insert.bind(4, hash);
  insert.run();
  Statement add(database, "INSERT INTO snapshot_part VALUES (?1, ?2, ?3)");
  std::int64_t part = 0;
  for (std::size_t at = 0; at < snapshot.bytes.size(); at += kPartBytes) {
    add.bind(1, number);
    add.bind(2, part++);
    add.bind(3, std::string_view(snapshot.bytes).substr(at, kPartBytes));
    add.run();
  }
  for (const char* sql : {"DELETE FROM snapshot_part WHERE snapshot <= ?1",
                          "DELETE FROM snapshot WHERE number <= ?1"}) {
    Statement forget(database, sql);
    forget.bind(1, number - 2);
    forget.run();
  }
}

std::optional<Snapshot> read_snapshot(Database& database, std::optional<std::uint64_t>* damaged) {
  for (const Row& row : rows(database)) {
    try {
      return load(database, row);
    } catch (const LedgerError&) {
      if (damaged != nullptr && !*damaged) *damaged = row.index;
    }
  }
  return std::nullopt;
}

std::uint64_t check_snapshots(Database& database) {
  const std::vector<Row> found = rows(database);
  for (const Row& row : found) {
    try {
      load(database, row);
    } catch (const LedgerError& error) {
      throw LedgerError(
          fmt::format("the snapshot after entry {} is damaged: {}", row.index, error.what()));
    }
  }
  return found.size();
}

}  // namespace stargate::ledger
