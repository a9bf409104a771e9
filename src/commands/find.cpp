// jobctl find: which job a process belongs to.
#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/process_owner.hpp"
#include "commands/verb.hpp"
#include "output/job_table.hpp"
#include "output/json.hpp"
#include "output/text.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

struct FindOptions {
  std::vector<pid_t> pids;
  std::string format = "text";
};

struct Found {
  ProcessOwner owner;
  Job job;
};

// All jobs with one look, and without systemd where the records tell enough.
std::vector<Job> jobs_of(Context& context, const RowFilter& rows) {
  if (rows.names.empty()) return {};
  const auto jobs = certain_jobs(context, rows);
  return jobs ? *jobs : current_jobs(context, rows);
}

std::vector<Found> find_all(Context& context, const std::vector<ProcessOwner>& owners, int& status) {
  RowFilter rows;
  for (const ProcessOwner& owner : owners)
    if (!owner.uuid.empty()) rows.names.push_back(owner.uuid);
  const std::vector<Job> jobs = jobs_of(context, rows);
  std::vector<Found> found;
  for (const ProcessOwner& owner : owners) {
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& other) { return has_process(other, owner); });
    if (job != jobs.end()) {
      found.push_back({owner, *job});
      continue;
    }
    const Error error = not_ours(context, owner);
    say(error);
    status = static_cast<int>(error.code);
  }
  return found;
}

void print_json(const std::vector<Found>& all) {
  auto json = nlohmann::ordered_json::array();
  const Time time = now();
  for (const Found& found : all)
    json.push_back({{"pid", found.owner.process.pid}, {"job", to_json(found.job, time)}});
  std::cout << json_text(json) << '\n';
}

void print_table(const std::vector<Found>& all) {
  Table table;
  table.columns = {{"PID", Align::right}, {"TYPE"}, {"NAME"}, {"STATE"}, {"UUID"}, {"PROCESS"}};
  table.concessions = {{Concession::shorten, 4}, {Concession::cut, 5}};
  const Time time = now();
  for (const Found& found : all)
    table.add_row(Cell(int64_t{found.owner.process.pid}), Cell(found.job.spec.type),
                  Cell(found.job.spec.name), Cell(state_of(found.job, time)), Cell(Uuid{found.job.spec.uuid}),
                  Cell(command_line(found.owner.process)));
  if (!all.empty()) std::cout << to_text(table, style_of(STDOUT_FILENO));
}

int run_find(Context& context, const FindOptions& options) {
  int status = 0;
  std::vector<ProcessOwner> owners;
  for (const pid_t pid : options.pids) {
    try {
      owners.push_back(owner_of(pid));
    } catch (const Error& error) {
      say(error);
      status = static_cast<int>(error.code);
    }
  }
  const std::vector<Found> found = find_all(context, owners, status);
  options.format == "json" ? print_json(found) : print_table(found);
  return status;
}

}  // namespace

Verb add_find(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("find", "which job a process belongs to");
  auto options = std::make_shared<FindOptions>();
  verb->add_option("PID", options->pids, "process IDs")->required()->check(at_least(1));
  verb->add_option("-o,--output", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer("Example:\n  jobctl find $(pgrep llama-server)");
  return {verb, [options](Context& context) { return run_find(context, *options); }};
}

}  // namespace jobctl
