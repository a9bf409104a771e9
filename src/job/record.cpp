#include "job/record.hpp"

#include <algorithm>

#include "job/policy.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

[[noreturn]] void throw_damaged(std::string_view value) {
  throw Error(Errc::failed, "damaged record: " + std::string(value.substr(0, 64)) + " is not a value");
}

template <typename Number>
Number to_number(std::string_view text) {
  const auto number = parse_number<Number>(text);
  if (!number) throw_damaged(text);
  return *number;
}

std::pair<std::string, std::string> to_pair(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw_damaged(text);
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

ResourceLimit to_limit(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = text.rfind(':');
  if (first == second) throw_damaged(text);
  return {to_number<int>(text.substr(0, first)),
          to_number<uint64_t>(text.substr(first + 1, second - first - 1)),
          to_number<uint64_t>(text.substr(second + 1))};
}

Credentials to_credentials(std::string_view text) {
  const std::vector<std::string> ids = split(text, ':');
  if (ids.size() < 2) throw_damaged(text);
  Credentials credentials{to_number<uid_t>(ids[0]), to_number<gid_t>(ids[1]), {}};
  for (size_t i = 2; i < ids.size(); ++i) credentials.groups.push_back(to_number<gid_t>(ids[i]));
  return credentials;
}

void set_argument(JobSpec& spec, std::string_view value) {
  if (spec.commands.empty()) throw_damaged("arg without command");
  spec.commands.back().emplace_back(value);
}

void set_stop_timeout(JobSpec& spec, std::string_view value) {
  spec.stop_timeout.reset();
  if (value != "infinity") spec.stop_timeout = Duration(to_number<int64_t>(value));
}

using Setter = void (*)(JobSpec&, std::string_view);

template <auto member>
void set_text(JobSpec& spec, std::string_view value) {
  spec.*member = std::string(value);
}

template <auto member>
void set_flag(JobSpec& spec, std::string_view value) {
  spec.*member = value == "1";
}

// In the order of how often they come.
constexpr std::pair<std::string_view, Setter> setters[] = {
    {"env", [](JobSpec& s, std::string_view v) { s.environment.emplace_back(v); }},
    {"arg", set_argument},
    {"command", [](JobSpec& s, std::string_view) { s.commands.emplace_back(); }},
    {"limit", [](JobSpec& s, std::string_view v) { s.limits.push_back(to_limit(v)); }},
    {"label", [](JobSpec& s, std::string_view v) { s.labels.insert(to_pair(v)); }},
    {"policy", [](JobSpec& s, std::string_view v) { set_policy(s, std::string(v)); }},
    {"property", [](JobSpec& s, std::string_view v) { s.properties.push_back(to_pair(v)); }},
    {"uuid", set_text<&JobSpec::uuid>},
    {"type", set_text<&JobSpec::type>},
    {"name", set_text<&JobSpec::name>},
    {"session", set_text<&JobSpec::session>},
    {"user", set_text<&JobSpec::user>},
    {"host", set_text<&JobSpec::host>},
    {"created", [](JobSpec& s, std::string_view v) { s.created_at = from_micros(to_number<int64_t>(v)); }},
    {"keep-going", set_flag<&JobSpec::keep_going>},
    {"tty", set_flag<&JobSpec::tty>},
    {"scope", set_flag<&JobSpec::scope>},
    {"directory", set_text<&JobSpec::working_directory>},
    {"clean-env", set_flag<&JobSpec::clean_environment>},
    {"umask", [](JobSpec& s, std::string_view v) { s.umask = to_number<mode_t>(v); }},
    {"run-as", [](JobSpec& s, std::string_view v) { s.run_as = to_credentials(v); }},
    {"log-kind",
     [](JobSpec& s, std::string_view v) { s.log_kind = v == "journal" ? LogKind::journal : LogKind::file; }},
    {"log-file", set_text<&JobSpec::log_file>},
    {"own-log", set_text<&JobSpec::own_log>},
    {"stop-signal", [](JobSpec& s, std::string_view v) { s.stop_signal = to_number<int>(v); }},
    {"stop-timeout", set_stop_timeout},
    {"unit", set_text<&JobSpec::unit>},
    {"slice", set_text<&JobSpec::slice>},
    {"runtime-dir", set_text<&JobSpec::runtime_dir>},
    {"log-dir", set_text<&JobSpec::log_dir>},
    {"job-file", set_text<&JobSpec::job_file>},
};

// A key that a newer jobctl added is none of ours.
void set(JobSpec& spec, std::string_view key, std::string_view value) {
  for (const auto& [name, setter] : setters)
    if (name == key) return setter(spec, value);
}

struct Item {
  std::string_view key, value;
};

// Takes the next item off `data`; nullopt where no whole one is left.
std::optional<Item> next_item(std::string_view& data) {
  const size_t end = data.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = data.substr(0, end);
  data.remove_prefix(end + 1);
  const size_t equals = std::min(text.find('='), text.size());
  return Item{text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
}

void check_version(std::string_view& data) {
  const auto item = next_item(data);
  if (!item || item->key != "jobctl-record") throw Error(Errc::failed, "not a job record");
  if (to_number<int>(item->value) <= record_version) return;
  throw Error(Errc::failed, "record of a newer jobctl (format " + std::string(item->value) + ")",
              "upgrade jobctl on this machine");
}

}  // namespace

const JobSpec& spec_of_run(const Record& record, int run) {
  const auto next = record.earlier.upper_bound(run);
  return next == record.earlier.end() ? record.spec : next->second;
}

Record parse_record(std::string_view data) {
  check_version(data);
  Record record;
  auto item = next_item(data);
  for (; item && item->key != "defined"; item = next_item(data)) set(record.spec, item->key, item->value);
  if (!item || record.spec.uuid.empty()) throw Error(Errc::failed, "incomplete record");
  while ((item = next_item(data))) {
    auto event = item->key == "event" ? parse_event(item->value) : std::nullopt;
    if (!event) continue;
    if (event->kind == "defined") {
      record.earlier.emplace(event->run, std::move(record.spec));
      record.spec = parse_record(event->text("spec")).spec;
    }
    record.events.push_back(std::move(*event));
  }
  return record;
}

}  // namespace jobctl
