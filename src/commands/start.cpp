// jobctl start: argv → JobSpec → UnitPlan → registry and record (reserve) → systemd → registry (confirm) →
// UUID.
#include <iostream>

#include <unistd.h>

#include "bus/analyze.hpp"
#include "bus/drop_in.hpp"
#include "commands/attach_session.hpp"
#include "commands/ending.hpp"
#include "commands/from_template.hpp"
#include "commands/gpu_choice.hpp"
#include "commands/job_text.hpp"
#include "commands/jobs.hpp"
#include "commands/linger.hpp"
#include "commands/new_job.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/save.hpp"
#include "commands/schedule.hpp"
#include "commands/start_options.hpp"
#include "commands/start_unit.hpp"
#include "commands/taken.hpp"
#include "commands/verb.hpp"
#include "job/companion_plan.hpp"
#include "job/policy.hpp"
#include "journal/send.hpp"
#include "output/words.hpp"
#include "terminal/pty.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// COMMAND ARG… [--then COMMAND ARG…]…
std::vector<Argv> split_commands(const Words& words, bool literal_then) {
  std::vector<Argv> commands(1);
  for (const std::string& word : words) {
    if (word == "--then" && !literal_then)
      commands.emplace_back();
    else
      commands.back().push_back(word);
  }
  for (const Argv& command : commands) {
    if (command.empty())
      throw Error(Errc::usage,
                  commands.size() == 1 ? "start needs a command" : "--then needs a command on both sides",
                  "for example: jobctl start -d -- python3 train.py");
    if (command.front().empty()) throw Error(Errc::usage, "the command's name is empty");
  }
  return commands;
}

// At most once: a second start with the same UUID starts nothing and fails.
void refuse_taken_uuid(Context& context, const JobSpec& spec) {
  if (!context.registry().find_uuid(spec.uuid) && access(context.record_path(spec.uuid).c_str(), F_OK) != 0)
    return;
  throw Error(Errc::refused, "a job with the UUID " + spec.uuid + " exists already; nothing was started",
              "look at it: jobctl status " + spec.uuid);
}

Job start(Context& context, const JobSpec& spec) {
  context.units();  // the connection is made while the registry is written
  refuse_taken_uuid(context, spec);
  StartFifo fifo(spec);
  Event starting = request_event("starting", 1, {context.requester(), ""});
  // So that a program need not be told of another size while it reads the first.
  if (const WindowSize size = spec.tty ? own_window_size() : WindowSize{}; size.rows > 0)
    starting.fields["terminal"] = to_text(size);
  reserve(context, {spec, {}}, starting);
  RecordFile record = create_record(context, spec, starting);
  Job job = start_unit(context, record, fifo);
  send_event(
      spec,
      {message_started, spec.name + " started: " + printable_ascii(shell_quote(spec.commands.front()), 500)},
      context.is_system());
  return job;
}

Job schedule(Context& context, const JobSpec& spec) {
  context.units();
  refuse_taken_uuid(context, spec);
  const GpuChoice known(context, spec.gpus);  // what the machine doesn't have it won't have then
  const StartFifo under_way(spec);
  const Event scheduled = scheduled_event(context, 1);
  Job job = to_job({spec, {scheduled}});
  context.registry().reserve(job);  // while it waits it holds no port and no GPU
  const RecordFile record = create_record(context, spec, scheduled);
  try {
    start_timer(context, spec);
  } catch (const Error& error) {
    // Of a job that runs again and again nothing else comes, either.
    record.append(Event("unscheduled", 1, {{"reason", "unknown"}}));
    record.append(Event("start-failed", 1, {{"step", "schedule"}, {"text", error.what()}}));
    context.registry().update({refold(record)});
    throw;
  }
  note_next(context, job);
  return job;
}

// However early or late the other start with the same UUID is met, stdout says which job it is.
Job start_or_name(Context& context, const JobSpec& spec) try {
  return spec.schedule ? schedule(context, spec) : start(context, spec);
} catch (const Taken&) {
  throw;  // there is no such job
} catch (const Error& error) {
  if (error.code == Errc::refused) std::cout << spec.uuid << std::endl;
  throw;
}

// A name only where no other job has it.
std::string word_for(Context& context, const JobSpec& spec) {
  const bool has_own_name = spec.name != default_name(spec.type, spec.uuid);
  const auto with_name = [&] { return context.registry().find({.names = {spec.name}, .brief = true}); };
  return has_own_name && with_name().size() == 1 ? shell_quote({spec.name}) : spec.uuid.substr(0, 8);
}

