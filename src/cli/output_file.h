#pragma once

#include <string>
#include <string_view>

namespace stargate::cli {

/// A file that a verb writes when it is done. What cannot be written is found out when the object is
/// made, before the work; and the file appears, or is replaced, in whole when `commit` is called, or
/// not at all. Things that are not regular files (a pipe, a device) are written as they are.
class OutputFile {
 public:
  /// Throws UsageError, naming `option`, where the file cannot be written.
  OutputFile(const std::string& option, const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Leaves no trace of what was not committed.
  ~OutputFile();

  /// Where to write until then: a file in the same folder whose name ends like the real one's.
  const std::string& working_path() const { return working_path_; }
  /// Writes the whole text to the working path. Throws UsageError.
  void write(std::string_view text);
  /// Puts the working file in its place. Throws UsageError.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;

  std::string option_;
  std::string path_;
  std::string target_;        ///< the path with symbolic links followed
  std::string working_path_;  ///< equal to target_ where it is not a regular file
};

/// Throws UsageError where no file can be written at `path`. Leaves nothing behind.
void check_writable(const std::string& option, const std::string& path);

/// "jobs.csv" and "fifo-easy" make "jobs-fifo-easy.csv"; the endings of compressed files
/// (".csv.zst") count as one.
std::string with_suffix(const std::string& path, const std::string& suffix);

}  // namespace stargate::cli
