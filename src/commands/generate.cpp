#include "commands/generate.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/job_file.hpp"
#include "commands/verb.hpp"
#include "registry/record_file.hpp"
#include "util/directories.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

constexpr std::string_view user_generator = "jobctl-user-generator";
constexpr std::string_view system_generator = "jobctl-system-generator";

// The journal of a machine that boots isn't there yet, but takes what the kernel has (systemd.generator(7)).
void tell_journal(bool system, const std::string& text) {
  const Fd kernel(system ? open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY) : -1);
  const std::string line = "<3>jobctl generator: " + visible(text) + "\n";
  if (!kernel || !write_all(kernel.get(), line)) write_all(STDERR_FILENO, line);
}

void link_unit(const std::string& folder, const std::string& link) {
  const std::string path = folder + "/" + link, wants = path.substr(0, path.rfind('/'));
  if (mkdir(wants.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("could not make " + wants, errno);
  const std::string target = ".." + path.substr(path.rfind('/'));
  if (symlink(target.c_str(), path.c_str()) != 0 && errno != EEXIST)
    throw_errno("could not link " + path, errno);
}

void generate(Context& context, const std::string& file, const std::string& folder) {
  const JobFile job_file = read_job_file(file);
  const JobSpec spec = define_unit(context, job_file);
  for (const UnitFile& unit : unit_files(context, job_file, spec))
    write_file(folder + "/" + unit.name, unit.text, 0644);
  for (const std::string& link : wanted_links(context, job_file, spec)) link_unit(folder, link);
}

// Of jobs that run while their files are gone or wrong.
void write_kept_units(const std::string& runtime_dir, const std::string& folder) {
  for (const std::string& unit : names_in(runtime_dir)) {
    const std::string path = folder + "/" + unit;
    if (uuid_of_unit(unit) && access(path.c_str(), F_OK) != 0)
      write_file(path, read_file_if_exists(kept_unit_path(runtime_dir, unit)), 0644);
  }
}

std::string text_of_units(Context& context, const JobFile& job_file) {
  const JobSpec spec = define_unit(context, job_file);
  std::string text;
  for (const UnitFile& unit : unit_files(context, job_file, spec)) text += unit.text + "\n";
  for (const std::string& link : wanted_links(context, job_file, spec)) text += "# " + link + "\n\n";
  return text;
}

// A broken file is told, as the generator does it.
int print_all_units(Context& context) {
  int status = 0;
  for (const std::string& file : job_files(context)) {
    try {
      std::cout << text_of_units(context, read_job_file(file));
    } catch (const Error& error) {
      say(visible(error.what()));
      status = static_cast<int>(error.code);
    }
  }
  return status;
}

int print_units(Context& context, const Words& names) {
  if (names.empty()) return print_all_units(context);
  std::string text;
  for (const std::string& name : names) text += text_of_units(context, find_job_file(context, name));
  std::cout << text;
  return 0;
}

}  // namespace

bool is_generator(const std::string& program) {
  return program.ends_with(user_generator) || program.ends_with(system_generator);
}

std::vector<std::string> generator_folders(bool system) {
  std::vector<std::string> folders;
  for (const char* above : {"/run", "/etc", "/usr/local/lib", "/usr/lib"})
    folders.push_back(std::string(above) + "/systemd/" + (system ? "system" : "user") + "-generators");
  return folders;
}

bool has_generator(const std::vector<std::string>& folders, bool system) {
  const std::string_view name = system ? system_generator : user_generator;
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return access((folder + "/").append(name).c_str(), X_OK) == 0;
  });
}

void run_generator(const std::string& program, const std::string& folder) {
  const bool system = program.ends_with(system_generator);
  try {
    Context context(system ? Manager::system : Manager::user);
    for (const std::string& file : job_files(context)) {
      try {
        generate(context, file, folder);
      } catch (const std::exception& error) {
        tell_journal(system, error.what());
      }
    }
    write_kept_units(context.config().paths.runtime_dir, folder);
  } catch (const std::exception& error) {
    tell_journal(system, error.what());
  }
}

Verb add_generate(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("generate", "show the units that systemd gets of job files");
  auto names = std::make_shared<Words>();
  verb->add_option("NAME", *names, "job files (default: all)");
  verb->footer(
      "Example:\n  jobctl generate nightly\n"
      "systemd makes them itself when the machine boots, and at each daemon-reload.");
  return {verb, [names](Context& context) { return print_units(context, *names); }};
}

}  // namespace jobctl