// Until it is ready, or has ended instead.
void wait_until_ready(Context& context, const Job& job) {
  EndingWatch watch(context, {job});
  for (;;) {
    const std::vector<Job> ended = watch.take_ended();
    if (!ended.empty() && ended.front().state == State::done) return;
    if (!ended.empty())
      throw Error(Errc::failed, job.spec.name + " " + ending_in_words(ended.front(), ended.front().current),
                  "jobctl logs " + job.spec.uuid.substr(0, 8));
    if (watch.all_running()) return;
    watch.wait(-1, {});
  }
}

void check_schedule(const JobSpec& spec, const StartOptions& options) {
  if (!spec.schedule) return;
  if (!options.detach || options.wait_ready)
    throw Error(Errc::usage,
                std::string(options.detach ? "--wait-ready can't wait" : "without -d nobody waits") +
                    " for a job that runs later",
                "jobctl start -d, and when it runs: jobctl attach");
  if (!spec.schedule.calendar.empty()) check_calendar(spec.schedule.calendar);
}

int print_units(Context& context, const JobSpec& spec, const UnitPlan& plan) {
  std::cout << to_unit_file(plan);
  if (spec.schedule)
    std::cout << '\n'
              << to_unit_file(to_schedule_plan(spec, context.record_path(spec.uuid), context.helpers()));
  return 0;
}

void tell_next_step(Context& context, const Job& job) {
  const std::string name = job.spec.name, word = word_for(context, job.spec);
  if (job.state == State::queued)
    whisper(name + " is queued" + (job.next ? " for " + day_in_words(*job.next, now()) : "") +
            (job.spec.schedule.repeats() ? " (" + schedule_in_words(job.spec.schedule) + ")" : "") +
            (job.spec.job_file.empty() ? "; a reboot forgets it. To run it now: jobctl restart " + word
                                       : "; to run it now: jobctl job start " + shown_name(job.spec)));
  else
    whisper(name + " is running; follow it with: jobctl attach " + word);
}

// What was said by option wins.
void take_template(StartOptions& options, const Words& parameters, const Words& further) {
  Definition definition = from_template(options.job_template, parameters, further);
  lay_over(definition, options);
  static_cast<Definition&>(options) = std::move(definition);
}

void check_options(const StartOptions& options) {
  if (options.keep_going && options.commands.size() == 1)
    throw Error(Errc::usage, "--keep-going needs several commands",
                "for example: jobctl start -d --keep-going -- ./first --then ./second");
  if (options.wait_ready && !options.detach)
    throw Error(Errc::usage, "--wait-ready needs -d: without it start shows the job until it ends");
}

// What only shows when template, options and configuration are laid over each other.
void check_job(Context& context, const StartOptions& options, const JobSpec& spec, const UnitPlan& plan) {
  refuse_set_twice(plan);
  check_properties(context.manager(), plan);
  check_schedule(spec, options);
  if (options.wait_ready && !spec.ready.probe)
    throw Error(Errc::usage, "--wait-ready needs --ready, which says when the job is ready",
                "for example: --ready tcp:8080");
  if (!options.save.empty()) refuse_what_no_file_keeps(options, spec);
}

int show_start(Context& context, const StartOptions& options, const JobSpec& spec, const UnitPlan& plan) {
  if (options.save.empty()) return print_units(context, spec, plan);
  std::cout << to_job_file(spec, false, options.environment);
  return 0;
}

int run_start(Context& context, const StartOptions& options) {
  check_options(options);
  context.require_own("start");
  const JobSpec spec = new_job(context, options);
  const UnitPlan plan = plan_unit(context, spec);
  check_job(context, options, spec, plan);
  if (options.dry_run) return show_start(context, options, spec, plan);
  const Job job = options.save.empty() ? start_or_name(context, spec) : start_saved(context, options, spec);
  // Also of a job that somebody watches: closing the terminal leaves it running.
  keep_after_logout(context, options.linger);
  if (!options.detach) return attach_to(context, job, AttachOptions::from_start()).status;
  if (!(std::cout << job.spec.uuid << std::endl))
    throw_errno("the job " + job.spec.uuid + " was started, but its UUID could not be printed", errno);
  if (options.wait_ready) wait_until_ready(context, job);
  if (isatty(STDERR_FILENO) != 0) tell_next_step(context, job);
  return 0;
}

