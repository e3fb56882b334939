#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stargate::sim {

/// The bytes of a file, a block at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next bytes, good until the next call; empty at the end. Throws InputError.
  virtual std::string_view next_block() = 0;
  /// Whether the bytes can be read again from the start.
  virtual bool can_rewind() const = 0;
  /// REQUIRES: can_rewind().
  virtual void rewind() = 0;
};

/// A file ("-": standard input), plain or compressed with gzip, xz, zstd or bzip2, whatever its name.
/// Only regular files can be read again. Throws InputError for a file that cannot be read, that is
/// cut off in the middle of its compressed data, or that is named as compressed and is not.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);

/// Bytes in memory. REQUIRES: they outlive the source.
std::unique_ptr<ByteSource> memory_bytes(std::string_view bytes);
/// Bytes in memory that the source keeps.
std::unique_ptr<ByteSource> owned_bytes(std::string bytes);

/// True for a path that can be read more than once: a regular file.
bool is_rereadable(const std::string& path);

/// A file ("-": standard output) that is written from its start; compressed where its name ends with
/// .gz, .xz, .zst or .bz2.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Throws InputError where the bytes cannot be written.
  virtual void write(std::string_view bytes) = 0;
  /// Writes what is left and closes the file; without it the file is left incomplete. Throws
  /// InputError.
  virtual void finish() = 0;
};

std::unique_ptr<ByteSink> create_bytes(const std::string& path);

}  // namespace stargate::sim
