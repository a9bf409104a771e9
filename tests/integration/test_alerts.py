"""--on-end, --on-failure, --on-unhealthy: who is told what, and what becomes of it."""

import email
import email.policy
import http.server
import json
import subprocess
import threading

import harness


class Receiver:
    """A web server that answers with these status codes, one after the other, and keeps what it was sent."""

    def __init__(self, *codes):
        self.requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, self.headers["Content-Type"], body))
                self.send_response(codes[min(len(receiver.requests), len(codes)) - 1])
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Alerts(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        self.env["PATH"] = f"{self.bin}:{self.env['PATH']}"

    def told(self, name="told"):
        """An alert command that writes its environment and its standard input to files; the target."""
        script = self.script(f'env > "$JOBCTL_EVENT.env.new"; cat > "$JOBCTL_EVENT.json"; mv "$JOBCTL_EVENT.env.new" "$JOBCTL_EVENT.env"; echo x >> {name}',
                             name=f"{name}.sh")
        return f"exec:{script} 'an argument'"

    def program(self, name, text):
        """A stand-in in the PATH of the jobs."""
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def alerts(self, uuid):
        return self.job(uuid)["alerts"]

    def results(self, uuid):
        return [(alert["event"], alert["result"]) for alert in self.alerts(uuid)]

    def wait_alerted(self, uuid, count=1):
        """Waits until that many have been told, or not; returns them."""
        return self.wait_until(lambda: (lambda all: all if len(all) == count and all_done(all) else None)(self.alerts(uuid)),
                               what=lambda: f"{count} alerts: {self.alerts(uuid)}")

    def variables(self, event):
        text = self.wait_for_file(self.dir / f"{event}.env")
        return dict(line.split("=", 1) for line in text.splitlines() if line.startswith(("JOBCTL_", "MINE=")))

    def alert_units(self):
        return [unit for unit in self.loaded_units() if "-alert-" in unit]

    # ---- commands

    def test_a_command_gets_what_has_happened_as_variables_and_json(self):
        for options in ([], ["--scope"], ["-t"]):
            with self.subTest(options=options):
                uuid = self.start("--name", "nightly", "-e", "MINE=yes", "--on-failure", self.told(), *options, "--",
                                  "sh", "-c", "seq 30; printf 'b\\377d\\n'; exit 3")
                self.wait_alerted(uuid)
                self.assertEqual(self.results(uuid), [("failure", "sent")])
                variables = self.variables("failure")
                expected = {"EVENT": "failure", "STATE": "failed", "REASON": "3", "EXIT_CODE": "3", "SIGNAL": "", "RUN": "1", "UUID": uuid,
                            "NAME": "nightly", "HOST": self.job(uuid)["host"]}
                self.assertEqual({key: variables["JOBCTL_" + key] for key in expected}, expected)
                self.assertRegex(variables["JOBCTL_SUMMARY"], r"\Anightly failed: sh exited with status 3 after 00:00:\d\d\Z")
                self.assertRegex(variables["JOBCTL_RUNTIME"], r"\A\d+\Z")
                self.assertEqual(variables["MINE"], "yes")
                told = json.loads((self.dir / "failure.json").read_text())
                self.assertEqual(told["log"], [*map(str, range(12, 31)), "b\ufffdd"])
                self.assertEqual((told["event"], told["summary"]), ("failure", variables["JOBCTL_SUMMARY"]))
                listed = next(job for job in self.jobs("-a") if job["uuid"] == uuid)
                self.assertEqual({key: told[key] for key in listed}, listed)
                (self.dir / "failure.env").unlink()

    def test_of_a_journal_job_the_lines_come_from_the_journal(self):
        uuid = self.start("--journal", "--on-end", self.told(), "--", "sh", "-c", "echo from the journal")
        self.wait_alerted(uuid)
        log = json.loads((self.dir / "end.json").read_text())["log"]
        self.assertIn(log, ([], ["from the journal"]), "journald is late at times")

    def test_the_log_is_the_programs_own_and_of_this_run(self):
        uuid = self.start("--own-log", "own.log", "--on-end", self.told(), "--", "sh", "-c", "echo output; echo mine > own.log")
        self.wait_alerted(uuid)
        self.assertEqual(json.loads((self.dir / "end.json").read_text())["log"], ["mine"])
        uuid = self.start("--name", "twice", "--on-end", self.told(), "--", "sh", "-c", "echo run $JOBCTL_RUN")
        self.wait_alerted(uuid)
        self.jobctl("restart", uuid)
        self.wait_until(lambda: self.job(uuid)["run"] == 2 and self.results(uuid) == [("end", "sent")], what="the alert of run 2")
        self.assertEqual(json.loads((self.dir / "end.json").read_text())["log"], ["run 2"])

    def test_one_that_does_not_read_its_input_has_not_failed(self):
        uuid = self.start("--on-end", "exec:true", "--", "sh", "-c", "seq 10000")
        self.wait_alerted(uuid)
        self.assertEqual(self.results(uuid), [("end", "sent")])

    def test_one_that_hangs_holds_up_nobody(self):
        uuid = self.start("--on-failure", "exec:sleep 1000", "--", "false")
        self.assertEqual(self.jobctl("wait", uuid, check=1).code, 1)
        self.assertEqual(self.state(uuid), "failed")
        self.assertEqual(self.results(uuid), [("failure", "pending")])
        self.assertIn("Alerts: failure, exec:sleep 1000: pending", self.jobctl("status", uuid).out)
        units = self.wait_until(self.alert_units, what="the alert's unit")
        self.assertEqual(len(units), 1)
        self.assertEqual([job["uuid"] for job in self.jobs("-a")], [uuid])
        self.assertEqual(self.jobctl("list", "--running", "-o", "uuid").out, "")
        self.jobctl("flush", uuid)
        self.assertEqual(self.jobs("-a"), [])
        self.assertEqual(self.alert_units(), units)
        self.systemctl("stop", *units)

    def test_one_that_is_stopped_is_recorded(self):
        uuid = self.start("--on-failure", "exec:sleep 1000", "--", "false")
        self.wait_state(uuid, "failed")
        units = self.wait_until(self.alert_units, what="the alert's unit")
        self.wait_until(lambda: "sleep 1000" in str(harness.processes_of_jobs()), what="the command to run")
        self.systemctl("stop", *units)
        self.assertEqual(self.wait_alerted(uuid)[0]["text"], "its unit was ended: SIGTERM")

    def test_what_can_not_be_told_is_recorded(self):
        failing = self.script("echo for the journal >&2; exit 4", name="failing")
        uuid = self.start("--on-end", "exec:no-such-program", "--on-end", f"exec:{failing}", "--on-end", "exec:/no/such/file x", "--", "true")
        texts = [alert["text"] for alert in self.wait_alerted(uuid, 3)]
        self.assertEqual(texts, ["could not start no-such-program: no such file or directory (searched PATH)",
                                 f"{failing}: exit status 4", "could not start /no/such/file: no such file or directory"])
        self.assertEqual(self.results(uuid), [("end", "failed")] * 3)
        status = self.jobctl("status", uuid).out
        self.assertIn(f"Alerts: end, exec:no-such-program: failed, {texts[0]}\n", status)
        self.assertEqual(self.state(uuid), "done")

    def test_the_directory_may_be_gone(self):
        gone = self.dir / "gone"
        gone.mkdir()
        self.program("sendmail", f"cat > {self.dir}/mail")
        uuid = self.start("-C", gone, "--on-end", "exec:true", "--on-end", "mail", "--", "rmdir", gone)
        self.assertEqual([alert["text"] for alert in self.wait_alerted(uuid, 2)], [None, None])

    # ---- when

    def test_only_what_is_an_end_for_good_is_told(self):
        uuid = self.start("--restart", "on-failure:2", "--restart-delay", "10ms", "--on-end", self.told("ends"), "--on-failure", self.told(), "--",
                          "sh", "-c", "echo $JOBCTL_RUN >> runs; exit 3")
        self.wait_alerted(uuid, 2)
        self.assertEqual((self.dir / "runs").read_text().split(), ["1", "2", "3"])
        self.assertEqual((self.dir / "told").read_text() + (self.dir / "ends").read_text(), "x\nx\n")
        self.assertEqual(self.variables("failure")["JOBCTL_RUN"], "3")
        self.assertIn("(given up after 2 restarts)", self.variables("failure")["JOBCTL_SUMMARY"])
        self.assertEqual(len(self.record_events(uuid, "alerting")), 2)

    def test_a_crash_loop_is_told_when_it_is_given_up(self):
        uuid = self.start("--restart", "on-failure", "--restart-delay", "1ms", "--restart-max-delay", "1ms", "--on-failure", self.told(), "--", "false")
        self.wait_until(lambda: self.record_events(uuid, "alerted"), what="the alert")
        self.wait_state(uuid, "failed")
        self.assertEqual(self.variables("failure")["JOBCTL_RUN"], "11")
        self.assertEqual(len(self.record_events(uuid, "alerting")), 1)

    def test_one_that_is_killed_has_ended_but_not_failed(self):
        for kill in (lambda uuid: self.jobctl("kill", uuid), lambda uuid: self.systemctl("stop", self.job(uuid)["unit"])):
            for options in ([], ["--scope"]):
                uuid = self.start("--on-end", self.told(), "--on-failure", self.told(), *options, "--", "sleep", "1000")
                self.wait_state(uuid, "running")
                kill(uuid)
                self.wait_alerted(uuid)
                self.assertEqual(self.results(uuid), [("end", "sent")])
                self.assertEqual(self.variables("end")["JOBCTL_STATE"], "killed")
                (self.dir / "end.env").unlink()

    def test_every_way_to_fail_is_told(self):
        cases = {
            "SIGSEGV": ["--", "sh", "-c", "kill -SEGV $$"],
            "timeout": ["--timeout", "200ms", "--", "sleep", "1000"],
            "not ready": ["--ready", "exec:false", "--ready-timeout", "100ms", "--", "sleep", "1000"],
            "unhealthy": ["--health", "exec:false", "--health-interval", "20ms", "--health-retries", "1", "--on-unhealthy", "kill", "--", "sleep", "1000"],
        }
        for reason, command in cases.items():
            with self.subTest(reason=reason):
                uuid = self.start("--on-failure", self.told(), *command)
                self.wait_alerted(uuid)
                self.assertEqual(self.variables("failure")["JOBCTL_REASON"], reason)
                (self.dir / "failure.env").unlink()

    def test_a_restart_that_can_not_start_is_told_and_a_start_tells_itself(self):
        program = self.script('mv "$0" "$0.gone"; exit 3', name="program")
        uuid = self.start("--restart", "on-failure:5", "--restart-delay", "10ms", "--on-failure", self.told(), "--", program)
        self.wait_alerted(uuid)
        self.jobctl("start", "-d", "--on-failure", self.told("first"), "--", "/no/such/program", check=1)
        self.assertFalse((self.dir / "first").exists())
        refused = next(job["uuid"] for job in self.jobs("-a") if job["uuid"] != uuid)
        self.assertEqual(self.record_events(refused, "alerting"), [])

    def test_the_hook_tells_once_however_often_it_runs(self):
        uuid = self.start("--on-end", self.told(), "--", "true")
        self.wait_alerted(uuid)
        for _ in range(2):
            subprocess.run([harness.BUILD / "finish", self.record_path(uuid)], check=True, env=self.environment(
                {"SERVICE_RESULT": "success", "EXIT_CODE": "exited", "EXIT_STATUS": "0",
                 "INVOCATION_ID": self.record_events(uuid, "started")[0]["invocation"]}))
        self.assertEqual(len(self.record_events(uuid, "alerting")), 1)
        self.assertEqual((self.dir / "told").read_text(), "x\n")

    # ---- unhealthy

    def test_an_unhealthy_job_is_told_each_time(self):
        (self.dir / "well").touch()
        uuid = self.start("--name", "web", "--health", "exec:test -e well", "--health-interval", "30ms", "--health-retries", "1",
                          "--on-unhealthy", self.told(), "--", "sleep", "1000")
        for count in (1, 2):
            (self.dir / "well").unlink()
            self.wait_alerted(uuid, count)
            self.assertEqual(self.state(uuid), "unhealthy")
            (self.dir / "well").touch()
            self.wait_state(uuid, "running")
        self.assertEqual(self.variables("unhealthy")["JOBCTL_STATE"], "unhealthy")
        self.assertEqual(self.variables("unhealthy")["JOBCTL_SUMMARY"], "web is unhealthy: test: exit status 1")

    def test_alert_means_the_targets_of_failure_and_an_action_may_stand_beside(self):
        ill = ["--health", "exec:false", "--health-interval", "20ms", "--health-retries", "1"]
        uuid = self.start(*ill, "--on-unhealthy", "alert", "--on-failure", self.told(), "--", "sleep", "1000")
        self.wait_alerted(uuid)
        self.assertEqual((self.results(uuid), self.state(uuid)), ([("unhealthy", "sent")], "unhealthy"))
        uuid = self.start(*ill, "--on-unhealthy", "kill", "--on-unhealthy", self.told(), "--", "sleep", "1000")
        self.wait_state(uuid, "failed")
        self.wait_alerted(uuid)
        self.assertEqual(self.results(uuid), [("unhealthy", "sent")])

    # ---- mail, notification, webhook

    def test_mail_is_for_the_user_or_an_address(self):
        self.program("sendmail", f'echo "$@" >> {self.dir}/arguments; cat > {self.dir}/"mail.$3"')
        name = 'Zoë "<b>\u202e漢'
        uuid = self.start("--name", name, "--on-end", "mail", "--on-end", "mail:bob@example.org", "--", "sh", "-c", "echo last; echo .")
        self.wait_alerted(uuid, 2)
        user = self.job(uuid)["user"]
        self.assertEqual(sorted((self.dir / "arguments").read_text().splitlines()), sorted([f"-i -- {user}", "-i -- bob@example.org"]))
        mail = email.message_from_bytes((self.dir / "mail.bob@example.org").read_bytes(), policy=email.policy.default)
        self.assertEqual(mail["To"], "bob@example.org")
        self.assertEqual(mail.keys(), ["To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"])
        self.assertTrue(mail["Subject"].startswith('Zoë "<b>\\u202e漢 done: sh exited with status 0'), mail["Subject"])
        self.assertTrue(mail.get_content().endswith("\nlast\n.\n"), mail.get_content())

    def test_what_sendmail_says_is_the_reason(self):
        self.program("sendmail", "echo first >&2; echo 'queue full' >&2; exit 75")
        uuid = self.start("--on-end", "mail", "--", "true")
        self.assertEqual(self.wait_alerted(uuid)[0]["text"], "sendmail: exit status 75: queue full")

    def test_a_notification_has_no_markup_and_finds_the_bus(self):
        self.program("notify-send", f'printf "%s\\n" "$@" "$DBUS_SESSION_BUS_ADDRESS" > {self.dir}/shown.new; mv {self.dir}/shown.new {self.dir}/shown')
        uuid = self.start("--name", "<i>&", "--on-failure", "notify", "--", "sh", "-c", "echo '<b>last</b>'; exit 3", env={"DBUS_SESSION_BUS_ADDRESS": None})
        self.wait_alerted(uuid)
        self.assertEqual(self.results(uuid), [("failure", "sent")])
        shown = (self.dir / "shown").read_text().splitlines()
        self.assertEqual(shown[:5], ["-a", "jobctl", "-u", "critical", "--"])
        self.assertRegex(shown[5], r"\A<i>& failed: sh exited with status 3 after 00:00:\d\d\Z")
        self.assertEqual(shown[6], "&lt;b&gt;last&lt;/b&gt;")
        self.assertTrue(shown[7].startswith("unix:"), shown)

    def test_a_webhook_is_sent_the_same_json_and_asked_again(self):
        with Receiver(500, 429, 204) as server:
            uuid = self.start("--on-end", server.url + "/hook?secret=word", "--", "echo", "hello")
            self.wait_alerted(uuid)
            self.assertEqual(self.results(uuid), [("end", "sent")])
            self.assertEqual([(path, kind) for path, kind, _ in server.requests], [("/hook?secret=word", "application/json")] * 3)
            told = json.loads(server.requests[-1][2])
            self.assertEqual((told["uuid"], told["state"], told["event"], told["log"]), (uuid, "done", "end", ["hello"]))
            self.assertIn(f"Alerts: end, {server.url}: sent\n", self.jobctl("status", uuid).out)
            self.assertNotIn("secret", self.jobctl("status", uuid).out)

    def test_a_webhook_that_says_no_is_not_asked_again(self):
        for code in (404, 302):
            with Receiver(code) as server:
                uuid = self.start("--on-end", server.url, "--", "true")
                self.assertEqual(self.wait_alerted(uuid)[0]["text"], f"HTTP {code}")
                self.assertEqual(len(server.requests), 1)

    def test_a_webhook_that_is_no_url_is_not_asked_again(self):
        uuid = self.start("--on-end", "http://%00/", "--", "true")
        alert = self.wait_alerted(uuid)[0]
        self.assertEqual(alert["result"], "failed")
        self.assertNotIn("asked", alert["text"])

    def test_a_webhook_that_nobody_answers_is_given_up(self):
        uuid = self.start("--on-end", f"http://127.0.0.1:{harness.free_port()}/", "--", "true")
        alert = self.wait_alerted(uuid)[0]
        self.assertEqual(alert["result"], "failed")
        self.assertRegex(alert["text"], r"connect.*, asked 5 times")

    # ---- configuration

    def configure(self, text):
        folder = self.dir / "config" / "jobctl"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(text)

    def test_defaults_are_replaced_by_options_and_kept_over_restarts(self):
        self.configure(f'[start]\non_failure = ["{self.told("one")}", "{self.told("two")}"]\non_end = "exec:true"\n')
        uuid = self.start("--", "false")
        self.wait_alerted(uuid, 3)
        self.assertTrue((self.dir / "one").exists() and (self.dir / "two").exists())
        other = self.start("--on-failure", self.told("three"), "--", "false")
        self.wait_alerted(other, 2)
        self.assertEqual((self.dir / "one").read_text(), "x\n")
        self.assertIn('on_failure = ["exec:', self.jobctl("config").out)
        self.configure("")
        self.jobctl("restart", uuid)
        self.wait_until(lambda: self.job(uuid)["run"] == 2 and len(self.results(uuid)) == 3, what="the alerts of run 2")
        self.wait_alerted(uuid, 3)
        self.assertEqual((self.dir / "one").read_text(), "x\nx\n")
        self.assertEqual(json.loads(self.jobctl("config", "-o", "json").out)["start"], {})

    def test_wrong_ones_are_refused_and_nothing_is_started(self):
        health = ["--health", "tcp:1"]
        cases = {
            ("--on-end", "sms"): '--on-end: "sms" is none of exec:COMMAND, notify, mail[:ADDRESS], http://',
            ("--on-end", "https://h:99999/"): '--on-end: "https://h:99999/" names no port from 1 to 65535',
            ("--on-end", "exec:"): '--on-end: "exec:" has no command',
            ("--on-failure", "exec:a 'b"): "--on-failure: \"exec:a 'b\" has a quote that isn't closed",
            ("--on-failure", "mail:a\nBcc: b"): '--on-failure: "mail:a?Bcc: b" is not an address',
            ("--on-unhealthy", "notify"): "--health-… and --on-unhealthy need --health",
            (*health, "--on-unhealthy", "kill", "--on-unhealthy", "restart"): "--on-unhealthy: kill and restart exclude each other",
            (*health, "--on-unhealthy", "alert"): "--on-unhealthy alert needs --on-failure",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)
        self.assertEqual(self.jobs("-a"), [])


def all_done(alerts):
    return all(alert["result"] in ("sent", "failed") for alert in alerts)


if __name__ == "__main__":
    harness.main()
