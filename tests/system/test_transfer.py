# SPDX-License-Identifier: GPL-3.0-or-later
"""NSD, Knot DNS and BIND as secondaries of Rove, set up as docs/answering.md tells, and what
strangers get."""
import base64
import collections
import itertools
import random
import re
import socket
import time

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
import dns.update
import dns.zone
import pytest

from harness import TREE, ask_dns, free_port, texts_of, wait_until
from peers import NSD_SERVER, peer

ADDRESS = "127.0.0.1"
KEY = "transfer.example.org"
SECRET = base64.b64encode(b"a secret that is long enough, ok").decode()
KEYRING = dns.tsigkeyring.from_text({KEY: SECRET})
STATIC = "example.net"
DYNAMIC = "dyn.example.org"
OWNER = "owner@example.org"
ZONES = (STATIC, DYNAMIC)

ZONE = f"""\
.{STATIC}::ns.example.org:3600
+www.{STATIC}:192.0.2.1
:www.{STATIC}:28:\\040\\001\\015\\270\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001
+*.wild.{STATIC}:192.0.2.2
Calias.{STATIC}:www.{STATIC}
@{STATIC}::mail.{STATIC}:10
'text.{STATIC}:some \\072 text
&sub.{STATIC}:192.0.2.3:ns.sub.{STATIC}
+a.deep.ent.{STATIC}:192.0.2.4
:odd\\056label.{STATIC}:65280:\\000\\001
"""

# Makes a transfer of several messages.
HOSTS = 3000
MANY = "".join(f"+h{number}.{STATIC}:198.51.100.{number % 256}\n" for number in range(HOSTS))


