// jobctl complete -- WORD…: what the word under the cursor may become. For the shells' scripts in
// src/completions alone: no help and no suggestion names this verb.
#pragma once

#include "commands/verb.hpp"

namespace jobctl {

// `words`: those after "jobctl", up to and including the one under the cursor, which may be empty. Prints a
// candidate a line, "candidate<TAB>description", whatever the beginning of that word is: how strictly that
// must match is the shell's to say. A line without TAB is for the script instead:
//   :files, :directories  the value (behind "--option=" where that begins the word) is a path
//   :command N            what follows the first N words is a command line of its own
// Whoever is typing wants no errors: whatever goes wrong there are no candidates, and the status is 0.
int complete(const Words& words);

}  // namespace jobctl
