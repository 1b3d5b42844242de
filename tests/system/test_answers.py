# SPDX-License-Identifier: GPL-3.0-or-later
"""Our answers against named's: the same random zone in both, the same random questions."""
import random
import shutil
import subprocess

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from harness import BUILD, free_port, wait_until
from peers import peer

ADDRESS = "127.0.0.1"
ZONE = "example.org"
APEX = (f"Z{ZONE}:ns.{ZONE}:admin.{ZONE}:7:1000:2000:300000:60:300",
        f"{ZONE}. 300 IN SOA ns.{ZONE}. admin.{ZONE}. 7 1000 2000 300000 60")
TYPES = ["A", "AAAA", "A", "AAAA", "TXT", "MX", "CNAME", "NS", "SOA", "SRV", "PTR", "DS", "TYPE65280"]
LABELS = ["a", "b", "c", "home", "www", "x-1", "*", "ns"]


class Records:
    """A zone, as lines of tinydns data and as a master file."""

    def __init__(self):
        self.data, self.master = [APEX[0]], [APEX[1]]

    def add(self, data, owner, ttl, rdata):
        self.data.append(f"{data}:{ttl}")
        self.master.append(f"{owner}. {ttl} IN {rdata}")

    def a(self, owner, number, ttl):
        self.add(f"+{owner}:192.0.2.{number}", owner, ttl, f"A 192.0.2.{number}")

    def aaaa(self, owner, number, ttl):
        self.add(f":{owner}:28:\\040\\001\\015\\270" + "\\000" * 11 + f"\\{number:03o}", owner,
                 ttl, f"AAAA 2001:db8::{number:x}")

    def ns(self, owner, target, ttl):
        self.add(f"&{owner}::{target}", owner, ttl, f"NS {target}.")

    def cname(self, owner, target, ttl):
        self.add(f"C{owner}:{target}", owner, ttl, f"CNAME {target}.")

    def mx(self, owner, target, ttl):
        self.add(f"@{owner}::{target}:10", owner, ttl, f"MX 10 {target}.")

    def txt(self, owner, text, ttl):
        self.add(f"'{owner}:{text}", owner, ttl, f'TXT "{text}"')


def random_name(rng, depth=4):
    labels = rng.choices(LABELS, k=rng.randrange(1, depth))
    return ".".join([*labels, ZONE])


def fill_host(rng, zone, owner):
    ttl = rng.choice([30, 60, 600])
    for number in rng.sample(range(1, 200), rng.choice([0, 1, 1, 2, 12, 40])):
        zone.a(owner, number, ttl)
    for number in rng.sample(range(1, 200), rng.choice([1, 1, 2])):
        zone.aaaa(owner, number, ttl)
    if rng.randrange(4) == 0:
        zone.txt(owner, "x" * rng.choice([3, 100, 126]), ttl)
    if rng.randrange(4) == 0:
        zone.mx(owner, random_name(rng), ttl)


def fill_cut(rng, zone, owner):
    for target in rng.sample([f"ns.{owner}", f"b.ns.{owner}", f"ns.{ZONE}", "ns.example.net"], 2):
        zone.ns(owner, target, 60)
        if target.endswith(owner):
            zone.a(target, rng.randrange(1, 200), 60)
            zone.aaaa(target, rng.randrange(1, 200), 60)


def random_zone(rng):
    """A zone that named loads: CNAME stands alone, no wildcard has NS records."""
    zone = Records()
    zone.ns(ZONE, f"ns.{ZONE}", 300)
    zone.ns(ZONE, "ns.example.net", 300)
    zone.a(f"ns.{ZONE}", 53, 300)
    used, cuts = {ZONE, f"ns.{ZONE}"}, set()
    for _ in range(rng.randrange(5, 40)):
        owner = random_name(rng)
        if owner in used or any(owner.endswith("." + cut) for cut in cuts):
            continue
        used.add(owner)
        kind = rng.randrange(6)
        if kind == 0 and "*" not in owner:
            cuts.add(owner)
            fill_cut(rng, zone, owner)
        elif kind <= 2:
            zone.cname(owner, rng.choice([random_name(rng), random_name(rng), "www.example.net"]), 60)
        else:
            fill_host(rng, zone, owner)
    return zone


NAMED = """
options {{
    directory "{folder}"; pid-file none; session-keyfile none; lock-file none;
    listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
    recursion no; allow-transfer {{ none; }}; notify no; empty-zones-enable no;
    minimal-responses yes; minimal-any yes; max-udp-size 1232; edns-udp-size 1232;
    dnssec-validation no; rrset-order {{ order none; }}; check-names primary ignore;
    answer-cookie no; max-records-per-type 0; zero-no-soa-ttl no;
}};
controls {{ }};
zone "{zone}" {{ type primary; file "{folder}/zone"; check-integrity no;
    check-mx ignore; check-wildcard no; check-srv-cname ignore; check-mx-cname ignore; }};
"""


