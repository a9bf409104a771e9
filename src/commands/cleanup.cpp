// jobctl cleanup: processes that somebody started by hand and left, found by what they run, and ended with
// their families. What belongs to a job that lives is never touched.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <unistd.h>

#include "commands/adoption.hpp"
#include "commands/cleanup_patterns.hpp"
#include "commands/jobs.hpp"
#include "commands/service_main.hpp"
#include "commands/verb.hpp"
#include "journal/send.hpp"
#include "output/json.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "output/words.hpp"
#include "proc/end_processes.hpp"
#include "proc/stray_families.hpp"
#include "registry/history_file.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct CleanupOptions {
  std::vector<std::string> match, exe;
  bool substring = false;
  bool list = false;
  bool force = false;
  bool dry_run = false;
  bool adopt = false;
  std::string timeout;
  std::string format = "text";

  bool only_looks() const { return list || dry_run; }
};

// ---- who is meant

std::optional<std::string> job_by_environment(const TableEntry& entry) {
  constexpr std::string_view variable = "JOBCTL_UUID=";
  for (const std::string& text : entry.environment)
    if (text.starts_with(variable) && is_uuid(text.substr(variable.size())))
      return text.substr(variable.size());
  return std::nullopt;
}

StrayPatterns patterns_of(const Context& context, const CleanupOptions& options) {
  if (options.match.empty() && options.exe.empty()) return configured_patterns(context);
  StrayPatterns patterns{options.match, options.exe, {}, context.config().cleanup.marker};
  if (options.substring) std::swap(patterns.programs, patterns.texts);
  return patterns;
}

bool is_meant(const Job& job, const StrayPatterns& patterns) {
  return std::any_of(job.spec.commands.begin(), job.spec.commands.end(), [&](const Argv& argv) {
    return std::any_of(patterns.programs.begin(), patterns.programs.end(), [&](const std::string& pattern) {
      return runs({argv, "", job.spec.working_directory}, pattern);
    });
  });
}

std::map<std::string, Job> jobs_of(Context& context, const std::vector<TableEntry>& table) {
  std::set<std::string> uuids;
  for (const TableEntry& entry : table)
    for (const auto& uuid : {uuid_of_cgroup(entry.cgroup), job_by_environment(entry)})
      if (uuid) uuids.insert(*uuid);
  std::map<std::string, Job> jobs;
  if (uuids.empty()) return jobs;
  for (Job& job : current_jobs(context, {.names = {uuids.begin(), uuids.end()}})) jobs[job.spec.uuid] = job;
  return jobs;
}

// What is in the cgroup of a job is that job's, unless we know that it has ended: then it is a stray like
// others, known by JOBCTL_UUID in its environment.
StraySearch search_for(Context& context, const std::vector<TableEntry>& table,
                       const StrayPatterns& patterns) {
  StraySearch search{patterns, geteuid(), getpid(), {}, {}, {}};
  const std::map<std::string, Job> jobs = jobs_of(context, table);
  const auto has_ended = [&](const std::string& uuid) {
    const auto job = jobs.find(uuid);
    return job != jobs.end() && !is_active(job->second.state);
  };
  for (const TableEntry& entry : table) {
    const auto uuid = uuid_of_cgroup(entry.cgroup);
    if (uuid && !has_ended(*uuid)) search.of_jobs.insert(entry.process.pid);
  }
  for (const auto& [uuid, job] : jobs)
    if (!is_active(job.state) && is_meant(job, patterns))
      search.patterns.markers.push_back("JOBCTL_UUID=" + uuid);
  return search;
}

// ---- what is shown

struct Outcome {
  Stray stray;
  std::optional<EndedProcess> ended;  // none where nobody tried to
  std::string job = {};               // the UUID of the one that has adopted it

  bool is_left() const { return job.empty() && !ended->is_gone; }
};

