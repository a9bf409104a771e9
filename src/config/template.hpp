// A template: a type of job with parameters, as a TOML file.
//
// It is NAME.toml in one of the folders; of the same name the last one wins. NAME.toml.d/*.toml beside it, in
// any of them, change single keys.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/toml_tree.hpp"
#include "job/definition.hpp"
#include "job/parameter.hpp"

namespace jobctl {

struct Template {
  std::string name;
  std::string description;
  std::vector<std::string> files;  // its own first, then its drop-ins
  std::vector<Parameter> parameters;
  TomlNode body;

  const Parameter* find(const std::string& parameter) const;
};

// The shipped ones, /etc/jobctl/templates, ~/.config/jobctl/templates (XDG).
std::vector<std::string> template_folders();

struct TemplateFile {
  std::string name;
  std::string file;
};
std::vector<TemplateFile> find_templates(const std::vector<std::string>& folders);  // by name

// Throws Error{usage} where there is none, and for anything in its files that can't be meant or has no
// effect.
Template load_template(const std::string& name, const std::vector<std::string>& folders);
Template read_template(const std::string& name, const std::vector<std::string>& files);

using GivenValues = std::vector<std::pair<std::string, std::string>>;

// For a look at the definition where nobody has chosen: defaults, or anything that fits. Texts that are
// required have none.
GivenValues sample_values(const Template& its_template);

// The definition of a job with these parameters. Throws Error{usage} for those that are missing, unknown or
// can't be meant.
Definition instantiate(const Template& its_template, const GivenValues& given, const PathBase& base);

}  // namespace jobctl
