// One setting as a person wrote it, and where: so that every complaint can name the line.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

enum class SettingType { text, number, list, other };  // list: of texts and numbers

struct Setting {
  std::string key;    // "memory"
  std::string value;  // "" for SettingType::list and SettingType::other
  SettingType type = SettingType::text;
  std::string origin;                    // "/etc/jobctl/config.toml:3: stop_timeout" or "JOBCTL_STOP_TIMEOUT"
  std::string table = {};                // "start"; "" for keys above all tables
  std::vector<std::string> values = {};  // of a list
};

// The keys of a TOML file, those of its tables included; none where there is no file. Throws Error for syntax
// errors.
std::vector<Setting> read_settings(const std::string& file);

// The same of a text; `file` is where it is from.
std::vector<Setting> parse_settings(const std::string& text, const std::string& file);

}  // namespace jobctl
