"""From running to ended and forgotten: how jobs end, kill, restart, wait, pause, flush, several commands, scopes."""

import json
import os
import pathlib
import re
import signal
import subprocess

import harness


class Endings(harness.JobctlTest):
    def ending(self, *command, options=()):
        uuid = self.start(*options, "--", *command)
        job = self.wait_ended(uuid)
        self.assertIsNone(job["pid"])
        self.assertIsNotNone(job["ended_at"])
        self.assertGreaterEqual(job["runtime_s"], 0)
        return [job[key] for key in ("state", "reason", "exit_code", "signal")]

    def test_states_codes_and_signals(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                self.assertEqual(self.ending("true", options=mode), ["done", None, 0, None])
                self.assertEqual(self.ending("sh", "-c", "exit 3", options=mode), ["failed", "3", 3, None])
                self.assertEqual(self.ending("sh", "-c", "exit 255", options=mode), ["failed", "255", 255, None])
                for name in ("SEGV", "KILL", "TERM", "HUP", "USR1"):
                    with self.subTest(signal=name):
                        self.assertEqual(self.ending("sh", "-c", f"ulimit -c 0; kill -{name} $$", options=mode),
                                         ["failed", "SIG" + name, None, "SIG" + name])

    def test_usage_is_recorded(self):
        uuid = self.start("--", "sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done")
        self.assertGreater(self.wait_ended(uuid)["cpu_s"], 0)

    def test_children_left_behind_are_ended_with_the_program(self):
        uuid = self.start("--", "sh", "-c", "setsid sleep 1000 & echo $! >child; exit 4")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 4])
        self.assertFalse(harness.alive(self.wait_for_file(self.dir / "child").strip()))

    def test_units_are_collected(self):
        self.ending("false")
        self.ending("true")
        self.wait_until(lambda: not self.loaded_units(), what="the units to go")

    def test_of_an_outsiders_making_are_recorded(self):
        uuid = self.start("--", "sleep", "1000")
        self.systemctl("stop", self.job(uuid)["unit"])
        job = self.job(uuid)
        self.assertEqual([job["state"], job["signal"]], ["killed", "SIGTERM"])
        self.assertIn("killed by systemctl stop", self.jobctl("status", uuid).out)

        uuid = self.start("--", "sleep", "1000")
        self.systemctl("kill", "--signal=KILL", self.job(uuid)["unit"])
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["reason"]], ["failed", "SIGKILL"])

        uuid = self.start("--", "sleep", "1000")
        subprocess.run(["kill", "-INT", str(self.job(uuid)["pid"])], check=True)
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["reason"]], ["failed", "SIGINT"])

    def test_systemctl_restart_is_a_run_more(self):
        uuid = self.start("--", "sh", "-c", "echo run $JOBCTL_RUN; exec sleep 1000")
        unit = self.job(uuid)["unit"]
        self.wait_for_log(uuid, "run 1\n")
        self.systemctl("restart", unit)
        self.wait_until(lambda: self.job(uuid)["run"] == 2, what="the second run")
        self.assertEqual(self.job(uuid)["state"], "running")
        self.wait_for_log(uuid, "run 1\nrun 2\n")
        self.assertEqual([event["run"] for event in self.record_events(uuid, "started")], ["1", "2"])


