// The NVIDIA GPUs of this machine and who uses them, as NVML tells. Processes are those that this PID
// namespace can see; a GPU that is split (MIG) is one GPU here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jobctl {

struct GpuProcess {
  unsigned gpu;
  pid_t pid;
  uint64_t memory;  // bytes of the GPU's; 0 where that isn't known
};

struct Gpu {
  unsigned index = 0;  // as nvidia-smi(1) counts
  std::string uuid;
  std::string name;
  uint64_t memory_total = 0;  // bytes; 0 where that isn't known
  uint64_t memory_used = 0;
  std::vector<GpuProcess> processes;  // that compute or draw on it, each once
  std::string problem;                // not empty: why it can't be used
};

// In the order of their indexes, with no gaps. Throws Error that says why there is none.
std::vector<Gpu> list_gpus();

// Those of all GPUs; none where NVML is missing.
std::vector<GpuProcess> gpu_processes();

}  // namespace jobctl
