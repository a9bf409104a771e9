"""What jobs use, as status and list tell it: figures of jobs of which it is known what they did."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import harness

MIB = 1 << 20
MEMORY, CPU_S, SENT, RECEIVED, WRITTEN = 64 * MIB, 0.3, 300_000, 200_000, 8 * MIB

# Has a known number of threads and children, then does what it is told, then waits.
WORKER = """
import os, socket, subprocess, sys, threading, time
mode, port, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if mode == 'below':
    cgroup = '/sys/fs/cgroup' + open('/proc/self/cgroup').read().split('0::')[1].split('\\n')[0] + '/below'
    os.mkdir(cgroup)
    open(cgroup + '/cgroup.procs', 'w').write('0')
for _ in range(2): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
child = subprocess.Popen(['sleep', '1000'])
while time.process_time() < %(cpu)r: pass
block = bytearray(os.urandom(4096) * (%(memory)d // 4096))
if file:
    with open(file, 'wb') as output:
        output.write(block[:%(written)d])
        os.fsync(output.fileno())
listener = socket.create_server(('127.0.0.1', int(os.environ['PORT']))) if 'PORT' in os.environ else None
if port:
    connection = socket.create_connection(('127.0.0.1', port))
    connection.sendall(bytes(%(sent)d))
    left = %(received)d
    while left: left -= len(connection.recv(left))
print('ready', flush=True)
time.sleep(1000)
""" % {"cpu": CPU_S, "memory": MEMORY, "written": WRITTEN, "sent": SENT, "received": RECEIVED}


class UsageTest(harness.JobctlTest):
    def worker(self, *options, mode="plain", port=0, file=""):
        uuid = self.start(*options, "--", sys.executable, "-I", "-S", "-c", WORKER, mode, str(port), str(file))
        self.wait_for_log(uuid, "ready")
        return uuid

    def serve(self):
        """A listener, and what to do with the connection that a worker makes."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        return listener

    def talk(self, listener):
        connection, _ = listener.accept()
        self.addCleanup(connection.close)
        left = SENT
        while left:
            left -= len(connection.recv(left))
        connection.sendall(bytes(RECEIVED))
        return connection

    def connected_worker(self, **options):
        listener = self.serve()
        port = listener.getsockname()[1]
        uuid = self.start(*options.pop("options", ()), "--", sys.executable, "-I", "-S", "-c", WORKER,
                          options.pop("mode", "plain"), str(port), "")
        self.connection = self.talk(listener)
        self.wait_for_log(uuid, "ready")
        return uuid

    def usage(self, uuid):
        return self.job(uuid)["usage"]

    def has_controller(self, uuid, file):
        return (self.unit_cgroup(uuid) / file).exists()


class OneJob(UsageTest):
    def test_cpu_memory_and_tasks(self):
        uuid = self.worker()
        job = self.job(uuid)
        usage = job["usage"]
        self.assertEqual(list(usage), ["cpu_percent", "cpu_s", "memory", "memory_origin", "memory_peak", "io_read", "io_write",
                                       "io_origin", "tasks", "tasks_origin", "net_received", "net_sent", "gpu_memory"])
        self.assertGreaterEqual(usage["cpu_s"], CPU_S)
        self.assertLessEqual(usage["cpu_s"], job["runtime_s"] * os.cpu_count())
        self.assertAlmostEqual(usage["cpu_percent"], 100 * usage["cpu_s"] / job["runtime_s"], delta=0.5)
        self.assertGreaterEqual(usage["memory"], MEMORY)
        self.assertLess(usage["memory"], 4 * MEMORY)
        self.assertEqual(usage["tasks"], 4)
        for figure, file in ("memory", "memory.current"), ("tasks", "pids.current"), ("io", "io.stat"):
            origin = "cgroup" if self.has_controller(uuid, file) else "processes"
            self.assertEqual(usage[figure + "_origin"], origin, figure)
        if usage["memory_origin"] == "cgroup":
            self.assertGreaterEqual(usage["memory_peak"], usage["memory"])
        else:
            self.assertIsNone(usage["memory_peak"])

    def test_written_bytes(self):
        place = next((place for place in ("/var/tmp", "/tmp", str(harness.BUILD)) if self.is_disk(place)), None)
        if not place:
            self.skipTest("no disk to write to")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="jobctl-", dir=place))
        self.addCleanup(shutil.rmtree, folder)
        usage = self.usage(self.worker(file=folder / "written"))
        self.assertGreaterEqual(usage["io_write"], WRITTEN)
        self.assertLess(usage["io_write"], 2 * WRITTEN)

    def is_disk(self, place):
        kind = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True).stdout.strip()
        return os.access(place, os.W_OK) and (kind.startswith("ext") or kind in ("xfs", "btrfs"))

    def test_bytes_of_connections(self):
        uuid = self.connected_worker()
        # Acknowledgements may be on their way; an opened connection counts as a byte.
        self.wait_until(lambda: self.usage(uuid)["net_sent"] >= SENT, what="acknowledgements")
        usage = self.usage(uuid)
        self.assertLessEqual(usage["net_sent"], SENT + 2)
        self.assertTrue(RECEIVED <= usage["net_received"] <= RECEIVED + 2, usage)
        text = self.jobctl("status", uuid).out
        self.assertRegex(text, r"(?m)^ +Usage: CPU \d+ % .*, 4 tasks, .*195 KiB received, 292 KiB sent$")
        other = self.start("--", "sleep", "1000")
        self.assertEqual([self.usage(other)[key] for key in ("net_received", "net_sent")], [0, 0])
        self.assertNotIn("received", self.jobctl("status", other).out)

    def test_a_closed_connection_is_forgotten(self):
        uuid = self.connected_worker()
        subprocess.run(["kill", "-KILL", str(self.job(uuid)["pid"])], check=True)
        self.assertIsNone(self.wait_ended(uuid)["usage"])

    def test_cgroups_that_a_job_makes_belong_to_it(self):
        port = harness.free_port()
        uuid = self.connected_worker(mode="below", options=("--port", str(port)))
        self.wait_until(lambda: self.usage(uuid)["net_sent"] >= SENT, what="acknowledgements")
        job = self.job(uuid)
        self.assertTrue((self.unit_cgroup(uuid) / "payload" / "below").is_dir())
        self.assertGreaterEqual(job["usage"]["cpu_s"], CPU_S)
        self.assertGreaterEqual(job["usage"]["memory"], MEMORY)
        self.assertEqual(job["usage"]["tasks"], 4)
        self.assertEqual(job["ports"], [{"name": None, "port": port, "listening": True}])

    def test_with_a_terminal(self):
        self.assertGreaterEqual(self.usage(self.worker("-t"))["memory"], MEMORY)