class Kill(harness.JobctlTest):
    def test_ends_the_job_and_says_so(self):
        uuid = self.start("--name", "nightly", "--", "sh", "-c", "sleep 1000 & sleep 1000 & wait")
        self.wait_until(lambda: len(self.payload_pids(uuid)) == 3, what="three processes")
        result = self.jobctl("kill", "nightly")
        self.assertRegex(result.out, rf"\Akilled  nightly  {uuid[:8]}  3 processes, [\d.]+ m?s\n\Z")
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "exit_code", "signal")], ["killed", None, None, "SIGTERM"])
        self.assertIn(f"killed by {job['user']} (jobctl kill)", self.jobctl("status", uuid).out)
        self.assertEqual(harness.processes_of_jobs(), {})

    def test_of_an_ended_job_does_nothing(self):
        uuid = self.start("--name", "brief", "--", "sh", "-c", "exit 3")
        self.wait_ended(uuid)
        for verb in ("kill", "stop"):
            result = self.jobctl(verb, "brief")
            self.assertEqual(result.out, "")
            self.assertIn("has ended already: failed: sh exited with status 3", result.err)
        self.assertEqual(self.job(uuid)["state"], "failed")

    def test_an_exit_status_after_the_signal_is_kept(self):
        uuid = self.start("--", self.script("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"))
        self.wait_for_log(uuid, "ready")
        self.jobctl("stop", uuid)
        job = self.job(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["killed", 7])
        self.assertEqual(self.jobctl("wait", uuid, check=7).out, "")

    def test_stop_signal(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "--stop-signal", "INT", "--",
                                  self.script("trap 'echo got INT; exit 0' INT; echo ready; while :; do sleep 0.01; done"))
                self.wait_for_log(uuid, "ready")
                self.jobctl("kill", uuid)
                self.assertIn(b"got INT", self.log_bytes(uuid))
                self.assertEqual([self.job(uuid)[key] for key in ("state", "exit_code")], ["killed", 0])

    def test_sigkill_after_the_stop_timeout(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "--stop-timeout", "100ms", "--",
                                  self.script("trap '' TERM; echo ready; while :; do sleep 0.01; done"))
                self.wait_for_log(uuid, "ready")
                self.assertIn("(SIGKILL after its stop timeout of 100 ms)", self.jobctl("kill", uuid).out)
                job = self.job(uuid)
                self.assertEqual([job[key] for key in ("state", "signal")], ["killed", "SIGKILL"])

    def test_force(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "--", self.script("trap 'echo term' TERM; echo ready; while :; do sleep 0.01; done"))
                self.wait_for_log(uuid, "ready")
                self.assertIn("(SIGKILL)", self.jobctl("kill", "--force", uuid).out)
                job = self.job(uuid)
                self.assertEqual([job[key] for key in ("state", "signal")], ["killed", "SIGKILL"])
                self.assertNotIn(b"term", self.log_bytes(uuid))

    def test_a_job_that_is_stopping_can_be_forced(self):
        uuid = self.start("--stop-timeout", "infinity", "--", self.script("trap '' TERM; echo ready; while :; do sleep 0.01; done"))
        self.wait_for_log(uuid, "ready")
        patient = self.spawn("kill", uuid)
        self.wait_state(uuid, "stopping")
        self.jobctl("kill", "--force", uuid)
        patient.communicate(timeout=harness.PATIENCE)
        self.assertEqual(patient.returncode, 0)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "signal")], ["killed", "SIGKILL"])

    def test_a_unit_between_two_runs_is_active(self):
        def start():
            uuid = self.start("-p", "Restart=on-failure", "-p", "RestartSec=1000s", "--", "sh", "-c", "exit 3")
            self.wait_until(lambda: "auto-restart" in self.systemctl("show", "-p", "SubState", f"*{uuid}*"), what="the first end")
            return uuid

        for query in ("by name", "by filter"):
            with self.subTest(query):
                uuid = start()
                self.assertEqual(self.state(uuid), "starting")
                self.assertIn("flushed 0 jobs", self.jobctl("flush").out)
                self.assertIn("killed", self.jobctl("kill", *([uuid] if query == "by name" else ["--all"])).out)
                self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
                self.assertEqual(self.state(uuid), "killed")
                self.jobctl("flush")

    def test_a_name_that_looks_like_an_option(self):
        self.start("--name", "-dash", "--", "sleep", "1000")
        self.assertIn("killed  -dash", self.jobctl("kill", "--", "-dash").out)

    def test_waiting_for_a_job_that_was_cut_off_never_succeeds(self):
        uuid = self.start("--", self.script("trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"))
        self.wait_for_log(uuid, "ready")
        self.jobctl("kill", uuid)
        self.assertEqual(self.jobctl("wait", uuid, check=1).code, 1)
        self.assertEqual(self.job(uuid)["exit_code"], 0)

    def test_names_are_shown_as_they_are(self):
        self.start("--name", "ünï", "--", "sleep", "1000")
        self.assertIn("killed  ünï", self.jobctl("kill", "ünï").out)

    def test_a_stopped_job_with_a_holder_can_be_ended(self):
        for options in (["-t"], ["--scope"]):
            with self.subTest(options):
                uuid = self.start(*options, "--", "sleep", "1000")
                self.jobctl("kill", "--signal", "STOP", uuid)
                self.wait_until(lambda: [harness.process_state(pid) for pid in self.payload_pids(uuid)] == ["T"], what="the stop")
                self.jobctl("kill", "--force", uuid)
                job = self.wait_ended(uuid)
                self.assertEqual((job["state"], job["signal"]), ("killed", "SIGKILL"))

    def test_signal_only_sends(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "--", self.script("trap 'echo got USR1' USR1; echo ready; while :; do sleep 0.01; done"))
                self.wait_for_log(uuid, "ready")
                self.assertIn("SIGUSR1", self.jobctl("kill", "--signal", "USR1", uuid).out)
                self.wait_for_log(uuid, "got USR1")
                self.assertEqual(self.state(uuid), "running")
                self.jobctl("kill", "--signal", "SIGKILL", uuid)
                job = self.wait_ended(uuid)
                self.assertEqual([job["state"], job["signal"]], ["killed", "SIGKILL"])
                self.assertIn("jobctl kill --signal SIGKILL", self.jobctl("status", uuid).out)

    def test_dry_run(self):
        uuid = self.start("--name", "nightly", "--", "sleep", "1000")
        out = self.jobctl("kill", "--dry-run", "nightly").out
        self.assertRegex(out, rf"\Awould kill  nightly  {uuid[:8]}  1 process\n\Z")
        self.assertEqual(self.jobctl("kill", "-n", "--all", "--force").out, out)
        self.assertEqual(self.state(uuid), "running")

    def test_all_and_several(self):
        uuids = [self.start("--session", "s" + str(i % 2), "--", "sleep", "1000") for i in range(6)]
        self.assertEqual(len(self.jobctl("kill", uuids[0], uuids[2]).out.splitlines()), 2)
        self.assertEqual(len(self.jobctl("kill", "--session", "s0").out.splitlines()), 1)
        self.assertEqual(len(self.jobctl("kill", "--all").out.splitlines()), 3)
        self.assertEqual({job["state"] for job in self.jobs()}, {"killed"})
        self.assertEqual(self.jobctl("kill", "--all").err, "no live job\n")

    def test_one_failure_never_stops_the_rest(self):
        stubborn = self.start("--name", "stubborn", "-p", "RefuseManualStop=yes", "--", "sleep", "1000")
        good = self.start("--name", "good", "--", "sleep", "1000")
        result = self.jobctl("kill", "stubborn", "good", check=1)
        self.assertRegex(result.err, "could not kill stubborn .*: Operation refused.*; to end it all the same: jobctl kill --force")
        self.assertEqual([self.state(stubborn), self.state(good)], ["running", "killed"])
        self.jobctl("kill", "--force", "stubborn", check=False)
        self.assertEqual(self.wait_ended(stubborn)["state"], "killed")

    def test_of_one_whose_record_cannot_be_opened(self):
        """It ends all the same, and who asked for it is told."""
        uuid = self.start("--name", "blind", "--", "sleep", "1000")
        record = self.record_path(uuid)
        for verb in (("kill", "-s", "CONT"), ("kill",)):
            record.rename(self.dir / "aside")
            os.mkfifo(record)
            result = self.jobctl(*verb, "blind")
            (self.dir / "aside").replace(record)
            self.assertIn(f"{record} can't be read: it is no regular file: nobody will see in it who asked", result.err)
        self.assertEqual(self.loaded_units(), [])
        self.assertIn(self.state(uuid), ("lost", "killed"))


