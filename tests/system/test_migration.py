# SPDX-License-Identifier: GPL-3.0-or-later
"""A djbdns operator moves in: a directory that tinydns-data compiles and tinydns serves, some
hundreds of records of every type; then Rove beside it, with a dynamic zone; then secondaries."""
import os
import random
import shutil

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import pytest

import test_transfer
from harness import free_port, wait_texts, wait_until
from peers import peer
from test_update import running_tinydns
from zones import random_zone

DYNAMIC = "dyn.example.com"
ZONES = ("example.org", "example.net", "2.0.192.in-addr.arpa", DYNAMIC)
HOME = f"home.{DYNAMIC}"
TYPES = ("A", "AAAA", "TXT", "MX", "NS", "CNAME", "SOA", "PTR", "SRV", "TYPE65280")
MTIME = 1_700_000_000

# Lines that the random zone has not: every other letter of the language.
FIXED = """\
# the operator's own
.example.net:192.0.2.53:a.ns.example.net:3600
.2.0.192.in-addr.arpa::a.ns.example.net:3600
&example.net::b.ns.example.org
=host.example.net:192.0.2.7:600
@example.net:192.0.2.25:mail:10:600
@example.net::backup.example.com:20:600
'example.net:v=spf1 ip4\\072192.0.2.25 -all:600
S_sip._tcp.example.net:192.0.2.26:sip:5060:1:2:600
^99.2.0.192.in-addr.arpa:printer.example.net:600
Cftp.example.net:host.example.net:600
:raw.example.net:65280:\\000\\001colon\\072:600
+*.wild.example.net:192.0.2.8:60
-disabled.example.net:192.0.2.9
+born.example.net:192.0.2.10:60:4000000050000000
+unborn.example.net:192.0.2.11:60:40000001ffffffff
+dead.example.net:192.0.2.12:0:4000000050000000
&child.example.net:192.0.2.13:ns.child.example.net:300
%lo:127
%no:192.0.2
+split.example.net:192.0.2.14:60::lo
+split.example.net:192.0.2.15:60::no
"""


def operators_data(rng):
    # A "*" within a name is a letter to tinydns, but makes a wildcard above it by the standard.
    lines = [line for line in random_zone(rng, rich=True).data if ".*." not in line]
    lines.append(FIXED.rstrip("\n"))
    for number in range(300):
        lines.append(rng.choice([
            f"+h{number}.example.net:192.0.2.{rng.randrange(256)}:60",
            f"=p{number}.example.net:192.0.2.{number % 256}:120",
            f"'t{number}.example.net:text \\{rng.randrange(256):03o} {number}:60",
            f"Cc{number}.example.net:h{rng.randrange(300)}.example.net:60",
            f"@m{number}.example.net::h{number}.example.net:{rng.randrange(100)}:60",
            f":x{number}.example.net:65280:\\{rng.randrange(256):03o}:60"]))
    return "\n".join(lines) + "\n"


def owners(text):
    """Every name that has a line, with its wildcards as they are asked for."""
    found = set()
    for line in text.splitlines():
        if line[:1] in ("", "#", "-", "%"):
            continue
        found.add(line[1:].split(":", 1)[0].lower())
    return sorted(found)


def questions(text):
    for owner in owners(text):
        plain = owner.replace("*", "any")
        for name in (plain, f"missing.{plain}", f"deep.missing.{plain}"):
            for rdtype in TYPES:
                yield name, rdtype


def ask(address, port, name, rdtype, tries=10):
    """A reply; None for silence, and for what does not fit: tinydns cuts such a reply in the
    middle of a record, and of more than eight addresses it takes any eight."""
    query = dns.message.make_query(name, rdtype, use_edns=False)
    for _ in range(tries):
        try:
            reply = dns.query.udp(query, address, port=port, timeout=0.5, raise_on_truncation=True)
        except dns.message.Truncated:
            if port == 53:  # tinydns, which has no TCP
                return None
            reply = dns.query.tcp(query, address, port=port, timeout=5)
        except dns.exception.Timeout:
            continue
        many = any(len(rrset) >= 8 for rrset in [*reply.answer, *reply.additional])
        return None if many else reply
    return None


def whole(reply):
    """All of a reply but the order of its records, and a life that is counted down."""
    def section(rrsets):
        return sorted((rrset.name.to_text(), rrset.ttl, int(rrset.rdtype), item.to_text())
                      for rrset in rrsets for item in rrset)
    return (reply.rcode(), reply.flags & dns.flags.AA, section(reply.answer),
            section(reply.authority), section(reply.additional))


def essence(reply, name):
    """What a resolver learns about the very name: data, a delegation, or nothing. Left out, as
    both are right: what else is said, how long a no is kept, and data behind an alias."""
    wanted = dns.name.from_text(name)
    for rrset in reply.answer:
        if rrset.name == wanted:
            return "data", int(rrset.rdtype), rrset.ttl, sorted(i.to_text() for i in rrset)
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.NS and not reply.flags & dns.flags.AA:
            return "delegation", rrset.name, sorted(i.to_text() for i in rrset)
    return ("nothing",)


