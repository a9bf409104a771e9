#!/usr/bin/env python3
"""adopt: processes that somebody has started without jobctl become jobs, and don't notice."""

import json
import os
import platform
import re
import shutil
import signal
import subprocess
import threading

import harness

DATA = harness.pathlib.Path(harness.__file__).parents[1] / "data"
# Whether a process's end is told to others than its parent.
KERNEL_TELLS = tuple(map(int, re.match(r"(\d+)\.(\d+)", platform.release()).groups())) >= (6, 15)


class Adopt(harness.JobctlTest):
    def by_hand(self, *command, **options):
        """A process of nobody's, in a session of its own."""
        process = subprocess.Popen(command, **{"cwd": self.dir, "start_new_session": True, "stdin": subprocess.DEVNULL,
                                               "stdout": subprocess.DEVNULL, **options})
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def adopt(self, *args):
        uuids = self.jobctl("adopt", *args).out.split()
        return uuids[0] if len(uuids) == 1 else uuids

    def unit_has(self, uuid):
        return set(self.payload_pids(uuid))

    # ---- a run that goes on

    def train(self, log):
        script = shutil.copy(DATA / "train.py", self.dir / "train.py")
        with open(log, "wb") as output:
            process = self.by_hand("python3", script, "--epochs", "1000000", "--step-sleep", "0.01", "--workers", "3",
                                   "--stubborn", "1", "--escape", stdout=output)
        self.wait_until(lambda: len(self.family(process.pid)) == 4, what=lambda: self.family(process.pid))
        self.wait_for_file(log, "epoch 2 ")
        return process

    def family(self, pid):
        """The process and its children."""
        children = pathlib_text(f"/proc/{pid}/task/{pid}/children").split()
        return {pid, *map(int, children)}

    def test_a_live_run_goes_on_and_is_killed_whole(self):
        log = self.dir / "nohup.out"
        process = self.train(log)
        family = self.family(process.pid)
        adopted = self.jobctl("adopt", "--tree", "--name", "nightly", "--type", "training", "--session", "s", "--stop-timeout", "1s", process.pid)
        uuid = adopted.out.strip()
        self.assertRegex(adopted.err, r"process \d+ \(python3\) runs the same, has no parent any more, and stayed where it is")
        self.assertEqual(self.unit_has(uuid), family)
        job = self.job(uuid)
        self.assertEqual((job["name"], job["type"], job["session"], job["state"], job["pid"], job["log_file"]),
                         ("nightly", "training", "s", "running", process.pid, str(log)))
        epochs = [int(number) for number in re.findall(r"epoch (\d+) ", log.read_text())]
        self.wait_for_file(log, f"epoch {epochs[-1] + 5} ")
        epochs = [int(number) for number in re.findall(r"epoch (\d+) ", log.read_text())]
        self.assertEqual(epochs, list(range(epochs[0], epochs[0] + len(epochs))), "not an epoch is missing")
        self.assertIn("epoch", self.jobctl("logs", "nightly").out)
        self.assertRegex(self.jobctl("status", "nightly").out, r"Adopted: (just now|\d+ s ago)")
        self.assertEqual(json.loads(self.jobctl("find", max(family), "-o", "json").out)[0]["job"]["uuid"], uuid)
        self.jobctl("kill", "nightly")
        process.wait()
        self.assertEqual([pid for pid in family if harness.alive(pid)], [])
        self.assertEqual(self.state(uuid), "killed")
        self.assertEqual([event["event"] for event in map(json.loads, self.jobctl("history", "-o", "json").out.splitlines())],
                         ["adopt", "kill", "end"])

    def test_what_is_forked_meanwhile_comes_along(self):
        """By a program that forks all the time, so that each look is out of date."""
        process = self.by_hand("bash", "-c", "while :; do sleep 1000 & sleep 0.001; done")
        self.wait_until(lambda: len(self.family(process.pid)) > 5)
        uuid = self.adopt("--tree", process.pid)
        self.jobctl("kill", "--force", uuid)
        process.wait()
        self.wait_until(lambda: not [pid for pid in harness.pids_in(harness.CGROUPS) if "sleep" in comm(pid)])

    def test_what_has_lost_its_parent_comes_along(self):
        told = self.dir / "told"
        process = self.by_hand("sh", "-c", f"(sleep 1000 & echo $! > {told}); exec sleep 1001")
        orphan = int(self.wait_for_file(told, "\n"))
        self.wait_until(lambda: self.family(process.pid) == {process.pid})
        self.assertIn("2 processes", self.jobctl("adopt", "--tree", "-n", process.pid).out)
        self.assertEqual(self.unit_has(self.adopt("--tree", process.pid)), {process.pid, orphan})

    def test_only_the_process_where_no_tree_is_wanted(self):
        process = self.by_hand("sh", "-c", "sleep 1000 & sleep 1001 & wait")
        self.wait_until(lambda: len(self.family(process.pid)) == 3)
        adopted = self.jobctl("adopt", process.pid)
        self.assertIn(f"2 descendants of {process.pid} stayed where they are; --tree takes them along", adopted.err)
        self.assertEqual(self.unit_has(adopted.out.strip()), {process.pid})
        for pid in self.family(process.pid) - {process.pid}:
            os.kill(pid, signal.SIGKILL)

    # ---- how it ends

    def test_how_it_ended_is_recorded(self):
        for ending, cell in (("exit 0", "done"), ("exit 3", "failed"), ("kill -9 $$", "failed")):
            for reaped in (False, True):
                with self.subTest(ending=ending, reaped=reaped):
                    process = self.by_hand("sh", "-c", f"read line; {ending}", stdin=subprocess.PIPE)
                    uuid = self.adopt(process.pid)
                    waiter = threading.Thread(target=process.wait) if reaped else None
                    if waiter:
                        waiter.start()
                    process.stdin.close()
                    job = self.wait_ended(uuid)
                    # Nobody else sees the status of a process that its parent takes away at once.
                    if waiter:
                        waiter.join()
                    if reaped and not KERNEL_TELLS and job["state"] == "lost":
                        self.assertEqual(job["reason"], "exit unknown")
                        continue
                    self.assertEqual(job["state"], cell, job)
                    self.assertEqual(job["exit_code"], {"exit 0": 0, "exit 3": 3}.get(ending))

    def test_its_leftovers_are_asked_to_end(self):
        """As those of a service: by SIGTERM, which they may answer."""
        for start in (lambda command: self.adopt("--tree", self.by_hand(*command).pid), lambda command: self.start("--scope", "--", *command)):
            told = self.dir / "told"
            worker = self.script(f"trap 'echo asked > {told}; exit' TERM; while :; do sleep 0.05; done", "worker")
            uuid = start(["sh", "-c", f"{worker} & trap 'exit 4' USR1; while :; do sleep 0.05; done"])
            self.wait_until(lambda: any("worker" in pathlib_text(f"/proc/{pid}/cmdline") for pid in self.unit_has(uuid) if harness.alive(pid)))
            os.kill(self.job(uuid)["pid"], signal.SIGUSR1)
            self.wait_for_file(told, "asked")
            self.wait_ended(uuid)
            told.unlink()

    def test_its_leftovers_go_with_it(self):
        process = self.by_hand("sh", "-c", "trap 'exit 4' USR1; sleep 1000 & wait")
        uuid = self.adopt("--tree", process.pid)
        self.wait_until(lambda: len(self.unit_has(uuid)) == 2)
        left = self.unit_has(uuid) - {process.pid}
        self.jobctl("kill", "--signal", "USR1", uuid)
        self.wait_ended(uuid)
        self.wait_until(lambda: not any(map(harness.alive, left)))

    def test_the_administrators_stop_and_the_stubborn(self):
        process = self.by_hand("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
        uuid = self.adopt("--tree", "--stop-timeout", "300ms", process.pid)
        self.systemctl("stop", self.job(uuid)["unit"])
        job = self.wait_ended(uuid)
        self.assertEqual((job["state"], job["signal"]), ("killed", "SIGKILL"))
        self.assertEqual(process.wait(), -signal.SIGKILL)
        self.assertIn("killed by systemctl stop", self.jobctl("status", uuid).out)

    def test_it_can_be_started_again(self):
        output = self.dir / "out put.log"
        with open(output, "ab") as log:
            process = self.by_hand("sh", "-c", 'echo "$MARK $PWD $1 $(umask) $(ulimit -n)"; exec sleep 1000', "sh", "a  b\nc",
                                   stdout=log, env={**os.environ, "MARK": "x y"}, umask=0o027,
                                   preexec_fn=lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_NOFILE, (77, 77)))
        first = self.wait_for_file(output, "\n")
        # By now it is sleep: what was adopted is what is started again.
        uuid = self.adopt(process.pid)
        self.jobctl("restart", uuid)
        process.wait()
        self.assertEqual(first, f"x y {self.dir} a  b\nc 0027 77\n")
        job = self.wait_state(uuid, "running")
        self.assertEqual(job["run"], 2)
        self.assertEqual(pathlib_text(f"/proc/{job['pid']}/cmdline"), "sleep\x001000\0")
        self.assertEqual(os.readlink(f"/proc/{job['pid']}/cwd"), str(self.dir))
        self.assertIn("MARK=x y", pathlib_text(f"/proc/{job['pid']}/environ").split("\0"))
        self.assertRegex(pathlib_text(f"/proc/{job['pid']}/limits"), r"Max open files +77 +77")
        self.assertRegex(pathlib_text(f"/proc/{job['pid']}/status"), r"Umask:\t0027")
        self.assertEqual(os.readlink(f"/proc/{job['pid']}/fd/1"), str(output))

    def test_every_argument_is_kept(self):
        arguments = ["", "x" * 100_000, "$HOME %n", "a\nb", ""]
        process = self.by_hand("python3", "-c", "import time; time.sleep(1000)", *arguments)
        self.wait_until(lambda: comm(process.pid) == "python3\n")
        uuid = self.adopt(process.pid)
        self.jobctl("restart", uuid)
        pid = self.wait_state(uuid, "running")["pid"]
        self.assertEqual(pathlib_text(f"/proc/{pid}/cmdline").split("\0")[3:], [*arguments, ""])

    def test_it_is_started_again_where_it_began(self):
        script = self.dir / "began" / "run.py"
        script.parent.mkdir()
        script.write_text("import os, time; print(os.getcwd(), flush=True); os.chdir('/'); print(flush=True); time.sleep(1000)\n")
        output = self.dir / "out"
        with open(output, "wb") as log:
            process = self.by_hand("python3", "run.py", cwd=script.parent, env={**os.environ, "PWD": str(script.parent)}, stdout=log)
        self.wait_for_file(output, "\n\n")
        uuid = self.adopt(process.pid)
        self.jobctl("restart", uuid)
        self.wait_until(lambda: output.read_text() == f"{script.parent}\n\n" * 2, what=output.read_text)

    def test_what_could_not_be_started_again_goes_on(self):
        titled = self.by_hand("bash", "-c", "exec -a 'server: main process' sleep 1000")
        script = self.dir / "run.py"
        script.write_text("import time; open('up', 'w').write('up'); time.sleep(1000)")
        scripted = self.by_hand("python3", "run.py")
        self.wait_for_file(self.dir / "up", "up")  # it has read its script
        for process, what in ((titled, "there is no server: main process in its PATH"), (scripted, f"there is no run.py in {self.dir}")):
            self.wait_until(lambda: pathlib_text(f"/proc/{process.pid}/cmdline").split("\0")[0] in ("server: main process", "python3"))
            uuid = self.adopt("--name", "x", process.pid)
            script.unlink(missing_ok=True)
            refused = self.jobctl("restart", uuid, check=1)
            self.assertEqual(refused.err, f"jobctl: could not restart x, which goes on: {what}\n"
                                          f"  to end it all the same: jobctl kill {uuid[:8]}\n")
            self.assertEqual([self.state(uuid), process.poll()], ["running", None])

    def test_one_that_ends_while_its_workers_are_moved(self):
        """Nothing is left that is a job by its cgroup and by nothing else."""
        for _ in range(5):
            process = self.by_hand("sh", "-c", "for i in $(seq 60); do sleep 1000 & done; wait")
            self.wait_until(lambda: len(self.family(process.pid)) == 61)
            family = self.family(process.pid)
            command = self.spawn("adopt", "--tree", process.pid)
            self.wait_until(lambda: "jobctl" in pathlib_text(f"/proc/{process.pid}/cgroup"))
            process.kill()
            process.wait()
            uuid = harness.text_of(command.communicate(timeout=harness.PATIENCE)[0]).strip()
            job = self.wait_ended(uuid or self.jobs("-a")[0]["uuid"])
            self.assertIn((job["state"], job["reason"]), {("lost", "exit unknown"), ("failed", "SIGKILL")})
            self.wait_until(lambda: not [pid for pid in self.loaded_units() if job["uuid"] in pid], what=self.loaded_units)
            for pid in filter(harness.alive, family):  # those that it had not come to
                self.assertNotIn("jobctl", pathlib_text(f"/proc/{pid}/cgroup"))
                os.kill(pid, signal.SIGKILL)
            self.jobctl("flush", "--logs")

    # ---- limits, logs

    def test_limits_are_those_of_its_unit(self):
        process = self.by_hand("sleep", "1000")
        uuid = self.adopt("--memory", "64M", "--tasks", "7", "--timeout", "1h", "-l", "k=v", process.pid)
        unit = self.job(uuid)["unit"]
        for name, value in (("MemoryMax", str(64 << 20)), ("TasksMax", None), ("RuntimeMaxUSec", "1h")):
            shown = self.unit_property(unit, name)
            self.assertTrue(shown == value if value else shown != "infinity", (name, shown))
        self.assertEqual(self.job(uuid)["labels"], {"k": "v"})

    def test_defaults_of_starts_are_none_for_it(self):
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text('[start]\ntimeout = "1s"\nmemory = "1M"\n')
        uuid = self.adopt(self.by_hand("sleep", "1000").pid)
        self.assertEqual(self.unit_property(self.job(uuid)["unit"], "RuntimeMaxUSec"), "infinity")

    def test_where_there_is_no_file_the_log_says_so(self):
        with subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE) as process:
            uuid = self.adopt(process.pid)
            self.assertRegex(self.jobctl("logs", uuid).out, rf"process {process.pid} \(sleep\) was adopted; it prints to pipe:\[\d+\]")
            process.kill()

    # ---- what is no job

    def test_what_cannot_be_adopted(self):
        job = self.start("--", "sleep", "1000")
        zombie = subprocess.Popen(["true"], start_new_session=True)
        self.wait_until(lambda: harness.process_state(zombie.pid) == "Z")
        threads = self.by_hand("python3", "-c", "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()")
        tid = self.wait_until(lambda: [int(tid) for tid in os.listdir(f"/proc/{threads.pid}/task") if int(tid) != threads.pid])[0]
        for pid, code, text in ((self.job(job)["pid"], 5, "belongs to the job"), (1, 2, "is a service manager"),
                                (zombie.pid, 3, "has ended"), (tid, 2, f"is a thread of process {threads.pid}"),
                                (4194305, 3, "there is no process"), (harness.manager_pid(), 2, "is a service manager")):
            with self.subTest(pid=pid, text=text):
                self.assertIn(text, self.jobctl("adopt", pid, check=code).err)
                self.assertIn(text, self.jobctl("adopt", "--dry-run", pid, check=code).err)
        zombie.wait()
        for words in (("0",), ("-1",), ("x",), (), ("--name", "", "5"), ("--restart", "always", "5"), ("--nice", "3", "5")):
            self.jobctl("adopt", *words, check=2)
        self.assertEqual([one["uuid"] for one in self.jobs("-a")], [job], "nothing is left of what failed")

    def test_a_service_is_systemds(self):
        subprocess.run(["systemd-run", "--user", "--quiet", "--unit", "other", "sleep", "1000"], env=self.env, check=True)
        self.addCleanup(lambda: self.systemctl("stop", "other.service"))
        pid = self.wait_until(lambda: int(self.unit_property("other.service", "MainPID")))
        self.assertIn("is that of a service", self.jobctl("adopt", pid, check=5).err)

    def test_a_service_that_shows_no_sign_of_it(self):
        """One that forks into the background, with an environment of its own."""
        daemon = self.script('env -i setsid python3 -c "import time; time.sleep(1000)" "$1" & echo $! > "$1"')
        pid_file = self.dir / "pid"
        subprocess.run(["systemd-run", "--user", "--quiet", "--unit", "forking", "-p", "Type=forking", "-p", f"PIDFile={pid_file}",
                        daemon, pid_file], env=self.env, check=True)
        self.addCleanup(lambda: self.systemctl("stop", "forking.service"))
        pid = self.wait_until(lambda: int(self.unit_property("forking.service", "MainPID")))
        self.assertIn("is that of a service", self.jobctl("adopt", pid, check=5).err)
        self.assertEqual(json.loads(self.jobctl("cleanup", "--substring", "--match", str(pid_file), "-o", "json").out), [])
        self.assertTrue(harness.alive(pid))

    def test_several_are_several_jobs(self):
        first, second = (self.by_hand("sleep", "1000") for _ in range(2))
        uuids = self.adopt(first.pid, second.pid)
        self.assertEqual([self.job(uuid)["pid"] for uuid in uuids], [first.pid, second.pid])
        self.jobctl("adopt", "--name", "x", first.pid, second.pid, check=2)
        third = self.by_hand("sleep", "1000")
        some = self.jobctl("adopt", first.pid, third.pid, check=5)
        self.assertIn("belongs to the job", some.err)
        self.assertEqual(self.job(some.out.strip())["pid"], third.pid)

    def test_two_at_once_make_one_job(self):
        for _ in range(5):
            process = self.by_hand("sleep", "1000")
            commands = [self.spawn("adopt", process.pid) for _ in range(4)]
            told = [(*map(harness.text_of, command.communicate(timeout=harness.PATIENCE)), command.returncode) for command in commands]
            self.assertEqual(sorted(code for _, _, code in told), [0, 5, 5, 5], told)
            uuid = next(out.strip() for out, _, code in told if code == 0)
            self.assertEqual([job["uuid"] for job in self.jobs("-a")], [uuid])
            self.assertEqual(self.unit_has(uuid), {process.pid})
            self.jobctl("kill", "--all")
            self.jobctl("flush", "--logs")

    def test_a_uuid_that_is_taken(self):
        """The other job keeps its record and its log."""
        taken = self.start("--type", "sleep", "--", "sh", "-c", "echo hello; exec sleep 1000")
        self.wait_for_log(taken, "hello\n")
        self.assertIn("exists already", self.jobctl("adopt", "--uuid", taken, self.by_hand("sleep", "1000").pid, check=5).err)
        self.assertEqual((self.state(taken), self.log_bytes(taken)), ("running", b"hello\n"))
        self.assertEqual(len(self.jobs("-a")), 1)

    def test_dry_run_changes_nothing(self):
        process = self.by_hand("sh", "-c", "sleep 1000 & wait")
        self.wait_until(lambda: len(self.family(process.pid)) == 2)
        before = pathlib_text(f"/proc/{process.pid}/cgroup")
        shown = self.jobctl("adopt", "--tree", "--dry-run", "--name", "n", process.pid).out
        self.assertRegex(shown, r"^would adopt  n  2 processes, output in ")
        self.assertIn("└─", shown)
        self.assertEqual(pathlib_text(f"/proc/{process.pid}/cgroup"), before)
        self.assertEqual(self.jobs("-a"), [])
        for pid in self.family(process.pid):
            os.kill(pid, signal.SIGKILL)

    # ---- cleanup --adopt

    def test_strays_are_adopted_by_family(self):
        scripts = self.dir / "runners"
        scripts.mkdir()
        shutil.copy(DATA / "train.py", scripts / "train.py")
        mains = [self.by_hand("python3", "runners/train.py", "--epochs", "1000000", "--step-sleep", "0.01", "--workers", "2") for _ in range(2)]
        for main in mains:
            self.wait_until(lambda: len(self.family(main.pid)) == 3)
        orphans = self.family(mains[1].pid) - {mains[1].pid}
        mains[1].kill()
        mains[1].wait()
        preview = self.jobctl("cleanup", "--adopt", "--dry-run", "--match", "runners/train.py", check=1).out
        self.assertEqual(self.jobs("-a"), [])
        adopted = json.loads(self.jobctl("cleanup", "--adopt", "--match", "runners/train.py", "-o", "json").out)
        self.assertEqual({entry["state"] for entry in adopted}, {"adopted"})
        self.assertEqual(len(preview.splitlines()) - 1, len(adopted))
        families = {}
        for entry in adopted:
            families.setdefault(entry["job"], set()).add(entry["pid"])
        self.assertEqual(sorted(map(sorted, families.values())), sorted(map(sorted, (self.family(mains[0].pid), orphans))))
        for uuid, family in families.items():
            self.assertEqual(self.unit_has(uuid), family)
        # Those without a main process are a job until the last of them has ended.
        uuid = next(uuid for uuid, family in families.items() if family == orphans)
        self.assertEqual(self.job(uuid)["pid"], None)
        self.assertIn("nobody knows how to start it again", self.jobctl("restart", uuid, check=5).err)
        for pid in sorted(orphans):
            self.assertEqual(self.state(uuid), "running")
            os.kill(pid, signal.SIGKILL)
            self.wait_until(lambda: not harness.alive(pid))
        job = self.wait_ended(uuid)
        self.assertEqual((job["state"], job["reason"]), ("lost", "exit unknown"))
        self.jobctl("cleanup", "--adopt", "--force", "--match", "x", check=2)
        self.assertEqual(json.loads(self.jobctl("cleanup", "--list", "--match", "runners/train.py", "-o", "json").out), [])


def pathlib_text(path):
    return harness.text_of(harness.pathlib.Path(path).read_bytes())


def comm(pid):
    try:
        return pathlib_text(f"/proc/{pid}/comm")
    except (FileNotFoundError, ProcessLookupError):
        return ""


if __name__ == "__main__":
    harness.main()
