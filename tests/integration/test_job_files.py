"""Job files: what the generator makes of them, and that their jobs are like any other.

The generator and what a unit runs first are in the manager's environment, which knows nothing of a test's own: the files and
the state are those below the session's private HOME, and tearDown removes them.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tomllib
import unittest

import harness
import test_crash
from terminal import Terminal

HOME = pathlib.Path(os.environ.get("HOME", "/"))
JOBS = HOME / ".config" / "jobctl" / "jobs"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LONG = 'command = ["sleep", "1000"]\n'

HOSTILE = ["", " ", "$HOME", "${HOME}", "$$", "%n %h %i %%", "%", ";", "; touch pwned", "\\;", "\\", "trailing\\", "'", '"', '"unclosed',
           "`touch pwned`", "$(touch pwned)", "\n", "a\nExecStartPost=/bin/touch pwned\n", "\r", "\t", "\\x41\\n", "=41", "#comment", "-d",
           "--name", "*", "~", "~/", "@foo", "-foo", "+foo", "!foo", "{model}", "{{", "}", "\x01\x1b[31m\x7f", "üñí €uro 😀 \u202e",
           "".join(map(chr, range(1, 0x180))), "x" * 100_000, ""]


def toml(text):
    """As a basic string of TOML."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'


def sh(script, rest=""):
    return f'command = ["sh", "-c", {toml(script)}]\n{rest}'


class JobFileTest(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env = {name: value for name, value in self.env.items() if not name.startswith("XDG_") or name == "XDG_RUNTIME_DIR"}
        self.state_dir = HOME / ".local" / "state" / "jobctl"
        JOBS.mkdir(parents=True)
        self.addCleanup(self.remove_state)

    def remove_state(self):
        for folder in (JOBS.parent, self.state_dir):
            shutil.rmtree(folder, ignore_errors=True)
        self.systemctl("daemon-reload")

    def tearDown(self):
        self.systemctl("stop", "jobctl-*.timer", check=False)
        self.jobctl("kill", "--all", "--force", check=False)
        shutil.rmtree(JOBS)
        self.systemctl("daemon-reload")
        self.systemctl("reset-failed")  # what was pulled in by a target is not collected
        super().tearDown()

    # ---- files

    def write(self, name, text, folder=JOBS):
        path = folder / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def begin(self, name, text=None, check=True):
        """job start of a file, which is written where a text is given; the UUID."""
        if text is not None:
            self.write(name, text)
        result = self.jobctl("job", "start", name, check=check)
        if check is not True:
            return result
        self.assertRegex(result.out, rf"\A{UUID.pattern}\n\Z", result.err)
        return result.out.strip()

    def listed(self):
        return {entry["name"]: entry for entry in json.loads(self.jobctl("job", "list", "-o", "json").out)}

    def uuid(self, name):
        return self.listed()[name]["uuid"]

    def row(self, name):
        rows = self.jobctl("job", "list").out.splitlines()
        return next(re.split(r"  +", row) for row in rows if row.startswith(name + " "))

    # ---- their jobs

    def runs(self, uuid):
        return [int(event["run"]) for event in self.record_events(uuid, "started")]

    def wait_runs(self, uuid, count):
        self.wait_until(lambda: self.record_path(uuid).exists() and len(self.runs(uuid)) >= count, what=f"run {count}")

    def pid(self, uuid):
        return self.job(uuid)["pid"]

    def timer(self, name):
        return self.listed()[name]["unit"].replace(".service", "-schedule.timer")

    def links(self):
        """What pulls units in: the generator's links."""
        generated = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "systemd", "generator")
        return sorted(str(path.relative_to(generated)) for path in generated.glob("*.wants/jobctl-*"))


    def run_through(self, name, setting, program, script):
        """Has the unit run one of jobctl's programs by way of a script."""
        command = re.search(rf"(?m)^{setting}=(\S*/{program} .*)$", self.jobctl("generate", name).out)[1]
        drop_in = HOME / ".config/systemd/user" / f"{self.listed()[name]['unit']}.d" / "test.conf"
        drop_in.parent.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, drop_in.parent)
        drop_in.write_text(f"[Service]\n{setting}=\n{setting}={self.script(script, 'wrapper')} {command}\n")
        self.systemctl("daemon-reload")


