// A question whose answer tells whether a job is ready, or healthy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/ports.hpp"
#include "util/time.hpp"

namespace jobctl {

enum class ProbeKind {
  tcp,     // somebody accepts connections on a port of this machine
  http,    // a GET is answered with a status
  exec,    // a command exits with 0
  log,     // a line of the job's log matches
  notify,  // the job says READY=1 itself, sd_notify(3)
};

struct Probe {
  ProbeKind kind = ProbeKind::tcp;
  std::string target;  // port or its name ("": PORT), URL, command line, regular expression
  int status = 0;      // of http; 0: any from 200 to 399

  bool operator==(const Probe&) const = default;
};

// "tcp", "tcp:8501", "tcp:NAME", "http://…", "http://…=204", "exec:CMD", "log:REGEX", "notify". In a URL
// {PORT} and {PORT_NAME} stand for the job's ports. Throws Error{usage} that begins with `what`.
Probe parse_probe(const std::string& text, const std::string& what);
std::string probe_text(const Probe& probe);

// Throws Error{usage} where the probe means a port that the job doesn't have.
void check_probe(const Probe& probe, const std::vector<Port>& ports, const std::string& what);

// The port of a tcp probe, the URL of an http probe, of a job that was given these ports.
uint16_t port_of(const Probe& probe, const std::vector<Port>& ports);
std::string url_of(const Probe& probe, const std::vector<Port>& ports);

struct Readiness {
  std::optional<Probe> probe;  // none: the job is ready when its program runs
  std::optional<Duration> timeout;

  static constexpr Duration default_timeout = std::chrono::minutes(5);
  Duration patience() const { return timeout.value_or(default_timeout); }
  // By a probe of ours, instead of being told.
  bool is_asked() const { return probe && probe->kind != ProbeKind::notify; }
  bool is_told() const { return probe && probe->kind == ProbeKind::notify; }
  bool operator==(const Readiness&) const = default;
};

}  // namespace jobctl
