"""The package as an administrator installs it and as somebody uses it who never did before."""

import re

import case


class Install(case.HostTest):
    lingering = ("alice", "bob")

    def tearDown(self):
        self.jobctl("kill --all --force; jobctl flush --logs")

    def test_version_is_the_packages(self):
        version = self.host.sh("dpkg-query -W -f '${Version}' jobctl", "root").out
        self.assertEqual(self.jobctl("--version").out.splitlines()[0], f"jobctl {version}")

    def test_needs_only_what_it_uses(self):
        needed = self.host.sh("ldd /usr/bin/jobctl /usr/libexec/jobctl/finish", "root").out
        self.assertEqual(set(re.findall(r"lib[a-z]+\.so", needed)) - {"libc.so", "libm.so"}, set(), needed)
        self.assertNotIn(".so", self.host.sh("ldd /usr/libexec/jobctl/launcher 2>&1 || true", "root").out)

    def test_the_first_look_of_a_new_user(self):
        looked = self.jobctl("list", "bob")
        self.assertEqual((looked.out, looked.err), ("", "No jobs. Start one: jobctl start -d -- COMMAND\n"))

    def test_the_tour(self):
        uuid = self.start("-t --type training --name nightly -- sh -c 'sleep 100000 & echo epoch 1; exec sleep 100000'")
        self.host.wait_until(lambda: "epoch 1" in self.log("nightly"), "the log")
        self.assertRegex(self.jobctl("list").out, rf"training +nightly +running +\d+ +{uuid}")
        self.assertIn(f"jobctl-training-{uuid}.service", self.jobctl("status nightly").out)
        self.assertRegex(self.jobctl("kill nightly").out, r"killed  nightly .* 2 processes")
        self.assertEqual(self.jobctl("restart nightly").out.split()[-2:], ["run", "2"])
        self.assertEqual(self.jobctl("start -d --name check -- sh -c 'exit 3'; jobctl wait check", check=3).code, 3)
        self.assertIn("no such file or directory", self.jobctl("start -d -- nosuchprogram", check=1).err)
        self.jobctl("kill --all")
        self.assertRegex(self.jobctl("flush --logs").out, r"flushed 3 jobs and their logs")

    def test_as_root_the_jobs_are_the_systems(self):
        uuid = self.start(f"--name rooted -- {case.LONG}", user="root")
        self.assertIn(uuid, self.host.sh("systemctl list-units 'jobctl-*'", "root").out)
        self.assertTrue((self.host.root / "var/lib/jobctl/jobs" / uuid).exists())
        self.jobctl("kill rooted && jobctl flush --logs", user="root")

    def test_man_pages(self):
        for page in ("jobctl", "jobctl-start", "jobctl-stop", "5 jobctl.toml"):
            with self.subTest(page=page):
                shown = self.host.sh(f"MANPAGER=cat man --warnings {page}", check=0)
                self.assertEqual(shown.err, "")
                self.assertGreater(len(shown.out.splitlines()), 20)

    def test_completion_in_bash(self):
        uuid = self.start(f"--name 'long name' -- {case.LONG}")
        complete = """. /usr/share/bash-completion/bash_completion; _comp_load jobctl 2>/dev/null || __load_completion jobctl
            COMP_LINE='jobctl kill '; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(jobctl kill ''); COMP_CWORD=2
            $(complete -p jobctl | sed 's/.*-F \\([^ ]*\\).*/\\1/') jobctl '' kill; printf '%s\\n' "${COMPREPLY[@]}" """
        words = self.host.sh(complete).out.splitlines()
        self.assertIn(uuid, words)
        self.assertIn("long\\ name", words)
