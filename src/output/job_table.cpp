#include "output/job_table.hpp"

#include <algorithm>

#include "output/words.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

Cell pid_cell(const Job& job) {
  if (!is_active(job.state) || job.is_elsewhere || job.current.ended_at || job.current.pid <= 0)
    return Nothing{};
  return int64_t{job.current.pid};
}

Cell log_of(const Job& job) {
  if (job.spec.log_kind == LogKind::journal) return std::string("journal");
  if (job.spec.log_file.empty()) return Nothing{};
  return Path{job.spec.log_file};
}

std::string shown_ports(const Job& job) {
  std::vector<std::string> texts;
  for (const Port& port : job.current.ports)
    texts.push_back(job.listening.contains(port.number) ? port_text(port) : "(" + port_text(port) + ")");
  return is_active(job.state) ? join(texts, ",") : "";
}

std::string gpus_of(const Job& job) {
  return is_active(job.state) ? gpus_text(job.current.gpus) : "";
}

// "0", "3", "SIGTERM": how the current run's main process ended.
Cell exit_of(const Job& job) {
  if (is_active(job.state)) return Nothing{};
  if (job.current.exit.code) return int64_t{*job.current.exit.code};
  if (job.current.exit.signal) return signal_name(*job.current.exit.signal);
  return Nothing{};
}

// CPU% TIME MEM PEAK READ WRITTEN RECEIVED SENT TASKS GPUMEM of wide_job_table().
std::vector<Cell> usage_cells(const Job& job, Time now) {
  if (!job.usage) return std::vector<Cell>(10);
  const Usage& usage = *job.usage;
  const double percent = cpu_percent(usage.cpu_us, job.runtime(now).value_or(Duration::zero()));
  return {short_percent(percent),
          Duration(static_cast<int64_t>(usage.cpu_us)),
          bytes_cell(usage.memory),
          bytes_cell(usage.memory_peak),
          bytes_cell(usage.io_read),
          bytes_cell(usage.io_written),
          bytes_cell(usage.net_received),
          bytes_cell(usage.net_sent),
          static_cast<int64_t>(usage.tasks),
          bytes_cell(usage.gpu_memory)};
}

// Of ASCII letters only, whatever the locale is.
std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

Color state_color(State state) {
  switch (state) {
    case State::running:
      return Color::green;
    case State::queued:
    case State::starting:
    case State::unhealthy:
    case State::paused:
    case State::stopping:
      return Color::yellow;
    case State::failed:
    case State::lost:
      return Color::red;
    case State::done:
    case State::killed:
      return Color::dim;
  }
  return Color::none;
}

Colored state_of(const Job& job, Time now) {
  if (job.state == State::queued && job.next) {
    const std::string before = job.current.reason.empty() ? "" : ", " + job.current.reason;
    return {"queued (" + day_in_words(*job.next, now) + before + ")", state_color(job.state)};
  }
  const std::string where = job.is_elsewhere && !job.current.host.empty() ? " on " + job.current.host : "";
  return {state_cell(job.state, job.current) + where, state_color(job.state)};
}

Cell bytes_cell(const std::optional<uint64_t>& bytes) {
  return bytes ? Cell(short_bytes(*bytes)) : Cell(Nothing{});
}

Cell runtime_cell(const Job& job, Time now) {
  const auto runtime = job.runtime(now);
  return runtime ? Cell(*runtime) : Cell(Nothing{});
}

Cell port_cell(const Job& job) {
  return text_or_nothing(shown_ports(job));
}

Table job_table(const std::vector<Job>& jobs, Time now) {
  enum { type, name, state, pid, uuid, runtime };
  // Most people's jobs have none.
  const auto with = [&](std::string (*own)(const Job&)) {
    return std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return !own(job).empty(); });
  };
  const bool with_ports = with(shown_ports), with_gpus = with(gpus_of);
  Table table;
  table.columns = {{"TYPE"}, {"NAME"}, {"STATE"}, {"PID", Align::right}, {"UUID"}, {"RUNTIME", Align::right}};
  if (with_ports) table.columns.push_back({"PORTS"});
  if (with_gpus) table.columns.push_back({"GPUS"});
  const size_t log = table.columns.size();
  table.columns.push_back({"LOG"});
  table.concessions = {{Concession::shorten, uuid}, {Concession::drop, log},  {Concession::drop, type},
                       {Concession::cut, name},     {Concession::cut, state}, {Concession::drop, runtime}};
  for (const Job& job : jobs) {
    table.add_row(job.spec.type, job.spec.name, state_of(job, now), pid_cell(job), Uuid{job.spec.uuid},
                  runtime_cell(job, now));
    if (with_ports) table.rows.back().push_back(port_cell(job));
    if (with_gpus) table.rows.back().push_back(text_or_nothing(gpus_of(job)));
    table.rows.back().push_back(log_of(job));
  }
  return table;
}

Table wide_job_table(const std::vector<Job>& jobs, Time now) {
  Table table;
  table.columns = {
      {"TYPE"},    {"NAME"}, {"STATE"},   {"EXIT", Align::right},   {"PID", Align::right}, {"UUID"},
      {"SESSION"}, {"USER"}, {"CREATED"}, {"RUNTIME", Align::right}};
  for (const char* header :
       {"CPU%", "TIME", "MEM", "PEAK", "READ", "WRITTEN", "RECEIVED", "SENT", "TASKS", "GPUMEM"})
    table.columns.push_back({header, Align::right});
  for (const char* header : {"PORTS", "GPUS", "LOG"}) table.columns.push_back({header});
  for (const Job& job : jobs) {
    table.add_row(job.spec.type, job.spec.name, state_of(job, now), exit_of(job), pid_cell(job),
                  Uuid{job.spec.uuid}, text_or_nothing(job.spec.session), text_or_nothing(job.spec.user),
                  to_local(job.spec.created_at), runtime_cell(job, now));
    std::vector<Cell>& row = table.rows.back();
    for (Cell& cell : usage_cells(job, now)) row.push_back(std::move(cell));
    row.push_back(port_cell(job));
    row.push_back(text_or_nothing(gpus_of(job)));
    row.push_back(log_of(job));
  }
  return table;
}

Table grid_job_table(const std::vector<Job>& jobs, Time now) {
  Table table;
  table.columns = {{"Type"}, {"PID"}, {"UUID"}, {"Log File"}, {"Runtime"}};
  for (const Job& job : jobs)
    table.add_row(capitalised(job.spec.type), pid_cell(job), Uuid{job.spec.uuid}, log_of(job),
                  runtime_cell(job, now));
  return table;
}

}  // namespace jobctl
