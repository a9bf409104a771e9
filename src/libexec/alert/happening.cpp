#include "happening.hpp"

#include "output/json.hpp"
#include "util/display.hpp"

namespace jobctl {

namespace {

std::string why_unhealthy(const Record& record, int run) {
  std::string text;
  for (const Event& event : record.events)
    if (event.run == run && event.kind == "unhealthy") text = event.text("text");
  return visible(text);
}

template <class Value>
std::string text_or_nothing(const std::optional<Value>& value, std::string (*write)(Value)) {
  return value ? write(*value) : "";
}

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

Happening happening_of(const Record& record, int run, AlertEvent event) {
  Happening happening;
  happening.event = event;
  Job job;
  job.spec = record.spec;
  job.unhealthy = event == AlertEvent::unhealthy;
  happening.job = at_run(job, to_runs(record).at(static_cast<size_t>(run - 1)));
  happening.summary = event == AlertEvent::unhealthy
                          ? visible(record.spec.name) + " is unhealthy: " + why_unhealthy(record, run)
                          : ending_in_words(happening.job);
  return happening;
}

std::string to_json_text(const Happening& happening, Time now) {
  auto json = to_json(happening.job, now);
  json["event"] = to_string(happening.event);
  json["summary"] = happening.summary;
  json["log"] = happening.log;
  return json_text(json);
}

std::vector<std::string> to_variables(const Happening& happening, Time now) {
  const Job& job = happening.job;
  const ExitStatus& exit = job.current.exit;
  return {std::string("JOBCTL_EVENT=") + to_string(happening.event),
          std::string("JOBCTL_STATE=") + to_string(job.state),
          "JOBCTL_REASON=" + job.current.reason,
          "JOBCTL_EXIT_CODE=" + text_or_nothing<int>(exit.code, std::to_string),
          "JOBCTL_SIGNAL=" + text_or_nothing<int>(exit.signal, signal_name),
          "JOBCTL_RUNTIME=" + text_or_nothing<Duration>(job.runtime(now), seconds_text),
          "JOBCTL_SUMMARY=" + happening.summary,
          "JOBCTL_HOST=" + job.spec.host};
}

}  // namespace jobctl
