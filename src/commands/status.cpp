// jobctl status: everything about one job.
#include <iostream>

#include <sys/stat.h>
#include <unistd.h>

#include "commands/job_output.hpp"
#include "commands/jobs.hpp"
#include "commands/reservation.hpp"
#include "commands/schedule.hpp"
#include "commands/stop.hpp"
#include "commands/usage.hpp"
#include "commands/verb.hpp"
#include "job/companion_plan.hpp"
#include "output/job_table.hpp"
#include "output/json.hpp"
#include "output/style.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "proc/tree.hpp"
#include "terminal/sanitize.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  std::shared_ptr<QueryOptions> query;
  int64_t lines = 10;
  std::string format = "text";
};

constexpr size_t runs_shown = 10;

std::string harmless(const std::string& bytes) {
  Sanitizer sanitizer;
  std::string text;
  sanitizer.feed(bytes, text);
  sanitizer.finish(text);
  for (char& c : text)
    if (c == '\n' || c == '\r' || c == '\b') c = ' ';
  return text;
}

// Of one that nobody heard of again, whoever sent it was killed.
const char* result_of(const Alert& alert) {
  if (alert.sent) return *alert.sent ? "sent" : "failed";
  return now() - alert.time < alert_patience + std::chrono::minutes(1) ? "pending" : "lost";
}

bool has_alerts(const JobSpec& spec) {
  return spec.alerts.tells_of_ends() || !spec.alerts.on_unhealthy.empty();
}

// Of root's jobs others see what systemd tells.
std::optional<RecordFile> find_record(Context& context, const Job& job) {
  if (context.is_foreign()) return std::nullopt;
  return RecordFile::open_existing(context.record_path(job.spec.uuid));
}

std::vector<Alert> find_alerts(Context& context, const Job& job) {
  if (!has_alerts(job.spec)) return {};
  const auto record = find_record(context, job);
  return record ? alerts_of(record->read(), job.run) : std::vector<Alert>();
}

class StatusPage {
 public:
  StatusPage(Context& context, const Job& job, std::ostream& out)
      : context_(context), job_(job), out_(out), style_(style_of(STDOUT_FILENO)) {}

  void print(int64_t lines) {
    out_ << painted("●", state_color(job_.state), style_) << ' ' << harmless(job_.spec.name) << "  "
         << job_.spec.uuid << '\n';
    field("State", state());
    for (size_t i = 0; i < job_.spec.commands.size(); ++i)
      field(i == 0 ? "Command" : "then", harmless(shell_quote(job_.spec.commands[i])));
    if (job_.is_elsewhere)
      field("Host", harmless(job_.current.host) + "  (another machine; this is what the record says)");
    if (!job_.spec.working_directory.empty()) field("In", path(job_.spec.working_directory));
    field("Type", kind());
    if (job_.current.adopted) field("Adopted", age_in_words(job_.current.requested_at, now()));
    if (is_active(job_.state) && !job_.is_elsewhere)
      field("Unit", (job_.state == State::queued ? schedule_timer(job_.spec) : job_.spec.unit) + "  (" +
                        context_.systemctl() + " status '*" + job_.spec.uuid.substr(0, 8) + "*')");
    if (!job_.spec.job_file.empty()) field("File", short_path(job_.spec.job_file, style_));
    if (job_.spec.log_kind == LogKind::journal || !job_.spec.log_file.empty()) field("Log", log());
    if (is_active(job_.state) && !job_.current.ports.empty()) field("Ports", ports());
    if (is_active(job_.state) && !job_.current.gpus.empty()) field("GPUs", gpus());
    if (is_active(job_.state) && job_.spec.health.probe) field("Health", health());
    if (is_active(job_.state) && job_.spec.schedule.repeats())
      field("Schedule", schedule_in_words(job_.spec.schedule) + ", until the next reboot");
    if (job_.next && job_.state != State::queued) field("Next", next());
    if (job_.spec.restart.when != RestartWhen::no) field("Restart", restarts());
    if (const std::string limits = limits_in_words(job_.spec.control); !limits.empty())
      field("Limits", limits);
    usage();
    tree();
    alerts();
    runs();
    last_lines(lines);
  }

 private:
  void field(const char* name, const std::string& value) {
    out_ << std::string(10 - std::min<size_t>(10, std::char_traits<char>::length(name)), ' ') << name << ": "
         << value << '\n';
  }

  std::string path(const std::string& text) const { return harmless(short_path(text, style_)); }

  // Of a job between two runs: how the last one ended, and when the next one begins.
  std::string waiting() const {
    const auto record = find_record(context_, job_);
    const Run last = record ? to_runs(record->read()).back() : Run();
    std::string text = painted("starting", state_color(job_.state), style_) + " again";
    if (last.ended_at) {
      const Duration left = *last.ended_at + restart_delay(job_.spec.restart, last.restarts) - now();
      if (left > Duration::zero() && job_.spec.restart.when != RestartWhen::no)
        text += " in " + to_words(left);
      text += ", run " + std::to_string(last.number + 1) + "; run " + std::to_string(last.number) + " " +
              ending_in_words(job_, last);
    }
    return text;
  }

