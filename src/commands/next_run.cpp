#include "commands/next_run.hpp"

#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/start_unit.hpp"
#include "proc/boot_id.hpp"
#include "proc/machine.hpp"

namespace jobctl {

Event request_event(const char* kind, int run, const StartRequest& request) {
  Event event(kind, run, {{"by", request.by}, {"boot", boot_id()}, {"host", host_name()}});
  if (!machine_id().empty()) event.fields["machine"] = machine_id();
  if (!request.how.empty()) event.fields["how"] = request.how;
  return event;
}

void announce(Context& context, const RecordFile& record, const Event& starting) try {
  record.announce(starting);
} catch (const Error&) {
  const Record known = record.read();
  if (record.is_deleted())
    context.registry().remove({known.spec.uuid}, [] {});
  else
    context.registry().update({refold(record)});
  throw;
}

int next_run_number(const Job& job) {
  return job.state == State::queued ? job.run : job.run + 1;
}

Job start_next_run(Context& context, RecordFile& record, StartFifo& fifo, const Job& job,
                   const StartRequest& request) {
  Event starting = request_event("starting", next_run_number(job), request);
  reserve(context, record.read(), starting);
  announce(context, record, starting);
  // Rows that say "ended" are not looked at again.
  context.registry().update({refold(record)});
  return start_unit(context, record, fifo);
}

}  // namespace jobctl
