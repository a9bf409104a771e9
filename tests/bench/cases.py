"""What is measured: each case yields rows. A row's value is jobctl's own, `against` what the named command took in the
same run, alternating; both None where there is nothing to compare with."""

import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time
import uuid

import records
import terminal
from stage import BUILD, JOBCTL

Row = collections.namedtuple("Row", "what value against unit limit", defaults=(None, "s", None))

PYTHON = [sys.executable, "-I", "-S"]

# Writes {mebibytes} MiB of 100-byte lines to its standard output and the seconds it took to the file {done}.
WRITER = """
import os, time
block, left = (b'x' * 99 + b'\\n') * 650, {mebibytes} << 20
begin = time.perf_counter()
while left > 0:
    left -= os.write(1, block[:left])
took = time.perf_counter() - begin
with open({done!r} + '.new', 'w') as file: file.write(str(took))
os.rename({done!r} + '.new', {done!r})
"""

# A process with {count} children that do nothing.
TREE = """
import os, signal
for _ in range({count}): os.posix_spawn('/bin/sleep', ['sleep', '100000'], {{}})
open({ready!r}, 'w').close()
signal.pause()
"""


def start(stage):
    """start -d against systemd-run, until the program runs."""
    def ours():
        its_uuid = str(uuid.uuid4())
        seconds, _ = stage.time(stage.start_command(its_uuid, "--", "sleep", "100000"))
        stage.stop_unit(stage.job_unit(its_uuid))
        return seconds

    def theirs():
        unit = f"{stage.tag}-{uuid.uuid4()}.service"
        seconds, _ = stage.time(["systemd-run", "--user", "-q", "--collect", "-p", "Type=exec", f"--unit={unit}", "sleep",
                                 "100000"])
        stage.stop_unit(unit)
        return seconds

    yield Row("start -d, until the program runs; against systemd-run --user -p Type=exec",
              *stage.compare(10 if stage.quick else 100, ours, theirs), limit=1.0)


def start_many(stage):
    """Many jobs that sleep; returns how many."""
    count = 100 if stage.quick else 1000
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stage.start("--", "sleep", "100000"), range(count)))
    return count


def list_live(stage):
    """list with many live jobs against systemctl list-units."""
    count = start_many(stage)
    yield Row(f"list with {count} live jobs; against systemctl --user list-units 'jobctl-*'",
              *stage.compare(10 if stage.quick else 40, lambda: stage.time([JOBCTL, "--user", "list"])[0],
                             lambda: stage.time(["systemctl", "--user", "--no-pager", "list-units", "jobctl-*"])[0]), limit=0.7)
    stage.kill_jobs()


def usage(stage):
    """What is looked at for each of many live jobs: list -o wide, top's first screen and each of its later looks."""
    count, rounds = start_many(stage), 5 if stage.quick else 20
    argv = [JOBCTL, "--user", "list", "-o", "wide"]
    yield Row(f"list -o wide with {count} live jobs", statistics.median(stage.time(argv)[0] for _ in range(rounds)), limit=0.1)
    argv = [JOBCTL, "--user", "top"]
    yield Row(f"top with {count} live jobs, until the first screen is there",
              statistics.median(terminal.seconds_until(argv, stage.env, b"q quit", b"q") for _ in range(rounds)), limit=0.1)
    looks = [stage.time([*argv, "-d", "100ms", "-n", str(number)])[1] for number in (1, rounds + 1)]
    first, all_looks = (look.ru_utime + look.ru_stime for look in looks)
    yield Row(f"top with {count} live jobs: CPU time of each later look", (all_looks - first) / rounds, limit=0.1)
    stage.kill_jobs()


def list_records(stage):
    """list -a -o json with many records."""
    count = 1000 if stage.quick else 10000
    records.write_records(stage.use_state("many"), stage.runtime_dir, count)
    argv = [JOBCTL, "--user", "list", "-a", "-o", "json"]
    if len(json.loads(stage.call(argv))) < count:
        raise RuntimeError("the list doesn't show all records")
    runs = [stage.time(argv) for _ in range(11)]
    cpu = statistics.median(usage.ru_utime + usage.ru_stime for _, usage in runs)
    yield Row(f"list -a -o json with {count} records ({cpu * 1000:.0f} ms of CPU time)",
              statistics.median(seconds for seconds, _ in runs), limit=0.15)
    stage.use_state("state")


def start_records(stage):
    """start -d with many records against the same with none."""
    count = 500 if stage.quick else 2000
    records.write_records(stage.use_state("full"), stage.runtime_dir, count)
    stage.use_state("empty")

    def start_in(state):
        stage.use_state(state)
        its_uuid = str(uuid.uuid4())
        seconds, _ = stage.time(stage.start_command(its_uuid, "--", "sleep", "100000"))
        stage.stop_unit(stage.job_unit(its_uuid))
        return seconds

    yield Row(f"start -d with {count} records; against with none",
              *stage.compare(10 if stage.quick else 100, lambda: start_in("full"), lambda: start_in("empty")), limit=1.1)
    stage.use_state("state")


