"""The user manager is reloaded, re-executed, killed, or not there at all."""

import os
import pathlib
import re
import signal
import subprocess
import threading

import harness

ROUNDS = 3 if b"__asan_init" in (harness.BUILD / "jobctl").read_bytes() else 5
HOSTILE = ["a\nb", "$HOME", "${PATH}", "%h", ";", "'\"", "trailing\\", "", " ", "\x1b[31m", "ü", "=", "[Service]\nExecStopPost=/bin/touch pwned"]


class Again(threading.Thread):
    """Does something over and over while the `with` block runs."""

    def __init__(self, action):
        super().__init__()
        self.action = action
        self.done = threading.Event()
        self.times = 0
        self.problem = None

    def run(self):
        try:
            while not self.done.is_set():
                self.action()
                self.times += 1
        except BaseException as problem:  # shown by __exit__
            self.problem = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()
        if self.problem:
            raise self.problem
        assert self.times > 0, "nothing happened meanwhile"


class ReloadedManager(harness.JobctlTest):
    def print_arguments(self):
        """A program that shows argv byte for byte and then stays."""
        return self.script("import sys, signal\nprint(sys.argv[1:], flush=True)\nsignal.pause()", "arguments", "/usr/bin/python3")

    def everything(self, disturb):
        """A round of starting, waiting, killing and restarting while the manager is disturbed."""
        program = self.print_arguments()
        with Again(disturb):
            for number in range(ROUNDS):
                live = self.start("--name", f"live-{number}\\", "--type", "a;$b%h", "--", program, *HOSTILE)
                status = self.start("--name", f"ending-{number}", "--", "sh", "-c", f"exit {number}")
                self.wait_for_log(live, repr(HOSTILE))
                self.assertEqual(self.jobctl("wait", status, check=number).code, number)
                self.assertEqual(self.state(live), "running")
                self.jobctl("restart", live)
                self.wait_until(lambda: self.log_bytes(live).count(repr(HOSTILE).encode()) == 2, what="the second run")
                self.wait_until(lambda: len(self.payload_pids(live)) == 1, what=lambda: f"its process: {self.job(live)}")
                self.jobctl("kill", live)
                self.assertEqual(self.state(live), "killed")
                self.assertEqual(self.job(status)["exit_code"], number)
        self.assertEqual(len(self.jobs("-a")), 2 * ROUNDS)
        self.assertFalse(list(self.dir.glob("pwned")) + list(pathlib.Path.home().glob("pwned")))

    def test_daemon_reload_at_any_moment(self):
        self.everything(lambda: self.systemctl("daemon-reload"))

    def test_daemon_reexec_at_any_moment(self):
        # Whoever asks at this moment may be told that the manager went away: that is systemctl's own problem here.
        self.everything(lambda: (self.systemctl("daemon-reexec", check=False), self.systemctl("is-system-running", "--wait", check=False)))

    def test_a_unit_is_the_same_after_a_reload(self):
        uuid = self.start("--name", "x\\", "--type", "t;$y%h", "--session", "s 1", "-p", "Nice=5", "--", self.print_arguments(), *HOSTILE)
        unit = self.job(uuid)["unit"]
        names = ("Description", "ExecStart", "ExecStopPost", "Slice", "Documentation", "TimeoutStopUSec", "KillSignal",
                 "CollectMode", "Delegate", "OOMPolicy", "Nice", "Type", "LoadState", "Names")

        def properties():
            text = self.systemctl("show", *[f"--property={name}" for name in names], unit)
            return re.sub(r"(start_time|stop_time|pid|code|status)=[^;}]*", r"\1=", text)

        before = properties()
        self.assertIn("LoadState=loaded", before)
        self.systemctl("daemon-reload")
        self.assertEqual(properties(), before)
        self.systemctl("restart", unit)  # from what was re-read
        self.wait_until(lambda: self.log_bytes(uuid).count(repr(HOSTILE).encode()) == 2, what="the second run")
        self.assertEqual(self.job(uuid)["run"], 2)


