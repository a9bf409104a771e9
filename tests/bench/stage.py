"""Where the measurements take place: a state directory of their own, jobs and units that are known by their names, and
the end of all that. Nothing else of the user's is touched."""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time
import uuid

BUILD = pathlib.Path(os.environ.get("JOBCTL_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build")).resolve()
JOBCTL = str(BUILD / "jobctl")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
PATIENCE = 120  # seconds

READ_NULL = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)


class Stage:
    """A context manager; `quick` makes the benchmarks small."""

    def __init__(self, quick, directory):
        self.quick = quick
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="jobctl-bench-", dir=directory))
        self.tag = f"bench{os.getpid()}"  # the type of our jobs, and how our other units begin
        self.env = dict(os.environ, JOBCTL_LINGER="never", XDG_CONFIG_HOME=str(self.dir / "config"))
        self.runtime_dir = pathlib.Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}") / "jobctl"
        self.states, self.uuids = [], []
        self.state_dir = self.use_state("state")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in self.states:
            self.use_state(name)
            self.call([JOBCTL, "--user", "kill", "--force", "--type", self.tag], check=False)
        for verb in ("kill", "stop"):
            options = ["-s", "KILL"] if verb == "kill" else []
            self.call(["systemctl", "--user", verb, *options, f"{self.tag}-*", f"jobctl-{self.tag}-*"], check=False)
        for its_uuid in self.uuids:  # what a start leaves that is killed
            (self.runtime_dir / f"{its_uuid}.start").unlink(missing_ok=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    def use_state(self, name):
        """From now on jobctl keeps its records and logs in this folder; returns the state directory."""
        if name not in self.states:
            self.states.append(name)
        self.env["XDG_STATE_HOME"] = str(self.dir / name)
        return self.dir / name / "jobctl"

    # ---- running commands

    def time(self, argv, env=None):
        """Seconds until the command has ended well, and its rusage. Spawned without fork, so that the size of this
        process doesn't count."""
        output = self.dir / "stderr"
        files = [READ_NULL, (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 2, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
        program = shutil.which(argv[0])
        begin = time.perf_counter()
        pid = os.posix_spawn(program, argv, env or self.env, file_actions=files)
        _, status, usage = os.wait4(pid, 0)
        elapsed = time.perf_counter() - begin
        if status != 0:
            raise RuntimeError(f"{' '.join(argv)}: status {os.waitstatus_to_exitcode(status)}: {output.read_text()}")
        return elapsed, usage

    def call(self, argv, check=True):
        """stdout of a command that isn't measured."""
        done = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: status {done.returncode}: {done.stderr}")
        return done.stdout

    def compare(self, rounds, ours, theirs):
        """Medians of two functions that return seconds, taken in turns, each first in every other round. The first
        round only warms up."""
        times = ([], [])
        for number in range(rounds + 1):
            for which in ((0, 1) if number % 2 else (1, 0)):
                seconds = (ours, theirs)[which]()
                if number:
                    times[which].append(seconds)
        return statistics.median(times[0]), statistics.median(times[1])

    # ---- jobs and units

    def start_command(self, its_uuid, *words):
        """The command line of a start; words: options, "--", command."""
        self.uuids.append(its_uuid)
        return [JOBCTL, "--user", "start", "-d", "--type", self.tag, "--uuid", its_uuid, *words]

    def start(self, *words):
        its_uuid = str(uuid.uuid4())
        self.call(self.start_command(its_uuid, *words))
        return its_uuid

    def job_unit(self, its_uuid):
        return f"jobctl-{self.tag}-{its_uuid}.service"

    def stop_unit(self, unit):
        self.call(["systemctl", "--user", "stop", unit])

    def control_group(self, unit):
        return CGROUPS / self.call(["systemctl", "--user", "show", "--value", "-p", "ControlGroup", unit]).strip().lstrip("/")

    def kill_jobs(self):
        self.call([JOBCTL, "--user", "kill", "--force", "--type", self.tag])

    # ---- waiting

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {what}")
            time.sleep(0.001)

    def wait_for_file(self, path):
        self.wait_until(path.exists, path)
        path.unlink()

    def room(self):
        """Bytes that a big file may have here; on tmpfs it takes memory."""
        free = shutil.disk_usage(self.dir).free
        kind = subprocess.run(["stat", "-f", "-c", "%T", self.dir], capture_output=True, text=True).stdout.strip()
        if kind == "tmpfs":
            memory = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
            free = min(free, int(memory["MemAvailable"].split()[0]) * 1024)
        return free * 2 // 3
