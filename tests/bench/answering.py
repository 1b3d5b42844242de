#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question costs: microseconds of CPU (user and system) and questions per second, ours
beside NSD, Knot, named, tinydns and a program that does nothing but receive and send.

    answering.py BUILD-FOLDER [--hosts N] [--rounds N] [--seconds N] [--only SERVER ...] [--worst]

All have the same zone with an A and an AAAA record for each of N random names, and one worker
on the first core; dnsperf asks from the second: 45 % A, 45 % AAAA, 10 % names that are not
there, EDNS, 100 outstanding. Every server is measured in each of the rounds, in turn. A ratio is
taken within a round, and the median of these is told: the clock of the machine drifts.

--worst asks ours what costs most (worst.py) beside the everyday questions, of an image of ours
and of one that tinydns-data made."""
import argparse
import contextlib
import os
import pathlib
import random
import re
import statistics
import subprocess
import tempfile

from common import TICK_US, attempt, cpu_us, limit, run, say

ask_for = argparse.ArgumentParser()
ask_for.add_argument("build", type=pathlib.Path)
ask_for.add_argument("--hosts", type=int, default=100_000)
ask_for.add_argument("--rounds", type=int, default=7)
ask_for.add_argument("--seconds", type=int, default=4)
ask_for.add_argument("--only", nargs="+", default=[])
ask_for.add_argument("--worst", action="store_true")
OPTIONS = ask_for.parse_args()
os.environ["ROVE_BUILD"] = str(OPTIONS.build.resolve())

import dns.exception  # noqa: E402

import worst  # noqa: E402
import zones  # noqa: E402
from harness import BUILD, ask_dns, wait_until  # noqa: E402
from peers import peer  # noqa: E402

SERVER_CORE, CLIENT_CORE = 0, 1
CLIENTS, OUTSTANDING = 10, 100
QUESTIONS = 200_000
TINYDNS = "127.0.0.77"  # always at port 53
BATCH = 32  # the answer role's
TICKS_MIN = 5  # fewer say nothing
# Times these; the floor never waits for memory, as everybody must who has many names.
MOST = {"nsd": 0.95, "knot": 0.95, "floor": 1.2 if OPTIONS.hosts <= 100_000 else 1.35}


def random_names(rng, count):
    names = set()
    while len(names) < count:
        names.add(f"{rng.getrandbits(40):010x}.{zones.ZONE}")
    return sorted(names)


def make_zone(rng, names):
    zone = zones.Records()
    zone.ns(zones.ZONE, f"ns.{zones.ZONE}", 300)
    zone.a(f"ns.{zones.ZONE}", 53, 300)
    for name in names:
        zone.a(name, rng.randrange(256), 60)
        zone.aaaa(name, rng.randrange(256), 60)
    return zone


def write_questions(rng, names, path):
    with open(path, "w", encoding="ascii") as out:
        for _ in range(QUESTIONS):
            kind = rng.random()
            name = rng.choice(names) if kind < 0.9 else f"{rng.getrandbits(40):x}.no.{zones.ZONE}"
            out.write(f"{name} {'A' if kind < 0.45 or kind > 0.95 else 'AAAA'}\n")


# ---- servers: each gives its process and where it answers ----------------------------------

def start_ours(folder, zone):
    server = zones.start_ours(folder, zone)
    return server.process, zones.ADDRESS, server.port


def start_peer(start):
    def begin(folder, zone):
        server = start(folder, zone)
        return server.process, zones.ADDRESS, server.port
    return begin


def start_knot(folder, zone):
    (folder / "db").mkdir()
    server = zones.start_peer("knotd", zones.KNOT, [], folder, zone)
    return server.process, zones.ADDRESS, server.port


def is_answering(address, port):
    try:
        return ask_dns(address, port, zones.ZONE, "SOA", wait_s=0.2)
    except (OSError, dns.exception.Timeout):
        return None


def start_tinydns(folder, zone):
    (folder / "data").write_text("\n".join(zone.data) + "\n", encoding="ascii")
    done = peer("tinydns-data").run(cwd=folder)
    assert done.returncode == 0, done.stderr
    ids = {"IP": TINYDNS, "ROOT": str(folder), "UID": str(os.getuid()), "GID": str(os.getgid())}
    process = peer("tinydns").start(env=ids, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_answering(TINYDNS, 53), 20, "tinydns answers")
    return process, TINYDNS, 53


def start_floor(folder, _zone):
    process = subprocess.Popen([BUILD / "tests" / "bench" / "floor", zones.ADDRESS, str(BATCH)],
                               cwd=folder, stdout=subprocess.PIPE, text=True)
    return process, zones.ADDRESS, int(process.stdout.readline())


SERVERS = {"ours": start_ours, "floor": start_floor, "nsd": start_peer(zones.start_nsd),
           "knot": start_knot, "named": start_peer(zones.start_named), "tinydns": start_tinydns}


# ---- measuring ------------------------------------------------------------------------------

def measure(server, questions):
    """Questions per second and microseconds of CPU for each."""
    process, address, port = server
    before = cpu_us(process.pid)
    done = peer("dnsperf").run(
        "-s", address, "-p", port, "-d", questions, "-e", "-c", CLIENTS, "-q", OUTSTANDING,
        "-l", OPTIONS.seconds, "-T", 1, "-t", 2,
        preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CORE}))
    assert done.returncode == 0, done.stdout + done.stderr
    answered = int(re.search(r"Queries completed: *(\d+)", done.stdout)[1])
    rate = float(re.search(r"Queries per second: *([\d.]+)", done.stdout)[1])
    used = cpu_us(process.pid) - before
    assert answered > 0 and used >= TICKS_MIN * TICK_US, f"{answered} answers in {used} us"
    return rate, used / answered


def begin(stack, top, name, start, zone):
    """A server, or None; it is stopped with the stack. Each try has a folder of its own."""
    def begin_one():
        server = start(pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top)), zone)
        stack.callback(server[0].wait)
        stack.callback(server[0].terminate)
        return server
    return attempt(f"start of {name}", begin_one)


def ratios(rounds, name, other):
    """Of the costs within each round that has both."""
    return [figures[name][1] / figures[other][1] for figures in rounds
            if figures.get(name) and figures.get(other)]


def show(rounds, names):
    """A line for each server, then ours in relation to each of the others."""
    for name in names:
        told = [figures[name] for figures in rounds if figures[name]]
        if told:
            rates, costs = zip(*told)
            say(f"{name}: {min(rates):.0f} - {statistics.median(rates):.0f} - {max(rates):.0f} "
                f"questions/s; {min(costs):.2f} - {statistics.median(costs):.2f} - "
                f"{max(costs):.2f} us CPU each")
    for name in names:
        if "ours" in names and name != "ours":
            limit(f"ours beside {name}", ratios(rounds, "ours", name), MOST.get(name))


def show_servers(stack, top, zone, questions):
    servers = {name: begin(stack, top, name, SERVERS[name], zone)
               for name in OPTIONS.only or SERVERS}
    servers = {name: server for name, server in servers.items() if server}
    rounds = [{name: attempt(f"{name} in round {number}", measure, server, questions)
               for name, server in servers.items()} for number in range(OPTIONS.rounds)]
    show(rounds, list(servers))


# ---- the worst questions --------------------------------------------------------------------

def start_unmarked(folder, zone):
    """Ours with an image that another program made."""
    (folder / "data").write_text("\n".join(zone.data) + "\n", encoding="ascii")
    done = peer("tinydns-data").run(cwd=folder)
    assert done.returncode == 0, done.stderr
    server = zones.serve_ours(folder)
    return server.process, zones.ADDRESS, server.port


def show_worst(stack, top, zone, everyday):
    worst.fill(zone)
    files = {"everyday": everyday}
    for number, (what, kind) in enumerate(worst.KINDS.items()):
        files[what] = pathlib.Path(top) / f"worst-{number}"
        worst.write_questions(kind, files[what])
    for image, start in (("an image of ours", start_ours), ("tinydns-data's", start_unmarked)):
        server = begin(stack, top, image.split(" ", 1)[0], start, zone)
        if not server:
            continue
        rounds = [{what: attempt(f"{what}, round {number}", measure, server, questions)
                   for what, questions in files.items()} for number in range(OPTIONS.rounds)]
        costs = [figures["everyday"][1] for figures in rounds if figures["everyday"]]
        say(f"{image}: an everyday question costs {statistics.median(costs):.2f} us")
        for what, kind in worst.KINDS.items():
            limit(f"{image}: {what}", ratios(rounds, what, "everyday"),
                  kind.most if start is start_ours else None)


def main():
    rng = random.Random(1)
    names = random_names(rng, OPTIONS.hosts)
    zone = make_zone(rng, names)
    os.sched_setaffinity(0, {SERVER_CORE})
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as top, \
            contextlib.ExitStack() as stack:
        questions = pathlib.Path(top) / "questions"
        write_questions(rng, names, questions)
        (show_worst if OPTIONS.worst else show_servers)(stack, top, zone, questions)


run(main)
