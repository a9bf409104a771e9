"""Records of jobs that ended long ago, written as jobctl writes them (src/job/record.hpp), thousands a second."""

import time
import uuid

HOUR = 3_600_000_000  # microseconds


def write_records(state_dir, runtime_dir, count, ended=True):
    """Writes `count` records into <state_dir>/jobs; returns their UUIDs. The next jobctl that runs there finds no index
    and makes one."""
    jobs = state_dir / "jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    uuids = [str(uuid.uuid4()) for _ in range(count)]
    now = time.time_ns() // 1000
    for number, its_uuid in enumerate(uuids):
        # Older than `list` shows without -a, a minute apart.
        created = now - 48 * HOUR - (count - number) * 60_000_000
        items = definition(state_dir, runtime_dir, its_uuid, number, created) + list(events(created, ended))
        path = jobs / its_uuid
        path.write_bytes(b"".join(item.encode() + b"\0" for item in items))
        path.chmod(0o600)
    return uuids


def definition(state_dir, runtime_dir, its_uuid, number, created):
    logs = state_dir / "logs"
    return ["jobctl-record=1", f"uuid={its_uuid}", "type=training", f"name=training-{number}", "session=s1", "label=gpu=a100",
            "user=alice", "host=localhost", f"created={created}", "command=", "arg=python3", "arg=train.py", "arg=--epochs",
            "arg=90", "directory=/tmp", *(f"env=VARIABLE_{i}={'x' * 40}" for i in range(30)), "umask=18",
            *(f"limit={resource}:1024:4096" for resource in range(16)), "log-kind=file",
            f"log-file={logs}/training/training-{its_uuid}.log", "stop-signal=15", "stop-timeout=10000000",
            f"unit=jobctl-training-{its_uuid}.service", "slice=jobctl-s1.slice", f"runtime-dir={runtime_dir}",
            f"log-dir={logs}", "defined=1"]


def events(created, ended):
    yield f"event=starting run=1 time={created} by=alice"
    yield (f"event=started run=1 time={created + 4000} boot={'0' * 32} cgroup=/jobctl.slice/none.service invocation={'1' * 32}"
           " log_offset=0 pid=4242")
    if ended:
        yield f"event=ended run=1 time={created + HOUR} code=exited cpu_us=123456 memory_peak=1048576 result=success status=0"
