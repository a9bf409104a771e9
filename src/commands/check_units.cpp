// doctor: jobs and their units.
#include <unistd.h>

#include "commands/finding.hpp"
#include "commands/jobs.hpp"
#include "commands/records.hpp"
#include "job/companion_plan.hpp"
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

// A start is under way for a moment without a unit.
bool may_be_starting(const Job& job) {
  return !job.current.started_at && now() - job.current.requested_at < std::chrono::minutes(1);
}

// The units were listed after the record was read, which this reads once more: in between a run may have
// ended, or the next one begun.
bool is_still_so(Context& context, const Job& job) {
  const auto file = RecordFile::open_existing(context.record_path(job.spec.uuid));
  if (!file) return false;
  const Job present = to_job(file->read());
  return present.run == job.run && present.state == job.state;
}

void check_unit_of(Context& context, const Job& job, const UnitsOfJobs& units, Findings& findings) {
  const bool has_unit = units.own.contains(job.spec.uuid) || units.schedules.contains(job.spec.uuid);
  const bool waits_for_timer_unit = job.state == State::queued && !job.spec.job_file.empty();
  if (has_unit || !is_active(job.state) || runs_elsewhere(job) || may_be_starting(job) ||
      waits_for_timer_unit || !is_still_so(context, job))
    return;
  findings.push_back(
      {"units", shown_name(job.spec) + " is " + to_string(job.state) + " by its record, but its unit is gone",
       "jobctl doctor --fix", "", [&context, job] {
         current_jobs(context, {.names = {job.spec.uuid}});
         if (is_still_so(context, job)) throw Error(Errc::failed, "its record can't be written");
       }});
}

// Only a scope lives on without its holder.
void check_holder(const Job& job, const UnitsOfJobs& units, Findings& findings) {
  if (!job.spec.scope || !job.current.started_at || !is_active(job.state) ||
      !units.own.contains(job.spec.uuid))
    return;
  const std::string own = "/sys/fs/cgroup" + job.current.cgroup + "/cgroup.procs";
  const auto holders = read_small_file(own);
  if (holders && holders->empty() && Cgroup(payload_of(job.current.cgroup)).populated())
    findings.push_back({"holders",
                        "the holder of " + shown_name(job.spec) + " is dead: nobody will record how it ends",
                        "jobctl kill " + short_id(job)});
}

// Where its output went until now; it can still be had from the process that prints.
std::string open_log(const Job& job) {
  const std::string output = "/proc/" + std::to_string(job.current.pid) + "/fd/1";
  return job.current.pid > 0 && read_link(output) == job.spec.log_file + " (deleted)" ? output : "";
}

// Its folder may have gone with it.
std::string save_log(const std::string& output, const std::string& log) {
  const std::string folder = log.substr(0, log.rfind('/'));
  return (is_missing(folder) ? "mkdir -p " + shell_quote({folder}) + " && " : "") + "cp " +
         shell_quote({output, log + ".saved"});
}

void check_log(Context& context, const Job& job, const UnitsOfJobs& units, Findings& findings) {
  const bool should_have_one = is_active(job.state) && job.current.started_at && !job.spec.log_file.empty();
  if (!should_have_one || !units.own.contains(job.spec.uuid) || !is_missing(job.spec.log_file) ||
      !is_still_so(context, job))
    return;
  const std::string output = open_log(job);
  findings.push_back(
      {"logs", "the log of " + shown_name(job.spec) + " was deleted while it runs: " + job.spec.log_file,
       (output.empty() ? "" : save_log(output, job.spec.log_file) + " && ") + "jobctl restart " +
           short_id(job)});
}

void check_slice(Context& context, Findings& findings) {
  if (context.units().property("jobctl.slice", unit_interface, "LoadState") != "masked") return;
  // systemctl removes either a mask for good or one until the next boot.
  const std::string unmask = context.systemctl() + " unmask ";
  findings.push_back({"units", "jobctl.slice is masked: no job can be started",
                      unmask + "jobctl.slice && " + unmask + "--runtime jobctl.slice"});
}

Finding of_failed(Context& context, const std::string& unit, const RecordedJobs& recorded) {
  const auto job_file = recorded.of_job_files.find(uuid_of_schedule(unit).value_or(""));
  if (unit.ends_with(".timer") && job_file != recorded.of_job_files.end())
    return {"units", "the schedule of the job file " + job_file->second + " has failed: it starts no more",
            "jobctl job enable --now " + shell_quote({job_file->second})};
  return {"units", unit + " has failed and is still loaded",
          context.systemctl() + " reset-failed " + shell_quote({unit}), "",
          [&context, unit] { context.units().reset_failed(unit); }};
}

