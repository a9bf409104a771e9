#include "desktop.hpp"

#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// A notification is small.
constexpr size_t most_lines = 5;
constexpr size_t longest_in_bubble = 120;
constexpr size_t longest_title = 200;

}  // namespace

std::string escape_markup(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else
      escaped += c;
  }
  return escaped;
}

Argv notification(const Happening& happening) {
  const auto& log = happening.log;
  std::vector<std::string> lines;
  for (size_t i = log.size() > most_lines ? log.size() - most_lines : 0; i < log.size(); ++i)
    lines.push_back(escape_markup(cut_to_width(visible(log[i]), longest_in_bubble)));
  const bool is_bad = happening.job.state == State::failed || happening.event == AlertEvent::unhealthy;
  return {"notify-send",
          "-a",
          "jobctl",
          "-u",
          is_bad ? "critical" : "normal",
          "--",
          cut_to_width(visible(happening.summary), longest_title),
          join(lines, "\n")};
}

}  // namespace jobctl