class Restart(harness.JobctlTest):
    SCRIPT = "echo run $JOBCTL_RUN; exec sleep 1000"

    def test_is_a_new_run_of_the_same_job(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "-p", "CPUWeight=50", "--", "sh", "-c", self.SCRIPT, env={"KEPT": "1"})
                self.wait_for_log(uuid, "run 1")
                before = self.job(uuid)
                result = self.jobctl("restart", uuid)
                self.assertIn(f"{uuid[:8]}  run 2\n", result.out)
                self.assertTrue(result.out.startswith("restarted  "))
                after = self.job(uuid)
                self.assertEqual([after[key] for key in ("run", "state", "unit", "log_file", "command")],
                                 [2, "running", before["unit"], before["log_file"], before["command"]])
                self.assertNotEqual(after["pid"], before["pid"])
                self.assertFalse(harness.alive(before["pid"]))
                self.wait_for_log(uuid, "run 2")
                self.assertRegex(harness.text_of(self.log_bytes(uuid)), r"\Arun 1\r?\nrun 2\r?\n\Z")
                self.assertIn(b"\0KEPT=1\0", pathlib.Path(f"/proc/{after['pid']}/environ").read_bytes())
                self.assertEqual(self.unit_property(after["unit"], "CPUWeight"), "50")
                runs = self.jobctl("status", uuid).out
                self.assertIn("jobctl restart", runs)
                self.assertEqual(self.jobctl("list", "-o", "uuid", "--state", "running").out, uuid + "\n")
                self.jobctl("kill", "--force", uuid)

    def test_of_ended_jobs(self):
        for command, state in (("exit 0", "done"), ("exit 3", "failed")):
            uuid = self.start("--", "sh", "-c", command)
            self.wait_state(uuid, state)
            self.jobctl("restart", uuid)
            self.wait_until(lambda: len(self.record_events(uuid, "ended")) == 2, what="the second end")
            self.assertEqual([self.wait_ended(uuid)[key] for key in ("run", "state")], [2, state])

    def test_of_a_killed_job_several_times(self):
        uuid = self.start("--", "sh", "-c", self.SCRIPT)
        for run in range(2, 6):
            self.jobctl("kill", uuid)
            self.jobctl("restart", uuid)
            self.assertEqual([self.job(uuid)[key] for key in ("run", "state", "signal")], [run, "running", None])
        self.wait_for_log(uuid, "".join(f"run {n}\n" for n in range(1, 6)))

    def test_of_one_that_could_not_start(self):
        self.jobctl("start", "-d", "--name", "late", "--", "./script", check=1)
        self.assertIn("could not start ./script", self.jobctl("restart", "late", check=1).err)
        self.script("exec sleep 1000")
        self.jobctl("restart", "late")
        self.assertEqual([self.job("late")[key] for key in ("run", "state", "reason")], [3, "running", None])

    def test_of_one_whose_holder_was_killed(self):
        uuid = self.start("--scope", "--", "sleep", "1000")
        holder = next(pid for pid in self.unit_pids(uuid) if pid not in self.payload_pids(uuid))
        os.kill(holder, signal.SIGKILL)
        self.wait_until(lambda: not harness.alive(holder))
        self.jobctl("restart", uuid)
        events = [json.loads(line) for line in self.jobctl("history", uuid, "-o", "json").out.splitlines()]
        self.assertEqual([(event["event"], event["run"]) for event in events], [("start", 1), ("end", 1), ("restart", 2)])
        self.assertIn("jobctl restart", events[1]["text"])

    def test_of_what_is_gone_ends_nothing(self):
        program = self.script("echo up; exec sleep 1000")
        (self.dir / "gone").mkdir()
        for options, gone in ((("--", program), f"there is no {program}"),
                              (("-C", "gone", "--", "sh", "-c", "echo up; exec sleep 1000"), f"its directory {self.dir}/gone is gone")):
            uuid = self.start("--name", "x", *options)
            self.wait_for_log(uuid, "up\n")  # a shell has opened its script
            os.unlink(program) if program in options else (self.dir / "gone").rmdir()
            self.assertIn(f"could not restart x, which goes on: {gone}\n", self.jobctl("restart", uuid, check=1).err)
            self.assertEqual(self.state(uuid), "running")

    def test_that_fails_is_recorded(self):
        program = self.script("exec sleep 1000")
        uuid = self.start("--", program)
        os.chmod(program, 0o600)
        self.assertIn("permission denied", self.jobctl("restart", uuid, check=1).err)
        self.assertEqual([self.job(uuid)[key] for key in ("run", "state", "reason")], [2, "failed", "could not start"])

    def test_needs_exactly_one(self):
        first, second = (self.start("--name", "twin", "--", "sleep", "1000") for _ in range(2))
        self.jobctl("restart", check=2)
        self.jobctl("restart", "nope", check=3)
        self.jobctl("restart", "twin", check=4)
        self.jobctl("restart", first, second, check=4)
        self.jobctl("restart", "--state", "running", check=4)
        self.jobctl("restart", "--state", "failed", check=3)
        self.assertEqual([job["run"] for job in self.jobs()], [1, 1])

    def test_dry_run(self):
        uuid = self.start("--", "sleep", "1000")
        self.assertTrue(self.jobctl("restart", "-n", uuid).out.startswith("would stop and restart  "))
        self.assertEqual(self.job(uuid)["run"], 1)
        self.jobctl("kill", uuid)
        self.assertTrue(self.jobctl("restart", "-n", uuid).out.startswith("would restart  "))
        self.assertEqual(self.state(uuid), "killed")

    def test_uses_the_changed_unit_not_the_old_end(self):
        uuid = self.start("--", "sh", "-c", "test -e go && exec sleep 1000; exit 5")
        self.wait_state(uuid, "failed")
        (self.dir / "go").touch()
        self.jobctl("restart", uuid)
        job = self.job(uuid)
        self.assertEqual([job[key] for key in ("state", "reason", "exit_code", "ended_at")], ["running", None, None, None])


