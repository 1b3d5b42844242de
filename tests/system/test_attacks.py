# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers do on purpose: slow, broken and lying peers, and guesses. Beside them honest
clients are served as if they were alone, and nothing stays behind."""
import contextlib
import itertools
import socket
import time

import pytest

from raw import (HOST, PING, Crowd, Kept, Local, allow_descriptors, ask, connect, connections,
                 percentile, read_to_end, replies_in, reset, resident_kib, sources, timed,
                 update_request, wait_no_connections)

NAME = "home.dyn.example.org"
ADDRESS = "198.51.100.7"

SLOW_PEERS = 2000
HEAD_S = 10            # from accept to a whole head
TRICKLE_S = 5          # between two bytes of a slow head
LATE_S = 2             # what a busy machine may add to a deadline
STUCK_S = 15           # no connection lives longer than this without getting on
PER_SOURCE = 256       # connections of one source
CALM_S = 0.1           # p99 of an update on a busy test machine, under sanitizers

FORM = f"hostname={NAME}&myip={ADDRESS}"


@pytest.fixture(name="honest")
def fixture_honest(rove):
    """(service, the bytes of an update that changes nothing)."""
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, ADDRESS) == (200, f"good {ADDRESS}")
    return rove, update_request(NAME, secret, ADDRESS)


def update_fresh(rove, request, source=None):
    """One honest update on a connection of its own; the seconds it took."""
    replies, took = timed(lambda: ask(rove, request, source=source))
    assert [(reply.status, reply.words) for reply in replies] == [(200, f"nochg {ADDRESS}\n")]
    return took


def baseline(rove, request):
    return percentile([update_fresh(rove, request) for _ in range(200)], 0.99)


def still_well(rove, request):
    """It answers, and nothing of what was done to it is left."""
    update_fresh(rove, request)
    wait_no_connections(rove)


# ---- slow ones ---------------------------------------------------------------------------

SLOW_HEAD = f"GET /nic/update?{FORM} HTTP/1.1\r\n{HOST}X-Slow: {'x' * 100}".encode()


class SlowHeads:
    """Peers that each begin a request at once and send a byte more every TRICKLE_S."""

    def __init__(self, rove, addresses):
        self.rove, self.addresses = rove, addresses
        self.crowd = Crowd()
        self.sent = {}
        self.opened = 0

    def open(self):
        peer = self.crowd.add(connect(self.rove, next(self.addresses)))
        self.sent[peer] = 1 + self.opened % (len(SLOW_HEAD) - 50)
        self.crowd.send(peer, SLOW_HEAD[:self.sent[peer]])
        self.opened += 1

    def trickle(self):
        for peer in list(self.crowd.peers):
            self.crowd.send(peer, SLOW_HEAD[self.sent[peer]:self.sent[peer] + 1])
            self.sent[peer] += 1

    def check(self):
        assert not self.crowd.peers and len(self.crowd.ended) == SLOW_PEERS
        assert not self.crowd.received, "a part of a head was answered"
        assert max(self.crowd.ended) <= HEAD_S + LATE_S


def test_slow_heads_are_cut_and_nobody_else_waits(honest):
    """As many from one source as from sources of their own, at the same time."""
    allow_descriptors(20000)
    rove, request = honest
    idle = baseline(rove, request)
    front = rove.role_pid("front")
    before, memory, took, live = resident_kib(front), 0, [], []
    many = SlowHeads(rove, sources("127.20.0.0"))
    one = SlowHeads(rove, itertools.repeat("127.0.0.9"))
    with contextlib.closing(many.crowd), contextlib.closing(one.crowd), Local(rove) as local:
        start = time.monotonic()
        for n in range(SLOW_PEERS):
            many.open()
            one.open()
            one.crowd.look()
            if n % 20 == 0:
                took.append(update_fresh(rove, request))
        next_byte = start + TRICKLE_S
        while many.crowd.peers or one.crowd.peers:
            assert time.monotonic() < start + HEAD_S + 30, "some are stuck"
            many.crowd.look(0.02)
            one.crowd.look()
            took.append(update_fresh(rove, request))
            if len(took) % 20 == 0:
                live.append(local.call("GET", "/status")[1]["connections"])
                memory = max(memory, resident_kib(front) - before)
            if time.monotonic() >= next_byte:
                next_byte += TRICKLE_S
                many.trickle()
                one.trickle()
    many.check()
    one.check()
    # There was room for all sources: none of them is cut before its time.
    assert min(many.crowd.ended) >= HEAD_S - 1
    # Our own update may be open beside them.
    assert SLOW_PEERS <= max(live) <= SLOW_PEERS + PER_SOURCE + 5
    calm = percentile(took, 0.99)
    assert calm <= max(3 * idle, CALM_S), f"p99 {calm:.4f} s, idle {idle:.4f} s"
    assert memory <= 160 * 1024
    still_well(rove, request)


def test_an_honest_client_behind_the_attackers_address_is_served(honest):
    """The source is full, and its next honest client still gets its answer at once."""
    rove, request = honest
    with contextlib.closing(Crowd()) as crowd:
        for _ in range(PER_SOURCE + 44):
            crowd.add(connect(rove, "127.0.0.9"))
        took = [update_fresh(rove, request, "127.0.0.9") for _ in range(50)]
        # The source's oldest make room, one for each; the others wait on.
        crowd.look()
        assert connections(rove) <= PER_SOURCE
        assert percentile(took, 0.99) <= CALM_S
    still_well(rove, request)


def open_slow_body(rove, crowd, announced):
    """The head is whole, the body never is."""
    crowd.send(crowd.add(connect(rove)), f"POST /nic/update HTTP/1.1\r\n{HOST}"
               f"Content-Length: {announced}\r\n\r\nh".encode())


def open_slow_reader(rove):
    """Asks and asks, and never takes an answer."""
    peer = connect(rove, "127.0.0.10", wait_s=1, room=4096)
    sent, enough = 0, 64 * 1024 * 1024
    with contextlib.suppress(TimeoutError, ConnectionResetError, BrokenPipeError):
        while sent < enough:
            sent += peer.send(PING * 500)
    assert sent < enough, "all was read though no reply was taken"
    return peer


def test_slow_bodies_and_slow_readers_do_not_stay(honest):
    rove, request = honest
    front = rove.role_pid("front")
    before = resident_kib(front)
    with contextlib.closing(Crowd()) as crowd, Local(rove) as local:
        with open_slow_reader(rove):
            for announced in (100, 1000, 60000):
                open_slow_body(rove, crowd, announced)
            start = next_byte = time.monotonic()
            # The reader takes nothing: that it is cut can be seen in front alone.
            while open_now := local.call("GET", "/status")[1]["connections"]:
                assert time.monotonic() - start <= STUCK_S + LATE_S, f"{open_now} are stuck"
                crowd.look(0.05)
                if time.monotonic() >= next_byte:
                    next_byte += 1
                    for peer in list(crowd.peers):
                        crowd.send(peer, b"x")
        crowd.look(0.05)
        assert not crowd.peers
        assert not any(b" 200 " in data for data in crowd.received.values())
    assert resident_kib(front) - before <= 32 * 1024
    still_well(rove, request)


# ---- broken ones -------------------------------------------------------------------------

def whole_requests(request):
    """Requests with and without a body, and how each is answered when it comes whole."""
    secret_field = next(line for line in request.decode().split("\r\n")
                        if line.startswith("Authorization"))
    post = (f"POST /nic/update HTTP/1.1\r\n{HOST}{secret_field}\r\n"
            f"Content-Length: {len(FORM)}\r\n\r\n{FORM}").encode()
    return [request, post]


def test_a_request_may_come_byte_by_byte(honest):
    rove, request = honest
    for whole in whole_requests(request):
        with connect(rove) as peer:
            for n in range(len(whole)):
                peer.send(whole[n:n + 1])
            peer.shutdown(socket.SHUT_WR)
            (reply,) = replies_in(read_to_end(peer))
            assert (reply.status, reply.words) == (200, f"nochg {ADDRESS}\n")
    still_well(rove, request)


def test_a_client_that_shuts_down_is_answered_or_closed(honest):
    """At every byte: a whole request has its reply, a part of one is not taken for one."""
    rove, request = honest
    for whole in whole_requests(request):
        for n in range(len(whole)):
            replies, took = timed(lambda part=whole[:n]: ask(rove, part))
            assert all(reply.status >= 400 and reply.closes for reply in replies), (n, replies)
            assert took < 3, f"half a request of {n} bytes kept for {took:.1f} s"
        (reply,) = ask(rove, whole)
        assert reply.words == f"nochg {ADDRESS}\n"
    still_well(rove, request)


def test_a_reset_at_any_byte_leaves_nothing(honest):
    rove, request = honest
    for whole in whole_requests(request):
        for n in range(len(whole) + 1):
            peer = connect(rove)
            if n:
                peer.sendall(whole[:n])
            reset(peer)
    still_well(rove, request)


def test_a_reset_while_replies_are_on_their_way_leaves_nothing(honest):
    rove, request = honest
    for count in range(1, 60):
        peer = connect(rove)
        peer.sendall(request * count)
        if count % 2:
            peer.recv(count)
        reset(peer)
    still_well(rove, request)


# ---- guesses -----------------------------------------------------------------------------

GUESS_RATE = 200
GUESS_S = 4


def guesses():
    """Tokens that look like one, and passwords that do not."""
    letters = "abcdefghijkmnpqrstuvwxyz"
    for n in itertools.count():
        text = "".join(letters[(n * k + k) % len(letters)] for k in range(1, 25))
        yield f"rv_{text}" if n % 4 else f"secret{n}"


def test_guesses_do_not_touch_who_has_a_token(honest):
    """The guesser and an honest client share an address; another honest one does not."""
    rove, request = honest
    kept = [Kept(rove), Kept(rove, "127.0.0.30")]
    honest_reply = (200, f"nochg {ADDRESS}\n")

    def honest_update(n):
        if n % 4 >= 2:
            return update_fresh(rove, request, (None, "127.0.0.30")[n % 2])
        reply, took = timed(lambda: kept[n % 2].ask(request))
        assert (reply.status, reply.words) == honest_reply
        return took

    idle = percentile([honest_update(n) for n in range(400)], 0.99)
    took, guessed, bad = [], 0, guesses()
    start = time.monotonic()
    with contextlib.closing(Crowd()) as crowd:
        while guessed < GUESS_RATE * GUESS_S:
            assert time.monotonic() - start < 10 * GUESS_S, "guesses are not even taken"
            while guessed < min(GUESS_RATE * GUESS_S, GUESS_RATE * (time.monotonic() - start)):
                peer = connect(rove)
                peer.sendall(update_request(NAME, next(bad), "198.51.100.66",
                                            "Connection: close\r\n"))
                crowd.add(peer)
                guessed += 1
            crowd.look()
            took.append(honest_update(len(took)))
        # The guesser's replies may be late, yet each is the same word.
        end = time.monotonic() + 20
        while crowd.peers and time.monotonic() < end:
            crowd.look(0.1)
        answers = set()
        for data in crowd.received.values():
            answers |= {(reply.status, reply.words) for reply in replies_in(data)}
    # A file descriptor may come again, so that its guesses add up to several replies.
    assert answers <= {(401, "badauth\n"), (503, "911\n")} and (401, "badauth\n") in answers
    calm = percentile(took, 0.99)
    assert calm <= max(2 * idle, CALM_S), f"p99 {calm:.4f} s, idle {idle:.4f} s"
    for one in kept:
        one.close()
    # Not afterwards either: nothing is held against the address.
    for n in range(50):
        honest_update(n)
    for one in kept:
        one.close()
    # Some clients send their token only when they were challenged: they must be, also here.
    for _ in range(50):
        assert rove.get("/nic/update?" + FORM) == (401, "badauth")
    still_well(rove, request)
