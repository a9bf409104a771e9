"""jobctl top on a pseudo-terminal, and in a pipe."""

import os
import re
import signal
import sys

from harness import main, manager_pid
from terminal import TerminalTest

CTRL_C, CTRL_Z, DETACH = b"\x03", b"\x1a", b"\x10\x11"
DOWN, RIGHT, LEFT, HOME = b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H"
SEQUENCE = re.compile(r"\x1b(?:\[([?\d;]*)([A-Za-z])|([\x37\x38>]|\(B))|(\r)|(\n)|([^\x1b\r\n]+)")


class Screen:
    """What a terminal shows after these bytes: as much of it as top makes use of."""

    def __init__(self, data, rows, columns):
        self.rows, self.columns = rows, columns
        self.alternate, self.cursor_shown, self.wraps = False, True, True
        self.saved = None
        self.lines, self.reversed = [""] * rows, set()
        self.row = self.column = 0
        self.overflow = False
        for arguments, final, _, carriage_return, newline, text in SEQUENCE.findall(data):
            if final:
                self.control(arguments, final)
            elif carriage_return:
                self.column = 0
            elif newline:
                self.row = min(self.row + 1, rows - 1)
            elif text:
                self.put(text)

    def control(self, arguments, final):
        if arguments.startswith("?"):
            self.mode(arguments[1:], final == "h")
        elif final == "H":
            row, _, column = (arguments or "1;1").partition(";")
            self.row, self.column = int(row) - 1, int(column or 1) - 1
        elif final == "J":
            self.lines, self.reversed = [""] * self.rows, set()
        elif final == "K" and self.row < self.rows:
            self.lines[self.row] = self.lines[self.row][:self.column]
            self.reversed.discard(self.row)
        elif final == "m" and arguments == "7":
            self.reversed.add(self.row)

    def mode(self, number, on):
        if number == "1049" and on and not self.alternate:
            self.saved = self.lines
        if number == "1049":
            self.alternate = on
            if not on:
                self.lines = self.saved or self.lines
        elif number == "25":
            self.cursor_shown = on
        elif number == "7":
            self.wraps = on

    def put(self, text):
        if self.row >= self.rows or self.column + len(text) > self.columns:
            self.overflow = True
            return
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + text + line[self.column + len(text):]
        self.column += len(text)

    @property
    def status(self):
        return self.lines[-1].strip()

    @property
    def names(self):
        """The first column of the table."""
        return [line.split()[0] for line in self.lines[2:-1] if line.strip()]

    @property
    def selected(self):
        return [self.lines[row].split()[0] for row in sorted(self.reversed)]


class TopTest(TerminalTest):
    def top(self, *arguments, rows=24, columns=100, **options):
        terminal = self.terminal("top", *arguments, rows=rows, columns=columns, **options)
        terminal.size = rows, columns
        self.wait_screen(terminal, lambda screen: screen.alternate and re.match(r"\d+ jobs?, ", screen.lines[0]))
        return terminal

    def screen(self, terminal):
        return Screen(bytes(terminal.shown).decode("utf-8", "replace"), *terminal.size)

    def wait_screen(self, terminal, condition):
        """Waits until what is shown fulfils the condition; returns it."""
        def look():
            screen = self.screen(terminal)
            return screen if condition(screen) else None
        return self.wait_until(look, what=lambda: "the screen:\n" + "\n".join(self.screen(terminal).lines))

    def wait_status(self, terminal, text):
        return self.wait_screen(terminal, lambda screen: text in screen.status)

    def sleeper(self, name, *options):
        return self.start("--name", name, *options, "--", "sleep", "1000")

    def assert_left(self, terminal):
        screen = self.screen(terminal)
        self.assertEqual((screen.alternate, screen.cursor_shown, screen.wraps), (False, True, True))
        self.assertEqual(bytes(terminal.shown).count(b"\x1b[?2004h"), bytes(terminal.shown).count(b"\x1b[?2004l"))


