// jobctl job: the jobs that have files: list, check, start, stop, enable, disable, logs.
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "bus/analyze.hpp"
#include "bus/drop_in.hpp"
#include "commands/job_file.hpp"
#include "commands/jobs.hpp"
#include "commands/linger.hpp"
#include "commands/schedule.hpp"
#include "commands/start_unit.hpp"
#include "commands/stop.hpp"
#include "commands/verb.hpp"
#include "config/toml_tree.hpp"
#include "output/job_table.hpp"
#include "output/json.hpp"
#include "output/text.hpp"
#include "output/words.hpp"
#include "util/directories.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct JobOptions {
  std::string action;
  std::vector<std::string> names;
  std::string format = "text";
  bool now = false;
  bool follow = false;
  std::string lines;
};

// ---- list

// A job file, and its job where it has run.
struct Listed {
  std::string name, file, problem;
  std::optional<JobFile> job_file;
  std::optional<JobSpec> spec;
  std::optional<Job> job;
};

std::vector<Listed> look_at_files(Context& context) {
  std::vector<Listed> all;
  for (const std::string& file : job_files(context)) {
    Listed& entry = all.emplace_back();
    entry.file = file;
    entry.name = name_of_toml(file);
    try {
      entry.job_file = read_job_file(file);
      entry.spec = define_unit(context, *entry.job_file);
    } catch (const Error& error) {
      entry.problem = visible(error.what());
    }
  }
  return all;
}

// All of them with one look.
void note_jobs(Context& context, std::vector<Listed>& all) {
  RowFilter filter;
  for (const Listed& entry : all) filter.names.push_back(uuid_of_job_file(context, entry.name));
  if (all.empty()) return;
  std::vector<Job> jobs = current_jobs(context, filter);
  for (Listed& entry : all)
    for (const Job& job : jobs)
      if (job.spec.uuid == uuid_of_job_file(context, entry.name)) entry.job = job;
}

// When the timers fire next, all asked at once.
void note_times(Context& context, std::vector<Listed>& all) {
  std::vector<Job> scheduled;
  std::vector<Listed*> entries;
  for (Listed& entry : all) {
    if (!entry.spec || !entry.job_file->schedule) continue;
    if (!entry.job) {
      entry.job.emplace();
      entry.job->spec = *entry.spec;
      entry.job->run = 0;
    }
    scheduled.push_back(*entry.job);
    scheduled.back().state = State::queued;
    entries.push_back(&entry);
  }
  note_next(context, scheduled);
  for (size_t i = 0; i < entries.size(); ++i) entries[i]->job->next = scheduled[i].next;
}

std::string start_in_words(const JobFile& job_file) {
  std::vector<std::string> words;
  if (job_file.at && *job_file.at != StartAt::demand)
    words.push_back(std::string("at ") + to_string(*job_file.at));
  if (job_file.schedule && job_file.at != StartAt::demand) words.emplace_back("by schedule");
  return words.empty() ? "on demand" : join(words, ", ");
}

bool has_run(const Listed& entry) {
  return entry.job && entry.job->run > 0;
}

Json to_json(const Listed& entry) {
  Json json = {{"name", entry.name}, {"file", entry.file}};
  json["problem"] = entry.problem.empty() ? Json() : Json(entry.problem);
  json["uuid"] = entry.spec ? Json(entry.spec->uuid) : Json();
  json["unit"] = entry.spec ? Json(entry.spec->unit) : Json();
  json["template"] =
      entry.job_file && !entry.job_file->job_template.empty() ? Json(entry.job_file->job_template) : Json();
  json["starts"] = entry.job_file ? Json(start_in_words(*entry.job_file)) : Json();
  json["state"] = has_run(entry) ? Json(to_string(entry.job->state)) : Json();
  json["next_at"] = entry.job && entry.job->next ? Json(to_rfc3339(*entry.job->next)) : Json();
  return json;
}

