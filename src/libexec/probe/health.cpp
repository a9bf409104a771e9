#include "health.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "bus/bus_manager.hpp"
#include "job/companion_plan.hpp"
#include "libexec/common/alerts.hpp"
#include "question.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

constexpr Duration acceptance = std::chrono::seconds(5);

void wait_for(BusManager& manager, const UnitJob& job) {
  manager.wait_for(job, acceptance);
  if (job.failed) throw Error(Errc::failed, job.text);
}

HealthNote read_note(const std::string& path, int run) {
  const auto note = parse_health_note(read_file_if_exists(path));
  return note && note->run == run ? *note : HealthNote{run, 0, {}, ""};
}

void write_note(const std::string& path, const HealthNote& note) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file) write_all(file.get(), to_text(note));
}

void act(const JobSpec& spec) {
  const OnUnhealthy action = spec.health.action();
  if (action != OnUnhealthy::kill && action != OnUnhealthy::restart) return;
  BusManager manager(manager_of(spec));
  wait_for(manager, action == OnUnhealthy::kill ? *manager.stop(spec.unit) : *manager.restart(spec.unit));
}

void end_checks(Manager which, const std::string& timer) {
  BusManager manager(which);
  wait_for(manager, *manager.stop(timer));
}

void note_answer(const RecordFile& file, const Job& job, const Answer& answer) {
  const HealthPolicy& policy = job.spec.health;
  const std::string path = health_path(job.spec.runtime_dir, job.spec.uuid);
  HealthNote note = read_note(path, job.run);
  const bool counts = now() - *job.current.started_at >= policy.start_period.value_or(Duration::zero());
  note = {job.run, answer.good ? 0 : note.failures + (counts ? 1 : 0), now(), answer.text};
  write_note(path, note);
  if (answer.good && job.unhealthy) file.append(Event("healthy", job.run));
  if (note.failures < policy.most_failures() || job.unhealthy) return;
  file.append(Event("unhealthy", job.run, {{"text", answer.text}, {"action", to_string(policy.action())}}));
  raise_alerts(file, job.spec, job.run, {AlertEvent::unhealthy});
  // Telling of it may have taken its time.
  const Job present = to_job(file.read());
  if (present.run == job.run && !present.current.ended_at) act(job.spec);
}

}  // namespace

void begin_checks(const RecordFile& file, const JobSpec& spec, const Run& run) {
  BusManager manager(manager_of(spec));
  const Helpers helpers{"", "", own_folder() + "/probe"};
  wait_for(manager, *manager.start(to_health_plan(spec, run.number, file.path(), helpers)));
}

void check_health(const std::string& record_path, int run, const std::string& timer) {
  const auto found = RecordFile::open_existing(record_path);
  // Flushed, after an end that no hook could tell of.
  if (!found) return end_checks(geteuid() == 0 ? Manager::system : Manager::user, timer);
  const RecordFile& file = *found;
  const Job job = to_job(file.read());
  if (job.run != run || job.current.ended_at || job.current.goes_on)
    return end_checks(manager_of(job.spec), timer);
  if (!job.current.started_at || job.paused) return;
  const Answer answer =
      Question(job.spec, job.current, *job.spec.health.probe).ask(job.spec.health.patience());
  // It may have ended meanwhile, or somebody may have paused it.
  const Job present = to_job(file.read());
  if (present.run == run && !present.current.ended_at && !present.current.goes_on && !present.paused)
    note_answer(file, present, answer);
}

}  // namespace jobctl
