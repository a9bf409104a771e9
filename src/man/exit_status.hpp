// The sections EXIT STATUS, out of util/error.hpp.
#pragma once

#include <string>

namespace jobctl {

// Every status, for jobctl(1).
std::string all_exit_statuses();

// Of a command about which there is nothing more to say.
std::string usual_exit_status();

}  // namespace jobctl
