"""--ready: a job is starting until it answers, and one that never does has failed and left nothing."""

import sys

import harness

PORT = harness.free_port()
# Serves HTTP when the file "go" is there; until the file "well" is there it answers 503.
SERVER = """import http.server, os, pathlib, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if pathlib.Path('well').exists() else 503)
        self.end_headers()
    def log_message(self, *_): pass
while not pathlib.Path('go').exists(): time.sleep(0.01)
server = http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler)
print('model loaded', flush=True)
server.serve_forever()
"""


class Ready(harness.JobctlTest):
    def serve(self, *options):
        return self.start("--port", str(PORT), *options, "--", sys.executable, "-c", SERVER)

    def let(self, *names):
        for name in names:
            (self.dir / name).touch()

    def event(self, uuid, kind):
        self.wait_until(lambda: self.record_events(uuid, kind), what=kind)
        return self.record_events(uuid, kind)[0]

    def test_a_job_is_starting_until_it_answers(self):
        probes = {"tcp": ["go"], f"tcp:{PORT}": ["go"], "http://127.0.0.1:{PORT}/health": ["go", "well"],
                  f"http://127.0.0.1:{PORT}/=503": ["go"], "log:^model (loaded|ready)$": ["go"], "exec:sh -c '[ -e go ] && [ $PORT ]'": ["go"]}
        for options in ([], ["-t"]):
            for probe, files in probes.items():
                with self.subTest(probe=probe, options=options):
                    uuid = self.serve(*options, "--ready", probe)
                    self.assertEqual(self.state(uuid), "starting")
                    self.assertIn("starting (not ready)", self.jobctl("list").out)
                    self.assertIn("State: starting (not ready) since", self.jobctl("status", uuid).out)
                    waiting = self.spawn("wait", uuid)
                    self.let(*files)
                    self.wait_state(uuid, "running")
                    self.assertIsNone(waiting.poll())
                    self.event(uuid, "ready")
                    self.jobctl("kill", uuid)
                    for name in files:
                        (self.dir / name).unlink()

    def test_http_wants_its_code(self):
        self.let("go")
        uuid = self.serve("--ready", "http://127.0.0.1:{PORT}/", "--ready-timeout", "1s")
        job = self.wait_state(uuid, "failed")
        self.assertEqual(job["reason"], "not ready")
        self.assertIn(f"it was not ready in time: http://127.0.0.1:{PORT}/: HTTP 503", self.jobctl("status", uuid).out)

    def test_wait_ready_returns_when_it_is(self):
        uuid = self.start("--wait-ready", "--ready", "notify", "--", "sh", "-c", "systemd-notify --ready; exec sleep 1000")
        self.assertEqual(self.state(uuid), "running")
        self.jobctl("kill", uuid)
        self.let("go", "well")
        uuid = self.serve("--wait-ready", "--ready", "http://127.0.0.1:{PORT}/")
        self.assertEqual(len(self.record_events(uuid, "ready")), 1)

    def test_one_that_never_is_has_failed_and_left_nothing(self):
        for probe in ("tcp:1", "notify", "log:never", "exec:false", "exec:/nonexistent", "exec:sleep 1000"):
            with self.subTest(probe=probe):
                failed = self.jobctl("start", "-d", "--wait-ready", "--ready", probe, "--ready-timeout", "300ms", "--", "sh", "-c",
                                     "sleep 1000 & sleep 1000", check=1)
                uuid = failed.out.strip()
                self.assertRegex(failed.err, rf"\A(?m:jobctl: .* failed: it was not ready in time.*\n  jobctl logs {uuid[:8]}\n)\Z")
                self.assertEqual([self.job(uuid)[key] for key in ("state", "reason")], ["failed", "not ready"])
                self.wait_until(lambda: not harness.processes_of_jobs(), what="its processes to be gone")

    def test_one_that_ends_before(self):
        for text, reason in (("exit 3", "3"), ("exit 0", "not ready"), ("kill -9 $$", "SIGKILL")):
            for probe in ("tcp:1", "notify"):
                with self.subTest(text=text, probe=probe):
                    failed = self.jobctl("start", "-d", "--wait-ready", "--ready", probe, "--", "sh", "-c", text, check=1)
                    self.assertEqual([self.job(failed.out.strip())[key] for key in ("state", "reason")], ["failed", reason])

    def test_one_that_ends_before_is_told_to_have_failed(self):
        for probe in ("tcp:1", "notify"):
            with self.subTest(probe=probe):
                watched = self.jobctl("start", "--name", "early", "--ready", probe, "--", "true", check=1)
                self.assertRegex(watched.err, r"\[early ended: failed: it ended before it was ready \(true exited with status 0\) after [\d:]+\]\n")

    def test_between_two_commands_it_has_not_ended(self):
        for options in ([], ["-t"]):
            with self.subTest(options=options):
                uuid = self.start(*options, "--wait-ready", "--ready", "log:^hi", "--", "sleep", "0.05", "--then", "true", "--then", "sh", "-c",
                                  "echo hi; exec sleep 1000")
                self.assertEqual(self.state(uuid), "running")
                self.jobctl("kill", uuid)

    def test_one_that_answered_and_ended_well_was_ready(self):
        for options in ([], ["-t"]):
            for _ in range(5):
                uuid = self.start(*options, "--wait-ready", "--ready", "log:^hi", "--", "echo", "hi")
                self.assertEqual(self.wait_ended(uuid)["state"], "done")

    def test_killed_while_it_is_starting(self):
        uuid = self.start("--ready", "tcp:1", "--", "sleep", "1000")
        self.jobctl("kill", uuid)
        self.assertEqual(self.state(uuid), "killed")
        self.assertEqual(self.loaded_units(), [])

    def test_not_ready_is_a_failure_to_restart(self):
        uuid = self.start("--ready", "exec:sh -c '[ $JOBCTL_RUN = 3 ]'", "--ready-timeout", "200ms", "--restart", "on-failure",
                          "--restart-delay", "10ms", "--", "sleep", "1000")
        job = self.wait_state(uuid, "running")
        self.assertEqual([job["run"], job["restarts"]], [3, 2])

    def test_the_log_of_an_earlier_run_does_not_count(self):
        uuid = self.start("--ready", "log:ready", "--", "sh", "-c", "[ $JOBCTL_RUN = 1 ] && echo ready; exec sleep 1000")
        self.wait_state(uuid, "running")
        self.jobctl("restart", uuid)
        self.assertEqual(self.state(uuid), "starting")

    def test_a_probes_command_leaves_nothing_and_belongs_to_nobody(self):
        uuid = self.start("--ready", "exec:sh -c 'sleep 1000 & [ -e go ]'", "--", "sleep", "1000")
        self.let("go")
        self.wait_state(uuid, "running")
        self.assertEqual(len(self.payload_pids(uuid)), 1)
        self.wait_until(lambda: len(harness.processes_of_jobs()) == 1, what="the probes' processes to be gone")

    def test_wrong_ones_are_refused(self):
        cases = {
            ("--ready", "udp:3"): '--ready: "udp:3" is none of tcp:PORT,',
            ("--ready", "tcp"): "--ready: tcp means the job's port, and it has none",
            ("--ready", "http://h:{PORT}/"): '--ready: "http://h:{PORT}/" names a port that this job doesn\'t have',
            ("--ready", "http://:80/"): '--ready: "http://:80/" names no host',
            ("--ready", "http://h/=999"): '--ready: "http://h/=999" expects a status',
            ("--ready", "notify", "--ready-timeout", "0"): "--ready-timeout: less than 10ms",
            ("--ready", "tcp:70000"): '--ready: "70000" is not a port',
            ("--ready", "log:["): '--ready: "[" is not a regular expression: ',
            ("--ready", "exec:'x"): '--ready: "exec:\'x" has no command, or a quote',
            ("--ready-timeout", "3s"): "--ready-timeout needs --ready",
            ("--ready", "notify", "--scope"): "--scope and --ready exclude each other",
            ("--ready", "log:x", "--journal"): "--ready log: reads the log file",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)
        self.assertIn("--wait-ready needs --ready", self.jobctl("start", "-d", "--wait-ready", "--", "sleep", "1", check=2).err)
        self.assertIn("--wait-ready needs -d", self.jobctl("start", "--wait-ready", "--", "sleep", "1", check=2).err)
        self.assertEqual(self.jobs("-a"), [])


if __name__ == "__main__":
    harness.main()
