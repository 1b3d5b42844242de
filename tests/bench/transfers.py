#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers. How long NSD takes to get many small zones from Rove, beside the same from Knot; and
how long questions over UDP wait while many transfers of a large zone are under way, beside what
they wait when all is quiet.

    transfers.py BUILD-FOLDER [--zones N] [--names N] [--at-once N] [--rounds N]"""
import argparse
import contextlib
import os
import pathlib
import random
import selectors
import socket
import statistics
import struct
import tempfile
import time

from common import attempt, limit, run, say

ask_for = argparse.ArgumentParser()
ask_for.add_argument("build", type=pathlib.Path)
ask_for.add_argument("--zones", type=int, default=400)
ask_for.add_argument("--names", type=int, default=60_000)
ask_for.add_argument("--at-once", type=int, default=60)
ask_for.add_argument("--rounds", type=int, default=5)
OPTIONS = ask_for.parse_args()
os.environ["ROVE_BUILD"] = str(OPTIONS.build.resolve())

import dns.exception  # noqa: E402

from harness import Rove, ask_dns, free_port, wait_until  # noqa: E402
from peers import peer  # noqa: E402
from test_transfer import KNOT, NSD  # noqa: E402

ADDRESS = "127.0.0.1"
MOST_OF_KNOT, MOST_OF_QUIET = 1.2, 2
LARGE = "large.example"
ASK_S, EVERY_S = 4, 0.002  # so long, and a question so often


def zone_name(number):
    return f"z{number:04}.example"


def start_in(folder, program, *arguments):
    with open(folder / "log", "ab") as log:
        return peer(program).start(*arguments, "-c", folder / "conf", stdout=log, stderr=log)


def serial_at(port, zone):
    with contextlib.suppress(OSError, dns.exception.DNSException):
        answer = ask_dns(ADDRESS, port, zone, "SOA", wait_s=0.5).answer
        return answer and answer[0][0].serial
    return None


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except BaseException:
        process.kill()
        process.wait()
        raise


# ---- many small zones ----------------------------------------------------------------------

def start_knot(folder, zones):
    """A primary with these zones; its process and port."""
    folder.mkdir()
    port = free_port()
    text = KNOT.format(folder=folder, address=ADDRESS, port=port)
    text += f"acl:\n  - id: all\n    address: {ADDRESS}\n    action: transfer\nzone:\n"
    for zone in zones:
        (folder / zone).write_text(
            f"{zone}. 300 IN SOA ns.{zone}. admin.{zone}. 7 1000 2000 300000 60\n"
            f"{zone}. 300 IN NS ns.{zone}.\nns.{zone}. 300 IN A 192.0.2.1\n"
            f"www.{zone}. 300 IN A 192.0.2.2\n", encoding="ascii")
        text += (f"  - domain: {zone}\n    file: {folder}/{zone}\n    acl: all\n"
                 "    zonefile-sync: -1\n    journal-content: none\n")
    (folder / "conf").write_text(text, encoding="ascii")
    process = start_in(folder, "knotd")
    wait_until(lambda: all(serial_at(port, zone) for zone in (zones[0], zones[-1])), 60,
               "Knot has its zones")
    return process, port


def seconds_to_fetch(folder, zones, primary):
    """From the start of an NSD that knows nothing until it has all zones from the primary."""
    folder.mkdir()
    port = free_port()
    text = NSD.format(folder=folder, address=ADDRESS, port=port)
    for zone in zones:
        text += (f"zone:\n    name: {zone}\n    request-xfr: {ADDRESS}@{primary} NOKEY\n"
                 f"    allow-notify: {ADDRESS} NOKEY\n")
    (folder / "conf").write_text(text, encoding="ascii")
    begun = time.monotonic()
    process = start_in(folder, "nsd", "-d")
    try:
        left = list(zones)
        while left:
            while left and serial_at(port, left[-1]):
                left.pop()
            if time.monotonic() > begun + 120:
                raise TimeoutError(f"{len(left)} zones are not there after 120 s")
            time.sleep(0.01)
        return time.monotonic() - begun
    finally:
        stop(process)


def show_many(folder, rove_port, zones):
    """NSD fetches from both in turn."""
    started = attempt("Knot as a primary", start_knot, folder / "knot", zones)
    if not started:
        return
    knot, knot_port = started
    rows = []
    try:
        for number in range(OPTIONS.rounds):
            rows.append([attempt(f"{len(zones)} zones from {who}", seconds_to_fetch,
                                 pathlib.Path(tempfile.mkdtemp(dir=folder)) / "nsd", zones, port)
                         for who, port in (("Rove", rove_port), ("Knot", knot_port))])
    finally:
        stop(knot)
    whole = [row for row in rows if all(row)]
    for who, place in (("Rove", 0), ("Knot", 1)):
        if whole:
            took = [row[place] for row in whole]
            say(f"NSD has {len(zones)} small zones of {who}'s after {statistics.median(took):.2f} s "
                f"({min(took):.2f} to {max(took):.2f})")
    limit("time to fetch from Rove beside Knot", [ours / theirs for ours, theirs in whole],
          MOST_OF_KNOT)


# ---- questions beside transfers ------------------------------------------------------------

def query_of(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return labels + b"\0"


def waits(port):
    """What single questions wait, in milliseconds, each from a source port of its own, as
    resolvers ask; one that is lost counts as a second."""
    rng = random.Random()
    took, until = [], time.monotonic() + ASK_S
    while time.monotonic() < until:
        name = query_of(f"h{rng.randrange(OPTIONS.names)}.{LARGE}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.connect((ADDRESS, port))
            begun = time.monotonic()
            client.send(struct.pack(">6H", rng.randrange(65536), 0, 1, 0, 0, 0) + name + b"\0\1\0\1")
            with contextlib.suppress(TimeoutError):
                client.recv(512)
            took.append(1000 * (time.monotonic() - begun))
        time.sleep(EVERY_S)
    return sorted(took)


def begin_fetch(selector, port):
    asked = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + query_of(LARGE) + b"\0\xfc\0\1"
    client = socket.create_connection((ADDRESS, port), 5)
    client.sendall(len(asked).to_bytes(2, "big") + asked)
    client.shutdown(socket.SHUT_WR)
    selector.register(client, selectors.EVENT_READ)


def fetch_for_ever(port, pipe):
    """So many transfers at a time: one that has ended is begun anew. Tells when one has."""
    selector, place = selectors.DefaultSelector(), bytearray(1 << 20)
    for _ in range(OPTIONS.at_once):
        begin_fetch(selector, port)
    while True:
        for key, _ in selector.select():
            with contextlib.suppress(OSError):
                if key.fileobj.recv_into(place) > 0:
                    continue
            selector.unregister(key.fileobj)
            key.fileobj.close()
            os.write(pipe, b"x")
            begin_fetch(selector, port)


@contextlib.contextmanager
def transfers(port):
    """Transfers go on all the time; gives a function that tells how many have ended. They are
    read by a process of their own."""
    pipe, end = os.pipe()
    os.set_blocking(pipe, False)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            fetch_for_ever(port, end)
        os._exit(1)
    os.close(end)

    def ended():
        with contextlib.suppress(BlockingIOError):
            return len(os.read(pipe, 1 << 16))
        return 0

    try:
        time.sleep(0.3)
        yield ended
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(pipe)


def p99(took):
    return took[len(took) * 99 // 100]


def show_waits(rove):
    rows = []
    for _ in range(OPTIONS.rounds):
        quiet = attempt("questions when all is quiet", waits, rove.dns_port)
        with transfers(rove.dns_port) as ended:
            busy = attempt("questions beside transfers", waits, rove.dns_port)
            done = ended()
        say(f"transfers that ended in {ASK_S} s: {done}")
        if quiet and busy and done:
            rows.append((quiet, busy))
    for what, place in (("when all is quiet", 0), (f"beside {OPTIONS.at_once} transfers of "
                                                   f"{OPTIONS.names} names", 1)):
        if rows:
            say(f"a question over UDP waits, {what}: p50 "
                f"{statistics.median(row[place][len(row[place]) // 2] for row in rows):.2f} ms, p99 "
                f"{statistics.median(p99(row[place]) for row in rows):.2f} ms, at most "
                f"{max(row[place][-1] for row in rows):.1f} ms")
    limit("p99 of a question beside transfers", [p99(busy) / p99(quiet) for quiet, busy in rows],
          MOST_OF_QUIET)


# ---- the whole -----------------------------------------------------------------------------

def write_data(path, zones):
    with open(path, "w", encoding="ascii") as out:
        for zone in [*zones, LARGE]:
            out.write(f"Z{zone}:ns.{zone}:admin.{zone}:7:1000:2000:300000:60:300\n"
                      f"&{zone}:192.0.2.1:ns.{zone}:300\n+www.{zone}:192.0.2.2:300\n")
        for number in range(OPTIONS.names):
            out.write(f"+h{number}.{LARGE}:10.{number >> 16}.{number >> 8 & 255}.{number & 255}:60\n")


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        rove = Rove(folder / "rove", f'secondary "all" {{ from = {{ "{ADDRESS}" }} }}').init()
        try:
            zones = [zone_name(number) for number in range(OPTIONS.zones)]
            write_data(rove.static / "data", zones)
            rove.start()
            wait_until(lambda: serial_at(rove.dns_port, LARGE), 60, "the zones are published")
            # As in everyday use, answers come from the file that publish writes to.
            wait_until(lambda: rove.status("answer").get("fed"), 60, "answer is fed")
            if OPTIONS.zones:
                show_many(folder, rove.dns_port, zones)
            if OPTIONS.names:
                show_waits(rove)
        finally:
            rove.clean_up()


run(main)
