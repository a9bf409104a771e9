#include "config/config.hpp"

#include <algorithm>
#include <cstdlib>

#include "config/setting.hpp"
#include "job/definition.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

[[noreturn]] void complain(const Setting& setting, const std::string& why, const std::string& hint = "") {
  throw Error(Errc::usage, setting.origin + ": " + why, hint);
}

[[noreturn]] void complain_about_value(const Setting& setting, const std::string& why,
                                       const std::string& hint = "") {
  complain(setting, "\"" + printable_ascii(setting.value, 80) + "\" " + why, hint);
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = closest(word, candidates);
  return near.empty() ? "" : "did you mean " + near + "?";
}

std::string parse_directory(const Setting& setting) {
  std::string path = setting.value;
  if (path == "~" || path.starts_with("~/")) path = home_directory() + path.substr(1);
  if (!path.starts_with('/') || path.find('\0') != std::string::npos)
    complain_about_value(setting, "is not an absolute path");
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Linger parse_linger(const Setting& setting) {
  if (setting.value == "always") return Linger::always;
  if (setting.value == "ask") return Linger::ask;
  if (setting.value == "never") return Linger::never;
  complain_about_value(setting, "is none of always, ask, never",
                       did_you_mean(setting.value, {"always", "ask", "never"}));
}

// "a" or "ctrl-p": one byte as a terminal sends it.
bool is_key(const std::string& text) {
  const bool control = text.starts_with("ctrl-");
  if (text.size() != (control ? 6 : 1)) return false;
  const char c = text.back();
  return control ? (c >= 'a' && c <= 'z') || std::string_view("@[\\]^_").find(c) != std::string_view::npos
                 : c > ' ' && c <= '~';
}

std::string parse_detach_keys(const Setting& setting) {
  const auto keys = split(setting.value, ',');
  if (!std::all_of(keys.begin(), keys.end(), is_key))
    complain_about_value(setting, "is not a sequence of keys (for example ctrl-p,ctrl-q)");
  return setting.value;
}

// ---- the keys there are

struct Key {
  const char* name;
  const char* variable;
  bool may_be_number;
  void (*apply)(Config&, const Setting&);
  const char* standard;  // "": worked out
};

constexpr Key keys[] = {
    {"logs", "JOBCTL_LOGS", false, [](Config& c, const Setting& s) { c.paths.logs = parse_directory(s); },
     ""},
    {"linger", "JOBCTL_LINGER", false, [](Config& c, const Setting& s) { c.linger = parse_linger(s); },
     "always"},
    {"stop_timeout", "JOBCTL_STOP_TIMEOUT", true,
     [](Config& c, const Setting& s) { c.stop_timeout = parse_duration(s.value, s.origin); }, "10s"},
    {"detach_keys", "JOBCTL_DETACH_KEYS", false,
     [](Config& c, const Setting& s) { c.detach_keys = parse_detach_keys(s); }, "ctrl-p,ctrl-q"},
};

const Key& find_key(const Setting& setting) {
  std::vector<std::string> names;
  for (const Key& key : keys) {
    if (setting.key == key.name) return key;
    names.emplace_back(key.name);
  }
  const std::string near = did_you_mean(setting.key, names);
  complain(setting, "unknown key", near.empty() ? "the keys are " + join(names, ", ") : near);
}

// Without the key, which stands beside it.
std::string place_of(const Setting& setting) {
  return setting.origin.substr(0, setting.origin.find(": "));
}

void note(Config& config, const Key& key, const std::string& value, const std::string& origin) {
  for (EffectiveValue& entry : config.values)
    if (entry.key == key.name) entry = {key.name, value, origin};
}

// ---- [start]

const Policy& find_start_policy(const Setting& setting) {
  if (const Policy* policy = find_policy_by_key(setting.key)) return *policy;
  std::vector<std::string> names;
  for (const Policy& policy : policies()) names.push_back(key_of(policy));
  const std::string near = closest(setting.key, names);
  complain(setting, "unknown key",
           near.empty() ? "the keys are the options of jobctl start, such as memory"
                        : "did you mean " + near + "?");
}

void apply_start(Config& config, const Setting& setting) {
  const Policy& policy = find_start_policy(setting);
  if (policy.of_one_job) complain(setting, "is one job's and can't be every job's");
  const bool is_list = setting.type == SettingType::list && policy.repeatable;
  if (!is_list && setting.type != SettingType::text && setting.type != SettingType::number)
    complain(setting,
             policy.repeatable ? "must be a string or a list of strings" : "must be a string or a number");
  std::erase_if(config.start, [&](const StartDefault& entry) { return entry.policy == &policy; });
  JobSpec scratch;
  for (const std::string& text : is_list ? setting.values : std::vector{setting.value}) {
    policy.set(scratch, text, setting.origin);
    config.start.push_back({&policy, text, place_of(setting)});
  }
}

// ---- [cleanup]

struct CleanupList {
  const char* key;
  std::vector<std::string> CleanupConfig::*member;
};
constexpr CleanupList cleanup_lists[] = {
    {"match", &CleanupConfig::match}, {"exe", &CleanupConfig::exe}, {"marker", &CleanupConfig::marker}};

std::vector<std::string> cleanup_texts(const Setting& setting) {
  const bool is_list = setting.type == SettingType::list;
  if (!is_list && setting.type != SettingType::text)
    complain(setting, "must be a string or a list of strings");
  const std::vector<std::string> texts = is_list ? setting.values : std::vector{setting.value};
  for (const std::string& text : texts)
    if (text.empty()) complain(setting, "an empty text fits nothing");
  return texts;
}

Duration cleanup_timeout(const Setting& setting) {
  if (setting.type != SettingType::text && setting.type != SettingType::number)
    complain(setting, "must be a string or a number");
  const auto timeout = parse_duration(setting.value, setting.origin);
  if (!timeout) complain(setting, "infinity is too long");
  return *timeout;
}

void note_cleanup(CleanupConfig& cleanup, const Setting& setting, const std::vector<std::string>& texts) {
  std::erase_if(cleanup.values, [&](const auto& value) { return value.key == setting.key; });
  cleanup.values.push_back({setting.key, texts, place_of(setting)});
}

void apply_cleanup(CleanupConfig& cleanup, const Setting& setting) {
  if (setting.key == "timeout") {
    cleanup.timeout = cleanup_timeout(setting);
    return note_cleanup(cleanup, setting, {setting.value});
  }
  for (const CleanupList& list : cleanup_lists)
    if (setting.key == list.key) {
      cleanup.*list.member = cleanup_texts(setting);
      return note_cleanup(cleanup, setting, cleanup.*list.member);
    }
  const std::string near = did_you_mean(setting.key, {"match", "exe", "marker", "timeout"});
  complain(setting, "unknown key", near.empty() ? "the keys are match, exe, marker, timeout" : near);
}

void apply(Config& config, const Setting& setting) {
  if (setting.table == "start") return apply_start(config, setting);
  if (setting.table == "cleanup") return apply_cleanup(config.cleanup, setting);
  if (!setting.table.empty())
    complain(setting, "unknown table " + printable_ascii(setting.table, 40),
             "the tables are [start] and [cleanup]");
  const Key& key = find_key(setting);
  const bool fits =
      setting.type == SettingType::text || (setting.type == SettingType::number && key.may_be_number);
  if (!fits) complain(setting, key.may_be_number ? "must be a string or a number" : "must be a string");
  key.apply(config, setting);
  note(config, key, setting.value, place_of(setting));
}

void apply_environment(Config& config) {
  for (const Key& key : keys) {
    const char* value = std::getenv(key.variable);
    if (!value || !*value) continue;
    key.apply(config, {key.name, value, SettingType::text, key.variable});
    note(config, key, value, key.variable);
  }
}

}  // namespace

Config load_config(bool system) {
  return load_config(system, config_files());
}

Config load_config(bool system, const std::vector<std::string>& files) {
  Config config;
  config.paths = default_paths(system);
  for (const Key& key : keys)
    config.values.push_back({key.name, *key.standard ? key.standard : config.paths.logs, "default"});
  for (const std::string& file : files)
    for (const Setting& setting : read_settings(file)) apply(config, setting);
  apply_environment(config);
  return config;
}

}  // namespace jobctl
