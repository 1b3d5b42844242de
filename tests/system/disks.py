# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of our own, whose power can be cut: a file with a file system, mounted by a loop device.

What a cut leaves is what the file holds at that moment: a copy of it, mounted, is the disk after
the cut. Writes that the kernel still keeps in memory are not in it. Mounts are made in a mount
namespace of this process and its children, so that nothing stays behind however it ends."""
import contextlib
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
        self.folder.mkdir(parents=True)
        # In memory, where no sync waits for what others write to the machine's own disk.
        self.memory = self.folder.with_suffix(".memory")
        self.memory.mkdir()
        _run("mount", "-t", "tmpfs", "none", str(self.memory))
        self.file, self.left = self.memory / "disk", self.memory / "left"
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

    def close(self):
        self.unmount()
        subprocess.run(["umount", self.memory], check=True)

    def _written(self):
        """How many writes there were; None while one is on its way."""
        fields = self.device.read_text(encoding="ascii").split()
        return None if int(fields[IN_FLIGHT]) else (fields[WRITES], fields[DISCARDS])

    def _copy(self):
        """Copies the file; false when something was written meanwhile."""
        before = self._written()
        if before is None:
            return False
        subprocess.run(["cp", "--sparse=always", self.file, self.left], check=True)
        return self._written() == before

    def cut(self, pids, then=lambda: None):
        """Makes the file `left`, the disk as a cut of the power at this moment leaves it. The
        processes, which write to it, stand still meanwhile; `then` may end them."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(self._copy, 20, "a moment without writes")
            then()
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def replace(self):
        """Goes on with what cut() left; nobody may use this disk any more."""
        self.unmount()
        self.left.rename(self.file)
        self.mount()


@contextlib.contextmanager
def remains(disk):
    """What a cut left, mounted beside the disk; gives the folder."""
    folder = disk.folder.with_suffix(".left")
    folder.mkdir()
    options = "loop," + disk.options + (",nouuid" if disk.kind == "xfs" else "")
    _run("mount", "-o", options, "-t", disk.kind, str(disk.left), str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()
        disk.left.unlink()
