#include "man/prose.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

std::vector<Section> read_prose(const std::string& path) {
  std::vector<Section> sections;
  std::string text = read_file(path);
  if (text.ends_with('\n')) text.pop_back();
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with(".SH ")) {
      std::string title = line.substr(4);
      std::erase(title, '"');
      sections.push_back({title, ""});
    } else if (!sections.empty()) {
      sections.back().body += line + "\n";
    }
  }
  if (sections.empty()) throw Error(Errc::failed, path + " holds no section (.SH)");
  return sections;
}

std::string take_section(std::vector<Section>& sections, const std::string& title) {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const Section& section) { return section.title == title; });
  if (found == sections.end()) return {};
  std::string body = std::move(found->body);
  sections.erase(found);
  return body;
}

}  // namespace jobctl