class Tree:
    """Which names exist, by the standard's rule: with records, or above such names."""

    def __init__(self, text):
        self.names = set()
        for owner in owners(text):
            labels = owner.split(".")
            self.names |= {".".join(labels[i:]) for i in range(len(labels))}

    def is_blocked(self, name):
        """Whether an existing name stands between `name` and the nearest wildcard: tinydns looks
        past it, the standard (RFC 4592) does not."""
        if name in self.names:
            return True
        while name not in self.names:
            name = name.split(".", 1)[1] if "." in name else ""
            if not name:
                return False
        return f"*.{name}" not in self.names


def wait_equal(rove, secondary, zone):
    """Waits until the secondary has the zone's records. Where tinydns data gives the records of
    one set several TTLs, each secondary makes one of them in its own way."""
    def records(found):
        return found and sorted((name, rdtype, data) for name, _, rdtype, data in found)

    def ours():
        return records(test_transfer.records_of(rove.dns_port, zone, **test_transfer.signed()))
    wait_until(lambda: records(secondary.records(zone)) == ours(), 30,
               f"{secondary.kind.program} has {zone} as Rove has it\n{secondary.log()}")


@pytest.fixture(name="operator", params=(1, 2))
def fixture_operator(request, tmp_path):
    """The operator's folder as it was: data, compiled by tinydns-data."""
    folder = tmp_path / "tinydns"
    folder.mkdir()
    (folder / "data").write_text(operators_data(random.Random(request.param)), encoding="ascii")
    os.utime(folder / "data", (MTIME, MTIME))
    done = peer("tinydns-data").run(cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def move_in(make_rove, operator, settings=""):
    rove = make_rove(settings)
    shutil.copy2(operator / "data", rove.static / "data")
    checked = rove.roved("--check-data")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    rove.start()
    rove.add_zone(DYNAMIC)
    token = rove.add_host(HOME)
    assert rove.update(HOME, token, "192.0.2.200") == (200, "good 192.0.2.200")
    rove.wait_dns(HOME, "A", ["192.0.2.200"])
    return rove, token


@pytest.mark.usefixtures("as_root")
def test_tinydns_answers_from_the_image_as_it_did_from_its_own_data(make_rove, operator):
    text = (operator / "data").read_text(encoding="ascii")
    tree, asked = Tree(text), list(questions(text))
    with running_tinydns(operator) as address:
        before = {key: ask(address, 53, *key, tries=1) for key in asked}
    answered = {key: reply for key, reply in before.items() if reply}
    assert len(answered) > 1000
    rove, token = move_in(make_rove, operator)
    with running_tinydns(rove.image) as address:
        for key, reply in answered.items():
            after = ask(address, 53, *key)
            assert after and whole(after) == whole(reply), key
        assert rove.update(HOME, token, "192.0.2.201") == (200, "good 192.0.2.201")
        wait_texts((address, 53), HOME, "A", ["192.0.2.201"])

    compared = 0
    for (name, rdtype), reply in answered.items():
        ours = ask(rove.address, rove.dns_port, name, rdtype)
        if essence(ours, name) == essence(reply, name):
            compared += 1
        else:
            assert tree.is_blocked(name), (name, rdtype, str(reply), str(ours))
    assert compared > len(answered) // 2


def test_secondaries_take_the_operators_zones_and_the_dynamic_one(make_rove, operator, tmp_path,
                                                                 monkeypatch):
    monkeypatch.setattr(test_transfer, "ZONES", ZONES)
    monkeypatch.setattr(test_transfer, "DYNAMIC", "dyn.example.org")
    settings = f'key "{test_transfer.KEY}" {{ algorithm = "hmac-sha256"' \
               f' secret = "{test_transfer.SECRET}" }}\n'
    ports = {kind: free_port() for kind in test_transfer.KINDS}
    for kind, port in ports.items():
        settings += f'secondary "{kind}" {{ from = {{ "127.0.0.1" }}' \
                    f' key = "{test_transfer.KEY}" notify = {{ "127.0.0.1:{port}" }} }}\n'
    rove, token = move_in(make_rove, operator, settings)
    assert len(test_transfer.records_of(rove.dns_port, "example.net",
                                        **test_transfer.signed())) > 250
    started = []
    try:
        for kind, port in ports.items():
            started.append(test_transfer.Secondary(kind, tmp_path / kind, port, rove.dns_port))
            started[-1].start()
        for secondary in started:
            for zone in ZONES:
                wait_equal(rove, secondary, zone)
        assert rove.update(HOME, token, "192.0.2.202") == (200, "good 192.0.2.202")
        for secondary in started:
            wait_until(lambda each=secondary: each.addresses(HOME) == ["192.0.2.202"], 20,
                       f"{HOME} at {secondary.kind.program}\n{secondary.log()}")
            wait_equal(rove, secondary, DYNAMIC)
    finally:
        for secondary in started:
            secondary.stop()
