#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update that changes nothing costs over HTTPS: microseconds of CPU (user and system) of
all our processes for each, over a fresh connection, over one that was resumed (which the client
ends, or the server) and over one that is kept alive, by TLS 1.2 and 1.3.

    https.py BUILD-FOLDER [HOSTS [SECONDS [ROUNDS]]]

Beside it, in pairs that change their order, Debian's nginx with the same certificate, ciphers and
number of workers, which answers all requests with one constant: its own, and one that it gets from
a second nginx over a Unix socket, so that the process with the key reads no request's meaning.
The load runs on the same machine, so only the ratios mean something."""
import contextlib
import os
import pathlib
import statistics
import sys
import tempfile

from common import attempt, cpu_us, limit, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
os.environ["ROVE_BUILD"] = str(BUILD)

from https_parts import Https, load, nginx, nginx_before_nginx  # noqa: E402

CLIENTS = 16
# Times nginx; docs/performance.md has why two processes cost more than one, and the goals.
MOST = {"fresh": 1.5, "resumed": 1.8, "last": 1.8, "same": 2.8}
WORDS = {"fresh": "fresh connection", "resumed": "resumed session",
         "last": "resumed session that the server ends", "same": "kept alive"}
VERSIONS = ("1.2", "1.3")


def measure(pids, port, mode, version):
    """Microseconds of CPU for an update, of the processes and of all below them."""
    before = sum(map(cpu_us, pids))
    said = load(port, CLIENTS, SECONDS, HOSTS, version, mode)
    assert said["failed"] == 0, said
    return (sum(map(cpu_us, pids)) - before) / said["replies"]


def show(mode, version, rounds):
    """A line for each server, and Rove in relation to the others."""
    what = f"{WORDS[mode]}, TLS {version}"
    for name in rounds[0]:
        rows = [figures[name] for figures in rounds if figures[name]]
        if rows:
            say(f"{what}, {name}: {statistics.median(rows):.1f} us CPU an update "
                f"({min(rows):.1f} to {max(rows):.1f})")
    for name in list(rounds[0])[1:]:
        limit(f"{what}, Rove beside {name}",
              [figures["Rove"] / figures[name] for figures in rounds
               if figures["Rove"] and figures[name]],
              MOST[mode] if name == "nginx" else None)


def measure_all(servers):
    for mode in MOST:
        for version in VERSIONS:
            rounds = []
            for number in range(ROUNDS):
                order = list(servers.items())[::-1 if number % 2 else 1]
                figures = {name: attempt(f"{name}, {mode}, {version}", measure, *server, mode,
                                         version) for name, server in order}
                rounds.append({name: figures[name] for name in servers})
            show(mode, version, rounds)


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as name, \
            contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        rove = Https(folder, HOSTS)
        stack.callback(rove.clean_up)
        rove.start()
        servers = {"Rove": (rove.pids, rove.port)}
        for title, start in (("nginx", nginx), ("nginx before nginx", nginx_before_nginx)):
            found = attempt(title, lambda start=start: stack.enter_context(
                start(folder, rove.chain, rove.key, rove.threads)))
            if found:
                servers[title] = found
        measure_all(servers)


run(main)
