# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes die at bad moments; what was acknowledged stays, and DNS goes on."""
import contextlib
import http.client
import ipaddress
import itertools
import os
import random
import sqlite3
import subprocess
import threading
import time

from harness import BROKEN, BUILD, basic, free_port, wait_until

KILLS = 30
CLIENTS = 8


class Client(threading.Thread):
    """Updates one host as fast as replies come, until front is gone. `acknowledged` is the
    last address that was called good, `asked` the one whose reply did not come, if any."""

    def __init__(self, rove, name, secret, numbers):
        super().__init__()
        self.rove, self.name, self.numbers = rove, name, numbers
        self.headers = {"Authorization": basic(name, secret)}
        self.acknowledged = self.asked = self.wrong = None
        self.count = 0

    def run(self):
        connection = http.client.HTTPConnection(self.rove.address, self.rove.http_port,
                                                timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException):
            while not self.wrong:
                self.update_once(connection)
        connection.close()

    def update_once(self, connection):
        self.asked = str(ipaddress.IPv4Address("10.0.0.0") + next(self.numbers))
        connection.request("GET", f"/nic/update?hostname={self.name}&myip={self.asked}",
                           headers=self.headers)
        body = connection.getresponse().read().decode()
        if body == f"good {self.asked}\n":
            self.acknowledged, self.asked = self.asked, None
            self.count += 1
        elif body.startswith("911"):
            self.asked = None  # refused: must not appear
        else:
            self.wrong = body


def addresses_of_all(rove):
    hosts = rove.ctl("host", "list")
    return {host["name"]: host["addresses"] for host in hosts}


def test_no_acknowledged_update_is_lost_when_front_is_killed_under_load(make_rove):
    rove = make_rove().start_apart()
    rove.add_zone()
    names = [f"h{n}.dyn.example.org" for n in range(CLIENTS)]
    secrets = {name: rove.add_host(name) for name in names}
    numbers = itertools.count(1)
    acknowledged, total = {}, 0
    for kill in range(KILLS):
        clients = [Client(rove, name, secrets[name], numbers) for name in names]
        for client in clients:
            client.start()
        wait_until(lambda c=clients: sum(client.count for client in c) > CLIENTS
                   or any(client.wrong for client in c), 30, "updates go on")
        # The instant of the kill is meant to be any.
        time.sleep(random.uniform(0, 0.6))
        rove.kill_role("front")
        for client in clients:
            client.join()
            assert not client.wrong, client.wrong
            total += client.count
        rove.start_role("front")
        wait_until(rove.front_is_ready, 10, f"front is back after kill {kill}")
        stored = addresses_of_all(rove)
        for client in clients:
            last = client.acknowledged or acknowledged.get(client.name)
            allowed = [[last] if last else [], [client.asked] if client.asked else None]
            assert stored[client.name] in allowed, f"kill {kill}: {client.name}"
            acknowledged[client.name] = (stored[client.name] or [None])[0]
    assert total > KILLS * CLIENTS
    for name in names:
        rove.wait_dns(name, "A", [acknowledged[name]])
    rove.stop()
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_parent_starts_a_killed_role_again(rove):
    secret = rove.add_host("home.dyn.example.org")
    for role in ("front", "publish", "answer"):
        old = rove.role_pid(role)
        rove.kill_role(role)
        wait_until(lambda: rove.role_pid(role) != old, 10, f"{role} has a new process")
        rove.wait_ready()
    assert rove.update("home.dyn.example.org", secret, "10.1.2.3") == (200, "good 10.1.2.3")
    rove.wait_dns("home.dyn.example.org", "A", ["10.1.2.3"])


def update_until_refused(rove, name, secret, addresses):
    """Updates with one address after the other; gives the last two: the one that was called
    good (None if none was), the one that was not."""
    good = None
    for address in addresses:
        reply = rove.update(name, secret, address)
        if reply == (503, "911"):
            return good, address
        assert reply == (200, f"good {address}")
        good = address
    raise AssertionError("no update was refused")


def test_a_commit_that_fails_is_told_as_911_and_loses_nothing(make_rove):
    rove = make_rove().start_apart()
    rove.add_zone()
    name = "home.dyn.example.org"
    secret = rove.add_host(name)
    last, refused = "10.0.0.1", []
    assert rove.update(name, secret, last) == (200, f"good {last}")
    for nth in range(1, 6):
        rove.stop_role("front")
        hits = len(rove.events("fault-hit"))
        front = rove.start_role("front", {"ROVE_FAULT": f"store.commit:{nth}"})
        wait_until(lambda: front.poll() is not None or rove.front_is_ready(), 20,
                   "front is ready, or ended over its own commit")
        if front.poll() is None:
            good, address = update_until_refused(
                rove, name, secret, (f"10.0.{nth}.{n}" for n in range(1, 10)))
            last = good or last
            refused.append(address)
        assert len(rove.events("fault-hit")) == hits + 1
        # What reached the disk is not known then: front ends, and starts from the disk.
        assert front.wait(timeout=20) != 0
        rove.start_role("front")
        wait_until(rove.front_is_ready, 20, "front is back")
        assert rove.ctl("host", "show", name)["addresses"] == [last]
    assert len(refused) >= 3
    assert rove.update(name, secret, refused[-1]) == (200, f"good {refused[-1]}")
    rove.wait_dns(name, "A", [refused[-1]])


