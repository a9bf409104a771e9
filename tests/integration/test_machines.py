"""A home on a network: the records of jobs that run on another machine."""

import re
import signal
import socket

import harness


def forged(record):
    """As another machine would have written it."""
    record = re.sub(rb"boot=[0-9a-f]{32}", b"boot=" + b"0" * 32, record)
    return re.sub(rb"(event=(?:starting|scheduled) run=\d+ time=\d+)", rb"\1 host=gpu7 machine=00000000-0000-8000-8000-000000000000", record)


class Machines(harness.JobctlTest):
    def far(self, *options):
        uuid = self.start("--name", "far", *options, "--", "sleep", "1000")
        record = forged(self.record_path(uuid).read_bytes())
        self.jobctl("kill", "--force", uuid)
        self.jobctl("flush", uuid)
        self.record_path(uuid).write_bytes(record)
        (self.state_dir / "jobs.db").unlink()
        return uuid

    def end(self, uuid, event=b"event=ended run=1 time=%d code=exited result=success status=0\0" % (2 * 10**15)):
        with open(self.record_path(uuid), "ab") as record:
            record.write(event)

    def test_they_are_shown_and_left_alone(self):
        port = str(harness.free_port())
        uuid = self.far("--port", port)
        before = self.record_path(uuid).read_bytes()
        near = self.start("--name", "near", "--port", port, "--", "sleep", "1000")
        for _ in range(2):
            self.assertRegex(self.jobctl("list").out, rf"far +running on gpu7 +- +{uuid[:8]}")
        self.assertEqual([self.job(uuid)[key] for key in ("state", "host", "is_elsewhere", "pid")], ["running", "gpu7", True, None])
        self.assertEqual([self.job(near)[key] for key in ("state", "host", "is_elsewhere")], ["running", socket.gethostname(), False])
        self.assertRegex(self.jobctl("status", "far").out, r"(?m)^ +Host: gpu7 ")
        for verb in (["kill"], ["kill", "--force"], ["kill", "--signal", "USR1"], ["restart"], ["pause"]):
            with self.subTest(verb=verb):
                refused = self.jobctl(*verb, "far", check=5)
                self.assertRegex(refused.err, rf"far runs on gpu7\n  ssh gpu7 jobctl {verb[0]} {uuid[:8]}\n")
        self.assertIn("far is running and was kept", self.jobctl("flush", "far", check=5).err)
        self.assertNotIn("far", self.jobctl("doctor", check=False).out)
        killed = self.jobctl("kill", "--all")
        self.assertIn("killed  near", killed.out)
        self.assertIn("1 job runs on other machines and was left alone\n", killed.err)
        self.assertEqual(self.jobctl("pause", "--type", "sleep").err, "")
        self.assertEqual(self.record_path(uuid).read_bytes(), before)
        self.end(uuid)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "is_elsewhere")], ["done", False])
        self.jobctl("restart", "far")
        self.assertEqual([self.job(uuid)[key] for key in ("state", "run", "host", "is_elsewhere")],
                         ["running", 2, socket.gethostname(), False])

    def test_it_can_be_watched(self):
        uuid = self.far()
        before = self.record_path(uuid).read_bytes()
        self.jobs()  # tells of the registry
        watched = self.spawn("attach", "far")
        self.assertIn(b"Ctrl+C detaches", watched.stderr.readline())
        watched.send_signal(signal.SIGINT)
        self.assertEqual(watched.wait(timeout=harness.PATIENCE), 0)
        self.assertEqual(self.record_path(uuid).read_bytes(), before)
        self.end(uuid)

    def test_this_one_with_another_id_is_this_one(self):
        """Installed anew, or with an ID of each boot: its jobs are lost, as after any reboot."""
        uuid = self.far()
        path = self.record_path(uuid)
        path.write_bytes(path.read_bytes().replace(b"host=gpu7", b"host=" + socket.gethostname().encode()))
        self.assertEqual([self.job(uuid)[key] for key in ("state", "reason", "is_elsewhere")], ["lost", "reboot", False])

    def test_one_without_its_record_is_nobodys(self):
        uuid = self.far()
        self.jobs()
        self.record_path(uuid).unlink()
        self.assertEqual([self.job(uuid)[key] for key in ("state", "reason")], ["lost", "record deleted"])

    def test_one_that_waits_for_its_time(self):
        uuid = self.far("--in", "1h")
        before = self.record_path(uuid).read_bytes()
        self.assertRegex(self.jobctl("list").out, "far +queued on gpu7 ")
        self.assertIn("far waits on gpu7", self.jobctl("kill", "far", check=5).err)
        self.assertEqual(self.record_path(uuid).read_bytes(), before)
        self.end(uuid, b"event=unscheduled run=1 time=%d reason=unknown\0" % (2 * 10**15))
        self.assertEqual(self.state(uuid), "lost")


if __name__ == "__main__":
    harness.main()