std::string state_of(const Outcome& outcome) {
  if (!outcome.job.empty()) return "adopted";
  if (!outcome.ended) return "found";
  if (!outcome.ended->is_gone) return "left";
  return outcome.ended->needed_sigkill ? "killed" : "ended";
}

void print_table(const std::vector<Outcome>& outcomes, bool with_state) {
  Table table;
  table.columns = {{"PID", Align::right}, {"ROLE"},    {"PARENT", Align::right},
                   {"RUNNING"},           {"COMMAND"}, {"WHY"}};
  if (with_state) table.columns.insert(table.columns.begin(), {"STATE"});
  const size_t last = table.columns.size() - 1;
  table.concessions = {{Concession::drop, last}, {Concession::cut, last - 1}};
  const Time time = now();
  for (const Outcome& outcome : outcomes) {
    const Process& process = outcome.stray.entry.process;
    table.add_row(Cell(int64_t{process.pid}), Cell(std::string(to_string(outcome.stray.role))),
                  Cell(int64_t{process.parent}), Cell(std::max(Duration::zero(), time - process.started_at)),
                  Cell(command_line(process)),
                  Cell(outcome.job.empty() ? outcome.stray.why : "job " + outcome.job.substr(0, 8)));
    if (with_state) table.rows.back().insert(table.rows.back().begin(), Cell(state_of(outcome)));
  }
  if (!outcomes.empty()) std::cout << to_text(table, style_of(STDOUT_FILENO));
}

void print_json(const std::vector<Outcome>& outcomes) {
  auto json = nlohmann::ordered_json::array();
  for (const Outcome& outcome : outcomes) {
    const Process& process = outcome.stray.entry.process;
    json.push_back(
        {{"pid", process.pid},
         {"state", state_of(outcome)},
         {"role", to_string(outcome.stray.role)},
         {"why", outcome.stray.why},
         {"parent", process.parent},
         {"started_at", to_rfc3339(process.started_at)},
         {"command", process.argv},
         {"problem", outcome.ended && !outcome.ended->problem.empty()
                         ? nlohmann::ordered_json(outcome.ended->problem)
                         : nlohmann::ordered_json()},
         {"job", outcome.job.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(outcome.job)}});
  }
  std::cout << json_text(json) << '\n';
}

void tell_of_others(const std::vector<TableEntry>& of_others) {
  for (const TableEntry& entry : of_others)
    say("process " + std::to_string(entry.process.pid) + " (" +
        cut_to_width(visible(command_line(entry.process)), 80) + ") is " + user_name(entry.user) +
        "'s and was left alone");
}

// ---- what is done

class Cleanup {
 public:
  Cleanup(Context& context, const CleanupOptions& options)
      : context_(context), options_(options), patterns_(patterns_of(context, options)) {
    timeout_ = context.config().cleanup.timeout;
    if (!options.timeout.empty()) timeout_ = finite(options.timeout);
    if (patterns_.empty())
      throw Error(Errc::usage, "cleanup has no pattern to look for",
                  "for example: jobctl cleanup --list --match runners/train.py");
  }

  int run() {
    std::vector<Stray> found = look();
    if (options_.only_looks()) {
      for (Stray& stray : found) outcomes_.push_back({std::move(stray), std::nullopt});
      print();
      return outcomes_.empty() ? 0 : 1;
    }
    if (options_.adopt) {
      for (const StrayFamily& family : families_of(found)) adopt_family(family);
      print();
      return is_anything_left() ? 1 : 0;
    }
    // What was forked, or started anew, while the family ended gets no second chance.
    constexpr int most_rounds = 10;
    for (int round = 0; round < most_rounds && !found.empty(); ++round) {
      end(found, options_.force || round > 0);
      found = look();
    }
    for (Stray& stray : found)
      outcomes_.push_back({std::move(stray), EndedProcess{{}, false, false, {}, reborn}});
    print();
    return is_anything_left() ? 1 : 0;
  }

 private:
  static constexpr const char* reborn = "something starts it again and again";