  std::string queued() const {
    const std::string text = painted("queued", state_color(job_.state), style_);
    if (!job_.next) return text;
    return text + " for " + next() + ", run " + std::to_string(job_.run);
  }

  std::string next() const {
    return day_in_words(*job_.next, now()) + " (" + age_in_words(*job_.next, now()) + ")";
  }

  std::string state() const {
    const Run& run = job_.current;
    if (run.goes_on && job_.state == State::starting) return waiting();
    if (job_.state == State::queued) return queued();
    std::string text = is_active(job_.state) ? state_cell(job_.state, run) : ending_in_words(job_, run);
    text = painted(text, state_color(job_.state), style_);
    if (run.ended_at) {
      text += " at " + to_local(*run.ended_at);
      if (const auto runtime = job_.runtime(now())) text += ", after " + to_words(*runtime);
    } else if (const auto begin = since()) {
      text += " since " + to_local(*begin) + " (" + to_words(now() - *begin) + ")";
    }
    if (is_active(job_.state) && is_unit_frozen(job_)) text += ", frozen by systemctl (jobctl resume)";
    return job_.run > 1 ? text + ", run " + std::to_string(job_.run) : text;
  }

  // When it came into the state that it is in.
  std::optional<Time> since() const {
    if (job_.state == State::paused) return last_event("paused");
    return job_.state == State::unhealthy ? last_event("unhealthy") : job_.current.started_at;
  }

  std::optional<Time> last_event(const char* kind) const {
    const auto record = find_record(context_, job_);
    std::optional<Time> time;
    if (record)
      for (const Event& event : record->read().events)
        if (event.kind == kind) time = event.time;
    return time;
  }

  std::string kind() const {
    std::string text = harmless(job_.spec.type);
    if (!job_.spec.session.empty()) text += ", session " + harmless(job_.spec.session);
    const char* before = ", labels ";
    for (const auto& [key, value] : job_.spec.labels) {
      text += before + harmless(key + "=" + value);
      before = " ";
    }
    return text;
  }

  std::string log() const {
    if (!job_.spec.own_log.empty())
      return file(job_.spec.own_log) + ", output in " + file(job_.spec.log_file);
    if (job_.spec.log_kind == LogKind::journal)
      return std::string("the journal (journalctl ") + (context_.is_system() ? "" : "--user ") + "-u " +
             job_.spec.unit + ")";
    return file(job_.spec.log_file);
  }

  std::string file(const std::string& name) const {
    struct stat info {};
    const bool there = stat(name.c_str(), &info) == 0;
    return path(name) +
           (there ? "  (" + bytes_in_words(static_cast<uint64_t>(info.st_size)) + ")" : "  (missing)");
  }

  std::string restarts() const {
    const int so_far = job_.current.restarts;
    return restart_text(job_.spec.restart) + (so_far > 0 ? ", " + std::to_string(so_far) + " so far" : "");
  }

  std::string health() const {
    const auto note =
        parse_health_note(read_file_if_exists(health_path(job_.spec.runtime_dir, job_.spec.uuid)));
    if (!note || note->run != job_.run) return "not asked yet: " + harmless(probe_text(probe_of_run()));
    std::string text =
        note->failures == 0 ? "good" : "bad " + count_in_words(note->failures, "time", "times");
    return text + ", " + harmless(note->answer) + " (" + age_in_words(note->time, now()) + ")";
  }

  Probe probe_of_run() const {
    Probe probe = *job_.spec.health.probe;
    if (probe.kind == ProbeKind::http) probe.target = url_of(probe, job_.current.ports);
    return probe;
  }

  std::string ports() const {
    std::vector<std::string> texts;
    for (const Port& port : job_.current.ports)
      texts.push_back(port_text(port) +
                      (job_.listening.contains(port.number) ? " (listening)" : " (not listening)"));
    return join(texts, ", ");
  }

  std::string gpus() const {
    const std::string text = join(split(gpus_text(job_.current.gpus), ','), ", ");
    return text + (job_.current.gpus.shared ? ", shared" : "");
  }

  void usage() {
    std::vector<std::string> parts;
    if (job_.usage) {
      parts = usage_in_words(*job_.usage, job_.runtime(now()));
    } else if (!is_active(job_.state)) {
      if (job_.current.cpu_us)
        parts.push_back("CPU " + to_words(Duration(static_cast<int64_t>(*job_.current.cpu_us))));
      if (job_.current.memory_peak)
        parts.push_back("memory peak " + bytes_in_words(*job_.current.memory_peak));
    }
    if (!parts.empty()) field("Usage", join(parts, ", "));
  }

