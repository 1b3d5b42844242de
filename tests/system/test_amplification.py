# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stranger can make DNS send, and to whom: bounds of size and rate, cookies, and
questions that only a relay would answer."""
import contextlib
import re
import shutil
import socket
import subprocess
import time

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import pytest

from harness import free_port, metrics_of, set_option, wait_until

ZONE = "example.net"
NAMES = (ZONE, f"www.{ZONE}", f"many.{ZONE}", f"text.{ZONE}", f"dkim._domainkey.{ZONE}", f"sub.{ZONE}", f"x.sub.{ZONE}",
         f"missing.{ZONE}", f"x.wild.{ZONE}", f"alias.{ZONE}", "example.com", ".", "ip.example")
INCLUDE = "include\\072_spf.mail.example "
DATA = "".join([
    f"Z{ZONE}:ns1.{ZONE}:hostmaster.{ZONE}:1:16384:2048:1048576:2560:2560\n",
    *(f"&{ZONE}::ns{i}.{ZONE}:3600\n+ns{i}.{ZONE}:192.0.2.{i}:3600\n" for i in (1, 2, 3)),
    f"+www.{ZONE}:192.0.2.1\n3www.{ZONE}:20010db8000000000000000000000001\n",
    *(f"+many.{ZONE}:192.0.2.{i}\n" for i in range(1, 40)),
    f"'text.{ZONE}:{'x' * 700}\n",
    # A DKIM key of 2048 bits, an SPF record, and what else mail and the web look up.
    f"'dkim._domainkey.{ZONE}:v=DKIM1; k=rsa; p={'M' * 392}\n",
    f"'spf.{ZONE}:v=spf1 {9 * INCLUDE}-all\n",
    *(f"+ten.{ZONE}:192.0.2.{i}\n3six.{ZONE}:20010db800000000000000000000000{i}\n"
      for i in range(10)),
    *(f"@{ZONE}::mx{i}.mail.example:{i}0\n" for i in range(5)),
    f"&sub.{ZONE}:192.0.2.9:ns.sub.{ZONE}\n&sub.{ZONE}:192.0.2.10:ns2.sub.{ZONE}\n",
    f"+*.wild.{ZONE}:192.0.2.4\nCalias.{ZONE}:www.{ZONE}\n"])
RATE = 100


def ask_bytes(rove, wire, source="127.0.5.1", wait_s=10, tcp=False):
    """The reply's bytes, or None."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(wait_s)
        client.bind((source, 0))
        client.connect((rove.address, rove.dns_port))
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        try:
            if not tcp:
                return client.recv(65535)
            stream = client.makefile("rb")
            return stream.read(int.from_bytes(stream.read(2), "big"))
        except TimeoutError:
            return None


def read(wire):
    return dns.message.from_wire(wire, ignore_trailing=False)


def cookie_of(reply):
    for option in reply.options:
        if option.otype == dns.edns.OptionType.COOKIE:
            return option.to_wire()
    return None


def query(name, rdtype="A", options=None, **more):
    if options is not None:
        more |= {"use_edns": 0, "payload": 1232, "options": options}
    return dns.message.make_query(name, rdtype, **more)


def cookie_option(data):
    return dns.edns.GenericOption(dns.edns.OptionType.COOKIE, data)


@pytest.fixture
def serve(make_rove):
    """Starts a service with the static zone, and these words in its section dns."""
    def start(words, settings=""):
        rove = set_option(make_rove(settings), "dns", words)
        (rove.static / "data").write_text(DATA)
        rove.start()
        rove.wait_dns(f"www.{ZONE}", "A", ["192.0.2.1"])
        return rove
    return start


WHOLE = 512  # bytes of an answer that is never too much


def test_a_reply_has_at_most_four_times_the_bytes_of_its_query_or_512(serve):
    rove = serve('rate = 0 nsid = "a name that is as long as it may be, which is not little" '
                 'whoami = { "ip.example" }')
    nsid = dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")
    largest, cut = 0, 0
    for name in NAMES:
        for number in (*range(1, 70), 99, 248, 249, 250, 251, 252, 253, 255, 256, 257, 65280):
            for options in (None, [], [nsid], [cookie_option(b"12345678"), nsid]):
                asked = query(name, dns.rdatatype.RdataType.make(number), options)
                wire = asked.to_wire()
                reply = ask_bytes(rove, wire)
                assert reply, (name, number)
                code = reply[3] & 15
                half = number == 255 or code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
                ratio = len(reply) / len(wire)
                assert ratio <= (2 if half else max(4, WHOLE / len(wire))), (name, number, options)
                largest = max(largest, len(reply))
                cut += reply[2] >> 1 & 1
    assert cut > 0, "nothing was ever cut"
    assert largest > 400, "nothing large was ever asked for"


