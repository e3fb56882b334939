#include "executor/control_group.h"

#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executor/descriptor.h"
#include "executor/durable_file.h"
#include "executor/machine.h"

namespace stargate::executor {
namespace {

std::string read_or_empty(const std::string& path) {
  try {
    return read_file(path).value_or("");
  } catch (const std::system_error&) {
    return "";
  }
}

/// Where the second version is mounted whole; empty: nowhere.
std::string mount_point() {
  std::istringstream lines(read_or_empty("/proc/self/mounts"));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string device;
    std::string point;
    std::string kind;
    if (words >> device >> point >> kind && kind == "cgroup2") return point;
  }
  return "";
}

}  // namespace

std::string own_control_group() {
  const std::string mount = mount_point();
  if (mount.empty()) return "";
  std::istringstream lines(read_or_empty("/proc/self/cgroup"));
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with("0::/")) continue;
    std::string folder = mount + line.substr(3);
    while (folder.ends_with('/')) folder.pop_back();
    const std::string trial = folder + "/stargate-trial-" + random_name();
    if (!create_control_group(trial)) return "";
    const bool can_kill = ::access((trial + "/cgroup.kill").c_str(), W_OK) == 0;
    remove_control_group(trial);
    return can_kill ? folder : "";
  }
  return "";
}

bool create_control_group(const std::string& folder) { return ::mkdir(folder.c_str(), 0755) == 0; }

void kill_control_group(const std::string& folder) {
  const Descriptor file(::open((folder + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  // A group that has just been removed holds nothing.
  if (file.is_open() && ::write(file.get(), "1", 1) != 1) return;
}

bool control_group_lives(const std::string& folder) {
  return read_or_empty(folder + "/cgroup.events").find("populated 1") != std::string::npos;
}

void remove_control_group(const std::string& folder) { ::rmdir(folder.c_str()); }

}  // namespace stargate::executor
