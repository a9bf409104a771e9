#include "commands/next_run.hpp"

#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/start_unit.hpp"
#include "proc/boot_id.hpp"

namespace jobctl {

int next_run_number(const Job& job) {
  return job.state == State::queued ? job.run : job.run + 1;
}

Job start_next_run(Context& context, RecordFile& record, StartFifo& fifo, const Job& job,
                   const StartRequest& request) {
  Event starting("starting", next_run_number(job),
                 {{"by", request.by}, {"how", request.how}, {"boot", boot_id()}});
  reserve(context, record.read(), starting);
  record.announce(starting);
  // Rows that say "ended" are not looked at again.
  context.registry().update({refold(record)});
  return start_unit(context, record, fifo);
}

}  // namespace jobctl
