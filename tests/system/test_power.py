# SPDX-License-Identifier: GPL-3.0-or-later
"""The power is cut at each second after each kind of build. DNS has a whole image at once, for
answer as for a stock tinydns that opens data.cdb by itself; a check has a few seconds of it,
`make long` more, on each kind of file system."""
import contextlib
import os
import signal
import subprocess
import time

import dns.exception
import pytest

from cdbfile import entries
from disks import Disk, remains
from harness import BUILD, ROLES, Rove, ask_dns, set_option, texts_of, wait_until
from test_update import running_tinydns

SECONDS = int(os.environ.get("ROVE_POWER_S", "6"))
KINDS = os.environ.get("ROVE_POWER_DISKS", "ext4").split()
# ext4 brings to the disk by itself what it would else bring five seconds after.
OPTIONS = {"ext4": os.environ.get("ROVE_POWER_OPTIONS", "noatime,commit=1")}
ZONE = "dyn.example.org"
MOVING = "moving." + ZONE
STEADY = {f"h{number}.{ZONE}": f"192.0.2.{number}" for number in range(1, 5)}
STEADY |= {f"s{number}.static.example": f"198.51.100.{number}" for number in range(1, 250)}
LINES = ".static.example:192.0.2.1:a\n" + "".join(
    f"+{name}:{address}\n" for name, address in STEADY.items() if "static" in name)


# ---- builds ------------------------------------------------------------------------------

def restart(rove):
    rove.stop()
    rove.start()


def reread(rove):
    rove.processes["roved"].send_signal(signal.SIGHUP)


def edit(rove):
    (rove.static / "data.new").write_text(LINES + "+new.static.example:192.0.2.81\n")
    (rove.static / "data.new").rename(rove.static / "data")


def add_zone(rove):
    rove.ctl("zone", "add", "second.example.org", "--owner", "owner@example.org", "--ns",
             "ns.example.net")


# What builds a whole image, and a name that tells that it is in place.
BUILDS = {"the start": (restart, None), "SIGHUP": (reread, None),
          "a static edit": (edit, "new.static.example"),
          "a new zone": (add_zone, "second.example.org")}


class Installation:
    """A running service of which one host moves, and what it was told."""

    def __init__(self, folder, kind):
        self.kind = kind
        self.rove = set_option(Rove(folder), "update", "changes_per_hour = 1000000").init()
        (self.rove.static / "data").write_text(LINES)
        self.rove.start()
        self.rove.add_zone()
        self.secret = self.rove.add_host(MOVING)
        for name, address in STEADY.items():
            if name.endswith(ZONE):
                self.rove.ctl("host", "add", name, "--owner", "owner@example.org", "--address",
                              address)
        self.allowed = []
        self.move("10.0.0.1")

    def image_id(self):
        return os.stat(self.rove.image / "data.cdb").st_ino

    def build(self):
        """Has a whole image made, and waits until it is in place."""
        do, name = BUILDS[self.kind]
        before = self.image_id()
        do(self.rove)
        wait_until(lambda: self.image_id() != before, 20, f"a new image after {self.kind}")
        if name:
            wait_until(lambda: self.rove.query(name, "A").rcode() == 0, 20, f"{name} is there")

    def move(self, address):
        self.allowed.append(address)
        assert self.rove.update(MOVING, self.secret, address) == (200, f"good {address}")
        self.rove.wait_dns(MOVING, "A", [address])

    def pids(self):
        return [self.rove.processes["roved"].pid, *(self.rove.role_pid(role) for role in ROLES)]


# ---- what a cut leaves -------------------------------------------------------------------

@contextlib.contextmanager
def running_answer(folder):
    """Rove's own responder on a folder, all else being gone; gives its address and port."""
    process = subprocess.Popen([BUILD / "tests/system/tool_answer", folder, "127.0.0.1", "0"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield "127.0.0.1", int(process.stdout.readline())
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
    for name in list(STEADY)[::25]:
        assert texts_of(ask_dns(*server, name, "A"), "A") == [STEADY[name]], title
    assert texts_of(ask_dns(*server, MOVING, "A"), "A")[0] in allowed, title
    for zone in (ZONE, "static.example"):
        assert texts_of(ask_dns(*server, zone, "SOA"), "SOA"), title


def look_at(folder, allowed, title):
    """What a cut left in the folder of the image."""
    found = {(key, value[15:]) for key, value in entries(folder / "data.cdb")}
    for name, address in STEADY.items():
        key = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        assert (key, bytes(map(int, address.split(".")))) in found, f"{title}: {name}"
    with running_answer(folder) as server:
        look_at_answers(server, allowed, title + ", answer")
    with running_tinydns(folder) as address:
        look_at_answers((address, 53), allowed, title + ", tinydns")


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_of_the_power_at_any_second_after_a_build_leaves_a_whole_image(tmp_path, kind):
    disk = Disk(tmp_path / "disk", kind, OPTIONS.get(kind, "noatime"))
    made = []
    try:
        for build in BUILDS:
            made.append(Installation(disk.folder / build.replace(" ", "-"), build))
        # Whatever was written so far is on the disk.
        subprocess.run(["sync", "-f", disk.folder], check=True)
        for each in made:
            each.build()
        begin, pids = time.monotonic(), [pid for each in made for pid in each.pids()]
        for second in range(1, SECONDS + 1):
            for each in made:  # the first of these exchanges the files' names
                each.move(f"10.0.1.{second}")
            time.sleep(max(0.0, begin + second - time.monotonic()))
            disk.cut(pids)
            with remains(disk) as folder:
                for each in made:
                    look_at(folder / each.rove.folder.name / "data/dns", each.allowed,
                            f"{second} s after {each.kind}, on {kind}")
    finally:
        for each in made:
            each.rove.clean_up()
        disk.close()