class ManyJobs(UsageTest):
    def test_the_list_tells_the_same(self):
        busy, idle, ended = self.worker("--name", "busy"), self.start("--", "sleep", "1000"), self.start("--", "true")
        self.wait_ended(ended)
        jobs = {job["uuid"]: job for job in self.jobs()}
        self.assertEqual(jobs[busy]["usage"]["tasks"], 4)
        self.assertGreaterEqual(jobs[busy]["usage"]["memory"], MEMORY)
        self.assertEqual(jobs[idle]["usage"]["tasks"], 1)
        self.assertLess(jobs[idle]["usage"]["memory"], MEMORY)
        self.assertIsNone(jobs[ended]["usage"])
        for job in jobs.values():
            self.assertEqual(list(job)[-1], "usage")

    def test_the_wide_table(self):
        self.worker("--name", "busy", "--type", "t")
        self.wait_ended(self.start("--name", "ended", "--type", "t", "--", "true"))
        header, busy, ended = (line.split() for line in self.jobctl("list", "-o", "wide").out.splitlines())
        first = header.index("CPU%")
        self.assertEqual(header[first:], ["CPU%", "TIME", "MEM", "PEAK", "READ", "WRITTEN", "RECEIVED", "SENT", "TASKS", "GPUMEM", "PORTS",
                                          "GPUS", "LOG"])
        figures = dict(zip(header[::-1], busy[::-1]))
        self.assertGreater(float(figures["CPU%"]), 0)
        self.assertRegex(figures["MEM"], r"^\d+(\.\d)?[MG]$")
        self.assertEqual([figures[key] for key in ("RECEIVED", "SENT", "TASKS")], ["0B", "0B", "4"])
        self.assertEqual(ended[ended.index("-", 8):][:9], ["-"] * 9)

    def test_a_paused_job(self):
        uuid = self.worker()
        self.jobctl("pause", uuid)
        before = self.usage(uuid)
        self.assertEqual(self.usage(uuid)["cpu_s"], before["cpu_s"])
        self.assertGreaterEqual(before["memory"], MEMORY)

    def test_a_job_between_two_runs_has_none(self):
        uuid = self.start("--restart", "always", "--restart-delay", "1h", "--", "sh", "-c", "exit 1")
        self.wait_until(lambda: self.job(uuid)["exit_code"] is not None or self.record_events(uuid, "ended"), what="the first end")
        self.wait_until(lambda: self.job(uuid)["usage"] is None, what="no usage")
        self.assertNotIn("Usage:", self.jobctl("status", uuid).out)


if __name__ == "__main__":
    harness.main()
