#include "commands/next_run.hpp"

#include <cerrno>

#include "commands/records.hpp"
#include "commands/reservation.hpp"
#include "commands/start_unit.hpp"
#include "proc/boot_id.hpp"
#include "util/error.hpp"

namespace jobctl {

int next_run_number(const Job& job) {
  return job.state == State::queued ? job.run : job.run + 1;
}

Job start_next_run(Context& context, RecordFile& record, StartFifo& fifo, const Job& job) {
  Event starting("starting", next_run_number(job), {{"by", context.requester()}, {"boot", boot_id()}});
  reserve(context, record.read(), starting);
  if (!record.append(starting)) throw_errno("could not write the record " + record.path(), errno);
  // Rows that say "ended" are not looked at again.
  context.registry().update({refold(context, record, job)});
  return start_unit(context, record, fifo);
}

}  // namespace jobctl
