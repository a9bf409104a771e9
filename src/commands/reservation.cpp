#include "commands/reservation.hpp"

#include <algorithm>
#include <utility>

#include "commands/jobs.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "proc/read.hpp"
#include "proc/sockets.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Thrown out of the registry's transaction: by a row that may be older than its job's end.
struct Held {
  uint16_t port;
  std::string uuid;
};

[[noreturn]] void refuse(uint16_t port, const std::string& by) {
  throw PortTaken(Errc::refused,
                  "port " + std::to_string(port) + " is taken by " + by + "; nothing was started",
                  "a free one is found by: --port auto");
}

std::string job_in_words(const Job& job) {
  return "the job " + shown_name(job.spec) + " (" + job.spec.uuid.substr(0, 8) + ")";
}

// The job in whose unit a process runs.
std::optional<std::string> job_of_process(pid_t pid) try {
  for (const std::string& part : split(own_cgroup("/proc/" + std::to_string(pid) + "/cgroup"), '/'))
    if (const auto uuid = uuid_of_unit(part)) return uuid;
  return std::nullopt;
} catch (const Error&) {
  return std::nullopt;  // it has ended meanwhile
}

std::string listener_in_words(Context& context, const ListeningSocket& socket) {
  const auto pid = process_with_socket(socket.inode);
  if (!pid) return "a process of " + user_name(socket.uid);
  if (const auto uuid = job_of_process(*pid))
    if (const auto job = context.registry().find_uuid(*uuid)) return job_in_words(*job);
  const auto name = read_small_file("/proc/" + std::to_string(*pid) + "/comm");
  return "process " + std::to_string(*pid) + (name ? " (" + name->substr(0, name->find('\n')) + ")" : "");
}

class Ports {
 public:
  Ports(Context& context, const std::vector<Port>& wanted)
      : context_(context), wanted_(wanted), listening_(listening_sockets()) {}

  // `before`: what an earlier run had; taken again for "auto" where it is free.
  std::vector<Port> choose(const std::vector<Port>& before, const std::vector<Job>& holders,
                           const std::string& self) const {
    std::vector<Port> chosen;
    for (const Port& port : wanted_) {
      if (port.number == 0) continue;
      if (const Job* holder = holder_of(port.number, holders, self))
        throw Held{port.number, holder->spec.uuid};
      if (const ListeningSocket* socket = listener_on(port.number))
        refuse(port.number, listener_in_words(context_, *socket));
    }
    for (const Port& port : wanted_) {
      const auto is_free = [&](uint16_t number) {
        return !holder_of(number, holders, self) && !listener_on(number) && !has(wanted_, number) &&
               !has(chosen, number);
      };
      chosen.push_back(port.number != 0 ? port : Port{port.name, any_port(port.name, before, is_free)});
    }
    return chosen;
  }

 private:
  static bool has(const std::vector<Port>& ports, uint16_t number) {
    return std::any_of(ports.begin(), ports.end(), [&](const Port& port) { return port.number == number; });
  }

  static const Job* holder_of(uint16_t number, const std::vector<Job>& holders, const std::string& self) {
    for (const Job& job : holders)
      if (job.spec.uuid != self && has(job.current.ports, number)) return &job;
    return nullptr;
  }

  const ListeningSocket* listener_on(uint16_t number) const {
    for (const ListeningSocket& socket : listening_)
      if (socket.port == number) return &socket;
    return nullptr;
  }

  template <class IsFree>
  static uint16_t any_port(const std::string& name, const std::vector<Port>& before, IsFree is_free) {
    for (const Port& port : before)
      if (port.name == name && is_free(port.number)) return port.number;
    for (uint16_t number = first_auto_port; number <= last_auto_port; ++number)
      if (is_free(number)) return number;
    throw PortTaken(Errc::refused, "no port from " + std::to_string(first_auto_port) + " to " +
                                       std::to_string(last_auto_port) + " is free");
  }

  Context& context_;
  const std::vector<Port>& wanted_;
  const std::vector<ListeningSocket> listening_;
};

std::optional<Job> live_job(Context& context, const std::string& uuid) {
  for (Job& job : current_jobs(context, {.names = {uuid}}))
    if (job.spec.uuid == uuid && is_active(job.state)) return std::move(job);
  return std::nullopt;
}

Job with(Record record, const Event& starting) {
  record.events.push_back(starting);
  return to_job(record);
}

void reserve_with_ports(Context& context, const Record& record, Event& starting) {
  const JobSpec& spec = record.spec;
  const std::vector<Port> before = to_runs(record).back().ports;
  const Ports ports(context, spec.ports);
  const auto make = [&](const std::vector<Job>& holders) {
    starting.fields["ports"] = ports_text(ports.choose(before, holders, spec.uuid));
    return with(record, starting);
  };
  std::string looked_at;
  for (;;) {
    try {
      return context.registry().reserve(make, record.events.empty());
    } catch (const Held& held) {
      // A look at it brings its row up to date, if the disk has room for that.
      if (const auto holder = live_job(context, held.uuid)) refuse(held.port, job_in_words(*holder));
      if (std::exchange(looked_at, held.uuid) == held.uuid) refuse(held.port, "the job " + held.uuid);
    }
  }
}

}  // namespace

void reserve(Context& context, const Record& record, Event& starting) {
  const bool waits = starting.kind == "scheduled";  // and holds nothing
  if (!record.spec.ports.empty() && !waits) return reserve_with_ports(context, record, starting);
  if (record.events.empty()) context.registry().reserve(with(record, starting));
}

void note_listening(std::span<Job> jobs) {
  const auto has_ports = [](const Job& job) { return is_active(job.state) && !job.current.ports.empty(); };
  if (std::none_of(jobs.begin(), jobs.end(), has_ports)) return;
  const std::vector<ListeningSocket> sockets = listening_sockets();
  for (Job& job : jobs) {
    if (!has_ports(job)) continue;
    const uint64_t payload = job.current.cgroup.empty() ? 0 : Cgroup(payload_of(job.current.cgroup)).id();
    for (const ListeningSocket& socket : sockets)
      if (socket.cgroup == 0 || socket.cgroup == payload) job.listening.insert(socket.port);
  }
}

}  // namespace jobctl
