// doctor: what jobs need of the machine besides systemd itself.
#include <unistd.h>

#include "bus/login.hpp"
#include "commands/enforcement.hpp"
#include "commands/finding.hpp"
#include "journal/reader.hpp"
#include "output/words.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

void check_linger(Context& context, const RecordedJobs& recorded, Findings& findings) {
  const uid_t uid = geteuid();
  const std::string user = user_name(uid);
  if (context.is_system() || uid == 0 || recorded.active == 0 || context.config().linger == Linger::never ||
      is_lingering(user))
    return;
  findings.push_back(
      {"linger", count_in_words(recorded.active, "job", "jobs") + " would end when " + user + " logs out",
       "loginctl enable-linger " + shell_quote({user}), "", [uid] {
         const std::string problem = enable_linger(uid);
         if (!problem.empty()) throw Error(Errc::failed, problem);
       }});
}

void check_controllers(Context& context, Findings& findings) try {
  const std::vector<std::string> missing = withheld_controllers(context);
  if (!missing.empty())
    findings.push_back(
        {"controllers",
         "limits of " + join(missing, ", ") + " have no effect: your service manager was not given them",
         "sudo systemctl edit user@.service",
         "write [Service] and Delegate=cpu cpuset io memory pids into it, then log in again"});
} catch (const Error& error) {
  findings.push_back({"controllers", error.what(), "", "boot with systemd.unified_cgroup_hierarchy=1"});
}

void check_journal(Context& context, Findings& findings) {
  if (access("/run/systemd/journal/socket", F_OK) != 0) return;  // no journald, as in containers
  try {
    JournalReader reader(context.is_system(), {});
  } catch (const Error& error) {
    findings.push_back({"journal", error.what(), error.hint});
  }
}

}  // namespace

void check_host(Context& context, Findings& findings, const RecordedJobs& recorded) {
  check_linger(context, recorded, findings);
  check_controllers(context, findings);
  check_journal(context, findings);
}

}  // namespace jobctl
