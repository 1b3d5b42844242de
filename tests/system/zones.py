# SPDX-License-Identifier: GPL-3.0-or-later
"""Random zones and random questions, and servers that have such a zone: ours and others'."""
import random
import subprocess

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype

from harness import BUILD, free_port, wait_until
from peers import NSD_SERVER, peer

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

    def ptr(self, owner, target, ttl):
        self.add(f"^{owner}:{target}", owner, ttl, f"PTR {target}.")

    def txt(self, owner, text, ttl):
        self.add(f"'{owner}:{text}", owner, ttl, f'TXT "{text}"')

    def other(self, owner, rdtype, rdata, ttl):
        """A record of any type, from its presentation form."""
        rdata = dns.rdata.from_text("IN", rdtype, rdata)
        wire = "".join(f"\\{byte:03o}" for byte in rdata.to_wire())
        self.add(f":{owner}:{int(rdata.rdtype)}:{wire}", owner, ttl,
                 f"{dns.rdatatype.to_text(rdata.rdtype)} {rdata.to_text()}")


# Types that need no line of their own, and what could stand there.
OTHERS = {
    "SRV": ["1 2 5060 home.example.org.", "0 0 0 ."],
    "CAA": ['0 issue "ca.example.net"'],
    "TLSA": ["3 1 1 " + "ab" * 32],
    "SSHFP": ["4 2 " + "cd" * 32],
    "NAPTR": ['10 100 "S" "SIP+D2U" "" _sip._udp.example.org.', '10 100 "u" "a" "!^.*$!b!" .'],
    "TYPE65280": ["\\# 3 000102", "\\# 0"],
    "TXT": ['"one" "two three"', '"' + "y" * 255 + '"', '""'],
    "HINFO": ['"cpu" "os"'],
}


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


def fill_others(rng, zone, owner):
    if rng.randrange(4) == 0:
        zone.ptr(owner, random_name(rng), 120)
    for rdtype in rng.sample(sorted(OTHERS), rng.randrange(1, 4)):
        for rdata in rng.sample(OTHERS[rdtype], rng.randrange(1, len(OTHERS[rdtype]) + 1)):
            zone.other(owner, rdtype, rdata, 120)


def random_zone(rng, rich=False):
    """A zone that named loads: CNAME stands alone, no wildcard has NS records. A rich one has
    deep names, names in mixed case, DS records and many types too."""
    zone = Records()
    zone.ns(ZONE, f"ns.{ZONE}", 300)
    zone.ns(ZONE, "ns.example.net", 300)
    zone.a(f"ns.{ZONE}", 53, 300)
    used, cuts = {ZONE, f"ns.{ZONE}"}, set()
    for _ in range(rng.randrange(5, 40)):
        owner = random_name(rng, rng.choice([4, 4, 9]) if rich else 4)
        if owner in used or any(owner.endswith("." + cut) for cut in cuts):
            continue
        used.add(owner)
        kind = rng.randrange(6)
        if kind == 0 and "*" not in owner:
            cuts.add(owner)
            fill_cut(rng, zone, owner)
            if rich and rng.randrange(2):
                zone.other(owner, "DS", "12345 13 2 " + "ef" * 32, 60)
        elif kind <= 2:
            zone.cname(owner, rng.choice([random_name(rng), random_name(rng), "www.example.net"]), 60)
        else:
            at = mixed_case(rng, owner) if rich else owner
            if not rich or rng.randrange(3):
                fill_host(rng, zone, at)
            if rich and rng.randrange(2):
                fill_others(rng, zone, at)
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


NSD = NSD_SERVER + """\
    minimal-responses: yes
    ipv4-edns-size: 1232
    rrl-ratelimit: 0
    xfrd-reload-timeout: 0
    answer-cookie: no
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: zone
"""

KNOT = """
server:
    rundir: {folder}
    listen: {address}@{port}
    udp-max-payload: 1232
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}/db
zone:
  - domain: {zone}
    storage: {folder}
    file: zone
    journal-content: none
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
        except (OSError, EOFError, dns.exception.DNSException):
            return False

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


def start_ours(folder, zone):
    built = subprocess.run([BUILD / "tests/system/tool_image", "build", folder],
                           input="\n".join(zone.data) + "\n", capture_output=True, text=True,
                           check=False)
    assert built.returncode == 0, built.stderr
    return serve_ours(folder)


def serve_ours(folder):
    """Answers from the image that is in the folder."""
    process = subprocess.Popen([BUILD / "tests/system/tool_answer", folder, ADDRESS, "0"],
                               stdout=subprocess.PIPE, text=True)
    return Server(process, int(process.stdout.readline()))


def start_peer(program, template, arguments, folder, zone):
    """Starts another server on the zone; what it says goes to a log in the folder."""
    found, port = peer(program), free_port()
    (folder / "zone").write_text("\n".join(zone.master) + "\n", encoding="ascii")
    (folder / "conf").write_text(
        template.format(folder=folder, port=port, address=ADDRESS, zone=ZONE), encoding="ascii")
    with open(folder / "log", "wb") as log:
        process = found.start(*arguments, "-c", folder / "conf", stdout=log, stderr=log)
    server = Server(process, port)
    try:
        wait_until(server.is_up, 60, f"{program} answers")
    except BaseException:
        process.kill()
        process.wait()
        raise
    return server


def start_named(folder, zone):
    return start_peer("named", NAMED, ["-g", "-n", "1"], folder, zone)


def start_nsd(folder, zone):
    return start_peer("nsd", NSD, ["-d"], folder, zone)


def start_knot(folder, zone):
    return start_peer("knotd", KNOT, [], folder, zone)


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
