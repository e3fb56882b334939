#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/time.h"
#include "model/level.h"
#include "model/request.h"
#include "model/use.h"
#include "server/schema.h"

namespace stargate::server {

/// A job as it is submitted: what to run, on what, and for which use. Names are those of the world.
struct JobSpec {
  std::string name;
  std::string tenant;    ///< empty: that of the token, else the first of the world
  std::string workload;  ///< of the world; empty: one made from what follows
  Use use = Use::kResearch;
  std::string product;
  std::vector<std::string> accelerators;  ///< empty: any
  std::vector<std::string> data;
  Part part;
  Level within = Level::kFleet;
  bool must_be_within = false;
  std::int32_t priority = 0;
  Duration time_limit;  ///< zero: none
  Duration checkpoint_interval;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::string directory;
  std::uint32_t processes_per_node = 0;  ///< 0: one a GPU
  std::uint64_t memory_bytes_max = 0;
  std::string signal = "TERM";
  Duration grace = seconds(10);
  std::uint32_t restarts = 0;  ///< after a failure, at most

  Request request() const;
  /// For placement: how long it is thought to run.
  Duration estimate() const;
};

/// Its members as users write them (docs/control-plane.md).
const Schema& job_spec_schema();

/// REQUIRES: faults_of(job_spec_schema(), value) is empty. Throws Problem where members do not fit each
/// other.
JobSpec job_spec_of(const JsonView& value);

/// The words of the uses, in their order, and the use of a word. REQUIRES: it is one of them.
std::vector<const char*> use_words();
Use use_of(std::string_view word);

/// The number of "TERM", "INT", "USR1"...; 0: there is none of that name.
int signal_of(const std::string& name);

}  // namespace stargate::server
