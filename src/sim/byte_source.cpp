#include "sim/byte_source.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kBlockBytes = 1 << 18;

[[noreturn]] void fail(const std::string& path, const std::string& message) {
  throw InputError(path == "-" ? "<stdin>" : path, 0, 0, message);
}

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> endings) {
  for (std::string_view ending : endings) {
    if (path.ends_with(ending)) return true;
  }
  return false;
}

class ArchiveSource final : public ByteSource {
 public:
  explicit ArchiveSource(std::string path) : path_(std::move(path)) { open(); }
  ArchiveSource(const ArchiveSource&) = delete;
  ArchiveSource& operator=(const ArchiveSource&) = delete;
  ~ArchiveSource() override { close(); }

  std::string_view next_block() override {
    if (at_end_) return {};
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (size == 0) {
      const int status = archive_read_data_block(archive_, &bytes, &size, &offset);
      if (status == ARCHIVE_EOF) {
        at_end_ = true;
        return {};
      }
      if (status != ARCHIVE_OK) fail_reading();
    }
    return {static_cast<const char*>(bytes), size};
  }

  bool can_rewind() const override { return regular_; }

  void rewind() override {
    close();
    open();
  }

 private:
  void open() {
    at_end_ = false;
    fd_ = path_ == "-" ? STDIN_FILENO : ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) fail(path_, std::string("cannot be opened: ") + std::strerror(errno));
    struct stat about = {};
    const bool known = fstat(fd_, &about) == 0;
    regular_ = known && S_ISREG(about.st_mode) && path_ != "-";
    archive_ = archive_read_new();
    if (known && S_ISDIR(about.st_mode)) {
      close();
      fail(path_, "is a directory, expected a file");
    }
    archive_read_support_filter_gzip(archive_);
    archive_read_support_filter_xz(archive_);
    archive_read_support_filter_zstd(archive_);
    archive_read_support_filter_bzip2(archive_);
    archive_read_support_format_raw(archive_);
    archive_read_support_format_empty(archive_);
    archive_entry* entry = nullptr;
    if (archive_read_open_fd(archive_, fd_, kBlockBytes) != ARCHIVE_OK) fail_reading();
    const int status = archive_read_next_header(archive_, &entry);
    if (status == ARCHIVE_EOF) at_end_ = true;
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) fail_reading();
    if (archive_filter_code(archive_, 0) == ARCHIVE_FILTER_NONE &&
        ends_with_any(path_, {".gz", ".xz", ".zst", ".bz2"})) {
      close();
      fail(path_, "found no compressed data, expected some from the name's ending");
    }
  }

  [[noreturn]] void fail_reading() {
    const char* text = archive_error_string(archive_);
    const std::string message = text != nullptr ? text : "unknown error";
    close();
    fail(path_, "cannot be read: " + message);
  }

  void close() {
    if (archive_ != nullptr) archive_read_free(archive_);
    archive_ = nullptr;
    if (fd_ > STDIN_FILENO) ::close(fd_);
    fd_ = -1;
    at_end_ = true;
  }

  std::string path_;
  archive* archive_ = nullptr;
  int fd_ = -1;
  bool regular_ = false;
  bool at_end_ = false;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  explicit MemorySource(std::string bytes) : owned_(std::move(bytes)), bytes_(owned_) {}
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  std::string_view next_block() override {
    const std::string_view block = given_ ? std::string_view{} : bytes_;
    given_ = true;
    return block;
  }
  bool can_rewind() const override { return true; }
  void rewind() override { given_ = false; }

 private:
  std::string owned_;
  std::string_view bytes_;
  bool given_ = false;
};

class ArchiveSink final : public ByteSink {
 public:
  explicit ArchiveSink(std::string path) : path_(std::move(path)) {
    archive_ = archive_write_new();
    archive_write_set_format_raw(archive_);
    if (path_.ends_with(".gz")) archive_write_add_filter_gzip(archive_);
    if (path_.ends_with(".xz")) archive_write_add_filter_xz(archive_);
    if (path_.ends_with(".bz2")) archive_write_add_filter_bzip2(archive_);
    if (path_.ends_with(".zst")) archive_write_add_filter_zstd(archive_);
    archive_write_set_bytes_in_last_block(archive_, 1);
    const int opened = path_ == "-" ? archive_write_open_fd(archive_, STDOUT_FILENO)
                                    : archive_write_open_filename(archive_, path_.c_str());
    if (opened != ARCHIVE_OK) fail_writing();
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    const int status = archive_write_header(archive_, entry);
    archive_entry_free(entry);
    if (status != ARCHIVE_OK) fail_writing();
    buffer_.reserve(kBlockBytes + 4096);
  }
  ArchiveSink(const ArchiveSink&) = delete;
  ArchiveSink& operator=(const ArchiveSink&) = delete;
  ~ArchiveSink() override {
    if (archive_ != nullptr) archive_write_free(archive_);
  }

  void write(std::string_view bytes) override {
    buffer_ += bytes;
    if (buffer_.size() >= kBlockBytes) flush();
  }

  void finish() override {
    flush();
    if (archive_write_close(archive_) != ARCHIVE_OK) fail_writing();
  }

 private:
  void flush() {
    if (!buffer_.empty() && archive_write_data(archive_, buffer_.data(), buffer_.size()) < 0) {
      fail_writing();
    }
    buffer_.clear();
  }

  [[noreturn]] void fail_writing() {
    const char* text = archive_error_string(archive_);
    const std::string message = text != nullptr ? text : "unknown error";
    archive_write_free(archive_);
    archive_ = nullptr;
    throw InputError(path_ == "-" ? "<stdout>" : path_, 0, 0, "cannot be written: " + message);
  }

  std::string path_;
  archive* archive_ = nullptr;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  return std::make_unique<ArchiveSource>(path);
}

std::unique_ptr<ByteSource> memory_bytes(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<ByteSource> owned_bytes(std::string bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}

bool is_rereadable(const std::string& path) {
  struct stat about = {};
  return path != "-" && stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

std::unique_ptr<ByteSink> create_bytes(const std::string& path) {
  return std::make_unique<ArchiveSink>(path);
}

}  // namespace stargate::sim
