# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a peer chooses has a limit, and what can be read in two ways is refused: never two
requests from one."""
import contextlib
import ipaddress
import itertools
import re
import select
import socket
import struct
import urllib.parse

import pytest

from harness import Rove, basic, free_port, set_option
from raw import (HOST, PING, SMALL_QUARANTINE, Kept, Local, ask, connect, read_to_end,
                 replies_in, resident_kib, take_reply, timed, update_request,
                 wait_no_connections)

NAME = "home.dyn.example.org"
ADDRESS = "198.51.100.7"
STOLEN = "198.51.100.66"
AT_ONCE_S = 5  # half of the shortest deadline: that is not what brings the reply


@pytest.fixture(name="secret")
def fixture_secret(rove):
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, ADDRESS) == (200, f"good {ADDRESS}")
    return secret


# ---- sizes -------------------------------------------------------------------------------

def get(target, fields="", version="HTTP/1.1"):
    return f"GET {target} {version}\r\n{HOST}{fields}\r\n".encode()


def with_target(size):
    return get("/healthz?" + "x" * (size - len("/healthz?")))


def with_fields(count):
    """As many fields, Host among them."""
    return get("/healthz", "".join(f"X-{n}: y\r\n" for n in range(count - 1)))


def with_head(size):
    """A head of exactly so many bytes, in few fields."""
    bare = len(get("/healthz", "X: \r\n"))
    return get("/healthz", f"X: {'y' * (size - bare)}\r\n")


def with_body(size, target="/nic/update", kind="text/plain"):
    return (f"POST {target} HTTP/1.1\r\n{HOST}Content-Type: {kind}\r\n"
            f"Content-Length: {size}\r\n\r\n{'x' * size}").encode()


def announced_body(size):
    """Nothing of it is sent."""
    return f"POST /nic/update HTTP/1.1\r\n{HOST}Content-Length: {size}\r\n\r\n".encode()


SIZES = [
    ("a target at the limit", with_target(4096), 200),
    ("a target beyond it", with_target(4097), 414),
    ("a target beyond the whole head", with_target(9000), 414),
    ("a target without end", b"GET /" + b"x" * 100_000, 414),
    ("as many fields as may be", with_fields(64), 200),
    ("one field more", with_fields(65), 431),
    ("many fields", with_fields(500), 431),
    ("a head at the limit", with_head(8192), 200),
    ("a head beyond it", with_head(8193), 431),
    ("a field without end", b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000, 431),
    ("a name without end", b"GET / HTTP/1.1\r\n" + b"y" * 100_000, 431),
    ("empty lines without end", b"\r\n" * 50_000, 414),
    ("a method without end", b"G" * 100_000, 414),
    ("a body at the limit", with_body(65536), 401),
    ("a body beyond it", with_body(65537), 413),
    ("a body beyond it that is not sent", announced_body(65537), 413),
    ("the largest number", announced_body(999_999_999), 413),
    ("a number beyond that", announced_body(1_000_000_000), 400),
    ("a number beyond 64 bits", announced_body(2 ** 64 + 1), 400),
    ("more parameters than may be", get("/nic/update?" + "&".join(f"p{n}=1" for n in range(65))),
     400),
    ("many parameters", get("/nic/update?" + "a&" * 1900), 400),
    ("a form of many parameters", with_body(0).replace(
        b"text/plain\r\nContent-Length: 0", b"application/x-www-form-urlencoded\r\n"
        b"Content-Length: 2000") + b"a=1&" * 500, 400),
]


@pytest.mark.parametrize("title, data, status", SIZES, ids=[row[0] for row in SIZES])
def test_a_size_is_judged_at_once(shared, title, data, status):
    """The peer goes on holding its side open: it is not its end that brings the reply."""
    with connect(shared) as peer:
        def first_reply():
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sendall(data)
            received = b""
            while not (found := take_reply(received)):
                more = peer.recv(65536)
                assert more, f"closed without a reply after {received!r}"
                received += more
            return found[0]
        reply, took = timed(first_reply)
        assert reply.status == status, title
        assert reply.closes == (status not in (200, 401)), title
        assert took <= AT_ONCE_S, title
        if reply.closes:
            # Half open still, it gets no second answer.
            peer.shutdown(socket.SHUT_WR)
            assert read_to_end(peer) == b""


@pytest.fixture(name="shared", scope="module")
def fixture_shared(tmp_path_factory):
    """One service for the rows of the tables, which leave nothing behind."""
    rove = Rove(tmp_path_factory.mktemp("limits") / "rove").init().start()
    try:
        rove.add_zone()
        yield rove
    finally:
        rove.clean_up()


def test_a_call_names_only_so_many_hosts(rove, secret):
    names = [NAME] + [f"other{n}.dyn.example.org" for n in range(20)]
    credentials = {"Authorization": basic(NAME, secret)}
    for count, want in [(20, None), (21, "numhost")]:
        status, body = rove.get("/nic/update?myip=198.51.100.8&hostname="
                                + urllib.parse.quote(",".join(names[:count])), credentials)
        assert status == 200
        if want:
            assert body == want
        else:
            assert body.split("\n") == ["good 198.51.100.8"] + ["nohost"] * 19
    # Nothing was changed by the call that was refused as a whole.
    rove.get(f"/nic/update?myip={STOLEN}&hostname=" + ",".join(names), credentials)
    assert rove.ctl("host", "show", NAME)["addresses"] == ["198.51.100.8"]


def test_json_is_only_so_deep_and_so_long(rove, secret):
    del secret
    with Local(rove) as local:
        for depth in (17, 100, 20_000):
            local.send_text('{"method":"GET","path":"/status","body":{"a":'
                            + "[" * depth + "]" * depth + "}}")
            status, body = local.read()
            assert status == 400 and "error" in body, depth
        local.send_text("x" * 100_000)
        assert local.read()[0] == 400
        assert local.call("GET", "/status")[0] == 200


# ---- one request, one reply --------------------------------------------------------------

LENGTHS = ["3, 3", "3,", ",3", "3 3", "+3", "-3", "-0", "0x3", "0X03", "3a", "a", "3.0", "3e0",
           '"3"', "", "\t", "3;", "3\x0b", "\xb3", "0000000003", "4294967299",
           "18446744073709551615", "18446744073709551616", "18446744073709551619", "9" * 40]
CODINGS = ["chunked", "Chunked", "CHUNKED", "gzip", "identity", "gzip, chunked",
           "chunked, chunked", "chunked, identity", "chunked ", "\tchunked", "xchunked",
           "chunkedx", "chun ked", ",chunked", "chunked;x=y", '"chunked"', "", "deflate", "x"]
CHUNKS = ["0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n",
          "-1\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "\r\n\r\n",
          "3\nabc\n0\n\n", "f" * 16 + "\r\nabc", "1" + "0" * 16 + "\r\nabc",
          "0" * 9000 + "\r\n\r\n", "3;" + "e" * 9000 + "\r\nabc\r\n0\r\n\r\n",
          "2\r\nabc\r\n0\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n",
          "3;a=b\r\nabc\r\n0\r\n\r\n"]
NO_NAMES = ["", " ", "X A", "X-A ", "X-A\t", " X-A", "\tX-A", "X(A", "X)A", "X<A", "X>A", "X@A",
            "X,A", "X;A", "X\\A", 'X"A', "X/A", "X[A", "X]A", "X?A", "X=A", "X{A", "X}A",
            "X\x00", "\x00", "X\x7f", "X\x01A", "X\x80", "X\xe4", "X\xff", "\r", "X\r"]
BAD_VALUES = ["b\x00c", "\x00", "b\rc", "b\r", "b\x01", "\x1b[0m", "b\x7f", "b\x08", "b\x0b",
              "b\x0c", "b\x1f"]
BAD_LINES = ["GET", "GET ", "GET /", "GET / ", "GET  ", "GET /healthz", "GET HTTP/1.1",
             "GET  HTTP/1.1", "GET /HTTP/1.1", "/healthz HTTP/1.1", "HTTP/1.1 200 OK",
             "GET /healthz http/1.1", "GET /healthz Http/1.1", "GET /healthz HTTP/1",
             "GET /healthz HTTP/1.", "GET /healthz HTTP/.1", "GET /healthz HTTP/1.01",
             "GET /healthz HTTP/01.1", "GET /healthz HTTP/1.10", "GET /healthz HTTP/1.1.1",
             "GET /healthz HTTP/1,1", "GET /healthz HTTP/1.x", "GET /healthz HTTP/+1.1",
             "GET /healthz HTTP/-1.1", "GET /healthz HTTP /1.1", "GET /healthz HTTP/ 1.1",
             "GET /healthz HTTP/1.1 x", "GET /healthz HTTP/0.9", "GET /healthz HTTP/11",
             "GET /healthz XTTP/1.1", "GET /healthz HTTPS/1.1", "GET /healthz ICY/1.0",
             " GET /healthz HTTP/1.1", "\tGET /healthz HTTP/1.1", "GET\t/healthz HTTP/1.1",
             "GET /healthz\tHTTP/1.1", "G{T /healthz HTTP/1.1", "G\xc4T /healthz HTTP/1.1",
             "G(T /healthz HTTP/1.1", "GET: /healthz HTTP/1.1", "GET, /healthz HTTP/1.1",
             "\x00GET /healthz HTTP/1.1", "G\x00T /healthz HTTP/1.1",
             "GET /he\x00althz HTTP/1.1", "GET /healthz\x00 HTTP/1.1",
             "GET /healthz HTTP/1.1\x00", "GET /he\ralthz HTTP/1.1", "GET /healthz\r HTTP/1.1",
             "GET /he\x01lthz HTTP/1.1", "GET /he\x7flthz HTTP/1.1", "GET /he\x0blthz HTTP/1.1",
             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", '{"method":"GET"}',
             "rovectl status", "EHLO mail.example"]
NEW_VERSIONS = ["GET /healthz HTTP/1.2", "GET /healthz HTTP/1.9", "GET /healthz HTTP/2.0",
                "GET /healthz HTTP/3.0", "PRI * HTTP/2.0"]
EXPECTATIONS = ["200-ok", "", "100-continue, x", "100", "99-continue"]


def shapes():
    """(title, status, the request as text). Each is one request at most, and a bad one."""
    post = f"POST /nic/update HTTP/1.1\r\n{HOST}"
    for value in LENGTHS:
        yield "Content-Length " + repr(value), 400, post + f"Content-Length: {value}\r\n\r\nabc"
        yield (f"HTTP/1.0 with Content-Length {value!r}", 400,
               f"POST /healthz HTTP/1.0\r\nContent-Length: {value}\r\n\r\nabc")
    for first, second in [("3", "3"), ("3", "4"), ("0", "3"), ("3", "0"), ("3", "")]:
        yield (f"two lengths {first!r} {second!r}", 400, post
               + f"Content-Length: {first}\r\nX: y\r\nCONTENT-LENGTH: {second}\r\n\r\nabc")
    for value in CODINGS:
        field = f"Transfer-Encoding: {value}\r\n"
        yield f"coding {value!r}", 411, post + field + "\r\n0\r\n\r\n"
        length = "Content-Length: 5\r\n"
        yield f"{value!r} with length", 411, post + field + length + "\r\n0\r\n\r\n"
        yield f"length with {value!r}", 411, post + length + field + "\r\n0\r\n\r\n"
    for data in CHUNKS:
        field = "Transfer-Encoding: chunked\r\n"
        yield f"chunk {data[:20]!r}", 411, post + field + "\r\n" + data
    for line in (f"GET /healthz HTTP/1.1\r\n{HOST}", "POST /healthz HTTP/1.0\r\n"):
        yield f"coded {line[:4]}", 411, line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for name in NO_NAMES:
        for place, text in [
            ("first", f"GET /healthz HTTP/1.1\r\n{name}: b\r\n{HOST}\r\n"),
            ("last", f"GET /healthz HTTP/1.1\r\n{HOST}{name}: b\r\n\r\n"),
        ]:
            yield f"name {name!r} {place}", 400, text
    for name in ("Content-Length", "Transfer-Encoding", "Host"):
        for form in ("{} :", "{}\t:", " {}:", "\t{}:", "{}\x00:", "{}\x0b:", "{}\r\n :", "{}"):
            field = form.format(name)
            yield f"hidden {field!r}", 400, post + f"{field} 3\r\n\r\nabc"
    for value in BAD_VALUES:
        yield f"value {value!r}", 400, f"GET /healthz HTTP/1.1\r\n{HOST}X: {value}\r\n\r\n"
        yield f"Host {value!r}", 400, f"GET /healthz HTTP/1.1\r\nHost: {value}\r\n\r\n"
    for blank in (" ", "\t", "  ", " \t"):
        line = f"GET /healthz HTTP/1.1\r\n{HOST}X: one\r\n{blank}"
        yield f"fold {blank!r}", 400, line + "two\r\n\r\n"
        yield f"fold of nothing {blank!r}", 400, line + "\r\n\r\n"
        yield (f"folded name {blank!r}", 400,
               post + f"Transfer-: chunked\r\n{blank}Encoding: x\r\n\r\n0\r\n\r\n")
        yield f"folded first {blank!r}", 400, f"GET /healthz HTTP/1.1\r\n{blank}X: y\r\n{HOST}\r\n"
    for first, second in [("a", "a"), ("a", "b"), ("a", ""), ("", "")]:
        yield (f"two hosts {first!r} {second!r}", 400,
               f"GET /healthz HTTP/1.1\r\nHost: {first}\r\nhOST: {second}\r\n\r\n")
    yield "a bare CR between fields", 400, f"GET /healthz HTTP/1.1\r\n{HOST}X: y\rZ: a\r\n\r\n"
    yield "a line of CRs", 400, f"GET /healthz HTTP/1.1\r\n{HOST}\r\r\n\r\n"
    yield "a line without colon", 400, f"GET /healthz HTTP/1.1\r\n{HOST}nothing\r\n\r\n"
    for line in BAD_LINES:
        yield f"line {line!r}", 400, f"{line}\r\n{HOST}\r\n"
    for line in NEW_VERSIONS:
        yield f"line {line!r}", 505, f"{line}\r\n{HOST}\r\n"
    for value in EXPECTATIONS:
        yield f"Expect {value!r}", 417, post + f"Expect: {value}\r\nContent-Length: 3\r\n\r\nabc"


def split_into(peer, data, pieces):
    size = -(-len(data) // pieces)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for at in range(0, len(data), size):
            peer.sendall(data[at:at + size])


def test_the_table_of_shapes_is_as_large_as_promised():
    titles = [title for title, _, _ in shapes()]
    assert len(titles) >= 200 and len(set(titles)) == len(titles)


@pytest.mark.parametrize("pieces", [1, 7])
def test_what_is_ambiguous_is_refused_and_nothing_behind_it_is_read(rove, secret, pieces):
    """Behind each bad request comes a good one that would move the host: it must not run, not
    as a request of its own and not as a part of the bad one."""
    second = update_request(NAME, secret, STOLEN)
    failures, wait_s = [], 10
    for title, status, text in shapes():
        with connect(rove, wait_s=wait_s) as peer:
            split_into(peer, text.encode("latin-1") + second, pieces)
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_WR)
            replies = replies_in(read_to_end(peer, wait_s))
        told = [(reply.status, reply.closes) for reply in replies]
        if told != [(status, True)]:
            failures.append((title, status, told))
    assert not failures, f"{len(failures)}: {failures[:10]}"
    assert rove.ctl("host", "show", NAME)["addresses"] == [ADDRESS]
    assert rove.update(NAME, secret, ADDRESS) == (200, f"nochg {ADDRESS}")
    wait_no_connections(rove)


def test_a_refused_peer_that_goes_on_is_not_heard(rove, secret):
    """What comes later on the same connection, after the refusal was read."""
    for _, status, text in itertools.islice(shapes(), 0, None, 9):
        with connect(rove) as peer:
            peer.sendall(text.encode("latin-1"))
            # Some of them are whole only with one line more; then that is refused.
            if not select.select([peer], [], [], 0.2)[0]:
                peer.sendall(b"\r\n\r\n")
            first = peer.recv(65536)
            with contextlib.suppress(OSError):
                peer.sendall(update_request(NAME, secret, STOLEN))
                peer.shutdown(socket.SHUT_WR)
            (reply,) = replies_in(first + read_to_end(peer))
            assert reply.status == status and reply.closes, text
    assert rove.ctl("host", "show", NAME)["addresses"] == [ADDRESS]


# (title, request, statuses of the replies when PING follows it on the same connection)
STAYS, ENDS = [200, 200], [200]
ODD = [
    ("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", ENDS),
    ("HTTP/1.0 with Host", f"GET /healthz HTTP/1.0\r\n{HOST}\r\n", ENDS),
    ("HTTP/1.0 kept", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", STAYS),
    ("HTTP/1.0 kept and closed",
     "GET /healthz HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", ENDS),
    ("no Host", "GET /healthz HTTP/1.1\r\n\r\n", ENDS),
    ("an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", STAYS),
    ("another's Host", "GET /healthz HTTP/1.1\r\nHost: members.example\r\n\r\n", STAYS),
    ("close", f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", ENDS),
    ("close in a list", f"GET /healthz HTTP/1.1\r\n{HOST}Connection: x, CLOSE\r\n\r\n", ENDS),
    ("HEAD", f"HEAD /healthz HTTP/1.1\r\n{HOST}\r\n", STAYS),
    ("empty lines before", f"\r\n\r\nGET /healthz HTTP/1.1\r\n{HOST}\r\n", STAYS),
    ("an empty line after", f"GET /healthz HTTP/1.1\r\n{HOST}\r\n\r\n", STAYS),
    ("bare LF", "GET /healthz HTTP/1.1\nHost: rove.example\n\n", ENDS),
    ("one bare LF", "GET /healthz HTTP/1.1\r\nHost: rove.example\n\r\n", ENDS),
    ("several blanks", f"GET   /healthz   HTTP/1.1\r\n{HOST}\r\n", ENDS),
    ("blanks after the version", f"GET /healthz HTTP/1.1  \r\n{HOST}\r\n", ENDS),
    ("raw blanks in the target", f"GET /healthz?a b=c d HTTP/1.1\r\n{HOST}\r\n", ENDS),
    ("8-bit bytes in the target", f"GET /healthz?\xfc HTTP/1.1\r\n{HOST}\r\n", ENDS),
    ("8-bit bytes in a value", f"GET /healthz HTTP/1.1\r\n{HOST}X: \xfc\r\n\r\n", STAYS),
    ("tabs around a value", f"GET /healthz HTTP/1.1\r\n{HOST}X:\ty\t\r\n\r\n", STAYS),
    ("an empty value", f"GET /healthz HTTP/1.1\r\n{HOST}X:\r\n\r\n", STAYS),
    ("several question marks", f"GET /healthz?a?b?c HTTP/1.1\r\n{HOST}\r\n", STAYS),
    ("a bad escape", f"GET /healthz?a=%zz%0 HTTP/1.1\r\n{HOST}\r\n", STAYS),
    ("GET with a body", f"GET /healthz HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc", ENDS),
    ("a body of a GET that looks like a request",
     f"GET /healthz HTTP/1.1\r\n{HOST}Content-Length: {len(PING)}\r\n\r\n{PING.decode()}", ENDS),
    ("a length of 0", f"GET /healthz HTTP/1.1\r\n{HOST}Content-Length: 0\r\n\r\n", STAYS),
    ("Expect in HTTP/1.0", "GET /healthz HTTP/1.0\r\nExpect: x\r\n\r\n", [417]),
    ("POST without a body", f"POST /healthz HTTP/1.1\r\n{HOST}\r\n", [405]),
    ("an unknown method", f"BREW /healthz HTTP/1.1\r\n{HOST}\r\n", [405]),
    ("CONNECT", f"CONNECT /healthz HTTP/1.1\r\n{HOST}\r\n", [405]),
    ("TRACE", f"TRACE /healthz HTTP/1.1\r\n{HOST}\r\n", [405]),
    ("a body that looks like a request", f"POST /healthz HTTP/1.1\r\n{HOST}"
     f"Content-Length: {len(PING)}\r\n\r\n{PING.decode()}", [405]),
    ("no such page", f"GET /nobody HTTP/1.1\r\n{HOST}\r\n", [404, 200]),
]


@pytest.mark.parametrize("title, text, want", ODD, ids=[row[0] for row in ODD])
def test_what_is_merely_odd_is_answered_once(shared, title, text, want):
    with connect(shared) as peer:
        peer.sendall(text.encode("latin-1") + PING)
        peer.shutdown(socket.SHUT_WR)
        data = read_to_end(peer)
    replies = []
    while data:
        found = take_reply(data, head=title == "HEAD" and not replies)
        assert found, data
        replies.append(found[0])
        data = found[1]
    assert [reply.status for reply in replies] == want
    assert replies[-1].closes == (len(want) == 1)
    assert all("server" not in reply.fields for reply in replies)
    # Nothing there looks like an IPv4 address to those who search the whole reply.
    for reply in replies:
        assert not re.search(r"\d+\.\d+\.\d+\.\d+", "".join(reply.fields.values()))


# ---- proxies -----------------------------------------------------------------------------

PROXY = "127.0.0.40"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXY_LINE = b"PROXY TCP4 203.0.113.5 192.0.2.1 40000 80\r\n"  # version 1


def proxy_head(source, target="192.0.2.1", command=0x21, extra=b""):
    """PROXY protocol version 2 for a TCP connection from `source`."""
    source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if source.version != target.version:
        target = ipaddress.ip_address("2001:db8::1")
    family = 0x11 if source.version == 4 else 0x21
    body = source.packed + target.packed + struct.pack(">HH", 40000, 80) + extra
    return SIGNATURE + struct.pack(">BBH", command, family, len(body)) + body


@pytest.fixture(name="proxied")
def fixture_proxied(make_rove):
    rove = set_option(make_rove(), "http", f'proxy_from = {{ "{PROXY}" }}')
    rove.start(env=SMALL_QUARANTINE)
    rove.add_zone()
    return rove


def source_update(name, secret):
    """An update to the source address, whatever that is."""
    return (f"GET /nic/update?hostname={name} HTTP/1.1\r\n{HOST}"
            f"Authorization: {basic(name, secret)}\r\n\r\n").encode()


def test_a_proxy_tells_where_its_client_is(proxied):
    secret = proxied.add_host(NAME)
    for source in ("198.51.100.20", "2001:db8::20", "203.0.113.5"):
        (reply,) = ask(proxied, proxy_head(source) + source_update(NAME, secret), source=PROXY)
        assert (reply.status, reply.words) == (200, f"good {source}\n")
    # Fields behind the addresses are passed over.
    (reply,) = ask(proxied, proxy_head("203.0.113.5", extra=b"\x04\0\x08" + b"x" * 8)
                   + source_update(NAME, secret), source=PROXY)
    assert reply.words == "nochg 203.0.113.5\n"
    # So does version 1, which is all that some relays have.
    for line in (PROXY_LINE, b"PROXY TCP6 ::ffff:203.0.113.5 ::ffff:192.0.2.1 40000 80\r\n"):
        (reply,) = ask(proxied, line + source_update(NAME, secret), source=PROXY)
        assert reply.words == "nochg 203.0.113.5\n"


def test_only_a_configured_proxy_is_believed(proxied):
    secret = proxied.add_host(NAME)
    for first in (proxy_head("203.0.113.5"), PROXY_LINE):
        replies = ask(proxied, first + source_update(NAME, secret), source="127.0.0.41")
        assert [reply.status for reply in replies] in ([], [400]), first
    request = source_update(NAME, secret)
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP"):
        value = "for=203.0.113.5" if name == "Forwarded" else "203.0.113.5"
        fields = f"{name}: {value}\r\n\r\n".encode()
        (reply,) = ask(proxied, request[:-2] + fields)
        assert reply.words == "badip\n", name
    assert proxied.ctl("host", "show", NAME)["addresses"] == []


BROKEN_HEADS = [
    ("cut", proxy_head("203.0.113.5")[:20]),
    ("version 1", b"\x11".join(proxy_head("203.0.113.5").split(b"\x21", 1))),
    ("an unknown command", proxy_head("203.0.113.5", command=0x2f)),
    ("too short for its family", SIGNATURE + b"\x21\x11\0\x04" + b"\xcb\0\x71\x05"),
    ("a length without end", SIGNATURE + b"\x21\x11\xff\xff" + b"x" * 2000),
    ("its own connection", proxy_head("203.0.113.5", command=0x20)),
    ("no head at all", b""),
    ("twice", proxy_head("203.0.113.5") * 2),
    ("a line without its end", PROXY_LINE[:-2] + b"\n"),
    ("a line with another family", PROXY_LINE.replace(b"TCP4", b"TCP6")),
    ("a line of its own connection", b"PROXY UNKNOWN\r\n"),
    ("a line twice", PROXY_LINE * 2),
]


def test_a_broken_head_of_a_proxy_changes_nothing(proxied):
    secret = proxied.add_host(NAME)
    for title, head in BROKEN_HEADS:
        replies = ask(proxied, head + source_update(NAME, secret), source=PROXY)
        assert len(replies) <= 1, title
        # What is taken for the proxy's own request has an address that is never published.
        assert all(reply.status == 400 or reply.words == "badip\n" for reply in replies), title
    assert proxied.ctl("host", "show", NAME)["addresses"] == []
    wait_no_connections(proxied)


STRANGERS = 20000
WARM = 15000
TABLE_KIB = 16 * 1024  # of all sources together; its pages come as they are needed
REST_KIB = 12 * 1024  # pools, ring and caches that fill once, and a sanitizer's shadow of all


def test_any_number_of_sources_fits_and_honest_ones_lose_nothing(proxied):
    """Each stranger comes from an address and guesses once; the tables that count them have
    one size."""
    secret = proxied.add_host(NAME)
    proxied.update(NAME, secret, ADDRESS)
    front = proxied.role_pid("front")
    honest = update_request(NAME, secret, ADDRESS)
    addresses = itertools.chain.from_iterable(
        (f"198.18.{n >> 8 & 255}.{n & 255}", f"2001:db8:{n:x}::1") for n in itertools.count())
    guess = update_request(NAME, "rv_" + "a" * 24, STOLEN, "Connection: close\r\n")
    lost, start, memory = 0, resident_kib(front), 0
    for n in range(STRANGERS // 50):
        if n == WARM // 50:
            memory = resident_kib(front)
        group = [(connect(proxied, PROXY), next(addresses)) for _ in range(50)]
        for peer, address in group:
            peer.sendall(proxy_head(address) + guess)
        for peer, address in group:
            with peer:
                (reply,) = replies_in(read_to_end(peer, 20))
            assert (reply.status, reply.words) in ((401, "badauth\n"), (503, "911\n"))
        # Behind the address of the last of them.
        (reply,) = ask(proxied, proxy_head(address) + honest, source=PROXY)
        lost += reply.words != f"nochg {ADDRESS}\n"
    assert lost == 0
    assert resident_kib(front) - start <= TABLE_KIB + REST_KIB
    assert resident_kib(front) - memory <= 1536, "it grows with each source"
    wait_no_connections(proxied)


def test_forwarded_fields_count_from_configured_peers_alone(make_rove):
    rove = set_option(make_rove(), "http", f'forwarded_from = {{ "{PROXY}" }}').start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    request = source_update(NAME, secret)
    for value, want in [("198.51.100.20", "good 198.51.100.20\n"),
                        # The last one is what the proxy itself has seen.
                        ("203.0.113.9, 198.51.100.21", "good 198.51.100.21\n"),
                        ("2001:db8::20", "good 2001:db8::20\n")]:
        field = f"X-Forwarded-For: {value}\r\n\r\n".encode()
        (reply,) = ask(rove, request[:-2] + field, source=PROXY)
        assert reply.words == want
        (reply,) = ask(rove, request[:-2] + field, source="127.0.0.41")
        assert reply.words == "badip\n"


# ---- pace --------------------------------------------------------------------------------

def test_a_host_that_changes_without_end_is_slowed_and_never_punished(make_rove):
    """The word is one after which every client comes back, other hosts do not feel it, and
    what does not change stays free."""
    rove = set_option(make_rove(), "update", "changes_per_hour = 5").start()
    rove.add_zone()
    secret, other = rove.add_host(NAME), rove.add_host("other.dyn.example.org")
    said = [rove.update(NAME, secret, f"10.0.0.{n}") for n in range(1, 101)]
    last = max(n for n, reply in enumerate(said, 1) if reply[0] == 200)
    assert said[:5] == [(200, f"good 10.0.0.{n}") for n in range(1, 6)]
    assert said[last:] == [(503, "911")] * (100 - last) and last < 50
    for _ in range(20):
        assert rove.update(NAME, secret, f"10.0.0.{last}") == (200, f"nochg 10.0.0.{last}")
    assert rove.update("other.dyn.example.org", other, "10.1.0.1") == (200, "good 10.1.0.1")
    rove.wait_dns(NAME, "A", [f"10.0.0.{last}"])


# ---- what is counted ---------------------------------------------------------------------

def test_metrics_count_each_request_once_and_hold_no_secret(make_rove):
    port = free_port()
    rove = make_rove(f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}').start()
    rove.add_zone()
    secret = rove.add_host(NAME)

    def metrics():
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: m.example\r\nConnection: close\r\n\r\n")
            (reply,) = replies_in(read_to_end(peer))
        assert reply.status == 200 and reply.fields["content-type"].startswith("text/plain")
        return reply.words

    def count(code):
        """The sum of the samples that carry the result code."""
        return sum(float(value) for value in
                   re.findall(rf'^\w+{{[^}}]*"{code}"[^}}]*}} (\S+)$', metrics(), re.M))

    before = {code: count(code) for code in ("good", "nochg", "badauth", "nohost")}
    kept = Kept(rove)
    for request, times in [(update_request(NAME, secret, ADDRESS), 5),
                           (update_request(NAME, "rv_" + "a" * 24, ADDRESS), 7),
                           (update_request("nobody.dyn.example.org", secret, ADDRESS), 3)]:
        for _ in range(times):
            kept.ask(request)
    kept.close()
    now = {code: count(code) - before[code] for code in before}
    assert now == {"good": 1, "nochg": 4, "badauth": 7, "nohost": 3}
    text = metrics()
    assert secret not in text and basic(NAME, secret).split()[1] not in text
    for line in text.splitlines():
        assert re.fullmatch(r"#.*|[a-zA-Z_:][\w:]*({.*})? [-+.\deEINFNa]+", line), line
    # Not on the door of the clients.
    assert rove.get("/metrics")[0] == 404
