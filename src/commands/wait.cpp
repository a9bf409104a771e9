// jobctl wait: until jobs have ended, and exits with their status.
#include <iostream>

#include "commands/ending.hpp"
#include "commands/jobs.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// As timeout(1).
constexpr int exit_timeout = 124;

struct WaitOptions {
  std::shared_ptr<QueryOptions> query;
  bool any = false;
  std::string timeout;
  std::string format = "text";
};

std::string ending(const Job& job) {
  std::string text = job.spec.name + " " + ending_in_words(job, job.current);
  if (const auto runtime = job.runtime(now())) text += " after " + to_hms(*runtime);
  return text;
}

std::vector<Job> wait_for(Context& context, const std::vector<Job>& jobs, const WaitOptions& options,
                          bool& timed_out) {
  const auto limit = options.timeout.empty() ? std::nullopt : parse_duration(options.timeout, "--timeout");
  const Duration began = monotonic();
  EndingWatch watch(context, jobs);
  std::vector<Job> ended;
  for (;;) {
    for (Job& job : watch.take_ended()) ended.push_back(std::move(job));
    if (watch.all_ended() || (options.any && !ended.empty())) return ended;
    std::optional<Duration> left;
    if (limit) left = *limit - (monotonic() - began);
    timed_out = left && *left <= Duration::zero();
    if (timed_out) return ended;
    watch.wait(-1, left);
  }
}

int run_wait(Context& context, const WaitOptions& options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "wait needs a job or a filter", "jobctl list shows the jobs");
  if (!options.timeout.empty()) parse_duration(options.timeout, "--timeout");
  const std::vector<Job> jobs = find_jobs(context, query);
  bool timed_out = false;
  const std::vector<Job> ended = wait_for(context, jobs, options, timed_out);
  if (options.format == "json") std::cout << to_json_lines(ended, now());
  int status = 0;
  for (const Job& job : ended) {
    if (passthrough_status(job.current) != 0) say(ending(job));
    if (status == 0) status = passthrough_status(job.current);
  }
  if (timed_out)
    say(std::to_string(jobs.size() - ended.size()) + " of " + std::to_string(jobs.size()) +
        " still active after " + to_words(*parse_duration(options.timeout, "--timeout")));
  return timed_out ? exit_timeout : status;
}

}  // namespace

Verb add_wait(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("wait", "wait until jobs have ended; exits with their status");
  auto options = std::make_shared<WaitOptions>();
  options->query = add_query(*verb, false);
  verb->add_flag("--any", options->any, "until one of them has ended");
  verb->add_option("--timeout", options->timeout, "give up after this time (exit 124)");
  verb->add_option("-o,--output", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n  jobctl wait nightly && ./evaluate\n  jobctl wait --session s1 --timeout 2h\n"
      "With several jobs: the first status that isn't 0. A job killed by signal N counts as 128+N,\none that "
      "was killed or failed and exited with 0 nevertheless as 1.");
  return {verb, [options](Context& context) { return run_wait(context, *options); }};
}

}  // namespace jobctl