# What resolvers ask a server like this for, and how often of a hundred times.
MIX = {(f"www.{ZONE}", "A"): 30, (f"www.{ZONE}", "AAAA"): 18, (f"alias.{ZONE}", "A"): 6,
       (f"alias.{ZONE}", "AAAA"): 4, (f"missing.{ZONE}", "A"): 8, (f"missing.{ZONE}", "AAAA"): 4,
       (f"www.{ZONE}", "HTTPS"): 5, (ZONE, "MX"): 4, (ZONE, "NS"): 4, (ZONE, "SOA"): 2,
       (ZONE, "A"): 2, ("x." + ZONE, "TXT"): 1, (f"x.sub.{ZONE}", "A"): 2, (f"spf.{ZONE}", "TXT"): 3,
       (f"dkim._domainkey.{ZONE}", "TXT"): 3, (f"ten.{ZONE}", "A"): 2, (f"six.{ZONE}", "AAAA"): 2}


@pytest.mark.parametrize("options", (None, []))
def test_everyday_answers_are_whole_for_who_has_no_cookie(serve, options):
    rove = serve("rate = 0")
    sent = came = 0
    for (name, rdtype), times in MIX.items():
        wire = query(name, rdtype, options).to_wire()
        reply = ask_bytes(rove, wire)
        assert not read(reply).flags & dns.flags.TC, f"{name} {rdtype}\n{read(reply)}"
        sent += times * len(wire)
        came += times * len(reply)
        print(f"{name} {rdtype}: {len(wire)}, {len(reply)}: {len(reply) / len(wire):.1f}")
    print(f"bytes out for each byte in: {came / sent:.2f}")
    assert sum(MIX.values()) == 100
    assert came / sent <= 3
    for name in (f"x.wild.{ZONE}", "ip.example"):
        assert not read(ask_bytes(rove, query(name, "A", options).to_wire())).flags & dns.flags.TC


def test_what_was_cut_is_answered_over_tcp_or_with_a_cookie(serve):
    rove = serve("rate = 0")
    for name, rdtype in ((f"text.{ZONE}", "TXT"), (f"many.{ZONE}", "A")):
        short = read(ask_bytes(rove, query(name, rdtype).to_wire()))
        assert short.flags & dns.flags.TC and not short.answer
        assert read(ask_bytes(rove, query(name, rdtype).to_wire(), tcp=True)).answer
        first = read(ask_bytes(
            rove, query(name, rdtype, [cookie_option(b"12345678")]).to_wire()))
        assert first.flags & dns.flags.TC
        cookie = cookie_of(first)
        assert len(cookie) == 24 and cookie[:9] == b"12345678\x01"
        again = query(name, rdtype, [cookie_option(cookie)]).to_wire()
        assert read(ask_bytes(rove, again)).answer
        assert read(ask_bytes(rove, again, source="127.0.5.2")).flags & dns.flags.TC
    wait_until(lambda: rove.told("answer", "role") == "answer", 5, "answer says who it is")


def test_cookies_are_good_for_all_servers_with_the_same_secret(serve, tmp_path):
    secret = tmp_path / "cookies"
    secret.write_text("e5e973e5a6b2a43f48e7dc849e37bfcf\n")
    secret.chmod(0o600)
    servers = [serve(f'cookie_secret_file = "{secret}"') for _ in range(2)]
    asked = query(f"text.{ZONE}", "TXT", [cookie_option(b"abcdefgh")])
    cookie = cookie_of(read(ask_bytes(servers[0], asked.to_wire())))
    asked = query(f"text.{ZONE}", "TXT", [cookie_option(cookie)])
    assert read(ask_bytes(servers[1], asked.to_wire())).answer
    # A new secret, and the old one behind it: cookies of before are good still, and renewed.
    secret.write_text("445536bcd2513298075a5d379663c962\ne5e973e5a6b2a43f48e7dc849e37bfcf\n")
    for server in servers:
        before = len(server.events("reloaded"))
        server.processes["roved"].send_signal(1)
        wait_until(lambda server=server, before=before:
                   len(server.events("reloaded")) >= before + 3, 10, "reloaded")
    reply = read(ask_bytes(servers[1], asked.to_wire()))
    assert reply.answer and cookie_of(reply) not in (None, cookie)
    again = query(f"text.{ZONE}", "TXT", [cookie_option(cookie_of(reply))])
    assert read(ask_bytes(servers[0], again.to_wire())).answer


