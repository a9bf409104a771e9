// "{name}" in a template's texts stands for a parameter's value; "{{" and "}}" are braces.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jobctl {

// The parameters' names, in order. Throws Error{usage}, which begins with `what`, for a brace that is alone.
std::vector<std::string> placeholders(const std::string& text, const std::string& what);

// nullopt where one of them has no value.
std::optional<std::string> fill_in(const std::string& text, const std::map<std::string, std::string>& values);

bool is_parameter_name(std::string_view name);  // [a-z][a-z0-9_-]*

}  // namespace jobctl
