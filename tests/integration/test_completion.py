"""Completion: what `jobctl complete` answers, and the scripts in bash, zsh and fish."""

import os
import pathlib
import pty
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest

import harness

# The package's own, where the package is tested.
SCRIPTS = next(path for path in (harness.BUILD / "completions", harness.ROOT / "src" / "completions") if path.is_dir())
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"

# Names that a shell would make something else of.
HOSTILE = ["two words", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "a:b", "a:c", "k=v", "näme ☃", "back\\slash", "star*",
           "semi;colon", "~tilde", "#hash", "bang!x", "mix'\"$ `x", "brace{1,2}", ":files"]
# Names that must not reach a terminal, or would be taken for an option. Not every version of jobctl refuses them.
UNSPEAKABLE = ["new\nline", "esc\x1b[31m", "tab\tbed", "delete\x7f", "c1\x9b31m", "\u202eright to left", "-dash"]


class CompletionTest(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env["PATH"] = f"{harness.BUILD}:{self.env['PATH']}"
        self.env["LC_ALL"] = "C.UTF-8"

    def add(self, name, *options, command=("sleep", "1000")):
        return self.start(f"--name={name}", *options, "--", *command)

    def add_ended(self, name, *options, code=0):
        uuid = self.add(name, *options, command=("sh", "-c", f"exit {code}"))
        self.wait_ended(uuid)
        return uuid

    def rename(self, uuid, name):
        """What no start would do; the registry learns of it when it is rebuilt."""
        record = self.record_path(uuid)
        record.write_bytes(re.sub(rb"\0name=[^\0]*", lambda _: b"\0name=" + name.encode(), record.read_bytes(), count=1))
        (self.state_dir / "jobs.db").unlink(missing_ok=True)

    def answer(self, *words, env=None):
        """What `jobctl complete` prints, which never says anything else."""
        result = self.jobctl("complete", "--", *words, env=env)
        self.assertEqual(result.err, "")
        return result.out

    def described(self, *words, env=None):
        return dict(line.split("\t") for line in self.answer(*words, env=env).splitlines())

    def candidates(self, *words, env=None):
        return list(self.described(*words, env=env))


class Answers(CompletionTest):
    def test_templates_are_named_where_they_are_meant(self):
        templates = pathlib.Path(self.env["XDG_CONFIG_HOME"]) / "jobctl" / "templates"
        templates.mkdir(parents=True)
        (templates / "mine.toml").write_text('command = ["true"]\n')
        self.assertEqual(set(self.candidates("template", "")), {"list", "show", "check", "new"})
        for words in ("template", "show", ""), ("start", "--template", ""), ("start", "--template=mi",):
            found = self.candidates(*words)
            self.assertTrue(any(word.endswith("mine") for word in found), (words, found))

    def test_actions_on_job_files_come_before_their_names(self):
        self.assertIn("enable", self.candidates("job", ""))
        self.assertNotIn("enable", self.candidates("job", "start", ""))

    def test_verbs(self):
        verbs = self.described("")
        self.assertEqual(verbs["kill"], "end jobs with all of their processes")
        self.assertEqual(verbs["stop"], verbs["kill"])
        self.assertLessEqual({"start", "boot", "list", "ps", "ls", "status", "attach", "logs", "wait", "flush", "help"}, set(verbs))
        self.assertEqual(self.described("--user", "li"), verbs)
        self.assertEqual(self.candidates("help", ""), [verb for verb in verbs if verb != "help"])
        self.assertEqual(self.candidates("help", "kill", ""), [])
        self.assertLessEqual({"--user", "--system", "--help", "--version"}, set(self.candidates("-")))
        self.assertEqual(self.answer("nonsense", ""), "")
        self.assertEqual(self.answer(), "")

    def test_the_verb_itself_is_hidden(self):
        self.assertNotIn("complete", self.candidates(""))
        self.assertNotIn("complete", self.jobctl("--help").out)
        self.assertNotIn("complete?", self.jobctl("complet", check=2).err)

    def test_options_are_those_of_the_help(self):
        for verb in ("start", "kill", "list", "flush"):
            options = self.described(verb, "-")
            help = self.jobctl(verb, "--help").out
            self.assertEqual(set(options), set(re.findall(r"(?:^ +|,)(--?[a-zA-Z-]+)", help, re.MULTILINE)), verb)
        self.assertEqual(self.described("stop", "--fo")["--all"], "every active job")
        self.assertEqual(self.candidates("kill", "--", "-"), [])

    def test_choices(self):
        self.assertEqual(self.candidates("list", "-o", ""), ["table", "wide", "json", "grid", "uuid"])
        self.assertEqual(self.candidates("top", "--sort", "")[:3], ["cpu", "memory", "io"])
        self.assertEqual(self.candidates("logs", "--output="), ["--output=text", "--output=json"])
        self.assertEqual(self.candidates("start", "-dt", "--linger", "n"), ["always", "ask", "never"])
        self.assertEqual(self.candidates("list", "--state", "")[:3], ["queued", "starting", "running"])
        self.assertEqual(self.described("kill", "-s", "")["SIGTERM"], "Terminated")
        self.assertIn("TERM", self.candidates("kill", "-fs", "T"))
        self.assertIn("--stop-signal=SIGINT", self.candidates("start", "--stop-signal="))
        for words in (["start", "--uuid", ""], ["logs", "--since", ""], ["wait", "--timeout="], ["kill", "--force="]):
            self.assertEqual(self.answer(*words), "", words)

    def test_what_the_shell_completes_by_itself(self):
        for words in (["--env-file", ""], ["--log-file=x"], ["--own-log", "x"], ["-d", "-C", "/tmp", "--env-file="]):
            self.assertEqual(self.answer("start", *words), ":files\n", words)
        for words in (["-C", ""], ["-dtC", "x"], ["--directory=/t"]):
            self.assertEqual(self.answer("start", *words), ":directories\n", words)

    def test_the_command_of_start(self):
        for words, first in ((["start", ""], 1), (["start", "-d", "--", ""], 3), (["start", "-d", "--", "ls", "-"], 3),
                             (["--user", "boot", "-C", "x", "ls", "-"], 4), (["start", "a", "--then", "b", "--then"], 3),
                             (["start", "--no-then", "a", "--then", "b"], 2), (["start", "--name", "x", "--", "a", "--", ""], 4)):
            self.assertEqual(self.answer(*words), f":command {first}\n", words)

    def test_values_of_known_jobs(self):
        self.add("one", "--type=training", "--session=s 1", "-l", "gpu=a100", "-l", "queue=long")
        self.add_ended("two", "--type=training", "-l", "gpu=a100")
        self.assertEqual(self.described("list", "--type", ""), {"training": "2 jobs"})
        self.assertEqual(self.candidates("start", "--type="), ["--type=training"])
        self.assertEqual(self.candidates("kill", "--session", "x"), ["s 1"])
        self.assertEqual(self.candidates("list", "--name", ""), ["one", "two"])
        self.assertEqual(self.described("start", "-l", ""), {"gpu=a100": "2 jobs", "queue=long": "1 job"})
        self.assertEqual(self.candidates("list", "--label=gpu="), ["--label=gpu=a100", "--label=queue=long"])
        self.assertEqual(self.candidates("list", "--user", ""), [self.jobs("-a")[0]["user"]])

    def test_jobs(self):
        running = self.add("running", "--type=training")
        twin = self.add("twin")
        other_twin = self.add_ended("twin")
        failed = self.add_ended("broken", "--type=training", code=3)
        alive = {"running": "running, training", running: "running, running", twin: "running, twin"}
        for verb in ("kill", "stop", "pause", "resume", "attach", "top"):
            self.assertEqual(self.described(verb, ""), alive, verb)
        for verb in ("status", "logs", "wait", "restart", "flush", "list", "ps"):
            self.assertEqual(self.described(verb, ""), {**alive, "broken": "failed (3), training", failed: "failed (3), broken",
                                                        other_twin: "done, twin"}, verb)
        self.assertEqual(self.candidates("kill", "running", ""), [twin])
        self.assertEqual(self.candidates("kill", "--force", running[:8], "--signal", "TERM", ""), [twin])
        self.assertIn("running", self.candidates("kill", "", ""))
        self.jobctl("kill", running, twin)
        self.assertEqual(self.candidates("kill", ""), [])

    def test_hostile_names(self):
        uuids = [self.add_ended(name) for name in HOSTILE + ["x"] * len(UNSPEAKABLE)]
        for uuid, name in zip(uuids[len(HOSTILE):], UNSPEAKABLE):
            self.rename(uuid, name)
        answer = self.answer("status", "")
        self.assertNotRegex(answer, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
        self.assertEqual([line.split("\t")[0] for line in answer.splitlines()], HOSTILE + uuids)
        self.assertEqual(self.candidates("list", "--name="), ["--name=" + name for name in sorted(HOSTILE + ["-dash"], key=str.encode)])

    def test_a_bus_that_is_missing_or_hangs(self):
        uuid = self.add("job")
        runtime = self.dir / "runtime"
        runtime.mkdir(mode=0o700)
        env = {"XDG_RUNTIME_DIR": str(runtime), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus"}
        self.assertEqual(self.candidates("kill", "", env=env), ["job", uuid])
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(runtime / "bus"))
            silent.listen()
            self.assertEqual(self.candidates("kill", "", env=env), ["job", uuid])

    def test_a_record_that_makes_no_sense(self):
        uuid = self.add_ended("job")
        self.record_path(uuid).write_bytes(b"nonsense\0")
        (self.state_dir / "jobs.db").unlink()
        self.assertEqual(self.answer("status", ""), "")
        self.record_path(uuid).unlink()

    def test_without_state_directory(self):
        self.assertEqual(self.answer("status", ""), "")
        self.assertEqual(self.answer("list", "--type", ""), "")
        self.assertFalse(self.state_dir.exists())

    def test_with_a_wrong_configuration(self):
        (self.dir / "config" / "jobctl").mkdir(parents=True)
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.write_text("nonsense")
        self.assertEqual(self.answer("status", ""), "")
        self.assertIn("status", self.candidates(""))
        config.unlink()

    def test_a_registry_that_somebody_locked(self):
        self.add_ended("job")
        lock = sqlite3.connect(self.state_dir / "jobs.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        self.assertEqual(self.answer("status", ""), "")
        self.assertLess(time.monotonic() - began, 20, "as long as any other verb waits for the lock")
        lock.close()


class Bash(CompletionTest):
    package = False

    def reply(self, *pieces, before=""):
        """COMPREPLY for a line that bash cuts into these pieces; one that is glued to the one before begins with '+'."""
        line = "".join(piece[1:] if piece.startswith("+") else " " + piece for piece in pieces)[1:]
        words = [piece[1:] if piece.startswith("+") else piece for piece in pieces]
        source = f"""
            {f'. {BASH_COMPLETION}' if self.package else ''}
            . {SCRIPTS}/jobctl.bash
            compopt() {{ printf '%s\\0' "compopt $*"; }}
            words=("$@")
            COMP_LINE=${{words[0]}} COMP_WORDS=("${{words[@]:1}}")
            COMP_POINT=${{#COMP_LINE}} COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            {before}
            _jobctl "${{COMP_WORDS[0]}}"
            [[ ${{#COMPREPLY[@]}} -eq 0 ]] || printf '%s\\0' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "--norc", "-c", source, "bash", line, *words], capture_output=True, env=self.environment(),
                              cwd=self.dir, timeout=harness.PATIENCE, stdin=subprocess.DEVNULL)
        self.assertEqual(done.stderr, b"")
        return harness.text_of(done.stdout).split("\0")[:-1]

    def read_by_bash(self, text):
        """The words that bash makes of a text."""
        done = subprocess.run(["bash", "--norc", "-c", f"printf '%s\\0' {text}"], capture_output=True, env=self.environment(),
                              cwd=self.dir)
        return harness.text_of(done.stdout).split("\0")[:-1]

    def test_verbs_options_and_values(self):
        self.assertEqual(self.reply("jobctl", "sta"), ["start", "status"])
        self.assertEqual(self.reply("jobctl", "--user", "kil"), ["kill"])
        self.assertEqual(self.reply("jobctl", "kill", "--fo"), ["--force"])
        self.assertEqual(self.reply("jobctl", "list", "-o", "j"), ["json"])
        self.assertEqual(self.reply("jobctl", "list", "--output", "+=", "+j"), ["json"])
        self.assertEqual(self.reply("jobctl", "list", "--output", "+="), ["table", "wide", "json", "grid", "uuid"])
        self.assertEqual(self.reply("jobctl", "nonsense", ""), [])

    def test_each_hostile_name_is_one_word(self):
        for name in HOSTILE:
            self.add_ended(name)
        replies = self.reply("jobctl", "status", "")
        self.assertEqual([self.read_by_bash(reply) for reply in replies[:len(HOSTILE)]], [[name] for name in HOSTILE])
        for typed, rest in (("two\\ ", "two words"), ('"two', "two words"), ("'it", "it's"), ('"say', 'say "hi"'), ('"mix', HOSTILE[15]),
                            ("'$(t", "$(touch pwned)"), ("\\$\\(", "$(touch pwned)"), ("star", "star*"), ("back\\", "back\\slash")):
            with self.subTest(typed=typed):
                [reply] = self.reply("jobctl", "status", typed)
                quote = typed[0] if typed[0] in "'\"" else ""
                closing = quote if quote and not reply.endswith(quote) else ""
                self.assertEqual(self.read_by_bash(quote + reply + closing), [rest])
        self.assertEqual(self.reply("jobctl", "status", "$"), [], "bash would keep what would be expanded")
        self.assertEqual(self.reply("jobctl", "status", "a", "+:"), ["b", "c"])
        self.assertEqual(self.reply("jobctl", "status", "a", "+:", "+b"), ["b"])
        self.assertEqual(self.reply("jobctl", "list", "--name", "+=", "+a", "+:", "+c"), ["c"])
        self.assertEqual(self.reply("jobctl", "list", "--name", "+=", '+"two w'), ["two words"])

    def test_a_tab_runs_nothing(self):
        self.add_ended("job")
        for word in ("$(touch pwned)", "`touch pwned`", '"$(touch pwned)', "\\\\$(touch pwned)", "'a'$(touch pwned)", "a=(touch pwned)",
                     "<(touch pwned)", "$'a'$(touch pwned)", '"\\\\"$(touch pwned)', "x;touch pwned"):
            self.assertEqual(self.reply("jobctl", "status", word), [], word)
            self.assertEqual(self.reply("jobctl", "status", word, ""), self.reply("jobctl", "status", ""), word)
        self.assertFalse((self.dir / "pwned").exists())

    def test_paths_are_left_to_bash(self):
        self.assertEqual(self.reply("jobctl", "start", "--env-file", ""), ["compopt -o default"])
        self.assertEqual(self.reply("jobctl", "start", "--env-file", "+=", "+x"), ["compopt -o default"])
        self.assertEqual(self.reply("jobctl", "start", "-C", "$HOME/"), ["compopt -o dirnames -o filenames"])

    def test_the_command_of_start(self):
        self.script("", name="an-odd-program")
        self.env["PATH"] += f":{self.dir}"
        self.assertIn("an-odd-program", self.reply("jobctl", "start", "--name", "+=", "+x", "--", "an-odd-p"))
        if self.package:
            before = "_odd() { COMPREPLY=(\"$COMP_CWORD:$2\"); }; complete -F _odd an-odd-program"
            self.assertEqual(self.reply("jobctl", "start", "--name", "+=", "+x", "an-odd-program", "-x", "y", before=before), ["2:y"])
        else:
            self.assertEqual(self.reply("jobctl", "start", "an-odd-program", ""), ["compopt -o default"])

    def test_jobctl_by_its_path(self):
        self.env["PATH"] = os.defpath
        self.assertEqual(self.reply(f"{harness.BUILD}/jobctl", "sta"), ["start", "status"])


@unittest.skipUnless(os.path.exists(BASH_COMPLETION), "no package bash-completion")
class BashWithPackage(Bash):
    package = True


class OtherShells(CompletionTest):
    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish(self):
        for name in ("two words", "back\\slash", "a:b", ":files"):
            self.add_ended(name)
        (self.dir / "some dir").mkdir()
        (self.dir / "some file").touch()

        def complete(line):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {SCRIPTS}/jobctl.fish; complete -C $argv[1]", line],
                                  capture_output=True, text=True, env=self.environment({"HOME": str(self.dir)}), cwd=self.dir)
            self.assertEqual(done.stderr, "")
            return done.stdout.splitlines()

        self.assertEqual(complete("jobctl kil"), ["kill\tend jobs with all of their processes"])
        self.assertEqual(complete("jobctl kill --fo"), ["--force\t" + self.described("kill", "-")["--force"]])
        self.assertEqual(complete("jobctl status tw"), ["two words\tdone, sh"])
        self.assertEqual(complete('jobctl status "two w'), ["two words\tdone, sh"])
        self.assertEqual(complete("jobctl status back"), ["back\\slash\tdone, sh"])
        self.assertEqual(complete("jobctl list --name=a"), ["--name=a:b\t1 job"])
        self.assertEqual(complete("jobctl status :"), [":files\tdone, sh"])
        self.assertEqual(complete("jobctl start --env-file=some\\ f"), ["--env-file=some file"])
        self.assertRegex(complete("jobctl start -C so")[0], r"\Asome dir/")
        self.assertIn("some file", "".join(complete("jobctl start -d -- cat so")))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh(self):
        for name in ("two words", "back\\slash", "a:b"):
            self.add_ended(name)
        (self.dir / "some dir").mkdir()
        for typed, expected in (("kil", ["kill"]), ("status tw", ["status", "two words"]), ("status back", ["status", "back\\slash"]),
                                ("status 'two w", ["status", "two words"]), ("list --name=a", ["list", "--name=a:b"]),
                                ("start -C so", ["start", "-C", "some dir"]), ("start -- prin -- /etc/hostn", None)):
            with self.subTest(typed=typed):
                self.assertEqual(self.zsh(typed), expected or ["start", "--", "prin", "--", "/etc/hostname"])

    def zsh(self, typed):
        """The words that are on zsh's line after TAB."""
        (self.dir / ".zshrc").write_text(f"""
            fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D
            show() {{ print -rN -- "$@" >{self.dir}/shown.new; mv {self.dir}/shown.new {self.dir}/shown }}
            completed() {{ zle expand-or-complete; print -n COMPLETED >$TTY; }}; zle -N completed; bindkey '^T' completed
            PS1=READY
        """)
        (self.dir / "shown").unlink(missing_ok=True)
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execvpe("zsh", ["zsh", "-i"], self.environment({"ZDOTDIR": str(self.dir), "HOME": str(self.dir), "TERM": "dumb"}))
        try:
            self.await_text(terminal, b"READY")
            os.write(terminal, f"jobctl {typed}\x14".encode())
            self.await_text(terminal, b"COMPLETED")
            os.write(terminal, b"\x01show \n")
            self.await_text(terminal, b"READY")
            return (self.dir / "shown").read_text().split("\0")[1:-1]
        finally:
            os.kill(pid, 9)
            os.close(terminal)
            os.waitpid(pid, 0)

    def await_text(self, terminal, text):
        deadline = time.monotonic() + harness.PATIENCE
        seen = b""
        while text not in seen:
            if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                self.fail(f"zsh never printed {text}: {seen}")
            seen += os.read(terminal, 65536)


if __name__ == "__main__":
    harness.main()
