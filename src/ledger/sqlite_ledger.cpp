#include "ledger/sqlite_ledger.h"

#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "ledger/chain.h"
#include "ledger/database.h"
#include "ledger/folder_lock.h"
#include "ledger/format.h"
#include "ledger/log_check.h"
#include "ledger/snapshot_store.h"
#include "ledger/store.h"

namespace stargate::ledger {
namespace {

constexpr std::int64_t kLogHeaderBytes = 32;
constexpr std::int64_t kFrameBytes = 24 + std::int64_t{kPageBytes};

/// A file that its owner alone may read; made where there is none. What is another's is left as it is. SQLite
/// gives the log the database's permissions.
void make_private(const std::string& path) {
  constexpr mode_t kOwnerAlone = 0600;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerAlone);
  if (file < 0) return;
  [[maybe_unused]] const int ignored = ::fchmod(file, kOwnerAlone);
  ::close(file);
}

/// An open database, and the statements that every append takes.
struct Session {
  std::unique_ptr<Database> database;
  Statement begin;
  Statement insert;
  Statement move_head;
  Statement commit;

  explicit Session(std::unique_ptr<Database> opened)
      : database(std::move(opened)),
        begin(*database, "BEGIN IMMEDIATE"),
        insert(*database, "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        move_head(*database, "UPDATE head SET state = ?1"),
        commit(*database, "COMMIT") {}
};

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(const std::string& folder, const SqliteOptions& options)
      : lock_(folder), folder_(folder), options_(options) {
    const FilesState files = check_files(folder);
    const Head expected = files.head.value_or(Head{});
    make_private(database_path(folder));
    if (files.has_log) make_private(log_path(folder));
    session_.emplace(open_store(folder, options.vfs, true));
    try {
      sync_folder(folder);
      head_ = read_head(database());
      if (head_ != expected) {
        throw LedgerError(fmt::format("{}: ends with entry {}, but its files say {}",
                                      database().path(), head_.index, expected.index));
      }
      check_end();
      if (!files.unfinished.empty() && options_.warn) options_.warn(files.unfinished);
      sqlite3_wal_hook(database().handle(), &SqliteLedger::note_commit, this);
      empty_log(SQLITE_CHECKPOINT_TRUNCATE);
    } catch (...) {
      database().keep_log();
      throw;
    }
  }

  std::uint64_t last_index() const override {
    expect_alive();
    return head_.index;
  }

  void append(std::span<const Entry> entries) override {
    expect_alive();
    if (entries.empty()) return;
    std::uint64_t next = head_.index + 1;
    for (const Entry& entry : entries) {
      STARGATE_CHECK(entry.index == next, "entries are numbered without gaps");
      ++next;
    }
    or_die(fmt::format("entries {} to {} were not appended", head_.index + 1, next - 1), [&] {
      Head head = head_;
      session_->begin.run();
      for (const Entry& entry : entries) {
        head.hash = hasher_.chain(head.hash, entry);
        insert(entry, head.hash);
      }
      head.index = next - 1;
      finish(head);
    });
  }

  void read(std::uint64_t first, const std::function<void(const Entry&)>& visit) const override {
    expect_alive();
    read_entries(database(), first, head_, [&](const Entry& entry, const Hash&) { visit(entry); });
  }

  void put_snapshot(const Snapshot& snapshot) override {
    expect_alive();
    STARGATE_CHECK(snapshot.index <= head_.index, "a snapshot is of entries that there are");
    or_die(fmt::format("the snapshot after entry {} was not kept", snapshot.index), [&] {
      session_->begin.run();
      write_snapshot(database(), snapshot);
      finish(head_);
    });
  }

  std::optional<Snapshot> snapshot() const override {
    expect_alive();
    return read_snapshot(database());
  }

 private:
  Database& database() const { return *session_->database; }

  void expect_alive() const {
    if (!session_) throw LedgerError(folder_ + ": nothing more is accepted since " + death_);
  }