int list(Context& context, const JobOptions& options) {
  if (!options.names.empty())
    throw Error(Errc::usage, "job list shows all of them", "jobctl status " + options.names.front());
  std::vector<Listed> all = look_at_files(context);
  note_jobs(context, all);
  note_times(context, all);
  Json json = Json::array();
  Table table;
  table.columns = {{"NAME"}, {"STATE"}, {"STARTS"}, {"NEXT"}, {"FILE"}};
  table.concessions = {{Concession::drop, 4}};
  const Time time = now();
  for (const Listed& entry : all) {
    json.push_back(to_json(entry));
    if (options.format != "json" && !entry.problem.empty()) say(entry.problem);
    const Cell state = !entry.problem.empty() ? Cell(Colored{"broken", Color::red})
                       : has_run(entry)       ? Cell(state_of(*entry.job, time))
                                              : Cell(Nothing{});
    const bool has_next = entry.job && entry.job->next;
    table.add_row(
        Cell(entry.name), state, entry.job_file ? Cell(start_in_words(*entry.job_file)) : Cell(Nothing{}),
        has_next ? Cell(day_in_words(*entry.job->next, time)) : Cell(Nothing{}), Cell(Path{entry.file}));
  }
  if (options.format == "json")
    std::cout << json_text(json) << '\n';
  else if (all.empty())
    dprintf(STDERR_FILENO, "No job files in %s\n", job_folder(context.is_system()).c_str());
  else
    std::cout << to_text(table, style_of(STDOUT_FILENO));
  return 0;
}

// ---- check

bool check_one(Context& context, const std::string& word) try {
  const bool is_path = word.find('/') != std::string::npos;
  const JobFile job_file = is_path ? read_job_file(word) : find_job_file(context, word);
  const JobSpec spec = define_run(context, job_file);
  const UnitPlan plan = plan_unit(context, spec);
  refuse_set_twice(plan);
  check_properties(context.manager(), plan);
  for (const std::string& event : job_file.schedule.calendar) check_calendar(event);
  std::cout << job_file.name << ": good\n";
  return true;
} catch (const Error& error) {
  const std::string text = error.what();
  say(Error(error.code, visible(text.find(word) == std::string::npos ? word + ": " + text : text),
            error.hint));
  return false;
}

int check(Context& context, const JobOptions& options) {
  bool are_good = true;
  for (const std::string& name : options.names.empty() ? job_files(context) : options.names)
    are_good = check_one(context, name) && are_good;
  return are_good ? 0 : 1;
}

// ---- start, stop, logs

int start(Context& context, const JobFile& job_file) {
  const Job job = start_job_file(context, job_file);
  keep_after_logout(context, "");
  std::cout << job.spec.uuid << '\n';
  if (isatty(STDERR_FILENO) != 0)
    whisper(job.spec.name + " is running; follow it with: jobctl attach " + job.spec.uuid.substr(0, 8));
  return 0;
}

int stop(Context& context, const JobFile& job_file) {
  const JobSpec spec = define_unit(context, job_file);
  if (job_file.schedule) stop_timer(context, spec);
  const std::vector<Job> jobs = current_jobs(context, {.names = {spec.uuid}});
  if (jobs.empty() || !is_active(jobs.front().state)) {
    std::cout << (job_file.schedule ? "stopped  " + job_file.name + "  (its schedule; it was not running)\n"
                                    : job_file.name + " was not running\n");
    return 0;
  }
  int status = 0;
  stop_jobs(context, jobs, {"jobctl job stop", false}, [&](const Stopped& stopped) {
    if (!stopped.problem.empty()) say("could not stop " + job_file.name + ": " + stopped.problem);
    status = stopped.problem.empty() ? 0 : 1;
  });
  if (status == 0) std::cout << "stopped  " << job_file.name << '\n';
  return status;
}

int logs(Context& context, const JobFile& job_file, const JobOptions& options) {
  std::vector<std::string> argv = {context.helpers().client, context.is_system() ? "--system" : "--user",
                                   "logs"};
  if (options.follow) argv.emplace_back("-f");
  if (!options.lines.empty()) argv.insert(argv.end(), {"-n", options.lines});
  argv.push_back(uuid_of_job_file(context, job_file.name));
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  execv(words.front(), words.data());
  throw_errno("could not run " + argv.front(), errno);
}

// ---- enable, disable

void write_switch(const JobFile& job_file, StartAt at) {
  const std::string path = switch_file(job_file.file);
  make_parents(path, 0755);
  const std::string text = std::string("# Written by jobctl job ") +
                           (at == StartAt::demand ? "disable" : "enable") + "; it wins over " +
                           job_file.name + ".toml.\n[install]\nat = \"" + to_string(at) + "\"\n";
  write_file(path, text, 0644);
}

