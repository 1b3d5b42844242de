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


def said_of(done, level=""):
    """(line, text) of each thing that a check says of the file `data`."""
    found = []
    for line in done.stderr.splitlines():
        match = re.match(rf"roved: {level}\S*/data:(\d+): (.*)", line)
        if match:
            found.append((int(match[1]), match[2]))
    return found


def test_a_check_lists_all_mistakes_and_ends_with_1(make_rove):
    rove = make_rove()
    put(rove, "data", "Zexample.org:ns:h\n+a.example.org:192.0.2.256\n?what\n"
                      "+b.example.org:192.0.2.1\n'c.example.org:\\400\nC.example.org:a\n"
                      "+d.example.org:192.0.2.1:abc\n")
    put(rove, "more", "Sx.example.org:192.0.2.1\n")
    (rove.static / "gone").symlink_to("nowhere")
    done = rove.roved("--check-data")
    assert done.returncode == 1
    assert said_of(done) == [
        (2, "field 2: not an IPv4 address: 192.0.2.256"), (3, "unknown line type '?'"),
        (5, "bad escape in the data"), (7, "field 3: not a number: abc")]
    assert f"roved: {rove.static}/more:1: field 4: the port is missing" in done.stderr
    assert f"roved: {rove.static}/gone: " in done.stderr
    assert done.stderr.rstrip().endswith("6 mistakes: nothing would be published")
    assert "records go" not in done.stdout

    put(rove, "data", "?what\n" * 1005)
    (rove.static / "gone").unlink()
    (rove.static / "more").unlink()
    done = rove.roved("--check-data")
    assert done.returncode == 1
    assert len(said_of(done)) == 1000
    assert "roved: ... and 5 mistakes more" in done.stderr


# A line, and what is said of it; None: nothing.
HARDLY_MEANT = [
    (".example.org:192.0.2.1:a", None),
    (".example.org:192.0.2.2:b", "one more SOA of example.org"),
    ("Cwww.example.org:host.example.org # the web", "has a blank or '#' in it"),
    ("+odd.example.org # a host:192.0.2.1", "has a blank or '#' in it"),
    ("&sub.example.org::192.0.2.7", "192.0.2.7 stands where a name should"),
    ("@example.org::192.0.2.7:10", "192.0.2.7 stands where a name should"),
    ("C7.example.org:192.0.2.7", "192.0.2.7 stands where a name should"),
    ("@mail.example.org:mx.example.org:x:10", "field 2: mx.example.org is no address"),
    ("Caliased.example.org:www.example.org", None),
    ("+aliased.example.org:192.0.2.3", "aliased.example.org has other data beside the CNAME"),
    ("Ctwice.example.org:a.example.org", None),
    ("Ctwice.example.org:b.example.org", "twice.example.org has a second CNAME"),
    ("Csame.example.org:a.example.org", None),
    ("Csame.example.org:a.example.org", None),
    ("Cnear.example.org:a.example.org:60::in", None),
    ("Cnear.example.org:b.example.org:60::ex", None),
    # Of these the first dies when the second begins to live.
    ("Cthen.example.org:a.example.org:0:4000000049000000", None),
    ("Cthen.example.org:b.example.org:60:4000000049000000", None),
    ("Cthen.example.org:c.example.org:60:4000000050000000", "then.example.org has a second CNAME"),
    ("S_sip._tcp.example.org::sip.example.org:0", "an SRV record with port 0"),
    ("S_no._tcp.example.org::.:0", None),
    (":d.example.org:39:\\001a\\000", "the DNAME at d.example.org"),
    (":t.example.org:16:\\011abc", "left out: the data are not those of a record of type TXT"),
    ("'empty.example.org:", "left out: the data are not those of a record of type TXT"),
    ("+elsewhere.example.net:192.0.2.4", "elsewhere.example.net is in no zone of ours"),
    ("=reverse.example.org:192.0.2.5", None),
    ("&sub2.example.org:192.0.2.6:ns.example.net", None),
    ("Zexample.com:NS1.example.com:h.example.com", None),
    ("&example.com:192.0.2.4:ns1.example.com", "the name server of example.com is not spelled"),
    ("Zexample.edu:ns1.example.edu:h.example.edu", "the SOA of example.edu names ns1.example.edu"),
    ("&example.edu:192.0.2.4:ns2.example.edu", None),
    ("Zlonely.example:ns.example.net:h.lonely.example", "the zone lonely.example has no name server"),
]


