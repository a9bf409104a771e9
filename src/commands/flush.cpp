// jobctl flush: forgets jobs that have ended.
#include <iostream>

#include <sys/stat.h>
#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/start_fifo.hpp"
#include "commands/verb.hpp"
#include "journal/send.hpp"
#include "output/words.hpp"
#include "registry/history_file.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct FlushOptions {
  std::shared_ptr<QueryOptions> query;
  std::string older_than;
  bool logs = false;
  bool dry_run = false;
};

// `kept`: jobs that were named although they are active.
std::vector<Job> finished_jobs(Context& context, const FlushOptions& options, size_t& kept) {
  const Query query = options.query->take();
  context.require_own("flush");
  std::vector<Job> jobs = query.empty() ? current_jobs(context, {}) : find_jobs(context, query);
  std::optional<Time> before;
  if (!options.older_than.empty()) {
    const auto age = parse_duration(options.older_than, "--older-than");
    before = age ? std::optional(now() - *age) : std::optional(Time{});
  }
  std::erase_if(jobs, [&](const Job& job) {
    if (is_active(job.state)) {
      if (!query.names.empty()) ++kept, say(job.spec.name + " is " + to_string(job.state) + " and was kept");
      return true;
    }
    return before && job.current.ended_at && *job.current.ended_at > *before;
  });
  return jobs;
}

// Only what jobctl itself put into its logs' folder; a file that somebody chose with --log-file is theirs.
bool is_own_log(const Job& job) {
  return !job.spec.log_file.empty() && job.spec.log_file.starts_with(job.spec.log_dir + "/");
}

// The job's log and the copies of the log that its program wrote itself.
std::vector<std::string> own_logs(Context& context, const Job& job) {
  std::vector<std::string> files;
  if (is_own_log(job)) files.push_back(job.spec.log_file);
  const auto record = RecordFile::open_existing(context.record_path(job.spec.uuid));
  if (job.spec.own_log.empty() || !record) return files;
  for (const Event& event : record->read().events)
    if (event.kind == "collected" && !event.text("file").empty()) files.push_back(event.text("file"));
  return files;
}

uint64_t file_size(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

std::string summary(Context& context, const std::vector<Job>& jobs, bool logs) {
  std::string text = count_in_words(jobs.size(), "job", "jobs");
  if (!logs) return text;
  uint64_t bytes = 0;
  for (const Job& job : jobs)
    for (const std::string& file : own_logs(context, job)) bytes += file_size(file);
  return text + " and " + (jobs.size() == 1 ? "its log" : "their logs") + " (" + bytes_in_words(bytes) + ")";
}

// What the record tells; nothing where it can't be read any more, which a look at the jobs has said.
std::vector<HistoryEntry> recorded_history(Context& context, const Job& job) try {
  const auto file = RecordFile::open_existing(context.record_path(job.spec.uuid));
  return file ? history_of(file->read()) : std::vector<HistoryEntry>();
} catch (const Error&) {
  return {};
}

// That it is flushed now, too.
std::vector<HistoryEntry> history_to_keep(Context& context, const std::vector<Job>& jobs) {
  std::vector<HistoryEntry> entries;
  for (const Job& job : jobs) {
    for (HistoryEntry& entry : recorded_history(context, job)) entries.push_back(std::move(entry));
    entries.push_back(history_entry(job.spec, "flush", job.run));
    entries.back().by = context.requester();
  }
  return entries;
}

void forget(Context& context, const std::vector<Job>& jobs, bool logs) {
  std::vector<std::string> uuids;
  for (const Job& job : jobs) uuids.push_back(job.spec.uuid);
  // The rows are gone for good only when everything else is: whatever is interrupted can be flushed again. On
  // a full disk the logs make room for the history.
  context.registry().remove(uuids, [&] {
    if (logs)
      for (const Job& job : jobs)
        for (const std::string& file : own_logs(context, job)) unlink(file.c_str());
    append_history(context.config().paths.state_dir, history_to_keep(context, jobs));
    for (const Job& job : jobs) unlink(context.record_path(job.spec.uuid).c_str());
  });
  for (const Job& job : jobs)
    send_event(job.spec, {message_flushed, job.spec.name + " flushed by " + context.requester(), job.run},
               context.is_system());
}

int run_flush(Context& context, const FlushOptions& options) {
  size_t kept = 0;
  const std::vector<Job> jobs = finished_jobs(context, options, kept);
  if (options.dry_run)
    for (const Job& job : jobs)
      std::cout << "would flush  " << shown_name(job.spec) << "  " << job.spec.uuid.substr(0, 8) << "  "
                << state_cell(job.state, job.current) << '\n';
  const std::string text = summary(context, jobs, options.logs);
  if (!options.dry_run) StartFifo::remove_abandoned(context.config().paths.runtime_dir);
  if (!options.dry_run && !jobs.empty()) forget(context, jobs, options.logs);
  if (!options.dry_run || jobs.empty()) std::cout << "flushed " << text << '\n';
  return kept == 0 ? 0 : static_cast<int>(Errc::refused);
}

}  // namespace

Verb add_flush(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("flush", "forget jobs that have ended");
  auto options = std::make_shared<FlushOptions>();
  options->query = add_query(*verb);
  verb->add_option("--older-than", options->older_than,
                   "only those that ended longer ago than this: 7d, 12h");
  verb->add_flag("--logs", options->logs, "delete their logs, too (not those chosen with --log-file)");
  verb->add_flag("-n,--dry-run", options->dry_run, "show what would be flushed");
  verb->footer(
      "Examples:\n  jobctl flush --older-than 7d --logs\n  jobctl flush --state failed nightly\n"
      "Without a query it means every job that has ended.");
  return {verb, [options](Context& context) { return run_flush(context, *options); }};
}

}  // namespace jobctl
