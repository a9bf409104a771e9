"""Many at once: 200 starts, 200 ends, 1,000 jobs alive. Every one is recorded, and recorded right."""

import concurrent.futures
import os
import re
import signal
import subprocess
import unittest

import harness

# AddressSanitizer's start alone takes ten times as long as all of jobctl.
SLOW = b"__asan_init" in (harness.BUILD / "jobctl").read_bytes()
AT_ONCE = 40 if SLOW else 200
ALIVE = 120 if SLOW else 1000
LONG = 240  # seconds until a test that fails ends


class Many(harness.JobctlTest):
    def start_all_at_once(self, count, *command):
        """All clients run before the first is waited for; {name: UUID}."""
        clients = {}
        for number in range(count):
            arguments = [str(number) if word == "{}" else word for word in command]
            clients[f"job-{number}"] = self.spawn("start", "-d", "--name", f"job-{number}", "--", *arguments)
        uuids = {}
        for name, client in clients.items():
            out, err = client.communicate(timeout=LONG)
            self.assertEqual(client.returncode, 0, f"{name}: {err}")
            uuids[name] = out.decode().strip()
        return uuids

    def test_many_start_at_once_and_end_at_once(self):
        gate = self.dir / "gate"
        os.mkfifo(gate)
        uuids = self.start_all_at_once(AT_ONCE, "sh", "-c", f"read -r line <{gate}; exit $0", "{}")
        self.assertEqual(len(set(uuids.values())), AT_ONCE)

        jobs = {job["name"]: job for job in self.jobs("-a")}
        self.assertEqual({name: job["uuid"] for name, job in jobs.items()}, uuids)
        self.assertEqual({job["state"] for job in jobs.values()}, {"running"})
        for name, job in jobs.items():
            self.assertEqual(job["command"][-1], name.removeprefix("job-"))
        self.assertEqual(len(self.loaded_units()), AT_ONCE)
        self.assertEqual(len(list((self.state_dir / "jobs").iterdir())), AT_ONCE)

        # Everybody who waits in open(2) has the FIFO then, and reads its end when the last writer goes.
        with open(gate, "wb"):
            pass
        def ended():
            with open(os.open(gate, os.O_RDWR | os.O_NONBLOCK), "wb"):  # for those who came to it later
                return not self.jobs("--running")
        self.wait_until(ended, LONG, lambda: f"{len(self.jobs('--running'))} jobs to end")
        jobs = {job["name"]: job for job in self.jobs("-a")}
        self.assertEqual({name: job["exit_code"] for name, job in jobs.items()}, {f"job-{n}": n for n in range(AT_ONCE)})
        self.assertEqual({job["state"] for name, job in jobs.items() if name != "job-0"}, {"failed"})
        self.assertEqual(jobs["job-0"]["state"], "done")
        self.assertEqual({uuid: len(self.record_events(uuid, "ended")) for uuid in uuids.values()},
                         dict.fromkeys(uuids.values(), 1))

    def test_many_starts_with_one_uuid_start_it_once(self):
        uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"
        clients = [self.spawn("start", "-d", "--uuid", uuid, "--", "sleep", "1000") for _ in range(20)]
        codes = []
        for client in clients:
            client.communicate(timeout=LONG)
            codes.append(client.returncode)
        self.assertEqual(sorted(codes), [0] + [5] * 19)
        self.assertEqual(self.state(uuid), "running")
        self.assertEqual(len(self.payload_pids(uuid)), 1)
        self.assertEqual([event["run"] for event in self.record_events(uuid, "starting")], ["1"])

    def test_many_are_alive_and_killed_together(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            uuids = list(pool.map(lambda n: self.start("--name", f"job-{n}", "--", "sleep", "100000"), range(ALIVE)))
        self.assertEqual(len(set(uuids)), ALIVE)
        jobs = self.jobs("--running")
        self.assertEqual({job["uuid"] for job in jobs}, set(uuids))
        self.assertEqual({job["state"] for job in jobs}, {"running"})
        self.assertEqual(len({job["pid"] for job in jobs}), ALIVE)
        self.assertEqual(self.jobctl("list", "-o", "uuid").out.split(), [job["uuid"] for job in jobs])

        # Now that all have been looked at, each change of one must be seen all the same.
        paused, failed, restarted = uuids[3], uuids[4], uuids[5]
        pids = {job["uuid"]: job["pid"] for job in jobs}
        self.jobctl("pause", paused)
        self.assertRegex(self.jobctl("list").out, rf"\bpaused\b.*{paused}")
        os.kill(pids[failed], signal.SIGKILL)
        self.wait_until(lambda: re.search(rf"\bfailed \(SIGKILL\).*{failed}", self.jobctl("list").out))
        self.systemctl("restart", self.job(restarted)["unit"])
        self.assertNotRegex(self.jobctl("list").out, rf"\b{pids[restarted]}\b.*{restarted}")
        self.jobctl("resume", paused)
        self.assertRegex(self.jobctl("list").out, rf"\brunning\b.*{paused}")
        self.jobctl("restart", failed)

        killed = self.jobctl("kill", "--all", timeout=LONG)
        self.assertEqual(killed.out.count("killed  job-"), ALIVE)
        self.assertEqual(self.jobs("--running"), [])
        self.assertEqual(harness.processes_of_jobs(), {})
        self.assertEqual([job["state"] for job in self.jobs()], ["killed"] * ALIVE)
        self.assertEqual({job["signal"] for job in self.jobs()}, {"SIGTERM"})


if __name__ == "__main__":
    harness.main()
