#!/usr/bin/env python3
"""cleanup: processes that were started by hand and left, on a machine with others that only look like them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess

import harness

TRAIN = ("python3", "runners/train.py", "--epochs", "1000000", "--step-sleep", "0.02")


def processes_below(directory):
    """{PID: command line} of all processes whose working directory that is, zombies not."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == str(directory):
                text = harness.pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
                if text:
                    found[int(pid)] = text.decode(errors="replace").replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # gone, or going
            pass
    return found


class Cleanup(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.project = self.dir / "project"
        (self.project / "runners").mkdir(parents=True)
        shutil.copy(harness.pathlib.Path(harness.__file__).parents[1] / "data" / "train.py", self.project / "runners" / "train.py")
        self.bystanders, self.mains = {}, []
        self.never_ends, writer = os.pipe()
        for end in (self.never_ends, writer):
            self.addCleanup(os.close, end)

    def tearDown(self):
        for process in self.bystanders.values():
            process.kill()
            process.wait()
        self.bystanders.clear()
        for pid in processes_below(self.project):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.mains:
            process.wait()
        super().tearDown()

    # ---- what runs

    def by_hand(self, *command, **options):
        return subprocess.Popen(command, cwd=self.project, stdin=self.never_ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    def train(self, how, *options):
        """A training run that is started in one of the ways in which people do that; the PID of its main process when all workers are there."""
        line = " ".join((*TRAIN, *options))
        if how == "bare":  # from a shell with job control
            self.mains.append(self.by_hand(*TRAIN, *options, process_group=0))
        elif how == "group of others":
            self.mains.append(self.by_hand(*TRAIN, *options))
        elif how == "tmux":
            tmux = ["tmux", "-S", str(self.dir / "tmux")]
            subprocess.run([*tmux, "new-session", "-d", line], cwd=self.project, check=True, env={**os.environ, "TERM": "xterm"})
            self.addCleanup(lambda: subprocess.run([*tmux, "kill-server"], check=False, capture_output=True))
        else:
            self.by_hand("sh", "-c", f"{how} {line} &").wait()
        workers = int(options[options.index("--workers") + 1])
        expected = workers + 1 + ("--escape" in options) + {"fork": 0, "spawn": 1, "forkserver": 2}["fork" if "--method" not in options else options[-1]]
        self.wait_until(lambda: len(self.family()) == expected, what=lambda: f"{expected} of {self.family()}")
        return next(pid for pid, line in self.family().items() if line.startswith(" ".join(TRAIN)))

    def family(self):
        """{PID: command line} of what is the training's and no job's."""
        return {pid: line for pid, line in sorted(processes_below(self.project).items())
                if "python3" in line.split(" ")[0] and "lint.py" not in line and "time.sleep(1000)" not in line and pid not in self.pids_of_jobs()}

    def pids_of_jobs(self):
        return {pid for unit in self.loaded_units() for pid in harness.pids_in(harness.CGROUPS / "jobctl.slice" / unit)}

    def add_bystanders(self):
        (self.project / "lint.py").write_text("import time; time.sleep(1000)\n")
        (self.project / "vim").write_text("read line\n")
        for name, command in {
            "tail": ("tail", "-f", "runners/train.py"),
            "grep": ("grep", "x", "-", "runners/train.py"),
            "editor": ("sh", "./vim", "runners/train.py"),
            "code": ("python3", "-c", "import time; time.sleep(1000)", "runners/train.py"),
            "lint": ("python3", "lint.py", "runners/train.py"),
            "shell": ("sh", "-c", "read line; : python3 runners/train.py"),
        }.items():
            self.bystanders[name] = self.by_hand(*command)

    # ---- what cleanup says

    def found(self, *options, check=1):
        return {entry["pid"]: entry for entry in json.loads(self.jobctl("cleanup", "-o", "json", "--match", "runners/train.py", *options, check=check).out)}

    def check_all_is_well(self):
        for name, process in self.bystanders.items():
            self.assertEqual(process.poll(), None, name)

    # ---- tests

    def test_exactly_the_strays(self):
        self.add_bystanders()
        job = self.start("-C", self.project, "--", *TRAIN, "--workers", "3")
        of_job = self.wait_until(lambda: len(self.payload_pids(job)) == 4 and self.payload_pids(job), what="the job's workers")
        strays = 0
        for method in ("fork", "spawn", "forkserver"):
            for how in ("bare", "group of others", "nohup", "setsid", "tmux"):
                if how == "tmux" and not shutil.which("tmux"):
                    continue
                with self.subTest(how=how, method=method):
                    main = self.train(how, "--workers", "3", "--stubborn", "1", "--escape", "--method", method)
                    family = self.family()
                    self.assertGreaterEqual(len(family), 5)
                    found = self.found("--list")
                    self.assertEqual(found.keys(), family.keys())
                    self.assertEqual(found[main]["role"], "main")
                    os.kill(main, signal.SIGKILL)
                    # What is on a terminal hears SIGHUP when the first of its session ends.
                    rest = {"tmux": 1}.get(how, len(family) - 1)
                    self.wait_until(lambda: main not in self.family() and len(self.family()) in range(rest, len(family)), what="the end of the main process")
                    left = self.wait_until(lambda: self.found("--dry-run").keys() & self.family().keys() == self.found("--dry-run").keys() | self.family().keys() and self.family().keys(),
                                           what=lambda: f"all of {self.family()}, not {self.found('--list')}")
                    ended = self.found("--timeout", "100ms", check=0)
                    self.assertEqual([ended.keys(), self.family()], [left, {}])
                    self.assertLessEqual({entry["state"] for entry in ended.values()}, {"ended", "killed"})
                    self.assertEqual(self.found("--list", check=0), {})
                    strays += len(left)
        self.assertGreaterEqual(strays, 50)
        self.check_all_is_well()
        self.assertEqual([self.state(job), self.payload_pids(job)], ["running", of_job])

    def test_a_whole_family_whose_main_process_lives(self):
        self.train("nohup", "--workers", "2", "--stubborn", "2", "--method", "spawn")
        result = self.jobctl("cleanup", "--match", "train.py", "--force")
        self.assertEqual(self.family(), {})
        self.assertEqual({line.split()[0] for line in result.out.splitlines()[1:]}, {"killed"})

    def test_patterns_of_templates_job_files_and_config(self):
        self.train("nohup", "--workers", "1")
        self.assertEqual(len(json.loads(self.jobctl("cleanup", "--list", "-o", "json", check=1).out)), 2)  # ocr-training's
        other = self.project / "serve.py"
        other.write_text("import time; time.sleep(1000)\n")
        pid = self.by_hand("python3", "serve.py").pid
        listed = lambda: {entry["pid"] for entry in json.loads(self.jobctl("cleanup", "--list", "-o", "json", check=False).out)}
        self.assertNotIn(pid, listed())
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        (self.dir / "link").symlink_to(self.project)
        for text in ('match = "project/serve.py"', 'match = "PLACE/./link//serve.py"', 'marker = "MARKED"', 'marker = ["MARKED=yes"]'):
            config.write_text(f"[cleanup]\ntimeout = 0.1\n{text}\n".replace("PLACE", str(self.dir)))
            marked = self.by_hand("python3", "serve.py", env={**os.environ, "MARKED": "yes"})
            self.addCleanup(marked.wait)
            with self.subTest(text=text):
                self.assertEqual([pid in listed(), marked.pid in listed()], ["marker" not in text, True])
            marked.kill()
        config.write_text('[cleanup]\nmarker = "MARKED=no"\n')
        self.assertEqual(len(listed()), 2)
        self.jobctl("cleanup")
        self.assertEqual(list(self.family()), [pid])

    def test_names_of_executables(self):
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text('[cleanup]\nexe = ["x", "SERVER"]\n')
        server = self.by_hand("bash", "-c", "exec -a /opt/Server sleep 1000")
        self.bystanders["another"] = self.by_hand("bash", "-c", "exec -a game-server sleep 1000")
        self.addCleanup(server.wait)
        self.wait_until(lambda: [entry["pid"] for entry in json.loads(self.jobctl("cleanup", "-n", "-o", "json", check=False).out)] == [server.pid])
        self.jobctl("cleanup")
        self.assertEqual(server.wait(), -signal.SIGTERM)
        self.check_all_is_well()

    def test_paths_as_people_type_them(self):
        (self.dir / "link").symlink_to(self.project)
        main = self.train("nohup", "--workers", "1")
        found = lambda pattern: main in {entry["pid"] for entry in json.loads(
            self.jobctl("cleanup", "-n", "-o", "json", "--match", pattern, check=False, cwd=self.project).out)}
        for pattern in ("./runners/train.py", "../project/runners/train.py", "runners//./train.py", f"{self.dir}/link/runners/train.py",
                        f"{self.project}/runners/../runners/train.py", f"{self.dir}/*/runners/train.py"):
            with self.subTest(pattern=pattern):
                self.assertTrue(found(pattern))
        self.assertFalse(found("./train.py"))

    def test_a_run_that_went_elsewhere(self):
        """Its script's path counts from where it began; one that came by is not taken for it."""
        (self.project / "elsewhere.py").write_text("import os, sys, time; os.chdir(sys.argv[1]); print(flush=True); time.sleep(1000)\n")
        (self.dir / "lint.py").write_text((self.project / "elsewhere.py").read_text())
        script = self.project / "runners" / "elsewhere.py"
        script.write_text((self.project / "elsewhere.py").read_text())
        meant = self.start_and_wait(["python3", "elsewhere.py", "/"], self.project / "runners")
        self.bystanders["came by"] = self.start_and_wait(["python3", "lint.py", self.project / "runners"], self.dir)
        self.assertEqual(json.loads(self.jobctl("cleanup", "-o", "json", "--match", "runners/lint.py").out), [])
        ended = json.loads(self.jobctl("cleanup", "-o", "json", "--match", "runners/elsewhere.py").out)
        self.assertEqual([entry["pid"] for entry in ended], [meant.pid])
        self.check_all_is_well()

    def start_and_wait(self, command, cwd):
        """As a shell starts it that stands there, until it prints a line."""
        process = subprocess.Popen(command, cwd=cwd, env={**os.environ, "PWD": str(cwd)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close()))
        self.assertEqual(process.stdout.readline(), b"\n")
        return process

    def test_services_are_systemctls(self):
        """Behind a wrapper, too; but not what somebody starts from a terminal that is a service."""
        command = " ".join((*TRAIN, "--workers", "1"))
        for unit, line in (("wrapped", f"{command} | cat"), ("terminal", f"setsid {command} & sleep 1000")):
            subprocess.run(["systemd-run", "--user", "--quiet", "--unit", unit, "-p", f"WorkingDirectory={self.project}", "sh", "-c", line],
                           env=self.env, check=True)
            self.addCleanup(lambda unit=unit: self.systemctl("stop", f"{unit}.service"))
        folder = lambda unit: set(harness.pids_in(harness.CGROUPS / "app.slice" / f"{unit}.service"))
        of_terminal = lambda: folder("terminal") & self.family().keys()
        self.wait_until(lambda: len(self.family()) == 4 and len(of_terminal()) == 2, what=self.family)
        by_hand, service = of_terminal(), folder("wrapped")
        self.assertEqual(self.found(check=0).keys(), by_hand)
        self.assertEqual(folder("wrapped"), service)

    def test_what_a_live_job_has_started_elsewhere_is_its_own(self):
        job = self.start("-C", self.project, "--", "systemd-run", "--user", "--scope", "--quiet", *TRAIN, "--workers", "1")
        self.wait_until(lambda: len(self.family()) == 2, what=self.family)
        self.assertEqual(self.found(check=0), {})
        self.assertEqual(self.state(job), "running")

    def test_a_configured_marker_is_no_pattern_where_others_are_given(self):
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text('[cleanup]\nmarker = "RUN_ID"\n')
        self.bystanders["marked"] = self.by_hand("sleep", "1000", env={**os.environ, "RUN_ID": "1"})
        self.assertEqual(self.found("--force", check=0), {})
        self.check_all_is_well()

    def test_strays_of_a_job_whose_manager_lost_it(self):
        """What has left its job's cgroup, or was never seen to end, shows its job in its environment."""
        uuid = self.start("-C", self.project, "--", *TRAIN, "--workers", "1")
        environment = {**os.environ, "JOBCTL_UUID": uuid}
        stray = self.by_hand("sleep", "1000", env=environment)
        self.addCleanup(lambda: (stray.kill(), stray.wait()))
        self.assertEqual(self.found("--list", check=0), {})
        self.jobctl("kill", uuid)
        self.assertEqual(self.found("--list").keys(), {stray.pid})
        other = self.wait_ended(self.start("--", "true"))["uuid"]
        environment["JOBCTL_UUID"] = other
        bystander = self.by_hand("sleep", "1000", env=environment)
        self.bystanders["of another job"] = bystander
        self.assertEqual(self.found(check=0).keys(), {stray.pid})
        self.check_all_is_well()

    def test_it_spares_itself_and_whoever_asked(self):
        script = self.project / "runners" / "train.py"
        script.write_text("import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)\n")
        done = subprocess.run(["python3", "runners/train.py", *self.command("cleanup", "--force", "--match", "runners/train.py")],
                              cwd=self.project, env=self.environment(), capture_output=True, text=True)
        self.assertEqual([done.returncode, done.stdout], [0, ""], done.stderr)

    def test_what_starts_again_is_told(self):
        """A shell that starts it whenever it ends is nobody that the pattern means."""
        self.bystanders["loop"] = self.by_hand("sh", "-c", "while :; do python3 runners/train.py --workers 1 --epochs 100000 --step-sleep 0.1; done")
        self.wait_until(self.family, what="it")
        result = self.jobctl("cleanup", "--match", "runners/train.py", "--timeout", "10ms", check=False)
        if result.code == 1:  # it may have been slower than ten looks
            self.assertRegex(result.err, r"could not end process \d+ \(python3\): something starts it again and again\n  kill -KILL \d+\n")
        self.check_all_is_well()

    def test_wrong_words(self):
        for words, message in {
            ("--match", ""): "--match: an empty pattern matches nothing",
            ("--exe", "a/b"): "--exe a/b: not the name of a file",
            ("--substring",): "--substring needs --match",
            ("--list", "--force"): "--list ends nothing",
            ("-n", "--timeout", "1s"): "--dry-run ends nothing",
            ("--match", "x", "--timeout", "soon"): "--timeout",
            ("--match", "x", "--timeout", "infinity"): "--timeout: infinity is too long",
            ("-o", "xml"): "",
        }.items():
            with self.subTest(words=words):
                self.assertIn(message, self.jobctl("cleanup", *words, check=2).err)


if __name__ == "__main__":
    harness.main()
