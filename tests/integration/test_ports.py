"""--port: a job's own among live jobs, checked against the kernel's sockets, told to the job."""

import concurrent.futures
import socket
import sys

import harness

SERVER = """import os, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(sys.argv[1] if len(sys.argv) > 1 else os.environ['PORT'])))
s.listen()
print('serving', flush=True)
time.sleep(1000)
"""
TAKEN = harness.free_port()


class Ports(harness.JobctlTest):
    def serve(self, *options, arguments=()):
        uuid = self.start(*options, "--", sys.executable, "-c", SERVER, *arguments)
        self.wait_for_log(uuid, "serving")
        return uuid

    def refused(self, *options):
        refused = self.jobctl("start", "-d", *options, "--", "sleep", "1000", check=5)
        self.assertEqual(refused.out, "")
        return refused.err

    def numbers(self, uuid):
        return {port["name"]: port["port"] for port in self.job(uuid)["ports"]}

    def test_the_job_is_told_and_the_tables_tell(self):
        uuid = self.serve("--name", "web", "--port", str(TAKEN), "--port", "ad-min=auto")
        listening, other = self.job(uuid)["ports"]
        self.assertEqual(listening, {"name": None, "port": TAKEN, "listening": True})
        self.assertEqual([other["name"], other["listening"]], ["ad-min", False])
        self.assertTrue(20000 <= other["port"] <= 29999)
        self.assertIn(f" {TAKEN},(ad-min={other['port']}) ", self.jobctl("list").out)
        self.assertIn(f"Ports: {TAKEN} (listening), ad-min={other['port']} (not listening)\n", self.jobctl("status", uuid).out)
        env = (f"/proc/{self.job(uuid)['pid']}/environ")
        with open(env, "rb") as file:
            variables = file.read().split(b"\0")
        self.assertIn(b"PORT=%d" % TAKEN, variables)
        self.assertIn(b"PORT_AD_MIN=%d" % other["port"], variables)
        self.jobctl("kill", uuid)
        self.assertEqual(self.job(uuid)["ports"], [])
        self.assertNotIn("PORTS", self.jobctl("list", "-a").out)

    def test_a_port_is_one_jobs_until_it_ends(self):
        uuid = self.start("--name", "first", "--port", str(TAKEN), "--", "sleep", "1000")
        self.assertEqual(self.refused("--port", f"http={TAKEN}"),
                         f"jobctl: port {TAKEN} is taken by the job first ({uuid[:8]}); nothing was started\n"
                         "  a free one is found by: --port auto\n")
        self.assertEqual(len(self.jobs("-a")), 1)
        self.jobctl("kill", uuid)
        self.start("--port", str(TAKEN), "--", "sleep", "1000")

    def test_a_job_that_ended_unseen_holds_nothing(self):
        uuid = self.start("--port", str(TAKEN), "--", self.script("while ! [ -e go ]; do sleep 0.01; done"))
        (self.dir / "go").touch()
        self.wait_until(lambda: not self.loaded_units(), what="the end")
        self.start("--port", str(TAKEN), "--", "sleep", "1000")
        self.assertEqual(self.state(uuid), "done")

    def test_whoever_listens_already_is_named(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            self.assertRegex(self.refused("--port", str(port)), rf"port {port} is taken by process \d+ \(python3[.\d]*\); nothing was started")
        self.start("--port", str(port), "--", "sleep", "1000")

    def test_a_job_that_listens_without_having_asked_is_named(self):
        uuid = self.serve("--name", "sly", arguments=[str(TAKEN)])
        self.assertIn(f"port {TAKEN} is taken by the job sly ({uuid[:8]}); ", self.refused("--port", str(TAKEN)))

    def test_of_many_at_once_one_wins(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            started = list(pool.map(lambda _: self.jobctl("start", "-d", "--port", str(TAKEN), "--", "sleep", "1000", check=False), range(16)))
        self.assertEqual(sorted(result.code for result in started), [0] + [5] * 15)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            uuids = list(pool.map(lambda _: self.start("--port", "auto", "--", "sleep", "1000"), range(16)))
        ports = [self.numbers(uuid)[None] for uuid in uuids]
        self.assertEqual(len(set(ports)), 16, ports)

    def test_auto_passes_over_what_is_taken(self):
        first = self.start("--port", "auto", "--", "sleep", "1000")
        with socket.socket() as listener:
            listener.bind(("", self.numbers(first)[None] + 1))
            listener.listen()
            second = self.start("--port", "auto", "--", "sleep", "1000")
        self.assertEqual(self.numbers(second)[None], self.numbers(first)[None] + 2)

    def test_a_restart_has_the_same_or_refuses(self):
        uuid = self.serve("--port", str(TAKEN), "--port", "a=auto")
        before = self.numbers(uuid)
        self.jobctl("restart", uuid)
        self.assertEqual(self.numbers(uuid), before)
        self.jobctl("kill", uuid)
        thief = self.start("--name", "thief", "--port", str(before["a"]), "--", "sleep", "1000")
        self.jobctl("restart", uuid)
        self.assertNotEqual(self.numbers(uuid)["a"], before["a"])
        self.jobctl("kill", uuid, thief)
        self.start("--name", "thief", "--port", str(TAKEN), "--", "sleep", "1000")
        runs = self.job(uuid)["run"]
        self.assertIn(f"port {TAKEN} is taken by the job thief", self.jobctl("restart", uuid, check=5).err)
        self.assertEqual([self.job(uuid)[key] for key in ("state", "run")], ["killed", runs])

    def test_runs_that_systemd_begins_keep_them(self):
        uuid = self.start("--port", str(TAKEN), "--restart", "always", "--restart-delay", "1h", "--", "sh", "-c", "exit 1")
        self.wait_until(lambda: "restart" in self.jobctl("list").out, what="the first end")
        self.assertIn("is taken by the job", self.refused("--port", str(TAKEN)))
        self.jobctl("kill", uuid)
        uuid = self.start("--port", str(TAKEN), "--restart", "always:1", "--restart-delay", "10ms", "--", "sh", "-c", "echo $PORT; exit 1")
        self.jobctl("wait", uuid, check=1)
        self.assertEqual(self.log_bytes(uuid), b"%d\n%d\n" % (TAKEN, TAKEN))

    def test_a_lost_registry_knows_them_again(self):
        self.start("--port", str(TAKEN), "--", "sleep", "1000")
        (self.state_dir / "jobs.db").unlink()
        self.assertIn("is taken by the job", self.refused("--port", str(TAKEN)))

    def test_wrong_ones_are_refused(self):
        cases = {
            ("--port", "70000"): '--port: "70000" is not a port (1 to 65535), auto or NAME=PORT',
            ("--port", "1", "--port", "2"): "--port: only one port can be without a name",
            ("--port", "a=1", "--port", "A=2"): "--port: two ports are named A",
            ("--port", "a=1", "--port", "b=1"): "--port: 1 is given twice",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments=arguments):
                refused = self.jobctl("start", "-d", *arguments, "--", "sleep", "1000", check=2)
                self.assertTrue(refused.err.startswith(f"jobctl: {message}"), refused.err)


if __name__ == "__main__":
    harness.main()
