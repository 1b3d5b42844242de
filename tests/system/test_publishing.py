# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own lines: what is said about them before and after they are published, and
that nobody ever reads half of an image."""
import collections
import os
import re
import signal
import threading

import pytest

from cdbfile import entries
from harness import wait_until
from peers import peer

KILLS = 12
RECORDS = 2000  # some 200 kB, so that a half-written file is likely to be seen


def put(rove, name, text):
    """Writes a file as an operator should: aside, then renamed into place."""
    aside = rove.static / f".{name}"
    aside.write_text(text, encoding="ascii")
    aside.rename(rove.static / name)


def lines_of(done, sign):
    """The lines that come or go; a dot at the end of a name means nothing."""
    return [line[1:].replace(".:", ":") for line in done.stdout.splitlines()
            if line.startswith(sign)]


def test_a_check_tells_what_publishing_would_change_and_changes_nothing(make_rove):
    rove = make_rove()
    put(rove, "data", "Zexample.org:ns.example.net:h.example.org:7\n"
                      "+www.example.org:192.0.2.1\n%lo:192.0.2\n"
                      "6www.example.org:20010db8000000000000000000000001:60::lo\n")
    done = rove.roved("--check-data")
    assert done.returncode == 0, done.stderr
    assert "no image yet" in done.stdout
    assert lines_of(done, "+") == [
        "+www.example.org:192.0.2.1:86400", "%lo:192.0.2",
        "3www.example.org:20010db8000000000000000000000001:60::lo",
        "^1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa:"
        "www.example.org:60::lo",
        "Zexample.org:ns.example.net:h.example.org:7:16384:2048:1048576:2560:2560"]
    assert not (rove.image / "data.cdb").exists()

    rove.start()
    rove.wait_dns("www.example.org", "A", ["192.0.2.1"])
    rove.add_zone()
    rove.add_host("home.dyn.example.org")
    put(rove, "data", "Zexample.org:ns.example.net:h.example.org:8\n"
                      "+home.dyn.example.org:192.0.2.9:60\n")
    rove.wait_dns("home.dyn.example.org", "A", ["192.0.2.9"])
    wait_until(lambda: " 0 records go, 0 come, " in rove.roved("--check-data").stdout, 10,
               "all is published")
    done = rove.roved("--check-data")
    assert "left out: 1 hosts whose names have lines of their own, such as " \
           "home.dyn.example.org" in done.stdout

    rove.stop()
    put(rove, "data", "Zexample.org:ns.example.net:h.example.org:8\n"
                      "+home.dyn.example.org:192.0.2.10:60\n")
    done = rove.roved("--check-data")
    assert done.returncode == 0
    # The zone's serial goes with the line inside it.
    assert "+home.dyn.example.org:192.0.2.9:60" in lines_of(done, "-")
    assert "+home.dyn.example.org:192.0.2.10:60" in lines_of(done, "+")
    serials = [int(line.split(":")[3]) for sign in "-+" for line in lines_of(done, sign)
               if line.startswith("Zdyn.example.org:")]
    assert len(serials) == 2 and serials[1] == serials[0] + 1
    assert re.search(r"\b2 records go, 2 come, \d+ stay$", done.stdout, re.M)


@pytest.mark.parametrize("line, says", [
    ("+www.example.org:192.0.2.256", "field 2: not an IPv4 address: 192.0.2.256"),
    ("&dyn.example.org::ns.example.com", "an NS record at dyn.example.org"),
    ("Zdyn.example.org:ns.example.net:h", "an SOA record at dyn.example.org"),
    ("+*.dyn.example.org:192.0.2.1", "a wildcard at *.dyn.example.org"),
    ("?www.example.org", "unknown line type '?'"),
])
def test_a_wrong_line_is_told_with_its_place_and_the_last_good_image_stays(make_rove, line,
                                                                           says):
    rove = make_rove()
    put(rove, "data", "+www.example.org:192.0.2.1\nZexample.org:ns:h\n")
    rove.start()
    rove.add_zone()
    rove.wait_dns("www.example.org", "A", ["192.0.2.1"])
    wait_until(lambda: " 0 come, " in rove.roved("--check-data").stdout, 10, "published")
    put(rove, "more", f"# one\n+www.example.org:192.0.2.2\n{line}\n")
    done = rove.roved("--check-data")
    assert done.returncode == 1
    assert f"{rove.static}/more:3: {says}" in done.stderr
    wait_until(lambda: rove.events("not-published"), 10, "it is in the log")
    assert f"{rove.static}/more:3: " in rove.log()
    assert rove.addresses("www.example.org", "A") == ["192.0.2.1"]


class Reader(threading.Thread):
    """Opens the image again and again; every file must be one whole generation."""

    def __init__(self, path):
        super().__init__()
        self.path, self.done, self.count = path, threading.Event(), 0
        self.generations, self.wrong = set(), None

    def run(self):
        while not self.done.is_set() and not self.wrong:
            try:
                self.look()
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.wrong = repr(error)

    def look(self):
        texts = collections.Counter(value[15:] for key, value in entries(self.path)
                                    if key[:1] != b"\0" and value[:2] == b"\0\x10")
        assert len(texts) == 1 and set(texts.values()) == {RECORDS}, texts
        self.generations.update(texts)
        self.count += 1


def publish_generation(rove, number):
    put(rove, "data", "".join(f"'n{n}.example.org:generation {number}:5\n"
                              for n in range(RECORDS)))


def test_nobody_ever_reads_a_torn_image_while_publishing_is_killed(make_rove):
    rove = make_rove()
    publish_generation(rove, 0)
    rove.start_apart()
    wait_until((rove.image / "data.cdb").exists, 10, "the first image")
    reader = Reader(rove.image / "data.cdb")
    reader.start()
    number = 0
    try:
        for kill in range(KILLS):
            goal = len(reader.generations) + 2
            while len(reader.generations) < goal and not reader.wrong:
                number += 1
                publish_generation(rove, number)
                seen = reader.count
                wait_until(lambda: reader.count > seen + kill or reader.wrong, 20, "a look")
            rove.kill_role("publish")  # most likely while it builds
            rove.start_role("publish")
    finally:
        reader.done.set()
        reader.join()
    assert not reader.wrong, reader.wrong
    assert len(reader.generations) >= 2 * KILLS
    last = b"generation %d" % number
    wait_until(lambda: any(last in value for _, value in entries(rove.image / "data.cdb")),
               10, "the last generation is published")
    # A process that has hardly begun does not end well.
    pid = rove.processes["publish"].pid
    wait_until(lambda: rove.status("publish")["pid"] == pid, 20, "publish is up again")


def test_an_image_is_written_synced_renamed_and_its_folder_synced(make_rove, tmp_path):
    strace = peer("strace")
    rove = make_rove()
    put(rove, "data", "+www.example.org:192.0.2.1\n")
    calls = tmp_path / "calls"
    command = [*"-f -y -e trace=pwrite64,fsync,fdatasync,rename,renameat,renameat2 -o".split(),
               calls, rove.program("roved"), "-c", rove.config, "--role", "publish"]
    # A leak checker and a tracer cannot both trace one process.
    options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    with open(rove.log_path, "ab") as log:
        rove.processes["publish"] = strace.start(*command, stdout=log, stderr=log,
                                                 env={"ASAN_OPTIONS": options})
    wait_until(lambda: (rove.image / "data.cdb").exists() or
               rove.processes["publish"].poll() is not None, 30, "the image or an end")
    if rove.processes["publish"].poll() is not None:
        rove.processes.pop("publish")
        pytest.skip("this machine lets nobody trace")
    wait_until(lambda: "fsync" in calls.read_text().rpartition('data.cdb.tmp", ')[2], 10, "a sync")
    # The tracer itself hears no signal while it writes to a file.
    wait_until(lambda: rove.status("publish"), 10, "the role has told its process")
    os.kill(rove.status("publish")["pid"], signal.SIGTERM)
    assert rove.processes.pop("publish").wait(timeout=20) == 0
    traced = [line for line in calls.read_text().splitlines() if str(rove.image) in line]
    steps = [re.sub(r"^\d+ +(\w+)\(.*", r"\1", line) for line in traced]
    renamed = next(i for i, line in enumerate(traced) if re.search(r"rename.*data\.cdb\.tmp", line))
    before = [step for step, line in zip(steps, traced[:renamed]) if "data.cdb.tmp" in line]
    assert before[-1] == "fsync" and "pwrite64" in before
    assert set(before[:-1]) == {"pwrite64"}
    assert 'data.cdb.tmp", ' in traced[renamed] and '/data.cdb")' in traced[renamed]
    assert steps[renamed + 1] == "fsync" and f"<{rove.image}>" in traced[renamed + 1]
