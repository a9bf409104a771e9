// The identity of this boot of the machine, proc_sys_kernel(5).
#pragma once

#include <string>

namespace jobctl {

// 32 hex digits, as systemd prints it. Throws Error where the kernel doesn't tell.
std::string boot_id(const std::string& file = "/proc/sys/kernel/random/boot_id");

}  // namespace jobctl
