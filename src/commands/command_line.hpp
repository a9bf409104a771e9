// The command line: which verb, with which options, for which manager.
#pragma once

namespace jobctl {

// Parses, runs the verb and returns its exit code. Throws Error; wrong command lines are Error{usage}.
int run_command_line(int argc, char** argv);

}  // namespace jobctl
