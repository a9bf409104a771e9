#!/usr/bin/env python3
"""history: what was done to jobs, by whom and when, also after flush and cleanup."""

import json
import os
import subprocess

import harness


class History(harness.JobctlTest):
    def history(self, *options, check=0):
        return [json.loads(line) for line in self.jobctl("history", "-o", "json", *options, check=check).out.splitlines()]

    def events(self, *options):
        return [entry["event"] for entry in self.history(*options)]

    def a_life(self, name="nightly"):
        """Of a job that was frozen, killed, restarted and ended."""
        uuid = self.start("--name", name, "--label", "k=v", "--session", "s", "--", "sh", "-c", "read line < fifo; exit 3")
        self.jobctl("pause", name)
        self.jobctl("resume", name)
        self.jobctl("kill", name)
        self.jobctl("restart", name)
        with open(self.dir / "fifo", "w") as fifo:
            fifo.write("go\n")
        self.jobctl("wait", name, check=3)
        return uuid

    def setUp(self):
        super().setUp()
        os.mkfifo(self.dir / "fifo")

    LIFE = ["start", "pause", "resume", "kill", "end", "restart", "end"]

    def test_a_life_is_told_and_outlives_its_record(self):
        uuid = self.a_life()
        before = self.history()
        self.assertEqual([entry["event"] for entry in before], self.LIFE)
        for entry in before:
            self.assertEqual((entry["uuid"], entry["name"], entry["type"], entry["session"], entry["labels"]), (uuid, "nightly", "sh", "s", {"k": "v"}))
        self.assertEqual({entry["by"] for entry in before[:-1]}, {before[0]["user"]})
        self.assertIsNone(before[-1]["by"])
        self.assertEqual(before[0]["text"], "sh -c 'read line < fifo; exit 3'")
        self.assertEqual(before[-1]["text"], "failed: sh exited with status 3")
        self.assertEqual(before, sorted(before, key=lambda entry: entry["time"]))
        self.jobctl("flush")
        after = self.history()
        self.assertEqual(after[:-1], before)
        self.assertEqual((after[-1]["event"], after[-1]["by"]), ("flush", before[0]["user"]))

    def test_whom_and_when(self):
        first = self.a_life()
        self.jobctl("flush")
        second = self.a_life()
        other = self.start("--name", "other", "--", "true")
        self.jobctl("wait", "other")
        self.assertEqual({entry["uuid"] for entry in self.history("nightly")}, {first, second})
        self.assertEqual({entry["uuid"] for entry in self.history(first[:8])}, {first})
        self.assertEqual({entry["uuid"] for entry in self.history("--label", "k=v", "--session", "s")}, {first, second})
        self.assertEqual({entry["uuid"] for entry in self.history("other", "--type", "sh", "--any")}, {first, second, other})
        self.assertEqual(self.history("other", "--type", "sh"), [])
        began = next(entry["time"] for entry in self.history(second))
        self.assertEqual({entry["uuid"] for entry in self.history("--since", began)}, {second, other})
        self.assertEqual({entry["uuid"] for entry in self.history("--until", began)}, {first, second})
        self.assertEqual(self.history("--since", "tomorrow"), [])
        self.assertIn("the history knows no job named nope", self.jobctl("history", "nope", check=3).err)
        self.jobctl("history", "--since", "rubbish", check=2)
        self.jobctl("history", "--state", "done", check=2)

    def test_restarts_by_policy_are_systemds(self):
        self.start("--name", "loop", "--restart", "on-failure:2", "--restart-delay", "10ms", "--", "false")
        self.jobctl("wait", "loop", check=1)
        told = self.history("loop")
        self.assertEqual([entry["event"] for entry in told], ["start", "end", "restart", "end", "restart", "end"])
        self.assertEqual([entry["by"] for entry in told if entry["event"] == "restart"], ["systemd"] * 2)

    def test_an_end_that_nobody_saw_is_told(self):
        uuid = self.start("--name", "gone", "--", "sleep", "1000")
        unit = self.job(uuid)["unit"]
        # Without its record the finish hook can't tell; by hand it would be the manager that is killed.
        record = self.state_dir / "jobs" / uuid
        record.rename(self.dir / "aside")
        self.systemctl("kill", "--signal=KILL", unit)
        self.wait_until(lambda: unit not in self.loaded_units())
        (self.dir / "aside").rename(record)
        self.assertIn("lost: ", self.history("gone")[-1]["text"])

    def test_a_flush_that_was_interrupted_is_told_once(self):
        uuid = self.start("--name", "brief", "--", "true")
        self.jobctl("wait", "brief")
        record, text = self.record_path(uuid), self.record_path(uuid).read_bytes()
        self.jobctl("flush")
        record.write_bytes(text)  # killed before it was deleted
        (self.state_dir / "jobs.db").unlink()
        self.jobctl("flush")
        self.assertEqual(self.events("brief"), ["start", "end", "flush"])
        self.assertEqual(self.events("--since", "-1h"), ["start", "end", "flush"])

    def test_what_was_recorded_while_the_clock_was_ahead(self):
        uuid = self.start("--name", "ahead", "--", "true")
        self.jobctl("wait", "ahead")
        record = self.record_path(uuid)
        hour_ago = record.stat().st_mtime - 3600
        os.utime(record, (hour_ago, hour_ago))
        self.assertEqual(self.events("--since", "-30min"), ["start", "end"])

    def test_the_table_is_harmless(self):
        self.start("--name", "a", "--", "printf", "\x1b[31m\n")
        self.jobctl("wait", "a")
        table = self.jobctl("history").out
        self.assertNotIn("\x1b", table)
        self.assertEqual(len(table.splitlines()), len(self.history()) + 1)

    def test_a_record_that_cannot_be_read_hides_only_itself(self):
        broken = self.start("--name", "broken", "--", "true")
        self.start("--name", "good", "--", "true")
        self.jobctl("wait", "broken", "good")
        record = self.record_path(broken).read_bytes()
        self.record_path(broken).write_bytes(b"rubbish")
        told = self.jobctl("history")
        self.assertIn("good", told.out)
        self.assertIn(broken, told.err)
        self.record_path(broken).write_bytes(record)

    def test_cleanup_is_told(self):
        program = self.script("while :; do sleep 1000; done", "stray.sh")
        process = subprocess.Popen([program], start_new_session=True)
        self.addCleanup(process.wait)
        self.jobctl("cleanup", "--match", program)
        told = self.history()
        self.assertIn(process.pid, [entry["pid"] for entry in told])
        self.assertEqual({(entry["event"], entry["uuid"]) for entry in told}, {("cleanup", None)})
        self.assertIn(f"{process.pid} (/bin/bash {program})", self.jobctl("history").out)


if __name__ == "__main__":
    harness.main()
