"""What the caller says reaches the job byte for byte, and systemd only ever sees plain ASCII of jobctl's own making.

After reloads and restarts too: systemd re-reads the text of a transient unit at any daemon-reload, and what is in it
by then is what would be executed.
"""

import ast
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys

from harness import JobctlTest, main, text_of

# A job that writes what execve(2) gave it: /proc has its bytes as they were. By renaming, so that who waits for the file
# finds it whole.
REPORT = r"""
import os, stat
mask = os.umask(0)
def read(name):
    with open('/proc/self/' + name, 'rb') as file: return file.read()
def descriptors():
    found = {}
    for name in os.listdir('/proc/self/fd'):
        try: found[int(name)] = os.readlink('/proc/self/fd/' + name)
        except FileNotFoundError: pass  # of the listing itself
    return found
report = dict(argv=read('cmdline').split(b'\0')[:-1], environ=read('environ').split(b'\0')[:-1], cwd=os.getcwdb(), umask=mask,
              limits=read('limits'), descriptors=descriptors(), status=read('status'))
path = os.environb[b'REPORT'] + b'.' + os.environb[b'JOBCTL_RUN']
with open(path + b'.new', 'w') as file: file.write(repr(report))
os.rename(path + b'.new', path)
"""

EVERY_BYTE = bytes(range(1, 256))

HOSTILE = [b"", b" ", b"$HOME", b"${HOME}", b"$$", b"$", b"%n %h %i %%", b"%", b";", b"; touch pwned", b"\\;", b"\\", b"trailing\\",
           b"'", b'"', b'"unclosed', b"`touch pwned`", b"$(touch pwned)", b"\n", b"a\nExecStartPost=/bin/touch pwned\n", b"\r", b"\t",
           b"\\x41\\n\\", b"=41", b"#comment", b"-d", b"--name", b"*", b"~", b"@foo", b"-foo", b"+foo", b"!foo", b"\xff\xfe\x80", b"\xc3",
           "üñí €uro 😀 \u202e".encode(), EVERY_BYTE, EVERY_BYTE[::-1], b"x" * 100_000, b"\xff" * 50_000 + b"$\\\n%" * 12_500, b""]

# What of the caller's environment isn't for a job: it belongs to the login or unit that the caller is in.
CALLERS_OWN = {"INVOCATION_ID": "1", "JOURNAL_STREAM": "8:1", "NOTIFY_SOCKET": "/run/n", "LISTEN_FDS": "1", "LISTEN_PID": "1",
               "LISTEN_FDNAMES": "a", "XDG_SESSION_ID": "5", "XDG_SESSION_TYPE": "tty", "XDG_SEAT": "seat0", "XDG_VTNR": "1",
               "SSH_CLIENT": "::1 1 2", "SSH_CONNECTION": "::1", "SSH_TTY": "/dev/pts/0", "SSH_AUTH_SOCK": "/tmp/a", "TERM": "xterm",
               "_": "/usr/bin/x", "MAINPID": "1", "MANAGERPID": "1", "SYSTEMD_EXEC_PID": "1", "WATCHDOG_USEC": "5", "WATCHDOG_PID": "1",
               "JOBCTL_UUID": "x", "JOBCTL_NAME": "x", "JOBCTL_TYPE": "x", "JOBCTL_SESSION": "x", "JOBCTL_LOG_FILE": "x", "JOBCTL_RUN": "77"}
OURS = {"INVOCATION_ID", "JOBCTL_UUID", "JOBCTL_NAME", "JOBCTL_TYPE", "JOBCTL_SESSION", "JOBCTL_LOG_FILE", "JOBCTL_RUN"}

HOW = {"service": [], "terminal": ["-t"], "scope": ["--scope"], "terminal in a scope": ["-t", "--scope"]}


