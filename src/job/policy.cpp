#include "job/policy.hpp"

#include <algorithm>

#include "job/url.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Texts = std::vector<std::string>;

template <class Value, class Write>
Texts text_of(const std::optional<Value>& value, Write write) {
  return value ? Texts{write(*value)} : Texts{};
}

template <class Number>
Texts text_of(const std::optional<Number>& value) {
  return text_of(value, [](Number number) { return std::to_string(number); });
}

template <class Number>
Number number_between(const std::string& text, const std::string& what, Number least, Number most) {
  const auto number = parse_number<Number>(text);
  if (number && *number >= least && *number <= most) return *number;
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 40) + "\" is not a number from " +
                               std::to_string(least) + " to " + std::to_string(most));
}

std::optional<Duration> time_limit(const std::string& text, const std::string& what) {
  const auto limit = parse_duration(text, what);
  if (limit && *limit <= Duration::zero()) throw Error(Errc::usage, what + ": no time at all is too little");
  return limit;
}

Texts text_of(const std::optional<Duration>& time) {
  return text_of(time, [](Duration duration) { return std::to_string(duration.count()) + "us"; });
}

Duration finite(const std::string& text, const std::string& what) {
  const auto duration = parse_duration(text, what);
  if (!duration) throw Error(Errc::usage, what + ": infinity is too long");
  return *duration;
}

Duration some_time(const std::string& text, const std::string& what) {
  const Duration duration = finite(text, what);
  if (duration < std::chrono::milliseconds(10))
    throw Error(Errc::usage, what + ": less than 10ms is too little");
  return duration;
}

Probe parse_health_probe(const std::string& text, const std::string& what) {
  const Probe probe = parse_probe(text, what);
  if (probe.kind != ProbeKind::log && probe.kind != ProbeKind::notify) return probe;
  throw Error(Errc::usage,
              what + ": " + (probe.kind == ProbeKind::log ? "log" : "notify") +
                  " tells once that a job is ready, not whether it is healthy",
              "use tcp:PORT, http://… or exec:COMMAND");
}

// At most one action, and any number of targets.
void add_on_unhealthy(JobSpec& spec, const std::string& text, const std::string& what) {
  const auto action = parse_on_unhealthy(text);
  auto& present = spec.health.on_unhealthy;
  if (!action) {
    spec.alerts.on_unhealthy.push_back(parse_alert_target(text, what, "tell, restart, kill, alert, "));
  } else if (present && *present != *action) {
    throw Error(Errc::usage, what + ": " + to_string(*present) + " and " + text + " exclude each other");
  } else {
    present = action;
  }
}

Texts texts_of(const std::vector<AlertTarget>& targets) {
  Texts texts;
  for (const AlertTarget& target : targets) texts.push_back(alert_target_text(target));
  return texts;
}

Texts on_unhealthy_texts(const JobSpec& spec) {
  Texts texts = text_of(spec.health.on_unhealthy, [](OnUnhealthy action) { return to_string(action); });
  for (std::string& text : texts_of(spec.alerts.on_unhealthy)) texts.push_back(std::move(text));
  return texts;
}

constexpr const char* limits = "Limits";
constexpr const char* restart = "Restart";
constexpr const char* ports_and_gpus = "Ports and GPUs";
constexpr const char* readiness = "Readiness";
constexpr const char* health = "Health";
constexpr const char* alerts = "Alerts";
constexpr const char* schedule = "Schedule";

constexpr const char* exclusive_times = "--at, --in, --every and --calendar exclude each other";

