"""Hosts that lack a part of what usually surrounds systemd."""

import case


class WithoutJournal(case.HostTest):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.host.sh("systemctl mask --now systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket "
                    "systemd-journald.service 2>&1", "root")

    def test_jobs_with_log_files_work(self):
        uuid = self.start("--name plain -- sh -c 'echo a line; exit 3'")
        self.assertEqual(self.wait_state(uuid, "failed")["exit_code"], 3)
        self.assertEqual(self.log(uuid), "a line\n")

    def test_a_job_whose_output_is_the_journals_runs(self):
        uuid = self.start("--journal --name quiet -- sh -c 'echo nowhere; exit 3'")
        self.assertEqual(self.wait_state(uuid, "failed")["exit_code"], 3)


class WithoutLogind(case.HostTest):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.host.linger()
        cls.host.sh("systemctl mask --now systemd-logind.service dbus-org.freedesktop.login1.service 2>&1", "root")

    lingering = ()

    def test_jobs_start_and_end(self):
        uuid = self.start("--name plain -- sh -c 'echo a line; exit 3'")
        self.assertEqual(self.wait_state(uuid, "failed")["exit_code"], 3)
        rooted = self.start(f"-- {case.LONG}", "root")
        self.jobctl(f"kill {rooted}", "root")


class WithoutBroker(case.HostTest):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.host.linger()
        cls.host.sh("systemctl --user mask --now dbus.socket dbus.service 2>&1; rm -f $XDG_RUNTIME_DIR/bus")
        cls.host.sh("systemctl mask --now dbus.socket dbus.service 2>&1; rm -f /run/dbus/system_bus_socket", "root")

    lingering = ()

    def test_jobs_start_and_end_by_systemds_own_socket(self):
        for user in ("alice", "root"):
            with self.subTest(user=user):
                uuid = self.start("--name plain -- sh -c 'echo a line; exit 3'", user)
                self.assertEqual(self.wait_state(uuid, "failed", user=user)["exit_code"], 3)
                living = self.start(f"-t -- {case.LONG}", user)
                self.assertIn(living, self.jobctl("list", user).out)
                self.jobctl(f"kill {living}", user)
