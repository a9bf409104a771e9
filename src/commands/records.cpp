#include "commands/records.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "bus/drop_in.hpp"
#include "commands/start_fifo.hpp"
#include "proc/boot_id.hpp"
#include "proc/machine.hpp"
#include "registry/change_mark.hpp"
#include "util/display.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

int64_t record_size(Context& context, const std::string& uuid) {
  struct stat info {};
  return stat(context.record_path(uuid).c_str(), &info) == 0 ? info.st_size : 0;
}

// As a job: one that was adopted is older.
Time began_at(const Run& run) {
  return std::max(run.requested_at, run.started_at.value_or(run.requested_at));
}

// What ended a run without anybody left to tell, and by when it had ended at the latest. A start of another
// boot is lost as well: the power may have been cut before the disk had it that the program ran.
Event conclusion(Context& context, const Job& job) {
  const Run& run = job.current;
  if (run.goes_on) return Event("given-up", job.run);
  const bool rebooted = !run.boot_id.empty() && run.boot_id != boot_id();
  const bool was_queued = run.state == State::queued;
  if (!run.started_at && !rebooted && !was_queued) return Event("interrupted", job.run);
  Event lost(was_queued ? "unscheduled" : "lost", job.run, {{"reason", "unknown"}});
  const auto by = [&](const char* reason, Time time) {
    lost.fields["reason"] = reason;
    lost.time = std::max(std::min(time, lost.time), run.started_at.value_or(run.requested_at));
  };
  if (rebooted)
    by("reboot", boot_time());
  else if (const Time since = context.units().started_at(); began_at(run) < since)
    by("manager", since);
  return lost;
}

// Nobody is left who could tell how this run ended: its unit is gone and its record silent.
void conclude(Context& context, Job& job, RecordFile& file) {
  const RecordFile::Lock lock = file.lock();
  job = to_job(file.read());
  if (job.current.ended_at) return;
  const Event event = conclusion(context, job);
  const bool is_written = file.append(event);
  for (const auto& path_of : {terminal_path, health_path})
    unlink(path_of(job.spec.runtime_dir, job.spec.uuid).c_str());
  // Who holds it is about to begin the next run.
  if (!StartFifo::is_held(job.spec))
    for (const auto& path_of : {fifo_path, asked_path})
      unlink(path_of(job.spec.runtime_dir, job.spec.uuid).c_str());
  unlink(kept_unit_path(job.spec.runtime_dir, job.spec.unit).c_str());
  if (!job.spec.properties.empty()) remove_drop_in(context.manager(), job.spec.unit);
  Record record = file.read();
  if (!is_written) record.events.push_back(event);
  job = to_job(record);
}

// A row whose record is gone, too: what the row knows is all there is.
void conclude_without_record(Context& context, Job& job, const char* why) {
  if (auto whole = context.registry().find_uuid(job.spec.uuid)) job = std::move(*whole);
  job.current.ended_at = now();
  job.current.state = job.state = job.current.started_at ? State::lost : State::failed;
  job.current.reason = job.current.started_at ? why : "start interrupted";
}

}  // namespace

Job refold(const RecordFile& file) {
  const int64_t size = file.size();
  Job fresh = to_job(file.read());
  fresh.record_size = size;  // taken before the read: at worst the next look reads once more
  return fresh;
}

bool runs_elsewhere(const Job& job) {
  return is_active(job.state) && is_on_another_machine(job.current);
}

Error on_another_machine(const Job& job, const std::string& verb) {
  const std::string host = job.current.host.empty() ? "another machine" : visible(job.current.host);
  return Error(Errc::refused,
               visible(job.spec.name) + " " + (job.state == State::queued ? "waits" : "runs") + " on " + host,
               "ssh " + host + " jobctl " + verb + " " + job.spec.uuid.substr(0, 8));
}

RecordFile open_record(Context& context, const Job& job) {
  auto file = RecordFile::open_existing(context.record_path(job.spec.uuid));
  if (file) return std::move(*file);
  throw Error(Errc::failed,
              "the record of " + job.spec.name + " (" + context.record_path(job.spec.uuid) + ") is gone",
              "what systemd knows: " + context.systemctl() + " status " + job.spec.unit);
}

RecordFile create_record(Context& context, const JobSpec& spec, const Event& first) {
  try {
    return RecordFile::create(context.record_path(spec.uuid), spec, first);
  } catch (const Error&) {
    context.registry().remove({spec.uuid}, [] {});
    throw;
  }
}

// The paths are relative to the records' folder, which saves the kernel most of each.
Records::Records(Context& context)
    : context_(context), folder_(open(context.jobs_dir().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

// One mark costs less than looking at many records, and more than looking at a few. A run that has not begun
// is looked at in any case.
void Records::catch_up(std::vector<Job>& jobs, bool all) {
  constexpr size_t many = 100;
  if (all && jobs.size() > many) seen_ = read_change_mark(context_.jobs_dir());
  const bool unchanged = !seen_.empty() && seen_ == context_.registry().change_mark();
  for (Job& job : jobs)
    if (!job.current.ended_at && !(unchanged && job.current.started_at)) catch_up(job);
}

void Records::catch_up(Job& job) {
  struct stat info {};
  const bool found = fstatat(folder_.get(), job.spec.uuid.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (!found) job.record_size = 0;
  if (found && info.st_size != job.record_size) reread(job);
}

void Records::reread(Job& job) try {
  const auto file = RecordFile::open_existing(context_.record_path(job.spec.uuid));
  if (!file) return;
  job = refold(*file);
  changed_.push_back(job);
} catch (const Error& error) {
  if (told_.insert(job.spec.uuid).second) say(error.what());
}

void Records::settle(Job& job) try {
  auto file = RecordFile::open_existing(context_.record_path(job.spec.uuid));
  if (file)
    conclude(context_, job, *file);
  else
    conclude_without_record(context_, job, "record deleted");
  job.record_size = record_size(context_, job.spec.uuid);
  changed_.push_back(job);
} catch (const Error&) {
  // reread() has said why. No row is written: the next look may be able to read it.
  conclude_without_record(context_, job, "record unreadable");
}

}  // namespace jobctl
