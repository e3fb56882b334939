#include "ledger/folder_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"

namespace stargate::ledger {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

/// Makes the folder, and its name durable.
void make_folder(const std::string& folder) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    throw LedgerError(fmt::format("{}: cannot be made a folder: {}", folder,
                                  error ? error.message() : "there is a file of that name"));
  }
  if (made) {
    const std::filesystem::path above = std::filesystem::absolute(folder).parent_path();
    sync_folder(above.string());
  }
}

/// Who has the lock says so in the file; 0: nobody does.
pid_t holder_in(int file) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  pid_t holder = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, holder);
  return holder;
}

/// A process that was killed may have begun to start another, which has the lock until it is its own
/// program: it is waited for.
bool lock(int file) {
  constexpr int kTries = 200;
  constexpr auto kBetweenTries = std::chrono::milliseconds(25);
  for (int tries = 0;; ++tries) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return false;
    const pid_t holder = holder_in(file);
    const bool is_dead = holder > 0 && ::kill(holder, 0) != 0 && errno == ESRCH;
    if (!is_dead || tries == kTries) {
      errno = EWOULDBLOCK;
      return false;
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
  make_folder(folder);
  constexpr mode_t kOwnerAlone = 0600;
  const std::string path = folder + "/ledger.lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerAlone);
  if (file_ < 0) throw LedgerError(path + ": cannot be opened: " + error_text(errno));
  [[maybe_unused]] const int ignored = ::fchmod(file_, kOwnerAlone);
  if (!lock(file_)) {
    const int error = errno;
    if (error != EWOULDBLOCK) {
      ::close(file_);
      throw LedgerError(path + ": cannot be locked: " + error_text(error));
    }
    const pid_t holder = holder_in(file_);
    ::close(file_);
    throw FolderInUse(folder + ": the ledger is in use by " +
                      (holder == 0 ? "another process" : fmt::format("process {}", holder)));
  }
  // The number is for people; a ledger works without.
  const std::string number = std::to_string(::getpid());
  if (::ftruncate(file_, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(file_, number.data(), number.size(), 0);
  }
}

FolderLock::~FolderLock() {
  [[maybe_unused]] const int ignored = ::ftruncate(file_, 0);
  ::close(file_);
}

void sync_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) throw LedgerError(folder + ": cannot be opened: " + error_text(errno));
  const int failed = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (failed != 0) {
    throw LedgerError(folder + ": could not be synced to the disk: " + error_text(failed));
  }
}

}  // namespace stargate::ledger
