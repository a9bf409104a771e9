// Pseudo-terminals (pty(7)), for the holder inside a job's unit.
#pragma once

#include "terminal/protocol.hpp"
#include "util/fd.hpp"

namespace jobctl {

// A new pseudo-terminal's master, O_CLOEXEC and nobody's controlling terminal, with UTF-8 line editing
// (IUTF8). Throws Error.
Fd open_pty(WindowSize size);

// The slave of a master, O_CLOEXEC and not our controlling terminal. Doesn't need /dev/pts to be the one the
// master comes from (TIOCGPTPEER, ioctl_tty(2)). Throws Error.
Fd open_slave(int master);

// The size of the terminal at either end. A change sends SIGWINCH to its foreground processes.
// set_window_size does nothing for a size of 0, which programs divide by. window_size is 0 x 0 where `fd` is
// no terminal.
void set_window_size(int fd, WindowSize size);
WindowSize window_size(int fd);

// Of the terminal that the caller's output is on, or else its input; 0 x 0 without one.
WindowSize own_window_size();

// In the child, between fork(2) and exec: a new session with this terminal. Throws Error.
void make_controlling_terminal(int slave);

}  // namespace jobctl
