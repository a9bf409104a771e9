#include "job/program_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fnmatch.h>

#include "util/text.hpp"

namespace jobctl {

namespace {

using Words = std::vector<std::string>;

// Its one-letter options: those with a value behind them, those whose value is the program itself, and that
// of a module.
struct Interpreter {
  const char* name;
  const char* with_value;
  const char* with_code;
  char module = '\0';
};

constexpr auto interpreters = std::to_array<Interpreter>({{"python", "WX", "c", 'm'},
                                                          {"pypy", "WX", "c", 'm'},
                                                          {"sh", "oO", "c"},
                                                          {"bash", "oO", "c"},
                                                          {"dash", "oO", "c"},
                                                          {"zsh", "oO", "c"},
                                                          {"ksh", "oO", "c"},
                                                          {"perl", "I", "eE"},
                                                          {"ruby", "rIC", "e"},
                                                          {"node", "r", "ep"},
                                                          {"nodejs", "r", "ep"},
                                                          {"Rscript", "", "e"},
                                                          {"julia", "JLp", "eE"}});

// Modules and scripts that run the script which is named behind them.
constexpr auto launchers = std::to_array<std::string_view>(
    {"torchrun", "accelerate", "deepspeed", "horovodrun", "torch.distributed.run", "torch.distributed.launch",
     // Not debuggers: somebody sits before them.
     "cProfile", "profile", "coverage", "memory_profiler", "kernprof", "scalene", "viztracer"});

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "/usr/bin/python3.11", "-bash" of a login.
const Interpreter* interpreter_of(const std::string& program) {
  std::string name = file_name(program);
  if (name.starts_with('-')) name.erase(0, 1);
  name.resize(name.find_last_not_of("0123456789.") + 1);
  const auto* found = std::find_if(interpreters.begin(), interpreters.end(),
                                   [&](const Interpreter& one) { return name == one.name; });
  return found == interpreters.end() ? nullptr : found;
}

bool has(const char* letters, char letter) {
  return letter != '\0' && std::strchr(letters, letter) != nullptr;
}

// What an interpreter's words mean.
struct Script {
  std::string path, module;
  size_t end = 0;  // the first word behind it
};

// A word of one-letter options, such as -uc: what follows it.
enum class Option { plain, takes_next, is_code, is_module };
Option meaning_of(const Interpreter& interpreter, const std::string& word, std::string& attached) {
  for (size_t i = 1; i < word.size(); ++i) {
    attached = word.substr(i + 1);
    if (has(interpreter.with_code, word[i])) return Option::is_code;
    if (interpreter.module != '\0' && word[i] == interpreter.module) return Option::is_module;
    if (has(interpreter.with_value, word[i])) return attached.empty() ? Option::takes_next : Option::plain;
  }
  return Option::plain;
}

std::optional<Script> script_of(const Interpreter& interpreter, const Words& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--")
      return i + 1 < words.size() ? std::optional(Script{words[i + 1], "", i + 2}) : std::nullopt;
    if (!word.starts_with('-')) return Script{word, "", i + 1};
    if (word == "-") return std::nullopt;  // from standard input
    if (word.starts_with("--")) continue;
    std::string attached;
    switch (meaning_of(interpreter, word, attached)) {
      case Option::is_code:
        return std::nullopt;
      case Option::is_module:
        if (!attached.empty()) return Script{"", attached, i + 1};
        return i + 1 < words.size() ? std::optional(Script{"", words[i + 1], i + 2}) : std::nullopt;
      case Option::takes_next:
        ++i;
        break;
      case Option::plain:
        break;
    }
  }
  return std::nullopt;
}

bool launches_scripts(const Script& script) {
  const std::string name = script.module.empty() ? file_name(script.path) : script.module;
  return std::find(launchers.begin(), launchers.end(), name) != launchers.end();
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
  const auto add = [&](const std::string& path) { programs.push_back(absolute(path, program.directory)); };
  if (!program.executable.empty()) programs.push_back(program.executable);
  const Words& argv = program.argv;
  if (argv.empty()) return programs;
  // A bare name was found along PATH.
  argv[0].find('/') == std::string::npos ? programs.push_back(argv[0]) : add(argv[0]);
  const Interpreter* interpreter = interpreter_of(argv[0]);
  const auto script = interpreter ? script_of(*interpreter, argv) : std::nullopt;
  if (!script) return programs;
  if (!script->path.empty()) add(script->path);
  if (!script->module.empty()) programs.push_back(script->module), add(path_of_module(script->module));
  if (!launches_scripts(*script)) return programs;
  const auto launched = std::find_if(argv.begin() + static_cast<ptrdiff_t>(script->end), argv.end(),
                                     [](const std::string& word) { return word.ends_with(".py"); });
  if (launched != argv.end()) add(*launched);
  return programs;
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
  const Words& argv = program.argv;
  const Interpreter* interpreter = argv.empty() ? nullptr : interpreter_of(argv[0]);
  return interpreter && interpreter->module == 'm' &&
         std::any_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
           return word == "--multiprocessing-fork" || word.starts_with("from multiprocessing.");
         });
}

}  // namespace jobctl