class Wait(harness.JobctlTest):
    def test_passes_the_status_on(self):
        for command, code in (("exit 0", 0), ("exit 3", 3), ("ulimit -c 0; kill -SEGV $$", 128 + signal.SIGSEGV)):
            uuid = self.start("--name", "n" + str(code), "--", "sh", "-c", command)
            result = self.jobctl("wait", uuid, check=code)
            self.assertEqual(result.out, "")
            self.assertEqual(bool(result.err), code != 0)
        self.assertRegex(self.jobctl("wait", "n3", check=3).err, r"\Ajobctl: n3 failed: sh exited with status 3 after \d\d:\d\d:\d\d\n\Z")

    def test_until_it_ends(self):
        uuid = self.start("--", "sh", "-c", "until [ -e go ]; do sleep 0.01; done; exit 4")
        waiting = [self.spawn("wait", uuid), self.spawn("wait", "--state", "running", "-o", "json")]
        self.assertEqual([process.poll() for process in waiting], [None, None])
        (self.dir / "go").touch()
        self.assertEqual([process.wait(timeout=harness.PATIENCE) for process in waiting][0], 4)

    def test_for_several(self):
        good = self.start("--", "true")
        bad = self.start("--", "sh", "-c", "exit 6")
        self.jobctl("wait", good, bad, check=6)
        self.jobctl("wait", "--name", "*", check=6)

    def test_for_any(self):
        slow = self.start("--", "sleep", "1000")
        quick = self.start("--", "sh", "-c", "exit 6")
        self.jobctl("wait", "--any", slow, quick, check=6)
        self.assertEqual(self.state(slow), "running")

    def test_timeout(self):
        uuid = self.start("--name", "slow", "--", "sleep", "1000")
        self.assertIn("still active after 100 ms", self.jobctl("wait", "--timeout", "100ms", uuid, check=124).err)
        self.assertEqual(self.state(uuid), "running")

    def test_json(self):
        import json
        uuid = self.start("--", "sh", "-c", "exit 6")
        [job] = json.loads(self.jobctl("wait", "-o", "json", uuid, check=6).out)
        self.assertEqual([job["uuid"], job["exit_code"]], [uuid, 6])


