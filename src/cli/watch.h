#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/client.h"

namespace stargate::cli {

/// How long those who watch wait for a control plane that is started again.
inline constexpr std::chrono::seconds kWatchPatience{60};

bool has_ended(const Json& job);
/// What `wait` exits with for a job that has ended: 0; its exit status; 1 where it has none.
int status_of(const Json& job);
/// "job 7 is running at local (here)", and why where something is said of it.
std::string line_of(const Json& job);

/// What a process of a job prints, read from its beginning on, over all starts of the job or over one.
class LogReader {
 public:
  LogReader(Client& client, std::uint64_t job, std::uint64_t rank, bool is_error,
            std::optional<std::uint64_t> start)
      : client_(client), job_(job), rank_(rank), is_error_(is_error), start_(start) {}

  /// The next bytes; empty: there are none now. `is_over()`: nor will there be.
  std::string next();
  bool is_over() const { return is_over_; }
  /// The last answer.
  const Reply& reply() const { return reply_; }

 private:
  Client& client_;
  std::uint64_t job_;
  std::uint64_t rank_;
  bool is_error_;
  std::optional<std::uint64_t> start_;  ///< the only one
  std::uint64_t current_ = 0;           ///< 0: that is not known yet
  std::uint64_t offset_ = 0;
  bool is_over_ = false;
  Reply reply_;
};

/// Pauses that grow while nothing happens.
class Pace {
 public:
  void rest();
  void reset() { pause_ = kLeast; }

 private:
  static constexpr std::chrono::milliseconds kLeast{100};
  static constexpr std::chrono::milliseconds kMost{1'000};
  std::chrono::milliseconds pause_ = kLeast;
};

/// Until the job has ended: says on standard error how far it has come, and copies what rank 0 prints
/// to standard output. `is_json`: each state as JSON in a line instead. What `wait` exits with.
int watch_job(Client& client, std::uint64_t job, bool is_json);

}  // namespace stargate::cli