class Looking(TopTest):
    def test_keys_sort(self):
        self.sleeper("aaa")
        self.sleeper("ccc")
        self.start("--name", "bbb", "--", sys.executable, "-c", "while True: pass")
        terminal = self.top("-d", "100ms")
        screen = self.wait_screen(terminal, lambda screen: screen.names == ["bbb", "aaa", "ccc"])
        self.assertRegex(screen.lines[0], r"^3 jobs, 3 running; CPU \d+ %, memory ")
        self.assertRegex(screen.lines[1], r"^NAME +UUID +STATE +CPU%↓ ")
        cpu = float(screen.lines[2].split()[3])
        self.assertGreater(cpu, 0)
        terminal.type(b"n")
        self.wait_screen(terminal, lambda screen: screen.names == ["aaa", "bbb", "ccc"] and "NAME↓" in screen.lines[1])
        terminal.type(b"R")
        self.wait_screen(terminal, lambda screen: screen.names == ["ccc", "bbb", "aaa"] and "NAME↑" in screen.lines[1])
        terminal.type(b"c")
        self.wait_screen(terminal, lambda screen: screen.names[0] == "bbb" and "CPU%↓" in screen.lines[1])
        for key, header in ((RIGHT, "MEM↓"), (b"m", "MEM↓"), (b"i", "READ/s↓"), (LEFT, "PEAK↓"), (b"t", "RUNTIME↓")):
            terminal.type(key)
            self.wait_screen(terminal, lambda screen, header=header: header in screen.lines[1])
        self.assertEqual(screen.names[-1] in ("aaa", "ccc"), True)
        self.assertFalse(self.screen(terminal).overflow, "something was written beyond the edge")
        terminal.type(b"q")
        terminal.end(0)
        self.assert_left(terminal)

    def test_jobs_come_and_go(self):
        self.sleeper("first")
        terminal = self.top("-d", "100ms")
        second = self.sleeper("second")
        self.wait_screen(terminal, lambda screen: sorted(screen.names) == ["first", "second"])
        self.jobctl("kill", second)
        self.wait_screen(terminal, lambda screen: screen.names == ["first"])

    def test_a_query_selects(self):
        self.sleeper("one", "--session", "s1")
        self.sleeper("two", "--session", "s2")
        for words, names in ((["one"], ["one"]), (["--session", "s2"], ["two"])):
            terminal = self.top(*words)
            self.assertEqual(self.screen(terminal).names, names)
            terminal.type(b"q")
            terminal.end(0)
        self.assertIn("no job named", self.jobctl("top", "-n", "1", "three", check=3).err)
        terminal = self.terminal("top", "three")
        self.assertIn("no job named", terminal.end(3))

    def test_it_fits_the_size_and_follows_it(self):
        for number in range(30):
            self.sleeper(f"job{number:02}")
        terminal = self.top(rows=10, columns=80)
        terminal.type(b"n")
        screen = self.wait_screen(terminal, lambda screen: screen.names == [f"job{number:02}" for number in range(7)])
        self.assertFalse(screen.overflow)
        terminal.type(DOWN * 9)
        self.wait_screen(terminal, lambda screen: screen.selected == ["job09"])
        shown = len(terminal.shown)
        terminal.resize(20, 60)
        terminal.size = 20, 60
        def is_resized():
            screen = Screen(bytes(terminal.shown[shown:]).decode("utf-8", "replace"), 20, 60)
            return len(screen.names) == 17 and screen.selected == ["job09"] and not screen.overflow
        self.wait_until(is_resized, what="17 rows")
        terminal.type(HOME + b"h")
        self.wait_screen(terminal, lambda screen: "select a job" in screen.lines[1])
        terminal.type(b" q")
        terminal.end(0)

    def test_it_survives_a_new_systemd(self):
        self.sleeper("before")
        terminal = self.top("-d", "100ms")
        self.systemctl("daemon-reexec")
        self.sleeper("after")
        self.wait_screen(terminal, lambda screen: sorted(screen.names) == ["after", "before"])
        self.wait_screen(terminal, lambda screen: screen.status.startswith("q quit"))

    def test_trouble_is_told_and_tried_again(self):
        self.sleeper("steady")
        self.env["SYSTEMD_BUS_TIMEOUT"] = "1s"
        terminal = self.top("-d", "100ms")
        os.kill(manager_pid(), signal.SIGSTOP)
        try:
            self.wait_status(terminal, "does not answer")
        finally:
            os.kill(manager_pid(), signal.SIGCONT)
        screen = self.wait_screen(terminal, lambda screen: screen.status.startswith("q quit"))
        self.assertEqual(screen.names, ["steady"])


