#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/input_error.h"
#include "sim/trace_reader.h"

namespace stargate::sim {

/// A log from a text, read whole.
struct ReadLog {
  TraceTables tables;
  std::vector<TraceJob> jobs;
  Skips skips;
  std::vector<std::string> notes;

  const Request& request(std::size_t job) const { return tables.requests[jobs[job].request]; }
};

inline ReadLog read_text(const std::string& format, const std::string& text,
                         const std::string& time_zone = "UTC", const std::string& unit = "") {
  ReadLog log;
  TraceOptions options{.format = format, .path = "log", .time_zone = time_zone, .unit = unit};
  const auto reader = open_trace(options, LineReader("log", owned_bytes(text)), log.tables);
  for (TraceJob job; reader->next(job);) log.jobs.push_back(job);
  log.skips = reader->skips();
  log.notes = reader->notes();
  return log;
}

/// The message of the error that reading the text ends with; "" where it does not.
inline std::string error_of(const std::string& format, const std::string& text,
                            const std::string& time_zone = "UTC") {
  try {
    read_text(format, text, time_zone);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// A real log, or "" where there are none beside the repository.
inline std::string real_log(const std::string& name) {
  const char* set = std::getenv("STARGATE_TRACES");
  const std::filesystem::path folder =
      set != nullptr ? std::filesystem::path(set)
                     : std::filesystem::path(STARGATE_SOURCE_DIR) / ".." / "shared" / "traces";
  const std::filesystem::path path = folder / name;
  return std::filesystem::exists(path) ? path.string() : "";
}

}  // namespace stargate::sim

/// Ends the test, visibly skipped, where the log is not there.
#define STARGATE_REAL_LOG(variable, name)                                                         \
  const std::string variable = ::stargate::sim::real_log(name);                                   \
  if (variable.empty()) {                                                                         \
    GTEST_SKIP() << "no " << name << " in ../shared/traces; STARGATE_TRACES names another place"; \
  }
