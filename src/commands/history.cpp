// jobctl history: the audit trail, from the records and from what outlived them.
#include <algorithm>
#include <iostream>
#include <set>
#include <tuple>

#include <sys/stat.h>
#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/start_options.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "registry/history_file.hpp"
#include "util/display.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  std::shared_ptr<QueryOptions> query;
  std::string since, until;
  std::string format = "table";
};

struct Span {
  std::optional<Time> since, until;

  bool contains(Time time) const { return !(since && time < *since) && !(until && time > *until); }
};

// ---- what there is

// A record that has not changed since then tells nothing newer.
bool may_tell_since(const std::string& record_path, const std::optional<Time>& since) {
  struct stat info {};
  if (!since) return true;
  return stat(record_path.c_str(), &info) == 0 && info.st_mtime + 1 >= to_micros(*since) / 1'000'000;
}

void add_recorded(const std::string& path, std::vector<HistoryEntry>& entries) try {
  const auto file = RecordFile::open_existing(path);
  if (!file) return;  // flushed meanwhile
  for (HistoryEntry& entry : history_of(file->read())) entries.push_back(std::move(entry));
} catch (const Error& error) {
  say(error);
}

// A flush that was interrupted has written what the record still tells.
void drop_repeated(std::vector<HistoryEntry>& entries) {
  std::set<std::tuple<std::string, int, std::string, Time, pid_t>> seen;
  std::erase_if(entries, [&](const HistoryEntry& entry) {
    return !seen.insert({entry.uuid, entry.run, entry.event, entry.time, entry.pid}).second;
  });
}

// Records first: what is flushed while they are read is in the file by then.
std::vector<HistoryEntry> all_entries(const Context& context, const Span& span) {
  const std::string& state_dir = context.config().paths.state_dir;
  std::vector<HistoryEntry> entries;
  for (const std::string& uuid : list_records(state_dir)) {
    const std::string path = context.record_path(uuid);
    if (may_tell_since(path, span.since)) add_recorded(path, entries);
  }
  for (HistoryEntry& entry : read_history(state_dir)) entries.push_back(std::move(entry));
  drop_repeated(entries);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const HistoryEntry& a, const HistoryEntry& b) { return a.time < b.time; });
  return entries;
}

// ---- which of it is meant

Job job_of(const HistoryEntry& entry) {
  Job job;
  job.spec.uuid = entry.uuid, job.spec.name = entry.name, job.spec.type = entry.type;
  job.spec.session = entry.session, job.spec.user = entry.user, job.spec.labels = entry.labels;
  return job;
}

// Of all jobs there ever were, several may have the name.
bool is_meant(const Query& query, const HistoryEntry& entry) {
  if (query.empty()) return true;
  const Job job = job_of(entry);
  const bool is_named = std::any_of(query.names.begin(), query.names.end(),
                                    [&](const std::string& text) { return may_mean(text, job); });
  const bool passes = matches_filters(query, job);
  if (query.any) return is_named || passes;
  return (query.names.empty() || is_named) && (!query.has_filters() || passes);
}

void require_known(const Query& query, const std::vector<HistoryEntry>& entries) {
  for (const std::string& text : query.names)
    if (std::none_of(entries.begin(), entries.end(),
                     [&](const HistoryEntry& entry) { return may_mean(text, job_of(entry)); }))
      throw Error(Errc::no_such_job, "the history knows no job named " + visible(text),
                  "jobctl history shows all");
}

// ---- how it is shown

Color color_of(const std::string& event) {
  if (event == "start" || event == "restart" || event == "adopt") return Color::green;
  if (event == "kill" || event == "cleanup" || event == "unhealthy") return Color::red;
  return event == "flush" || event == "end" ? Color::dim : Color::none;
}

void print_table(const std::vector<HistoryEntry>& entries) {
  Table table;
  table.columns = {{"TIME"}, {"EVENT"}, {"NAME"}, {"UUID"}, {"RUN", Align::right}, {"BY"}, {"WHAT"}};
  enum { name = 2, uuid = 3, run = 4, what = 6 };
  table.concessions = {
      {Concession::shorten, uuid}, {Concession::drop, run}, {Concession::cut, what}, {Concession::cut, name}};
  for (const HistoryEntry& entry : entries)
    table.add_row(Cell(to_local(entry.time)), Cell(Colored{entry.event, color_of(entry.event)}),
                  text_or_nothing(entry.name), entry.uuid.empty() ? Cell(Nothing{}) : Cell(Uuid{entry.uuid}),
                  entry.run > 0 ? Cell(int64_t{entry.run}) : Cell(Nothing{}), text_or_nothing(entry.by),
                  text_or_nothing(entry.text));
  if (!entries.empty()) std::cout << to_text(table, style_of(STDOUT_FILENO));
}

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void print_json(const std::vector<HistoryEntry>& entries) {
  for (const HistoryEntry& entry : entries)
    std::cout << json_text({{"time", to_rfc3339(entry.time)},
                            {"event", entry.event},
                            {"uuid", or_null(entry.uuid)},
                            {"name", or_null(entry.name)},
                            {"type", or_null(entry.type)},
                            {"session", or_null(entry.session)},
                            {"labels", Json(entry.labels)},
                            {"user", or_null(entry.user)},
                            {"run", entry.run > 0 ? Json(entry.run) : Json()},
                            {"pid", entry.pid > 0 ? Json(entry.pid) : Json()},
                            {"by", or_null(entry.by)},
                            {"text", or_null(entry.text)}})
              << '\n';
}

std::optional<Time> time_of(const std::string& text, const char* option) {
  return text.empty() ? std::nullopt : std::optional(parse_time(text, option));
}

// Ends that nobody saw are concluded by a look; without a manager the rest can be told all the same.
void catch_up(Context& context) try {
  current_jobs(context, {.active = true, .brief = true});
} catch (const Error&) {  // NOLINT(bugprone-empty-catch)
}

int run_history(Context& context, const HistoryOptions& options) {
  const Query query = options.query->take();
  const Span span{time_of(options.since, "--since"), time_of(options.until, "--until")};
  context.require_own("show the history of");
  catch_up(context);
  // Whoever is named may have a history before that time only.
  std::vector<HistoryEntry> entries = all_entries(context, query.names.empty() ? span : Span{});
  require_known(query, entries);
  std::erase_if(entries, [&](const HistoryEntry& entry) {
    return !span.contains(entry.time) || !is_meant(query, entry);
  });
  options.format == "json" ? print_json(entries) : print_table(entries);
  if (entries.empty() && isatty(STDERR_FILENO)) say("nothing is known of then, or of such jobs");
  return 0;
}

}  // namespace

Verb add_history(CLI::App& app) {
  CLI::App* verb =
      app.add_subcommand("history", "what was done to jobs, by whom and when; also those flushed");
  auto options = std::make_shared<HistoryOptions>();
  options->query = add_query(*verb);
  verb->remove_option(verb->get_option("--state"));  // what a job was is what its history tells
  verb->add_option("--since", options->since, "from this time on: 2026-11-18 09:00, yesterday, -2h")
      ->check(refuse_empty);
  verb->add_option("--until", options->until, "up to this time")->check(refuse_empty);
  verb->add_option("-o,--output", options->format, "table (default), or json: one object a line")
      ->check(CLI::IsMember({"table", "json"}));
  verb->footer(
      "Examples:\n  jobctl history nightly\n  jobctl history --since yesterday -o json | jq 'select(.event "
      "== "
      "\"kill\")'\nA name means every job that ever had it.");
  return {verb, [options](Context& context) { return run_history(context, *options); }};
}

}  // namespace jobctl
