#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners to /api/v1/events cost: memory of front for each, CPU of an update that changes
nothing, the wait of updates while others ask the API and listen, and the time from an update's
reply to its event. And how long a list of hosts takes while devices call in.

    events.py BUILD-FOLDER [HOSTS [SECONDS]]

1,000 accounts with 50 hosts each listen; the other hosts are those of nobody who does. Loads and
listeners run on the same machine, so only the ratios mean something."""
import json
import multiprocessing
import os
import pathlib
import re
import selectors
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from common import attempt, cpu_us, limit, memory_kib, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
os.environ["ROVE_BUILD"] = str(BUILD)

from harness import Rove, basic, wait_until  # noqa: E402

ROUNDS = 5
LISTENERS = 1000
HOSTS_EACH = 50
RATE = 2000  # updates a second
ASKED = 200  # API requests a second
CONNECTIONS = 20
TOLD = 300   # updates whose events are timed
CALLS = 5000  # updates a second while lists are asked for
LISTS = 100   # a second
WANTED_MS = 5  # of a list of all hosts of an account, p99


def program(name):
    return str(BUILD / "tests" / "bench" / name)


def output_of(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True,
                          timeout=900).stdout.strip()


def kernel_kib():
    """What the kernel has for all: its slabs, and buffers of TCP."""
    slab = int(re.search(r"Slab: +(\d+)", pathlib.Path("/proc/meminfo").read_text(
        encoding="ascii"))[1])
    pages = int(re.search(r"TCP:.* mem (\d+)", pathlib.Path("/proc/net/sockstat").read_text(
        encoding="ascii"))[1])
    return slab + pages * os.sysconf("SC_PAGE_SIZE") // 1024


def at_machine(rove, calls):
    """What front replies to (path, body) of POST requests: rove-local(7)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.settimeout(60)
        channel.connect(str(rove.run_folder / "front/socket"))
        for path, body in calls:
            text = json.dumps({"method": "POST", "path": path, "body": body}).encode()
            channel.send(struct.pack("<2sBHI", b"RV", 1, 1, len(text))[:8] + text)
            reply = json.loads(channel.recv(1 << 18)[8:])
            assert reply["status"] == 200, reply
            yield reply["body"]


def owners(rove):
    """Gives LISTENERS new accounts their hosts, and returns a token of the API for each."""
    emails = [f"a{number}@example.org" for number in range(LISTENERS)]
    list(at_machine(rove, [("/accounts", {"email": email}) for email in emails]))
    tokens = [made["secret"] for made in at_machine(rove, [
        ("/tokens", {"account": email, "kind": "api", "rights": ["read"]}) for email in emails])]
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        first = database.execute("SELECT min(id) FROM hosts").fetchone()[0]
        database.executemany(
            "UPDATE hosts SET owner_id = (SELECT id FROM accounts WHERE email = ?)"
            " WHERE id BETWEEN ? AND ?",
            [(email, first + number * HOSTS_EACH, first + (number + 1) * HOSTS_EACH - 1)
             for number, email in enumerate(emails)])
    return tokens


