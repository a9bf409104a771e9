"""Whatever a job's processes do, after its end there are none left, and its record says how it ended."""

import os
import re
import signal
import subprocess

import harness

TREE = harness.DATA / "tree.py"
COUNT = 80
MODES = ((), ("-t",), ("--scope",))


class Trees(harness.JobctlTest):
    def start_tree(self, *arguments, options=(), count=COUNT):
        """A tree of hostile processes that all exist; returns UUID and PIDs."""
        uuid = self.start("--stop-timeout", "200ms", *options, "--", "python3", TREE, count, *arguments)
        self.wait_for_log(uuid, f" {count}")
        pids = self.wait_until(lambda: (lambda found: found if len(found) == count else None)(self.payload_pids(uuid)),
                               what=lambda: f"{count} processes: {len(self.payload_pids(uuid))}")
        self.assertEqual(len(pids), count)
        return uuid, pids

    def assert_ended(self, uuid, pids, state, **expected):
        job = self.job(uuid)
        self.assertEqual(job["state"], state, job)
        self.assertEqual({key: job[key] for key in expected}, expected)
        self.assertEqual([pid for pid in pids if harness.alive(pid)], [])
        self.assertEqual(harness.processes_of_jobs(), {})

    def in_all_modes(self, test):
        for mode in MODES:
            with self.subTest(mode=mode):
                test(mode)

    def test_kill(self):
        def kill(mode):
            uuid, pids = self.start_tree(options=mode)
            out = self.jobctl("kill", uuid).out
            self.assertIn(f"  {COUNT} processes, ", out)
            self.assertIn("(SIGKILL after its stop timeout of 200 ms)", out)
            self.assert_ended(uuid, pids, "killed", signal="SIGTERM", exit_code=None, reason=None)
        self.in_all_modes(kill)

    def test_kill_when_the_main_process_is_deaf_too(self):
        def kill(mode):
            uuid, pids = self.start_tree("--ignore-term", options=mode)
            self.jobctl("kill", uuid)
            self.assert_ended(uuid, pids, "killed", signal="SIGKILL", exit_code=None, reason=None)
        self.in_all_modes(kill)

    def test_kill_force(self):
        def kill(mode):
            uuid, pids = self.start_tree("--ignore-term", options=mode)
            self.assertIn(f"{COUNT} processes", self.jobctl("kill", "--force", uuid).out)
            self.assert_ended(uuid, pids, "killed", signal="SIGKILL", exit_code=None, reason=None)
        self.in_all_modes(kill)

    def test_systemctl_stop(self):
        def stop(mode):
            uuid, pids = self.start_tree(options=mode)
            self.systemctl("stop", self.job(uuid)["unit"])
            self.wait_ended(uuid)
            self.assert_ended(uuid, pids, "killed", signal="SIGTERM", exit_code=None, reason=None)
            self.assertIn("killed by systemctl stop", self.jobctl("status", uuid).out)
        self.in_all_modes(stop)

    def test_systemctl_kill(self):
        uuid, pids = self.start_tree()
        self.systemctl("kill", "--signal=KILL", self.job(uuid)["unit"])
        self.wait_ended(uuid)
        self.assert_ended(uuid, pids, "failed", signal="SIGKILL", reason="SIGKILL")

    def test_the_main_process_crashes(self):
        def crash(mode):
            uuid = self.start("--stop-timeout", "200ms", *mode, "--", "sh", "-c", f"ulimit -c 0; exec python3 '{TREE}' {COUNT} --crash")
            job = self.wait_ended(uuid)
            self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
            self.assertIn(f" {COUNT}", harness.text_of(self.log_bytes(uuid)))
            self.assert_ended(uuid, [], "failed", signal="SIGSEGV", reason="SIGSEGV", exit_code=None)
            self.assertEqual(job["run"], 1)
        self.in_all_modes(crash)

    def test_the_main_process_exits(self):
        def leave(mode):
            uuid = self.start("--stop-timeout", "200ms", *mode, "--", "python3", TREE, COUNT, "--exit-after-ready", "5")
            self.wait_ended(uuid)
            self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
            self.assert_ended(uuid, [], "failed", exit_code=5, reason="5", signal=None)
        self.in_all_modes(leave)

    def test_the_main_process_is_killed(self):
        uuid, pids = self.start_tree()
        os.kill(self.job(uuid)["pid"], signal.SIGKILL)
        self.wait_ended(uuid)
        self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
        self.assert_ended(uuid, pids, "failed", signal="SIGKILL", reason="SIGKILL")

    def test_restart_leaves_nobody_of_the_run_before(self):
        uuid, pids = self.start_tree("--ignore-term")
        self.jobctl("restart", uuid)
        self.assertEqual(set(pids) & set(self.payload_pids(uuid)), set())
        self.assertEqual([pid for pid in pids if harness.alive(pid)], [])
        self.jobctl("kill", "--force", uuid)
        self.assert_ended(uuid, pids, "killed", signal="SIGKILL", run=2)

    def test_a_thousand_processes(self):
        uuid = self.start("--stop-timeout", "200ms", "--", "bash", "-c",
                          "for i in {1..999}; do sleep 1000 & done; echo ready; wait")
        self.wait_for_log(uuid, "ready")
        pids = self.payload_pids(uuid)
        self.assertEqual(len(pids), 1000)
        self.assertIn("1000 processes", self.jobctl("kill", uuid).out)
        self.assert_ended(uuid, pids, "killed", signal="SIGTERM")

    def test_processes_that_hop_from_pid_to_pid(self):
        # Each hop is a zombie for the manager to reap, which comes before everything else that it does.
        hop = ("import os, signal\n"
               "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
               "for _ in range(8):\n"
               "    if os.fork() == 0:\n"
               "        while True:\n"
               "            if os.fork(): os._exit(0)\n"
               "            os.setsid()\n"
               "print('ready', flush=True)\n"
               "while True: signal.pause()\n")
        for how in ("--force", "--signal=KILL", None):
            with self.subTest(how=how):
                uuid = self.start("--stop-timeout", "200ms", "--", "python3", "-c", hop)
                self.wait_for_log(uuid, "ready")
                self.jobctl("kill", *([how] if how else []), uuid)
                self.wait_ended(uuid)
                self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
                self.assert_ended(uuid, [], "killed", signal="SIGKILL")


