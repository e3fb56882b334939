#include "oracle/faulty_vfs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <new>
#include <optional>
#include <vector>

#include <sqlite3.h>

#include "base/check.h"
#include "base/prng.h"

namespace stargate::oracle {
namespace {

constexpr const char* kName = "stargate-faulty";
constexpr std::uint64_t kSectorBytes = 512;

/// A change that is not synced. A cut has no bytes; a deletion is one of the whole name.
struct Change {
  enum class What { kWrite, kCut, kDelete } what = What::kWrite;
  std::uint64_t at = 0;  // of a cut: the length
  std::string bytes = {};
};

struct File {
  std::optional<std::string> durable;  // nullopt: not there
  std::vector<Change> changes;
};

struct Disk {
  FaultyVfs::Plan plan;
  std::uint64_t calls = 0;
  bool struck = false;
  bool off = false;
  std::map<std::string, File> files;
};

Disk& disk() {
  static Disk one;
  return one;
}

sqlite3_vfs* real() { return static_cast<sqlite3_vfs*>(sqlite3_vfs_find("unix")); }

void make_change(std::optional<std::string>& content, const Change& change) {
  if (change.what == Change::What::kDelete) {
    content.reset();
    return;
  }
  if (!content) content.emplace();
  if (change.what == Change::What::kCut) {
    content->resize(std::min<std::size_t>(content->size(), change.at));
    return;
  }
  const std::size_t end = change.at + change.bytes.size();
  if (content->size() < end) content->resize(end, '\0');
  content->replace(change.at, change.bytes.size(), change.bytes);
}

/// The file as it is before the first change of it in this run.
File& file_of(const std::string& path) {
  const auto [found, is_new] = disk().files.try_emplace(path);
  if (is_new && std::filesystem::exists(path)) {
    std::ifstream stream(path, std::ios::binary);
    found->second.durable.emplace(std::istreambuf_iterator<char>(stream),
                                  std::istreambuf_iterator<char>());
  }
  return found->second;
}

void settle(File& file) {
  for (const Change& change : file.changes) make_change(file.durable, change);
  file.changes.clear();
}

enum class Verdict { kGood, kFails, kFailsHalfDone, kFull };

/// Counts a call, and says what comes of it.
Verdict count_call(bool takes_space) {
  Disk& here = disk();
  if (here.off) return Verdict::kFails;
  ++here.calls;
  if (here.plan.fault == Fault::kNone || here.calls < here.plan.at) return Verdict::kGood;
  const bool now = here.calls == here.plan.at;
  here.struck = true;
  switch (here.plan.fault) {
    case Fault::kError: return now ? Verdict::kFails : Verdict::kGood;
    case Fault::kErrorTwice:
      return here.calls <= here.plan.at + 1 ? Verdict::kFails : Verdict::kGood;
    case Fault::kShortError: return now ? Verdict::kFailsHalfDone : Verdict::kGood;
    case Fault::kFull: return takes_space ? Verdict::kFull : Verdict::kGood;
    case Fault::kErrorForGood: return Verdict::kFails;
    case Fault::kCrash: here.off = true; return Verdict::kFails;
    default: return Verdict::kGood;
  }
}

/// The real file lies in the same memory, after this.
struct FaultyFile {
  sqlite3_file base;
  const std::string* path;

  static FaultyFile* of(sqlite3_file* file) {
    return static_cast<FaultyFile*>(static_cast<void*>(file));
  }
  sqlite3_file* below() { return static_cast<sqlite3_file*>(static_cast<void*>(this + 1)); }
};

sqlite3_file* below(sqlite3_file* file) { return FaultyFile::of(file)->below(); }

int close(sqlite3_file* file) {
  const int code = below(file)->pMethods->xClose(below(file));
  delete FaultyFile::of(file)->path;
  return code;
}
int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  if (disk().off) return SQLITE_IOERR_READ;
  return below(file)->pMethods->xRead(below(file), out, size, offset);
}
int write(sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
  const Verdict verdict = count_call(true);
  if (verdict == Verdict::kFails) return SQLITE_IOERR_WRITE;
  if (verdict == Verdict::kFull) return SQLITE_FULL;
  const int done = verdict == Verdict::kFailsHalfDone ? size / 2 : size;
  if (done > 0) {
    File& state = file_of(*FaultyFile::of(file)->path);
    state.changes.push_back(
        {Change::What::kWrite, static_cast<std::uint64_t>(offset),
         std::string(static_cast<const char*>(in), static_cast<std::size_t>(done))});
    const int code = below(file)->pMethods->xWrite(below(file), in, done, offset);
    if (code != SQLITE_OK) return code;
  }
  return verdict == Verdict::kGood ? SQLITE_OK : SQLITE_IOERR_WRITE;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (count_call(false) != Verdict::kGood) return SQLITE_IOERR_TRUNCATE;
  file_of(*FaultyFile::of(file)->path)
      .changes.push_back({Change::What::kCut, static_cast<std::uint64_t>(size)});
  return below(file)->pMethods->xTruncate(below(file), size);
}
int sync(sqlite3_file* file, int) {
  const Verdict verdict = count_call(false);
  File& state = file_of(*FaultyFile::of(file)->path);
  if (verdict == Verdict::kFails) {
    if (!disk().off) state.changes.clear();
    return SQLITE_IOERR_FSYNC;
  }
  settle(state);
  return verdict == Verdict::kGood ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}
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
  // Hints about the size would change the file without a write.
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) {
    return SQLITE_NOTFOUND;
  }
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); }
int device_characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