  void tree() {
    if (!is_active(job_.state) || job_.current.cgroup.empty() || job_.current.goes_on) return;
    const size_t width = style_.width > 12 ? style_.width - 12 : 0;
    const char* name = "Tree: ";
    for (const std::string& line :
         tree_lines(arrange(read_processes(Cgroup(payload_of(job_.current.cgroup)).pids())), width)) {
      out_ << std::string(name == std::string("Tree: ") ? 6 : 12, ' ')
           << (name == std::string("Tree: ") ? name : "") << line << '\n';
      name = "";
    }
  }

  void alerts() {
    const char* name = "Alerts";
    for (const Alert& alert : find_alerts(context_, job_)) {
      std::string text = std::string(to_string(alert.event)) + ", " +
                         harmless(alert_target_name(alert.target)) + ": " + result_of(alert);
      if (!alert.text.empty()) text += ", " + harmless(alert.text);
      if (name)
        field(name, text);
      else
        out_ << std::string(12, ' ') << text << '\n';
      name = nullptr;
    }
  }

  void runs() {
    const auto record = find_record(context_, job_);
    if (!record) return;
    std::vector<Run> all = to_runs(record->read());
    if (all.size() < 2 && job_.current.commands.empty() && job_.run == 1) return;
    const size_t first = all.size() > runs_shown ? all.size() - runs_shown : 0;
    for (size_t i = first; i < all.size(); ++i) run_line(all[i], i == first);
  }

  void run_line(const Run& run, bool first) {
    std::string text = std::to_string(run.number) + "  " + day_in_words(run.requested_at, now()) + "  ";
    text += run.ended_at ? ending_in_words(job_, run) : to_string(job_.state);
    if (run.started_at && run.ended_at) text += " after " + to_hms(*run.ended_at - *run.started_at);
    if (run.memory_peak) text += " (peak " + bytes_in_words(*run.memory_peak) + ")";
    for (size_t i = 0; run.commands.size() + 1 > 2 && i < run.commands.size(); ++i)
      text += (i ? ", " : "; commands: ") + (run.commands[i].code ? std::to_string(*run.commands[i].code)
                                                                  : signal_name(*run.commands[i].signal));
    out_ << (first ? "      Runs: " : "            ") << text << '\n';
  }

  void last_lines(int64_t lines) {
    if (lines == 0) return;
    std::string bytes, text;
    try {
      OutputRange range;
      range.lines = lines;
      const auto output = open_output(context_, job_, range);
      while (bytes.size() < (1 << 20) && output->read_more(bytes)) {
      }
    } catch (const Error& error) {
      out_ << "\n(" << error.what() << ")\n";
      return;
    }
    // One "line" may be a progress bar's whole life.
    constexpr size_t most_bytes = 1 << 13;
    if (bytes.size() > most_bytes) bytes.erase(0, bytes.size() - most_bytes);
    Sanitizer sanitizer;
    sanitizer.feed(bytes, text);
    sanitizer.finish(text);
    if (!text.empty()) out_ << '\n' << text << (text.back() == '\n' ? "" : "\n");
  }

  Context& context_;
  const Job& job_;
  std::ostream& out_;
  const Style style_;
};

// What rows don't tell: how each of several commands ended, and the file that defines the job.
void add_from_record(Context& context, Job& job) {
  const auto file = find_record(context, job);
  if (!file) return;
  const Job whole = to_job(file->read());
  job.current.commands = whole.current.commands;
  job.current.adopted = whole.current.adopted;
  job.spec.job_file = whole.spec.job_file;
}

Json alerts_json(const std::vector<Alert>& alerts) {
  Json list = Json::array();
  for (const Alert& alert : alerts)
    list.push_back({{"event", to_string(alert.event)},
                    {"target", alert_target_name(alert.target)},
                    {"at", to_rfc3339(alert.time)},
                    {"result", result_of(alert)},
                    {"text", alert.text.empty() ? Json() : Json(alert.text)}});
  return list;
}

int run_status(Context& context, const StatusOptions& options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "status needs a job", "jobctl list -a shows all");
  Job job = find_one_job(context, query);
  add_from_record(context, job);
  note_listening(job);
  note_next(context, job);
  note_usage(job);
  if (options.format == "text") {
    StatusPage(context, job, std::cout).print(options.lines);
    return 0;
  }
  Json json = to_json(job, now());
  json["alerts"] = alerts_json(find_alerts(context, job));
  std::cout << json_text(json) << '\n';
  return 0;
}

}  // namespace

Verb add_status(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("status", "show everything about one job");
  auto options = std::make_shared<StatusOptions>();
  options->query = add_query(*verb);
  verb->add_option("-n,--lines", options->lines, "lines of its log (default: 10)")->check(at_least(0));
  verb->add_option("-o,--output", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer("Examples:\n  jobctl status nightly\n  jobctl status -o json 82d0 | jq .exit_code");
  return {verb, [options](Context& context) { return run_status(context, *options); }};
}

}  // namespace jobctl