def example(language):
    """A block of docs/answering.md: what it shows is what is tested."""
    text = (TREE / "docs" / "answering.md").read_text(encoding="utf-8")
    return re.search(f"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


# What stands around the examples: ports and folders of a test, and readers of the result.
NSD = NSD_SERVER + """\
    rrl-ratelimit: 0
    xfrd-reload-timeout: 0
    zonefiles-write: 1
remote-control:
    control-enable: no
"""

KNOT = """
server:
    rundir: {folder}
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}
template:
  - id: default
    storage: {folder}
"""

NAMED = """
options {{
    directory "{folder}"; pid-file none; session-keyfile none; lock-file none;
    listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
    recursion no; allow-transfer {{ {address}; }}; notify no; empty-zones-enable no;
    dnssec-validation no; serial-query-rate 1000;
}};
controls {{ }};
"""


def nsd_zones(block, primary):
    """The example for both zones."""
    key, zone = block.replace("192.0.2.1 ", f"{ADDRESS}@{primary} ", 1).split("zone:\n")
    zone = zone.replace("192.0.2.1", ADDRESS) + f"    provide-xfr: {ADDRESS} NOKEY\n"
    return key + "".join("zone:\n" + zone.replace(DYNAMIC, name) for name in ZONES)


def knot_zones(block, primary):
    block = block.replace("192.0.2.1", f"{ADDRESS}@{primary}", 1).replace("192.0.2.1", ADDRESS)
    before, zone = block.split("zone:\n")
    before += f"  - id: readers\n    address: {ADDRESS}\n    action: transfer\nzone:\n"
    zone = zone.replace("acl: rove", "acl: [rove, readers]")
    return before + "".join(zone.replace(DYNAMIC, name) for name in ZONES)


def named_zones(block, primary):
    key, zone = block.replace("192.0.2.1", f"{ADDRESS} port {primary}").split('zone "')
    return key + "".join('zone "' + zone.replace(DYNAMIC, name) for name in ZONES)


# What a program is started with, its configuration, and what makes the example part of it.
Kind = collections.namedtuple("Kind", "program arguments config zones")
KINDS = {"nsd": Kind("nsd", ["-d"], NSD, nsd_zones),
         "knot": Kind("knotd", [], KNOT, knot_zones),
         "named": Kind("named", ["-g", "-n", "1"], NAMED, named_zones)}


class Secondary:
    """One of the KINDS, which fetches zones from `primary` (a port)."""

    def __init__(self, kind, folder, port, primary):
        self.kind, self.folder, self.port = KINDS[kind], folder, port
        folder.mkdir()
        text = self.kind.config.format(folder=folder, address=ADDRESS, port=port)
        text += self.kind.zones(example(kind), primary)
        (folder / "conf").write_text(text, encoding="ascii")
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = peer(self.kind.program).start(
                *self.kind.arguments, "-c", self.folder / "conf", stdout=log, stderr=log)

    def stop(self):
        if self.process:
            self.process.terminate()
            assert self.process.wait(20) == 0
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def begun_anew(self):
        """How often it has asked for a whole zone by itself: NSD does when it is told of a change
        while it takes over the one before."""
        text = (self.folder / "log").read_text(errors="replace")
        return text.count("update failed, restarting transfer")

    def records(self, zone):
        """All records of the zone as this secondary has it, or None."""
        try:
            return records_of(self.port, zone)
        except (OSError, EOFError, dns.exception.DNSException):
            return None

    def is_up(self):
        """Whether it says anything."""
        try:
            return ask_dns(ADDRESS, self.port, "example", "SOA", wait_s=2)
        except (OSError, dns.exception.DNSException):
            return None

    def has(self, zone):
        """Whether it answers for the zone."""
        try:
            return ask_dns(ADDRESS, self.port, zone, "SOA", wait_s=2).answer
        except (OSError, dns.exception.DNSException):
            return False

    def addresses(self, name):
        """What it says are the IPv4 addresses of the name."""
        try:
            return texts_of(ask_dns(ADDRESS, self.port, name, "A", wait_s=2), "A")
        except (OSError, dns.exception.DNSException):
            return None


def records_of(port, zone, **options):
    """A sorted list of (owner, TTL, type, data) from a transfer."""
    found = dns.zone.from_xfr(dns.query.xfr(ADDRESS, zone, port=port, timeout=10, lifetime=20,
                                            relativize=False, **options), relativize=False)
    return sorted((name.to_text().lower(), rdataset.ttl, dns.rdatatype.to_text(rdataset.rdtype),
                   rdata.to_text())
                  for name, rdataset in found.iterate_rdatasets() for rdata in rdataset)


def key_file(folder):
    """The secret in a file that nobody else can read."""
    path = folder / "transfer.key"
    path.write_text(SECRET + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


def signed(**options):
    return options | {"keyring": KEYRING, "keyname": KEY, "keyalgorithm": dns.tsig.HMAC_SHA256}


@pytest.fixture
def secondaries(make_rove, tmp_path):
    """A function: starts Rove, as it is prepared, and a secondary of each kind named; gives both.
    They know each other's ports."""
    started = []

    def start(*kinds, prepare=lambda rove: rove):
        ports = {kind: free_port() for kind in kinds}
        key, secondary = example("rove").split("\n\n")
        settings = key.replace("/etc/rove/transfer.key", str(key_file(tmp_path))) + "\n" + "".join(
            secondary.replace("192.0.2.53:53", f"{ADDRESS}:{port}")
            .replace("192.0.2.53", ADDRESS).replace("ns2", kind) for kind, port in ports.items())
        rove = make_rove(settings)
        rove.config.write_text(rove.config.read_text().replace(
            "private_addresses = true", "private_addresses = true changes_per_hour = 1000000"))
        (rove.static / "data").write_text(ZONE + MANY)
        prepare(rove).start()
        rove.add_zone(DYNAMIC)
        rove.wait_dns(DYNAMIC, "NS", ["ns.example.net."])
        for kind, port in ports.items():
            secondary = Secondary(kind, tmp_path / kind, port, rove.dns_port)
            started.append(secondary)
            secondary.start()
        return rove, started

    yield start
    for secondary in started:
        secondary.stop()


def wait_equal(rove, secondary, zone, seconds=30):
    """Waits until the secondary has the zone exactly as Rove gives it."""
    wait_until(lambda: secondary.records(zone) == records_of(rove.dns_port, zone, **signed()),
               seconds, f"{secondary.kind.program} has {zone} as Rove has it")


@pytest.mark.parametrize("kind", KINDS)
def test_a_secondary_takes_zones_and_follows_their_changes(secondaries, kind):
    rove, (secondary,) = secondaries(kind)
    for zone in ZONES:
        wait_equal(rove, secondary, zone)
    assert len(secondary.records(STATIC)) == 12 + HOSTS

    home = f"home.{DYNAMIC}"
    token = rove.add_host(home)
    for address in ("192.0.2.10", "192.0.2.11"):
        assert rove.update(home, token, address) == (200, f"good {address}")
        wait_until(lambda want=[address]: secondary.addresses(home) == want, 20,
                   f"{home} is {address} at {kind}\n{secondary.log()}")
    wait_equal(rove, secondary, DYNAMIC)

    # A change of the operator's own data; and one that happens while the secondary is down.
    (rove.static / "more").write_text(f"+more.{STATIC}:192.0.2.12\n")
    wait_until(lambda: secondary.addresses(f"more.{STATIC}") == ["192.0.2.12"], 20,
               f"the static zone at {kind}\n{secondary.log()}")
    secondary.stop()
    assert rove.update(home, token, "192.0.2.13") == (200, "good 192.0.2.13")
    rove.wait_dns(home, "A", ["192.0.2.13"])
    secondary.start()
    wait_until(lambda: secondary.addresses(home) == ["192.0.2.13"], 30,
               f"{home} at {kind} after an outage\n{secondary.log()}")


def test_what_is_blocked_or_removed_leaves_a_secondary_within_seconds(secondaries):
    """And nothing stays behind, neither addresses nor further records."""
    rove, (secondary,) = secondaries("nsd")
    home, block = f"home.{DYNAMIC}", ("block", "add", "192.0.2.0/28")
    wait_until(lambda: secondary.has(DYNAMIC), 20, secondary.log())

    def wait_home(want):
        wait_until(lambda: secondary.addresses(home) == want, 2.5, f"{want}\n{secondary.log()}")

    for gone, back in ((block, ("block", "remove", block[2])),
                       (("account", "set", OWNER, "--state", "blocked"),
                        ("account", "set", OWNER, "--state", "active")),
                       (("host", "set", home, "--state", "abuse"),
                        ("host", "set", home, "--state", "active")),
                       (("host", "remove", home), None)):
        if gone == block:
            rove.ctl("host", "add", home, "--owner", OWNER, "--address", "192.0.2.10")
            rove.ctl("record", "add", home, "--type", "TXT", "--data", "x")
        wait_home(["192.0.2.10"])
        rove.ctl(*gone)
        wait_home([])
        assert home not in "".join(str(row) for row in secondary.records(DYNAMIC))
        if back:
            rove.ctl(*back)
    assert [row["name"] for row in rove.ctl("quarantine", "list")] == [home]


@pytest.mark.parametrize("kind", KINDS)
def test_a_secondary_that_is_started_while_rove_is_down_has_its_zones(secondaries, kind):
    rove, (secondary,) = secondaries(kind)
    want = {}
    for zone in ZONES:
        wait_equal(rove, secondary, zone)
        want[zone] = secondary.records(zone)
    if kind == "nsd":  # writes its files later
        wait_until(lambda: all((secondary.folder / f"{zone}.zone").exists() for zone in ZONES),
                   10, "NSD wrote its files")
    rove.stop()
    secondary.stop()
    secondary.start()
    for zone in ZONES:
        wait_until(lambda zone=zone: secondary.records(zone) == want[zone], 10,
                   f"{kind} has {zone}\n{secondary.log()}")


def longest_pause(secondary, zones):
    """Waits until it has them all; for how long at most none was added."""
    left, last, longest = set(zones), time.monotonic(), 0

    def has_all():
        nonlocal last, longest
        come = [zone for zone in left if secondary.has(zone)]
        if come:
            left.difference_update(come)
            last, before = time.monotonic(), last
            longest = max(longest, last - before)
        return not left
    wait_until(has_all, 60, f"all of them\n{secondary.log()}")
    return longest


@pytest.mark.parametrize("kind", KINDS)
def test_a_secondary_gets_hundreds_of_small_zones_in_one_go(make_rove, tmp_path, kind):
    """NSD asks for them over 128 connections at once, and would come back for those that were
    refused after some half a minute."""
    zones = [f"z{number}.example" for number in range(300)]
    rove = make_rove(f'secondary "all" {{ from = {{ "{ADDRESS}" }} }}')
    (rove.static / "data").write_text("".join(
        f"Z{zone}:ns.{zone}:admin.{zone}:7:1000:2000:300000:60:300\n&{zone}::ns.example.org:300\n"
        for zone in zones))
    rove.start()
    rove.wait_dns(zones[-1], "NS", ["ns.example.org."])
    secondary = Secondary(kind, tmp_path / kind, free_port(), rove.dns_port)
    blocks = {"nsd": lambda zone: f"zone:\n    name: {zone}\n    request-xfr: "
                                  f"{ADDRESS}@{rove.dns_port} NOKEY\n",
              "knot": lambda zone: f"  - domain: {zone}\n    master: rove\n    zonefile-sync: -1\n",
              "named": lambda zone: f'zone "{zone}" {{ type secondary; file "{zone}"; primaries '
                                    f"{{ {ADDRESS} port {rove.dns_port}; }}; }};\n"}
    text = KINDS[kind].config.format(folder=secondary.folder, address=ADDRESS, port=secondary.port)
    if kind == "knot":
        text += f"remote:\n  - id: rove\n    address: {ADDRESS}@{rove.dns_port}\nzone:\n"
    (secondary.folder / "conf").write_text(text + "".join(map(blocks[kind], zones)))
    secondary.start()
    try:
        wait_until(secondary.is_up, 20, "it answers")
        assert longest_pause(secondary, zones) < 20, secondary.log()
    finally:
        secondary.stop()


# ---- differences -------------------------------------------------------------------------

class Counter:
    """How many transfers Rove has answered with whole zones, but for those of the test."""

    def __init__(self, rove):
        self.rove, self.own = rove, 0

    def equal(self, secondary, zone, seconds=30):
        """Waits until the secondary has the zone as Rove has it."""
        def is_equal():
            got = secondary.records(zone)
            self.own += 1
            return got == records_of(self.rove.dns_port, zone, **signed())
        wait_until(is_equal, seconds, f"{zone} is the same\n{secondary.log()}")

    def read(self):
        """Those of whole zones, and the others. The status is written every few seconds."""
        answer = self.rove.status("answer")
        wait_until(lambda: self.rove.status("answer") != answer, 15, "counters are written")
        wait_until(lambda: (self.rove.told("answer", "transfers") or 0) >= self.own, 15, "counted")
        answer = self.rove.status("answer")
        return answer["transfers"] - answer["incremental"] - self.own, answer["incremental"]


def next_address(numbers=itertools.count()):
    """Another one than those before."""
    return f"198.51.100.{next(numbers) % 254 + 1}"


def change_hosts(rove, tokens, rounds):
    """Gives each host new addresses, one after the other; what they are at the end."""
    addresses = {}
    for number in range(rounds):
        name = list(tokens)[number % len(tokens)]
        addresses[name] = next_address()
        assert rove.update(name, tokens[name], addresses[name]) == (200, f"good {addresses[name]}")
    return addresses


def wait_addresses(secondary, addresses):
    for name, address in addresses.items():
        wait_until(lambda name=name, want=[address]: secondary.addresses(name) == want, 30,
                   f"{name} is {address}\n{secondary.log()}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_secondary_follows_by_differences(secondaries, kind):
    rove, (secondary,) = secondaries(kind)
    counter = Counter(rove)
    tokens = {name: rove.add_host(name) for name in (f"h{n}.{DYNAMIC}" for n in range(4))}
    addresses = change_hosts(rove, tokens, 4)
    for zone in ZONES:
        counter.equal(secondary, zone)
    wait_addresses(secondary, addresses)
    whole, differences = counter.read()

    wait_addresses(secondary, change_hosts(rove, tokens, 100))
    counter.equal(secondary, DYNAMIC)
    # After a restart, and what was missed meanwhile. NSD may not have written its file.
    secondary.stop()
    addresses = change_hosts(rove, tokens, 20)
    secondary.start()
    wait_addresses(secondary, addresses)
    counter.equal(secondary, DYNAMIC)
    whole_after, differences_after = counter.read()
    own = secondary.begun_anew() + (len(ZONES) if kind == "nsd" else 0)
    assert whole_after <= whole + own, secondary.log()
    assert differences_after > differences

    # A part of the history is gone: the whole zone comes, and then differences again.
    secondary.stop()
    for _ in range(2):
        addresses = change_hosts(rove, tokens, len(tokens))
        for name, address in addresses.items():
            rove.wait_dns(name, "A", [address])
        # What is in DNS is in the history a moment later.
        wait_until((rove.image / "history").exists, 10, "there is a history")
        (rove.image / "history").unlink()
    secondary.start()
    wait_addresses(secondary, addresses)
    wait_addresses(secondary, change_hosts(rove, tokens, 6))
    whole, differences = counter.read()
    assert whole > whole_after and differences > differences_after


def test_after_random_changes_and_kills_all_have_the_same_zone(secondaries):
    rove, started = secondaries(*KINDS)
    rng = random.Random(15)
    tokens = {name: rove.add_host(name) for name in (f"h{n}.{DYNAMIC}" for n in range(10))}
    texts, records, addresses, kills = {}, {}, {}, collections.Counter()
    for number in range(500):
        name = rng.choice(list(tokens))
        if rng.random() < 0.9:
            addresses[name] = next_address()
            rove.update(name, tokens[name], addresses[name])
        else:
            if name in texts:
                rove.ctl("record", "remove", records[name])
            texts[name] = f"text{number}"
            records[name] = rove.ctl("record", "add", name, "--type", "TXT",
                                     "--data", texts[name])["id"]
        if number % 50 == 25:
            victim = rng.choice(["publish", "answer", *started])
            kills[str(victim)] += 1
            if isinstance(victim, str):
                rove.kill_role(victim)
            else:
                victim.kill()
                victim.start()
    assert sum(kills.values()) == 10
    rove.wait_ready()
    for name, address in addresses.items():
        rove.wait_dns(name, "A", [address], 20)
    for secondary in started:
        wait_addresses(secondary, addresses)
        wait_equal(rove, secondary, DYNAMIC, 60)
    got = {name.rstrip("."): data for name, _, rdtype, data in started[0].records(DYNAMIC)
           if rdtype == "TXT"}
    assert got == {name: f'"{text}"' for name, text in texts.items()}


# ---- strangers ---------------------------------------------------------------------------

@pytest.fixture
def guarded(make_rove):
    """Rove with a zone that one secondary may take: from another address, and with a key from
    here."""
    rove = make_rove(f"""
key "{KEY}" {{ algorithm = "hmac-sha256"  secret = "{SECRET}" }}
secondary "by-address" {{ from = {{ "192.0.2.53" }} }}
secondary "by-key" {{ from = {{ "{ADDRESS}" }}  key = "{KEY}"  zones = {{ "{STATIC}" }} }}
""")
    (rove.static / "data").write_text(ZONE + f"Zother.{STATIC}:a.{STATIC}:b.{STATIC}\n")
    rove.start()
    rove.wait_dns(f"www.{STATIC}", "A", ["192.0.2.1"])
    return rove


def question(zone, rdtype, opcode=dns.opcode.QUERY, flags=0):
    message = dns.message.make_query(zone, rdtype, use_edns=False)
    message.set_opcode(opcode)
    message.flags |= flags
    return message


def ask_raw(rove, wire, tcp):
    """The reply to a message of any kind."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(20)
        client.connect((ADDRESS, rove.dns_port))
        client.sendall(len(wire).to_bytes(2, "big") * tcp + wire)
        if tcp:
            stream = client.makefile("rb")
            got = stream.read(int.from_bytes(stream.read(2), "big"))
        else:
            got = client.recv(65535)
    assert got[:2] == wire[:2]
    return dns.message.from_wire(got)


def test_transfers_and_refusals_are_in_the_log(guarded):
    begun = time.monotonic()
    assert records_of(guarded.dns_port, STATIC, **signed())
    stranger = question(STATIC, "AXFR").to_wire()
    for _ in range(50):
        assert ask_raw(guarded, stranger, True).rcode() == dns.rcode.REFUSED
    took_s = time.monotonic() - begun
    wait_until(lambda: guarded.told("answer", "transfers_refused") == 50, 15, "the counter")
    wait_until(lambda: guarded.events("transferred"), 5, "the line of the transfer")
    line, = guarded.events("transferred")
    assert re.search(rf"zone={STATIC} asked=AXFR to=\d+ sent=zone client={ADDRESS} key={KEY} "
                     r"over=tcp bytes=\d+ seconds=\d+\.\d{3}$", line), line
    refused = guarded.events("transfer-refused")
    # The bound of an address that a secondary has: so many at once, and one more in ten seconds.
    assert 20 <= len(refused) <= 20 + took_s / 10
    assert re.search(rf"warning answer .* zone={STATIC} asked=AXFR client={ADDRESS} over=tcp "
                     r'rcode=REFUSED why=".*"$', refused[0]), refused[0]
    assert guarded.told("answer", "transfers_unlogged") == 50 - len(refused)


@pytest.mark.parametrize("tcp", (False, True))
def test_strangers_get_refusals_and_no_record(guarded, tcp):
    update = dns.update.UpdateMessage(STATIC)
    update.add("www", 60, "A", "192.0.2.66")
    serial = question(STATIC, "IXFR")
    serial.authority.append(dns.rrset.from_text(f"{STATIC}.", 0, "IN", "SOA", ". . 1 0 0 0 0"))
    for what, message, want in (
            ("AXFR", question(STATIC, "AXFR"), {dns.rcode.REFUSED}),
            ("AXFR of a zone that is not ours", question("example.com", "AXFR"),
             {dns.rcode.REFUSED}),
            ("IXFR", serial, {dns.rcode.REFUSED}),
            ("recursion", question("www.example.com", "A", flags=dns.flags.RD),
             {dns.rcode.REFUSED}),
            ("the root", question(".", "NS", flags=dns.flags.RD), {dns.rcode.REFUSED}),
            ("NOTIFY", question(STATIC, "SOA", dns.opcode.NOTIFY), {dns.rcode.REFUSED}),
            ("UPDATE", update, {dns.rcode.NOTIMP}),
            ("CHAOS", dns.message.make_query("version.bind", "TXT", "CH"), {dns.rcode.REFUSED})):
        reply = ask_raw(guarded, message.to_wire(), tcp)
        assert reply.rcode() in want, what
        assert not reply.answer + reply.authority + reply.additional, what
        assert not reply.flags & dns.flags.RA, what


def test_a_key_opens_its_zones_alone_and_a_wrong_one_opens_nothing(guarded):
    port = guarded.dns_port
    assert len(records_of(port, STATIC, **signed())) == 12
    with pytest.raises(dns.exception.DNSException):
        records_of(port, f"other.{STATIC}", **signed())
    for name, secret, error in ((KEY, "A" * 43 + "=", dns.tsig.PeerBadSignature),
                                ("unknown.example.org", SECRET, dns.tsig.PeerBadKey)):
        keyring = dns.tsigkeyring.from_text({name: secret})
        with pytest.raises(error):
            records_of(port, STATIC, keyring=keyring, keyname=name,
                       keyalgorithm=dns.tsig.HMAC_SHA256)


def test_signed_questions_over_udp_get_signed_answers(guarded):
    for algorithm, want in ((dns.tsig.HMAC_SHA256, dns.rcode.NOERROR),
                            (dns.tsig.HMAC_SHA512, dns.tsig.PeerBadKey)):
        message = dns.message.make_query(STATIC, "SOA")
        message.use_tsig(KEYRING, KEY, algorithm=algorithm)
        if want == dns.rcode.NOERROR:
            reply = dns.query.udp(message, ADDRESS, port=guarded.dns_port, timeout=20)
            assert reply.had_tsig and reply.rcode() == want and reply.answer
        else:
            with pytest.raises(want):
                dns.query.udp(message, ADDRESS, port=guarded.dns_port, timeout=20)
