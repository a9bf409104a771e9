// What a process knows of itself.
#pragma once

#include <string>

namespace jobctl {

// An environment variable, "" where it is not set.
std::string environment(const char* name);

// The folder that this program lies in, without a final '/'; "" where /proc doesn't tell.
std::string own_folder();

}  // namespace jobctl