// systemd's calendar ends with the year 2199.
const Time last_calendar_year = from_micros(7'226'582'400'000'000);

void set_once(Schedule& schedule, Time at, const std::string& what) {
  if (schedule.at) throw Error(Errc::usage, exclusive_times);
  if (at >= last_calendar_year) throw Error(Errc::usage, what + ": that is too far away");
  schedule.at = at;
}

constexpr Policy table[] = {
    {"memory", limits, "SIZE", "memory, beyond which the kernel kills: 4G", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.memory = parse_bytes(text, what);
     },
     [](const JobSpec& s) { return text_of(s.control.memory); }},
    {"cpus", limits, "N", "CPU time, in CPUs: 2, 0.5", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.cpu_us = parse_cpus(text, what);
     },
     [](const JobSpec& s) { return text_of(s.control.cpu_us, cpus_text); }},
    {"tasks", limits, "N", "processes and threads at a time", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.tasks = number_between<uint64_t>(text, what, 1, 1 << 22);
     },
     [](const JobSpec& s) { return text_of(s.control.tasks); }},
    {"io-weight", limits, "N", "share of a busy disk, 1 to 10000; everybody's is 100", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.io_weight = number_between<uint64_t>(text, what, 1, 10000);
     },
     [](const JobSpec& s) { return text_of(s.control.io_weight); }},
    {"nice", limits, "N", "scheduling priority, -20 (first) to 19 (last)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.nice = number_between(text, what, -20, 19);
     },
     [](const JobSpec& s) { return text_of(s.control.nice); }},
    {"cpu-affinity", limits, "LIST", "the CPUs that it may run on: 0-3,8", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.cpu_affinity = parse_cpu_list(text, what);
     },
     [](const JobSpec& s) {
       return s.control.cpu_affinity.empty() ? Texts{} : Texts{cpu_list_text(s.control.cpu_affinity)};
     }},
    {"timeout", limits, "TIME", "how long a run may take: 2h; then it is stopped and has failed", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.control.time = time_limit(text, what);
     },
     [](const JobSpec& s) { return text_of(s.control.time); }},
    {"success-exit-status", restart, "LIST",
     "exit statuses and signals that are no failure, besides 0: \"3 75 SIGHUP\"", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.success = parse_exit_statuses(text, what);
     },
     [](const JobSpec& s) { return s.success.empty() ? Texts{} : Texts{exit_statuses_text(s.success)}; }},
    {"restart", restart, "WHEN", "no, on-failure[:N] or always[:N]: N restarts at most (default: no)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) { set_restart(s.restart, text, what); },
     [](const JobSpec& s) {
       return s.restart.when == RestartWhen::no ? Texts{} : Texts{restart_text(s.restart)};
     },
     nullptr, true},
    {"restart-delay", restart, "TIME",
     "before the first restart, doubled before each later one (default: 1s)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.restart.delay = finite(text, what);
     },
     [](const JobSpec& s) { return text_of(s.restart.delay); }, "restart", true},
    {"restart-max-delay", restart, "TIME", "longest time before a restart (default: 5min)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.restart.max_delay = finite(text, what);
     },
     [](const JobSpec& s) { return text_of(s.restart.max_delay); }, "restart", true},
    {"port", ports_and_gpus, "[NAME=]PORT",
     "TCP port for this job alone, told as PORT or PORT_NAME; auto: a free one; repeatable", true,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.ports.push_back(parse_port(text, what));
     },
     [](const JobSpec& s) {
       Texts texts;
       for (const Port& port : s.ports) texts.push_back(port_text(port));
       return texts;
     },
     nullptr, false, true},
    {"gpu", ports_and_gpus, "LIST",
     "GPUs for this job alone, told as CUDA_VISIBLE_DEVICES: 0,1; auto[:N]: N that nobody uses (default: 1)",
     false,
     [](JobSpec& s, const std::string& text, const std::string& what) { set_gpus(s.gpus, text, what); },
     [](const JobSpec& s) { return s.gpus.empty() ? Texts{} : Texts{gpus_text(s.gpus)}; }, nullptr, false,
     true},
    {"gpu-shared", ports_and_gpus, "", "other jobs that say so, too, may have the same GPUs", false,
     [](JobSpec& s, const std::string& text, const std::string&) { s.gpus.shared = text == "true"; },
     [](const JobSpec& s) { return s.gpus.shared ? Texts{"true"} : Texts{}; }, "gpu", false, true},
    {"ready", readiness, "PROBE",
     "starting until tcp:PORT, http://…[=CODE], log:REGEX or exec:COMMAND answers, or until it says READY=1: "
     "notify",
     false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.ready.probe = parse_probe(text, what);
     },
     [](const JobSpec& s) { return text_of(s.ready.probe, probe_text); }, nullptr, true},
    {"ready-timeout", readiness, "TIME", "not ready by then: it is stopped and has failed (default: 5min)",
     false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.ready.timeout = some_time(text, what);
     },
     [](const JobSpec& s) { return text_of(s.ready.timeout); }, "ready", true},
    {"health", health, "PROBE",
     "while it runs, ask tcp:PORT, http://…[=CODE] or exec:COMMAND again and again", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.health.probe = parse_health_probe(text, what);
     },
     [](const JobSpec& s) { return text_of(s.health.probe, probe_text); }, nullptr, true},
    {"health-interval", health, "TIME", "between two checks (default: 30s)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.health.interval = some_time(text, what);
     },
     [](const JobSpec& s) { return text_of(s.health.interval); }, "health", true},
    {"health-timeout", health, "TIME", "for one answer (default: 5s)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.health.timeout = some_time(text, what);
     },
     [](const JobSpec& s) { return text_of(s.health.timeout); }, "health", true},
    {"health-retries", health, "N", "failures in a row that make it unhealthy (default: 3)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.health.retries = number_between<uint32_t>(text, what, 1, 1000);
     },
     [](const JobSpec& s) { return text_of(s.health.retries); }, "health", true},
    {"health-start-period", health, "TIME", "failures within it don't count (default: 0)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.health.start_period = finite(text, what);
     },
     [](const JobSpec& s) { return text_of(s.health.start_period); }, "health", true},
    {"on-unhealthy", health, "ACTION",
     "tell (default), restart, kill, alert (as --on-failure) or a target to alert; repeatable", true,
     add_on_unhealthy, on_unhealthy_texts, "health", true},
    {"on-end", alerts, "TARGET",
     "when it has ended: exec:COMMAND, notify, mail[:ADDRESS] or https://…; repeatable", true,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.alerts.on_end.push_back(parse_alert_target(text, what));
     },
     [](const JobSpec& s) { return texts_of(s.alerts.on_end); }},
    {"on-failure", alerts, "TARGET", "the same when it has failed; repeatable", true,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.alerts.on_failure.push_back(parse_alert_target(text, what));
     },
     [](const JobSpec& s) { return texts_of(s.alerts.on_failure); }},
    {"at", schedule, "TIME", "run it then: 08:00, tomorrow 08:00, 2026-12-24 18:00", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       // What a record says may have passed.
       const bool is_stored = text.starts_with('@') && text.ends_with("us");
       set_once(s.schedule, is_stored ? parse_time(text, what) : parse_time_to_come(text, what), what);
     },
     [](const JobSpec& s) {
       return text_of(s.schedule.at, [](Time at) { return "@" + std::to_string(to_micros(at)) + "us"; });
     },
     nullptr, false, true},
    {"in", schedule, "TIME", "run it when so much time has passed: 2h", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       set_once(s.schedule, now() + finite(text, what), what);
     },
     [](const JobSpec&) { return Texts{}; },  // from now on it is a time
     nullptr, false, true},
    {"every", schedule, "TIME", "run it again and again, the first time when so much time has passed", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       s.schedule.every = some_time(text, what);
     },
     [](const JobSpec& s) { return text_of(s.schedule.every); }, nullptr, false, true},
    {"calendar", schedule, "SPEC", "run it at these times: \"Mon 9:00\", daily, as in systemd.time(7)", false,
     [](JobSpec& s, const std::string& text, const std::string& what) {
       if (text.empty() || printable_ascii(text, 200) != text)
         throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 60) + "\" is no calendar event",
                     "for example: --calendar \"Mon..Fri 9:00\"");
       s.schedule.calendar = text;
     },
     [](const JobSpec& s) { return s.schedule.calendar.empty() ? Texts{} : Texts{s.schedule.calendar}; },
     nullptr, false, true},
};

}  // namespace

