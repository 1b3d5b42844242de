# SPDX-License-Identifier: GPL-3.0-or-later
"""A stranger writes nothing."""
import hashlib
import socket
import time

from harness import basic

REQUESTS = 100_000
NAME = "home.dyn.example.org"


def requests_of_strangers(secret):
    """Requests that must all be refused, as bytes."""
    formed = secret[:3] + secret[3:][::-1]
    rows = [
        ("/nic/update?hostname=" + NAME, None),
        ("/nic/update?hostname=" + NAME + "&myip=198.51.100.9", basic(NAME, formed)),
        ("/nic/update?hostname=nobody.dyn.example.org&myip=198.51.100.9", basic("x", "y")),
        ("/nic/update?hostname=" + NAME + "&offline=YES", "Bearer " + formed),
        ("/nic/update", basic(NAME, "")),
    ]
    for target, authorization in rows:
        field = f"Authorization: {authorization}\r\n" if authorization else ""
        yield f"GET {target} HTTP/1.1\r\nHost: rove.example\r\n{field}\r\n".encode()


def read_reply(stream):
    """(status line, body) of the next reply."""
    status = stream.readline()
    length = 0
    for line in iter(stream.readline, b"\r\n"):
        assert line, "closed within a reply"
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, stream.read(length)


def state_of_data(rove):
    """Size, time and content of what the database consists of on disk. The -shm file is only
    memory that its connections share."""
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns,
                        hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(rove.data.iterdir())
            if path.is_file() and not path.name.endswith("-shm")}


def test_a_hundred_thousand_bad_requests_write_nothing(rove):
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, "198.51.100.7") == (200, "good 198.51.100.7")
    rove.wait_dns(NAME, "A", ["198.51.100.7"])
    requests = list(requests_of_strangers(secret))
    before, lines, start = state_of_data(rove), len(rove.log().splitlines()), time.monotonic()

    sent, replies = 0, set()
    while sent < REQUESTS:
        # Each connection asks one after the other, as often as front lets it.
        with socket.create_connection((rove.address, rove.http_port), timeout=20) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = peer.makefile("rb")
            done = 0
            while sent < REQUESTS:
                try:
                    peer.sendall(requests[sent % len(requests)])
                    status, body = read_reply(stream)
                except (OSError, AssertionError):
                    assert done, "closed before the first reply"
                    break
                if not status:
                    assert done, "closed before the first reply"
                    break
                replies.add((status.split()[1], body))
                done += 1
                sent += 1

    # Past the burst a stranger is slowed with a word that is not fatal, at no further cost.
    assert replies <= {(b"401", b"badauth\n"), (b"503", b"911\n")}
    assert state_of_data(rove) == before
    elapsed = time.monotonic() - start
    assert len(rove.log().splitlines()) - lines <= elapsed + 1
    assert rove.update(NAME, secret, "198.51.100.7") == (200, "nochg 198.51.100.7")
