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
                self.assertEqual(self.host.sh(f"systemctl {manager} is-enabled jobctl-cleanup.timer", user, check=None).out, "disabled\n")
                self.host.sh(f"systemctl {manager} enable --now jobctl-cleanup.timer", user)
                self.assertIn("jobctl-cleanup.service", self.host.sh(f"systemctl {manager} list-timers", user).out)
                main = self.in_background(user, f"{RUN} fork")[0]
                self.host.sh(f"systemctl {manager} start jobctl-cleanup.service", user)
                self.assertEqual(self.alive([main]), set())
                self.host.sh(f"systemctl {manager} disable --now jobctl-cleanup.timer", user)
