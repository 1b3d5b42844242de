#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes until changes are in the image, beside a full build and beside tinydns-data
on the same zone, which is what tinydns offers instead.

    publish.py BUILD-FOLDER [HOSTS ...]"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from common import attempt, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = [int(count) for count in sys.argv[2:]] or [100_000, 1_000_000, 5_000_000]
os.environ["ROVE_BUILD"] = str(BUILD)

from peers import peer  # noqa: E402

RUNS = 3
AAAA = "\\040\\001\\015\\270" + "\\000" * 8


def write_text(path, hosts):
    """The zone of publish.c as text in the tinydns data language."""
    with open(path, "w", encoding="ascii") as text:
        text.write(".dyn.example.org::ns1.example.org\n")
        for i in range(hosts):
            last = "".join(f"\\{byte:03o}" for byte in i.to_bytes(4, "big"))
            name = f"h{i:08}.dyn.example.org"
            text.write(f"+{name}:198.51.100.{i & 255}:60\n:{name}:28:{AAAA}{last}:60\n")


def tinydns_data_s(folder):
    """Seconds of one run."""
    start = time.monotonic()
    done = subprocess.run([peer("tinydns-data").path], cwd=folder, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - start


def measure(hosts):
    with tempfile.TemporaryDirectory(prefix="rove-bench-", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        write_text(folder / "data", hosts)
        theirs = statistics.median(tinydns_data_s(folder) for _ in range(RUNS))
        say(f"{hosts} hosts: tinydns-data {theirs:.3f} s (median of {RUNS})")
        (folder / "data.cdb").unlink()
        subprocess.run([BUILD / "tests" / "bench" / "publish", folder / "image", str(hosts)],
                       check=True, timeout=900)


def main():
    for hosts in HOSTS:
        attempt(f"changes of {hosts} hosts", measure, hosts)


run(main)
