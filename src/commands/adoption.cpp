#include "commands/adoption.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "commands/caller.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/service_main.hpp"
#include "commands/start_unit.hpp"
#include "job/history.hpp"
#include "journal/send.hpp"
#include "log/paths.hpp"
#include "proc/cgroup.hpp"
#include "proc/process_setup.hpp"
#include "proc/services.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// ---- into the scope

class Move {
 public:
  Move(Context& context, const JobSpec& spec, const Adoption& adoption)
      : context_(context), spec_(spec), adoption_(adoption) {}

  // Called when the scope is there.
  void run() {
    const auto cgroup =
        context_.units().property(spec_.unit, "org.freedesktop.systemd1.Scope", "ControlGroup");
    if (cgroup.value_or("").empty())
      throw Error(Errc::failed, "systemd did not make a cgroup of its own for it",
                  "journalctl " + std::string(context_.is_system() ? "" : "--user ") + "-u " + spec_.unit);
    payload_ = payload_of(*cgroup);
    Cgroup(payload_).make();
    take_main();
    for (const TableEntry& other : adoption_.others) take_if_possible(other);
    if (adoption_.descendants) take_descendants();
  }

  bool has_main() const { return moved_.contains(adoption_.main.process.pid); }
  const std::set<pid_t>& moved() const { return moved_; }
  const std::vector<LeftBehind>& left() const { return left_; }

