"""Whatever happens to the registry and the records, nothing that runs is lost and everything is said in words."""

import json
import os
import pathlib
import re
import sqlite3
import unittest

import harness


class Registry(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.database = self.state_dir / "jobs.db"

    def make_jobs(self):
        """A live one and one that has ended."""
        self.live = self.start("--name", "live", "--type", "t", "--", "sleep", "1000")
        self.ended = self.start("--name", "ended", "--", "sh", "-c", "exit 3")
        self.assertEqual(self.wait_ended(self.ended)["exit_code"], 3)

    def check_jobs(self):
        """Both are as they were, and the live one can be killed."""
        jobs = {job["uuid"]: job for job in self.jobs("-a")}
        self.assertEqual(set(jobs), {self.live, self.ended})
        self.assertEqual(jobs[self.live]["state"], "running")
        self.assertEqual(jobs[self.live]["name"], "live")
        self.assertEqual(jobs[self.live]["command"], ["sleep", "1000"])
        self.assertEqual((jobs[self.ended]["state"], jobs[self.ended]["exit_code"]), ("failed", 3))
        self.assertEqual(self.jobctl("list", "-a").err, "", "a second look complains as well")
        self.jobctl("kill", "live")
        self.assertEqual(self.state(self.live), "killed")

    def test_is_rebuilt_when_deleted(self):
        self.make_jobs()
        for path in self.state_dir.glob("jobs.db*"):
            path.unlink()
        self.assertRegex(self.jobctl("list").err, r"the registry was rebuilt from 2 records")
        self.check_jobs()

    def test_is_rebuilt_when_only_the_mark_of_change_is_left(self):
        self.make_jobs()
        self.database.unlink()
        self.jobctl("list")
        self.check_jobs()

    def test_is_rebuilt_when_truncated(self):
        for size in (0, 10, 1000, 5000):
            with self.subTest(size=size):
                self.make_jobs()
                os.truncate(self.database, size)
                self.jobctl("list")
                self.check_jobs()
                self.jobctl("flush", "--logs")

    def test_is_rebuilt_when_garbage(self):
        self.make_jobs()
        self.database.write_bytes(b"garbage " * 5000)
        said = self.jobctl("list").err
        self.assertRegex(said, r"the registry was damaged; it is kept as .*/jobs\.db\.damaged-\d+")
        kept = pathlib.Path(re.search(r"kept as (\S+?)(?:;|\s)", said)[1])
        self.assertTrue(kept.read_bytes().startswith(b"garbage"))
        self.check_jobs()

    def test_is_rebuilt_when_there_is_garbage_in_the_middle(self):
        for offset in (100, 4096, 8192, 12288):
            with self.subTest(offset=offset):
                self.make_jobs()
                size = self.database.stat().st_size
                with open(self.database, "r+b") as file:
                    file.seek(offset)
                    file.write(b"\xa5garbage" * ((min(size - offset, 4096)) // 8))
                self.jobctl("list")
                self.check_jobs()
                self.jobctl("flush", "--logs")

    def test_garbage_is_found_by_whatever_command_comes_first(self):
        for command in (["start", "-d", "--name", "new", "--", "true"], ["kill", "live"], ["flush"], ["status", "live"],
                        ["wait", "ended"], ["logs", "live"]):
            with self.subTest(command=command):
                self.make_jobs()
                self.database.write_bytes(b"garbage " * 5000)
                result = self.jobctl(*command, check=3 if command[0] == "wait" else True)
                self.assertIn("damaged", result.err)
                self.assertEqual(self.jobctl("list", "-a").err, "")
                self.jobctl("kill", "--all", "--force")
                self.jobctl("flush", "--logs")

    def test_a_newer_one_is_refused_and_left_alone(self):
        self.make_jobs()
        connection = sqlite3.connect(self.database)
        version, = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version=99")
        connection.close()
        for command in (["list"], ["start", "-d", "--", "true"], ["kill", "live"], ["flush"]):
            result = self.jobctl(*command, check=1)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, rf"jobctl: the registry {self.database} was made by a newer jobctl \(version 99, .*\n"
                                         r"  upgrade jobctl")
        self.assertEqual(len(self.payload_pids(self.live)), 1)
        connection = sqlite3.connect(self.database)
        self.assertEqual(connection.execute("PRAGMA user_version").fetchone(), (99,))
        connection.execute(f"PRAGMA user_version={version}")
        connection.close()
        self.check_jobs()

    def test_a_read_only_directory(self):
        self.make_jobs()
        for path in self.state_dir.glob("jobs.db*"):
            path.chmod(0o400)
        self.state_dir.chmod(0o500)
        try:
            jobs = {job["uuid"]: job["state"] for job in self.jobs("-a")}
            self.assertEqual(jobs, {self.live: "running", self.ended: "failed"})
            result = self.jobctl("start", "-d", "--", "true", check=1)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, rf"jobctl: the registry {self.database} .*")
            self.jobctl("kill", "live")
            self.assertEqual({job["uuid"]: job["state"] for job in self.jobs("-a")}[self.live], "killed")
        finally:
            self.state_dir.chmod(0o700)
            for path in self.state_dir.glob("jobs.db*"):
                path.chmod(0o600)

    # ---- records

    def test_records_deleted_while_a_job_runs(self):
        self.make_jobs()
        for path in (self.state_dir / "jobs").iterdir():
            path.unlink()
        jobs = {job["uuid"]: job for job in self.jobs("-a")}
        self.assertEqual(jobs[self.live]["state"], "running")
        self.assertEqual(jobs[self.ended]["exit_code"], 3)
        self.jobctl("kill", "live", check=False)
        self.systemctl("stop", jobs[self.live]["unit"], check=False)
        self.wait_until(lambda: not self.jobs("--running"), what="the job to end")
        job = self.job(self.live)
        self.assertIn(job["state"], ("lost", "killed"), job)

    def test_a_record_deleted_before_anybody_looked(self):
        uuid = self.start("--name", "bare", "--", "sleep", "1000")
        self.record_path(uuid).unlink()
        self.assertRegex(self.jobctl("list").out, r"bare +running +\d+ +[0-9a-f-]+ +00:\d\d:\d\d")
        job = self.job(uuid)
        self.assertEqual([job["state"], job["command"]], ["running", ["sleep", "1000"]])
        self.assertTrue(harness.alive(job["pid"]))
        self.assertIn("killed  bare", self.jobctl("kill", uuid).out)
        self.assertEqual(self.loaded_units(), [])

    def test_everything_deleted_while_a_job_runs(self):
        self.make_jobs()
        pid = self.job(self.live)["pid"]
        for path in [*(self.state_dir / "jobs").iterdir(), *self.state_dir.glob("jobs.db*")]:
            path.unlink()
        (job,) = self.jobs("-a")
        self.assertEqual((job["uuid"], job["state"], job["name"], job["type"]), (self.live, "running", "live", "t"))
        self.assertEqual((job["pid"], job["command"]), (pid, ["sleep", "1000"]))
        self.assertIn("live", self.jobctl("list").out)
        self.assertEqual(self.job("live")["uuid"], self.live)
        killed = self.jobctl("kill", "live", check=False)
        self.assertEqual(killed.code, 0, killed.err)
        self.wait_until(lambda: not harness.alive(pid), what="the job to end")
        self.assertEqual(self.jobs("--running"), [])

    def test_a_record_damaged_while_its_job_runs(self):
        self.make_jobs()
        self.record_path(self.live).write_bytes(os.urandom(300))
        self.jobctl("kill", self.live, check=False)
        self.wait_until(lambda: self.loaded_units() == [], what="the unit to go")
        listed = self.jobctl("list", "-a")
        self.assertRegex(listed.out, r"live +lost \(record unreadable\) +- ")
        self.assertEqual(listed.err.count("can't be read"), 1, listed.err)
        self.assertIn("was kept", self.jobctl("flush", self.live, check=1).err)
        self.record_path(self.live).unlink()
        self.jobctl("flush", self.live)
        self.assertEqual([job["uuid"] for job in self.jobs("-a")], [self.ended])

    def test_a_damaged_record_harms_no_other(self):
        self.make_jobs()
        self.record_path(self.ended).write_bytes(b"garbage")
        for _ in range(2):
            jobs = {job["uuid"]: job["state"] for job in self.jobs("-a")}
            self.assertEqual(jobs[self.live], "running")
        self.database.unlink()
        result = self.jobctl("list", "-a", "-o", "json")
        self.assertIn(str(self.record_path(self.ended)), result.err)
        self.assertEqual([job["uuid"] for job in json.loads(result.out)], [self.live])
        self.record_path(self.ended).unlink()

    # ---- a full disk

    def fill(self, directory):
        """Takes every last byte; undone by deleting the file."""
        path = pathlib.Path(directory, "filling")
        with open(path, "ab", buffering=0) as file:
            for block in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * block)
                except OSError:
                    pass
        return path

    @unittest.skipUnless("JOBCTL_TEST_SMALL_DIR" in os.environ, "there is no small file system")
    def test_a_full_disk(self):
        small = pathlib.Path(os.environ["JOBCTL_TEST_SMALL_DIR"], "state")
        small.mkdir()
        self.addCleanup(harness.shutil.rmtree, small)
        (self.dir / "state").mkdir(exist_ok=True)
        self.env["XDG_STATE_HOME"] = str(small)
        self.state_dir = small / "jobctl"
        gate = self.dir / "gate"
        os.mkfifo(gate)
        ending = self.start("--name", "ending", "--", "sh", "-c", f"read -r line <{gate}; exit 42")
        live = self.start("--name", "live", "--", "sleep", "1000")
        self.jobs()
        filling = self.fill(small)
        try:
            gate.write_text("go\n")
            job = self.wait_ended(ending)
            self.assertEqual((job["state"], job["exit_code"]), ("failed", 42))
            self.assertEqual([event["status"] for event in self.record_events(ending, "ended")], ["42"])

            refused = self.jobctl("start", "-d", "--name", "refused", "--", "sleep", "1000", check=1)
            self.assertEqual(refused.out, "")
            self.assertRegex(refused.err, r"jobctl: .*(no space left on device|disk is full)")
            self.assertEqual(len(self.loaded_units()), 1)
            self.assertEqual({job["name"]: job["state"] for job in self.jobs("-a")}, {"ending": "failed", "live": "running"})

            self.jobctl("kill", "live")
            self.assertEqual(self.wait_ended(live)["state"], "killed")
        finally:
            filling.unlink()
        self.assertEqual({job["name"]: job["state"] for job in self.jobs("-a")}, {"ending": "failed", "live": "killed"})
        self.start("--name", "again", "--", "true")

    @unittest.skipUnless("JOBCTL_TEST_SMALL_DIR" in os.environ, "there is no small file system")
    def test_flush_makes_room_on_a_full_disk(self):
        small = pathlib.Path(os.environ["JOBCTL_TEST_SMALL_DIR"], "state")
        small.mkdir()
        self.addCleanup(harness.shutil.rmtree, small)
        self.env["XDG_STATE_HOME"] = str(small)
        self.state_dir = small / "jobctl"
        self.wait_ended(self.start("--", "sh", "-c", "cat /dev/zero; exit 0"))  # until it gets ENOSPC
        self.fill(small).unlink()
        self.assertIn("flushed 1 job and its log", self.jobctl("flush", "--logs").out)
        self.assertEqual(self.jobs("-a"), [])
        self.start("--name", "again", "--", "true")

    @unittest.skipUnless("JOBCTL_TEST_SMALL_DIR" in os.environ, "there is no small file system")
    def test_flush_that_makes_no_room_loses_no_job(self):
        small = pathlib.Path(os.environ["JOBCTL_TEST_SMALL_DIR"], "state")
        small.mkdir()
        self.addCleanup(harness.shutil.rmtree, small)
        self.env["XDG_STATE_HOME"] = str(small)
        self.state_dir = small / "jobctl"
        jobs = [self.start("--name", f"job-{number}", "--", "sh", "-c", "exit 3") for number in range(3)]
        for uuid in jobs:
            self.wait_ended(uuid)
        filling = self.fill(small)
        refused = self.jobctl("flush", jobs[1], check=1)
        self.assertRegex(refused.err, r"could not write the history .*: no space left on device\n  .*flush --logs")
        states = {job["name"]: (job["state"], job["exit_code"]) for job in self.jobs("-a")}
        self.assertEqual(states, {f"job-{number}": ("failed", 3) for number in range(3)})
        filling.unlink()
        self.jobctl("flush", jobs[1])
        self.assertEqual(len(self.jobs("-a")), 2)


if __name__ == "__main__":
    harness.main()
