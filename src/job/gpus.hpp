// The GPUs of a job: its own among live jobs unless it shares them, and told to it as CUDA_VISIBLE_DEVICES.
// Their numbers are those of nvidia-smi(1) and NVML, in the order of the PCI bus.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

struct Gpus {
  std::vector<unsigned> numbers;
  unsigned any = 0;     // as asked for: so many that nobody uses, instead of numbers
  bool shared = false;  // with other jobs that share them as well

  bool empty() const { return numbers.empty() && any == 0; }
  bool operator==(const Gpus&) const = default;
};

// "0", "1,0", "auto", "auto:2"; the sharing stays as it is. Throws Error{usage} that begins with `what`.
void set_gpus(Gpus& gpus, const std::string& text, const std::string& what);
// What set_gpus() takes to get the same; "" without any.
std::string gpus_text(const Gpus& gpus);

// As a record has those of a run: "0,1", "shared:0,1". What is damaged is none.
std::string given_gpus_text(const Gpus& gpus);
Gpus parse_given_gpus(const std::string& text);

// "CUDA_VISIBLE_DEVICES=0,1", and "CUDA_DEVICE_ORDER=PCI_BUS_ID", without which CUDA counts in its own way;
// none without GPUs.
std::vector<std::string> gpu_variables(const Gpus& gpus);

}  // namespace jobctl
