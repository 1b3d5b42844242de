# SPDX-License-Identifier: GPL-3.0-or-later
"""The image against the programs that made the format: the same random lines, compiled by
tinydns-data and by us, hold the same records, whoever reads which file."""
import collections
import os
import random
import struct
import subprocess

import dns.message
import dns.rdatatype
import pytest

from cdbfile import entries
from harness import BUILD
from peers import peer

TOOL = BUILD / "tests/system/tool_image"
SERIAL = 1  # of SOA records without one; tinydns-data takes the time of the file

# Bytes with a meaning in the language, in names, or to a careless reader.
AWKWARD = [0, 9, 10, 13, 32, 34, 37, 42, 44, 46, 58, 92, 127, 128, 255]


def escaped(raw):
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}"
                   for byte in raw)


def label(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return escaped(rng.choices(AWKWARD, k=rng.randrange(1, 5)))
    if kind == 1:
        return escaped(rng.randbytes(rng.randrange(1, 12)))
    return rng.choice(["a", "B", "host", "Home", "x" * 37, "y" * 63])


def name(rng, wildcard=True):
    labels = [label(rng) for _ in range(rng.randrange(3))]
    if wildcard and rng.randrange(4) == 0:
        labels.insert(rng.randrange(len(labels) + 1), "*")
    return ".".join([*labels, rng.choice(["example.org", "example.net", "org"])])


def ttl(rng):
    return rng.choice(["", ":0", ":60", ":86400", ":2147483647"])


def address(rng):
    return f"192.0.2.{rng.randrange(256)}"


def rest(rng):
    """A TTL, a time stamp and a location, each of which may be left out."""
    stamp = rng.choice(["", "", "", f"40000000{rng.randrange(2 ** 32):08x}"])
    location = rng.choice(["", "", "", "lo", "x", "\\1"])
    fields = [ttl(rng)[1:], stamp, location]
    while fields and not fields[-1]:
        fields.pop()
    return "".join(f":{each}" for each in fields)


def prefix(rng):
    return ".".join(str(rng.randrange(256)) for _ in range(rng.randrange(5)))


def line(rng):
    """One random line of the data language."""
    owner = name(rng)
    text = escaped(rng.randbytes(rng.choice([0, 1, 5, 127, 128, 300])))
    number = rng.choice(["", "0", "7", "65535"])
    return rng.choice([
        lambda: f"+{owner}:{address(rng)}{rest(rng)}",
        lambda: f"={owner}:{address(rng)}{rest(rng)}",
        lambda: f".{owner}:{address(rng)}:{rng.choice(['a', name(rng, False)])}{rest(rng)}",
        lambda: f"&{owner}:{rng.choice(['', address(rng)])}:{name(rng, False)}{rest(rng)}",
        lambda: f"@{owner}:{rng.choice(['', address(rng)])}:mail:{number}{rest(rng)}",
        lambda: f"'{owner}:{text}{rest(rng)}",
        lambda: f"C{owner}:{name(rng, False)}{rest(rng)}",
        lambda: f"Z{owner}:{name(rng, False)}:{name(rng, False)}:{number}:60:::60{rest(rng)}",
        lambda: f":{owner}:{rng.choice([33, 99, 65280])}:{text}{rest(rng)}",
        lambda: f":{owner}:28:{escaped(rng.randbytes(16))}{rest(rng)}",
        lambda: f"^{owner}:{name(rng, False)}{rest(rng)}",
        lambda: f"S{owner}:{rng.choice(['', address(rng)])}:{rng.choice(['a', 'b.example'])}"
                f":{rng.randrange(65536)}:{number}:{number}{rest(rng)}",
        lambda: f"%{rng.choice(['lo', 'x', '', 'yz'])}:{prefix(rng)}",
        lambda: f"#{owner}",
        lambda: "",
    ])()


def is_ours(entry):
    """A mark, or a part of the index: nothing that tinydns-data makes."""
    key, _ = entry
    return len(key) > 1 and key[0] == 0 and not is_location(entry)


def is_location(entry):
    key, _ = entry
    return key[:2] == b"\0%" and len(key) <= 6


def is_record(entry):
    return not is_ours(entry) and not is_location(entry)


def tool(how, path, text=b""):
    done = subprocess.run([TOOL, how, path], input=text, capture_output=True, check=False,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


def as_line(entry):
    """What the tool prints for an entry."""
    key, value = entry
    kind, mark = struct.unpack(">Hc", value[:3])
    has_location = mark in b">+"
    location, value = (value[3:5], value[5:]) if has_location else (b"\0\0", value[3:])
    mark = "*" if mark in b"*+" else "="
    seconds, stamp = struct.unpack(">IQ", value[:12])
    return (f"{key.hex()} {mark} {kind} {seconds} {stamp:016x} {location.hex()} "
            f"{value[12:].hex()}")


@pytest.fixture(name="compiled", params=range(12))
def compile_both(request, tmp_path):
    """A random file of lines as their program compiles it, and as we do."""
    rng = random.Random(request.param)
    lines = [line(rng) for _ in range(rng.choice([1, 30, 1500]))]
    data = tmp_path / "data"
    data.write_text("".join(f"{each}\n" for each in lines), encoding="ascii")
    os.utime(data, (SERIAL, SERIAL))
    done = peer("tinydns-data").run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ours = tmp_path / "ours"
    tool("build", ours, data.read_bytes())
    return tmp_path / "data.cdb", ours / "data.cdb"


def test_both_files_hold_the_same_records(compiled):
    theirs, ours = compiled
    records = [entry for entry in entries(ours) if not is_ours(entry)]
    assert collections.Counter(records) == collections.Counter(entries(theirs))


def test_our_walk_gives_each_record_of_either_file(compiled):
    for path in compiled:
        want = [as_line(entry) for entry in entries(path) if is_record(entry)]
        assert tool("walk", path) == want


def test_our_look_up_finds_each_record_of_either_file(compiled):
    for path in compiled:
        wants = collections.defaultdict(list)
        for entry in entries(path):
            if is_record(entry):
                wants[entry[0]].append(as_line(entry))
        for key, want in list(wants.items())[:100]:
            text = _name_text(key)
            got = tool("find", path, text.encode())
            if key.startswith(b"\1*"):  # here the name itself stands for its wildcard
                got = [each for each in got if each in want]
            assert sorted(got) == sorted(want), text


def test_a_zone_is_the_same_by_the_index_and_without_one(compiled):
    theirs, ours = compiled
    apexes = {entry[0] for entry in entries(ours)
              if is_record(entry) and entry[1][:3] in (b"\0\6=", b"\0\6>")}
    names = "".join(f"{_name_text(apex)}\n" for apex in sorted(apexes)).encode()
    assert collections.Counter(tool("zone", ours, names)) \
        == collections.Counter(tool("zone", theirs, names))


def _name_text(wire):
    labels = []
    while wire[0]:
        labels.append("".join(f"\\{byte:03d}" for byte in wire[1:1 + wire[0]]))
        wire = wire[1 + wire[0]:]
    return ".".join(labels) or "."


def test_tinycdb_reads_our_file_entry_for_entry(compiled):
    cdb = peer("cdb")
    ours = compiled[1]
    want = b"".join(b"+%d,%d:%s->%s\n" % (len(key), len(value), key, value)
                    for key, value in entries(ours)) + b"\n"
    done = subprocess.run([cdb.path, "-d", ours], env=cdb.env, capture_output=True,
                          check=True, timeout=60)
    assert done.stdout == want
    done = subprocess.run([cdb.path, "-s", ours], env=cdb.env, capture_output=True,
                          check=True, timeout=60, text=True)
    assert f"number of records: {len(list(entries(ours)))}\n" in done.stdout


def transfer(root, zone):
    """The records that axfrdns gives, as (owner, type, data) in text."""
    axfrdns = peer("axfrdns")
    query = dns.message.make_query(zone, "AXFR").to_wire()
    done = subprocess.run(
        [axfrdns.path], input=struct.pack(">H", len(query)) + query, check=False, timeout=60,
        env=axfrdns.env | {"ROOT": str(root), "UID": "65534", "GID": "65534",
                           "TCPREMOTEIP": "127.0.0.1"}, capture_output=True)
    assert done.returncode == 0, done.stderr
    records, rest = [], done.stdout
    while rest:
        size = struct.unpack(">H", rest[:2])[0]
        for rrset in dns.message.from_wire(rest[2:2 + size]).answer:
            records += [(str(rrset.name).lower(), dns.rdatatype.to_text(rrset.rdtype),
                         str(rdata)) for rdata in rrset]
        rest = rest[2 + size:]
    return records


@pytest.mark.usefixtures("as_root")
def test_axfrdns_passes_over_what_only_our_reader_knows(tmp_path):
    long = ".".join(["x" * 63, "y" * 63, "z" * 63, "w" * 49])
    lines = ["Zexample.org:ns.example.net:h.example.org:7", "&example.org::ns.example.net",
             f"Z{long}.example.org:ns.example.net:h.example.org:7", "%lo:192.0.2",
             "+away.example.org:192.0.2.9:::lo", "+*.example.org:192.0.2.8"]
    for n in range(5000):  # of two zones in turn: the index needs more than one entry
        lines += [f"+h{n}.example.org:192.0.2.1", f"+h{n}.example.net:192.0.2.1"]
    lines += ["Zexample.net:ns.example.net:h.example.org:7"]
    tool("build", tmp_path, "".join(f"{each}\n" for each in lines).encode())
    hidden = [key for key, _ in entries(tmp_path / "data.cdb") if key[:2] == b"\0\0"]
    assert len(hidden) > len(set(hidden)) and max(map(len, hidden)) == 2 + 255
    tmp_path.chmod(0o755)  # axfrdns reads as somebody else
    records = transfer(tmp_path, "example.org")
    assert records[0] == records[-1] and records[0][1] == "SOA"
    hosts = {record[0] for record in records if record[1] == "A"}
    assert hosts == {f"h{n}.example.org." for n in range(5000)} | {"*.example.org."}
