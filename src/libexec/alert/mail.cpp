#include "mail.hpp"

#include <algorithm>

#include "util/display.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace jobctl {

namespace {

// RFC 5322: a line has at most 998 bytes; in columns, of which none has more than 4 bytes.
constexpr size_t longest_in_mail = 240;
constexpr size_t longest_subject = 200;

// Of an encoded word's text, so that it has no more than 75 characters in all.
constexpr size_t word_bytes = 45;

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<size_t>(3, bytes.size()))) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (size_t i = 0; i < 4; ++i) text += i <= bytes.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }) &&
         text.find("=?") == std::string::npos;
}

std::string line_of(const std::string& text) {
  return cut_to_width(visible(text), longest_in_mail) + "\n";
}

std::string body(const Happening& happening) {
  const JobSpec& spec = happening.job.spec;
  std::string text = line_of(happening.summary) + "\n";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += line_of(name + value);
  };
  add("Job:     ", spec.name + " (" + spec.uuid + ")");
  add("Run:     ", std::to_string(happening.job.run));
  add("State:   ", state_cell(happening.job.state, happening.job.current));
  add("Host:    ", spec.host);
  for (const Argv& command : spec.commands) add("Command: ", shell_quote(command));
  add("In:      ", spec.working_directory);
  add("Log:     ", spec.own_log.empty() ? spec.log_file : spec.own_log);
  if (!happening.log.empty()) text += "\nThe last lines of its log:\n\n";
  for (const std::string& line : happening.log) text += line_of(line);
  return text;
}

}  // namespace

std::string encode_header(const std::string& text) {
  if (is_plain(text)) return text;
  std::string header, word;
  const auto end_word = [&] {
    header += (header.empty() ? "" : "\n ") + ("=?UTF-8?B?" + base64(word) + "?=");
    word.clear();
  };
  for (std::string_view rest = text; !rest.empty();) {
    const size_t size = std::max<size_t>(first_utf8(rest).size, 1);
    if (word.size() + size > word_bytes) end_word();
    word += rest.substr(0, size);
    rest.remove_prefix(size);
  }
  end_word();
  return header;
}

std::string mail_text(const Happening& happening, const std::string& address) {
  const std::string subject = cut_to_width(visible(happening.summary), longest_subject);
  return "To: " + address + "\nSubject: " + encode_header(subject) +
         "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
         "Content-Transfer-Encoding: 8bit\n\n" +
         body(happening);
}

}  // namespace jobctl
