// jobctl flush: forgets jobs that have ended.
#include <iostream>

#include "commands/forget.hpp"
#include "commands/jobs.hpp"
#include "commands/start_fifo.hpp"
#include "commands/verb.hpp"
#include "output/words.hpp"
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

// Which of the jobs go.
class Selection {
 public:
  Selection(const FlushOptions& options, bool by_name) : by_name_(by_name) {
    const auto age =
        options.older_than.empty() ? std::nullopt : parse_duration(options.older_than, "--older-than");
    if (!options.older_than.empty()) before_ = age ? now() - *age : Time{};
  }

  bool contains(const Job& job) {
    if (!is_active(job.state)) return !before_ || !job.current.ended_at || *job.current.ended_at <= *before_;
    if (by_name_) ++kept_, say(job.spec.name + " is " + to_string(job.state) + " and was kept");
    return false;
  }

  // Jobs that were named although they are active.
  size_t kept() const { return kept_; }

 private:
  const bool by_name_;
  std::optional<Time> before_;
  size_t kept_ = 0;
};

std::string summary(const Forgotten& forgotten, bool logs) {
  const std::string text = count_in_words(forgotten.jobs, "job", "jobs");
  if (!logs) return text;
  return text + " and " + (forgotten.jobs == 1 ? "its log" : "their logs") + " (" +
         bytes_in_words(forgotten.log_bytes) + ")";
}

void preview(const std::vector<Job>& jobs) {
  for (const Job& job : jobs)
    std::cout << "would flush  " << shown_name(job.spec) << "  " << job.spec.uuid.substr(0, 8) << "  "
              << state_cell(job.state, job.current) << '\n';
}

int run_flush(Context& context, const FlushOptions& options) {
  const Query query = options.query->take();
  context.require_own("flush");
  Selection selection(options, !query.names.empty());
  std::vector<Job> jobs = query.empty() ? current_jobs(context, {}) : find_jobs(context, query);
  std::erase_if(jobs, [&](const Job& job) { return !selection.contains(job); });
  Forgotten forgotten;
  if (options.dry_run) {
    preview(jobs);
  } else {
    StartFifo::remove_abandoned(context.config().paths.runtime_dir);
    forgotten =
        forget(context, jobs, {options.logs, [&](const Job& job) { return selection.contains(job); }});
  }
  if (!options.dry_run || jobs.empty()) std::cout << "flushed " << summary(forgotten, options.logs) << '\n';
  if (forgotten.failures > 0) return 1;
  return selection.kept() == 0 ? 0 : static_cast<int>(Errc::refused);
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
