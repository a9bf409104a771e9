#include "job/probe.hpp"

#include <algorithm>

#include "job/regex.hpp"
#include "job/url.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& text, const std::string& why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 80) + "\" " + why);
}

// "http://…=204": what is expected stands behind the last '='; behind a '?' that is the query's own.
Probe parse_http(const std::string& text, const std::string& what) {
  constexpr size_t digits = 3;
  Probe probe{ProbeKind::http, text, 0};
  const size_t equals = text.rfind('=');
  const bool has_query = text.find('?') != std::string::npos;
  if (!has_query && equals != std::string::npos && equals + 1 + digits == text.size()) {
    if (const auto status = parse_number<int>(text.substr(equals + 1))) {
      if (*status < 100 || *status > 599)
        refuse(what, text, "expects a status that isn't one from 100 to 599");
      probe = {ProbeKind::http, text.substr(0, equals), *status};
    }
  }
  check_url(probe.target, what);
  return probe;
}

Probe parse_tcp(const std::string& text, const std::string& what) {
  const std::string target = text == "tcp" ? "" : text.substr(4);
  if (text != "tcp" && target.find_first_not_of("0123456789") == std::string::npos) parse_port(target, what);
  return {ProbeKind::tcp, target, 0};
}

const Port* find_port(const std::string& name, const std::vector<Port>& ports) {
  for (const Port& port : ports)
    if (name.empty() || port.name == name) return &port;
  return nullptr;
}

// What stands for ports that are chosen later is a port.
std::string example_url(const Probe& probe, std::vector<Port> ports) {
  for (Port& port : ports)
    if (port.number == 0) port.number = first_auto_port;
  return url_of(probe, ports);
}

}  // namespace

Probe parse_probe(const std::string& text, const std::string& what) {
  if (text == "notify") return {ProbeKind::notify, "", 0};
  if (text == "tcp" || text.starts_with("tcp:")) return parse_tcp(text, what);
  if (is_http(text)) return parse_http(text, what);
  if (text.starts_with("log:") && text.size() > 4) {
    check_regex(text.substr(4), what);
    return {ProbeKind::log, text.substr(4), 0};
  }
  if (text.starts_with("exec:")) {
    const auto command = shell_split(text.substr(5));
    if (!command || command->empty()) refuse(what, text, "has no command, or a quote that isn't closed");
    return {ProbeKind::exec, text.substr(5), 0};
  }
  refuse(what, text, "is none of tcp:PORT, http://…[=CODE], log:REGEX, exec:COMMAND, notify");
}

std::string probe_text(const Probe& probe) {
  switch (probe.kind) {
    case ProbeKind::tcp:
      return probe.target.empty() ? "tcp" : "tcp:" + probe.target;
    case ProbeKind::http:
      return probe.target + (probe.status ? "=" + std::to_string(probe.status) : "");
    case ProbeKind::exec:
      return "exec:" + probe.target;
    case ProbeKind::log:
      return "log:" + probe.target;
    case ProbeKind::notify:
      break;
  }
  return "notify";
}

void check_probe(const Probe& probe, const std::vector<Port>& ports, const std::string& what) {
  if (probe.kind == ProbeKind::http) {
    const std::string url = example_url(probe, ports);
    if (url.find("{PORT") != std::string::npos)
      refuse(what, probe.target, "names a port that this job doesn't have");
    check_whole_url(url, what);
  }
  if (probe.kind != ProbeKind::tcp || parse_number<uint16_t>(probe.target) || find_port(probe.target, ports))
    return;
  if (probe.target.empty())
    throw Error(Errc::usage, what + ": tcp means the job's port, and it has none",
                "add --port PORT, or say tcp:PORT");
  refuse(what, "tcp:" + probe.target, "names no port of this job");
}

uint16_t port_of(const Probe& probe, const std::vector<Port>& ports) {
  if (const auto number = parse_number<uint16_t>(probe.target)) return *number;
  const Port* port = find_port(probe.target, ports);
  return port ? port->number : 0;
}

std::string url_of(const Probe& probe, const std::vector<Port>& ports) {
  std::string url = probe.target;
  for (const std::string& variable : port_variables(ports)) {
    const size_t equals = variable.find('=');
    const std::string place = "{" + variable.substr(0, equals) + "}";
    for (size_t at; (at = url.find(place)) != std::string::npos;)
      url.replace(at, place.size(), variable.substr(equals + 1));
  }
  return url;
}

}  // namespace jobctl