class Jobs(JobFileTest):
    def test_a_start_says_the_uuid_and_the_job_is_like_any_other(self):
        path = self.write("web", sh("echo run $JOBCTL_RUN in $PWD; exec sleep 1000"))
        self.assertEqual(self.row("web"), ["web", "-", "on demand", "-", str(path)])
        uuid = self.begin("web")
        self.assertEqual(self.uuid("web"), uuid)
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("name", "type", "state", "run", "working_directory", "user")],
                         ["web", "sh", "running", 1, str(HOME), os.environ["USER"]])
        self.assertIn(f"      File: {path}\n", self.jobctl("status", "web").out)
        self.assertEqual(self.wait_for_log(uuid, "run 1"), f"run 1 in {HOME}\n")
        self.assertEqual(self.jobctl("job", "logs", "web").out, f"run 1 in {HOME}\n")
        self.assertEqual(self.jobctl("job", "logs", "web", "-n", "0").out, "")
        self.assertEqual(self.row("web")[1], "running")
        self.assertEqual(self.jobctl("job", "stop", "web").out, "stopped  web\n")
        self.assertEqual(self.state(uuid), "killed")
        self.assertEqual(self.jobctl("job", "stop", "web").out, "web was not running\n")
        self.assertRegex(self.jobctl("status", "web").out, r"killed by .* \(jobctl job stop\)")

    def test_all_runs_are_of_one_job(self):
        uuid = self.begin("web", sh("echo run $JOBCTL_RUN; exec sleep 1000"))
        self.jobctl("job", "stop", "web")
        self.assertEqual(self.begin("web"), uuid)
        self.assertRegex(self.jobctl("restart", "web").out, rf"restarted  web +{uuid[:8]} +run 3\n")
        self.systemctl("restart", self.job(uuid)["unit"])
        self.wait_runs(uuid, 4)
        self.jobctl("kill", "web")
        self.systemctl("start", self.job(uuid)["unit"])
        self.wait_state(uuid, "running")
        self.systemctl("stop", self.job(uuid)["unit"])
        self.wait_state(uuid, "killed")
        self.assertEqual(self.runs(uuid), [1, 2, 3, 4, 5])
        self.assertEqual(self.log_bytes(uuid).split(b"\n")[:-1], [b"run %d" % run for run in range(1, 6)])
        self.assertEqual(len(self.jobs("-a")), 1)
        status = self.jobctl("status", "web").out
        for run, how in (1, r"\(jobctl job stop\)"), (2, r"\(jobctl restart\)"), (3, "systemctl restart"), (4, r"\(jobctl kill\)"), (5, "systemctl stop"):
            self.assertRegex(status, rf"(?m)^ +(Runs: )?{run}  .*killed by .*{how}")

    def test_it_is_waited_for_and_attached_to(self):
        uuid = self.begin("ends", sh("echo begun; while ! test -e go; do sleep 0.01; done; exit 7", f'directory = {toml(str(self.dir))}\n'))
        waiting = self.spawn("wait", "ends")
        following = self.spawn("job", "logs", "-f", "ends")
        terminal = Terminal(self, "attach", "ends")
        self.addCleanup(terminal.close)
        terminal.wait_for("begun")
        (self.dir / "go").touch()
        self.assertEqual(waiting.wait(harness.PATIENCE), 7)
        self.assertIn(b"begun\n", following.communicate(timeout=harness.PATIENCE)[0])
        terminal.end(7)
        job = self.job(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 7])
        self.assertEqual(self.row("ends")[1], "failed (7)")

    def test_it_may_have_a_terminal(self):
        uuid = self.begin("tty", sh("test -t 1 && echo terminal; read word; echo got $word; exec sleep 1000", "tty = true\n"))
        terminal = Terminal(self, "attach", uuid)
        self.addCleanup(terminal.close)
        terminal.wait_for("terminal").type(b"typed\r")
        terminal.wait_for("got typed")
        self.jobctl("kill", uuid)
        terminal.end()

    def test_a_template_makes_it_with_values_and_keys_of_its_own(self):
        self.write("kind", 'command = ["sh", "-c", "echo {word}; exec sleep 1000"]\nstop_signal = "SIGINT"\n[parameters.word]\nrequired = true\n',
                   JOBS.parent / "templates")
        uuid = self.begin("made", 'template = "kind"\nstop_signal = "SIGQUIT"\n[with]\nword = "given"\n')
        self.assertEqual(self.wait_for_log(uuid, "given"), "given\n")
        self.assertEqual([self.job(uuid)["type"], self.listed()["made"]["template"]], ["kind", "kind"])
        self.assertEqual(self.unit_property(self.job(uuid)["unit"], "KillSignal"), str(int(signal.SIGQUIT)))

    def test_what_runs_is_not_started_twice(self):
        uuid = self.begin("web", LONG)
        refused = self.begin("web", check=5)
        self.assertIn("web is running already", refused.err)
        self.assertIn(f"jobctl status {uuid[:8]}", refused.err)
        self.assertEqual(self.runs(uuid), [1])

    def test_of_two_starts_at_once_one_runs(self):
        self.write("web", LONG)
        for round_number in range(1, 6):
            starts = [self.spawn("job", "start", "web") for _ in range(4)]
            said = [start.communicate(timeout=harness.PATIENCE) for start in starts]
            codes = [start.returncode for start in starts]
            self.assertLessEqual(set(codes), {0, 5}, said)
            self.assertIn(0, codes, said)
            uuid = self.uuid("web")
            self.assertEqual(self.runs(uuid), list(range(1, round_number + 1)))
            self.assertEqual(len(self.payload_pids(uuid)), 1)
            self.jobctl("job", "stop", "web")

    def test_a_program_that_does_not_exist_is_said(self):
        failed = self.begin("none", 'command = ["/no/such/program"]\n', check=1)
        self.assertRegex(failed.err, "could not start none: no such file or directory")
        self.assertEqual([self.listed()["none"]["state"], self.row("none")[1]], ["failed", "failed (could not start)"])

    def test_a_start_waits_for_a_slow_machine(self):
        for setting, program in (("ExecStartPre", "jobctl"), ("ExecStart", "launcher")):
            with self.subTest(program=program):
                self.write(program, LONG)
                self.run_through(program, setting, program, 'sleep 0.5; exec "$@"')
                self.assertEqual(self.state(self.begin(program)), "running")

    def test_after_flush_it_starts_anew_under_the_same_uuid(self):
        uuid = self.begin("web", sh("echo run $JOBCTL_RUN; exec sleep 1000"))
        self.jobctl("job", "stop", "web")
        self.jobctl("flush", "--logs")
        self.assertEqual([self.listed()["web"]["state"], self.jobs("-a")], [None, []])
        self.assertEqual(self.begin("web"), uuid)
        self.assertEqual(self.wait_for_log(uuid, "run"), "run 1\n")

    def test_its_environment_is_the_managers_and_its_own(self):
        self.env["SHOULD_NOT_BE_SEEN"] = "1"
        (self.dir / "env").write_text("FROM_FILE=file\n")
        uuid = self.begin("env", 'command = ["env"]\nenv_file = ' + toml(str(self.dir / "env")) + '\nenv = {OWN = "1"}\n')
        self.jobctl("wait", uuid)
        words = harness.text_of(self.log_bytes(uuid)).splitlines()
        for word in ("OWN=1", "FROM_FILE=file", f"HOME={HOME}", "JOBCTL_NAME=env", f"JOBCTL_UUID={uuid}"):
            self.assertIn(word, words)
        self.assertNotIn("SHOULD_NOT_BE_SEEN=1", words)


