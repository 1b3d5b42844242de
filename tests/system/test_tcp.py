# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over TCP when many hold connections without a use for them."""
import contextlib
import socket

import dns.message
import dns.rcode

from harness import wait_until

ZONE = "example.net"
IDLE, TRICKLING, QUESTIONS = 1000, 100, 200
CONNECTIONS = 512  # that are served at a time
QUERY = dns.message.make_query(f"www.{ZONE}", "A").to_wire()
FRAMED = len(QUERY).to_bytes(2, "big") + QUERY


def connect(rove, number):
    """A connection from one of many addresses of this machine."""
    client = socket.socket()
    client.settimeout(20)
    client.bind((f"127.0.{1 + number // 50}.1", 0))
    client.connect((rove.address, rove.dns_port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def read_reply(client):
    stream = client.makefile("rb")
    return dns.message.from_wire(stream.read(int.from_bytes(stream.read(2), "big")))


def is_open(client):
    """Whether the other end has not closed it."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def send_byte(client, number):
    with contextlib.suppress(OSError):
        client.send(FRAMED[number:number + 1])


def test_idle_and_trickling_connections_hold_up_nobody(make_rove):
    rove = make_rove()
    (rove.static / "data").write_text(f".{ZONE}::ns.{ZONE}:3600\n+www.{ZONE}:192.0.2.1\n")
    rove.start()
    rove.wait_dns(f"www.{ZONE}", "A", ["192.0.2.1"])
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(rove, number)) for number in range(IDLE)]
        # The oldest gave way, and there are never more than those.
        wait_until(lambda: sum(map(is_open, idle)) <= CONNECTIONS, 5, "the oldest are closed")
        trickling = [stack.enter_context(connect(rove, IDLE + number))
                     for number in range(TRICKLING)]
        # They are connected before anybody has taken them.
        wait_until(lambda: sum(map(is_open, idle + trickling)) <= CONNECTIONS, 5,
                   "for these, others are closed")
        for number in range(QUESTIONS):
            for client in trickling:
                send_byte(client, number // 20)  # one in some time, never a whole query
            assert rove.addresses(f"www.{ZONE}", "A") == ["192.0.2.1"]
            assert sum(map(is_open, idle + trickling)) <= CONNECTIONS
        with connect(rove, 0) as client:  # others get in, and are answered
            client.sendall(FRAMED)
            assert read_reply(client).answer
        # Bytes that trickle in gain no time: 2 s at most while most places are taken.
        wait_until(lambda: not any(map(is_open, trickling)), 12, "those that trickle are closed")
        wait_until(lambda: not any(map(is_open, idle)), 12, "all that are idle are closed")


def test_queries_sent_ahead_are_answered_and_a_broken_one_gets_formerr(make_rove):
    rove = make_rove()
    (rove.static / "data").write_text(f".{ZONE}::ns.{ZONE}:3600\n+www.{ZONE}:192.0.2.1\n")
    rove.start()
    rove.wait_dns(f"www.{ZONE}", "A", ["192.0.2.1"])
    broken = QUERY[:12] + b"\xff" + QUERY[13:]
    with connect(rove, 0) as client:
        client.sendall(FRAMED * 50 + len(broken).to_bytes(2, "big") + broken + FRAMED)
        stream = client.makefile("rb")
        codes = [dns.message.from_wire(stream.read(int.from_bytes(stream.read(2), "big")),
                                       ignore_trailing=True, continue_on_error=True).rcode()
                 for _ in range(52)]
    assert codes == [dns.rcode.NOERROR] * 50 + [dns.rcode.FORMERR, dns.rcode.NOERROR]
