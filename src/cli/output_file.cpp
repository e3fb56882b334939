#include "cli/output_file.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_unwritable(const std::string& option, const std::string& path, int error) {
  throw UsageError(fmt::format("{}: cannot write '{}': {}", option, path,
                               std::generic_category().message(error)));
}

/// Where the ending of a file's name begins.
std::size_t ending_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  const auto last_dot = [&](std::size_t before) {
    const std::size_t dot = before == 0 ? std::string::npos : path.rfind('.', before - 1);
    return dot == std::string::npos || dot <= name ? path.size() : dot;
  };
  std::size_t dot = last_dot(path.size());
  constexpr std::array<std::string_view, 4> kCompressed{".zst", ".gz", ".xz", ".bz2"};
  for (const std::string_view ending : kCompressed) {
    if (std::string_view(path).substr(dot) != ending) continue;
    const std::size_t before = last_dot(dot);
    return before == path.size() ? dot : before;
  }
  return dot;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

struct Target {
  std::string path;
  bool exists = false;
  bool regular = true;
  mode_t mode = 0;
};

Target find_target(const std::string& option, const std::string& path) {
  if (path.empty()) throw UsageError(option + ": the file has no name");
  Target target;
  std::error_code error;
  target.path = fs::weakly_canonical(path, error).string();
  if (error) target.path = path;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    target.exists = true;
    target.regular = S_ISREG(status.st_mode);
    target.mode = status.st_mode & 07777U;
    // Devices and pipes (/dev/stdout) go by the name they were given.
    if (!target.regular) target.path = path;
    if (S_ISDIR(status.st_mode)) throw_unwritable(option, path, EISDIR);
    if (::access(path.c_str(), W_OK) != 0) throw_unwritable(option, path, errno);
  } else if (errno != ENOENT) {
    throw_unwritable(option, path, errno);
  } else if (path.back() == '/') {
    throw_unwritable(option, path, EISDIR);
  }
  return target;
}

}  // namespace

OutputFile::OutputFile(const std::string& option, const std::string& path)
    : option_(option), path_(path) {
  const Target target = find_target(option, path);
  target_ = target.path;
  if (!target.regular) {
    working_path_ = target_;
    return;
  }
  working_path_ = with_suffix(target_, fmt::format("partial-{}", ::getpid()));
  const int file = ::open(working_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) {
    working_path_.clear();
    fail(errno);
  }
  if (target.exists) static_cast<void>(::fchmod(file, target.mode));
  ::close(file);
}

OutputFile::~OutputFile() {
  if (!working_path_.empty() && working_path_ != target_) ::unlink(working_path_.c_str());
}

void OutputFile::write(std::string_view text) {
  const int file = ::open(working_path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0) fail(errno);
  const bool written = write_all(file, text);
  const int error = errno;
  const bool closed = ::close(file) == 0;
  if (!written) fail(error);
  if (!closed) fail(errno);
}

void OutputFile::commit() {
  if (working_path_ == target_ || working_path_.empty()) return;
  if (::rename(working_path_.c_str(), target_.c_str()) != 0) fail(errno);
  working_path_.clear();
}

void OutputFile::fail(int error) const { throw_unwritable(option_, path_, error); }

void check_writable(const std::string& option, const std::string& path) {
  const Target target = find_target(option, path);
  if (target.exists) return;
  std::string folder = fs::path(target.path).parent_path().string();
  if (folder.empty()) folder = ".";
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) throw_unwritable(option, path, errno);
  if (!S_ISDIR(status.st_mode)) throw_unwritable(option, path, ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) throw_unwritable(option, path, errno);
}

std::string with_suffix(const std::string& path, const std::string& suffix) {
  const std::size_t dot = ending_of(path);
  return path.substr(0, dot) + "-" + suffix + path.substr(dot);
}

}  // namespace stargate::cli