class Version(harness.JobctlTest):
    def test_is_one_line(self):
        self.assertRegex(self.jobctl("--version").out, r"\Ajobctl \d+\.\d+\.\d+\n\Z")
        self.assertEqual(self.jobctl("--version", env={"XDG_RUNTIME_DIR": str(self.dir)}), self.jobctl("--version"))

    def test_tells_which_systemd_answers(self):
        version = self.systemctl("show", "--property=Version", "--value").strip()
        for arguments in (["--version", "-v"], ["-v", "--version"]):
            result = self.jobctl(*arguments)
            self.assertEqual(result.out, self.jobctl("--version").out + f"systemd {version}\n")
            self.assertEqual(result.err, "")

    def test_tells_why_none_answers(self):
        empty = self.dir / "empty"
        empty.mkdir()
        result = self.jobctl("--version", "-v", env={"XDG_RUNTIME_DIR": str(empty), "DBUS_SESSION_BUS_ADDRESS": None})
        first, second = result.out.splitlines()
        self.assertEqual(first + "\n", self.jobctl("--version").out)
        self.assertRegex(second, rf"\Acan't reach the user manager of \S+: there is no D-Bus socket in {empty}\Z")

    def test_v_alone_is_no_option(self):
        for arguments in (["-v"], ["-v", "list"], ["list", "-v"], ["-hv"], ["start", "-v", "--", "true"]):
            result = self.jobctl(*arguments, check=2)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, r"\Ajobctl: .*-\w*v\n  jobctl .*--help\n\Z")