class Reporting(JobctlTest):
    def setUp(self):
        super().setUp()
        for name in CALLERS_OWN:
            self.env.pop(name, None)
        self.reports = os.fsencode(self.dir / "report")
        self.env["REPORT"] = text_of(self.reports)

    def reporting(self, *arguments):
        return [sys.executable, "-IS", "-c", REPORT, *arguments]

    def report(self, run=1, path=None):
        path = (path or self.reports) + b".%d" % run
        self.wait_until(lambda: os.path.exists(path), what=lambda: f"a report of run {run}: {self.jobs('-a')}")
        with open(path) as file:
            return ast.literal_eval(file.read())

    def variables(self, report):
        return dict(text_of(assignment).split("=", 1) for assignment in report["environ"])

    def cat_unit(self, unit):
        """The text that systemd has for a unit, checked to be plain ASCII and to run nothing that isn't jobctl's."""
        text = subprocess.run(["systemctl", "--user", "--no-pager", "cat", "--", unit], capture_output=True, check=True,
                              env=self.environment(), timeout=60).stdout
        self.assertRegex(text, rb"\A[\n\x20-\x7e]*\Z")
        programs = [line for line in text.decode().splitlines() if re.match(r"\s*Exec\w*=", line)]
        for line in programs:
            self.assertRegex(line, r'\AExec(Start|StopPost)=(-?"/[\w./-]+/(launcher|finish)" .*)?\Z')
        return text.decode()

    def assert_harmless(self):
        found = [path for folder in (self.dir, pathlib.Path.home()) for path in folder.rglob("pwned*")]
        self.assertEqual(found, [], "something was executed")


class Arguments(Reporting):
    def environment_of_hostile_values(self):
        variables = {f"HOSTILE_{index}": text_of(value) for index, value in enumerate(HOSTILE)}
        names = [b"a b", b"\xff\xfe", b"a\nb", b"1", b"%n", b"$x", b"a;b", b"tail\\", "üml".encode(), b"a.b-c", bytes(set(EVERY_BYTE) - {61})]
        return {**variables, **{text_of(name): "value" for name in names}}

    def assert_verbatim(self, report, arguments, environment):
        self.assertEqual(report["argv"], [os.fsencode(word) for word in self.reporting(*arguments)])
        found = self.variables(report)
        self.assertEqual(len(found), len(report["environ"]), "a variable came twice")
        self.assertEqual(OURS & set(found), OURS)
        theirs = {name: value for name, value in found.items() if name not in OURS}
        self.assertEqual(theirs, self.environment(environment))

    def test_arguments_and_environment_arrive_byte_for_byte_over_restarts_and_reloads(self):
        environment = self.environment_of_hostile_values()
        for how, options in HOW.items():
            with self.subTest(how):
                reports = os.fsencode(self.dir / ("report " + how))
                wanted = {**environment, "REPORT": text_of(reports)}
                uuid = self.start(*options, "--", *self.reporting(*HOSTILE), env=wanted)
                self.assert_verbatim(self.report(path=reports), HOSTILE, wanted)
                self.assertEqual(self.wait_ended(uuid)["state"], "done")
                self.systemctl("daemon-reload")
                # As somebody else would call it: with another environment, from another place.
                self.jobctl("restart", uuid, env={"HOSTILE_1": "changed", "PATH": "/bin"}, cwd="/")
                self.assert_verbatim(self.report(2, reports), HOSTILE, wanted)
                self.wait_ended(uuid)
        self.assert_harmless()

    def test_a_unit_restarted_by_systemctl_after_a_reload_runs_the_same(self):
        words = [word for word in HOSTILE if len(word) < 1000]
        hold = "\nimport signal\nsignal.pause()\n"
        uuid = self.start("--name", "a ; $b %n", "--", sys.executable, "-IS", "-c", REPORT + hold, *words, env=self.environment_of_hostile_values())
        first = self.report()
        unit = self.job(uuid)["unit"]
        before = self.cat_unit(unit)
        description = self.unit_property(unit, "Description")
        self.systemctl("daemon-reload")
        self.assertEqual(self.cat_unit(unit), before)
        self.assertEqual(self.unit_property(unit, "Description"), description)
        self.systemctl("restart", unit)
        second = self.report(2)
        self.assertEqual(second["argv"], first["argv"])
        changing = (b"JOBCTL_RUN=", b"INVOCATION_ID=")
        same = [[v for v in report["environ"] if not v.startswith(changing)] for report in (first, second)]
        self.assertEqual(*same)
        self.jobctl("kill", uuid)
        self.assertEqual(self.job(uuid)["state"], "killed")
        self.assert_harmless()

    def test_every_command_of_several_arrives_byte_for_byte(self):
        hostile = [word for word in HOSTILE if len(word) < 1000]
        second = ["env", b"REPORT=" + self.reports + b"-second", *self.reporting(*reversed(hostile))]
        uuid = self.start("--", *self.reporting(*hostile), "--then", *second)
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        self.assertEqual(self.report()["argv"][4:], hostile)
        self.assertEqual(self.report(path=self.reports + b"-second")["argv"][4:], hostile[::-1])

    def test_then_is_an_ordinary_argument_under_no_then(self):
        self.start("--no-then", "--", *self.reporting("--then", "-x", "--"))
        self.assertEqual(self.report()["argv"][4:], [b"--then", b"-x", b"--"])

    def test_e_and_env_file_set_values_verbatim(self):
        values = [value for value in HOSTILE if value]
        options = [word for index, value in enumerate(values) for word in ("-e", b"E%d=%s" % (index, value))]
        file = self.dir / "variables"
        file.write_bytes(b"# comment\n\nFROM_FILE=a b $HOME %n \\\nQUOTED=\"x y\"\nBYTES=\xff\xfe\nE0=overridden\n")
        self.start("--env-file", file, *options, "-e", "EMPTY=", "-e", "PASSED", "--", *self.reporting(), env={"PASSED": "on"})
        report = self.variables(self.report())
        self.assertEqual([os.fsencode(report[f"E{index}"]) for index in range(len(values))], values)
        self.assertEqual((report["EMPTY"], report["PASSED"]), ("", "on"))
        self.assertEqual((report["FROM_FILE"], report["QUOTED"], os.fsencode(report["BYTES"])), ("a b $HOME %n \\", "x y", b"\xff\xfe"))

    def test_json_shows_the_command_as_valid_text_and_status_shows_it_on_one_line(self):
        words = [word for word in HOSTILE if len(word) < 1000]
        uuid = self.start("--", "true", *words)
        job = self.wait_ended(uuid)
        self.assertEqual(job["command"], ["true", *(word.decode("utf-8", "replace") for word in words)])
        lines = self.jobctl("status", uuid).out.splitlines()
        self.assertEqual(len([line for line in lines if "ExecStartPost" in line]), 1, lines)


