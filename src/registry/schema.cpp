#include "registry/schema.hpp"

#include <array>
#include <string>

#include "registry/sqlite.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// Step N brings a database from version N to N+1. A released step never changes.
constexpr std::array steps = {
    "CREATE TABLE jobs("
    "uuid TEXT PRIMARY KEY,type TEXT,name TEXT,session TEXT,labels TEXT,user TEXT,host TEXT,created_at "
    "INTEGER,"
    "commands TEXT,keep_going INTEGER,tty INTEGER,scope INTEGER,working_directory TEXT,log_kind "
    "INTEGER,log_file TEXT,"
    "own_log TEXT,stop_signal INTEGER,stop_timeout INTEGER,unit TEXT,slice TEXT,runtime_dir TEXT,log_dir "
    "TEXT,"
    "run INTEGER,state INTEGER,reason TEXT,detail TEXT,exit_code INTEGER,signal INTEGER,core_dumped INTEGER,"
    "invocation_id TEXT,boot_id TEXT,cgroup TEXT,pid INTEGER,log_offset INTEGER,requested_at INTEGER,"
    "started_at INTEGER,ended_at INTEGER,ended_by TEXT,ended_how TEXT,cpu_us INTEGER,memory_peak INTEGER,"
    "paused INTEGER,record_size INTEGER);"
    "CREATE TABLE boot(boot_id TEXT);"
    "CREATE INDEX jobs_by_name ON jobs(name);"
    "CREATE INDEX jobs_by_end ON jobs(ended_at);",

    "ALTER TABLE boot ADD COLUMN change_mark TEXT NOT NULL DEFAULT '';",

    "ALTER TABLE jobs ADD COLUMN policies TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE jobs ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN goes_on INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN ports TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE jobs ADD COLUMN unhealthy INTEGER NOT NULL DEFAULT 0;"
    // A state has come in between.
    "UPDATE jobs SET state=state+1 WHERE state>=3;",

    "ALTER TABLE jobs ADD COLUMN gpus TEXT NOT NULL DEFAULT '';",

    "ALTER TABLE jobs ADD COLUMN machine_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE jobs ADD COLUMN run_host TEXT NOT NULL DEFAULT '';",
};

constexpr auto current_version = static_cast<int64_t>(steps.size());

int64_t version(sqlite3* db) {
  Statement statement(db, "PRAGMA user_version");
  statement.step();
  return statement.number();
}

// Version 1 had a write-ahead log, which the only client makes and removes again each time, and which network
// file systems can't have. SQLite's busy timeout doesn't cover this statement.
void leave_wal(sqlite3* db) {
  constexpr int attempts = 10000, interval_ms = 1;
  for (int attempt = 1;; ++attempt) {
    try {
      return execute(db, "PRAGMA journal_mode=DELETE");
    } catch (const SqliteError& error) {
      if (error.code != SQLITE_BUSY || attempt == attempts) throw;
    }
    sqlite3_sleep(interval_ms);
  }
}

}  // namespace

void prepare_schema(sqlite3* db) {
  const int64_t found = version(db);
  if (found == current_version) return;
  if (found > current_version)
    throw Error(Errc::failed,
                std::string("the registry ") + sqlite3_db_filename(db, nullptr) +
                    " was made by a newer jobctl (version " + std::to_string(found) + ", this one knows " +
                    std::to_string(current_version) + ")",
                "upgrade jobctl, or move the file away: it is then rebuilt from the jobs' records");
  leave_wal(db);
  Transaction transaction(db);
  for (int64_t step = version(db); step < current_version; ++step)
    execute(db, steps[static_cast<size_t>(step)]);
  execute(db, ("PRAGMA user_version=" + std::to_string(current_version)).c_str());
  transaction.commit();
}

}  // namespace jobctl