class NoManager(harness.JobctlTest):
    def check_advice(self, why, **environment):
        for command in (["list"], ["start", "-d", "--", "true"], ["kill", "--all"]):
            result = self.jobctl(*command, check=6, env=environment)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, rf"\Ajobctl: can't reach the user manager of \S+: {why}\n  \S.*\n\Z")
        self.assertEqual([job["state"] for job in self.jobs("-a") if job["state"] != "failed"], [])

    def test_finds_the_manager_without_xdg_runtime_dir(self):
        for environment in ({"XDG_RUNTIME_DIR": None}, {"XDG_RUNTIME_DIR": "/run/user/1"}, {"XDG_RUNTIME_DIR": ""}):
            environment["DBUS_SESSION_BUS_ADDRESS"] = None
            uuid = self.start("--", "sleep", "1000", env=environment)
            self.assertEqual(self.state(uuid), "running")

    def test_a_wrong_session_address_does_not_matter(self):
        uuid = self.start("--", "sleep", "1000", env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nobody"})
        self.assertEqual(self.state(uuid), "running")

    def test_says_that_there_is_no_bus(self):
        empty = self.dir / "empty"
        empty.mkdir()
        self.check_advice(f"there is no D-Bus socket in {empty}", XDG_RUNTIME_DIR=str(empty), DBUS_SESSION_BUS_ADDRESS=None)

    def test_names_an_address_that_does_not_work(self):
        empty = self.dir / "empty"
        empty.mkdir()
        self.check_advice(r"unix:path=/nobody: .*", XDG_RUNTIME_DIR=str(empty), DBUS_SESSION_BUS_ADDRESS="unix:path=/nobody")

    def test_a_manager_that_does_not_answer(self):
        """Each command waits for one answer, however many it has questions for; logs need none."""
        uuid = self.start("--", "sh", "-c", "echo line; exec sleep 1000")
        self.wait_for_log(uuid, "line\n")
        victim = self.start("--stop-timeout", "100ms", "--", "sleep", "1000")
        manager = harness.manager_pid()
        self.env["SYSTEMD_BUS_TIMEOUT"] = "1s"
        os.kill(manager, signal.SIGSTOP)
        try:
            for verb in (("list",), ("status", uuid), ("doctor",)):
                done = self.jobctl(*verb, check=False)
                self.assertIn("it does not answer; it may be stopped (T) or too busy (R, D)\n  ps -C systemd -o pid,user,stat,args\n", done.out + done.err)
                self.assertEqual(done.code, 1 if verb == ("doctor",) else 6)
            self.assertEqual(self.jobctl("logs", uuid).out, "line\n")
            pid = self.payload_pids(uuid)[0]
            self.assertIn(uuid, self.jobctl("find", pid).out)
            self.assertIn("would kill", self.jobctl("kill", "--dry-run", "--pid", pid).out)
            # Its processes are dead, whether anybody answers or not.
            victim_pids = self.payload_pids(victim)
            done = self.jobctl("kill", victim, check=1)
            self.assertIn("systemd does not answer; its processes are dead, its unit is still there\n", done.err)
            self.assertEqual([pid for pid in victim_pids if harness.alive(pid)], [])
        finally:
            os.kill(manager, signal.SIGCONT)
        self.assertEqual(self.state(uuid), "running")
        self.assertEqual(self.wait_ended(victim)["state"], "killed")

    def test_a_bus_without_systemd(self):
        runtime = self.dir / "runtime"
        runtime.mkdir()
        bus = subprocess.Popen(["dbus-daemon", "--session", f"--address=unix:path={runtime}/bus", "--nofork", "--nopidfile"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (bus.kill(), bus.wait()))
        self.wait_until((runtime / "bus").exists, what="the bus")
        self.check_advice("no systemd answers on its bus", XDG_RUNTIME_DIR=str(runtime), DBUS_SESSION_BUS_ADDRESS=None)


class KilledManager(harness.JobctlTest):
    """The last class of the file: its manager is another one than with-manager's, which ends with the session as well."""

    def kill_manager(self):
        """As on a real host: PID 1 kills what was in user@UID.service with its manager."""
        os.kill(harness.manager_pid(), signal.SIGKILL)
        self.wait_until(lambda: not harness.manager_pid(), what="the manager to die")

    def kill_units(self):
        for folder in harness.CGROUPS.iterdir():
            if folder.is_dir() and folder.name != "command" and (folder / "cgroup.kill").exists():
                (folder / "cgroup.kill").write_text("1")
        self.wait_until(lambda: not harness.processes_of_jobs(), what="the jobs to die")

    def start_manager(self):
        program = next(path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if os.path.exists(path))
        names = ("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "XDG_RUNTIME_DIR", "LANG")
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **{name: os.environ.get(name, "") for name in names}}
        subprocess.Popen(["/bin/sh", "-c", f"echo 0 >{harness.CGROUPS}/cgroup.procs; exec {program} --user --log-target=console"],
                         env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True)
        self.wait_until(lambda: self.systemctl("is-system-running", check=False).strip() in ("running", "degraded"),
                        what="the new manager")

    def test_its_jobs_are_lost_and_can_be_started_again(self):
        lost = self.start("--name", "lost", "--", "sleep", "1000")
        rebooted = self.start("--name", "rebooted", "--", "sleep", "1000")
        cut = self.start("--name", "cut", "--", "sleep", "1000")
        stopped = self.start("--name", "stopped", "--", "sleep", "1000")
        ended = self.start("--name", "ended", "--", "sh", "-c", "exit 3")
        self.wait_ended(ended)
        waiting = self.spawn("wait", "lost")
        self.wait_until(lambda: b"jobctl" in pathlib.Path(f"/proc/{waiting.pid}/cmdline").read_bytes(), what="wait to run")
        self.kill_manager()

        # The bus is still there, systemd isn't, and the bus waits for it to come back.
        self.jobctl("list", check=6, env={"SYSTEMD_BUS_TIMEOUT": "1s"})
        self.kill_units()
        for command in (["list"], ["start", "-d", "--", "true"]):
            self.jobctl(*command, check=6)

        # A reboot looks like this, too, but for the boot ID that the records have. After a power cut the last events may be
        # missing.
        for uuid in (rebooted, cut):
            record = self.record_path(uuid)
            record.write_bytes(re.sub(rb"boot=[0-9a-f]{32}", b"boot=" + b"0" * 32, record.read_bytes()))
        record.write_bytes(record.read_bytes().partition(b"event=started")[0])
        self.start_manager()
        jobs = {job["name"]: job for job in self.jobs("-a")}
        self.assertEqual((jobs["lost"]["state"], jobs["lost"]["reason"]), ("lost", "manager"))
        for name in ("rebooted", "cut"):
            self.assertEqual((jobs[name]["state"], jobs[name]["reason"]), ("lost", "reboot"))
        for name in ("lost", "rebooted"):
            self.assertLessEqual(jobs[name]["started_at"], jobs[name]["ended_at"])
        self.assertEqual((jobs["ended"]["state"], jobs["ended"]["exit_code"]), ("failed", 3))
        self.assertIn("rebooted", self.jobctl("status", "rebooted").out)
        self.assertNotIn("true", [job["type"] for job in jobs.values() if job["state"] == "running"])
        self.wait_until(lambda: waiting.poll() is not None, what="jobctl wait to end")
        self.assertNotEqual(waiting.returncode, 0)

        for name in ("lost", "rebooted"):
            self.jobctl("restart", name)
        self.assertEqual(self.job(lost)["run"], 2)
        self.assertEqual(self.state(rebooted), "running")
        self.assertEqual(self.state(stopped), "lost")


def load_tests(loader, _, __):
    """In this order: nothing after the kill."""
    classes = (NoManager, ReloadedManager, KilledManager)
    return harness.unittest.TestSuite(loader.loadTestsFromTestCase(each) for each in classes)


if __name__ == "__main__":
    harness.main()
