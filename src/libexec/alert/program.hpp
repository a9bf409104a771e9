// Running one program for a job: as its user, with its environment.
#pragma once

#include <string>
#include <vector>

#include "libexec/common/alerts.hpp"

namespace jobctl {

struct Program {
  Argv argv;
  std::vector<std::string> environment;  // PATH in it is searched
  std::string input = {};                // on standard input; nobody minds when it isn't read
  bool in_directory = false;             // the job's, if it is there
  bool is_known = false;                 // what it says on standard error is the reason of its failure
};

// Waits for its end, and kills it when it takes too long; what it has started ends with it.
Outcome run_program(const JobSpec& spec, const Program& program, Duration patience);

}  // namespace jobctl