class Surroundings(Reporting):
    def start_from_bash(self, setup, *options):
        """From a shell with other limits and masks than ours; returns what /proc/self/limits was there."""
        command = self.command("start", "-d", *options, "--", *self.reporting())
        done = subprocess.run(["bash", "-c", setup + '\ncat /proc/self/limits\nexec "$@"', "bash", *command], capture_output=True,
                              env=self.environment(), cwd=self.dir, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.rpartition(b"Max realtime timeout")[0]

    def test_umask_and_resource_limits_are_the_callers(self):
        setup = "umask 0037; ulimit -Sn 123; ulimit -Hn 456; ulimit -c 0; ulimit -Ss 1024; ulimit -f 40960; ulimit -t 1000"
        for how, options in HOW.items():
            with self.subTest(how):
                self.env["REPORT"] = str(self.dir / how)
                limits = self.start_from_bash(setup, *options)
                report = self.report(path=os.fsencode(self.dir / how))
                self.assertEqual(report["umask"], 0o037)
                self.assertEqual(report["limits"].rpartition(b"Max realtime timeout")[0], limits)

    def test_properties_win_over_the_callers_limits_and_mask(self):
        self.start("-p", "LimitNOFILE=77:99", "-p", "UMask=0007", "--", *self.reporting())
        report = self.report()
        self.assertRegex(report["limits"], rb"Max open files +77 +99 ")
        self.assertEqual(report["umask"], 0o007)

    def test_variables_of_the_callers_login_and_unit_are_not_passed_on(self):
        kept = {"XDG_RUNTIME_DIRX": "kept", "TERMINAL": "kept", "VIRTUAL_ENV": "/venv", "SSHX": "kept", "DISPLAY": ":0"}
        uuid = self.start("--name", "n", "--session", "s", "--", *self.reporting(), env={**CALLERS_OWN, **kept})
        found = self.variables(self.report())
        self.assertEqual({name: value for name, value in found.items() if name not in OURS}, self.environment(kept))
        job = self.wait_ended(uuid)
        self.assertEqual([found["JOBCTL_" + name] for name in ("UUID", "NAME", "TYPE", "SESSION", "LOG_FILE", "RUN")],
                         [uuid, "n", job["type"], "s", job["log_file"], "1"])
        self.assertRegex(found["INVOCATION_ID"], r"\A[0-9a-f]{32}\Z")

    def test_the_runs_of_a_scope_are_told_apart_whatever_unit_the_caller_is_in(self):
        uuid = self.start("--scope", "--", *self.reporting(), env=CALLERS_OWN)
        invocation = self.variables(self.report())["INVOCATION_ID"]
        self.assertRegex(invocation, r"\A[0-9a-f]{32}\Z")
        self.assertNotEqual(invocation, CALLERS_OWN["INVOCATION_ID"])
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        self.jobctl("restart", uuid, env=CALLERS_OWN)
        job = self.wait_ended(uuid)
        self.assertEqual((job["state"], job["run"]), ("done", 2))
        self.assertEqual([event["run"] for event in self.record_events(uuid, "ended")], ["1", "2"])

    def test_a_job_with_a_terminal_gets_the_callers_term(self):
        self.start("-t", "--", *self.reporting(), env={"TERM": "vt220"})
        self.assertEqual(self.variables(self.report())["TERM"], "vt220")

    def test_clean_env_starts_from_the_managers(self):
        self.systemctl("set-environment", "OF_THE_MANAGER=1")
        self.addCleanup(self.systemctl, "unset-environment", "OF_THE_MANAGER")
        self.start("--clean-env", "-e", b"REPORT=" + self.reports, "-e", "GIVEN=1", "--", *self.reporting(), env={"SECRET": "1"})
        found = self.variables(self.report())
        self.assertEqual((found.get("OF_THE_MANAGER"), found.get("GIVEN"), found.get("SECRET")), ("1", "1", None))

    def test_only_the_three_standard_descriptors_are_open(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        for how, options in HOW.items():
            with self.subTest(how):
                reports = os.fsencode(self.dir / how)
                client = self.spawn("start", "-d", *options, "--", *self.reporting(), env={"REPORT": text_of(reports)},
                                    pass_fds=(read_end, write_end))
                self.assertEqual(client.communicate(timeout=60)[1], b"")
                report = self.report(path=reports)
                self.assertEqual(sorted(report["descriptors"]), [0, 1, 2], report["descriptors"])
                if "-t" in options:
                    self.assertEqual(len(set(report["descriptors"].values())), 1)
                    self.assertIn("/pts/", "/" + report["descriptors"][0])
                else:
                    log = self.variables(report)["JOBCTL_LOG_FILE"]
                    self.assertEqual(list(map(report["descriptors"].get, (0, 1, 2))), ["/dev/null", log, log])

    def test_no_signal_is_ignored_or_blocked(self):
        def ignore_all():
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})

        for how, options in HOW.items():
            with self.subTest(how):
                client = self.spawn("start", "-d", *options, "--", "grep", "^Sig\\(Blk\\|Ign\\)", "/proc/self/status", preexec_fn=ignore_all)
                uuid = client.communicate(timeout=60)[0].decode().strip()
                self.wait_ended(uuid)
                lines = text_of(self.log_bytes(uuid)).splitlines()
                self.assertEqual(lines, ["SigBlk:\t" + "0" * 16, "SigIgn:\t" + "0" * 16])

    def test_the_working_directory_is_the_callers_or_the_given_one(self):
        odd = self.dir / "a b$%n\n\\" / text_of(b"\xff;")
        odd.mkdir(parents=True)
        self.start("--", *self.reporting(), cwd=odd)
        self.assertEqual(self.report()["cwd"], os.fsencode(odd))
        self.env["REPORT"] = str(self.dir / "second")
        self.start("-C", os.path.relpath(odd, self.dir), "--", *self.reporting())
        report = self.report(path=os.fsencode(self.dir / "second"))
        self.assertEqual(report["cwd"], os.fsencode(odd))
        self.assertEqual(os.path.realpath(self.variables(report)["PWD"]), str(odd))

    def test_a_working_directory_that_vanished_is_told_at_the_restart(self):
        place = self.dir / "place"
        place.mkdir()
        uuid = self.start("--name", "homeless", "--", "sh", "-c", "echo up; exec sleep 1000", cwd=place)
        self.wait_for_log(uuid, "up\n")
        self.jobctl("kill", uuid)
        place.rmdir()
        failed = self.jobctl("restart", uuid, check=1)
        self.assertRegex(failed.err, rf"\Ajobctl: could not start sh: .*{re.escape(str(place))}.*no such file or directory")
        job = self.job(uuid)
        self.assertEqual((job["state"], job["reason"], job["run"]), ("failed", "could not start", 2))
        place.mkdir()
        self.jobctl("restart", uuid)
        self.assertEqual(self.job(uuid)["state"], "running")

    def test_a_start_in_a_missing_directory_fails_with_its_reason(self):
        failed = self.jobctl("start", "-d", "-C", "nowhere", "--", "true", check=1)
        self.assertRegex(failed.err, r"\Ajobctl: could not start true: .*nowhere.*no such file or directory")
        self.assertEqual([job["state"] for job in self.jobs("-a")], ["failed"])


