// -p User=, Group= and SupplementaryGroups= of a job of the system manager.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

// nullopt where none of them is given. Throws Error{usage} for a user or group that doesn't exist, and for
// properties that systemd could grant only if it changed the user itself.
std::optional<Credentials> find_run_as(const JobSpec& spec);

// HOME, USER, LOGNAME and SHELL of that user instead of root's, and nothing that leads to root's session.
void adapt_environment(std::vector<std::string>& environment, const Credentials& run_as);

}  // namespace jobctl