class Pause(harness.JobctlTest):
    def frozen(self, uuid):
        return "frozen 1" in (self.unit_cgroup(uuid) / "payload" / "cgroup.events").read_text()

    def test_freezes_and_thaws_the_payload(self):
        for mode in ((), ("-t",), ("--scope",)):
            with self.subTest(mode=mode):
                uuid = self.start(*mode, "--name", "nightly", "--", self.script("while :; do echo tick; sleep 0.01; done"))
                self.wait_for_log(uuid, "tick")
                self.assertEqual(self.jobctl("pause", uuid).out, f"paused  nightly  {uuid[:8]}\n")
                self.assertEqual(self.state(uuid), "paused")
                self.wait_until(lambda: self.frozen(uuid), what="the payload to freeze")
                self.assertEqual((self.unit_cgroup(uuid) / "cgroup.freeze").read_text(), "0\n", "never the unit")
                refused = self.jobctl("pause", uuid, check=5)
                self.assertIn("could not pause nightly: it is paused", refused.err)
                size = len(self.log_bytes(uuid))
                self.assertEqual(self.jobctl("resume", "nightly").out, f"resumed  nightly  {uuid[:8]}\n")
                self.assertEqual(self.state(uuid), "running")
                self.wait_until(lambda: len(self.log_bytes(uuid)) > size, what="the job to go on")
                self.jobctl("kill", "--force", uuid)
                self.jobctl("pause", uuid, check=5)
                self.jobctl("resume", uuid, check=5)
                self.jobctl("flush")

    def test_by_filter_and_dry_run(self):
        uuids = [self.start("--session", "s1", "--", "sleep", "1000") for _ in range(2)]
        self.assertEqual(self.jobctl("pause", "-n", "--session", "s1").out.count("would pause"), 2)
        self.assertEqual({self.state(uuid) for uuid in uuids}, {"running"})
        self.jobctl("pause", uuids[0])
        self.assertEqual(self.jobctl("pause", "--session", "s1").out.count("paused"), 1)
        self.assertEqual(self.jobctl("list", "-o", "uuid", "--state", "paused").out.split(), uuids)
        self.jobctl("resume", "--session", "s1")
        self.assertEqual({self.state(uuid) for uuid in uuids}, {"running"})

    def test_a_restart_of_a_paused_job_runs(self):
        uuid = self.start("--", "sleep", "1000")
        self.jobctl("pause", uuid)
        self.jobctl("restart", uuid)
        self.assertEqual([self.job(uuid)[key] for key in ("run", "state")], [2, "running"])
        self.assertFalse(self.frozen(uuid))


