#include "setup.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include <fcntl.h>
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

Fd open_log(const JobSpec& spec) try { return create_log(spec.log_file); } catch (const Error& error) {
  throw StartFailure{"log file", 0, spec.log_file, 209, error.what()};
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

}  // namespace jobctl
