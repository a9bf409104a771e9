// A stand-in for NVIDIA's libnvidia-ml.so.1: the GPUs of a machine that has none. nvmlInit_v2 reads them from
// the file that JOBCTL_FAKE_NVML names, line by line:
//   gpu TOTAL USED NAME            memory in MiB; the first line is GPU 0, and so on
//   lost                           a GPU that can't be reached
//   process GPU PID MIB [KIND]     compute (default) or graphics; MIB "-": not available
//   error NUMBER                   what nvmlInit_v2 returns
#include "proc/nvml.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

struct nvmlDevice_st {
  std::string uuid, name;
  nvmlMemory_t memory{};
  std::vector<nvmlProcessInfo_t> compute, graphics;
  bool is_lost = false;
};

namespace {

constexpr nvmlReturn_t uninitialized = 1, invalid_argument = 2, driver_not_loaded = 9, gpu_is_lost = 15;
constexpr unsigned long long mebibyte = 1 << 20;

int initialized = 0;
std::vector<nvmlDevice_st> devices;

void add_gpu(std::istringstream& line) {
  nvmlDevice_st device;
  line >> device.memory.total >> device.memory.used >> std::ws;
  std::getline(line, device.name);
  device.uuid = "GPU-" + std::to_string(devices.size());
  device.memory.total *= mebibyte;
  device.memory.used *= mebibyte;
  device.memory.free = device.memory.total - device.memory.used;
  devices.push_back(std::move(device));
}

void add_process(std::istringstream& line) {
  size_t gpu = 0;
  std::string memory, kind;
  nvmlProcessInfo_t process{};
  line >> gpu >> process.pid >> memory >> kind;
  process.usedGpuMemory = memory == "-" ? ~0ULL : std::stoull(memory) * mebibyte;
  auto& device = devices.at(gpu);
  (kind == "graphics" ? device.graphics : device.compute).push_back(process);
}

nvmlReturn_t read(std::istream& file) {
  devices.clear();
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string word;
    nvmlReturn_t error = 0;
    line >> word;
    if (word == "error" && line >> error) return error;
    if (word == "gpu") add_gpu(line);
    if (word == "lost") devices.emplace_back().is_lost = true;
    if (word == "process") add_process(line);
  }
  return 0;
}

nvmlReturn_t copy(const std::string& text, char* to, unsigned length) {
  return snprintf(to, length, "%s", text.c_str()) < static_cast<int>(length) ? 0
                                                                             : jobctl::nvml_insufficient_size;
}

nvmlReturn_t copy(const std::vector<nvmlProcessInfo_t>& from, unsigned* count, nvmlProcessInfo_t* to) {
  const bool fits = *count >= from.size();
  *count = static_cast<unsigned>(from.size());
  if (!fits) return jobctl::nvml_insufficient_size;
  std::copy(from.begin(), from.end(), to);
  return 0;
}

}  // namespace

extern "C" {

nvmlReturn_t nvmlInit_v2() {
  const char* path = getenv("JOBCTL_FAKE_NVML");
  std::ifstream file(path ? path : "");
  if (!file) return driver_not_loaded;
  const nvmlReturn_t result = read(file);
  if (result == 0) ++initialized;
  return result;
}

nvmlReturn_t nvmlShutdown() {
  return initialized-- > 0 ? 0 : uninitialized;
}

const char* nvmlErrorString(nvmlReturn_t result) {
  return result == driver_not_loaded ? "Driver Not Loaded"
         : result == gpu_is_lost     ? "GPU is lost"
                                     : "Unknown Error";
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) {
  if (initialized <= 0) return uninitialized;
  *count = static_cast<unsigned>(devices.size());
  return 0;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device) {
  if (initialized <= 0) return uninitialized;
  if (index >= devices.size()) return invalid_argument;
  *device = &devices[index];
  return devices[index].is_lost ? gpu_is_lost : 0;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned length) {
  return copy(device->uuid, uuid, length);
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned length) {
  return copy(device->name, name, length);
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  *memory = device->memory;
  return 0;
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned* count,
                                                     nvmlProcessInfo_t* processes) {
  return copy(device->compute, count, processes);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned* count,
                                                      nvmlProcessInfo_t* processes) {
  return copy(device->graphics, count, processes);
}

}  // extern "C"
