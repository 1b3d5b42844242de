# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes are killed and the power is cut, again and again, while updates, edits and questions
go on. A ledger is kept: no acknowledged update is lost, no serial falls, DNS has no gap."""
import contextlib
import http.client
import ipaddress
import itertools
import operator
import os
import random
import signal
import sqlite3
import threading
import time

import dns.exception
import pytest

from disks import Disk
from harness import ROLES, Rove, ask_dns, basic, set_option, wait_until
from test_power import KINDS, OPTIONS

KILLS = int(os.environ.get("ROVE_KILLS_IN_ALL", "6"))
CUTS = int(os.environ.get("ROVE_POWER_CUTS", "3"))
LAG_S = float(os.environ.get("ROVE_LAG_S", "5"))
SEED = int(os.environ.get("ROVE_SEED", "5"))
CUTS_OF_ONE = 50  # then the next begins with an empty disk
GAP_S = float(os.environ.get("ROVE_GAP_S", "20"))  # of a machine that does other things as well
ZONE = "dyn.example.org"
HOSTS = [f"h{number}.{ZONE}" for number in range(4)]
FIRST = int(ipaddress.IPv4Address("10.0.0.0"))


def is_older(serial, before):
    return serial != before and (before - serial) % 2**32 < 2**31


class Updater(threading.Thread):
    """Updates one host as fast as replies come, to numbers that only rise. `acknowledged` was
    called good last; what was asked since may have been taken or not."""

    def __init__(self, rove, name, secret, numbers):
        super().__init__()
        self.rove, self.name, self.numbers = rove, name, numbers
        self.headers = {"Authorization": basic(name, secret)}
        self.ends, self.rests = threading.Event(), threading.Event()
        self.acknowledged = self.asked = self.count = 0
        self.wrong = None

    def run(self):
        while not self.ends.is_set() and not self.wrong:
            if self.rests.is_set():
                time.sleep(0.005)
                continue
            connection = http.client.HTTPConnection(self.rove.address, self.rove.http_port,
                                                    timeout=20)
            with contextlib.suppress(OSError, http.client.HTTPException):
                while not self.ends.is_set() and not self.rests.is_set() and not self.wrong:
                    self.update_once(connection)
            connection.close()
            time.sleep(0.005)  # front is not there

    def update_once(self, connection):
        self.asked = next(self.numbers)
        address = ipaddress.IPv4Address(FIRST + self.asked)
        connection.request("GET", f"/nic/update?hostname={self.name}&myip={address}",
                           headers=self.headers)
        body = connection.getresponse().read().decode()
        if body == f"good {address}\n":
            self.acknowledged = self.asked
            self.count += 1
        elif not body.startswith("911"):
            self.wrong = body


class Newest:
    """The newest of what was answered to one question. Right after a whole image came into
    place one of answer's threads may go on with the one before for a moment."""

    def __init__(self, is_older):
        self.is_older = is_older
        self.value, self.since, self.lag = None, 0.0, 0.0

    def see(self, value):
        """False: it is older, and too late for that."""
        now = time.monotonic()
        if self.value is not None and self.is_older(value, self.value):
            self.lag = max(self.lag, now - self.since)
            return self.lag < LAG_S
        if value != self.value:
            self.value, self.since = value, now
        return True


class Watcher(threading.Thread):
    """Asks all the time, one answer after the other. While the power is on no serial falls, and
    no host goes back."""

    def __init__(self, rove):
        super().__init__()
        self.rove = rove
        self.ends, self.is_off, self.offs = threading.Event(), threading.Event(), 0
        self.wrong, self.asked, self.gap, self.lag = [], 0, 0.0, 0.0
        self.forget()

    def forget(self):
        self.newest = {name: Newest(operator.lt) for name in HOSTS} | {ZONE: Newest(is_older)}

    def run(self):
        rng = random.Random(11)
        last, offs = None, 0
        while not self.ends.is_set() and not self.wrong:
            if self.is_off.is_set() or offs != self.offs:
                last, offs = None, self.offs  # what is asked without power is no gap
                time.sleep(0.005)
                continue
            try:
                self.ask(rng)
            except dns.exception.Timeout:
                continue
            except OSError:
                time.sleep(0.002)
                continue
            now = time.monotonic()
            if last is not None and offs == self.offs:
                self.gap = max(self.gap, now - last)
            last = now

    def set_off(self):
        """There is no power, until is_off is cleared."""
        self.offs += 1
        self.is_off.set()

    def ask(self, rng):
        name, offs = rng.choice([ZONE, *HOSTS]), self.offs
        # What was sent to a process that died is lost: who asks asks again soon.
        reply = ask_dns(self.rove.address, self.rove.dns_port, name,
                        "SOA" if name == ZONE else "A", wait_s=0.5)
        if offs != self.offs:
            return
        self.asked += 1
        if not reply.answer:
            self.wrong.append((name, reply.to_text()))
            return
        item = next(iter(reply.answer[0]))
        newest = self.newest[name]
        value = item.serial if name == ZONE else int(ipaddress.IPv4Address(item.address)) - FIRST
        if not newest.see(value):
            self.wrong.append((name, value, "after", newest.value))
        self.lag = max(self.lag, newest.lag)


