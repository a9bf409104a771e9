// jobctl pause and resume: the payload's cgroup is frozen and thawed, never the unit, whose own processes
// (finish hook, holder) must go on.
#include <iostream>

#include "commands/jobs.hpp"
#include "commands/records.hpp"
#include "commands/stop.hpp"
#include "commands/verb.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct PauseOptions {
  std::shared_ptr<QueryOptions> query;
  bool dry_run = false;
};

// A verb and its opposite share everything but these.
struct Direction {
  const char* verb;
  const char* event;
  State from;
  bool frozen;
};
constexpr Direction pausing{"pause", "paused", State::running, true};
constexpr Direction resuming{"resume", "resumed", State::paused, false};

// An unhealthy job runs as well as others.
bool fits(State state, const Direction& direction) {
  return state == direction.from || (direction.from == State::running && state == State::unhealthy);
}

void change(Context& context, const Job& job, const Direction& direction) {
  const RecordFile record = open_record(context, job);
  // Before it is done: a pause that nobody knows of could not be ended.
  if (!record.append(Event(direction.event, job.run, {{"by", context.requester()}})))
    throw_errno("could not write the record " + record.path(), errno);
  Cgroup(payload_of(job.current.cgroup)).freeze(direction.frozen);
  context.registry().update({refold(record)});
}

int change_all(Context& context, const PauseOptions& options, const Direction& direction) {
  const Query query = options.query->take();
  if (query.empty())
    throw Error(Errc::usage, std::string(direction.verb) + " needs a job or a filter",
                "jobctl list shows the jobs");
  context.require_own(direction.verb);
  int failures = 0;
  for (const Job& job : find_jobs(context, query, {.active = true})) {
    const std::string title = shown_name(job.spec) + "  " + job.spec.uuid.substr(0, 8);
    try {
      if (runs_elsewhere(job)) {
        if (query.names.empty()) continue;
        throw on_another_machine(job, direction.verb);
      }
      const bool by_systemctl = !direction.frozen && is_active(job.state) && is_unit_frozen(job);
      if (by_systemctl && !options.dry_run) context.units().thaw(job.spec.unit);
      if (!fits(job.state, direction) && !by_systemctl) {
        if (query.names.empty()) continue;
        throw Error(Errc::refused,
                    is_active(job.state)
                        ? std::string("it is ") + to_string(job.state) +
                              (job.state != State::paused && job.state != State::running ? "" : " already")
                        : "it has ended: " + ending_in_words(job, job.current));
      }
      if (!options.dry_run && fits(job.state, direction)) change(context, job, direction);
      std::cout << (options.dry_run ? std::string("would ") + direction.verb : direction.event) << "  "
                << title << '\n';
    } catch (const Error& error) {
      failures = static_cast<int>(error.code);
      say(Error(error.code,
                std::string("could not ") + direction.verb + " " + job.spec.name + ": " + error.what(),
                error.hint));
    }
  }
  return failures;
}

Verb add(CLI::App& app, const Direction& direction, const char* help, const char* footer) {
  CLI::App* verb = app.add_subcommand(direction.verb, help);
  auto options = std::make_shared<PauseOptions>();
  options->query = add_query(*verb);
  verb->add_flag("-n,--dry-run", options->dry_run, "show what would be done");
  verb->footer(footer);
  return {verb, [options, &direction](Context& context) { return change_all(context, *options, direction); }};
}

}  // namespace

Verb add_pause(CLI::App& app) {
  return add(app, pausing, "freeze jobs where they are",
             "Example:\n  jobctl pause nightly\nIt keeps its memory and uses no CPU.");
}

Verb add_resume(CLI::App& app) {
  return add(app, resuming, "let paused jobs go on", "Example:\n  jobctl resume --session s1");
}

}  // namespace jobctl
