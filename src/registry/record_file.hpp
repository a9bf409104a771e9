// A job's record on disk: <state>/jobs/<uuid>, mode 0600, written by the client, the launcher and the finish
// hook.
//
// The definition is written whole and then linked into place, so that a record exists completely or not at
// all. Events are appended with one write(2) each (O_APPEND), into space that was allocated when the record
// was made: how a job ended can be written on a full disk, too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/record.hpp"
#include "util/fd.hpp"

namespace jobctl {

class RecordFile {
 public:
  // Makes the record of a new job with its first event. Throws Error{refused} where the UUID is taken.
  static RecordFile create(const std::string& path, const JobSpec& spec, const Event& first);

  // Opens an existing record; nullopt where there is none. Throws Error on everything else.
  static std::optional<RecordFile> open_existing(const std::string& path);
  // The same where one is needed: throws Error also where there is none.
  static RecordFile require(const std::string& path);

  // The whole record as it stands now.
  Record read() const;

  // False with errno set when not even the allocated space was left.
  bool append(const Event& event) const;

  // The event that begins a run. Throws Error where it can't be written, or where the record was flushed
  // meanwhile and nobody would find the run.
  void announce(const Event& starting) const;

  // What the job is from the run on that is about to be announced. Throws Error.
  void redefine(const JobSpec& spec, const Event& starting) const;

  // For the day of a power cut: on the disk now (fsync(2)), or on its way there (sync_file_range(2)), in
  // seconds.
  void sync() const;
  void begin_sync() const;

  int64_t size() const;
  // Whoever has it open may be the last one to read it.
  bool is_deleted() const;

  // While it lives nobody else decides how a run begins (flock(2)), or deletes the record: a launcher about
  // to start it, and a client that takes it for interrupted, exclude each other.
  class Lock {
   public:
    explicit Lock(int fd);  // -1: it is held already
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int fd_;
  };
  Lock lock() const { return Lock(is_kept_locked_ ? -1 : fd_.get()); }

  // The same until the file is closed; false where somebody else has it and is not waited for.
  bool keep_locked(bool wait);

  const std::string& path() const { return path_; }

 private:
  RecordFile(std::string path, Fd fd);

  std::string path_;
  Fd fd_;
  Fd change_mark_;
  bool is_kept_locked_ = false;
};

// The records' folder below a state directory, and one record's path in it.
std::string jobs_dir(const std::string& state_dir);
std::string record_path(const std::string& state_dir, const std::string& uuid);

// UUIDs of all records, unordered. Empty where the folder is missing.
std::vector<std::string> list_records(const std::string& state_dir);

// Record and drop-in are small; what a unit leaves in runtime_dir is named after its UUID.
std::string fifo_path(const std::string& runtime_dir, const std::string& uuid);
std::string terminal_path(const std::string& runtime_dir, const std::string& uuid);
std::string asked_path(const std::string& runtime_dir, const std::string& uuid);
std::string health_path(const std::string& runtime_dir, const std::string& uuid);

// While a job file's job runs: its unit file, which outlasts the job file there.
std::string kept_unit_path(const std::string& runtime_dir, const std::string& unit);

}  // namespace jobctl
