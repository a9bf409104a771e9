"""A pseudo-terminal as a person has it, with jobctl on it."""

import fcntl
import os
import struct
import subprocess
import termios
import threading

from harness import JobctlTest


class Terminal:
    """jobctl on a pseudo-terminal of its own, of which a thread collects what it shows."""

    def __init__(self, test, *arguments, rows=24, columns=80, command=None):
        self.test = test
        self.master, slave = os.openpty()
        self.resize(rows, columns)
        self.mode = termios.tcgetattr(slave)
        self.shown = bytearray()
        self.process = subprocess.Popen(command or test.command(*arguments), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0), env=test.environment(), cwd=test.dir)
        # Ours stays open: the terminal outlives its client, as a shell would see it.
        self.slave = slave
        self.reading = threading.Thread(target=self.read, daemon=True)
        self.reading.start()

    def read(self):
        try:
            while (master := self.master) is not None and (data := os.read(master, 65536)):
                self.shown += data
        except OSError:
            pass  # closed

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys)

    def wait_for(self, text, after=0):
        data = text if isinstance(text, bytes) else text.encode()
        self.test.wait_until(lambda: self.shown.find(data, after) >= 0, what=lambda: f"{data} on the terminal: {self.shown[-2000:]}")
        return self

    def wait_mode(self, echo):
        """Until the client has taken the keyboard, or given it back."""
        self.test.wait_until(lambda: bool(self.present_mode()[3] & termios.ECHO) == echo, what="the terminal's mode to change")
        return self

    def present_mode(self):
        return termios.tcgetattr(self.slave)

    def end(self, status=None):
        """Waits for the client's end; everything that it has shown is read then, and the mode is as it was."""
        self.test.wait_until(lambda: self.process.poll() is not None, what=lambda: f"the client to end: {self.shown[-2000:]}")
        os.write(self.slave, b"<end of output>")
        self.wait_for("<end of output>")
        if status is not None:
            self.test.assertEqual(self.process.returncode, status, self.shown[-2000:])
        self.test.assertEqual(self.present_mode(), self.mode, "the terminal's mode was not restored")
        return self.shown.decode("utf-8", "replace").replace("<end of output>", "")

    def hang_up(self):
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = None

    def close(self):
        for fd in (self.slave, self.master):
            if fd is not None:
                os.close(fd)


class TerminalTest(JobctlTest):
    def setUp(self):
        super().setUp()
        self.env["TERM"] = "xterm"
        self.terminals = []

    def tearDown(self):
        for terminal in self.terminals:
            terminal.process.kill()
            terminal.process.wait()
        super().tearDown()
        for terminal in self.terminals:
            terminal.close()

    def terminal(self, *arguments, **options):
        self.terminals.append(Terminal(self, *arguments, **options))
        return self.terminals[-1]
