#include "commands/cleanup_search.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <unistd.h>

#include "commands/jobs.hpp"

namespace jobctl {

namespace {

std::optional<std::string> job_by_environment(const TableEntry& entry) {
  constexpr std::string_view variable = "JOBCTL_UUID=";
  for (const std::string& text : entry.environment)
    if (text.starts_with(variable) && is_uuid(text.substr(variable.size())))
      return text.substr(variable.size());
  return std::nullopt;
}

bool is_meant(const Job& job, const StrayPatterns& patterns) {
  return std::any_of(job.spec.commands.begin(), job.spec.commands.end(), [&](const Argv& argv) {
    TableEntry entry;
    entry.process.argv = argv;
    entry.directory = job.spec.working_directory;
    return match(entry, patterns).has_value();
  });
}

std::map<std::string, Job> jobs_of(Context& context, const std::vector<TableEntry>& table) {
  std::set<std::string> uuids;
  for (const TableEntry& entry : table)
    for (const auto& uuid : {uuid_of_cgroup(entry.cgroup), job_by_environment(entry)})
      if (uuid) uuids.insert(*uuid);
  std::map<std::string, Job> jobs;
  if (uuids.empty()) return jobs;
  for (Job& job : current_jobs(context, {.names = {uuids.begin(), uuids.end()}})) jobs[job.spec.uuid] = job;
  return jobs;
}

}  // namespace

// What is in the cgroup of a job is that job's, unless we know that it has ended: then it is a stray like
// others, known by JOBCTL_UUID in its environment. What a job that lives has started elsewhere, in a scope of
// its own, is that job's as well.
StraySearch search_for(Context& context, const std::vector<TableEntry>& table,
                       const StrayPatterns& patterns) {
  StraySearch search{patterns, geteuid(), getpid(), {}, {}, context.config().cleanup.marker, {}};
  const std::map<std::string, Job> jobs = jobs_of(context, table);
  const auto has_ended = [&](const std::string& uuid) {
    const auto job = jobs.find(uuid);
    return job != jobs.end() && !is_active(job->second.state);
  };
  const auto lives = [&](const std::string& uuid) { return jobs.contains(uuid) && !has_ended(uuid); };
  for (const TableEntry& entry : table) {
    const auto uuid = uuid_of_cgroup(entry.cgroup), started_by = job_by_environment(entry);
    if ((uuid && !has_ended(*uuid)) || (started_by && lives(*started_by)))
      search.of_jobs.insert(entry.process.pid);
  }
  for (const auto& [uuid, job] : jobs)
    if (!is_active(job.state) && is_meant(job, patterns))
      search.patterns.markers.push_back("JOBCTL_UUID=" + uuid);
  return search;
}

}  // namespace jobctl
