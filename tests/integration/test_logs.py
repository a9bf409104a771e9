"""Logs: the file has what the job printed, byte for byte and in order, and `jobctl logs` shows it whatever happens to it."""

import json
import os
import pathlib
import random
import re
import stat
import subprocess
import sys
import unittest

from harness import JobctlTest, main, text_of

MIB = 1 << 20


def awkward_bytes():
    """Everything that a program may print and a careless log would spoil."""
    noise = random.Random(1).randbytes(256 << 10)
    pieces = [b"a" * MIB + b"\n", b"\n\n\r\n\r", b"\0" * 4096 + b"\n", bytes(range(256)) * 16, b"\xff\xfe\x80\xc3\n", noise,
              b"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[?1049h\x9b31m\n", "ünï 😀\n".encode(), b"b" * MIB, b"\nno newline at the end"]
    return b"".join(pieces)


class LogsTest(JobctlTest):
    def python(self, code, *arguments):
        return [sys.executable, "-ISu", "-c", "import os, sys\n" + code, *arguments]

    def logs(self, *arguments, **options):
        return self.jobctl("logs", *arguments, **options).out.encode("utf-8", "surrogateescape")

    def waiting(self, *, before="", after="echo after", options=()):
        """A job that prints, waits to be told, prints, and ends; returns its UUID, its log and how to tell it. It keeps the FIFO
        open: opened for each line, it could meet the end of the writer of the line before."""
        go = self.dir / "go"
        uuid = self.start(*options, "--", "bash", "-c", f'exec 9<> "$0"\n{before}\nread -r <&9\n{after}', self.fifo(go))

        def tell():
            with open(go, "w") as fifo:
                fifo.write("go\n")

        return uuid, pathlib.Path(self.job(uuid)["log_file"]), tell

    def fifo(self, path):
        if not path.exists():
            os.mkfifo(path)
        return str(path)

    def following(self, *arguments):
        """`logs -f` into a file; returns the process and the file."""
        shown = self.dir / f"shown-{len(self.popens)}"
        with open(shown, "wb") as file:
            return self.spawn("logs", "-f", *arguments, stdout=file), shown

    def end_of(self, process):
        error = process.communicate(timeout=60)[1]
        self.assertEqual((process.returncode, error), (0, b""))


class Bytes(LogsTest):
    def test_the_log_is_byte_exact(self):
        data = awkward_bytes()
        (self.dir / "data").write_bytes(data)
        for options in ([], ["--scope"]):
            with self.subTest(options):
                uuid = self.start(*options, "--", "cat", "data")
                self.assertEqual(self.wait_ended(uuid)["state"], "done")
                self.assertTrue(self.log_bytes(uuid) == data, "the log differs")
                self.assertTrue(self.logs(uuid) == data, "what logs shows differs")

    def test_the_log_of_a_terminal_is_byte_exact(self):
        data = awkward_bytes()
        (self.dir / "data").write_bytes(data)
        uuid = self.start("-t", "--", "sh", "-c", "stty -opost && exec cat data")
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        self.assertTrue(self.log_bytes(uuid) == data, "the log differs")

    def test_stdout_and_stderr_are_interleaved_in_order(self):
        code = "for i in range(5000): os.write(1 + i % 2, b'%d\\n' % i)"
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options):
                uuid = self.start(*options, "--", *self.python(code))
                self.wait_ended(uuid)
                lines = self.log_bytes(uuid).replace(b"\r\n", b"\n")
                self.assertEqual(lines, b"".join(b"%d\n" % i for i in range(5000)))

    def test_processes_of_one_job_append_without_overwriting(self):
        script = 'for n in 1 2 3 4 5 6; do for i in $(seq 300); do echo "$n $i"; done & done; wait'
        uuid = self.start("--", "bash", "-c", script)
        self.wait_ended(uuid)
        self.assertEqual(sorted(self.logs(uuid).split(b"\n")[:-1]), sorted(b"%d %d" % (n, i) for n in range(1, 7) for i in range(1, 301)))

    def test_a_silent_job_has_an_empty_log_from_the_start(self):
        uuid, log, tell = self.waiting(after="exit 0")
        self.assertEqual(log.read_bytes(), b"")
        self.assertEqual(stat.S_IMODE(log.stat().st_mode), 0o600)
        self.assertEqual(self.logs(uuid), b"")
        tell()
        self.wait_ended(uuid)


