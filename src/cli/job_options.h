#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/spec_file.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// What is submitted, from a file and from options; an option wins over the file, and over what it
/// excludes there.
class JobOptions {
 public:
  JobOptions();
  ~JobOptions();
  JobOptions(const JobOptions&) = delete;
  JobOptions& operator=(const JobOptions&) = delete;

  void add_to(CLI::App& verb);
  /// The words after `--`; may be empty.
  void set_command(std::vector<std::string> command);

  /// Once the options are read. Throws UsageError, InputError and world::WorldError.
  Written written(bool needs_command) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The options, for a text of help.
const char* job_options_help();

}  // namespace stargate::cli