class Changes(JobFileTest):
    def test_the_next_run_is_of_the_file_as_it_is_then(self):
        uuid = self.begin("web", sh("echo first; exec sleep 1000"))
        self.write("web", sh("echo second; exec sleep 1000", 'labels = {kind = "new"}\n'))
        self.assertEqual(self.job(uuid)["labels"], {})
        self.jobctl("restart", "web")
        self.assertEqual([self.job(uuid)["labels"], self.job(uuid)["run"]], [{"kind": "new"}, 2])
        self.write("web", sh("echo third; exec sleep 1000"))
        self.systemctl("restart", self.job(uuid)["unit"])
        self.wait_runs(uuid, 3)
        self.wait_for_log(uuid, "third")
        self.jobctl("restart", "web")
        self.wait_runs(uuid, 4)
        self.wait_until(lambda: self.log_bytes(uuid) == b"first\nsecond\nthird\nthird\n", what="all runs' words")
        self.assertEqual([event["run"] for event in self.record_events(uuid, "defined")], ["2", "3"])
        self.assertEqual(self.job(uuid)["command"][-1], "echo third; exec sleep 1000")

    def test_limits_hold_after_a_start_and_a_restart_by_jobctl(self):
        def limit():
            return self.systemctl("show", "--value", "-p", "LimitNOFILE", self.job(uuid)["unit"]).strip()
        uuid = self.begin("web", LONG + "[properties]\nLimitNOFILE = 77\n")
        self.assertEqual(limit(), "77")
        self.write("web", LONG + "[properties]\nLimitNOFILE = 78\n")
        self.jobctl("restart", "web")
        self.assertEqual(limit(), "78")
        self.jobctl("job", "stop", "web")
        self.write("web", LONG + "[properties]\nLimitNOFILE = 79\n")
        self.begin("web")
        self.assertEqual(limit(), "79")

    def test_another_type_means_another_unit_of_the_same_job(self):
        uuid = self.begin("web", LONG)
        before = self.job(uuid)["unit"]
        self.jobctl("job", "stop", "web")
        self.assertEqual(self.begin("web", LONG + 'type = "server"\n'), uuid)
        self.assertEqual([self.job(uuid)["unit"], self.runs(uuid)], [f"jobctl-server-{uuid}.service", [1, 2]])
        self.assertNotEqual(self.job(uuid)["unit"], before)

    def test_drop_ins_change_keys(self):
        self.write("web", sh("echo $A $B; exec sleep 1000", 'env = {A = "a", B = "b"}\n'))
        self.write("10-b", 'env = {B = "changed"}\n', JOBS / "web.toml.d")
        uuid = self.begin("web")
        self.assertEqual(self.wait_for_log(uuid, "changed"), "a changed\n")

    def test_a_file_that_became_wrong_starts_nothing_and_ends_nothing(self):
        uuid = self.begin("web", LONG)
        path = self.write("web", "comand = []\n")
        for words in (["restart", "web"], ["job", "start", "web"]):
            refused = self.jobctl(*words, check=2)
            self.assertIn(f"{path}:1:1: comand: unknown key", refused.err)
        self.assertEqual([self.state(uuid), self.runs(uuid)], ["running", [1]])
        self.systemctl("daemon-reload")
        self.assertEqual(self.state(uuid), "running")
        self.assertIn(f"end it with: jobctl kill {uuid[:8]}", self.jobctl("job", "stop", "web", check=2).err)
        self.jobctl("kill", "web")
        self.assertEqual(self.state(uuid), "killed")
        self.assertNotIn("end it with", self.jobctl("job", "stop", "web", check=2).err)

    def test_what_became_wrong_is_in_the_record_when_systemd_starts_it(self):
        uuid = self.begin("web", LONG)
        path = self.write("web", "comand = []\n")
        self.systemctl("restart", self.job(uuid)["unit"], check=False)
        job = self.wait_state(uuid, "failed")
        self.assertEqual([job["reason"], job["run"], self.runs(uuid)], ["could not start", 2, [1]])
        self.assertIn(f"could not start sleep: {path}:1:1: comand: unknown key", self.jobctl("status", uuid).out)
        self.assertRegex(self.jobctl("status", uuid).out, "Runs: 1  .*killed by systemctl restart")
        self.assertEqual(self.begin("web", LONG), uuid)
        self.assertEqual(self.runs(uuid), [1, 3])

    def test_a_job_outlives_its_file(self):
        uuid = self.begin("web", LONG)
        pid = self.pid(uuid)
        (JOBS / "web.toml").unlink()
        self.assertEqual(self.listed(), {})
        self.systemctl("daemon-reload")
        self.assertEqual([self.state(uuid), self.pid(uuid)], ["running", pid])
        refused = self.jobctl("restart", "web", check=False)
        self.assertNotEqual(refused.code, 0)
        self.assertIn("web.toml", refused.err)
        self.assertEqual(self.state(uuid), "running")
        self.assertIn("killed  web", self.jobctl("kill", "web").out)
        self.assertEqual([self.state(uuid), harness.alive(pid)], ["killed", False])
        self.assertIn("web.toml", self.jobctl("restart", "web", check=False).err)

    def test_the_end_is_recorded_whatever_became_of_its_file(self):
        changes = {
            "gone": lambda path: path.unlink(),
            "wrong": lambda path: path.write_text("comand = []\n"),
            "another-type": lambda path: path.write_text(LONG + 'type = "server"\n'),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                uuid = self.begin(name, sh("while ! test -e go; do sleep 0.01; done; exit 7", f"directory = {toml(str(self.dir))}\n"))
                unit = self.job(uuid)["unit"]
                change(JOBS / f"{name}.toml")
                self.systemctl("daemon-reload")
                self.systemctl("daemon-reload")
                (self.dir / "go").touch()
                job = self.wait_ended(uuid)
                self.assertEqual([job["state"], job["exit_code"]], ["failed", 7])
                self.systemctl("daemon-reload")
                self.assertEqual(self.unit_property(unit, "LoadState"), "not-found")
                (self.dir / "go").unlink()

    def test_a_restart_by_policy_needs_no_file(self):
        uuid = self.begin("web", sh("while ! test -e go; do sleep 0.01; done; exit 7",
                                    f'restart = "on-failure:2"\nrestart_delay = "10ms"\ndirectory = {toml(str(self.dir))}\n'))
        (JOBS / "web.toml").unlink()
        self.systemctl("daemon-reload")
        (self.dir / "go").touch()
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"], job["restarts"], self.runs(uuid)], ["failed", 7, 2, [1, 2, 3]])

    def test_a_file_that_comes_back_restarts_as_it_says(self):
        uuid = self.begin("web", LONG)
        (JOBS / "web.toml").unlink()
        self.systemctl("daemon-reload")
        self.write("web", sh("exit 3"))
        self.jobctl("restart", "web")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"], self.runs(uuid)], ["failed", 3, [1, 2]])

    def test_it_outlives_reloads_and_the_manager_itself(self):
        uuid = self.begin("web", sh("while ! test -e go; do sleep 0.01; done; exit 7",
                                    f'restart = "on-failure:1"\nrestart_delay = "10ms"\ndirectory = {toml(str(self.dir))}\n[install]\nat = "boot"\n'))
        pid = self.pid(uuid)
        for verb in ("daemon-reload", "daemon-reexec", "daemon-reload"):
            self.systemctl(verb)
            self.wait_until(lambda: self.systemctl("is-active", "default.target", check=False) == "active\n", what="the manager")
            self.assertEqual([self.state(uuid), self.pid(uuid)], ["running", pid])
        (self.dir / "go").touch()
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"], job["restarts"], job["run"]], ["failed", 7, 1, 2])


class Policies(JobFileTest):
    def test_systemd_restarts_it_and_jobctl_counts(self):
        uuid = self.begin("fails", sh("echo run $JOBCTL_RUN; exit 4", 'restart = "on-failure:2"\nrestart_delay = "10ms"\n'))
        self.wait_ended(uuid)
        self.assertEqual(self.row("fails")[1], "failed (4, 2 restarts)")
        self.assertIn("failed (4, 2 restarts)", self.jobctl("list", "-a").out)
        self.assertEqual([len(self.record_events(uuid, kind)) for kind in ("starting", "started", "ended")], [1, 3, 3])
        self.assertEqual(self.begin("fails"), uuid)
        self.wait_ended(uuid)
        job = self.job(uuid)
        self.assertEqual([job["run"], job["restarts"]], [6, 2])

    @unittest.skipUnless(test_crash.STRACE, "strace is not installed")
    def test_a_start_that_waits_for_its_next_run_already_is_a_start(self):
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"
        uuid = self.begin("fails", sh("exit 4", 'restart = "on-failure:2"\nrestart_delay = "1h"\n'))
        self.jobctl("kill", "fails")
        plain = self.command
        self.command = lambda *args: [test_crash.STRACE, "-qq", "-o", "/dev/null", "-P", str(self.record_path(uuid)),
                                      "-e", "trace=openat", "-e", "inject=openat:delay_enter=500000", *plain(*args)]
        self.begin("fails")
        self.command = plain
        self.wait_state(uuid, "starting")

    def test_a_taken_port_is_refused_by_whoever_starts_it(self):
        port = harness.free_port()
        text = LONG + f"port = {port}\n"
        holder = self.begin("holder", text)
        self.assertEqual([entry["port"] for entry in self.job(holder)["ports"]], [port])
        refused = self.begin("second", text, check=1)
        self.assertRegex(refused.err, f"could not start second: port {port} is taken by the job holder")
        second = self.uuid("second")
        self.assertEqual(self.job(second)["state"], "failed")
        self.assertIn(f"port {port} is taken by the job holder", self.record_events(second, "start-failed")[0]["text"])
        self.systemctl("start", self.listed()["second"]["unit"], check=False)
        self.wait_until(lambda: len(self.record_events(second, "start-failed")) >= 2, what="the second refusal")
        self.assertEqual(self.runs(second), [])
        self.jobctl("kill", "holder")
        self.assertEqual(self.begin("second"), second)
        self.assertEqual(self.runs(second), [3])

    def test_a_port_that_jobctl_chooses_is_told_to_each_run(self):
        uuid = self.begin("auto", sh("echo $PORT; exec sleep 1000", 'port = "auto"\n'))
        port = self.job(uuid)["ports"][0]["port"]
        self.assertEqual(self.wait_for_log(uuid, "\n"), f"{port}\n")
        self.jobctl("restart", "auto")
        self.wait_until(lambda: self.log_bytes(uuid) == f"{port}\n{self.job(uuid)['ports'][0]['port']}\n".encode(), what="the second run's port")

    def test_readiness_and_health(self):
        text = sh("while ! test -e up; do sleep 0.01; done; touch ready; exec sleep 1000",
                  f'directory = {toml(str(self.dir))}\nready = "exec:test -e ready"\nhealth = "exec:test ! -e ill"\n'
                  'health_interval = "100ms"\nhealth_retries = 1\non_unhealthy = "kill"\n')
        uuid = self.begin("server", text)
        self.assertEqual(self.state(uuid), "starting")
        (self.dir / "up").touch()
        self.wait_state(uuid, "running")
        (self.dir / "ill").touch()
        self.assertEqual(self.wait_ended(uuid)["reason"], "unhealthy")

    def test_one_that_runs_on_another_machine_is_left_alone(self):
        uuid = self.begin("web", LONG)
        record = self.record_path(uuid)
        running, unit = record.read_bytes(), self.job(uuid)["unit"]
        self.jobctl("kill", "web")
        ended = record.read_bytes()
        elsewhere = re.sub(rb"(event=starting run=1 time=\d+)", rb"\1 host=gpu7 machine=00000000-0000-8000-8000-000000000000",
                           re.sub(rb"boot=[0-9a-f]{32}", b"boot=" + b"0" * 32, running))
        # Also while it is only on its way there.
        for there in (elsewhere, elsewhere[:elsewhere.index(b"event=started")]):
            record.write_bytes(there)
            (self.state_dir / "jobs.db").unlink(missing_ok=True)
            self.assertIn("web runs on gpu7", self.jobctl("job", "start", "web", check=5).err)
            self.systemctl("start", unit, check=False)
            self.wait_until(lambda: self.unit_property(unit, "ActiveState") in ("inactive", "failed"))
            self.assertEqual(record.read_bytes(), there)
        record.write_bytes(ended)

    def test_its_history_tells_each_run_as_it_was_asked_for(self):
        path = self.write("web", sh("exec sleep 1001"))
        uuid = self.begin("web")
        self.jobctl("restart", "web")
        self.write("web", sh("exec sleep 1002", '[labels]\nedited = "yes"\n'))
        self.jobctl("restart", "web")
        unit = self.job(uuid)["unit"]
        for verb in ("restart", "stop", "start"):
            self.systemctl(verb, unit)
        user, first, second = os.environ["USER"], "sh -c 'exec sleep 1001'", "sh -c 'exec sleep 1002'"
        expected = [("start", user, first), ("restart", user, first), ("define", user, str(path)), ("restart", user, second),
                    ("restart", "systemd", second), ("start", "systemd", second)]
        for flushed in (False, True):
            told = [json.loads(line) for line in self.jobctl("history", "-o", "json", "web").out.splitlines()]
            asked = [entry for entry in told if entry["event"] in ("start", "restart", "define")]
            self.assertEqual([(entry["event"], entry["by"], entry["text"]) for entry in asked], expected)
            self.assertEqual([entry["labels"] for entry in told if entry["run"] < 3], [{}] * 4)
            self.assertEqual({entry["labels"].get("edited") for entry in told if entry["run"] >= 3}, {"yes"})
            if not flushed:
                self.jobctl("kill", "web")
                self.jobctl("flush", "web")
        self.assertEqual(list(pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "jobctl").glob("*.asked")), [])

    def test_an_alert_tells_its_end(self):
        told = self.dir / "told"
        self.begin("fails", sh("exit 3", f'on_failure = {toml(f"exec:tee {told}")}\n'))
        self.assertIn('"exit_code":3', self.wait_for_file(told, "\n"))


