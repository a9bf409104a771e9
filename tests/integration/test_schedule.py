"""--at, --in, --every, --calendar: jobs that wait for their time."""

import datetime
import json
import os
import pathlib
import subprocess

import harness


class Schedule(harness.JobctlTest):
    def timers(self):
        return self.systemctl("list-units", "--all", "--no-legend", "--plain", "jobctl-*-schedule.*").split()

    def runs(self, uuid):
        return [int(event["run"]) for event in self.record_events(uuid, "started")]

    def wait_runs(self, uuid, count):
        self.wait_until(lambda: len(self.runs(uuid)) >= count, what=lambda: f"run {count}, there are {self.runs(uuid)}")

    def wait_no_timer(self):
        self.wait_until(lambda: not self.timers(), what=lambda: f"the timer to go: {self.timers()}")

    def test_a_queued_job_is_listed_with_its_time(self):
        for options, begin in ([["--in", "2h"], 2 * 3600], [["--every", "1h"], 3600], [["--at", "tomorrow 08:00"], None],
                               [["--calendar", "*-*-* 08:00"], None]):
            with self.subTest(options=options):
                result = self.jobctl("start", "-d", "--name", "later", *options, "--", "touch", "ran")
                uuid = result.out.strip()
                job = self.job(uuid)
                self.assertEqual([job[key] for key in ("state", "run", "pid", "started_at")], ["queued", 1, None, None])
                due = datetime.datetime.fromisoformat(job["next_at"].replace("Z", "+00:00"))
                if begin:
                    left = (due - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
                    self.assertTrue(begin - 60 < left <= begin, left)
                else:
                    self.assertEqual(due.astimezone().strftime("%H:%M"), "08:00")
                self.assertRegex(self.jobctl("list").out, r"later +queued \((tomorrow )?[0-9:]{5}\)")
                self.assertRegex(self.jobctl("status", uuid).out, r"State: queued for .* \(in \d+ (min|h|d)\), run 1\n")
                self.assertIn(uuid, self.jobctl("list", "--state", "queued", "-o", "uuid").out)
                for verb in ("attach", "logs", "pause"):
                    self.assertIn("queued", self.jobctl(verb, uuid, check=False).err)
                self.assertIn("killed  later", self.jobctl("kill", uuid).out)
                self.assertEqual(self.job(uuid)["state"], "killed")
                self.wait_no_timer()
                self.assertFalse((self.dir / "ran").exists())
                self.jobctl("flush", uuid)

    def test_it_runs_when_its_time_has_come_and_is_then_like_any_other(self):
        uuid = self.start("--in", "100ms", "-e", "WORD=kept", "--", "sh", "-c", "echo $WORD $JOBCTL_RUN; exit 3")
        job = self.wait_ended(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "run", "next_at")], ["failed", "3", 1, None])
        self.assertEqual(self.log_bytes(uuid), b"kept 1\n")
        self.wait_no_timer()
        self.jobctl("restart", uuid)
        self.wait_until(lambda: self.log_bytes(uuid) == b"kept 1\nkept 2\n", what="the second run")
        self.wait_ended(uuid)
        told = [json.loads(line) for line in self.jobctl("history", "-o", "json", uuid).out.splitlines()]
        self.assertEqual([(entry["event"], entry["by"]) for entry in told],
                         [("schedule", job["user"]), ("start", "systemd"), ("end", None), ("restart", job["user"]), ("end", None)])
        self.assertEqual(self.timers(), [])

    def test_again_and_again_until_it_is_killed(self):
        for options in (["--every", "100ms"], ["--calendar", "*-*-* *:*:*"]):
            with self.subTest(options=options):
                uuid = self.start(*options, "-p", "LimitNOFILE=77", "--", "sh", "-c", "exit 2")
                self.wait_runs(uuid, 3)
                self.wait_until(lambda: self.job(uuid)["state"] == "queued", what="its next time")
                self.assertIn("exited with status 2", self.jobctl("status", uuid).out)
                self.jobctl("kill", uuid)
                self.wait_no_timer()
                runs = self.runs(uuid)
                self.assertEqual(runs, list(range(1, len(runs) + 1)))
                self.assertEqual(self.job(uuid)["state"], "killed")
                self.wait_until(lambda: self.loaded_units() == [], what="its units to go")
                self.assertEqual(self.runs(uuid), runs)

    def test_a_run_that_takes_longer_is_left_alone(self):
        uuid = self.start("--every", "50ms", "--", "sh", "-c", "while test ! -e over; do sleep 0.01; done")
        self.wait_runs(uuid, 1)
        unit = self.job(uuid)["unit"].replace(".service", "-schedule.service")
        invocations = set()

        def fired():
            invocations.add(self.unit_property(unit, "InvocationID"))
            return len(invocations - {""}) >= 4

        self.wait_until(fired, what="the timer to come again")
        self.assertEqual(self.runs(uuid), [1])
        self.assertEqual(self.state(uuid), "running")
        (self.dir / "over").touch()
        self.wait_runs(uuid, 3)

    def test_a_restart_runs_it_at_once_and_keeps_the_schedule(self):
        uuid = self.start("--every", "1h", "--", "sleep", "1000")
        self.assertEqual(self.jobctl("restart", uuid).out.split()[-2:], ["run", "1"])
        self.assertEqual([self.state(uuid), self.job(uuid)["run"]], ["running", 1])
        self.jobctl("restart", uuid)
        self.assertEqual([self.state(uuid), self.job(uuid)["run"]], ["running", 2])
        self.systemctl("stop", self.job(uuid)["unit"])
        self.wait_state(uuid, "queued")
        self.assertEqual(self.job(uuid)["run"], 3)
        self.assertIn("killed by systemctl stop", self.jobctl("status", uuid).out)
        self.jobctl("kill", uuid)
        self.jobctl("restart", uuid)
        self.assertEqual(self.state(uuid), "running")
        self.assertNotEqual(self.timers(), [])

    def test_wait_waits_for_the_run_to_come(self):
        uuid = self.start("--in", "1h", "--", "sh", "-c", "exit 7")
        waiting = self.spawn("wait", uuid)
        self.jobctl("restart", uuid)
        self.assertEqual(waiting.wait(harness.PATIENCE), 7)
        uuid = self.start("--every", "200ms", "--", "sh", "-c", "exit 8")
        self.assertEqual(self.jobctl("wait", uuid, check=False).code, 8)

    def test_each_run_has_its_own_restarts(self):
        uuid = self.start("--every", "300ms", "--restart", "on-failure:1", "--restart-delay", "10ms", "--", "false")
        self.wait_runs(uuid, 6)
        self.jobctl("kill", uuid)

    def test_what_it_needs_is_taken_when_its_time_has_come(self):
        port = harness.free_port()
        holder = self.start("--port", str(port), "--", "sleep", "1000")
        uuid = self.start("--every", "100ms", "--port", str(port), "--on-failure", 'exec:sh -c "echo $JOBCTL_RUN $JOBCTL_SUMMARY >> told"',
                          "--", "sh", "-c", "echo $PORT")
        self.wait_until(lambda: self.record_events(uuid, "start-failed"), what="a run without its port")
        self.assertIn(f"port {port} is taken by the job", self.record_events(uuid, "start-failed")[0]["text"])
        self.wait_for_file(self.dir / "told", "could not start")
        self.jobctl("kill", holder)
        self.wait_runs(uuid, 1)
        self.wait_for_log(uuid, str(port))

    def test_a_run_whose_end_nobody_saw_is_not_the_last(self):
        """As while the package was away for a moment."""
        folder = self.installation()
        uuid = self.start("--every", "100ms", "--", "sh", "-c", "while test ! -e over; do sleep 0.01; done")
        self.wait_until(lambda: self.record_events(uuid, "started"), what="its first run")
        os.rename(folder / "finish", folder / "gone")
        (self.dir / "over").touch()
        self.wait_until(lambda: not any(unit.endswith(f"{uuid}.service") for unit in self.loaded_units()), what="its end")
        os.rename(folder / "gone", folder / "finish")
        self.wait_until(lambda: self.record_events(uuid, "ended"), what="the end of another run")
        self.assertEqual([event["run"] for event in self.record_events(uuid, "lost")], [self.record_events(uuid, "started")[0]["run"]])

    def test_a_timer_that_is_stopped_by_others_is_noticed(self):
        uuid = self.start("--every", "1h", "--", "true")
        self.systemctl("stop", self.job(uuid)["unit"].replace(".service", "-schedule.timer"))
        job = self.wait_state(uuid, "lost")
        self.assertEqual(job["reason"], "unknown")
        self.assertEqual(self.state(uuid), "lost")
        self.jobctl("restart", uuid)
        self.wait_state(uuid, "queued")

    def test_a_timer_that_systemd_refuses_is_the_end(self):
        uuid = "0b5f4d0a-6f0e-4a7f-9a53-5d0e3a0c1b77"
        taken = f"jobctl-true-{uuid}-schedule"
        subprocess.run(["systemd-run", "--user", "--quiet", "--on-active=1h", f"--unit={taken}", "true"], check=True)
        refused = self.jobctl("start", "-d", "--uuid", uuid, "--every", "1h", "--", "true", check=1)
        self.assertIn("systemd refused the timer of true-0b5f4d0a", refused.err)
        job = self.job(uuid)
        self.assertEqual([job["state"], job["reason"], job["run"]], ["failed", "could not start", 1])
        self.systemctl("stop", f"{taken}.timer")

    def test_a_run_that_can_not_be_started_is_one_and_is_told(self):
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options=options):
                told = self.dir / ("told" + "".join(options))
                uuid = self.start("--every", "100ms", *options, "--on-failure", f"exec:sh -c 'echo $JOBCTL_RUN >> \"{told}\"'", "--", "/no/such/program")
                self.wait_for_file(told, "3\n")
                self.jobctl("kill", uuid)
                failures = self.record_events(uuid, "start-failed")
                self.assertEqual([int(event["run"]) for event in failures], list(range(1, len(failures) + 1)))
                self.assertNotIn("text", failures[-1])

    def test_one_whose_directory_is_gone_is_told(self):
        gone = self.dir / "gone"
        gone.mkdir()
        self.start("--every", "300ms", "-C", str(gone), "--on-failure", f"exec:touch {self.dir}/told", "--", "true")
        gone.rmdir()
        self.wait_for_file(self.dir / "told")

    def test_a_configuration_that_can_not_be_read_keeps_no_job_from_running(self):
        folder = self.dir / "broken" / "jobctl"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text("linger = maybe\n")
        self.addCleanup(self.systemctl, "unset-environment", "XDG_CONFIG_HOME")
        self.systemctl("set-environment", f"XDG_CONFIG_HOME={folder.parent}")
        uuid = self.start("--in", "100ms", "--", "echo", "ran")
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        self.assertEqual(self.log_bytes(uuid), b"ran\n")

    def test_a_time_at_which_nothing_can_be_started_is_told(self):
        uuid = self.start("--every", "2s", "--on-failure", f"exec:touch {self.dir}/told", "--", "true")
        fifo = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "jobctl", f"{uuid}.start")
        fifo.symlink_to("nowhere")
        self.addCleanup(lambda: fifo.unlink(missing_ok=True))
        self.wait_until(lambda: self.record_events(uuid, "start-failed"), what="a run that could not be started")
        self.assertIn(f"could not open {fifo}", self.record_events(uuid, "start-failed")[0]["text"])
        self.wait_for_file(self.dir / "told")
        fifo.unlink()
        self.wait_runs(uuid, 1)

    def test_a_reload_moves_no_time(self):
        uuid = self.start("--every", "1h", "--", "true")
        due = self.job(uuid)["next_at"]
        self.systemctl("daemon-reload")
        self.assertEqual(self.job(uuid)["next_at"], due)

    def test_a_reload_keeps_it(self):
        uuid = self.start("--every", "300ms", "-p", "LimitNOFILE=77", "--", "sh", "-c", "ulimit -n")
        self.systemctl("daemon-reload")
        self.wait_runs(uuid, 1)
        self.systemctl("daemon-reload")
        self.wait_runs(uuid, 2)
        self.wait_for_log(uuid, "77\n77\n")

    def test_what_can_not_be_meant(self):
        for options, text in (
                (["--at", "yesterday"], "has passed"),
                (["--at", "soon"], "is not a time to come"),
                (["--at", "2020-01-01 00:00"], "has passed"),
                (["--in", "soon"], "--in"),
                (["--in", "infinity"], "too long"),
                (["--every", "0"], "too little"),
                (["--in", "1h", "--at", "tomorrow"], "exclude each other"),
                (["--in", "1000y"], "too far away"),
                (["--every", "300y"], "too far away"),
                (["--at", "9999-12-31"], "too far away"),
                (["--in", "1h", "--every", "1h"], "exclude each other"),
                (["--calendar", "someday"], "no calendar event"),
                (["--calendar", "2020-01-01"], "never comes again"),
                (["--calendar", "Mon\nTue"], "no calendar event"),
                (["--in", "1h", "--wait-ready"], "--wait-ready can't wait"),
        ):
            with self.subTest(options=options):
                result = self.jobctl("start", "-d", *options, "--", "true", check=False)
                self.assertEqual([result.code, result.out], [2, ""], result)
                self.assertIn(text, result.err)
        result = self.jobctl("start", "--in", "1h", "--", "true", check=False)
        self.assertEqual(result.code, 2)
        self.assertIn("without -d nobody waits", result.err)
        self.assertEqual(self.jobs("-a"), [])
        self.assertEqual(self.timers(), [])

    def test_the_dry_run_shows_the_timer(self):
        text = self.jobctl("start", "-d", "--every", "1h", "--dry-run", "--", "true").out
        self.assertIn("\nOnUnitActiveSec=3600000000us\n", text)


if __name__ == "__main__":
    harness.main()
