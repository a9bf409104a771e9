#include "commands/jobs.hpp"

#include <algorithm>

#include "commands/loaded_units.hpp"
#include "commands/records.hpp"
#include "commands/start_fifo.hpp"
#include "commands/unit_job.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// What systemd says about a job that the record takes for running.
void correct(Job& job, const UnitState& unit) {
  // To systemd a unit is active as soon as the launcher runs, which only then becomes the job.
  const bool has_begun = unit.active != "activating" && job.current.started_at;
  if (unit.active == "deactivating")
    job.state = State::stopping;
  else if (!has_begun)
    job.state = State::starting;
  else
    job.state = running_state(job);
}

// A look at the jobs that takes as few steps as it can: most rows are right as they are.
class Look {
 public:
  Look(Context& context, const RowFilter& filter)
      : context_(context),
        filter_(filter),
        units_(context),
        records_(context),
        jobs_(context.registry().find(filter)) {}

  std::vector<Job> take() && {
    context_.units().wait(-1, Duration::zero());  // the bus has greeted: now the questions go out
    records_.catch_up(jobs_, filter_.names.empty());
    units_.look(jobs_);
    add_unknown();
    for (Job& job : jobs_) refresh(job);
    settle_gone();
    records_.write_index();
    for (Job& job : jobs_) job.is_elsewhere = runs_elsewhere(job);
    return std::move(jobs_);
  }

 private:
  // Units that run although no row among these knows it: started again with systemctl, or the registry was
  // lost.
  void add_unknown() {
    if (unknown().empty()) return;
    units_.list_all();
    for (const std::string& uuid : unknown()) {
      auto job = job_of_unit(context_, *units_.find(uuid));
      if (!job) continue;
      records_.changed(*job);
      jobs_.push_back(std::move(*job));
    }
  }

  std::vector<std::string> unknown() {
    std::vector<std::string> others = units_.others(jobs_);
    // Rows that have other names are none of our business here.
    return filter_.names.empty() ? others : context_.registry().without_row(std::move(others));
  }

  // Where the record is gone, nobody tells any more.
  static bool is_told_elsewhere(const Job& job) { return runs_elsewhere(job) && job.record_size > 0; }

  void refresh(Job& job) {
    if (is_told_elsewhere(job)) return;
    const UnitState* unit = units_.find(job.spec.uuid);
    if (job.current.ended_at && unit) records_.reread(job);  // started again
    if (job.current.ended_at) return;
    if (job.state == State::queued && units_.is_scheduled(job.spec.uuid)) return;
    if (!unit) return gone_.push_back(&job);
    if (!job.current.started_at && job.record_size == 0 && unit->active == "active") take_run(job);
    correct(job, *unit);
  }

  // Its record went before it said that the job runs: the row has what was asked for, systemd the rest.
  void take_run(Job& job) {
    job.spec = whole_spec(job);
    take_run_of_unit(context_, job);
    records_.changed(job);
  }

  // A brief row doesn't say what its unit is, nor where the FIFO of a start is that has no record yet.
  JobSpec whole_spec(const Job& job) {
    const auto whole =
        job.spec.runtime_dir.empty() ? context_.registry().find_uuid(job.spec.uuid) : std::nullopt;
    return whole ? whole->spec : job.spec;
  }

  void settle_gone() {
    // One that is being started may have its unit as soon as the list is made.
    std::erase_if(gone_, [&](const Job* job) { return StartFifo::is_held(whole_spec(*job)); });
    if (gone_.empty()) return;
    // The units were listed before the records were read: a job may have come or gone in between.
    units_.list_all();
    for (Job* job : gone_) {
      const int run = job->run;
      const State state = job->state;
      records_.reread(*job);
      if (job->current.ended_at || is_told_elsewhere(*job)) continue;
      if (job->state == State::queued && units_.is_scheduled(job->spec.uuid)) continue;
      if (const UnitState* unit = units_.find(job->spec.uuid))
        correct(*job, *unit);
      else if (job->run == run && job->state == state)  // else it lives: it has been heard of since
        records_.settle(*job);
    }
  }

  Context& context_;
  const RowFilter& filter_;
  LoadedUnits units_;
  Records records_;
  std::vector<Job> jobs_;
  std::vector<Job*> gone_;
};

}  // namespace

std::vector<Job> current_jobs(Context& context, const RowFilter& filter) {
  return Look(context, filter).take();
}

std::optional<std::vector<Job>> certain_jobs(Context& context, const RowFilter& filter) {
  std::vector<Job> jobs = context.registry().find(filter);
  Records records(context);
  records.catch_up(jobs, filter.names.empty());
  records.write_index();
  const auto is_doubtful = [](const Job& job) {
    return is_active(job.state) && job.state != State::queued && !runs_elsewhere(job) &&
           (job.current.cgroup.empty() || !Cgroup(payload_of(job.current.cgroup)).exists());
  };
  if (std::any_of(jobs.begin(), jobs.end(), is_doubtful)) return std::nullopt;
  if (filter.names.empty() && !explain_cgroups(jobs)) return std::nullopt;
  for (Job& job : jobs) job.is_elsewhere = runs_elsewhere(job);
  return jobs;
}

std::vector<Job> find_jobs(Context& context, const Query& query, RowFilter rows) {
  if (!query.names.empty()) rows = {};
  if (!query.any) rows.names = query.names;
  return select(query, current_jobs(context, rows), now());
}

namespace {

Job the_one(const std::vector<Job>& jobs, const Query& query) {
  if (jobs.size() == 1) return jobs.front();
  if (jobs.empty()) throw Error(Errc::no_such_job, "no job " + in_words(query), "jobctl list -a shows all");
  std::string text = std::to_string(jobs.size()) + " jobs " + in_words(query) + "; name one by UUID:";
  for (const Job& job : jobs)
    text += "\n  " + job.spec.uuid.substr(0, 8) + "  " + shown_name(job.spec) + "  " +
            state_cell(job.state, job.current);
  throw Error(Errc::ambiguous, text);
}

}  // namespace

Job find_one_job(Context& context, const Query& query) {
  return the_one(find_jobs(context, query), query);
}

Job find_one_recorded(Context& context, const Query& query) {
  // A whole UUID is the record's name: no need to look it up.
  const bool is_whole = query.names.size() == 1 && is_uuid(query.names.front()) && !query.has_filters();
  if (const auto record =
          is_whole ? RecordFile::open_existing(context.record_path(query.names.front())) : std::nullopt)
    return to_job(record->read());
  RowFilter rows;
  if (!query.any) rows.names = query.names;
  return the_one(select(query, context.registry().find(rows), now()), query);
}

}  // namespace jobctl