class Schedules(JobFileTest):
    def test_again_and_again(self):
        self.write("tick", sh("echo run $JOBCTL_RUN; exit 3", '[schedule]\nevery = "1s"\n'))
        self.assertEqual(self.jobctl("job", "enable", "--now", "tick").out, "enabled  tick  (by schedule)\n")
        uuid = self.uuid("tick")
        self.wait_runs(uuid, 3)
        self.assertEqual({(event["by"], event["how"]) for event in self.record_events(uuid, "starting")}, {("systemd", "schedule")})
        self.assertEqual(self.row("tick")[2], "by schedule")
        # None while the timer is at work.
        self.wait_until(lambda: self.listed()["tick"]["next_at"], what="its next time")
        self.jobctl("job", "stop", "tick")
        self.wait_until(lambda: self.systemctl("is-active", self.timer("tick"), check=False) != "active\n", what="the timer to stop")
        self.assertEqual(self.listed()["tick"]["next_at"], None)
        runs = self.runs(uuid)
        self.assertEqual(runs, list(range(1, len(runs) + 1)))
        self.assertEqual({event["run"]: event["status"] for event in self.record_events(uuid, "ended")}, {str(run): "3" for run in runs})

    def test_a_calendar_event_far_away_is_listed(self):
        self.write("yearly", sh("true", '[schedule]\ncalendar = ["*-01-01 00:00", "*-07-01 00:00"]\npersistent = false\nrandomized_delay = "1s"\n'))
        self.assertEqual([self.listed()["yearly"]["next_at"], self.row("yearly")[3]], [None, "-"])
        self.jobctl("job", "enable", "--now", "yearly")
        self.assertRegex(self.listed()["yearly"]["next_at"], r"20\d\d-(01-01|12-31|06-30|07-01)T")
        self.assertNotEqual(self.row("yearly")[3], "-")
        self.assertEqual([self.row("yearly")[1], self.listed()["yearly"]["state"]], ["-", None])
        uuid = self.begin("yearly")
        self.wait_ended(uuid)
        self.assertRegex(self.jobctl("status", uuid).out, r"(?m)^ *Next: 20\d\d-\d\d-\d\d .*\(in \d+ d\)$")
        self.jobctl("job", "stop", "yearly")
        self.assertNotIn("Next:", self.jobctl("status", uuid).out)
        self.assertEqual(self.job(uuid)["next_at"], None)

    def test_one_that_is_due_while_it_runs_is_left_out(self):
        self.write("long", sh("exec sleep 1000", '[schedule]\nevery = "1s"\n'))
        self.jobctl("job", "enable", "--now", "long")
        uuid = self.uuid("long")
        self.wait_runs(uuid, 1)
        service = self.timer("long").replace(".timer", ".service")
        invocations = set()

        def fired():
            invocations.add(self.unit_property(service, "InvocationID"))
            return len(invocations - {""}) >= 3

        self.wait_until(fired, what="the timer to come again")
        self.assertEqual([self.runs(uuid), self.state(uuid)], [[1], "running"])
        self.assertIn("the schedule of long goes on; to end that, too: jobctl job stop long\n", self.jobctl("kill", "long").err)
        self.jobctl("job", "stop", "long")
        self.begin("long")
        self.assertNotIn("schedule", self.jobctl("kill", "long").err)

    def test_disabled_it_has_no_timer(self):
        self.write("tick", sh("true", '[schedule]\nafter_boot = "1h"\n'))
        self.systemctl("daemon-reload")
        link = f"timers.target.wants/{self.timer('tick')}"
        self.assertEqual(self.links(), [link])
        self.jobctl("job", "disable", "tick")
        self.assertEqual([self.links(), self.row("tick")[2]], [[], "on demand"])
        self.jobctl("job", "enable", "tick")
        self.assertEqual([self.links(), self.row("tick")[2]], [[link], "by schedule"])

    def test_a_scheduled_run_that_can_not_begin_is_recorded(self):
        port = harness.free_port()
        self.begin("holder", LONG + f"port = {port}\n")
        self.write("tick", sh("true", f'port = {port}\n[schedule]\nevery = "1s"\n'))
        self.jobctl("job", "enable", "--now", "tick")
        uuid = self.uuid("tick")
        self.wait_until(lambda: self.record_path(uuid).exists() and len(self.record_events(uuid, "start-failed")) >= 2, what="refusals")
        self.jobctl("kill", "holder")
        self.wait_runs(uuid, 1)


