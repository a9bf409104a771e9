"""Whose jobs are whose."""

import case


class Users(case.HostTest):
    lingering = ("alice", "bob")

    def test_two_users_dont_see_each_others(self):
        alices = self.start(f"--name alices -e SECRET=one -- {case.LONG}")
        bobs = self.start(f"--name bobs -- {case.LONG}", user="bob")
        self.assertEqual([job["uuid"] for job in self.jobs()], [alices])
        self.assertEqual([job["uuid"] for job in self.jobs("bob")], [bobs])
        self.jobctl(f"kill {alices}", user="bob", check=3)
        self.host.sh(f"cat /home/alice/.local/state/jobctl/jobs/{alices}", "bob", check=1)
        self.assertEqual(self.job(alices)["state"], "running")
        self.jobctl("kill --all && jobctl flush --logs")
        self.jobctl("kill --all && jobctl flush --logs", "bob")

    def test_roots_jobs_can_be_seen_and_no_more(self):
        uuid = self.start(f"--name hidden -e SECRET=roots -- sh -c 'echo private; exec {case.LONG}'", "root")
        seen = self.jobctl("--system list")
        self.assertIn(uuid, seen.out)
        for command in (f"--system status {uuid}", f"--system logs {uuid}", f"--system list -o json"):
            shown = self.jobctl(command, check=None)
            self.assertNotIn("roots", shown.out + shown.err)
            self.assertNotIn("private", shown.out)
        shown = self.jobctl(f"--system status {uuid}")
        self.assertIn("State: running since ", shown.out)
        self.assertNotIn("record", shown.err)
        refused = self.jobctl(f"--system kill {uuid}", check=None)
        self.assertNotEqual(refused.code, 0)
        self.assertRegex(refused.err, r"(?i)root|sudo|denied|authent")
        self.assertEqual(self.job(uuid, "root")["state"], "running")
        self.assertNotEqual(self.jobctl("--system start -d -- true", check=None).code, 0)
        self.jobctl("kill hidden && jobctl flush --logs", "root")

    def test_root_runs_a_job_as_somebody_else(self):
        tell = "id -un; id -gn; echo $HOME $USER; touch made"
        for options in ("", "-t", "--scope"):
            with self.subTest(options=options):
                uuid = self.start(f"{options} -C /home/bob -p User=bob -- sh -c '{tell}'", "root")
                self.wait_state(uuid, "done", user="root")
                self.assertEqual(self.log(uuid, "root").split(), ["bob", "bob", "/home/bob", "bob"])
                self.assertEqual((self.host.root / "home/bob/made").stat().st_uid, self.host.uid("bob"))
                (self.host.root / "home/bob/made").unlink()
        group = self.start("-p User=bob -p Group=alice -p SupplementaryGroups='adm games' -C / -- id", "root")
        self.wait_state(group, "done", user="root")
        self.assertRegex(self.log(group, "root"), r"\(bob\) gid=\d+\(alice\).*adm.*games")
        self.assertIn("no such user", self.jobctl("start -d -p User=nobody-at-all -- true", "root", check=2).err)
        self.jobctl("flush --logs", "root")
