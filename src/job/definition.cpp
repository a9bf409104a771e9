#include "job/definition.hpp"

#include <algorithm>

#include "job/job.hpp"
#include "job/unit_plan.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr size_t longest_word = 200;

void check_path(const std::string& text, const std::string& what) {
  if (text.empty() || text.find('\0') != std::string::npos)
    throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 60) + "\" is no path");
}

void check_signal(const std::string& text, const std::string& what) {
  parse_stop_signal(text, what);
}

void check_duration(const std::string& text, const std::string& what) {
  parse_duration(text, what);
}

void check_property(const std::string& text, const std::string& what) {
  parse_property(text, what);
}

void check_pattern(const std::string& text, const std::string& what) {
  if (text.empty()) throw Error(Errc::usage, what + ": an empty pattern matches nothing");
}

constexpr DefinitionKey table[] = {
    {"command", DefinitionKey::Command()},
    {"commands", DefinitionKey::Commands()},
    {"type", &Definition::type, check_word},
    {"name", &Definition::name, check_word},
    {"session", &Definition::session, check_word},
    {"labels", DefinitionKey::Pairs{&Definition::labels}, check_label},
    {"directory", &Definition::directory, check_path, true},
    {"env", DefinitionKey::Pairs{&Definition::environment}, check_variable},
    {"env_file", &Definition::environment_files, check_path, true},
    {"clean_env", &Definition::clean_environment},
    {"log_file", &Definition::log_file, check_path, true},
    {"own_log", &Definition::own_log, check_path, true},
    {"journal", &Definition::journal},
    {"tty", &Definition::tty},
    {"scope", &Definition::scope},
    {"keep_going", &Definition::keep_going},
    {"stop_signal", &Definition::stop_signal, check_signal},
    {"stop_timeout", &Definition::stop_timeout, check_duration},
    {"cleanup", &Definition::cleanup, check_pattern},
    {"properties", DefinitionKey::Pairs{&Definition::properties}, check_property},
};

void lay_over(std::vector<std::string>& below, const std::vector<std::string>& above) {
  below.insert(below.end(), above.begin(), above.end());
}

}  // namespace

void lay_over(Definition& below, const Definition& above) {
  if (!above.commands.empty()) below.commands = above.commands;
  for (const DefinitionKey& key : table) {
    if (const auto* text = std::get_if<DefinitionKey::Text>(&key.member); text && !(above.**text).empty())
      below.** text = above.**text;
    if (const auto* flag = std::get_if<DefinitionKey::Flag>(&key.member); flag && above.**flag)
      below.** flag = true;
    if (const auto* list = std::get_if<DefinitionKey::List>(&key.member))
      lay_over(below.**list, above.**list);
    if (const auto* pairs = std::get_if<DefinitionKey::Pairs>(&key.member))
      lay_over(below.*(pairs->list), above.*(pairs->list));
  }
  for (const auto& [name, texts] : above.policies)
    if (!texts.empty()) below.policies[name] = texts;
}

std::span<const DefinitionKey> definition_keys() {
  return table;
}

const DefinitionKey* find_definition_key(std::string_view name) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [&](const auto& key) { return name == key.name; });
  return found == std::end(table) ? nullptr : &*found;
}

std::string key_of(const Policy& policy) {
  std::string key = policy.name;
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

const Policy* find_policy_by_key(std::string_view key) {
  const auto all = policies();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Policy& policy) { return key_of(policy) == key; });
  return found == all.end() ? nullptr : &*found;
}

void check_word(const std::string& text, const std::string& what) {
  if (text.empty()) throw Error(Errc::usage, what + " needs a value that isn't empty");
  if (text.size() > longest_word)
    throw Error(Errc::usage, what + " is longer than " + std::to_string(longest_word) + " bytes");
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    throw Error(Errc::usage, what + " " + printable_ascii(text, 60) + " holds a control character");
  // systemd can't list any unit while it has a slice whose name isn't, and JSON has no way to write it.
  if (valid_utf8(text) != text)
    throw Error(Errc::usage, what + " " + printable_ascii(text, 60) + " is not UTF-8");
}

void check_label(const std::string& text, const std::string& what) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(Errc::usage, what + " " + printable_ascii(text, 60) + ": not of the form KEY=VALUE");
  check_word(text, what);
}

void check_variable(const std::string& text, const std::string& what) {
  if (text.empty() || text.front() == '=' || text.find('\0') != std::string::npos)
    throw Error(Errc::usage, what + " " + printable_ascii(text, 60) + ": not of the form NAME=VALUE");
}

int parse_stop_signal(const std::string& text, const std::string& what) {
  const auto signal = parse_signal(text);
  if (!signal)
    throw Error(Errc::usage, what + " " + printable_ascii(text, 40) + ": no such signal",
                "kill -l lists them");
  return *signal;
}

}  // namespace jobctl
