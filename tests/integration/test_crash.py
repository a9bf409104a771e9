"""kill -9 of jobctl itself, of the launcher and of the finish hook at every step: what is recorded, what is listed and what
systemd runs agree afterwards, and the next command works.

strace(1) delivers the SIGKILL on entry to one system call, before the kernel carries it out. A first run writes down which
calls there are; each following one dies at the next of them.
"""

import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
import uuid

import harness

STRACE = shutil.which("strace")
ASAN = b"__asan_init" in (harness.BUILD / "jobctl").read_bytes()
# Steps of a start that are tried; all of them where that is fewer.
STEPS_OF_START = 60 if ASAN else 400
STEPS_OF_OTHERS = 12 if ASAN else 25
# ASan's own calls, of no interest and by far the most.
CALLS_OF_ASAN = {"mmap", "pipe2", "madvise", "prctl", "sigaltstack"} if ASAN else set()
# Where a start passes from nothing to a record, and from a record to a unit: tried, whatever else is left out.
DECISIVE = {"fallocate", "linkat", "sendmsg", "unlink"}

ACTIVE = {"queued", "starting", "running", "paused", "stopping"}


def spread(items, count):
    """At most `count` of the items, evenly."""
    step = max(1.0, len(items) / count)
    return [items[int(i * step)] for i in range(min(count, len(items)))]


def injection(step, signal="KILL"):
    name, count = step
    return f"inject={name}:signal={signal}:when={count}"


