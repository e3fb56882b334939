#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "executor/executor.h"

// What the executor of a machine and a gang's keeper tell each other, as files in the folder of an
// epoch.

namespace stargate::executor {

/// The environment variable that marks every process of a gang; its value is Order::gang.
inline constexpr const char* kGangVariable = "STARGATE_GANG";

using Environment = std::map<std::string, std::string>;

/// What a keeper is to start.
struct Order {
  JobId job;
  std::uint64_t epoch = 0;
  std::string gang;     ///< no other gang on this machine has the same
  std::string boot_id;  ///< of the machine as it ran when this was written
  std::string cgroup;   ///< the folder of a control group to create for the gang; empty: none
  std::string wake;     ///< a FIFO that wants a byte when a finding was written
  std::vector<std::string> devices;  ///< what all of it runs on, for people
  std::vector<std::string> argv;     ///< empty: there are no ranks
  /// What each rank runs in (sandbox.h); empty: nothing is hidden from it.
  std::vector<std::string> sandbox;
  std::string directory;
  Environment environment;         ///< of every rank
  std::vector<Environment> ranks;  ///< what each has beside that
  Duration time_limit;             ///< zero: none
  Duration grace;
  int warning_signal = 15;
  std::uint64_t memory_bytes_max = 0;  ///< zero: no limit
};

/// Throws std::runtime_error where a text in it is not UTF-8.
std::string order_text(const Order& order);
/// Throws std::runtime_error where the text is no order.
Order read_order(const std::string& text);

/// "NAME=value" each.
std::vector<std::string> assignments_of(const Environment& environment);

std::string report_text(const Report& report);
/// Throws std::runtime_error where the text is no report.
Report read_report(const std::string& text);

}  // namespace stargate::executor
