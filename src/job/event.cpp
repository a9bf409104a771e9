#include "job/event.hpp"

#include <algorithm>

#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

// Kinds and keys are words of ours: "start-failed", "memory_peak".
bool is_word(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::all_of(text.begin(), text.end(), allowed);
}

// Printable, without blanks, every '=' followed by two digits: what quote_path() makes, whatever bytes it
// keeps.
bool is_quoted(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] <= ' ' || text[i] > '~') return false;
    if (text[i] == '=' && !parse_hex(text.substr(i + 1, 2))) return false;
  }
  return true;
}

// Adds the field of one "key=value"; false for anything else. The first of several with the same key counts.
bool parse_field(std::string_view word, std::map<std::string, std::string>& fields) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (!is_word(key) || !is_quoted(value)) return false;
  fields.emplace(key, unquote_path(value));
  return true;
}

// Every event has a run and a time; they are members, not fields.
bool take_run_and_time(Event& event) {
  const auto run = event.number("run");
  const auto time = event.number("time");
  if (!run || *run < 0 || *run > INT32_MAX || !time) return false;
  event.run = static_cast<int>(*run);
  event.time = from_micros(*time);
  event.fields.erase("run");
  event.fields.erase("time");
  return true;
}

}  // namespace

std::string Event::text(const std::string& key) const {
  const auto field = fields.find(key);
  return field == fields.end() ? "" : field->second;
}

std::optional<int64_t> Event::number(const std::string& key) const {
  const auto field = fields.find(key);
  return field == fields.end() ? std::nullopt : parse_number<int64_t>(field->second);
}

std::string to_line(const Event& event) {
  std::string line =
      event.kind + " run=" + std::to_string(event.run) + " time=" + std::to_string(to_micros(event.time));
  for (const auto& [key, value] : event.fields) line += " " + key + "=" + quote_path(value);
  return line;
}

std::optional<Event> parse_event(std::string_view line) {
  Event event;
  size_t end = std::min(line.find(' '), line.size());
  event.kind = line.substr(0, end);
  if (!is_word(event.kind)) return std::nullopt;
  while (end < line.size()) {
    const size_t begin = end + 1;
    end = std::min(line.find(' ', begin), line.size());
    if (!parse_field(line.substr(begin, end - begin), event.fields)) return std::nullopt;
  }
  if (!take_run_and_time(event)) return std::nullopt;
  return event;
}

}  // namespace jobctl
