#include "job/job_file_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "job/definition.hpp"
#include "job/job.hpp"
#include "job/policy.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"
#include "util/time_span.hpp"
#include "util/utf8.hpp"

namespace jobctl {

namespace {

using Texts = std::vector<std::string>;

// Control characters, and those that are invisible or reorder the text around them.
bool is_escaped(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
}

std::string escape_of(char32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      break;
  }
  std::array<char, 12> text{};
  snprintf(text.data(), text.size(), code < 0x10000 ? "\\u%04X" : "\\U%08X", static_cast<unsigned>(code));
  return text.data();
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

std::string list_of(const Texts& values) {
  return "[" + join(values, ", ") + "]";
}

// Collects the lines, and knows what each text is for whoever must be told that it can't be written.
class Writer {
 public:
  explicit Writer(const JobSpec& spec) : spec_(spec) {}

  std::string string(const std::string& text, const std::string& what) const {
    if (valid_utf8(text) == text) return toml_string(text);
    throw Error(Errc::failed,
                "could not write " + spec_.name + " as a job file: " + what + ", " +
                    printable_ascii(text, 60) + ", is not UTF-8, and TOML has no way to say it",
                "a unit file has: jobctl export --format unit " + spec_.uuid.substr(0, 8));
  }

  void add(const std::string& key, const std::string& value) { text_ += key + " = " + value + "\n"; }
  void add_string(const std::string& key, const std::string& text, const std::string& what) {
    if (!text.empty()) add(key, string(text, what));
  }
  void add_flag(const std::string& key, bool value) {
    if (value) add(key, "true");
  }
  void begin_table(const std::string& name) { text_ += "\n[" + name + "]\n"; }
  void add_entry(const std::string& key, const std::string& value, const std::string& what) {
    add(is_bare_key(key) ? key : string(key, "the name of " + what), value);
  }
  std::string take() { return std::move(text_); }

 private:
  const JobSpec& spec_;
  std::string text_;
};

void add_commands(Writer& writer, const JobSpec& spec) {
  Texts commands;
  for (size_t c = 0; c < spec.commands.size(); ++c) {
    const std::string of = spec.commands.size() == 1 ? "the command" : "command " + std::to_string(c + 1);
    Texts words;
    for (size_t i = 0; i < spec.commands[c].size(); ++i)
      words.push_back(writer.string(spec.commands[c][i],
                                    (i ? "argument " + std::to_string(i) : "the program") + " of " + of));
    commands.push_back(list_of(words));
  }
  if (commands.size() == 1)
    writer.add("command", commands.front());
  else
    writer.add("commands", "[\n  " + join(commands, ",\n  ") + "\n]");
}

// The same value as people write it: 90min, 4G.
std::string readable(const Policy& policy, const std::string& text) {
  const std::string_view kind = policy.value;
  if (kind == "TIME" && text.ends_with("us") && !text.starts_with("@"))
    return time_span_text(*parse_duration(text, policy.name));
  constexpr std::string_view units = "KMGT";
  auto bytes = kind == "SIZE" ? parse_number<uint64_t>(text) : std::nullopt;
  size_t power = 0;
  for (; bytes && *bytes % 1024 == 0 && power < units.size(); ++power) *bytes /= 1024;
  return power ? std::to_string(*bytes) + units[power - 1] : text;
}

void add_policies(Writer& writer, const JobSpec& spec) {
  for (const Policy& policy : policies()) {
    if (is_of_schedule(policy)) continue;
    Texts texts = policy.texts(spec);
    const std::string key = key_of(policy);
    for (std::string& text : texts)
      text = writer.string(readable(policy, text), std::string("--") + policy.name);
    if (texts.empty()) continue;
    if (!*policy.value)
      writer.add_flag(key, true);
    else
      writer.add(key, policy.repeatable ? list_of(texts) : texts.front());
  }
}

void add_labels(Writer& writer, const JobSpec& spec) {
  if (spec.labels.empty()) return;
  writer.begin_table("labels");
  for (const auto& [key, value] : spec.labels)
    writer.add_entry(key, writer.string(value, "the label " + key), "a label");
}

void add_environment(Writer& writer, const JobSpec& spec) {
  if (spec.environment.empty()) return;
  writer.begin_table("env");
  for (const std::string& assignment : spec.environment) {
    const size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    const std::string what = "the variable " + printable_ascii(name, 60);
    writer.add_entry(name, writer.string(assignment.substr(equals + 1), what), "a variable");
  }
}

// Of a setting that is given several times all are kept, in a list.
void add_properties(Writer& writer, const JobSpec& spec) {
  if (spec.properties.empty()) return;
  std::map<std::string, Texts> values;
  Texts order;
  for (const auto& [name, value] : spec.properties) {
    if (values[name].empty()) order.push_back(name);
    values[name].push_back(writer.string(value, "-p " + name));
  }
  writer.begin_table("properties");
  for (const std::string& name : order)
    writer.add(name, values[name].size() == 1 ? values[name].front() : list_of(values[name]));
}

// What repeats; a time that comes once is nothing for a file.
void add_schedule(Writer& writer, const JobSpec& spec) {
  if (!spec.schedule.repeats()) return;
  writer.begin_table("schedule");
  if (spec.schedule.every)
    writer.add("every", toml_string(time_span_text(*spec.schedule.every)));
  else
    writer.add("calendar", writer.string(spec.schedule.calendar, "--calendar"));
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const Utf8Char first = first_utf8(text);
    const std::string_view bytes = text.substr(0, std::max<size_t>(first.size, 1));
    if (is_escaped(first.code))
      quoted += escape_of(first.code);
    else
      (quoted += first.code == '"' || first.code == '\\' ? "\\" : "") += bytes;
    text.remove_prefix(bytes.size());
  }
  return quoted + "\"";
}

std::string job_file_text(const JobSpec& spec) {
  Writer writer(spec);
  const bool has_type = spec.type != default_type(spec.commands.front());
  const bool has_name = spec.name != default_name(spec.type, spec.uuid);
  writer.add_string("type", has_type ? spec.type : "", "the type");
  writer.add_string("name", has_name ? spec.name : "", "the name");
  writer.add_string("session", spec.session, "the session");
  add_commands(writer, spec);
  writer.add_string("directory", spec.working_directory, "the working directory");
  writer.add_string("log_file", spec.log_file, "the log file");
  writer.add_string("own_log", spec.own_log, "the own log");
  writer.add_flag("journal", spec.log_kind == LogKind::journal);
  writer.add_flag("tty", spec.tty);
  writer.add_flag("keep_going", spec.keep_going);
  if (spec.stop_signal != 15) writer.add("stop_signal", toml_string(signal_name(spec.stop_signal)));
  writer.add("stop_timeout",
             toml_string(spec.stop_timeout ? time_span_text(*spec.stop_timeout) : "infinity"));
  add_policies(writer, spec);
  add_labels(writer, spec);
  add_environment(writer, spec);
  add_properties(writer, spec);
  add_schedule(writer, spec);
  return writer.take();
}

}  // namespace jobctl