def finish(stage):
    """The finish hook's CPU time, user and system, for the end of a job that ran well."""
    state = stage.use_state("finish")
    times = []
    env = dict(stage.env, SERVICE_RESULT="success", EXIT_CODE="exited", EXIT_STATUS="0", INVOCATION_ID="1" * 32)
    for its_uuid in records.write_records(state, stage.runtime_dir, 20 if stage.quick else 200, ended=False):
        _, usage = stage.time([str(BUILD / "finish"), str(state / "jobs" / its_uuid)], env)
        times.append(usage.ru_utime + usage.ru_stime)
    stage.use_state("state")
    yield Row("finish hook: CPU time per ended job", statistics.median(times), limit=0.005)


def write(stage):
    """Lines into the log against the same into a file; with a terminal against script(1)."""
    mebibytes, rounds = (64, 3) if stage.quick else (min(1024, stage.room() // 3 >> 20), 9)
    yield Row(f"{mebibytes} MiB of 100-byte lines into the log; against > file",
              *stage.compare(rounds, lambda: write_job(stage, mebibytes), lambda: write_file(stage, mebibytes)), limit=1.05)
    if not shutil.which("script"):
        yield Row("100-byte lines with -t; against script -qfc (script is not installed)", None)
        return
    mebibytes, rounds = (32, 3) if stage.quick else (128, 8)
    # Which processors the two ends of a terminal happen to run on decides a factor of two, so also on one for both.
    for where, processors in ("", os.sched_getaffinity(0)), (", on one processor", [max(os.sched_getaffinity(0))]):
        text = ",".join(map(str, processors))
        yield Row(f"{rounds} x {mebibytes} MiB of 100-byte lines with -t{where}; against script -qfc",
                  *stage.compare(rounds, lambda: write_job(stage, mebibytes, "-t", "-p", f"CPUAffinity={text}"),
                                 lambda: write_script(stage, mebibytes, text)), limit=1.0)


def writer(stage, mebibytes):
    path = stage.dir / "writer.py"
    path.write_text(WRITER.format(mebibytes=mebibytes, done=str(stage.dir / "done")))
    return [*PYTHON, str(path)]


def seconds_of_writer(stage):
    done = stage.dir / "done"
    stage.wait_until(done.exists, "the writer")
    seconds = float(done.read_text())
    done.unlink()
    return seconds


def write_job(stage, mebibytes, *options):
    its_uuid = stage.start(*options, "--", *writer(stage, mebibytes))
    seconds = seconds_of_writer(stage)
    stage.call([JOBCTL, "--user", "wait", its_uuid])
    stage.call([JOBCTL, "--user", "flush", "--logs", its_uuid])
    return seconds


def write_file(stage, mebibytes):
    path = stage.dir / "plain"
    with open(path, "wb") as file:
        subprocess.run(writer(stage, mebibytes), stdout=file, check=True)
    path.unlink()
    return seconds_of_writer(stage)


def write_script(stage, mebibytes, processors):
    path = stage.dir / "typescript"
    subprocess.run(["taskset", "-c", processors, "script", "-qfc", " ".join(writer(stage, mebibytes)), path],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    path.unlink()
    return seconds_of_writer(stage)


def logs(stage):
    """logs -n 100 of a big log against tail."""
    mebibytes = 64 if stage.quick else min(4096, stage.room() >> 20)
    its_uuid = stage.start("--", "true")
    stage.call([JOBCTL, "--user", "wait", its_uuid])
    path = pathlib.Path(json.loads(stage.call([JOBCTL, "--user", "status", "-o", "json", its_uuid]))["log_file"])
    with open(path, "ab") as file:
        subprocess.run(writer(stage, mebibytes), stdout=file, check=True)
    seconds_of_writer(stage)
    yield Row(f"logs -n 100 of a log of {mebibytes} MiB; against tail -n 100",
              *stage.compare(20 if stage.quick else 100, lambda: stage.time([JOBCTL, "--user", "logs", "-n", "100", its_uuid])[0],
                             lambda: stage.time(["tail", "-n", "100", str(path)])[0]), limit=1.5)
    path.unlink()


def kill(stage):
    """kill --force of a big tree against systemctl kill, both until the unit is gone."""
    count = 100 if stage.quick else 1000
    ready = stage.dir / "ready"
    tree = [*PYTHON, "-c", TREE.format(count=count, ready=str(ready))]

    def ours():
        its_uuid = stage.start("--", *tree)
        stage.wait_for_file(ready)
        group = stage.control_group(stage.job_unit(its_uuid))
        seconds, _ = stage.time([JOBCTL, "--user", "kill", "--force", its_uuid])
        if group.exists():
            raise RuntimeError("kill --force left the unit's cgroup")
        return seconds

    def theirs():
        unit = f"{stage.tag}-{uuid.uuid4()}.service"
        stage.call(["systemd-run", "--user", "-q", "--collect", "-p", "Type=exec", f"--unit={unit}", *tree])
        stage.wait_for_file(ready)
        group = stage.control_group(unit)
        begin = time.perf_counter()
        stage.time(["systemctl", "--user", "kill", "-s", "KILL", unit])
        stage.wait_until(lambda: not group.exists(), "the unit to go")
        return time.perf_counter() - begin

    yield Row(f"kill --force of {count} processes; against systemctl --user kill -s KILL and wait",
              *stage.compare(3 if stage.quick else 9, ours, theirs), limit=1.3)


def latency(stage):
    """From a job's write(2) until a terminal that is attached has the line."""
    count = 30 if stage.quick else 300
    for option, words in (("", []), (" with -t", ["-t"])):
        random.seed(1)
        pauses = ",".join(f"{random.uniform(0.005, 0.025):.4f}" for _ in range(count))
        go = stage.dir / "go"
        program = f"""
import os, time
while not os.path.exists({str(go)!r}): time.sleep(0.005)
for pause in ({pauses},):
    time.sleep(pause)
    os.write(1, b'at=%d.\\n' % time.monotonic_ns())
"""
        its_uuid = stage.start(*words, "--", *PYTHON, "-c", program)
        times = terminal.latencies([JOBCTL, "--user", "attach", its_uuid], stage.env, go)
        if len(times) != count:
            raise RuntimeError(f"attach showed {len(times)} of {count} lines")
        yield Row(f"a line written{option} until an attached terminal shows it", statistics.median(times), limit=0.010)


def memory(stage):
    """Private memory of jobctl's own programs while jobs run that have already written something."""
    count, size = (3 if stage.quick else 10), 1 << 20
    for option, words, limit in ((" with -t", ["-t"], 1.5 * (1 << 20)), (" without -t", [], 0)):
        uuids = [stage.start(*words, "--", "sh", "-c", f"yes | head -c {size}; exec sleep 100000") for _ in range(count)]
        jobs = [json.loads(stage.call([JOBCTL, "--user", "status", "-o", "json", its_uuid])) for its_uuid in uuids]
        for job in jobs:
            stage.wait_until(lambda job=job: os.stat(job["log_file"]).st_size >= size, "output")
        total = sum(private_memory(pid) for job in jobs for pid in unit_pids(stage, job))
        yield Row(f"private memory of jobctl's own processes, each of {count} jobs{option}", total / count, unit="B", limit=limit)
        stage.kill_jobs()


def unit_pids(stage, job):
    """The processes of our own programs in a job's unit."""
    pids = []
    for folder, _, _ in os.walk(stage.control_group(job["unit"])):
        pids += pathlib.Path(folder, "cgroup.procs").read_text().split()
    return [pid for pid in pids if pathlib.Path(os.readlink(f"/proc/{pid}/exe")).parent == BUILD]


def generator(stage):
    """The generator, as systemd runs it at each daemon-reload and at boot, with many job files."""
    count = 1000
    jobs, out, link = stage.dir / "config" / "jobctl" / "jobs", stage.dir / "units", stage.dir / "jobctl-user-generator"
    jobs.mkdir(parents=True)
    out.mkdir()
    link.symlink_to(JOBCTL)
    for number in range(count):
        kind = 'template = "http-server"\nwith = {dir = "/srv"}' if number % 2 else 'command = ["python3", "-m", "http.server"]'
        times = '[schedule]\ncalendar = "*-*-* 03:00"' if number % 4 == 0 else '[install]\nat = "boot"'
        (jobs / f"job-{number}.toml").write_text(f'{kind}\nrestart = "on-failure"\nmemory = "1G"\n{times}\n')
    runs = [stage.time([str(link), *[str(out)] * 3]) for _ in range(11)]
    cpu = statistics.median(usage.ru_utime + usage.ru_stime for _, usage in runs)
    if len(list(out.glob("*.service"))) < count:
        raise RuntimeError("the generator didn't make all units")
    yield Row(f"generator with {count} job files ({cpu * 1000:.0f} ms of CPU time)",
              statistics.median(seconds for seconds, _ in runs), limit=0.2)


def private_memory(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


CASES = {"start": start, "list": list_live, "usage": usage, "records": list_records, "finish": finish, "write": write, "logs": logs,
         "start-records": start_records, "kill": kill, "latency": latency, "memory": memory,
         "generator": generator}
