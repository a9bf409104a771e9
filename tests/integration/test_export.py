"""What jobctl export writes runs the same without jobctl: systemd reads the unit files, tomllib the job files."""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import unittest

from harness import JobctlTest, main, text_of

try:
    import tomllib
except ImportError:  # python before 3.11
    tomllib = None

# A program that writes down in hex what it was given, and what it has of its user's settings.
REPORT = r"""
import os, resource, sys
mask = os.umask(0)
def read(name):
    with open('/proc/self/' + name, 'rb') as file: return file.read()
lines = ['argv ' + ' '.join(word.hex() or '-' for word in read('cmdline').split(b'\0')[:-1]),
         'env ' + ' '.join(word.hex() for word in read('environ').split(b'\0')[:-1]),
         'cwd ' + os.getcwdb().hex(), 'umask %o' % mask, 'files %d %d' % resource.getrlimit(resource.RLIMIT_NOFILE),
         'sigpipe ' + [line for line in read('status').decode().splitlines() if line.startswith('SigIgn')][0].split()[1],
         'nice %d' % os.nice(0)]
path = os.environb[b'REPORT']
with open(path + b'.new', 'w') as file: file.write('\n'.join(lines))
os.rename(path + b'.new', path)
print('printed by the program')
"""

EVERY_BYTE = bytes(range(1, 256))

HOSTILE = [b"", b" ", b"  ", b"a b", b"$HOME", b"${HOME}", b"$$", b"$", b"${", b"$(x)", b"x$HOME", b"x${HOME}y", b"%n %h %i %%", b"%", b"%%",
           b"100%", b";", b"; /bin/touch pwned", b"\\;", b";;", b"\\", b"\\\\", b"trailing\\", b"\\x41\\n\\101\\", b"'", b'"', b"''", b'""',
           b'"unclosed', b"'unclosed", b"it's \"both\"", b"`touch pwned`", b"$(touch pwned)", b"\n", b"a\nExecStartPost=/bin/touch pwned\n",
           b"\r", b"\r\n", b"\t", b"\x0b\x0c\x1b[31m\x7f", b"#comment", b"; comment", b"-d", b"--name", b"*", b"~", b"@foo", b"-foo", b":foo",
           b"+foo", b"!foo", b"!!foo", b"|foo", b"[Install]", b"=", b"A=b", b"\xff\xfe\x80", b"\xc3", b"\xed\xa0\x80", b"\xef\xbf\xbf",
           "üñí €uro 😀 \u202e \u2028 \u0085".encode(), EVERY_BYTE, EVERY_BYTE[::-1], b"x" * 100_000, b"\xff$\\\n%" * 2000, b""]


