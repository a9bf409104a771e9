// doctor: records and registry.
#include <algorithm>
#include <cerrno>
#include <set>

#include <unistd.h>

#include "commands/finding.hpp"
#include "commands/job_file.hpp"
#include "commands/records.hpp"
#include "commands/start_fifo.hpp"
#include "config/toml_tree.hpp"
#include "output/words.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Where logs of the jobs' types lie, and will lie.
std::set<std::string> log_folders(const std::string& logs, const RecordedJobs& recorded) {
  std::set<std::string> folders;
  for (const Job& job : recorded.jobs)
    if (job.spec.log_file.starts_with(logs + "/"))
      folders.insert(job.spec.log_file.substr(0, job.spec.log_file.rfind('/')));
  folders.erase(logs);
  return folders;
}

// Whether a row is all that is left of a job. Of one that is still there its unit tells.
bool is_lost(const Context& context, const UnitsOfJobs& units, const Job& row) {
  const std::string& uuid = row.spec.uuid;
  if (!row.current.ended_at &&
      (units.own.contains(uuid) || units.schedules.contains(uuid) || StartFifo::is_held(row.spec)))
    return false;
  return is_missing(context.record_path(uuid));
}

// A record that was there a moment ago is just being flushed, as is a row that is gone a moment later.
std::vector<Job> lost_jobs(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units) {
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  std::vector<Job> lost = context.registry().find({});
  std::erase_if(
      lost, [&](const Job& row) { return known.contains(row.spec.uuid) || !is_lost(context, units, row); });
  std::erase_if(lost, [&](const Job& row) { return !context.registry().find_uuid(row.spec.uuid); });
  return lost;
}

// Those that have no row; whose record has gone since it was read was just flushed.
std::vector<std::string> without_row(Context& context, const RecordedJobs& recorded) {
  std::vector<std::string> uuids;
  for (const Job& job : recorded.jobs) uuids.push_back(job.spec.uuid);
  std::vector<std::string> missing = context.registry().without_row(std::move(uuids));
  std::erase_if(missing, [&](const std::string& uuid) { return is_missing(context.record_path(uuid)); });
  return missing;
}

void add_rows(Context& context, const std::vector<std::string>& uuids) {
  std::vector<Job> jobs;
  for (const std::string& uuid : uuids)
    if (const auto file = RecordFile::open_existing(context.record_path(uuid))) jobs.push_back(refold(*file));
  context.registry().update(jobs);
  if (jobs.size() + context.registry().without_row(uuids).size() > uuids.size())
    throw Error(Errc::failed, "the registry can't be written");
}

void check_registry(Context& context, const RecordedJobs& recorded, Findings& findings) {
  const std::string path = context.config().paths.state_dir + "/jobs.db";
  if (is_forbidden(path)) return;
  Registry& registry = context.registry();
  if (!registry.read_only_reason().empty())
    return findings.push_back(
        {"registry", path + " can't be used: " + registry.read_only_reason(), set_aside(path)});
  if (const std::string damage = registry.damage(); !damage.empty())
    return findings.push_back({"registry", path + " is damaged: " + printable_ascii(damage, 100),
                               shell_command("rm", path), "it is made anew from the records",
                               [path] { unlink(path.c_str()); }});
  if (const auto missing = without_row(context, recorded); !missing.empty())
    findings.push_back(
        {"registry",
         count_in_words(missing.size(), "job is", "jobs are") + " in the records and not in " + path,
         "jobctl doctor --fix", "", [&context, missing] { add_rows(context, missing); }});
}

}  // namespace

RecordedJobs read_recorded_jobs(const Context& context) {
  RecordedJobs recorded;
  recorded.is_complete = access(context.jobs_dir().c_str(), R_OK | X_OK) == 0 || errno == ENOENT;
  recorded.uuids = list_records(context.config().paths.state_dir);
  std::sort(recorded.uuids.begin(), recorded.uuids.end());
  for (const std::string& uuid : recorded.uuids) try {
      if (const auto file = RecordFile::open_existing(context.record_path(uuid)))
        recorded.jobs.push_back(to_job(file->read()));
    } catch (const Error& error) {
      recorded.unreadable.emplace_back(uuid, error);
    }
  for (const std::string& file : job_files(context))
    recorded.of_job_files.emplace(uuid_of_job_file(context, name_of_toml(file)), name_of_toml(file));
  recorded.active =
      static_cast<size_t>(std::count_if(recorded.jobs.begin(), recorded.jobs.end(), [](const Job& job) {
        return is_active(job.state) && !runs_elsewhere(job);
      }));
  return recorded;
}

void check_records(Context& context, Findings& findings, const RecordedJobs& recorded) {
  for (const std::string& folder : log_folders(context.config().paths.logs, recorded))
    check_directory(folder, findings);
  for (const auto& [uuid, error] : recorded.unreadable)
    if (const std::string path = context.record_path(uuid); !is_forbidden(path))
      findings.push_back({"records", error.what(), error.hint.empty() ? set_aside(path) : "", error.hint});
  check_registry(context, recorded, findings);
}

void check_lost_records(Context& context, Findings& findings, const RecordedJobs& recorded,
                        const UnitsOfJobs& units) {
  constexpr size_t at_once = 100;
  const std::vector<Job> lost = lost_jobs(context, recorded, units);
  if (lost.empty()) return;
  Finding found{"records", "", "jobctl flush"};
  if (lost.size() == 1)
    found.what = "the record of " + shown_name(lost[0].spec) + " (" + lost[0].spec.uuid + ") is gone";
  else
    found.what = "the records of " + std::to_string(lost.size()) + " jobs are gone";
  for (size_t i = 0; i < std::min(lost.size(), at_once); ++i)
    found.hint += " " + lost[i].spec.uuid.substr(0, 8);
  if (lost.size() > at_once) found.advice = "these are the first " + std::to_string(at_once);
  findings.push_back(std::move(found));
}

}  // namespace jobctl
