"""Job files on a machine that boots: those of a user who lingers, those of the system, and of users who log in."""

import json
import re

import case

USERS = ("alice", "root")
FOLDERS = {"alice": "/home/alice/.config/jobctl/jobs", "bob": "/home/bob/.config/jobctl/jobs", "root": "/etc/jobctl/jobs"}
AT_BOOT = '[install]\nat = "boot"\n'
SOON = '[schedule]\nafter_boot = "1s"\n'


def command(script, rest=""):
    return f"command = ['sh', '-c', '''{script}''']\n{rest}"


class JobFileTest(case.HostTest):
    def setUp(self):
        for user in USERS:
            self.host.sh(f"rm -rf {FOLDERS[user]}", user)
            self.jobctl("kill --all --force; jobctl flush --logs", user)
            self.systemctl("daemon-reload; jobctl job list", user)

    def write(self, user, name, text):
        self.host.run("sh", "-c", 'mkdir -p "$0" && cat >"$0/$1.toml"', FOLDERS[user], name, user=user, stdin=text, check=0)

    def listed(self, user="alice"):
        """What job list says of each job file, whatever is wrong with some."""
        return {entry["name"]: entry for entry in json.loads(self.jobctl("job list -o json", user).out)}

    def wait_listed(self, name, state, user="alice"):
        self.host.wait_until(lambda: self.listed(user)[name]["state"] == state, f"{user}'s {name} to be {state}")
        return self.job(self.listed(user)[name]["uuid"], user)

    def systemctl(self, arguments, user):
        return self.host.sh(f"systemctl {'--user ' if user != 'root' else ''}{arguments}", user)


class Boot(JobFileTest):
    def write_all(self):
        for user in USERS:
            self.write(user, "web", command("echo run $JOBCTL_RUN of $(id -un) in $PWD; exec sleep 100000",
                                            'restart = "on-failure:3"\nrestart_delay = "50ms"\n' + AT_BOOT))
            self.write(user, "fails", command("echo $JOBCTL_RUN; exit 7", 'restart = "on-failure:2"\nrestart_delay = "50ms"\n' + AT_BOOT))
            self.write(user, "later", command("echo ran", SOON))
            self.write(user, "nightly", command("echo ran", '[schedule]\ncalendar = "*-*-* 03:00"\n'))
            self.write(user, "demanded", command("echo ran", '[install]\nat = "demand"\n' + SOON))
            self.write(user, "broken", 'comand = ["true"]\n')
        self.write("root", "bobs", command("id -un; id -Gn; echo $HOME; exec sleep 100000", AT_BOOT + '[properties]\nUser = "bob"\n'))

    def assert_broken_is_told(self, user):
        entry = self.listed(user)["broken"]
        self.assertRegex(entry["problem"], r"/broken\.toml:1:\d+: comand: unknown key")
        self.assertEqual(entry["state"], None)

    def words_of_the_generator(self, user):
        """A user's manager writes to the journal, as it came up; what the system's tells the kernel's log is lost on these hosts."""
        if user != "root":
            return self.host.sh(f"journalctl -b -o cat _SYSTEMD_UNIT=user@{self.host.uid(user)}.service", "root").out
        return self.host.sh("d=$(mktemp -d); /usr/lib/systemd/system-generators/jobctl-system-generator $d $d $d", "root").err

    def how_it_ended(self, uuid, run, user):
        """An earlier run, in the words of jobctl status."""
        return re.search(rf"^ +(?:Runs: )?{run}  .*$", self.jobctl(f"status {uuid}", user).out, re.MULTILINE)[0]

    def test_they_start_with_the_machine_and_are_jobs_like_any_other(self):
        self.write_all()
        for user in USERS:
            self.assertEqual({entry["state"] for entry in self.listed(user).values()}, {None})
        self.host.reboot()
        self.host.linger()
        webs = {}
        for user in USERS:
            with self.subTest(user=user):
                webs[user] = self.wait_listed("web", "running", user)
                self.assertEqual(webs[user]["run"], 1)
                self.assertIn(f"run 1 of {user} in ", self.log(webs[user]["uuid"], user))
                failed = self.wait_listed("fails", "failed", user)
                self.assertEqual([failed["exit_code"], failed["run"]], [7, 3])
                self.assertIn("failed (7, 2 restarts)", self.jobctl("list -a", user).out)
                self.wait_listed("later", "done", user)
                entries = self.listed(user)
                self.assertEqual([entries["demanded"]["state"], entries["nightly"]["state"]], [None, None])
                self.assertNotEqual(entries["nightly"]["next_at"], None)
                self.assert_broken_is_told(user)
                self.assertRegex(self.words_of_the_generator(user), r"jobctl generator: /\S+/broken\.toml:1:1: comand: unknown key")
                self.assertIn(failed["unit"], self.systemctl("list-units --failed", user).out)
        bobs = self.wait_listed("bobs", "running", "root")
        self.host.wait_until(lambda: self.log(bobs["uuid"], "root").startswith("bob\nbob\n/home/bob\n"), "bob's words")

        for user in USERS:
            with self.subTest(user=user, what="daemon-reload"):
                self.systemctl("daemon-reload", user)
                self.systemctl("daemon-reexec", user)
                self.assertEqual(self.wait_listed("web", "running", user)["pid"], webs[user]["pid"])
                self.host.sh(f"kill -9 {webs[user]['pid']}", "root")
                self.host.wait_until(lambda: self.job(webs[user]["uuid"], user)["run"] == 2, "the restart")
                self.wait_listed("web", "running", user)

        self.host.reboot()
        self.host.linger()
        for user in USERS:
            with self.subTest(user=user, what="the second boot"):
                web = self.wait_listed("web", "running", user)
                self.assertEqual([web["uuid"], web["run"]], [webs[user]["uuid"], 3])
                self.assertRegex(self.how_it_ended(web["uuid"], 2, user), "killed by shutdown|lost.*reboot")
                self.assertEqual(self.wait_listed("fails", "failed", user)["run"], 6)
        self.host.power_cut()
        self.host.boot()
        self.host.linger()
        for user in USERS:
            with self.subTest(user=user, what="a power cut"):
                web = self.wait_listed("web", "running", user)
                self.assertEqual(web["run"], 4)
                self.assertRegex(self.how_it_ended(web["uuid"], 3, user), "lost.*reboot")

    def test_enable_and_disable_are_for_the_next_boot(self):
        for user in USERS:
            self.write(user, "switched", command("exec sleep 100000"))
            self.jobctl("job enable switched", user)
            self.assertEqual(self.listed(user)["switched"]["state"], None)
        self.host.reboot()
        self.host.linger()
        for user in USERS:
            self.wait_listed("switched", "running", user)
            self.jobctl("job disable --now switched", user)
        self.host.reboot()
        self.host.linger()
        for user in USERS:
            self.assertEqual(self.wait_listed("switched", "killed", user)["run"], 1)

    def test_systemd_finds_nothing_wrong_with_the_units(self):
        self.write("root", "verified", command("true", 'restart = "always"\nmemory = "1G"\n[schedule]\ncalendar = ["Mon 9:00", "Tue 10:00"]\n'
                                                       'persistent = true\nafter_boot = "5min"\n' + AT_BOOT))
        self.systemctl("daemon-reload", "root")
        units = self.host.sh("ls /run/systemd/generator/jobctl-*.service /run/systemd/generator/jobctl-*.timer", "root").out.split()
        self.assertGreaterEqual(len(units), 3)
        verified = self.host.run("systemd-analyze", "verify", "--man=no", *units, check=0)
        self.assertEqual([line for line in verified.err.splitlines() if "jobctl" in line], [])


