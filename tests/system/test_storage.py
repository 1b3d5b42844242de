# SPDX-License-Identifier: GPL-3.0-or-later
"""The database when its disk is full, its clock jumps, its serials wrap, or others reach for it."""
import contextlib
import ctypes
import errno
import os
import sqlite3
import subprocess
import threading

import pytest

from harness import Rove, basic, set_option, wait_until
from peers import clock_of_its_own

HOME = "home.dyn.example.org"
ZONE = "dyn.example.org"
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
SHM_WRITE, SHM_CHECKPOINT = 120, 121  # bytes of -shm that a writer and a checkpointer lock


def serial_of(rove):
    answer = wait_until(lambda: rove.query(ZONE, "SOA").answer, 10, "the zone is served")
    return next(iter(answer[0])).serial


def is_newer(serial, before):
    return 0 < (serial - before) % 2**32 < 2**31


def update(rove, secret, address, wait_s=30):
    """The reply's word; None when front was not there to say it: while its parent waits to
    start it again, calls wait too."""
    try:
        return rove.get(f"/nic/update?hostname={HOME}&myip={address}",
                        {"Authorization": basic(HOME, secret)}, wait_s=wait_s)[1].split()[0]
    except OSError:
        return None


# ---- a full disk -------------------------------------------------------------------------

@pytest.fixture
def small_disk(as_root, tmp_path):
    """An installation whose data lie on a disk of 8 MiB, mounted for this process alone."""
    del as_root
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS):
        pytest.skip(f"no mounts of our own: {os.strerror(ctypes.get_errno())}")
    rove = Rove(tmp_path / "small")
    for command in (["mount", "--make-rprivate", "/"],
                    ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "none", rove.data]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no mounts of our own: {done.stderr}")
    set_option(rove, "update", "changes_per_hour = 1000000")
    try:
        yield rove.init()
        rove.clean_up()
    finally:
        for process in rove.processes.values():
            process.kill()
            process.wait()
        subprocess.run(["umount", "--lazy", rove.data], check=True)