class Names(Reporting):
    NAMES = ["with space", "üñïcödé 😀", "a/b", "/", "..", ".", ".hidden", "../../../etc/passwd", "%n%h%%", "back\\slash", "tail\\", "a\\x2fb",
             "$HOME ${x} $(touch pwned)", "`touch pwned`", "; touch pwned ;", "'quo\"te", "-dash", "--all", "a=b", "#x", "*", "[a]", "a-b-c", "@",
             "name.service", "x" * 200, "ü" * 100, "%" * 200, "/" * 200]
    REFUSED = ["a\nb", "\n", "a\rb", "a\tb", "\x1b[31m", "a\x7f", "x" * 201, "ü" * 101, "a\nExecStartPost=/bin/touch pwned"]

    def words(self, option, value):
        return [f"{option}={value}"]  # a value may begin with a dash

    def start_all(self, option):
        started = {}
        for value in self.NAMES:
            with self.subTest(value):
                started[value] = self.start(*self.words(option, value), "--", "sleep", "1000")
        self.systemctl("daemon-reload")
        return started

    def check_all(self, option, key):
        logs = self.state_dir / "logs"
        for value, uuid in self.start_all(option).items():
            with self.subTest(value):
                job = self.job(uuid)
                self.assertEqual((job[key], job["state"]), (value, "running"))
                self.assertLess(len(job["unit"]), 256)
                self.assertIn(uuid, self.cat_unit(job["unit"]))
                self.assertEqual(pathlib.Path(job["log_file"]).resolve().parents[1], logs, "a log outside of its place")
                if not set(value) & set("*[\\"):
                    self.assertEqual([found["uuid"] for found in self.jobs(*self.words(option, value))], [uuid])
                self.assertIn(uuid, self.jobctl("list", "-o", "uuid").out)
        ended = self.jobctl("kill", "--all").out
        self.assertEqual(len(ended.splitlines()), len(self.NAMES), ended)
        self.assertEqual({job["state"] for job in self.jobs("-a")}, {"killed"})
        self.assert_harmless()

    def test_names_of_any_shape(self):
        self.check_all("--name", "name")

    def test_types_of_any_shape(self):
        self.check_all("--type", "type")

    def test_sessions_of_any_shape(self):
        self.check_all("--session", "session")
        self.assertNotIn("pwned", self.systemctl("list-units", "--all", "--type=service", "--no-legend", "[!j]*"))

    def test_control_characters_and_endless_names_are_refused(self):
        for option in ("--name", "--type", "--session"):
            for value in self.REFUSED:
                with self.subTest(option=option, value=value):
                    refused = self.jobctl("start", "-d", f"{option}={value}", "--", "true", check=2)
                    self.assertRegex(refused.err, r"\Ajobctl: [^\n]*" + option + r"[\x20-\x7e]*\n")
        self.assertEqual(self.jobs("-a"), [])

    def test_names_that_are_not_utf8_are_refused(self):
        """systemd lists no unit at all any more once it has a slice of such a name."""
        for option in (b"--name=caf\xe9", b"--type=\xff", b"--session=\xfe\x80", b"--session=\xc3", b"-lkey=\xe9"):
            with self.subTest(option):
                self.assertRegex(self.jobctl("start", "-d", option, "--", "true", check=2).err, r"\Ajobctl: [\x20-\x7e]* is not UTF-8\n")
        self.assertEqual(self.jobs("-a"), [])
        self.assertEqual(self.loaded_units(), [])

    def test_a_type_from_a_program_whose_name_is_not_utf8_stays_usable(self):
        program = os.fsencode(self.dir) + b"/caf\xe9"
        os.symlink("/bin/sleep", program)
        uuid = self.start("--session", "s", "--", program, "1000")
        job = self.job(uuid)
        self.assertEqual((job["type"], job["name"]), ("caf\ufffd", "caf\ufffd-" + uuid[:8]))
        self.cat_unit(job["unit"])
        self.jobctl("status", uuid)
        self.jobctl("list", "-o", "wide")
        self.jobctl("kill", "--type", b"caf\xe9")
        self.assertEqual(self.job(uuid)["state"], "killed")

    def test_the_basename_of_any_program_is_a_type(self):
        folder = self.dir / "a b"
        folder.mkdir()
        program = self.script("exit 3", "a b/%n $x;-\\ü")
        uuid = self.start("--", program)
        job = self.wait_ended(uuid)
        self.assertEqual((job["exit_code"], job["type"]), (3, "%n $x;-\\ü"))