 private:
  // Of two commands that want the same process one gets it.
  void take_main() {
    const Fd one_at_a_time(open(spec_.runtime_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    flock(one_at_a_time.get(), LOCK_EX);
    const pid_t pid = adoption_.main.process.pid;
    if (const auto uuid = uuid_of_cgroup(cgroup_of(pid)))
      throw Error(Errc::refused, "it belongs to the job " + uuid->substr(0, 8) + " by now",
                  "jobctl find " + std::to_string(pid));
    take(adoption_.main);
  }

  void take(const TableEntry& entry) {
    if (!is_alive(entry.process)) throw Error(Errc::no_such_job, "it has ended");
    context_.units().attach(spec_.unit, "/payload", {entry.process.pid});
    moved_.insert(entry.process.pid);
  }

  // What a manager that doesn't answer did with the last one nobody knows; the rest stays.
  void take_if_possible(const TableEntry& entry) {
    tried_.insert(entry.process.pid);
    std::string why = silence_;
    if (why.empty()) try {
        return take(entry);
      } catch (const Error& error) {
        why = error.what();
        if (error.code == Errc::no_manager) silence_ = why;
      }
    if (read_process(entry.process.pid)) left_.push_back({entry.process, why});
  }

  // What is forked by one that has been moved is born there; by one that hasn't, it turns up in the next
  // look.
  void take_descendants() {
    constexpr int most_looks = 20;
    for (int look = 0; look < most_looks; ++look) {
      const std::vector<TableEntry> table = read_process_table();
      bool found = false;
      for (const TableEntry& entry : descendants_of(adoption_.main.process.pid, table)) {
        if (is_in_cgroup(entry.cgroup, payload_) || tried_.contains(entry.process.pid)) continue;
        take_if_possible(entry);
        found = true;
      }
      if (!found) return;
    }
  }

  Context& context_;
  const JobSpec& spec_;
  const Adoption& adoption_;
  std::string payload_;
  std::set<pid_t> moved_, tried_;
  std::vector<LeftBehind> left_;
  std::string silence_;  // why nobody answers any more
};

// ---- its record and its log

Event adopted_event(Context& context, const Adoption& adoption) {
  const Process& process = adoption.main.process;
  Event event = request_event("starting", 1, {context.requester(), ""});
  event.fields["adopted"] = adopted_text({process.pid, process.start_ticks, adoption.is_orphan});
  return event;
}

// Of a process that prints to no file, so that whoever looks for its output finds out where it goes.
void explain_log(const JobSpec& spec, const Process& process) {
  if (spec.log_file != log_path(spec.log_dir, spec.type, spec.uuid)) return;
  const std::string printed = read_process_setup(process.pid).printed;
  const Fd log = create_log(spec.log_file);
  write_all(log.get(), "jobctl: process " + title_of(process) + " was adopted; it prints to " +
                           (printed.empty() ? "a place that can't be seen" : visible(printed)) +
                           ", and nothing of that is here\n");
}

// The scope is stopped only where the manager has said that it moved nobody: it may yet come to it.
void forget(Context& context, const JobSpec& spec, bool is_certain) {
  constexpr Duration patience = std::chrono::seconds(5);
  if (is_certain) context.units().wait_for(*context.units().stop(spec.unit), patience);
  context.registry().remove({spec.uuid}, [&] { unlink(context.record_path(spec.uuid).c_str()); });
  if (spec.log_file == log_path(spec.log_dir, spec.type, spec.uuid)) unlink(spec.log_file.c_str());
}

Job start(Context& context, const JobSpec& spec, const Adoption& adoption, Move& move) {
  context.units();  // the connection is made while the registry is written
  StartFifo fifo(spec);
  Event event = adopted_event(context, adoption);
  reserve(context, {spec, {}}, event);
  RecordFile record = create_record(context, spec, event);
  try {
    explain_log(spec, adoption.main.process);
    return start_adopted(context, record, fifo, [&] { move.run(); });
  } catch (const Error& error) {
    // Once it is in the scope it is a job, whatever else went wrong.
    if (!move.has_main()) forget(context, spec, error.code != Errc::no_manager);
    throw;
  }
}

}  // namespace

std::string title_of(const Process& process) {
  return std::to_string(process.pid) + " (" + visible(process.name) + ")";
}

void refuse_unadoptable(Context& context, const TableEntry& entry) {
  const Process& process = entry.process;
  const std::string pid = std::to_string(process.pid), what = "process " + title_of(process);
  if (process.pid == getpid()) throw Error(Errc::usage, what + " is this jobctl itself");
  if (process.state == 'Z') throw Error(Errc::no_such_job, what + " has ended; its parent hasn't asked how");
  constexpr pid_t kthreadd = 2;
  const bool is_of_kernel = process.pid == kthreadd || process.parent == kthreadd;
  if (is_of_kernel && process.argv.empty() && process.resident_bytes == 0)
    throw Error(Errc::usage, what + " is a thread of the kernel");
  if (process.pid == 1 || entry.cgroup.ends_with("/init.scope"))
    throw Error(Errc::usage, what + " is a service manager");
  if (entry.is_in_container)
    throw Error(Errc::refused, what + " runs in a container, and belongs to whoever has started that",
                "jobctl adopt --tree PID, with the PID of the program that has started the container");
  if (const auto uuid = uuid_of_cgroup(entry.cgroup))
    throw Error(Errc::refused, what + " belongs to the job " + uuid->substr(0, 8) + " already",
                "jobctl find " + pid);
  if (entry.user != geteuid() && geteuid() != 0)
    throw Error(Errc::failed, what + " is " + user_name(entry.user) + "'s; only they and root can adopt it",
                "sudo jobctl adopt " + pid);
  if (is_service(entry) || service_mains(context, {entry.cgroup}).contains(process.pid))
    throw Error(Errc::refused, what + " is that of a service, which systemd manages already",
                context.systemctl() + " status " + pid);
}

std::vector<TableEntry> descendants_of(pid_t pid, const std::vector<TableEntry>& table) {
  const ProcessIndex index = index_of(table);
  std::set<pid_t> family = {pid};
  const auto is_kin = [&](const TableEntry& entry) {
    const Process& process = entry.process;
    return family.contains(process.parent) ||
           (is_orphan(entry, index) && (family.contains(process.group) || family.contains(process.session)));
  };
  std::vector<TableEntry> found;
  for (bool grown = true; grown;) {
    grown = false;
    for (const TableEntry& entry : table) {
      const Process& process = entry.process;
      const bool is_of_a_job = uuid_of_cgroup(entry.cgroup).has_value();
      if (!is_kin(entry) || process.state == 'Z' || process.pid == getpid() ||
          !family.insert(process.pid).second)
        continue;
      if (!is_of_a_job) found.push_back(entry);
      grown = true;
    }
  }
  return found;
}

JobSpec define_adopted(const Context& context, const TableEntry& main, const StartOptions& given) {
  const ProcessSetup setup = read_process_setup(main.process.pid);
  if (setup.changes_user)
    throw Error(Errc::refused, "process " + title_of(main.process) +
                                   " has rights that its user has not (set-user-ID): it could not be started "
                                   "again as it was");
  const bool is_foreign = setup.user.uid != geteuid();
  StartOptions options = given;
  options.scope = true;
  const Argv argv = whole_argv(main.process.pid);
  options.commands = {argv.empty() ? Argv{main.process.name} : argv};
  options.directory = main.directory.empty() ? "/" : main.directory;
  // Where somebody else's file lies is theirs to decide again, and a restart would open it as root.
  if (!is_foreign) options.log_file = setup.log;
  // A default for jobs that are started is none for what runs as it does.
  Config config = context.config();
  config.start.clear();
  JobSpec spec = define_job(config, options);
  spec.user = user_name(setup.user.uid);
  spec.environment = without_login(setup.environment, false);
  spec.umask = setup.umask;
  spec.limits = setup.limits;
  if (is_foreign) spec.run_as = setup.user;
  return spec;
}

Adopted adopt(Context& context, const Adoption& adoption, const StartOptions& options) {
  const Process& process = adoption.main.process;
  const JobSpec spec = define_adopted(context, adoption.main, options);
  Move move(context, spec, adoption);
  try {
    Job job = start(context, spec, adoption, move);
    send_event(spec,
               {message_adopted,
                spec.name + " adopted by " + context.requester() + ": process " + title_of(process),
                1,
                LOG_INFO,
                {{"OBJECT_PID", std::to_string(process.pid)}}},
               context.is_system());
    return {std::move(job), move.moved(), move.left()};
  } catch (const Error& error) {
    throw Error(error.code, "could not adopt process " + title_of(process) + ": " + error.what(), error.hint);
  }
}

}  // namespace jobctl
