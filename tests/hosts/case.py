"""What the tests on hosts share: a host per class with the package installed, and jobctl's answers as Python values."""

import json
import os
import pathlib
import unittest

import host

SUITE = os.environ.get("JOBCTL_HOST_SUITE", "")
PACKAGES = pathlib.Path(os.environ.get("JOBCTL_HOST_PACKAGES", ""))
LONG = "sleep 100000"


class HostTest(unittest.TestCase):
    lingering = ("alice",)  # whose managers run from boot to shutdown

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(host.Host(SUITE, cls.__name__.lower()))
        cls.prepare()
        for user in cls.lingering:
            cls.host.linger(user)

    @classmethod
    def prepare(cls):
        cls.host.install(PACKAGES, check=0)

    def jobctl(self, arguments, user="alice", check=0, **options):
        """The words as a shell would take them."""
        return self.host.sh(f"jobctl {arguments}", user, check, **options)

    def start(self, arguments, user="alice"):
        return self.jobctl(f"start -d {arguments}", user).out.strip()

    def job(self, uuid, user="alice"):
        return json.loads(self.jobctl(f"status -o json {uuid}", user).out)

    def jobs(self, user="alice", arguments="-a"):
        return json.loads(self.jobctl(f"list -o json {arguments}", user).out)

    def wait_state(self, uuid, *states, user="alice"):
        self.host.wait_until(lambda: self.job(uuid, user)["state"] in states, f"{uuid} to be {' or '.join(states)}")
        return self.job(uuid, user)

    def log(self, uuid, user="alice"):
        return self.jobctl(f"logs {uuid}", user).out
