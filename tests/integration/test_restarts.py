"""--restart: runs that systemd begins by itself, the time between them, and their end."""

import re

import harness

MICROSECONDS = 1_000_000


class Restarts(harness.JobctlTest):
    def crash(self, *options, text="echo run $JOBCTL_RUN; exit 3"):
        return self.start(*options, "--", "sh", "-c", text)

    def wait_between_runs(self, uuid):
        self.wait_until(lambda: "restart" in self.cell(uuid), what="the first end")

    def cell(self, uuid):
        line = next(line for line in self.jobctl("list", "-a").out.splitlines() if uuid in line)
        return re.split(r"  +", line)[2]

    def test_every_run_is_recorded_and_the_last_is_the_end_with_the_count(self):
        uuid = self.crash("--restart", "on-failure:3", "--restart-delay", "10ms")
        self.assertEqual(self.jobctl("wait", uuid, check=3).err.partition(" after 00:")[0],
                         f"jobctl: {self.job(uuid)['name']} failed: sh exited with status 3 (given up after 3 restarts)")
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "exit_code", "run", "restarts")], ["failed", "3", 3, 4, 3])
        self.assertEqual(self.cell(uuid), "failed (3, 3 restarts)")
        self.assertIn("   Restart: on-failure:3, 3 so far\n", self.jobctl("status", uuid).out)
        self.assertEqual(self.log_bytes(uuid), b"run 1\nrun 2\nrun 3\nrun 4\n")
        self.assertEqual(len(re.findall(r"failed: sh exited with status 3", self.jobctl("status", uuid).out)), 1 + 4)

    def test_the_time_between_them_doubles_up_to_its_limit(self):
        uuid = self.crash("--restart", "always:5", "--restart-delay", "50ms", "--restart-max-delay", "150ms")
        self.jobctl("wait", uuid, check=3)
        ends = [int(event["time"]) for event in self.record_events(uuid, "ended")]
        starts = [int(event["time"]) for event in self.record_events(uuid, "started")]
        pauses = [(start - end) / MICROSECONDS for end, start in zip(ends, starts[1:])]
        self.assertEqual(len(pauses), 5)
        for pause, least in zip(pauses, (0.05, 0.1, 0.1, 0.15, 0.15)):
            self.assertGreaterEqual(pause, least * 0.9, pauses)  # systemd's steps are no exact doubling

    def test_a_job_that_does_well_again_is_done(self):
        uuid = self.crash("--restart", "on-failure", "--restart-delay", "10ms", text="[ $JOBCTL_RUN = 3 ] || exit 1")
        self.jobctl("wait", uuid)
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "run", "restarts")], ["done", 3, 2])

    def test_between_two_runs_it_is_starting(self):
        uuid = self.crash("--restart", "on-failure:7", "--restart-delay", "1h", "--restart-max-delay", "2h")
        self.wait_between_runs(uuid)
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "exit_code", "pid", "ended_at", "run")],
                         ["starting", None, None, None, None, 1])
        self.assertEqual(self.cell(uuid), "starting (restart 1)")
        self.assertRegex(self.jobctl("status", uuid).out,
                         r"State: starting again in 59 min \d+ s, run 2; run 1 failed: sh exited with status 3\n")
        self.assertEqual(len(self.jobs("--running")), 1)
        self.assertEqual(self.jobctl("wait", "--timeout", "10ms", uuid, check=124).out, "")

    def test_the_limit_holds_however_often_systemd_counts_anew(self):
        uuid = self.crash("--restart", "on-failure:2", "--restart-delay", "50ms", "--restart-max-delay", "50ms")
        for run in (1, 2, 3):
            self.wait_until(lambda run=run: len(self.record_events(uuid, "ended")) >= run, what=f"the end of run {run}")
            self.systemctl("daemon-reload")
        self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "exit_code", "run", "restarts")], ["failed", "3", 3, 3, 2])

    def test_killed_between_two_runs(self):
        uuid = self.crash("--restart", "always", "--restart-delay", "1h")
        self.wait_between_runs(uuid)
        self.assertRegex(self.jobctl("kill", uuid).out, "killed ")
        self.assertEqual([self.job(uuid)[key] for key in ("state", "exit_code")], ["killed", 3])
        self.assertIn("killed by", self.jobctl("status", uuid).out)

    def test_restarted_by_hand_between_two_runs(self):
        uuid = self.crash("--restart", "on-failure:1", "--restart-delay", "1h", text="[ $JOBCTL_RUN = 1 ] && exit 3; exec sleep 1000")
        self.wait_between_runs(uuid)
        self.jobctl("restart", uuid)
        job = self.wait_state(uuid, "running")
        self.assertEqual([job[key] for key in ("run", "restarts")], [2, 0])
        self.assertIn("failed: sh exited with status 3", self.jobctl("status", uuid).out)

    def test_stopped_by_systemctl_between_two_runs(self):
        uuid = self.crash("--restart", "always", "--restart-delay", "1h")
        self.wait_between_runs(uuid)
        self.systemctl("stop", self.job(uuid)["unit"])
        job = self.wait_state(uuid, "failed")
        self.assertEqual([job[key] for key in ("reason", "run")], ["3", 1])

    def test_a_kill_is_not_followed_by_a_restart(self):
        uuid = self.crash("--restart", "always", "--restart-delay", "10ms", text="exec sleep 1000")
        self.jobctl("kill", uuid)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "run")], ["killed", 1])
        self.assertEqual(self.loaded_units(), [])

    def test_what_cannot_be_started_is_not_tried_again(self):
        self.assertIn("no such file", self.jobctl("start", "-d", "--restart", "always", "--restart-delay", "1h", "--", "./nothing", check=1).err)
        self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
        self.assertEqual([(job["state"], job["run"]) for job in self.jobs("-a")], [("failed", 1)])

    def test_a_lost_registry_knows_it_again_between_two_runs(self):
        uuid = self.crash("--restart", "always", "--restart-delay", "1h")
        self.wait_between_runs(uuid)
        (self.state_dir / "jobs.db").unlink()
        self.assertEqual(self.cell(uuid), "starting (restart 1)")

    def test_after_a_reload_it_goes_on(self):
        uuid = self.crash("--restart", "on-failure:2", "--restart-delay", "200ms", "-p", "LimitNOFILE=77", text="ulimit -n; exit 3")
        self.wait_between_runs(uuid)
        self.systemctl("daemon-reload")
        self.jobctl("wait", uuid, check=3)
        self.assertEqual(self.job(uuid)["run"], 3)
        self.assertEqual(self.log_bytes(uuid), b"77\n" * 3)

    def test_attach_goes_on_with_the_next_run(self):
        for options in ([], ["-t"]):
            with self.subTest(options=options):
                uuid = self.crash(*options, "--restart", "always:1", "--restart-delay", "10ms",
                                  text="echo run $JOBCTL_RUN; while ! [ -e go$JOBCTL_RUN ]; do sleep 0.01; done; exit 3")
                with open(self.dir / "talk", "wb") as talk:
                    client = self.spawn("attach", uuid, stderr=talk)
                self.wait_for_file(self.dir / "talk", "leaves it running")
                (self.dir / "go1").touch()
                self.wait_for_file(self.dir / "talk", "was started again, run 2]\n")
                (self.dir / "go2").touch()
                out, _ = client.communicate(timeout=harness.PATIENCE)
                self.assertEqual(client.returncode, 3)
                self.assertEqual(out.replace(b"\r", b""), b"run 1\nrun 2\n")
                self.assertIn(" ended: exit status 3 ", (self.dir / "talk").read_text())
                for name in ("go1", "go2", "talk"):
                    (self.dir / name).unlink()

    def test_an_end_that_counts_as_success(self):
        told = self.dir / "told"
        for options in ((), ("-t",), ("--scope",)):
            for end, key, value in (("exit 3", "exit_code", 3), ("kill -USR1 $$", "signal", "SIGUSR1")):
                with self.subTest(options=options, end=end):
                    restart = () if options else ("--restart", "on-failure")
                    uuid = self.start(*options, *restart, "--success-exit-status", "3,SIGUSR1", "--on-failure", f"exec:touch {told}",
                                      "--", "sh", "-c", end)
                    self.assertEqual(self.jobctl("wait", uuid).code, 0)
                    job = self.job(uuid)
                    self.assertEqual([job["state"], job[key], job["run"]], ["done", value, 1])
        uuid = self.start("--success-exit-status", "3", "--restart", "on-failure:1", "--restart-delay", "10ms", "--",
                          "sh", "-c", "test $JOBCTL_RUN = 2 && exit 3; exit 4")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"], job["run"]], ["done", 3, 2])
        self.assertIn("done: sh exited with status 3", self.jobctl("status", uuid).out)
        self.assertFalse(told.exists())

    def test_the_next_command_follows_such_an_end(self):
        uuid = self.start("--success-exit-status", "3", "--", "sh", "-c", "echo one; exit 3", "--then", "sh", "-c", "echo two; exit 4",
                          "--then", "echo", "three")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 4])
        self.assertEqual(self.log_bytes(uuid), b"one\ntwo\n")

    def test_wrong_policies_are_refused(self):
        cases = {
            ("--success-exit-status", "3 256"): '--success-exit-status: "256" is no exit status (0 to 255) and no signal',
            ("-p", "SuccessExitStatus=3"): "-p SuccessExitStatus",
            ("--restart", "sometimes"): '--restart: "sometimes" is none of no, on-failure[:N], always[:N]',
            ("--restart", "always:0"): '--restart: "always:0" is none of',
            ("--restart-delay", "3s"): "--restart-delay and --restart-max-delay need --restart",
            ("--restart", "always", "--restart-delay", "3s", "--restart-max-delay", "2s"): "--restart-max-delay is shorter",
            ("--restart", "always", "--scope"): "--scope and --restart exclude each other",
            ("--restart", "always", "-p", "Restart=no"): "-p Restart: an option sets it, too",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)
        self.assertEqual(self.jobs("-a"), [])


if __name__ == "__main__":
    harness.main()
