// jobctl template: what templates there are, what their parameters mean, whether they are right; a new one.
#include "config/template.hpp"

#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "bus/drop_in.hpp"
#include "commands/new_job.hpp"
#include "commands/start_unit.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "output/text.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct TemplateOptions {
  std::string action;
  std::vector<std::string> names;
  std::string format = "text";
};

bool is_file(const std::string& word) {
  return word.find('/') != std::string::npos || word.ends_with(".toml");
}

std::string stem_of(const std::string& file) {
  const std::string last = file.substr(file.rfind('/') + 1);
  return last.ends_with(".toml") ? last.substr(0, last.size() - 5) : last;
}

// By its name, or by a path to it.
Template find_template(const std::string& word) {
  return is_file(word) ? read_template(stem_of(word), {word}) : load_template(word, template_folders());
}

const std::string& the_one(const TemplateOptions& options) {
  if (options.names.size() != 1)
    throw Error(Errc::usage, "template " + options.action + " needs the name of one template",
                "jobctl template list");
  return options.names.front();
}

// ---- list

struct ListedTemplate {
  TemplateFile file;
  std::string description;
  std::string problem;
};

std::vector<ListedTemplate> look_at_all() {
  std::vector<ListedTemplate> all;
  const std::vector<std::string> folders = template_folders();
  for (const TemplateFile& file : find_templates(folders)) {
    all.push_back({file, "", ""});
    try {
      all.back().description = load_template(file.name, folders).description;
    } catch (const Error& error) {
      all.back().problem = error.what();
    }
  }
  return all;
}

int list(const TemplateOptions& options) {
  if (!options.names.empty())
    throw Error(Errc::usage, "template list shows all of them",
                "jobctl template show " + options.names.front());
  Json json = Json::array();
  Table table;
  table.columns = {{"NAME"}, {"DESCRIPTION"}, {"FILE"}};
  table.concessions = {{Concession::drop, 2}, {Concession::cut, 1}};
  for (const ListedTemplate& entry : look_at_all()) {
    json.push_back({{"name", entry.file.name},
                    {"description", entry.description},
                    {"file", entry.file.file},
                    {"problem", entry.problem.empty() ? Json() : Json(entry.problem)}});
    const Cell what = entry.problem.empty() ? Cell(entry.description) : Cell(Colored{"broken", Color::red});
    table.add_row(Cell(entry.file.name), what, Cell(Path{entry.file.file}));
    if (!entry.problem.empty() && options.format != "json") say(entry.problem);
  }
  std::cout << (options.format == "json" ? json_text(json) + "\n" : to_text(table, style_of(STDOUT_FILENO)));
  return 0;
}

// ---- show

Json to_json(const Parameter& parameter) {
  Json json = {{"name", parameter.name},
               {"type", to_string(parameter.type)},
               {"help", parameter.help},
               {"required", parameter.required}};
  json["default"] = parameter.standard ? Json(*parameter.standard) : Json();
  json["values"] = parameter.values;
  return json;
}

std::string about(const Parameter& parameter) {
  std::string text = parameter.help.empty() ? takes_in_words(parameter) : parameter.help;
  if (!parameter.help.empty() && parameter.type != ParameterType::string &&
      parameter.type != ParameterType::path)
    text += "; " + takes_in_words(parameter);
  if (parameter.required) return text + " (required)";
  return parameter.standard ? text + " (default: " + *parameter.standard + ")" : text;
}

std::string usage_of(const Template& its_template) {
  std::string usage = "jobctl start -d --template " + its_template.name;
  for (const Parameter& parameter : its_template.parameters)
    if (parameter.required) usage += " " + parameter.name + "=…";
  return usage + " [PARAMETER=VALUE]… [-- ARGUMENT…]";
}

// The texts of a value as they stand in the file.
std::string text_of(const TomlNode& node) {
  std::vector<std::string> texts;
  for (const TomlNode& child : node.children)
    texts.push_back((child.key.empty() ? "" : child.key + "=") + text_of(child));
  return node.children.empty() ? node.text : join(texts, node.type == TomlNode::Type::list ? " " : ", ");
}

void print_settings(const Template& its_template) {
  std::cout << "\nSettings:\n";
  for (const TomlNode& node : its_template.body.children)
    if (node.key != "description" && node.key != "parameters")
      std::cout << "  " << node.key << ": " << printable_ascii(text_of(node), 200) << '\n';
}

