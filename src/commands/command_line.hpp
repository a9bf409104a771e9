// The command line: which verb, with which options, for which manager.
#pragma once

#include <string>
#include <vector>

#include "commands/verb.hpp"

namespace jobctl {

// The description of a command line for the parser.
struct CommandLine {
  // `meant`: the verb that is named. Describing every option of every verb takes longer than many a verb
  // itself: the one that is meant is enough. Where none is, all are, for messages, completion and the man
  // pages. `words`: where start finds its command line.
  CommandLine(const std::string& meant, const Words& words);

  CLI::App app{"jobctl"};
  bool user = false, system = false, version = false, verbose = false, help = false;
  std::vector<Verb> verbs;
};

Manager chosen_manager(bool user, bool system);

// Parses, runs the verb and returns its exit code. Throws Error; wrong command lines are Error{usage}.
int run_command_line(int argc, char** argv);

// What `jobctl --help` prints.
const char* overview_text();

}  // namespace jobctl
