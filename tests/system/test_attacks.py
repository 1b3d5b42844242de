# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers do on purpose: slow, broken and lying peers, and guesses. Beside them honest
clients are served as if they were alone, and nothing stays behind."""
import contextlib
import itertools
import os
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
LATE_S = 2             # what front may add to a deadline
STUCK_S = 15           # no connection lives longer than this without getting on
PER_SOURCE = 256       # connections of one source
# Honest updates take no longer than this, or some times what they take without an attack: half of
# them on a machine that does other things as well; the slowest, too, in `make long`.
CALM_S = float(os.environ.get("ROVE_CALM_S", "0.5"))
CALM_PART = float(os.environ.get("ROVE_CALM_PART", "0.5"))

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
    return percentile([update_fresh(rove, request) for _ in range(200)], CALM_PART)


def check_calm(took, limit_s=CALM_S):
    calm = percentile(took, CALM_PART)
    assert calm <= max(limit_s, CALM_S), f"{CALM_PART} took {calm:.4f} s, want {limit_s:.4f} s"


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
        self.taken = {}  # when front had surely accepted it

    def open(self):
        peer = self.crowd.add(connect(self.rove, next(self.addresses)))
        self.taken[peer] = None
        self.sent[peer] = 1 + self.opened % (len(SLOW_HEAD) - 50)
        self.crowd.send(peer, SLOW_HEAD[:self.sent[peer]])
        self.opened += 1

    def trickle(self):
        for peer in list(self.crowd.peers):
            self.crowd.send(peer, SLOW_HEAD[self.sent[peer]:self.sent[peer] + 1])
            self.sent[peer] += 1

    def look(self, asked, answered):
        """After two requests: the first was sent at `asked`, the second answered at `answered`. So
        front has accepted who was there before, and ended who was overdue, however slow it is."""
        self.crowd.look()
        for peer in self.crowd.peers:
            if self.taken[peer] is None:
                self.taken[peer] = answered
            assert asked <= self.taken[peer] + HEAD_S + LATE_S, "a slow head stays"

    def check(self):
        assert not self.crowd.peers and len(self.crowd.ended) == self.opened
        assert not self.crowd.received, "a part of a head was answered"


def test_slow_heads_are_cut_and_nobody_else_waits(honest):
    """As many from one source as from sources of their own, at the same time."""
    allow_descriptors(20000)
    rove, request = honest
    idle = baseline(rove, request)
    front = rove.role_pid("front")
    before, memory, took, live = resident_kib(front), 0, [], [0]
    many = SlowHeads(rove, sources("127.20.0.0"))
    one = SlowHeads(rove, itertools.repeat("127.0.0.9"))
    with contextlib.closing(many.crowd), contextlib.closing(one.crowd), Local(rove) as local:
        start = time.monotonic()
        # As many as are open at the same time: a slow machine makes fewer.
        while many.opened < SLOW_PEERS and (many.opened <= 2 * PER_SOURCE
                                            or time.monotonic() < start + HEAD_S / 2):
            many.open()
            one.open()
            one.crowd.look()
            if many.opened % 20 == 0:
                took.append(update_fresh(rove, request))
        next_byte, asked = start + TRICKLE_S, time.monotonic()
        while many.crowd.peers or one.crowd.peers:
            many.crowd.look(0.02)
            before_last, asked = asked, time.monotonic()
            took.append(update_fresh(rove, request))
            for each in (many, one):
                each.look(before_last, time.monotonic())
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
    assert max(live) <= many.opened + PER_SOURCE + 5
    check_calm(took, 3 * idle)
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
        check_calm(took)
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
            update_fresh(rove, request)  # front has accepted them all
            start = next_byte = asked = time.monotonic()
            # The reader takes nothing: that it is cut can be seen in front alone.
            while open_now := local.call("GET", "/status")[1]["connections"]:
                # Who was overdue when we asked before has been cut since, however slow front is.
                assert asked - start <= STUCK_S + LATE_S, f"{open_now} are stuck"
                asked = time.monotonic()
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
            assert took < HEAD_S / 2, f"half a request of {n} bytes kept for {took:.1f} s"
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

    idle = percentile([honest_update(n) for n in range(400)], CALM_PART)
    took, guessed, bad = [], 0, guesses()
    start = time.monotonic()
    with contextlib.closing(Crowd()) as crowd:
        while guessed < GUESS_RATE * GUESS_S:
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
    check_calm(took, 2 * idle)
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
