// Which GPUs a job gets: those that it names, or some that nobody uses.
#pragma once

#include "commands/context.hpp"
#include "proc/gpus.hpp"

namespace jobctl {

class GpuChoice {
 public:
  // Asks NVML, where GPUs are wanted. Throws Taken where there is no NVML, Error{usage} where there are fewer
  // GPUs.
  GpuChoice(Context& context, const Gpus& wanted);

  // `before`: what an earlier run had; taken again for "auto" where nobody uses it. `holders`: the other jobs
  // that have GPUs. Throws Taken.
  Gpus choose(const Gpus& before, const std::vector<Job>& holders) const;

 private:
  void check_named(const std::vector<Job>& holders) const;
  std::vector<unsigned> choose_any(const Gpus& before, const std::vector<Job>& holders) const;
  std::string user_in_words(const Gpu& gpu, const std::vector<Job>& holders) const;
  [[noreturn]] void refuse_any(size_t free, const std::vector<Job>& holders) const;

  Context& context_;
  const Gpus& wanted_;
  const std::vector<Gpu> present_;
};

}  // namespace jobctl
