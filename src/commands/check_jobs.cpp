// doctor: jobs and their units, and what either has left.
#include <algorithm>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

#include "bus/drop_in.hpp"
#include "bus/login.hpp"
#include "commands/enforcement.hpp"
#include "commands/finding.hpp"
#include "commands/jobs.hpp"
#include "commands/records.hpp"
#include "commands/start_fifo.hpp"
#include "job/companion_plan.hpp"
#include "journal/reader.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "proc/read.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::string short_id(const Job& job) {
  return job.spec.uuid.substr(0, 8);
}

// ---- the host, for these jobs

void check_linger(Context& context, const RecordedJobs& recorded, Findings& findings) {
  const uid_t uid = geteuid();
  const std::string user = user_name(uid);
  if (context.is_system() || uid == 0 || recorded.active == 0 || context.config().linger == Linger::never ||
      is_lingering(user))
    return;
  findings.push_back(
      {"linger", count_in_words(recorded.active, "job", "jobs") + " would end when " + user + " logs out",
       "loginctl enable-linger " + user, [uid] {
         const std::string problem = enable_linger(uid);
         if (!problem.empty()) throw Error(Errc::failed, problem);
       }});
}

void check_controllers(Context& context, Findings& findings) try {
  const std::vector<std::string> missing = withheld_controllers(context);
  if (!missing.empty())
    findings.push_back(
        {"controllers",
         "limits of " + join(missing, ", ") + " have no effect: your service manager was not given them",
         "sudo systemctl edit user@.service   # [Service] Delegate=cpu cpuset io memory pids; then log in "
         "again"});
} catch (const Error& error) {
  findings.push_back({"controllers", error.what(), "boot with systemd.unified_cgroup_hierarchy=1"});
}

void check_journal(Context& context, Findings& findings) {
  if (access("/run/systemd/journal/socket", F_OK) != 0) return;  // no journald, as in containers
  try {
    JournalReader reader(context.is_system(), {});
  } catch (const Error& error) {
    findings.push_back({"journal", error.what(), error.hint});
  }
}

// ---- units

// A start is under way for a moment without a unit.
bool may_be_starting(const Job& job) {
  return !job.current.started_at && now() - job.current.requested_at < std::chrono::minutes(1);
}

bool is_still_active(Context& context, const Job& job) {
  const auto file = RecordFile::open_existing(context.record_path(job.spec.uuid));
  return file && is_active(to_job(file->read()).state);
}

void check_unit_of(Context& context, const Job& job, const UnitsOfJobs& units, Findings& findings) {
  const bool has_unit = units.contains(job.spec.uuid);
  const bool waits_for_timer_unit = job.state == State::queued && !job.spec.job_file.empty();
  if (has_unit || !is_active(job.state) || runs_elsewhere(job) || may_be_starting(job) ||
      waits_for_timer_unit || !is_still_active(context, job))
    return;
  findings.push_back(
      {"units", shown_name(job.spec) + " is " + to_string(job.state) + " by its record, but its unit is gone",
       "jobctl list   # finds out how it ended, as far as anybody can", [&context, job] {
         current_jobs(context, {.names = {job.spec.uuid}});
         if (is_still_active(context, job)) throw Error(Errc::failed, "its record can't be written");
       }});
}

// Only a scope lives on without its holder.
void check_holder(const Job& job, const UnitsOfJobs& units, Findings& findings) {
  if (!job.spec.scope || !job.current.started_at || !is_active(job.state) || !units.contains(job.spec.uuid))
    return;
  const std::string own = "/sys/fs/cgroup" + job.current.cgroup + "/cgroup.procs";
  const auto holders = read_small_file(own);
  if (holders && holders->empty() && Cgroup(payload_of(job.current.cgroup)).populated())
    findings.push_back({"holders",
                        "the holder of " + shown_name(job.spec) + " is dead: nobody will record how it ends",
                        "jobctl kill " + short_id(job)});
}

// "ExecStopPost=-PROGRAM ARGUMENT" of a transient unit's file.
std::string hook_of(const Context& context, const std::string& unit) {
  const std::string folder = context.is_system() ? "/run" : runtime_directory();
  const std::string text = read_small_file(folder + "/systemd/transient/" + unit).value_or("");
  const std::string key = "\nExecStopPost=";
  const size_t at = text.rfind(key);  // before it may stand an empty one, which resets the list
  if (at == std::string::npos) return {};
  size_t begin = at + key.size();
  while (begin < text.size() && std::string_view("-@:+!").find(text[begin]) != std::string_view::npos)
    ++begin;
  const bool quoted = begin < text.size() && text[begin] == '"';
  if (quoted) ++begin;
  return text.substr(begin, text.find_first_of(quoted ? "\"" : " \n", begin) - begin);
}

void check_hook(const Context& context, const Job& job, Findings& findings) {
  const std::string hook = is_active(job.state) && !job.spec.scope ? hook_of(context, job.spec.unit) : "";
  if (!hook.empty() && access(hook.c_str(), X_OK) != 0)
    findings.push_back({"versions",
                        shown_name(job.spec) + " was started by a jobctl whose hook is gone (" +
                            printable_ascii(hook, 200) + "): nobody will record how it ends",
                        "jobctl restart " + short_id(job)});
}

// Where its output went until now; it can still be had from the process that prints.
std::string open_log(const Job& job) {
  const std::string output = "/proc/" + std::to_string(job.current.pid) + "/fd/1";
  return job.current.pid > 0 && read_link(output) == job.spec.log_file + " (deleted)" ? output : "";
}

