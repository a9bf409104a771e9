// jobctl adopt: makes jobs of processes that run already.
#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "commands/adoption.hpp"
#include "commands/linger.hpp"
#include "commands/process_owner.hpp"
#include "commands/start_options.hpp"
#include "commands/verb.hpp"
#include "output/words.hpp"
#include "proc/process_setup.hpp"
#include "proc/tree.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct AdoptOptions : StartOptions {
  std::vector<pid_t> pids;
  bool tree = false;
};

// What makes sense for a program that runs already, and for a scope.
constexpr const char* adoptable_policies[] = {"memory",  "cpus",   "tasks",     "io-weight",
                                              "timeout", "on-end", "on-failure"};

TableEntry find(const std::vector<TableEntry>& table, pid_t pid) {
  const auto entry = std::find_if(table.begin(), table.end(),
                                  [&](const TableEntry& other) { return other.process.pid == pid; });
  if (entry != table.end()) return *entry;
  const std::string number = std::to_string(pid);
  if (const pid_t whose = process_of_thread(pid); whose != 0)
    throw Error(Errc::usage, number + " is a thread of process " + std::to_string(whose),
                "jobctl adopt " + std::to_string(whose));
  throw no_such_process(pid);
}

Adoption plan(Context& context, const AdoptOptions& options, const std::vector<TableEntry>& table,
              pid_t pid) {
  const Adoption adoption{find(table, pid), {}, options.tree};
  refuse_unadoptable(context, adoption.main);
  return adoption;
}

void show(const Context& context, const Adoption& adoption, const AdoptOptions& options,
          const std::vector<TableEntry>& table) {
  const JobSpec spec = define_adopted(context, adoption.main, options);
  std::vector<Process> processes = {adoption.main.process};
  if (options.tree)
    for (const TableEntry& entry : descendants_of(adoption.main.process.pid, table))
      processes.push_back(entry.process);
  std::cout << "would adopt  " << shown_name(spec) << "  "
            << count_in_words(processes.size(), "process", "processes") << ", output in "
            << printable_ascii(spec.log_file, 200) << '\n';
  for (const std::string& line : tree_lines(arrange(std::move(processes)))) std::cout << "  " << line << '\n';
}

// Whoever ends that job ends this terminal.
bool is_ancestor(pid_t pid, const std::vector<TableEntry>& table) {
  const std::vector<TableEntry> family = descendants_of(pid, table);
  return std::any_of(family.begin(), family.end(),
                     [](const TableEntry& entry) { return entry.process.pid == getppid(); }) ||
         pid == getppid();
}

void tell_of_left(const Adopted& adopted, const Adoption& adoption, const std::vector<TableEntry>& table) {
  for (const LeftBehind& left : adopted.left)
    say("process " + title_of(left.process) + " stayed where it is: " + left.why);
  const size_t others = descendants_of(adoption.main.process.pid, table).size();
  if (!adoption.descendants && others > 0)
    say(count_in_words(others, "descendant", "descendants") + " of " +
        std::to_string(adoption.main.process.pid) + " stayed where " + (others == 1 ? "it is" : "they are") +
        "; --tree takes them along");
}

// A worker that has left its family, by setsid(2) and two forks, shows only by what it runs whose it was.
void tell_of_escaped(const Adopted& adopted, const Adoption& adoption, const std::vector<TableEntry>& table) {
  const Process& main = adoption.main.process;
  const ProcessIndex index = index_of(table);
  for (const TableEntry& entry : table)
    if (const Process& process = entry.process;
        process.argv == main.argv && !main.argv.empty() && process.start_ticks >= main.start_ticks &&
        entry.user == adoption.main.user && is_orphan(entry, index) && !adopted.moved.contains(process.pid) &&
        !uuid_of_cgroup(entry.cgroup) && is_alive(process))
      say("process " + title_of(process) +
          " runs the same, has no parent any more, and stayed where it is; if it belongs "
          "to this one: jobctl cleanup finds it when the job has ended");
}

void run_one(Context& context, const AdoptOptions& options, pid_t pid) {
  const std::vector<TableEntry> table = read_process_table();
  const Adoption adoption = plan(context, options, table, pid);
  if (options.dry_run) return show(context, adoption, options, table);
  const Adopted adopted = adopt(context, adoption, options);
  if (!(std::cout << adopted.job.spec.uuid << std::endl))
    throw Error(Errc::failed, "process " + std::to_string(pid) + " is the job " + adopted.job.spec.uuid +
                                  ", but its UUID could not be printed");
  tell_of_left(adopted, adoption, table);
  if (options.tree) tell_of_escaped(adopted, adoption, table);
  if (is_ancestor(pid, table))
    say("process " + std::to_string(pid) + " has started this shell: whoever kills the job ends that, too");
  if (isatty(STDERR_FILENO))
    whisper(adopted.job.spec.name + " has " + count_in_words(adopted.moved.size(), "process", "processes") +
            "; look at it with: jobctl status " + adopted.job.spec.uuid.substr(0, 8));
}

int run_adopt(Context& context, const AdoptOptions& options) {
  context.require_own("adopt");
  if (options.pids.size() > 1 && (!options.name.empty() || !options.uuid.empty()))
    throw Error(Errc::usage, "--name and --uuid are for one process, which is one job");
  int status = 0;
  bool is_any_adopted = false;
  for (const pid_t pid : options.pids) {
    try {
      run_one(context, options, pid);
      is_any_adopted = !options.dry_run;
    } catch (const Error& error) {
      if (options.pids.size() == 1 || error.code == Errc::no_manager) throw;
      say(error);
      status = static_cast<int>(error.code);
    }
  }
  if (is_any_adopted) keep_after_logout(context, options.linger);
  return status;
}

}  // namespace

Verb add_adopt(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("adopt", "make jobs of processes that run already");
  auto options = std::make_shared<AdoptOptions>();
  verb->add_option("PID", options->pids, "process IDs, each for a job of its own")
      ->required()
      ->check(at_least(1));
  verb->add_flag("--tree", options->tree, "with all descendants, which belong to the same job then");
  verb->add_flag("-n,--dry-run", options->dry_run, "show what would be adopted");
  add_identity(*verb, *options);
  add_ending(*verb, *options);
  for (const char* name : adoptable_policies) add_policy(*verb, *find_policy(name), *options);
  add_linger(*verb, *options);
  verb->footer(
      "Examples:\n  jobctl adopt --tree --name nightly 4711\n  jobctl adopt --memory 8G $(pgrep -f "
      "train.py)");
  return {verb, [options](Context& context) { return run_adopt(context, *options); }};
}

}  // namespace jobctl
