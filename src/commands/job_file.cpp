#include "commands/job_file.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "commands/enforcement.hpp"
#include "commands/jobs.hpp"
#include "commands/linger.hpp"
#include "commands/new_job.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/schedule.hpp"
#include "commands/start_fifo.hpp"
#include "commands/start_unit.hpp"
#include "config/toml_tree.hpp"
#include "job/companion_plan.hpp"
#include "job/job_file_plan.hpp"
#include "output/words.hpp"
#include "proc/boot_id.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

StartOptions options_of(const Context& context, const JobFile& job_file) {
  StartOptions options;
  static_cast<Definition&>(options) = job_file.definition;
  options.uuid = uuid_of_job_file(context, job_file.name);
  options.clean_environment = true;  // nobody's shell is there
  if (options.directory.empty()) options.directory = context.is_system() ? "/" : home_directory();
  return options;
}

template <class Define>
JobSpec define(Context& context, const JobFile& job_file, Define define_job) try {
  if (context.is_system() && job_file.at == StartAt::login)
    throw Error(Errc::usage, "install.at: nobody logs in to the system manager", "at = \"boot\"");
  JobSpec spec = define_job(context, options_of(context, job_file));
  spec.job_file = job_file.file;
  return spec;
} catch (const Error& error) {
  const bool has_place = std::string(error.what()).find(job_file.file) != std::string::npos;
  throw Error(error.code, (has_place ? "" : job_file.file + ": ") + error.what(), error.hint);
}

// ---- the record

// Whatever was under way when the machine or its manager went down has ended.
Job settled(Context& context, const RecordFile& file) {
  Records records(context);
  Job job = to_job(file.read());
  if (runs_elsewhere(job)) throw on_another_machine(job, "status");
  if (!job.current.ended_at) records.settle(job);
  records.write_index();
  return job;
}

bool says_the_same(JobSpec a, const JobSpec& b) {
  a.created_at = b.created_at;
  return serialize(a) == serialize(b);
}

// systemd itself starts units at boot, and for systemctl(1).
Event starting_event(const JobSpec& spec, int run) {
  return request_event("starting", run,
                       StartFifo::request(spec).value_or(StartRequest{"systemd", started_by_unit}));
}

// By its invocation the finish hook knows the run again.
Event refusal(const Error& error, int run) {
  return {"start-failed",
          run,
          {{"step", "job file"}, {"text", error.what()}, {"invocation", environment("INVOCATION_ID")}}};
}

void announce_first(Context& context, const JobSpec& spec) {
  Event starting = starting_event(spec, 1);
  try {
    reserve(context, {spec, {}}, starting);
  } catch (const Error& error) {
    const RecordFile file = RecordFile::create(context.record_path(spec.uuid), spec, starting);
    file.append(refusal(error, 1));
    throw;
  }
  create_record(context, spec, starting);
}

void announce_next(Context& context, const RecordFile& file, JobSpec spec, const Job& last) {
  Event starting = starting_event(spec, last.run + 1);
  spec.created_at = last.spec.created_at;
  if (!says_the_same(last.spec, spec)) file.redefine(spec, starting);
  try {
    reserve(context, file.read(), starting);
  } catch (const Error& error) {
    file.append(starting);
    file.append(refusal(error, starting.run));
    context.registry().update({refold(file)});
    throw;
  }
  // The row first: one that says "ended" is not looked at again.
  Record announced = file.read();
  announced.events.push_back(starting);
  context.registry().update({to_job(announced)});
  announce(context, file, starting);
}

// What kept a run from being announced, such as a file that is wrong, is in the record of the runs before.
void note_refusal(Context& context, const std::string& uuid, const Error& error) {
  const auto file = RecordFile::open_existing(context.record_path(uuid));
  if (!file) return;
  const Job last = settled(context, *file);
  const std::vector<Event> events = file->read().events;
  const std::string invocation = environment("INVOCATION_ID");
  if (std::any_of(events.begin(), events.end(),
                  [&](const Event& event) { return event.text("invocation") == invocation; }))
    return;  // it is already
  file->append(starting_event(last.spec, last.run + 1));
  file->append(refusal(error, last.run + 1));
  context.registry().update({refold(*file)});
}

// The unit has to stay as it is for as long as it runs: without ExecStopPost= nobody would see how it ends.
// The generator has it from there when the job file is gone, or wrong, at a daemon-reload.
void keep_unit(Context& context, const JobFile& job_file, const JobSpec& spec) {
  make_directories(spec.runtime_dir);
  write_file(kept_unit_path(spec.runtime_dir, spec.unit),
             unit_files(context, job_file, define_unit(context, job_file)).front().text, 0600);
}