class Acting(TopTest):
    def test_kill_after_a_yes_only(self):
        first, second = self.sleeper("first"), self.sleeper("second")
        terminal = self.top("-d", "100ms", "--sort", "name")
        terminal.type(b"k")
        self.wait_status(terminal, f"kill first {first[:8]}? [y/N]")
        terminal.type(b"n")
        self.wait_status(terminal, "did not kill first")
        self.assertEqual(self.state(first), "running")
        terminal.type(DOWN + b"k")
        self.wait_status(terminal, f"kill second {second[:8]}? [y/N]")
        terminal.type(b"y")
        self.wait_status(terminal, "killed  second")
        self.wait_screen(terminal, lambda screen: screen.names == ["first"])
        self.assertEqual([self.state(first), self.state(second)], ["running", "killed"])
        self.assertIn("(jobctl kill)", self.jobctl("status", second).out)

    def test_a_kill_goes_on_when_top_ends(self):
        stubborn = self.start("--name", "stubborn", "--stop-timeout", "3s", "--",
                              self.script("trap '' TERM; echo ready; while :; do sleep 0.01; done"))
        self.wait_for_log(stubborn, "ready")
        terminal = self.top("-d", "100ms")
        terminal.type(b"ky")
        self.wait_screen(terminal, lambda screen: "stopping" in screen.lines[2])
        terminal.type(b"q")
        terminal.end(0)
        self.assertEqual(self.wait_ended(stubborn)["state"], "killed")

    def test_restart_and_pause(self):
        uuid = self.sleeper("again")
        terminal = self.top("-d", "100ms")
        terminal.type(b"r")
        self.wait_status(terminal, "restart again")
        terminal.type(b"y")
        self.wait_status(terminal, "restarted  again")
        self.assertEqual([self.job(uuid)["run"], self.state(uuid)], [2, "running"])
        terminal.type(b"p")
        self.wait_screen(terminal, lambda screen: "paused" in screen.lines[2])
        terminal.type(b"p")
        self.wait_screen(terminal, lambda screen: "running" in screen.lines[2])
        self.assertEqual(self.state(uuid), "running")

    def test_what_could_not_be_done_is_told(self):
        uuid = self.sleeper("gone")
        terminal = self.top("-d", "60s")
        self.jobctl("kill", uuid)
        terminal.type(b"p")
        self.wait_status(terminal, "could not pause gone: it has ended")

    def test_attach_and_back(self):
        go = self.dir / "go"
        uuid = self.start("--name", "talker", "--", self.script(f"echo hello; while ! [ -e {go} ]; do sleep 0.01; done; exit 3"))
        self.wait_for_log(uuid, "hello")
        terminal = self.top("-d", "100ms")
        terminal.type(b"\r")
        self.wait_screen(terminal, lambda screen: not screen.alternate)
        terminal.wait_for("leaves it running]").wait_for("hello").wait_mode(echo=False)
        terminal.type(DETACH)
        self.wait_screen(terminal, lambda screen: screen.alternate and screen.status == "talker was left running")
        self.assertEqual(self.state(uuid), "running")
        shown = len(terminal.shown)
        terminal.type(b"a")
        terminal.wait_for("leaves it running]", shown)
        go.touch()
        terminal.wait_for("exit status 3", shown)
        self.wait_screen(terminal, lambda screen: screen.alternate and screen.status == "talker has ended" and not screen.names)
        terminal.type(b"q")
        terminal.end(0)
        self.assert_left(terminal)

    def test_told_to_end_while_attached(self):
        self.sleeper("quiet")
        terminal = self.top()
        terminal.type(b"a")
        terminal.wait_for("leaves it running]").wait_mode(echo=False)
        terminal.process.terminate()
        terminal.end(0)
        self.assert_left(terminal)


class Ending(TopTest):
    def setUp(self):
        super().setUp()
        self.sleeper("quiet")

    def test_signals_give_the_terminal_back(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
            with self.subTest(number):
                terminal = self.top()
                terminal.process.send_signal(number)
                terminal.end(-number)
                self.assert_left(terminal)

    def test_ctrl_c(self):
        terminal = self.top()
        terminal.type(CTRL_C)
        terminal.end(-signal.SIGINT)
        self.assert_left(terminal)

    def test_a_terminal_that_is_closed(self):
        terminal = self.top()
        terminal.hang_up()
        self.assertIn(terminal.process.wait(60), (0, -signal.SIGHUP))

    def test_ctrl_z_and_back(self):
        script = f'set -m; {" ".join(self.command("top", "-d", "100ms"))}; echo STOPPED; read; fg; echo LEFT'
        terminal = self.top(command=["bash", "-c", script])
        terminal.type(CTRL_Z)
        terminal.wait_for("STOPPED\r\n")
        self.assert_left(terminal)
        shown = len(terminal.shown)
        terminal.type(b"\r")
        self.wait_screen(terminal, lambda screen: screen.alternate and screen.names == ["quiet"])
        terminal.wait_for("NAME", shown)
        terminal.type(b"q")
        terminal.wait_for("LEFT")
        self.assert_left(terminal)


class NoTerminal(TopTest):
    def test_is_refused_with_what_to_do_instead(self):
        result = self.jobctl("top", check=2)
        self.assertEqual(result.out, "")
        self.assertEqual(result.err, "jobctl: top needs a terminal\n  one table: jobctl top -n 1; all figures: jobctl list -o wide\n")
        self.env["TERM"] = "dumb"
        self.assertIn('TERM is "dumb"', self.terminal("top").end(2))

    def test_tables_for_pipes(self):
        uuid = self.sleeper("quiet")
        self.start("--name", "busy", "--", sys.executable, "-c", "while True: pass")
        lines = self.jobctl("top", "-n", "1").out.splitlines()
        self.assertEqual(lines[0].split(), ["NAME", "UUID", "STATE", "CPU%", "MEM", "PEAK", "READ/s", "WRITE/s", "NET/s", "TASKS",
                                            "RUNTIME", "PORTS"])
        self.assertEqual([line.split()[0] for line in lines[1:]], ["busy", "quiet"])
        self.assertEqual(lines[2].split()[1:3], [uuid, "running"])
        tables = self.jobctl("top", "-n", "2", "-d", "200ms", "--sort", "name").out.split("\n\n")
        self.assertEqual(len(tables), 2)
        self.assertEqual([line.split()[0] for line in tables[1].splitlines()[1:]], ["busy", "quiet"])
        self.assertGreater(float(tables[1].splitlines()[1].split()[3]), 0)

    def test_wrong_words(self):
        for words in (["-d", "0"], ["-d", "soon"], ["-d", "infinity"], ["-n", "0"], ["--sort", "colour"]):
            self.assertEqual(self.jobctl("top", *words, check=2).out, "", words)


if __name__ == "__main__":
    main()
