#include "commands/gpu_choice.hpp"

#include <algorithm>

#include "commands/taken.hpp"
#include "output/words.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

bool has(const Gpus& gpus, unsigned number) {
  return std::find(gpus.numbers.begin(), gpus.numbers.end(), number) != gpus.numbers.end();
}

const Job* holder_of(unsigned number, const std::vector<Job>& holders) {
  for (const Job& job : holders)
    if (has(job.current.gpus, number)) return &job;
  return nullptr;
}

std::string option_of(const Gpus& wanted) {
  return "--gpu " + gpus_text(wanted);
}

std::vector<Gpu> look(const Gpus& wanted) try {
  return wanted.empty() ? std::vector<Gpu>() : list_gpus();
} catch (const Error& error) {
  throw Taken(option_of(wanted) + ": " + error.what(), error.hint);
}

std::string present_in_words(size_t count) {
  return count == 1
             ? "this machine has one GPU, 0"
             : "this machine has " + std::to_string(count) + " GPUs, 0 to " + std::to_string(count - 1);
}

// The earlier ones first, then those with the most free memory.
bool is_better(const Gpu* one, const Gpu* other, const Gpus& before) {
  const auto rank = [&](const Gpu* gpu) {
    return std::pair(has(before, gpu->index), gpu->memory_total - gpu->memory_used);
  };
  return rank(one) > rank(other);
}

}  // namespace

GpuChoice::GpuChoice(Context& context, const Gpus& wanted)
    : context_(context), wanted_(wanted), present_(look(wanted)) {
  const size_t count = present_.size();
  const auto is_missing = [&](unsigned number) { return number >= count; };
  if (wanted_.any > count || std::any_of(wanted_.numbers.begin(), wanted_.numbers.end(), is_missing))
    throw Error(Errc::usage, option_of(wanted_) + ": " + present_in_words(count));
}

Gpus GpuChoice::choose(const Gpus& before, const std::vector<Job>& holders) const {
  check_named(holders);
  Gpus chosen{wanted_.numbers, 0, wanted_.shared};
  if (wanted_.any > 0) chosen.numbers = choose_any(before, holders);
  return chosen;
}

void GpuChoice::check_named(const std::vector<Job>& holders) const {
  for (const unsigned number : wanted_.numbers) {
    const std::string name = "GPU " + std::to_string(number);
    if (const std::string& problem = present_[number].problem; !problem.empty())
      throw Taken(name + " can't be used: " + problem, "look at it: nvidia-smi");
    const Job* holder = holder_of(number, holders);
    if (!holder || (wanted_.shared && holder->current.gpus.shared)) continue;
    throw Taken(name + " is taken by " + job_in_words(*holder),
                holder->current.gpus.shared ? "that job shares it: --gpu-shared"
                                            : "one that nobody uses is found by: --gpu auto");
  }
}

std::vector<unsigned> GpuChoice::choose_any(const Gpus& before, const std::vector<Job>& holders) const {
  std::vector<const Gpu*> free;
  for (const Gpu& gpu : present_)
    if (user_in_words(gpu, holders).empty()) free.push_back(&gpu);
  if (free.size() < wanted_.any) refuse_any(free.size(), holders);
  std::stable_sort(free.begin(), free.end(),
                   [&](const Gpu* one, const Gpu* other) { return is_better(one, other, before); });
  std::vector<unsigned> numbers;
  for (size_t i = 0; i < wanted_.any; ++i) numbers.push_back(free[i]->index);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// "" of one that nobody uses.
std::string GpuChoice::user_in_words(const Gpu& gpu, const std::vector<Job>& holders) const {
  if (!gpu.problem.empty()) return gpu.problem;
  if (const Job* holder = holder_of(gpu.index, holders)) return job_in_words(*holder);
  return gpu.processes.empty() ? "" : process_in_words(context_, gpu.processes.front().pid);
}

void GpuChoice::refuse_any(size_t free, const std::vector<Job>& holders) const {
  std::vector<std::string> users;
  for (const Gpu& gpu : present_)
    if (const std::string user = user_in_words(gpu, holders); !user.empty())
      users.push_back(std::to_string(gpu.index) + ": " + user);
  throw Taken(option_of(wanted_) + ": of " + count_in_words(present_.size(), "GPU", "GPUs") + " " +
                  std::to_string(free) + " " + (free == 1 ? "is" : "are") + " free (" + join(users, ", ") +
                  ")",
              "who has them: jobctl list, nvidia-smi");
}

}  // namespace jobctl
