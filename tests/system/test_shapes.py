# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data of every type, whole and malformed, in the operator's lines: what goes out is what
NSD, Knot DNS and BIND take as secondaries, and it is the same in answers and in transfers."""
import collections
import os
import random
import socket
import struct

import pytest

from harness import free_port, wait_until
from peers import peer
from shapes import GOOD, shapes
from test_transfer import ADDRESS, KNOT, NAMED, NSD

ZONES = [f"z{number}.example" for number in range(8)]
SEED = int(os.environ.get("ROVE_SEED", random.randrange(1 << 32)))
NSEC3 = 50

NSD_ZONE = """zone:
    name: {zone}
    zonefile: "{folder}/{zone}"
    request-xfr: AXFR {address}@{primary} NOKEY
    provide-xfr: {address} NOKEY
"""
KNOT_HEAD = """remote:
  - id: rove
    address: {address}@{primary}
acl:
  - id: readers
    address: {address}
    action: transfer
zone:
"""
KNOT_ZONE = """  - domain: {zone}
    master: rove
    acl: readers
    zonefile-sync: -1
    zonefile-load: none
    journal-content: none
"""
NAMED_ZONE = """zone "{zone}" {{ type secondary; primaries {{ {address} port {primary}; }};
    file "{folder}/{zone}"; masterfile-format raw; }};
