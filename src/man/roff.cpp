#include "man/roff.hpp"

#include <algorithm>
#include <cctype>

#include "util/text.hpp"

namespace jobctl {

namespace {

// groff_char(7): these would come out as typographic ones, which no shell understands, or begin an escape.
const char* escape_of(char c) {
  switch (c) {
    case '\\':
      return "\\(rs";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    case '"':
      return "\\(dq";
    default:
      return nullptr;
  }
}

bool is_of_word(unsigned char c) {
  return std::isalnum(c) || c == '-' || c == '_';
}

bool is_placeholder(const std::string& word) {
  return std::isupper(static_cast<unsigned char>(word.front())) &&
         std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::islower(c); });
}

}  // namespace

std::string to_roff(const std::string& text) {
  std::string roff;
  bool begins_line = true;
  for (const char c : text) {
    // A quote is written as an escape, and so begins no request.
    if (begins_line && c == '.') roff += "\\&";
    const char* escape = escape_of(c);
    roff += escape ? escape : std::string(1, c);
    begins_line = c == '\n';
  }
  return roff;
}

std::string bold(const std::string& text) {
  return "\\fB" + to_roff(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + to_roff(text) + "\\fR";
}

std::string usage_to_roff(const std::string& usage) {
  std::string roff;
  for (size_t at = 0; at < usage.size();) {
    size_t end = at;
    while (end < usage.size() && is_of_word(static_cast<unsigned char>(usage[end]))) ++end;
    const std::string word = usage.substr(at, end - at);
    if (word.empty())
      roff += to_roff(std::string(1, usage[end++]));
    else
      roff += is_placeholder(word) ? italic(word) : bold(word);
    at = end;
  }
  return roff;
}

std::string verbatim(const std::string& lines) {
  return ".RS 4\n.nf\n" + to_roff(lines) + ".fi\n.RE\n";
}

std::string heading(const char* macro, const std::string& title) {
  return std::string(".") + macro + " \"" + to_roff(title) + "\"\n";
}

}  // namespace jobctl
