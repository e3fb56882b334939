#include "ledger/verify.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "ledger/folder_lock.h"
#include "ledger/ledger.h"
#include "ledger/log_check.h"
#include "ledger/snapshot_store.h"
#include "ledger/store.h"

namespace stargate::ledger {
namespace {

struct Scan {
  std::uint64_t pages = 0;
  std::vector<std::string> faults;
};

/// Reads every page of the database file; those in the log may be torn.
Scan scan_pages(const std::string& path, const FilesState& files) {
  Scan scan;
  std::ifstream stream(path, std::ios::binary);
  std::array<unsigned char, kPageBytes> page;
  std::uint64_t pages_by_header = 0;
  std::size_t left_over = 0;
  for (;;) {
    void* address = page.data();
    stream.read(static_cast<char*>(address), kPageBytes);
    left_over = static_cast<std::size_t>(stream.gcount());
    if (left_over < kPageBytes) break;
    ++scan.pages;
    if (scan.pages == 1) {
      for (int i = 28; i < 32; ++i) {
        pages_by_header = (pages_by_header << 8) | page[static_cast<std::size_t>(i)];
      }
    }
    if (files.pages_in_log.contains(scan.pages) || page_fits(scan.pages, page)) continue;
    // A page that never held anything is a hole in the file.
    if (std::all_of(page.begin(), page.end(), [](unsigned char byte) { return byte == 0; }) &&
        scan.pages > kHeadPage) {
      continue;
    }
    scan.faults.push_back(fmt::format("page {} is damaged", scan.pages));
  }
  if (files.pages_in_log.empty()) {
    if (left_over > 0) {
      scan.faults.push_back(fmt::format("{} bytes follow page {}", left_over, scan.pages));
    }
    if (pages_by_header != scan.pages && scan.faults.empty()) {
      scan.faults.push_back(
          fmt::format("it has {} pages, but should have {}", scan.pages, pages_by_header));
    }
  }
  return scan;
}

/// Reads all that SQLite has. Throws LedgerError, which names an entry.
Verified read_all(const std::string& folder, const FilesState& files) {
  std::unique_ptr<Database> database;
  try {
    database = open_store(folder, {}, false);
  } catch (const LedgerError& error) {
    throw LedgerError(
        fmt::format("{} (no entry can be read, all from 1 on are in doubt)", error.what()));
  }
  if (files.has_log) database->keep_log();

  Verified verified;
  Hash hash = kNoHash;
  const auto visit = [&](const Entry& entry, const Hash& own) {
    verified.entries = entry.index;
    hash = own;
  };
  std::optional<Head> head;
  std::string head_fault;
  try {
    head = read_head(*database);
  } catch (const LedgerError& error) {
    head_fault = error.what();
  }
  read_entries(*database, 1, head, visit);
  const std::string good = fmt::format(" (entries up to {} are good)", verified.entries);
  if (!head) throw LedgerError(head_fault + good);
  if (head != files.head) {
    throw LedgerError(database->path() + ": does not end where its files say" + good);
  }
  try {
    verified.snapshots = check_snapshots(*database);
  } catch (const LedgerError& error) {
    throw LedgerError(error.what() + good);
  }
  verified.head_hash = to_hex(hash);
  return verified;
}

}  // namespace

Verified verify(const std::string& folder) {
  const std::string path = database_path(folder);
  if (!std::filesystem::exists(path)) throw LedgerError(path + ": there is no such file");
  const FolderLock lock(folder);
  const FilesState files = check_files(folder);
  if (std::filesystem::file_size(path) == 0) {
    throw LedgerError(path + ": is empty, expected a ledger (no entry is there)");
  }
  const Scan scan = scan_pages(path, files);

  std::string faults;
  if (!scan.faults.empty()) {
    faults = fmt::format("{}: {}", path, scan.faults.front());
    if (scan.faults.size() > 1) faults += fmt::format(", and {} more", scan.faults.size() - 1);
    faults += ": ";
  }
  Verified verified;
  try {
    verified = read_all(folder, files);
  } catch (const LedgerError& error) {
    throw LedgerError(faults + error.what());
  }
  if (!scan.faults.empty()) {
    throw LedgerError(
        fmt::format("{}all entries up to the last one, {}, are good", faults, verified.entries));
  }
  verified.pages = scan.pages;
  verified.unfinished = files.unfinished;
  return verified;
}

}  // namespace stargate::ledger
