// What a job does as a script of sh(1), for where nothing of jobctl's can do it.
#pragma once

#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

// What the script does before the commands; "" where somebody else does it.
struct ShellScript {
  std::string directory;
  std::string log_file;  // for standard output and error, appended to
};

// Runs the commands as the holder would: one after the other until one fails, or with `keep_going` all of
// them; the first failure is its exit status. Any POSIX shell reads it, on one line where the words have
// none.
std::string shell_script(const std::vector<Argv>& commands, bool keep_going, const ShellScript& before);

}  // namespace jobctl
