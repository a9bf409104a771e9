"""Jobs and the sessions of those who started them."""

import re

import case

FORBID_LINGER = """polkit.addRule(function(action, subject) {
  if (action.id == "org.freedesktop.login1.set-self-linger") return polkit.Result.NO;
});
"""


class Logout(case.HostTest):
    lingering = ()

    def setUp(self):
        self.addCleanup(self.wait_manager_gone)
        self.addCleanup(self.host.run, "loginctl", "disable-linger", "alice", check=0)

    def wait_manager_gone(self):
        unit = f"user@{self.host.uid('alice')}"
        self.host.wait_until(lambda: self.host.run("systemctl", "is-active", unit).out.strip() == "inactive", f"{unit} to stop")

    def test_a_job_outlives_it_where_its_user_may_linger(self):
        self.host.run("loginctl", "enable-linger", "alice", check=0)
        started = self.host.login("echo $XDG_SESSION_ID; jobctl start -dt --name kept -- "
                                  "sh -c 'while echo begun; do sleep 0.1; done'")
        session, uuid = started.out.split()
        self.host.wait_until(lambda: self.host.run("loginctl", "show-session", session).code != 0, "the session to end")
        self.assertIn("begun", self.host.login("jobctl attach kept </dev/null | head -n 1").out)
        found = self.host.login("jobctl list -o json").out
        self.assertIn(uuid, found)
        self.assertIn('"running"', found)
        self.host.login("jobctl kill kept && jobctl flush --logs")

    def test_without_permission_to_linger_it_is_said_and_the_end_is_told_later(self):
        rule = self.host.root / "etc/polkit-1/rules.d/10-no-linger.rules"
        rule.write_text(FORBID_LINGER)
        self.addCleanup(rule.unlink)
        self.host.run("systemctl", "try-restart", "polkit", check=0)
        started = self.host.login(f"jobctl start -d --name doomed -- {case.LONG}")
        self.assertRegex(started.err, r"loginctl enable-linger alice")
        self.wait_manager_gone()
        told = self.host.login("jobctl status -o json doomed").out
        self.assertRegex(told, r'"state": ?"(killed|lost)"')
        self.assertRegex(told, r'"ended_at": ?"20\d\d-')
        self.assertRegex(self.host.login("jobctl status doomed").out, re.compile(r"shutdown|logout|manager"))


class WithoutASession(case.HostTest):
    def test_su_finds_the_users_manager(self):
        uuid = self.host.sh(f"su alice -c 'cd; jobctl start -d -- {case.LONG}'", "root").out.strip()
        self.assertEqual(self.job(uuid)["state"], "running")
        self.assertIn(uuid, self.host.sh("su - alice -c 'jobctl list'", "root").out)

    def test_sudo_u_finds_it_too(self):
        uuid = self.host.sh(f"sudo -u alice -i jobctl start -d -- {case.LONG}", "root").out.strip()
        self.assertEqual(self.job(uuid)["state"], "running")

    def test_who_has_no_manager_is_told_what_to_do(self):
        told = self.jobctl("start -d -- true", "bob", check=6)
        self.assertRegex(told.err, r"enable-linger bob|log in")

    def test_cron(self):
        table = "* * * * * alice /usr/bin/jobctl start -d --name from-cron -- sleep 100000 >/tmp/cron.out 2>&1\n"
        (self.host.root / "etc/cron.d/jobctl-test").write_text(table)
        self.host.run("systemctl", "start", "cron", check=0)
        self.host.wait_until(lambda: [job for job in self.jobs() if job["name"] == "from-cron"], "cron's minute")
        (self.host.root / "etc/cron.d/jobctl-test").unlink()
        self.wait_state("from-cron", "running")
