#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole service at size: front's start and its memory per host, durable changes per
second over HTTP, how long a no-change waits meanwhile, full rebuild beside tinydns-data, memory
of each role.

    service.py BUILD-FOLDER [HOSTS [SECONDS]]

The load generator runs on the same machine. Figures depend on the machine; the lines that
name a peer or a floor were measured in the same run."""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from common import attempt, limit, memory_kib, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
os.environ["ROVE_BUILD"] = str(BUILD)

from harness import Rove, free_port, wait_until  # noqa: E402
from peers import peer  # noqa: E402

RUNS = 3
WAITS = 5  # pairs of Rove and the echo
CONNECTIONS = 100
REPLY_SIZE = 180  # bytes, as front's
RATE = 5000  # changes a second beside which no-change is timed
NOBODY = "rv_" + "0" * 24  # the token of host 0


def program(name):
    return str(BUILD / "tests" / "bench" / name)


def output_of(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True,
                          timeout=900).stdout.strip()


def cpu_s(pid):
    """User and system seconds of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def takes_updates(rove):
    try:
        status, said = rove.update("h0000000.dyn.example.org", NOBODY, "2001:db8::1")
    except OSError:
        return False
    return status == 200 and said.startswith(("nochg", "good", "badauth"))


def start_front(rove):
    """Starts front alone; seconds until the first update was answered, private KiB then."""
    before = time.monotonic()
    front = rove.start_role("front")
    wait_until(lambda: takes_updates(rove), 60, "front takes updates")
    took = time.monotonic() - before
    return took, memory_kib(front.pid)[0]


def empty_front_kib(folder):
    """Private memory of front without a host."""
    rove = Rove(folder, "").init()
    try:
        rove.start_role("front")
        wait_until(rove.front_is_ready, 20, "front is ready")
        return memory_kib(rove.role_pid("front"))[0]
    finally:
        rove.clean_up()


def show_start(rove, folder):
    empty = empty_front_kib(folder)
    took, full = start_front(rove)
    show_per_host("start", empty, full)
    print(f"start with {HOSTS} hosts until an update is answered: {took:.2f} s", flush=True)
    rove.stop()
    return empty


def show_per_host(when, empty, full):
    print(f"front's private memory after {when}: {full} KiB, without hosts {empty} KiB: "
          f"{(full - empty) * 1024 / HOSTS:.0f} bytes per host with one token", flush=True)


def wait_beside_changes(rove, port, half):
    """A no-change at the port while hosts of the first half change. p99 in microseconds, and
    what the changes had to say."""
    with subprocess.Popen([program("load"), str(rove.http_port), str(CONNECTIONS),
                           str(SECONDS + 2), str(half), "change", str(RATE)],
                          stdout=subprocess.PIPE, text=True) as beside:
        time.sleep(1)
        said = output_of(program("load"), port, 20, SECONDS, half, "same", RATE, half)
        return int(re.search(r"p99 (\d+) us", said)[1]), beside.stdout.read().strip()


def show_wait(rove):
    """A no-change beside changes at a fixed rate, which go to the other half of the hosts: on
    one that has changed the same request would be a change too, and wait. The floor is an echo
    in front's place: two processors are shared by all there is, the load too."""
    half = max(HOSTS // 2, 1)
    port = free_port()
    with subprocess.Popen([program("echo"), str(port), str(REPLY_SIZE)]) as echo:
        try:
            rows = [(attempt("no-change beside changes", wait_beside_changes, rove,
                             rove.http_port, half),
                     attempt("the echo beside changes", wait_beside_changes, rove, port, half))
                    for _ in range(WAITS)]
        finally:
            echo.kill()
    for name, place in (("Rove", 0), ("the echo", 1)):
        waits = [row[place][0] for row in rows if row[place]]
        if waits:
            say(f"no-change at {RATE}/s beside {RATE} changes/s, {name}: p99 "
                f"{statistics.median(waits)} us ({min(waits)} to {max(waits)})")
    limit("p99 of no-change beside the echo's", [row[0][0] / row[1][0] for row in rows if all(row)],
          None)
    for row in rows[:1]:
        say(f"beside: {row[0][1] if row[0] else 'not measured'}")


def show_rates(rove):
    for mode in ("change", "same"):
        attempt(f"updates, {mode}", show_rate, rove, mode)


def show_rate(rove, mode):
    before = {role: cpu_s(rove.role_pid(role)) for role in ("front", "publish")}
    said = output_of(program("load"), rove.http_port, CONNECTIONS, SECONDS, HOSTS, mode)
    used = {role: cpu_s(rove.role_pid(role)) - before[role] for role in before}
    print(f"updates, {mode}, {CONNECTIONS} connections, {SECONDS} s: {said}; CPU seconds: "
          f"front {used['front']:.1f}, publish {used['publish']:.1f}", flush=True)


def write_text(path):
    """The same zone as text in the tinydns data language."""
    with open(path, "w", encoding="ascii") as text:
        text.write(".dyn.example.org::ns1.example.org\n")
        for i in range(HOSTS):
            v6 = "".join(f"\\{byte:03o}" for byte in
                         bytes.fromhex("20010db8") + i.to_bytes(4, "big") + bytes(7) + b"\1")
            name = f"h{i:07}.dyn.example.org"
            text.write(f"+{name}:10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}:60\n"
                       f":{name}:28:{v6}:60\n")


def show_rebuild(rove, folder):
    (folder / "tinydns").mkdir(exist_ok=True)
    (folder / "image").mkdir(exist_ok=True)
    write_text(folder / "tinydns" / "data")
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(int(output_of(program("rebuild"), rove.database, folder / "image")) / 1000)
        start = time.monotonic()
        done = peer("tinydns-data").run(cwd=folder / "tinydns")
        theirs.append(time.monotonic() - start)
        assert done.returncode == 0, done.stderr
    print(f"full rebuild of {HOSTS} hosts: from the database {statistics.median(ours):.2f} s, "
          f"tinydns-data from text {statistics.median(theirs):.2f} s, "
          f"ratio {statistics.median(ours) / statistics.median(theirs):.2f} "
          f"(medians of {RUNS}, in turn)", flush=True)


def show_memory(rove):
    for role in ("front", "publish", "answer"):
        private, share = memory_kib(rove.role_pid(role))
        say(f"memory of {role}: private {private} KiB, proportional {share} KiB")


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        rove = Rove(folder / "rove", "").init()
        say("floor, the store alone: " +
            output_of(program("bench_store"), rove.data, HOSTS, rove.data / "rove.key"))
        try:
            # A try that failed may have left front running, and its folder.
            empty = attempt("the start of front", show_start, rove,
                            pathlib.Path(tempfile.mkdtemp(dir=folder)) / "empty", tries=1)
            rove.stop()
            rove.start()
            wait_until(lambda: rove.status("publish") and rove.image.joinpath("data.cdb").exists(),
                       300, "the first image")
            show_wait(rove)
            show_rates(rove)
            if empty:
                show_per_host("changes", empty, memory_kib(rove.role_pid("front"))[0])
            attempt("memory", show_memory, rove)
            rove.stop()
            attempt("rebuild", show_rebuild, rove, folder)
        finally:
            rove.clean_up()


run(main)
