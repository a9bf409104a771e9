// Which processes jobctl cleanup looks for.
#pragma once

#include "commands/context.hpp"
#include "proc/strays.hpp"

namespace jobctl {

// One more, as paths of processes are spelled; an absolute one means also what it leads to by way of links.
void add_program(std::vector<std::string>& programs, const std::string& text);

// What is typed as "./train.py" is a file of this directory.
std::string as_typed(const std::string& text);

// Those of the configuration, of all templates and of this manager's job files. A file that is broken is told
// and left out.
StrayPatterns configured_patterns(const Context& context);

}  // namespace jobctl
