#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update that changes nothing costs front: microseconds of CPU (user and system) per
request, over kept-alive and over fresh connections, beside the same requests to a bare epoll
echo, to libmicrohttpd's hello and to Rove's own HTTP part with a handler that does nothing.

    front.py BUILD-FOLDER [HOSTS [SECONDS]]

With 0 hosts front itself is left out. Every server is measured in each of the rounds, in turn;
the figures are medians over the rounds. The load runs on the same machine, so only the ratios
mean something."""
import contextlib
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile

from common import attempt, cpu_us, limit, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
os.environ["ROVE_BUILD"] = str(BUILD)

from harness import Rove, free_port, wait_until  # noqa: E402

ROUNDS = 3
CONNECTIONS = 100
MODES = {"same": "kept alive", "fresh": "fresh"}
# Times the echo. Kept alive, an echo is all but the kernel's own work, and two look-ups among a
# million hosts, in memory that no cache holds, cost a third of it.
MOST = {"same": 2.3, "fresh": 1.3}


def program(name):
    return BUILD / "tests" / "bench" / name


def output_of(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True,
                          timeout=900).stdout.strip()


def is_listening(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def reply_size(port):
    """Bytes of the reply to a request of load's shape."""
    with socket.create_connection(("127.0.0.1", port), 5) as peer:
        peer.sendall(b"GET /nic/update HTTP/1.1\r\nHost: ddns.example.org\r\n\r\n")
        return len(peer.recv(4096))


@contextlib.contextmanager
def server(name, *args):
    """A benchmark's server on a free port: (process id, port)."""
    port = free_port()
    with subprocess.Popen([program(name), str(port), *map(str, args)]) as process:
        try:
            wait_until(lambda: is_listening(port), 60, name)
            yield process.pid, port
        finally:
            process.terminate()


def measure(pid, port, mode):
    """Microseconds per request."""
    before = cpu_us(pid)
    said = output_of(program("load"), port, CONNECTIONS, SECONDS, max(HOSTS, 1), mode).split()
    count = int(said[said.index("replies") + 1])
    assert said[said.index("911") + 1] == "0/s", said
    return (cpu_us(pid) - before) / count


def show(rounds):
    """A line per mode and server; the ratio of front to the echo."""
    for mode, words in MODES.items():
        for name in {name: None for figures in rounds for at, name in figures if at == mode}:
            rows = [figures[mode, name] for figures in rounds if figures[mode, name]]
            if rows:
                say(f"no change, {words}, {name}: {statistics.median(rows):.2f} us CPU a request "
                    f"({min(rows):.2f} to {max(rows):.2f})")
            if name != "echo":
                limit(f"no change, {words}, {name} beside the echo",
                      [figures[mode, name] / figures[mode, "echo"] for figures in rounds
                       if figures[mode, name] and figures.get((mode, "echo"))],
                      MOST[mode] if name == "front" else None)


def measure_all(servers):
    show([{(mode, name): attempt(f"{name}, {mode}", measure, *server, mode)
           for mode in MODES for name, server in servers.items()} for _ in range(ROUNDS)])


def start_front(stack, folder):
    """Its process id and port; each try has a folder of its own."""
    rove = Rove(pathlib.Path(tempfile.mkdtemp(dir=folder)) / "rove", "").init()
    stack.callback(rove.clean_up)
    output_of(program("bench_store"), rove.data, HOSTS, rove.data / "rove.key")
    rove.start()
    wait_until(lambda: rove.image.joinpath("data.cdb").exists(), 300, "the first image")
    return rove.role_pid("front"), rove.http_port


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as folder, \
            contextlib.ExitStack() as stack:
        def start(name, *args):
            return attempt(name, lambda: stack.enter_context(server(name, *args)))

        pathlib.Path(folder).chmod(0o755)
        servers = {"http alone": start("http_hello")}
        size = attempt("the size of a reply", lambda: reply_size(servers["http alone"][1]))
        servers["echo"] = size and start("echo", size)
        if program("mhd").exists():
            servers["libmicrohttpd"] = start("mhd")
        if HOSTS > 0:
            servers["front"] = attempt("front", start_front, stack, folder)
        measure_all({name: server for name, server in servers.items() if server})


run(main)
