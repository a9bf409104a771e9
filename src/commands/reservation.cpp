#include "commands/reservation.hpp"

#include <algorithm>

#include "commands/gpu_choice.hpp"
#include "commands/jobs.hpp"
#include "commands/port_choice.hpp"
#include "commands/records.hpp"
#include "commands/taken.hpp"
#include "proc/cgroup.hpp"

namespace jobctl {

namespace {

Job with(Record record, const Event& starting) {
  record.events.push_back(starting);
  return to_job(record);
}

void reserve_own(Context& context, const Record& record, Event& starting) {
  const JobSpec& spec = record.spec;
  const Run before = to_runs(record).back();
  const PortChoice ports(context, spec.ports);
  const GpuChoice gpus(context, spec.gpus);
  const auto make = [&](std::vector<Job> holders) {
    std::erase_if(holders, [&](const Job& job) { return job.spec.uuid == spec.uuid || runs_elsewhere(job); });
    if (!spec.ports.empty()) starting.fields["ports"] = ports_text(ports.choose(before.ports, holders));
    if (!spec.gpus.empty()) starting.fields["gpus"] = given_gpus_text(gpus.choose(before.gpus, holders));
    return with(record, starting);
  };
  try {
    return context.registry().reserve(make, record.events.empty());
  } catch (const Taken&) {
    // By a job whose row may be older than its end: a look brings all rows up to date.
    current_jobs(context, {.active = true});
  }
  context.registry().reserve(make, record.events.empty());
}

}  // namespace

void reserve(Context& context, const Record& record, Event& starting) {
  if (!record.spec.ports.empty() || !record.spec.gpus.empty()) return reserve_own(context, record, starting);
  if (record.events.empty()) context.registry().reserve(with(record, starting));
}

void note_listening(std::span<Job> jobs) {
  const auto has_ports = [](const Job& job) { return is_active(job.state) && !job.current.ports.empty(); };
  if (std::none_of(jobs.begin(), jobs.end(), has_ports)) return;
  const std::vector<ListeningSocket> sockets = listening_sockets();
  for (Job& job : jobs) {
    if (!has_ports(job)) continue;
    std::vector<uint64_t> own = {0};  // of a kernel that doesn't tell
    if (!job.current.cgroup.empty()) own = Cgroup(payload_of(job.current.cgroup)).ids(), own.push_back(0);
    for (const ListeningSocket& socket : sockets)
      if (std::find(own.begin(), own.end(), socket.cgroup) != own.end()) job.listening.insert(socket.port);
  }
}

}  // namespace jobctl
