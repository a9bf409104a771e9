#include "setup.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/paths.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

void apply_limit(const ResourceLimit& limit) {
  rlimit present{};
  const auto resource = static_cast<__rlimit_resource_t>(limit.resource);
  if (getrlimit(resource, &present) != 0) return;
  // The manager's own hard limit can't be raised; the nearest to what the caller had is what there is.
  rlimit wanted{std::min<rlim_t>(limit.soft, limit.hard), limit.hard};
  if (setrlimit(resource, &wanted) == 0) return;
  wanted.rlim_max = std::min(wanted.rlim_max, present.rlim_max);
  wanted.rlim_cur = std::min(wanted.rlim_cur, wanted.rlim_max);
  setrlimit(resource, &wanted);
}

// systemd ignores SIGPIPE for services, a client may have been started with anything ignored or blocked; a
// program expects what a shell gives it.
void reset_signals() {
  for (int number = 1; number <= SIGRTMAX; ++number)
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Of the manager's environment what belongs to the launcher's own unit and not to the job.
bool belongs_to_the_unit(const char* variable) {
  static constexpr std::array names = {
      "NOTIFY_SOCKET=", "LISTEN_", "MAINPID=", "MANAGERPID", "SYSTEMD_EXEC_PID=", "WATCHDOG_"};
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return strncmp(variable, name, strlen(name)) == 0; });
}

void set(std::vector<std::string>& environment, const std::string& assignment) {
  const size_t key = assignment.find('=') + 1;
  for (std::string& present : environment) {
    if (present.compare(0, key, assignment, 0, key) != 0) continue;
    present = assignment;
    return;
  }
  environment.push_back(assignment);
}

void set_from_own(std::vector<std::string>& environment, const char* name) {
  if (const char* value = getenv(name)) set(environment, std::string(name) + "=" + value);
}

void apply_scheduling(const ResourceControl& control) {
  if (control.nice && setpriority(PRIO_PROCESS, 0, *control.nice) != 0)
    throw StartFailure{"nice", errno, std::to_string(*control.nice), 201, {}};
  if (control.cpu_affinity.empty()) return;
  const auto free_set = [](cpu_set_t* set) { CPU_FREE(set); };
  const int count = control.cpu_affinity.back() + 1;
  const std::unique_ptr<cpu_set_t, decltype(free_set)> set(CPU_ALLOC(count), free_set);
  const size_t size = CPU_ALLOC_SIZE(count);
  CPU_ZERO_S(size, set.get());
  for (const int cpu : control.cpu_affinity) CPU_SET_S(cpu, size, set.get());
  if (sched_setaffinity(0, size, set.get()) != 0)
    throw StartFailure{"CPUs", errno, cpu_list_text(control.cpu_affinity), 215, {}};
}

}  // namespace

void apply_attributes(const JobSpec& spec) {
  if (spec.scope) apply_scheduling(spec.control);
  if (spec.umask) umask(*spec.umask);
  for (const ResourceLimit& limit : spec.limits) apply_limit(limit);
  reset_signals();
}

std::vector<std::string> job_environment(const Launch& launch) {
  const JobSpec& spec = launch.spec();
  std::vector<std::string> environment;
  if (spec.clean_environment) {
    for (char** variable = environ; *variable; ++variable)
      if (!belongs_to_the_unit(*variable)) environment.emplace_back(*variable);
    for (const std::string& assignment : spec.environment) set(environment, assignment);
  } else {
    environment = spec.environment;
  }
  set_from_own(environment, "INVOCATION_ID");
  if (spec.log_kind == LogKind::journal) set_from_own(environment, "JOURNAL_STREAM");
  set(environment, "JOBCTL_UUID=" + spec.uuid);
  set(environment, "JOBCTL_NAME=" + spec.name);
  set(environment, "JOBCTL_TYPE=" + spec.type);
  set(environment, "JOBCTL_SESSION=" + spec.session);
  set(environment, "JOBCTL_LOG_FILE=" + spec.log_file);
  set(environment, "JOBCTL_RUN=" + std::to_string(launch.run()));
  for (const std::string& variable : port_variables(launch.ports())) set(environment, variable);
  return environment;
}

Fd open_log(const JobSpec& spec) try { return create_log(spec.log_file); } catch (const Error& error) {
  throw StartFailure{"log file", 0, spec.log_file, 209, error.what()};
}

const Step* become_user_in_directory(const JobSpec& spec) {
  static constexpr Step user{"user", 217}, directory{"working directory", 200};
  if (const auto& as = spec.run_as)
    if (setgroups(as->groups.size(), as->groups.data()) != 0 || setresgid(as->gid, as->gid, as->gid) != 0 ||
        setresuid(as->uid, as->uid, as->uid) != 0)
      return &user;
  return chdir(spec.working_directory.c_str()) != 0 ? &directory : nullptr;
}

StartFailure step_failure(const JobSpec& spec, const Step& step, int error) {
  const std::string file = strcmp(step.name, "user") == 0                ? std::to_string(spec.run_as->uid)
                           : strcmp(step.name, "working directory") == 0 ? spec.working_directory
                                                                         : spec.commands.front().front();
  return {step.name, error, file, step.status, {}};
}

bool is_there(const Argv& argv) {
  return argv.front().find('/') != std::string::npos && access(argv.front().c_str(), F_OK) == 0;
}

StartFailure exec_failure(const Argv& argv, int error, bool is_there) {
  // "No such file" about a file that is there misleads.
  const bool lacks_interpreter = error == ENOENT && is_there;
  return {"exec", error, argv.front(), 203,
          lacks_interpreter ? "it is there, but its interpreter (its first line) or loader is not" : ""};
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
