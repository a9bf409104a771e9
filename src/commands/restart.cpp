// jobctl restart: exactly one job is stopped if it is alive, and started again from its record: a new run of
// the same job, with the same UUID and log.
#include <algorithm>
#include <iostream>

#include "commands/job_file.hpp"
#include "commands/jobs.hpp"
#include "commands/linger.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "commands/schedule.hpp"
#include "commands/stop.hpp"
#include "commands/verb.hpp"
#include "job/program_pattern.hpp"
#include "journal/send.hpp"
#include "output/words.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct RestartOptions {
  std::shared_ptr<QueryOptions> query;
  bool dry_run = false;
};

std::string title(const Job& job) {
  return shown_name(job.spec) + "  " + job.spec.uuid.substr(0, 8) + "  run " +
         std::to_string(next_run_number(job));
}

void stop_first(Context& context, const Job& job) {
  stop_jobs(context, {job}, {started_by_restart, false}, [](const Stopped& stopped) {
    if (!stopped.problem.empty())
      throw Error(Errc::failed,
                  "could not stop " + stopped.job.spec.name + " to restart it: " + stopped.problem);
  });
}

// Its timer was stopped by a kill, or has gone with the last boot.
void schedule_again(Context& context, const RecordFile& record, const Job& job) {
  if (!record.append(scheduled_event(context, next_run_number(job))))
    throw_errno("could not write the record " + record.path(), errno);
  start_timer(context, job.spec);
}

void tell(Context& context, const Job& job) {
  send_event(
      job.spec,
      {message_restarted, job.spec.name + " restarted by " + context.requester(), next_run_number(job)},
      context.is_system());
  std::cout << "restarted  " << title(job) << '\n';
}

// Of a scope whose holder had been killed nobody else records the end.
void conclude_silent(Context& context, Job& job) {
  Records records(context);
  records.settle(job);
  records.write_index();
}

// What its file says now; read before anything is stopped.
std::optional<JobFile> job_file_of(const RecordFile& record) {
  const std::string file = record.read().spec.job_file;
  return file.empty() ? std::nullopt : std::optional(read_job_file(file));
}

int restart_by_file(Context& context, const JobFile& job_file, StartFifo& fifo, const Job& job) {
  start_job_file(context, job_file, fifo, {context.requester(), started_by_restart});
  tell(context, job);
  return 0;
}

// Of a family that was adopted without its main process nobody knows how it was started.
void refuse_orphans(const RecordFile& record) {
  const Record whole = record.read();
  const auto adopted = to_runs(whole).front().adopted;
  if (adopted && adopted->is_orphan)
    throw Error(
        Errc::refused,
        shown_name(whole.spec) +
            " was adopted without the process that had started it: nobody knows how to start it again",
        "jobctl start -d -- COMMAND");
}

// ---- what can't be started again is not stopped for it

bool is_gone(const std::string& path, const std::string& directory) {
  return is_missing(path.starts_with('/') ? path : directory + "/" + path);
}

bool is_in_path(const std::string& program, const JobSpec& spec) {
  constexpr std::string_view variable = "PATH=";
  for (const std::string& text : spec.environment)
    if (text.starts_with(variable)) {
      const std::vector<std::string> folders = split(text.substr(variable.size()), ':');
      return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
        return !is_gone((folder.empty() ? "." : folder) + "/" + program, spec.working_directory);
      });
    }
  return true;  // its service manager knows
}

// What is missing, as far as that shows from here: with settings of its own (-p) a unit may see other files.
std::string missing(const JobSpec& spec, bool is_adopted) {
  if (!spec.properties.empty() || spec.working_directory.empty()) return {};
  if (is_gone(spec.working_directory, "")) return "its directory " + spec.working_directory + " is gone";
  const Argv& command = spec.commands.front();  // what a later one runs it may make
  const std::string& program = command.front();
  const bool is_path = program.find('/') != std::string::npos;
  if (is_path ? is_gone(program, spec.working_directory) : !is_in_path(program, spec))
    return "there is no " + program + (is_path ? "" : " in its PATH");
  // Where it began, and with which words, was found out from outside.
  for (const std::string& path : is_adopted ? relative_paths_of(command) : Argv())
    if (is_gone(path, spec.working_directory)) return "there is no " + path + " in " + spec.working_directory;
  return {};
}

void refuse_hopeless(const Job& job) {
  const std::string what = missing(job.spec, job.current.adopted.has_value());
  if (!what.empty())
    throw Error(Errc::failed,
                "could not restart " + job.spec.name + ", which goes on: " + printable_ascii(what, 300),
                "to end it all the same: jobctl kill " + job.spec.uuid.substr(0, 8));
}

// One that can be stopped.
bool has_run(const Job& job) {
  return is_active(job.state) && job.state != State::queued;
}

int run_restart(Context& context, const RestartOptions& options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "restart needs a job", "jobctl list -a shows all");
  context.require_own("restart");
  Job job = find_one_job(context, query);
  if (runs_elsewhere(job)) throw on_another_machine(job, "restart");
  RecordFile record = open_record(context, job);
  refuse_orphans(record);
  if (options.dry_run) {
    std::cout << (has_run(job) ? "would stop and restart  " : "would restart  ") << title(job) << '\n';
    return 0;
  }
  const std::optional<JobFile> job_file = job_file_of(record);
  // From here on nobody else starts it, or takes it for one that has ended and can be flushed.
  StartFifo fifo(job.spec);
  job = refold(record);
  const State before = job.state;
  if (has_run(job)) {
    if (!job_file) refuse_hopeless(job);
    stop_first(context, job);
    job = refold(record);  // by itself it may have begun another run
    if (has_run(job)) conclude_silent(context, job);
    fifo.begin_anew();
  }
  if (job_file) return restart_by_file(context, *job_file, fifo, job);
  keep_after_logout(context, "");
  if (job.spec.schedule.repeats() && !is_active(before)) schedule_again(context, record, job);
  start_next_run(context, record, fifo, job, {context.requester(), started_by_restart});
  if (before == State::queued && !job.spec.schedule.repeats()) stop_timer(context, job.spec);
  tell(context, job);
  return 0;
}

}  // namespace

Verb add_restart(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("restart", "start one job again, as it was started first");
  auto options = std::make_shared<RestartOptions>();
  options->query = add_query(*verb);
  verb->add_flag("-n,--dry-run", options->dry_run, "show what would be restarted");
  verb->footer(
      "Example:\n  jobctl restart nightly\nIt keeps its UUID and its log; jobctl status lists its runs.");
  return {verb, [options](Context& context) { return run_restart(context, *options); }};
}

}  // namespace jobctl