void check_log(Context& context, const Job& job, const UnitsOfJobs& units, Findings& findings) {
  const bool should_have_one = is_active(job.state) && job.current.started_at && !job.spec.log_file.empty();
  if (!should_have_one || !units.contains(job.spec.uuid) || access(job.spec.log_file.c_str(), F_OK) == 0 ||
      errno != ENOENT || !is_still_active(context, job))
    return;
  const std::string output = open_log(job);
  findings.push_back(
      {"logs", "the log of " + shown_name(job.spec) + " was deleted while it runs: " + job.spec.log_file,
       (output.empty() ? "" : "cp " + shell_quote({output, job.spec.log_file + ".saved"}) + "; ") +
           "jobctl restart " + short_id(job)});
}

void check_slice(Context& context, Findings& findings) {
  if (context.units().property("jobctl.slice", unit_interface, "LoadState") == "masked")
    findings.push_back({"units", "jobctl.slice is masked: no job can be started",
                        context.systemctl() + " unmask jobctl.slice"});
}

void check_unknown(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                   Findings& findings) {
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  for (const auto& [uuid, unit] : units) {
    if (unit.active == "failed") {
      findings.push_back({"units", unit.unit + " has failed and is still loaded",
                          context.systemctl() + " reset-failed '" + unit.unit + "'",
                          [&context, name = unit.unit] { context.units().reset_failed(name); }});
    } else if (!known.contains(uuid) && access(context.record_path(uuid).c_str(), F_OK) != 0) {
      findings.push_back(
          {"records", unit.unit + " runs, but its record is gone", "jobctl kill " + uuid.substr(0, 8)});
    }
  }
}

// ---- files

std::optional<std::string> uuid_before(const std::string& name, const std::string& suffix) {
  constexpr size_t length = 36;
  if (!name.ends_with(suffix) || name.size() < suffix.size() + length) return std::nullopt;
  const std::string uuid = name.substr(name.size() - suffix.size() - length, length);
  return is_uuid(uuid) ? std::optional(uuid) : std::nullopt;
}

uint64_t size_of(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
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
      bytes += size_of(found.paths.back());
    }
  if (found.paths.empty()) return;
  std::sort(found.paths.begin(), found.paths.end());
  found.what = count_in_words(found.paths.size(), "log belongs", "logs belong") + " to no job any more (" +
               bytes_in_words(bytes) + ")";
  found.hint =
      found.paths.size() == 1
          ? "rm " + shell_quote(found.paths)
          : "jobctl doctor -o json | jq -r '.findings[] | select(.check == \"logs\").paths[]'   # names them";
  findings.push_back(std::move(found));
}

// What lies in the runtime directory for a job's time only.
void check_runtime_files(const Context& context, const std::set<std::string>& active, Findings& findings) {
  Finding found{"holders", "", "jobctl doctor --fix"};
  const std::string& folder = context.config().paths.runtime_dir;
  found.paths = StartFifo::abandoned(folder);
  for (const std::string& name : names_in(folder))
    for (const char* suffix : {".tty", ".health", ".service"})
      if (const auto uuid = uuid_before(name, suffix); uuid && !active.contains(*uuid))
        found.paths.push_back(folder + "/" + name);
  if (found.paths.empty()) return;
  found.what = count_in_words(found.paths.size(), "file", "files") + " in " + folder + " " +
               (found.paths.size() == 1 ? "is" : "are") + " left of jobs that have ended";
  found.mend = [paths = found.paths] {
    for (const std::string& path : paths) unlink(path.c_str());
  };
  findings.push_back(std::move(found));
}

void check_drop_ins(const Context& context, const std::set<std::string>& active, Findings& findings) {
  for (const std::string& unit : units_with_drop_in(context.manager()))
    if (!active.contains(*uuid_of_unit(unit)))
      findings.push_back({"units", "settings of " + unit + " are left, and it is gone", "jobctl doctor --fix",
                          [manager = context.manager(), unit] { remove_drop_in(manager, unit); }});
}

}  // namespace

void check_host(Context& context, const RecordedJobs& recorded, Findings& findings) {
  check_linger(context, recorded, findings);
  check_controllers(context, findings);
  check_journal(context, findings);
}

UnitsOfJobs units_of_jobs(Context& context) {
  UnitsOfJobs units;
  for (UnitState& unit : context.units().list({"jobctl-*"})) {
    auto uuid = uuid_of_unit(unit.unit);
    if (!uuid) uuid = uuid_of_schedule(unit.unit);
    if (uuid) units.emplace(*uuid, std::move(unit));
  }
  return units;
}

void check_units(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                 Findings& findings) {
  check_slice(context, findings);
  for (const Job& job : recorded.jobs) {
    check_unit_of(context, job, units, findings);
    check_holder(job, units, findings);
    check_hook(context, job, findings);
    check_log(context, job, units, findings);
  }
  check_unknown(context, recorded, units, findings);
}

void check_leftovers(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                     Findings& findings) {
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  // Of one whose record can't be read nobody knows whether it lives.
  std::set<std::string> active = known;
  for (const Job& job : recorded.jobs)
    if (!is_active(job.state)) active.erase(job.spec.uuid);
  for (const auto& [uuid, unit] : units) active.insert(uuid);
  for (const std::string& uuid : list_records(context.config().paths.state_dir))
    if (!known.contains(uuid)) active.insert(uuid);  // started meanwhile
  // A row or a unit knows the job as well.
  std::set<std::string> of_jobs = active;
  of_jobs.insert(known.begin(), known.end());
  for (const Job& job : context.registry().find({.brief = true})) of_jobs.insert(job.spec.uuid);
  check_logs(context, of_jobs, findings);
  check_runtime_files(context, active, findings);
  check_drop_ins(context, active, findings);
}

}  // namespace jobctl