class Switches(JobFileTest):
    def test_enable_writes_its_word_and_disable_takes_it_back(self):
        self.write("web", LONG)
        word = JOBS / "web.toml.d" / "install.toml"
        link = f"default.target.wants/{self.listed()['web']['unit']}"
        self.assertEqual(self.jobctl("job", "enable", "web").out, "enabled  web  (at boot)\n")
        self.assertEqual(tomllib.loads(word.read_text()), {"install": {"at": "boot"}})
        self.assertEqual([self.links(), self.row("web")[2], self.jobs("-a")], [[link], "at boot", []])
        self.assertEqual(self.jobctl("job", "disable", "web").out, "disabled  web\n")
        self.assertEqual([self.links(), self.row("web")[2], word.exists()], [[], "on demand", False])

    def test_disable_wins_over_the_file(self):
        self.write("web", LONG + '[install]\nat = "login"\n')
        word = JOBS / "web.toml.d" / "install.toml"
        self.systemctl("daemon-reload")
        self.assertEqual(len(self.links()), 1)
        self.jobctl("job", "disable", "web")
        self.assertEqual(tomllib.loads(word.read_text()), {"install": {"at": "demand"}})
        self.assertEqual([self.links(), self.row("web")[2]], [[], "on demand"])
        self.assertEqual(self.jobctl("job", "enable", "web").out, "enabled  web  (at login)\n")
        self.assertEqual([len(self.links()), word.exists()], [1, False])

    def test_now_does_it_now(self):
        self.write("web", LONG)
        said = self.jobctl("job", "enable", "--now", "web").out
        uuid = self.uuid("web")
        self.assertEqual(said, f"enabled  web  (at boot)\n{uuid}\n")
        self.assertEqual(self.state(uuid), "running")
        self.assertEqual(self.jobctl("job", "disable", "--now", "web").out, "disabled  web\nstopped  web\n")
        self.assertEqual(self.state(uuid), "killed")

    def test_only_the_next_start_of_the_manager_is_meant(self):
        uuid = self.begin("web", LONG)
        self.jobctl("job", "disable", "web")
        self.assertEqual(self.state(uuid), "running")

    def test_the_wrong_words(self):
        self.write("web", LONG)
        for words, text in ((["start"], "needs the name"), (["start", "a", "b"], "needs the name"), (["start", "wbe"], "did you mean web?"),
                            (["list", "web"], "shows all"), (["start", "--now", "web"], "--now is for"), (["stop", "-f", "web"], "-f and -n are for"),
                            (["check", "-o", "json"], "-o is for"), (["begin", "web"], "begin"), ([], "ACTION"), (["stop", "../web"], "no job file"),
                            (["start", "web.toml"], "no job file"), (["start", ""], "no job file")):
            with self.subTest(words=words):
                refused = self.jobctl("job", *words, check=2)
                self.assertIn(text, refused.err)
                self.assertEqual(refused.out, "")


class Saves(JobFileTest):
    def save(self, name, *words, check=True):
        return self.jobctl("start", "-d", "--save", name, *words, check=check)

    def test_a_start_becomes_a_file_and_its_job(self):
        uuid = self.save("mine", "--nice", "3", "-e", "MY_TOKEN=t", "-l", "kind=x", "--", "sh", "-c", "echo \"$MY_TOKEN\"; sleep 1000").out.strip()
        text = tomllib.loads((JOBS / "mine.toml").read_text())
        self.assertEqual(text["command"], ["sh", "-c", "echo \"$MY_TOKEN\"; sleep 1000"])
        self.assertEqual((text["nice"], text["env"]["MY_TOKEN"], text["labels"]), ("3", "t", {"kind": "x"}))
        self.assertEqual((JOBS / "mine.toml").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.listed()["mine"]["uuid"], uuid)
        self.assertEqual(self.job(uuid)["name"], "mine")
        self.wait_until(lambda: self.jobctl("job", "logs", "mine").out == "t\n", what="its output")

    def test_a_file_that_is_there_stays(self):
        path = self.write("mine", LONG)
        self.assertIn("exists already", self.save("mine", "--", "sleep", "1", check=5).err)
        self.assertEqual(path.read_text(), LONG)

    def test_a_start_that_fails_leaves_no_file(self):
        self.assertIn("searched PATH", self.save("mine", "--", "nosuchprogram", check=1).err)
        self.assertEqual(list(JOBS.iterdir()), [])

    def test_its_schedule_is_the_files(self):
        uuid = self.save("mine", "--every", "1s", "--", "true").out.strip()
        self.wait_runs(uuid, 2)
        self.assertEqual(tomllib.loads((JOBS / "mine.toml").read_text())["schedule"], {"every": "1s"})

    def test_what_no_file_keeps_is_refused(self):
        for words in ["--scope"], ["--in", "1h"], ["--uuid", "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"]:
            self.assertIn("exclude each other", self.save("mine", *words, "--", "sleep", "1", check=2).err)
        for name in "a/b", ".hidden", "-x":
            self.jobctl("start", "-d", f"--save={name}", "--", "sleep", "1", check=2)
        self.assertEqual(list(JOBS.iterdir()), [])


