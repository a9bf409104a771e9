"""A terminal in which a command runs: how late lines come that say when they were written, and how soon it shows a text."""

import fcntl
import os
import pty
import re
import signal
import struct
import termios
import time

LINE = re.compile(rb"at=(\d+)\.")


def latencies(argv, env, go):
    """Runs a command on a pseudo-terminal of its own to its end. When its first output is there, makes the file `go`;
    returns for each line "at=NANOSECONDS." (CLOCK_MONOTONIC) after that how many seconds later it was shown."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, env)
    try:
        return read_lines(master, go)
    finally:
        os.close(master)
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)


def seconds_until(argv, env, text, key):
    """Until a command on a terminal of 50 x 160 shows a text; then presses the key that ends it."""
    begin = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        os.execve(argv[0], argv, dict(env, TERM="xterm"))
    seen = b""
    try:
        while text not in seen:
            seen += os.read(master, 65536)
        seconds = time.perf_counter() - begin
        os.write(master, key)
        os.waitpid(pid, 0)
        return seconds
    finally:
        os.close(master)


def read_lines(master, go):
    seen, times = b"", []
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            return times
        now = time.monotonic_ns()
        go.touch()
        seen += data
        found = list(LINE.finditer(seen))
        times += [(now - int(match[1])) / 1e9 for match in found]
        if found:
            seen = seen[found[-1].end():]
