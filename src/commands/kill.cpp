// jobctl kill: ends jobs with all of their processes, or sends them a signal.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>

#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/process_owner.hpp"
#include "commands/records.hpp"
#include "commands/stop.hpp"
#include "commands/verb.hpp"
#include "job/companion_plan.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct KillOptions {
  std::shared_ptr<QueryOptions> query;
  bool all = false;
  bool force = false;
  bool dry_run = false;
  std::string signal;
  std::vector<pid_t> pids;
};

std::string line(const char* what, const Job& job, const std::string& rest) {
  return std::string(what) + "  " + shown_name(job.spec) + "  " + job.spec.uuid.substr(0, 8) + "  " + rest;
}

std::string victims_of(const Job& job, size_t processes) {
  return count_in_words(processes, "process", "processes") + (job.spec.schedule ? " and its schedule" : "");
}

std::string in_words(const Stopped& stopped) {
  std::string text = victims_of(stopped.job, stopped.processes) + ", " + to_words(stopped.took);
  if (stopped.needed_sigkill)
    text += stopped.job.spec.stop_timeout && stopped.took >= *stopped.job.spec.stop_timeout
                ? " (SIGKILL after its stop timeout of " + to_words(*stopped.job.spec.stop_timeout) + ")"
                : " (SIGKILL)";
  return text;
}

int preview(const std::vector<Job>& jobs) {
  for (const Job& job : jobs)
    std::cout << line("would kill", job, victims_of(job, process_count(job))) << '\n';
  return 0;
}

// That of a job file is a unit of its own, which starts the job again.
void tell_of_schedules(Context& context, const std::vector<Job>& jobs) {
  if (jobs.empty()) return;
  for (const UnitState& timer : context.units().list({"jobctl-*-schedule.timer"})) {
    const auto uuid = uuid_of_schedule(timer.unit);
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& one) { return one.spec.uuid == uuid; });
    if (job == jobs.end() || job->spec.schedule || timer.active != "active") continue;
    const std::string& name = job->spec.name;
    say("the schedule of " + name + " goes on; to end that, too: jobctl job stop " + name);
  }
}

// Whoever met silence has said so, and asks nothing more.
struct Ending {
  int status = 0;
  bool met_silence = false;
};

Ending stop(Context& context, const std::vector<Job>& jobs, const KillOptions& options) {
  Ending ending;
  size_t left = jobs.size();
  const bool counter = isatty(STDERR_FILENO);
  if (counter && left > 0)
    dprintf(STDERR_FILENO, "waiting for %s", count_in_words(left, "job", "jobs").c_str());
  stop_jobs(context, jobs, {"jobctl kill", options.force}, [&](const Stopped& stopped) {
    if (counter) dprintf(STDERR_FILENO, "\r\033[K");
    ending.met_silence |= stopped.met_silence;
    if (stopped.problem.empty()) {
      std::cout << line("killed", stopped.job, in_words(stopped)) << std::endl;
    } else {
      ending.status = 1;
      say("could not kill " + stopped.job.spec.name + " (" + stopped.job.spec.uuid + "): " + stopped.problem);
    }
    if (counter && --left > 0)
      dprintf(STDERR_FILENO, "waiting for %s", count_in_words(left, "job", "jobs").c_str());
  });
  if (!ending.met_silence) tell_of_schedules(context, jobs);
  return ending;
}

int to_signal(const std::string& text) {
  if (const auto signal = parse_signal(text)) return *signal;
  throw Error(Errc::usage, "--signal " + printable_ascii(text, 40) + ": no such signal",
              "kill -l lists them");
}

// To the payload: the holder of a terminal or a scope, which systemd's signal would reach as well, must stay
// to tell how the job ended.
void deliver(const Job& job, int signal) {
  const Cgroup payload(payload_of(job.current.cgroup));
  signal == SIGKILL ? payload.kill() : payload.signal(signal);
}

int send_signal(Context& context, const std::vector<Job>& jobs, int signal) {
  int failures = 0;
  for (const Job& job : jobs) {
    try {
      if (process_count(job) == 0) throw Error(Errc::failed, "it has no process yet, or none any more");
      note_request(context, job,
                   Event("signal-sent", job.run,
                         {{"signal", std::to_string(signal)},
                          {"by", context.requester()},
                          {"how", "jobctl kill --signal " + signal_name(signal)}}));
      deliver(job, signal);
      std::cout << line("signalled", job, signal_name(signal)) << '\n';
    } catch (const Error& error) {
      ++failures;
      say("could not signal " + job.spec.name + ": " + error.what());
    }
  }
  return failures ? 1 : 0;
}

std::vector<Job> selected(const KillOptions& options, const Query& query, const std::vector<Job>& jobs) {
  return options.all ? jobs : select(query, jobs, now());
}

