#include "registry/registry.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "registry/record_file.hpp"
#include "registry/row.hpp"
#include "registry/schema.hpp"
#include "registry/sqlite.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Long enough for hundreds of starts at once on a slow disk.
constexpr int busy_timeout_ms = 30000;

sqlite3* open_database(const std::string& path, bool create) {
  // SQLite would create it readable for others.
  if (create) Fd(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &db,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, nullptr);
  if (result != SQLITE_OK) {
    const SqliteError error = sqlite_error(db, result);
    sqlite3_close(db);
    throw SqliteError(error);
  }
  // Of a file that it may only read SQLite makes a database that can't be changed, and says so when it should
  // be.
  if (sqlite3_db_readonly(db, "main") == 1) {
    const int error = access(path.c_str(), W_OK) != 0 ? errno : EROFS;
    sqlite3_close(db);
    throw SqliteError(SQLITE_READONLY, errno_text(error));
  }
  sqlite3_busy_timeout(db, busy_timeout_ms);
  return db;
}

void insert(sqlite3* db, const Job& job) {
  Statement statement(db, "INSERT INTO jobs(" + row_columns() + ") VALUES(" + row_placeholders() + ")");
  bind_row(statement, job);
  statement.step();
}

void upsert(sqlite3* db, const std::vector<Job>& jobs) {
  Statement statement(db, "INSERT OR REPLACE INTO jobs(rowid," + row_columns() +
                              ") VALUES((SELECT rowid FROM jobs WHERE uuid=?)," + row_placeholders() + ")");
  for (const Job& job : jobs) {
    statement.bind(job.spec.uuid);
    bind_row(statement, job);
    statement.step();
    statement.reset();
  }
}

std::string where(const RowFilter& filter) {
  if (filter.holds) return " WHERE ended_at IS NULL AND (ports<>'' OR gpus<>'')";
  std::vector<std::string> terms;  // nothing but ORed terms that have an index each
  if (filter.active) terms.emplace_back("ended_at IS NULL");
  if (filter.ended_after) terms.emplace_back("ended_at>?");
  size_t uuids = 0;
  for (const std::string& name : filter.names) {
    if (is_uuid(name))
      ++uuids;
    else
      terms.emplace_back("name=? OR (uuid>=? AND uuid<?)");
  }
  // Of these there may be thousands; SQLite's expressions are at most 1,000 deep.
  if (uuids > 0) terms.push_back("uuid IN (" + join(std::vector<std::string>(uuids, "?"), ",") + ")");
  return terms.empty() ? "" : " WHERE " + join(terms, " OR ");
}

void bind(Statement& statement, const RowFilter& filter) {
  if (filter.ended_after) statement.bind(to_micros(*filter.ended_after));
  for (const std::string& name : filter.names) {
    if (is_uuid(name)) continue;
    const std::string uuid = ascii_lower(name);
    statement.bind(name).bind(uuid).bind(uuid + "~");
  }
  for (const std::string& name : filter.names)
    if (is_uuid(name)) statement.bind(name);
}

std::vector<Job> read_jobs(sqlite3* db, const RowFilter& filter) {
  std::vector<Job> jobs;
  Statement count(db, "SELECT count(*) FROM jobs" + where(filter));
  bind(count, filter);
  if (count.step()) jobs.reserve(static_cast<size_t>(count.number()));  // a job is too big to be moved twice
  const std::string columns = filter.brief ? brief_columns() : row_columns();
  Statement statement(db, "SELECT " + columns + " FROM jobs" + where(filter) + " ORDER BY rowid");
  bind(statement, filter);
  while (statement.step()) {
    Job& job = jobs.emplace_back();
    filter.brief ? read_brief_row(statement, job) : read_row(statement, job);
  }
  return jobs;
}

