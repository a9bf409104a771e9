"""--health: a timer's probes, what they find, and what is done about it."""

import datetime
import time

import harness


class Health(harness.JobctlTest):
    def watched(self, *options, command=("sleep", "1000"), interval="50ms"):
        self.well()
        uuid = self.start("--health", "exec:test -e well", "--health-interval", interval, "--health-retries", "2", *options, "--", *command)
        self.wait_state(uuid, "running")
        return uuid

    def well(self):
        (self.dir / "well").touch()

    def ill(self):
        (self.dir / "well").unlink()

    def companions(self):
        return [line for line in self.systemctl("list-units", "--all", "--no-legend", "--plain", "jobctl-*-health-*").splitlines() if line]

    def checks(self, uuid):
        """How often it was asked, as the time of the last answer tells."""
        return self.jobctl("status", uuid).out.partition("Health: ")[2].partition("\n")[0]

    def test_unhealthy_is_a_state_that_comes_and_goes(self):
        for options in ([], ["-t"], ["--ready", "exec:true"]):
            with self.subTest(options=options):
                uuid = self.watched(*options)
                self.wait_until(lambda: "good, test: exit status 0" in self.checks(uuid), what="the first check")
                self.assertEqual([self.job(uuid)[key] for key in ("state", "health")], ["running", "healthy"])
                self.ill()
                job = self.wait_state(uuid, "unhealthy")
                self.assertEqual(job["health"], "unhealthy")
                self.assertIn(uuid, self.jobctl("list", "--state", "unhealthy").out)
                self.assertIn("test: exit status 1", self.checks(uuid))
                self.jobctl("pause", uuid)
                self.jobctl("resume", uuid)
                self.well()
                self.wait_state(uuid, "running")
                self.jobctl("kill", uuid)
                self.assertEqual([self.job(uuid)[key] for key in ("state", "health")], ["killed", None])
                self.wait_until(lambda: not self.companions(), what=lambda: f"the timer to go: {self.companions()}")

    def test_status_says_since_when_it_is_unhealthy(self):
        uuid = self.watched()
        started = int(self.record_events(uuid, "started")[0]["time"])
        self.wait_until(lambda: time.time() * 1e6 >= started + 1.1e6, what="a second that isn't the start's")
        self.ill()
        self.wait_state(uuid, "unhealthy")
        since = int(self.record_events(uuid, "unhealthy")[-1]["time"]) // 10**6
        self.assertIn(f"unhealthy since {datetime.datetime.fromtimestamp(since)} (", self.jobctl("status", uuid).out)

    def test_between_two_checks_there_is_no_process(self):
        uuid = self.watched(interval="1h")
        self.assertEqual(self.unit_pids(uuid), [self.job(uuid)["pid"]])
        self.assertEqual(len(harness.processes_of_jobs()), 1)
        self.assertIn("not asked yet", self.checks(uuid))
        self.assertRegex(self.systemctl("list-timers", "--all", "--no-legend"), rf"{uuid}-health-1\.timer")

    def test_status_names_the_port_that_is_asked(self):
        uuid = self.start("--port", "auto", "--health", "http://127.0.0.1:{PORT}/up", "--health-interval", "1h", "--", "sleep", "1000")
        (port,) = self.job(uuid)["ports"]
        self.assertEqual(self.checks(uuid), f"not asked yet: http://127.0.0.1:{port['port']}/up")

    def test_a_restart_for_it_is_a_run_more(self):
        uuid = self.watched("--on-unhealthy", "restart")
        self.ill()
        self.wait_until(lambda: self.record_events(uuid, "unhealthy"), what="the first unhealthy")
        self.well()
        job = self.wait_state(uuid, "running")
        self.wait_until(lambda: self.job(uuid)["run"] >= 2, what="the next run")
        self.assertGreaterEqual(self.job(uuid)["restarts"], 1)
        self.assertIn("1  ", self.jobctl("status", uuid).out)
        self.assertIn("failed: it was unhealthy: test: exit status 1", self.jobctl("status", uuid).out)
        self.wait_until(lambda: "good" in self.checks(uuid), what="a check of the new run")
        self.assertEqual(job["health"], "healthy")

    def test_a_kill_for_it_is_a_failure(self):
        uuid = self.watched("--on-unhealthy", "kill", command=("sh", "-c", "sleep 1000 & sleep 1000"))
        self.ill()
        job = self.wait_state(uuid, "failed")
        self.assertEqual(job["reason"], "unhealthy")
        self.assertIn("failed: it was unhealthy: test: exit status 1", self.jobctl("status", uuid).out)
        self.assertEqual(self.jobctl("wait", uuid, check=False).code, 143)
        self.wait_until(lambda: not harness.processes_of_jobs() and not self.companions(), what="everything to be gone")

    def test_failures_in_the_start_period_do_not_count(self):
        self.start("--name", "slow", "--health", "exec:false", "--health-interval", "20ms", "--health-retries", "1", "--health-start-period",
                   "1h", "--on-unhealthy", "kill", "--", "sleep", "1000")
        self.wait_until(lambda: "false: exit status 1" in self.checks("slow"), what="a check")
        first = (self.job("slow")["state"], self.checks("slow"))
        self.assertEqual(first[0], "running")

    def test_a_paused_job_is_not_asked(self):
        uuid = self.watched("--on-unhealthy", "kill")
        self.jobctl("pause", uuid)
        self.ill()
        timer = next(line.split()[0] for line in self.companions() if ".timer" in line)
        service = timer.replace(".timer", ".service")
        before = self.unit_property(service, "ExecMainExitTimestampMonotonic")
        self.wait_until(lambda: self.unit_property(service, "ExecMainExitTimestampMonotonic") != before, what="a check")
        self.assertEqual(self.state(uuid), "paused")
        self.well()
        self.jobctl("resume", uuid)
        self.assertEqual(self.state(uuid), "running")

    def test_one_that_does_not_answer_in_time(self):
        self.start("--name", "deaf", "--health", "exec:sleep 1000", "--health-interval", "20ms", "--health-timeout", "50ms", "--health-retries", "1",
                   "--", "sleep", "1000")
        self.wait_state("deaf", "unhealthy")
        self.assertIn("sleep: no answer within 50 ms", self.checks("deaf"))

    def test_without_a_record_the_timer_ends_by_itself(self):
        uuid = self.watched()
        record = self.record_path(uuid).read_bytes()
        self.record_path(uuid).unlink()
        self.wait_until(lambda: not self.companions(), what=lambda: f"the timer to go: {self.companions()}")
        self.record_path(uuid).write_bytes(record)
        self.record_path(uuid).chmod(0o600)

    def test_wrong_ones_are_refused(self):
        cases = {
            ("--health", "log:x"): "--health: log tells once that a job is ready",
            ("--health-retries", "3"): "--health-… and --on-unhealthy need --health",
            ("--health", "tcp:1", "--health-retries", "0"): '--health-retries: "0" is not a number from 1 to 1000',
            ("--health", "tcp:1", "--on-unhealthy", "explode"): '--on-unhealthy: "explode" is none of tell, restart, kill, alert, exec:COMMAND',
            ("--health", "tcp:1", "--health-interval", "0"): "--health-interval: less than 10ms",
            ("--health", "tcp:1", "--scope"): "--scope and --health exclude each other",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)


if __name__ == "__main__":
    harness.main()
