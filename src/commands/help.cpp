#include "commands/help.hpp"

#include <array>

#include "job/policy.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct ValueName {
  const char* option;
  const char* value;
};

constexpr auto value_names = std::to_array<ValueName>({{"type", "TYPE"},
                                                       {"name", "NAME"},
                                                       {"session", "SESSION"},
                                                       {"label", "KEY=VALUE"},
                                                       {"uuid", "UUID"},
                                                       {"env", "NAME=VALUE"},
                                                       {"env-file", "FILE"},
                                                       {"directory", "DIR"},
                                                       {"log-file", "FILE"},
                                                       {"own-log", "FILE"},
                                                       {"stop-signal", "SIGNAL"},
                                                       {"stop-timeout", "TIME"},
                                                       {"property", "PROPERTY=VALUE"},
                                                       {"linger", "WHEN"},
                                                       {"user", "USER"},
                                                       {"state", "STATE"},
                                                       {"signal", "SIGNAL"},
                                                       {"pid", "PID"},
                                                       {"match", "PATTERN"},
                                                       {"exe", "NAME"},
                                                       {"older-than", "TIME"},
                                                       {"since", "TIME"},
                                                       {"until", "TIME"},
                                                       {"timeout", "TIME"},
                                                       {"run", "N"},
                                                       {"lines", "N"},
                                                       {"output", "FORMAT"},
                                                       {"format", "FORMAT"},
                                                       {"detach-keys", "KEYS"},
                                                       {"delay", "TIME"},
                                                       {"tables", "N"},
                                                       {"sort", "COLUMN"},
                                                       {"template", "TEMPLATE"},
                                                       {"save", "NAME"}});

const char* value_name(const CLI::Option* option) {
  for (const std::string& name : option->get_lnames())
    for (const ValueName& entry : value_names)
      if (name == entry.option) return entry.value;
  for (const std::string& name : option->get_lnames())
    if (const Policy* policy = find_policy(name)) return policy->value;
  return option->nonpositional() ? "VALUE" : "";
}

std::string without_double_blank_lines(std::string text) {
  for (size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

}  // namespace

std::string HelpFormatter::make_usage(const CLI::App* app, std::string) const {
  std::string usage = "Usage: jobctl " + app->get_name() + " [OPTION]…";
  if (app->get_name() == "start" || app->get_name() == "boot")
    usage += " -- COMMAND ARG… [--then COMMAND ARG…]…";
  else if (app->get_name() == "template")
    usage += " ACTION [TEMPLATE]…";
  else if (app->get_name() == "job")
    usage += " ACTION [NAME]…";
  else if (app->get_name() == "generate")
    usage += " [NAME]…";
  else if (app->get_name() == "find" || app->get_name() == "adopt")
    usage += " PID…";
  else if (app->get_name() != "config" && app->get_name() != "cleanup" && app->get_name() != "doctor")
    usage += " [JOB]…";
  const std::vector<std::string>& aliases = app->get_aliases();
  return usage + "\n" + (aliases.empty() ? "" : "Alias: " + join(aliases, ", ") + "\n");
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  const char* value = value_name(option);
  return option->get_items_expected_max() > 0 && *value ? std::string(" ") + value : "";
}

std::string help_of(const CLI::App& verb) {
  return without_double_blank_lines(
      HelpFormatter().make_help(&verb, verb.get_name(), CLI::AppFormatMode::Normal));
}

}  // namespace jobctl
