// jobctl history: the audit trail, from the records and from what outlived them.
#include <iostream>

#include <unistd.h>

#include "commands/history_entries.hpp"
#include "commands/jobs.hpp"
#include "commands/start_options.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  std::shared_ptr<QueryOptions> query;
  std::string since, until;
  std::string format = "table";
};

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
  const std::vector<HistoryEntry> entries = history_entries(context, query, span);
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