ino_t inode(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

void Registry::Close::operator()(sqlite3* db) const {
  sqlite3_close(db);
}

Registry::Registry(const std::string& state_dir, std::string boot_id)
    : state_dir_(state_dir), path_(state_dir + "/jobs.db"), boot_(std::move(boot_id)) {
  open_registry();
}

Registry::~Registry() = default;

void Registry::open_registry() {
  try {
    make_directories(jobs_dir(state_dir_));
    open_or_recover();
  } catch (const SqliteError& error) {
    open_in_memory(error.what());
  } catch (const Error& error) {
    // A newer schema is refused; a state directory that can't be made is lived without.
    if (!error.hint.empty()) throw;
    open_in_memory(error.what());
  }
}

void Registry::open_or_recover() {
  const bool existed = access(path_.c_str(), F_OK) == 0;
  try {
    db_.reset(open_database(path_, !existed));
    // What a power cut can do to an index without fsync(2) is undone by the first command after every boot.
    // And no page is read twice: keeping them all would cost more memory than they are worth.
    execute(db_.get(), "PRAGMA synchronous=OFF; PRAGMA cache_size=24");
    prepare_schema(db_.get());
    if (!existed)
      rebuild(true);
    else if (!is_of_this_boot())
      rebuild(false);
  } catch (const SqliteError& error) {
    if (!error.damaged()) throw;
    set_aside();
  }
}

void Registry::open_in_memory(const std::string& why) {
  read_only_reason_ = why;
  note_ = "the registry " + path_ + " can't be used: " + why + "; showing what the jobs' records say";
  db_.reset(open_database(":memory:", false));
  prepare_schema(db_.get());
  rebuild(false);
}

bool Registry::is_of_this_boot() {
  Statement statement(db_.get(), "SELECT change_mark FROM boot WHERE boot_id=?");
  if (!statement.bind(boot_).step()) return false;
  change_mark_ = statement.text();
  return true;
}

void Registry::set_boot() {
  change_mark_.clear();
  Statement(db_.get(), "INSERT INTO boot(boot_id) VALUES(?)").bind(boot_).step();
  // Machines with the same home share the index: none undoes the work of the others.
  execute(db_.get(), "DELETE FROM boot WHERE rowid<=(SELECT max(rowid) FROM boot)-100");
}

void Registry::rebuild(bool tell) {
  // Several commands may find the need at once; the first one does it, before any of them adds a job.
  Transaction transaction(db_.get());
  if (is_of_this_boot()) return;
  std::vector<Job> jobs;
  for (const std::string& uuid : list_records(state_dir_)) {
    try {
      if (const auto file = RecordFile::open_existing(record_path(state_dir_, uuid)))
        jobs.push_back(to_job(file->read()));  // with record_size 0: looked at again when it is shown
    } catch (const Error& error) {
      note_ += (note_.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const Job& a, const Job& b) { return a.spec.created_at < b.spec.created_at; });
  execute(db_.get(), "DELETE FROM jobs");
  upsert(db_.get(), jobs);
  set_boot();
  transaction.commit();
  if (!jobs.empty() && tell)
    note_ += (note_.empty() ? "" : "; ") + std::string("the registry was rebuilt from ") +
             std::to_string(jobs.size()) + " records";
}

void Registry::set_aside() {
  // Several commands may find the damage at once; the first one repairs it.
  const Fd lock(open(state_dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const ino_t damaged = inode(path_);
  flock(lock.get(), LOCK_EX);
  db_.reset();
  if (inode(path_) == damaged) {
    const std::string aside = path_ + ".damaged-" + std::to_string(to_micros(now()) / 1000000);
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
      rename((path_ + suffix).c_str(), (aside + suffix).c_str());
    note_ = "the registry was damaged; it is kept as " + aside;
  }
  const bool existed = access(path_.c_str(), F_OK) == 0;
  db_.reset(open_database(path_, !existed));
  prepare_schema(db_.get());
  if (!existed) rebuild(true);
}

template <class Operation>
void Registry::recovering(Operation operation) {
  try {
    try {
      operation();
    } catch (const SqliteError& error) {
      if (!error.damaged()) throw;
      set_aside();
      operation();
    }
  } catch (const SqliteError& error) {
    if (error.code == SQLITE_CONSTRAINT) throw Error(Errc::refused, "a job with this UUID exists already");
    throw Error(Errc::failed, "the registry " + path_ + " failed: " + error.what());
  }
}

void Registry::require_writable() const {
  if (!read_only_reason_.empty())
    throw Error(Errc::failed, "the registry " + path_ + " can't be written: " + read_only_reason_);
}

void Registry::reserve(const Job& job) {
  require_writable();
  recovering([&] { insert(db_.get(), job); });
}

void Registry::reserve(const std::function<Job(std::vector<Job>)>& make, bool is_new) {
  require_writable();
  recovering([&] {
    Transaction transaction(db_.get());
    const Job job = make(read_jobs(db_.get(), {.brief = true, .holds = true}));
    is_new ? insert(db_.get(), job) : upsert(db_.get(), {job});
    transaction.commit();
  });
}

// Flush deletes a record before its row: whoever has read them before, and asks in a transaction of its own
// what is there, makes no row that outlives the job.
std::vector<Job> Registry::not_flushed(std::vector<Job> jobs) const {
  Statement row(db_.get(), "SELECT 1 FROM jobs WHERE uuid=?");
  std::erase_if(jobs, [&](const Job& job) {
    if (job.record_size > 0) return is_missing(record_path(state_dir_, job.spec.uuid));
    if (!job.current.ended_at) return false;  // a unit of which only systemd knows
    const bool has_row = row.bind(job.spec.uuid).step();
    row.reset();
    return !has_row;
  });
  return jobs;
}

void Registry::update(const std::vector<Job>& jobs, const std::string& change_mark) {
  if (jobs.empty() && (change_mark.empty() || change_mark == change_mark_)) return;
  try {
    recovering([&] {
      Transaction transaction(db_.get());
      upsert(db_.get(), not_flushed(jobs));
      // These rows may be older than those that they replace: without a mark of their own nobody may trust
      // them any more.
      Statement(db_.get(), "UPDATE boot SET change_mark=?1 WHERE change_mark<>?1").bind(change_mark).step();
      transaction.commit();
      change_mark_ = change_mark;
    });
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the records have it
  }
}

void Registry::remove(const std::vector<std::string>& uuids, const std::function<void()>& remove_files) {
  remove_files();
  if (!read_only_reason_.empty()) return make_anew();
  try {
    recovering([&] {
      Transaction transaction(db_.get());
      Statement statement(db_.get(), "DELETE FROM jobs WHERE uuid=?");
      for (const std::string& uuid : uuids) {
        statement.bind(uuid).step();
        statement.reset();
      }
      transaction.commit();
    });
  } catch (const Error&) {
    // The disk is still too full for it. Rows without records would tell less than no rows.
    db_.reset();
    for (const char* suffix : {"", "-journal"}) unlink((path_ + suffix).c_str());
    make_anew();
  }
}

void Registry::make_anew() {
  read_only_reason_.clear();
  note_.clear();
  open_registry();
  require_writable();
}

std::vector<Job> Registry::find(const RowFilter& filter) {
  std::vector<Job> jobs;
  recovering([&] { jobs = read_jobs(db_.get(), filter); });
  return jobs;
}

std::optional<Job> Registry::find_uuid(const std::string& uuid) {
  for (Job& job : find({.names = {uuid}}))
    if (job.spec.uuid == uuid) return std::move(job);
  return std::nullopt;
}

std::string Registry::damage() {
  std::string text;
  recovering([&] {
    Statement statement(db_.get(), "PRAGMA integrity_check(1)");
    text = statement.step() ? statement.text() : "";
  });
  return text == "ok" ? "" : text;
}

std::vector<std::string> Registry::without_row(std::vector<std::string> uuids) {
  recovering([&] {
    Statement statement(db_.get(), "SELECT 1 FROM jobs WHERE uuid=?");
    std::erase_if(uuids, [&](const std::string& uuid) {
      const bool found = statement.bind(uuid).step();
      statement.reset();
      return found;
    });
  });
  return uuids;
}

}  // namespace jobctl
