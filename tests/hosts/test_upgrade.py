"""Another version of the package while jobs run; and none."""

import case

# The registry as version 1 of its schema had it.
TO_OLD_REGISTRY = """import os, sqlite3
db = sqlite3.connect(os.path.expanduser('~/.local/state/jobctl/jobs.db'), isolation_level=None)
db.execute('ALTER TABLE boot DROP COLUMN change_mark')
for column in ('policies', 'restarts', 'goes_on', 'ports', 'unhealthy', 'gpus', 'machine_id', 'run_host'):
    db.execute('ALTER TABLE jobs DROP COLUMN ' + column)
db.execute('UPDATE jobs SET state=state-1 WHERE state>3')
db.execute('PRAGMA user_version=1')
db.execute('PRAGMA journal_mode=WAL')
"""
TO_NEW_REGISTRY = """import os, sqlite3
db = sqlite3.connect(os.path.expanduser('~/.local/state/jobctl/jobs.db'), isolation_level=None)
db.execute('PRAGMA user_version=99')
"""


class Upgrade(case.HostTest):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.repack("0.0.1")
        cls.host.run("dpkg", "-i", "--force-downgrade", "/var/tmp/jobctl_0.0.1.deb", check=0)

    @classmethod
    def repack(cls, version):
        """The package under another version number."""
        cls.host.sh(f"cd /var/tmp && rm -rf tree && dpkg-deb -R packages/jobctl_*.deb tree && "
                    f"sed -i 's/^Version: .*/Version: {version}/' tree/DEBIAN/control && "
                    f"dpkg-deb --root-owner-group -b tree jobctl_{version}.deb", "root")

    def test_jobs_go_on_and_their_end_is_recorded(self):
        gate = "while ! [ -e /tmp/go ]; do sleep 0.05; done; exit 7"
        kinds = {kind: self.start(f"{options} --name up-{kind} -- sh -c '{gate}'")
                 for kind, options in (("plain", ""), ("terminal", "-t"), ("scope", "--scope"))}
        rooted = self.start(f"--name up-root -- sh -c '{gate}'", "root")
        pids = {kind: self.job(uuid)["pid"] for kind, uuid in kinds.items()}
        self.jobctl("list")
        self.host.sh(f'python3 -c "{TO_OLD_REGISTRY}"')

        self.host.install(case.PACKAGES, check=0)
        self.assertEqual({kind: self.job(uuid)["pid"] for kind, uuid in kinds.items()}, pids)
        self.assertEqual({self.job(uuid)["state"] for uuid in kinds.values()}, {"running"})
        self.assertEqual(self.jobctl("list").err, "")
        self.host.sh("touch /tmp/go")
        for uuid in kinds.values():
            job = self.wait_state(uuid, "failed")
            self.assertEqual(job["exit_code"], 7)
        self.assertEqual(self.wait_state(rooted, "failed", user="root")["exit_code"], 7)
        self.host.sh("rm /tmp/go; jobctl flush --logs")

    def test_a_registry_of_a_newer_version_is_refused_clearly(self):
        self.start("--name before -- true")
        self.host.sh(f'python3 -c "{TO_NEW_REGISTRY}"')
        refused = self.jobctl("list", check=1)
        self.assertRegex(refused.err, r"made by a newer jobctl.*\n  upgrade jobctl")
        self.host.sh("rm ~/.local/state/jobctl/jobs.db")
        self.assertIn("before", self.jobctl("list -a").out)


class Removal(case.HostTest):
    def test_jobs_outlive_it_and_are_found_by_the_next_package(self):
        kept = self.start(f"--name kept -- {case.LONG}")
        ending = self.start("--name ending -- sh -c 'while ! [ -e /tmp/go ]; do sleep 0.05; done; exit 7'")
        rooted = self.start(f"--name rooted -- {case.LONG}", "root")
        queued = self.start(f"--name queued --in 1d -- {case.LONG}", "root")
        removed = self.host.run("apt-get", "-y", "remove", "jobctl", check=0)
        self.assertRegex(removed.out + removed.err, r"jobs? of jobctl")
        self.assertIn(kept, self.host.sh("systemctl --user list-units 'jobctl-*'").out)
        self.host.sh("touch /tmp/go")
        self.host.wait_until(lambda: ending not in self.host.sh("systemctl --user list-units 'jobctl-*'").out, "the end")
        self.host.install(case.PACKAGES, check=0)
        self.assertEqual(self.job(kept)["state"], "running")
        self.assertEqual(self.job(ending)["state"], "lost")
        self.assertEqual(self.job(rooted, "root")["state"], "running")

        purged = self.host.run("apt-get", "-y", "purge", "jobctl", check=0)
        self.assertRegex(purged.out + purged.err, r"/var/lib/jobctl.*kept")
        self.assertTrue((self.host.root / "var/lib/jobctl/jobs" / rooted).exists())
        self.host.sh(f"systemctl stop '*{rooted}*'; rm /tmp/go", "root")
        self.host.install(case.PACKAGES, check=0)
        purged = self.host.run("apt-get", "-y", "purge", "jobctl", check=0)
        self.assertRegex(purged.out + purged.err, r"/var/lib/jobctl.*kept", "there is a job that waits for its time")
        self.host.sh(f"systemctl stop '*{queued}*.timer'", "root")
        self.host.install(case.PACKAGES, check=0)
        self.host.run("apt-get", "-y", "purge", "jobctl", check=0)
        self.assertFalse((self.host.root / "var/lib/jobctl").exists())
        self.assertFalse((self.host.root / "var/log/jobctl").exists())
        self.assertTrue((self.host.root / "home/alice/.local/state/jobctl/jobs" / kept).exists())