void add_options(CLI::App& verb, StartOptions& o) {
  const auto list = [&](const char* flag, std::vector<std::string>& values, const char* help) {
    return verb.add_option(flag, values, help)->allow_extra_args(false);
  };
  verb.add_flag("-d,--detach", o.detach, "return at once and print the job's UUID");
  verb.add_flag("-t,--tty", o.tty, "give the job a pseudo-terminal: colours, progress bars, prompt output");
  verb.add_flag("--dry-run", o.dry_run, "print the unit file that is equivalent to what would be started");
  add_identity(verb, o);
  list("-e,--env", o.environment, "environment variable; NAME alone passes it on; repeatable")
      ->group("Environment");
  list("--env-file", o.environment_files, "read NAME=VALUE lines from a file; repeatable")
      ->group("Environment");
  verb.add_flag("--clean-env", o.clean_environment, "the manager's environment instead of this shell's")
      ->group("Environment");
  verb.add_option("-C,--directory", o.directory, "working directory (default: this one)")
      ->group("Environment");
  verb.add_option("--log-file", o.log_file,
                  "where output is appended (default: <logs>/<type>/<type>-<uuid>.log)")
      ->group("Output");
  verb.add_flag("--journal", o.journal, "send output to the journal instead of a file")->group("Output");
  verb.add_option("--own-log", o.own_log,
                  "log file that the program writes itself: attach and logs show this one")
      ->group("Output");
  add_ending(verb, o);
  verb.add_flag("--keep-going", o.keep_going, "with --then: go on after a command that failed")
      ->group("Ending");
  for (const Policy& policy : policies()) add_policy(verb, policy, o);
  // Its parameters aren't the beginning of a command: options may stand among and behind them.
  verb.add_option("--template", o.job_template,
                  "what a template says, with PARAMETER=VALUE…; options win, words behind -- are further "
                  "arguments")
      ->check(refuse_empty)
      ->trigger_on_parse()
      ->each([&verb](const std::string&) { verb.prefix_command(false)->allow_extras(); })
      ->group("Identity");
  verb.add_option("--save", o.save, "keep the start as a job file of this name; see jobctl-job(1)")
      ->check(refuse_empty)
      ->group("Identity");
  verb.add_flag("--wait-ready", o.wait_ready,
                "with -d: return when the job is ready, fail when it fails before")
      ->group("Readiness");
  verb.add_flag("--scope", o.scope,
                "carry the job in a scope: started by jobctl itself instead of by systemd")
      ->group("Advanced");
  list("-p,--property", o.properties, "setting of the unit, as in a unit file: -p PrivateTmp=yes; repeatable")
      ->group("Advanced");
  add_linger(verb, o);
}

}  // namespace

Verb add_start(CLI::App& app, const Words& words, const std::string& name) {
  CLI::App* verb = app.add_subcommand(name, name == "boot" ? "start -d" : "start a command as a job");
  auto options = std::make_shared<StartOptions>();
  options->detach = name == "boot";
  auto literal_then = std::make_shared<bool>(false);
  add_options(*verb, *options);
  verb->add_flag("--no-then", *literal_then, "take --then as an ordinary argument of the command")
      ->group("Advanced");
  // As docker's users type it; what it does there is what -t does here.
  verb->add_flag_callback("-i,--interactive",
                          [] {
                            throw Error(Errc::usage,
                                        "there is no -i: with -t, whoever is attached types to the job",
                                        "jobctl start -t -- COMMAND, or start -dt and then jobctl attach");
                          })
      ->group("");
  verb->prefix_command();
  verb->footer(
      "Examples:\n"
      "  jobctl start -dt --type training --name nightly -- python3 train.py --epochs 90\n"
      "  jobctl start -d --gpu auto --memory 8G -- llama-server -m phi4.gguf\n"
      "  jobctl start -d -- ./prepare --then ./train --then ./evaluate\n"
      "Without -d it attaches to the job: Ctrl+P Ctrl+Q leaves it running.");
  return {verb, [=, &words](Context& context) {
            const Words behind(words.begin() + (words.empty() ? 0 : 1), words.end());
            Words command = verb->remaining();
            if (!options->job_template.empty()) {
              take_template(*options, command, behind);
              return run_start(context, *options);
            }
            // Behind a command (start -d git checkout -- FILE) the -- is the command's own.
            const Words& rest = command.empty() ? behind : words;
            command.insert(command.end(), rest.begin(), rest.end());
            options->commands = split_commands(command, *literal_then);
            return run_start(context, *options);
          }};
}

}  // namespace jobctl
