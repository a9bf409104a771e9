// The command line: which verb, with which options, for which manager.
#pragma once

#include <vector>

#include "commands/verb.hpp"

namespace jobctl {

// Parses, runs the verb and returns its exit code. Throws Error; wrong command lines are Error{usage}.
int run_command_line(int argc, char** argv);

// For the man pages. What `jobctl --help` prints, and jobctl's own options and every verb described on `app`
// as for parsing. Nothing may be parsed with it.
const char* overview_text();
std::vector<Verb> describe_all(CLI::App& app);

}  // namespace jobctl