@unittest.skipUnless(STRACE, "strace is not installed")
class Crash(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"  # LeakSanitizer doesn't work under ptrace

    def tearDown(self):
        self.jobctl("list")  # settles what the last kill left
        super().tearDown()
        left = [path.name for path in (self.runtime_dir().glob("*.tty"))]
        self.assertEqual(left, [], "left in the runtime directory")

    def runtime_dir(self):
        return harness.pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "jobctl")

    def steps(self, trace, begin=("socket", "mkdir", "getdents64", "readlink")):
        """[(system call, how often it has been made by then)] from the text of strace -o, after the loader's."""
        counts, steps, begun = {}, [], False
        for line in trace.splitlines():
            match = re.match(r"(?:\d+ +)?([a-z_0-9]+)\(", line)
            if not match:
                continue
            name = match[1]
            counts[name] = counts.get(name, 0) + 1
            begun = begun or name in begin
            if begun and name not in {"exit_group", "rt_sigreturn"} | CALLS_OF_ASAN:
                steps.append((name, counts[name]))
        self.assertGreater(len(steps), 5, trace)
        return steps

    def steps_of(self, *args):
        trace = self.dir / "trace"
        done = subprocess.run([STRACE, "-o", trace, *self.command(*args)], env=self.environment(), cwd=self.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.steps(trace.read_text(errors="replace"))

    def run_and_kill(self, step, *args):
        """True if it was killed; a call that is made less often this time leaves it alone."""
        done = subprocess.run([STRACE, "-qq", "-o", "/dev/null", "-e", injection(step), *self.command(*args)],
                              env=self.environment(), cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=harness.PATIENCE)
        self.assertIn(done.returncode, (0, -9, 137), f"{args} at {step}: {done.stdout}{done.stderr}")
        return done.returncode != 0

    def agree(self):
        """Waits until list, systemctl and the records say the same; the jobs by name."""
        def compare():
            units = set(self.loaded_units())
            jobs = self.jobs("-a")
            active = {job["unit"] for job in jobs if job["state"] in ACTIVE}
            self.problem = f"units {units}, active {active}, jobs {[(job['name'], job['state']) for job in jobs]}"
            settled = not any(job["state"] in ("starting", "stopping") for job in jobs)
            return settled and active == units and (jobs or True)

        jobs = self.wait_until(compare, what=lambda: self.problem)
        if jobs is True:
            return {}
        for job in jobs:
            if job["state"] in ACTIVE:
                self.assertTrue(self.record_path(job["uuid"]).exists(), job)
        listed = {job["uuid"] for job in jobs}
        recorded = {path.name for path in (self.state_dir / "jobs").glob("*") if harness.UUID.fullmatch(path.name)}
        self.assertLessEqual(recorded, listed, "records that are not listed")
        return {job["name"]: job for job in jobs}

    def stopped_at(self, step, *args, path=None):
        """strace and the jobctl that stops there by SIGSTOP; both have ended where it doesn't come by. With `path` only
        calls that are about this file count."""
        trace = self.dir / "stop"
        trace.write_text("")
        tracer = subprocess.Popen([STRACE, "-qq", "-o", trace, *(("-P", path) if path else ()), "-e", f"trace={step[0]}",
                                   "-e", injection(step, "STOP"), *self.command(*args)],
                                  env=self.environment(), cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.addCleanup(tracer.stdout.close)
        self.wait_until(lambda: "stopped by SIGSTOP" in trace.read_text() or tracer.poll() is not None, what="the stop")
        children = harness.pathlib.Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children")
        return tracer, [int(pid) for pid in children.read_text().split()] if tracer.poll() is None else []

    def test_looking_again_and_again_at_a_start_leaves_it_alone(self):
        """On a slow machine there is time for it between the record and the unit."""
        port = str(harness.free_port())
        start = ("start", "-d", "--name", "slow", "--port", port, "--", "sleep", "1000")
        steps, seen = self.steps_of(*start), set()
        self.jobctl("kill", "--force", "slow")
        self.jobctl("flush")
        for step in steps:
            if step[0] not in DECISIVE - {"unlink"}:  # SQLite's: whoever looks waits for it
                continue
            tracer, pids = self.stopped_at(step, *start)
            with self.subTest(step=step):
                for _ in range(3):
                    seen.update(job["state"] for job in self.jobs() if job["name"] == "slow")
                    self.jobctl("list")
                if step[0] == "fallocate":  # there is a row and no record yet
                    self.jobctl("start", "-d", "--port", port, "--", "sleep", "1000", check=5)
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                self.assertEqual(tracer.wait(harness.PATIENCE), 0, tracer.stdout.read())
                self.assertEqual([job["state"] for job in self.jobs("slow")][-1:], ["running"])
            self.jobctl("kill", "--force", "slow")
            self.jobctl("flush")
        self.assertIn("starting", seen)

    def test_a_start_that_goes_on_while_somebody_looks(self):
        """Who listed the units before a start had one, and reads the record when it runs, doesn't take it for lost."""
        start = ("start", "-d", "--name", "slow", "--", "sleep", "1000")
        steps = self.steps_of(*start)
        record_is_made = next(index for index, step in enumerate(steps) if step[0] == "linkat")
        step = next(step for step in steps[record_is_made:] if step[0] == "sendmsg")  # systemd has not been asked for the unit
        self.jobctl("kill", "--force", "slow")
        self.jobctl("flush")
        stops = 0
        for path, count in itertools.product((lambda uuid: self.record_path(uuid), lambda uuid: self.runtime_dir() / f"{uuid}.start"), (1, 2)):
            starting, pids = self.stopped_at(step, *start)
            uuid = self.jobs()[0]["uuid"]
            looking, lookers = self.stopped_at(("openat", count), "list", path=path(uuid))
            stops += len(lookers)
            for process, stopped in ((starting, pids), (looking, lookers)):
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
                self.assertEqual(process.wait(harness.PATIENCE), 0, process.stdout.read())
            self.assertEqual([job["state"] for job in self.jobs("slow")], ["running"])
            self.jobctl("kill", "--force", "slow")
            self.jobctl("flush")
        self.assertGreater(stops, 0)

    def check_start(self, options):
        killed = interrupted = running = 0
        steps = self.steps_of("start", "-d", *options, "--name", "first", "--", "sleep", "1000")
        self.jobctl("kill", "--force", "first")
        tried = set(spread(steps, STEPS_OF_START)) | {step for step in steps if step[0] in DECISIVE}
        for number, step in enumerate(step for step in steps if step in tried):
            name = f"job-{number}"
            killed += self.run_and_kill(step, "start", "-d", *options, "--name", name, "--", "sleep", "1000")
            with self.subTest(step=step):
                job = self.agree().get(name)
                if job is None:
                    continue  # killed before anything was written
                if job["state"] in ACTIVE:
                    self.jobctl("kill", "--force", name)
                if job["state"] == "running":
                    running += 1
                    self.assertIn("started", [event["kind"] for event in self.record_events(job["uuid"])])
                else:
                    interrupted += 1
                    self.assertEqual(job["state"], "failed", job)
                    self.assertIn(job["reason"], ("start interrupted", "could not start"), job)
                    self.assertEqual(harness.processes_of_jobs(), {}, job)
                if number % 20 == 0:
                    self.jobctl("flush", "--logs")
        self.assertGreater(killed, 10)
        self.assertGreater(interrupted, 0)
        self.assertGreater(running, 0)
        self.jobctl("flush", "--logs")
        left = [path.name for path in (self.state_dir / "jobs").glob("*")]
        self.assertEqual(left, [], "left beside the records")

    def test_start_is_killed_at_every_system_call(self):
        self.check_start([])

    def test_an_interrupted_start_can_be_started_again(self):
        steps = self.steps_of("start", "-d", "--name", "first", "--", "sleep", "1000")
        self.jobctl("kill", "--force", "first")
        for number, step in enumerate(spread(steps, 15)):
            name = f"job-{number}"
            self.run_and_kill(step, "start", "-d", "--name", name, "--", "sleep", "1000")
            job = self.agree().get(name)
            if job and job["state"] == "failed" and self.record_path(job["uuid"]).exists():
                self.jobctl("restart", name)
                self.assertEqual(self.wait_state(job["uuid"], "running")["run"], 2)

    def test_kill_is_killed_anywhere(self):
        self.start("--name", "first", "--", "sleep", "1000")
        for number, step in enumerate(spread(self.steps_of("kill", "first"), STEPS_OF_OTHERS)):
            name = f"job-{number}"
            uuid = self.start("--name", name, "--", "sleep", "1000")
            self.run_and_kill(step, "kill", name)
            with self.subTest(step=step):
                self.agree()
                self.jobctl("kill", name)
                self.assertEqual(self.wait_ended(uuid)["state"], "killed")

    def test_restart_is_killed_anywhere(self):
        self.start("--name", "first", "--", "sleep", "1000")
        for number, step in enumerate(spread(self.steps_of("restart", "first"), STEPS_OF_OTHERS)):
            name = f"job-{number}"
            uuid = self.start("--name", name, "--", "sleep", "1000")
            self.run_and_kill(step, "restart", name)
            with self.subTest(step=step):
                job = self.agree()[name]
                self.assertIn(job["state"], ("running", "killed", "failed"), job)
                self.jobctl("restart", name)
                self.wait_state(uuid, "running")
                self.assertEqual(len(self.payload_pids(uuid)), 1, self.record_events(uuid))
            self.jobctl("kill", "--force", name)

    def test_flush_tidies_up_after_starts_that_were_killed(self):
        self.start("--", "true")  # makes the folder
        abandoned, locked, fresh = (self.runtime_dir() / f"{uuid.uuid4()}.start" for _ in range(3))
        for path in (abandoned, locked, fresh):
            os.mkfifo(path)
        for path in (abandoned, locked):
            os.utime(path, (0, 0))
        fd = os.open(locked, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_EX)
        self.jobctl("flush", "--dry-run")
        self.assertTrue(abandoned.exists())
        self.jobctl("flush")
        self.assertEqual([path.exists() for path in (abandoned, locked, fresh)], [False, True, True])
        for path in (locked, fresh):
            path.unlink()

    def test_flush_is_killed_anywhere(self):
        def make_ended(name):
            uuid = self.start("--name", name, "--", "true")
            self.wait_ended(uuid)

        make_ended("first")
        for number, step in enumerate(spread(self.steps_of("flush", "--logs", "first"), STEPS_OF_OTHERS)):
            name = f"job-{number}"
            make_ended(name)
            self.run_and_kill(step, "flush", "--logs", name)
            with self.subTest(step=step):
                job = self.agree().get(name)
                if job:
                    self.assertEqual(job["state"], "done", job)
                self.jobctl("flush", "--logs")
                self.assertEqual(self.jobs("-a"), [])
                told = [json.loads(line)["event"] for line in self.jobctl("history", "-o", "json", name).out.splitlines()]
                self.assertEqual([event for event in told if event != "flush"], ["start", "end"])

    def test_adopt_is_killed_anywhere(self):
        """The process doesn't notice, and is a job that can be killed, or is still free to be adopted."""
        def process():
            child = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
            self.addCleanup(lambda: (child.kill(), child.wait()))
            return child

        first = process()
        steps = self.steps_of("adopt", first.pid)
        for step in spread(steps, STEPS_OF_OTHERS):
            child = process()
            self.run_and_kill(step, "adopt", child.pid)
            with self.subTest(step=step):
                self.assertIsNone(child.poll())
                jobs = [job for job in self.agree().values() if job["state"] in ACTIVE and job["pid"] == child.pid]
                if jobs:
                    uuid = jobs[0]["uuid"]
                else:
                    uuid = self.jobctl("adopt", child.pid).out.strip()
                self.assertIn(child.pid, self.payload_pids(uuid))
                self.jobctl("kill", uuid)
                child.wait(timeout=harness.PATIENCE)
                self.jobctl("flush")

    # ---- the programs inside the unit

    def wrap(self, helper):
        """A copy of jobctl whose launcher or finish hook runs under strace with the options in a file."""
        folder = self.dir / "bin"
        folder.mkdir()
        for name in ("jobctl", "launcher", "finish"):
            shutil.copy2(harness.BUILD / name, folder / name)
        (folder / helper).rename(folder / f"{helper}.real")
        (folder / helper).write_text(f'#!/bin/sh\nexec {STRACE} -D -qq $(cat {self.dir}/options) {folder}/{helper}.real "$@"\n')
        (folder / helper).chmod(0o755)
        self.command = lambda *args: [str(folder / "jobctl"), *map(str, args)]

    def steps_of_launcher(self):
        """Up to its exec of the program."""
        trace = self.dir / "trace"
        (self.dir / "options").write_text(f"-o {trace}")
        self.start("--name", "first", "--", "sleep", "1000")
        text = self.wait_for_file(trace, 'execve("/usr/bin/sleep"')
        self.jobctl("kill", "--force", "first")
        return self.steps(text[: text.index('execve("/usr/bin/sleep"') + 10], begin=("openat", "open"))

    def steps_of_finish(self):
        """systemd kills the tracer as soon as the hook has ended, so the trace's own end may be missing."""
        trace = self.dir / "trace"
        (self.dir / "options").write_text(f"-o {trace}")
        self.wait_ended(self.start("--name", "first", "--", "true"))
        self.agree()
        return self.steps(trace.read_text(errors="replace"), begin=("openat", "open"))

    def test_the_launcher_is_killed_anywhere(self):
        self.wrap("launcher")
        steps = self.steps_of_launcher()
        for number, step in enumerate(spread(steps, STEPS_OF_OTHERS * 2)):
            name = f"job-{number}"
            (self.dir / "options").write_text(f"-o /dev/null -e {injection(step)}")
            result = self.jobctl("start", "-d", "--name", name, "--", "sleep", "1000", check=False)
            with self.subTest(step=step):
                job = self.agree()[name]
                if job["state"] == "running":  # made fewer calls this time
                    self.jobctl("kill", "--force", name)
                    continue
                self.assertEqual(job["state"], "failed", job)
                if result.code == 0:
                    self.assertEqual(job["signal"], "SIGKILL", job)
                else:
                    self.assertEqual(result.code, 1, result.err)
                    self.assertIn("could not start sleep", result.err)
                    self.assertNotIn("status 0", result.err)

    def test_the_finish_hook_is_killed_anywhere(self):
        self.wrap("finish")
        steps = self.steps_of_finish()
        states = set()
        for number, step in enumerate(spread(steps, STEPS_OF_OTHERS * 2)):
            name = f"job-{number}"
            (self.dir / "options").write_text(f"-o /dev/null -e {injection(step)}")
            uuid = self.start("--name", name, "--", "sh", "-c", "exit 7")
            with self.subTest(step=step):
                job = self.wait_ended(uuid)
                states.add(job["state"])
                self.assertIn(job["state"], ("failed", "lost"), job)
                self.assertEqual(job["exit_code"], 7 if job["state"] == "failed" else None, job)
                self.agree()
        self.assertEqual(states, {"failed", "lost"})


if __name__ == "__main__":
    harness.main()
