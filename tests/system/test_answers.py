# SPDX-License-Identifier: GPL-3.0-or-later
"""Our answers against named's: the same random zone in both, the same random questions."""
import random
import shutil
import subprocess

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from harness import BUILD
from zones import (ZONE, comparable, is_loop, random_question, random_zone, start_named,
                   start_ours)


@pytest.fixture
def folder_pair(tmp_path):
    """Two folders that named can read, whoever it runs as."""
    folders = tmp_path / "ours", tmp_path / "named"
    for folder in folders:
        folder.mkdir()
    yield folders
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_those_of_named(folder_pair, seed):
    rng = random.Random(seed)
    zone = random_zone(rng)
    ours, theirs = start_ours(folder_pair[0], zone), start_named(folder_pair[1], zone)
    seen = set()
    try:
        for _ in range(1500):
            question, tcp = random_question(rng, zone), rng.randrange(4) == 0
            mine, other = ours.ask(question, tcp), theirs.ask(question, tcp)
            if is_loop(mine):  # the same chain; named adds SERVFAIL, other servers do not
                assert comparable(mine)["answer"] == comparable(other)["answer"]
                continue
            assert comparable(mine) == comparable(other), \
                f"ours:\n{mine}\n\nnamed's:\n{other}\n\n{folder_pair[1]}/zone"
            seen.add((mine.rcode(), bool(mine.answer), bool(mine.authority),
                      bool(mine.flags & dns.flags.AA)))
    finally:
        ours.stop()
        theirs.stop()
    assert len(seen) >= 5, seen  # of referral, answer, NXDOMAIN, NODATA, chain, REFUSED


def odd_questions():
    """Questions at the edges, where all peers agree."""
    plain = dns.message.make_query(f"ns.{ZONE}", "A")
    for code in (dns.opcode.IQUERY, dns.opcode.STATUS):
        odd = dns.message.make_query(f"ns.{ZONE}", "A")
        odd.set_opcode(code)
        yield f"opcode {code}", odd, {"rcode"}
    for version in (1, 255):
        odd = dns.message.make_query(f"ns.{ZONE}", "A", use_edns=0)
        odd.use_edns(version)
        yield f"EDNS version {version}", odd, {"rcode", "answer", "authority"}
    for bit in (dns.flags.AA, dns.flags.TC, dns.flags.RA, dns.flags.AD, 0x40):
        odd = dns.message.make_query(f"ns.{ZONE}", "A")
        odd.flags |= bit
        yield f"flag {bit:#x}", odd, {"rcode", "answer", "flags"}
    yield "foreign name", dns.message.make_query("example.net", "A"), {"rcode", "flags", "answer"}
    yield "root", dns.message.make_query(".", "NS"), {"rcode", "flags", "answer"}
    yield "plain", plain, {"rcode", "flags", "answer", "authority", "glue", "question", "edns"}


def test_odd_questions_get_the_answers_of_named(folder_pair):
    zone = random_zone(random.Random(1))
    ours, theirs = start_ours(folder_pair[0], zone), start_named(folder_pair[1], zone)
    try:
        for what, question, parts in odd_questions():
            for tcp in (False, True):
                mine, other = (comparable(server.ask(question, tcp)) for server in (ours, theirs))
                assert {part: mine[part] for part in parts} == \
                       {part: other[part] for part in parts}, what
    finally:
        ours.stop()
        theirs.stop()


def test_transfers_other_classes_and_updates_get_nothing(tmp_path):
    zone = random_zone(random.Random(2))
    ours = start_ours(tmp_path, zone)
    try:
        for tcp in (False, True):
            for kind in ("AXFR", "IXFR"):
                question = dns.message.Message()
                question.find_rrset(question.question, dns.name.from_text(ZONE),
                                    dns.rdataclass.IN, dns.rdatatype.from_text(kind), create=True)
                reply = ours.ask(question, tcp)
                assert (reply.rcode(), reply.answer) == (dns.rcode.REFUSED, []), kind
            chaos = dns.message.make_query("version.bind", "TXT", rdclass="CH")
            assert ours.ask(chaos, tcp).rcode() == dns.rcode.REFUSED
            for code, want in ((dns.opcode.NOTIFY, dns.rcode.REFUSED),
                               (dns.opcode.UPDATE, dns.rcode.NOTIMP)):
                odd = dns.message.make_query(ZONE, "SOA")
                odd.set_opcode(code)
                wire = odd.to_wire()
                reply = ours.ask(dns.message.from_wire(wire), tcp)
                assert reply.rcode() == want, code
    finally:
        ours.stop()


OWN_NETWORK = """
ip link set lo up
for address in 192.0.2.53/32 192.0.2.54/32 2001:db8::53/128 2001:db8::54/128; do
    ip address add "$address" dev lo
done
exec "$@"
"""
# Fails when the reply comes from another address than the one that was asked.
ASK = """
import sys, dns.message, dns.query
question = dns.message.make_query("example.org", "SOA")
ask = dns.query.tcp if sys.argv[3] == "tcp" else dns.query.udp
print(ask(question, sys.argv[1], port=int(sys.argv[2]), timeout=20).answer[0][0].serial)
"""


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("listen, addresses", (
    ("::", ("2001:db8::53", "2001:db8::54", "::1")),
    ("0.0.0.0", ("192.0.2.53", "192.0.2.54", "127.0.0.1", "127.9.9.9"))))
def test_replies_leave_from_the_address_that_was_asked(tmp_path, listen, addresses):
    start_ours(tmp_path, random_zone(random.Random(3))).stop()  # makes the image
    server = subprocess.Popen(
        ["unshare", "--net", "sh", "-ec", OWN_NETWORK, "sh",
         BUILD / "tests/system/tool_answer", tmp_path, listen, "0"],
        stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        for address in addresses:
            for transport in ("udp", "tcp"):
                done = subprocess.run(
                    ["nsenter", "-t", str(server.pid), "--net", "/usr/bin/python3", "-c", ASK,
                     address, port, transport], capture_output=True, text=True, check=False)
                assert done.stdout == "7\n", f"{address} {transport}: {done.stderr}"
    finally:
        server.terminate()
        assert server.wait(20) == 0
