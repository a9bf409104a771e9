#!/usr/bin/env python3
"""flush beside whoever else works on the same records: a restart, a finish hook, another flush; and records that it can't read."""

import fcntl
import json
import os
import shutil
import signal
import unittest

import harness

STRACE = shutil.which("strace")


class Flush(harness.JobctlTest):
    def ended(self, *options):
        uuid = self.start(*options, "--", "true")
        self.wait_ended(uuid)
        return uuid

    def waits_for_record(self, process, uuid):
        """Until it has the record open, or has ended without waiting."""
        def has_it_open():
            fds = harness.pathlib.Path(f"/proc/{process.pid}/fd")
            try:
                return any(os.readlink(fd) == str(self.record_path(uuid)) for fd in fds.iterdir())
            except OSError:
                return False  # closed meanwhile
        self.wait_until(lambda: has_it_open() or process.poll() is not None, what="flush to come to the record")

    def test_what_is_flushed_while_others_look_is_gone(self):
        for _ in range(10):
            for _ in range(3):
                self.start("--type", "t", "--", "true")
            looks = [self.spawn("list", "-a") for _ in range(4)]
            flushes = [self.spawn("flush", "--type", "t", "--logs") for _ in range(2)]
            for process in looks + flushes:
                process.communicate(timeout=harness.PATIENCE)
            self.wait_until(lambda: all(job["state"] == "done" for job in self.jobs("-a")), what=lambda: self.jobctl("list", "-a").out)
            self.jobctl("flush", "--type", "t", "--logs")
            self.assertEqual(self.jobs("-a"), [])
            self.assertIn("all is well", self.jobctl("doctor").out)

    def test_a_job_between_two_runs_is_kept(self):
        trap = "trap 'while [ ! -e go ]; do sleep 0.01; done; exit 0' TERM; echo ready; while :; do sleep 0.01; done"
        uuid = self.start("--name", "again", "--", self.script(trap))
        self.wait_for_log(uuid, "ready")
        restart = self.spawn("restart", "again")
        self.wait_until(lambda: self.record_events(uuid, "stop-requested"), what="restart to stop it")
        restart.send_signal(signal.SIGSTOP)
        (self.dir / "go").touch()
        self.wait_until(lambda: not self.loaded_units(), what="the unit to go")
        try:
            self.assertEqual(self.jobctl("flush").out, "flushed 0 jobs\n")
            self.assertIn("again is starting and was kept", self.jobctl("flush", "again", check=5).err)
            self.assertIn("is being started already", self.jobctl("restart", "again", check=5).err)
        finally:
            restart.send_signal(signal.SIGCONT)
        out, err = restart.communicate(timeout=harness.PATIENCE)
        self.assertEqual((restart.returncode, err), (0, b""), out)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "run")], ["running", 2])

    def test_what_is_said_about_a_job_meanwhile_is_seen(self):
        """As by its finish hook, which has the record's lock while it collects a log."""
        uuid = self.ended("--name", "late")
        copy = self.dir / "state" / "jobctl" / "logs" / "copy.log"
        copy.write_text("text\n")
        with open(self.record_path(uuid), "ab", buffering=0) as record:
            fcntl.flock(record, fcntl.LOCK_EX)
            flush = self.spawn("flush", "--logs", "late")
            self.waits_for_record(flush, uuid)
            record.write(f"event=collected run=1 time={2 * 10**15} file={copy}\0".encode())
        out, err = flush.communicate(timeout=harness.PATIENCE)
        self.assertEqual((out, flush.returncode), (b"flushed 1 job and its log (5 B)\n", 0), err)
        self.assertFalse(copy.exists())
        self.assertFalse(self.record_path(uuid).exists())

    @unittest.skipUnless(STRACE, "strace is not installed")
    def test_a_finish_hook_is_waited_for(self):
        folder = self.dir / "bin"
        folder.mkdir()
        for name in ("jobctl", "launcher", "finish"):
            shutil.copy2(harness.BUILD / name, folder / name)
        (folder / "finish").rename(folder / "finish.real")
        # Its last step.
        (folder / "finish").write_text(f"#!/bin/sh\nexec {STRACE} -D -qq -o /dev/null -e inject=fsync:signal=STOP "
                                       f'{folder}/finish.real "$@"\n')
        (folder / "finish").chmod(0o755)
        self.command = lambda *args: [str(folder / "jobctl"), *map(str, args)]
        uuid = self.ended()
        hook = self.wait_until(lambda: [pid for pid in self.unit_pids(uuid) if harness.process_state(pid) in "tT"
                                        and os.readlink(f"/proc/{pid}/exe").endswith("finish.real")], what="the hook to stop")[0]
        flush = self.spawn("flush", uuid)
        self.waits_for_record(flush, uuid)
        self.assertTrue(self.record_path(uuid).exists(), "flushed while the hook was at work")
        os.kill(hook, signal.SIGCONT)
        out, err = flush.communicate(timeout=harness.PATIENCE)
        self.assertEqual((out, flush.returncode), (b"flushed 1 job\n", 0), err)

    def test_what_cannot_be_read_is_kept(self):
        broken, newer, good = self.ended("--name", "broken"), self.ended("--name", "newer"), self.ended("--name", "good")
        texts = {uuid: self.record_path(uuid).read_bytes() for uuid in (broken, newer)}
        self.record_path(broken).write_bytes(b"rubbish")
        self.record_path(newer).write_bytes(texts[newer].replace(b"jobctl-record=1\0", b"jobctl-record=99\0"))
        kept = self.jobctl("flush", "--logs", check=1)
        self.assertTrue(kept.out.startswith("flushed 1 job and its log"), kept.out)
        self.assertRegex(kept.err, rf"broken \({broken}\) was kept: the record .* can't be read: .*\n  .*: rm .*/{broken}\n")
        self.assertRegex(kept.err, rf"newer \({newer}\) was kept: .*newer jobctl.*\n  upgrade")
        self.assertEqual({job["uuid"] for job in self.jobs("-a")}, {broken, newer})
        for uuid, text in texts.items():
            self.record_path(uuid).write_bytes(text)
        self.assertEqual(self.jobctl("flush").out, "flushed 2 jobs\n")
        told = [json.loads(line) for line in self.jobctl("history", "-o", "json").out.splitlines()]
        self.assertEqual({(entry["uuid"], entry["event"]) for entry in told},
                         {(uuid, event) for uuid in (broken, newer, good) for event in ("start", "end", "flush")})


if __name__ == "__main__":
    harness.main()