class Lines(LogsTest):
    def test_the_last_lines(self):
        for data in (b"", b"\n", b"one", b"one\ntwo\nthree\n", b"one\ntwo\nno end", b"a\0b\n\xff\n\n", b"x" * MIB + b"\n" + b"y" * MIB + b"\nz\n"):
            (self.dir / "data").write_bytes(data)
            uuid = self.start("--", "cat", "data")
            self.wait_ended(uuid)
            for count in (0, 1, 2, 3, 100):
                with self.subTest(data=data[:40], count=count):
                    lines = data.splitlines(True) if b"\0" not in data else [b"a\0b\n", b"\xff\n", b"\n"]
                    self.assertTrue(self.logs("-n", count, uuid) == (b"".join(lines[-count:]) if count else b""), "it differs")

    def test_wrong_counts_are_refused(self):
        uuid = self.start("--", "true")
        for words in (("-n", "-1"), ("-n", "x"), ("--run", "0"), ("-o", "xml")):
            self.assertRegex(self.jobctl("logs", *words, uuid, check=2).err, r"\Ajobctl: [^\n]+\n")

    def test_each_run_by_its_number(self):
        uuid = self.start("--", "sh", "-c", "echo one $JOBCTL_RUN; printf 'two %s' $JOBCTL_RUN")
        for _ in range(2):
            self.wait_ended(uuid)
            self.jobctl("restart", uuid)
        self.wait_ended(uuid)
        runs = {number: b"one %d\ntwo %d" % (number, number) for number in (1, 2, 3)}
        for number, wanted in runs.items():
            self.assertEqual(self.logs("--run", number, uuid), wanted)
            self.assertEqual(self.logs("--run", number, "-n", "1", uuid), b"two %d" % number)
        self.assertEqual(self.logs(uuid), b"".join(runs.values()))
        self.assertRegex(self.jobctl("logs", "--run", "4", uuid, check=2).err, "has no run 4")

    def test_json_has_one_object_a_line_and_valid_text(self):
        (self.dir / "data").write_bytes(b"plain\n\xff\"\\\0\x1b[1m\n\n" + "ü 😀".encode())
        uuid = self.start("--", "cat", "data")
        self.wait_ended(uuid)
        objects = [json.loads(line) for line in self.logs("-o", "json", uuid).splitlines()]
        self.assertEqual([found["line"] for found in objects], ["plain", "\ufffd\"\\\0\x1b[1m", "", "ü 😀"])
        self.assertEqual({(found["uuid"], found["time"]) for found in objects}, {(uuid, None)})

    def test_times_are_told_to_be_unknown_for_files(self):
        uuid = self.start("--", "echo", "x")
        for option in (["--timestamps"], ["--since", "-1h"]):
            self.assertRegex(self.jobctl("logs", *option, uuid, check=1).err, r"has no times[^\n]*\n.*--journal")

    def test_it_needs_exactly_one_job(self):
        self.jobctl("logs", check=2)
        self.jobctl("logs", "nope", check=3)
        for _ in range(2):
            self.start("--name", "twin", "--", "true")
        self.assertRegex(self.jobctl("logs", "twin", check=4).err, "two jobs")


