#!/usr/bin/env python3
"""A small training job as jobctl's tests and demo need one: logistic regression by gradient descent, fed with batches by
worker processes over a queue, as a data loader does. Only the standard library.

Prints "epoch K loss X" for each epoch. SIGINT and SIGTERM end it with a message and 128 + the signal's number.
"""

import argparse
import math
import multiprocessing
import os
import random
import signal
import sys
import threading
import time

FEATURES = 8
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=20, help="batches an epoch")
    parser.add_argument("--workers", type=int, default=2, help="processes that make batches")
    parser.add_argument("--step-sleep", type=float, default=0.0, metavar="S", help="seconds to sleep after each batch")
    parser.add_argument("--stubborn", type=int, default=0, metavar="N", help="so many workers ignore SIGTERM and SIGINT")
    parser.add_argument("--escape", action="store_true",
                        help="a worker leaves a grandchild behind: double fork, own session, no open descriptors")
    parser.add_argument("--crash-after", type=float, metavar="S", help="kill the main process with SIGKILL after S seconds")
    parser.add_argument("--method", choices=("fork", "spawn", "forkserver"), default="fork", help="how workers are made")
    parser.add_argument("--exit-code", type=int, default=0, metavar="N", help="exit with N after the last epoch")
    arguments = parser.parse_args()
    if arguments.workers < 1:
        parser.error("--workers: at least 1")
    return arguments


def escape():
    """A process that nothing ties to this one any more: neither parent, process group, session nor descriptors."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 4096)
        while True:
            time.sleep(3600)
    os._exit(0)


def work(batches, seed, stubborn, escapes):
    """A worker: makes batches for ever; the main process ends it."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN if stubborn else signal.SIG_DFL)
    if escapes:
        escape()
    generator = random.Random(seed)
    while True:
        batch = []
        for _ in range(32):
            features = [generator.gauss(0, 1) for _ in range(FEATURES)]
            batch.append((features, float(sum(features[::2]) > sum(features[1::2]))))
        batches.put(batch)


def train_step(weights, batch, rate=0.1):
    """One step of gradient descent; returns the mean loss over the batch before it."""
    loss = 0.0
    gradient = [0.0] * FEATURES
    for features, label in batch:
        score = sum(weight * feature for weight, feature in zip(weights, features))
        probability = min(max(1 / (1 + math.exp(-score)), 1e-9), 1 - 1e-9)
        loss -= label * math.log(probability) + (1 - label) * math.log(1 - probability)
        for index, feature in enumerate(features):
            gradient[index] += (probability - label) * feature
    for index in range(FEATURES):
        weights[index] -= rate * gradient[index] / len(batch)
    return loss / len(batch)


def end_on_signal(workers):
    def handler(number, _):
        print(f"\nReceived signal {number}. Shutting down gracefully...", flush=True)
        end(workers, 128 + number)

    for number in ENDING_SIGNALS:
        signal.signal(number, handler)


def end(workers, code):
    """Ends the workers (the stubborn ones stay behind, as they would in life) and this process."""
    for worker in workers:
        worker.terminate()
    sys.stdout.flush()
    os._exit(code)


def main():
    arguments = parse_arguments()
    context = multiprocessing.get_context(arguments.method)
    batches = context.Queue(maxsize=4 * arguments.workers)
    workers = [
        context.Process(target=work, args=(batches, index, index < arguments.stubborn,
                                           arguments.escape and index == arguments.workers - 1))
        for index in range(arguments.workers)
    ]
    for worker in workers:
        worker.start()
    end_on_signal(workers)
    if arguments.crash_after is not None:
        crash = threading.Timer(arguments.crash_after, os.kill, (os.getpid(), signal.SIGKILL))
        crash.daemon = True
        crash.start()

    print(f"training with {arguments.workers} workers", flush=True)
    weights = [0.0] * FEATURES
    for epoch in range(1, arguments.epochs + 1):
        loss = 0.0
        for _ in range(arguments.steps):
            loss += train_step(weights, batches.get())
            if arguments.step_sleep:
                time.sleep(arguments.step_sleep)
        print(f"epoch {epoch} loss {loss / arguments.steps:.4f}", flush=True)
    end(workers, arguments.exit_code)


if __name__ == "__main__":
    main()