"""
KINDS = {"nsd": ("nsd", ["-d"], NSD, "", NSD_ZONE),
         "knot": ("knotd", [], KNOT, KNOT_HEAD, KNOT_ZONE),
         "named": ("named", ["-g", "-n", "1"], NAMED, "", NAMED_ZONE)}


def owner_of(number, shape):
    """Below its zone; an NSEC3 stands at a hash."""
    return f"{number:032d}" if shape.number == NSEC3 else f"s{number}"


def zone_of(shape):
    """All shapes of a type are in one zone."""
    return ZONES[list(GOOD).index(shape.rdtype) % len(ZONES)]


def line_of(number, shape):
    data = "".join(f"\\{byte:03o}" for byte in shape.data)
    return f":{owner_of(number, shape)}.{zone_of(shape)}:{shape.number}:{data}:60"


# ---- messages, read without a look at any data -------------------------------------------

def read_name(message, at):
    """The labels of a name, and where it ends."""
    labels, end = [], None
    while message[at]:
        if message[at] >= 0xc0:
            end = end or at + 2
            at = (message[at] & 0x3f) << 8 | message[at + 1]
        else:
            labels.append(message[at + 1:at + 1 + message[at]].decode().lower())
            at += 1 + message[at]
    return labels, end or at + 1


def read_answers(message):
    """(first label, type) of each record in the answer section."""
    questions, answers = struct.unpack("!2H", message[4:8])
    at, found = 12, []
    for _ in range(questions):
        at = read_name(message, at)[1] + 4
    for _ in range(answers):
        labels, at = read_name(message, at)
        rdtype, _class, _ttl, size = struct.unpack("!HHIH", message[at:at + 10])
        found.append((labels[0], rdtype))
        at += 10 + size
    return found


class Client:
    """Asks over one connection."""

    def __init__(self, port):
        self.socket = socket.create_connection((ADDRESS, port), 10)
        self.stream = self.socket.makefile("rb")

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, name, rdtype):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        query = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", rdtype, 1)
        self.socket.sendall(struct.pack("!H", len(query)) + query)

    def receive(self):
        size = self.stream.read(2)
        if len(size) < 2:
            raise ConnectionError("closed")
        return self.stream.read(int.from_bytes(size, "big"))

    def ask(self, name, rdtype):
        self.send(name, rdtype)
        return self.receive()

    def transfer(self, zone):
        """All but the SOA and NS records, or None when the zone is not had."""
        self.send(zone, 252)
        found = []
        while [rdtype for _, rdtype in found].count(6) < 2:
            message = self.receive()
            if message[3] & 0xf:
                return None
            found += read_answers(message)
        return collections.Counter(item for item in found if item[1] not in (2, 6))


def transfer(port, zone):
    client = Client(port)
    try:
        return client.transfer(zone)
    except (OSError, ConnectionError):
        return None
    finally:
        client.close()


# ---- the servers -------------------------------------------------------------------------

@pytest.fixture
def secondary(tmp_path):
    """A function that starts a server of the kind with a copy of all zones, and gives its port."""
    started = []

    def start(kind, primary):
        program, arguments, config, head, zone = KINDS[kind]
        folder, port = tmp_path / kind, free_port()
        folder.mkdir()
        values = {"folder": folder, "address": ADDRESS, "port": port, "primary": primary}
        text = (config + head).format(**values) + "".join(
            zone.format(zone=name, **values) for name in ZONES)
        (folder / "conf").write_text(text, encoding="ascii")
        with open(folder / "log", "wb") as log:
            started.append(peer(program).start(*arguments, "-c", folder / "conf", stdout=log,
                                               stderr=log))
        return port

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


def try_transfer(port, zone):
    try:
        return transfer(port, zone)
    except OSError:
        return None


def test_what_goes_out_is_what_secondaries_take(make_rove, secondary, tmp_path):
    print(f"ROVE_SEED={SEED}")
    # An address of another length ends the reading; names have lines of their own.
    every = [shape for shape in shapes(random.Random(SEED))
             if shape.is_good or shape.rdtype not in ("A", "AAAA")]
    rove = make_rove(f'secondary "all" {{ from = {{ "{ADDRESS}" }} }}')
    (rove.static / "data").write_text(
        "".join(f".{zone}::ns.example.net:3600\n" for zone in ZONES) +
        "".join(line_of(number, shape) + "\n" for number, shape in enumerate(every)))
    rove.start()
    wait_until(lambda: try_transfer(rove.dns_port, ZONES[-1]), 30, "the first image")
    ports = {kind: secondary(kind, rove.dns_port) for kind in KINDS}

    # Answers and transfers have the same records.
    sent = {zone: transfer(rove.dns_port, zone) for zone in ZONES}
    client = Client(rove.dns_port)
    left_out = []
    for number, shape in enumerate(every):
        owner, zone = owner_of(number, shape), zone_of(shape)
        answers = read_answers(client.ask(f"{owner}.{zone}", shape.number))
        assert len(answers) == sent[zone][owner, shape.number], (shape, answers)
        if not answers:
            left_out.append(number)
    client.close()
    assert not [every[number] for number in left_out if every[number].is_good]
    assert len(left_out) >= len(every) / 3

    # All of them are named with their lines, and nothing else is.
    said = rove.roved("--check-data")
    assert said.returncode == 0
    lines = {int(line.split(":")[3]) for line in said.stderr.splitlines() if ": left out: " in line}
    assert lines == {number + len(ZONES) + 1 for number in left_out}
    told = wait_until(lambda: rove.events("records-left-out"), 10, "it is in the log")
    assert f"count={len(left_out)} " in told[0] and f"{rove.static}/data:" in told[0]

    # And every secondary has every zone.
    for kind, port in ports.items():
        for zone in ZONES:
            wait_until(lambda port=port, zone=zone: try_transfer(port, zone) == sent[zone], 60,
                       f"{zone} at {kind}\n" + (tmp_path / kind / "log").read_text()[-3000:])
    print(f"{len(every)} records of {len(GOOD)} types, {len(left_out)} left out")


MALFORMED = [
    ("TXT", "\\# 4 09616263"), ("MX", "\\# 4 09616263"), ("CAA", "\\# 3 000061"),
    ("HTTPS", "\\# 9 000100000100020268"), ("NAPTR", '1 1 "u" "x" "!(a!b!" .'),
    ("SSHFP", "1 2 abcd")]


def test_malformed_data_are_refused_where_records_are_given(rove):
    for rdtype, data in MALFORMED:
        done = rove.ctl("record", "add", "t.dyn.example.org", "--type", rdtype, "--data", data,
                        check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("rovectl: data: "), done.stderr
    assert [item["type"] for item in rove.ctl("record", "list")] == ["NS"]


def test_malformed_data_are_refused_in_imports_with_their_line(rove, tmp_path):
    (tmp_path / "zone").write_text("$ORIGIN a.example.\n$TTL 60\n@ SOA ns.example.net. h 1 2 3 4 5\n"
                                   "@ NS ns.example.net.\nok TXT a\nbad TXT \\# 4 09616263\n")
    done = rove.ctl("import", "zone", tmp_path / "zone", "--owner", "owner@example.org", check=False)
    assert done.returncode == 1
    assert f"{tmp_path}/zone:6: data: not what a record of type TXT has" in done.stderr
    (tmp_path / "data").write_text(".b.example::ns.example.net\n'ok.b.example:abc\n"
                                   ":bad.b.example:16:\\011abc:60\n")
    for options in (["--dry-run"], []):
        done = rove.ctl("import", "tinydns", tmp_path / "data", "--zone", "b.example", "--owner",
                        "owner@example.org", *options, check=False)
        assert done.returncode == 1
        assert "3: bad.b.example: the data are not those of a record of type TXT" in done.stdout
    assert [item["name"] for item in rove.ctl("record", "list") if item["type"] == "TXT"] == \
        ["ok.b.example"]
