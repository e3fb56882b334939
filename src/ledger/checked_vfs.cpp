#include "ledger/checked_vfs.h"

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>

#include <sqlite3.h>

#include "base/check.h"
#include "ledger/format.h"

namespace stargate::ledger {
namespace {

constexpr int kAskDamagedPage = 0x53474c01;
/// SQLite reads the database's header by itself, before it knows how long a page is.
constexpr sqlite3_int64 kHeaderBytes = 100;
constexpr int kPageSize = int{kPageBytes};

using Page = std::array<unsigned char, kPageBytes>;

/// The file below lies in the same memory, after this.
struct CheckedFile {
  sqlite3_file base;  // first: SQLite's view of this
  std::uint64_t damaged_page;
  bool is_database;

  static CheckedFile* of(sqlite3_file* file) {
    return static_cast<CheckedFile*>(static_cast<void*>(file));
  }
  sqlite3_file* below() { return static_cast<sqlite3_file*>(static_cast<void*>(this + 1)); }
};
static_assert(sizeof(CheckedFile) % alignof(void*) == 0);

sqlite3_file* below(sqlite3_file* file) { return CheckedFile::of(file)->below(); }

int close(sqlite3_file* file) { return below(file)->pMethods->xClose(below(file)); }

int read_page(CheckedFile* file, std::uint64_t page, Page& bytes) {
  sqlite3_file* base = file->below();
  const sqlite3_int64 offset = (static_cast<sqlite3_int64>(page) - 1) * kPageSize;
  const int code = base->pMethods->xRead(base, bytes.data(), kPageSize, offset);
  if (code != SQLITE_OK) return code;
  if (page_fits(page, bytes)) return SQLITE_OK;
  file->damaged_page = page;
  return SQLITE_IOERR_DATA;
}

int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  CheckedFile* checked = CheckedFile::of(file);
  sqlite3_file* base = checked->below();
  if (!checked->is_database || offset + size <= kHeaderBytes) {
    return base->pMethods->xRead(base, out, size, offset);
  }
  const sqlite3_int64 within = offset % kPageSize;
  if (size < 0 || within + size > kPageSize) return SQLITE_IOERR_READ;
  thread_local Page page;
  const int code = read_page(checked, static_cast<std::uint64_t>(offset / kPageSize) + 1, page);
  if (code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ) {
    std::memcpy(out, page.data() + within, static_cast<std::size_t>(size));
  }
  return code;
}

int write(sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
  CheckedFile* checked = CheckedFile::of(file);
  sqlite3_file* base = checked->below();
  if (!checked->is_database) return base->pMethods->xWrite(base, in, size, offset);
  if (size != kPageSize || offset % kPageSize != 0) return SQLITE_IOERR_WRITE;
  thread_local Page page;
  std::memcpy(page.data(), in, kPageBytes - kChecksumBytes);
  const auto checksum = page_checksum(static_cast<std::uint64_t>(offset / kPageSize) + 1, page);
  std::memcpy(page.data() + kPageBytes - kChecksumBytes, checksum.data(), kChecksumBytes);
  return base->pMethods->xWrite(base, page.data(), size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return below(file)->pMethods->xTruncate(below(file), size);
}
int sync(sqlite3_file* file, int flags) { return below(file)->pMethods->xSync(below(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return below(file)->pMethods->xFileSize(below(file), size);
}
int lock(sqlite3_file* file, int level) { return below(file)->pMethods->xLock(below(file), level); }
int unlock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* result) {
  return below(file)->pMethods->xCheckReservedLock(below(file), result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  if (operation == kAskDamagedPage) {
    *static_cast<std::uint64_t*>(argument) = CheckedFile::of(file)->damaged_page;
    return SQLITE_OK;
  }
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); }
int device_characteristics(sqlite3_file* file) {
  // Writes that are atomic for the file system go around xWrite.
  return below(file)->pMethods->xDeviceCharacteristics(below(file)) & ~SQLITE_IOCAP_BATCH_ATOMIC;
}

// Version 1: no shared memory, no mapping.
constexpr sqlite3_io_methods make_methods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;
  methods.xClose = close;
  methods.xRead = read;
  methods.xWrite = write;
  methods.xTruncate = truncate;
  methods.xSync = sync;
  methods.xFileSize = file_size;
  methods.xLock = lock;
  methods.xUnlock = unlock;
  methods.xCheckReservedLock = check_reserved_lock;
  methods.xFileControl = file_control;
  methods.xSectorSize = sector_size;
  methods.xDeviceCharacteristics = device_characteristics;
  return methods;
}
constexpr sqlite3_io_methods kMethods = make_methods();

sqlite3_vfs* base_of(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  CheckedFile* checked = new (file) CheckedFile{};
  checked->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int code = base_of(vfs)->xOpen(base_of(vfs), name, checked->below(), flags, out_flags);
  // Where there are methods, SQLite closes the file, though it could not be opened.
  checked->base.pMethods = checked->below()->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  return base_of(vfs)->xDelete(base_of(vfs), name, sync_folder);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return base_of(vfs)->xAccess(base_of(vfs), name, flags, result);
}
int full_pathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return base_of(vfs)->xFullPathname(base_of(vfs), name, size, out);
}
int randomness(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xRandomness(base_of(vfs), size, out);
}
int sleep(sqlite3_vfs* vfs, int us) { return base_of(vfs)->xSleep(base_of(vfs), us); }
int current_time(sqlite3_vfs* vfs, double* days) {
  return base_of(vfs)->xCurrentTime(base_of(vfs), days);
}
int last_error(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xGetLastError(base_of(vfs), size, out);
}

struct Registered {
  std::string name;
  sqlite3_vfs vfs{};
};

}  // namespace

std::string checked_vfs(const std::string& base) {
  static std::mutex mutex;
  // Never destroyed: SQLite keeps the addresses.
  static auto& known = *new std::map<std::string, std::unique_ptr<Registered>>;
  const std::lock_guard<std::mutex> guard(mutex);
  std::unique_ptr<Registered>& registered = known[base];
  if (!registered) {
    sqlite3_vfs* found = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
    STARGATE_CHECK(found != nullptr, "the file system below is known to SQLite");
    registered = std::make_unique<Registered>();
    registered->name = base.empty() ? "stargate-checked" : "stargate-checked-" + base;
    sqlite3_vfs& vfs = registered->vfs;
    vfs.iVersion = 1;
    vfs.szOsFile = static_cast<int>(sizeof(CheckedFile)) + found->szOsFile;
    vfs.mxPathname = found->mxPathname;
    vfs.zName = registered->name.c_str();
    vfs.pAppData = found;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xAccess = access;
    vfs.xFullPathname = full_pathname;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    STARGATE_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK, "SQLite takes a file system");
  }
  return registered->name;
}

std::uint64_t damaged_page(sqlite3* database) {
  std::uint64_t page = 0;
  if (sqlite3_file_control(database, "main", kAskDamagedPage, &page) != SQLITE_OK) return 0;
  return page;
}

}  // namespace stargate::ledger
