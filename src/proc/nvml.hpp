// The few functions of NVML, NVIDIA's management library, that jobctl calls. It comes with the driver, so it
// is loaded where a GPU is asked for; its header comes with CUDA, so what is needed of it is declared here
// (https://docs.nvidia.com/deploy/nvml-api).
#pragma once

#include "util/lazy_library.hpp"

// NOLINTBEGIN(readability-identifier-naming): its names
extern "C" {

using nvmlReturn_t = int;
using nvmlDevice_t = struct nvmlDevice_st*;

struct nvmlMemory_t {
  unsigned long long total, free, used;  // bytes
};

// As version 2 of the functions has it, of driver 450 and later; some drivers of series 535 have another one
// in version 3, or no version 3.
struct nvmlProcessInfo_t {
  unsigned pid;
  unsigned long long usedGpuMemory;  // bytes; all ones: not available
  unsigned gpuInstanceId, computeInstanceId;
};

nvmlReturn_t nvmlInit_v2();
nvmlReturn_t nvmlShutdown();
const char* nvmlErrorString(nvmlReturn_t result);
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count);
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device);
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned length);
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned length);
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory);
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned* count,
                                                     nvmlProcessInfo_t* processes);
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned* count,
                                                      nvmlProcessInfo_t* processes);

}  // extern "C"
// NOLINTEND(readability-identifier-naming)

namespace jobctl {

constexpr nvmlReturn_t nvml_success = 0;
constexpr nvmlReturn_t nvml_insufficient_size = 7;

inline constinit LazyLibrary libnvidia_ml("libnvidia-ml.so.1", "libnvidia-ml1");

JOBCTL_LAZY(libnvidia_ml, nvmlInit_v2);
JOBCTL_LAZY(libnvidia_ml, nvmlShutdown);
JOBCTL_LAZY(libnvidia_ml, nvmlErrorString);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetCount_v2);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetHandleByIndex_v2);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetUUID);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetName);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetMemoryInfo);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetComputeRunningProcesses_v2);
JOBCTL_LAZY(libnvidia_ml, nvmlDeviceGetGraphicsRunningProcesses_v2);

}  // namespace jobctl
