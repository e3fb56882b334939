#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace stargate::executor {

/// A GPU as its driver describes it.
struct Gpu {
  std::string uuid;              ///< empty: it does not answer
  std::vector<pid_t> processes;  ///< that compute on it now
};

/// What tells of a machine's GPUs.
class GpuLibrary {
 public:
  virtual ~GpuLibrary() = default;

  /// In the order of the driver's indexes; nullopt: the driver does not answer.
  virtual std::optional<std::vector<Gpu>> gpus() = 0;
};

/// NVIDIA's management library; null where there is none or it finds no driver.
std::unique_ptr<GpuLibrary> open_nvml();

}  // namespace stargate::executor
