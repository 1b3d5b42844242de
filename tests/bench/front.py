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

BUILD = pathlib.Path(sys.argv[1]).resolve()
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
os.environ["ROVE_BUILD"] = str(BUILD)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import Rove, free_port, wait_until  # noqa: E402

ROUNDS = 3
CONNECTIONS = 100
MODES = {"same": "kept alive", "fresh": "fresh"}
MOST = 1.3  # times the echo
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def program(name):
    return BUILD / "tests" / "bench" / name


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True,
                          timeout=900).stdout.strip()


def cpu_us(pid):
    """User and system time of a process, all of its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


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
            wait_until(lambda: is_listening(port), 10, name)
            yield process.pid, port
        finally:
            process.terminate()


def measure(pid, port, mode):
    """Microseconds per request."""
    before = cpu_us(pid)
    said = run(program("load"), port, CONNECTIONS, SECONDS, max(HOSTS, 1), mode).split()
    count = int(said[said.index("replies") + 1])
    assert said[said.index("911") + 1] == "0/s", said
    return (cpu_us(pid) - before) / count


def show(figures):
    """Prints a line per mode and server; the ratio of front to the echo."""
    for mode, words in MODES.items():
        floor = statistics.median(figures[mode, "echo"])
        for (at, name), rows in figures.items():
            if at != mode:
                continue
            middle = statistics.median(rows)
            print(f"no change, {words}, {name}: {middle:.2f} us CPU a request "
                  f"({min(rows):.2f} to {max(rows):.2f}), {middle / floor:.2f} x echo"
                  + (f" (wanted: at most {MOST})" if name == "front" else ""), flush=True)


def measure_all(servers):
    figures = {(mode, name): [] for mode in MODES for name in servers}
    for _ in range(ROUNDS):
        for mode, name in figures:
            figures[mode, name].append(measure(*servers[name], mode))
    show(figures)


def main():
    with tempfile.TemporaryDirectory(prefix="rove-bench-") as folder, \
            contextlib.ExitStack() as stack:
        servers = {"http alone": stack.enter_context(server("http_hello"))}
        servers["echo"] = stack.enter_context(
            server("echo", reply_size(servers["http alone"][1])))
        if program("mhd").exists():
            servers["libmicrohttpd"] = stack.enter_context(server("mhd"))
        if HOSTS > 0:
            rove = Rove(pathlib.Path(folder) / "rove", "").init()
            stack.callback(rove.clean_up)
            run(program("bench_store"), rove.data, HOSTS, rove.data / "rove.key")
            rove.start()
            servers["front"] = rove.role_pid("front"), rove.http_port
            wait_until(lambda: rove.image.joinpath("data.cdb").exists(), 120, "the first image")
        measure_all(servers)


main()