// A restart that the policy asked for is no new start: the launcher counts it, and refuses one that comes
// only because systemd counts anew after a daemon-reload.
bool goes_on(Context& context, const JobSpec& spec, const Run& last) {
  if (last.boot_id != boot_id()) return false;
  if (last.goes_on || spec.restart.when == RestartWhen::no) return last.goes_on;
  const auto restarts = context.units().property(spec.unit, "org.freedesktop.systemd1.Service", "NRestarts");
  return restarts && *restarts != "0";
}

// ---- starting

std::string hint_of_generator(const Context& context) {
  return std::string("is jobctl's generator installed? ls /usr/lib/systemd/") +
         (context.is_system() ? "system" : "user") + "-generators";
}

bool are_up_to_date(Context& context, const std::vector<UnitFile>& files) {
  return std::all_of(files.begin(), files.end(), [&](const UnitFile& file) {
    const auto path = context.units().property(file.name, unit_interface, "FragmentPath");
    const auto stale = context.units().property(file.name, unit_interface, "NeedDaemonReload");
    if (!path || path->empty() || stale == "true" || stale == "1") return false;
    const Fd fd(open(path->c_str(), O_RDONLY | O_CLOEXEC));
    return fd && read_all(fd.get(), *path) == file.text;
  });
}

void refuse_active(Context& context, const JobSpec& spec) {
  const auto record = RecordFile::open_existing(context.record_path(spec.uuid));
  if (const Job job = record ? to_job(record->read()) : Job(); runs_elsewhere(job))
    throw on_another_machine(job, "status");
  const std::string state = context.units().property(spec.unit, unit_interface, "ActiveState").value_or("");
  if (state == "active" || state == "activating" || state == "reloading")
    throw Error(Errc::refused,
                spec.name + (state == "activating" ? " is starting" : " is running") + " already",
                "jobctl status " + spec.uuid.substr(0, 8));
}

// The launcher tells the FIFO right after the record: only the second look means that it can't reach it.
bool is_decided(Context& context, const JobSpec& spec, bool& looked) {
  const auto file = RecordFile::open_existing(context.record_path(spec.uuid));
  if (!file) return true;
  const Job job = to_job(file->read());
  if (job.current.ended_at || job.current.goes_on) return true;
  if (job.current.started_at && std::exchange(looked, true)) return true;
  const std::string state = context.units().property(spec.unit, unit_interface, "ActiveState").value_or("");
  return state.empty() || state == "inactive" || state == "failed";
}

// Until the launcher has told, or systemd has ended it without.
void wait_for_program(Context& context, const JobSpec& spec, StartFifo& fifo, const UnitJob& request) {
  constexpr Duration look_again = std::chrono::milliseconds(50);
  for (bool looked = false;;) {
    const bool abandoned = fifo.is_abandoned();
    const std::optional<Duration> patience =
        request.pending && !abandoned ? std::nullopt : std::optional(look_again);
    const Woken news = context.units().wait(abandoned ? -1 : fifo.fd(), patience);
    if (fifo.read() != StartFifo::Answer::none) return;
    if (request.pending) continue;
    if (request.failed) return;
    if ((!news || abandoned) && fifo.is_silent() && is_decided(context, spec, looked)) return;
  }
}

Job started_job(Context& context, const JobSpec& spec, const UnitJob& request) {
  const auto file = RecordFile::open_existing(context.record_path(spec.uuid));
  if (file) {
    Job job = to_job(file->read());
    if (job.current.state == State::failed && job.current.reason == "could not start")
      throw Error(Errc::failed, "could not start " + spec.name + ": " + job.current.detail);
    if (job.current.started_at || job.current.goes_on) return job;
  }
  const std::string journal =
      std::string("journalctl ") + (context.is_system() ? "" : "--user ") + "-u " + spec.unit;
  throw Error(Errc::failed,
              "could not start " + spec.name + ": " +
                  (request.failed && !request.dbus_error.empty() ? request.text : "its unit failed"),
              journal);
}

}  // namespace

std::vector<std::string> job_files(const Context& context) {
  return toml_files(job_folder(context.is_system()));
}

JobFile read_job_file(const std::string& file) {
  return read_job_file(file, home_directory());
}

JobFile find_job_file(const Context& context, const std::string& name) {
  std::vector<std::string> names;
  for (const std::string& file : job_files(context)) {
    names.push_back(name_of_toml(file));
    if (names.back() == name) return read_job_file(file);
  }
  const std::string near = closest(name, names);
  throw Error(Errc::usage,
              "there is no job file " + printable_ascii(name, 60) +
                  (near.empty() ? "" : "; did you mean " + near + "?"),
              "they lie in " + job_folder(context.is_system()) + "; jobctl job list shows them");
}

std::string uuid_of_job_file(const Context& context, const std::string& name) {
  const std::string owner = context.is_system() ? "system" : std::to_string(geteuid());
  return uuid_of("jobctl job file of " + owner + ": " + name);
}

