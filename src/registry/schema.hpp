// The registry's tables and how older ones become the current one.
#pragma once

#include "registry/sqlite.hpp"

namespace jobctl {

// Creates or migrates, in one transaction; does nothing for a current database. Throws Error for a database
// that a newer version of jobctl made, SqliteError for everything that SQLite reports.
void prepare_schema(sqlite3* db);

}  // namespace jobctl