class Flood:
    """One source that asks and never waits for replies."""

    def __init__(self, rove, source, wire):
        self.wire = wire
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((source, 0))
        self.socket.connect((rove.address, rove.dns_port))
        self.socket.setblocking(False)
        self.sent = self.whole = self.cut = 0

    def send(self, count):
        for _ in range(count):
            with contextlib.suppress(BlockingIOError):
                self.socket.send(self.wire)
                self.sent += 1
        self.take()

    def take(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                if self.socket.recv(4096)[2] & 2:
                    self.cut += 1
                else:
                    self.whole += 1


def test_who_floods_is_slowed_and_nobody_else(serve):
    rove = serve(f'rate = {RATE} rate_exempt = {{ "192.0.2.0/24" }}')
    asked = query(f"www.{ZONE}").to_wire()
    flood = Flood(rove, "127.7.0.1", asked)
    questions, answered = 1000, 0
    begun = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.8.0.1", 0))
        client.settimeout(10)
        client.connect((rove.address, rove.dns_port))
        for _ in range(questions):
            flood.send(5)
            client.send(asked)
            with contextlib.suppress(TimeoutError):
                answered += not client.recv(4096)[2] & 2
            time.sleep(1 / (RATE * 0.9))  # a little less than what is allowed
    flood.take()
    seconds = time.monotonic() - begun
    flood.socket.close()
    assert answered >= questions * 0.999
    assert flood.sent == 5 * questions
    assert RATE <= flood.whole <= RATE * (seconds + 1) + 2
    slowed = flood.sent - flood.whole
    assert 0.45 * slowed <= flood.cut <= 0.5 * slowed + 1  # every second one
    # The network of the flood is answered over TCP, and with a cookie.
    assert read(ask_bytes(rove, asked, "127.7.0.2", tcp=True)).answer
    fresh = read(ask_bytes(rove, query(f"ns1.{ZONE}", "A", [cookie_option(b"12345678")]).to_wire(),
                           "127.7.0.2"))
    known = query(f"www.{ZONE}", "A", [cookie_option(cookie_of(fresh))]).to_wire()
    for _ in range(3 * RATE):
        assert read(ask_bytes(rove, known, "127.7.0.2")).answer
    wait_until(lambda: (rove.told("answer", "dropped") or 0) >= 0.45 * slowed, 15, "counted")


def test_a_flood_for_large_answers_gets_no_more_bytes_than_one_for_small_ones(serve):
    """The most that one name sends to one network, which asked for nothing."""
    rove = serve(f'rate = {RATE} rate_exempt = {{ "192.0.2.0/24" }}')
    asked = query(f"dkim._domainkey.{ZONE}", "TXT").to_wire()
    size = len(ask_bytes(rove, asked, "127.9.0.1"))
    assert size > 8 * len(asked)
    flood = Flood(rove, "127.7.0.1", asked)
    begun = time.monotonic()
    while time.monotonic() < begun + 2 or flood.sent <= 5 * RATE:
        flood.send(20)
        time.sleep(0.01)
    time.sleep(0.1)
    flood.take()
    seconds = time.monotonic() - begun
    flood.socket.close()
    whole = flood.whole * size
    print(f"{whole / seconds:.0f} bytes/s whole, {flood.cut * len(asked) / seconds:.0f} cut, for "
          f"{flood.sent * len(asked) / seconds:.0f} that came")
    assert flood.whole > 0 and flood.sent > 5 * RATE
    assert whole <= 4 * len(asked) * RATE * (seconds + 1) + 2 * size


def strange_queries():
    """What only a relay, or somebody's secondary, would do."""
    for name in ("example.com", "www.example.org", "version.bind", "com", "."):
        for rdtype in ("A", "NS", "TXT", "ANY", "DNSKEY"):
            yield query(name, rdtype), {dns.rcode.REFUSED}
    for rdclass in ("CH", "HS", "ANY"):
        yield query("version.bind", "TXT", rdclass=rdclass), {dns.rcode.REFUSED}
    for code, want in ((dns.opcode.NOTIFY, dns.rcode.REFUSED),
                       (dns.opcode.UPDATE, dns.rcode.NOTIMP),
                       (dns.opcode.STATUS, dns.rcode.NOTIMP),
                       (dns.opcode.IQUERY, dns.rcode.NOTIMP)):
        odd = query(ZONE, "SOA")
        odd.set_opcode(code)
        yield odd, {want}
    for rdtype in ("AXFR", "IXFR"):
        for name in (ZONE, "example.com", f"www.{ZONE}"):
            asked = query(name, rdtype)
            yield asked, {dns.rcode.REFUSED}
    signed = query(ZONE, "AXFR")
    signed.use_tsig(dns.tsigkeyring.from_text({"guess.": "c2VjcmV0IHRoYXQgaXMgZ3Vlc3NlZA=="}))
    yield signed, {dns.rcode.NOTAUTH}


def test_nothing_is_relayed_or_handed_out(serve):
    rove = serve("rate = 0")
    for asked, want in strange_queries():
        for tcp in (False, True):
            for recursion in (0, dns.flags.RD):
                asked.flags = asked.flags & ~dns.flags.RD | recursion
                reply = ask_bytes(rove, asked.to_wire(), tcp=tcp)
                flags, counts = int.from_bytes(reply[2:4], "big"), reply[6:10]
                assert flags & 15 in want, f"{asked}\n{reply}"
                assert not flags & dns.flags.RA and flags & dns.flags.RD == recursion
                assert counts == bytes(4), f"{asked}\n{reply}"


def test_whoami_nsid_counters_and_log(serve, tmp_path):
    log, port = tmp_path / "queries", free_port()
    rove = serve(f'rate = 0 nsid = "test-1" whoami = {{ "ip.example", "me.{ZONE}" }} '
                 f'query_log = "{log}"', f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}')
    for name in ("ip.example", f"me.{ZONE}"):
        reply = read(ask_bytes(rove, query(name).to_wire(), "127.9.8.7"))
        assert (reply.answer[0].ttl, reply.answer[0][0].to_text()) == (0, "127.9.8.7")
        reply = read(ask_bytes(rove, query(name, "TXT").to_wire(), "127.9.8.7", tcp=True))
        assert reply.answer[0][0].to_text() == '"127.9.8.7"'
        reply = read(ask_bytes(rove, query(name, "AAAA").to_wire()))
        assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
        assert reply.authority[0].rdtype == dns.rdatatype.SOA
    chaos = read(ask_bytes(rove, query("id.server", "TXT", rdclass="CH").to_wire()))
    assert chaos.answer[0][0].to_text() == '"test-1"'
    wait_until(lambda: log.exists() and "127.9.8.7 tcp ip.example TXT NOERROR" in log.read_text(),
               5, "the line")
    log.rename(tmp_path / "queries.1")
    read(ask_bytes(rove, query(f"missing.{ZONE}").to_wire()))
    wait_until(lambda: log.exists() and f"udp missing.{ZONE} A NXDOMAIN" in log.read_text(), 5,
               "a line in the new file")
    wait_until(lambda: (rove.told("answer", "rcodes", "NXDOMAIN") or 0) > 0, 15,
               "the counters")
    status = rove.status("answer")
    assert status["types"]["TXT"] >= 3 and status["types"]["AAAA"] >= 2
    assert status["unlogged"] == 0
    metrics = metrics_of(port)
    for name in ('rove_dns_questions_total{type="TXT"}', 'rove_dns_replies_total{rcode="NXDOMAIN"}',
                 "rove_dns_queries_tcp_total"):
        assert int(metrics[name]) > 0, metrics


@pytest.mark.skipif(not shutil.which("dig"), reason="there is no dig")
def test_dig_takes_cookies_nsid_and_keepalive(serve):
    rove = serve('rate = 0 nsid = "test-1"')

    def dig(*words):
        done = subprocess.run(["dig", f"@{rove.address}", "-p", str(rove.dns_port), *words],
                              capture_output=True, text=True, check=True, timeout=20)
        return done.stdout

    said = dig("+cookie=0102030405060708", "+nsid", f"www.{ZONE}", "A")
    assert "COOKIE: 010203040506070801000000" in said and "(good)" in said
    assert '("test-1")' in said and "192.0.2.1" in said
    assert re.search(r"TCP.KEEPALIVE: 10.0 secs", dig("+tcp", "+keepalive", f"www.{ZONE}", "A"))
    assert "EDE: 20 (Not Authoritative)" in dig("example.com", "A")
