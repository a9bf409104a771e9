"""Defaults for jobs in the configuration, and jobctl config."""

import json

import harness


class Defaults(harness.JobctlTest):
    def configure(self, text):
        folder = self.dir / "config" / "jobctl"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(text)
        return folder / "config.toml"

    def test_hold_where_the_command_line_says_nothing(self):
        self.configure('[start]\nnice = 5\ntimeout = "2h"\nready_timeout = "3s"\n')
        uuid = self.start("--timeout", "1h", "--", "sleep", "1000")
        limits = self.job(uuid)["limits"]
        self.assertEqual([limits["nice"], limits["timeout_s"]], [5, 3600])
        self.assertEqual(self.state(uuid), "running")
        self.assertIn("Nice=5\n", self.jobctl("start", "--dry-run", "--", "true").out)
        self.assertIn("TimeoutStartSec=13000000us\n", self.jobctl("start", "--dry-run", "--ready", "tcp:1", "--", "true").out)

    def test_a_restart_by_default_can_be_switched_off_and_is_none_for_scopes(self):
        self.configure('[start]\nrestart = "on-failure:2"\nrestart_delay = "10ms"\n')
        uuid = self.start("--", "sh", "-c", "exit 3")
        self.jobctl("wait", uuid, check=3)
        self.assertEqual(self.job(uuid)["run"], 3)
        uuid = self.start("--restart", "no", "--", "sh", "-c", "exit 3")
        self.jobctl("wait", uuid, check=3)
        self.assertEqual(self.job(uuid)["run"], 1)
        self.start("--scope", "--", "sleep", "1000")

    def test_jobctl_config_tells_what_holds_and_where_it_is_said(self):
        file = self.configure('stop_timeout = "1min"\n\n[start]\nmemory = "1G"\n')
        lines = self.jobctl("config", env={"JOBCTL_DETACH_KEYS": "ctrl-x"}).out.splitlines()
        said = [tuple(part.strip() for part in line.split("  #")) for line in lines]
        self.assertEqual(said[1:], [('linger = "never"', "JOBCTL_LINGER"), ('stop_timeout = "1min"', f"{file}:1"),
                                    ('detach_keys = "ctrl-x"', "JOBCTL_DETACH_KEYS"), ("",), ("[start]",), ('memory = "1G"', f"{file}:4")])
        self.assertEqual(said[0], (f'logs = "{self.dir}/state/jobctl/logs"', "default"))
        told = json.loads(self.jobctl("config", "-o", "json").out)
        self.assertEqual(told["stop_timeout"], {"value": "1min", "origin": f"{file}:1"})
        self.assertEqual(told["start"], {"memory": {"value": "1G", "origin": f"{file}:4"}})
        self.configure("\n".join(lines))
        self.assertEqual([line.split("  #")[0] for line in self.jobctl("config").out.splitlines()][4:], [line.split("  #")[0] for line in lines][4:])

    def test_what_makes_no_sense_together_is_named_by_file_and_line(self):
        file = self.configure('[start]\nhealth = "exec:true"\nhealth_retries = 2\non_unhealthy = ["alert"]\n')
        wrong = f"jobctl: {file}:4: start.on_unhealthy: --on-unhealthy alert needs --on-failure, whose targets it alerts\n"
        for arguments in (["start", "-d", "--", "true"], ["config"], ["config", "-o", "json"]):
            refused = self.jobctl(*arguments, check=2)
            self.assertTrue(refused.err.startswith(wrong), refused.err)
        self.assertIn("health_retries", refused.out)
        self.start("--on-failure", "exec:true", "--", "true")
        file = self.configure('[start]\nhealth = "tcp"\n')
        wrong = f"jobctl: {file}:2: start.health: --health: tcp means the job's port, and it has none\n"
        self.assertTrue(self.jobctl("config", check=2).err.startswith(wrong))
        self.assertTrue(self.jobctl("start", "-d", "--", "true", check=2).err.startswith(wrong))
        self.start("--port", "auto", "--", "true")

    def test_what_is_wrong_is_named_and_nothing_is_started(self):
        file = self.configure("[start]\nmemory = '4X'\n")
        refused = self.jobctl("start", "-d", "--", "sleep", "1000", check=2)
        self.assertEqual(refused.err, f'jobctl: {file}:2: start.memory: "4X" is not a size (for example 512M, 4G, 1.5G)\n')
        self.configure("")
        self.assertEqual(self.jobs("-a"), [])


if __name__ == "__main__":
    harness.main()
