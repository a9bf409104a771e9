"""Limits of a job: that they are in force, survive a restart and a reload, and are told where nobody enforces them."""

import os
import pathlib
import unittest

import harness

EVERY_LIMIT = ["--memory", "1G", "--cpus", "1.5", "--tasks", "64", "--io-weight", "50", "--nice", "5", "--cpu-affinity", "0",
               "--timeout", "2h"]
SETTINGS = {"MemoryMax": str(1 << 30), "CPUQuotaPerSecUSec": "1.500000s", "TasksMax": "66", "IOWeight": "50", "Nice": "5",
            "CPUAffinity": "0", "RuntimeMaxUSec": "2h"}
CONTROLLED = {"memory": "--memory", "cpu": "--cpus", "pids": "--tasks", "io": "--io-weight"}


class Limits(harness.JobctlTest):
    def in_force(self, job):
        shown = self.systemctl("show", job["unit"], *(f"--property={name}" for name in SETTINGS))
        return dict(line.split("=", 1) for line in shown.splitlines())

    def test_are_settings_of_the_unit_over_restarts_and_reloads(self):
        uuid = self.start(*EVERY_LIMIT, "--", "sleep", "1000")
        self.assertEqual(self.in_force(self.job(uuid)), SETTINGS)
        self.systemctl("daemon-reload")
        self.assertEqual(self.in_force(self.job(uuid)), SETTINGS)
        self.jobctl("restart", uuid)
        self.assertEqual(self.in_force(self.job(uuid)), SETTINGS)
        self.assertEqual(self.job(uuid)["limits"], {"memory": 1 << 30, "cpus": 1.5, "tasks": 64, "io_weight": 50, "nice": 5,
                                                    "cpu_affinity": [0], "timeout_s": 7200})
        self.assertIn("    Limits: memory 1 GiB, 1.5 CPUs, 64 tasks, I/O weight 50, nice 5, on CPUs 0, 2 h a run\n",
                      self.jobctl("status", uuid).out)

    def test_of_priority_and_cpus_hold_for_every_kind_of_job(self):
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options=options):
                uuid = self.start(*options, "--nice", "5", "--cpu-affinity", "0", "--", "sleep", "1000")
                pid = self.job(uuid)["pid"]
                self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), 5)
                self.assertEqual(os.sched_getaffinity(pid), {0})

    def test_of_time_ends_every_kind_of_job_as_timeout(self):
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options=options):
                uuid = self.start(*options, "--timeout", "1s", "--", "sleep", "1000")
                job = self.wait_state(uuid, "failed")
                self.assertEqual(job["reason"], "timeout")

    def test_that_nobody_enforces_are_told(self):
        told = self.jobctl("start", "-d", *EVERY_LIMIT, "--", "sleep", "1000").err
        given = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split()
        for controller, option in CONTROLLED.items():
            with self.subTest(controller=controller):
                self.assertEqual(f"jobctl: {option} has no effect: " in told, controller not in given, told)
        told = self.jobctl("start", "-d", "-p", "MemoryMax=1G", "--", "sleep", "1000").err
        self.assertEqual("jobctl: MemoryMax= has no effect: " in told, "memory" not in given, told)

    @unittest.skipIf(os.geteuid() == 0, "root may")
    def test_a_priority_that_only_root_may_have_is_told(self):
        started = self.jobctl("start", "-d", "--nice", "-5", "--", "sleep", "1000")
        self.assertEqual(started.err, "jobctl: --nice -5 has no effect: only root may raise a job's priority\n")
        refused = self.jobctl("start", "-d", "--scope", "--nice", "-5", "--", "sleep", "1000", check=1)
        self.assertIn("could not start sleep: nice -5: permission denied\n", refused.err)

    def test_wrong_ones_are_refused_and_start_nothing(self):
        cases = {
            ("--memory", "4X"): '--memory: "4X" is not a size (for example 512M, 4G, 1.5G)',
            ("--memory="): "--memory",
            ("--memory", "100"): "--memory: 100 bytes are too little for any program; at least 2M\n  a number alone means bytes; did you mean 100G?\n",
            ("-p", "MemoryMax=1M"): "-p MemoryMax: 1048576 bytes are too little for any program; at least 2M",
            ("--cpus", "0"): '--cpus: "0" is not a number of CPUs (for example 2 or 0.5; at least 0.01)',
            ("--tasks", "0"): '--tasks: "0" is not a number from 1 to 4194304',
            ("--nice", "20"): '--nice: "20" is not a number from -20 to 19',
            ("--cpu-affinity", "8000"): "--cpu-affinity 8000: this machine has CPUs 0-",
            ("--timeout", "0"): "--timeout: no time at all is too little",
            ("--memory", "1G", "--memory", "2G"): "--memory is given more than once",
            ("--memory", "1G", "-p", "MemoryMax=2G"): "-p MemoryMax: an option sets it, too; use one of the two",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                arguments = [arguments] if isinstance(arguments, str) else arguments
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)
        self.assertEqual(self.jobctl("list", "-a", "-o", "json").out, "[]\n")


if __name__ == "__main__":
    harness.main()