// Before systemd is asked: what forks without end leaves it no time to answer, but nothing stops the kernel.
std::optional<std::vector<Job>> find_at_once(Context& context, const KillOptions& options,
                                             const Query& query) {
  const auto jobs =
      certain_jobs(context, {.active = query.names.empty(), .names = query.any ? Words() : query.names});
  if (!jobs) return std::nullopt;
  try {
    auto found = selected(options, query, *jobs);
    // One that has ended may be about to be started again by systemd.
    const bool all_active =
        std::all_of(found.begin(), found.end(), [](const Job& job) { return is_active(job.state); });
    return all_active && !found.empty() ? std::optional(std::move(found)) : std::nullopt;
  } catch (const Error& error) {
    if (error.code == Errc::no_such_job) return std::nullopt;  // the registry may have been lost
    throw;
  }
}

// Those of other machines are refused where they were named, and else passed over with a word.
int leave_elsewhere(std::vector<Job>& jobs, bool by_name) {
  const size_t count = std::erase_if(jobs, [&](const Job& job) {
    if (runs_elsewhere(job) && by_name) say(on_another_machine(job, "kill"));
    return runs_elsewhere(job);
  });
  if (count > 0 && !by_name)
    say(count_in_words(count, "job runs", "jobs run") + " on other machines and " +
        (count == 1 ? "was" : "were") + " left alone");
  return count > 0 && by_name ? static_cast<int>(Errc::refused) : 0;
}

std::vector<Job> victims(Context& context, const KillOptions& options, const Query& query) {
  auto jobs = find_at_once(context, options, query);
  if (!jobs)
    jobs =
        options.all ? current_jobs(context, {.active = true}) : find_jobs(context, query, {.active = true});
  for (const Job& job : *jobs)
    if (!is_active(job.state) && !query.names.empty())
      say(job.spec.name + " (" + job.spec.uuid.substr(0, 8) +
          ") has ended already: " + ending_in_words(job, job.current));
  std::erase_if(*jobs, [](const Job& job) { return !is_active(job.state); });
  return *jobs;
}

// Its UUID. systemd is asked only where the record is gone.
std::string job_of(Context& context, pid_t pid) {
  const ProcessOwner owner = owner_of(pid);
  if (owner.uuid.empty()) throw not_ours(context, owner);
  const auto record = RecordFile::open_existing(context.record_path(owner.uuid));
  const std::vector<Job> jobs =
      record ? std::vector{to_job(record->read())} : current_jobs(context, {.names = {owner.uuid}});
  if (jobs.empty() || !has_process(jobs.front(), owner)) throw not_ours(context, owner);
  return owner.uuid;
}

int run_kill(Context& context, const KillOptions& options) {
  Query query = options.query->take();
  if (query.empty() && !options.all && options.pids.empty())
    throw Error(Errc::usage, "kill needs a job, a filter, --pid or --all", "jobctl list shows the jobs");
  context.require_own("end");
  for (const pid_t pid : options.pids) query.names.push_back(job_of(context, pid));
  if (!query.empty() && options.all) throw Error(Errc::usage, "--all and a query exclude each other");
  if (options.force && !options.signal.empty())
    throw Error(Errc::usage, "--force and --signal exclude each other");
  const int signal = options.signal.empty() ? 0 : to_signal(options.signal);
  std::vector<Job> jobs = victims(context, options, query);
  const int refused = leave_elsewhere(jobs, !query.names.empty());
  if (jobs.empty() && refused > 0) return refused;
  if (jobs.empty() && query.names.empty())
    dprintf(STDERR_FILENO, "no live job%s\n", options.all ? "" : (" " + in_words(query)).c_str());
  if (options.dry_run) return preview(jobs);
  if (!options.signal.empty()) return std::max(refused, send_signal(context, jobs, signal));
  const Ending ending = stop(context, jobs, options);
  const int status = std::max(refused, ending.status);
  if (jobs.empty() || ending.met_silence) return status;
  const std::vector<Job> present = current_jobs(context, {.active = true});  // records how they ended
  if (!query.names.empty()) return status;
  // What only systemd knew of: a unit between two runs (-p Restart=), or one without a record.
  std::vector<Job> left = selected(options, query, present);
  std::erase_if(left, [&](const Job& job) {
    return !is_active(job.state) || runs_elsewhere(job) ||
           std::any_of(jobs.begin(), jobs.end(),
                       [&](const Job& other) { return other.spec.uuid == job.spec.uuid; });
  });
  return std::max(status, stop(context, left, options).status);
}

}  // namespace

Verb add_kill(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("kill", "end jobs with all of their processes");
  verb->alias("stop");
  auto options = std::make_shared<KillOptions>();
  options->query = add_query(*verb);
  verb->add_flag("--all", options->all, "every active job");
  verb->add_flag("-f,--force", options->force,
                 "SIGKILL at once instead of the stop signal and the stop timeout");
  verb->add_option("-s,--signal", options->signal, "only send this signal to all of its processes");
  verb->add_option("--pid", options->pids, "the job that this process belongs to; repeatable")
      ->allow_extra_args(false)
      ->check(at_least(1));
  verb->add_flag("-n,--dry-run", options->dry_run, "show what would be killed");
  verb->footer(
      "Examples:\n  jobctl kill nightly\n  jobctl kill --session s1 --dry-run\n  jobctl kill --signal USR1 "
      "82d0");
  return {verb, [options](Context& context) { return run_kill(context, *options); }};
}

}  // namespace jobctl
