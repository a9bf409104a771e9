#include "terminal/pty.hpp"

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {

namespace {

// So that erase deletes a character and not its last byte.
void set_utf8(int fd) {
  termios mode{};
  if (tcgetattr(fd, &mode) < 0) return;
  mode.c_iflag |= IUTF8;
  tcsetattr(fd, TCSANOW, &mode);
}

}  // namespace

Fd open_pty(WindowSize size) {
  Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) throw_errno("could not open a pseudo-terminal", errno);
  if (grantpt(master.get()) < 0 || unlockpt(master.get()) < 0)
    throw_errno("could not unlock the pseudo-terminal", errno);
  set_utf8(master.get());
  set_window_size(master.get(), size);
  return master;
}

Fd open_slave(int master) {
  constexpr int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  Fd slave(ioctl(master, TIOCGPTPEER, flags));
  if (slave) return slave;
  // Before Linux 4.13, or where a sandbox knows no such ioctl.
  char name[PATH_MAX];
  if (const int error = ptsname_r(master, name, sizeof name); error != 0)
    throw_errno("could not find the pseudo-terminal", error);
  slave = Fd(open(name, flags));
  if (!slave) throw_errno(std::string("could not open ") + name, errno);
  return slave;
}

void set_window_size(int fd, WindowSize size) {
  if (size.rows == 0 || size.columns == 0) return;
  const winsize value{size.rows, size.columns, 0, 0};
  ioctl(fd, TIOCSWINSZ, &value);
}

WindowSize window_size(int fd) {
  winsize value{};
  if (ioctl(fd, TIOCGWINSZ, &value) < 0) return {};
  return {value.ws_row, value.ws_col};
}

WindowSize own_window_size() {
  return window_size(isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDIN_FILENO);
}

void make_controlling_terminal(int slave) {
  if (setsid() < 0) throw_errno("could not create a session", errno);
  if (ioctl(slave, TIOCSCTTY, 0) < 0) throw_errno("could not take the pseudo-terminal", errno);
}

}  // namespace jobctl