// The record of a job says how its unit failed, and systemd keeps that of a job file for its administrator.
void check_failed(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                  Findings& findings) {
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  for (const std::string& unit : units.failed) {
    const auto uuid = uuid_of_unit(unit);
    const bool is_known = uuid && (known.contains(*uuid) || recorded.of_job_files.contains(*uuid));
    if (is_known || lacks_program(context, unit)) continue;
    findings.push_back(of_failed(context, unit, recorded));
  }
}

// What is active without a record. A unit that is on its way may be just before it has one, or after; the
// timer of a job file has none before the first run.
UnitsOfJobs without_record(const Context& context, const std::map<std::string, std::string>& of_job_files,
                           UnitsOfJobs units) {
  const auto has_record = [&](const auto& unit) { return !is_missing(context.record_path(unit.first)); };
  std::erase_if(units.own,
                [&](const auto& unit) { return unit.second.active != "active" || has_record(unit); });
  std::erase_if(units.schedules,
                [&](const auto& unit) { return of_job_files.contains(unit.first) || has_record(unit); });
  return units;
}

// Of a job that was started with other directories (XDG_STATE_HOME): where its record lies.
std::string record_elsewhere(const Context& context, const std::string& unit) {
  const bool is_timer = unit.ends_with(".timer");
  const Argv command =
      is_timer ? command_in_unit(context, unit.substr(0, unit.rfind('.')) + ".service", "ExecStart")
               : command_in_unit(context, unit, "ExecStopPost");
  const std::string record = command.empty() ? "" : unquote_path(command.back());
  return record.starts_with('/') && access(record.c_str(), F_OK) == 0 ? record : "";
}

Finding of_unknown(const Context& context, const std::string& unit, const std::string& uuid) {
  if (const std::string record = record_elsewhere(context, unit); !record.empty())
    return {.check = "records",
            .what = unit + " is of a job whose record lies elsewhere: " + record,
            .is_note = true};
  if (unit.ends_with(".timer") || uuid_of_schedule(unit))
    return {"records", unit + " waits, but the record of its job is gone",
            context.systemctl() + " stop " + shell_quote({unit})};
  return {"records", unit + " runs, but its record is gone", "jobctl kill " + uuid.substr(0, 8)};
}

// A second look tells what was just coming or going.
void check_unknown(Context& context, const std::map<std::string, std::string>& of_job_files,
                   const UnitsOfJobs& units, Findings& findings) {
  const UnitsOfJobs first = without_record(context, of_job_files, units);
  if (first.own.empty() && first.schedules.empty()) return;
  const UnitsOfJobs second = without_record(context, of_job_files, units_of_jobs(context));
  const auto tell = [&](const auto& before, const auto& now) {
    for (const auto& [uuid, unit] : now)
      if (before.contains(uuid)) findings.push_back(of_unknown(context, unit.unit, uuid));
  };
  tell(first.own, second.own);
  tell(first.schedules, second.schedules);
}

}  // namespace

UnitsOfJobs units_of_jobs(Context& context) {
  UnitsOfJobs units;
  for (UnitState& unit : context.units().list({"jobctl-*"})) {
    const auto uuid = uuid_of_unit(unit.unit), beside = uuid ? std::nullopt : uuid_of_companion(unit.unit);
    if (beside && unit.unit.ends_with(".service")) units.beside.push_back(unit.unit);
    if (unit.active == "failed" && (uuid || beside))
      units.failed.push_back(unit.unit);
    else if (unit.active == "inactive" || unit.active == "failed")
      continue;
    else if (uuid)
      units.own.emplace(*uuid, std::move(unit));
    else if (uuid_of_schedule(unit.unit))
      units.schedules.emplace(*beside, std::move(unit));
  }
  return units;
}

void check_units(Context& context, Findings& findings, const RecordedJobs& recorded,
                 const UnitsOfJobs& units) {
  check_slice(context, findings);
  for (const Job& job : recorded.jobs) {
    check_unit_of(context, job, units, findings);
    check_holder(job, units, findings);
    check_log(context, job, units, findings);
  }
  check_programs_of_units(context, recorded, units, findings);
  check_failed(context, recorded, units, findings);
  check_unknown(context, recorded.of_job_files, units, findings);
}

}  // namespace jobctl
