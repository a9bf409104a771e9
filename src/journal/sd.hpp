// sd-journal(3), loaded when it is used.
#pragma once

#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "util/lazy_library.hpp"

namespace jobctl {

JOBCTL_LAZY(libsystemd, sd_id128_get_machine);
JOBCTL_LAZY(libsystemd, sd_id128_to_string);
JOBCTL_LAZY(libsystemd, sd_journal_add_match);
JOBCTL_LAZY(libsystemd, sd_journal_close);
JOBCTL_LAZY(libsystemd, sd_journal_get_data);
JOBCTL_LAZY(libsystemd, sd_journal_get_events);
JOBCTL_LAZY(libsystemd, sd_journal_get_fd);
JOBCTL_LAZY(libsystemd, sd_journal_get_realtime_usec);
JOBCTL_LAZY(libsystemd, sd_journal_get_timeout);
JOBCTL_LAZY(libsystemd, sd_journal_has_persistent_files);
JOBCTL_LAZY(libsystemd, sd_journal_has_runtime_files);
JOBCTL_LAZY(libsystemd, sd_journal_next);
JOBCTL_LAZY(libsystemd, sd_journal_open);
JOBCTL_LAZY(libsystemd, sd_journal_previous_skip);
JOBCTL_LAZY(libsystemd, sd_journal_process);
JOBCTL_LAZY(libsystemd, sd_journal_seek_head);
JOBCTL_LAZY(libsystemd, sd_journal_seek_realtime_usec);
JOBCTL_LAZY(libsystemd, sd_journal_seek_tail);
JOBCTL_LAZY(libsystemd, sd_journal_set_data_threshold);

}  // namespace jobctl
