"""Processes that people have left on a machine with several users."""

import json
import pathlib
import shutil

import case

TRAIN = pathlib.Path(__file__).resolve().parents[1] / "data" / "train.py"
RUN = "python3 runners/train.py --epochs 1000000 --step-sleep 0.1 --workers 3 --stubborn 1 --method"


class Cleanup(case.HostTest):
    lingering = ("alice", "bob")

    def setUp(self):
        for user in ("alice", "bob", "root"):
            folder = self.host.root / self.home(user) / "ocr" / "runners"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(TRAIN, folder / "train.py")
            self.host.run("chown", "-R", f"{user}:{user}", f"/{self.home(user)}/ocr", check=0)

    @staticmethod
    def home(user):
        return "root" if user == "root" else f"home/{user}"

    def in_background(self, user, *commands):
        """Each as a shell leaves it behind; their PIDs."""
        text = " ".join(f"nohup {command} </dev/null >/dev/null 2>&1 & echo $!;" for command in commands)
        return list(map(int, self.host.sh(f"cd /{self.home(user)}/ocr; {text}", user).out.split()))

    def alive(self, pids):
        return set(map(int, self.host.sh(f"ps -o pid= -p {','.join(map(str, pids))}", "root", check=None).out.split()))

    def listed(self):
        return {entry["pid"] for entry in json.loads(self.jobctl("cleanup --list -o json", check=None).out)}

    def test_ones_own_and_nobody_elses(self):
        bystanders = self.in_background("alice", "tail -f runners/train.py", "python3 -c 'import time; time.sleep(100000)' runners/train.py")
        others = {user: self.in_background(user, f"{RUN} fork")[0] for user in ("bob", "root")}
        job = self.start(f"-C /home/alice/ocr -- {RUN} spawn")
        # Main process, resource tracker, fork server, workers.
        for method, expected in (("fork", 4), ("spawn", 5), ("forkserver", 6)):
            with self.subTest(method=method):
                main = self.in_background("alice", f"{RUN} {method}")[0]
                self.host.wait_until(lambda: len(self.listed()) == expected, f"{expected} processes")
                family = self.listed()
                self.host.run("kill", "-9", str(main), check=0)
                self.host.wait_until(lambda: main not in self.listed(), "its end")
                seen = self.jobctl("cleanup --list", check=1)
                self.assertRegex(seen.err, rf"process {others['bob']} \(python3 runners/train.py .* is bob's and was left alone")
                self.jobctl("cleanup --timeout 1s")
                self.assertEqual(self.alive(family), set())
        for pid in (*bystanders, *others.values()):
            self.assertEqual(self.alive([pid]), {pid})
        self.assertEqual(self.job(job)["state"], "running")
        self.assertEqual(json.loads(self.jobctl("cleanup --list -o json", "bob", check=1).out)[0]["pid"], others["bob"])
        self.jobctl("cleanup --force", "bob")
        self.assertEqual(self.alive(others.values()), {others["root"]})
        self.jobctl("cleanup --force --exe python3 --match tail", "root")
        self.assertEqual(self.alive([*bystanders, *others.values()]), set(bystanders))
        self.host.run("kill", *map(str, bystanders), check=0)
        self.jobctl("kill --all && jobctl flush --logs")

    def test_the_timer_is_there_and_nobodys_before_it_is_enabled(self):
        for user, manager in (("alice", "--user"), ("root", "--system")):
            with self.subTest(user=user):
                for unit in ("timer", "service"):
                    self.assertEqual(self.host.sh(f"systemctl {manager} is-enabled jobctl-cleanup.{unit}", user, check=None).out, "disabled\n")
                self.host.sh(f"systemctl {manager} enable --now jobctl-cleanup.timer", user)
                self.assertIn("jobctl-cleanup.service", self.host.sh(f"systemctl {manager} list-timers", user).out)
                main = self.in_background(user, f"{RUN} fork")[0]
                self.host.sh(f"systemctl {manager} start jobctl-cleanup.service", user)
                self.assertEqual(self.alive([main]), set())
                self.host.sh(f"systemctl {manager} disable --now jobctl-cleanup.timer", user)

    def test_the_service_runs_once_when_its_manager_starts(self):
        self.host.sh("systemctl --user enable jobctl-cleanup.service", "alice")
        main = self.in_background("alice", f"{RUN} fork")[0]
        self.host.run("systemctl", "restart", f"user@{self.host.sh('id -u', 'alice').out.strip()}.service", check=0)
        self.host.wait_until(lambda: not self.alive([main]), "cleanup at the start")
        self.host.sh("systemctl --user disable jobctl-cleanup.service", "alice")

    # ---- adopt, doctor, history

    def login_in_background(self, user, command):
        """A process that a login session leaves behind; its PID."""
        return int(self.host.login(f"cd ~/ocr; nohup {command} </dev/null >~/run.log 2>&1 & echo $!", user).out.split()[-1])

    def cgroup(self, pid):
        return self.host.sh(f"cat /proc/{pid}/cgroup", "root").out

    def test_a_live_run_of_a_login_session_is_adopted(self):
        for user, main in (("alice", self.login_in_background("alice", f"{RUN} fork")), ("root", self.in_background("root", f"{RUN} fork")[0])):
            with self.subTest(user=user):
                self.host.wait_until(lambda: len(self.family(main)) == 4, "its workers")
                family = self.family(main)
                self.assertNotIn("jobctl", self.cgroup(main))
                uuid = self.jobctl(f"adopt --tree --name adopted {main}", user).out.strip()
                for pid in family:
                    self.assertIn(f"{uuid}.scope/payload", self.cgroup(pid))
                self.assertEqual(self.job(uuid, user)["pid"], main)
                if user == "alice":
                    self.assertEqual(self.job(uuid)["log_file"], "/home/alice/run.log")
                    before = self.log(uuid).count("epoch")
                    self.host.wait_until(lambda: self.log(uuid).count("epoch") > before or "epoch" in self.jobctl(f"logs -n 1 {uuid}").out, "another epoch")
                self.jobctl(f"kill {uuid}", user)
                self.assertEqual(self.alive(family), set())
                self.assertEqual(self.job(uuid, user)["state"], "killed")
                events = [json.loads(line)["event"] for line in self.jobctl(f"history {uuid} -o json", user).out.splitlines()]
                self.assertEqual(events, ["adopt", "kill", "end"])
                self.assertIn(f"{uuid}", self.host.sh(f"journalctl {'--user' if user == 'alice' else ''} JOBCTL_UUID={uuid} -o json --no-pager", user).out)
                self.jobctl("flush", user)

    def family(self, main):
        return {main, *map(int, self.host.sh(f"cat /proc/{main}/task/{main}/children", "root").out.split())}

    def test_what_only_root_can_adopt(self):
        main = self.in_background("bob", f"{RUN} fork")[0]
        refused = self.jobctl(f"adopt {main}", check=1)
        self.assertIn(f"is bob's; only they and root can adopt it\n  sudo jobctl adopt {main}\n", refused.err)
        uuid = self.jobctl(f"adopt --tree {main}", "root").out.strip()
        self.assertEqual(self.job(uuid, "root")["user"], "bob")
        # Started again, it is bob's again.
        self.jobctl(f"restart {uuid}", "root")
        pid = self.wait_state(uuid, "running", user="root")["pid"]
        self.assertEqual(self.host.sh(f"stat -c %U /proc/{pid}", "root").out, "bob\n")
        self.jobctl("kill --all && jobctl flush --logs", "root")
        service = int(self.host.sh("systemctl show -P MainPID systemd-logind", "root").out)
        self.assertIn("is that of a service", self.jobctl(f"adopt {service}", "root", check=5).err)

    def test_a_healthy_host_says_so_in_one_line(self):
        for user in ("alice", "root"):
            with self.subTest(user=user):
                self.jobctl("flush --logs", user)
                self.assertRegex(self.jobctl("doctor", user).out, r"\Aall is well: systemd \S+, 0 jobs, 0 active\n\Z")

    def test_doctor_without_a_manager_and_without_lingering(self):
        self.host.run("loginctl", "disable-linger", "bob", check=0)
        self.host.wait_until(lambda: self.host.sh("jobctl doctor -o json", "bob", None).code == 1, "the end of bob's manager")
        found = json.loads(self.jobctl("doctor -o json", "bob", check=1).out)
        self.assertEqual([finding["check"] for finding in found["findings"]], ["manager"])
        self.host.linger("bob")
        uuid = self.jobctl("start -d --linger never -- sleep 100000", "bob").out.strip()
        # As long as logind doesn't look, his manager stays.
        flag = self.host.root / "var/lib/systemd/linger/bob"
        flag.unlink()
        found = json.loads(self.jobctl("doctor -o json", "bob", check=1).out)["findings"]
        self.assertEqual([(finding["check"], finding["hint"]) for finding in found], [("linger", "loginctl enable-linger bob")])
        self.assertIn("linger: 1 job would end when bob logs out: mended\n", self.jobctl("doctor --fix", "bob").out)
        self.assertTrue(flag.exists())
        self.jobctl(f"kill {uuid}; jobctl flush --logs", "bob")
