"""A terminal in which a command runs: how late lines come that say when they were written."""

import os
import pty
import re
import signal
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
