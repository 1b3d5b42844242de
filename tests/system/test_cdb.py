# SPDX-License-Identifier: GPL-3.0-or-later
"""The image against the programs that made the format: the same random lines, compiled by
tinydns-data and by us, hold the same records, whoever reads which file."""
import collections
import os
import random
import struct
import subprocess

import pytest

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


def line(rng):
    """One random line of the data language."""
    owner = name(rng)
    text = escaped(rng.randbytes(rng.choice([0, 1, 5, 127, 128, 300])))
    number = rng.choice(["", "0", "7", "65535"])
    return rng.choice([
        lambda: f"+{owner}:{address(rng)}{ttl(rng)}",
        lambda: f"={owner}:{address(rng)}{ttl(rng)}",
        lambda: f".{owner}:{address(rng)}:{rng.choice(['a', name(rng, False)])}{ttl(rng)}",
        lambda: f"&{owner}:{rng.choice(['', address(rng)])}:{name(rng, False)}{ttl(rng)}",
        lambda: f"@{owner}:{rng.choice(['', address(rng)])}:mail:{number}{ttl(rng)}",
        lambda: f"'{owner}:{text}{ttl(rng)}",
        lambda: f"C{owner}:{name(rng, False)}{ttl(rng)}",
        lambda: f"Z{owner}:{name(rng, False)}:{name(rng, False)}:{number}:60:::60{ttl(rng)}",
        lambda: f":{owner}:{rng.choice([33, 99, 65280])}:{text}{ttl(rng)}",
        lambda: f":{owner}:28:{escaped(rng.randbytes(16))}{ttl(rng)}",
        lambda: f"#{owner}",
        lambda: "",
    ])()


def entries(path):
    """Keys and values in the order of the file, read without any library."""
    raw = path.read_bytes()
    tables = struct.unpack_from("<512I", raw)
    end = min(tables[::2])
    at = 2048
    while at < end:
        key, value = struct.unpack_from("<II", raw, at)
        at += 8
        yield raw[at:at + key], raw[at + key:at + key + value]
        at += key + value
    assert at == end


def is_mark(entry):
    key, value = entry
    return len(key) > 1 and key[0] == 0 and value[:3] == b"\0\0=" and len(value) == 15


def tool(how, path, text=b""):
    done = subprocess.run([TOOL, how, path], input=text, capture_output=True, check=False,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


def as_line(entry):
    """What the tool prints for an entry."""
    key, value = entry
    kind, mark, seconds = struct.unpack(">HcI", value[:7])
    return f"{key.hex()} {mark.decode()} {kind} {seconds} {value[15:].hex()}"


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
    records = [entry for entry in entries(ours) if not is_mark(entry)]
    assert collections.Counter(records) == collections.Counter(entries(theirs))


def test_our_walk_gives_each_record_of_either_file(compiled):
    for path in compiled:
        want = [as_line(entry) for entry in entries(path) if not is_mark(entry)]
        assert tool("walk", path) == want


def test_our_look_up_finds_each_record_of_either_file(compiled):
    for path in compiled:
        wants = collections.defaultdict(list)
        for entry in entries(path):
            if not is_mark(entry):
                wants[entry[0]].append(as_line(entry))
        for key, want in list(wants.items())[:100]:
            text = _name_text(key)
            got = tool("find", path, text.encode())
            if key.startswith(b"\1*"):  # here the name itself stands for its wildcard
                got = [each for each in got if each in want]
            assert sorted(got) == sorted(want), text


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