def fill(path):
    """Takes all the room there is."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    with pytest.raises(OSError) as full, open(path, "ab", buffering=0) as file:
        file.write(b"\0" * 65536)
    assert full.value.errno == errno.ENOSPC


def test_a_full_disk_loses_nothing_stops_no_answer_and_mends_itself(small_disk):
    rove = small_disk
    rove.start()
    rove.add_zone()
    secret = rove.add_host(HOME)
    good, filler = [], rove.data / "filler"
    for cycle in range(2):
        served = f"10.{cycle}.0.1"
        assert update(rove, secret, served) == "good"
        good.append(served)
        rove.wait_dns(HOME, "A", [served], 10)
        fill(filler)
        refused = 0
        for number in range(2, 3000):
            word = update(rove, secret, f"10.{cycle}.{number >> 8}.{number & 255}", 5)
            assert word in ("good", "911", None)
            if word == "good":
                good.append(f"10.{cycle}.{number >> 8}.{number & 255}")
            refused += word != "good"
            if refused == 3:
                break
        assert refused == 3
        assert len(rove.addresses(HOME, "A")) == 1
        filler.unlink()
        wait_until(lambda: update(rove, secret, f"10.{cycle}.255.255", 5) in ("good", "nochg"), 10,
                   "updates are taken again\n" + rove.log()[-2000:])
        good.append(f"10.{cycle}.255.255")
        rove.wait_dns(HOME, "A", [good[-1]], 10)
    done = rove.roved("--check-db")
    assert done.returncode == 0, done.stdout
    with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as db:
        told = [after for after, in db.execute("SELECT after FROM changes WHERE kind = 1")]
    texts = {".".join(map(str, after[1:5])) for after in told if after[:1] == b"\x01"}
    assert set(good) <= texts


# ---- the clock ---------------------------------------------------------------------------

def test_serials_and_throttles_do_not_care_for_the_wall_clock(make_rove):
    rove = set_option(make_rove(), "update", "changes_per_hour = 1")
    clock, env = clock_of_its_own(rove.folder)
    rove.start_apart(env=env | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    rove.add_zone()
    slowed = "slowed.dyn.example.org"
    slow_secret = rove.add_host(slowed)
    for number in range(40):
        if rove.update(slowed, slow_secret, f"10.1.0.{number}")[1] == "911":
            break
    else:
        raise AssertionError("the host was never slowed")
    serial, times = serial_of(rove), []
    for number, step in enumerate(["+1d", "-1d", "-10y", "+0", "+400d"]):
        clock.write_text(step)
        name = f"h{number}.dyn.example.org"
        secret = rove.add_host(name)
        assert rove.update(name, secret, f"10.0.0.{number + 1}")[1].startswith("good")
        rove.wait_dns(name, "A", [f"10.0.0.{number + 1}"])
        times.append(rove.ctl("host", "log", name)[0]["time"])
        assert is_newer(serial_of(rove), serial), step
        serial = serial_of(rove)
        assert rove.update(slowed, slow_secret, "10.2.0.1")[1] == "911", step
    # The clock was really another one.
    day = 86400
    assert times[0] - times[1] > day and times[1] - times[2] > 3000 * day
    assert times[4] - times[3] > 399 * day


# ---- serials -----------------------------------------------------------------------------

def test_serials_rise_across_the_wrap_a_restart_and_a_restore(make_rove, tmp_path):
    rove = make_rove().start_apart()
    rove.add_zone()
    secret = rove.add_host(HOME)
    serial_of(rove)
    for role in ("answer", "publish", "front"):
        rove.stop_role(role)
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        newest, = database.execute("SELECT max(seq) FROM changes").fetchone()
        database.execute("UPDATE zones SET serial_base = ?", (2**32 - newest - 4,))
        database.commit()
    for path in rove.image.iterdir():
        path.unlink()
    rove.start_apart()
    before, wrapped = serial_of(rove), False
    assert before >= 2**32 - 5
    for number in range(1, 9):
        assert update(rove, secret, f"10.0.0.{number}") == "good"
        rove.wait_dns(HOME, "A", [f"10.0.0.{number}"])
        serial = serial_of(rove)
        assert is_newer(serial, before), (serial, before)
        wrapped |= serial < before
        before = serial
        if number == 2:
            rove.ctl("backup", tmp_path / "backup")
        if number == 6:
            rove.kill_role("front")
            rove.start_role("front")
            wait_until(rove.front_is_ready, 20, "front is ready")
            assert serial_of(rove) == serial
    assert wrapped
    rove.stop()
    done = rove.roved("--restore", tmp_path / "backup")
    assert done.returncode == 0, done.stderr
    rove.start_apart()
    rove.wait_dns(HOME, "A", ["10.0.0.2"])
    assert is_newer(serial_of(rove), before)


# ---- one writer --------------------------------------------------------------------------

def held_by(pid, inode):
    """(kind, first, last) of each POSIX lock that the process has on the file."""
    with open("/proc/locks", encoding="ascii") as locks:
        for line in locks:
            words = line.split()
            if "->" not in words and words[1] == "POSIX" and words[4] == str(pid) \
                    and words[5].endswith(f":{inode}"):
                yield words[3], int(words[6]), words[7]


def test_only_front_can_write_and_readers_never_hold_a_lock_of_writers(make_rove, tmp_path):
    rove = make_rove().start_apart()
    rove.add_zone()
    secret = rove.add_host(HOME)
    # A second writer of any kind, though nothing but the database is the same.
    other = Rove(tmp_path / "other")
    other.config.write_text(other.config.read_text().replace(str(other.data), str(rove.data)))
    for args in (["--role", "front"], ["--init"]):
        done = other.roved(*args)
        assert done.returncode == 1 and "locked by process" in done.stderr, done.stderr
    other.clean_up()
    publish = rove.role_pid("publish")
    opened = {os.readlink(f"/proc/{publish}/fd/{fd}"): fd
              for fd in os.listdir(f"/proc/{publish}/fd")
              if os.path.exists(f"/proc/{publish}/fd/{fd}")}
    assert str(rove.database) in opened
    with open(f"/proc/{publish}/fdinfo/{opened[str(rove.database)]}", encoding="ascii") as info:
        flags = int(info.read().split("flags:")[1].split()[0], 8)
    assert flags & os.O_ACCMODE == os.O_RDONLY
    stopping, looked = threading.Event(), 0
    load = threading.Thread(target=lambda: [update(rove, secret, f"10.0.{n >> 8}.{n & 255}")
                                            for n in range(1, 2000) if not stopping.is_set()])
    load.start()
    base = os.stat(rove.database).st_ino
    shared = os.stat(f"{rove.database}-shm").st_ino
    while load.is_alive() and looked < 3000:
        looked += 1
        assert not [lock for lock in held_by(publish, base) if lock[0] == "WRITE"]
        for kind, first, last in held_by(publish, shared):
            assert kind == "READ" or not first <= SHM_CHECKPOINT <= int(last)
            assert kind == "READ" or not first <= SHM_WRITE <= int(last)
    stopping.set()
    load.join()
    assert looked > 50


# ---- tokens in clear ---------------------------------------------------------------------

def test_a_token_that_comes_in_clear_where_that_is_not_allowed_is_shown_as_exposed(rove):
    secret = rove.add_host(HOME)
    rove.ctl("host", "set", HOME, "--plain-http", "off")
    token = rove.ctl("token", "list")[0]
    assert token["exposed"] == 0
    assert rove.update(HOME, "rv_" + "a" * 24, "10.0.0.1")[1] == "badauth"
    assert rove.update(HOME, secret, "10.0.0.1")[1] == "badauth"
    first = wait_until(lambda: rove.ctl("token", "show", token["id"])["exposed"], 10,
                       "the token is exposed")
    # A new one is not, whatever becomes of the old one.
    fresh = rove.ctl("token", "add", HOME)
    assert fresh["exposed"] == 0
    assert rove.update(HOME, secret, "10.0.0.1")[1] == "badauth"
    assert rove.ctl("token", "show", token["id"])["exposed"] == first