class Following(LogsTest):
    def test_it_goes_on_until_the_job_has_ended_and_misses_nothing(self):
        uuid, _, tell = self.waiting(before="echo before", after="seq 20000; printf end")
        process, shown = self.following(uuid)
        self.wait_for_file(shown, "before\n")
        self.assertIsNone(process.poll())
        tell()
        self.end_of(process)
        self.assertEqual(shown.read_bytes(), b"before\n" + b"".join(b"%d\n" % i for i in range(1, 20001)) + b"end")

    def test_a_job_that_has_ended_is_shown_and_over(self):
        uuid = self.start("--", "echo", "over")
        self.wait_ended(uuid)
        self.assertEqual(self.logs("-f", uuid), b"over\n")

    def test_with_lines_it_starts_with_the_last_of_them(self):
        uuid, _, tell = self.waiting(before="seq 100")
        self.wait_for_log(uuid, "100\n")
        process, shown = self.following("-n", "2", uuid)
        self.wait_for_file(shown, "100\n")
        tell()
        self.end_of(process)
        self.assertEqual(shown.read_bytes(), b"99\n100\nafter\n")

    def test_a_reader_that_goes_away_ends_it_silently(self):
        uuid = self.start("--", "seq", "500000")
        self.wait_ended(uuid)
        process = self.spawn("logs", uuid)
        self.assertEqual(process.stdout.read(4), b"1\n2\n")
        process.stdout.close()
        self.assertEqual((process.wait(60), process.stderr.read()), (0, b""))

    def test_a_reader_that_goes_away_ends_following_too(self):
        for tty in ([], ["-t"]):
            uuid = self.start(*tty, "--", "bash", "-c", "while :; do echo line; done")
            process = self.spawn("logs", "-f", uuid)
            self.assertEqual(process.stdout.read(4), b"line")
            process.stdout.close()
            self.assertEqual((process.wait(60), process.stderr.read()), (0, b""))
            self.assertEqual(self.job(uuid)["state"], "running")
            self.jobctl("kill", "--force", uuid)

    def test_an_output_that_cannot_be_written_is_told(self):
        uuid = self.start("--", "echo", "x")
        self.wait_ended(uuid)
        with open("/dev/full", "w") as full:
            process = self.spawn("logs", uuid, stdout=full)
        self.assertRegex(process.communicate(timeout=60)[1], rb"\Ajobctl: [^\n]*no space left on device\n\Z")
        self.assertEqual(process.returncode, 1)

    def test_a_log_that_is_truncated_goes_on_with_what_is_new(self):
        uuid, log, tell = self.waiting(before="seq 1000", after='echo after; read -r <&9; echo last')
        process, shown = self.following(uuid)
        self.wait_for_file(shown, "\n1000\n")
        os.truncate(log, 0)
        tell()
        self.wait_for_file(shown, "\n1000\nafter\n")
        tell()
        self.end_of(process)
        self.assertTrue(shown.read_bytes().endswith(b"\n1000\nafter\nlast\n"))
        self.assertEqual(log.read_bytes(), b"after\nlast\n")

    def test_a_log_that_is_removed_is_followed_to_its_end(self):
        uuid, log, tell = self.waiting(before="echo before")
        process, shown = self.following(uuid)
        self.wait_for_file(shown, "before\n")
        log.unlink()
        tell()
        self.end_of(process)
        self.assertEqual(shown.read_bytes(), b"before\nafter\n")

    def test_a_log_that_is_not_there_any_more_is_told(self):
        uuid = self.start("--", "echo", "x")
        self.wait_ended(uuid)
        log = pathlib.Path(self.job(uuid)["log_file"])
        log.unlink()
        gone = self.jobctl("logs", uuid, check=1)
        self.assertRegex(gone.err, rf"\Ajobctl: [^\n]*{re.escape(log.name)}[^\n]*\n")

    def test_a_log_that_is_rotated_goes_on_in_the_new_file(self):
        own = self.dir / "own.log"
        self.fifo(self.dir / "first.go")
        self.fifo(self.dir / "second.go")
        code = f"""
for run in 'first', 'second':
    file = os.open({str(own)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(file, (run + '\\n').encode())
    open(run + '.go').read()
    if run == 'first': os.rename({str(own)!r}, {str(own)!r} + '.1')
"""
        uuid = self.start("--own-log", own, "--", *self.python(code))
        self.wait_for_file(own, "first\n")
        process, shown = self.following(uuid)
        self.wait_for_file(shown, "first\n")
        (self.dir / "first.go").write_text("")
        self.wait_for_file(shown, "first\nsecond\n")
        (self.dir / "second.go").write_text("")
        self.end_of(process)
        self.assertEqual(shown.read_bytes(), b"first\nsecond\n")


