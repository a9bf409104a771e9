#include "job/ports.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr size_t longest_name = 32;

bool is_name(const std::string& text) {
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), belongs);
}

// Of an environment variable: upper case, and no dashes.
std::string variable_of(const std::string& name) {
  std::string variable = name;
  for (char& c : variable) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  return variable;
}

}  // namespace

Port parse_port(const std::string& text, const std::string& what) {
  const size_t equals = text.find('=');
  const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
  const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
  const auto parsed = number == "auto" ? uint16_t{0} : parse_number<uint16_t>(number);
  if (!parsed || (*parsed == 0 && number != "auto"))
    throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 40) +
                                 "\" is not a port (1 to 65535), auto or NAME=PORT");
  if (equals != std::string::npos && !is_name(name))
    throw Error(Errc::usage, what + ": \"" + printable_ascii(name, 40) + "\" is not a name of at most " +
                                 std::to_string(longest_name) + " letters, digits, _ and -");
  return {name, *parsed};
}

std::string port_text(const Port& port) {
  return (port.name.empty() ? "" : port.name + "=") +
         (port.number == 0 ? "auto" : std::to_string(port.number));
}

std::string ports_text(const std::vector<Port>& ports) {
  std::vector<std::string> texts;
  for (const Port& port : ports) texts.push_back(port_text(port));
  return join(texts, ",");
}

std::vector<Port> parse_ports(const std::string& text) {
  std::vector<Port> ports;
  for (const std::string& part : split(text, ',')) {
    try {
      ports.push_back(parse_port(part, ""));
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a record may be damaged
    }
  }
  return ports;
}

std::vector<std::string> port_variables(const std::vector<Port>& ports) {
  std::vector<std::string> variables;
  for (const Port& port : ports) {
    const std::string value = "=" + std::to_string(port.number);
    if (port.name.empty() || &port == &ports.front()) variables.push_back("PORT" + value);
    if (!port.name.empty()) variables.push_back("PORT_" + variable_of(port.name) + value);
  }
  return variables;
}

void check_ports(const std::vector<Port>& ports) {
  for (size_t i = 0; i < ports.size(); ++i) {
    for (size_t j = i + 1; j < ports.size(); ++j) {
      const Port &one = ports[i], &other = ports[j];
      if (variable_of(one.name) == variable_of(other.name))
        throw Error(Errc::usage,
                    one.name.empty() ? "--port: only one port can be without a name"
                                     : "--port: two ports are named " + other.name,
                    "for example: --port 8501 --port admin=8502");
      if (one.number != 0 && one.number == other.number)
        throw Error(Errc::usage, "--port: " + std::to_string(one.number) + " is given twice");
    }
  }
}

}  // namespace jobctl
