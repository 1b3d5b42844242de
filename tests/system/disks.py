# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of our own, whose power can be cut: a file with a file system, mounted by a loop device.

What a cut leaves is what the file holds at that moment: a copy of it, mounted, is the disk after
the cut. Writes that the kernel still keeps in memory are not in it. Mounts are made in a mount
namespace of this process and its children, so that nothing stays behind however it ends."""
import ctypes
import os
import pathlib
import signal
import subprocess

import pytest

from harness import wait_until
from peers import peer

NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
WRITES, IN_FLIGHT, DISCARDS = 4, 8, 11  # fields of /sys/block/DEVICE/stat
# File system: options of its mkfs for one that is small, and its size in MiB.
KINDS = {
    "ext4": (["-q", "-J", "size=4"], 64),
    "xfs": (["-q", "-f"], 320),
    "btrfs": (["-q", "-f", "-M"], 192),
}
_namespace = []


def own_mounts():
    """A mount namespace for this process; skips the test where there is none to be had."""
    if _namespace:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS):
        pytest.skip(f"no mounts of our own: {os.strerror(ctypes.get_errno())}")
    _run("mount", "--make-rprivate", "/")
    _namespace.append(True)


def _run(*command):
    """Runs it; skips the test where it cannot be done."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]}: {done.stderr.strip()}")


class Disk:
    """A disk with an empty file system, mounted at `folder`."""

    def __init__(self, folder, kind="ext4", options="noatime"):
        own_mounts()
        self.folder, self.kind, self.options = pathlib.Path(folder), kind, options
        self.file = self.folder.with_suffix(".disk")
        self.folder.mkdir(parents=True)
        how, size = KINDS[kind]
        with open(self.file, "wb") as file:
            file.truncate(size << 20)
        made = peer("mkfs." + kind).run(*how, str(self.file))
        assert made.returncode == 0, made.stderr
        self.device = None
        self.mount()

    def mount(self):
        _run("mount", "-o", f"loop,{self.options}", "-t", self.kind, str(self.file),
             str(self.folder))
        with open("/proc/self/mounts", encoding="ascii") as mounts:
            source, = [line.split()[0] for line in mounts
                       if line.split()[1] == str(self.folder)]
        self.device = pathlib.Path("/sys/block", pathlib.Path(source).name, "stat")

    def unmount(self):
        subprocess.run(["umount", self.folder], check=True)

    def _written(self):
        """How many writes there were; None while one is on its way."""
        fields = self.device.read_text(encoding="ascii").split()
        return None if int(fields[IN_FLIGHT]) else (fields[WRITES], fields[DISCARDS])

    def _copy(self, to):
        """Copies the file; false when something was written meanwhile."""
        before = self._written()
        if before is None:
            return False
        subprocess.run(["cp", "--sparse=always", self.file, to], check=True)
        return self._written() == before

    def cut(self, to, pids=()):
        """The disk as a cut of the power at this moment leaves it, as the file `to`. The
        processes, which write to it, stand still meanwhile."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: self._copy(to), 20, "a moment without writes")
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def replace(self, file):
        """Goes on with a disk that cut() left; nobody may use this one any more."""
        self.unmount()
        pathlib.Path(file).rename(self.file)
        self.mount()


class Remains:
    """What a cut left, mounted beside the disk: with Remains(...) as folder."""

    def __init__(self, disk, file):
        self.disk, self.file = disk, pathlib.Path(file)
        self.folder = self.file.with_suffix(".mounted")

    def __enter__(self):
        self.folder.mkdir()
        options = "loop," + self.disk.options + (",nouuid" if self.disk.kind == "xfs" else "")
        _run("mount", "-o", options, "-t", self.disk.kind, str(self.file), str(self.folder))
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)
        self.folder.rmdir()
        self.file.unlink()