bool is_of_schedule(const Policy& policy) {
  return policy.group == schedule;
}

std::span<const Policy> policies() {
  return table;
}

const Policy* find_policy(std::string_view name) {
  for (const Policy& policy : table)
    if (name == policy.name) return &policy;
  return nullptr;
}

namespace {

// With less the kernel kills without end what systemd forks for the unit, and systemd itself hangs with it:
// root's is PID 1.
constexpr uint64_t least_memory = 2 << 20;

void check_memory(uint64_t bytes, const std::string& what) {
  if (bytes >= least_memory) return;
  const std::string number = std::to_string(bytes);
  throw Error(Errc::usage,
              what + ": " + number + (bytes == 1 ? " byte is" : " bytes are") +
                  " too little for any program; at least 2M",
              bytes < 1024 ? "a number alone means bytes; did you mean " + number + "G?" : "");
}

// A size as systemd reads it; nullopt for a share (10%), infinity, and what systemd will refuse.
std::optional<uint64_t> plain_size(const std::string& text) try {
  const size_t begin = std::min(text.find_first_not_of(" \t+"), text.size());
  return parse_bytes(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin), "");
} catch (const Error&) {
  return std::nullopt;
}

void check_limits(const JobSpec& spec) {
  if (spec.control.memory) check_memory(*spec.control.memory, "--memory");
  for (const auto& [name, value] : spec.properties) {
    const auto size = name == "MemoryMax" || name == "StartupMemoryMax" || name == "MemoryLimit"
                          ? plain_size(value)
                          : std::nullopt;
    if (size) check_memory(*size, "-p " + name);
  }
}

