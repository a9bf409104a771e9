#include "job/shell_script.hpp"

#include <array>
#include <cstdio>

#include "job/unit_escape.hpp"

namespace jobctl {

namespace {

// For a shell, not for people: single quotes keep every byte in every shell.
std::string single_quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// By exec, because the shell has commands of its own under the names of others (echo, test, kill).
std::string exec(const Argv& command) {
  std::string text = "exec";
  for (const std::string& word : command) text += " " + single_quoted(word);
  return text;
}

std::string all_of(const std::vector<Argv>& commands) {
  std::string text = "s=0; ";
  for (const Argv& command : commands) text += "(" + exec(command) + ") || s=$((s ? s : $?)); ";
  return text + "exit $s";
}

std::string until_failure(const std::vector<Argv>& commands) {
  std::string text;
  for (size_t i = 0; i + 1 < commands.size(); ++i) text += "(" + exec(commands[i]) + ") && ";
  return text + exec(commands.back());
}

// printf(1) makes the script, bytes that aren't ASCII included, and eval runs it. It ends with a quote or the
// like, so that "$()" takes nothing away.
std::string in_ascii(const std::string& script) {
  std::string format;
  for (const char c : script) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 8> octal{};
    snprintf(octal.data(), octal.size(), "\\%03o", byte);
    format += byte > 0x7e ? octal.data() : c == '%' ? "%%" : c == '\\' ? "\\\\" : std::string(1, c);
  }
  return "eval \"$(printf " + single_quoted(format) + ")\"";
}

}  // namespace

std::string shell_script(const std::vector<Argv>& commands, bool keep_going, const ShellScript& before) {
  std::string text;
  if (!before.directory.empty()) text += "cd " + single_quoted(before.directory) + " || exit; ";
  if (!before.log_file.empty()) text += "exec >>" + single_quoted(before.log_file) + " 2>&1; ";
  text += keep_going ? all_of(commands) : until_failure(commands);
  return can_be_shown(text) ? text : in_ascii(text);
}

}  // namespace jobctl
