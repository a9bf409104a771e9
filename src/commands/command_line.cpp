#include "commands/command_line.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include "bus/bus_manager.hpp"
#include "commands/complete.hpp"
#include "commands/generate.hpp"
#include "commands/help.hpp"
#include "commands/job_file.hpp"
#include "commands/schedule.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr const char* overview =
    "jobctl starts long-running jobs as systemd units and finds them again.\n"
    "\n"
    "Usage: jobctl [--user|--system] COMMAND [OPTION]… [JOB]…\n"
    "\n"
    "Start and end:  start    start a command as a job        kill     end jobs, every process (stop)\n"
    "                restart  start one job again             pause    freeze jobs; resume lets them go on\n"
    "                adopt    make a job of what runs already\n"
    "Look:           list     show jobs (ps)                  status   everything about one job\n"
    "                attach   watch one, type to it           logs     show what a job printed\n"
    "                wait     until jobs have ended           top      what jobs use, live\n"
    "                find     the job of a process            history  what was done, by whom and when\n"
    "Clean up:       flush    forget jobs that have ended     cleanup  end what was left of others\n"
    "Set up:         template kinds of jobs, with parameters  job      jobs that have files\n"
    "                generate show the units of job files     export   a job as a file\n"
    "                config   show what is configured, and where\n"
    "                doctor   find what is wrong, and mend it\n"
    "\n"
    "  jobctl start -dt --name nightly -- python3 train.py     start, detached, with a terminal\n"
    "  jobctl list                                             see what runs\n"
    "  jobctl attach nightly                                   watch it; Ctrl+P Ctrl+Q leaves it running\n"
    "  jobctl kill nightly                                     end it and all of its processes\n"
    "\n"
    "A JOB is a UUID, the first digits of one (4 or more), or a name.\n"
    "jobctl COMMAND --help explains each command.\n";

// The verb, where the command line names one.
const char* meant_verb(int argc, char** argv) {
  char** const found = std::find_if(argv + 1, argv + argc, [](const char* word) { return *word != '-'; });
  return found == argv + argc ? "" : *found;
}

bool takes_a_command(const std::string& verb) {
  return verb == "start" || verb == "boot";
}

// What follows the first "--" is the job's own command line and no business of the parser. The "--" comes
// along. Other verbs' "--" only ends their options.
Words cut_off_words(int& argc, char** argv) {
  if (!takes_a_command(meant_verb(argc, argv))) return {};
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") != 0) continue;
    Words words(argv + i, argv + argc);
    argc = i;
    return words;
  }
  return {};
}

std::vector<std::string> names_of(const std::vector<Verb>& verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    names.push_back(verb.app->get_name());
    for (const std::string& alias : verb.app->get_aliases()) names.push_back(alias);
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

const Verb* selected(const std::vector<Verb>& verbs) {
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [](const Verb& verb) { return verb.app->parsed(); });
  return found == verbs.end() ? nullptr : &*found;
}

[[noreturn]] void throw_usage(const CLI::ParseError& error, const std::vector<Verb>& verbs, int argc,
                              char** argv) {
  const Verb* verb = selected(verbs);
  std::string text = error.what(), near;
  for (int i = 1; i < argc && near.empty(); ++i) {
    const std::string argument = argv[i], word = argument.substr(0, argument.find('='));
    const std::vector<std::string> known = verb ? options_of(*verb->app) : names_of(verbs);
    const bool is_option = word.starts_with("--");
    if (is_option != (verb != nullptr) || std::find(known.begin(), known.end(), word) != known.end())
      continue;
    text = std::string("there is no ") + (verb ? "option " : "command ") + printable_ascii(word, 40);
    near = closest(word, known);
    if (!verb) break;
  }
  if (const size_t at = text.find(": At Most 1 required"); at != std::string::npos)
    text.replace(at, std::string::npos, " is given more than once");
  std::replace(text.begin(), text.end(), '\n', ' ');
  throw Error(Errc::usage, text + (near.empty() ? "" : "; did you mean " + near + "?"),
              verb ? "jobctl " + verb->app->get_name() + " --help" : "jobctl --help");
}

