// jobctl logs: what a job printed, and prints.
#include <cerrno>
#include <csignal>
#include <iostream>

#include <poll.h>
#include <unistd.h>

#include "commands/ending.hpp"
#include "commands/job_output.hpp"
#include "commands/jobs.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "output/words.hpp"
#include "terminal/sanitize.hpp"
#include "util/error.hpp"
#include "util/poll_set.hpp"

namespace jobctl {

namespace {

struct LogsOptions {
  std::shared_ptr<QueryOptions> query;
  std::optional<int64_t> lines;
  std::optional<int> run;
  std::string since;
  bool follow = false;
  bool timestamps = false;
  std::string format = "text";
};

// Writes output as it comes: as it is, made harmless for a terminal, or as one JSON object a line.
class Printer {
 public:
  Printer(const Job& job, const LogsOptions& options)
      : job_(job), options_(options), sanitize_(!job.spec.tty && isatty(STDOUT_FILENO)) {}

  // False when nobody reads any more.
  bool print(const std::string& bytes, std::optional<Time> time) {
    if (options_.format == "json") return print_lines(bytes, time);
    std::string text = options_.timestamps ? to_rfc3339(time.value_or(Time{})) + " " + bytes : bytes;
    if (sanitize_) {
      std::string harmless;
      sanitizer_.feed(text, harmless);
      text = std::move(harmless);
    }
    return write_out(text);
  }

  bool printed_any() const { return printed_any_; }

  bool finish() {
    if (!line_.empty()) return print_line(line_, {});
    std::string rest;
    if (sanitize_) sanitizer_.finish(rest);
    return write_out(rest);
  }

 private:
  bool write_out(const std::string& text) {
    printed_any_ = printed_any_ || !text.empty();
    if (write_all(STDOUT_FILENO, text)) return true;
    if (errno == EPIPE) return false;
    throw_errno("could not write the log", errno);
  }

  bool print_lines(const std::string& bytes, std::optional<Time> time) {
    line_ += bytes;
    size_t begin = 0;
    for (size_t end = 0; (end = line_.find('\n', begin)) != std::string::npos; begin = end + 1)
      if (!print_line(line_.substr(begin, end - begin), time)) return false;
    line_.erase(0, begin);
    return true;
  }

  bool print_line(const std::string& line, std::optional<Time> time) {
    nlohmann::ordered_json json{{"uuid", job_.spec.uuid}, {"line", line}, {"time", nullptr}};
    if (time) json["time"] = to_rfc3339(*time);
    return write_out(json_text(json) + "\n");
  }

  const Job& job_;
  const LogsOptions& options_;
  bool sanitize_;
  bool printed_any_ = false;
  Sanitizer sanitizer_;
  std::string line_;
};

bool print_all(JobOutput& output, Printer& printer) {
  std::string bytes;
  while (output.read_more(bytes)) {
    if (!printer.print(bytes, output.time())) return false;
    bytes.clear();
  }
  return true;
}

std::optional<Duration> timeout_of(JobOutput& output) {
  const int ms = output.timeout_ms();
  return ms < 0 ? std::nullopt : std::optional<Duration>(std::chrono::milliseconds(ms));
}

// Until the job has ended and everything that it left is shown.
void follow(Context& context, const Job& job, JobOutput& output, Printer& printer) {
  EndingWatch watch(context, {job});
  PollSet set;
  set.add(output.poll_fd());
  watch.take_ended();
  while (print_all(output, printer)) {
    if (watch.all_ended()) return;
    if (watch.wait(set.fd(), timeout_of(output))) watch.take_ended();
  }
}

// A log that isn't there is not an empty one. For --follow it may still come.
void require_log(const Job& job) {
  const std::string& path = job.spec.own_log.empty() ? job.spec.log_file : job.spec.own_log;
  const int error = path.empty() || access(path.c_str(), F_OK) == 0 ? 0 : errno;
  if (error == 0) return;
  if (error == ENOENT && job.state == State::queued)
    throw Error(Errc::failed, shown_name(job.spec) + " is queued and has printed nothing yet",
                "its output when it comes: jobctl logs -f " + job.spec.uuid.substr(0, 8));
  throw_errno("could not open the log of " + job.spec.name + ", " + path, error);
}

int run_logs(Context& context, const LogsOptions& options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "logs needs a job", "jobctl list -a shows all");
  context.require_own("read the logs of");
  const Job job = options.follow || !query.states.empty() ? find_one_job(context, query)
                                                          : find_one_recorded(context, query);
  OutputRange range;
  range.follow = options.follow;
  range.lines = options.lines;
  range.run = options.run;
  if (!options.since.empty()) range.since = parse_time(options.since, "--since");
  if (options.timestamps && (job.spec.log_kind != LogKind::journal || !job.spec.own_log.empty()))
    throw Error(Errc::failed,
                "the log of " + job.spec.name + " has no times: its lines are as the program wrote them",
                "only a job started with --journal has them");
  signal(SIGPIPE, SIG_IGN);
  if (!options.follow) require_log(job);
  const auto output = open_output(context, job, range);
  Printer printer(job, options);
  if (print_all(*output, printer) && options.follow) follow(context, job, *output, printer);
  printer.finish();
  if (job.spec.log_kind == LogKind::journal && !printer.printed_any())
    say("the journal shows nothing of " + job.spec.name +
        "; one that isn't kept on disk shows users nothing at all (man journald.conf, Storage=)");
  return 0;
}

}  // namespace

Verb add_logs(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("logs", "show what a job printed");
  auto options = std::make_shared<LogsOptions>();
  options->query = add_query(*verb);
  verb->add_option("-n,--lines", options->lines, "only the last N lines")->check(at_least(0));
  verb->add_flag("-f,--follow", options->follow, "go on until the job has ended");
  verb->add_option("--since", options->since,
                   "lines since then: 09:12, yesterday, -2h (jobs with --journal)");
  verb->add_option("--run", options->run, "only what this run printed")->check(at_least(1));
  verb->add_flag("--timestamps", options->timestamps, "begin lines with their time (jobs with --journal)");
  verb->add_option("-o,--output", options->format, "text, or json: one object a line")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer("Examples:\n  jobctl logs -n 20 -f nightly\n  jobctl logs --run 2 82d00a5b > run2.log");
  return {verb, [options](Context& context) { return run_logs(context, *options); }};
}

}  // namespace jobctl
