# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates go on while publishing dies again and again; then all of Rove dies but what answers."""
import contextlib
import http.client
import ipaddress
import itertools
import os
import random
import threading
import time

import dns.exception
import dns.flags
import dns.rcode
import pytest

from harness import basic, texts_of, wait_until

KILLS = int(os.environ.get("ROVE_PUBLISH_KILLS", "8"))
ZONES = ["dyn.example.org", "dyn.example.net"]
HOSTS = [f"h{number}.{zone}" for zone in ZONES for number in range(4)]
FIRST = int(ipaddress.IPv4Address("10.0.0.0"))


def number_of(message):
    """The number that an A record stands for; 0: there is none."""
    texts = texts_of(message, "A")
    return int(ipaddress.IPv4Address(texts[0])) - FIRST if len(texts) == 1 else 0


class Updater(threading.Thread):
    """Updates one host as fast as replies come, to numbers that only rise."""

    def __init__(self, rove, name, secret, numbers):
        super().__init__()
        self.rove, self.name, self.numbers = rove, name, numbers
        self.headers = {"Authorization": basic(name, secret)}
        self.ends = threading.Event()
        self.acknowledged, self.asked, self.count, self.wrong = 0, 0, 0, None

    def run(self):
        connection = http.client.HTTPConnection(self.rove.address, self.rove.http_port,
                                                timeout=20)
        try:
            while not self.ends.is_set() and not self.wrong:
                self.update_once(connection)
        except (OSError, http.client.HTTPException) as error:
            self.wrong = repr(error)
        finally:
            connection.close()

    def update_once(self, connection):
        self.asked = next(self.numbers)
        address = ipaddress.IPv4Address(FIRST + self.asked)
        connection.request("GET", f"/nic/update?hostname={self.name}&myip={address}",
                           headers=self.headers)
        body = connection.getresponse().read().decode()
        if body != f"good {address}\n":
            self.wrong = body
            return
        self.acknowledged = self.asked
        self.count += 1


class Watcher(threading.Thread):
    """Asks all the time. No answer is missing; no serial and no host's number ever falls."""

    def __init__(self, rove, updaters):
        super().__init__()
        self.rove = rove
        self.updaters = {updater.name: updater for updater in updaters}
        self.ends = threading.Event()
        self.wrong, self.asked = [], 0
        self.newest = dict.fromkeys(ZONES + HOSTS, 0)
        self.serials = {zone: set() for zone in ZONES}

    def run(self):
        rng = random.Random(11)
        while not self.ends.is_set() and not self.wrong:
            self.asked += 1
            try:
                self.ask(rng)
            except (OSError, dns.exception.DNSException) as error:
                self.wrong.append(repr(error))

    def ask(self, rng):
        name = rng.choice(ZONES + HOSTS)
        is_zone = name in ZONES
        reply = self.rove.query(name, "SOA" if is_zone else "A", tcp=self.asked % 16 == 0)
        if is_zone:
            now = next(iter(reply.answer[0])).serial
            self.serials[name].add(now)
        else:
            now = number_of(reply)
        is_known = is_zone or now <= self.updaters[name].asked
        if now < self.newest[name] or not is_known or not reply.flags & dns.flags.AA:
            self.wrong.append((name, self.newest[name], reply.to_text()))
        self.newest[name] = now


@contextlib.contextmanager
def running(threads):
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.ends.set()
        for thread in threads:
            thread.join()
        assert [thread.wrong for thread in threads if thread.wrong] == []


@pytest.fixture(name="busy")
def fixture_busy(make_rove):
    """A service with its updaters, which are not started yet."""
    rove = make_rove()
    rove.config.write_text(rove.config.read_text().replace(
        "private_addresses = true", "private_addresses = true changes_per_hour = 1000000"))
    rove.start_apart()
    for number, zone in enumerate(ZONES):
        rove.add_zone(zone, f"owner{number}@example.org")
    numbers = itertools.count(1)
    updaters = [Updater(rove, name, rove.add_host(name, f"owner{ZONES.index(name[3:])}"
                                                        "@example.org"), numbers)
                for name in HOSTS]
    for zone in ZONES:
        wait_until(lambda zone=zone: rove.query(zone, "SOA").answer, 20, f"{zone} is published")
    return rove, updaters


def wait_acknowledged(rove, updaters):
    for updater in updaters:
        want = str(ipaddress.IPv4Address(FIRST + updater.acknowledged))
        rove.wait_dns(updater.name, "A", [want], seconds=20)


def test_what_was_acknowledged_is_in_dns_however_often_publish_is_killed(busy):
    rove, updaters = busy
    rng = random.Random(3)
    watcher = Watcher(rove, updaters)
    with running([*updaters, watcher]):
        for kill in range(KILLS):
            counts = [updater.count for updater in updaters]
            shown = {zone: len(serials) for zone, serials in watcher.serials.items()}
            wait_until(lambda c=counts, s=shown: watcher.wrong or (
                all(updater.count > before + 3 or updater.wrong
                    for updater, before in zip(updaters, c))
                and all(len(watcher.serials[zone]) > s[zone] + 1 for zone in ZONES)), 30,
                f"updates show, {kill} kills")
            time.sleep(rng.uniform(0, 0.3))  # the moment of the kill is what is random
            rove.kill_role("publish")
            # Updates are taken meanwhile.
            count = updaters[0].count
            wait_until(lambda c=count: updaters[0].count > c or updaters[0].wrong, 20,
                       "an update without publish")
            rove.start_role("publish")
    wait_acknowledged(rove, updaters)
    wait_until(lambda: (rove.image / "data.spare").exists()
               or rove.events("image-not-changed-in-place"), 20, "the second file is on the disk")
    assert all(len(serials) > KILLS for serials in watcher.serials.values()), watcher.serials
    print(f"{sum(updater.count for updater in updaters)} updates, {watcher.asked} answers, "
          f"{KILLS} kills")


def test_dns_survives_everything_else_and_every_answer_stays_right(busy):
    rove, updaters = busy
    watcher = Watcher(rove, updaters)
    with running([watcher]):
        with running(updaters):
            wait_until(lambda: all(updater.count > 5 or updater.wrong for updater in updaters),
                       30, "some updates")
        wait_acknowledged(rove, updaters)
        # Publish is away for a while, and then front too; the database is lost.
        rove.kill_role("publish")
        serials = {zone: next(iter(rove.query(zone, "SOA").answer[0])).serial for zone in ZONES}
        before = watcher.asked
        rove.kill_role("front")
        for path in rove.data.glob("rove.*"):
            path.unlink()
        wait_until(lambda: watcher.asked > before + 500 or watcher.wrong, 30, "many answers")
    assert {zone: watcher.newest[zone] for zone in ZONES} == serials
    # A new process has nothing but the image.
    rove.kill_role("answer")
    rove.start_role("answer")
    wait_until(rove.answer_is_ready, 10, "answer is back")
    wait_acknowledged(rove, updaters)
    for name in HOSTS:
        assert rove.query("x." + name, "A").rcode() == dns.rcode.NXDOMAIN
        assert rove.query(name, "AAAA").answer == []
