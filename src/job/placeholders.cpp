#include "job/placeholders.hpp"

#include <algorithm>
#include <functional>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& what, const std::string& why) {
  throw Error(Errc::usage, what + ": " + why + " in \"" + printable_ascii(text, 80) + "\"",
              "{NAME} is a parameter; a brace is written {{ or }}");
}

// Calls back for each piece of plain text and each parameter. Returns what is wrong, "" if nothing is.
std::string walk(const std::string& text, const std::function<void(std::string_view)>& plain,
                 const std::function<void(const std::string&)>& parameter) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t brace = rest.find_first_of("{}");
    plain(rest.substr(0, brace));
    if (brace == std::string_view::npos) return "";
    rest.remove_prefix(brace);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      plain(rest.substr(0, 1));
      rest.remove_prefix(2);
      continue;
    }
    if (rest.front() == '}') return "a } without {";
    const size_t end = rest.find('}');
    if (end == std::string_view::npos) return "a { without }";
    const std::string name(rest.substr(1, end - 1));
    if (!is_parameter_name(name)) return "{" + printable_ascii(name, 40) + "} is no parameter's name";
    parameter(name);
    rest.remove_prefix(end + 1);
  }
  return "";
}

}  // namespace

bool is_parameter_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::vector<std::string> placeholders(const std::string& text, const std::string& what) {
  std::vector<std::string> names;
  const std::string wrong = walk(
      text, [](std::string_view) {}, [&](const std::string& name) { names.push_back(name); });
  if (!wrong.empty()) refuse(text, what, wrong);
  return names;
}

std::optional<std::string> fill_in(const std::string& text,
                                   const std::map<std::string, std::string>& values) {
  std::string filled;
  bool has_all = true;
  walk(
      text, [&](std::string_view plain) { filled += plain; },
      [&](const std::string& name) {
        const auto value = values.find(name);
        has_all = has_all && value != values.end();
        if (value != values.end()) filled += value->second;
      });
  return has_all ? std::optional(filled) : std::nullopt;
}

}  // namespace jobctl