class Places(LogsTest):
    def test_own_log_is_what_logs_shows_and_a_copy_is_collected(self):
        own = self.dir / "own log"
        data = awkward_bytes()
        (self.dir / "data").write_bytes(data)
        uuid = self.start("--type", "t", "--own-log", "own log", "--", "sh", "-c", "cat data > 'own log'; echo to stdout")
        self.wait_ended(uuid)
        self.assertTrue(self.logs(uuid) == data, "logs differs")
        self.assertEqual(self.log_bytes(uuid), b"to stdout\n")
        folder = self.state_dir / "logs" / "t"
        collected = self.wait_until(lambda: [path for path in folder.iterdir() if re.fullmatch(r"t-\d{8}T\d{6}Z\.log", path.name)], what="a copy")
        self.assertEqual(len(collected), 1)
        self.wait_until(lambda: self.record_events(uuid, "collected"), what="the event")
        self.assertTrue(collected[0].read_bytes() == data, "the copy differs")
        self.assertEqual(stat.S_IMODE(collected[0].stat().st_mode), 0o600)
        self.jobctl("flush", "--logs")
        self.assertEqual(list(folder.iterdir()), [])
        self.assertTrue(own.exists(), "the program's own file is its own")

    def test_an_own_log_that_never_came_is_told_and_harms_nothing(self):
        uuid = self.start("--own-log", "never", "--", "true")
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        event = self.wait_until(lambda: self.record_events(uuid, "collected"), what="the event")[0]
        self.assertRegex(event["text"], "no such file")

    def test_log_file_is_appended_to_from_any_directory(self):
        log = self.dir / "sub" / "my log"
        log.parent.mkdir()
        log.write_text("before\n")
        uuid = self.start("--log-file", "sub/my log", "--", "echo", "added")
        self.assertEqual(self.wait_ended(uuid)["log_file"], str(log))
        self.assertEqual(log.read_text(), "before\nadded\n")
        self.assertEqual(self.logs("--run", "1", uuid), b"added\n")
        self.assertEqual(self.logs(uuid, cwd="/"), b"before\nadded\n")

    def test_two_jobs_may_share_a_log_file(self):
        uuids = [self.start("--log-file", "shared", "--", "bash", "-c", f"for i in $(seq 500); do echo {n} $i; done") for n in range(2)]
        for uuid in uuids:
            self.wait_ended(uuid)
        self.assertEqual(len((self.dir / "shared").read_text().splitlines()), 1000)

    def test_excluding_options_are_refused(self):
        for words in (["--journal", "--log-file", "x"], ["--journal", "-t"], ["--journal", "--scope"]):
            self.assertRegex(self.jobctl("start", "-d", *words, "--", "true", check=2).err, r"\Ajobctl: [^\n]+exclude each other")
        self.assertEqual(self.jobs("-a"), [])

    @unittest.skipIf(os.path.exists("/run/systemd/journal/socket"), "there is a journal")
    def test_without_a_journal_its_jobs_run_and_logs_says_why_there_is_nothing(self):
        uuid = self.start("--journal", "--", "echo", "hello")
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        self.assertIsNone(self.job(uuid)["log_file"])
        for words in ([], ["-f"], ["--timestamps"], ["-o", "json"]):
            told = self.jobctl("logs", *words, uuid, check=1)
            self.assertRegex(told.err, r"\Ajobctl: [^\n]*journal[^\n]*\n")
            self.assertEqual(told.out, "")
        self.assertIn(uuid, self.jobctl("status", uuid).out)


if __name__ == "__main__":
    main()
