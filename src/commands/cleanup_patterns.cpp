#include "commands/cleanup_patterns.hpp"

#include <algorithm>

#include "commands/job_file.hpp"
#include "config/template.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

void add_once(std::vector<std::string>& all, const std::string& text) {
  if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
}

// One with a parameter in it is of the jobs that give it a value.
void add_patterns_of(std::vector<std::string>& programs, const Template& its_template) {
  const TomlNode* cleanup = its_template.body.find("cleanup");
  if (!cleanup) return;
  const bool is_list = cleanup->type == TomlNode::Type::list;
  for (const TomlNode& node : is_list ? cleanup->children : std::vector{*cleanup})
    if (node.text.find('{') == std::string::npos) add_once(programs, node.text);
}

template <class Read>
void try_file(Read read) try {
  read();
} catch (const Error& error) {
  say(error.what());
}

}  // namespace

StrayPatterns configured_patterns(const Context& context) {
  const CleanupConfig& config = context.config().cleanup;
  StrayPatterns patterns{config.match, config.exe, {}, config.marker};
  const std::vector<std::string> folders = template_folders();
  for (const TemplateFile& file : find_templates(folders))
    try_file([&] { add_patterns_of(patterns.programs, load_template(file.name, folders)); });
  for (const std::string& file : job_files(context))
    try_file([&] {
      for (const std::string& text : read_job_file(file).definition.cleanup)
        add_once(patterns.programs, text);
    });
  return patterns;
}

}  // namespace jobctl