bool starts_by_itself(const JobFile& job_file) {
  return job_file.at ? *job_file.at != StartAt::demand : static_cast<bool>(job_file.schedule);
}

// What the file says itself, without the word of an earlier enable or disable.
JobFile without_switch(const JobFile& job_file) {
  unlink(switch_file(job_file.file).c_str());
  return read_job_file(job_file.file);
}

void start_now(Context& context, const JobFile& job_file) {
  if (job_file.schedule)
    start_timer_of(context, job_file);
  else
    start(context, job_file);
}

int enable(Context& context, JobFile job_file, bool now) {
  job_file = without_switch(job_file);
  if (!starts_by_itself(job_file)) {
    write_switch(job_file, StartAt::boot);
    job_file = read_job_file(job_file.file);
  }
  reload_units(context, job_file, define_unit(context, job_file));  // for the links
  if (job_file.at != StartAt::login) keep_after_logout(context, "");
  std::cout << "enabled  " << job_file.name << "  (" << start_in_words(job_file) << ")\n";
  if (now) start_now(context, job_file);
  return 0;
}

int disable(Context& context, JobFile job_file, bool now) {
  job_file = without_switch(job_file);
  if (starts_by_itself(job_file)) {
    write_switch(job_file, StartAt::demand);
    job_file = read_job_file(job_file.file);
  }
  context.units().reload();
  std::cout << "disabled  " << job_file.name << '\n';
  return now ? stop(context, job_file) : 0;
}

// ---- the verb

void refuse_options_of_others(const JobOptions& options) {
  const std::string& action = options.action;
  if (options.now && action != "enable" && action != "disable")
    throw Error(Errc::usage, "--now is for job enable and job disable");
  if ((options.follow || !options.lines.empty()) && action != "logs")
    throw Error(Errc::usage, "-f and -n are for job logs");
  if (options.format != "text" && action != "list") throw Error(Errc::usage, "-o is for job list");
}

// What runs can be ended also when its file is gone or wrong.
JobFile find_file(Context& context, const JobOptions& options) try {
  return find_job_file(context, options.names.front());
} catch (const Error& error) {
  if (options.action != "stop") throw;
  const std::string uuid = uuid_of_job_file(context, options.names.front());
  const std::vector<Job> jobs = current_jobs(context, {.names = {uuid}});
  if (jobs.empty() || !is_active(jobs.front().state)) throw;
  throw Error(error.code, error.what(), "it runs; end it with: jobctl kill " + uuid.substr(0, 8));
}

int run_one(Context& context, const JobOptions& options) {
  if (options.names.size() != 1)
    throw Error(Errc::usage, "job " + options.action + " needs the name of one job file", "jobctl job list");
  const JobFile job_file = find_file(context, options);
  if (options.action == "logs") return logs(context, job_file, options);
  context.require_own(options.action);
  if (options.action == "start") return start(context, job_file);
  if (options.action == "stop") return stop(context, job_file);
  return options.action == "enable" ? enable(context, job_file, options.now)
                                    : disable(context, job_file, options.now);
}

int run_job(Context& context, const JobOptions& options) {
  refuse_options_of_others(options);
  if (options.action == "list") return list(context, options);
  if (options.action == "check") return check(context, options);
  return run_one(context, options);
}

}  // namespace

Verb add_job(CLI::App& app) {
  CLI::App* verb =
      app.add_subcommand("job", "jobs that have files: list, check, start, stop, enable, disable, logs");
  auto options = std::make_shared<JobOptions>();
  verb->add_option("ACTION", options->action,
                   "list (all), check (files), start, stop, enable, disable (one), logs (of one)")
      ->required()
      ->check(CLI::IsMember({"list", "check", "start", "stop", "enable", "disable", "logs"}));
  verb->add_option("NAME", options->names, "names of job files; check takes paths, too");
  verb->add_flag("--now", options->now, "enable: and start it; disable: and stop it");
  verb->add_flag("-f,--follow", options->follow, "logs: and what comes");
  verb->add_option("-n,--lines", options->lines, "logs: only the last N lines");
  verb->add_option("-o,--output", options->format, "list: text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n"
      "  jobctl job enable --now web\n"
      "  jobctl job list\n"
      "They lie in ~/.config/jobctl/jobs, and in /etc/jobctl/jobs for the system manager; jobctl.job(5).");
  return {verb, [options](Context& context) { return run_job(context, *options); }};
}

}  // namespace jobctl
