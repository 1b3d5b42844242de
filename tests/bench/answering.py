#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question costs: microseconds of CPU (user and system) and questions per second, ours
beside NSD, Knot, named, tinydns and a program that does nothing but receive and send.

    answering.py BUILD-FOLDER [--hosts N] [--rounds N] [--seconds N] [--only SERVER ...]

All have the same zone with an A and an AAAA record for each of N random names, and one worker
on the first core; dnsperf asks from the second: 45 % A, 45 % AAAA, 10 % names that are not
there, EDNS, 100 outstanding. Every server is measured in each of the rounds, in turn. A ratio is
taken within a round, and the median of these is told: the clock of the machine drifts."""
import argparse
import contextlib
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

ask_for = argparse.ArgumentParser()
ask_for.add_argument("build", type=pathlib.Path)
ask_for.add_argument("--hosts", type=int, default=100_000)
ask_for.add_argument("--rounds", type=int, default=7)
ask_for.add_argument("--seconds", type=int, default=4)
ask_for.add_argument("--only", nargs="+", default=[])
OPTIONS = ask_for.parse_args()
os.environ["ROVE_BUILD"] = str(OPTIONS.build.resolve())
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

import dns.exception  # noqa: E402

import zones  # noqa: E402
from harness import BUILD, ask_dns, wait_until  # noqa: E402
from peers import peer  # noqa: E402

SERVER_CORE, CLIENT_CORE = 0, 1
CLIENTS, OUTSTANDING = 10, 100
QUESTIONS = 200_000
TINYDNS = "127.0.0.77"  # always at port 53
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
BATCH = 32  # the answer role's
MOST = {"nsd": 0.95, "knot": 0.95, "floor": 1.15}  # times these


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

def family(pid):
    """The process and all below it: NSD answers in a child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in family(int(child)))]


def cpu_us(pid):
    """User and system time of a process and those below it, all of their threads."""
    total = 0
    for each in family(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_US


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
    assert answered > 0, done.stdout
    return rate, (cpu_us(process.pid) - before) / answered


def show(rounds):
    """A line for each server, then ours in relation to each of the others."""
    for name in rounds[0]:
        rates, costs = zip(*(figures[name] for figures in rounds))
        print(f"{name}: {min(rates):.0f} - {statistics.median(rates):.0f} - {max(rates):.0f} "
              f"questions/s; {min(costs):.2f} - {statistics.median(costs):.2f} - "
              f"{max(costs):.2f} us CPU each", flush=True)
    for name in rounds[0]:
        if "ours" not in rounds[0] or name == "ours":
            continue
        ratio = statistics.median(figures["ours"][1] / figures[name][1] for figures in rounds)
        wanted = f" (wanted: at most {MOST[name]})" if name in MOST else ""
        print(f"ours costs {ratio:.2f} x {name}{wanted}", flush=True)


def main():
    rng = random.Random(1)
    names = random_names(rng, OPTIONS.hosts)
    zone = make_zone(rng, names)
    os.sched_setaffinity(0, {SERVER_CORE})
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as top, \
            contextlib.ExitStack() as stack:
        questions = pathlib.Path(top) / "questions"
        write_questions(rng, names, questions)
        servers = {}
        for name in OPTIONS.only or SERVERS:
            folder = pathlib.Path(top) / name
            folder.mkdir()
            servers[name] = SERVERS[name](folder, zone)
            stack.callback(servers[name][0].wait)
            stack.callback(servers[name][0].terminate)
        rounds = [{name: measure(server, questions) for name, server in servers.items()}
                  for _ in range(OPTIONS.rounds)]
        show(rounds)


main()
