// A TOML document (toml.io, 1.0) as a tree of texts in the document's order, each with its place, so that
// every complaint can name it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jobctl {

struct TomlNode {
  enum class Type { text, number, boolean, list, table, other };

  Type type = Type::table;
  std::string key;                 // "" for the document and for items of a list
  std::string text;                // of a text, a number, a boolean ("true")
  std::vector<TomlNode> children;  // of a list or table
  std::string file;
  unsigned line = 1, column = 1;

  const TomlNode* find(std::string_view name) const;
  bool is_plain() const { return type == Type::text || type == Type::number; }
  std::string place() const;  // "FILE:LINE:COLUMN"
};

// Throws Error{usage} for what is no TOML.
TomlNode parse_toml(const std::string& text, const std::string& file);

// For root the file must be root's. Throws Error.
TomlNode read_toml(const std::string& path);

// An empty table where there is no file; and for root, where it is somebody else's.
TomlNode read_toml_if_any(const std::string& path);

// The files NAME.toml in a folder, by name; none where there is no folder.
std::vector<std::string> toml_files(const std::string& folder);

// The name that a file gives to what it describes: "mine" of "/a/mine.toml".
std::string name_of_toml(const std::string& file);

// Keys of `above` replace those of the same name; tables are laid over each other.
void lay_over(TomlNode& below, const TomlNode& above);

}  // namespace jobctl
