// A synchronization with the service manager (sd_notify(3), "BARRIER=1").
#pragma once

namespace jobctl {

// Returns when the manager behind $NOTIFY_SOCKET has come to do whatever it began before this process ran.
// Where it can't be asked, or doesn't answer for 5 s, it returns as well.
void wait_for_manager();

}  // namespace jobctl