class Wrong(JobFileTest):
    def test_a_file_without_end_is_none(self):
        (JOBS / "endless.toml").symlink_to("/dev/zero")
        self.assertEqual(self.begin("good", LONG), self.uuid("good"))
        self.assertIn("endless.toml: not a regular file", self.jobctl("job", "check", "endless", check=False).err)
        self.assertEqual(self.row("endless")[1], "broken")

    def test_more_files_than_sqlite_takes_expressions(self):
        for number in range(1200):
            self.write(f"job-{number}", LONG)
        uuid = self.begin("job-7")
        listed = self.listed()
        self.assertEqual([len(listed), listed["job-7"]["uuid"], listed["job-7"]["state"]], [1200, uuid, "running"])

    CASES = (('comand = ["true"]\n', 1, "unknown key", "did you mean command"),
             ('command = "true"\n', 1, "command", "list"),
             ("command = []\n", 1, "no program", ""),
             ('command = ["a", 1, true]\n', 1, "argument", ""),
             ('command = ["true"\n', None, "", ""),
             ('command = ["true"]\ncommand = ["true"]\n', None, "", ""),
             ('command = ["true"]\nrestart = "sometimes"\n', 2, "restart", ""),
             ('command = ["true"]\nmemory = "lots"\n', 2, "memory", ""),
             ('command = ["true"]\nport = 70000\n', 2, "port", ""),
             ('command = ["true"]\nstop_signal = "SIGNONE"\n', 2, "stop_signal", ""),
             ('command = ["true"]\n[install]\n', 2, "install", "at = \"boot\""),
             ('command = ["true"]\n[install]\nat = "noon"\n', 3, "boot, login or demand", ""),
             ('command = ["true"]\n[install]\nat = 1\n', 3, "at", ""),
             ('command = ["true"]\n[install]\nwhen = "boot"\n', 3, "unknown key", ""),
             ('install = "boot"\ncommand = ["true"]\n', 1, "table", ""),
             ('command = ["true"]\n[schedule]\n', 2, "says no time", ""),
             ('command = ["true"]\n[schedule]\npersistent = true\nevery = "1h"\n', 3, "no effect without calendar", ""),
             ('command = ["true"]\n[schedule]\nevery = "0"\n', 3, "every", ""),
             ('command = ["true"]\n[schedule]\nevery = "infinity"\n', 3, "every", ""),
             ('command = ["true"]\n[schedule]\nevery = true\n', 3, "must be a time", ""),
             ('command = ["true"]\n[schedule]\ncalendar = "Mon\\nExecStart=/bin/false"\n', 3, "no calendar event", ""),
             ('command = ["true"]\n[schedule]\ncalendar = [1]\n', 3, "string", ""),
             ('command = ["true"]\nevery = "1h"\n', 2, "[schedule]", ""),
             ('command = ["true"]\n[with]\na = 1\n', 2, "without template", ""),
             ('template = "nosuch"\n', 1, "nosuch", ""),
             ('template = "http-server"\n[with]\nnone = 1\n', 2, "none", ""),
             ('command = ["true"]\ndescription = 1\n', 2, "description", "string"))

    def test_errors_name_the_place(self):
        for text, line, *words in self.CASES:
            with self.subTest(text=text):
                path = self.write("wrong", text)
                checked = self.jobctl("job", "check", path, check=1)
                self.assertRegex(checked.err, re.escape(str(path)) + (rf":{line}:\d+: " if line else r":\d+:\d+: "))
                for word in words:
                    self.assertIn(word, checked.err)
                self.assertEqual(self.jobctl("job", "start", "wrong", check=2).out, "")
                self.assertEqual(self.jobctl("generate", "wrong", check=2).out, "")
        self.assertEqual(self.jobs("-a"), [])

    def test_what_has_no_place_in_the_file_names_the_file(self):
        for text, word in (("", "neither command nor template"), ('command = ["true"]\nscope = true\n', "scope"),
                           ('command = ["true"]\ndirectory = "relative"\n', "not an absolute path"),
                           ('command = ["true"]\nenv_file = "relative"\n', "not an absolute path"),
                           ('command = ["true"]\n[properties]\nUser = "root"\n', "User")):
            with self.subTest(text=text):
                path = self.write("wrong", text)
                checked = self.jobctl("job", "check", "wrong", check=1)
                self.assertIn(str(path), checked.err)
                self.assertIn(word, checked.err)

    def test_what_only_systemd_knows_is_asked(self):
        for text, word in ((LONG + "[properties]\nNoSuchThing = 1\n", "NoSuchThing"), (LONG + '[schedule]\ncalendar = "someday"\n', "someday")):
            with self.subTest(text=text):
                self.write("wrong", text)
                self.assertIn(word, self.jobctl("job", "check", "wrong", check=1).err)

    def test_broken_ones_are_shown_and_the_others_work(self):
        broken = self.write("a-broken", "comand = []\n")
        garbage = JOBS / "b-garbage.toml"
        garbage.write_bytes(b"\xff\x00\x01")
        dangling = JOBS / "c-dangling.toml"
        dangling.symlink_to("nowhere")
        (JOBS / "d-folder.toml").mkdir()
        (JOBS / "e-other.txt").write_text("nothing")
        unreadable = self.write("f-closed", LONG)
        unreadable.chmod(0)
        self.write("g-good", LONG + '[install]\nat = "boot"\n')
        entries = self.listed()
        self.assertEqual(sorted(entries), ["a-broken", "b-garbage", "c-dangling", "f-closed", "g-good"])
        for path in (broken, garbage, dangling, unreadable):
            self.assertIn(str(path), entries[path.stem]["problem"])
        self.assertIsNone(entries["g-good"]["problem"])
        listed = self.jobctl("job", "list")
        self.assertEqual(listed.err.count("unknown key"), 1)
        self.assertEqual(len(re.findall("(?m)^[a-g]-.*  broken  ", listed.out)), 4)
        checked = self.jobctl("job", "check", check=1)
        self.assertEqual(checked.out, "g-good: good\n")
        self.systemctl("daemon-reload")
        self.assertEqual(self.links(), [f"default.target.wants/{entries['g-good']['unit']}"])
        self.systemctl("start", entries["g-good"]["unit"])
        self.wait_state(entries["g-good"]["uuid"], "running")

    def test_without_any(self):
        self.assertEqual(self.jobctl("job", "list", "-o", "json").out, "[]\n")
        self.assertEqual(self.jobctl("job", "list"), ("", f"No job files in {JOBS}\n", 0))
        self.assertEqual([self.jobctl("generate").out, self.jobctl("job", "check").out], ["", ""])


