#include "registry/row.hpp"

#include <algorithm>

#include "job/policy.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::string_view columns =
    "uuid,type,name,session,labels,user,host,created_at,commands,keep_going,tty,scope,working_directory,"
    "log_kind,log_file,own_log,stop_signal,stop_timeout,policies,unit,slice,runtime_dir,log_dir,"
    "run,state,reason,detail,exit_code,signal,core_dumped,invocation_id,boot_id,cgroup,pid,log_offset,"
    "requested_at,started_at,ended_at,restarts,goes_on,ports,gpus,machine_id,run_host,ended_by,ended_how,cpu_"
    "us,memory_peak,"
    "paused,"
    "unhealthy,"
    "record_"
    "size";

constexpr std::string_view brief =
    "uuid,type,name,log_kind,log_file,run,state,reason,pid,cgroup,started_at,ended_at,restarts,goes_on,ports,"
    "gpus,machine_id,run_host,"
    "paused,unhealthy,record_size";

// Strings without NUL, packed into one: each ends with NUL.
std::string pack(const std::vector<std::string>& items) {
  std::string packed;
  for (const std::string& item : items) packed.append(item).push_back('\0');
  return packed;
}

std::vector<std::string> unpack(const std::string& packed) {
  std::vector<std::string> items;
  for (size_t begin = 0; begin < packed.size();) {
    const size_t end = packed.find('\0', begin);
    items.push_back(packed.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

// The first item counts the arguments of each command: "3 1".
std::string pack_commands(const std::vector<Argv>& commands) {
  std::vector<std::string> items(1);
  for (const Argv& argv : commands) {
    items.front() += (items.front().empty() ? "" : " ") + std::to_string(argv.size());
    items.insert(items.end(), argv.begin(), argv.end());
  }
  return pack(items);
}

std::vector<Argv> unpack_commands(const std::string& packed) {
  const std::vector<std::string> items = unpack(packed);
  std::vector<Argv> commands;
  if (items.empty() || items.front().empty()) return commands;
  auto next = items.begin() + 1;
  for (const std::string& count : split(items.front(), ' ')) {
    const auto size = std::min<std::ptrdiff_t>(std::stoi(count), items.end() - next);
    commands.emplace_back(next, next + size);
    next += size;
  }
  return commands;
}

std::string pack_labels(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> items;
  for (const auto& [key, value] : labels) items.push_back(key + "=" + value);
  return pack(items);
}

std::map<std::string, std::string> unpack_labels(const std::string& packed) {
  std::map<std::string, std::string> labels;
  for (const std::string& item : unpack(packed)) {
    const size_t equals = item.find('=');
    labels[item.substr(0, equals)] = item.substr(equals + 1);
  }
  return labels;
}

std::optional<int64_t> micros(const std::optional<Time>& time) {
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

std::optional<Time> time(const std::optional<int64_t>& value) {
  return value ? std::optional(from_micros(*value)) : std::nullopt;
}

void bind_spec(Statement& s, const JobSpec& spec) {
  s.bind(spec.uuid).bind(spec.type).bind(spec.name).bind(spec.session).bind(pack_labels(spec.labels));
  s.bind(spec.user).bind(spec.host).bind(to_micros(spec.created_at)).bind(pack_commands(spec.commands));
  s.bind(int64_t{spec.keep_going})
      .bind(int64_t{spec.tty})
      .bind(int64_t{spec.scope})
      .bind(spec.working_directory);
  s.bind(static_cast<int64_t>(spec.log_kind)).bind(spec.log_file).bind(spec.own_log);
  s.bind(int64_t{spec.stop_signal});
  s.bind(spec.stop_timeout ? std::optional(spec.stop_timeout->count()) : std::nullopt);
  s.bind(pack(policy_texts(spec)));
  s.bind(spec.unit).bind(spec.slice).bind(spec.runtime_dir).bind(spec.log_dir);
}

void read_spec(Statement& s, JobSpec& spec) {
  spec.uuid = s.text();
  spec.type = s.text();
  spec.name = s.text();
  spec.session = s.text();
  spec.labels = unpack_labels(s.text());
  spec.user = s.text();
  spec.host = s.text();
  spec.created_at = from_micros(s.number());
  spec.commands = unpack_commands(s.text());
  spec.keep_going = s.number() != 0;
  spec.tty = s.number() != 0;
  spec.scope = s.number() != 0;
  spec.working_directory = s.text();
  spec.log_kind = static_cast<LogKind>(s.number());
  spec.log_file = s.text();
  spec.own_log = s.text();
  spec.stop_signal = static_cast<int>(s.number());
  const auto timeout = s.number_or_null();
  spec.stop_timeout = timeout ? std::optional(Duration(*timeout)) : std::nullopt;
  for (const std::string& text : unpack(s.text())) set_policy(spec, text);
  spec.unit = s.text();
  spec.slice = s.text();
  spec.runtime_dir = s.text();
  spec.log_dir = s.text();
}

void read_given(Statement& s, Run& run) {
  if (const std::string text = s.text(); !text.empty()) run.ports = parse_ports(text);
  if (const std::string text = s.text(); !text.empty()) run.gpus = parse_given_gpus(text);
  run.machine_id = s.text();
  run.host = s.text();
}

void bind_run(Statement& s, const Run& run) {
  s.bind(int64_t{run.number}).bind(static_cast<int64_t>(run.state)).bind(run.reason).bind(run.detail);
  s.bind(run.exit.code).bind(run.exit.signal).bind(int64_t{run.exit.core_dumped});
  s.bind(run.invocation_id).bind(run.boot_id).bind(run.cgroup).bind(int64_t{run.pid}).bind(run.log_offset);
  s.bind(to_micros(run.requested_at)).bind(micros(run.started_at)).bind(micros(run.ended_at));
  s.bind(int64_t{run.restarts}).bind(int64_t{run.goes_on}).bind(ports_text(run.ports));
  s.bind(given_gpus_text(run.gpus)).bind(run.machine_id).bind(run.host);
  s.bind(run.ended_by).bind(run.ended_how).bind(run.cpu_us).bind(run.memory_peak);
}

void read_run(Statement& s, Run& run) {
  run.number = static_cast<int>(s.number());
  run.state = static_cast<State>(s.number());
  run.reason = s.text();
  run.detail = s.text();
  run.exit.code = s.number_or_null();
  run.exit.signal = s.number_or_null();
  run.exit.core_dumped = s.number() != 0;
  run.invocation_id = s.text();
  run.boot_id = s.text();
  run.cgroup = s.text();
  run.pid = static_cast<pid_t>(s.number());
  run.log_offset = s.number();
  run.requested_at = from_micros(s.number());
  run.started_at = time(s.number_or_null());
  run.ended_at = time(s.number_or_null());
  run.restarts = static_cast<int>(s.number());
  run.goes_on = s.number() != 0;
  read_given(s, run);
  run.ended_by = s.text();
  run.ended_how = s.text();
  run.cpu_us = s.number_or_null();
  run.memory_peak = s.number_or_null();
}

void read_state(Statement& statement, Job& job) {
  job.paused = statement.number() != 0;
  job.unhealthy = statement.number() != 0;
  job.record_size = statement.number();
  job.run = job.current.number;
  job.state = job.current.state == State::running ? running_state(job) : job.current.state;
}

}  // namespace

std::string row_columns() {
  return std::string(columns);
}

std::string row_placeholders() {
  std::string text = "?";
  for (const char c : columns)
    if (c == ',') text += ",?";
  return text;
}

void bind_row(Statement& statement, const Job& job) {
  bind_spec(statement, job.spec);
  bind_run(statement, job.current);
  statement.bind(int64_t{job.paused}).bind(int64_t{job.unhealthy}).bind(job.record_size);
}

std::string brief_columns() {
  return std::string(brief);
}

void read_brief_row(Statement& statement, Job& job) {
  job.spec.uuid = statement.text();
  job.spec.type = statement.text();
  job.spec.name = statement.text();
  job.spec.log_kind = static_cast<LogKind>(statement.number());
  job.spec.log_file = statement.text();
  job.current.number = static_cast<int>(statement.number());
  job.current.state = static_cast<State>(statement.number());
  job.current.reason = statement.text();
  job.current.pid = static_cast<pid_t>(statement.number());
  job.current.cgroup = statement.text();
  job.current.started_at = time(statement.number_or_null());
  job.current.ended_at = time(statement.number_or_null());
  job.current.restarts = static_cast<int>(statement.number());
  job.current.goes_on = statement.number() != 0;
  read_given(statement, job.current);
  read_state(statement, job);
}

void read_row(Statement& statement, Job& job) {
  read_spec(statement, job.spec);
  read_run(statement, job.current);
  read_state(statement, job);
}

}  // namespace jobctl
