// A job found again from its loaded unit when the registry doesn't know it.
#pragma once

#include <optional>

#include "commands/context.hpp"

namespace jobctl {

// From the record that lies beside the registry, or, where that is gone too, from what systemd knows of the
// unit.
std::optional<Job> job_of_unit(Context& context, const UnitState& unit);

// The same for a job that has a row, but no record any more: what systemd knows of the current run.
void take_run_of_unit(Context& context, Job& job);

}  // namespace jobctl
