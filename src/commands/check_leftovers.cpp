// doctor: what jobs have left behind.
#include <algorithm>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

#include "bus/drop_in.hpp"
#include "commands/finding.hpp"
#include "commands/start_fifo.hpp"
#include "output/words.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::optional<std::string> uuid_before(const std::string& name, const std::string& suffix) {
  constexpr size_t length = 36;
  if (!name.ends_with(suffix) || name.size() < suffix.size() + length) return std::nullopt;
  const std::string uuid = name.substr(name.size() - suffix.size() - length, length);
  return is_uuid(uuid) ? std::optional(uuid) : std::nullopt;
}

void check_logs(const Context& context, const std::set<std::string>& known, Findings& findings) {
  Finding found{"logs", "", ""};  // of jobs that were flushed without --logs
  found.is_note = true;
  uint64_t bytes = 0;
  const std::string& logs = context.config().paths.logs;
  for (const std::string& type : names_in(logs))
    for (const std::string& name : names_in(logs + "/" + type)) {
      const auto uuid = uuid_before(name, ".log");
      if (!uuid || known.contains(*uuid)) continue;
      found.paths.push_back(logs + "/" + type + "/" + name);
      bytes += file_size(found.paths.back());
    }
  if (found.paths.empty()) return;
  std::sort(found.paths.begin(), found.paths.end());
  found.what = count_in_words(found.paths.size(), "log belongs", "logs belong") + " to no job any more (" +
               bytes_in_words(bytes) + ")";
  constexpr size_t few = 20;
  found.hint = found.paths.size() <= few
                   ? "rm " + shell_quote(found.paths)
                   : "jobctl doctor -o json | jq -r '.findings[] | select(.check == \"logs\").paths[]'";
  findings.push_back(std::move(found));
}

// Which run was the job's last, 0 where it has no record; nullopt where it has not ended, or nobody can tell.
std::optional<int> ended_run(const Context& context, const std::string& uuid) try {
  const auto file = RecordFile::open_existing(context.record_path(uuid));
  if (!file) return 0;
  const Job job = to_job(file->read());
  return is_active(job.state) ? std::nullopt : std::optional(job.run);
} catch (const Error&) {
  return std::nullopt;
}

bool has_active_unit(Context& context, const std::string& uuid) {
  const std::vector<UnitState> units = context.units().list({"jobctl-*" + uuid + "*"});
  return std::any_of(units.begin(), units.end(), [](const UnitState& unit) {
    return unit.active != "inactive" && unit.active != "failed";
  });
}

// A unit of the last run that is gone has removed what it had; what is there all the same is left, unless a
// run has begun meanwhile.
bool is_left(Context& context, const std::string& uuid, const std::function<bool()>& is_there) {
  const auto run = ended_run(context, uuid);
  return run && !has_active_unit(context, uuid) && is_there() && ended_run(context, uuid) == run;
}

// Since it was found a run may have begun, to which it belongs: what is removed is removed in the job's turn,
// in which nobody else starts it, and only while the job is not there.
void remove_in_turn(Context& context, const std::string& uuid, const std::function<void()>& remove) try {
  JobSpec spec;
  spec.uuid = uuid;
  spec.runtime_dir = context.config().paths.runtime_dir;
  const StartFifo turn(spec);
  if (ended_run(context, uuid) && !has_active_unit(context, uuid)) remove();
} catch (const Error& error) {
  if (error.code != Errc::refused) throw;  // it is being started: nothing is left over any more
}

// What lies in the runtime directory for a job's time only.
void check_runtime_files(Context& context, const std::set<std::string>& active, Findings& findings) {
  Finding found{"holders", "", "jobctl doctor --fix"};
  const std::string& folder = context.config().paths.runtime_dir;
  found.paths = StartFifo::abandoned(folder);
  for (const std::string& name : names_in(folder))
    for (const char* suffix : {".tty", ".health", ".service", ".asked"}) {
      const auto uuid = uuid_before(name, suffix);
      if (uuid && !active.contains(*uuid) &&
          is_left(context, *uuid, [&] { return !is_missing(folder + "/" + name); }))
        found.paths.push_back(folder + "/" + name);
    }
  if (found.paths.empty()) return;
  found.what = count_in_words(found.paths.size(), "file", "files") + " in " + folder + " " +
               (found.paths.size() == 1 ? "is" : "are") + " left of jobs that have ended";
  found.mend = [&context, paths = found.paths] {
    for (const std::string& path : paths)
      if (const auto uuid = uuid_before(path, path.substr(path.rfind('.'))))
        remove_in_turn(context, *uuid, [&] { unlink(path.c_str()); });
  };
  findings.push_back(std::move(found));
}

void check_drop_ins(Context& context, const std::set<std::string>& active, Findings& findings) {
  for (const std::string& unit : units_with_drop_in(context.manager()))
    if (const std::string uuid = *uuid_of_unit(unit); !active.contains(uuid) && is_left(context, uuid, [&] {
          return has_drop_in(context.manager(), unit);
        }))
      findings.push_back({"units", "settings of " + unit + " are left, and it is gone", "jobctl doctor --fix",
                          "", [&context, unit, uuid] {
                            remove_in_turn(context, uuid, [&] { remove_drop_in(context.manager(), unit); });
                          }});
}

}  // namespace

void check_leftovers(Context& context, Findings& findings, const RecordedJobs& recorded,
                     const UnitsOfJobs& units) {
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  // Of one whose record can't be read nobody knows whether it lives.
  std::set<std::string> active = known;
  for (const Job& job : recorded.jobs)
    if (!is_active(job.state)) active.erase(job.spec.uuid);
  for (const auto& of_jobs : {units.own, units.schedules})
    for (const auto& [uuid, unit] : of_jobs) active.insert(uuid);
  // A row or a unit knows the job as well.
  std::set<std::string> with_log = active;
  with_log.insert(known.begin(), known.end());
  for (const auto& [uuid, name] : recorded.of_job_files) with_log.insert(uuid);
  for (const Job& job : context.registry().find({.brief = true})) with_log.insert(job.spec.uuid);
  check_logs(context, with_log, findings);
  check_runtime_files(context, active, findings);
  check_drop_ins(context, active, findings);
}

}  // namespace jobctl