  static Duration finite(const std::string& text) {
    const auto timeout = parse_duration(text, "--timeout");
    if (!timeout) throw Error(Errc::usage, "--timeout: infinity is too long", "without SIGKILL: kill");
    return *timeout;
  }

  std::vector<Stray> look() {
    const std::vector<TableEntry> table = read_process_table();
    StraySearch search = search_for(context_, table, patterns_);
    for (const Outcome& outcome : outcomes_) search.earlier.push_back(outcome.stray);
    StraysFound found = find_strays(table, search);
    // Which of them are services only their manager knows for certain: programs write over their environment.
    if (search.services = services_among(found.strays); !search.services.empty())
      found = find_strays(table, search);
    if (outcomes_.empty()) tell_of_others(found.of_others);
    return std::move(found.strays);
  }

  std::set<std::string> services_among(const std::vector<Stray>& strays) {
    std::vector<std::string> cgroups;
    for (const Stray& stray : strays)
      if (stray.entry.cgroup.ends_with(".service")) cgroups.push_back(stray.entry.cgroup);
    std::set<std::string> services;
    if (cgroups.empty()) return services;
    const std::set<pid_t> mains = service_mains(context_, cgroups);
    for (const Stray& stray : strays)
      if (mains.contains(stray.entry.process.pid)) services.insert(stray.entry.cgroup);
    return services;
  }

  void end(const std::vector<Stray>& strays, bool force) {
    const size_t earlier = outcomes_.size();
    std::vector<Process> processes;
    for (const Stray& stray : strays) processes.push_back(stray.entry.process);
    end_processes(processes, force, timeout_, [&](const EndedProcess& ended) {
      const auto stray = std::find_if(strays.begin(), strays.end(), [&](const Stray& one) {
        return one.entry.process.pid == ended.process.pid;
      });
      outcomes_.push_back({*stray, ended});
    });
    note({outcomes_.begin() + static_cast<std::ptrdiff_t>(earlier), outcomes_.end()});
  }

  // For journal and history. That this can't be written is no reason to leave strays.
  void note(const std::vector<Outcome>& outcomes) try {
    std::vector<HistoryEntry> entries;
    for (const Outcome& outcome : outcomes) {
      HistoryEntry& entry = entries.emplace_back(history_entry({}, "cleanup", 0));
      entry.user = user_name(geteuid());
      entry.by = context_.requester();
      entry.pid = outcome.stray.entry.process.pid;
      entry.text = in_words(outcome);
      send_event({},
                 {message_cleaned_up,
                  entry.text + ", by " + entry.by,
                  0,
                  LOG_INFO,
                  {{"OBJECT_PID", std::to_string(entry.pid)}}},
                 context_.is_system());
    }
    append_history(context_.config().paths.state_dir, entries);
  } catch (const Error& error) {
    say(error);
  }

  // "killed 4711 (python3 runners/train.py), which runs runners/train.py".
  static std::string in_words(const Outcome& outcome) {
    const Process& process = outcome.stray.entry.process;
    return state_of(outcome) + " " + std::to_string(process.pid) + " (" +
           cut_to_width(visible(command_line(process)), 200) + "): " + outcome.stray.why;
  }

  void adopt_family(const StrayFamily& family) {
    Adoption adoption{family.front().entry, {}, true, !has_main(family)};
    for (size_t i = 1; i < family.size(); ++i) adoption.others.push_back(family[i].entry);
    try {
      const Adopted adopted = adopt(context_, adoption, {});
      for (const Stray& stray : family) note_adopted(stray, adopted);
    } catch (const Error& error) {
      say(error);
      for (const Stray& stray : family)
        outcomes_.push_back({stray, EndedProcess{stray.entry.process, false, false, {}, error.what()}});
    }
  }

