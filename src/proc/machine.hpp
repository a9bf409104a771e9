// This machine, for jobs whose records other machines read as well: a home may be on a network.
#pragma once

#include <string>

namespace jobctl {

// A UUID made of machine-id(5), which outlasts the host's name; "" where the machine has none.
const std::string& machine_id();
std::string machine_id(const std::string& file);

std::string host_name();

}  // namespace jobctl
