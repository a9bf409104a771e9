// doctor: what jobs need of the machine besides systemd itself.
#include <algorithm>
#include <functional>

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

// What the settings of jobs need.
std::set<std::string> wanted_controllers(const Context& context, const RecordedJobs& recorded) {
  constexpr int any_systemd = 0;
  std::set<std::string> wanted;
  for (const Job& job : recorded.jobs)
    for (const auto& [controller, setting] : controlled_settings(
             to_unit_plan(job.spec, context.record_path(job.spec.uuid), context.helpers(), any_systemd)))
      wanted.insert(controller);
  return wanted;
}

// That some are missing is a problem to whoever has set such limits.
void check_controllers(Context& context, const RecordedJobs& recorded, Findings& findings) try {
  const std::vector<std::string> withheld = withheld_controllers(context);
  std::vector<std::string> absent = absent_controllers();
  if (withheld.empty() && absent.empty()) return;
  const std::set<std::string> wanted = wanted_controllers(context, recorded);
  const auto is_wanted = [&](const std::string& controller) { return wanted.contains(controller); };
  if (!withheld.empty())
    findings.push_back(
        {.check = "controllers",
         .what =
             "limits of " + join(withheld, ", ") + " have no effect: your service manager was not given them",
         .hint = "sudo systemctl edit user@.service",
         .advice = "write [Service] and Delegate=cpu cpuset io memory pids into it, then log in again",
         .is_note = std::none_of(withheld.begin(), withheld.end(), is_wanted)});
  std::erase_if(absent, std::not_fn(is_wanted));
  if (!absent.empty())
    findings.push_back(
        {.check = "controllers",
         .what = "limits of " + join(absent, ", ") + " have no effect: this machine has no such controllers",
         .is_note = true});
} catch (const Error& error) {
  findings.push_back({"controllers", error.what(), "", "boot with systemd.unified_cgroup_hierarchy=1"});
}

// To whoever has no job that writes there it is none.
void check_journal(Context& context, const RecordedJobs& recorded, Findings& findings) {
  if (access("/run/systemd/journal/socket", F_OK) != 0) return;  // no journald, as in containers
  try {
    JournalReader reader(context.is_system(), {});
  } catch (const Error& error) {
    const bool is_used = std::any_of(recorded.jobs.begin(), recorded.jobs.end(),
                                     [](const Job& job) { return job.spec.log_kind == LogKind::journal; });
    findings.push_back({.check = "journal", .what = error.what(), .hint = error.hint, .is_note = !is_used});
  }
}

}  // namespace

void check_host(Context& context, Findings& findings, const RecordedJobs& recorded) {
  check_linger(context, recorded, findings);
  check_controllers(context, recorded, findings);
  check_journal(context, recorded, findings);
}

}  // namespace jobctl
