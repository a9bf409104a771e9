"""--gpu: a job's own among live jobs, chosen by what NVML tells, told to the job. NVML is the stand-in of tests/fakes."""

import concurrent.futures
import os

import harness

FOREIGN = os.getpid()


class Gpus(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env.update(LD_LIBRARY_PATH=str(harness.BUILD / "fakes"), JOBCTL_FAKE_NVML=str(self.dir / "gpus"))
        self.env.pop("CUDA_VISIBLE_DEVICES", None)
        self.machine("gpu 81920 0 NVIDIA H100", "gpu 81920 0 NVIDIA H100")

    def machine(self, *lines):
        (self.dir / "gpus").write_text("\n".join(lines) + "\n")

    def hold(self, *options):
        return self.start(*options, "--", "sleep", "1000")

    def refused(self, *options, check=5):
        refused = self.jobctl("start", "-d", *options, "--", "sleep", "1000", check=check)
        self.assertEqual(refused.out, "")
        return refused.err

    def gpus(self, uuid):
        return self.job(uuid)["gpus"]

    def told(self, *options, env=None):
        """What a job that is started with these options finds in its environment."""
        uuid = self.start(*options, "--", "sh", "-c", "echo ${CUDA_DEVICE_ORDER-none} ${CUDA_VISIBLE_DEVICES-none}", env=env)
        self.wait_ended(uuid)
        return self.log_bytes(uuid).split()

    def test_the_tables_tell(self):
        uuid = self.hold("--gpu", "1,0")
        self.assertEqual(self.gpus(uuid), [1, 0])
        self.assertRegex(self.jobctl("list").out, r" GPUS  LOG\n.* 1,0   /")
        self.assertIn("      GPUs: 1, 0\n", self.jobctl("status", uuid).out)
        self.jobctl("kill", uuid)
        self.assertEqual(self.gpus(uuid), [])
        self.assertNotIn("GPUS", self.jobctl("list", "-a").out)
        self.assertNotIn("GPUs:", self.jobctl("status", uuid).out)

    def test_the_job_is_told(self):
        for options in ([], ["-t"], ["--scope"]):
            with self.subTest(options=options):
                self.assertEqual(self.told("--gpu", "1,0", *options), [b"PCI_BUS_ID", b"1,0"])
        self.assertEqual(self.told("--gpu", "auto", "-e", "CUDA_VISIBLE_DEVICES=7"), [b"PCI_BUS_ID", b"0"])
        self.assertEqual(self.told("--gpu", "auto:2", "--clean-env"), [b"PCI_BUS_ID", b"0,1"])
        self.assertEqual(self.told(env={"CUDA_VISIBLE_DEVICES": "7"}), [b"none", b"7"], "without --gpu the caller's stays")
        self.assertEqual(self.told(), [b"none", b"none"])

    def test_probes_are_told(self):
        self.hold("--gpu", "1", "--wait-ready", "--ready", "exec:sh -c '[ $CUDA_VISIBLE_DEVICES = 1 ]'")

    def test_a_gpu_is_one_jobs_until_it_ends(self):
        uuid = self.hold("--name", "first", "--gpu", "1")
        self.assertEqual(self.refused("--gpu", "0,1"),
                         f"jobctl: GPU 1 is taken by the job first ({uuid[:8]}); nothing was started\n"
                         "  one that nobody uses is found by: --gpu auto\n")
        self.assertEqual(len(self.jobs("-a")), 1)
        self.jobctl("kill", uuid)
        self.hold("--gpu", "0,1")

    def test_those_that_share_share_among_themselves(self):
        own = self.hold("--name", "own", "--gpu", "0")
        self.assertIn("GPU 0 is taken by the job own ", self.refused("--gpu", "0", "--gpu-shared"))
        uuid = self.hold("--name", "open", "--gpu", "1", "--gpu-shared")
        self.hold("--gpu", "1", "--gpu-shared")
        self.assertEqual(self.refused("--gpu", "1"), f"jobctl: GPU 1 is taken by the job open ({uuid[:8]}); nothing was started\n"
                                                     "  that job shares it: --gpu-shared\n")
        self.assertIn("GPUs: 1, shared\n", self.jobctl("status", uuid).out)
        self.assertIn("is taken by", self.refused("--gpu", "0,1", "--gpu-shared"))
        self.jobctl("kill", own)
        self.hold("--gpu", "0,1", "--gpu-shared")
        self.assertIn("of 2 GPUs 0 are free", self.refused("--gpu", "auto", "--gpu-shared"), "auto is what nobody uses")

    def test_auto_avoids_what_somebody_uses(self):
        self.machine("gpu 100 90 A", f"process 0 {FOREIGN} 3", "gpu 100 90 B", "gpu 100 50 C", "gpu 100 90 D",
                     f"process 3 {FOREIGN} - graphics")
        first = self.hold("--name", "first", "--gpu", "auto")
        self.assertEqual(self.gpus(first), [2], "the one with the most free memory")
        self.assertRegex(self.refused("--gpu", "auto:2"),
                         rf"^jobctl: --gpu auto:2: of 4 GPUs 1 is free \(0: process {FOREIGN} \(python3[.\d]*\), "
                         rf"2: the job first \({first[:8]}\), 3: process {FOREIGN} \(python3[.\d]*\)\); nothing was started\n")
        self.assertEqual(self.gpus(self.hold("--gpu", "auto")), [1])
        self.assertEqual(self.gpus(self.hold("--gpu", "3")), [3], "whoever names it may have it")

    def test_auto_names_the_job_that_computes_without_having_asked(self):
        uuid = self.hold("--name", "sly")
        self.machine("gpu 100 0 A", f"process 0 {self.job(uuid)['pid']} 3")
        self.assertIn(f"of 1 GPU 0 are free (0: the job sly ({uuid[:8]}));", self.refused("--gpu", "auto"))

    def test_one_that_cannot_be_reached_is_given_to_nobody(self):
        self.machine("lost", "gpu 100 0 A")
        self.assertIn("GPU 0 can't be used: GPU is lost; nothing was started", self.refused("--gpu", "0"))
        self.assertEqual(self.gpus(self.hold("--gpu", "auto")), [1])

    def test_of_many_at_once_two_win(self):
        for options, winners in ((["--gpu", "auto"], 2), (["--gpu", "0"], 1), (["--gpu", "auto:2"], 1)):
            with self.subTest(options=options), concurrent.futures.ThreadPoolExecutor(8) as pool:
                command = ["start", "-d", *options, "--", "sleep", "1000"]
                started = list(pool.map(lambda _: self.jobctl(*command, check=False), range(8)))
                self.assertEqual(sorted(result.code for result in started), [0] * winners + [5] * (8 - winners))
                given = [number for job in self.jobs("--running") for number in job["gpus"]]
                self.assertEqual(len(given), len(set(given)), given)
                self.jobctl("kill", "--all", "--force")

    def test_a_job_that_ended_unseen_holds_nothing(self):
        for options in ("auto:2", "0,1"):
            (self.dir / "go").unlink(missing_ok=True)
            for number in (0, 1):
                self.start("--gpu", number, "--", self.script("while ! [ -e go ]; do sleep 0.01; done"))
            (self.dir / "go").touch()
            self.wait_until(lambda: not self.loaded_units(), what="the end")
            self.jobctl("kill", self.hold("--gpu", options))

    def test_a_restart_has_the_same_or_others_or_refuses(self):
        first = self.hold("--gpu", "auto")
        second = self.hold("--gpu", "auto")
        self.assertEqual([self.gpus(first), self.gpus(second)], [[0], [1]])
        self.jobctl("kill", first)
        self.jobctl("restart", second)
        self.assertEqual(self.gpus(second), [1], "though 0 is free and comes first")
        self.jobctl("kill", second)
        thief = self.hold("--name", "thief", "--gpu", "1")
        self.jobctl("restart", second)
        self.assertEqual(self.gpus(second), [0])
        run = self.job(first)["run"]
        self.assertIn("of 2 GPUs 0 are free", self.jobctl("restart", first, check=5).err)
        self.assertEqual([self.job(first)[key] for key in ("state", "run")], ["killed", run])
        self.jobctl("kill", thief)
        named = self.hold("--gpu", "1")
        self.jobctl("kill", named)
        self.hold("--name", "thief", "--gpu", "1")
        self.assertIn("GPU 1 is taken by the job thief", self.jobctl("restart", named, check=5).err)

    def test_runs_that_systemd_begins_keep_them(self):
        waiting = self.start("--gpu", "0", "--restart", "always", "--restart-delay", "1h", "--", "sh", "-c", "exit 1")
        self.wait_until(lambda: "restart" in self.jobctl("list").out, what="the first end")
        self.assertIn("GPU 0 is taken by the job", self.refused("--gpu", "0"))
        uuid = self.start("--gpu", "auto", "--restart", "always:1", "--restart-delay", "10ms", "--",
                          "sh", "-c", "echo $CUDA_VISIBLE_DEVICES; exit 1")
        self.jobctl("wait", uuid, check=1)
        self.assertEqual(self.log_bytes(uuid), b"1\n1\n")
        self.jobctl("kill", waiting)
        self.hold("--gpu", "0,1")

    def test_a_lost_registry_knows_them_again(self):
        self.hold("--gpu", "0", "--gpu-shared")
        (self.state_dir / "jobs.db").unlink()
        self.assertIn("GPU 0 is taken by the job", self.refused("--gpu", "0"))
        self.hold("--gpu", "0", "--gpu-shared")

    def test_status_sums_the_memory_of_its_processes(self):
        uuid = self.start("--gpu", "0", "--", "sh", "-c", "sleep 1000 & sleep 1000 & wait")
        pids = self.wait_until(lambda: (lambda pids: pids if len(pids) == 3 else None)(self.payload_pids(uuid)), what="its processes")
        self.machine("gpu 81920 0 A", f"process 0 {pids[0]} 1024", f"process 0 {pids[0]} 1024 graphics", f"process 0 {FOREIGN} 5000",
                     "gpu 81920 0 B", f"process 1 {pids[1]} 2048", f"process 1 {pids[2]} -")
        self.assertRegex(self.jobctl("status", uuid).out, "Usage: .*, 3 GiB on GPUs\n")
        self.assertEqual(self.job(uuid)["usage"]["gpu_memory"], 3 << 30)
        self.assertRegex(self.jobctl("list", "-o", "wide").out, r"GPUMEM[^\n]*\n[^\n]* 3G ")

    def test_a_machine_without_gpus_says_so(self):
        none = self.dir / "none"
        none.mkdir()
        (none / "libnvidia-ml.so.1").touch()  # hides a real one
        cases = ((dict(LD_LIBRARY_PATH=str(none)), r"has no NVIDIA driver that works \(could not load libnvidia-ml.so.1: .*\)"),
                 (dict(JOBCTL_FAKE_NVML=None), r"has no NVIDIA driver that works \(NVML: Driver Not Loaded\)"),
                 (dict(JOBCTL_FAKE_NVML="/dev/null"), "has no NVIDIA GPU"))
        kept = dict(self.env)
        for changes, why in cases:
            self.env = self.environment(changes)
            for option in ("0", "auto"):
                self.assertRegex(self.refused("--gpu", option), rf"^jobctl: --gpu {option}: this machine {why}; nothing was started\n  nvidia-smi .*\n\Z")
            self.hold()
            self.env = dict(kept)

    def test_wrong_ones_are_refused(self):
        cases = {
            ("--gpu", "7"): "--gpu 7: this machine has 2 GPUs, 0 to 1",
            ("--gpu", "7", "--in", "1h"): "--gpu 7: this machine has 2 GPUs, 0 to 1",
            ("--gpu", "0,2"): "--gpu 0,2: this machine has 2 GPUs, 0 to 1",
            ("--gpu", "auto:3"): "--gpu auto:3: this machine has 2 GPUs, 0 to 1",
            ("--gpu", "0,0"): '--gpu: "0,0" names a GPU twice',
            ("--gpu", "auto:0"): '--gpu: "auto:0" is not auto:N with N of 1 or more',
            ("--gpu", ""): '--gpu: "" is neither numbers of GPUs nor auto[:N]',
            ("--gpu", "a\nb"): '--gpu: "a?b" is neither numbers of GPUs nor auto[:N]',
            ("--gpu", "-1"): '--gpu: "-1" is neither numbers of GPUs nor auto[:N]',
            ("--gpu-shared",): "--gpu-shared needs --gpu",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                self.assertTrue(self.refused(*arguments, check=2).startswith(f"jobctl: {message}\n"))
        self.assertEqual(self.jobs("-a"), [])


if __name__ == "__main__":
    harness.main()
