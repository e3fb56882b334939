#pragma once

#include <optional>
#include <string>

#include "cli/output_file.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
class Option;
}  // namespace CLI

namespace stargate::cli {

/// `--json [FILE]` of a verb: its answer for programs, to the file, or, without one, to standard output
/// instead of the text.
class JsonOption {
 public:
  void add_to(CLI::App& verb);

  /// Once the options are read, before the work. Throws UsageError where the file cannot be written.
  void open();
  /// After open(): whether anyone asked for it; whether it stands in the place of the text.
  bool is_wanted() const { return to_output_ || file_.has_value(); }
  bool replaces_text() const { return to_output_; }
  /// Writes the answer where it was asked for; does nothing where it was not.
  void write(const std::string& json);

 private:
  CLI::Option* option_ = nullptr;
  std::string path_;
  bool to_output_ = false;
  std::optional<OutputFile> file_;
};

}  // namespace stargate::cli
