"""Jobs that take care of themselves, for a user and for root: with a journal, a login manager and an end of the machine."""

import shlex

import case

USERS = ("alice", "root")


class Policies(case.HostTest):
    def words(self, script):
        return f"sh -c {shlex.quote(script)}"

    def fresh(self, user):
        return self.host.sh("mktemp -d", user).out.strip()

    def wait_for(self, path, text, user):
        self.host.wait_until(lambda: text in self.host.sh(f"cat {path}", user, check=None).out, f"{text} in {path}")

    def test_a_schedule_runs_and_a_reboot_forgets_it(self):
        jobs = {}
        for user in USERS:
            soon = self.start(f"--in 1s --name soon -- {self.words('echo ran; exit 3')}", user)
            self.assertEqual(self.wait_state(soon, "failed", user=user)["exit_code"], 3)
            self.assertEqual(self.log(soon, user), "ran\n")
            jobs[user] = self.start(f"--calendar '*-*-* 03:00' --name nightly -- {self.words('echo ran')}", user)
            self.assertRegex(self.jobctl("list", user).out, r"nightly +queued \((tomorrow )?03:00\)")
            self.assertIn("-schedule.timer", self.host.sh(f"systemctl {'--user ' if user != 'root' else ''}list-timers", user).out)
        self.host.reboot()
        self.host.linger()
        for user, uuid in jobs.items():
            self.assertEqual(self.job(uuid, user)["state"], "lost")
            self.assertIn("reboot", self.jobctl(f"status {uuid}", user).out)
            self.jobctl(f"restart {uuid}", user)
            self.assertEqual(self.wait_state(uuid, "queued", user=user)["run"], 3)
            self.assertEqual(self.log(uuid, user), "ran\n")
            self.jobctl(f"kill {uuid}; jobctl flush --logs", user)

    def test_a_failure_is_told_after_its_restarts(self):
        for user in USERS:
            told = self.fresh(user) + "/told"
            uuid = self.start(f"--restart on-failure:2 --restart-delay 50ms --on-failure {shlex.quote('exec:tee ' + told)} --on-end notify -- "
                              f"{self.words('echo last words; exit 4')}", user)
            self.wait_for(told, '"event":"failure"', user)
            text = self.host.sh(f"cat {told}", user).out
            self.assertEqual(text.count("\n"), 1)
            for part in ('"run":3', '"exit_code":4', '"last words"', f'"uuid":"{uuid}"'):
                self.assertIn(part, text)
            # There is no notify-send: that is recorded, and in the journal.
            self.host.wait_until(lambda: "notify-send" in self.jobctl(f"status {uuid}", user).out, "the failed alert")
            self.host.wait_until(lambda: "could not alert" in self.host.sh(f"journalctl JOBCTL_UUID={uuid} -o cat", "root").out, "the journal")
            self.assertIn("failed (4, 2 restarts)", self.jobctl("list", user).out)
            self.jobctl("flush --logs", user)

    def test_roots_job_of_another_user_alerts_as_that_user(self):
        told = self.fresh("alice") + "/told"
        target = shlex.quote("exec:sh -c " + shlex.quote(f"id -un > {told}"))
        self.start(f"-C /tmp -p User=alice --on-end {target} -- false", "root")
        self.wait_for(told, "alice\n", "alice")
        self.jobctl("flush --logs", "root")

    def test_ports_readiness_and_health(self):
        for user in USERS:
            folder = self.fresh(user)
            uuid = self.start(f"-C {folder} --name server --port auto --ready exec:'test -e up' --health exec:'test ! -e ill' --health-interval 100ms "
                              f"--health-retries 2 --on-unhealthy kill -- {self.words('sleep 1; touch up; sleep 100000')}", user)
            self.assertEqual(self.job(uuid, user)["state"], "starting")
            port = self.wait_state(uuid, "running", user=user)["ports"][0]["port"]
            refused = self.jobctl(f"start -d --port {port} -- true", user, check=5)
            self.assertIn("is taken by the job server", refused.err)
            self.assertIn("-health-1.timer", self.host.sh(f"systemctl {'--user ' if user != 'root' else ''}list-timers", user).out)
            self.host.sh(f"touch {folder}/ill", user)
            self.assertEqual(self.wait_state(uuid, "failed", user=user)["reason"], "unhealthy")
            self.jobctl("flush --logs", user)

    def test_what_jobs_use_and_what_can_not_be_enforced(self):
        for user in USERS:
            started = self.jobctl(f"start -d --memory 1G -- {self.words('sleep 100000 & exec sleep 100000')}", user)
            uuid = started.out.strip()
            usage = self.job(uuid, user)["usage"]
            self.assertEqual(usage["tasks"], 2)
            self.assertGreater(usage["memory"], 0)
            if usage["memory_origin"] == "processes":
                self.assertIn("memory", started.err)
            self.assertIn(uuid[:8], self.jobctl("top -n 1", user).out)
            self.jobctl("kill --all; jobctl flush --logs", user)

    def test_a_machine_without_gpus_says_so(self):
        refused = self.jobctl("start -d --gpu auto -- true", check=5)
        self.assertIn("no NVIDIA driver", refused.err)
