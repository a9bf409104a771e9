#include "output/json.hpp"

#include <cmath>

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}

// Whole milliseconds, so that no more than three decimals are printed.
Json seconds_of(uint64_t micros) {
  const uint64_t millis = micros / 1000;
  return static_cast<double>(millis) / 1000.0;
}

Json labels_of(const Job& job) {
  Json labels = Json::object();
  for (const auto& [key, value] : job.spec.labels) labels[key] = value;
  return labels;
}

// The arguments, or one array of arguments for each of several commands.
Json command_of(const Job& job) {
  if (job.spec.commands.empty()) return Json::array();
  return job.spec.commands.size() == 1 ? Json(job.spec.commands[0]) : Json(job.spec.commands);
}

Json pid_of(const Job& job) {
  return is_active(job.state) && !job.is_elsewhere && job.current.pid > 0 ? Json(job.current.pid) : Json();
}

Json exit_code_of(const Job& job) {
  return !is_active(job.state) && job.current.exit.code ? Json(*job.current.exit.code) : Json();
}

Json signal_of(const Job& job) {
  return !is_active(job.state) && job.current.exit.signal ? Json(signal_name(*job.current.exit.signal))
                                                          : Json();
}

Json runtime_of(const Job& job, Time now) {
  const auto runtime = job.runtime(now);
  return runtime ? seconds_of(static_cast<uint64_t>(runtime->count())) : Json();
}

Json cpu_of(const Job& job) {
  return job.current.cpu_us ? seconds_of(*job.current.cpu_us) : Json();
}

Json memory_of(const Job& job) {
  return job.current.memory_peak ? Json(*job.current.memory_peak) : Json();
}

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json ports_of(const Job& job) {
  Json ports = Json::array();
  if (!is_active(job.state)) return ports;
  for (const Port& port : job.current.ports)
    ports.push_back({{"name", text_or_null(port.name)},
                     {"port", port.number},
                     {"listening", job.listening.contains(port.number)}});
  return ports;
}

Json health_of(const Job& job) {
  const bool is_asked =
      job.spec.health.probe && (job.state == State::running || job.state == State::unhealthy);
  return is_asked ? Json(job.unhealthy ? "unhealthy" : "healthy") : Json();
}

Json origin_of(bool known, UsageOrigin origin) {
  if (!known) return {};
  return origin == UsageOrigin::cgroup ? "cgroup" : "processes";
}

// With one decimal.
Json percent_of(const Usage& usage, const std::optional<Duration>& runtime) {
  return runtime ? Json(std::round(cpu_percent(usage.cpu_us, *runtime) * 10) / 10) : Json();
}

Json usage_of(const Job& job, Time now) {
  if (!job.usage) return {};
  const Usage& usage = *job.usage;
  Json json = Json::object();
  json["cpu_percent"] = percent_of(usage, job.runtime(now));
  json["cpu_s"] = seconds_of(usage.cpu_us);
  json["memory"] = value_or_null(usage.memory);
  json["memory_origin"] = origin_of(usage.memory.has_value(), usage.memory_origin);
  json["memory_peak"] = value_or_null(usage.memory_peak);
  json["io_read"] = value_or_null(usage.io_read);
  json["io_write"] = value_or_null(usage.io_written);
  json["io_origin"] = origin_of(usage.io_read.has_value(), usage.io_origin);
  json["tasks"] = usage.tasks;
  json["tasks_origin"] = origin_of(true, usage.tasks_origin);
  json["net_received"] = value_or_null(usage.net_received);
  json["net_sent"] = value_or_null(usage.net_sent);
  json["gpu_memory"] = value_or_null(usage.gpu_memory);
  return json;
}

Json limits_of(const ResourceControl& control) {
  if (control == ResourceControl()) return {};
  Json json = Json::object();
  json["memory"] = value_or_null(control.memory);
  json["cpus"] = control.cpu_us ? Json(static_cast<double>(*control.cpu_us) / 1e6) : Json();
  json["tasks"] = value_or_null(control.tasks);
  json["io_weight"] = value_or_null(control.io_weight);
  json["nice"] = value_or_null(control.nice);
  json["cpu_affinity"] = control.cpu_affinity.empty() ? Json() : Json(control.cpu_affinity);
  json["timeout_s"] = control.time ? seconds_of(static_cast<uint64_t>(control.time->count())) : Json();
  return json;
}

}  // namespace

Json to_json(const Job& job, Time now) {
  Json json = Json::object();
  // Appended to the map's vector: its insertion compares a new key with all before it, which is half the time
  // of a long list.
  auto& keys = json.get_ref<Json::object_t&>();
  keys.reserve(32);
  keys.emplace_back("uuid", job.spec.uuid);
  keys.emplace_back("name", job.spec.name);
  keys.emplace_back("type", job.spec.type);
  keys.emplace_back("session", text_or_null(job.spec.session));
  keys.emplace_back("labels", labels_of(job));
  keys.emplace_back("user", text_or_null(job.spec.user));
  keys.emplace_back("host", text_or_null(job.current.host.empty() ? job.spec.host : job.current.host));
  keys.emplace_back("is_elsewhere", job.is_elsewhere);
  keys.emplace_back("state", to_string(job.state));
  keys.emplace_back("reason", text_or_null(job.current.reason));
  keys.emplace_back("exit_code", exit_code_of(job));
  keys.emplace_back("signal", signal_of(job));
  keys.emplace_back("pid", pid_of(job));
  keys.emplace_back("unit", text_or_null(job.spec.unit));
  keys.emplace_back("run", job.run);
  keys.emplace_back("restarts", job.current.restarts);
  keys.emplace_back("created_at", to_rfc3339(job.spec.created_at));
  keys.emplace_back("started_at", time_or_null(job.current.started_at));
  keys.emplace_back("ended_at", time_or_null(job.current.ended_at));
  keys.emplace_back("runtime_s", runtime_of(job, now));
  keys.emplace_back("command", command_of(job));
  keys.emplace_back("working_directory", text_or_null(job.spec.working_directory));
  keys.emplace_back("log_file", text_or_null(job.spec.log_file));
  keys.emplace_back("cpu_s", cpu_of(job));
  keys.emplace_back("memory_peak", memory_of(job));
  keys.emplace_back("limits", limits_of(job.spec.control));
  keys.emplace_back("ports", ports_of(job));
  keys.emplace_back("health", health_of(job));
  keys.emplace_back("schedule", job.spec.schedule ? Json(schedule_in_words(job.spec.schedule)) : Json());
  keys.emplace_back("next_at", time_or_null(job.next));
  keys.emplace_back("gpus", is_active(job.state) ? Json(job.current.gpus.numbers) : Json::array());
  keys.emplace_back("usage", usage_of(job, now));
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string to_json_lines(const std::vector<Job>& jobs, Time now) {
  std::string text = "[";
  for (size_t i = 0; i < jobs.size(); i++) text += (i == 0 ? "\n" : ",\n") + json_text(to_json(jobs[i], now));
  return text + (jobs.empty() ? "]\n" : "\n]\n");
}

}  // namespace jobctl
