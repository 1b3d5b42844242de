#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole service while addresses change: what a question costs answer then, beside what it
costs when all is quiet, and how long after the reply to an update the new address is in DNS:
by answer, and by Debian's tinydns on the same directory (as root only).

    changing.py BUILD-FOLDER [--hosts N] [--rate N] [--secondaries]

--secondaries looks at NSD, Knot and named instead, which take the zone from answer. RATE
updates a second change hosts of the first half; what is looked at lies in the second."""
import argparse
import contextlib
import os
import pathlib
import random
import re
import socket
import statistics
import struct
import subprocess
import tempfile
import time

from common import attempt, cpu_us, limit, run, say

ask_for = argparse.ArgumentParser()
ask_for.add_argument("build", type=pathlib.Path)
ask_for.add_argument("--hosts", type=int, default=1_000_000)
ask_for.add_argument("--rate", type=int, default=1000)
ask_for.add_argument("--secondaries", action="store_true")
OPTIONS = ask_for.parse_args()
BUILD, HOSTS, RATE = OPTIONS.build.resolve(), OPTIONS.hosts, OPTIONS.rate
os.environ["ROVE_BUILD"] = str(BUILD)

from harness import Rove, free_port, wait_until  # noqa: E402
from peers import peer  # noqa: E402
from test_transfer import (ADDRESS, KINDS, ZONE, Secondary, example,  # noqa: E402
                           key_file)

ROUNDS, SECONDS = 5, 4
LOOKS = 300
QUESTIONS_A_SECOND = 30_000  # leaves the other roles their share of the cores
QUESTIONS = 100_000
TINYDNS = "127.0.0.77"  # always at port 53
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
MOST = 1.1  # times what it costs when all is quiet

def host_name(number):
    return f"h{number:07}.dyn.example.org"


def secret(number):
    """secret.h's."""
    digits = ""
    for _ in range(24):
        digits = DIGITS[number % 32] + digits
        number //= 32
    return "rv_" + digits


def program(name):
    return str(BUILD / "tests" / "bench" / name)


