#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rough clients over HTTPS cost, and what healthy ones wait meanwhile: thousands of idle
connections, thousands of slow ones, a flood of handshakes most of which break off.

    https_rough.py BUILD-FOLDER [SECONDS [ROUNDS [IDLE]]]

The times are of updates that change nothing, 100 a second over HTTPS with resumed sessions; beside
the flood also of updates over plain HTTP and of DNS questions. The rough clients run on the same
machine and take their part of it: a bare echo shows how long anything waits beside them. An idle
connection asks every six seconds, as one that is silent for ten is closed."""
import contextlib
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from common import attempt, limit, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
IDLE = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
os.environ["ROVE_BUILD"] = str(BUILD)

from harness import free_port, wait_until  # noqa: E402
from https_parts import Https, is_listening, load, output_of, program  # noqa: E402

HOSTS = 20_000
RATE = 100
SLOW = 2000
FLOOD = 1000  # handshakes a second
MOST_SLOW = 3  # times the p99 when all is quiet
OWN_DESCRIPTORS = 128  # of a process, beside two for each connection and one on its way (role_tls.c)


def private_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return sum(int(n) for n in re.findall(r"^Private_(?:Clean|Dirty): +(\d+)", text, re.MULTILINE))


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


@contextlib.contextmanager
def rough(rove, kind, number):
    """Rough clients as long as it is open; what they counted is in the list afterwards."""
    counted = {}
    with subprocess.Popen([program("https_rough"), str(rove.port), str(HOSTS), kind, str(number)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield counted
            said, _ = process.communicate("\n", timeout=120)
            counted.update((name, int(n)) for name, n in re.findall(r"(\w+) (\d+)", said))
        finally:
            process.kill()


def over_https(rove):
    said = load(rove.port, 4, SECONDS, HOSTS, "1.3", "resumed", RATE)
    assert said["failed"] == 0, said
    return said["p50"], said["p99"]


def over_http(port):
    """By load, of Rove or of the echo."""
    said = output_of(program("load"), port, 4, SECONDS, HOSTS, "same", RATE)
    return tuple(int(re.search(rf"{name} (\d+) us", said)[1]) for name in ("p50", "p99"))


def over_dns(rove):
    """Microseconds that single questions wait; one that is not answered within a second fails."""
    took, until = [], time.monotonic() + SECONDS
    while time.monotonic() < until:
        begun = time.monotonic()
        rove.rove.query(f"h{len(took) % HOSTS:07}.dyn.example.org", "AAAA")
        took.append(1e6 * (time.monotonic() - begun))
        time.sleep(1 / RATE)
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100]


def show(what, rows):
    """A line of p50 and p99 over the rounds."""
    rows = [row for row in rows if row]
    if rows:
        say(f"{what}: p50 {statistics.median(row[0] for row in rows) / 1000:.2f} ms, p99 "
            f"{statistics.median(row[1] for row in rows) / 1000:.2f} ms "
            f"({min(row[1] for row in rows) / 1000:.2f} to "
            f"{max(row[1] for row in rows) / 1000:.2f})")


def show_beside(what, rove, kind, number, probes, most=None):
    """Each probe in turns when all is quiet and beside the rough clients."""
    rows = {name: [] for name in probes}
    for _ in range(ROUNDS):
        quiet = {name: attempt(f"{name}, quiet", probe) for name, probe in probes.items()}
        busy = {}

        def beside():
            with rough(rove, kind, number) as counted:
                busy.update((name, attempt(f"{name} beside {what}", probe))
                            for name, probe in probes.items())
            say(f"{what}: {counted}")  # pylint: disable=cell-var-from-loop
        attempt(what, beside)
        for name in probes:
            rows[name].append((quiet[name], busy.get(name)))
    for name, pairs in rows.items():
        show(f"{name}, all quiet", [pair[0] for pair in pairs])
        show(f"{name}, beside {what}", [pair[1] for pair in pairs])
        limit(f"p99 of {name} beside {what}", [busy[1] / quiet[1] for quiet, busy in pairs
                                               if quiet and busy], most)


def show_idle(rove):
    """Memory and descriptors of a connection, and what others wait."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(IDLE, (hard - OWN_DESCRIPTORS) // 3 - 100)
    say(f"idle connections: {count}, as {hard} descriptors are allowed to a process")
    roles = {role: rove.rove.role_pid(role) for role in ("tls", "front")}
    before = {role: (private_kib(pid), descriptors(pid)) for role, pid in roles.items()}
    quiet = [attempt("updates, quiet", over_https, rove) for _ in range(ROUNDS)]
    with rough(rove, "idle", count) as counted:
        for role, pid in roles.items():
            kib, fds = private_kib(pid), descriptors(pid)
            say(f"an idle connection in {role}: {1024 * (kib - before[role][0]) / count:.0f} bytes, "
                f"{(fds - before[role][1]) / count:.1f} descriptors")
        busy = [attempt("updates beside idle connections", over_https, rove)
                for _ in range(ROUNDS)]
    say(f"served at the end: {counted['served']} of {count}")
    show("an update, all quiet", quiet)
    show(f"an update, beside {count} idle connections", busy)
    limit("p99 of an update beside idle connections",
          [row[1] / alone[1] for row, alone in zip(busy, quiet) if row and alone], None)


@contextlib.contextmanager
def echo():
    port = free_port()
    with subprocess.Popen([program("echo"), str(port), "180"]) as process:
        try:
            wait_until(lambda: is_listening(port), 20, "the echo")
            yield port
        finally:
            process.kill()


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        # One thread, so that all connections can be of one: its limit is a part of the whole.
        rove = Https(folder, HOSTS, options="threads = 1",
                     http="max_connections = 20000 max_connections_per_source = 20000")
        stack.callback(rove.clean_up)
        rove.start()
        attempt("idle connections", show_idle, rove)
        show_beside(f"{SLOW} slow connections", rove, "slow", SLOW,
                    {"an update": lambda: over_https(rove)}, MOST_SLOW)
        port = stack.enter_context(echo())
        show_beside(f"{FLOOD} handshakes a second", rove, "flood", FLOOD, {
            "an update": lambda: over_https(rove),
            "an update over plain HTTP": lambda: over_http(rove.rove.http_port),
            "an echo over plain HTTP": lambda: over_http(port),
            "a DNS question": lambda: over_dns(rove)})


run(main)
