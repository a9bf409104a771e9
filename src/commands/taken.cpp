#include "commands/taken.hpp"

#include "output/words.hpp"
#include "proc/read.hpp"
#include "proc/usage.hpp"
#include "util/text.hpp"

namespace jobctl {

std::string job_in_words(const Job& job) {
  return "the job " + shown_name(job.spec) + " (" + job.spec.uuid.substr(0, 8) + ")";
}

std::string process_in_words(Context& context, pid_t pid) {
  if (const auto uuid = job_of_process(pid))
    if (const auto job = context.registry().find_uuid(*uuid)) return job_in_words(*job);
  const auto name = read_small_file("/proc/" + std::to_string(pid) + "/comm");
  return "process " + std::to_string(pid) +
         (name ? " (" + printable_ascii(name->substr(0, name->find('\n')), 40) + ")" : "");
}

}  // namespace jobctl