@contextlib.contextmanager
def changes(rove, seconds):
    """Changes go on for so long, or until the end of the block."""
    with subprocess.Popen([program("load"), str(rove.http_port), "20", str(seconds),
                           str(HOSTS // 2), "change", str(RATE)], stdout=subprocess.PIPE,
                          text=True) as load:
        try:
            time.sleep(0.5)  # until it is under way
            yield load
            assert load.poll() is None, "the changes ended before"
        finally:
            load.terminate()


def write_questions(path):
    rng = random.Random(1)
    with open(path, "w", encoding="ascii") as out:
        for _ in range(QUESTIONS):
            number = rng.randrange(HOSTS) + (HOSTS if rng.random() < 0.1 else 0)
            out.write(f"{host_name(number)} {rng.choice(['A', 'AAAA'])}\n")


def cost(rove, questions):
    """Microseconds of answer's CPU for a question."""
    pid = rove.role_pid("answer")
    before = cpu_us(pid)
    done = peer("dnsperf").run("-s", rove.address, "-p", rove.dns_port, "-d", questions, "-e",
                               "-c", 10, "-q", 100, "-l", SECONDS, "-Q", QUESTIONS_A_SECOND)
    used = cpu_us(pid) - before
    return used / int(re.search(r"Queries completed: *(\d+)", done.stdout)[1])


def cost_beside_changes(rove, questions):
    with changes(rove, SECONDS + 30):
        return cost(rove, questions)


def show_costs(rove, questions):
    rows = []
    for _ in range(ROUNDS):
        row = (attempt("a question when all is quiet", cost, rove, questions),
               attempt("a question beside changes", cost_beside_changes, rove, questions))
        if all(row):
            rows.append(row)
    if rows:
        quiet, busy = zip(*rows)
        say(f"a question, {HOSTS} hosts: {statistics.median(quiet):.2f} us CPU of answer; beside "
            f"{RATE} changes/s {statistics.median(busy):.2f} us")
    limit("a question beside changes", [busy / quiet for quiet, busy in rows], MOST)


def ask_address(name):
    """A query for an A record."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 0x1234, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def seconds_until(server, query, address):
    """Asks again and again until the address is in the answer."""
    start = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.05)
        asking.connect(server)
        while time.monotonic() < start + 30:
            with contextlib.suppress(TimeoutError):
                asking.send(query)
                if address in asking.recv(512):
                    return time.monotonic() - start
    raise TimeoutError(f"{server} never said so")


def show_visible(rove, who, server):
    """Milliseconds from the reply to an update to the first right answer."""
    rng = random.Random()
    took = []
    with changes(rove, 300):
        for _ in range(LOOKS):
            number = HOSTS // 2 + rng.randrange(HOSTS // 2)
            address = bytes([10, *rng.randbytes(3)])
            said = rove.update(host_name(number), secret(number), socket.inet_ntoa(address))
            assert said[1].startswith("good"), said
            took.append(1000 * seconds_until(server, ask_address(host_name(number)), address))
    took.sort()
    say(f"from the reply to the answer of {who}, beside {RATE} changes/s: "
        f"p50 {took[LOOKS // 2]:.2f} ms, p99 {took[LOOKS * 99 // 100]:.2f} ms")


@contextlib.contextmanager
def running_tinydns(root):
    process = peer("tinydns").start(
        env={"ROOT": str(root), "IP": TINYDNS, "UID": "65534", "GID": "65534"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield TINYDNS, 53
    finally:
        process.kill()
        process.wait()


def transfer_settings(folder, ports):
    """Lets a secondary at each of the ports take the zones."""
    key, secondary = example("rove").split("\n\n")
    return key.replace("/etc/rove/transfer.key", str(key_file(folder))) + "\n" + "".join(
        secondary.replace("192.0.2.53:53", f"{ADDRESS}:{port}")
        .replace("192.0.2.53", ADDRESS).replace("ns2", kind) for kind, port in ports.items())


def show_secondary(rove, folder, kind, port):
    secondary = Secondary(kind, pathlib.Path(tempfile.mkdtemp(dir=folder)) / kind, port,
                          rove.dns_port)
    secondary.start()
    try:
        wait_until(lambda: secondary.addresses(host_name(HOSTS - 1)), 300, f"{kind} has the zone")
        show_visible(rove, kind, (ADDRESS, port))
    finally:
        secondary.stop()


@contextlib.contextmanager
def service(folder, settings):
    """Rove with its hosts, running."""
    rove = Rove(folder / "rove", settings).init()
    try:
        (rove.static / "data").write_text(ZONE)
        subprocess.run([program("bench_store"), rove.data, str(HOSTS), rove.data / "rove.key"],
                       check=True, stdout=subprocess.DEVNULL, timeout=900)
        rove.start()
        wait_until(lambda: rove.image.joinpath("data.cdb").exists(), 300, "the first image")
        yield rove
    finally:
        rove.clean_up()


def show_tinydns(rove):
    with running_tinydns(rove.image) as server:
        show_visible(rove, "tinydns", server)


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        if OPTIONS.secondaries:
            ports = {kind: free_port() for kind in KINDS}
            with service(folder, transfer_settings(folder, ports)) as rove:
                # One after the other, so that each has the machine for itself.
                for kind, port in ports.items():
                    attempt(f"changes at {kind}", show_secondary, rove, folder, kind, port)
            return
        write_questions(folder / "questions")
        with service(folder, "") as rove:
            show_costs(rove, folder / "questions")
            attempt("changes in answer", show_visible, rove, "answer",
                    (rove.address, rove.dns_port))
            if os.geteuid() == 0:
                attempt("changes in tinydns", show_tinydns, rove)


run(main)