  void insert(const Entry& entry, const Hash& hash) {
    Statement& statement = session_->insert;
    statement.bind(1, static_cast<std::int64_t>(entry.index));
    statement.bind(2, entry.at.us);
    statement.bind(3, entry.command);
    statement.bind(4, entry.note);
    statement.bind(5, entry.events);
    const void* address = hash.data();
    statement.bind(6, {static_cast<const char*>(address), hash.size()});
    statement.run();
  }

  /// Ends the transaction; from here on it is on the disk.
  void finish(Head head) {
    head.transaction = head_.transaction + 1;
    const std::string state = encode(head);
    session_->move_head.bind(1, state);
    session_->move_head.run();
    session_->commit.run();
    head_ = head;
  }

  /// Runs what changes the ledger, after the log was emptied if it is long. When that throws, the
  /// ledger is dead.
  template <class Change>
  void or_die(const std::string& consequence, const Change& change) {
    try {
      if (log_pages_ > options_.log_pages_max) {
        empty_log(log_pages_ > 8 * options_.log_pages_max ? SQLITE_CHECKPOINT_TRUNCATE
                                                          : SQLITE_CHECKPOINT_RESTART);
      }
      change();
    } catch (const std::exception& error) {
      death_ = fmt::format("{}: {}", consequence, error.what());
      die();
      throw LedgerError(death_);
    }
  }

  static int note_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteLedger*>(self)->log_pages_ = static_cast<std::uint64_t>(pages);
    return SQLITE_OK;
  }

  /// Copies all of the log into the database. Afterwards the log is written from its start.
  void empty_log(int mode) {
    int pages = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(database().handle(), nullptr, mode, &pages, &copied);
    if (code != SQLITE_OK) database().fail(code);
    if (pages != copied) throw LedgerError(folder_ + ": the log cannot be copied whole");
    log_pages_ = 0;
  }

  /// The newest entry is the one that the head says.
  void check_end() const {
    Statement select(database(), "SELECT max(\"index\") FROM entry");
    const std::uint64_t last =
        select.step() ? static_cast<std::uint64_t>(select.integer(0)) : std::uint64_t{0};
    select.reset();
    if (last != head_.index) {
      throw LedgerError(fmt::format("{}: the last entry is {}, but should be {}", database().path(),
                                    last, head_.index));
    }
    if (last > 0) read_entries(database(), last, head_, [](const Entry&, const Hash&) {});
  }

  /// Takes the pages of a transaction that was not acknowledged out of the log, and closes the files.
  void die() {
    database().keep_log();
    sqlite3_file* log = nullptr;
    const int code =
        sqlite3_file_control(database().handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code == SQLITE_OK && log != nullptr && log->pMethods != nullptr) cut_log(log);
    session_.reset();
  }

  void cut_log(sqlite3_file* log) const {
    const std::int64_t length =
        log_pages_ == 0 ? 0 : kLogHeaderBytes + static_cast<std::int64_t>(log_pages_) * kFrameBytes;
    sqlite3_int64 size_now = 0;
    if (log->pMethods->xFileSize(log, &size_now) != SQLITE_OK || size_now <= length) {
      return;
    }
    if (log->pMethods->xTruncate(log, length) != SQLITE_OK) {
      // Without its header a log does not count, nor does a frame, and all after it.
      static constexpr char kZeros[24] = {};
      log->pMethods->xWrite(log, kZeros, sizeof kZeros, length);
    }
    log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  }

  FolderLock lock_;
  std::string folder_;
  SqliteOptions options_;
  std::optional<Session> session_;  // none: the ledger is dead
  std::string death_;
  Head head_;
  std::uint64_t log_pages_ = 0;  // of acknowledged transactions
  Hasher hasher_;
};

}  // namespace

std::unique_ptr<Ledger> open_sqlite_ledger(const std::string& folder,
                                           const SqliteOptions& options) {
  return std::make_unique<SqliteLedger>(folder, options);
}

}  // namespace stargate::ledger
