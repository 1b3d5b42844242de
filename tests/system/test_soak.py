# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything at once, for ROVE_SOAK_SECONDS (20 unless told): nothing grows, nothing is left
open, and no request meets trouble of ours."""
import collections
import contextlib
import dataclasses
import itertools
import os
import socket
import threading
import time

import dns.message
import dns.query
import pytest

from harness import ROLES, set_option, wait_until
from raw import (HOST, PING, SMALL_QUARANTINE, Crowd, Kept, Local, allow_descriptors, ask,
                 connect, descriptors, reset, resident_kib, sources,
                 update_request, wait_no_connections)

SECONDS = float(os.environ.get("ROVE_SOAK_SECONDS", "20"))
WARM_PART = 0.4          # of the time, after which nothing may grow any more
HOSTS = 40
# What a role may gain after it is warm: tables and caches of fixed size take their pages as
# they need them. And 1 MiB an hour.
GROWTH_KIB = 4096
CACHE_KIB = 18 * 1024    # front's two page caches: they keep pages of the database as it grows
SLOW_PEERS = 60


@dataclasses.dataclass
class Load:
    """What the workers share. Each counts its replies by worker and word."""
    rove: object
    hosts: list             # (name, secret)
    over: threading.Event = dataclasses.field(default_factory=threading.Event)
    counts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    last: dict = dataclasses.field(default_factory=dict)  # name: address last called good
    failures: list = dataclasses.field(default_factory=list)

    def by_worker(self):
        found = collections.Counter()
        for (worker, _, _), count in list(self.counts.items()):
            found[worker] += count
        return found

    def has_enough(self):
        """Of each worker."""
        found = self.by_worker()
        return all(found[worker.__name__] >= SECONDS * 2 for worker in WORKERS)

    def note(self, worker, reply):
        self.counts[worker, reply.status, reply.words.split(" ")[0].strip()] += 1

    def pace(self, seconds):
        """Between two requests; true while the soak goes on."""
        return not self.over.wait(seconds)


def change(load):
    """Each host moves on, one after the other, on kept connections."""
    kept = Kept(load.rove)
    for n, (name, secret) in enumerate(itertools.cycle(load.hosts[:HOSTS // 2])):
        address = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        reply = kept.ask(update_request(name, secret, address))
        load.note("change", reply)
        assert reply.words == f"good {address}\n", reply
        load.last[name] = address
        if not load.pace(0.02):
            break
    kept.close()


def repeat(load):
    """What never changes, on connections of its own now and then."""
    kept = Kept(load.rove, "127.0.0.50")
    for n, (name, secret) in enumerate(itertools.cycle(load.hosts[HOSTS // 2:])):
        request = update_request(name, secret, "198.51.100.7")
        reply = kept.ask(request) if n % 3 else ask(load.rove, request)[0]
        load.note("repeat", reply)
        assert reply.words in ("nochg 198.51.100.7\n", "good 198.51.100.7\n"), reply
        if not load.pace(0.003):
            break
    kept.close()


def guess(load):
    """Wrong tokens, hosts of others, nonsense."""
    name, secret = load.hosts[0]
    rows = [
        (update_request(name, "rv_" + "a" * 24, "198.51.100.66"), {(401, "badauth\n")}),
        (update_request("nobody.dyn.example.org", secret, "198.51.100.66"), {(200, "nohost\n")}),
        (f"GET /nic/update?{'x=y&' * 30} HTTP/1.1\r\n{HOST}\r\n".encode(), {(401, "badauth\n")}),
        (update_request(name, secret, "not-an-address"), {(200, "badip\n")}),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", {(411, None)}),
        (b"\x16\x03\x01\x02\x00\x01\n\n", {(400, None)}),
    ]
    # So many sources that none of them guesses too often.
    addresses = itertools.cycle(itertools.islice(sources("127.30.0.0"), 401))
    for address, (request, wanted) in zip(addresses, itertools.cycle(rows)):
        (reply,) = ask(load.rove, request, source=address)
        load.note("guess", reply)
        assert any(reply.status == status and words in (None, reply.words)
                   for status, words in wanted), (request, reply)
        if not load.pace(0.01):
            break


def dawdle(load):
    """Slow heads, bodies that never come, resets at any byte."""
    request = PING + PING
    addresses = sources("127.40.0.0")
    with contextlib.closing(Crowd()) as crowd:
        for n in itertools.count():
            if len(crowd.peers) < SLOW_PEERS:
                slow = crowd.add(connect(load.rove, next(addresses)))
                crowd.send(slow, request[:n % len(PING)] if n % 3 else
                           f"POST /nic/update HTTP/1.1\r\n{HOST}Content-Length: 50\r\n\r\n"
                           .encode())
            peer = connect(load.rove)
            peer.sendall(request[:1 + n % len(request)])
            reset(peer)
            crowd.look(0)
            # Who grows tired of waiting goes away by itself.
            for old in list(crowd.peers)[:1] if n % 2 else []:
                crowd.poll.unregister(old)
                crowd.peers.pop(old)[0].close()
            load.counts["dawdle", 0, ""] += 1
            if not load.pace(0.02):
                break


def resolve(load):
    """Questions about hosts, about nothing, and over TCP."""
    address, port = load.rove.address, load.rove.dns_port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect((address, port))
        udp.settimeout(20)
        for n, (name, _) in enumerate(itertools.cycle(load.hosts)):
            question = dns.message.make_query(
                name if n % 4 else f"x{n}.dyn.example.org", ("A", "AAAA", "TXT")[n % 3])
            if n % 50:
                udp.send(question.to_wire())
                answer = dns.message.from_wire(udp.recv(4096))
                assert answer.id == question.id
            else:
                answer = dns.query.tcp(question, address, timeout=20, port=port)
            assert answer.rcode() in (0, 3), answer
            load.counts["resolve", answer.rcode(), ""] += 1
            if not load.pace(0.002):
                break


def administer(load):
    """Hosts and tokens come and go, and what is withdrawn counts at once."""
    owner, name = "owner@example.org", "guest.dyn.example.org"
    with Local(load.rove) as local:
        for n in itertools.count():
            if n % 10 == 0:
                name = f"guest{n}.dyn.example.org"
                assert local.call("POST", "/hosts", {"name": name, "owner": owner})[0] == 200
            status, token = local.call("POST", "/tokens", {"hosts": [name]})
            assert status == 200
            request = update_request(name, token["secret"], f"198.51.100.{n % 10 + 1}")
            (reply,) = ask(load.rove, request)
            load.note("administer", reply)
            assert reply.words == f"good 198.51.100.{n % 10 + 1}\n", reply
            gone = "/hosts/" + name if n % 10 == 9 else f"/tokens/{token['id']}"
            assert local.call("DELETE", gone)[0] == 200
            # From somewhere else, so that this is no guess too many.
            (reply,) = ask(load.rove, request, source=f"127.60.{n >> 8 & 255}.{n % 254 + 1}")
            load.note("administer", reply)
            assert reply.words in ("nohost\n", "badauth\n"), reply
            if not load.pace(0.1):
                break


WORKERS = [change, repeat, guess, dawdle, resolve, administer]


def run(load, worker):
    try:
        worker(load)
    except Exception as error:  # told by the test, whichever it is
        load.failures.append(f"{worker.__name__}: {error!r}")


def errors(rove):
    """Lines of the log that tell of trouble; at the start there are some until each role has
    found the others."""
    return [line for line in rove.log().splitlines() if line.split()[:1] == ["error"]]


class Watch:
    """Memory and descriptors of each role, from time to time."""

    def __init__(self, rove):
        self.pids = {role: rove.role_pid(role) for role in ROLES}
        self.memory = {role: [] for role in ROLES}
        self.descriptors = {role: [] for role in ROLES}
        self.folder, self.database = rove.data, []

    def look(self):
        for role, pid in self.pids.items():
            self.memory[role].append(resident_kib(pid))
            self.descriptors[role].append(descriptors(pid))
        self.database.append(sum(path.stat().st_size for path in self.folder.glob("rove.db*")))

    def check(self):
        for role in ROLES:
            warm = int(len(self.memory[role]) * WARM_PART)
            # The highest of each part: what comes and goes with the load is in both.
            first, rest = self.memory[role][:warm], self.memory[role][warm:]
            growth = max(rest) - max(first)
            allowed = GROWTH_KIB + 1024 * SECONDS / 3600
            if role == "front":
                grown = (self.database[-1] - min(self.database[:warm])) / 1024
                allowed += min(max(grown, 0), CACHE_KIB)
            assert growth <= allowed, f"{role} grew by {growth} KiB: {self.memory[role]}"
            held = self.descriptors[role]
            assert max(held[warm:]) <= max(held[:warm]) + 10, f"{role}: {held}"


@pytest.fixture(name="load")
def fixture_load(make_rove):
    allow_descriptors(4096)
    # A host of the soak changes far more often than any real one.
    rove = set_option(make_rove(), "update", "changes_per_hour = 1000000")
    rove.start(env=SMALL_QUARANTINE)
    rove.add_zone()
    names = [f"host{n}.dyn.example.org" for n in range(HOSTS)]
    with Local(rove) as local:
        hosts = []
        for name in names:
            assert local.call("POST", "/hosts", {"name": name,
                                                 "owner": "owner@example.org"})[0] == 200
            hosts.append((name, local.call("POST", "/tokens", {"hosts": [name]})[1]["secret"]))
    wait_until(lambda: rove.query("dyn.example.org", "SOA").rcode() == 0, 20, "the zone in DNS")
    return Load(rove, hosts)


def test_everything_at_once_leaves_nothing_behind(load):
    rove = load.rove
    idle = {role: descriptors(rove.role_pid(role)) for role in ROLES}
    watch, before = Watch(rove), len(errors(rove))
    threads = [threading.Thread(target=run, args=(load, worker)) for worker in WORKERS]
    for thread in threads:
        thread.start()
    end = time.monotonic() + SECONDS
    while not load.failures and (time.monotonic() < end or (
            not load.has_enough() and time.monotonic() < end + 10 * SECONDS)):
        watch.look()
        load.over.wait(SECONDS / 100)
    load.over.set()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert not load.failures
    assert all(status < 500 for _, status, _ in load.counts), load.counts
    assert load.has_enough(), load.by_worker()
    watch.check()
    # Nobody died and came back, and all is as it was.
    assert watch.pids == {role: rove.role_pid(role) for role in ROLES}
    wait_no_connections(rove)
    for role in ROLES:
        wait_until(lambda role=role: descriptors(watch.pids[role]) <= idle[role] + 2, 10,
                   f"{role} has closed what it opened")
    for name, address in load.last.items():
        rove.wait_dns(name, "A", [address])
    assert len(errors(rove)) == before, errors(rove)
