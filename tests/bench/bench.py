#!/usr/bin/env python3
"""Measures how fast jobctl is and prints a table: what it took, what the command that it is compared with took in the same
run, their ratio, and the limit that it should keep.

Needs a user manager: the user's own, or tests/with-manager python3 -B tests/bench/bench.py. The build is JOBCTL_BUILD,
else build/. Exit status: 0 every limit was kept, 1 one was not, 2 something could not be measured, 77 no user manager.
"""

import argparse
import os
import signal
import subprocess
import sys
import traceback

import cases
import stage

WIDTH = 84  # of the first column


def main():
    options = parse_options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    if subprocess.run(["systemctl", "--user", "show", "-p", "Version"], capture_output=True).returncode != 0:
        print("bench: skipped: no user manager; run it with tests/with-manager python3 -B", sys.argv[0], file=sys.stderr)
        return 77
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; medians\n")
    print(f"{'what':{WIDTH}} {'jobctl':>10} {'against':>10} {'ratio':>6} {'limit':>8}")
    with stage.Stage(options.quick, options.dir) as place:
        return max([run(name, place) for name in options.names or cases.CASES])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small numbers: seconds instead of minutes, and less exact")
    parser.add_argument("--dir", help="where state and big logs go (default: $TMPDIR or /tmp)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these: " + ", ".join(cases.CASES))
    options = parser.parse_args()
    for name in options.names:
        if name not in cases.CASES:
            parser.error(f"no benchmark {name}; there are: {', '.join(cases.CASES)}")
    return options


def run(name, place):
    """Prints the rows of one benchmark; returns 0, 1 when a limit was missed, 2 when it failed."""
    worst = 0
    try:
        for row in cases.CASES[name](place):
            if row.value is None:
                print(row.what + ": skipped", flush=True)
                continue
            ok = is_kept(row)
            worst = max(worst, 0 if ok else 1)
            print(line(row, ok), flush=True)
    except (RuntimeError, OSError, subprocess.SubprocessError):
        print(f"{name}: could not be measured", flush=True)
        traceback.print_exc()
        return 2
    return worst


def is_kept(row):
    return (row.value if row.against is None else row.value / row.against) <= row.limit


def line(row, ok):
    against = ratio = ""
    limit = f"{row.limit:.2f}"
    if row.against is None:
        limit = in_words(row.limit, row.unit)
    else:
        against, ratio = in_words(row.against, row.unit), f"{row.value / row.against:.2f}"
    return f"{row.what:{WIDTH}} {in_words(row.value, row.unit):>10} {against:>10} {ratio:>6} {limit:>8}  {'ok' if ok else 'over'}"


def in_words(value, unit):
    if unit == "B":
        return f"{value / 1024:.0f} KiB"
    return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
