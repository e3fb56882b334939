#include "executor/durable_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executor/descriptor.h"

namespace stargate::executor {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

void write_all(int descriptor, const std::string& text, const std::string& path) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("cannot write " + path);
    written += static_cast<std::size_t>(count);
  }
}

void replace(const std::string& path, const std::string& text, bool durably) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) throw_errno("cannot write " + temporary);
    write_all(file.get(), text, temporary);
    if (durably && ::fsync(file.get()) != 0) throw_errno("cannot sync " + temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("cannot write " + path);
  if (durably) sync_path(folder_of(path));
}

}  // namespace

void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void replace_file(const std::string& path, const std::string& text) { replace(path, text, false); }

void replace_file_durably(const std::string& path, const std::string& text) {
  replace(path, text, true);
}

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw_errno("cannot read " + path);
  }
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("cannot read " + path);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

void sync_path(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) throw_errno("cannot open " + path);
  if (::fsync(file.get()) != 0) throw_errno("cannot sync " + path);
}

bool exists(const std::string& path) {
  struct stat ignored {};
  return ::stat(path.c_str(), &ignored) == 0;
}

void create_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    throw_errno("cannot create the folder " + path);
  }
}

}  // namespace stargate::executor