def test_a_second_writer_on_the_same_data_is_refused(make_rove):
    rove = make_rove().start_apart()
    rove.add_zone()
    secret = rove.add_host("home.dyn.example.org")
    second = rove.folder / "second.conf"
    second.write_text(rove.config.read_text()
                      .replace(str(rove.run_folder), str(rove.folder / "run2"))
                      .replace(f":{rove.http_port}", f":{free_port()}")
                      .replace(f":{rove.dns_port}", f":{free_port()}"))
    done = subprocess.run([BUILD / "src/server/roved", "-c", second, "--role", "front"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode != 0
    assert "error front cannot-start" in done.stderr and not BROKEN.search(done.stderr)
    assert rove.update("home.dyn.example.org", secret, "10.1.2.3") == (200, "good 10.1.2.3")
    assert holders_of_locks(rove) == {rove.processes["front"].pid}


def holders_of_locks(rove):
    """The processes that hold write locks on files of the data folder."""
    inodes = {path.stat().st_ino for path in rove.data.iterdir() if path.is_file()}
    with open("/proc/locks", encoding="ascii") as locks:
        rows = [line.split() for line in locks if "->" not in line]
    return {int(row[4]) for row in rows
            if row[3] == "WRITE" and int(row[5].split(":")[2]) in inodes}


def published(make_rove):
    """Roles on their own, and a name whose address is 10.1.2.3."""
    rove = make_rove().start_apart()
    rove.add_zone()
    name = "home.dyn.example.org"
    secret = rove.add_host(name)
    rove.update(name, secret, "10.1.2.3")
    rove.wait_dns(name, "A", ["10.1.2.3"])
    return rove, name


def test_dns_goes_on_when_everything_else_is_dead(make_rove):
    rove, name = published(make_rove)
    rove.kill_role("front")
    rove.kill_role("publish")
    for path in rove.data.glob("rove.*"):
        path.unlink()
    for _ in range(200):
        assert rove.addresses(name, "A") == ["10.1.2.3"]
    # And from a fresh start, from the image alone.
    rove.kill_role("answer")
    rove.start_role("answer")
    wait_until(rove.answer_is_ready, 10, "answer is back")
    assert rove.addresses(name, "A") == ["10.1.2.3"]


def offer(rove, content):
    """Puts a file in the place of data.cdb, as somebody who copies images would."""
    path = rove.image / "data.new"
    path.write_bytes(content)
    os.chmod(path, 0o644)
    path.rename(rove.image / "data.cdb")


def test_a_broken_image_is_refused_and_the_old_one_kept(make_rove):
    rove, name = published(make_rove)
    rove.kill_role("publish")
    good = (rove.image / "data.cdb").read_bytes()
    rows = [("empty", b""), ("cut short", good[:len(good) // 2]), ("only its head", good[:2048]),
            ("no cdb at all", b"\xff" * 4096)]
    for title, content in rows:
        before = len(complaints(rove))
        offer(rove, content)
        wait_until(lambda: len(complaints(rove)) > before, 10, f"alarm: {title}")
        for _ in range(20):
            assert rove.addresses(name, "A") == ["10.1.2.3"], title
    # A whole one is taken, whoever made it.
    offer(rove, good.replace(bytes([10, 1, 2, 3]), bytes([10, 1, 2, 9])))
    rove.wait_dns(name, "A", ["10.1.2.9"])


def complaints(rove):
    """Warnings and errors of answer."""
    return [line for line in rove.log().splitlines()
            if line.split()[:2] in (["warning", "answer"], ["error", "answer"])]


def test_a_database_that_is_gone_is_not_made_anew_and_dns_goes_on(make_rove):
    """As when a disk is not mounted: nobody is told a fatal word, and no name is lost."""
    name = "kept.dyn.example.org"
    rove = make_rove().start()
    rove.add_zone()
    secret = rove.add_host(name)
    assert rove.update(name, secret, "192.0.2.77") == (200, "good 192.0.2.77")
    rove.wait_dns(name, "A", ["192.0.2.77"])

    away = rove.folder / "away"
    away.mkdir()
    for path in rove.data.glob("rove.db*"):
        path.rename(away / path.name)
    tries = len(rove.events("cannot-start"))
    rove.kill_role("front")
    wait_until(lambda: len(rove.events("cannot-start")) > tries + 1, 20, "front refuses twice")
    assert not rove.database.exists()
    assert not rove.front_is_ready()
    assert rove.addresses(name, "A") == ["192.0.2.77"]

    for path in away.iterdir():
        path.rename(rove.data / path.name)
    wait_until(rove.front_is_ready, 20, "front is back")
    assert rove.update(name, secret, "192.0.2.77") == (200, "nochg 192.0.2.77")
