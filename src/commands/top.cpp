// jobctl top: the active jobs by what they use, again and again.
#include <array>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "commands/top_look.hpp"
#include "commands/top_session.hpp"
#include "commands/verb.hpp"
#include "output/text.hpp"
#include "util/error.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

struct TopArguments {
  std::shared_ptr<QueryOptions> query;
  std::string delay = "2s";
  std::optional<int64_t> tables;
  std::string sort = "cpu";
};

constexpr Duration least_delay = std::chrono::milliseconds(100);
constexpr Duration greatest_delay = std::chrono::hours(24);

struct SortWord {
  const char* word;
  TopColumn column;
};
constexpr std::array<SortWord, 6> sort_words = {{{"cpu", TopColumn::cpu},
                                                 {"memory", TopColumn::memory},
                                                 {"io", TopColumn::read},
                                                 {"network", TopColumn::net},
                                                 {"name", TopColumn::name},
                                                 {"runtime", TopColumn::runtime}}};

Duration parse_delay(const std::string& text) {
  const auto delay = parse_duration(text, "--delay");
  if (!delay || *delay < least_delay || *delay > greatest_delay)
    throw Error(Errc::usage, "--delay " + text + ": not from 100 ms to one day");
  return *delay;
}

TopOptions to_top(const TopArguments& options) {
  TopOptions top{options.query->take(), parse_delay(options.delay), TopColumn::cpu};
  for (const SortWord& entry : sort_words)
    if (options.sort == entry.word) top.column = entry.column;
  return top;
}

void require_terminal() {
  const std::string type = environment("TERM");
  const bool is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  if (!is_terminal || type.empty() || type == "dumb")
    throw Error(Errc::usage,
                is_terminal ? "top needs a terminal that can move its cursor; TERM is \"" + type + "\""
                            : "top needs a terminal",
                "one table: jobctl top -n 1; all figures: jobctl list -o wide");
  if (tcgetpgrp(STDIN_FILENO) != getpgrp()) throw Error(Errc::usage, "top can't run in the background");
}

// For pipes: so many tables, an empty line between two.
int print_tables(Context& context, const TopOptions& options, int64_t tables) {
  Loads loads;
  for (int64_t i = 0; i < tables; ++i) {
    if (i > 0) poll(nullptr, 0, static_cast<int>(options.delay / std::chrono::milliseconds(1)));
    const std::vector<TopRow> rows = look_at_jobs(context, options.query, loads);
    const Time time = now();
    const std::string text =
        to_text(top_table(sorted(rows, {options.column}, time), std::nullopt, time), style_of(STDOUT_FILENO));
    if (!write_all(STDOUT_FILENO, (i > 0 ? "\n" : "") + text))
      throw_errno("could not write the table", errno);
  }
  return 0;
}

int run(Context& context, const TopArguments& options) {
  const TopOptions top = to_top(options);
  if (options.tables) return print_tables(context, top, *options.tables);
  require_terminal();
  return run_top(context, top);
}

Words names_of_columns() {
  Words words;
  for (const SortWord& entry : sort_words) words.push_back(entry.word);
  return words;
}

}  // namespace

Verb add_top(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("top", "watch what jobs use, and act on them");
  auto options = std::make_shared<TopArguments>();
  options->query = add_query(*verb);
  verb->add_option("-d,--delay", options->delay, "time between two looks (default: 2s)");
  verb->add_option("-n,--tables", options->tables, "print so many tables instead, for pipes and files")
      ->check(at_least(1));
  verb->add_option("--sort", options->sort, "cpu (default), memory, io, network, name or runtime")
      ->check(CLI::IsMember(names_of_columns()));
  verb->footer(
      "Examples:\n  jobctl top --session s1\n  jobctl top -n 1 --sort memory\n"
      "Keys: arrows select, a attaches, k kills, r restarts, p pauses; c m i n t sort; h shows all keys.");
  return {verb, [options](Context& context) { return run(context, *options); }};
}

}  // namespace jobctl
