// What [start] in the configuration says for jobs that say nothing themselves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "job/spec.hpp"

namespace jobctl {

using GivenPolicies = std::map<std::string, std::vector<std::string>>;  // by Policy::name

// Sets every default that can mean something for this job and isn't among those `given`, and checks the whole
// (check_policies). Throws Error{usage}, which names file and line where a default is what doesn't fit.
void set_defaults(JobSpec& spec, const GivenPolicies& given, const Config& config);

}  // namespace jobctl
