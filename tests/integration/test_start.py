"""jobctl start: what it prints, what the job is given, what is visible in systemd, and every way to fail."""

import os
import pathlib
import re
import subprocess
import tempfile

import harness

SOME_UUID = "11112222-3333-4444-8555-666677778888"


class Starting(harness.JobctlTest):
    def test_prints_the_uuid_and_nothing_else(self):
        uuid = self.start("--", "sleep", "1000")
        self.assertEqual(self.jobctl("boot", "--uuid", SOME_UUID, "--", "sleep", "1000").out, SOME_UUID + "\n")
        self.assertEqual(sorted(self.jobctl("list", "-o", "uuid").out.split()), sorted([uuid, SOME_UUID]))

    def test_no_process_of_ours_stays_beside_the_program(self):
        uuid = self.start("--", "sleep", "1000")
        job = self.job(uuid)
        self.assertEqual(self.unit_pids(uuid), [job["pid"]])
        self.assertEqual(os.readlink(f"/proc/{job['pid']}/exe"), os.path.realpath("/usr/bin/sleep"))
        self.assertEqual(self.unit_property(job["unit"], "MainPID"), str(job["pid"]))

    def test_describes_the_job_in_json(self):
        uuid = self.start("--name", "nightly", "--type", "training", "--session", "s1", "-l", "gpu=a100", "-l", "x=", "--",
                          "sh", "-c", "sleep 1000", "", "a b")
        job = self.job(uuid)
        expected = {"uuid": uuid, "name": "nightly", "type": "training", "session": "s1", "labels": {"gpu": "a100", "x": ""},
                    "user": os.environ["USER"], "host": os.uname().nodename, "is_elsewhere": False, "state": "running", "reason": None,
                    "exit_code": None, "signal": None, "unit": f"jobctl-training-{uuid}.service", "run": 1,
                    "ended_at": None, "command": ["sh", "-c", "sleep 1000", "", "a b"], "working_directory": str(self.dir),
                    "log_file": f"{self.state_dir}/logs/training/training-{uuid}.log"}
        self.assertEqual(expected, {key: job[key] for key in expected})
        self.assertTrue(harness.alive(job["pid"]))
        for key in ("created_at", "started_at"):
            self.assertRegex(job[key], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertGreaterEqual(job["runtime_s"], 0)
        self.assertEqual(set(job), set(expected) | {"pid", "created_at", "started_at", "runtime_s", "cpu_s", "memory_peak", "limits", "restarts", "ports", "health",
                                                    "schedule", "next_at", "gpus", "usage", "alerts"})
        self.assertEqual(self.jobs()[0]["uuid"], uuid)

    def test_the_first_dashes_are_starts_own(self):
        for given in (("-d", "--", "echo", "--", "-d", "--"), ("-d", "echo", "--", "-d", "--")):
            uuid = self.jobctl("start", *given).out.strip()
            self.wait_ended(uuid)
            self.assertEqual(self.log_bytes(uuid), b"-- -d --\n")

    def test_defaults_of_type_and_name(self):
        uuid = self.start("--", "/bin/sleep", "1000")
        job = self.job(uuid)
        self.assertEqual((job["type"], job["name"], job["session"]), ("sleep", "sleep-" + uuid[:8], None))

    def test_is_what_an_administrator_expects_in_systemctl(self):
        uuid = self.start("--name", "nightly", "--type", "training", "--session", "s1", "--", "sleep", "1000")
        unit = self.job(uuid)["unit"]
        self.assertEqual(self.unit_property(unit, "Slice"), "jobctl-s1.slice")
        self.assertEqual(self.unit_property(unit, "Description"), "training nightly: sleep 1000")
        self.assertEqual(self.unit_property(unit, "Documentation"), "file://" + self.job(uuid)["log_file"])
        self.assertEqual(self.unit_property("jobctl-s1.slice", "Slice"), "jobctl.slice")
        self.assertIn(unit, self.systemctl("status", "jobctl-s1.slice"))
        self.assertIn("payload", self.systemctl("status", unit))
        other = self.start("--", "sleep", "1000")
        self.assertEqual(self.unit_property(self.job(other)["unit"], "Slice"), "jobctl.slice")

    def test_a_type_and_a_session_of_any_characters(self):
        uuid = self.start("--type", "a/b c%d-é", "--session", "x-y/z $", "--", "sleep", "1000")
        job = self.job(uuid)
        self.assertEqual((job["type"], job["session"]), ("a/b c%d-é", "x-y/z $"))
        self.assertIn(job["unit"], self.loaded_units())
        self.assertEqual(self.jobctl("list", "-o", "uuid", "--session", "x-y/z $").out, uuid + "\n")
        self.assertEqual(self.unit_property(self.unit_property(job["unit"], "Slice"), "Slice"), "jobctl.slice")

    def test_dry_run_prints_the_unit_file_and_starts_nothing(self):
        out = self.jobctl("start", "-d", "--dry-run", "--uuid", SOME_UUID, "--session", "s1", "-p", "MemoryMax=1G", "--",
                          "sleep", "1000").out
        for line in (f"# jobctl-sleep-{SOME_UUID}.service", "[Unit]", "[Service]", "Slice=jobctl-s1.slice", "Delegate=yes",
                     "MemoryMax=1G", "KillSignal=SIGTERM", "CollectMode=inactive-or-failed"):
            self.assertIn(line, out.splitlines())
        self.assertEqual((self.jobs("-a"), self.loaded_units()), ([], []))
        file = self.dir / f"jobctl-sleep-{SOME_UUID}.service"
        file.write_text(out)
        verified = subprocess.run(["systemd-analyze", "--user", "verify", "--man=no", file], capture_output=True, text=True)
        self.assertNotIn(file.name, verified.stderr)


class Environment(harness.JobctlTest):
    def environment_of(self, *options, env=None, program="/usr/bin/env"):
        uuid = self.start(*options, "--", program, "-0", env=env)
        self.assertEqual(self.wait_ended(uuid)["state"], "done", self.log_bytes(uuid))
        items = self.log_bytes(uuid).rstrip(b"\0").split(b"\0")
        return uuid, dict(harness.text_of(item).split("=", 1) for item in items)

    def test_is_the_callers_less_what_belongs_to_its_login(self):
        foreign = {"INVOCATION_ID": "theirs", "NOTIFY_SOCKET": "/x", "LISTEN_FDS": "1", "SSH_TTY": "/dev/x", "TERM": "xterm",
                   "XDG_SESSION_ID": "7", "JOURNAL_STREAM": "1:2", "JOBCTL_UUID": SOME_UUID, "JOBCTL_RUN": "9"}
        uuid, got = self.environment_of("--name", "n", "--session", "s", env={**foreign, "VIRTUAL_ENV": "/venv", "ODD": "a\nb"})
        self.assertEqual((got["VIRTUAL_ENV"], got["ODD"], got["PATH"]), ("/venv", "a\nb", os.environ["PATH"]))
        for name in ("NOTIFY_SOCKET", "LISTEN_FDS", "SSH_TTY", "TERM", "XDG_SESSION_ID", "JOURNAL_STREAM"):
            self.assertNotIn(name, got)
        self.assertNotEqual(got["INVOCATION_ID"], "theirs")
        ours = {name: value for name, value in got.items() if re.match("JOBCTL_(UUID|NAME|TYPE|SESSION|LOG_FILE|RUN)$", name)}
        self.assertEqual(ours, {"JOBCTL_UUID": uuid, "JOBCTL_NAME": "n", "JOBCTL_TYPE": "env", "JOBCTL_SESSION": "s",
                                "JOBCTL_LOG_FILE": self.job(uuid)["log_file"], "JOBCTL_RUN": "1"})

    def test_e_adds_and_passes_on(self):
        _, got = self.environment_of("-e", "A=1=2", "-e", "B=", "-e", "C", "-e", "ABSENT", "-e", "HOME=/h", env={"C": "caller's"})
        self.assertEqual([got.get(name) for name in ("A", "B", "C", "ABSENT", "HOME")], ["1=2", "", "caller's", None, "/h"])

    def test_env_file(self):
        file = self.dir / "vars"
        file.write_text("# a comment\n\nA=1\nB=\"two words\"\nC='x'\nD=\nE=a=b\n")
        _, got = self.environment_of("--env-file", file, "-e", "A=later")
        self.assertEqual([got[name] for name in "ABCDE"], ["later", "two words", "x", "", "a=b"])

    def test_env_file_that_is_wrong_or_missing_starts_nothing(self):
        file = self.dir / "vars"
        file.write_text("A=1\nnonsense\n")
        self.assertIn(f"{file}:2", self.jobctl("start", "-d", "--env-file", file, "--", "true", check=2).err)
        self.assertIn("/nosuch/vars", self.jobctl("start", "-d", "--env-file", "/nosuch/vars", "--", "true", check=1).err)
        self.assertEqual(self.jobs("-a"), [])

    def test_clean_env_begins_with_the_managers(self):
        self.systemctl("set-environment", "OF_THE_MANAGER=1")
        self.addCleanup(self.systemctl, "unset-environment", "OF_THE_MANAGER")
        uuid, got = self.environment_of("--clean-env", "-e", "A=1", env={"CALLERS": "1"})
        self.assertEqual((got["OF_THE_MANAGER"], got["A"], got["JOBCTL_UUID"]), ("1", "1", uuid))
        for name in ("CALLERS", "NOTIFY_SOCKET", "MANAGERPID", "SYSTEMD_EXEC_PID"):
            self.assertNotIn(name, got)

    def test_working_directory(self):
        (self.dir / "a b").mkdir()
        for option in ("a b", str(self.dir / "a b")):
            uuid = self.start("-C", option, "--", "sh", "-c", "pwd; /bin/pwd; echo $PWD")
            self.wait_ended(uuid)
            self.assertEqual(self.log_bytes(uuid).decode().split("\n")[:3], [str(self.dir / "a b")] * 3)
            self.assertEqual(self.job(uuid)["working_directory"], str(self.dir / "a b"))

    def test_umask_and_limits_are_the_callers(self):
        command = self.command("start", "-d", "--", "sh", "-c", "umask; ulimit -n; ulimit -c")
        done = subprocess.run(["bash", "-c", 'umask 027; ulimit -n 321; ulimit -c 0; exec "$@"', "bash", *command],
                              capture_output=True, text=True, env=self.environment(), cwd=self.dir, check=True, timeout=60)
        uuid = done.stdout.strip()
        self.wait_ended(uuid)
        self.assertEqual(self.log_bytes(uuid).decode().split(), ["0027", "321", "0"])


class Properties(harness.JobctlTest):
    def drop_ins(self):
        return list(pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "systemd/user").glob("jobctl-*"))

    def test_are_in_force(self):
        for option, kind in ((), "service"), (("--scope",), "scope"):
            with self.subTest(kind=kind):
                uuid = self.start(*option, "-p", "MemoryMax=3G", "-p", "CPUWeight=50", "--", "sleep", "1000")
                unit = self.job(uuid)["unit"]
                self.assertEqual(self.unit_property(unit, "MemoryMax"), str(3 << 30))
                self.assertEqual(self.unit_property(unit, "CPUWeight"), "50")
                self.assertEqual(self.unit_property(unit, "NeedDaemonReload"), "no")
                self.jobctl("kill", "--force", uuid)
                self.wait_until(lambda: not self.drop_ins(), what=lambda: f"drop-ins to go: {self.drop_ins()}")

    def test_win_over_the_callers_limits_and_umask(self):
        uuid = self.start("-p", "Nice=5", "-p", "UMask=0026", "-p", "LimitNOFILE=256", "--", "sh", "-c", "umask; ulimit -n; nice")
        self.wait_ended(uuid)
        self.assertEqual(self.log_bytes(uuid).decode().split(), ["0026", "256", "5"])

    def test_time_limit_is_told(self):
        for carrier in ((), ("--scope",), ("-t",)):
            with self.subTest(carrier=carrier):
                uuid = self.start(*carrier, "-p", "RuntimeMaxSec=100ms", "--", "sleep", "1000")
                job = self.wait_ended(uuid)
                self.assertEqual((job["state"], job["reason"], job["signal"]), ("failed", "timeout", "SIGTERM"))
                self.assertIn("time limit", self.jobctl("status", uuid).out)

    def test_wrong_ones_are_refused_and_start_nothing(self):
        marker = self.dir / "ran"
        for option in ((), ("--scope",)):
            for text, expected in (("NoSuchProperty=1", "NoSuchProperty"), ("MemoryMax=lots", "lots"),
                                   ("Nice" if not option else "CPUWeight", "PROPERTY=VALUE"), ("=1", "PROPERTY=VALUE"),
                                   ("TasksMax=-x", "TasksMax"), ("ExecStart=/bin/true", "ExecStart"), ("KillSignal=INT", "--stop-signal"),
                                   ("TasksMax=5\nExecStartPre=/bin/touch " + str(marker), "TasksMax"), ("TasksMax=5\\", "TasksMax")):
                with self.subTest(property=text, option=option):
                    result = self.jobctl("start", "-d", *option, "-p", text, "--", "touch", marker, check=False)
                    self.assertIn(result.code, (1, 2), result)
                    self.assertEqual(result.out, "")
                    self.assertIn(expected, result.err)
                    self.assertRegex(result.err, r"\Ajobctl: [^\n]+\n(  [^\n]+\n)?\Z")
                    self.assertEqual((self.jobctl("list", "--running", "-o", "json").out, self.loaded_units()), ("[]\n", []))
        self.assertFalse(marker.exists())
        self.assertEqual(self.drop_ins(), [])