def is_utf8(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def is_character(data):
    """UTF-8 as systemd takes it."""
    return is_utf8(data) and b"\xef\xbf\xbf" not in data


def random_words(count, seed):
    """Of characters that mean something somewhere, and of any bytes."""
    draw = random.Random(seed)
    pieces = [b"$", b"%", b"\\", b'"', b"'", b";", b" ", b"\n", b"{", b"}", b"=", b"#", b"\t", b"x", b"HOME", b"n", b"41", b"\xc3\xbc", b"@"]
    def word():
        if draw.random() < 0.3:
            return bytes(draw.randrange(1, 256) for _ in range(draw.randrange(20)))
        return b"".join(draw.choice(pieces) for _ in range(draw.randrange(12)))
    return [word() for _ in range(count)]


class Exported(JobctlTest):
    def setUp(self):
        super().setUp()
        self.report = self.dir / "report"
        self.env["REPORT"] = str(self.report)
        self.units = pathlib.Path(os.environ["XDG_RUNTIME_DIR"]) / "systemd" / "user"
        self.units.mkdir(parents=True, exist_ok=True)
        self.written = set()

    def tearDown(self):
        for unit in self.written:
            self.systemctl("stop", unit.name, check=False)
            unit.unlink()
        self.systemctl("daemon-reload")
        self.systemctl("reset-failed")
        super().tearDown()

    def reporting(self, *arguments):
        return [sys.executable, "-IS", "-c", REPORT, *arguments]

    def ended(self, *args, code=True, **options):
        """The UUID of a job that has ended, and what it reported."""
        uuid = self.start(*args, **options)
        self.jobctl("wait", uuid, check=code)
        return uuid, self.take_report()

    def take_report(self):
        self.wait_for_file(self.report)
        lines = dict(line.split(" ", 1) for line in self.report.read_text().splitlines())
        self.report.unlink()
        return lines

    def variables(self, report):
        return {bytes.fromhex(word).split(b"=", 1)[0]: bytes.fromhex(word).split(b"=", 1)[1] for word in report["env"].split()}

    def export(self, uuid, *options):
        return self.jobctl("export", *options, uuid).out

    def write_unit(self, text, name):
        path = self.units / name
        path.write_bytes(os.fsencode(text))
        self.written.add(path)
        verified = subprocess.run(["systemd-analyze", "--user", "--man=no", "verify", str(path)], capture_output=True, text=True,
                                  env=self.environment(), timeout=60)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""), text[:3000])
        self.systemctl("daemon-reload")
        return name

    def run_unit(self, text, name="exported.service"):
        """Runs the unit to its end; returns what it reported."""
        self.systemctl("start", self.write_unit(text, name))
        report = self.take_report()
        self.wait_until(lambda: self.unit_property(name, "ActiveState") == "inactive", what=f"{name} to end")
        return report

    def assert_same(self, uuid, before, name="exported.service"):
        """The job's unit runs as the job did; returns its text."""
        text = self.export(uuid)
        after = self.run_unit(text, name)
        self.assertEqual({**after, "env": ""}, {**before, "env": ""})
        self.assert_harmless()
        return text, after

    def assert_harmless(self):
        found = [path for folder in (self.dir, pathlib.Path.home()) for path in folder.rglob("pwned*")]
        self.assertEqual(found, [], "something was executed")


