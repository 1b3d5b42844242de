# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of /api/v1/events that reads what comes, byte by byte as it comes."""
import json
import socket
import time

from harness import PATIENCE


class Event:
    """One event, with its data as JSON."""

    def __init__(self, text):
        lines = [line.partition(":") for line in text.split("\n")]
        values = {name: value[1:] for name, _, value in lines if name}
        assert len(values) == len([name for name, _, _ in lines if name]), text
        self.id, self.kind = int(values["id"]), values["event"]
        self.data = json.loads(values["data"])

    def __repr__(self):
        return f"{self.kind} {self.id} {self.data}"


class Listener:
    """A stream that has been asked for. `connection` is a socket that is connected already."""

    def __init__(self, rove, connection=None, target="/api/v1/events", method="GET",
                 version="1.1", **fields):
        self.connection = connection or socket.create_connection((rove.address, rove.http_port),
                                                                 timeout=10)
        host = rove.origin.partition("://")[2]
        lines = [f"{method} {target} HTTP/{version}", f"Host: {host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        self.rest, self.comments, self.is_over = b"", 0, False
        self.connection.sendall("\r\n".join(lines + ["", ""]).encode())
        head = self._take(b"\r\n\r\n", 20).decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.fields = {name.lower(): value for name, value in
                       (line.split(": ", 1) for line in head[1:])}

    def _take(self, end, seconds):
        """The bytes up to `end`; None: the stream is over without them."""
        deadline = time.monotonic() + seconds * PATIENCE
        while end not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"nothing came but {self.rest!r}")
            self.connection.settimeout(left)
            try:
                more = self.connection.recv(65536)
            except ConnectionResetError:
                more = b""
            self.is_over |= not more
            if not more:
                return None
            self.rest += more
        taken, self.rest = self.rest.split(end, 1)
        return taken

    def next(self, *kinds, seconds=10):
        """The next event, of one of these kinds if any are given; None: the stream is over."""
        while True:
            block = self._take(b"\n\n", seconds)
            if block is None:
                return None
            self.comments += block.startswith(b":")
            if block.startswith((b":", b"retry: ")):
                continue
            event = Event(block.decode())
            if not kinds or event.kind in kinds:
                return event

    def of_host(self, name, *kinds, seconds=10):
        """The next event about this host."""
        while True:
            event = self.next(*kinds, seconds=seconds)
            if event is None or name in (event.data.get("name"), event.data.get("host")):
                return event

    def all_until(self, kind, seconds=10):
        """All events up to one of this kind, with it."""
        found = [self.next(seconds=seconds)]
        while found[-1].kind != kind:
            found.append(self.next(seconds=seconds))
        return found

    def ends(self, seconds=10):
        """Reads on until the stream is over."""
        while self.next(seconds=seconds):
            pass
        return True

    def close(self):
        self.connection.close()


def fields_of(asker):
    """How an Api or a Browser of api.py says who it is."""
    if asker.token:
        return {"Authorization": f"Bearer {asker.token}"}
    return {"Cookie": f"__Host-rove={asker.cookie}"} if asker.cookie else {}


def listen(asker, target="/api/v1/events", **fields):
    """A stream that was granted, behind the event with which each begins."""
    listener = Listener(asker.rove, target=target, **(fields_of(asker) | fields))
    assert listener.status == 200, listener.rest
    return listener