def ask(rove, token, path):
    return (f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost:{rove.http_port}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n").encode()


def listen(rove, token):
    connection = socket.create_connection((rove.address, rove.http_port), timeout=20)
    connection.sendall(ask(rove, token, "/events"))
    head = connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 200"), head
    return connection


def read_all(rove, tokens, begun, told):
    """A process that listens for all."""
    chosen = selectors.DefaultSelector()
    for token in tokens:
        chosen.register(listen(rove, token), selectors.EVENT_READ)
    begun.set()
    while True:
        for key, _ in chosen.select():
            told.value += len(key.fileobj.recv(65536)) > 0


def get(connection, rove, token, path):
    """The body of the reply."""
    connection.sendall(ask(rove, token, path))
    got = b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < int(
            re.search(rb"Content-Length: (\d+)", got)[1]):
        got += connection.recv(65536)
    assert got.startswith(b"HTTP/1.1 200"), got[:200]
    return got.partition(b"\r\n\r\n")[2]


def ask_all(rove, tokens, asked):
    """A process that asks for lists of hosts, ASKED in a second."""
    connection = socket.create_connection((rove.address, rove.http_port), timeout=20)
    due = time.monotonic()
    while True:
        for token in tokens:
            get(connection, rove, token, "/hosts?limit=10")
            asked.value += 1
            due += 1 / ASKED
            time.sleep(max(due - time.monotonic(), 0))


class Crowd:
    """Those who listen, and those who ask."""

    def __init__(self, rove, tokens, asks):
        context = multiprocessing.get_context("fork")
        self.told, self.asked = context.Value("q", 0), context.Value("q", 0)
        begun = context.Event()
        self.processes = [context.Process(target=read_all, daemon=True,
                                          args=(rove, tokens, begun, self.told))]
        if asks:
            self.processes.append(context.Process(target=ask_all, daemon=True,
                                                  args=(rove, tokens, self.asked)))
        for process in self.processes:
            process.start()
        assert begun.wait(120)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in self.processes:
            process.kill()
            process.join()
        time.sleep(1)  # until front has noticed


def cost_of_same(rove, hosts, first=0):
    """Microseconds of front's CPU for an update that changes nothing, at full speed."""
    before = cpu_us(rove.role_pid("front"))
    said = output_of(program("load"), rove.http_port, CONNECTIONS, SECONDS, hosts, "same", 1_000_000,
                     first).split()
    return (cpu_us(rove.role_pid("front")) - before) / int(said[said.index("replies") + 1])


def p99_of_updates(rove):
    """p99 of updates that change nothing beside as many that change something, in us."""
    with subprocess.Popen([program("load"), str(rove.http_port), str(CONNECTIONS),
                           str(SECONDS + 2), str(HOSTS // 2), "change", str(RATE // 2)],
                          stdout=subprocess.PIPE, text=True) as beside:
        time.sleep(1)
        said = output_of(program("load"), rove.http_port, CONNECTIONS, SECONDS, HOSTS // 2, "same",
                         RATE // 2, HOSTS // 2)
        changes = int(re.search(r"p99 (\d+) us", beside.stdout.read())[1])
        return int(re.search(r"p99 (\d+) us", said)[1]), changes


def show_memory(rove, tokens):
    before, kernel = memory_kib(rove.role_pid("front"))[0], kernel_kib()
    with Crowd(rove, tokens, False):
        ours = (memory_kib(rove.role_pid("front"))[0] - before) * 1024 / LISTENERS
        say(f"{LISTENERS} silent listeners: {ours:.0f} bytes of front's for each (wanted: at most "
            f"4096), some {(kernel_kib() - kernel) / LISTENERS:.1f} KiB of the kernel for both ends")
        limit("memory of front for a listener beside 4 KiB", [ours / 4096], 1)


def show_costs(rove, tokens):
    """Of hosts that nobody hears of, and of those that are listened to: there each costs an event,
    too, as no host calls twice within a second or so."""
    heard = LISTENERS * HOSTS_EACH
    others = (rove, HOSTS - heard, heard)
    rows = []
    for _ in range(ROUNDS):
        alone = attempt("no change without listeners", cost_of_same, *others)
        with Crowd(rove, tokens, False):
            rows.append((alone, attempt("no change beside listeners", cost_of_same, *others),
                         attempt("no change that is heard", cost_of_same, rove, heard)))
    rows = [row for row in rows if all(row)]
    for at, words in enumerate(("without listeners", f"of other hosts beside {LISTENERS}",
                                "that somebody hears of")):
        say(f"no change {words}: {statistics.median([row[at] for row in rows]):.2f} us CPU of front")
    limit("no change beside listeners", [row[1] / row[0] for row in rows], None)
    limit("no change that somebody hears of", [row[2] / row[0] for row in rows], None)


def show_waits(rove, tokens):
    rows = []
    for _ in range(ROUNDS):
        alone = attempt("updates without listeners", p99_of_updates, rove)
        with Crowd(rove, tokens, True) as crowd:
            beside = attempt("updates with listeners", p99_of_updates, rove)
            rows.append((alone, beside, crowd.told.value, crowd.asked.value))
    rows = [row for row in rows if row[0] and row[1]]
    for at, words in enumerate((f"{RATE // 2}/s that change nothing", f"{RATE // 2}/s that do")):
        for place, beside in enumerate(("alone", f"beside {LISTENERS} listeners and {ASKED} API "
                                        "requests/s")):
            waits = [row[place][at] for row in rows]
            say(f"{words}, {beside}: p99 {statistics.median(waits)} us "
                f"({min(waits)} to {max(waits)})")
        limit(f"p99 of {words}", [row[1][at] / row[0][at] for row in rows], 1.2 if at == 0 else None)
    say(f"told meanwhile: {statistics.median([row[2] for row in rows])} events, "
        f"{statistics.median([row[3] for row in rows])} API requests, in some {SECONDS + 3} s")


def secret_of(host):
    """As secret.h has it."""
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "rv_" + "".join(letters[host >> 5 * place & 31] for place in range(23, -1, -1))


def read_until(connection, what):
    got = b""
    while what not in got:
        got += connection.recv(65536)
    return time.monotonic()


def times_of_events(rove, tokens):
    """Milliseconds from an update's reply until its event is read."""
    connection = socket.create_connection((rove.address, rove.http_port), timeout=20)
    streams = {}
    times = []
    for number in range(TOLD):
        account = number % 100
        if account not in streams:
            streams[account] = listen(rove, tokens[account])
        host = account * HOSTS_EACH + number // 100
        name = f"h{host:07}.dyn.example.org"
        secret = secret_of(host)
        ip = f"192.0.2.{number % 250 + 1}"
        connection.sendall((f"GET /nic/update?hostname={name}&myip={ip} HTTP/1.1\r\nHost: x\r\n"
                            f"Authorization: {basic(name, secret)}\r\n\r\n").encode())
        replied = read_until(connection, b"good")
        times.append((read_until(streams[account], ip.encode()) - replied) * 1000)
    for stream in streams.values():
        stream.close()
    return sorted(times)


def show_times(rove, tokens):
    times = attempt("from a reply to its event", times_of_events, rove, tokens)
    if times:
        say(f"from an update's reply to its event: p50 {statistics.median(times):.2f} ms, "
            f"p99 {times[len(times) * 99 // 100]:.2f} ms ({len(times)} updates)")


def times_of_lists(rove, tokens, changes):
    """Milliseconds from the moment when a list of all hosts of an account was due until it is
    there, while CALLS updates a second come, of which so many change something."""
    loads = [subprocess.Popen([program("load"), *map(str, (
        rove.http_port, CONNECTIONS, SECONDS + 2, HOSTS // 2, how, rate, first))],
        stdout=subprocess.PIPE, text=True) for how, rate, first in (
            ("same", CALLS - changes, HOSTS // 2), ("change", changes, 0)) if rate]
    time.sleep(1)
    connection = socket.create_connection((rove.address, rove.http_port), timeout=20)
    times, due = [], time.monotonic()
    for number in range(LISTS * SECONDS):
        body = get(connection, rove, tokens[number * 7 % LISTENERS], "/hosts?limit=64")
        if number < LISTENERS // 100:
            assert len(json.loads(body)["items"]) == HOSTS_EACH
        times.append((time.monotonic() - due) * 1000)
        due += 1 / LISTS
        time.sleep(max(due - time.monotonic(), 0))
    said = [load.communicate()[0] for load in loads]
    replies = sum(int(re.search(r"replies (\d+)", text)[1]) for text in said)
    assert replies > CALLS * (SECONDS + 2) * 0.95, said
    return sorted(times)


def show_lists(rove, tokens):
    for changes in (0, CALLS // 10):
        rows = [attempt("lists", times_of_lists, rove, tokens, changes) for _ in range(ROUNDS)]
        p50, p99 = ([times[len(times) * part // 100] for times in rows if times] for part in (50, 99))
        if p99:
            say(f"a list of {HOSTS_EACH} hosts among {HOSTS}, beside {CALLS} updates/s ({changes} change "
                f"something): p50 {statistics.median(p50):.2f} ms, p99 {statistics.median(p99):.2f} ms "
                f"({min(p99):.2f} to {max(p99):.2f})")
        limit(f"p99 of a list beside {changes} changes/s, to {WANTED_MS} ms", [ms / WANTED_MS for ms in p99], 1)


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        rove = Rove(folder / "rove", "").init()
        rove.config.write_text(re.sub(
            r"http \{", f"http {{ max_connections_per_source = {2 * LISTENERS}",
            rove.config.read_text(), count=1) +
            f'web {{ origin = "http://localhost:{rove.http_port}" read_rate = 0 }}\n')
        output_of(program("bench_store"), rove.data, HOSTS, rove.data / "rove.key")
        try:
            rove.start()
            tokens = owners(rove)
            rove.start()
            wait_until(lambda: rove.image.joinpath("data.cdb").exists(), 300, "the first image")
            attempt("memory", show_memory, rove, tokens)
            show_lists(rove, tokens)
            show_times(rove, tokens)
            show_costs(rove, tokens)
            show_waits(rove, tokens)
        finally:
            rove.clean_up()


run(main)