class Verbatim(JobFileTest):
    REPORT = 'for word; do printf "%s\\0" "$word"; done >"$REPORT.new"; mv "$REPORT.new" "$REPORT"; exec sleep 1000'

    def reported(self, path):
        self.wait_until(path.exists, what=f"{path}")
        return path.read_bytes().decode().split("\0")[:-1]

    def test_every_argument_arrives(self):
        report = self.dir / "report"
        words = ", ".join(map(toml, ["sh", "-c", self.REPORT, "sh", *HOSTILE]))
        text = f"command = [{words}]\nenv = {{REPORT = {toml(str(report))}}}\n"
        uuid = self.begin("words", text)
        self.assertEqual(self.reported(report), HOSTILE)
        for restart in (["restart", "words"], None):
            report.unlink()
            self.systemctl("daemon-reload")
            self.jobctl(*restart) if restart else self.systemctl("restart", self.job(uuid)["unit"])
            self.assertEqual(self.reported(report), HOSTILE)
        self.assertEqual(self.job(uuid)["command"][4:], HOSTILE)
        self.assertFalse((HOME / "pwned").exists())

    def test_every_variable_arrives(self):
        values = {f"V{i}": text for i, text in enumerate(HOSTILE)}
        env = ", ".join(f"{name} = {toml(value)}" for name, value in values.items())
        uuid = self.begin("env", f'command = ["sleep", "1000"]\nenv = {{{env}}}\n')
        with open(f"/proc/{self.pid(uuid)}/environ", "rb") as file:
            found = dict(item.split("=", 1) for item in file.read().decode().split("\0") if "=" in item)
        self.assertEqual({name: found.get(name) for name in values}, values)

    def test_files_and_texts_of_any_name(self):
        names = ["a b", "100%", "%h%n", "$HOME", "it's", 'say "hi"', "back\\slash", "semi;colon", "a=b", "-dash", "--", ".hidden", "a.toml", "a.b",
                 "ümläut 😀", "#", "@", "~", "*", "[x", "x]", "x" * 200]
        for name in names:
            with self.subTest(name=name):
                path = self.write(name, LONG + f"description = {toml('100% $HOME ; ' + chr(10) + '[Service]')}\n")
                started = self.jobctl("job", "start", "--", name)
                uuid = started.out.strip()
                self.assertEqual([self.job(uuid)["name"], self.state(uuid)], [name, "running"])
                self.assertEqual(self.listed()[name]["file"], str(path))
                self.systemctl("restart", self.job(uuid)["unit"])
                self.wait_runs(uuid, 2)
                self.jobctl("job", "stop", "--", name)
        self.assertEqual(len(self.listed()), len(names))
        self.jobctl("job", "check")
        self.assertEqual(len(self.jobs("-a")), len(names))

    def test_names_that_no_job_may_have_are_broken_files(self):
        for name in (b"new\nline", b"\x1b[31m", b"\xff\xfe", b"x" * 250):
            path = os.fsencode(JOBS) + b"/" + name + b".toml"
            pathlib.Path(os.fsdecode(path)).write_text(LONG)
            with self.subTest(name=name):
                listed = self.jobctl("job", "list")
                self.assertIn("broken", listed.out)
                self.assertNotRegex(listed.out + listed.err, r"[\x00-\x09\x0b-\x1f\x7f]")
                self.assertEqual(len(json.loads(self.jobctl("job", "list", "-o", "json").out)), 1)
                self.systemctl("daemon-reload")
                self.assertEqual(self.loaded_units(), [])
            os.unlink(path)

    def test_types_sessions_and_labels_of_any_text(self):
        hostile = "100% $H ü'\"\\;[x]"
        uuid = self.begin("web", LONG + f"type = {toml(hostile)}\nsession = {toml(hostile)}\nlabels = {{k = {toml(hostile)}}}\nname = {toml(hostile)}\n")
        job = self.job(uuid)
        self.assertEqual([job["type"], job["session"], job["labels"], job["name"]], [hostile, hostile, {"k": hostile}, hostile])


