// What the word under the cursor may become, and where that comes from: the parser's description of the
// command line, and the jobs that there are.
#pragma once

#include <string>

#include "commands/context.hpp"
#include "commands/verb.hpp"

namespace jobctl {

class Candidates {
 public:
  // What would do something to a terminal is left out.
  void add(const std::string& candidate, const std::string& description);
  // A line for the shell's script (complete.hpp).
  void leave_to_shell(const std::string& order) { lines_ = order + '\n'; }

  const std::string& lines() const { return lines_; }

 private:
  std::string lines_;
};

bool takes_value(const CLI::Option& option);

void add_verbs(Candidates& candidates, const std::vector<Verb>& verbs);
void add_options(Candidates& candidates, const CLI::App& verb);

// `typed`: the value so far; `lead`: "--option=" where that is part of the word.
void add_values(Candidates& candidates, const CLI::Option& option, Manager manager, const std::string& typed,
                const std::string& lead);

// What `verb` may act on, less what is named already: jobs; of some verbs, an action first, then files.
void add_positionals(Candidates& candidates, const CLI::App& verb, Manager manager, const Words& named);

}  // namespace jobctl
