// `jobctl top` on a terminal.
#pragma once

#include "commands/context.hpp"
#include "job/query.hpp"
#include "output/top_table.hpp"

namespace jobctl {

struct TopOptions {
  Query query;
  Duration delay = std::chrono::seconds(2);
  TopColumn column = TopColumn::cpu;
};

// Until it is left. Returns the exit status. Throws Error where the jobs can't be looked at even once.
int run_top(Context& context, const TopOptions& options);

}  // namespace jobctl