class AtMostOnce(harness.JobctlTest):
    def test_a_second_start_with_a_uuid_starts_nothing(self):
        command = ("--uuid", SOME_UUID, "--", "sh", "-c", "echo ran >>marker; sleep 1000")
        self.start_given(*command)
        self.wait_for_file(self.dir / "marker", "ran\n")
        running = self.job(SOME_UUID)
        for _ in range(2):  # while it runs, and when it has ended
            second = self.jobctl("start", "-d", *command, check=5)
            self.assertEqual(second.out, SOME_UUID + "\n")
            self.assertIn(f"jobctl: a job with the UUID {SOME_UUID} exists already", second.err)
            self.jobctl("kill", SOME_UUID)
        self.assertEqual((self.dir / "marker").read_text(), "ran\n")
        self.assertEqual([self.job(SOME_UUID)[key] for key in ("run", "started_at")], [1, running["started_at"]])

    def start_given(self, *args):
        self.assertEqual(self.jobctl("start", "-d", *args).out, SOME_UUID + "\n")

    def test_of_many_at_once_one_starts(self):
        starts = [self.spawn("start", "-d", "--uuid", SOME_UUID, "--", "sh", "-c", "echo ran >>marker; sleep 1000")
                  for _ in range(8)]
        outputs = [process.communicate(timeout=harness.PATIENCE) for process in starts]
        codes = sorted(process.returncode for process in starts)
        self.assertEqual(codes, [0] + [5] * 7, outputs)
        self.assertEqual({out for out, _ in outputs}, {SOME_UUID.encode() + b"\n"}, outputs)
        self.wait_for_file(self.dir / "marker", "ran\n")
        self.assertEqual(len(self.jobs()), 1)
        self.assertEqual((self.dir / "marker").read_text(), "ran\n")


