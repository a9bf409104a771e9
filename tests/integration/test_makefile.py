"""docs/examples/streamlit: the targets of a project with several Streamlit apps."""

import shutil
import socket
import subprocess
import unittest

import harness

MAKEFILE = harness.ROOT / "docs" / "examples" / "streamlit" / "Makefile"
SCRIPTS = ("inference_ui.py", "evaluation_viewer.py", "preprocessing_viewer_app.py")


@unittest.skipUnless(shutil.which("make"), "make is not installed")
class Makefile(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env.update(PATH=f"{harness.BUILD}:{harness.DATA / 'programs'}:{self.env['PATH']}", PYTHONDONTWRITEBYTECODE="1")
        for name in ("PORT", "UI_ADDRESS", "UI_SESSION", "JOBCTL", "MAKEFLAGS"):
            self.env.pop(name, None)
        (self.dir / "ui").mkdir()
        for script in SCRIPTS:
            (self.dir / "ui" / script).touch()
        self.ports = [harness.free_port() for _ in SCRIPTS]

    def make(self, *targets, port=None, check=0):
        """What make prints; `check` is its exit status."""
        done = subprocess.run(["make", "--no-print-directory", "-f", str(MAKEFILE), *targets], cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment({"PORT": port and str(port)}), timeout=harness.PATIENCE)
        result = harness.Result(harness.text_of(done.stdout), harness.text_of(done.stderr), done.returncode)
        self.assertEqual(result.code, check, f"make {targets}: {result.out}{result.err}")
        return result

    def names(self):
        return [job["name"] for job in self.jobs("--running")]

    def test_a_uis_life(self):
        port = self.ports[0]
        shown = self.make("serve-inference-ui", port=port).out
        self.assertRegex(shown, rf"\A{harness.UUID.pattern}\ninference: http://localhost:{port}\n\Z")
        job, = self.jobs()
        self.assertEqual(self.make("status-inference-ui", port=port).out, f"inference: Running (PID: {job['pid']}, Port: {port})\n")
        self.assertIn("You can now view your Streamlit app in your browser.", self.make("logs-inference-ui", port=port).out)
        self.assertTrue(all(harness.alive(pid) for pid in self.payload_pids(job["uuid"])))
        self.make("stop-inference-ui", port=port)
        self.assertEqual(self.state(job["uuid"]), "killed")
        self.assertEqual(self.make("status-inference-ui", port=port, check=2).out, f"inference: Not running (Port: {port})\n")
        self.assertIn("Stopping...", self.make("logs-inference-ui", port=port).out)
        self.make("stop-inference-ui", port=port)

    def test_several_at_once(self):
        self.assertEqual(self.make("list-ui-processes").out, "No UI processes are running\n")
        self.make("stop-all-ui")
        self.ports.sort()
        for target, port in zip(("inference-ui", "evaluation-ui", "preprocessing-viewer"), self.ports):
            self.make(f"serve-{target}", port=port)
        self.start("--type", "streamlit", "--name", "another", "--port", "auto", "--", "sleep", "1000")
        self.assertEqual(self.make("list-ui-processes").out,
                         "Running UI processes:\n  - inference: port {}\n  - evaluation_viewer: port {}\n  - preprocessing_viewer: port {}\n".format(*self.ports))
        self.make("stop-evaluation-ui", port=self.ports[0])
        self.assertEqual(len(self.names()), 4, "evaluation_viewer has another port")
        self.make("stop-evaluation-ui", port=self.ports[1])
        self.assertEqual(self.names(), ["inference", "preprocessing_viewer", "another"])
        self.make("stop-all-ui")
        self.assertEqual(self.names(), ["another"], "it is none of these")

    def test_one_ui_on_two_ports(self):
        for port in self.ports[:2]:
            self.make("serve-inference-ui", port=port)
        first, second = self.jobs()
        self.make("stop-inference-ui", port=self.ports[0])
        self.assertEqual([self.state(first["uuid"]), self.state(second["uuid"])], ["killed", "running"])
        self.assertEqual(self.make("status-inference-ui", port=self.ports[1]).out, f"inference: Running (PID: {second['pid']}, Port: {self.ports[1]})\n")

    def test_a_port_that_is_taken_is_refused(self):
        self.make("serve-inference-ui", port=self.ports[0])
        self.assertIn(f"port {self.ports[0]} is taken by the job inference ", self.make("serve-evaluation-ui", port=self.ports[0], check=2).err)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # test_templates may be at it, too
            listener.bind(("127.0.0.1", 8501))
            listener.listen()
            refused = self.make("serve-preprocessing-viewer", check=2)
        self.assertIn("port 8501 is taken by ", refused.err)
        self.assertNotIn("http://", refused.out)
        self.assertEqual(self.names(), ["inference"])

    def test_it_explains_itself(self):
        self.assertIn("where UI is one of: inference-ui evaluation-ui preprocessing-viewer\n", self.make().out)


if __name__ == "__main__":
    harness.main()
