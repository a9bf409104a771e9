#include "man/page.hpp"

#include <cctype>
#include <cstdlib>

#include "commands/command_line.hpp"
#include "commands/help.hpp"
#include "man/exit_status.hpp"
#include "man/roff.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace jobctl {

namespace {

// reproducible-builds.org: the date of the source, where whoever builds it says one.
std::string date() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const auto seconds = parse_number<int64_t>(epoch ? epoch : "");
  return seconds ? to_rfc3339(from_micros(*seconds * 1'000'000)).substr(0, 10) : "";
}

std::string title_line(const std::string& name, const char* section) {
  std::string title = name;
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  // Words are left whole: commands and paths are to be copied.
  return ".TH \"" + to_roff(title) + "\" \"" + section + "\" \"" + date() + "\" \"jobctl " JOBCTL_VERSION +
         "\" \"jobctl\"\n.nh\n.ad l\n";
}

std::string name_section(const std::vector<std::string>& names, const std::string& description) {
  return heading("SH", "NAME") + to_roff(join(names, ", ")) + " \\- " + to_roff(description) + "\n";
}

std::string synopsis(std::string usage) {
  usage.erase(0, std::string_view("Usage: ").size());
  return heading("SH", "SYNOPSIS") + usage_to_roff(usage) + "\n";
}

std::string option_item(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back(bold("-" + name));
  for (const std::string& name : option.get_lnames()) names.push_back(bold("--" + name));
  if (names.empty()) names.push_back(italic(option.get_name()));
  const std::string value = HelpFormatter().make_option_opts(&option);
  return ".TP\n" + join(names, ", ") + (value.empty() ? "" : " " + italic(value.substr(1))) + "\n" +
         to_roff(option.get_description()) + "\n";
}

std::string options_section(const CLI::App& app) {
  std::string text = heading("SH", "OPTIONS");
  for (const std::string& group : app.get_groups()) {
    if (group.empty()) continue;
    if (group != "Options") text += heading("SS", group);
    for (const CLI::Option* option :
         app.get_options([&](const CLI::Option* candidate) { return candidate->get_group() == group; }))
      text += option_item(*option);
  }
  return text;
}

// Examples are indented, and what is said about them isn't.
std::string examples_section(const std::vector<std::string>& lines) {
  std::string text, examples, words;
  const auto flush = [&] {
    if (!text.empty()) text += ".PP\n";
    text += examples.empty() ? to_roff(words) : verbatim(examples);
    examples.clear();
    words.clear();
  };
  for (const std::string& line : lines) {
    const bool is_example = line.starts_with("  ");
    if (is_example ? !words.empty() : !examples.empty()) flush();
    (is_example ? examples : words) += (is_example ? line.substr(2) : line) + "\n";
  }
  if (!lines.empty()) flush();
  return text.empty() ? "" : heading("SH", "EXAMPLES") + text;
}

std::vector<std::string> footer_lines(const CLI::App& verb) {
  std::vector<std::string> lines = split(verb.get_footer(), '\n');
  if (!lines.empty() && lines.front().starts_with("Example")) lines.erase(lines.begin());
  return lines;
}

std::string remaining(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) text += heading("SH", section.title) + section.body;
  return text;
}

std::string see_also(const std::string& more) {
  return heading("SH", "SEE ALSO") + ".BR jobctl (1)" + (more.empty() ? "\n" : ",\n" + more);
}

std::string required(std::vector<Section>& prose, const std::string& title, const std::string& page) {
  std::string body = take_section(prose, title);
  if (body.empty()) throw Error(Errc::failed, "the prose of " + page + " has no section " + title);
  return heading("SH", title) + body;
}

std::string commands_section(const std::vector<Verb>& verbs) {
  std::string text = heading("SH", "COMMANDS");
  for (const Verb& verb : verbs) {
    const std::vector<std::string>& aliases = verb.app->get_aliases();
    text += ".TP\n.BR " + to_roff("jobctl-" + verb.app->get_name()) + " (1)\n" +
            to_roff(verb.app->get_description());
    if (!aliases.empty()) text += "; also called " + to_roff(join(aliases, ", "));
    text += "\n";
  }
  return text;
}

std::string usage_line(const std::vector<std::string>& overview) {
  for (const std::string& line : overview)
    if (line.starts_with("Usage: ")) return line;
  throw Error(Errc::failed, "the overview has no line \"Usage:\"");
}

std::vector<std::string> overview_examples(const std::vector<std::string>& overview) {
  std::vector<std::string> examples;
  for (const std::string& line : overview)
    if (line.starts_with("  jobctl ")) examples.push_back(line);
  return examples;
}

}  // namespace

std::string verb_page(const CLI::App& verb, std::vector<Section> prose) {
  const std::string name = "jobctl-" + verb.get_name();
  std::vector<std::string> names = {name};
  for (const std::string& alias : verb.get_aliases()) names.push_back("jobctl-" + alias);
  const std::string usage = HelpFormatter().make_usage(&verb, "");
  const std::string description = required(prose, "DESCRIPTION", name);
  const std::string more = take_section(prose, "SEE ALSO"), status = take_section(prose, "EXIT STATUS");
  return title_line(name, "1") + name_section(names, verb.get_description()) +
         synopsis(usage.substr(0, usage.find('\n'))) + description + options_section(verb) +
         remaining(prose) + heading("SH", "EXIT STATUS") + (status.empty() ? usual_exit_status() : status) +
         examples_section(footer_lines(verb)) + see_also(more);
}

std::string program_page(const CLI::App& program, const std::vector<Verb>& verbs, const std::string& overview,
                         std::vector<Section> prose) {
  const std::vector<std::string> lines = split(overview, '\n');
  const std::string description = required(prose, "DESCRIPTION", "jobctl");
  const std::string more = take_section(prose, "SEE ALSO"), status = take_section(prose, "EXIT STATUS");
  return title_line("jobctl", "1") + name_section({"jobctl"}, program.get_description()) +
         synopsis(usage_line(lines)) + description + commands_section(verbs) + options_section(program) +
         remaining(prose) + heading("SH", "EXIT STATUS") + all_exit_statuses() + status +
         examples_section(overview_examples(lines)) + heading("SH", "SEE ALSO") + more;
}

std::string file_page(const std::string& name, const std::vector<Section>& prose) {
  return title_line(name, "5") + remaining(prose);
}

}  // namespace jobctl