class Units(Exported):
    def test_arguments_arrive_byte_for_byte(self):
        uuid, before = self.ended("--", *self.reporting(*[word for word in HOSTILE if is_character(word)]))
        text, _ = self.assert_same(uuid, before)
        self.assertNotIn("/bin/sh", text)

    def test_arguments_that_systemctl_could_not_show_do_as_well(self):
        uuid, before = self.ended("--", *self.reporting(*[word for word in HOSTILE if len(word) < 50_000]))
        text, _ = self.assert_same(uuid, before)
        self.assertIn("/bin/sh", text)

    def test_random_arguments_do_as_well(self):
        for seed in range(3):
            words = random_words(300, seed)
            for kind, some in {"all": words, "utf8": [word for word in words if is_character(word)]}.items():
                uuid, before = self.ended("--", *self.reporting(*some))
                self.assert_same(uuid, before, f"random-{kind}{seed}.service")

    def test_variables_arrive_byte_for_byte(self):
        values = [value for value in HOSTILE + random_words(200, 7) if is_character(value)]
        variables = {f"V{i}_": text_of(value) for i, value in enumerate(values)}
        uuid, before = self.ended("--", *self.reporting(), env=variables)
        _, after = self.assert_same(uuid, before)
        told = self.variables(after)
        self.assertEqual({name: told.get(name.encode()) for name in variables}, {name: os.fsencode(value) for name, value in variables.items()})
        self.assertEqual(told[b"PATH"], self.variables(before)[b"PATH"])

    def test_directories_and_logs_are_the_same(self):
        names = [b"a b", b" leading", b"trailing ", b"back\\", b"quo\"te's", b"%h%%n", b"$HOME", "üñ😀".encode(), b"line\nbreak", b"cr\r", b"\xff\xfe",
                 b"tab\t", b"#x", b"~", b"-"]
        for number, name in enumerate(names):
            with self.subTest(name):
                directory = os.fsencode(self.dir) + b"/" + name
                os.mkdir(directory)
                log = os.path.join(directory, b"log " + name)
                uuid, before = self.ended("-C", directory, "--log-file", log, "--", *self.reporting())
                self.assertEqual(bytes.fromhex(before["cwd"]), directory)
                self.assert_same(uuid, before, f"place{number}.service")
                self.assertEqual(pathlib.Path(os.fsdecode(log)).read_bytes(), b"printed by the program\n" * 2)

    def test_programs_are_found_under_any_name(self):
        for number, name in enumerate([b"plain", b"a b", b"%h", b"$HOME", b"${HOME}", b"quo\"te", b"it's", b"back\\", b"new\nline", b"\xff", b"-x", b"@x",
                                       "ü".encode(), b";", b"a=b"]):
            with self.subTest(name):
                folder = os.fsencode(self.dir) + b"/bin%d" % number
                os.mkdir(folder)
                program = os.path.join(folder, name)
                os.symlink(shutil.which("cat"), program)
                environment = {"PATH": os.fsdecode(folder) + ":" + os.environ["PATH"]}
                for argv0 in [program] + ([name] if not name.startswith(b"-") else []):
                    log = self.dir / "log"
                    uuid = self.start("--log-file", log, "--", argv0, "/proc/self/cmdline", env=environment)
                    self.jobctl("wait", uuid)
                    self.assertEqual(log.read_bytes(), argv0 + b"\0/proc/self/cmdline\0")
                    unit = self.write_unit(self.export(uuid), f"program{number}.service")
                    self.systemctl("start", unit)
                    self.wait_until(lambda: self.unit_property(unit, "ActiveState") == "inactive", what=f"{unit} to end")
                    self.assertEqual(log.read_bytes(), (argv0 + b"\0/proc/self/cmdline\0") * 2)
                    log.unlink()

    def test_the_program_is_the_one_that_the_job_found(self):
        for folder in ("one/tool", "two", "three"):
            (self.dir / folder).mkdir(parents=True)
        for folder in ("two", "three"):
            self.script(f"echo {folder}", f"{folder}/tool")
        for number, path in enumerate([f"{self.dir}/one:{self.dir}/two", f"{self.dir}/one:three:{self.dir}/two", f":{self.dir}/two"]):
            with self.subTest(path):
                uuid = self.start("--", "tool", env={"PATH": path + ":" + os.environ["PATH"]})
                self.jobctl("wait", uuid)
                printed = self.log_bytes(uuid)
                self.assertEqual(printed, [b"two\n", b"three\n", b"two\n"][number])
                unit = self.write_unit(self.export(uuid), f"tool{number}.service")
                self.systemctl("start", unit)
                self.wait_until(lambda: self.unit_property(unit, "ActiveState") == "inactive", what=f"{unit} to end")
                self.assertEqual(self.log_bytes(uuid), printed * 2)

    def test_settings_are_those_of_the_job(self):
        uuid, before = self.ended("--nice", "7", "--restart", "on-failure:3", "--restart-delay", "2s", "--restart-max-delay", "2s", "--timeout", "1h",
                                  "--stop-signal", "QUIT", "--stop-timeout", "90min", "--memory", "1G", "--tasks", "50", "-p", "LimitNOFILE=123:456",
                                  "-p", "UMask=0027", "--", *self.reporting())
        text, after = self.assert_same(uuid, before)
        self.assertEqual([after["nice"], after["umask"], after["files"]], ["7", "27", "123 456"])
        told = self.systemctl("show", "exported.service", "-p", "Restart,RestartUSec,StartLimitBurst,StartLimitIntervalUSec,RuntimeMaxUSec,"
                              "KillSignal,TimeoutStopUSec,MemoryMax,TasksMax")
        self.assertEqual(dict(line.split("=") for line in told.splitlines()),
                         {"Restart": "on-failure", "RestartUSec": "2s", "StartLimitBurst": "4", "StartLimitIntervalUSec": "infinity",
                          "RuntimeMaxUSec": "1h", "KillSignal": "3", "TimeoutStopUSec": "1h 30min", "MemoryMax": str(1 << 30), "TasksMax": "50"})
        self.assertIn("\n[Install]\nWantedBy=default.target\n", text)
        self.systemctl("--runtime", "enable", "exported.service")
        self.systemctl("--runtime", "disable", "exported.service")

    def test_umask_and_limits_of_the_shell_come_along(self):
        script = self.script('umask 0077; ulimit -n 99; exec "$@"')
        done = subprocess.run([script, *self.command("start", "-d", "--", *self.reporting())], env=self.environment(), cwd=self.dir, check=True,
                              capture_output=True, timeout=60)
        uuid = done.stdout.decode().strip()
        self.jobctl("wait", uuid)
        before = self.take_report()
        self.assertEqual([before["umask"], before["files"]], ["77", "99 99"])
        self.assert_same(uuid, before)

    def test_several_commands_run_one_after_the_other(self):
        report = self.reporting(b"$x", b"\xff", b"it's")
        for keep_going in (False, True):
            with self.subTest(keep_going):
                options = ["--keep-going"] if keep_going else []
                then = ["--then", "sh", "-c", "exit 3"]
                uuid, before = self.ended(*options, "--", "echo", "$HOME", "--then", *report, *then, "--then", "echo", "more", code=3)
                log = pathlib.Path(self.job(uuid)["log_file"])
                name = self.write_unit(self.export(uuid), f"several{int(keep_going)}.service")
                printed = log.read_bytes()
                self.systemctl("start", name)
                self.wait_until(lambda: self.unit_property(name, "ActiveState") == "failed", what="the unit to fail")
                self.assertEqual(self.unit_property(name, "ExecMainStatus"), "3")
                self.assertEqual({**self.take_report(), "env": ""}, {**before, "env": ""})
                self.assertEqual(log.read_bytes(), printed * 2)
                self.assertEqual(printed, b"$HOME\nprinted by the program\n" + b"more\n" * keep_going)

    def test_what_a_unit_lacks_is_said_in_comments(self):
        uuid, _ = self.ended("-t", "--port", "http=auto", "--on-end", "exec:true", "--session", "s1", "--", *self.reporting(),
                             env={"HF_TOKEN": "s3cret", "PWD": "/", "a.b": "c", "BAD": text_of(b"\xff"), "EDITOR": "vi"})
        exported = self.jobctl("export", uuid)
        self.assertEqual(exported.err, "")
        comments = [line for line in exported.out.splitlines() if line.startswith("# not in this unit: ")]
        for what in ("the terminal", "--port", "--on-end", "--session s1", "the variable HF_TOKEN ("):
            self.assertTrue(any(what in line for line in comments), f"{what}: {comments}")
        self.assertRegex("\n".join(comments), r"the variables (a\.b, BAD|BAD, a\.b) \(can't be written there\)")
        self.assertNotIn("s3cret", exported.out)
        self.assertRegex(exported.out, r"\nEnvironment=PORT=2\d{4}\nEnvironment=PORT_HTTP=2\d{4}\n")
        self.assertNotIn("JOBCTL_", exported.out.replace("JOBCTL_TEST", "").split("[Unit]")[1])
        everything = self.export(uuid, "--environment")
        self.assertIn("\nEnvironment=HF_TOKEN=s3cret\n", everything)
        self.assertIn("\nEnvironment=EDITOR=vi\n", everything)
        self.assertNotIn("EDITOR=", exported.out)

    def test_a_job_that_runs_is_left_alone(self):
        uuid = self.start("--name", "long", "--", "sleep", "1000")
        before = self.record_path(uuid).read_bytes()
        self.export("long")
        self.assertEqual(self.record_path(uuid).read_bytes(), before)
        self.assertEqual(self.state(uuid), "running")

    def test_what_no_unit_can_hold_is_an_error(self):
        uuid = self.start("--", "true", *[b"\x01" * 100_000] * 4)
        refused = self.jobctl("export", uuid, check=1)
        self.assertEqual(refused.out, "")
        self.assertRegex(refused.err, r"\Ajobctl: could not export true-\w{8}: ExecStart= would be longer than .*\n")

    def test_exactly_one_job_is_exported(self):
        self.start("--name", "two", "--", "true")
        self.start("--name", "two", "--", "true")
        self.jobctl("export", "two", check=4)
        self.jobctl("export", "none", check=3)
        self.jobctl("export", check=2)
        self.jobctl("export", "--format", "xml", "two", check=2)


