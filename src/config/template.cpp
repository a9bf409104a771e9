#include "config/template.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <unistd.h>

#include "config/definition_reader.hpp"
#include "config/paths.hpp"
#include "job/placeholders.hpp"
#include "job/regex.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Type = TomlNode::Type;
using Values = std::map<std::string, std::string>;

const std::vector<std::string> template_keys = {"description", "parameters"};
const std::vector<std::string> parameter_keys = {"type", "help", "required", "default", "values",
                                                 "min",  "max",  "check",    "flag"};

// ---- where they are

// systemd's rule: the last part decides the order, whatever folder it is in.
std::vector<std::string> drop_ins(const std::string& name, const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders)
    for (const std::string& file : toml_files(folder + "/" + name + ".toml.d")) files.push_back(file);
  const auto last_part = [](const std::string& file) { return file.substr(file.rfind('/')); };
  std::stable_sort(files.begin(), files.end(),
                   [&](const std::string& a, const std::string& b) { return last_part(a) < last_part(b); });
  return files;
}

// ---- [parameters]

int64_t number_of(const TomlNode& node) {
  const auto number = node.type == Type::number ? parse_number<int64_t>(node.text) : std::nullopt;
  if (!number) complain(node, "must be a whole number");
  return *number;
}

std::vector<std::string> texts_of(const TomlNode& node) {
  std::vector<std::string> texts;
  for (const TomlNode& item : node.children) texts.push_back(text_value(item));
  if (node.type != Type::list || texts.empty()) complain(node, "must be a list of strings");
  return texts;
}

void read_key(Parameter& parameter, const TomlNode& node) {
  const auto only_for = [&](ParameterType type) {
    if (parameter.type != type) complain(node, std::string("is for the type ") + to_string(type));
  };
  if (node.key == "help") {
    parameter.help = text_value(node);
  } else if (node.key == "required") {
    parameter.required = flag_value(node);
  } else if (node.key == "values") {
    only_for(ParameterType::choice);
    parameter.values = texts_of(node);
  } else if (node.key == "min" || node.key == "max") {
    only_for(ParameterType::integer);
    (node.key == "min" ? parameter.least : parameter.most) = number_of(node);
  } else if (node.key == "check") {
    only_for(ParameterType::string);
    parameter.check = text_value(node);
    check_regex(parameter.check, place_and_key(node));
  } else if (node.key == "flag") {
    only_for(ParameterType::boolean);
    parameter.flag = text_value(node);
  }
}

void read_default(Parameter& parameter, const TomlNode& node) {
  if (!node.is_plain() && node.type != Type::boolean)
    complain(node, "must be a string, number, true or false");
  if (parameter.required) complain(node, "has no effect: the parameter is required");
  parameter.standard = node.text;
  parameter_value(parameter, node.text, {"/", "/"}, place_and_key(node));
}

Parameter read_parameter(const TomlNode& node) {
  if (node.type != Type::table) complain(node, "must be a table: [parameters." + node.key + "]");
  if (!is_parameter_name(node.key)) complain(node, "is no parameter's name: small letters, digits, - and _");
  refuse_unknown_keys(node, parameter_keys);
  Parameter parameter;
  parameter.name = node.key;
  parameter.origin = place_and_key(node);
  if (const TomlNode* type = node.find("type")) {
    const auto known = parse_parameter_type(text_value(*type));
    if (!known) complain(*type, "must be string, int, path, port, enum or bool");
    parameter.type = *known;
  }
  for (const TomlNode& key : node.children) read_key(parameter, key);
  if (parameter.type == ParameterType::choice && parameter.values.empty())
    complain(node, "an enum needs values = [\"…\", \"…\"]");
  if (const TomlNode* standard = node.find("default")) read_default(parameter, *standard);
  return parameter;
}

std::vector<Parameter> read_parameters(const TomlNode& body) {
  std::vector<Parameter> parameters;
  const TomlNode* table = body.find("parameters");
  if (!table) return parameters;
  if (table->type != Type::table) complain(*table, "must be a table: [parameters.NAME]");
  for (const TomlNode& node : table->children) parameters.push_back(read_parameter(node));
  return parameters;
}

// ---- what the body says about them

std::vector<std::string> names_of(const Template& its_template) {
  std::vector<std::string> names;
  for (const Parameter& parameter : its_template.parameters) names.push_back(parameter.name);
  return names;
}

void collect_used(const TomlNode& node, const Template& its_template, std::set<std::string>& used) {
  for (const TomlNode& child : node.children) collect_used(child, its_template, used);
  if (node.type != Type::text) return;
  for (const std::string& name : placeholders(node.text, place_and_key(node))) {
    used.insert(name);
    if (its_template.find(name)) continue;
    const std::string near = closest(name, names_of(its_template));
    complain(node, "there is no parameter " + name,
             near.empty() ? "declare it: [parameters." + name + "]" : "did you mean {" + near + "}?");
  }
}

void check_use(const Template& its_template) {
  std::set<std::string> used;
  for (const TomlNode& node : its_template.body.children)
    if (node.key != "parameters" && node.key != "description") collect_used(node, its_template, used);
  for (const Parameter& parameter : its_template.parameters)
    if (!used.contains(parameter.name))
      throw Error(Errc::usage, parameter.origin + ": the parameter has no effect: {" + parameter.name +
                                   "} stands nowhere");
}

// Nothing can be said about a text that anybody may choose.
std::optional<std::string> sample(const Parameter& parameter) {
  if (parameter.standard) return parameter.standard;
  switch (parameter.type) {
    case ParameterType::choice:
      return parameter.values.front();
    case ParameterType::integer:
      return std::to_string(parameter.least.value_or(parameter.most.value_or(1)));
    case ParameterType::port:
      return "1024";
    case ParameterType::path:
      return "/sample";
    case ParameterType::boolean:
      return "true";
    case ParameterType::string:
      break;
  }
  return std::nullopt;
}

