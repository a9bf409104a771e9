#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/stat.h>

#include "config/setting.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

// toml++ 3.3 with assertions aborts at "[$", which its parser reports as an error without them.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

namespace jobctl {
namespace {

// Under sudo HOME may be the caller's, and root must not be told where to write by another user's file.
bool is_trusted(const Fd& file) {
  struct stat status {};
  return fstat(file.get(), &status) == 0 && (geteuid() != 0 || status.st_uid == 0);
}

std::string read_if_trusted(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!file) throw_errno("could not open " + path, errno);
  return is_trusted(file) ? read_all(file.get(), path) : std::string();
}

std::string place(const std::string& file, const toml::source_region& region) {
  return file + ":" + std::to_string(region.begin.line) + ": ";
}

// As people write it: 1.5, not 1.500000.
std::string number_text(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

bool is_plain(const toml::node& value) {
  return value.is_string() || value.is_number();
}

std::string text_of(const toml::node& value) {
  if (value.is_string()) return value.as_string()->get();
  if (value.is_integer()) return std::to_string(value.as_integer()->get());
  return value.is_floating_point() ? number_text(value.as_floating_point()->get()) : std::string();
}

// SettingType::other where the list holds anything else.
void set_list(Setting& setting, const toml::array& list) {
  setting.type = SettingType::list;
  for (const toml::node& item : list) {
    if (!is_plain(item)) setting.type = SettingType::other;
    setting.values.push_back(text_of(item));
  }
}

Setting to_setting(const std::string& file, const std::string& table, const toml::key& key,
                   const toml::node& value) {
  Setting setting;
  setting.table = table;
  setting.key = key.str();
  setting.origin = place(file, key.source()) + (table.empty() ? "" : table + ".") + setting.key;
  setting.type = value.is_string()   ? SettingType::text
                 : value.is_number() ? SettingType::number
                                     : SettingType::other;
  setting.value = text_of(value);
  if (const toml::array* list = value.as_array()) set_list(setting, *list);
  return setting;
}

toml::table parse(const std::string& file, const std::string& text) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw Error(Errc::usage,
                place(file, error.source()) + "not valid TOML: " + std::string(error.description()),
                "strings stand between quotes: logs = \"/data/logs\"");
  }
}

}  // namespace

std::vector<Setting> read_settings(const std::string& file) {
  const std::string text = read_if_trusted(file);
  if (text.empty()) return {};
  std::vector<Setting> settings;
  const toml::table all = parse(file, text);
  for (const auto& [key, value] : all) {
    const toml::table* table = value.as_table();
    if (!table) settings.push_back(to_setting(file, "", key, value));
    if (table && table->empty()) settings.push_back(to_setting(file, std::string(key.str()), key, value));
    for (const auto& [name, inner] : table ? *table : toml::table())
      settings.push_back(to_setting(file, std::string(key.str()), name, inner));
  }
  return settings;
}

}  // namespace jobctl
