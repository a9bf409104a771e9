#include "commands/cleanup_outcome.hpp"

#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "commands/context.hpp"
#include "output/json.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "output/words.hpp"
#include "util/display.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr size_t widest_command = 200;  // -o json has all of it

std::string short_command_line(const Process& process) {
  return cut_to_width(visible(command_line(process)), widest_command);
}

}  // namespace

std::string state_of(const Outcome& outcome) {
  if (!outcome.job.empty()) return "adopted";
  if (!outcome.ended) return "found";
  if (!outcome.ended->is_gone) return "left";
  return outcome.ended->needed_sigkill ? "killed" : "ended";
}

std::string in_words(const Outcome& outcome) {
  const Process& process = outcome.stray.entry.process;
  return state_of(outcome) + " " + std::to_string(process.pid) + " (" + short_command_line(process) +
         "): " + outcome.stray.why;
}

void print_table(const std::vector<Outcome>& outcomes, bool with_state) {
  Table table;
  table.columns = {{"PID", Align::right}, {"ROLE"},    {"PARENT", Align::right},
                   {"RUNNING"},           {"COMMAND"}, {"WHY"}};
  if (with_state) table.columns.insert(table.columns.begin(), {"STATE"});
  const size_t last = table.columns.size() - 1;
  table.concessions = {{Concession::drop, last}, {Concession::cut, last - 1}};
  const Time time = now();
  for (const Outcome& outcome : outcomes) {
    const Process& process = outcome.stray.entry.process;
    table.add_row(Cell(int64_t{process.pid}), Cell(std::string(to_string(outcome.stray.role))),
                  Cell(int64_t{process.parent}), Cell(std::max(Duration::zero(), time - process.started_at)),
                  Cell(short_command_line(process)),
                  Cell(outcome.job.empty() ? outcome.stray.why : "job " + outcome.job.substr(0, 8)));
    if (with_state) table.rows.back().insert(table.rows.back().begin(), Cell(state_of(outcome)));
  }
  if (!outcomes.empty()) std::cout << to_text(table, style_of(STDOUT_FILENO));
}

void print_json(const std::vector<Outcome>& outcomes) {
  auto json = nlohmann::ordered_json::array();
  for (const Outcome& outcome : outcomes) {
    const Process& process = outcome.stray.entry.process;
    json.push_back(
        {{"pid", process.pid},
         {"state", state_of(outcome)},
         {"role", to_string(outcome.stray.role)},
         {"why", outcome.stray.why},
         {"parent", process.parent},
         {"started_at", to_rfc3339(process.started_at)},
         {"command", process.argv},
         {"problem", outcome.ended && !outcome.ended->problem.empty()
                         ? nlohmann::ordered_json(outcome.ended->problem)
                         : nlohmann::ordered_json()},
         {"job", outcome.job.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(outcome.job)}});
  }
  std::cout << json_text(json) << '\n';
}

void tell_failure(const Outcome& outcome) {
  const std::string pid = std::to_string(outcome.stray.entry.process.pid);
  say("could not end process " + pid + " (" + visible(outcome.stray.entry.process.name) +
      "): " + outcome.ended->problem);
  dprintf(STDERR_FILENO, "  kill -KILL %s\n", pid.c_str());
}

void tell_of_left_alone(const std::vector<TableEntry>& left_alone) {
  for (const TableEntry& entry : left_alone)
    say("process " + std::to_string(entry.process.pid) + " (" +
        cut_to_width(visible(command_line(entry.process)), 80) + ") " +
        (entry.is_in_container ? "runs in a container" : "is " + user_name(entry.user) + "'s") +
        " and was left alone");
}

}  // namespace jobctl
