"""Jobs as seen with the tools that administrators know."""

import case


class Administrator(case.HostTest):
    def test_systemctl_journalctl_cgls_and_loginctl(self):
        uuid = self.start("--journal --type training --name seen -- sh -c 'echo to the journal; sleep 100000 & exec sleep 100000'")
        unit = f"jobctl-training-{uuid}.service"
        status = self.host.sh(f"systemctl --user status {unit}").out
        self.assertIn("active (running)", status)
        self.assertIn("seen", status)
        self.host.wait_until(lambda: "to the journal" in self.host.sh(f"journalctl --user -u {unit} -o cat").out, "the journal")
        self.assertIn("to the journal", self.log(uuid))
        cgls = self.host.sh("systemd-cgls --no-pager", "root").out
        self.assertIn(unit, cgls)
        self.assertEqual(cgls.count("sleep 100000"), 2)
        self.assertIn(unit, self.host.sh("loginctl user-status alice", "root").out)

        self.host.sh(f"systemctl --user stop {unit}")
        job = self.wait_state(uuid, "killed")
        self.assertIn("systemctl stop", self.jobctl(f"status {uuid}").out)
        self.assertIsNotNone(job["ended_at"])
        events = self.host.sh(f"journalctl JOBCTL_UUID={uuid} -o cat", "root").out
        self.assertRegex(events, r"seen .*(killed|stopped)")
        self.jobctl("flush --logs")

    def test_the_systems_manager(self):
        uuid = self.start(f"--type training --name seen -- {case.LONG}", "root")
        unit = f"jobctl-training-{uuid}.service"
        self.assertEqual(self.host.sh(f"systemctl show -P Slice {unit}", "root").out.strip(), "jobctl.slice")
        self.host.sh(f"systemctl kill -s KILL {unit}", "root")
        self.assertEqual(self.wait_state(uuid, "failed", "killed", user="root")["signal"], "SIGKILL")
        self.assertIn(uuid, self.host.sh("journalctl -o verbose -u 'jobctl-*'", "root").out)
        self.jobctl("flush --logs", "root")
