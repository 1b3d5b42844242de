# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's package of the tree, and a small Debian 12 in a folder for it."""
import os
import pathlib
import re
import shutil

from harness import TREE
from machine import run, tree


def build(folder):
    """The package's file; lintian has found no error in it."""
    run(TREE / "packaging" / "build-deb", folder)
    return next(folder.glob("rove_*.deb"))


def named_in(deb, *fields):
    """The packages that these fields of the package name, of alternatives the first."""
    said = run("dpkg-deb", "-f", deb, *fields)
    return sorted({re.split(r"[ (:|]", item.strip())[0] for line in said.splitlines()
                   for item in line.split(":", 1)[1].split(",")})


class Chroot:
    """A small Debian in a folder; what runs in it sees its own files and /proc only."""

    def __init__(self, folder, before=()):
        self.root = folder
        self.before = list(before)  # words of a command that runs the rest elsewhere

    def command(self, *words):
        return [*self.before, "unshare", "--mount", "sh", "-c",
                'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', self.root,
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                "DEBIAN_FRONTEND=noninteractive", *words]

    def run(self, *words):
        return run(*self.command(*words))

    def install(self, deb):
        shutil.copy(deb, self.root / "tmp/rove.deb")
        said = self.run("dpkg", "-i", "/tmp/rove.deb")
        (self.root / "tmp/rove.deb").unlink()
        return said

    def path(self, path):
        return self.root / path.lstrip("/")

    def user(self, name):
        row = re.search(rf"^{name}:[^:]*:(\d+):", self.path("/etc/passwd").read_text(), re.M)
        assert row, f"no user {name}"
        return int(row[1])

    def files(self):
        """All paths, without what packages leave in logs and in dpkg's own records."""
        noise = ("var/log/", "var/lib/dpkg/", "var/cache/", "tmp/", "proc/",
                 "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid",
                 "etc/subgid", "etc/.pwd.lock", "run/adduser")
        found = (str(path.relative_to(self.root)) for path in self.root.rglob("*"))
        return {path for path in found if not path.startswith(noise)}


def chroot(folder, name, packages, before=()):
    """A chroot with these packages, which is kept packed under the name for the next time."""
    root = tree(folder, name, packages)
    for device, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        path = root / "dev" / device
        if not path.exists():
            os.mknod(path, 0o666 | 0o020000, os.makedev(1, minor))
        path.chmod(0o666)
    # No package may start anything here.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    open_way_to(root)
    return Chroot(root, before)


def open_way_to(folder):
    """Users without rights on the test's folders have to get in."""
    for parent in folder.parents:
        if parent == pathlib.Path("/tmp"):
            break
        parent.chmod(0o755)