class Failures(harness.JobctlTest):
    MODES = ((), ("-t",), ("--scope",))

    def check_failure(self, options, program, *expected):
        for mode in self.MODES:
            with self.subTest(mode=mode):
                result = self.jobctl("start", "-d", *mode, *options, "--name", "broken", "--", program, check=1)
                self.assertEqual(result.out, "")
                complaint = result.err.splitlines()[-1]
                self.assertRegex(complaint, rf"^jobctl: could not start {re.escape(str(program))}: ")
                for text in expected:
                    self.assertIn(text, complaint)
                [job] = self.jobs()
                self.assertEqual([job[key] for key in ("name", "state", "reason", "pid", "exit_code", "signal", "started_at")],
                                 ["broken", "failed", "could not start", None, None, None, None])
                self.assertIsNotNone(job["ended_at"])
                self.assertIn(expected[0], self.jobctl("status", "broken").out)
                self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
                self.assertEqual(harness.processes_of_jobs(), {})
                self.jobctl("flush")

    def test_no_such_file(self):
        self.check_failure((), "nosuchprogram", "no such file or directory (searched PATH)")
        self.check_failure((), "./nosuchprogram", "no such file or directory")
        self.check_failure((), str(self.dir / "nosuch" / "program"), "no such file or directory")

    def test_permission_denied(self):
        pathlib.Path(self.script("true")).chmod(0o644)
        self.check_failure((), "./script", "permission denied")

    def test_directory(self):
        self.check_failure((), str(self.dir), "permission denied")

    def test_missing_interpreter(self):
        self.check_failure((), self.script("true", shell="/nosuch/interpreter"), "it is there, but its interpreter")

    def test_missing_working_directory(self):
        self.check_failure(("-C", "/nosuch/directory"), "true", "working directory /nosuch/directory", "no such file or directory")

    def test_working_directory_that_is_a_file(self):
        self.check_failure(("-C", self.script("true")), "true", "working directory", "not a directory")

    def test_unwritable_log(self):
        closed = self.dir / "closed"
        closed.mkdir(mode=0o500)
        self.check_failure(("--log-file", closed / "x.log"), "true", str(closed / "x.log"), "permission denied")
        self.check_failure(("--log-file", self.dir), "true", str(self.dir), "is a directory")

    def test_without_d_too(self):
        result = self.jobctl("start", "--", "nosuchprogram", check=1)
        self.assertEqual(result.out, "")
        self.assertIn("no such file or directory (searched PATH)", result.err)

    def test_empty_path_finds_what_exec_finds(self):
        result = self.jobctl("start", "-d", "-e", "PATH=/nosuch", "--", "sleep", "1000", check=1)
        self.assertIn("searched PATH", result.err)

    def test_logs_of_a_failed_start_say_nothing_wrong(self):
        self.jobctl("start", "-d", "--name", "broken", "--", "nosuchprogram", check=1)
        self.assertIn("could not start nosuchprogram", self.jobctl("wait", "broken", check=1).err)


