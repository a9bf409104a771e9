"""What the integration tests share: jobctl against the private `systemd --user` of tests/with-manager.

Each test has a directory of its own for everything (working directory, registry, records, logs) and leaves no process:
tearDown kills all jobs and checks it. Nothing here sleeps to let something happen; wait_until() waits for a condition,
and its timeout is only there to end a test that fails.
"""

import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JOBCTL_BUILD", ROOT / "build")).resolve()
DATA = ROOT / "tests" / "data"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

# Far above what a loaded machine needs under ASan.
PATIENCE = 60

Result = collections.namedtuple("Result", "out err code")


def main():
    """Instead of unittest.main(): outside of tests/with-manager the tests are skipped."""
    if "JOBCTL_TEST_MANAGER" not in os.environ:
        print("skipped: run me with tests/with-manager python3 -B", sys.argv[0], file=sys.stderr)
        sys.exit(77)
    unittest.main()


def text_of(data):
    return data.decode("utf-8", "surrogateescape")


def free_port():
    """One that nobody uses now; not of those that the kernel gives to connections, nor of those that --port auto takes."""
    while True:
        port = random.randrange(10000, 20000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("", port))
            return port


def process_state(pid):
    """A letter as in proc_pid_stat(5); "X" for a process that is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def alive(pid):
    """Whether a process exists and is not a zombie."""
    return process_state(pid) not in "ZX"


def pids_in(directory):
    """The processes in a cgroup and everything below it."""
    pids = []
    for folder, _, _ in os.walk(directory):
        try:
            pids += map(int, pathlib.Path(folder, "cgroup.procs").read_text().split())
        except (FileNotFoundError, OSError):
            pass  # removed meanwhile
    return sorted(set(pids))


def manager_pid():
    """This session's systemd --user."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and re.match(rb"\S*/systemd\0--user\0", (entry / "cmdline").read_bytes()):
                return int(entry.name)
        except OSError:
            pass  # ended meanwhile
    return None


