"""Selecting jobs (UUIDs, prefixes, names, filters) and the formats of jobctl list."""

import json
import re

import harness

TWIN_A = "abcd0000-0000-4000-8000-000000000001"
TWIN_B = "abcd0000-0000-4000-8000-000000000002"
OTHER = "fedc0000-0000-4000-8000-000000000003"


class Queries(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.add(TWIN_A, "nightly", "training", "s1", "gpu=a100")
        self.add(TWIN_B, "nightly", "training", "s2", "gpu=h100", "queue=long", command=("sh", "-c", "exit 3"))
        self.add(OTHER, "weekly", "generation", "s1")
        self.wait_state(TWIN_B, "failed")

    def add(self, uuid, name, type, session, *labels, command=("sleep", "1000")):
        options = [word for label in labels for word in ("-l", label)]
        self.start("--uuid", uuid, "--name", name, "--type", type, "--session", session, *options, "--", *command)

    def assert_selects(self, expected, *query):
        with self.subTest(query=query):
            result = self.jobctl("list", "-o", "uuid", *query)
            self.assertEqual(result.out.split(), expected)
            if not expected:
                self.assertRegex(result.err, r"\Ajobctl: no job .+\n\Z")

    def assert_refused(self, code, query, *texts, verbs=("status", "list", "kill", "logs", "wait", "restart", "pause", "flush")):
        for verb in verbs:
            with self.subTest(query=query, verb=verb):
                result = self.jobctl(verb, *query, check=code)
                self.assertEqual(result.out, "")
                self.assertTrue(result.err.startswith("jobctl: "), result.err)
                for text in texts:
                    self.assertIn(text, result.err)

    def test_positionals(self):
        self.assert_selects([TWIN_A], TWIN_A)
        self.assert_selects([TWIN_A], TWIN_A.upper())
        self.assert_selects([TWIN_A], TWIN_A[:-1] + "1")
        self.assert_selects([OTHER], "fedc")
        self.assert_selects([OTHER], "FEDC0000-")
        self.assert_selects([OTHER], "weekly")
        self.assert_selects([TWIN_A, OTHER], "weekly", TWIN_A)
        self.assert_selects([OTHER], "weekly", "fedc")  # the same twice is once

    def test_missing(self):
        for word in ("nope", "fed", "WEEKLY", "week*", "0000", "99999999-9999-4999-8999-999999999999"):
            self.assert_refused(3, [word], f"no job named {word}", "jobctl list -a", verbs=("status", "kill", "list"))
        self.assert_refused(3, ["nope"], "no job named nope")
        # One that is missing: nothing is done to the others either.
        self.assert_refused(3, ["weekly", "nope"], "nope", verbs=("kill", "pause", "flush"))
        self.assertEqual(self.state(OTHER), "running")

    def test_ambiguous(self):
        self.assert_refused(4, ["nightly"], "nightly is two jobs; name one by UUID:", TWIN_A, TWIN_B, "running", "failed (3)")
        self.assert_refused(4, ["abcd"], TWIN_A, TWIN_B, verbs=("status", "kill"))
        self.assertEqual(self.state(TWIN_A), "running")

    def test_a_name_that_is_also_a_prefix_is_ambiguous(self):
        uuid = self.start("--name", "fedc", "--", "sleep", "1000")
        self.assert_refused(4, ["fedc"], OTHER[:8], uuid[:8], verbs=("status",))
        self.assert_selects([uuid], uuid)

    def test_filters_narrow_names(self):
        self.assert_selects([TWIN_A], "nightly", "--state", "running")
        self.assert_selects([TWIN_B], "nightly", "--session", "s2")
        self.assert_selects([], "nightly", "--session", "s3")

    def test_filters(self):
        self.assert_selects([TWIN_A, TWIN_B], "--type", "training")
        self.assert_selects([TWIN_A, OTHER], "--session", "s1")
        self.assert_selects([TWIN_A, TWIN_B], "--name", "nightly")
        self.assert_selects([TWIN_B], "--state", "failed")
        self.assert_selects([TWIN_A, TWIN_B, OTHER], "--state", "failed", "--state", "running")
        self.assert_selects([TWIN_A, TWIN_B, OTHER], "--user", self.job(OTHER)["user"])
        self.assert_selects([], "--user", "nobody")
        self.assert_selects([TWIN_A], "--label", "gpu=a100")
        self.assert_selects([TWIN_A, TWIN_B], "--label", "gpu")
        self.assert_selects([TWIN_A, TWIN_B], "--label", "gpu=a100", "--label", "queue=long")

    def test_different_filters_are_anded_and_values_of_one_ored(self):
        self.assert_selects([TWIN_A], "--type", "training", "--session", "s1")
        self.assert_selects([TWIN_A, OTHER], "--type", "training", "--type", "generation", "--session", "s1")
        self.assert_selects([], "--type", "generation", "--state", "failed")

    def test_any_ors_everything(self):
        self.assert_selects([TWIN_B, OTHER], "--any", "--type", "generation", "--state", "failed")
        self.assert_selects([TWIN_A, OTHER], "--any", "weekly", "--label", "gpu=a100")
        self.assert_selects([], "--any", "--type", "x", "--session", "x")

    def test_globs(self):
        self.assert_selects([TWIN_A, TWIN_B], "--name", "night*")
        self.assert_selects([TWIN_A, TWIN_B, OTHER], "--session", "s[12]")
        self.assert_selects([TWIN_A, TWIN_B, OTHER], "--type", "*ation", "--type", "t?aining")
        self.assert_selects([TWIN_A], "--label", "g*=a*")
        self.assert_selects([], "--name", "night")

    def test_filters_that_match_nothing_are_no_error(self):
        for verb, told in (("kill", "no live job in session nope"), ("list", "in session nope"), ("flush", ""), ("pause", ""),
                           ("resume", ""), ("wait", "")):
            with self.subTest(verb=verb):
                self.assertIn(told, self.jobctl(verb, "--session", "nope").err)
        self.assertEqual(len(self.jobs("-a")), 3)

    def test_verbs_for_one_job_tell_what_matched(self):
        for verb in ("restart", "logs", "status", "attach"):
            with self.subTest(verb=verb):
                several = self.jobctl(verb, "--session", "s1", check=4)
                self.assertIn("2 jobs in session s1", several.err)
                self.assertIn(TWIN_A[:8], several.err)
                self.assertIn(OTHER[:8], several.err)
                self.assertIn("no job in session nope", self.jobctl(verb, "--session", "nope", check=3).err)
        self.assertEqual([self.job(uuid)["run"] for uuid in (TWIN_A, OTHER)], [1, 1])

    # ---- list

    def test_list_columns(self):
        table = self.jobctl("list").out.splitlines()
        self.assertEqual(table[0].split(), ["TYPE", "NAME", "STATE", "PID", "UUID", "RUNTIME", "LOG"])
        first, second, third = (re.split(r"\s{2,}", line.strip()) for line in table[1:])
        job = self.job(TWIN_A)
        self.assertEqual(first[:3] + first[3:5], ["training", "nightly", "running", str(job["pid"]), TWIN_A])
        self.assertRegex(first[5], r"^\d\d:\d\d:\d\d$")
        self.assertEqual(first[6], job["log_file"])
        self.assertEqual(second[:5], ["training", "nightly", "failed (3)", "-", TWIN_B])
        self.assertEqual(third[:3], ["generation", "weekly", "running"])

    def test_list_of_running_ones(self):
        self.assert_selects([TWIN_A, OTHER], "--running")
        self.assert_selects([], "--running", "--state", "failed")
        self.assertEqual(self.jobctl("ps", "-o", "uuid").out.split(), [TWIN_A, TWIN_B, OTHER])

    def test_list_wide(self):
        out = self.jobctl("list", "-o", "wide").out
        self.assertEqual(out.split("\n")[0].split(), ["TYPE", "NAME", "STATE", "EXIT", "PID", "UUID", "SESSION", "USER", "CREATED",
                                                      "RUNTIME", "CPU%", "TIME", "MEM", "PEAK", "READ", "WRITTEN", "RECEIVED",
                                                      "SENT", "TASKS", "GPUMEM", "PORTS", "GPUS", "LOG"])
        self.assertEqual(len(out.splitlines()), 4)

    def test_list_json(self):
        jobs = json.loads(self.jobctl("list", "-o", "json").out)
        self.assertEqual([job["uuid"] for job in jobs], [TWIN_A, TWIN_B, OTHER])
        self.assertEqual([job["labels"] for job in jobs], [{"gpu": "a100"}, {"gpu": "h100", "queue": "long"}, {}])
        single = self.job(TWIN_B)
        self.assertEqual({**jobs[1], "alerts": []}, single)

    def test_list_grid(self):
        lines = self.jobctl("list", "-o", "grid", "--type", "training").out.splitlines()
        self.assertEqual([word.strip() for word in lines[1].split("|")], ["", "Type", "PID", "UUID", "Log File", "Runtime", ""])
        border = re.compile(r"^(\+-+){5}\+$")
        for line in (lines[0], lines[2], lines[-1]):
            self.assertRegex(line, border)
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})
        row = [word.strip() for word in lines[3].split("|")]
        self.assertEqual(row[1:5], ["Training", str(self.job(TWIN_A)["pid"]), TWIN_A, self.job(TWIN_A)["log_file"]])


class Nothing(harness.JobctlTest):
    def test_to_show(self):
        result = self.jobctl("list")
        self.assertEqual((result.out, result.err), ("", "No jobs. Start one: jobctl start -d -- COMMAND\n"))
        self.assertEqual(self.jobctl("list", "-o", "json"), ("[]\n", "", 0))
        self.assertEqual(self.jobctl("list", "-o", "uuid").out, "")

    def test_to_do(self):
        self.assertIn("no live job", self.jobctl("kill", "--all").err)
        self.assertIn("flushed 0 jobs", self.jobctl("flush").out)


if __name__ == "__main__":
    harness.main()
