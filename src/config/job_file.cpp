#include "config/job_file.hpp"

#include <array>
#include <map>

#include "config/definition_reader.hpp"
#include "config/paths.hpp"
#include "config/template.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Type = TomlNode::Type;

constexpr std::array<const char*, 3> places = {"boot", "login", "demand"};
const std::vector<std::string> job_file_keys = {"description", "template", "with", "install", "schedule"};

const TomlNode* table_of(const TomlNode& document, const char* name) {
  const TomlNode* table = document.find(name);
  if (table && table->type != Type::table) complain(*table, std::string("must be a table: [") + name + "]");
  return table;
}

Duration time_of(const TomlNode& node) {
  if (!node.is_plain()) complain(node, "must be a time: \"5min\"");
  const auto time = parse_duration(node.text, place_and_key(node));
  if (!time || *time < std::chrono::seconds(1)) complain(node, "must be a second or more, and not infinity");
  return *time;
}

std::vector<std::string> calendar_of(const TomlNode& node) {
  const bool is_list = node.type == Type::list;
  std::vector<std::string> events;
  for (const TomlNode& item : is_list ? node.children : std::vector{node}) {
    const std::string& event = text_value(item);
    if (event.empty() || printable_ascii(event, 200) != event)
      complain(node, "\"" + printable_ascii(event, 60) + "\" is no calendar event", "man systemd.time");
    events.push_back(event);
  }
  return events;
}

void read_schedule_key(FileSchedule& schedule, const TomlNode& node) {
  if (node.key == "calendar") {
    schedule.calendar = calendar_of(node);
  } else if (node.key == "persistent") {
    schedule.persistent = flag_value(node);
  } else {
    (node.key == "every"        ? schedule.every
     : node.key == "after_boot" ? schedule.after_boot
                                : schedule.randomized_delay) = time_of(node);
  }
}

FileSchedule read_schedule(const TomlNode& document) {
  FileSchedule schedule;
  const TomlNode* table = table_of(document, "schedule");
  if (!table) return schedule;
  refuse_unknown_keys(*table, {"calendar", "every", "after_boot", "persistent", "randomized_delay"});
  for (const TomlNode& node : table->children) read_schedule_key(schedule, node);
  if (!schedule) complain(*table, "says no time", "for example: calendar = \"Mon 9:00\"");
  if (schedule.persistent && schedule.calendar.empty())
    complain(*table->find("persistent"), "has no effect without calendar");
  return schedule;
}

std::optional<StartAt> read_install(const TomlNode& document) {
  const TomlNode* table = table_of(document, "install");
  if (!table) return std::nullopt;
  refuse_unknown_keys(*table, {"at"});
  const TomlNode* at = table->find("at");
  if (!at) complain(*table, "says nothing", "for example: at = \"boot\"");
  for (size_t i = 0; i < places.size(); ++i)
    if (text_value(*at) == places[i]) return static_cast<StartAt>(i);
  complain(*at, "must be boot, login or demand");
}

// Many files are of few templates, and a generator reads all of them while the machine boots.
const Template& known_template(const std::string& name) {
  static std::map<std::string, Template> known;
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  return known.emplace(name, load_template(name, template_folders())).first->second;
}

Definition by_template(const TomlNode& document, const std::string& home) {
  GivenValues values;
  const TomlNode* with = table_of(document, "with");
  for (const TomlNode& node : with ? with->children : std::vector<TomlNode>()) {
    if (!node.is_plain() && node.type != Type::boolean)
      complain(node, "must be a string, number, true or false");
    values.emplace_back(node.key, node.text);
  }
  const TomlNode& name = *document.find("template");
  try {
    // Nobody is there from whom relative paths could be seen.
    return instantiate(known_template(text_value(name)), values, {home, ""});
  } catch (const Error& error) {
    throw Error(error.code, (with ? *with : name).place() + ": " + error.what(), error.hint);
  }
}

void read_own(JobFile& job_file, const TomlNode& document, const std::string& home) {
  if (const TomlNode* description = document.find("description"))
    job_file.description = printable_ascii(text_value(*description), 200);
  if (const TomlNode* name = document.find("template")) {
    job_file.job_template = text_value(*name);
    job_file.definition = by_template(document, home);
  } else if (const TomlNode* with = document.find("with")) {
    complain(*with, "has no effect without template");
  }
  job_file.at = read_install(document);
  job_file.schedule = read_schedule(document);
}

void require_absolute(const JobFile& job_file) {
  const Definition& d = job_file.definition;
  std::vector<std::string> paths = d.environment_files;
  paths.insert(paths.end(), {d.directory, d.log_file, d.own_log});
  for (const std::string& path : paths)
    if (!path.empty() && !path.starts_with('/'))
      throw Error(Errc::usage,
                  job_file.file + ": " + printable_ascii(path, 200) +
                      " is not an absolute path, and nobody is there from whom it could be seen",
                  "begin it with / or ~/");
}

}  // namespace

const char* to_string(StartAt at) {
  return places[static_cast<size_t>(at)];
}

std::string job_folder(bool system) {
  return (system ? config_folders().front() : config_folders().back()) + "/jobs";
}

std::string switch_file(const std::string& job_file) {
  return job_file + ".d/install.toml";
}

JobFile read_job_file(const std::string& file, const std::string& home) {
  TomlNode document = read_toml(file);
  for (const std::string& drop_in : toml_files(file + ".d")) lay_over(document, read_toml(drop_in));
  JobFile job_file;
  job_file.file = file;
  job_file.name = name_of_toml(file);
  check_word(job_file.name, file + ": its name");
  read_own(job_file, document, home);
  if (const TomlNode* clean = document.find("clean_env"))
    complain(*clean, "has no effect: the environment is the service manager's in any case");
  lay_over(job_file.definition, read_definition(document, job_file_keys, as_written));
  if (job_file.definition.commands.empty())
    throw Error(Errc::usage, file + ": has neither command nor template",
                R"(for example: command = ["python3", "train.py"])");
  if (job_file.definition.scope) throw Error(Errc::usage, file + ": scope: a unit with a file is a service");
  require_absolute(job_file);
  if (job_file.definition.name.empty()) job_file.definition.name = job_file.name;
  return job_file;
}

}  // namespace jobctl