class Login(JobFileTest):
    lingering = ()

    def setUp(self):
        pass  # a host of its own, where nobody has a manager

    def test_a_login_starts_them_where_nobody_lingers(self):
        self.write("bob", "session", command("exec sleep 100000", '[install]\nat = "login"\n'))
        self.write("bob", "other", command("exec sleep 100000", '[install]\nat = "demand"\n'))
        found = self.host.login('until jobctl list -o json | grep -q \'"running"\'; do sleep 0.1; done; jobctl job list -o json', "bob").out
        states = {entry["name"]: entry["state"] for entry in json.loads(found)}
        self.assertEqual(states, {"session": "running", "other": None})
        self.assertFalse((self.host.root / "var/lib/systemd/linger/bob").exists())


class Removal(JobFileTest):
    def test_their_jobs_outlive_it_and_how_they_end_is_recorded_by_the_next_package(self):
        gate = "while ! [ -e /tmp/go ]; do sleep 0.05; done; exit 7"
        uuids = {}
        for user in USERS:
            self.write(user, "kept", command(gate))
            self.write(user, "tick", command("true", '[schedule]\nevery = "1h"\n' + AT_BOOT))
            uuids[user] = self.jobctl("job start kept", user).out.strip()
            self.jobctl("job enable --now tick", user)
        removed = self.host.run("apt-get", "-y", "remove", "jobctl", check=0)
        self.assertRegex(removed.out + removed.err, r"jobs? of jobctl")
        self.assertIn("/etc/jobctl/jobs stay", removed.out + removed.err)
        for user in USERS:
            self.assertIn(uuids[user], self.systemctl("list-units 'jobctl-*'", user).out)
        self.host.install(case.PACKAGES, check=0)
        for user in USERS:
            self.assertEqual(self.job(uuids[user], user)["state"], "running")
        self.host.sh("touch /tmp/go")
        for user in USERS:
            self.assertEqual(self.wait_state(uuids[user], "failed", user=user)["exit_code"], 7)
