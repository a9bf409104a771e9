#include "config/setting.hpp"

#include "config/toml_tree.hpp"

namespace jobctl {
namespace {

// SettingType::other where the list holds anything else than texts and numbers.
void set_list(Setting& setting, const TomlNode& list) {
  setting.type = SettingType::list;
  for (const TomlNode& item : list.children) {
    if (!item.is_plain()) setting.type = SettingType::other;
    setting.values.push_back(item.text);
  }
}

Setting to_setting(const TomlNode& node, const std::string& table) {
  Setting setting;
  setting.table = table;
  setting.key = node.key;
  setting.origin =
      node.file + ":" + std::to_string(node.line) + ": " + (table.empty() ? "" : table + ".") + setting.key;
  setting.type = node.type == TomlNode::Type::text     ? SettingType::text
                 : node.type == TomlNode::Type::number ? SettingType::number
                                                       : SettingType::other;
  if (node.is_plain()) setting.value = node.text;
  if (node.type == TomlNode::Type::list) set_list(setting, node);
  return setting;
}

std::vector<Setting> to_settings(const TomlNode& document) {
  std::vector<Setting> settings;
  for (const TomlNode& node : document.children) {
    if (node.type != TomlNode::Type::table) {
      settings.push_back(to_setting(node, ""));
      continue;
    }
    if (node.children.empty()) settings.push_back(to_setting(node, node.key));
    for (const TomlNode& inner : node.children) settings.push_back(to_setting(inner, node.key));
  }
  return settings;
}

}  // namespace

std::vector<Setting> read_settings(const std::string& file) {
  return to_settings(read_toml_if_any(file));
}

std::vector<Setting> parse_settings(const std::string& text, const std::string& file) {
  return to_settings(parse_toml(text, file));
}

}  // namespace jobctl