void check_readiness(const JobSpec& spec) {
  const auto& probe = spec.ready.probe;
  if (!probe && spec.ready.timeout)
    throw Error(Errc::usage, "--ready-timeout needs --ready", "for example: --ready tcp:8080");
  if (!probe) return;
  if (spec.scope)
    throw Error(Errc::usage, "--scope and --ready exclude each other: systemd takes every scope for ready");
  if (probe->kind == ProbeKind::log && spec.log_kind == LogKind::journal)
    throw Error(Errc::usage, "--ready log: reads the log file, and with --journal there is none");
  check_probe(*probe, spec.ports, "--ready");
}

void check_health(const JobSpec& spec) {
  const HealthPolicy& policy = spec.health;
  if (!policy.probe && (!(policy == HealthPolicy()) || !spec.alerts.on_unhealthy.empty()))
    throw Error(Errc::usage, "--health-… and --on-unhealthy need --health", "for example: --health tcp:8080");
  if (!policy.probe) return;
  if (spec.scope) throw Error(Errc::usage, "--scope and --health exclude each other");
  check_probe(*policy.probe, spec.ports, "--health");
}

void check_schedule(const Schedule& schedule) {
  const int times = schedule.at.has_value() + schedule.every.has_value() + !schedule.calendar.empty();
  if (times > 1) throw Error(Errc::usage, exclusive_times);
  if (schedule.every && now() + *schedule.every >= last_calendar_year)
    throw Error(Errc::usage, "--every: that is too far away");
}

void check_targets(const std::vector<AlertTarget>& targets, const std::string& what) {
  for (const AlertTarget& target : targets)
    if (target.kind == AlertKind::webhook) check_whole_url(target.text, what);
}

void check_alerts(const JobSpec& spec) {
  check_targets(spec.alerts.on_end, "--on-end");
  check_targets(spec.alerts.on_failure, "--on-failure");
  check_targets(spec.alerts.on_unhealthy, "--on-unhealthy");
  if (spec.health.action() == OnUnhealthy::alert && spec.alerts.on_failure.empty())
    throw Error(Errc::usage, "--on-unhealthy alert needs --on-failure, whose targets it alerts",
                "for example: --on-failure mail");
  for (const AlertEvent event : {AlertEvent::end, AlertEvent::failure, AlertEvent::unhealthy})
    if (alert_targets(spec, event).size() > most_alerts)
      throw Error(Errc::usage, std::string("--on-") + to_string(event) + ": more than " +
                                   std::to_string(most_alerts) + " targets are too many");
}

}  // namespace

void check_policies(const JobSpec& spec) {
  check_limits(spec);
  check_ports(spec.ports);
  check_schedule(spec.schedule);
  if (spec.gpus.shared && spec.gpus.empty())
    throw Error(Errc::usage, "--gpu-shared needs --gpu", "for example: --gpu 0 --gpu-shared");
  check_readiness(spec);
  check_health(spec);
  check_alerts(spec);
  const RestartPolicy& policy = spec.restart;
  if (policy.when == RestartWhen::no && (policy.delay || policy.max_delay))
    throw Error(Errc::usage, "--restart-delay and --restart-max-delay need --restart",
                "for example: --restart on-failure");
  if (policy.when != RestartWhen::no && spec.scope)
    throw Error(Errc::usage, "--scope and --restart exclude each other: systemd starts no scope again");
  if (policy.max_delay && restart_delay(policy, 0) > *policy.max_delay)
    throw Error(Errc::usage, "--restart-max-delay is shorter than the delay before the first restart");
}

std::vector<std::string> policy_texts(const JobSpec& spec) {
  std::vector<std::string> all;
  for (const Policy& policy : table)
    for (const std::string& text : policy.texts(spec)) all.push_back(std::string(policy.name) + "=" + text);
  return all;
}

void set_policy(JobSpec& spec, const std::string& stored) {
  const size_t equals = std::min(stored.find('='), stored.size());
  if (const Policy* policy = find_policy(std::string_view(stored).substr(0, equals)))
    policy->set(spec, stored.substr(std::min(equals + 1, stored.size())),
                "damaged record: " + std::string(policy->name));
}

}  // namespace jobctl
