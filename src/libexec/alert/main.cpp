// The alert: `alert tell RECORD RUN EVENT TARGET` tells one of a job's targets what has happened to a run,
// and writes into the record whether that went well. systemd starts it in a unit of its own (to_alert_plan),
// because the finish hook or the probe asked for it. `alert ended …` is the unit's ExecStopPost=: it writes
// that the first one was ended before it could. `alert raise RECORD RUN` starts these units for a run that
// ended before it had one of its own: a scheduled one whose port was taken.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <unistd.h>

#include "desktop.hpp"
#include "happening.hpp"
#include "libexec/common/alerts.hpp"
#include "libexec/common/job_process.hpp"
#include "libexec/common/version.hpp"
#include "log_lines.hpp"
#include "mail.hpp"
#include "program.hpp"
#include "util/error.hpp"
#include "util/process.hpp"
#include "util/text.hpp"
#include "webhook.hpp"

namespace jobctl {

namespace {

std::string value_of(const std::vector<std::string>& environment, const std::string& name) {
  for (const std::string& variable : environment)
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  return {};
}

// What finds the desktop: of a job that was started over ssh the manager knows it.
void add_desktop(std::vector<std::string>& variables) {
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  for (const char* name : {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"})
    if (value_of(variables, name).empty() && !environment(name).empty())
      variables.push_back(std::string(name) + "=" + environment(name));
  if (value_of(variables, "DBUS_SESSION_BUS_ADDRESS").empty() && !runtime.empty())
    variables.push_back("DBUS_SESSION_BUS_ADDRESS=unix:path=" + runtime + "/bus");
}

// Where sendmail lies is in nobody's PATH but root's.
void add_sendmail_folders(std::vector<std::string>& variables) {
  const std::string path = value_of(variables, "PATH");
  set_variable(variables, "PATH=" + (path.empty() ? "" : path + ":") + "/usr/sbin:/usr/lib");
}

class Alerting {
 public:
  Alerting(const Record& record, int run, AlertEvent event)
      : spec_(record.spec), happening_(happening_of(record, run, event)) {
    const std::vector<Run> runs = to_runs(record);
    const auto next = static_cast<size_t>(run);
    const bool went_on = next < runs.size() && runs[next].started_at;
    happening_.log = last_lines(spec_, happening_.job.current,
                                went_on ? std::optional(runs[next].log_offset) : std::nullopt);
    variables_ = job_environment(spec_, happening_.job.current);
  }

  Outcome tell(const AlertTarget& target) {
    switch (target.kind) {
      case AlertKind::exec:
        return run_command(target.text);
      case AlertKind::mail:
        return mail(target.text.empty() ? spec_.user : target.text);
      case AlertKind::webhook:
        return post(target.text, to_json_text(happening_, now()), variables_);
      case AlertKind::notify:
        break;
    }
    return notify();
  }

 private:
  Outcome run_command(const std::string& command) {
    for (const std::string& variable : to_variables(happening_, now())) set_variable(variables_, variable);
    return run_program(spec_,
                       {.argv = shell_split(command).value(),
                        .environment = variables_,
                        .input = to_json_text(happening_, now()) + "\n",
                        .in_directory = true},
                       alert_patience);
  }

  Outcome mail(const std::string& address) {
    add_sendmail_folders(variables_);
    return run_program(spec_,
                       {.argv = {"sendmail", "-i", "--", address},
                        .environment = variables_,
                        .input = mail_text(happening_, address),
                        .is_known = true},
                       alert_patience);
  }

  Outcome notify() {
    add_desktop(variables_);
    return run_program(spec_, {.argv = notification(happening_), .environment = variables_, .is_known = true},
                       alert_patience);
  }

  const JobSpec& spec_;
  Happening happening_;
  std::vector<std::string> variables_;
};

Outcome tell(const Record& record, int run, AlertEvent event, const AlertTarget& target) try {
  return Alerting(record, run, event).tell(target);
} catch (const Error& error) {
  return {false, error.what() + (error.hint.empty() ? "" : " (" + error.hint + ")")};
}

struct Task {
  std::string record;
  int run;
  AlertEvent event;
  size_t index;
};

int tell(const Task& task) {
  const RecordFile file = RecordFile::require(task.record);
  const Record record = file.read();
  const AlertTarget target = alert_targets(record.spec, task.event).at(task.index);
  const Outcome outcome = tell(record, task.run, task.event, target);
  note_outcome(file, record.spec, task.run, task.event, task.index, outcome);
  if (!outcome.ok) dprintf(STDERR_FILENO, "jobctl alert: %s\n", outcome.text.c_str());
  return outcome.ok ? 0 : 1;
}

// What has exited by itself has told.
int ended(const Task& task) {
  if (environment("EXIT_CODE") == "exited") return 0;
  const std::string signal = environment("EXIT_STATUS");
  const std::string how = signal.empty() ? environment("SERVICE_RESULT") : "SIG" + signal;
  const RecordFile file = RecordFile::require(task.record);
  note_outcome(file, file.read().spec, task.run, task.event, task.index,
               {false, "its unit was ended: " + how});
  return 0;
}

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) try {
  using namespace jobctl;
  if (tell_version(argc, argv)) return 0;
  const auto event = argc == 6 ? parse_alert_event(argv[4]) : std::nullopt;
  if (event) {
    const Task task{unquote_path(argv[2]), std::atoi(argv[3]), *event,
                    static_cast<size_t>(std::atoi(argv[5]))};
    return strcmp(argv[1], "ended") == 0 ? ended(task) : tell(task);
  }
  if (argc == 4 && strcmp(argv[1], "raise") == 0)
    return alert_of_end(RecordFile::require(unquote_path(argv[2])), std::atoi(argv[3])), 0;
  dprintf(STDERR_FILENO, "alert: started by systemd, not by hand\n");
  return 2;
} catch (const std::exception& error) {
  dprintf(STDERR_FILENO, "jobctl alert: %s\n", error.what());
  return 1;
}
