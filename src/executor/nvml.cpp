#include <dlfcn.h>

#include "executor/gpu_library.h"

namespace stargate::executor {
namespace {

// The part of NVIDIA's binary interface (libnvidia-ml.so.1) that is used; its header is not needed.
constexpr int kSuccess = 0;
constexpr int kNotSupported = 3;
constexpr int kInsufficientSize = 7;
constexpr unsigned kUuidBytes = 96;

struct NvmlDevice;

struct NvmlProcess {
  unsigned pid;
  unsigned long long memory_bytes;
  unsigned gpu_instance;
  unsigned compute_instance;
};

class Nvml : public GpuLibrary {
 public:
  explicit Nvml(void* library) : library_(library) {
    find("nvmlInit_v2", init_);
    find("nvmlShutdown", shut_down_);
    find("nvmlDeviceGetCount_v2", count_);
    find("nvmlDeviceGetHandleByIndex_v2", handle_);
    find("nvmlDeviceGetUUID", uuid_);
    // The second and the third fill the same structure.
    if (!find("nvmlDeviceGetComputeRunningProcesses_v3", processes_)) {
      find("nvmlDeviceGetComputeRunningProcesses_v2", processes_);
    }
    is_usable_ = init_ != nullptr && shut_down_ != nullptr && count_ != nullptr &&
                 handle_ != nullptr && uuid_ != nullptr && init_() == kSuccess;
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml() override {
    if (is_usable_) shut_down_();
    ::dlclose(library_);
  }

  bool is_usable() const { return is_usable_; }

  std::optional<std::vector<Gpu>> gpus() override {
    std::vector<Gpu> gpus;
    unsigned count = 0;
    if (count_(&count) != kSuccess) return std::nullopt;
    for (unsigned i = 0; i < count; ++i) {
      Gpu gpu;
      NvmlDevice* device = nullptr;
      char uuid[kUuidBytes] = {};
      if (handle_(i, &device) == kSuccess && uuid_(device, uuid, kUuidBytes) == kSuccess) {
        // Whose processes cannot be told is no more ours to use than what does not answer.
        if (const auto processes = processes_on(device)) {
          gpu.uuid = uuid;
          gpu.processes = *processes;
        }
      }
      gpus.push_back(gpu);
    }
    return gpus;
  }

 private:
  template <class Function>
  bool find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    return function != nullptr;
  }

  /// nullopt: it does not answer. A driver that cannot tell says that there are none.
  std::optional<std::vector<pid_t>> processes_on(NvmlDevice* device) const {
    std::vector<pid_t> numbers;
    if (processes_ == nullptr) return numbers;
    std::vector<NvmlProcess> found(64);
    auto count = static_cast<unsigned>(found.size());
    int result = processes_(device, &count, found.data());
    // Some may begin between two calls.
    while (result == kInsufficientSize && found.size() < 65'536) {
      found.resize(2 * std::size_t{count} + found.size());
      count = static_cast<unsigned>(found.size());
      result = processes_(device, &count, found.data());
    }
    if (result == kNotSupported) return numbers;
    if (result != kSuccess) return std::nullopt;
    for (unsigned i = 0; i < count; ++i) numbers.push_back(static_cast<pid_t>(found[i].pid));
    return numbers;
  }

  void* library_;
  bool is_usable_ = false;
  int (*init_)() = nullptr;
  int (*shut_down_)() = nullptr;
  int (*count_)(unsigned*) = nullptr;
  int (*handle_)(unsigned, NvmlDevice**) = nullptr;
  int (*uuid_)(NvmlDevice*, char*, unsigned) = nullptr;
  int (*processes_)(NvmlDevice*, unsigned*, NvmlProcess*) = nullptr;
};

}  // namespace

std::unique_ptr<GpuLibrary> open_nvml() {
  void* library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  auto nvml = std::make_unique<Nvml>(library);
  if (!nvml->is_usable()) return nullptr;
  return nvml;
}

}  // namespace stargate::executor
