#include "proc/gpus.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "proc/nvml.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

[[noreturn]] void no_driver(const std::string& why) {
  throw Error(Errc::failed, "this machine has no NVIDIA driver that works (" + why + ")",
              "nvidia-smi comes with the driver and must list the GPUs");
}

void initialize() {
  nvmlReturn_t result = nvml_success;
  try {
    result = nvmlInit_v2();
  } catch (const Error& error) {
    no_driver(error.what());
  }
  if (result != nvml_success) no_driver(std::string("NVML: ") + nvmlErrorString(result));
}

// NVML counts how often it was initialized.
class Nvml {
 public:
  Nvml() { initialize(); }
  ~Nvml() { nvmlShutdown(); }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // `visit(gpu, device)` for each; a device that NVML can't reach is visited as nullptr, with the problem
  // noted.
  template <class Visit>
  void each(Visit visit) const {
    unsigned count = 0;
    nvmlDeviceGetCount_v2(&count);
    for (unsigned index = 0; index < count; ++index) {
      Gpu gpu;
      gpu.index = index;
      nvmlDevice_t device = nullptr;
      if (const auto result = nvmlDeviceGetHandleByIndex_v2(index, &device); result != nvml_success) {
        gpu.problem = nvmlErrorString(result);
        device = nullptr;
      }
      visit(gpu, device);
    }
  }
};

// A function that fails, such as one that the GPU doesn't support, tells nothing.
template <class Function>
std::string text_from(Function& function, nvmlDevice_t device) {
  std::array<char, 96> text{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE
  const bool is_told = function(device, text.data(), static_cast<unsigned>(text.size())) == nvml_success;
  return is_told ? text.data() : "";
}

template <class Function>
std::vector<nvmlProcessInfo_t> processes_from(Function& function, nvmlDevice_t device) {
  std::vector<nvmlProcessInfo_t> processes(64);
  for (;;) {
    auto count = static_cast<unsigned>(processes.size());
    const nvmlReturn_t result = function(device, &count, processes.data());
    // More may begin before the next question.
    if (result == nvml_insufficient_size)
      processes.resize(2 * std::max<size_t>(count, processes.size()));
    else
      return processes.resize(result == nvml_success ? count : 0), processes;
  }
}

// One that computes and draws is in both lists, with the same memory.
void add(std::vector<GpuProcess>& processes, const GpuProcess& process) {
  const auto same = std::find_if(processes.begin(), processes.end(), [&](const GpuProcess& other) {
    return other.gpu == process.gpu && other.pid == process.pid;
  });
  if (same == processes.end())
    processes.push_back(process);
  else
    same->memory = std::max(same->memory, process.memory);
}

std::vector<GpuProcess> processes_on(unsigned index, nvmlDevice_t device) {
  constexpr auto not_available = std::numeric_limits<unsigned long long>::max();
  std::vector<GpuProcess> processes;
  const auto add_all = [&](auto& function) {
    for (const nvmlProcessInfo_t& info : processes_from(function, device))
      add(processes, {index, static_cast<pid_t>(info.pid),
                      info.usedGpuMemory == not_available ? 0 : uint64_t{info.usedGpuMemory}});
  };
  add_all(nvmlDeviceGetComputeRunningProcesses_v2);
  add_all(nvmlDeviceGetGraphicsRunningProcesses_v2);
  return processes;
}

}  // namespace

std::vector<Gpu> list_gpus() {
  std::vector<Gpu> gpus;
  const Nvml nvml;
  nvml.each([&](Gpu& gpu, nvmlDevice_t device) {
    if (device) {
      nvmlMemory_t memory{};
      gpu.uuid = text_from(nvmlDeviceGetUUID, device);
      gpu.name = text_from(nvmlDeviceGetName, device);
      if (nvmlDeviceGetMemoryInfo(device, &memory) == nvml_success) {
        gpu.memory_total = memory.total;
        gpu.memory_used = memory.used;
      }
      gpu.processes = processes_on(gpu.index, device);
    }
    gpus.push_back(std::move(gpu));
  });
  if (gpus.empty()) throw Error(Errc::failed, "this machine has no NVIDIA GPU", "nvidia-smi lists them");
  return gpus;
}

std::vector<GpuProcess> gpu_processes() try {
  std::vector<GpuProcess> all;
  const Nvml nvml;
  nvml.each([&](const Gpu& gpu, nvmlDevice_t device) {
    if (!device) return;
    const std::vector<GpuProcess> some = processes_on(gpu.index, device);
    all.insert(all.end(), some.begin(), some.end());
  });
  return all;
} catch (const Error&) {
  return {};
}

}  // namespace jobctl