class Injection(Reporting):
    """Nothing that a user writes becomes a directive of a unit file."""

    PAYLOADS = [b"x\nExecStartPost=/bin/touch %h/pwned", b"x\n[Service]\nExecStartPost=/bin/touch %h/pwned\n", b"x\\\nExecStartPost=/bin/touch %h/pwned",
                b"x\rExecStartPost=/bin/touch %h/pwned", b'x" ; /bin/touch %h/pwned ; "', b"x; /bin/touch %h/pwned", b"$(touch %h/pwned)",
                b"x\xe2\x80\xa8ExecStartPost=/bin/touch %h/pwned", b"x\\nExecStartPost=/bin/touch %h/pwned\\"]

    def run_through(self, *options, command=("sleep", "1000")):
        """Starts, reloads, restarts by systemctl, and ends a job: whatever was smuggled in would be executed by then."""
        result = self.jobctl("start", "-d", *options, "--", *command, check=False)
        self.assertIn(result.code, (0, 1, 2), result.err)
        if result.code == 0:
            uuid = result.out.strip()
            unit = self.job(uuid)["unit"]
            before = self.cat_unit(unit)
            self.systemctl("daemon-reload")
            self.assertEqual(self.cat_unit(unit), before)
            self.systemctl("restart", unit)
            self.assertEqual(self.wait_state(uuid, "running")["run"], 2)
            self.jobctl("kill", uuid)
            self.assertEqual(self.job(uuid)["state"], "killed")
        self.assert_harmless()
        return result.code

    def test_in_arguments_labels_and_variables(self):
        words = [option for payload in self.PAYLOADS for option in ("-e", b"V=" + payload, "-e", payload + b"=1")]
        self.assertEqual(self.run_through(*words, command=("sleep", "1000")), 0)
        self.assertEqual(self.run_through(command=("sh", "-c", "exec sleep 1000", *self.PAYLOADS)), 0)
        for payload in self.PAYLOADS:
            code = self.jobctl("start", "-d", "-l", b"key=" + payload, "--", "true", check=False).code
            self.assertEqual(code, 2 if set(payload) & set(b"\r\n") else 0)
        self.assert_harmless()

    def test_in_paths_of_logs(self):
        for index, payload in enumerate(self.PAYLOADS):
            with self.subTest(payload):
                folder = os.fsencode(self.dir) + b"/%d-" % index + payload.replace(b"/", b"_")
                self.assertEqual(self.run_through("--log-file", folder + b"/log"), 0)
                self.assertTrue(os.path.isfile(folder + b"/log"))

    def test_in_working_directories_and_programs(self):
        for index, payload in enumerate(self.PAYLOADS):
            with self.subTest(payload):
                folder = os.fsencode(self.dir) + b"/%d-" % index + payload.replace(b"/", b"_")
                os.mkdir(folder)
                program = folder + b"/" + payload.replace(b"/", b"_")
                os.symlink("/bin/sleep", program)
                result = self.jobctl("start", "-d", "-C", folder, "--type", "t", "--", program, "1000")
                self.cat_unit(self.job(result.out.strip())["unit"])
        self.systemctl("daemon-reload")
        self.jobctl("kill", "--all")
        self.assert_harmless()

    def test_in_properties(self):
        for payload in (b"Nice=5\nExecStartPost=/bin/touch %h/pwned", b"Nice=5\rExecStartPost=/bin/touch %h/pwned", b"Nice=5\\",
                        b"Nice\nExecStartPost=/bin/touch %h/pwned", b"[Service]Nice=5", b"=5", b"Nice", b"", b" Nice=5", b"Nice =5",
                        b"ExecStart=/bin/touch %h/pwned", b"ExecStopPost=/bin/touch %h/pwned", b"Nice=5\x0bx", b"Nice=5\x7f"):
            with self.subTest(payload):
                refused = self.jobctl("start", "-d", "-p", payload, "--", "true", check=False)
                self.assertIn(refused.code, (1, 2), refused.err)
                self.assertRegex(refused.err, r"\Ajobctl: [^\n\x00-\x1f]+\n")
        for value in (b"x\xe2\x80\xa8ExecStartPost=/bin/touch %h/pwned", b"x ; /bin/touch %h/pwned", b'"x\\" /bin/touch', b"caf\xe9"):
            with self.subTest(value):
                self.run_through("-p", b"SyslogLevelPrefix=" + value)
        self.assertNotIn("running", {job["state"] for job in self.jobs("-a")})
        self.assert_harmless()

    def test_in_names_types_and_sessions(self):
        for payload in self.PAYLOADS:
            with self.subTest(payload):
                refused = bool(set(payload) & set(b"\r\n"))
                for option in (b"--name=", b"--type=", b"--session="):
                    self.assertEqual(self.run_through(option + payload), 2 if refused else 0)