class Usage(harness.JobctlTest):
    COMMANDS = [
        (["strat"], "did you mean start"),
        (["start"], "needs a command"),
        (["start", "-d", "--"], "needs a command"),
        (["start", "-d", "--", ""], "command's name is empty"),
        (["start", "-d", "--", "true", "--then"], "--then needs a command"),
        (["start", "-d", "--", "--then", "true"], "--then needs a command"),
        (["start", "--naem", "x", "--", "true"], "did you mean --name"),
        (["start", "-d", "-z", "--", "true"], "-z"),
        (["start", "--name", "a\nb", "--", "true"], "control character"),
        (["start", "--name", "n" * 201, "--", "true"], "longer than"),
        (["start", "--uuid", "xyz", "--", "true"], "not a UUID"),
        (["start", "--uuid", SOME_UUID.upper().replace("1", "A"), "--", "true"], "not a UUID in lower case"),
        (["start", "--stop-signal", "NOPE", "--", "true"], "NOPE: no such signal"),
        (["start", "--stop-timeout", "soon", "--", "true"], "--stop-timeout"),
        (["start", "-l", "nolabel", "--", "true"], "KEY=VALUE"),
        (["start", "-e", "=x", "--", "true"], "NAME=VALUE"),
        (["start", "-t", "--journal", "--", "true"], "--journal"),
        (["start", "--journal", "--log-file", "x", "--", "true"], "exclude each other"),
        (["start", "--linger", "maybe", "--", "true"], "--linger"),
        (["kill"], "needs a job"),
        (["kill", "--all", "x"], "--all"),
        (["kill", "--force", "--signal", "TERM", "x"], "exclude each other"),
        (["kill", "--all", "--signal", "NOPE"], "NOPE"),
        (["restart"], "needs a job"),
        (["status"], "needs a job"),
        (["attach"], "needs a job"),
        (["logs"], "needs a job"),
        (["wait"], "needs a job"),
        (["pause"], "needs a job"),
        (["resume"], "needs a job"),
        (["list", "--state", "runing"], "did you mean running"),
        (["list", "--label", "=x"], "KEY"),
        (["list", "-o", "xml"], "xml"),
        (["flush", "--older-than", "x"], "--older-than"),
        (["wait", "--timeout", "x", "--type", "nope"], "--timeout"),
        (["--user", "--system", "list"], "exclude each other"),
    ]

    def test_errors_exit_2_and_say_what(self):
        for args, expected in self.COMMANDS:
            with self.subTest(args=args):
                result = self.jobctl(*args, check=2)
                self.assertEqual(result.out, "")
                self.assertIn(expected, result.err)
                self.assertRegex(result.err, r"\Ajobctl: [^\n]+[^.\n]\n(  [^\n]+\n)?\Z")
        self.assertEqual(self.jobs("-a"), [])

    def test_help(self):
        overview = self.jobctl("--help").out
        self.assertEqual(self.jobctl().out, overview)
        self.assertLessEqual(len(overview.splitlines()), 24)
        for verb in ("start", "kill", "restart", "pause", "resume", "list", "status", "attach", "logs", "wait", "flush", "boot"):
            with self.subTest(verb=verb):
                self.assertIn("Example", self.jobctl(verb, "--help").out) if verb != "boot" else self.jobctl(verb, "--help")


class NoManager(harness.JobctlTest):
    def test_is_told_with_what_to_do(self):
        with tempfile.TemporaryDirectory() as empty:
            for args in (["list"], ["start", "-d", "--", "true"], ["kill", "--all"]):
                with self.subTest(args=args):
                    result = self.jobctl(*args, check=6, env={"XDG_RUNTIME_DIR": empty, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={empty}/no"})
                    self.assertEqual(result.out, "")
                    self.assertRegex(result.err, r"\Ajobctl: [^\n]+\n")
        self.assertEqual(self.jobs("-a"), [])


if __name__ == "__main__":
    harness.main()
