#include "config/toml_tree.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>

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

Fd open_file(const std::string& path) {
  return Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// As people write it: 1.5, not 1.500000.
std::string number_text(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

using Type = TomlNode::Type;

Type type_of(const toml::node& value) {
  if (value.is_table()) return Type::table;
  if (value.is_array()) return Type::list;
  if (value.is_string()) return Type::text;
  if (value.is_number()) return Type::number;
  return value.is_boolean() ? Type::boolean : Type::other;
}

std::string text_of(const toml::node& value) {
  if (value.is_string()) return value.as_string()->get();
  if (value.is_integer()) return std::to_string(value.as_integer()->get());
  if (value.is_floating_point()) return number_text(value.as_floating_point()->get());
  return value.is_boolean() ? (value.as_boolean()->get() ? "true" : "false") : "";
}

TomlNode to_node(const toml::node& value, const toml::source_position& begin, const std::string& file) {
  TomlNode node;
  node.type = type_of(value);
  node.text = text_of(value);
  node.file = file;
  node.line = begin.line;
  node.column = begin.column;
  if (const toml::array* list = value.as_array())
    for (const toml::node& item : *list) node.children.push_back(to_node(item, item.source().begin, file));
  if (const toml::table* table = value.as_table())
    for (const auto& [key, inner] : *table) {
      node.children.push_back(to_node(inner, key.source().begin, file));
      node.children.back().key = key.str();
    }
  if (node.type == Type::table)
    std::stable_sort(node.children.begin(), node.children.end(), [](const TomlNode& a, const TomlNode& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
  return node;
}

std::string place_of(const std::string& file, const toml::source_position& position) {
  return file + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

}  // namespace

const TomlNode* TomlNode::find(std::string_view name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const TomlNode& child) { return child.key == name; });
  return type == Type::table && found != children.end() ? &*found : nullptr;
}

std::string TomlNode::place() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

TomlNode parse_toml(const std::string& text, const std::string& file) {
  try {
    return to_node(toml::parse(text, file), {1, 1}, file);
  } catch (const toml::parse_error& error) {
    throw Error(
        Errc::usage,
        place_of(file, error.source().begin) + ": not valid TOML: " + std::string(error.description()),
        "strings stand between quotes: key = \"text\"");
  }
}

TomlNode read_toml(const std::string& path) {
  const Fd file = open_file(path);
  if (!file) throw_errno("could not open " + path, errno);
  if (!is_trusted(file)) throw Error(Errc::failed, path + " is not root's: root doesn't follow it");
  return parse_toml(read_all(file.get(), path), path);
}

TomlNode read_toml_if_any(const std::string& path) {
  const Fd file = open_file(path);
  const bool is_absent = !file && (errno == ENOENT || errno == ENOTDIR);
  return is_absent || (file && !is_trusted(file)) ? parse_toml("", path) : read_toml(path);
}

std::vector<std::string> toml_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".toml" && !entry.is_directory(error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void lay_over(TomlNode& below, const TomlNode& above) {
  for (const TomlNode& child : above.children) {
    const auto present = std::find_if(below.children.begin(), below.children.end(),
                                      [&](const TomlNode& other) { return other.key == child.key; });
    if (present == below.children.end())
      below.children.push_back(child);
    else if (present->type == Type::table && child.type == Type::table)
      lay_over(*present, child);
    else
      *present = child;
  }
}

}  // namespace jobctl
