"""Jobs and the end of the machine."""

import case


class Reboot(case.HostTest):
    def start_some(self, name):
        jobs = {f"{name}-{kind}": self.start(f"{options} --name {name}-{kind} -- sh -c 'echo one line; exec sleep 100000'")
                for kind, options in (("plain", ""), ("terminal", "-t"), ("scope", "--scope"))}
        jobs[f"{name}-root"] = self.start(f"--name {name}-root -- {case.LONG}", user="root")
        ended = self.start(f"--name {name}-ended -- sh -c 'exit 3'")
        self.wait_state(ended, "failed")
        for kind in ("plain", "terminal", "scope"):
            self.host.wait_until(lambda: "one line" in self.log(f"{name}-{kind}"), "the log")
        return jobs, ended

    def check(self, jobs, ended, state, reason):
        for name, uuid in jobs.items():
            with self.subTest(job=name):
                job = self.job(uuid, "root" if name.endswith("root") else "alice")
                self.assertEqual(job["state"], state, job)
                self.assertIn(reason, self.jobctl(f"status {uuid}", "root" if name.endswith("root") else "alice").out)
                self.assertIsNotNone(job["ended_at"])
                if not name.endswith("root"):
                    self.assertIn("one line", self.log(uuid))
        self.assertEqual((self.job(ended)["state"], self.job(ended)["exit_code"]), ("failed", 3))
        name, uuid = next(iter(jobs.items()))
        self.jobctl(f"restart {name}")
        self.assertEqual((self.job(uuid)["state"], self.job(uuid)["run"]), ("running", 2))
        self.jobctl("kill --all && jobctl flush --logs")
        self.jobctl("kill --all; jobctl flush --logs", "root")

    def test_a_clean_one_ends_jobs_and_says_so(self):
        jobs, ended = self.start_some("clean")
        self.host.reboot()
        self.host.linger()
        self.check(jobs, ended, "killed", "shutdown")

    def test_after_a_power_cut_they_are_lost(self):
        jobs, ended = self.start_some("cut")
        self.host.power_cut()
        self.host.boot()
        self.host.linger()
        self.check(jobs, ended, "lost", "reboot")
