// One job as a row of the registry's table.
#pragma once

#include <string>

#include "job/job.hpp"
#include "registry/sqlite.hpp"

namespace jobctl {

// The column names in the order that bind_row and read_row use, separated by commas; and as many '?'.
std::string row_columns();
std::string row_placeholders();

// Those that a table of jobs shows; the rest of the job stays empty.
std::string brief_columns();
void read_brief_row(Statement& statement, Job& job);

void bind_row(Statement& statement, const Job& job);
void read_row(Statement& statement, Job& job);

}  // namespace jobctl
