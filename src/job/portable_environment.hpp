// Which variables of a job go into a file that describes it. The job has its caller's whole environment; what
// matters of it elsewhere is little, and some of it is nobody else's business.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct PortableEnvironment {
  std::vector<std::string> kept;  // K=V
  // The names of the others.
  std::vector<std::string> callers;     // of a login, shell, terminal or desktop
  std::vector<std::string> secrets;     // that look like it
  std::vector<std::string> impossible;  // that can't be written
};

// `given`: K=V that the job has there anyway. `all`: whatever it is, as long as it can be written.
PortableEnvironment choose_environment(const JobSpec& spec, const std::vector<std::string>& given, bool all,
                                       const std::function<bool(std::string_view)>& can_be_written);

// By its name, or a password in a URL.
bool looks_secret(std::string_view assignment);

}  // namespace jobctl
