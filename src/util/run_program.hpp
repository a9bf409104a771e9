// Running another program for what it prints.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

struct ProgramOutput {
  bool good = false;   // exit status 0
  std::string output;  // stdout and stderr together
};

// The program is searched in PATH and speaks no other language than C's (locale(7)). Throws Error where it
// can't be run at all; one that isn't there, or takes 10 s (alarm(2)), is not good.
ProgramOutput run_program(const std::vector<std::string>& argv);

}  // namespace jobctl
