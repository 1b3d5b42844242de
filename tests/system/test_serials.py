# SPDX-License-Identifier: GPL-3.0-or-later
"""What was published never falls, whatever becomes of the image."""
import os
import signal

import pytest

from harness import ROLES, wait_until

ZONES = ["dyn.example.org", "static.example"]
EDITS = 6
HOST = "home.dyn.example.org"


def serial_of(rove, zone):
    answer = wait_until(lambda: rove.query(zone, "SOA").answer, 20, f"{zone} is served")
    return next(iter(answer[0])).serial


def is_newer(serial, before):
    return 0 < (serial - before) % 2**32 < 2**31


def edit(rove, number):
    """One line inside the dynamic zone and one in the static one, of the same second always."""
    path = rove.static / "data"
    path.with_suffix(".new").write_text(f".static.example:192.0.2.1:a\n+n{number}.static.example:"
                                        f"192.0.2.9\n'note.dyn.example.org:{number}\n")
    os.utime(path.with_suffix(".new"), (1700000000, 1700000000))
    path.with_suffix(".new").rename(path)


def edit_often(rove):
    for number in range(EDITS):
        before = [serial_of(rove, zone) for zone in ZONES]
        edit(rove, number)
        wait_until(lambda b=before: all(serial_of(rove, zone) != old
                                        for zone, old in zip(ZONES, b)), 20, "both serials rise")
    return [serial_of(rove, zone) for zone in ZONES]


def kill_all(rove):
    """The parent first, so that it starts nobody again."""
    pids = [rove.role_pid(role) for role in ROLES]
    rove.kill_role("roved")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 10, "all are gone")


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def remove(path):
    path.unlink()


HARM = {"cut": cut, "emptied": empty, "removed": remove}


@pytest.mark.parametrize("harm, both", [("cut", True), ("emptied", True), ("removed", True),
                                        ("emptied", False)])
def test_no_serial_falls_when_the_image_is_damaged(make_rove, harm, both):
    rove = make_rove()
    edit(rove, "first")
    rove.start()
    rove.add_zone()
    secret = rove.add_host(HOST)
    assert rove.update(HOST, secret, "10.0.0.1") == (200, "good 10.0.0.1")
    before = edit_often(rove)
    # The second file is made a moment after the first.
    wait_until((rove.image / "data.spare").exists, 20, "both files are there")
    kill_all(rove)
    for name in ["data.cdb", "data.spare"][:1 + both]:
        HARM[harm](rove.image / name)
    rove.start()
    rove.wait_dns(HOST, "A", ["10.0.0.1"])
    now = [serial_of(rove, zone) for zone in ZONES]
    assert not any(is_newer(old, new) for old, new in zip(before, now)), (before, now)
    # And they go on from there.
    edit(rove, "last")
    wait_until(lambda: all(is_newer(serial_of(rove, zone), old) for zone, old in zip(ZONES, now)),
               20, "both rise")
    assert rove.update(HOST, secret, "10.0.0.2") == (200, "good 10.0.0.2")
    rove.wait_dns(HOST, "A", ["10.0.0.2"])
