#include "commands/candidates.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>

#include <unistd.h>

#include "commands/jobs.hpp"
#include "config/job_file.hpp"
#include "config/template.hpp"
#include "output/words.hpp"
#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr size_t description_width = 80;

using Values = std::vector<std::string>;

Values labels_of(const JobSpec& spec) {
  Values labels;
  for (const auto& [key, value] : spec.labels) labels.push_back(key + "=" + value);
  return labels;
}

// The options whose value may be what a job has.
struct Attribute {
  const char* option;
  Values (*values)(const JobSpec&);
};

constexpr Attribute attributes[] = {
    {"type", [](const JobSpec& spec) { return Values{spec.type}; }},
    {"name", [](const JobSpec& spec) { return Values{spec.name}; }},
    {"session", [](const JobSpec& spec) { return Values{spec.session}; }},
    {"user", [](const JobSpec& spec) { return Values{spec.user}; }},
    {"label", labels_of},
};

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// CLI::IsMember says "TEXT:{json,text}".
Values choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{'), close = type.find('}');
  return close == std::string::npos ? Values() : split(type.substr(open + 1, close - open - 1), ',');
}

// Looking must not be what makes the state directory.
bool has_jobs(const Context& context) {
  return access(context.jobs_dir().c_str(), F_OK) == 0;
}

// systemd isn't asked: a bus that hangs is no reason for a shell to hang.
std::vector<Job> known_jobs(Context& context) {
  if (!has_jobs(context)) return {};
  const RowFilter all{.brief = true};
  auto jobs = certain_jobs(context, all);
  return jobs ? std::move(*jobs) : context.registry().find(all);
}

void add_signals(Candidates& candidates, const std::string& typed, const std::string& lead) {
  const bool is_short = !typed.empty() && !typed.starts_with('S');
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* name = sigabbrev_np(number);
    if (name) candidates.add(lead + (is_short ? "" : "SIG") + name, sigdescr_np(number));
  }
}

void add_attribute(Candidates& candidates, const Attribute& attribute, Manager manager,
                   const std::string& lead) {
  Context context(manager);
  if (!has_jobs(context)) return;
  std::map<std::string, uint64_t> counts;
  for (const Job& job : context.registry().find({}))
    for (const std::string& value : attribute.values(job.spec)) ++counts[value];
  counts.erase("");
  for (const auto& [value, count] : counts)
    candidates.add(lead + value, count_in_words(count, "job", "jobs"));
}

bool is_named(const Job& job, const Words& named) {
  return std::any_of(named.begin(), named.end(), [&](const std::string& word) {
    return job.spec.name == word || (!word.empty() && job.spec.uuid.starts_with(ascii_lower(word)));
  });
}

void add_templates(Candidates& candidates) {
  for (const TemplateFile& file : find_templates(template_folders())) candidates.add(file.name, file.file);
}

void add_job_files(Candidates& candidates, Manager manager) {
  for (const std::string& file : toml_files(job_folder(manager == Manager::system)))
    candidates.add(name_of_toml(file), file);
}

}  // namespace

void Candidates::add(const std::string& candidate, const std::string& description) {
  if (candidate.empty() || visible(candidate) != candidate) return;
  lines_ += candidate + '\t' + cut_to_width(visible(description), description_width) + '\n';
}

bool takes_value(const CLI::Option& option) {
  return option.nonpositional() && option.get_items_expected_max() > 0;
}

void add_verbs(Candidates& candidates, const std::vector<Verb>& verbs) {
  for (const Verb& verb : verbs) {
    candidates.add(verb.app->get_name(), verb.app->get_description());
    for (const std::string& alias : verb.app->get_aliases())
      candidates.add(alias, verb.app->get_description());
  }
}

void add_options(Candidates& candidates, const CLI::App& verb) {
  for (const CLI::Option* option : verb.get_options()) {
    if (!option->nonpositional() || option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames())
      candidates.add("--" + name, option->get_description());
    for (const std::string& name : option->get_snames())
      candidates.add("-" + name, option->get_description());
  }
}

void add_values(Candidates& candidates, const CLI::Option& option, Manager manager, const std::string& typed,
                const std::string& lead) {
  for (const std::string& choice : choices_of(option)) candidates.add(lead + choice, "");
  const std::string& name = option.get_lnames().front();
  if (is_one_of(name, {"env-file", "log-file", "own-log"})) return candidates.leave_to_shell(":files");
  if (name == "directory") return candidates.leave_to_shell(":directories");
  if (name == "template") return add_templates(candidates);
  if (is_one_of(name, {"signal", "stop-signal"})) return add_signals(candidates, typed, lead);
  for (const Attribute& attribute : attributes)
    if (name == attribute.option) add_attribute(candidates, attribute, manager, lead);
}

namespace {

void add_jobs(Candidates& candidates, const CLI::App& verb, Manager manager, const Words& named) {
  Context context(manager);
  const bool only_active = is_one_of(verb.get_name(), {"kill", "pause", "resume", "attach", "top"});
  std::vector<Job> jobs = known_jobs(context);
  // Also by those that aren't shown: a verb would refuse the name of two.
  std::map<std::string, int> bearers;
  for (const Job& job : jobs) ++bearers[job.spec.name];
  std::erase_if(
      jobs, [&](const Job& job) { return (only_active && !is_active(job.state)) || is_named(job, named); });
  for (const Job& job : jobs) {
    // What looks like an option would be taken for one.
    if (bearers[job.spec.name] == 1 && !job.spec.name.starts_with('-'))
      candidates.add(job.spec.name, state_cell(job.state, job.current) + ", " + job.spec.type);
  }
  for (const Job& job : jobs)
    candidates.add(job.spec.uuid, state_cell(job.state, job.current) + ", " + shown_name(job.spec));
}

}  // namespace

void add_positionals(Candidates& candidates, const CLI::App& verb, Manager manager, const Words& named) {
  const CLI::Option* action = verb.get_option_no_throw("ACTION");
  if (action && named.empty()) {
    for (const std::string& choice : choices_of(*action)) candidates.add(choice, "");
  } else if (verb.get_option_no_throw("TEMPLATE")) {
    add_templates(candidates);
  } else if (verb.get_option_no_throw("NAME")) {
    add_job_files(candidates, manager);
  } else if (verb.get_option_no_throw("JOB")) {
    add_jobs(candidates, verb, manager, named);
  }
}

}  // namespace jobctl
