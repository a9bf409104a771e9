"""The integration tests against the installed package, as debian/tests runs them."""

import pathlib

import case
import host

SOURCES = pathlib.Path(__file__).resolve().parents[2]
MINUTES = 60


class Autopkgtest(case.HostTest):
    lingering = ()

    def test_integration(self):
        host.copy_sources(SOURCES, self.host.root / "var/tmp/jobctl")
        done = self.host.run("sh", "-c", "cd /var/tmp/jobctl && exec debian/tests/integration", timeout=20 * MINUTES)
        self.assertEqual(done.code, 0, done.out + done.err)
        # A host's files lie in an overlay, which counts nobody's bytes.
        skipped = [line for line in done.out.splitlines() if "... skipped" in line and "no disk to write to" not in line]
        self.assertEqual(skipped, [], done.out)
