// What a template lets its user choose: a name, a type, and what its value may be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jobctl {

enum class ParameterType { string, integer, path, port, choice, boolean };

const char* to_string(ParameterType type);  // "string", "int", "path", "port", "enum", "bool"
std::optional<ParameterType> parse_parameter_type(const std::string& text);

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::string;
  std::string help;
  bool required = false;
  std::optional<std::string> standard;  // as it is written: its default
  std::vector<std::string> values;      // of a choice
  std::optional<int64_t> least, most;   // of an integer
  std::string check;                    // of a string: what it must match as a whole; regex(7), extended
  std::string flag = "true";            // of a boolean: what it stands for when it is true
  std::string origin;                   // "FILE:LINE:COLUMN"
};

// What paths begin with that don't begin with /.
struct PathBase {
  std::string home;    // for ~/
  std::string folder;  // for all others; "": they are refused
};

// What a placeholder for it stands for: paths are absolute; nullopt for a boolean that is false. Throws
// Error{usage} that begins with `what`.
std::optional<std::string> parameter_value(const Parameter& parameter, const std::string& text,
                                           const PathBase& base, const std::string& what);

// "a port from 1 to 65535", "one of a, b": what it takes, for people.
std::string takes_in_words(const Parameter& parameter);

}  // namespace jobctl
