#include "ledger/folder_lock.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
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

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
  make_folder(folder);
  const std::string path = folder + "/ledger.lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw LedgerError(path + ": cannot be opened: " + error_text(errno));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    std::array<char, 24> text{};
    const ssize_t size = ::pread(file_, text.data(), text.size(), 0);
    ::close(file_);
    if (error != EWOULDBLOCK) {
      throw LedgerError(path + ": cannot be locked: " + error_text(error));
    }
    const std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    throw LedgerError(folder + ": the ledger is in use by " +
                      (holder.empty() ? "another process" : "process " + holder));
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
