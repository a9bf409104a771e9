#include "job/parameter.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "job/regex.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::array<const char*, 6> type_names = {"string", "int", "path", "port", "enum", "bool"};

[[noreturn]] void refuse(const Parameter& parameter, const std::string& text, const std::string& what) {
  throw Error(Errc::usage,
              what + ": \"" + printable_ascii(text, 80) + "\" is not " + takes_in_words(parameter));
}

bool fits(const Parameter& parameter, const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;
  switch (parameter.type) {
    case ParameterType::string:
      return parameter.check.empty() || matches_whole(parameter.check, text);
    case ParameterType::path:
      return !text.empty();
    case ParameterType::boolean:
      return text == "true" || text == "false";
    case ParameterType::choice:
      return std::find(parameter.values.begin(), parameter.values.end(), text) != parameter.values.end();
    case ParameterType::port:
      return parse_number<uint16_t>(text).value_or(0) > 0;
    case ParameterType::integer:
      break;
  }
  const auto number = parse_number<int64_t>(text);
  return number && *number >= parameter.least.value_or(*number) &&
         *number <= parameter.most.value_or(*number);
}

std::string whole_path(const Parameter& parameter, const std::string& text, const PathBase& base,
                       const std::string& what) {
  if (text == "~" || text.starts_with("~/")) return base.home + text.substr(1);
  if (text.starts_with('/')) return text;
  if (base.folder.empty() && text == parameter.standard)
    throw Error(Errc::usage,
                what + ": needs a value here: its default \"" + text + "\" is relative to whoever starts it",
                parameter.name + " = \"/…\" below [with]");
  if (base.folder.empty()) refuse(parameter, text, what);
  return text == "." ? base.folder : base.folder + "/" + text;
}

}  // namespace

const char* to_string(ParameterType type) {
  return type_names[static_cast<size_t>(type)];
}

std::optional<ParameterType> parse_parameter_type(const std::string& text) {
  const auto found = std::find(type_names.begin(), type_names.end(), text);
  if (found == type_names.end()) return std::nullopt;
  return static_cast<ParameterType>(found - type_names.begin());
}

std::string takes_in_words(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::integer:
      if (!parameter.least && !parameter.most) return "a whole number";
      if (!parameter.most) return "a whole number of " + std::to_string(*parameter.least) + " or more";
      if (!parameter.least) return "a whole number of " + std::to_string(*parameter.most) + " or less";
      return "a whole number from " + std::to_string(*parameter.least) + " to " +
             std::to_string(*parameter.most);
    case ParameterType::path:
      return "a path (absolute, or below ~/)";
    case ParameterType::port:
      return "a port from 1 to 65535";
    case ParameterType::choice:
      return "one of " + join(parameter.values, ", ");
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::string:
      break;
  }
  return parameter.check.empty() ? "a text" : "a text that matches " + parameter.check;
}

std::optional<std::string> parameter_value(const Parameter& parameter, const std::string& text,
                                           const PathBase& base, const std::string& what) {
  if (!fits(parameter, text)) refuse(parameter, text, what);
  if (parameter.type == ParameterType::path) return whole_path(parameter, text, base, what);
  if (parameter.type == ParameterType::boolean)
    return text == "true" ? std::optional(parameter.flag) : std::nullopt;
  return text;
}

}  // namespace jobctl
