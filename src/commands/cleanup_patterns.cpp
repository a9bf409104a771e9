#include "commands/cleanup_patterns.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "commands/caller.hpp"
#include "commands/job_file.hpp"
#include "config/paths.hpp"
#include "config/template.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

void add_once(std::vector<std::string>& all, const std::string& text) {
  if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
}

// Without "." and double or final slashes, which no process's path has.
std::string normal(const std::string& path) {
  std::string text = std::filesystem::path(path).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// One with a parameter in it is of the jobs that give it a value.
void add_patterns_of(std::vector<std::string>& programs, const Template& its_template) {
  const TomlNode* cleanup = its_template.body.find("cleanup");
  if (!cleanup) return;
  const bool is_list = cleanup->type == TomlNode::Type::list;
  for (const TomlNode& node : is_list ? cleanup->children : std::vector{*cleanup})
    if (node.text.find('{') == std::string::npos) add_program(programs, node.text);
}

template <class Read>
void try_file(Read read) try {
  read();
} catch (const Error& error) {
  say(error.what());
}

}  // namespace

void add_program(std::vector<std::string>& programs, const std::string& text) {
  const bool is_at_home = text.starts_with("~/");
  const std::string pattern = normal(is_at_home ? home_directory() + text.substr(1) : text);
  add_once(programs, pattern);
  if (!pattern.starts_with('/')) return;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(pattern, error);
  if (!error) add_once(programs, real.string());
}

std::string as_typed(const std::string& text) {
  return text.starts_with("./") || text.starts_with("../") ? caller_directory() + "/" + text : text;
}

StrayPatterns configured_patterns(const Context& context) {
  const CleanupConfig& config = context.config().cleanup;
  StrayPatterns patterns{{}, config.exe, {}, config.marker};
  for (const std::string& text : config.match) add_program(patterns.programs, text);
  const std::vector<std::string> folders = template_folders();
  for (const TemplateFile& file : find_templates(folders))
    try_file([&] { add_patterns_of(patterns.programs, load_template(file.name, folders)); });
  for (const std::string& file : job_files(context))
    try_file([&] {
      for (const std::string& text : read_job_file(file).definition.cleanup)
        add_program(patterns.programs, text);
    });
  return patterns;
}

}  // namespace jobctl