def processes_of_jobs():
    """{PID: command line} of whatever runs with a job's environment, in whatever cgroup, and whatever is in a job's cgroup."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            belongs = b"\0JOBCTL_UUID=" in b"\0" + (entry / "environ").read_bytes()
            belongs = belongs or re.search(r"/jobctl-[^/]*\.(service|scope)", (entry / "cgroup").read_text())
            if belongs and alive(entry.name):
                found[int(entry.name)] = text_of((entry / "cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            pass  # ended meanwhile, or somebody else's
    return found


class JobctlTest(unittest.TestCase):
    maxDiff = None
    longMessage = True

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="jobctl-"))
        self.state_dir = self.dir / "state" / "jobctl"
        self.env = dict(os.environ, XDG_STATE_HOME=str(self.dir / "state"), XDG_CONFIG_HOME=str(self.dir / "config"),
                        JOBCTL_LINGER="never", PWD=str(self.dir))
        self.popens = []

    def tearDown(self):
        for process in self.popens:
            process.kill()
            process.communicate()
        ended = self.jobctl("kill", "--all", "--force", check=False, timeout=120)
        try:
            self.wait_until(lambda: not processes_of_jobs(), what=lambda: f"jobs' processes to end: {processes_of_jobs()}")
            self.wait_until(lambda: not self.loaded_units(), what=lambda: f"units to go: {self.loaded_units()}")
        except AssertionError:
            self.systemctl("kill", "--signal=KILL", "jobctl.slice", check=False)
            for pid in processes_of_jobs():
                os.kill(pid, 9)
            raise
        self.assertEqual(ended.code, 0, f"kill --all --force: {ended.out}{ended.err}")
        self.jobctl("flush", "--logs")
        self.assertEqual(self.jobctl("list", "-a", "-o", "json").out, "[]\n", "flush left records")
        self.assertEqual(list((self.state_dir / "jobs").glob("*")), [], "flush left files")
        shutil.rmtree(self.dir, onerror=make_removable)

    # ---- running jobctl

    def command(self, *args):
        return [str(BUILD / "jobctl"), *(a if isinstance(a, bytes) else str(a) for a in args)]

    def jobctl(self, *args, check=True, env=None, input=None, cwd=None, timeout=PATIENCE):
        """Runs jobctl to its end. `check` is the exit status that it must have (True: 0, False: any); `env` is added to
        self.env, None as a value removes."""
        done = subprocess.run(self.command(*args), input=input.encode() if isinstance(input, str) else input,
                              stdin=subprocess.DEVNULL if input is None else None, capture_output=True,
                              env=self.environment(env), cwd=cwd or self.dir, timeout=timeout)
        result = Result(text_of(done.stdout), text_of(done.stderr), done.returncode)
        if check is not False:
            self.assertEqual(result.code, 0 if check is True else check, f"jobctl {args}: {result.out}{result.err}")
        return result

    def spawn(self, *args, env=None, **popen):
        """Starts jobctl in the background (pipes for stdout and stderr); it's killed when the test ends."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.dir, **popen}
        process = subprocess.Popen(self.command(*args), env=self.environment(env), **options)
        self.popens.append(process)
        return process

    def installation(self):
        """A copy of the programs, whose jobctl the commands are from now on; its folder."""
        folder = self.dir / "bin"
        folder.mkdir()
        for name in ("jobctl", "launcher", "finish", "probe", "alert"):
            shutil.copy2(BUILD / name, folder / name)
        self.command = lambda *args: [str(folder / "jobctl"), *map(str, args)]
        return folder

    def environment(self, changes=None):
        merged = {**self.env, **(changes or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def start(self, *args, **options):
        """jobctl start -d ARGS…; returns the UUID, which must be all that it prints."""
        result = self.jobctl("start", "-d", *args, **options)
        self.assertRegex(result.out, rf"\A{UUID.pattern}\n\Z", result.err)
        return result.out.strip()

    def script(self, text, name="script", shell="/bin/bash"):
        """Writes an executable shell script; returns its path."""
        path = self.dir / name
        path.write_text(f"#!{shell}\n{text}\n")
        path.chmod(0o755)
        return str(path)

    # ---- looking at jobs

    def job(self, uuid):
        return json.loads(self.jobctl("status", "-o", "json", uuid).out)

    def jobs(self, *args):
        return json.loads(self.jobctl("list", "-o", "json", *args).out)

    def state(self, uuid):
        return self.job(uuid)["state"]

    def wait_state(self, uuid, *states, timeout=PATIENCE):
        """Waits until the job is in one of these states; returns its JSON."""
        return self.wait_until(lambda: (lambda job: job if job["state"] in states else None)(self.job(uuid)), timeout,
                               lambda: f"{uuid} to be {' or '.join(states)}: {self.job(uuid)}")

    def wait_ended(self, uuid, timeout=PATIENCE):
        return self.wait_state(uuid, "done", "failed", "killed", "lost", timeout=timeout)

    def record_path(self, uuid):
        return self.state_dir / "jobs" / uuid

    def record_events(self, uuid, kind=None):
        """The events in a job's record, as dicts of strings: {"kind": "started", "run": "1", "pid": "42", …}."""
        events = []
        for item in self.record_path(uuid).read_bytes().split(b"\0"):
            if not item.startswith(b"event="):
                continue
            words = item[len(b"event="):].split(b" ")
            event = {"kind": words[0].decode()}
            for word in words[1:]:
                key, _, value = word.partition(b"=")
                unquoted = re.sub(rb"=([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), value)
                event[key.decode()] = text_of(unquoted)
            if kind in (None, event["kind"]):
                events.append(event)
        return events

    def log_bytes(self, uuid):
        return pathlib.Path(self.job(uuid)["log_file"]).read_bytes()

    # ---- processes and units

    def unit_cgroup(self, uuid):
        """The directory of the unit of the job's last run that began."""
        return CGROUPS / self.record_events(uuid, "started")[-1]["cgroup"].lstrip("/")

    def unit_pids(self, uuid):
        return pids_in(self.unit_cgroup(uuid))

    def payload_pids(self, uuid):
        return pids_in(self.unit_cgroup(uuid) / "payload")

    def systemctl(self, *args, check=True, timeout=PATIENCE):
        """systemctl --user ARGS…; returns stdout."""
        done = subprocess.run(["systemctl", "--user", "--no-pager", *map(str, args)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=self.environment(), timeout=timeout)
        if check:
            self.assertEqual(done.returncode, 0, f"systemctl {args}: {done.stdout}{done.stderr}")
        return done.stdout

    def unit_property(self, unit, name):
        return self.systemctl("show", "--value", "--property", name, unit).rstrip("\n")

    def loaded_units(self):
        """The names of the units of jobs (not slices) that systemd knows."""
        rows = self.systemctl("list-units", "--all", "--plain", "--no-legend", "--full", "--type=service,scope", "jobctl-*")
        return [row.split()[0] for row in rows.splitlines() if row.strip()]

    # ---- waiting

    def wait_until(self, condition, timeout=PATIENCE, what="a condition"):
        """Returns what `condition` returns as soon as that is true; fails with `what` (a text or a function)."""
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() >= deadline:
                self.fail(f"waited in vain for {what() if callable(what) else what}")
            time.sleep(0.01)

    def wait_for_file(self, path, text=""):
        """Waits until a file exists and contains `text`; returns its content."""
        path = pathlib.Path(path)
        self.wait_until(lambda: path.exists() and text in text_of(path.read_bytes()), what=f"{text!r} in {path}")
        return text_of(path.read_bytes())

    def wait_for_log(self, uuid, text):
        """Waits until the job's log contains `text`; returns the log."""
        return self.wait_for_file(self.job(uuid)["log_file"], text)


def make_removable(function, path, _):
    """Tests take permissions away; rmtree's onerror gives them back."""
    os.chmod(os.path.dirname(path), stat.S_IRWXU)
    os.chmod(path, stat.S_IRWXU)
    function(path)
