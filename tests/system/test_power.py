# SPDX-License-Identifier: GPL-3.0-or-later
"""The power is cut. What was acknowledged is on the disk, and DNS has a whole image at once, for
answer as for a stock tinydns that opens data.cdb by itself."""
import contextlib
import os
import signal
import subprocess
import time

import dns.exception
import pytest

from cdbfile import entries
from disks import Disk, Remains
from harness import BUILD, ROLES, Rove, ask_dns, texts_of, wait_until
from raw import set_option
from test_update import running_tinydns

SECONDS = int(os.environ.get("ROVE_POWER_S", "7"))
# What the kernel brings to the disk by itself it brings sooner than it would else.
OPTIONS = os.environ.get("ROVE_POWER_OPTIONS", "noatime,commit=1")
ZONE = "dyn.example.org"
MOVING = "moving." + ZONE
STEADY = [f"h{number}.{ZONE}" for number in range(60)]


def install(folder, disk=True):
    """A running service with steady hosts, and one that will move."""
    made = Disk(folder, options=OPTIONS) if disk else None
    rove = set_option(Rove(folder / "rove"), "update", "changes_per_hour = 1000000").init()
    (rove.static / "data").write_text("+www.static.example:192.0.2.80\n.static.example:192.0.2.1:a\n")
    rove.start()
    rove.add_zone()
    secret = rove.add_host(MOVING)
    for number, name in enumerate(STEADY):
        rove.ctl("host", "add", name, "--owner", "owner@example.org", "--address",
                 f"192.0.2.{number}")
    assert rove.update(MOVING, secret, "10.0.0.1") == (200, "good 10.0.0.1")
    rove.wait_dns(MOVING, "A", ["10.0.0.1"])
    return rove, made, secret


def image_file(rove):
    return os.stat(rove.image / "data.cdb").st_ino


def restart(rove):
    rove.stop()
    rove.start()


def reread(rove):
    rove.processes["roved"].send_signal(signal.SIGHUP)


def edit(rove):
    (rove.static / "data.new").write_text((rove.static / "data").read_text()
                                          + "+new.static.example:192.0.2.81\n")
    (rove.static / "data.new").rename(rove.static / "data")


def add_zone(rove):
    rove.ctl("zone", "add", "second.example.org", "--owner", "owner@example.org", "--ns",
             "ns.example.net")


BUILDS = {"the start": restart, "SIGHUP": reread, "a static edit": edit, "a new zone": add_zone}
NAMES = {"a static edit": "new.static.example", "a new zone": "second.example.org"}


def pids(rove):
    return [rove.processes["roved"].pid, *(rove.role_pid(role) for role in ROLES)]


@contextlib.contextmanager
def running_answer(folder):
    """Rove's own responder on a folder, all else being gone; gives its port."""
    process = subprocess.Popen([BUILD / "tests/system/tool_answer", folder, "127.0.0.1", "0"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def is_there(server):
    try:
        return ask_dns(*server, ZONE, "SOA", wait_s=0.2)
    except (OSError, dns.exception.Timeout):
        return None


def look_at_answers(server, allowed, title):
    """All names that nobody changed are right, the moving host has one of its addresses."""
    wait_until(lambda: is_there(server), 20, title + " is there")
    for number in (0, 7, 31, len(STEADY) - 1):
        assert texts_of(ask_dns(*server, STEADY[number], "A"), "A") == [f"192.0.2.{number}"], title
    assert texts_of(ask_dns(*server, "www.static.example", "A"), "A") == ["192.0.2.80"], title
    assert texts_of(ask_dns(*server, MOVING, "A"), "A")[0] in allowed, title
    assert texts_of(ask_dns(*server, ZONE, "SOA"), "SOA"), title


def look_at(folder, allowed, title):
    """What a cut left in the folder of the image."""
    keys = [key for key, _ in entries(folder / "data.cdb")]
    assert len(keys) > len(STEADY), title
    with running_answer(folder) as port:
        look_at_answers(("127.0.0.1", port), allowed, title + ", answer")
    with running_tinydns(folder) as address:
        look_at_answers((address, 53), allowed, title + ", tinydns")


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("kind", BUILDS)
def test_a_cut_of_the_power_at_any_second_after_a_build_leaves_a_whole_image(tmp_path, kind):
    rove, disk, secret = install(tmp_path / "disk")
    try:
        os.sync()  # what comes now is what is looked at
        before = image_file(rove)
        BUILDS[kind](rove)
        wait_until(lambda: image_file(rove) != before, 20, "a new image")
        if kind in NAMES:
            wait_until(lambda: rove.query(NAMES[kind], "A").rcode() == 0, 20, "what it brought")
        allowed = ["10.0.0.1"]
        # The first change exchanges the files' names; later ones go on.
        begin = time.monotonic()
        for second in range(SECONDS):
            address = f"10.0.1.{second}"
            allowed.append(address)
            assert rove.update(MOVING, secret, address) == (200, f"good {address}")
            rove.wait_dns(MOVING, "A", [address])
            time.sleep(max(0.0, begin + second + 1 - time.monotonic()))
            left = tmp_path / "left.disk"
            disk.cut(left, pids(rove))
            with Remains(disk, left) as folder:
                look_at(folder / "rove/data/dns", allowed, f"{second + 1} s after {kind}")
    finally:
        rove.clean_up()
        disk.unmount()
