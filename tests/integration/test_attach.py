"""attach and start without -d, on a real pseudo-terminal as a person has it, and on what is none."""

import os
import pathlib
import re
import shlex
import signal
import sys

from harness import alive, main, text_of
from terminal import TerminalTest

CTRL_C, DETACH = b"\x03", b"\x10\x11"


class AttachTest(TerminalTest):
    def attach(self, uuid, *arguments, **options):
        terminal = self.terminal("attach", *arguments, uuid, **options)
        return terminal.wait_for("leaves it running]").wait_mode(echo=False)

    def bash(self, script, *options):
        return self.start(*options, "--", "bash", "-c", script)

    def fifo(self, name="go"):
        os.mkfifo(self.dir / name)
        return self.dir / name

    def tell(self, fifo):
        """To be called once for a FIFO, or for one that the job keeps open: else it could meet the end of the first call."""
        with open(fifo, "w") as file:
            file.write("go\n")


class Watching(AttachTest):
    def test_it_shows_what_the_keys_do_then_recent_lines_then_what_comes(self):
        go = self.fifo()
        uuid = self.bash(f"exec 9<> {go}; seq 1000; read <&9; echo live; read <&9; exit 3", "--name", "nightly")
        self.wait_for_log(uuid, "\n1000\n")
        terminal = self.attach(uuid, rows=12)
        terminal.wait_for("1000\r\n")
        lines = terminal.shown.decode().splitlines()
        self.assertEqual(lines[0], f"[nightly {uuid[:8]}: Ctrl+C interrupts the job, Ctrl+P Ctrl+Q leaves it running]")
        self.assertEqual(lines[1:], [str(number) for number in range(991, 1001)])
        self.tell(go)
        terminal.wait_for("live\r\n")
        self.tell(go)
        shown = terminal.end(3)
        self.assertRegex(shown, r"live\r\n\[nightly ended: exit status 3 after \d\d:\d\d:\d\d\]\r\n\Z")

    def test_the_number_of_recent_lines_can_be_chosen(self):
        uuid = self.bash("seq 100; exec sleep 1000")
        self.wait_for_log(uuid, "\n100\n")
        for count, wanted in ((3, ["98", "99", "100"]), (1, ["100"])):
            terminal = self.attach(uuid, "-n", count).wait_for("100\r\n")
            self.assertEqual(terminal.shown.decode().splitlines()[1:], wanted)

    def test_the_banner_is_talk_and_the_output_alone_is_stdout(self):
        uuid = self.bash("printf 'a\\0b\\033[2J\\377'; exit 7")
        self.wait_ended(uuid)
        go = self.fifo()
        uuid = self.bash(f"read < {go}; printf 'a\\0b\\033[2J\\377'; exit 7")
        process = self.spawn("attach", uuid)
        banner = process.stderr.readline()
        self.assertIn(b"leaves it running]", banner)
        self.tell(go)
        out, err = process.communicate(timeout=60)
        self.assertEqual((out, process.returncode), (b"a\0b\x1b[2J\xff", 7))
        self.assertIn(b"ended: exit status 7", err)

    def test_garbage_leaves_the_terminal_sane(self):
        go = self.fifo()
        uuid = self.bash(f"read < {go}; printf 'x\\033[?1049h\\033]0;title\\007\\033[?25l\\016\\0\\377\\233\\033[31mred\\n'; head -c 100000 /dev/urandom; exit 0")
        terminal = self.attach(uuid)
        self.tell(go)
        shown = terminal.end(0)
        body = shown.split("leaves it running]\r\n")[1]
        self.assertIn("x^[[?1049h^[]0;title^G^[[?25l^N^@", body)
        escapes = re.findall(r"\x1b(?!\[[\d;:]*m)", body)
        self.assertEqual(escapes, [], "an escape sequence that isn't a colour")
        self.assertEqual(set(re.findall(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]", body)), set())

    def test_two_clients_at_once_both_see_everything(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                go = self.fifo("go" + "".join(options))
                uuid = self.bash(f"read < {go}; seq 3000; exit 4", *options)
                clients = [self.attach(uuid) for _ in range(2)]
                self.tell(go)
                for client in clients:
                    numbers = re.findall(r"^(\d+)\r*$", client.end(4), re.MULTILINE)
                    self.assertEqual(numbers, [str(number) for number in range(1, 3001)])

    def test_a_stopped_client_does_not_slow_the_job(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                go = self.fifo("go" + "".join(options))
                uuid = self.bash(f"read < {go}; yes 0123456789 | head -c 5000000; echo; echo finished", *options)
                client = self.attach(uuid)
                client.process.send_signal(signal.SIGSTOP)
                self.tell(go)
                job = self.wait_ended(uuid)
                self.assertEqual(job["state"], "done")
                self.assertGreater(os.path.getsize(job["log_file"]), 5000000)
                client.process.send_signal(signal.SIGCONT)
                self.assertIn("finished", client.end(0))

    def test_a_client_that_is_killed_or_whose_terminal_is_closed_leaves_the_job(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                uuid = self.bash("while :; do echo line; sleep 0.01; done", *options)
                killed, closed, ended = (self.attach(uuid).wait_for("line") for _ in range(3))
                killed.process.kill()
                closed.hang_up()
                ended.process.terminate()
                for client in (killed, closed, ended):
                    client.process.wait(60)
                ended.end(0)
                self.assertEqual((killed.process.returncode, closed.process.returncode), (-9, 0))
                self.attach(uuid).wait_for("line")
                self.assertEqual(self.job(uuid)["state"], "running")

    def test_a_job_that_is_restarted_meanwhile(self):
        uuid = self.bash("echo run $JOBCTL_RUN; exec sleep 1000")
        self.wait_for_log(uuid, "run 1\n")
        client = self.attach(uuid)
        self.jobctl("restart", uuid)
        # It tells how the run that it watched ended, however soon the next one follows, and leaves that one alone.
        self.assertIn("ended: killed by", client.end(128 + signal.SIGTERM))
        job = self.job(uuid)
        self.assertEqual((job["state"], job["run"]), ("running", 2))

    def test_a_log_that_is_truncated_while_watched(self):
        go = self.fifo()
        uuid = self.bash(f"exec 9<> {go}; seq 100; read <&9; echo new; read <&9")
        client = self.attach(uuid).wait_for("\n100\r\n")
        os.truncate(self.job(uuid)["log_file"], 0)
        self.tell(go)
        client.wait_for("new\r\n")
        self.tell(go)
        client.end(0)

    def test_a_job_that_is_killed_by_somebody_else_is_told(self):
        uuid = self.bash("exec sleep 1000", "--name", "victim")
        client = self.attach(uuid)
        self.jobctl("kill", uuid)
        shown = client.end()
        self.assertIn("[victim ended: killed by", shown)
        self.assertEqual(client.process.returncode, 143)

    def test_a_job_that_has_ended_is_refused_or_told(self):
        uuid = self.bash("echo last words; exit 5")
        self.wait_ended(uuid)
        client = self.terminal("attach", uuid)
        self.assertIn("exit status 5", client.end(5))


class Keys(AttachTest):
    def test_ctrl_c_interrupts_the_job_and_its_status_is_passed_on(self):
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options):
                uuid = self.bash("trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.01; done", *options, "--name", "polite")
                client = self.attach(uuid).wait_for("ready\r\n")
                client.type(CTRL_C)
                shown = client.end(9)
                self.assertIn("caught\r\n", shown)
                self.assertIn("[interrupt sent; Ctrl+C again stops every process of the job]", shown)
                self.assertIn("[polite ended: exit status 9", shown)

    def test_a_job_that_dies_of_the_interrupt_gives_130(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                uuid = self.start(*options, "--", "sleep", "1000")
                client = self.attach(uuid)
                client.type(CTRL_C)
                self.assertIn("ended: ", client.end(130))
                self.assertEqual(self.job(uuid)["signal"], "SIGINT")

    def test_the_second_ctrl_c_stops_the_whole_tree(self):
        script = ("trap '' INT; (trap '' INT; exec setsid sleep 1000) & (exec setsid setsid -f bash -c \"trap '' INT; sleep 1000\"); echo ready; "
                  "while :; do sleep 0.01; done")
        for options in ([], ["-t"]):
            with self.subTest(options):
                uuid = self.bash(script, *options, "--stop-timeout", "1000s")
                client = self.attach(uuid).wait_for("ready\r\n")
                self.wait_until(lambda: len(self.payload_pids(uuid)) >= 3, what="the tree")
                pids = self.payload_pids(uuid)
                client.type(CTRL_C)
                client.wait_for("[interrupt sent")
                self.assertEqual(self.job(uuid)["state"], "running")
                client.type(CTRL_C)
                client.end()
                self.assertEqual([pid for pid in pids if alive(pid)], [])
                self.assertEqual(self.job(uuid)["state"], "killed")

    def test_after_the_stop_timeout_the_first_ctrl_c_is_enough(self):
        uuid = self.bash("trap '' INT; echo ready; while :; do sleep 0.01; done", "--stop-timeout", "100ms")
        client = self.attach(uuid).wait_for("ready\r\n")
        client.type(CTRL_C)
        self.assertIn("[stopping every process of the job]", client.end())
        self.assertEqual(self.job(uuid)["state"], "killed")

    def test_a_shell_that_survives_the_interrupt_of_its_program_goes_on(self):
        for shell in (["bash", "--norc", "-i"], ["sh", "-i"]):
            with self.subTest(shell):
                uuid = self.start("-t", "--stop-timeout", "300ms", "--", *shell)
                client = self.attach(uuid)
                client.type(b"echo ready-$((1 + 1)); sleep 1000\r")
                client.wait_for("ready-2\r\n")
                self.wait_until(lambda: len(self.payload_pids(uuid)) == 2, what="sleep")
                client.type(CTRL_C)
                self.wait_until(lambda: len(self.payload_pids(uuid)) == 1, what="the interrupt")
                client.type(b"sleep 0.5; echo on-$((1 + 2))\r")
                client.wait_for("on-3\r\n")
                self.assertEqual(self.job(uuid)["state"], "running")
                self.jobctl("kill", "--force", uuid)
                client.end()

    def test_ctrl_p_ctrl_q_leaves_it_running(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                uuid = self.bash("echo ready; exec sleep 1000", *options, "--name", "left")
                client = self.attach(uuid).wait_for("ready\r\n")
                client.type(DETACH)
                self.assertIn("[left was left running]", client.end(0))
                self.assertEqual(self.job(uuid)["state"], "running")
                client = self.attach(uuid)
                for key in (b"\x10", b"\x11"):
                    client.type(key)
                client.end(0)
                self.assertEqual(self.job(uuid)["state"], "running")
                self.jobctl("kill", uuid)

    def test_other_keys_leave_it_running_if_chosen(self):
        uuid = self.bash("exec sleep 1000")
        client = self.terminal("attach", "--detach-keys", "ctrl-x,q", uuid).wait_for("Ctrl+X q leaves it running]").wait_mode(echo=False)
        client.type(DETACH + b"q\x18x")
        client.type(b"\x18q")
        client.end(0)
        self.assertEqual(self.job(uuid)["state"], "running")
        client = self.terminal("attach", uuid)
        client.wait_for("Ctrl+P Ctrl+Q leaves")
        self.jobctl("attach", "--detach-keys", "ctrl-!", uuid, check=2)

    def test_no_kill_makes_ctrl_c_detach(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                uuid = self.bash("echo ready; exec sleep 1000", *options)
                client = self.attach(uuid, "--no-kill").wait_for("ready\r\n")
                self.assertIn("Ctrl+C detaches", client.shown.decode())
                client.type(CTRL_C)
                client.end(0)
                self.assertEqual(self.job(uuid)["state"], "running")

    def test_ctrl_z_stops_the_client_alone_and_fg_goes_on(self):
        go = self.fifo()
        uuid = self.bash(f"read < {go}; echo live; exec sleep 1000")
        client = self.attach(uuid)
        # A process group that nobody could wake again is never stopped (setpgid(2), "orphaned"): it takes a shell.
        shell = self.terminal(command=["bash", "--norc", "-i"])
        shell.type(b"PS1='$?> '; set -b\r")
        shell.wait_for("0> ")
        shell.type(shlex.join(self.command("attach", uuid)).encode() + b"\r")
        shell.wait_for("leaves it running]").wait_mode(echo=False)
        shell.type(b"\x1a")
        shell.wait_for("Stopped").wait_for("148> ")
        shell.type(b"fg\r")
        self.tell(go)
        shell.wait_for("\nlive\r\n")
        client.wait_for("live\r\n")
        shell.type(DETACH)
        shell.wait_for("was left running]")
        shell.type(b"exit\r")
        shell.process.wait(60)
        self.assertEqual(self.job(uuid)["state"], "running")


class WithTerminal(AttachTest):
    """Jobs with -t."""

    def test_the_job_has_a_terminal_of_the_clients_size_as_it_changes(self):
        # Not with bash's trap, which can miss a signal that comes while it deals with the one before.
        tell = ("import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH]); print('ready', flush=True)\n"
                "while True: signal.sigwait([signal.SIGWINCH]); print(*reversed(os.get_terminal_size(0)), flush=True)")
        uuid = self.bash(f'test -t 0 && test -t 1 && test -t 2 && tty; stty size; exec python3 -c "{tell}"', "-t")
        log = self.wait_for_log(uuid, "ready\r\n")
        self.assertRegex(log, r"\A/dev/pts/\d+\r\n24 80\r\n")
        client = self.attach(uuid, rows=33, columns=111)
        client.wait_for("33 111\r\n")
        client.resize(44, 122)
        client.wait_for("44 122\r\n")

    def test_input_arrives_and_is_echoed_by_the_jobs_terminal(self):
        uuid = self.bash("echo ready; read -r line; printf 'got %s\\n' \"$line\"; cat", "-t")
        client = self.attach(uuid).wait_for("ready\r\n")
        client.type("grüße\r".encode())
        client.wait_for("grüße\r\ngot grüße\r\n")
        client.type(b"x" * 3000 + b"\r")
        client.wait_for(b"x" * 3000 + b"\r\n" + b"x" * 3000 + b"\r\n")
        client.type(b"\x04")
        self.assertIn("ended: exit status 0", client.end(0))

    def test_every_key_reaches_a_program_that_reads_keys(self):
        code = ("import os, tty; tty.setraw(0); os.write(1, b'ready'); data = b''\n"
                "while not data.endswith(b'END'): data += os.read(0, 4096)\n"
                "open('typed', 'wb').write(data)")
        uuid = self.start("-t", "--", sys.executable, "-IS", "-c", code)
        client = self.attach(uuid).wait_for("ready")
        keys = bytes(range(16)) + b"\x10x" + bytes(range(17, 256))
        client.type(keys + b"END")
        client.end(0)
        self.assertEqual((self.dir / "typed").read_bytes(), keys + b"END")

    def test_output_is_in_the_log_byte_for_byte_and_on_the_terminal_the_same(self):
        go = self.fifo()
        uuid = self.bash(f"read < {go}; for i in $(seq 0 5 100); do printf '\\r\\033[32m%3d%%\\033[0m [%s]' $i \"$(printf '#%.0s' $(seq 0 $i))\"; done; echo", "-t")
        client = self.attach(uuid)
        self.tell(go)
        shown = client.end(0)
        wanted = "".join(f"\r\x1b[32m{i:3d}%\x1b[0m [{'#' * (i + 1)}]" for i in range(0, 101, 5)) + "\r\n"
        self.assertEqual(text_of(self.log_bytes(uuid)), wanted)
        self.assertIn(wanted, shown)

    def test_the_status_or_signal_of_the_job_is_the_units(self):
        for script, result in (("exit 0", ("done", 0, None, 0)), ("exit 42", ("failed", 42, None, 42)), ("kill -USR1 $$", ("failed", None, "SIGUSR1", 138)),
                               ("kill -KILL $$", ("failed", None, "SIGKILL", 137))):
            with self.subTest(script):
                go = self.fifo(script.replace(" ", ""))
                uuid = self.bash(f"read < '{go}'; {script}", "-t")
                client = self.attach(uuid)
                self.tell(go)
                client.end(result[3])
                job = self.wait_ended(uuid)
                self.assertEqual((job["state"], job["exit_code"], job["signal"]), result[:3])

    def test_a_full_screen_program_leaves_the_terminal_as_it_was(self):
        uuid = self.bash("printf '\\033[?1049h\\033[?25l\\033[?1000h'; echo ready; exec sleep 1000", "-t")
        client = self.attach(uuid).wait_for("ready")
        before = len(client.shown)
        client.type(DETACH)
        after = client.end(0).encode()[before:]
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[m"):
            self.assertIn(sequence, after)

    def test_the_holder_is_gone_with_the_job(self):
        for how in ("end", "kill", "force", "holder"):
            with self.subTest(how):
                go = self.fifo(how)
                uuid = self.bash(f"read < {go}; exit 0", "-t")
                pids = self.wait_until(lambda: len(self.unit_pids(uuid)) > 1 and self.unit_pids(uuid), what="holder and job")
                holder = [pid for pid in pids if pid not in self.payload_pids(uuid)]
                self.assertEqual(len(holder), 1)
                if how == "end":
                    self.tell(go)
                elif how == "holder":
                    os.kill(holder[0], signal.SIGKILL)
                else:
                    self.jobctl("kill", *(["--force"] if how == "force" else []), uuid)
                self.wait_ended(uuid)
                self.wait_until(lambda: not any(alive(pid) for pid in pids), what="every process to be gone")
                runtime = pathlib.Path(self.env["XDG_RUNTIME_DIR"], "jobctl")
                self.wait_until(lambda: not [path for path in runtime.iterdir() if uuid in path.name], what="its socket to be removed")


class Starting(AttachTest):
    """start without -d."""

    def test_it_shows_everything_and_passes_the_status_on(self):
        process = self.spawn("start", "--name", "here", "--", "bash", "-c", "seq 3000; echo problem >&2; exit 6")
        out, err = process.communicate(timeout=60)
        self.assertEqual(out, b"".join(b"%d\n" % number for number in range(1, 3001)) + b"problem\n")
        self.assertEqual(process.returncode, 6)
        self.assertRegex(err, rb"\A\[here [0-9a-f]{8}: Ctrl\+C [^\n]*\]\n\[here ended: exit status 6 after [\d:]+\]\n\Z")

    def test_it_passes_a_signal_on(self):
        self.assertEqual(self.jobctl("start", "--", "bash", "-c", "kill -SEGV $$", check=False).code, 139)

    def test_on_a_terminal_ctrl_c_and_detaching_work_as_in_attach(self):
        client = self.terminal("start", "--name", "a", "--", "bash", "-c", "echo ready; exec sleep 1000").wait_for("ready\r\n").wait_mode(echo=False)
        client.type(DETACH)
        client.end(0)
        self.assertEqual([job["state"] for job in self.jobs()], ["running"])
        client = self.terminal("start", "--name", "b", "--", "bash", "-c", "echo ready; exec sleep 1000").wait_for("ready\r\n").wait_mode(echo=False)
        client.type(CTRL_C)
        client.end(130)

    def test_with_a_terminal_it_is_interactive(self):
        client = self.terminal("start", "-t", "--", "bash", "--norc", "-i", rows=40, columns=100).wait_mode(echo=False)
        client.type(b"echo $((6*7))$(stty size)$-\r")
        client.wait_for("4240 100")
        client.type(b"exit 11\r")
        client.end(11)

    def test_a_program_finds_the_size_of_the_terminal_that_it_was_started_on(self):
        """From its first look on, and in later runs: a program that is told while it looks may forget it."""
        for options in ("-t",), ("-dt", "--name", "detached"):
            client = self.terminal("start", *options, "--", "sh", "-c", "echo size $(stty size)", rows=40, columns=100)
            client.end(0)
        self.wait_for_log("detached", "size 40 100")
        self.jobctl("restart", "detached")
        self.wait_until(lambda: self.log_bytes("detached").count(b"size 40 100") == 2)

    def test_what_cannot_be_started_is_told_without_attaching(self):
        failed = self.jobctl("start", "--", "nosuchprogram", check=1)
        self.assertRegex(failed.err, r"\Ajobctl: could not start nosuchprogram: no such file or directory[^\n]*\n")
        self.assertEqual(failed.out, "")

    def test_an_interrupt_of_a_client_without_a_terminal_reaches_the_job(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                process = self.spawn("start", *options, "--", "bash", "-c", "trap 'exit 12' INT; echo ready; while :; do sleep 0.01; done")
                self.assertRegex(process.stdout.readline(), rb"ready\r?\n")
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, 12)


class Odd(AttachTest):
    def test_standard_input_that_is_no_terminal_is_left_alone(self):
        for options in ([], ["-t"]):
            with self.subTest(options):
                go = self.fifo("go" + "".join(options))
                uuid = self.bash(f"read < {go}; echo live; exit 2", *options)
                process = self.spawn("attach", uuid)
                process.stderr.readline()
                self.tell(go)
                out, _ = process.communicate(timeout=60)
                self.assertEqual((out.replace(b"\r\n", b"\n"), process.returncode), (b"live\n", 2))

    def test_a_reader_that_goes_away_ends_the_client_and_not_the_job(self):
        uuid = self.bash("while :; do echo line; sleep 0.01; done")
        process = self.spawn("attach", uuid)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.job(uuid)["state"], "running")

    def test_closed_standard_streams(self):
        go = self.fifo()
        for streams in ((0,), (1,), (2,), (0, 1, 2)):
            with self.subTest(streams):
                uuid = self.bash(f"read < {go}; echo live; exit 2")
                process = self.spawn("attach", uuid, preexec_fn=lambda streams=streams: [os.close(fd) for fd in streams])
                self.tell(go)
                self.assertIn(process.wait(60), (0, 1, 2))
                self.assertEqual(self.wait_ended(uuid)["exit_code"], 2)
                process.communicate()
                status = self.job(uuid)
                self.assertEqual(text_of(self.log_bytes(uuid)), "live\n", status)

    def test_it_needs_exactly_one_job(self):
        self.jobctl("attach", check=2)
        self.jobctl("attach", "nope", check=3)
        for _ in range(2):
            self.start("--name", "twin", "--", "sleep", "1000")
        self.assertRegex(self.jobctl("attach", "twin", check=4).err, "two jobs")


if __name__ == "__main__":
    main()