int show(const TemplateOptions& options) {
  const Template its_template = find_template(the_one(options));
  if (options.format == "json") {
    Json json = {{"name", its_template.name}, {"description", its_template.description}};
    json["files"] = its_template.files;
    json["parameters"] = Json::array();
    for (const Parameter& parameter : its_template.parameters)
      json["parameters"].push_back(to_json(parameter));
    std::cout << json_text(json) << '\n';
    return 0;
  }
  std::cout << its_template.name;
  if (!its_template.description.empty()) std::cout << ": " << its_template.description;
  std::cout << "\nUsage: " << usage_of(its_template) << "\n";
  for (const std::string& file : its_template.files) std::cout << "File: " << file << '\n';
  Table table;
  table.columns = {{"\nParameters:"}, {""}};
  for (const Parameter& parameter : its_template.parameters)
    table.add_row(Cell("  " + parameter.name), Cell(about(parameter)));
  if (!its_template.parameters.empty()) std::cout << to_text(table, Style());
  print_settings(its_template);
  return 0;
}

// ---- check

// What can be seen without the values that only a user knows: settings that exclude each other, and those
// that systemd doesn't understand.
void check_as_job(Context& context, const Template& its_template) {
  const GivenValues samples = sample_values(its_template);
  for (const Parameter& parameter : its_template.parameters)
    if (parameter.required && parameter.type == ParameterType::string) return;
  StartOptions options;
  static_cast<Definition&>(options) = instantiate(its_template, samples, {"/", "/"});
  const UnitPlan plan = plan_unit(context, new_job(context, options));
  refuse_set_twice(plan);
  check_properties(context.manager(), plan);
}

bool check_template(Context& context, const std::string& word) try {
  const Template its_template = find_template(word);
  try {
    check_as_job(context, its_template);
  } catch (const Error& error) {
    throw Error(error.code, its_template.files.front() + ": " + error.what(), error.hint);
  }
  std::cout << its_template.name << ": good\n";
  return true;
} catch (const Error& error) {
  say(error);
  return false;
}

int check(Context& context, const TemplateOptions& options) {
  std::vector<std::string> names = options.names;
  if (names.empty())
    for (const TemplateFile& file : find_templates(template_folders())) names.push_back(file.name);
  bool are_good = true;
  for (const std::string& name : names) are_good = check_template(context, name) && are_good;
  return are_good ? 0 : 1;
}

// ---- new

constexpr const char* skeleton =
    R"(# A template of jobctl; every key is explained in jobctl.job(5). Use it:
#   jobctl start -d --template NAME file=data.csv
description = "what kind of job this is"
command = ["python3", "train.py", "{file}", "--epochs={epochs}"]
restart = "on-failure:3"

[parameters.file]
type = "path"
required = true
help = "what to train on"

[parameters.epochs]
type = "int"
default = 10
min = 1
help = "how often"

# [env]
# OMP_NUM_THREADS = "4"
)";

std::string with_name(std::string text, const std::string& name) {
  const size_t at = text.find("NAME");
  return text.replace(at, 4, name);
}

int make(const TemplateOptions& options) {
  const std::string& name = the_one(options);
  if (name.empty() || is_file(name) || name.starts_with('.') || name.starts_with('-') ||
      printable_ascii(name, 200) != name)
    throw Error(Errc::usage, "\"" + printable_ascii(name, 60) + "\" can't be a template's name");
  const std::vector<std::string> folders = template_folders();
  const std::string file =
      folders[geteuid() == 0 ? folders.size() - 2 : folders.size() - 1] + "/" + name + ".toml";
  make_parents(file, 0755);
  const Fd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd && errno == EEXIST) throw Error(Errc::refused, file + " exists already", "edit it");
  if (!fd || !write_all(fd.get(), with_name(skeleton, name))) throw_errno("could not write " + file, errno);
  std::cout << file << '\n';
  return 0;
}

int run_template(Context& context, const TemplateOptions& options) {
  if (options.action == "list") return list(options);
  if (options.action == "show") return show(options);
  if (options.action == "check") return check(context, options);
  return make(options);
}

}  // namespace

Verb add_template(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("template", "kinds of jobs with parameters: list, show, check, new");
  auto options = std::make_shared<TemplateOptions>();
  verb->add_option("ACTION", options->action,
                   "list (all), show (one, its parameters), check (files), new (one)")
      ->required()
      ->check(CLI::IsMember({"list", "show", "check", "new"}));
  verb->add_option("TEMPLATE", options->names, "names, or paths of files");
  verb->add_option("-o,--output", options->format, "of list and show: text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n"
      "  jobctl template show llama-server\n"
      "  jobctl start -d --template llama-server model=phi-4.gguf port=8081\n"
      "They lie in /usr/share/jobctl/templates, /etc/jobctl/templates and ~/.config/jobctl/templates.");
  return {verb, [options](Context& context) { return run_template(context, *options); }};
}

}  // namespace jobctl
