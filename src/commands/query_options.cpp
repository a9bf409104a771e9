
#include "commands/verb.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

const std::vector<std::string> state_names = {"queued",   "starting", "running", "unhealthy", "paused",
                                              "stopping", "done",     "failed",  "killed",    "lost"};

State state_of(const std::string& text) {
  if (const auto state = parse_state(text)) return *state;
  const std::string near = closest(text, state_names);
  throw Error(Errc::usage,
              "--state " + text + ": no such state" + (near.empty() ? "" : "; did you mean " + near + "?"),
              "states: " + join(state_names, ", "));
}

std::pair<std::string, std::string> label_of(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0) throw Error(Errc::usage, "--label " + text + ": not of the form KEY[=VALUE]");
  return {text.substr(0, equals), equals == std::string::npos ? "*" : text.substr(equals + 1)};
}

}  // namespace

CLI::Validator at_least(int64_t least) {
  const auto check = [least](const std::string& text) -> std::string {
    if (parse_number<int64_t>(text).value_or(least - 1) >= least) return "";
    return printable_ascii(text, 40) + " is not a whole number of at least " + std::to_string(least);
  };
  return {check, "", "at least " + std::to_string(least)};
}

Query QueryOptions::take() const {
  Query result = query;
  for (const std::string& text : states) result.states.push_back(state_of(text));
  for (const std::string& text : labels) result.labels.push_back(label_of(text));
  return result;
}

std::shared_ptr<QueryOptions> add_query(CLI::App& verb, bool with_any) {
  auto options = std::make_shared<QueryOptions>();
  Query& query = options->query;
  verb.add_option("JOB", query.names, "UUID, unique prefix of one (4 digits or more), or name");
  const auto add = [&](const char* flag, std::vector<std::string>& values, const char* help) {
    return verb.add_option(flag, values, help)->allow_extra_args(false)->group("Filters");
  };
  add("--name", query.name_globs, "jobs whose name matches this glob");
  add("--type", query.types, "jobs of this type (glob)");
  add("--session", query.sessions, "jobs of this session (glob)");
  add("--user", query.users, "jobs that this user started (glob)");
  // In the way in which CLI::IsMember says its choices, for completion.
  add("--state", options->states, "jobs in this state (running, failed, …)")
      ->type_name("{" + join(state_names, ",") + "}");
  add("--label", options->labels, "jobs with the label KEY[=VALUE] (globs)");
  if (with_any)
    verb.add_flag("--any", query.any, "match any of the filters instead of all of them")->group("Filters");
  return options;
}

}  // namespace jobctl
