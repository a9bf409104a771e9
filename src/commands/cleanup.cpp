// jobctl cleanup: processes that somebody started by hand and left, found by what they run, and ended with
// their families. What belongs to a job that lives is never touched.
#include <algorithm>
#include <functional>
#include <optional>

#include <unistd.h>

#include "commands/adoption.hpp"
#include "commands/cleanup_outcome.hpp"
#include "commands/cleanup_patterns.hpp"
#include "commands/cleanup_search.hpp"
#include "commands/linger.hpp"
#include "commands/service_main.hpp"
#include "commands/verb.hpp"
#include "journal/send.hpp"
#include "proc/cgroup.hpp"
#include "proc/services.hpp"
#include "proc/stray_families.hpp"
#include "registry/history_file.hpp"
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

StrayPatterns patterns_of(const Context& context, const CleanupOptions& options) {
  if (options.match.empty() && options.exe.empty()) return configured_patterns(context);
  StrayPatterns patterns{{}, options.exe, {}, {}};
  if (options.substring)
    patterns.texts = options.match;
  else
    for (const std::string& text : options.match) add_program(patterns.programs, as_typed(text));
  return patterns;
}

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
      adopt_all(families_of(found));
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
    if (search.service_mains = service_mains(context_, cgroups_of_services(found.strays));
        !search.service_mains.empty())
      found = find_strays(table, search);
    if (outcomes_.empty()) tell_of_left_alone(found.left_alone);
    return std::move(found.strays);
  }

  static std::vector<std::string> cgroups_of_services(const std::vector<Stray>& strays) {
    std::vector<std::string> cgroups;
    for (const Stray& stray : strays)
      if (!service_cgroup(stray.entry.cgroup).empty()) cgroups.push_back(stray.entry.cgroup);
    return cgroups;
  }

  void end(const std::vector<Stray>& strays, bool force) {
    const size_t earlier = outcomes_.size();
    std::vector<Process> processes;
    // One that has gone elsewhere since was adopted by somebody.
    for (const Stray& stray : strays)
      if (const std::string cgroup = cgroup_of(stray.entry.process.pid);
          cgroup.empty() || cgroup == stray.entry.cgroup)
        processes.push_back(stray.entry.process);
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

  // A manager that doesn't answer is not asked once more for each family.
  void adopt_all(const std::vector<StrayFamily>& families) {
    std::optional<Error> silence;
    bool is_any_adopted = false;
    for (const StrayFamily& family : families) try {
        if (silence) throw Error(*silence);
        adopt_family(family);
        is_any_adopted = true;
      } catch (const Error& error) {
        if (!silence) say(error);
        if (error.code == Errc::no_manager) silence = error;
        for (const Stray& stray : family)
          outcomes_.push_back(
              {stray, {{stray.entry.process, !is_alive(stray.entry.process), false, {}, error.what()}}});
      }
    if (is_any_adopted) keep_after_logout(context_, "");
  }

  void adopt_family(const StrayFamily& family) {
    Adoption adoption{family.front().entry, {}, true, !has_main(family)};
    for (size_t i = 1; i < family.size(); ++i) adoption.others.push_back(family[i].entry);
    const Adopted adopted = adopt(context_, adoption, {});
    for (const Stray& stray : family) note_adopted(stray, adopted);
  }

  void note_adopted(const Stray& stray, const Adopted& adopted) {
    const pid_t pid = stray.entry.process.pid;
    if (adopted.moved.contains(pid)) return outcomes_.push_back({stray, {}, adopted.job.spec.uuid});
    const auto left = std::find_if(adopted.left.begin(), adopted.left.end(),
                                   [&](const LeftBehind& other) { return other.process.pid == pid; });
    const std::string problem = left == adopted.left.end() ? "" : left->why;
    outcomes_.push_back({stray, {{stray.entry.process, problem.empty(), false, {}, problem}}});
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
