// One job as a row of the registry's table.
#pragma once

#include <string>

#include "job/job.hpp"
#include "registry/sqlite.hpp"

namespace jobctl {

// The column names in the order that bind_row and read_row use, separated by commas; and as many '?'.
std::string row_columns();
std::string row_placeholders();

void bind_row(Statement& statement, const Job& job);
Job read_row(Statement& statement);

}  // namespace jobctl
