// jobctl list: one question to systemd, one to the registry, one table.
#include <sstream>

#include <poll.h>
#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/reservation.hpp"
#include "commands/schedule.hpp"
#include "commands/usage.hpp"
#include "commands/verb.hpp"
#include "output/grid.hpp"
#include "output/job_table.hpp"
#include "output/json.hpp"
#include "output/style.hpp"
#include "output/text.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

struct ListOptions {
  std::shared_ptr<QueryOptions> query;
  bool all = false;
  bool running = false;
  bool watch = false;
  std::string format = "table";
};

constexpr Duration recent = std::chrono::hours(24);
constexpr int watch_interval_ms = 2000;

std::vector<Job> listed_jobs(Context& context, const ListOptions& options, const Query& query) {
  RowFilter filter;
  // What is asked for by name is shown however old it is.
  if (!query.names.empty() && !query.any)
    filter.names = query.names;
  else if (!options.all)
    filter.active = true;
  if (filter.active && !options.running) filter.ended_after = now() - recent;
  const bool all_columns = options.format == "json" || options.format == "wide";
  filter.brief = !query.has_filters() && !all_columns;
  std::vector<Job> jobs = current_jobs(context, filter);
  if (!query.empty()) jobs = select(query, jobs, now());
  if (options.running) std::erase_if(jobs, [](const Job& job) { return !is_active(job.state); });
  note_listening(jobs);
  note_next(context, jobs);
  if (all_columns) note_usage(jobs);
  return jobs;
}

std::string uuids_of(const std::vector<Job>& jobs) {
  std::string text;
  for (const Job& job : jobs) text += job.spec.uuid + "\n";
  return text;
}

std::string to_text(const std::vector<Job>& jobs, const std::string& format) {
  const Style style = style_of(STDOUT_FILENO);
  if (format == "json") return to_json_lines(jobs, now());
  if (format == "grid") return to_grid(grid_job_table(jobs, now()));
  if (format == "wide") return to_text(wide_job_table(jobs, now()), style);
  if (format == "uuid") return uuids_of(jobs);
  return jobs.empty() ? "" : to_text(job_table(jobs, now()), style);
}

void say_nothing_to_show(const Context& context, const ListOptions& options, const Query& query) {
  if (context.is_foreign())
    say("the system manager runs no job; those that have ended are for root to list: sudo jobctl list");
  else if (!query.empty())
    say("no job " + in_words(query) + (options.all ? "" : " (list -a shows older ones, too)"));
  else
    dprintf(STDERR_FILENO, "No %sjobs. Start one: jobctl start -d -- COMMAND\n",
            options.running ? "active " : "");
}

int show_once(Context& context, const ListOptions& options, const Query& query) {
  const std::vector<Job> jobs = listed_jobs(context, options, query);
  if (jobs.empty() && options.format != "json") say_nothing_to_show(context, options, query);
  if (!write_all(STDOUT_FILENO, to_text(jobs, options.format)))
    throw_errno("could not write the list", errno);
  return 0;
}

// Redraws from the top instead of clearing first, so that nothing flickers.
int watch(Context& context, const ListOptions& options, const Query& query) {
  for (;;) {
    std::string lines = "\033[H";
    std::istringstream table(to_text(listed_jobs(context, options, query), options.format));
    for (std::string line; std::getline(table, line);) lines += line + "\033[K\n";
    if (!write_all(STDOUT_FILENO, lines + "\033[J")) return 0;
    poll(nullptr, 0, watch_interval_ms);
  }
}

}  // namespace

Verb add_list(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("list", "show jobs: the active ones and those that ended within 24 h");
  verb->alias("ps");
  verb->alias("ls");
  auto options = std::make_shared<ListOptions>();
  options->query = add_query(*verb);
  verb->add_flag("-a,--all", options->all, "jobs that ended longer ago, too");
  verb->add_flag("--running", options->running, "active jobs only");
  verb->add_option("-o,--output", options->format, "table (default), wide, json, grid or uuid")
      ->check(CLI::IsMember({"table", "wide", "json", "grid", "uuid"}));
  verb->add_flag("--watch", options->watch, "redraw every 2 s until Ctrl+C");
  verb->footer(
      "Examples:\n  jobctl list --type training --state failed -a\n  jobctl list -o json | jq '.[].uuid'");
  return {verb, [options](Context& context) {
            const Query query = options->query->take();
            return options->watch ? watch(context, *options, query) : show_once(context, *options, query);
          }};
}

}  // namespace jobctl
