#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "executor/order.h"

namespace stargate::executor {

/// How one process of a gang begins.
struct RankStart {
  std::string program;  ///< a path
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string directory;
  std::string output;
  std::string error;
  std::string control_group;  ///< to join; empty: none
  std::uint64_t memory_bytes_max = 0;
  int arguments = -1;  ///< a descriptor that the program is to have; -1: none
};

/// What a process says of its beginning, through a pipe.
struct RankAnswer {
  std::uint32_t rank = 0;
  enum class Step : std::uint32_t { kReady, kOutput, kDirectory, kMemory, kProgram } step{};
  int error = 0;  ///< errno, unless it is ready
};

/// Writes an answer to `answers`, waits for a byte from `gate`, then becomes the program. Where that
/// fails, a second answer says so. Both descriptors close themselves on exec. Killed when `keeper`
/// ends. For a child that fork() has just made.
[[noreturn]] void become_rank(const RankStart& start, std::uint32_t rank, int gate, int answers,
                              pid_t keeper);

/// Where execvp would find it, by the PATH of `environment`. Empty: nowhere, and `problem` says so.
std::string find_program(const std::string& name, const Environment& environment,
                         const std::string& directory, std::string& problem);

}  // namespace stargate::executor