class Server:
    """A running server; ask() puts a question to it."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def ask(self, message, tcp=False):
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(message, ADDRESS, port=self.port, timeout=10, ignore_unexpected=True) \
            if not tcp else ask(message, ADDRESS, port=self.port, timeout=10)

    def is_up(self):
        assert self.process.poll() is None
        try:
            self.ask(dns.message.make_query(ZONE, "SOA"), tcp=True)
            return self.ask(dns.message.make_query(ZONE, "SOA")).rcode() == dns.rcode.NOERROR
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


def start_ours(folder, zone):
    built = subprocess.run([BUILD / "tests/system/tool_image", "build", folder],
                           input="\n".join(zone.data) + "\n", capture_output=True, text=True,
                           check=False)
    assert built.returncode == 0, built.stderr
    process = subprocess.Popen([BUILD / "tests/system/tool_answer", folder, ADDRESS, "0"],
                               stdout=subprocess.PIPE, text=True)
    return Server(process, int(process.stdout.readline()))


def start_named(folder, zone):
    named, port = peer("named"), free_port()
    (folder / "zone").write_text("\n".join(zone.master) + "\n", encoding="ascii")
    (folder / "named.conf").write_text(
        NAMED.format(folder=folder, port=port, address=ADDRESS, zone=ZONE), encoding="ascii")
    with open(folder / "named.log", "wb") as log:
        process = named.start("-g", "-n", "1", "-c", folder / "named.conf", stdout=log, stderr=log)
    server = Server(process, port)
    wait_until(server.is_up, 20, "named answers")
    return server


def comparable(reply):
    """What two replies must have in common. The order of records and sets is free; glue that
    is not needed (not below the delegation) may be there or not."""
    def section(sets):
        return sorted((rrset.name.to_text().lower(), rrset.rdtype.name if hasattr(rrset.rdtype, "name")
                       else int(rrset.rdtype), rrset.ttl,
                       tuple(sorted(item.to_text().lower() for item in rrset)))
                      for rrset in sets)
    cuts = [rrset.name for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NS]
    glue = [rrset for rrset in reply.additional if any(rrset.name.is_subdomain(cut) for cut in cuts)]
    truncated = bool(reply.flags & dns.flags.TC)
    return {"rcode": dns.rcode.to_text(reply.rcode()),
            "flags": reply.flags & ~dns.flags.CD,
            "question": [str(rrset) for rrset in reply.question],
            "edns": (reply.edns, reply.payload if reply.edns >= 0 else None,
                     reply.ednsflags & 0xffff),
            "answer": [] if truncated else section(reply.answer),
            "authority": [] if truncated else section(reply.authority),
            "glue": [] if truncated else section(glue)}


def is_loop(reply):
    """Whether the reply ends with an alias that leads back to one before it."""
    owners = {rrset.name for rrset in reply.answer}
    return bool(reply.answer) and reply.answer[-1].rdtype == dns.rdatatype.CNAME and \
        reply.answer[-1][0].target in owners


def mixed_case(rng, name):
    return "".join(rng.choice([char.upper(), char]) for char in name)


def random_question(rng, zone):
    owners = [line.split(".", 1)[0] for line in zone.master]
    name = rng.choice([random_name(rng), random_name(rng, 6),
                       rng.choice(zone.master).split(" ")[0].rstrip("."),
                       "y." + rng.choice(zone.master).split(" ")[0].rstrip("."),
                       rng.choice(owners) + ".example.net"])
    options = {}
    if rng.randrange(3):
        options = {"use_edns": 0, "payload": rng.choice([0, 511, 512, 900, 1232, 4096]),
                   "want_dnssec": rng.randrange(2) == 1}
        if rng.randrange(4) == 0:
            options["options"] = [dns.edns.GenericOption(65001, b"unknown")]
    message = dns.message.make_query(mixed_case(rng, name), rng.choice(TYPES), **options)
    if rng.randrange(2):
        message.flags &= ~dns.flags.RD
    return message


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
            for code in (dns.opcode.NOTIFY, dns.opcode.UPDATE):
                odd = dns.message.make_query(ZONE, "SOA")
                odd.set_opcode(code)
                wire = odd.to_wire()
                reply = ours.ask(dns.message.from_wire(wire), tcp)
                assert reply.rcode() == dns.rcode.NOTIMP, code
    finally:
        ours.stop()