sqlite3_io_methods make_methods() {
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

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  static const sqlite3_io_methods methods = make_methods();
  auto* faulty = new (file) FaultyFile{};
  if (disk().off) return SQLITE_CANTOPEN;
  STARGATE_CHECK(name != nullptr, "temporary files are in memory");
  file_of(name);
  const int code = real()->xOpen(real(), name, faulty->below(), flags, out_flags);
  if (faulty->below()->pMethods == nullptr) return code;
  faulty->path = new std::string(name);
  faulty->base.pMethods = &methods;
  return code;
}

int remove(sqlite3_vfs*, const char* name, int sync_folder) {
  if (count_call(false) != Verdict::kGood) return SQLITE_IOERR_DELETE;
  File& state = file_of(name);
  state.changes.push_back({Change::What::kDelete});
  if (sync_folder != 0) settle(state);
  return real()->xDelete(real(), name, 0);
}
int access(sqlite3_vfs*, const char* name, int flags, int* result) {
  return real()->xAccess(real(), name, flags, result);
}
int full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
  return real()->xFullPathname(real(), name, size, out);
}
int randomness(sqlite3_vfs*, int size, char* out) { return real()->xRandomness(real(), size, out); }
int sleep(sqlite3_vfs*, int us) { return real()->xSleep(real(), us); }
int current_time(sqlite3_vfs*, double* days) { return real()->xCurrentTime(real(), days); }
int last_error(sqlite3_vfs*, int size, char* out) {
  return real()->xGetLastError(real(), size, out);
}

/// Each sector of a write on its own.
std::vector<Change> sectors(const Change& write) {
  std::vector<Change> parts;
  std::uint64_t done = 0;
  while (done < write.bytes.size()) {
    const std::uint64_t at = write.at + done;
    const std::uint64_t size =
        std::min<std::uint64_t>(kSectorBytes - at % kSectorBytes, write.bytes.size() - done);
    parts.push_back({Change::What::kWrite, at, write.bytes.substr(done, size)});
    done += size;
  }
  return parts;
}

std::optional<std::string> after_power_loss(const File& file, Kept kept, Prng& random) {
  std::vector<Change> changes;
  for (const Change& change : file.changes) {
    if (change.what != Change::What::kWrite) {
      changes.push_back(change);
    } else {
      const std::vector<Change> parts = sectors(change);
      changes.insert(changes.end(), parts.begin(), parts.end());
    }
  }
  std::optional<std::string> content = file.durable;
  const std::size_t prefix =
      kept == Kept::kPrefix ? random.below(changes.size() + 1) : changes.size();
  // How likely a sector is kept: sometimes few are lost, sometimes most.
  const std::uint64_t percent = 1 + random.below(99);
  for (std::size_t i = 0; i < prefix; ++i) {
    if (kept == Kept::kNothing) break;
    if (kept == Kept::kAnySubset && random.below(100) >= percent) continue;
    make_change(content, changes[i]);
  }
  return content;
}

}  // namespace

void FaultyVfs::start(const Plan& plan) {
  disk() = Disk{};
  disk().plan = plan;
}

std::string FaultyVfs::name() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs made{};
    made.iVersion = 1;
    made.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real()->szOsFile;
    made.mxPathname = real()->mxPathname;
    made.zName = kName;
    made.xOpen = open;
    made.xDelete = remove;
    made.xAccess = access;
    made.xFullPathname = full_pathname;
    made.xRandomness = randomness;
    made.xSleep = sleep;
    made.xCurrentTime = current_time;
    made.xGetLastError = last_error;
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  STARGATE_CHECK(registered == SQLITE_OK, "SQLite takes a file system");
  return kName;
}

std::uint64_t FaultyVfs::calls() { return disk().calls; }
bool FaultyVfs::struck() { return disk().struck; }

void FaultyVfs::lose_power(Kept kept, std::uint64_t seed) {
  Prng random(seed);
  disk().off = true;
  for (auto& [path, file] : disk().files) {
    const std::optional<std::string> content = after_power_loss(file, kept, random);
    if (content) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << *content;
    } else {
      std::filesystem::remove(path);
    }
  }
}

}  // namespace stargate::oracle
