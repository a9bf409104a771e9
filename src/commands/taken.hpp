// The refusal of a start, or restart, for want of what somebody else has: a port, a GPU.
#pragma once

#include "commands/context.hpp"
#include "util/error.hpp"

namespace jobctl {

struct Taken : Error {
  explicit Taken(const std::string& why, const std::string& advice = {})
      : Error(Errc::refused, why + "; nothing was started", advice) {}
};

// Who has it: "the job nightly (82d00a5b)"; "process 4242 (python3)", or the job in whose unit it runs.
std::string job_in_words(const Job& job);
std::string process_in_words(Context& context, pid_t pid);

}  // namespace jobctl
