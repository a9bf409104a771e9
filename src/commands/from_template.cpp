#include "commands/from_template.hpp"

#include "commands/caller.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

GivenValues parse_parameters(const Words& words) {
  GivenValues values;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(Errc::usage, "\"" + printable_ascii(word, 60) + "\" is not of the form PARAMETER=VALUE",
                  "arguments for the program stand behind --");
    values.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return values;
}

Definition from_template(const std::string& name, const Words& parameters, const Words& further) {
  const Template its_template = load_template(name, template_folders());
  Definition definition =
      instantiate(its_template, parse_parameters(parameters), {home_directory(), caller_directory()});
  Argv& last = definition.commands.back();
  last.insert(last.end(), further.begin(), further.end());
  return definition;
}

}  // namespace jobctl
