"""Limits, on a machine whose kernel gives its controllers away."""

import case


class Limits(case.HostTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        controllers = cls.host.sh("cat /sys/fs/cgroup/cgroup.controllers", "root").out.split()
        missing = {"memory", "cpu", "pids"} - set(controllers)
        if missing:
            cls.skipTest(cls, f"no {', '.join(sorted(missing))} controller for hosts on this machine")

    def test_out_of_memory_is_told(self):
        eat = "python3 -c 'x = bytearray(200 << 20)'"
        for options in ("", "-t", "--scope"):
            with self.subTest(options=options):
                uuid = self.start(f"{options} -p MemoryMax=50M -p MemorySwapMax=0 -- {eat}", "root")
                job = self.wait_state(uuid, "failed", user="root")
                self.assertEqual(job["reason"], "out of memory", job)
                if job["memory_peak"] is not None:
                    self.assertGreater(job["memory_peak"], 40 << 20)
                    self.assertLessEqual(job["memory_peak"], 50 << 20)

    def test_cpu_quota_and_tasks(self):
        uuid = self.start("-p CPUQuota=10% -p TasksMax=5 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; while :; do :; done'", "root")
        group = self.job(uuid, "root")
        unit = group["unit"]
        self.assertEqual(self.host.sh(f"systemctl show -P CPUQuotaPerSecUSec {unit}", "root").out.strip(), "100ms")
        self.assertEqual(self.host.sh(f"systemctl show -P TasksMax {unit}", "root").out.strip(), "5")
        self.jobctl(f"kill {uuid}", "root")