  void note_adopted(const Stray& stray, const Adopted& adopted) {
    const pid_t pid = stray.entry.process.pid;
    const auto left = std::find_if(adopted.left.begin(), adopted.left.end(),
                                   [&](const LeftBehind& other) { return other.process.pid == pid; });
    const bool is_left = left != adopted.left.end();
    outcomes_.push_back({stray, EndedProcess{stray.entry.process, false, false, {}, is_left ? left->why : ""},
                         is_left ? "" : adopted.job.spec.uuid});
  }

  bool is_anything_left() const {
    return std::any_of(outcomes_.begin(), outcomes_.end(), std::mem_fn(&Outcome::is_left));
  }

  void print() const {
    if (options_.format == "json") return print_json(outcomes_);
    print_table(outcomes_, !options_.only_looks());
    if (outcomes_.empty() && isatty(STDERR_FILENO)) dprintf(STDERR_FILENO, "nothing is left\n");
    for (const Outcome& outcome : outcomes_)
      if (outcome.ended && outcome.is_left() && !options_.adopt) tell_failure(outcome);
  }

  static void tell_failure(const Outcome& outcome) {
    const std::string pid = std::to_string(outcome.stray.entry.process.pid);
    say("could not end process " + pid + " (" + visible(outcome.stray.entry.process.name) +
        "): " + outcome.ended->problem);
    dprintf(STDERR_FILENO, "  kill -KILL %s\n", pid.c_str());
  }

  Context& context_;
  const CleanupOptions& options_;
  const StrayPatterns patterns_;
  Duration timeout_;
  std::vector<Outcome> outcomes_;
};

int run_cleanup(Context& context, const CleanupOptions& options) {
  if (options.only_looks() && (options.force || !options.timeout.empty()))
    throw Error(Errc::usage, std::string(options.list ? "--list" : "--dry-run") +
                                 " ends nothing: --force and " + "--timeout have no effect with it");
  if (options.adopt && (options.force || options.list || !options.timeout.empty()))
    throw Error(Errc::usage, "--adopt ends nothing: --list, --force and --timeout have no effect with it",
                "to see what would be adopted: --adopt --dry-run");
  if (options.substring && options.match.empty())
    throw Error(Errc::usage, "--substring needs --match", "for example: --substring --match train.py");
  for (const std::string& text : options.match)
    if (text.empty()) throw Error(Errc::usage, "--match: an empty pattern matches nothing");
  for (const std::string& text : options.exe)
    if (text.empty() || text.find('/') != std::string::npos)
      throw Error(Errc::usage, "--exe " + printable_ascii(text, 60) + ": not the name of a file",
                  "for a path: --match " + printable_ascii(text, 60));
  return Cleanup(context, options).run();
}

}  // namespace

Verb add_cleanup(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("cleanup", "end processes that were started by hand and left");
  auto options = std::make_shared<CleanupOptions>();
  verb->add_option("-m,--match", options->match,
                   "that run this: a name, the end of a path, or a path (globs); repeatable")
      ->allow_extra_args(false);
  verb->add_option("--exe", options->exe, "whose executable has this name; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--substring", options->substring,
                 "that have the --match texts anywhere in their command line");
  verb->add_flag("--list", options->list, "only show them");
  verb->add_flag("-n,--dry-run", options->dry_run, "the same");
  verb->add_flag("-f,--force", options->force, "SIGKILL at once instead of SIGTERM and a timeout");
  verb->add_flag("--adopt", options->adopt, "make jobs of them, one of each family, instead of ending them");
  verb->add_option("--timeout", options->timeout, "between SIGTERM and SIGKILL (default: 5s)");
  verb->add_option("-o,--output", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n  jobctl cleanup --list\n  jobctl cleanup --match runners/train.py\n"
      "Without --match and --exe the patterns are those of templates, job files and jobctl.toml(5).\n"
      "Jobs that live are never touched; jobctl kill ends them.");
  return {verb, [options](Context& context) { return run_cleanup(context, *options); }};
}

}  // namespace jobctl
