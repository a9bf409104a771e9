// What a job has from its caller's shell as settings of a unit, systemd.exec(5): UMask=, and those of
// LimitNOFILE= and so on that a service hasn't got anyway.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

std::vector<std::pair<std::string, std::string>> inherited_settings(const JobSpec& spec);

}  // namespace jobctl
