// systemd-analyze(1): what systemd would say to something before it is given to it.
#pragma once

#include <string>
#include <vector>

#include "util/run_program.hpp"

namespace jobctl {

ProgramOutput analyze(std::vector<std::string> arguments);

// Throws Error{usage} for what is no calendar event, systemd.time(7), or one that never comes again.
void check_calendar(const std::string& spec);

}  // namespace jobctl