struct Entry {
  std::vector<const char*> names;
  std::function<Verb(CLI::App&, const Words&)> add;
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      {{"start"}, [](CLI::App& app, const Words& words) { return add_start(app, words); }},
      {{"boot"}, [](CLI::App& app, const Words& words) { return add_start(app, words, "boot"); }},
      {{"kill", "stop"}, [](CLI::App& app, const Words&) { return add_kill(app); }},
      {{"restart"}, [](CLI::App& app, const Words&) { return add_restart(app); }},
      {{"pause"}, [](CLI::App& app, const Words&) { return add_pause(app); }},
      {{"resume"}, [](CLI::App& app, const Words&) { return add_resume(app); }},
      {{"list", "ps", "ls"}, [](CLI::App& app, const Words&) { return add_list(app); }},
      {{"top"}, [](CLI::App& app, const Words&) { return add_top(app); }},
      {{"status"}, [](CLI::App& app, const Words&) { return add_status(app); }},
      {{"attach"}, [](CLI::App& app, const Words&) { return add_attach(app); }},
      {{"logs"}, [](CLI::App& app, const Words&) { return add_logs(app); }},
      {{"wait"}, [](CLI::App& app, const Words&) { return add_wait(app); }},
      {{"find"}, [](CLI::App& app, const Words&) { return add_find(app); }},
      {{"adopt"}, [](CLI::App& app, const Words&) { return add_adopt(app); }},
      {{"flush"}, [](CLI::App& app, const Words&) { return add_flush(app); }},
      {{"cleanup"}, [](CLI::App& app, const Words&) { return add_cleanup(app); }},
      {{"history"}, [](CLI::App& app, const Words&) { return add_history(app); }},
      {{"template"}, [](CLI::App& app, const Words&) { return add_template(app); }},
      {{"job"}, [](CLI::App& app, const Words&) { return add_job(app); }},
      {{"generate"}, [](CLI::App& app, const Words&) { return add_generate(app); }},
      {{"export"}, [](CLI::App& app, const Words&) { return add_export(app); }},
      {{"doctor"}, [](CLI::App& app, const Words&) { return add_doctor(app); }},
      {{"config"}, [](CLI::App& app, const Words&) { return add_config(app); }},
  };
  return table;
}

std::vector<Verb> add_verbs(CLI::App& app, const Words& words, const std::string& meant) {
  std::vector<Verb> verbs;
  const auto is_meant = [&](const char* name) { return name == meant; };
  for (const Entry& entry : entries())
    if (std::any_of(entry.names.begin(), entry.names.end(), is_meant)) verbs.push_back(entry.add(app, words));
  if (verbs.empty())
    for (const Entry& entry : entries()) verbs.push_back(entry.add(app, words));
  return verbs;
}

std::string systemd_version(Manager manager) try {
  return "systemd " + BusManager(manager).version();
} catch (const Error& error) {
  return error.what();  // whoever asks for versions wants an answer, not a failure
}

void print_version(const CommandLine& line) {
  const Manager manager = chosen_manager(line.user, line.system);
  const std::string systemd = line.verbose ? systemd_version(manager) + "\n" : "";
  std::cout << "jobctl " << JOBCTL_VERSION << '\n' << systemd;
}

// What the timer of a schedule starts. It knows nothing of the caller's environment: the record's path tells
// whose records these are.
int fire_for(const std::string& manager, const std::string& record_path) {
  const std::filesystem::path path = record_path;
  Context context(chosen_manager(manager == "--user", manager == "--system"),
                  path.parent_path().parent_path().string());
  return fire(context, path.filename().string());
}

