#include "job/program_pattern.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <fnmatch.h>

#include "job/interpreter.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Words = std::vector<std::string>;

// Modules and scripts that run the script which is named behind them, some only after a word of their own.
struct ScriptLauncher {
  std::string_view name, verb = {};
};
constexpr auto launchers = std::to_array<ScriptLauncher>({{"torchrun"},
                                                          {"accelerate", "launch"},
                                                          {"deepspeed"},
                                                          {"horovodrun"},
                                                          {"torch.distributed.run"},
                                                          {"torch.distributed.launch"},
                                                          {"accelerate.commands.launch"},
                                                          {"ipython"},
                                                          {"ipython3"},
                                                          // Not debuggers: somebody sits before them.
                                                          {"cProfile"},
                                                          {"profile"},
                                                          {"coverage", "run"},
                                                          {"memory_profiler"},
                                                          {"kernprof"},
                                                          {"scalene"},
                                                          {"viztracer"}});

// How workers begin that Python's multiprocessing, or joblib's, has made anew.
constexpr auto codes_of_workers = std::to_array<std::string_view>(
    {"from multiprocessing.spawn ", "from multiprocessing.forkserver ",
     "from multiprocessing.resource_tracker ", "from joblib.externals.loky.backend.", "from loky.backend."});
constexpr auto modules_of_workers =
    std::to_array<std::string_view>({"joblib.externals.loky.backend.", "loky.backend."});

template <size_t count>
bool begins_with_one_of(const std::string& text, const std::array<std::string_view, count>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool launches_scripts(const Script& script, const Words& words) {
  const std::string name = script.module.empty() ? file_name(script.path) : script.module;
  const std::string next = script.end < words.size() ? words[script.end] : "";
  return std::any_of(launchers.begin(), launchers.end(), [&](const ScriptLauncher& launcher) {
    return name == launcher.name && (launcher.verb.empty() || next == launcher.verb);
  });
}

// The script or module behind such a launcher; the words between are its options, which nobody can know all.
Script launched_by(const Script& launcher, const Words& words) {
  for (size_t i = launcher.end; i < words.size(); ++i) {
    if ((words[i] == "-m" || words[i] == "--module") && i + 1 < words.size())
      return {"", words[i + 1], "", i};
    if (words[i].ends_with(".py") || words[i].ends_with(".ipynb")) return {words[i], "", "", i};
  }
  return {};
}

std::string path_of_module(const std::string& module) {
  return join(split(module, '.'), "/") + ".py";
}

std::string absolute(const std::string& path, const std::string& directory) {
  const std::string whole = path.starts_with('/') || directory.empty() ? path : directory + "/" + path;
  return std::filesystem::path(whole).lexically_normal().string();
}

size_t count_of_parts(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/')) + 1;
}

// Its last parts.
std::string end_of_path(const std::string& path, size_t parts) {
  size_t begin = path.size() + 1;
  while (parts-- > 0 && begin > 0) {
    const size_t slash = path.rfind('/', begin < 2 ? 0 : begin - 2);
    begin = slash == std::string::npos || begin < 2 ? 0 : slash + 1;
  }
  return path.substr(std::min(begin, path.size()));
}

bool fits(const std::string& path, const std::string& pattern) {
  const std::string meant = pattern.starts_with('/') ? path : end_of_path(path, count_of_parts(pattern));
  return fnmatch(pattern.c_str(), meant.c_str(), FNM_PATHNAME) == 0;
}

}  // namespace

std::vector<std::string> programs_of(const RunningProgram& program) {
  Words programs;
  const auto add = [&](const std::string& path) {
    if (!path.empty()) programs.push_back(absolute(path, program.directory));
  };
  const auto add_script = [&](const Script& script) {
    add(script.path);
    if (!script.module.empty()) programs.push_back(script.module), add(path_of_module(script.module));
  };
  if (!program.executable.empty()) programs.push_back(program.executable);
  const Words& argv = program.argv;
  if (argv.empty()) return programs;
  // A bare name was found along PATH.
  argv[0].find('/') == std::string::npos ? programs.push_back(argv[0]) : add(argv[0]);
  const auto script = script_of(argv);
  if (!script) return programs;
  add_script(*script);
  if (launches_scripts(*script, argv)) add_script(launched_by(*script, argv));
  return programs;
}

std::vector<std::string> relative_paths_of(const Words& argv) {
  Words paths;
  const auto add = [&](const std::string& path) {
    if (!path.empty() && !path.starts_with('/')) paths.push_back(path);
  };
  if (!argv.empty() && argv[0].find('/') != std::string::npos) add(argv[0]);
  const auto script = script_of(argv);
  if (!script) return paths;
  add(script->path);
  if (launches_scripts(*script, argv)) add(launched_by(*script, argv).path);
  return paths;
}

bool runs(const RunningProgram& program, const std::string& pattern) {
  const Words programs = programs_of(program);
  return std::any_of(programs.begin(), programs.end(),
                     [&](const std::string& path) { return fits(path, pattern); });
}

bool has_executable(const RunningProgram& program, const std::string& name) {
  const std::string wanted = ascii_lower(name);
  return ascii_lower(file_name(program.executable)) == wanted ||
         (!program.argv.empty() && ascii_lower(file_name(program.argv[0])) == wanted);
}

bool mentions(const RunningProgram& program, const std::string& text) {
  return join(program.argv, " ").find(text) != std::string::npos;
}

bool is_python_worker(const RunningProgram& program) {
  const auto script = script_of(program.argv);
  return script && (begins_with_one_of(script->code, codes_of_workers) ||
                    begins_with_one_of(script->module, modules_of_workers));
}

}  // namespace jobctl
