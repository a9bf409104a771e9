#include "job/interpreter.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace jobctl {

namespace {

using Words = std::vector<std::string>;

// Its one-letter options: those with a value behind them, those whose value is the program itself, that of a
// module, and one that reads it from standard input. Then its long options with a value as the next word.
struct Interpreter {
  std::string_view name;
  const char* with_value = "";
  const char* with_code = "";
  char module = '\0', from_input = '\0';
  std::string_view long_with_value = {};
};

constexpr std::string_view of_bash = "--rcfile --init-file";
constexpr std::string_view of_node =
    "--require --import --loader --experimental-loader --env-file --env-file-if-exists --conditions";

constexpr auto interpreters =
    std::to_array<Interpreter>({{"python", "WX", "c", 'm', '\0', "--check-hash-based-pycs"},
                                {"pypy", "WX", "c", 'm'},
                                {"sh", "oO", "c", '\0', 's', of_bash},
                                {"bash", "oO", "c", '\0', 's', of_bash},
                                {"dash", "oO", "c", '\0', 's'},
                                {"zsh", "oO", "c", '\0', 's'},
                                {"ksh", "oO", "c", '\0', 's'},
                                {"perl", "I", "eE"},
                                {"ruby", "rIC", "e"},
                                {"node", "rC", "ep", '\0', '\0', of_node},
                                {"nodejs", "rC", "ep", '\0', '\0', of_node},
                                {"R", "fg", "e"},
                                {"Rscript", "", "e"},
                                {"julia", "JLpt", "eE", '\0', '\0', "--sysimage --threads --procs --load"}});

constexpr auto of_java_with_value = std::to_array<std::string_view>(
    {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules"});

// "/usr/bin/python3.11", "python3.13t", "-bash" of a login.
std::string plain_name(const std::string& program) {
  std::string name = program.substr(program.rfind('/') + 1);
  if (name.starts_with('-')) name.erase(0, 1);
  const auto is_of_version = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (name.size() > 1 && name.ends_with('t') && is_of_version(name[name.size() - 2])) name.pop_back();
  while (!name.empty() && is_of_version(name.back())) name.pop_back();
  return name;
}

bool has(const char* letters, char letter) {
  return std::strchr(letters, letter) != nullptr;
}

bool is_word_of(std::string_view list, const std::string& word) {
  return (" " + std::string(list) + " ").find(" " + word + " ") != std::string::npos;
}

// A word of one-letter options, such as -uc: what follows it.
enum class Option { plain, takes_next, is_code, is_module, is_input };
Option meaning_of(const Interpreter& interpreter, const std::string& word, std::string& attached) {
  for (size_t i = 1; i < word.size(); ++i) {
    attached = word.substr(i + 1);
    if (has(interpreter.with_code, word[i])) return Option::is_code;
    if (interpreter.module == word[i]) return Option::is_module;
    if (interpreter.from_input == word[i]) return Option::is_input;
    if (has(interpreter.with_value, word[i])) return attached.empty() ? Option::takes_next : Option::plain;
  }
  return Option::plain;
}

// The script's text lies in this word behind its option, or is the next one.
std::optional<Script> value_of(const Words& words, size_t i, const std::string& attached,
                               std::string Script::*member) {
  Script script;
  script.end = attached.empty() ? i + 2 : i + 1;
  if (script.end > words.size()) return std::nullopt;
  script.*member = attached.empty() ? words[i + 1] : attached;
  return script;
}

std::optional<Script> script_behind(const Interpreter& interpreter, const Words& words) {
  constexpr std::string_view file_of_r = "--file=";  // which Rscript becomes
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") return value_of(words, i, "", &Script::path);
    if (!word.starts_with('-') && !word.starts_with('+')) return Script{word, "", "", i + 1};
    if (word == "-") return std::nullopt;
    if (interpreter.name == "R" && word.starts_with(file_of_r))
      return Script{word.substr(file_of_r.size()), "", "", i + 1};
    if (word.starts_with("--")) {
      if (is_word_of(interpreter.long_with_value, word)) ++i;
      continue;
    }
    std::string attached;
    switch (meaning_of(interpreter, word, attached)) {
      case Option::is_code:
        return value_of(words, i, attached, &Script::code);
      case Option::is_module:
        return value_of(words, i, attached, &Script::module);
      case Option::is_input:
        return std::nullopt;
      case Option::takes_next:
        ++i;
        break;
      case Option::plain:
        break;
    }
  }
  return std::nullopt;
}

std::optional<Script> script_of_java(const Words& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "-jar") return value_of(words, i, "", &Script::path);
    if (std::find(of_java_with_value.begin(), of_java_with_value.end(), words[i]) != of_java_with_value.end())
      ++i;
    else if (!words[i].starts_with('-'))
      return Script{"", words[i], "", i + 1};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Script> script_of(const std::vector<std::string>& argv) {
  if (argv.empty()) return std::nullopt;
  const std::string name = plain_name(argv[0]);
  if (name == "java") return script_of_java(argv);
  const auto* found = std::find_if(interpreters.begin(), interpreters.end(),
                                   [&](const Interpreter& one) { return name == one.name; });
  return found == interpreters.end() ? std::nullopt : script_behind(*found, argv);
}

}  // namespace jobctl