class Paused(harness.JobctlTest):
    """Nothing hangs, the manager least of all: after each it answers and starts something new."""

    def start_paused(self, *options):
        uuid = self.start("--stop-timeout", "200ms", *options, "--", "python3", TREE, "10")
        self.wait_for_log(uuid, "ready")
        self.jobctl("pause", uuid)
        payload = self.unit_cgroup(uuid) / "payload"
        self.wait_until(lambda: "frozen 1" in (payload / "cgroup.events").read_text(), what="the freeze")
        return uuid

    def assert_ended_and_manager_well(self, uuid, state, *signals):
        self.wait_ended(uuid)
        self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
        job = self.job(uuid)
        self.assertEqual(job["state"], state)
        self.assertIn(job["signal"], signals)
        self.assertEqual(harness.processes_of_jobs(), {})
        other = self.start("--", "true")
        self.assertEqual(self.wait_ended(other)["state"], "done")
        self.systemctl("show", "--property=Version")

    def test_killed(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                uuid = self.start_paused(*mode)
                self.jobctl("kill", uuid)
                self.assert_ended_and_manager_well(uuid, "killed", "SIGTERM")

    def test_killed_by_force(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                uuid = self.start_paused(*mode)
                self.jobctl("kill", "--force", uuid)
                self.assert_ended_and_manager_well(uuid, "killed", "SIGKILL")

    def test_main_process_dies(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                uuid = self.start_paused(*mode)
                os.kill(self.job(uuid)["pid"], signal.SIGKILL)
                self.assert_ended_and_manager_well(uuid, "failed", "SIGKILL")

    def test_unit_stopped(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                uuid = self.start_paused(*mode)
                self.systemctl("stop", self.job(uuid)["unit"])
                # A frozen process gets its SIGTERM only when it is thawed, which may be too late.
                self.assert_ended_and_manager_well(uuid, "killed", "SIGTERM", "SIGKILL")

    def test_frozen_by_systemctl(self):
        # A unit that is frozen whole can't be ended by systemd, whose hook would be frozen with it.
        for how, signals in ((["kill", "--force"], ["SIGKILL"]), (["kill"], ["SIGTERM"])):
            for mode in MODES:
                with self.subTest(how=how, mode=mode):
                    uuid = self.start("--stop-timeout", "10s", *mode, "--", "sleep", "1000")
                    self.systemctl("freeze", self.job(uuid)["unit"])
                    self.assertIn("frozen by systemctl", self.jobctl("status", uuid).out)
                    self.jobctl(*how, uuid)
                    self.assert_ended_and_manager_well(uuid, "killed", *signals)

    def test_frozen_by_systemctl_and_resumed(self):
        uuid = self.start("--", "sleep", "1000")
        self.systemctl("freeze", self.job(uuid)["unit"])
        self.assertIn("resumed", self.jobctl("resume", uuid).out)
        self.assertIn("frozen 0", (self.unit_cgroup(uuid) / "cgroup.events").read_text())
        self.jobctl("resume", uuid, check=5)

    def test_reload_keeps_it_paused(self):
        uuid = self.start_paused()
        self.systemctl("daemon-reload")
        self.assertEqual(self.state(uuid), "paused")
        self.jobctl("resume", uuid)
        self.assertEqual(self.state(uuid), "running")


class RecycledPids(harness.JobctlTest):
    """A PID that a record tells may belong to another process by now. The test makes it so: it writes the PID of a
    bystander into the records of jobs, and then does to the jobs whatever sends signals."""

    def setUp(self):
        super().setUp()
        heard = self.dir / "heard"
        script = self.script("for s in HUP INT QUIT TERM USR1 USR2 CONT; do trap \"echo $s >>heard\" $s; done\n"
                             "echo $BASHPID >ready; while :; do sleep 0.01; done", name="bystander")
        # Not below jobctl.slice and not a job: an ordinary transient service.
        self.systemctl_run(script)
        self.bystander = int(self.wait_for_file(self.dir / "ready", "\n"))
        self.heard = heard

    def systemctl_run(self, script):
        subprocess.run(["systemd-run", "--user", "--quiet", "--collect", "--unit=bystander", f"--working-directory={self.dir}",
                        script], check=True, timeout=harness.PATIENCE)
        self.addCleanup(self.systemctl, "stop", "bystander.service", check=False)
        self.addCleanup(self.systemctl, "kill", "--signal=KILL", "bystander.service", check=False)

    def forge(self, uuid, old):
        """Replaces the PID in the record; the registry is deleted, so that it is read again."""
        path = self.record_path(uuid)
        data = path.read_bytes()
        forged = re.sub(rb"\bpid=%d\b" % old, b"pid=%d" % self.bystander, data)
        self.assertNotEqual(data, forged)
        path.write_bytes(forged)
        for file in self.state_dir.glob("jobs.db*"):
            file.unlink()
        self.assertEqual(self.record_events(uuid, "started")[-1]["pid"], str(self.bystander))

    def assert_bystander_unharmed(self):
        self.assertTrue(harness.alive(self.bystander))
        self.assertFalse(self.heard.exists(), self.heard.exists() and self.heard.read_text())

    def test_the_bystander_would_hear(self):
        os.kill(self.bystander, signal.SIGUSR1)
        self.wait_for_file(self.heard, "USR1")

    def test_of_ended_jobs_are_not_signalled(self):
        uuid = self.start("--name", "gone", "--", "sleep", "1000")
        pid = self.job(uuid)["pid"]
        self.jobctl("kill", uuid)
        self.forge(uuid, pid)
        self.assertIsNone(self.job(uuid)["pid"])
        for args in (["kill", uuid], ["kill", "--force", uuid], ["kill", "--signal", "USR1", uuid], ["kill", "--all"],
                     ["wait", uuid], ["flush"]):
            self.jobctl(*args, check=False)
            self.assert_bystander_unharmed()

    def test_of_jobs_that_nobody_saw_end_are_not_signalled(self):
        uuid = self.start("--name", "gone", "--", "sleep", "1000")
        pid = self.job(uuid)["pid"]
        data = self.record_path(uuid).read_bytes()
        self.jobctl("kill", uuid)
        self.record_path(uuid).write_bytes(data)  # still running, says the record
        self.forge(uuid, pid)
        for args in (["kill", "--force", uuid], ["kill", "--signal", "TERM", "gone"], ["pause", uuid], ["kill", "--all"]):
            self.jobctl(*args, check=False)
            self.assert_bystander_unharmed()
        self.assertEqual(self.state(uuid), "lost")

    def test_of_live_jobs_are_not_signalled(self):
        for how in (["kill"], ["kill", "--force"], ["kill", "--signal", "KILL"], ["kill", "--signal", "TERM"], ["restart"]):
            with self.subTest(how=how):
                uuid = self.start("--stop-timeout", "200ms", "--", "sleep", "1000")
                pid = self.job(uuid)["pid"]
                self.forge(uuid, pid)
                self.jobctl("pause", uuid)
                self.jobctl("resume", uuid)
                self.jobctl(*how, uuid)
                self.wait_until(lambda: not harness.alive(pid), what="the job to end")
                self.assert_bystander_unharmed()
                self.jobctl("kill", "--all", "--force")


if __name__ == "__main__":
    harness.main()