def test_a_check_warns_of_what_is_hardly_meant_and_ends_with_0(make_rove):
    rove = make_rove()
    put(rove, "data", "".join(f"{line}\n" for line, _ in HARDLY_MEANT))
    done = rove.roved("--check-data")
    assert done.returncode == 0, done.stderr
    said = said_of(done, "warning: ")
    want = [(number, says) for number, (_, says) in enumerate(HARDLY_MEANT, 1) if says]
    assert [number for number, _ in said] == [number for number, _ in want], said
    for (_, text), (_, says) in zip(said, want):
        assert says in text
    assert "records go" in done.stdout
    # A zone of the database is ours, too.
    rove.start()
    rove.add_zone()
    put(rove, "data", "+www.dyn.example.org:192.0.2.1\n")
    rove.wait_dns("www.dyn.example.org", "A", ["192.0.2.1"])
    done = rove.roved("--check-data")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_in_an_address_field_is_taken_as_tinydns_takes_it(make_rove, tmp_path):
    lines = ["@a.example.org:mail.example.org::10:300", "@b.example.org:mail.example.org:x:10:300",
             "@c.example.org:mail.example.org:mx.example.net:10:300",
             ".d.example.org:ns.example.org:x:300", "&e.example.org:ns.example.org:x:300",
             "Sf.example.org:srv.example.org:x:80:1:2:300", "@g.example.org:3com.example.org:x:10:60"]
    rove = make_rove()
    put(rove, "data", ".example.org::ns.example.net\n" + "\n".join(lines) + "\n")
    rove.start()
    rove.wait_dns("a.example.org", "MX", ["10 mx.a.example.org."])
    for folder in (rove.image, tmp_path):
        if folder == tmp_path:
            (folder / "data").write_text((rove.static / "data").read_text())
            assert peer("tinydns-data").run(cwd=folder).returncode == 0
    # Behind the type come the TTL and so on; the serial is the time of the file.
    ours, theirs = (sorted((key, value) for key, value in entries(folder / "data.cdb")
                           if key[:1] != b"\0" and value[:2] != b"\0\6")
                    for folder in (rove.image, tmp_path))
    assert ours == theirs


DJBDNS_LEFT_OVER = ["data~", "#data#", "data.bak", "data.tmp", "data.new", "data.orig",
                    "data,v", "data.dpkg-old"]


def test_the_folder_of_a_tinydns_can_be_named_as_it_is(make_rove, tmp_path, as_root):
    # pylint: disable=unused-argument
    service = tmp_path / "tinydns"
    done = peer("tinydns-conf").run("root", "root", service, "127.0.0.1")
    assert done.returncode == 0, done.stderr
    root = service / "root"
    for arguments in (("ns", "example.org", "192.0.2.1"), ("host", "www.example.org", "192.0.2.2")):
        done = peer("tinydns-edit").run("data", "data.new", "add", *arguments, cwd=root)
        assert done.returncode == 0, done.stderr
    assert peer("tinydns-data").run(cwd=root).returncode == 0
    for name in DJBDNS_LEFT_OVER:
        (root / name).write_text("+www.example.org:192.0.2.99\n")
    (root / "CVS").mkdir()
    (root / "CVS" / "Entries").write_text("/data/1.1///\n")
    (root / "hosts").write_text("+more.example.org:192.0.2.3\n")
    (root / "hosts").chmod(0o755)  # as on a file system without modes
    rove = make_rove()
    rove.config.write_text(rove.config.read_text().replace(str(rove.static), str(root)))
    done = rove.roved("--check-data")
    assert done.returncode == 0, done.stderr
    others = {*DJBDNS_LEFT_OVER, "data.cdb", "Makefile", "add-alias", "add-childns", "add-host",
              "add-mx", "add-ns"}
    told = next(line for line in done.stdout.splitlines() if line.startswith("passed over: "))
    assert told.startswith(f"passed over: {len(others)} files without lines: {root}/")
    assert set(re.findall(r"[^/ ,]+(?=,|$)", told)) <= others
    rove.start()
    rove.wait_dns("www.example.org", "A", ["192.0.2.2"])
    rove.wait_dns("more.example.org", "A", ["192.0.2.3"])
    serial = rove.query("example.org", "SOA").answer[0][0].serial
    assert serial == int(max((root / "data").stat().st_mtime, (root / "hosts").stat().st_mtime))
    # What tinydns-data makes of it is no change; and the rest is told once.
    assert peer("tinydns-data").run(cwd=root).returncode == 0
    put_line = (root / "data").read_text() + "+third.example.org:192.0.2.4\n"
    (root / "data").write_text(put_line)
    rove.wait_dns("third.example.org", "A", ["192.0.2.4"])
    told = rove.events("files-passed-over")
    assert len(told) == 1 and f"count={len(others)} " in told[0] and "Makefile" in told[0]


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
    # What this thread does next: others may be at files of their own.
    thread = traced[renamed].split()[0]
    synced = next(line for line in traced[renamed + 1:] if line.split()[0] == thread)
    assert " fsync(" in synced and f"<{rove.image}>" in synced
