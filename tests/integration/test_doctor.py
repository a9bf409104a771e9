#!/usr/bin/env python3
"""doctor: finds every damage that is made on purpose, names the command that mends it, and mends what is safe."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import stat
import subprocess
import unittest
import uuid

import harness
import test_job_files


class Examiner:
    """What a test of doctor needs besides its jobs."""

    def examine(self, *options):
        done = self.jobctl("doctor", "-o", "json", *options, check=False)
        told = json.loads(done.out)
        left = [finding for finding in told["findings"] if not finding["fixed"] and not finding["note"]]
        self.assertEqual(done.code, 1 if left else 0, told)
        return told["findings"]

    def assert_well(self):
        done = self.jobctl("doctor")
        self.assertRegex(done.out, r"\Aall is well: systemd \S+, \d+ jobs?, \d+ active\n\Z", done.err)

    def found(self, check, text, fixable):
        """The only finding; it says the same to people."""
        findings = self.examine()
        self.assertEqual([finding["check"] for finding in findings], [check], findings)
        self.assertRegex(findings[0]["what"], text)
        self.assertEqual(findings[0]["fixable"], fixable, findings)
        self.assertTrue(findings[0]["hint"] or findings[0]["advice"], findings)
        self.assertNotRegex(findings[0]["hint"] or "", "#|;", "more than a command, which a shell may take for words of it")
        shown = self.jobctl("doctor", check=1).out
        self.assertIn(f"{check}: ", shown)
        for line in filter(None, (findings[0]["hint"], findings[0]["advice"])):
            self.assertIn(f"\n  {line}\n", shown)
        self.assertIn("1 problem" + ("; jobctl doctor --fix mends all of it" if fixable else ""), shown)
        return findings[0]

    def is_mended(self):
        self.assertIn(": mended\n", self.jobctl("doctor", "--fix").out)
        self.assert_well()


class Doctor(Examiner, harness.JobctlTest):
    def ended(self, *command):
        uuid = self.start("--", *(command or ("true",)))
        self.wait_ended(uuid)
        return uuid

    def runtime_dir(self):
        return pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "jobctl")

    def test_a_healthy_host(self):
        self.assert_well()
        for options in ((), ("--scope",), ("-t",), ("--in", "1h"), ("-p", "OOMScoreAdjust=100"), ("--health", "exec:true")):
            self.start(*options, "--", "sleep", "1000")
        self.ended()
        self.assert_well()
        self.assertEqual(self.examine(), [])

    # ---- records and registry

    def test_a_record_that_cannot_be_read(self):
        broken, good = self.ended(), self.ended()
        path = self.record_path(broken)
        path.write_bytes(b"rubbish")
        self.assertIn(str(path), self.found("records", "can't be read", False)["what"])
        self.examine("--fix")
        self.assertTrue(path.exists())
        path.unlink()
        self.jobctl("flush")
        self.assertNotEqual(good, broken)

    def test_a_record_that_is_gone(self):
        uuid = self.ended()
        self.record_path(uuid).unlink()
        self.assertIn(uuid, self.found("records", "the record of .* is gone", False)["what"])

    def test_many_records_that_are_gone(self):
        """One finding, whose command forgets them all."""
        for uuid in [self.ended() for _ in range(3)]:
            self.record_path(uuid).unlink()
        hint = self.found("records", "the records of 3 jobs are gone", False)["hint"]
        self.jobctl(*hint.split()[1:], "--logs")
        self.assert_well()

    def test_a_unit_whose_record_is_gone(self):
        uuid = self.start("--", "sleep", "1000")
        self.record_path(uuid).unlink()
        self.assertIn(uuid, self.found("records", "runs, but its record is gone", False)["what"])

    def test_a_record_whose_unit_is_gone(self):
        """As after the service manager was killed: nobody has seen the end."""
        uuid = self.start("--name", "gone", "--", "sleep", "1000")
        unit = self.job(uuid)["unit"]
        self.record_path(uuid).rename(self.dir / "aside")
        self.systemctl("kill", "--signal=KILL", unit)
        self.wait_until(lambda: unit not in self.loaded_units())
        (self.dir / "aside").rename(self.record_path(uuid))
        self.found("units", "gone is running by its record, but its unit is gone", True)
        self.is_mended()
        self.assertEqual(self.state(uuid), "lost")

    def test_a_damaged_registry(self):
        for number in range(30):
            self.start("--name", f"n{number}", "--", "true")
        self.wait_until(lambda: all(job["state"] == "done" for job in self.jobs()))
        database = self.state_dir / "jobs.db"
        with open(database, "r+b") as file:  # a page of the table; the first one stays
            file.seek(4096 * 3 + 100)
            file.write(b"\xff" * 2000)
        findings = self.examine("--fix")
        self.assertTrue(all(finding["fixed"] for finding in findings), findings)
        self.assertEqual(len(self.jobs()), 30)
        self.assert_well()

    def test_a_registry_that_lacks_jobs(self):
        self.ended()
        uuid = self.ended()
        with sqlite3.connect(self.state_dir / "jobs.db") as database:
            database.execute("DELETE FROM jobs WHERE uuid=?", (uuid,))
        self.found("registry", "1 job is in the records and not in", True)
        self.is_mended()
        self.assertEqual(len(self.jobs()), 2)

    def test_a_record_that_cannot_be_read_hides_no_row_that_lacks(self):
        broken, uuid = self.ended(), self.ended()
        content = self.record_path(broken).read_bytes()
        self.record_path(broken).write_bytes(b"rubbish")
        with sqlite3.connect(self.state_dir / "jobs.db") as database:
            database.execute("DELETE FROM jobs WHERE uuid=?", (uuid,))
        self.assertEqual([(finding["check"], finding["fixed"]) for finding in self.examine("--fix")], [("records", False), ("registry", True)])
        self.record_path(broken).write_bytes(content)
        self.assert_well()

    def test_a_record_that_went_while_its_job_ran(self):
        uuid = self.start("--", "sleep", "1000")
        unit = self.job(uuid)["unit"]
        self.record_path(uuid).unlink()
        self.systemctl("kill", "--signal=KILL", unit)
        self.wait_until(lambda: unit not in self.loaded_units())
        hint = self.found("records", f"the record of .*{uuid}.* is gone", False)["hint"]
        self.jobctl(*hint.split()[1:], "--logs")
        self.assert_well()

    def test_a_history_with_rubbish(self):
        self.ended()
        self.jobctl("flush", "--logs")
        with open(self.state_dir / "history", "a") as file:
            file.write("rubbish\n")
        self.jobctl("flush", self.ended(), "--logs")
        before = self.jobctl("history", "-o", "json").out
        self.found("history", "1 line of .* can't be read", True)
        self.is_mended()
        self.assertEqual((self.state_dir / "history.damaged").read_text(), "rubbish\n")
        self.assertEqual(self.jobctl("history", "-o", "json").out, before)

    # ---- files

    def test_what_others_may_look_into_or_change(self):
        uuid = self.ended()
        self.jobctl("flush", self.ended(), "--logs")
        looked_into, changed = "may be looked into by others", "may be changed by others"
        for path, mode, check, text in ((self.state_dir, 0o777, "directories", changed), (self.state_dir / "jobs", 0o755, "directories", looked_into),
                                        (self.runtime_dir(), 0o755, "directories", looked_into), (self.record_path(uuid), 0o644, "files", "is open to others"),
                                        (self.state_dir / "jobs.db", 0o644, "files", "is open to others"),
                                        (self.state_dir / "history", 0o640, "files", "is open to others")):
            with self.subTest(path=path):
                path.chmod(mode)
                self.found(check, text, True)
                self.is_mended()
                self.assertEqual(stat.S_IMODE(path.stat().st_mode) & (0o022 if text == changed else 0o077), 0)

    def test_what_its_owner_may_not_write(self):
        """Each keeps some command from its work."""
        uuid = self.ended()
        self.jobctl("flush", self.ended(), "--logs")
        for path in (self.state_dir / "jobs.db", self.state_dir / "history", self.state_dir / "jobs.changed", self.record_path(uuid)):
            for mode in (0o400, 0):
                with self.subTest(path=path, mode=mode):
                    path.chmod(mode)
                    self.assertIn(str(path), self.found("files", "is closed to ", True)["what"])
                    self.is_mended()
        self.ended()

    def test_many_files_with_a_wrong_mode(self):
        """As after a backup was brought back: one finding."""
        records = [self.record_path(self.ended()) for _ in range(3)]
        for record in records:
            record.chmod(0o644)
        self.assertEqual(sorted(self.found("files", "3 files are open to others", True)["paths"]), sorted(map(str, records)))
        self.is_mended()

    def test_what_stands_in_the_way(self):
        """The command that is told makes it well again."""
        self.ended()
        database, logs = self.state_dir / "jobs.db", self.state_dir / "logs"

        def make_directory():
            database.unlink()
            database.mkdir()

        def make_dangling_link():
            shutil.rmtree(logs)
            logs.symlink_to("nowhere")

        def make_file():
            shutil.rmtree(logs)
            logs.touch()

        def make_file_of_type():
            shutil.rmtree(logs / "true")
            (logs / "true").touch()

        for make, check, text in ((make_directory, "registry", "can't be used"), (make_dangling_link, "directories", "leads nowhere"),
                                  (make_file, "directories", "is no directory"), (make_file_of_type, "directories", "logs/true is no directory")):
            with self.subTest(make=make.__name__):
                make()
                hint = self.found(check, text, False)["hint"]
                subprocess.run(["sh", "-c", hint], check=True)
                self.ended()
                self.assert_well()
                shutil.rmtree(f"{database}.aside", ignore_errors=True)
                for path in self.state_dir.glob("**/*.aside"):
                    path.unlink()

    def test_what_is_no_file_keeps_nobody_waiting(self):
        uuid = self.ended()
        for path, check in ((self.record_path(uuid), "records"), (self.state_dir / "history", "history")):
            aside = self.dir / "aside"
            if path.exists():
                path.rename(aside)
            os.mkfifo(path, 0o600)
            findings = self.examine("--fix")
            self.assertTrue(any("no regular file" in finding["what"] for finding in findings), findings)
            self.jobctl("history", check=False)
            self.jobctl("list", "-a")
            path.unlink()
            if aside.exists():
                aside.rename(path)

    def test_links_are_not_followed(self):
        uuid = self.ended()
        target = self.dir / "target"
        target.write_text("x")
        target.chmod(0o644)
        link = self.record_path("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
        link.symlink_to(target)
        self.examine("--fix")
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o644)
        link.unlink()
        self.record_path(uuid).chmod(0)
        self.examine("--fix")
        self.assertEqual(stat.S_IMODE(self.record_path(uuid).stat().st_mode), 0o600)

    def test_jobs_that_are_just_starting_are_none(self):
        starts = [self.spawn("start", "-d", "--", "sleep", "1000") for _ in range(10)]
        for _ in range(10):
            self.assertEqual(self.examine(), [])
        for start in starts:
            start.communicate()

    def test_a_program_that_does_not_answer(self):
        folder = self.installation()
        (folder / "finish").write_text("#!/bin/sh\nexec sleep 1000\n")
        self.found("versions", "finish is of a version that it doesn't tell", False)
        shutil.copy2(harness.BUILD / "finish", folder / "finish")

    def test_a_folder_of_logs_that_cannot_be_made(self):
        closed = self.dir / "closed"
        closed.mkdir(mode=0o500)
        self.env["JOBCTL_LOGS"] = str(closed / "logs")
        self.found("directories", "closed/logs can't be made: permission denied", False)
        closed.chmod(0o700)
        self.assert_well()

    def test_a_log_that_was_deleted_with_its_folder(self):
        uuid = self.start("--", "sh", "-c", "echo precious; exec sleep 1000")
        self.wait_for_log(uuid, "precious\n")
        log = pathlib.Path(self.job(uuid)["log_file"])
        shutil.rmtree(log.parent)
        hint = self.found("logs", "was deleted while it runs", False)["hint"]
        subprocess.run(hint, shell=True, check=True, env={**self.env, "PATH": f"{harness.BUILD}:{os.environ['PATH']}"}, capture_output=True)
        self.assertEqual(pathlib.Path(f"{log}.saved").read_text(), "precious\n")
        self.assert_well()

    def test_a_masked_slice(self):
        for when in ((), ("--runtime",)):
            self.systemctl("mask", *when, "jobctl.slice")
            hint = self.found("units", "jobctl.slice is masked", False)["hint"]
            subprocess.run(hint, shell=True, check=True, env=self.env, capture_output=True)
            self.assert_well()

    def test_what_a_newer_jobctl_has_written(self):
        uuid = self.ended()
        path = self.record_path(uuid)
        content = path.read_bytes()
        path.write_bytes(content.replace(b"jobctl-record=1", b"jobctl-record=9"))
        self.found("records", "can't be read", False)
        path.write_bytes(content)
        with sqlite3.connect(self.state_dir / "jobs.db") as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version=999")
        self.assertIn("records", {finding["check"] for finding in self.examine()})
        with sqlite3.connect(self.state_dir / "jobs.db") as database:
            database.execute(f"PRAGMA user_version={version}")

    def test_a_log_that_was_deleted_while_its_job_runs(self):
        """The command that is told saves what was printed, and begins a new one."""
        uuid = self.start("--name", "blind", "--", "sh", "-c", "echo before; exec sleep 1000")
        self.wait_for_log(uuid, "before\n")
        log = pathlib.Path(self.job(uuid)["log_file"])
        log.unlink()
        hint = self.found("logs", f"the log of blind was deleted while it runs: {log}", False)["hint"]
        subprocess.run(["sh", "-c", hint], env={**self.env, "PATH": f"{harness.BUILD}:{os.environ['PATH']}"}, check=True,
                       stdout=subprocess.DEVNULL)
        saved = log.with_name(log.name + ".saved")
        self.assertEqual(saved.read_text(), "before\n")
        saved.unlink()
        self.wait_for_log(uuid, "before\n")
        self.assert_well()

    def test_logs_of_nobody(self):
        self.ended("echo", "hello")
        self.jobctl("flush")
        found = self.examine()[0]
        self.assertEqual((found["check"], found["what"], found["note"]), ("logs", "1 log belongs to no job any more (6 B)", True))
        self.assertIn("all is well", self.jobctl("doctor").out)
        self.assertEqual(pathlib.Path(found["paths"][0]).read_text(), "hello\n")
        self.examine("--fix")
        self.assertTrue(pathlib.Path(found["paths"][0]).exists())
        pathlib.Path(found["paths"][0]).unlink()

    def test_what_is_left_in_the_runtime_directory(self):
        self.ended()
        live = self.start("-t", "--", "sleep", "1000")
        for suffix in (".tty", ".health"):
            (self.runtime_dir() / f"{uuid.uuid4()}{suffix}").touch()
        abandoned, fresh = (self.runtime_dir() / f"{uuid.uuid4()}.start" for _ in range(2))
        for fifo in (abandoned, fresh):
            os.mkfifo(fifo)
        os.utime(abandoned, (0, 0))
        self.found("holders", "3 files in .* are left", True)
        self.is_mended()
        self.assertEqual([fifo.exists() for fifo in (abandoned, fresh)], [False, True])
        fresh.unlink()
        self.assertTrue((self.runtime_dir() / f"{live}.tty").exists())

    def test_settings_of_a_unit_that_is_gone(self):
        folder = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "systemd", "user", f"jobctl-x-{uuid.uuid4()}.service.d")
        folder.mkdir(parents=True)
        (folder / "50-jobctl.conf").write_text("[Service]\n")
        self.found("units", "settings of .* are left", True)
        self.is_mended()
        self.assertFalse(folder.exists())

    def test_what_belongs_to_a_run_that_has_begun_since(self):
        """While somebody starts a job, what lies around of it may be the new run's."""
        name = str(uuid.uuid4())
        fifo, terminal = (self.runtime_dir() / f"{name}{suffix}" for suffix in (".start", ".tty"))
        drop_in = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "systemd", "user", f"jobctl-x-{name}.service.d", "50-jobctl.conf")
        self.runtime_dir().mkdir(exist_ok=True)
        os.mkfifo(fifo)
        terminal.touch()
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text("[Service]\n")
        with open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)) as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self.examine("--fix")
            self.assertTrue(terminal.exists() and fifo.exists() and drop_in.exists())
        self.examine("--fix")
        self.assertFalse(terminal.exists() or fifo.exists() or drop_in.parent.exists())

    @unittest.skipUnless("JOBCTL_TEST_SMALL_DIR" in os.environ, "there is no small file system")
    def test_little_room(self):
        """Where the rubbish is depends on the place."""
        small = pathlib.Path(os.environ["JOBCTL_TEST_SMALL_DIR"], "place")
        small.mkdir()
        self.addCleanup(shutil.rmtree, small)
        (small / "rubbish").write_bytes(bytes(100_000))
        for place, hint in ((self.state_dir / "logs", "jobctl flush --logs --older-than 7d"), (self.runtime_dir(), f"du -xh {self.runtime_dir().parent}")):
            with self.subTest(place=place):
                self.ended()
                aside = place.with_name("aside")
                place.rename(aside)
                place.symlink_to(small)
                try:
                    self.assertEqual(self.found("space", f"are left for {place}", False)["hint"], hint)
                finally:
                    place.unlink()
                    aside.rename(place)
        self.assert_well()

    # ---- programs, configuration

    def test_a_broken_configuration(self):
        config = self.dir / "config" / "jobctl" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text("stop_timeot = 3\n")
        self.assertIn(f"{config}:1", self.found("configuration", "unknown key", False)["what"])
        config.unlink()

    @unittest.skipIf("memory" in pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split(), "this machine has all controllers")
    def test_limits_that_this_machine_does_not_enforce(self):
        """Told to who has set some."""
        self.ended()
        self.assertEqual(self.examine(), [])
        self.start("--memory", "1G", "--", "sleep", "1000")
        found = self.examine()
        self.assertEqual([(finding["check"], finding["note"]) for finding in found], [("controllers", True)])
        self.assertIn("limits of memory have no effect", found[0]["what"])

    def test_a_broken_template_and_job_file(self):
        for folder, check in (("templates", "templates"), ("jobs", "job-files")):
            path = self.dir / "config" / "jobctl" / folder / "bad.toml"
            path.parent.mkdir(parents=True)
            path.write_text("comand = 3\n")
            self.assertIn(str(path), self.found(check, "unknown key", False)["what"])
            path.unlink()

    def test_programs_of_another_version_or_missing(self):
        folder = self.installation()
        self.assert_well()
        (folder / "finish").write_text("#!/bin/sh\necho jobctl 0.0.1\n")
        self.found("versions", "finish is of jobctl 0.0.1, this is jobctl ", False)
        (folder / "finish").unlink()
        self.found("programs", "finish is missing", False)
        shutil.copy2(harness.BUILD / "finish", folder / "finish")

    def test_programs_that_units_were_told_of(self):
        """As after another installation, elsewhere: the links that are told of are all that it takes."""
        folder = self.installation()
        uuid = self.start("--name", "old", "--health", "exec:true", "--health-interval", "1h", "--", "sleep", "1000")
        self.wait_until(lambda: any("-health-1.timer" in row for row in self.systemctl("list-timers", "--all", "--plain", "--full").splitlines()))
        self.start("--name", "nightly", "--in", "1h", "--", "true")
        folder.rename(self.dir / "moved")
        del self.command
        lost = {"finish": "old need: nobody will record how the run ends", "probe": "old need: nobody looks at the job's health",
                "jobctl": "nightly need: no run begins at its time"}
        findings = self.examine("--fix")
        self.assertEqual({finding["what"] for finding in findings}, {f"{folder}/{name} is gone, which the units of {text}" for name, text in lost.items()})
        for finding in findings:
            self.assertEqual((finding["check"], finding["fixable"]), ("programs", False))
            subprocess.run(["sh", "-c", finding["hint"]], check=True)
        self.assert_well()
        self.jobctl("kill", uuid)
        self.assertEqual(self.state(uuid), "killed")

    def test_a_schedule_whose_program_is_gone(self):
        """It fails at each time; that the failure is forgotten mends nothing."""
        folder = self.installation()
        self.start("--name", "nightly", "--every", "1s", "--", "true")
        folder.rename(self.dir / "moved")
        del self.command
        service = self.jobs()[0]["unit"].replace(".service", "-schedule.service")
        self.wait_until(lambda: self.unit_property(service, "ActiveState") == "failed")
        hint = self.found("programs", "jobctl is gone, which the units of nightly need: no run begins at its time", False)["hint"]
        subprocess.run(["sh", "-c", hint], check=True)
        self.wait_until(lambda: self.jobs()[0]["run"] > 1)

    # ---- processes

    def test_a_holder_that_died(self):
        uuid = self.start("--scope", "--name", "scoped", "--", "sleep", "1000")
        holder = set(self.unit_pids(uuid)) - set(self.payload_pids(uuid))
        self.assertEqual(len(holder), 1)
        for pid in holder:
            os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: not any(map(harness.alive, holder)))
        self.found("holders", "the holder of scoped is dead", False)
        self.jobctl("kill", uuid)

    def test_a_failed_unit(self):
        name = f"jobctl-x-{uuid.uuid4()}.service"
        subprocess.run(["systemd-run", "--user", "--quiet", "--unit", name, "false"], env=self.env, check=True)
        self.wait_until(lambda: self.unit_property(name, "ActiveState") == "failed")
        self.found("units", "has failed and is still loaded", True)
        self.is_mended()

    def test_a_job_with_other_directories(self):
        """Another XDG_STATE_HOME: its jobs are nobody's here, but they are well."""
        elsewhere = {"XDG_STATE_HOME": str(self.dir / "elsewhere")}
        for options in ((), ("--in", "1h")):
            self.start(*options, "--", "sleep", "1000", env=elsewhere)
        found = self.examine()
        self.assertEqual([(finding["check"], finding["note"], finding["hint"]) for finding in found], [("records", True, None)] * 2)
        for finding in found:
            self.assertIn(f"is of a job whose record lies elsewhere: {self.dir}/elsewhere/jobctl/jobs/", finding["what"])
        self.jobctl("kill", "--all", env=elsewhere)

    def test_a_timer_whose_record_is_gone(self):
        uuid = self.start("--in", "1h", "--", "true")
        self.record_path(uuid).unlink()
        hint = self.found("records", r"-schedule\.timer waits, but the record of its job is gone", False)["hint"]
        subprocess.run(["sh", "-c", hint], env=self.env, check=True)
        self.jobctl("flush")
        self.assert_well()

    def test_records_that_cannot_be_looked_at(self):
        """Nothing is said of what is in them, until they can."""
        self.start("--", "sleep", "1000")
        self.ended()
        folder = self.state_dir / "jobs"
        folder.chmod(0)
        self.assertIn(str(folder), self.found("directories", "can't be used: permission denied", True)["what"])
        self.assertRegex(self.jobctl("doctor", "--fix").out, r"\Adirectories: .*: mended\nall is well: .*, 2 jobs, 1 active\n\Z")