class Places(Reporting):
    FOLDERS = [b"with spaces  and tabs\t", "ünïcödé 😀".encode(), b"new\nline\n", b"\xff\xfe not utf-8", b"%n$HOME;\\x41\\", b"'\"`#", b"-dash =41"]

    def life(self, log_of):
        """A job from its start over a reload and a restart to its end; its log must have everything."""
        uuid = self.start("--type", "t", "--name", "n", "--", "sh", "-c", "printf 'run %s\\n' $JOBCTL_RUN; exec sleep 1000")
        log = log_of(uuid)
        self.wait_for_file(text_of(log), "run 1\n")
        self.cat_unit(self.job(uuid)["unit"])
        self.systemctl("daemon-reload")
        self.jobctl("restart", "n")
        self.wait_for_file(text_of(log), "run 1\nrun 2\n")
        self.jobctl("kill", "n")
        self.assertEqual(self.job(uuid)["state"], "killed")
        self.assertEqual(self.jobctl("logs", "n").out, "run 1\nrun 2\n")
        self.assertEqual(stat.S_IMODE(os.stat(log).st_mode), 0o600)
        self.assertEqual(self.jobctl("flush", "--logs").code, 0)
        self.assertFalse(os.path.exists(log))
        return uuid

    def test_log_directories_of_any_shape(self):
        for folder in self.FOLDERS:
            with self.subTest(folder):
                place = os.fsencode(self.dir) + b"/logs/" + folder
                self.env["JOBCTL_LOGS"] = text_of(place)
                self.life(lambda uuid: place + b"/t/t-" + uuid.encode() + b".log")
        del self.env["JOBCTL_LOGS"]

    def test_state_directories_of_any_shape(self):
        usual = self.env["XDG_STATE_HOME"]
        for folder in self.FOLDERS:
            with self.subTest(folder):
                place = os.fsencode(self.dir) + b"/state of/" + folder
                self.env["XDG_STATE_HOME"] = text_of(place)
                self.life(lambda uuid: place + b"/jobctl/logs/t/t-" + uuid.encode() + b".log")
                self.assertTrue(os.path.isfile(place + b"/jobctl/jobs.db"))
        self.env["XDG_STATE_HOME"] = usual

    def test_relative_state_directories_are_ignored(self):
        self.env.update(HOME=str(self.dir), XDG_STATE_HOME="state")
        self.jobctl("start", "-d", "--", "true", cwd="/")
        self.assertEqual(len(self.jobs("-a")), 1)
        self.assertTrue((self.dir / ".local/state/jobctl/jobs.db").is_file())


