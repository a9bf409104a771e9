// One verb of the command line: its options, registered with CLI11, and what runs once they are parsed.
// Parsing only selects; main() runs the selected verb, so that every error takes the same way out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands/context.hpp"
#include "job/query.hpp"

namespace jobctl {

struct Verb {
  CLI::App* app;
  std::function<int(Context&)> run;
  bool tells_of_config = false;  // a configuration that can't be read is the verb's own matter
};

// The first "--" and the words after it, untouched; none without it.
using Words = std::vector<std::string>;

Verb add_start(CLI::App& app, const Words& words, const std::string& name = "start");
Verb add_list(CLI::App& app);
Verb add_top(CLI::App& app);
Verb add_status(CLI::App& app);
Verb add_logs(CLI::App& app);
Verb add_attach(CLI::App& app);
Verb add_wait(CLI::App& app);
Verb add_kill(CLI::App& app);
Verb add_restart(CLI::App& app);
Verb add_pause(CLI::App& app);
Verb add_resume(CLI::App& app);
Verb add_flush(CLI::App& app);
Verb add_cleanup(CLI::App& app);
Verb add_history(CLI::App& app);
Verb add_template(CLI::App& app);
Verb add_job(CLI::App& app);
Verb add_generate(CLI::App& app);
Verb add_find(CLI::App& app);
Verb add_adopt(CLI::App& app);
Verb add_export(CLI::App& app);
Verb add_config(CLI::App& app);
Verb add_doctor(CLI::App& app);

// For whole numbers.
CLI::Validator at_least(int64_t least);

// A query's positionals and filters as options of a verb. The text of --state and --label is checked when the
// query is taken. `with_any`: whether --any is the query's (wait has one of its own).
struct QueryOptions {
  Query query;
  std::vector<std::string> states;
  std::vector<std::string> labels;

  Query take() const;
};
std::shared_ptr<QueryOptions> add_query(CLI::App& verb, bool with_any = true);

}  // namespace jobctl
