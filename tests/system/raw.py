# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers do to a service: raw sockets, many sources, and a look at its processes."""
import dataclasses
import itertools
import json
import os
import pathlib
import resource
import select
import socket
import struct
import time

from harness import basic, wait_until

HOST = "Host: rove.example\r\n"
PING = f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode()
# Freed memory that ASan keeps aside would look like a leak to who measures a process.
SMALL_QUARANTINE = {"ASAN_OPTIONS": ":".join(filter(None, [
    os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1", "thread_local_quarantine_size_kb=64"]))}


def update_request(name, secret, myip, fields="", method="GET"):
    """The bytes of an update call."""
    return (f"{method} /nic/update?hostname={name}&myip={myip} HTTP/1.1\r\n{HOST}"
            f"Authorization: {basic(name, secret)}\r\n{fields}\r\n").encode()


# ---- connections -------------------------------------------------------------------------

def sources(first="127.1.0.0"):
    """One loopback address after the other."""
    start = int.from_bytes(socket.inet_aton(first), "big")
    for number in itertools.count(start):
        if number & 0xff not in (0, 255):
            yield socket.inet_ntoa(number.to_bytes(4, "big"))


def connect(rove, source=None, wait_s=30, room=None):
    """A connected socket, from the given loopback address, with room for so many bytes that
    nobody reads."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        peer.settimeout(wait_s)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if room:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if source:
            # The port is chosen at connect(), so that sources can share the ports.
            peer.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            peer.bind((source, 0))
        peer.connect((rove.address, rove.http_port))
    except OSError:
        peer.close()
        raise
    return peer


def reset(peer):
    """Closes with RST instead of FIN."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def read_to_end(peer, wait_s=30):
    """All bytes until the other side closes or resets."""
    peer.settimeout(wait_s)
    received = b""
    try:
        while data := peer.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def ask(rove, data, wait_s=30, source=None):
    """Sends the bytes on a connection of its own, shuts down writing, gives all replies."""
    with connect(rove, source, wait_s) as peer:
        try:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused while we were still sending; the reply may be there
        return replies_in(read_to_end(peer, wait_s))


@dataclasses.dataclass(frozen=True)
class Reply:
    status: int
    fields: dict
    body: bytes

    @property
    def words(self):
        return self.body.decode()

    @property
    def closes(self):
        return self.fields.get("connection", "").lower() == "close"


def take_reply(data, head=False):
    """(the first reply in the bytes, what follows it), or None when it is not whole."""
    top, mark, rest = data.partition(b"\r\n\r\n")
    if not mark:
        return None
    line, *lines = top.decode("latin-1").split("\r\n")
    version, status = line.split(" ")[:2]
    assert version == "HTTP/1.1", line
    fields = {name.lower(): value.strip()
              for name, value in (field.split(":", 1) for field in lines)}
    length = 0 if head or status == "100" else int(fields.get("content-length", 0))
    if len(rest) < length:
        return None
    return Reply(int(status), fields, rest[:length]), rest[length:]


def replies_in(data):
    """All replies; they must fill the bytes."""
    replies = []
    while data:
        found = take_reply(data)
        assert found, f"{len(replies)} replies, then {data[:200]!r}"
        replies.append(found[0])
        data = found[1]
    return replies


class Kept:
    """One kept-alive connection that asks again and again."""

    def __init__(self, rove, source=None):
        self.rove, self.source = rove, source
        self.peer = None
        self.rest = b""

    def ask(self, data):
        """The reply; a connection that was closed after its last reply is made again."""
        for attempt in (1, 2):
            if not self.peer:
                self.peer, self.rest = connect(self.rove, self.source), b""
            try:
                self.peer.sendall(data)
                reply = self.read()
            except (ConnectionResetError, BrokenPipeError, EOFError):
                self.close()
                if attempt == 2:
                    raise
                continue
            if reply.closes:
                self.close()
            return reply

    def read(self):
        while not (found := take_reply(self.rest)):
            data = self.peer.recv(65536)
            if not data:
                raise EOFError("closed before the reply")
            self.rest += data
        reply, self.rest = found
        return reply

    def close(self):
        if self.peer:
            self.peer.close()
        self.peer = None


class Crowd:
    """Many open connections that are watched for their end."""

    def __init__(self):
        self.poll = select.epoll()
        self.peers = {}  # fd: (socket, opened at)
        self.received = {}
        self.ended = []  # seconds that each lived

    def add(self, peer):
        """Takes the socket; its number is how it is named here."""
        peer.setblocking(False)
        self.poll.register(peer, select.EPOLLIN)
        self.peers[peer.fileno()] = (peer, time.monotonic())
        return peer.fileno()

    def send(self, fd, data):
        try:
            self.peers[fd][0].send(data)
        except (BrokenPipeError, ConnectionResetError, BlockingIOError):
            pass

    def look(self, wait_s=0):
        """Takes what came, and takes out who was cut off."""
        for fd, _ in self.poll.poll(wait_s):
            peer, opened = self.peers[fd]
            try:
                data = peer.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                self.received[fd] = self.received.get(fd, b"") + data
                continue
            self.ended.append(time.monotonic() - opened)
            del self.peers[fd]
            peer.close()

    def close(self):
        for peer, _ in self.peers.values():
            peer.close()
        self.peers = {}
        self.poll.close()


# ---- the local socket --------------------------------------------------------------------

class Local:
    """A connection to RUN/front/socket, as rovectl has one."""

    def __init__(self, rove):
        self.peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.peer.settimeout(20)
        self.peer.connect(str(rove.run_folder / "front/socket"))

    def send(self, method, path, body=None):
        self.send_text(json.dumps({"method": method, "path": path}
                                  | ({} if body is None else {"body": body})))

    def send_text(self, text):
        data = text.encode()
        self.peer.sendall(b"RV\x01" + struct.pack("<H", 1)
                          + struct.pack("<I", len(data))[:3] + data)

    def read(self):
        """(status, body) of a reply."""
        packet = self.peer.recv(256 * 1024)
        assert packet, "front closed the local socket"
        assert packet[:3] == b"RV\x01"
        reply = json.loads(packet[8:])
        return reply["status"], reply["body"]

    def call(self, method, path, body=None):
        self.send(method, path, body)
        return self.read()

    def close(self):
        self.peer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connections(rove):
    """How many HTTP connections front has open."""
    with Local(rove) as local:
        return local.call("GET", "/status")[1]["connections"]


def wait_no_connections(rove, seconds=15):
    with Local(rove) as local:
        wait_until(lambda: local.call("GET", "/status")[1]["connections"] == 0, seconds,
                   "no connection is left")


# ---- processes ---------------------------------------------------------------------------

def resident_kib(pid):
    """The process's own memory: file pages come and go."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise AssertionError("no RssAnon")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def allow_descriptors(count):
    """Both we and the processes that we start get so many, as far as the machine lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        top = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))


# ---- time --------------------------------------------------------------------------------

def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def timed(call):
    """(what it gives, seconds it took)."""
    start = time.monotonic()
    result = call()
    return result, time.monotonic() - start