class Generator(JobFileTest):
    EVERYTHING = ('description = "100% $HOME"\nrestart = "always:3"\nrestart_delay = "1s"\nmemory = "1G"\ncpus = 1\nport = 8123\n'
                  'ready = "notify"\nstop_signal = "SIGINT"\nstop_timeout = "5s"\nsession = "s 1"\n[properties]\nPrivateTmp = "yes"\nNice = 5\n')

    def write_several(self):
        self.write("plain", LONG)
        self.write("all", LONG + self.EVERYTHING + '[install]\nat = "boot"\n')
        self.write("timed", LONG + '[install]\nat = "login"\n[schedule]\ncalendar = ["Mon..Fri 9:00", "*-*-01 00:00 UTC"]\n'
                                   'every = "90min"\nafter_boot = "5min"\npersistent = true\nrandomized_delay = "1min"\n')
        self.write("tty % ü", LONG + "tty = true\n")
        self.write("demand", LONG + '[install]\nat = "demand"\n[schedule]\nevery = "1h"\n')

    def generate(self, *extra, name="jobctl-user-generator", env=None):
        """What the generator writes, run by hand as systemd does: {path below its folder: text}."""
        folder, generator = self.dir / "generated", self.dir / name
        folder.mkdir()
        with contextlib.suppress(FileExistsError):
            generator.symlink_to(harness.BUILD / "jobctl")
        done = subprocess.run([*extra, generator, folder, folder, folder], env=self.environment(env), capture_output=True, text=True,
                              timeout=harness.PATIENCE)
        self.assertEqual([done.returncode, done.stdout], [0, ""], done.stderr)
        found = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if not path.is_dir()}
        return found, done.stderr, folder

    def test_systemd_finds_nothing_wrong_with_what_it_writes(self):
        self.write_several()
        found, said, folder = self.generate()
        self.assertEqual(said, "")
        units = [str(folder / name) for name in found if "/" not in name]
        self.assertEqual(len(units), 5 + 2 * 2)
        verified = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", *units], env=self.environment(), capture_output=True,
                                  text=True, timeout=harness.PATIENCE)
        self.assertEqual([verified.returncode, verified.stdout, verified.stderr], [0, "", ""])

    def test_generate_prints_what_it_writes(self):
        self.write_several()
        found, _, _ = self.generate()
        printed = self.jobctl("generate").out
        for name, text in found.items():
            if "/" in name:
                self.assertIn(f"# {name}\n", printed)
            else:
                self.assertIn(text, printed)
        self.assertIn("[Timer]", self.jobctl("generate", "timed").out)
        self.assertNotIn("[Timer]", self.jobctl("generate", "plain").out)
        self.assertEqual(self.jobctl("generate", "nosuch", check=2).out, "")

    def test_links_pull_in_what_starts_by_itself(self):
        self.write_several()
        found, _, folder = self.generate()
        entries = self.listed()
        links = sorted(name for name in found if "/" in name)
        self.assertEqual(links, sorted(["default.target.wants/" + entries["all"]["unit"], "default.target.wants/" + entries["timed"]["unit"],
                                        "timers.target.wants/" + self.timer("timed")]))
        for link in links:
            self.assertEqual((folder / link).resolve(), folder / link.partition("/")[2])

    def test_nothing_of_a_users_text_stands_in_a_unit(self):
        self.write("web", 'command = ["sh", "-c", "secret-word"]\nenv = {A = "secret-word"}\nname = "w"\n')
        text = self.jobctl("generate", "web").out
        self.assertEqual([line for line in text.splitlines() if "secret-word" in line and not line.startswith("Description=")], [])

    def test_broken_files_are_told_and_fail_nothing(self):
        self.write("good", LONG)
        broken = self.write("broken", "comand = []\n")
        found, said, _ = self.generate()
        self.assertEqual(len(found), 1)
        self.assertRegex(said, rf"\A<3>jobctl generator: {broken}:1:1: comand: unknown key\n\Z")
        printed = self.jobctl("generate", check=2)
        self.assertEqual(printed.out, "".join(found.values()) + "\n")
        self.assertEqual(printed.err, f"jobctl: {broken}:1:1: comand: unknown key\n")

    def test_a_folder_that_can_not_be_written_fails_nothing(self):
        self.write("good", LONG)
        generator = self.dir / "jobctl-user-generator"
        generator.symlink_to(harness.BUILD / "jobctl")
        for folder in ("/no/such/folder", "/proc", ""):
            done = subprocess.run([generator, folder, folder, folder], env=self.environment(), capture_output=True, text=True)
            self.assertEqual([done.returncode, done.stdout], [0, ""])
            self.assertIn("<3>jobctl generator: could not write", done.stderr)

    def test_without_a_home_it_fails_nothing(self):
        found, _, _ = self.generate(env={"HOME": None, "XDG_RUNTIME_DIR": None})
        self.assertEqual(found, {})

    def test_the_systems_are_those_of_the_machine(self):
        """In namespaces of its own, where /etc has little but job files: a generator runs early."""
        prepare = ("mount -t tmpfs tmpfs /etc && echo root:x:0:0::/root:/bin/sh >/etc/passwd && mkdir -p /etc/jobctl && "
                   f'mv {self.dir}/jobs /etc/jobctl && exec "$@"')
        system = self.dir / "jobs"
        self.write("web", LONG + '[install]\nat = "boot"\n[properties]\nUser = "nobody-here"\n', system)
        self.write("timed", LONG + '[schedule]\nafter_boot = "5min"\n', system)
        self.write("login", LONG + '[install]\nat = "login"\n', system)
        as_root = ["unshare", "--user", "--map-root-user", "--mount", "--"]
        if subprocess.run([*as_root, "mount", "-t", "tmpfs", "tmpfs", "/etc"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here")
        found, said, _ = self.generate(*as_root, "sh", "-c", prepare, "sh", name="jobctl-system-generator", env={"HOME": str(self.dir)})
        self.assertRegex(said, r"/etc/jobctl/jobs/login\.toml: install\.at: nobody logs in")
        web, = (text for name, text in found.items() if text.find("User=nobody-here") >= 0 and "/" not in name)
        self.assertIn("/jobctl job-file -- prepare --system /etc/jobctl/jobs/web.toml\n", web)
        self.assertIn("/var/lib/jobctl/jobs/", web)
        self.assertEqual(len([name for name in found if name.startswith("multi-user.target.wants/")]), 1)
        self.assertEqual(len([name for name in found if name.startswith("timers.target.wants/")]), 1)
        self.assertEqual(len([text for text in found.values() if "\nOnBootSec=300" in text]), 2)  # the timer, and its link


@unittest.skipUnless(test_crash.STRACE, "strace is not installed")
class Crashes(JobFileTest):
    """kill -9 of what stands between systemd and the program, at system calls all along its way."""

    steps = test_crash.Crash.steps

    def wrap(self, name, setting, program):
        """Has the unit run its prepare step or its launcher under strace, with the options in a file."""
        self.inject("-o /dev/null")
        self.run_through(name, setting, program, f'export ASAN_OPTIONS=detect_leaks=0\nexec {test_crash.STRACE} -D -qq $(cat {self.dir}/options) "$@"')

    def inject(self, options):
        (self.dir / "options").write_text(options)

    def steps_of(self, name, end):
        trace = self.dir / "trace"
        self.inject(f"-o {trace}")
        self.begin(name)
        text = self.wait_for_file(trace, end)
        self.jobctl("job", "stop", name)
        self.inject("-o /dev/null")
        return self.steps(text[:text.index(end) + 1], begin=("openat", "open"))

    def settled(self, uuid):
        """The job's JSON when no unit is left but a running one; None where nothing was recorded."""
        def look():
            found = [job for job in self.jobs("-a") if job["uuid"] == uuid]
            state = found[0]["state"] if found else None
            is_settled = state not in ("starting", "stopping") and (state == "running") == bool(self.loaded_units())
            return is_settled and (found or [None])
        return self.wait_until(look, what=lambda: f"records and units to agree: {self.jobs('-a')} {self.loaded_units()}")[0]

    def past(self, uuid, last):
        """What is recorded of all runs up to this one."""
        return [event for event in self.record_events(uuid) if int(event["run"]) <= last]

    def check_start(self, name, step, uuid, last):
        """A start that is killed there, after as many runs; then one that is not."""
        before = self.past(uuid, last) if last else []
        self.inject(f"-o /dev/null -e {test_crash.injection(step)}")
        result = self.begin(name, check=False)
        job = self.settled(uuid)
        self.inject("-o /dev/null")
        if result.code != 0:
            self.assertEqual(result.code, 1, result.err)
            self.assertIn(f"could not start {name}: ", result.err)
        if job and job["state"] == "running":
            self.assertEqual(result.code, 0, "it made fewer calls this time")
            return
        self.assertEqual(harness.processes_of_jobs(), {})
        run = job["run"] if job and self.record_path(uuid).exists() else 0
        self.assertIn(run, (last, last + 1))
        if run > last:
            self.interrupted += 1
            self.assertEqual(job["state"], "failed")
            self.assertIn(job["reason"], ("could not start", "start interrupted", "SIGKILL"), job)
        self.begin(name)
        self.assertEqual([self.state(uuid), self.job(uuid)["run"]], ["running", run + 1])
        self.assertEqual(self.past(uuid, last) if last else [], before)
        self.assertEqual(len(self.payload_pids(uuid)), 1)

    def check(self, setting, program, end, *, forget):
        self.write("web", LONG)
        uuid = self.uuid("web")
        self.wrap("web", setting, program)
        steps, self.interrupted = self.steps_of("web", end), 0
        # The last ones are behind the announcement in any build.
        for step in [*test_crash.spread(steps, test_crash.STEPS_OF_OTHERS * 2), *steps[-3:]]:
            if forget:
                self.jobctl("flush", "--logs")
            with self.subTest(step=step):
                self.check_start("web", step, uuid, 0 if forget else self.job(uuid)["run"])
            self.jobctl("kill", "--all", "--force")
        self.assertGreater(self.interrupted, 0)

    def test_the_prepare_step_of_a_first_run(self):
        self.check("ExecStartPre", "jobctl", "exit_group(0)", forget=True)

    def test_the_prepare_step_of_a_later_run(self):
        self.check("ExecStartPre", "jobctl", "exit_group(0)", forget=False)

    def test_the_launcher(self):
        self.check("ExecStart", "launcher", 'execve("/usr/bin/sleep"', forget=False)


if __name__ == "__main__":
    harness.main()
