// This machine, for jobs whose records other machines read as well: a home may be on a network.
#pragma once

#include <string>

#include "job/job.hpp"

namespace jobctl {

// A UUID made of machine-id(5), which outlasts the host's name; "" where the machine has none.
const std::string& machine_id();
std::string machine_id(const std::string& file);

std::string host_name();

// Whether a run began on another machine than this. One that has another ID and the same name is this one,
// installed anew or booted with an ID of its own (machine-id(5)); so is one that began since this boot.
bool is_on_another_machine(const Run& run);

}  // namespace jobctl
