// The registry: an SQLite index over the jobs' records, <state>/jobs.db, so that thousands of jobs are
// found and listed at once. Whatever happens to it, it is rebuilt from the records; as a matter of course by
// the first command after a boot, so that it needs no fsync(2).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "job/job.hpp"
#include "job/query.hpp"

struct sqlite3;

namespace jobctl {

// Which rows a command needs; a coarse cut that the query then refines (job/query.hpp).
struct RowFilter {
  bool active = false;                   // not ended
  std::optional<Time> ended_after = {};  // or ended after this
  std::vector<std::string> names = {};   // or named: UUID, prefix of one, name
  bool brief = false;                    // only what a table of jobs shows: everything else stays empty
  bool holds = false;                    // of those that have not ended only the ones with ports or GPUs
  bool everything() const { return !active && !ended_after && names.empty(); }
};

class Registry {
 public:
  // `boot_id` is this boot's. Opens, creates or migrates the database. A damaged one is set aside and
  // rebuilt; so is a missing one where records exist. Where it can't be written the registry lives in memory,
  // rebuilt from the records, for this one command. `note` is what a person should know about any of it, ""
  // normally. Throws Error for a database of a newer version of jobctl.
  Registry(const std::string& state_dir, std::string boot_id);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  const std::string& note() const { return note_; }
  // Not empty: why nothing can be kept.
  const std::string& read_only_reason() const { return read_only_reason_; }

  // Adds a new job. Throws Error{refused} where the UUID is taken, Error where it can't be written.
  void reserve(const Job& job);

  // The same for a job, new or known, that wants something for itself alone, such as a port: what it is given
  // is decided by `make`, which sees the rows of the jobs that have some and have not ended. No other command
  // decides at the same time. Whatever `make` throws leaves everything as it was.
  void reserve(const std::function<Job(std::vector<Job> holders)>& make, bool is_new);

  // Brings the rows of these jobs up to date, in one transaction. What can't be written now is written by the
  // next look at the record, so this never fails. `change_mark`: given by whoever has seen every record of a
  // job that had not ended since it read this mark (change_mark.hpp).
  void update(const std::vector<Job>& jobs, const std::string& change_mark = {});

  // The mark since which all rows are right; "" where that isn't known.
  const std::string& change_mark() const { return change_mark_; }

  // Removes rows after `remove_files` has removed what belongs to them; on a full disk that makes the room
  // which the registry needs. Throws Error.
  void remove(const std::vector<std::string>& uuids, const std::function<void()>& remove_files);

  // Oldest first. Jobs without environment, limits and properties; current run only.
  std::vector<Job> find(const RowFilter& filter);
  std::optional<Job> find_uuid(const std::string& uuid);

  // What SQLite finds wrong with the file (PRAGMA integrity_check); "" where it is whole.
  std::string damage();

  // Those of the UUIDs that have no row.
  std::vector<std::string> without_row(std::vector<std::string> uuids);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };

  // Runs an operation; on a damaged database sets that aside, rebuilds and runs it once more.
  template <class Operation>
  void recovering(Operation operation);

  void open_registry();
  void open_or_recover();
  void require_writable() const;
  void open_in_memory(const std::string& why);
  void make_anew();
  // `tell`: whether it is worth a note.
  void rebuild(bool tell);
  std::vector<Job> not_flushed(std::vector<Job> jobs) const;
  bool is_of_this_boot();
  void set_boot();
  void set_aside();

  std::string state_dir_;
  std::string path_;
  std::string boot_;
  std::string change_mark_;
  std::unique_ptr<sqlite3, Close> db_;
  std::string note_;
  std::string read_only_reason_;
};

}  // namespace jobctl