class Flush(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.dead = self.start("--name", "dead", "--", "sh", "-c", "echo text; exit 3")
        self.chosen_log = self.dir / "chosen.log"
        self.other = self.start("--name", "other", "--log-file", self.chosen_log, "--", "echo", "text")
        self.live = self.start("--name", "live", "--", "sleep", "1000")
        self.log = pathlib.Path(self.wait_ended(self.dead)["log_file"])
        self.wait_ended(self.other)

    def names(self):
        return [job["name"] for job in self.jobs("-a")]

    def test_forgets_what_has_ended(self):
        self.assertEqual(self.jobctl("flush").out, "flushed 2 jobs\n")
        self.assertEqual(self.names(), ["live"])
        self.assertEqual([path.name for path in (self.state_dir / "jobs").iterdir()], [self.live])
        self.assertTrue(self.log.exists())
        for verb in ("restart", "status", "logs", "wait"):
            self.assertIn("no job named", self.jobctl(verb, self.dead, check=3).err)

    def test_of_some(self):
        self.jobctl("flush", "dead")
        self.assertEqual(self.names(), ["other", "live"])
        self.jobctl("flush", "--state", "done")
        self.assertEqual(self.names(), ["live"])

    def test_keeps_live_jobs(self):
        self.assertIn("live is running and was kept", self.jobctl("flush", "live", check=5).err)
        self.assertEqual(self.state(self.live), "running")

    def test_older_than(self):
        self.assertIn("0 jobs", self.jobctl("flush", "--older-than", "1h").out)
        self.assertEqual(len(self.names()), 3)
        self.assertIn("2 jobs", self.jobctl("flush", "--older-than", "0s").out)

    def test_logs(self):
        self.assertRegex(self.jobctl("flush", "--logs").out, r"\Aflushed 2 jobs and their logs \(5 B\)\n\Z")
        self.assertFalse(self.log.exists())
        self.assertEqual(self.chosen_log.read_text(), "text\n", "a log that somebody chose is theirs")

    def test_dry_run(self):
        out = self.jobctl("flush", "--dry-run", "--logs").out
        self.assertIn(f"would flush  dead  {self.dead[:8]}  failed (3)\n", out)
        self.assertEqual(out.count("would flush"), 2)
        self.assertEqual(len(self.names()), 3)
        self.assertTrue(self.log.exists())


class SeveralCommands(harness.JobctlTest):
    def ending(self, *args):
        uuid = self.start(*args)
        job = self.wait_ended(uuid)
        statuses = [(event["index"], event["code"], event["status"]) for event in self.record_events(uuid, "command-ended")]
        return job, statuses, self.log_bytes(uuid).decode()

    def test_run_one_after_the_other(self):
        job, statuses, log = self.ending("--", "echo", "a", "--then", "echo", "b", "--then", "sh", "-c", "echo c")
        self.assertEqual(log, "a\nb\nc\n")
        self.assertEqual([job["state"], job["exit_code"]], ["done", 0])
        self.assertEqual(job["command"], [["echo", "a"], ["echo", "b"], ["sh", "-c", "echo c"]])
        self.assertEqual(statuses, [("0", "exited", "0"), ("1", "exited", "0"), ("2", "exited", "0")])

    def test_the_first_failure_ends_the_job(self):
        job, statuses, log = self.ending("--", "echo", "a", "--then", "sh", "-c", "exit 3", "--then", "echo", "b")
        self.assertEqual(log, "a\n")
        self.assertEqual([job["state"], job["reason"], job["exit_code"]], ["failed", "3", 3])
        self.assertEqual(statuses, [("0", "exited", "0"), ("1", "exited", "3")])
        self.assertIn("commands: 0, 3", self.jobctl("status", job["uuid"]).out)

    def test_keep_going(self):
        job, statuses, log = self.ending("--keep-going", "--", "sh", "-c", "exit 3", "--then", "sh", "-c", "kill -KILL $$", "--then",
                                         "echo", "b")
        self.assertEqual(log, "b\n")
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 3])
        self.assertEqual(statuses, [("0", "exited", "3"), ("1", "killed", "9"), ("2", "exited", "0")])

    def test_a_later_one_that_cannot_be_executed(self):
        job, statuses, log = self.ending("--", "echo", "a", "--then", "nosuchprogram")
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 127])
        self.assertIn("could not start nosuchprogram: no such file or directory", log)
        self.assertEqual(statuses[-1], ("1", "exited", "127"))

    def test_kill_ends_them_all(self):
        uuid = self.start("--keep-going", "--", "sh", "-c", "echo first; sleep 1000", "--then", "echo", "second")
        self.wait_for_log(uuid, "first")
        self.jobctl("kill", uuid)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "signal")], ["killed", "SIGTERM"])
        self.assertEqual(self.log_bytes(uuid), b"first\n")

    def test_no_then_takes_it_as_an_argument(self):
        job, _, log = self.ending("--no-then", "--", "echo", "a", "--then", "b")
        self.assertEqual(log, "a --then b\n")
        self.assertEqual(job["command"], ["echo", "a", "--then", "b"])


class Scopes(harness.JobctlTest):
    def test_carry_the_job(self):
        uuid = self.start("--scope", "--session", "s1", "--", "sleep", "1000")
        job = self.job(uuid)
        self.assertEqual(job["unit"], f"jobctl-sleep-{uuid}.scope")
        self.assertEqual(self.unit_property(job["unit"], "Slice"), "jobctl-s1.slice")
        self.assertIn(job["pid"], self.payload_pids(uuid))
        self.assertEqual(len(self.payload_pids(uuid)), 1)

    def test_systemctl_stop_is_recorded(self):
        uuid = self.start("--scope", "--", "sleep", "1000")
        self.systemctl("stop", self.job(uuid)["unit"])
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["signal"]], ["killed", "SIGTERM"])
        self.assertIn("killed by systemctl stop", self.jobctl("status", uuid).out)

    def test_end_with_their_program_and_leave_nobody(self):
        uuid = self.start("--scope", "--", "sh", "-c", "setsid sleep 1000 & echo $! >child; exit 4")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["failed", 4])
        child = self.wait_for_file(self.dir / "child").strip()
        self.wait_until(lambda: not harness.alive(child), what="the child to end")


if __name__ == "__main__":
    harness.main()
