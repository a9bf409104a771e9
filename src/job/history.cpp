#include "job/history.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Events that become entries of their own, under another name where the trail has one.
constexpr std::array<std::pair<const char*, const char*>, 7> renamed = {{{"scheduled", "schedule"},
                                                                         {"defined", "define"},
                                                                         {"signal-sent", "signal"},
                                                                         {"paused", "pause"},
                                                                         {"resumed", "resume"},
                                                                         {"unhealthy", "unhealthy"},
                                                                         {"healthy", "healthy"}}};

std::string text_of(const Event& event) {
  const std::string how = event.text("how");
  if (const auto signal = event.number("signal"))
    return signal_name(static_cast<int>(*signal)) + (how.empty() ? "" : " (" + how + ")");
  return how.empty() ? event.text("text") : how;
}

std::string commands_text(const JobSpec& spec) {
  std::vector<std::string> texts;
  for (const Argv& command : spec.commands) texts.push_back(shell_quote(command));
  return join(texts, " --then ");
}

class Trail {
 public:
  explicit Trail(const Record& record) : record_(record), runs_(to_runs(record)), job_(to_job(record)) {
    for (const Event& event : record.events)
      if (event.kind == "starting") asked_.insert(event.run);
  }

  std::vector<HistoryEntry> entries() {
    for (const Event& event : record_.events)
      if (const std::string name = name_of(event); !name.empty()) add(event, name);
    for (const Run& run : runs_)
      if (run.ended_at) add_end(run);
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const HistoryEntry& a, const HistoryEntry& b) { return a.time < b.time; });
    return std::move(entries_);
  }

 private:
  std::string name_of_start(const Event& event) const {
    const std::string how = event.text("how");
    // Records of before it was written know restarts by hand only.
    const bool is_again = event.run > 1 && !record_.spec.schedule.repeats() && record_.spec.job_file.empty();
    if (!event.text("adopted").empty()) return "adopt";
    if (how == started_by_unit) return was_restarted(event.run) ? "restart" : "start";
    return how == started_by_restart || (how.empty() && is_again) ? "restart" : "start";
  }

  // systemd doesn't tell the run that it is one, but the run before.
  bool was_restarted(int run) const {
    const auto before = static_cast<size_t>(run) - 2;
    return run > 1 && before < runs_.size() && runs_[before].ended_how == "systemctl restart";
  }

  // "" for one that the trail leaves out.
  std::string name_of(const Event& event) const {
    if (event.kind == "starting") return name_of_start(event);
    // One that nobody asked for: by the restart policy, or by systemctl(1).
    if (event.kind == "started") return asked_.contains(event.run) ? "" : "restart";
    // What stopped a run so that the next can begin is told by that.
    if (event.kind == "stop-requested") return ends_the_job(event) ? "kill" : "";
    for (const auto& [kind, name] : renamed)
      if (event.kind == kind) return name;
    return "";
  }

  HistoryEntry entry(const std::string& event, int run) const {
    HistoryEntry entry = history_entry(spec_of_run(record_, run), event, run);
    if (run >= 1 && run <= static_cast<int>(runs_.size()))
      entry.pid = runs_[static_cast<size_t>(run - 1)].pid;
    return entry;
  }

  void add(const Event& event, const std::string& name) {
    HistoryEntry& added = entries_.emplace_back(entry(name, event.run));
    added.time = event.time;
    added.by = event.kind == "started" ? "systemd" : event.text("by");
    added.text = event.kind == "starting"  ? commands_text(spec_of_run(record_, event.run))
                 : event.kind == "defined" ? spec_of_run(record_, event.run).job_file
                                           : text_of(event);
  }

  void add_end(const Run& run) {
    HistoryEntry& added = entries_.emplace_back(entry("end", run.number));
    added.time = *run.ended_at;
    added.by = run.ended_by;
    if (!record_.earlier.empty()) job_.spec = spec_of_run(record_, run.number);
    added.text = ending_in_words(job_, run);
  }

  const Record& record_;
  const std::vector<Run> runs_;
  Job job_;
  std::set<int> asked_;
  std::vector<HistoryEntry> entries_;
};

// ---- as a line: an event with the job's identity in further fields

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> words;
  for (const auto& [key, value] : labels) words.push_back(key + "=" + value);
  return join(words, std::string(1, '\0'));
}

std::map<std::string, std::string> parse_labels(const std::string& text) {
  std::map<std::string, std::string> labels;
  if (text.empty()) return labels;
  for (const std::string& word : split(text, '\0')) {
    const size_t equals = std::min(word.find('='), word.size());
    labels[word.substr(0, equals)] = word.substr(std::min(equals + 1, word.size()));
  }
  return labels;
}

struct TextField {
  const char* key;
  std::string HistoryEntry::*member;
};
constexpr TextField text_fields[] = {{"uuid", &HistoryEntry::uuid}, {"name", &HistoryEntry::name},
                                     {"type", &HistoryEntry::type}, {"session", &HistoryEntry::session},
                                     {"user", &HistoryEntry::user}, {"by", &HistoryEntry::by},
                                     {"text", &HistoryEntry::text}};

}  // namespace

HistoryEntry history_entry(const JobSpec& spec, const std::string& event, int run) {
  HistoryEntry entry;
  entry.time = now();
  entry.event = event;
  entry.uuid = spec.uuid, entry.name = spec.name, entry.type = spec.type, entry.session = spec.session;
  entry.user = spec.user;
  entry.labels = spec.labels;
  entry.run = run;
  return entry;
}

std::vector<HistoryEntry> history_of(const Record& record) {
  return Trail(record).entries();
}

std::string to_line(const HistoryEntry& entry) {
  Event event(entry.event, entry.run);
  event.time = entry.time;
  for (const TextField& field : text_fields)
    if (!(entry.*field.member).empty()) event.fields[field.key] = entry.*field.member;
  if (entry.pid > 0) event.fields["pid"] = std::to_string(entry.pid);
  if (!entry.labels.empty()) event.fields["labels"] = labels_text(entry.labels);
  return to_line(event);
}

std::optional<Time> time_of_history_entry(std::string_view line) {
  constexpr std::string_view key = " time=";
  const size_t found = line.find(key);
  if (found == std::string_view::npos) return std::nullopt;
  const std::string_view value = line.substr(found + key.size());
  const auto time = parse_number<int64_t>(value.substr(0, value.find(' ')));
  return time ? std::optional(from_micros(*time)) : std::nullopt;
}

std::optional<HistoryEntry> parse_history_entry(std::string_view line) {
  const auto event = parse_event(line);
  if (!event) return std::nullopt;
  HistoryEntry entry;
  entry.time = event->time;
  entry.event = event->kind;
  entry.run = event->run;
  entry.pid = static_cast<pid_t>(event->number("pid").value_or(0));
  for (const TextField& field : text_fields) entry.*field.member = event->text(field.key);
  entry.labels = parse_labels(event->text("labels"));
  return entry;
}

}  // namespace jobctl
