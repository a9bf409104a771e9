// The last lines of a log, and copying a part of one: what logs and attach show before they follow.
#pragma once

#include <cstdint>

namespace jobctl {

// Where the last `lines` lines of the bytes [begin, end) of a file start: `begin` where there are fewer,
// `end` for none. A last line without its newline counts as a line, as for tail(1). Reads blocks backwards
// (pread(2)) and passes over holes (lseek(2), which moves the descriptor's own position), so only what is
// asked for is read. Throws Error.
int64_t tail_offset(int fd, int64_t lines, int64_t begin, int64_t end);

// Writes the bytes [begin, end) of a file to `out_fd`, waiting where that one is non-blocking. A file that
// was cut short meanwhile ends earlier. False with errno set when it can't; EPIPE is the reader's way to say
// enough, and the caller's to ignore SIGPIPE for.
bool copy_range(int fd, int64_t begin, int64_t end, int out_fd);

}  // namespace jobctl
