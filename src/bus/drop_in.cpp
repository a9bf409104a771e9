#include "bus/drop_in.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/analyze.hpp"
#include "bus/connect.hpp"
#include "job/spec.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr const char* file_name = "/50-jobctl.conf";

// Where the manager looks for volatile units, systemd.unit(5), "Unit File Load Path".
std::string drop_in_dir(Manager manager, const std::string& unit) {
  if (manager == Manager::system) return "/run/systemd/system/" + unit + ".d";
  return runtime_directory() + "/systemd/user/" + unit + ".d";
}

// Of the units that have one.
std::string drop_in_folder(Manager manager) {
  const std::string any = drop_in_dir(manager, "");
  return any.substr(0, any.rfind('/'));
}

// A unit of its own for systemd-analyze(1) to look at; gone with this object.
class Specimen {
 public:
  explicit Specimen(const UnitPlan& plan) {
    std::string pattern = "/tmp/jobctl-XXXXXX";
    if (!mkdtemp(pattern.data())) throw_errno("could not create a temporary directory", errno);
    folder_ = pattern;
    path_ = folder_ + "/" + plan.unit;
    const std::string exec = plan.unit.ends_with(".service") ? "ExecStart=/bin/true\n" : "";
    write_file(path_, to_drop_in(plan) + exec, 0600);
  }
  ~Specimen() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  Specimen(const Specimen&) = delete;
  Specimen& operator=(const Specimen&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

// systemd-analyze looks at no scopes, because no file can be one. Their resource control is that of a slice,
// and the few settings besides are a service's.
std::vector<UnitPlan> specimens_of(const UnitPlan& plan) {
  UnitPlan service{"jobctl-check.service", {}, {}}, slice{"jobctl-check.slice", {}, {}};
  static constexpr std::array not_of_slices = {"RuntimeMaxSec", "RuntimeRandomizedExtraSec", "OOMPolicy",
                                               "SendSIGHUP", "FinalKillSignal"};
  for (const auto& property : plan.drop_in) {
    const bool of_slices =
        std::find(not_of_slices.begin(), not_of_slices.end(), property.first) == not_of_slices.end();
    (plan.unit.ends_with(".scope") && of_slices ? slice : service).drop_in.push_back(property);
  }
  return {service, slice};
}

// systemd only warns of what it doesn't understand, and goes on without: its warnings are our errors.
std::string as_error(std::string warning) {
  const size_t ignoring = warning.find(", ignoring");
  if (ignoring != std::string::npos) warning.erase(ignoring, std::string_view(", ignoring").size());
  const size_t section = warning.find(" in section '");  // which may be that of a specimen
  if (section != std::string::npos) warning.erase(section, warning.find('\'', section + 13) + 1 - section);
  if (warning.ends_with('.')) warning.pop_back();
  return warning;
}

// The property on a line of the specimen, from "LINE: warning".
std::string property_on(const std::string& warning, const UnitPlan& plan) {
  const std::vector<std::string> lines = split(to_drop_in(plan), '\n');
  const auto number = static_cast<size_t>(std::atoi(warning.c_str()));
  if (number == 0 || number > lines.size()) return {};
  return lines[number - 1].substr(0, lines[number - 1].find('='));
}

void check_specimen(Manager manager, const UnitPlan& plan) {
  if (plan.drop_in.empty()) return;
  const Specimen specimen(plan);
  const ProgramOutput analysis =
      analyze({"verify", "--man=no", manager == Manager::user ? "--user" : "--system", specimen.path()});
  for (const std::string& line : split(analysis.output, '\n')) {
    if (!line.starts_with(specimen.path() + ":")) continue;
    const std::string property = property_on(line.substr(specimen.path().size() + 1), plan);
    const std::string text = line.substr(line.find(' ', specimen.path().size()) + 1);
    throw Error(Errc::usage, "-p " + property + ": " + as_error(text),
                "man systemd.directives lists the properties of units");
  }
}

}  // namespace

void check_properties(Manager manager, const UnitPlan& plan) {
  for (const UnitPlan& specimen : specimens_of(plan)) check_specimen(manager, specimen);
}

void write_drop_in(Manager manager, const UnitPlan& plan) {
  if (plan.drop_in.empty()) return;
  const std::string folder = drop_in_dir(manager, plan.unit);
  make_directories(folder, 0755);
  write_file(folder + file_name, to_drop_in(plan), 0600);
}

void remove_drop_in(Manager manager, const std::string& unit) {
  const std::string folder = drop_in_dir(manager, unit);
  unlink((folder + file_name).c_str());
  rmdir(folder.c_str());
}

bool has_drop_in(Manager manager, const std::string& unit) {
  return access((drop_in_dir(manager, unit) + file_name).c_str(), F_OK) == 0;
}

std::vector<std::string> units_with_drop_in(Manager manager) {
  std::vector<std::string> units;
  const std::string suffix = ".d";
  for (const std::string& name : names_in(drop_in_folder(manager))) {
    if (!name.ends_with(suffix)) continue;
    const std::string unit = name.substr(0, name.size() - suffix.size());
    if (uuid_of_unit(unit) && has_drop_in(manager, unit)) units.push_back(unit);
  }
  return units;
}

}  // namespace jobctl
