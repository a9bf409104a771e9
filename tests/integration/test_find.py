#!/usr/bin/env python3
"""find and kill --pid: from a process to its job."""

import json
import subprocess

import harness

# Prints the PID of a process that has left its session and its parents, and lasts.
FAR = "setsid sh -c 'sh -c \"echo far \\$\\$; exec sleep 1000\" & exit' & exec sleep 1000"


class Find(harness.JobctlTest):
    def far(self, uuid):
        return int(self.wait_for_log(uuid, "\n").split()[-1])

    def nobody(self):
        """A process of no job."""
        process = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def test_any_process_of_a_job(self):
        uuids = [self.start(*options, "--name", name, "--", "sh", "-c", FAR)
                 for name, options in (("plain", ()), ("scope", ("--scope",)), ("session", ("--session", "s 1")))]
        for uuid, name in zip(uuids, ("plain", "scope", "session")):
            pid = self.far(uuid)
            found = json.loads(self.jobctl("find", pid, "-o", "json").out)
            self.assertEqual([(entry["pid"], entry["job"]["uuid"], entry["job"]["state"]) for entry in found], [(pid, uuid, "running")])
            self.assertRegex(self.jobctl("find", pid).out, rf"(?m)^ *{pid} +sh +{name} +running +{uuid} +sleep 1000$")
        pids = [self.far(uuid) for uuid in uuids] + [self.job(uuids[0])["pid"]]
        self.assertEqual([entry["pid"] for entry in json.loads(self.jobctl("find", *pids, "-o", "json").out)], pids)

    def test_others_are_told_and_the_rest_is_shown(self):
        uuid = self.start("--", "sleep", "1000")
        other, gone = self.nobody().pid, subprocess.Popen(["true"])
        gone.wait()
        found = self.jobctl("find", other, gone.pid, self.job(uuid)["pid"], check=3)
        self.assertEqual(found.err, f"jobctl: there is no process {gone.pid}, or none that you may see\n"
                                    f"jobctl: process {other} (sleep) belongs to no job\n  jobctl list shows the jobs\n")
        self.assertIn(uuid, found.out)
        self.assertEqual(json.loads(self.jobctl("find", other, "-o", "json", check=3).out), [])

    def test_names_of_programs_do_nothing_to_a_terminal(self):
        program = self.dir / "a\x1b[31m"
        program.symlink_to("/bin/sleep")
        process = subprocess.Popen([program, "1000"])
        self.addCleanup(lambda: (process.kill(), process.wait()))
        self.assertNotIn("\x1b", self.jobctl("find", process.pid, check=3).err)
        self.assertNotIn("\x1b", self.jobctl("find", self.job(self.start("--", str(program), "1000"))["pid"]).out)

    def test_wrong_words(self):
        for word in ("0", "-1", "1x", "99999999999", ""):
            with self.subTest(word=word):
                self.assertIn(self.jobctl("find", "--", word, check=False).code, (2, 3))
                self.assertIn(self.jobctl("kill", f"--pid={word}", check=False).code, (2, 3))
        self.jobctl("find", check=2)

    def test_kill_by_a_process_ends_its_whole_job(self):
        first, second = (self.start("--name", name, "--", "sh", "-c", FAR) for name in ("first", "second"))
        other = self.nobody()
        self.assertIn("would kill  first", self.jobctl("kill", "--pid", self.far(first), "--dry-run").out)
        self.assertEqual(self.state(first), "running")
        self.assertRegex(self.jobctl("kill", "--pid", self.far(first), "--pid", self.job(first)["pid"]).out, r"\Akilled  first .*2 processes.*\n\Z")
        self.assertEqual([self.state(first), self.state(second)], ["killed", "running"])
        self.assertIn("belongs to no job", self.jobctl("kill", "--pid", other.pid, check=3).err)
        refused = self.jobctl("kill", "--pid", self.far(second), "--pid", other.pid, check=3)
        self.assertEqual([refused.out, self.state(second), other.poll()], ["", "running", None])


if __name__ == "__main__":
    harness.main()