JobSpec define_unit(Context& context, const JobFile& job_file) {
  JobSpec spec = define(context, job_file, [](Context& its, const StartOptions& options) {
    return define_job(its.config(), options);
  });
  // Who that is needs the user database, which may not be there when the machine boots.
  if (context.is_system()) spec.run_as.emplace();
  return spec;
}

JobSpec define_run(Context& context, const JobFile& job_file) {
  return define(context, job_file, new_job);
}

std::vector<UnitFile> unit_files(Context& context, const JobFile& job_file, const JobSpec& spec) {
  std::vector<UnitFile> files;
  const auto add = [&](UnitPlan plan) {
    plan.companions.clear();
    files.push_back({plan.unit, to_unit_file(plan)});
  };
  for (const UnitPlan& plan :
       to_job_file_plans(spec, job_file.schedule, context.record_path(spec.uuid), context.helpers())) {
    add(plan);
    for (const UnitPlan& companion : plan.companions) add(companion);
  }
  return files;
}

std::vector<std::string> wanted_links(const Context& context, const JobFile& job_file, const JobSpec& spec) {
  std::vector<std::string> links;
  const std::string target = context.is_system() ? "multi-user.target" : "default.target";
  if (job_file.at == StartAt::boot || job_file.at == StartAt::login)
    links.push_back(target + ".wants/" + spec.unit);
  if (job_file.schedule && job_file.at != StartAt::demand)
    links.push_back("timers.target.wants/" + schedule_timer(spec));
  return links;
}

int prepare_run(Context& context, const std::string& file) try {
  const auto record =
      RecordFile::open_existing(context.record_path(uuid_of_job_file(context, name_of_toml(file))));
  // Whatever has become of the file: a restart by policy is of the job as it was started.
  if (record) {
    const Record known = record->read();
    if (goes_on(context, known.spec, to_runs(known).back())) return 0;
  }
  const JobFile job_file = read_job_file(file);
  const JobSpec spec = define_run(context, job_file);
  if (!record) {
    // Of a first start that was killed before it had one.
    context.registry().remove({spec.uuid}, [] {});
    announce_first(context, spec);
  } else {
    announce_next(context, *record, spec, settled(context, *record));
  }
  keep_unit(context, job_file, spec);
  return 0;
} catch (const Error& error) {
  note_refusal(context, uuid_of_job_file(context, name_of_toml(file)), error);
  throw;
}

void renew_units(Context& context, const JobFile& job_file, const JobSpec& spec) {
  const std::vector<UnitFile> files = unit_files(context, job_file, spec);
  if (!are_up_to_date(context, files)) reload_units(context, job_file, spec);
}

void reload_units(Context& context, const JobFile& job_file, const JobSpec& spec) {
  context.units().reload();
  const auto path = context.units().property(spec.unit, unit_interface, "FragmentPath");
  if (!path || path->empty())
    throw Error(Errc::failed, "systemd knows no unit of the job file " + job_file.file,
                hint_of_generator(context));
}

Job start_job_file(Context& context, const JobFile& job_file) {
  StartFifo fifo(define_unit(context, job_file));
  return start_job_file(context, job_file, fifo, {context.requester(), ""});
}

Job start_job_file(Context& context, const JobFile& job_file, StartFifo& fifo, const StartRequest& request) {
  const JobSpec spec = define_run(context, job_file);
  renew_units(context, job_file, define_unit(context, job_file));
  refuse_active(context, spec);
  warn_of_unenforced(context, spec, plan_unit(context, spec));
  fifo.leave_request(request);
  // Starts by hand and by timers count against the limit of automatic ones.
  context.units().reset_failed(spec.unit);
  const auto unit_job = context.units().start_loaded(spec.unit);
  wait_for_program(context, spec, fifo, *unit_job);
  return started_job(context, spec, *unit_job);
}

Job start_timer_of(Context& context, const JobFile& job_file) {
  Job job;
  job.spec = define_run(context, job_file);
  job.state = State::queued;
  renew_units(context, job_file, define_unit(context, job_file));
  const auto request = context.units().start_loaded(schedule_timer(job.spec));
  while (request->pending) context.units().wait(-1, std::nullopt);
  if (request->failed)
    throw Error(Errc::failed, "could not start the timer of " + job_file.name + ": " + request->text);
  note_next(context, job);
  return job;
}

int fire_job_file(Context& context, const std::string& file) try {
  const JobFile job_file = read_job_file(file);
  StartFifo fifo(define_unit(context, job_file));
  start_job_file(context, job_file, fifo, {"systemd", started_by_schedule});
  return 0;
} catch (const Error& error) {
  say(error.what());
  return error.code == Errc::refused ? 0 : static_cast<int>(error.code);
}

}  // namespace jobctl
