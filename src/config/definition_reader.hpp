// A job's definition out of a TOML table: what templates and job files have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/toml_tree.hpp"
#include "job/definition.hpp"

namespace jobctl {

// What a text in the file stands for; nullopt: it is left out, and so is what has nothing else.
using Fill = std::function<std::optional<std::string>(const TomlNode&)>;

// As it stands there.
std::optional<std::string> as_written(const TomlNode& node);

// Throws Error{usage} that names file, line and column, for unknown keys and for values that can't be meant.
// `others`: keys of the table that are the caller's business.
Definition read_definition(const TomlNode& table, const std::vector<std::string>& others, const Fill& fill);

// "FILE:LINE:COLUMN: KEY" (an item of a list has no key), what complaints about it begin with.
std::string place_and_key(const TomlNode& node);
[[noreturn]] void complain(const TomlNode& node, const std::string& why, const std::string& hint = "");

// Throw for a value of another type.
const std::string& text_value(const TomlNode& node);
bool flag_value(const TomlNode& node);

// Throws for a key of the table that isn't among the names.
void refuse_unknown_keys(const TomlNode& table, const std::vector<std::string>& names);

}  // namespace jobctl
