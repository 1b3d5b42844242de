# SPDX-License-Identifier: GPL-3.0-or-later
"""A responder that was taken over, and whoever else has its user, does its worst to what publish
hands out, to the files, the sockets and the run folder, while updates go on."""
import contextlib
import ipaddress
import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

import cdbfile
from harness import USERS, free_port, wait_until

HOST = "home.dyn.example.org"
KEY = b"\4home\3dyn\7example\3org\0"
SECONDS = 3
CHANGES = 20  # at least
COPIES_MAX = 16
FILES_MAX = 4 + 2 + 2  # left to readers, in use, and seen while they were being made
SCRIPT = (pathlib.Path(__file__).parent / "hostile.py").read_text(encoding="utf-8")


def path_of(rove, role, *names):
    """Of the role's files in the run folder."""
    return next(path for path in (rove.run_folder / name.format(role=role) for name in names)
                if path.exists())


def socket_of(rove, role):
    return path_of(rove, role, "{role}.sock", "{role}/socket")


def status_of(rove, role):
    return path_of(rove, role, "{role}.status", "{role}/status")


class Service:
    """A running service with one host, which is changed again and again."""

    def __init__(self, rove):
        self.rove = rove
        text = rove.config.read_text()
        rove.config.write_text(text.replace(
            "private_addresses = true", "private_addresses = true changes_per_hour = 1000000"))
        rove.start()
        rove.add_zone()
        self.secret = rove.add_host(HOST)
        self.number = int(ipaddress.IPv4Address("10.0.0.0"))
        self.change()
        maps = pathlib.Path(f"/proc/{rove.role_pid('answer')}/maps")
        wait_until(lambda: "rove-image" in maps.read_text()
                   or rove.events("image-not-changed-in-place"), 10, rove.log)
        if rove.events("image-not-changed-in-place"):
            pytest.skip("this file system has no leases")
        self.publish = rove.role_pid("publish")

    def change(self):
        """Until answer shows it."""
        self.number += 1
        address = str(ipaddress.IPv4Address(self.number))
        assert self.rove.update(HOST, self.secret, address) == (200, f"good {address}")
        self.rove.wait_dns(HOST, "A", [address], seconds=10)

    def change_for_a_while(self):
        count, end = 0, time.monotonic() + SECONDS
        while count < CHANGES or time.monotonic() < end:
            self.change()
            count += 1
            for _ in range(5):
                assert self.rove.addresses(HOST, "A"), "DNS goes on"

    def check(self):
        """publish is the one that it was, and the file is whole and of now."""
        assert self.rove.role_pid("publish") == self.publish, self.rove.log()[-4000:]
        os.kill(self.publish, 0)
        data = self.rove.image / "data.cdb"
        found = [value for key, value in cdbfile.entries(data) if key == KEY]
        now = ipaddress.IPv4Address(self.number).packed
        assert [value[-4:] for value in found if value[:2] == b"\0\1"] == [now]


@contextlib.contextmanager
def hostile(service, act):
    """The act, as a process of answer's user; what it told is in the list at the end."""
    user = pwd.getpwnam(USERS["answer"])
    told = []
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, act, service.rove.run_folder, service.rove.image,
         str(service.publish), socket_of(service.rove, "publish"),
         socket_of(service.rove, "front")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    try:
        assert process.stdout.readline() == "begun\n", process.communicate(timeout=10)
        yield told
        out, err = process.communicate(input="end", timeout=60)
        assert process.returncode == 0, err
        told.append(json.loads(out))
    finally:
        process.kill()
        process.wait()


def test_what_publish_hands_out_can_only_be_read(rove_of_users):
    service = Service(rove_of_users)
    with hostile(service, "descriptors") as told:
        service.change_for_a_while()
    assert told[0]["handed"] >= 3 and not told[0]["done"], told
    assert 1 <= told[0]["copies"] <= COPIES_MAX, told
    service.change()
    service.check()


def test_who_keeps_files_open_holds_up_changes_for_a_moment_and_fills_no_disk(rove_of_users):
    service = Service(rove_of_users)
    with hostile(service, "readers") as told:
        service.change_for_a_while()
        service.change_for_a_while()
    assert not told[0]["done"] and 2 <= told[0]["kept"] <= FILES_MAX, told
    service.change()
    service.check()


@pytest.mark.parametrize("act", ["sockets", "folder"])
def test_updates_and_dns_go_on_whatever_answers_user_does_to(rove_of_users, act):
    service = Service(rove_of_users)
    with hostile(service, act) as told:
        service.change_for_a_while()
    assert not told[0]["done"], told
    service.change()
    service.check()


EVIL = {"role": "front", "state": "running\x1b[2J\u009b2J\x07", "pid": 1,
        "trouble": "\x1b]0;title\x07", "types": {'A"} 1\nrove_hosts 99\nx{y="': 5, "TXT": 7}}
STATUSES = [json.dumps(EVIL), "[]", "[" * 60000, "{" * 10, '{"state": 5, "types": [1], "pid": 1e99}',
            "\xff\xfe", "x" * 70000]


def test_what_a_role_writes_of_itself_speaks_neither_to_terminals_nor_for_others(rove_of_users):
    port = free_port()
    text = rove_of_users.config.read_text()
    rove_of_users.config.write_text(text + f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}\n')
    service = Service(rove_of_users)
    rove = service.rove
    path, user = status_of(rove, "answer"), pwd.getpwnam(USERS["answer"])
    answer = rove.role_pid("answer")
    os.kill(answer, signal.SIGSTOP)  # it would write its own
    try:
        for status in STATUSES:
            path.unlink()
            path.write_text(status, encoding="latin-1")
            os.chown(path, user.pw_uid, user.pw_gid)
            done = subprocess.run([rove.program("rovectl"), "-c", rove.config, "status"],
                                  capture_output=True, timeout=20, check=False)
            assert b"publish" in done.stdout and not done.stderr, done
            assert not set(done.stdout) & (set(range(32)) - {10} | {127}), done.stdout
            assert b"\xc2\x9b" not in done.stdout
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
                metrics = page.read().decode()
            assert "rove_hosts 99" not in metrics and "rove_updates" in metrics
        # Who may write into the folder speaks for no other role.
        for role in ("publish", "parent"):
            forged = status_of(rove, role)
            forged.unlink()
            forged.write_text(json.dumps({"role": role, "state": "running", "pid": 1}))
            os.chown(forged, user.pw_uid, user.pw_gid)
            done = rove.ctl("status", check=False)
            (told,) = [one for one in json.loads(done.stdout) if one["role"] == role]
            assert told["state"] == "unknown" and "belongs to user" in told["trouble"], told
            forged.unlink()
    finally:
        os.kill(answer, signal.SIGCONT)
    service.change()


def test_a_file_that_is_spoilt_in_its_place_is_made_anew_and_dns_does_not_notice(rove_of_users):
    service = Service(rove_of_users)
    for spoil in (lambda path: os.truncate(path, 0), lambda path: os.truncate(path, 5000),
                  lambda path: path.write_bytes(b"\xff" * path.stat().st_size),
                  lambda path: os.unlink(path)):
        for name in ("data.cdb", "data.spare"):
            path = service.rove.image / name
            wait_until(path.exists, 10, name)
            noticed = len(service.rove.events("image-spoiled"))
            spoil(path)
            if name == "data.cdb":
                wait_until(lambda noticed=noticed: len(service.rove.events("image-spoiled"))
                           > noticed, 10, "it is noticed")
            for _ in range(3):
                service.change()
            service.check()
