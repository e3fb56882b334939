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

bool holds(const std::string& list, const std::string& word) {
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, ',');) {
    if (one == word) return true;
  }
  return false;
}

/// Empty: nowhere.
std::string mount_point(const std::string& controller) {
  std::istringstream lines(read_or_empty("/proc/self/mounts"));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string device;
    std::string point;
    std::string kind;
    std::string options;
    if (!(words >> device >> point >> kind >> options)) continue;
    if (controller.empty() ? kind == "cgroup2" : kind == "cgroup" && holds(options, controller)) {
      return point;
    }
  }
  return "";
}

}  // namespace

ControlGroupPlace own_place(const std::string& controller) {
  ControlGroupPlace place;
  place.mount = mount_point(controller);
  std::istringstream lines(read_or_empty("/proc/self/cgroup"));
  // NUMBER:controller,...:PATH
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? !controllers.empty() : !holds(controllers, controller)) continue;
    place.path = line.substr(second + 1);
    while (place.path.ends_with('/')) place.path.pop_back();
  }
  return place;
}

std::string own_control_group() {
  const ControlGroupPlace place = own_place("");
  if (place.mount.empty()) return "";
  const std::string folder = place.mount + place.path;
  const std::string trial = folder + "/stargate-trial-" + random_name();
  if (!create_control_group(trial)) return "";
  const bool can_kill = ::access((trial + "/cgroup.kill").c_str(), W_OK) == 0;
  remove_control_group(trial);
  return can_kill ? folder : "";
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
