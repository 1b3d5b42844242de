# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishing in place, without a pause: what others read meanwhile, and what a publisher that was
killed leaves behind. The publisher is a program of its own (tool_publish), which tells what
each generation holds before it is applied."""
import collections
import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import pytest

from cdbfile import entries
from harness import BUILD, free_port, wait_until
from peers import peer
from test_cdb import transfer
from test_update import running_tinydns

TOOL = BUILD / "tests/system/tool_publish"
ZONE = "dyn.example.org"
HOSTS = 300
KILLS = int(os.environ.get("ROVE_KILLS", "50"))
SECONDS = float(os.environ.get("ROVE_HAMMER_S", "4"))
ENOUGH = 10000 * SECONDS  # answers
HANGS_S = 300  # who has not brought enough by then, hangs


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


APEX = wire(ZONE)


class Publisher:
    """The program, and what it told: of each generation the hosts' numbers."""

    def __init__(self, folder, seed, serial, pause_us=0):
        self.told = {}     # by serial: what changes
        self.done = 0      # the newest serial that is in place
        self.rebuilt = 0
        self.process = subprocess.Popen(
            [TOOL, folder, str(HOSTS), str(seed), str(serial), str(pause_us)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if not line.endswith("\n"):
                return  # it was killed while it said this
            kind, serial, *changed = line.split()
            if kind == ">":
                self.told[int(serial)] = {int(host): int(number) for host, number in
                                          (each.split("=") for each in changed)}
            else:
                self.rebuilt += kind == "!"
                self.done = int(serial)

    def stop(self, by=None):
        if by:
            self.process.send_signal(by)
        self.process.stdin.close()
        code = self.process.wait(timeout=60)
        self.reader.join()
        self.process.stdout.close()
        return code

    def state(self, serial):
        """The hosts' numbers in the generation; 0: gone."""
        numbers = {}
        for each, changed in self.told.items():
            if each <= serial:
                numbers |= changed
        return numbers

    def ends(self):
        """By host and number: the serial by which the host last had another one again."""
        ends, now = {}, {}
        for serial, changed in self.told.items():
            for host, number in changed.items():
                ends[host, now.get(host)] = serial
                now[host] = number
        return ends | {each: float("inf") for each in now.items()}


@contextlib.contextmanager
def publishing(folder, seed=1, serial=1, pause_us=0):
    publisher = Publisher(folder, seed, serial, pause_us)
    try:
        wait_until(lambda: publisher.done > serial + 3 or publisher.process.poll() is not None,
                   60, "a few generations")
        yield publisher
        assert publisher.process.poll() is None, "the publisher ended"
    finally:
        if publisher.process.poll() is None:
            publisher.process.kill()
        with contextlib.suppress(BrokenPipeError):
            publisher.stop()


# What reading bytes of two generations ends in.
TORN = (AssertionError, ValueError, IndexError, struct.error)


def number_of(rdtype, data):
    """The number that record data stand for; None: they are those of two."""
    if rdtype == 1:
        high, low = struct.unpack(">HH", data)
        return high if high ^ low == 0xffff else None
    if rdtype == 28:
        numbers = set(struct.unpack(">8H", data))
    else:
        numbers = set(map(int, data[1:].split()))
        assert data[0] == len(data) - 1
    return numbers.pop() if len(numbers) == 1 else None


def read_image(path):
    """Serial and numbers of the hosts, of an image read in one go; every host must be whole."""
    serial, found = None, collections.defaultdict(dict)
    for key, value in entries(path):
        if key[:1] == b"\0" or not key.endswith(APEX):
            continue
        rdtype = struct.unpack(">H", value[:2])[0]
        if key == APEX:
            if rdtype == 6:
                serial = struct.unpack(">I", value[-20:-16])[0]
            continue
        number = number_of(rdtype, value[15:])
        assert number is not None, f"two numbers in one record: {value}"
        host = int(key[2:1 + key[0]])
        assert rdtype not in found[host], "a record twice"
        found[host][rdtype] = number
    numbers = {}
    for host, records in found.items():
        assert set(records) == {1, 16, 28} and len(set(records.values())) == 1, (host, records)
        numbers[host] = records[1]
    return serial, numbers


def check_generation(publisher, serial, numbers):
    want = {host: number for host, number in publisher.state(serial).items() if number}
    assert numbers == want


def answers(address, port):
    with contextlib.suppress(dns.exception.DNSException, OSError):
        query = dns.message.make_query(ZONE, "SOA")
        return dns.query.udp(query, address, port=port, timeout=1).answer
    return None


@contextlib.contextmanager
def running_ours(folder):
    """Our own answers, from a file that they keep mapped: it holds up changes until it is seen
    that there is another one."""
    process = subprocess.Popen([BUILD / "tests/system/tool_answer", folder, "127.0.0.1", "0"],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield "127.0.0.1", int(process.stdout.readline())
        assert process.poll() is None, "it ended"
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0
        process.stdout.close()


@contextlib.contextmanager
def running_theirs(folder):
    with running_tinydns(folder) as address:
        yield address, 53


def hammer(server, publisher):
    """Asks for one host after the other, for SECONDS and until there is enough of it. What was
    asked, the newest generation in place before, and the reply; and how often none came."""
    rng, seen, silent = random.Random(5), [], 0
    first, until = publisher.done, time.monotonic() + SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(server)
        asking.settimeout(5)
        while len(seen) <= 1000 or publisher.done <= first + 100 or (
                time.monotonic() < until and len(seen) < ENOUGH):
            assert publisher.process.poll() is None, "the publisher ended"
            assert time.monotonic() < until + HANGS_S, (len(seen), publisher.done - first, silent)
            host, rdtype = rng.randrange(HOSTS), rng.choice([1, 16, 28])
            done, ident = publisher.done, rng.randrange(65536)
            asking.send(struct.pack(">6H", ident, 0, 1, 0, 0, 0) + wire(f"h{host}.{ZONE}") +
                        struct.pack(">HH", rdtype, 1))
            try:
                reply = asking.recv(512)
            except TimeoutError:
                silent += 1
                continue
            assert reply[:2] == struct.pack(">H", ident)
            seen.append((host, rdtype, done, reply))
    return seen, silent


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("running", [running_theirs, running_ours])
def test_each_answer_was_published_and_none_is_of_two_generations(tmp_path, running):
    tmp_path.chmod(0o755)
    with publishing(tmp_path, pause_us=50) as publisher, running(tmp_path) as server:
        wait_until(lambda: answers(*server), 10, "it answers")
        first = publisher.done
        seen, silent = hammer(server, publisher)
        published = publisher.done - first
        publisher.stop()
        publisher.process.poll = lambda: None  # it was asked to end
    # A lease may meet tinydns between its look for the name and its opening of the file.
    assert silent <= len(seen) // 1000
    torn, old, ends = 0, 0, publisher.ends()
    for host, rdtype, done, reply in seen:
        message = dns.message.from_wire(reply)
        data = [rdata.to_wire() for rrset in message.answer for rdata in rrset]
        number = number_of(rdtype, data[0]) if len(data) == 1 else 0
        torn += number is None or len(data) > 1
        # What reads the file anew for each answer never gives what was over by then.
        if running is running_theirs:
            old += ends[host, number] <= done
        assert (host, number) in ends, (host, rdtype, number)
    print(f"{len(seen)} answers during {published} generations, {silent} missing")
    assert (torn, old) == (0, 0)


def test_who_reads_the_whole_file_sees_one_generation_and_never_an_older_one(tmp_path):
    reads, failed = [], []

    def enough():
        return len(reads) > 50 and len({serial for serial, _ in reads}) > 20 or failed

    def read_on(until):
        last = 0
        while time.monotonic() < until or not enough():
            try:
                assert time.monotonic() < until + HANGS_S, f"{len(reads)} reads, and no more"
                serial, numbers = read_image(tmp_path / "data.cdb")
                assert serial >= last, f"{serial} after {last}"
                last = serial
                reads.append((serial, numbers))
            except TORN as err:
                failed.append(err)

    with publishing(tmp_path, seed=2, pause_us=300) as publisher:
        until = time.monotonic() + SECONDS
        readers = [threading.Thread(target=read_on, args=[until]) for _ in range(4)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        publisher.stop()
        publisher.process.poll = lambda: None
    assert not failed, failed[:3]
    for serial, numbers in random.Random(1).sample(reads, min(len(reads), 200)):
        check_generation(publisher, serial, numbers)


def test_a_publisher_that_is_killed_leaves_one_whole_generation(tmp_path):
    rng, serial, torn_spares = random.Random(7), 1, 0
    for kill in range(KILLS):
        publisher = Publisher(tmp_path, kill, serial)
        wait_until(lambda p=publisher: p.done > serial or p.process.poll() is not None, 60,
                   "a generation")
        time.sleep(rng.uniform(0, 0.03))  # the moment of the kill is what is random here
        assert publisher.stop(signal.SIGKILL) == -signal.SIGKILL
        live, numbers = read_image(tmp_path / "data.cdb")
        # The kill may have hit between the exchange and the word of it.
        assert publisher.done <= live <= max(publisher.told)
        check_generation(publisher, live, numbers)
        with contextlib.suppress(FileNotFoundError):
            try:
                spare, numbers = read_image(tmp_path / "data.spare")
                check_generation(publisher, spare, numbers)
            except TORN:
                torn_spares += 1
        assert live >= serial
        serial = live + 1
    print(f"{KILLS} kills, {torn_spares} of them while the spare file was written to")


def published_in_place(folder):
    """A publisher that has stopped after some hundred generations."""
    with publishing(folder, seed=3) as publisher:
        wait_until(lambda: publisher.done > 300, 60, "some hundred generations")
        publisher.stop()
        publisher.process.poll = lambda: None
    assert publisher.rebuilt < publisher.done // 2
    return publisher


def dump(path):
    """Records that the stock tool finds, counted; those that tinydns never asks for are not."""
    cdb = peer("cdb")
    raw = subprocess.run([cdb.path, "-d", path], env=cdb.env, check=True, capture_output=True,
                         timeout=60).stdout
    found, at = collections.Counter(), 0
    while raw[at:] != b"\n":
        sizes, colon, _ = raw[at:at + 32].partition(b":")
        assert sizes[:1] == b"+" and colon, raw[at:at + 32]
        key_n, value_n = map(int, sizes[1:].split(b","))
        key = raw[at + len(sizes) + 1:][:key_n]
        at += len(sizes) + 1 + key_n
        assert raw[at:at + 2] == b"->" and raw[at + 2 + value_n:][:1] == b"\n"
        if not key.startswith(b"\0"):
            found[key, raw[at + 2:][:value_n]] += 1
        at += 3 + value_n
    return found


def compile_anew(folder, serial, numbers):
    """The same generation by tinydns-data."""
    folder.mkdir()
    lines = [f"Z{ZONE}:ns.example.org:ns.example.org:{serial}:0:0:0:60:60",
             f"&{ZONE}::ns.example.org:60"]
    for host, number in numbers.items():
        name, (high, low) = f"h{host}.{ZONE}", divmod(number, 256)
        v6 = f"\\{high:03o}\\{low:03o}" * 8
        lines += [f"+{name}:{texts_of_host(number)['A']}:60", f":{name}:28:{v6}:60",
                  f"'{name}:{number} {number}:60"]
    (folder / "data").write_text("\n".join(lines) + "\n", encoding="ascii")
    done = peer("tinydns-data").run(cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "data.cdb"


def texts_of_host(number):
    v6 = ":".join([f"{number:x}"] * 8)
    high, low = number >> 8, number & 0xff
    return {"A": f"{high}.{low}.{255 - high}.{255 - low}", "AAAA": v6,
            "TXT": f'"{number} {number}"'}


@pytest.mark.usefixtures("as_root")
def test_stock_tools_read_what_was_changed_in_place(tmp_path):
    tmp_path.chmod(0o755)
    publisher = published_in_place(tmp_path)
    want = {host: number for host, number in publisher.state(publisher.done).items() if number}
    assert len(want) < HOSTS
    serial, numbers = read_image(tmp_path / "data.cdb")
    assert (serial, numbers) == (publisher.done, want)

    compiled = compile_anew(tmp_path / "anew", serial, want)
    assert dump(tmp_path / "data.cdb") == dump(compiled)

    records = transfer(tmp_path, ZONE)
    assert records[0] == records[-1] and records[0][1] == "SOA"
    assert str(publisher.done) in records[0][2].split()
    got = {(owner, rdtype): data for owner, rdtype, data in records if rdtype in ("A", "TXT")}
    assert got == {(f"h{host}.{ZONE}.", rdtype): texts_of_host(number)[rdtype]
                   for host, number in want.items() for rdtype in ("A", "TXT")}
    with running_tinydns(tmp_path) as address:
        wait_until(lambda: answers(address, 53), 10, "tinydns answers")
        check_server(address, 53, publisher, want)


def check_server(address, port, publisher, want):
    """Every host, those that are gone too."""
    for host in range(HOSTS):
        for rdtype in ("A", "AAAA", "TXT"):
            query = dns.message.make_query(f"h{host}.{ZONE}", rdtype)
            reply = dns.query.udp(query, address, port=port, timeout=20)
            data = [rdata.to_wire() for rrset in reply.answer for rdata in rrset]
            code = dns.rdatatype.from_text(rdtype)
            assert [number_of(code, each) for each in data] == (
                [want[host]] if host in want else []), (host, rdtype, reply)
            assert reply.rcode() == (0 if host in want else 3)
    assert publisher.done > 0


def test_powerdns_reads_what_was_changed_in_place(tmp_path):
    publisher = published_in_place(tmp_path)
    want = {host: number for host, number in publisher.state(publisher.done).items() if number}
    pdns = peer("pdns_server")
    port = free_port()
    modules = next(pdns.path.parents[2].glob("usr/lib/*/pdns"))
    with open(tmp_path / "pdns.log", "wb") as log:
        process = pdns.start("--no-config", "--launch=tinydns", f"--module-dir={modules}",
                             f"--tinydns-dbfile={tmp_path / 'data.cdb'}", "--daemon=no",
                             "--guardian=no", "--local-address=127.0.0.1",
                             f"--local-port={port}", f"--socket-dir={tmp_path}",
                             "--cache-ttl=0", "--query-cache-ttl=0", "--negquery-cache-ttl=0",
                             "--zone-cache-refresh-interval=0", stdout=log, stderr=log)
    try:
        wait_until(lambda: answers("127.0.0.1", port) or process.poll() is not None, 30,
                   "PowerDNS answers")
        assert process.poll() is None, (tmp_path / "pdns.log").read_text()
        check_server("127.0.0.1", port, publisher, want)
    finally:
        process.kill()
        process.wait()
