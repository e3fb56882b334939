#include "executor/inventory.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <sched.h>
#include <unistd.h>

#include "executor/control_group.h"
#include "executor/durable_file.h"

namespace stargate::executor {
namespace {

constexpr std::uint32_t kGpusMax = 64;

std::string machine_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string read_or_empty(const std::string& path) {
  try {
    return read_file(path).value_or("");
  } catch (const std::system_error&) {
    return "";
  }
}

/// The narrowest quota of a group and those above it; 0: there is none.
std::uint32_t quota_of(const ControlGroupPlace& place) {
  std::uint32_t narrowest = 0;
  std::string below = place.path;
  while (true) {
    const std::string folder = place.mount + below;
    std::string text = read_or_empty(folder + "/cpu.max");
    if (text.empty()) {
      text = read_or_empty(folder + "/cpu.cfs_quota_us") + " " +
             read_or_empty(folder + "/cpu.cfs_period_us");
    }
    const std::uint32_t cores = cores_of_quota(text);
    if (cores != 0 && (narrowest == 0 || cores < narrowest)) narrowest = cores;
    if (below.empty()) return narrowest;
    below.resize(below.rfind('/') == std::string::npos ? 0 : below.rfind('/'));
  }
}

}  // namespace

std::uint32_t cores_of_quota(const std::string& text) {
  std::istringstream words(text);
  std::int64_t time_us = 0;
  std::int64_t period_us = 0;
  if (!(words >> time_us >> period_us) || time_us <= 0 || period_us <= 0) return 0;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(time_us / period_us, 1));
}

std::uint32_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::uint32_t cores = 1;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    cores = static_cast<std::uint32_t>(std::max(CPU_COUNT(&set), 1));
  } else if (const long online = ::sysconf(_SC_NPROCESSORS_ONLN); online > 0) {
    // A machine with more cores than the set has room for.
    cores = static_cast<std::uint32_t>(online);
  }
  for (const char* controller : {"", "cpu"}) {
    const std::uint32_t quota = quota_of(own_place(controller));
    if (quota != 0) cores = std::min(cores, quota);
  }
  return cores;
}

std::vector<Node> machine_inventory(GpuLibrary* library,
                                    const std::function<bool(pid_t)>& is_ours) {
  Node node;
  node.name = machine_name();
  std::vector<Gpu> gpus;
  if (library != nullptr) {
    std::optional<std::vector<Gpu>> found = library->gpus();
    if (!found) return {};
    gpus = std::move(*found);
  }
  for (const Gpu& gpu : gpus) {
    if (node.gpus == kGpusMax) break;
    if (gpu.uuid.empty()) node.healthy = false;
    if (!std::all_of(gpu.processes.begin(), gpu.processes.end(), is_ours)) {
      node.foreign_gpus |= std::uint64_t{1} << node.gpus;
    }
    node.gpu_ids.push_back(gpu.uuid);
    ++node.gpus;
  }
  if (gpus.empty()) node.gpus = std::min(usable_cores(), kGpusMax);
  return {node};
}

}  // namespace stargate::executor
