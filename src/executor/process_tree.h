#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace stargate::executor {

/// A process, told from a later one that got the same number.
struct Process {
  pid_t number = 0;
  pid_t parent = 0;
  std::uint64_t started_ticks = 0;  ///< since the machine's start
};

/// Everything below `root`, without it, as far as it has not ended. O(processes of the machine).
std::vector<Process> descendants_of(pid_t root);
/// Processes whose environment holds exactly `assignment`, "NAME=value", and everything below them.
/// O(processes of the machine).
std::vector<Process> marked_processes(const std::string& assignment);
/// Whether the process's environment holds a variable that begins with `beginning`, "NAME=val".
bool has_variable(pid_t number, const std::string& beginning);

/// The same of a process or of any above it: some programs drop their environment.
bool has_variable_above(pid_t number, const std::string& beginning);

/// A file of /proc; empty where the process has gone or is not ours to look into.
std::string read_process_file(pid_t number, const char* name);
/// A descriptor that is readable once the process has ended; -1: there is none with that number.
int open_process(pid_t number);
bool has_ended(int process);
/// Nothing happens where that process has ended.
void send_signal(const Process& process, int signal);

}  // namespace stargate::executor