Definition define(const Template& its_template, const Values& values) {
  return read_definition(its_template.body, template_keys,
                         [&](const TomlNode& node) -> std::optional<std::string> {
                           return node.type == Type::text ? fill_in(node.text, values) : node.text;
                         });
}

constexpr const char* anywhere = "/";

Values values_of(const Template& its_template, const GivenValues& given,
                 const PathBase& base = {anywhere, anywhere}) {
  Values values;
  for (const auto& [name, text] : given)
    if (const auto value = parameter_value(*its_template.find(name), text, base, name)) values[name] = *value;
  return values;
}

void refuse_without_effect(const TomlNode& body) {
  for (const TomlNode& node : body.children) {
    const Policy* policy = find_policy_by_key(node.key);
    if (!policy || !policy->needs) continue;
    const std::string needed = key_of(*find_policy(policy->needs));
    if (!body.find(needed)) complain(node, "has no effect without " + needed);
  }
}

void check_values(const Template& its_template) {
  const Definition definition = define(its_template, values_of(its_template, sample_values(its_template)));
  if (definition.commands.empty())
    throw Error(Errc::usage, its_template.files.front() + ": has no command",
                R"(for example: command = ["python3", "train.py"])");
}

// ---- what a user gives

void refuse_unknown(const Template& its_template, const std::string& name) {
  if (its_template.find(name)) return;
  const std::string near = closest(name, names_of(its_template));
  throw Error(Errc::usage,
              "the template " + its_template.name + " has no parameter " + printable_ascii(name, 60) +
                  (near.empty() ? "" : "; did you mean " + near + "?"),
              "jobctl template show " + its_template.name);
}

void require_all(const Template& its_template, const std::set<std::string>& given) {
  std::vector<std::string> missing;
  for (const Parameter& parameter : its_template.parameters)
    if (parameter.required && !given.contains(parameter.name))
      missing.push_back(parameter.name + "=… (" +
                        (parameter.help.empty() ? takes_in_words(parameter) : parameter.help) + ")");
  if (!missing.empty())
    throw Error(Errc::usage, "the template " + its_template.name + " needs " + join(missing, " and "),
                "jobctl template show " + its_template.name);
}

// With the defaults of the others. NAME= is how to say that it has no value, in spite of its default.
GivenValues completed(const Template& its_template, const GivenValues& given) {
  std::set<std::string> names, with_value;
  GivenValues all;
  for (const auto& [name, text] : given) {
    refuse_unknown(its_template, name);
    if (!names.insert(name).second)
      throw Error(Errc::usage, "the parameter " + name + " is given more than once");
    if (text.empty()) continue;
    with_value.insert(name);
    all.emplace_back(name, text);
  }
  require_all(its_template, with_value);
  for (const Parameter& parameter : its_template.parameters)
    if (parameter.standard && !names.contains(parameter.name))
      all.emplace_back(parameter.name, *parameter.standard);
  return all;
}

}  // namespace

const Parameter* Template::find(const std::string& parameter) const {
  for (const Parameter& known : parameters)
    if (known.name == parameter) return &known;
  return nullptr;
}

std::vector<std::string> template_folders() {
  std::string shipped = own_folder() + "/templates";  // in a build directory
  if (access(shipped.c_str(), X_OK) != 0) shipped = JOBCTL_DATADIR "/templates";
  std::vector<std::string> folders = {std::move(shipped)};
  for (const std::string& folder : config_folders()) folders.push_back(folder + "/templates");
  return folders;
}

std::vector<TemplateFile> find_templates(const std::vector<std::string>& folders) {
  std::map<std::string, std::string> found;
  for (const std::string& folder : folders)
    for (const std::string& file : toml_files(folder)) found[name_of_toml(file)] = file;
  std::vector<TemplateFile> templates;
  for (const auto& [name, file] : found) templates.push_back({name, file});
  return templates;
}

Template load_template(const std::string& name, const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const TemplateFile& known : find_templates(folders)) {
    names.push_back(known.name);
    if (known.name != name) continue;
    std::vector<std::string> files = drop_ins(name, folders);
    files.insert(files.begin(), known.file);
    return read_template(name, files);
  }
  const std::string near = closest(name, names);
  throw Error(Errc::usage,
              "there is no template " + printable_ascii(name, 60) +
                  (near.empty() ? "" : "; did you mean " + near + "?"),
              "jobctl template list");
}

Template read_template(const std::string& name, const std::vector<std::string>& files) {
  Template its_template;
  its_template.name = name;
  its_template.files = files;
  for (const std::string& file : files) lay_over(its_template.body, read_toml(file));
  if (const TomlNode* description = its_template.body.find("description"))
    its_template.description = printable_ascii(text_value(*description), 200);
  its_template.parameters = read_parameters(its_template.body);
  check_use(its_template);
  refuse_without_effect(its_template.body);
  check_values(its_template);
  return its_template;
}

GivenValues sample_values(const Template& its_template) {
  GivenValues samples;
  for (const Parameter& parameter : its_template.parameters)
    if (const auto value = sample(parameter)) samples.emplace_back(parameter.name, *value);
  return samples;
}

Definition instantiate(const Template& its_template, const GivenValues& given, const PathBase& base) {
  Definition definition = define(its_template, values_of(its_template, completed(its_template, given), base));
  if (definition.type.empty()) definition.type = its_template.name;
  return definition;
}

}  // namespace jobctl
