// jobctl config: what holds where the command line says nothing, and where that is said.
#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "commands/start_defaults.hpp"
#include "commands/verb.hpp"
#include "job/definition.hpp"
#include "output/json.hpp"

namespace jobctl {

namespace {

// A line of a configuration file; JSON's strings, and lists of them, are TOML's as well.
std::string line_of(const std::string& key, const nlohmann::ordered_json& value) {
  return key + " = " + json_text(value);
}

struct TableValue {
  std::string key;
  nlohmann::ordered_json value;  // a list where it may be given more than once
  std::string origin;
};

std::vector<TableValue> start_values(const Config& config) {
  std::vector<TableValue> values;
  const Policy* before = nullptr;
  for (const StartDefault& entry : config.start) {
    if (!entry.policy->repeatable)
      values.push_back({key_of(*entry.policy), entry.text, entry.origin});
    else if (entry.policy == before)
      values.back().value.push_back(entry.text);
    else
      values.push_back({key_of(*entry.policy), nlohmann::ordered_json::array({entry.text}), entry.origin});
    before = entry.policy;
  }
  return values;
}

std::vector<TableValue> cleanup_values(const Config& config) {
  std::vector<TableValue> values;
  for (const CleanupConfig::Value& entry : config.cleanup.values) {
    if (entry.key == "timeout")
      values.push_back({entry.key, entry.texts.front(), entry.origin});
    else
      values.push_back({entry.key, entry.texts, entry.origin});
  }
  return values;
}

void print(const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t width = 0;
  for (const auto& [line, origin] : lines) width = std::max(width, line.size());
  for (const auto& [line, origin] : lines) {
    std::cout << line;
    if (!origin.empty()) std::cout << std::string(width - line.size(), ' ') << "  # " << origin;
    std::cout << '\n';
  }
}

void print_lines(const Config& config) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const EffectiveValue& entry : config.values)
    lines.emplace_back(line_of(entry.key, entry.value), entry.origin);
  const auto add_table = [&](const char* title, const std::vector<TableValue>& values) {
    if (!values.empty()) lines.emplace_back(title, "");
    for (const TableValue& entry : values) lines.emplace_back(line_of(entry.key, entry.value), entry.origin);
  };
  add_table("\n[start]", start_values(config));
  add_table("\n[cleanup]", cleanup_values(config));
  print(lines);
}

void print_json(const Config& config) {
  auto json = nlohmann::ordered_json::object();
  for (const EffectiveValue& entry : config.values)
    json[entry.key] = {{"value", entry.value}, {"origin", entry.origin}};
  const auto add_table = [&](const char* name, const std::vector<TableValue>& values) {
    json[name] = nlohmann::ordered_json::object();
    for (const TableValue& entry : values)
      json[name][entry.key] = {{"value", entry.value}, {"origin", entry.origin}};
  };
  add_table("start", start_values(config));
  add_table("cleanup", cleanup_values(config));
  std::cout << json_text(json) << '\n';
}

// What only together makes no sense is wrong for every job that says nothing else.
void check_start(const Config& config) {
  JobSpec spec;
  set_defaults(spec, {}, config);
}

}  // namespace

Verb add_config(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("config", "show the configuration in force, and where it is set");
  auto format = std::make_shared<std::string>("text");
  verb->add_option("-o,--output", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Example:\n  jobctl config | grep stop_timeout\n"
      "The files are /etc/jobctl/config.toml and ~/.config/jobctl/config.toml; jobctl.toml(5) explains the "
      "keys.");
  return {verb, [format](Context& context) {
            *format == "json" ? print_json(context.config()) : print_lines(context.config());
            check_start(context.config());
            return 0;
          }};
}

}  // namespace jobctl