class Scene:
    """A service under load."""

    def __init__(self, folder, apart):
        self.rove = set_option(Rove(folder), "update", "changes_per_hour = 1000000").init()
        self.edits, self.disasters = itertools.count(1), 0
        self.edit()
        if apart:
            self.rove.start_apart()
        else:
            self.rove.start()
        self.rove.add_zone()
        numbers = itertools.count(1)
        self.updaters = [Updater(self.rove, name, self.rove.add_host(name), numbers)
                         for name in HOSTS]
        for each in self.updaters:
            each.update_once(http.client.HTTPConnection(self.rove.address, self.rove.http_port))
            assert each.acknowledged, each.wrong
        self.wait_shown({each.name: each.acknowledged for each in self.updaters})
        self.watcher = Watcher(self.rove)
        self.threads = [*self.updaters, self.watcher]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.ends.set()
        for thread in self.threads:
            thread.join()
        self.rove.clean_up()

    def edit(self):
        """A line inside the dynamic zone, which raises its published serial alone."""
        path = self.rove.static / "data.new"
        path.write_text(f"'note.{ZONE}:{next(self.edits)}\n")
        path.rename(self.rove.static / "data")

    def run_for(self, seconds):
        """Load goes on; now and then a line is edited."""
        self.disasters += 1
        if self.disasters % 5 == 0:
            self.edit()
        time.sleep(seconds)
        self.check()

    def check(self):
        assert [each.wrong for each in self.threads if each.wrong] == []

    def pids(self):
        return [self.rove.processes["roved"].pid, *(self.rove.role_pid(role) for role in ROLES)]

    def kill_all(self):
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.rove.processes.pop("roved").wait()
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 10,
                   "all are gone")

    def stored(self):
        """Each host's number in the database; all that was acknowledged is in it."""
        hosts = {host["name"]: host["addresses"] for host in self.rove.ctl("host", "list")}
        return {name: int(ipaddress.IPv4Address(hosts[name][0])) - FIRST for name in HOSTS}

    def audit(self):
        """With no update on its way."""
        for each in self.updaters:
            each.rests.set()
        wait_until(lambda: self.is_quiet() or [each.wrong for each in self.threads if each.wrong],
                   30, "updates rest")
        self.check()
        stored = self.stored()
        for each in self.updaters:
            assert each.acknowledged <= stored[each.name] <= each.asked, each.name
        self.wait_shown(stored)

    def is_quiet(self):
        counts = [each.asked for each in self.updaters]
        time.sleep(0.05)
        return counts == [each.asked for each in self.updaters]

    def go_on(self):
        for each in self.updaters:
            each.rests.clear()

    def wait_shown(self, numbers):
        for name, number in numbers.items():
            try:
                self.rove.wait_dns(name, "A", [str(ipaddress.IPv4Address(FIRST + number))], 20)
            except TimeoutError as error:
                said = (self.rove.addresses(name, "A"), self.rove.status("publish"),
                        self.rove.log()[-4000:])
                raise AssertionError(f"{error}: {said}") from error


def report(scene, what, count):
    updates = sum(each.count for each in scene.updaters)
    print(f"\n{count} {what}: {updates} updates acknowledged, 0 lost, {scene.watcher.asked} "
          f"answers, longest gap {scene.watcher.gap:.3f} s, longest step back "
          f"{scene.watcher.lag:.3f} s")


def test_kills_of_any_role_lose_no_update_and_let_no_serial_fall(tmp_path):
    rng = random.Random(SEED)
    with Scene(tmp_path / "rove", apart=True) as scene:
        rove = scene.rove
        for kill in range(KILLS):
            scene.run_for(rng.uniform(0.05, 0.4))
            role = ROLES[kill % len(ROLES)]
            rove.kill_role(role)
            rove.start_role(role)  # without the pause that the parent makes when it dies so often
            wait_until(rove.front_is_ready, 20, "front is ready")
            wait_until(rove.answer_is_ready, 20, "answer is ready")
            if kill % 20 == 0 or kill == KILLS - 1:
                scene.audit()
                scene.go_on()
        scene.audit()
        report(scene, "kills", KILLS)
        assert scene.watcher.gap < GAP_S


def cut_the_power(disk, scene):
    """And goes on with what that left. Gives how long it took until DNS had an answer."""
    rove, watcher = scene.rove, scene.watcher
    watcher.set_off()
    disk.cut(scene.pids(), then=scene.kill_all)
    before = watcher.newest[ZONE].value
    disk.replace()
    begin = time.monotonic()
    rove.start(ready=False)
    wait_until(rove.answer_is_ready, 20, "answer is there")
    assert rove.query(ZONE, "SOA").answer, "a whole image at once"
    took = time.monotonic() - begin
    rove.wait_ready()
    scene.audit()
    serial = next(iter(rove.query(ZONE, "SOA").answer[0])).serial
    assert before is None or not is_older(serial, before), (serial, before)
    watcher.forget()
    watcher.is_off.clear()
    scene.go_on()
    return took


def live_through_cuts(folder, kind, count, rng):
    """A service that loses its power `count` times."""
    disk, slowest = Disk(folder, kind, OPTIONS.get(kind, "noatime")), 0.0
    try:
        with Scene(folder / "rove", apart=False) as scene:
            for _ in range(count):
                scene.run_for(rng.uniform(0.1, 1.5))
                slowest = max(slowest, cut_the_power(disk, scene))
            scene.audit()
            report(scene, f"cuts of the power, on {kind}", count)
            print(f"an answer came at most {slowest:.3f} s after the start")
            assert slowest < GAP_S
        with contextlib.closing(sqlite3.connect(scene.rove.database)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        disk.close()


@pytest.mark.usefixtures("as_root")
def test_cuts_of_the_power_lose_no_update_and_let_no_serial_fall(tmp_path):
    rng = random.Random(SEED)
    kinds = itertools.cycle(KINDS)
    for number, first in enumerate(range(0, CUTS, CUTS_OF_ONE)):
        live_through_cuts(tmp_path / f"disk{number}", next(kinds),
                          min(CUTS_OF_ONE, CUTS - first), rng)
