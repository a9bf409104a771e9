// jobctl restart: exactly one job is stopped if it is alive, and started again from its record: a new run of
// the same job, with the same UUID and log.
#include <iostream>

#include "commands/job_file.hpp"
#include "commands/jobs.hpp"
#include "commands/linger.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "commands/schedule.hpp"
#include "commands/stop.hpp"
#include "commands/verb.hpp"
#include "journal/send.hpp"
#include "output/words.hpp"
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
    stop_first(context, job);
    job = refold(record);  // by itself it may have begun another run
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
