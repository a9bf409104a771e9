// Where a Python worker works: all that one which was spawned shows of the script that it works for.
#pragma once

#include <string>

namespace jobctl {

// Whether somebody who works in `directory` may have been started for what the pattern (job/program_pattern)
// means: the script lies there, or in a folder below it that the pattern names. Names alone, "train.py", mean
// no place.
bool is_place_of(const std::string& directory, const std::string& pattern);

}  // namespace jobctl
