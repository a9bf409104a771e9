#include "libexec/common/alerts.hpp"

#include <algorithm>

#include "bus/bus_manager.hpp"
#include "job/companion_plan.hpp"
#include "job/job.hpp"
#include "journal/send.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

// Of the requests. A manager that doesn't answer by then has them all the same.
constexpr Duration acceptance = std::chrono::seconds(1);

// An event is small, whatever a server or a program says.
constexpr size_t longest_reason = 300;

// Noted before they are sent, and under the record's lock: a hook or probe that comes again finds that it has
// been done. A job may become unhealthy again, but ends once.
std::vector<AlertRequest> announce(const RecordFile& file, const JobSpec& spec, int run,
                                   const std::vector<AlertEvent>& events) {
  const RecordFile::Lock lock = file.lock();
  const std::vector<Alert> earlier = alerts_of(file.read(), run);
  std::vector<AlertRequest> requests;
  for (const AlertEvent event : events) {
    const bool is_done =
        std::any_of(earlier.begin(), earlier.end(), [&](const Alert& alert) { return alert.event == event; });
    const size_t count = is_done && event != AlertEvent::unhealthy ? 0 : alert_targets(spec, event).size();
    for (size_t index = 0; index < count; ++index) {
      file.append(Event("alerting", run, {{"event", to_string(event)}, {"target", std::to_string(index)}}));
      requests.push_back({event, index, earlier.size() + requests.size() + 1});
    }
  }
  return requests;
}

class Sending {
 public:
  Sending(const RecordFile& file, const JobSpec& spec, int run)
      : file_(file), spec_(spec), run_(run), manager_(manager_of(spec)) {}

  void send(const std::vector<AlertRequest>& requests) {
    const Helpers helpers{"", "", "", own_folder() + "/alert"};
    for (const AlertRequest& request : requests)
      jobs_.push_back(manager_.start(to_alert_plan(spec_, run_, request, file_.path(), helpers)));
  }

  void wait_until_accepted() {
    const auto is_open = [](const auto& job) { return job->pending && !job->accepted; };
    const Duration deadline = monotonic() + acceptance;
    while (monotonic() < deadline && std::any_of(jobs_.begin(), jobs_.end(), is_open))
      manager_.wait(-1, deadline - monotonic());
  }

  void note_refused(const std::vector<AlertRequest>& requests) const {
    for (size_t i = 0; i < jobs_.size(); ++i)
      if (jobs_[i]->failed && !jobs_[i]->accepted)
        note_outcome(file_, spec_, run_, requests[i].event, requests[i].index,
                     {false, "systemd did not start it: " + jobs_[i]->text});
  }

 private:
  const RecordFile& file_;
  const JobSpec& spec_;
  const int run_;
  BusManager manager_;
  std::vector<std::shared_ptr<UnitJob>> jobs_;
};

// systemd starts no run more of a crash loop, and tells nobody. With -p Restart= the limit isn't ours.
bool is_crash_loop(const JobSpec& spec, const std::vector<Run>& runs) {
  if (spec.restart.when == RestartWhen::no && spec.health.action() != OnUnhealthy::restart) return false;
  const Run& last = runs.back();
  std::vector<Time> starts;
  for (const Run& run : runs)
    if (run.number >= first_of_series(last)) starts.push_back(run.started_at.value_or(run.requested_at));
  const Time next = last.ended_at.value_or(now()) + restart_delay(spec.restart, last.restarts);
  return is_beyond(start_limit(spec.restart), starts, next);
}

}  // namespace

void raise_alerts(const RecordFile& file, const JobSpec& spec, int run,
                  const std::vector<AlertEvent>& events) {
  std::vector<AlertRequest> requests;
  try {
    requests = announce(file, spec, run, events);
    if (requests.empty()) return;
    Sending sending(file, spec, run);
    sending.send(requests);
    sending.wait_until_accepted();
    sending.note_refused(requests);
  } catch (const std::exception& error) {
    for (const AlertRequest& request : requests)
      note_outcome(file, spec, run, request.event, request.index, {false, error.what()});
  }
}

// Of a start that fails before there was any run, whoever started the job is told.
void alert_of_end(const RecordFile& file, int number) {
  const Record record = file.read();
  const std::vector<Run> runs = to_runs(record);
  const Run& run = runs.back();
  if (run.number != number || (run.goes_on && !is_crash_loop(record.spec, runs))) return;
  if (number == 1 && !run.started_at && !record.spec.schedule) return;
  std::vector<AlertEvent> events = {AlertEvent::end};
  if (run.state == State::failed) events.push_back(AlertEvent::failure);
  raise_alerts(file, record.spec, number, events);
}

void note_outcome(const RecordFile& file, const JobSpec& spec, int run, AlertEvent event, size_t index,
                  const Outcome& outcome) {
  const std::string why = cut_to_width(visible(outcome.text), longest_reason);
  Event alerted(
      "alerted", run,
      {{"event", to_string(event)}, {"target", std::to_string(index)}, {"ok", outcome.ok ? "1" : "0"}});
  if (!outcome.ok) alerted.fields["text"] = why;
  file.append(alerted);
  if (outcome.ok) return;
  const std::string target = alert_target_name(alert_targets(spec, event).at(index));
  send_event(spec,
             {message_alert_failed, visible(spec.name) + ": could not alert " + visible(target) + ": " + why,
              run, LOG_WARNING},
             uses_system_manager(spec));
}

}  // namespace jobctl
