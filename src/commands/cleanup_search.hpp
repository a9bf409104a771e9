// Whom jobctl cleanup may find among the processes of the machine, and whom not.
#pragma once

#include <vector>

#include "commands/context.hpp"
#include "proc/strays.hpp"

namespace jobctl {

StraySearch search_for(Context& context, const std::vector<TableEntry>& table, const StrayPatterns& patterns);

}  // namespace jobctl