class LogFiles(Reporting):
    SAY = ["sh", "-c", "echo run $JOBCTL_RUN; exec sleep 1000"]

    def running(self, *options):
        uuid = self.start(*options, "--", *self.SAY)
        log = pathlib.Path(self.job(uuid)["log_file"])
        self.wait_for_file(log, "run 1")  # and \r\n, or \n
        return uuid, log

    def test_a_removed_log_is_made_anew_by_the_restart(self):
        uuid, log = self.running()
        log.unlink()
        log.parent.rmdir()
        self.jobctl("restart", uuid)
        self.assertEqual(self.wait_for_file(log, "\n"), "run 2\n")
        self.assertEqual(stat.S_IMODE(log.stat().st_mode), 0o600)

    def test_a_link_in_the_place_of_the_log_is_never_followed(self):
        for how, options in HOW.items():
            with self.subTest(how):
                uuid, log = self.running(*options)
                precious = self.dir / "precious"
                precious.write_text("untouched\n")
                for target in (precious, self.dir / "not yet"):
                    log.unlink()
                    log.symlink_to(target)
                    failed = self.jobctl("restart", uuid, check=1)
                    self.assertRegex(failed.err, rf"\Ajobctl: could not start sh: .*{re.escape(log.name)}.*symbolic link")
                self.assertEqual(precious.read_text(), "untouched\n")
                self.assertFalse((self.dir / "not yet").exists())
                job = self.job(uuid)
                self.assertEqual((job["state"], job["reason"]), ("failed", "could not start"))
                log.unlink()
                self.jobctl("restart", uuid)
                self.wait_for_file(log, "run 4")

    def test_what_is_no_file_is_refused_as_a_log(self):
        link, fifo = self.dir / "link", self.dir / "fifo"
        link.symlink_to(self.dir / "target")
        os.mkfifo(fifo)
        closed = self.dir / "closed"
        closed.mkdir(mode=0o500)
        for path, culprit, why in ((link, link, "symbolic link"), (fifo, fifo, "FIFO"), (self.dir, self.dir, "directory"),
                                   (closed / "log", closed / "log", "permission denied"), (fifo / "log", fifo, "not a directory")):
            with self.subTest(why):
                failed = self.jobctl("start", "-d", "--log-file", path, "--", "true", check=1)
                self.assertRegex(failed.err, rf"(?i)\Ajobctl: [^\n]*{re.escape(str(culprit))}: [^\n]*{why}")
        self.assertFalse((self.dir / "target").exists())
        self.assertEqual({job["state"] for job in self.jobs("-a")} - {"failed"}, set())

    def test_a_log_on_a_full_device_leaves_the_job_and_its_record_alone(self):
        complaining = "import os, sys\ntry: os.write(1, b'x')\nexcept OSError as error: sys.exit(error.errno)"
        uuid = self.start("--log-file", "/dev/full", "--", sys.executable, "-IS", "-c", complaining)
        job = self.wait_ended(uuid)
        self.assertEqual((job["state"], job["exit_code"]), ("failed", 28))
        self.jobctl("logs", uuid, check=False)

    def fill(self):
        """Leaves 64 KiB in the small file system."""
        small = pathlib.Path(os.environ["JOBCTL_TEST_SMALL_DIR"])
        ballast = small / "ballast"
        self.addCleanup(lambda: ballast.unlink() if ballast.exists() else None)
        room = os.statvfs(small)
        ballast.write_bytes(bytes(room.f_bavail * room.f_bsize - (64 << 10)))
        return small, ballast

    def test_a_job_that_fills_the_disk_is_told_so_by_its_own_writes(self):
        small, _ = self.fill()
        writing = "import os, sys\ntry:\n  while True: os.write(1, b'x' * 4095 + b'\\n')\nexcept OSError as error: sys.exit(error.errno)"
        uuid = self.start("--log-file", small / "log", "--", sys.executable, "-IS", "-c", writing)
        self.addCleanup((small / "log").unlink)
        job = self.wait_ended(uuid)
        self.assertEqual((job["state"], job["exit_code"]), ("failed", 28))
        self.assertGreater((small / "log").stat().st_size, 32 << 10)

    def test_a_terminals_output_waits_for_room_on_a_full_disk_and_loses_nothing(self):
        small, ballast = self.fill()
        uuid = self.start("-t", "--log-file", small / "log", "--", "sh", "-c", "seq 40000; echo finished")
        self.addCleanup((small / "log").unlink)
        self.wait_until(lambda: os.statvfs(small).f_bavail == 0, what="the disk to be full")
        self.assertEqual(self.job(uuid)["state"], "running")
        ballast.unlink()
        self.assertEqual(self.wait_ended(uuid)["state"], "done")
        wanted = b"".join(b"%d\r\n" % number for number in range(1, 40001)) + b"finished\r\n"
        self.assertEqual((small / "log").read_bytes(), wanted)

    def test_a_limit_on_the_size_of_files_ends_the_job_and_is_told(self):
        # 4 KiB, less than jobctl itself writes: the limit is the job's, not that of those who record it.
        for how, options in HOW.items():
            if "-t" in options:
                continue
            with self.subTest(how):
                script = "prlimit --fsize=4096:4096 --pid $$; yes"
                uuid = self.start(*options, "--", "bash", "-c", script)
                job = self.wait_ended(uuid)
                self.assertEqual(job["state"], "failed")
                self.assertEqual(os.path.getsize(job["log_file"]), 4096)


if __name__ == "__main__":
    main()
