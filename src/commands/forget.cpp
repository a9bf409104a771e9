#include "commands/forget.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include <unistd.h>

#include "commands/records.hpp"
#include "commands/start_fifo.hpp"
#include "journal/send.hpp"
#include "registry/history_file.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// What the disk is waited for once; each has its record open, which takes two descriptors.
constexpr size_t at_once = 200;

// A finish hook that collects a log has the record for longer.
constexpr Duration patience = std::chrono::seconds(10);
constexpr Duration next_look = std::chrono::milliseconds(10);

// Its record is locked for as long as it is open.
struct Doomed {
  JobSpec spec;
  int run = 0;
  std::optional<RecordFile> file;  // none where there is only a row
  std::vector<std::string> logs;   // those that go, too
  std::vector<HistoryEntry> history;
};

// Only what jobctl itself put into its logs' folder; a file that somebody chose with --log-file is theirs.
bool is_own_log(const JobSpec& spec) {
  return !spec.log_file.empty() && spec.log_file.starts_with(spec.log_dir + "/");
}

// The job's log and the copies of the log that its program wrote itself.
std::vector<std::string> own_logs(const Record& record) {
  std::vector<std::string> files;
  if (is_own_log(record.spec)) files.push_back(record.spec.log_file);
  for (const Event& event : record.events)
    if (event.kind == "collected" && !event.text("file").empty()) files.push_back(event.text("file"));
  return files;
}

class Forget {
 public:
  Forget(Context& context, const Forgetting& request)
      : context_(context), request_(request), deadline_(monotonic() + patience) {}

  Forgotten run(std::span<const Job> jobs) {
    for (; !jobs.empty(); jobs = jobs.subspan(std::min(at_once, jobs.size())))
      forget(jobs.first(std::min(at_once, jobs.size())));
    return forgotten_;
  }

 private:
  void forget(std::span<const Job> jobs) {
    std::vector<Doomed> all;
    std::vector<std::string> uuids;
    for (const Job& job : jobs)
      if (auto doomed = doom(job)) all.push_back(std::move(*doomed));
    for (const Doomed& doomed : all) uuids.push_back(doomed.spec.uuid);
    // The rows are gone for good only when everything else is: whatever is interrupted can be flushed again.
    context_.registry().remove(uuids, [&] { delete_files(all); });
    for (const Doomed& doomed : all)
      send_event(doomed.spec,
                 {message_flushed, doomed.spec.name + " flushed by " + context_.requester(), doomed.run},
                 context_.is_system());
    forgotten_.jobs += all.size();
  }

  // nullopt for a job that stays.
  std::optional<Doomed> doom(const Job& job) {
    std::optional<RecordFile> file;
    try {
      file = RecordFile::open_existing(file_of(job));
      return doom(job, file);
    } catch (const Error& error) {
      ++forgotten_.failures;
      // Only what could be opened is known to be damaged.
      const std::string give_up = file ? "to give it up: " + shell_quote({"rm", file_of(job)}) : "";
      say(Error(error.code, job.spec.name + " (" + job.spec.uuid + ") was kept: " + error.what(),
                error.hint.empty() ? give_up : error.hint));
      return std::nullopt;
    }
  }

  std::optional<Doomed> doom(const Job& job, std::optional<RecordFile>& file) {
    if (!file) return Doomed{job.spec, job.run, {}, logs_to_delete({job.spec, {}}), history_of_flush(job)};
    if (!take(*file))
      throw Error(Errc::failed, "its finish hook is still at work",
                  "in a while: jobctl flush " + job.spec.uuid.substr(0, 8));
    if (file->is_deleted()) return std::nullopt;
    const Record record = file->read();
    if (!is_still_meant(job, *file, record)) return std::nullopt;
    std::vector<HistoryEntry> history = history_of(record);
    for (HistoryEntry& entry : history_of_flush(job)) history.push_back(std::move(entry));
    return Doomed{job.spec, job.run, std::move(file), logs_to_delete(record), std::move(history)};
  }

  std::string file_of(const Job& job) const { return context_.record_path(job.spec.uuid); }

  bool take(RecordFile& file) {
    while (!file.keep_locked(false)) {
      if (monotonic() >= deadline_) return false;
      context_.units().wait(-1, next_look);
    }
    return true;
  }

  // What could not be written into the record a look has found out all the same.
  bool is_still_meant(const Job& job, const RecordFile& file, const Record& record) const {
    Job present = file.size() == job.record_size ? job : to_job(record);
    if (StartFifo::is_held(record.spec)) present.state = State::starting;
    return request_.is_meant(present);
  }

  std::vector<std::string> logs_to_delete(const Record& record) const {
    return request_.logs ? own_logs(record) : std::vector<std::string>();
  }

  std::vector<HistoryEntry> history_of_flush(const Job& job) {
    HistoryEntry entry = history_entry(job.spec, "flush", job.run);
    entry.by = context_.requester();
    return {entry};
  }

  // On a full disk the logs make room for the history.
  void delete_files(std::vector<Doomed>& all) {
    std::vector<HistoryEntry> history;
    for (Doomed& doomed : all) {
      for (const std::string& log : doomed.logs) {
        forgotten_.log_bytes += file_size(log);
        unlink(log.c_str());
      }
      std::move(doomed.history.begin(), doomed.history.end(), std::back_inserter(history));
    }
    append_history(context_.config().paths.state_dir, history);
    for (const Doomed& doomed : all)
      if (doomed.file) unlink(doomed.file->path().c_str());
  }

  Context& context_;
  const Forgetting& request_;
  const Duration deadline_;
  Forgotten forgotten_;
};

}  // namespace

Forgotten forget(Context& context, const std::vector<Job>& jobs, const Forgetting& request) {
  allow_many_files();
  return Forget(context, request).run(jobs);
}

}  // namespace jobctl