// What a job file's units run.
int run_for_unit(const std::string& what, const std::string& manager, const std::string& job_file) {
  Context context(chosen_manager(manager == "--user", manager == "--system"));
  return what == "fire" ? fire_job_file(context, job_file) : prepare_run(context, job_file);
}

}  // namespace

const char* overview_text() {
  return overview;
}

CommandLine::CommandLine(const std::string& meant, const Words& words) {
  app.description("start long-running jobs as systemd units and find them again");
  app.set_help_flag();
  app.add_flag("--user", user, "the jobs of your own user manager (default but for root)");
  app.add_flag("--system", system, "the jobs of the system manager (default for root)");
  app.add_flag("-h,--help", help, "print an overview and exit");
  app.add_flag("--version", version, "print the version and exit");
  app.add_flag("-v", verbose, "with --version: also that of the systemd that answers");
  app.require_subcommand(0, 1);
  verbs = add_verbs(app, words, meant);
  for (const Verb& verb : verbs) verb.app->set_help_flag("-h,--help", "print a short help and exit");
}

Manager chosen_manager(bool user, bool system) {
  if (user && system) throw Error(Errc::usage, "--user and --system exclude each other");
  return system || (geteuid() == 0 && !user) ? Manager::system : Manager::user;
}

int run_command_line(int argc, char** argv) {
  if (argc > 1 && is_generator(argv[0])) return run_generator(argv[0], argv[1]), 0;
  if (argc == 2 && std::strcmp(argv[1], "help") == 0) {
    std::cout << overview;
    return 0;
  }
  // Not a verb of the parser, so that no help and no suggestion names it.
  if (argc > 2 && std::strcmp(argv[1], "complete") == 0 && std::strcmp(argv[2], "--") == 0)
    return complete(Words(argv + 3, argv + argc));
  if (argc == 5 && std::strcmp(argv[1], "fire") == 0 && std::strcmp(argv[2], "--") == 0)
    return fire_for(argv[3], unquote_path(argv[4]));
  if (argc == 6 && std::strcmp(argv[1], "job-file") == 0 && std::strcmp(argv[2], "--") == 0)
    return run_for_unit(argv[3], argv[4], unquote_path(argv[5]));
  // As git's: help VERB.
  char help_option[] = "--help";
  if (argc == 3 && std::strcmp(argv[1], "help") == 0) argv[1] = argv[2], argv[2] = help_option;
  const Words words = cut_off_words(argc, argv);
  CommandLine line(meant_verb(argc, argv), words);
  const std::vector<Verb>& verbs = line.verbs;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const Verb* verb = selected(verbs);
    std::cout << (verb ? help_of(*verb->app) : overview);
    return 0;
  } catch (const CLI::ParseError& error) {
    throw_usage(error, verbs, argc, argv);
  }
  if (line.verbose && !line.version) throw_usage(CLI::ExtrasError({"-v"}), verbs, argc, argv);
  if (line.version) return print_version(line), 0;
  const Verb* verb = selected(verbs);
  // The parser takes what start doesn't know for the beginning of the command.
  Words rest = verb ? verb->app->remaining() : Words();
  if (verb && !takes_a_command(verb->app->get_name())) std::erase(rest, "--");
  // Behind the first word of a command all words are its own.
  const auto end = verb && verb->app->get_prefix_command() && !rest.empty() ? rest.begin() + 1 : rest.end();
  const auto unknown =
      std::find_if(rest.begin(), end, [](const std::string& word) { return word.starts_with('-'); });
  if (unknown != end) throw_usage(CLI::ExtrasError({*unknown}), verbs, argc, argv);
  if (line.help || !verb) {
    std::cout << overview;
    return 0;
  }
  Context context(chosen_manager(line.user, line.system),
                  verb->tells_of_config ? BadConfig::told : BadConfig::thrown);
  const int status = verb->run(context);
  if (!std::cout.flush()) throw_errno("could not write the output", errno);
  return status;
}

}  // namespace jobctl
