// Jobs as rows of the tables of `jobctl list`, in the order given.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "job/job.hpp"
#include "output/table.hpp"

namespace jobctl {

// TYPE NAME STATE PID UUID RUNTIME LOG, fitted to a terminal; with PORTS and GPUS where a job has some.
Table job_table(const std::vector<Job>& jobs, Time now);

// Everything in one line a job, never fitted: -o wide.
Table wide_job_table(const std::vector<Job>& jobs, Time now);

// Type | PID | UUID | Log File | Runtime with capitalised types, for to_grid(): -o grid.
Table grid_job_table(const std::vector<Job>& jobs, Time now);

// The job's state in one cell, in its colour. Everything that isn't a state is printed without colour.
Colored state_of(const Job& job, Time now);
Color state_color(State state);

// "1.2G"; "-" where nobody knows.
Cell bytes_cell(const std::optional<uint64_t>& bytes);
Cell runtime_cell(const Job& job, Time now);

// "8501,http=8502"; in brackets those on which the job does not listen.
Cell port_cell(const Job& job);

}  // namespace jobctl
