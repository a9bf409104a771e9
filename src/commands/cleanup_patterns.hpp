// Which processes jobctl cleanup looks for where its options don't say.
#pragma once

#include "commands/context.hpp"
#include "proc/strays.hpp"

namespace jobctl {

// Those of the configuration, of all templates and of this manager's job files. A file that is broken is told
// and left out.
StrayPatterns configured_patterns(const Context& context);

}  // namespace jobctl
