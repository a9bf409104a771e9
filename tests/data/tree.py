#!/usr/bin/env python3
"""Makes a tree of processes that are hard to find and to end, for jobctl's tests: some call setsid, fork twice, ignore
SIGTERM, close all their descriptors, or are nested deeply. Prints "ready PID COUNT" (the main process, and how many
processes there are with it) when all exist, then waits.
"""

import argparse
import os
import signal
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=80, help="processes altogether (default 80)")
    parser.add_argument("--exit-after-ready", type=int, metavar="CODE", help="the main process exits with CODE then")
    parser.add_argument("--crash", action="store_true", help="the main process ends by SIGSEGV then")
    parser.add_argument("--ignore-term", action="store_true", help="the main process ignores SIGTERM too")
    return parser.parse_args()


def sleep_for_ever():
    while True:
        signal.pause()


def announce(ready):
    """Says that one more process exists."""
    os.write(ready, b".")


def close_descriptors(keep=()):
    for descriptor in range(0, 1024):
        if descriptor not in keep:
            try:
                os.close(descriptor)
            except OSError:
                pass


# Each kind runs in a fresh child with the write end of the pipe and makes exactly one process that stays, the chain as
# many as it is asked for.

def plain(ready):
    announce(ready)
    sleep_for_ever()


def new_session(ready):
    os.setsid()
    plain(ready)


def double_fork(ready):
    os.setsid()
    if os.fork():
        os._exit(0)
    plain(ready)


def deaf(ready):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    plain(ready)


def closed(ready):
    close_descriptors(keep=(ready,))
    announce(ready)
    os.close(ready)
    sleep_for_ever()


def daemon(ready):
    """Everything at once."""
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    closed(ready)


def chain(ready, depth):
    """`depth` processes, each the child of the one before, every other one in a session of its own."""
    if depth % 2:
        os.setsid()
    if depth > 1 and os.fork() == 0:
        chain(ready, depth - 1)
    plain(ready)


KINDS = (plain, new_session, double_fork, deaf, closed, daemon)


def spawn(function, *arguments):
    if os.fork() == 0:
        function(*arguments)
        os._exit(0)


def make_tree(count):
    """Starts `count` processes, a fifth of them as a chain, and waits until all exist."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies of those that fork twice
    read_end, ready = os.pipe()
    depth = count // 5
    if depth:
        spawn(chain, ready, depth)
    for index in range(count - depth):
        spawn(KINDS[index % len(KINDS)], ready)
    os.close(ready)
    waiting = count
    while waiting:
        announced = len(os.read(read_end, waiting))
        if not announced:
            sys.exit("tree.py: some process ended before it was ready")
        waiting -= announced
    os.close(read_end)


def main():
    arguments = parse_arguments()
    if arguments.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    make_tree(arguments.count - 1)
    print(f"ready {os.getpid()} {arguments.count}", flush=True)
    if arguments.exit_after_ready is not None:
        os._exit(arguments.exit_after_ready)
    if arguments.crash:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