@unittest.skipIf(tomllib is None, "python has no tomllib")
class JobFiles(Exported):
    def job_file(self, uuid, *options):
        return tomllib.loads(self.export(uuid, "--format", "job", *options))

    def test_say_what_the_job_is(self):
        words = [word for word in HOSTILE + random_words(300, 11) if is_utf8(word)]
        variables = {"FOO": "a\nb\"\\", "a.b": "c", "ü": "%h", "HF_TOKEN": "s3cret", "EDITOR": "vi"}
        uuid = self.start("--type", "training", "--name", "ünï \"x\"", "-l", "a b=c", "-l", "plain=\\", "--memory", "1536M", "--timeout", "90min",
                          "--restart", "on-failure:3", "--port", "http=auto", "--stop-signal", "INT", "-p", "PrivateTmp=no",
                          "--health", "http://localhost:{PORT}/", "--", "true", *words, env=variables)
        told = self.job_file(uuid)
        environment, properties = told.pop("env"), told.pop("properties")
        self.assertEqual(told, {"type": "training", "name": "ünï \"x\"", "command": ["true", *(word.decode() for word in words)],
                                "directory": str(self.dir), "stop_signal": "SIGINT", "stop_timeout": "10s", "memory": "1536M",
                                "timeout": "1h 30min", "restart": "on-failure:3", "port": ["http=auto"], "health": "http://localhost:{PORT}/",
                                "labels": {"a b": "c", "plain": "\\"}})
        self.assertEqual({name: environment.get(name) for name in variables},
                         {"FOO": "a\nb\"\\", "a.b": "c", "ü": "%h", "HF_TOKEN": None, "EDITOR": None})
        self.assertEqual([properties["PrivateTmp"], properties["UMask"]], ["no", "%04o" % self.umask()])
        everything = self.job_file(uuid, "--environment")["env"]
        self.assertEqual({name: everything.get(name) for name in variables}, variables)

    def umask(self):
        mask = os.umask(0)
        os.umask(mask)
        return mask

    def test_have_what_is_rare_as_well(self):
        uuid = self.start("-t", "--keep-going", "--clean-env", "-e", "A=b", "-e", "MY_TOKEN=t", "--log-file", self.dir / "log", "--own-log", self.dir / "own",
                          "--stop-timeout", "infinity", "--session", "s1", "--", "true", "--then", "echo", "\\")
        told = self.job_file(uuid)
        for key, value in {"commands": [["true"], ["echo", "\\"]], "keep_going": True, "tty": True, "env": {"A": "b"},
                           "log_file": str(self.dir / "log"), "own_log": str(self.dir / "own"), "stop_timeout": "infinity", "session": "s1"}.items():
            self.assertEqual(told[key], value, key)

    def test_cant_hold_what_isnt_utf8(self):
        uuid = self.start("--name", "odd", "--", "true", b"\xff")
        refused = self.jobctl("export", "--format", "job", uuid, check=1)
        self.assertEqual(refused.out, "")
        self.assertEqual(refused.err.splitlines()[0], "jobctl: could not write odd as a job file: argument 1 of the command, ?, is not UTF-8, "
                         "and TOML has no way to say it")
        self.export(uuid, "--format", "unit")


if __name__ == "__main__":
    main()
