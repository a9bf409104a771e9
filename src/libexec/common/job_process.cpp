#include "libexec/common/job_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <grp.h>
#include <unistd.h>

#include "util/process.hpp"

namespace jobctl {

namespace {

// Of the manager's environment what belongs to the launcher's own unit and not to the job.
bool belongs_to_the_unit(const char* variable) {
  static constexpr std::array names = {
      "NOTIFY_SOCKET=", "LISTEN_", "MAINPID=", "MANAGERPID", "SYSTEMD_EXEC_PID=", "WATCHDOG_"};
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return strncmp(variable, name, strlen(name)) == 0; });
}

void set_from_own(std::vector<std::string>& environment, const char* name) {
  if (const char* value = getenv(name)) set_variable(environment, std::string(name) + "=" + value);
}

}  // namespace

std::vector<std::string> job_environment(const JobSpec& spec, const Run& run) {
  std::vector<std::string> environment;
  if (spec.clean_environment) {
    for (char** variable = environ; *variable; ++variable)
      if (!belongs_to_the_unit(*variable)) environment.emplace_back(*variable);
    for (const std::string& assignment : spec.environment) set_variable(environment, assignment);
  } else {
    environment = spec.environment;
  }
  set_from_own(environment, "INVOCATION_ID");
  if (spec.log_kind == LogKind::journal) set_from_own(environment, "JOURNAL_STREAM");
  if (spec.ready.is_told()) set_from_own(environment, "NOTIFY_SOCKET");
  set_variable(environment, "JOBCTL_UUID=" + spec.uuid);
  set_variable(environment, "JOBCTL_NAME=" + spec.name);
  set_variable(environment, "JOBCTL_TYPE=" + spec.type);
  set_variable(environment, "JOBCTL_SESSION=" + spec.session);
  set_variable(environment, "JOBCTL_LOG_FILE=" + spec.log_file);
  set_variable(environment, "JOBCTL_RUN=" + std::to_string(run.number));
  for (const std::string& variable : port_variables(run.ports)) set_variable(environment, variable);
  for (const std::string& variable : gpu_variables(run.gpus)) set_variable(environment, variable);
  return environment;
}

const Step* become_user(const JobSpec& spec) {
  static constexpr Step user{"user", 217};
  if (const auto& as = spec.run_as)
    if (setgroups(as->groups.size(), as->groups.data()) != 0 || setresgid(as->gid, as->gid, as->gid) != 0 ||
        setresuid(as->uid, as->uid, as->uid) != 0)
      return &user;
  return nullptr;
}

const Step* become_user_in_directory(const JobSpec& spec) {
  static constexpr Step directory{"working directory", 200};
  if (const Step* const failed = become_user(spec)) return failed;
  return chdir(spec.working_directory.c_str()) != 0 ? &directory : nullptr;
}

int execute(const Argv& argv, const std::vector<std::string>& environment) {
  std::vector<char*> arguments, variables;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  arguments.push_back(nullptr);
  variables.push_back(nullptr);
  char** const own = std::exchange(environ, variables.data());  // execvpe(3) searches the PATH of environ
  execvpe(arguments[0], arguments.data(), variables.data());
  environ = own;
  return errno;
}

}  // namespace jobctl
