// Where the logs lie, and their secure creation. The launcher uses this file too.
#pragma once

#include <string>
#include <string_view>

#include "util/fd.hpp"
#include "util/time.hpp"

namespace jobctl {

// "<log_dir>/<type>/<type>-<uuid>.log". The type becomes one file name of at most 100 bytes: '/', '%',
// control characters and a leading dot are written %XX, what is too long is cut.
std::string log_path(const std::string& log_dir, std::string_view type, const std::string& uuid);

// "<log_dir>/<type>/<type>-20261118T091203Z.log" (UTC), for a copy of a program's own log. Creates the file,
// empty, so that it is the caller's alone; a name that is taken gets "-2", "-3", … before ".log". Throws
// Error.
std::string collected_log_path(const std::string& log_dir, std::string_view type, Time time);

// Opens a log to append to, O_CLOEXEC and blocking: creates it (0600) and the directories above it (0700)
// where they are missing. What is there already must be a regular file or a character device (/dev/null); a
// symbolic link in its place is not followed (open(2), O_NOFOLLOW). Throws Error naming the path.
Fd create_log(const std::string& path);

}  // namespace jobctl