class OfJobFiles(Examiner, test_job_files.JobFileTest):
    """Units of job files are loaded also while their jobs don't run."""

    def boot(self, text):
        """As at the next boot: systemd knows the units, and has not started them yet. Returns the UUID."""
        self.write("job", text)
        self.systemctl("daemon-reload")
        return self.uuid("job")

    def test_jobs_that_have_not_run_yet(self):
        self.boot('command = ["true"]\n[install]\nat = "boot"\n')
        self.assert_well()
        self.boot('command = ["true"]\n[schedule]\ncalendar = "Sat 03:00"\n')
        self.systemctl("start", self.timer("job"))
        self.assert_well()

    def test_a_schedule_that_has_failed(self):
        """Its file was wrong for a moment, and systemd read its units in that."""
        text = 'command = ["true"]\n[schedule]\nevery = "1s"\n'
        uuid = self.boot(text)
        self.jobctl("job", "enable", "--now", "job")
        self.wait_runs(uuid, 1)
        timer = self.timer("job")
        self.write("job", "command = 5\n")
        self.systemctl("daemon-reload")
        self.wait_until(lambda: self.unit_property(timer, "ActiveState") == "failed", what="its timer to fail")
        self.boot(text)
        hint = self.found("units", "the schedule of the job file job has failed: it starts no more", False)["hint"]
        subprocess.run(hint, shell=True, check=True, env={**self.env, "PATH": f"{harness.BUILD}:{os.environ['PATH']}"}, capture_output=True)
        self.wait_runs(uuid, 2)
        self.assert_well()

    def test_a_job_that_runs_and_was_flushed(self):
        uuid = self.begin("job", 'command = ["sleep", "1000"]\n[install]\nat = "boot"\n')
        self.assert_well()
        self.jobctl("kill", uuid)
        self.jobctl("flush")
        self.assert_well()

    def test_a_job_that_failed(self):
        """That is what systemd is there to show."""
        self.boot('command = ["sh", "-c", "exit 3"]\n[install]\nat = "boot"\n')
        uuid = self.begin("job")
        self.wait_state(uuid, "failed")
        unit = self.job(uuid)["unit"]
        self.wait_until(lambda: self.unit_property(unit, "ActiveState") == "failed")
        self.assertIn("all is well", self.jobctl("doctor", "--fix").out)
        self.assertEqual(self.unit_property(unit, "ActiveState"), "failed")

    def test_an_end_that_nobody_saw(self):
        uuid = self.begin("job", 'command = ["sleep", "1000"]\n[install]\nat = "boot"\n')
        unit = self.job(uuid)["unit"]
        self.record_path(uuid).rename(self.dir / "aside")
        self.systemctl("stop", unit)
        (self.dir / "aside").rename(self.record_path(uuid))
        self.assertEqual(self.unit_property(unit, "LoadState"), "loaded")
        self.found("units", "job is running by its record, but its unit is gone", True)
        self.is_mended()
        self.assertEqual(self.state(uuid), "lost")


if __name__ == "__main__":
    harness.main()
