# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to an image beside being served: the fragment for tinydns-data, the operator's
command, NOTIFY to secondaries; and what the world says of a zone."""
import contextlib
import json
import os
import pathlib
import shlex
import signal
import socket
import sqlite3
import struct
import subprocess
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsigkeyring
import pytest

from cdbfile import entries
from harness import BUILD, ask_dns, free_port, metrics_of, wait_until
from peers import peer

ZONE = "dyn.example.org"
SECRET = "c2VjcmV0IG9mIHR3ZW50eS1mb3VyIQ=="


# ---- lines ---------------------------------------------------------------------------------

ALL_LINES = r"""
.a.example:192.0.2.1:a:300
.b.example::ns.elsewhere.example
&sub.a.example:192.0.2.2:ns.sub.a.example
=host.a.example:192.0.2.3
+*.a.example:192.0.2.4:0
+old.a.example:192.0.2.5:0:4000000065000000
+new.a.example:192.0.2.5:60:4000000065000000:in
+in.a.example:192.0.2.6:60::in
+one.a.example:192.0.2.6:60::i
%in:192.0.2
%ex
@a.example:192.0.2.7:mx:10
@c.a.example::.:0
'a.example:some\072text with \134 and \001, \303\244
't.a.example:
Calias.a.example:Target.A.Example
^4.2.0.192.in-addr.arpa:host.a.example:77
Zz.example:ns.z.example:host\056master.z.example:0:1:2:3:4:5
:six.a.example:28:\040\001\015\270\000\000\000\000\000\000\000\000\000\000\000\001
:s.a.example:33:\000\001\000\002\023\304\003sip\001a\007example\000
:x.a.example:65280:
:odd.a.example:16:\001a\001b
+\000\056dot\072.a.example:192.0.2.8
Sx._tcp.a.example:192.0.2.9:srv:5060:1:2
"""


def compile_data(folder, text):
    """What Debian's tinydns-data makes of the text: keys and values, sorted."""
    folder.mkdir()
    (folder / "data").write_bytes(text)
    os.utime(folder / "data", (1, 1))  # the serial of SOA records without one
    done = peer("tinydns-data").run(cwd=folder)
    assert done.returncode == 0, done.stderr
    return sorted(entries(folder / "data.cdb"))


def test_stock_tinydns_data_makes_of_our_lines_the_records_they_were_written_for(tmp_path):
    text = ALL_LINES.encode()
    longest = b"'long.a.example:" + b"x" * 1000 + b"\n"
    every_byte = b":bytes.a.example:65281:" + b"".join(b"\\%03o" % i for i in range(256)) + b"\n"
    text += longest + every_byte
    done = subprocess.run([BUILD / "tests/system/tool_tinydns_writer"], input=text,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    want = compile_data(tmp_path / "theirs", text)
    assert len(want) > 30
    assert compile_data(tmp_path / "ours", done.stdout) == want


# ---- the fragment --------------------------------------------------------------------------

def with_text(make_rove, tmp_path, settings=""):
    text = tmp_path / "fragment" / "rove.data"
    text.parent.mkdir()
    rove = make_rove(f'publish {{ text = "{text}" {settings} }}')
    return rove, text


def zone_entries(all_entries):
    """Of the dynamic zone, without marks and notes."""
    suffix = dns.name.from_text(ZONE).to_wire()
    return sorted((key, value) for key, value in all_entries
                  if key.endswith(suffix) and key[0] != 0)


def test_the_fragment_makes_the_same_records_as_the_image(make_rove, tmp_path):
    rove, text = with_text(make_rove, tmp_path)
    (rove.static / "data").write_text("+www.example.org:192.0.2.99\n")
    rove.start()
    rove.add_zone()
    secret = rove.add_host(f"home.{ZONE}", "owner@example.org", "--wildcard", "on")
    assert rove.update(f"home.{ZONE}", secret, "192.0.2.1,2001:db8::1")[0] == 200
    rove.wait_dns(f"home.{ZONE}", "AAAA", ["2001:db8::1"])
    # As the operator's Makefile has it: cat data.local rove.data > data && tinydns-data
    wait_until(lambda: text.exists() and b"192.0.2.1" in text.read_bytes(), 5,
               "the fragment follows")
    rove.stop()
    made = compile_data(tmp_path / "root", b"+local.example.org:192.0.2.50\n" + text.read_bytes())
    assert b"192.0.2.99" not in text.read_bytes()
    ours = zone_entries(entries(rove.image / "data.cdb"))
    assert len(ours) >= 6  # SOA, NS, and two addresses twice
    assert zone_entries(made) == ours


def test_the_fragment_is_replaced_only_when_it_changes(make_rove, tmp_path):
    rove, text = with_text(make_rove, tmp_path)
    rove.start()
    rove.add_zone()
    wait_until(lambda: text.exists() and ZONE in text.read_text(), 5, "the fragment")
    before = text.stat().st_ino, text.stat().st_mtime_ns
    (rove.static / "data").write_text("Zexample.org:ns.example.org:h.example.org:1\n"
                                      "+www.example.org:192.0.2.99\n")
    rove.wait_dns("www.example.org", "A", ["192.0.2.99"])
    assert (text.stat().st_ino, text.stat().st_mtime_ns) == before
    rove.add_host(f"home.{ZONE}", "owner@example.org", "--address", "192.0.2.7")
    wait_until(lambda: "+home." in text.read_text(), 5, "the new host")
    assert text.stat().st_ino != before[0]
    wait_until(lambda: os.listdir(text.parent) == [text.name], 5, "nothing is left beside it")


def test_a_fragment_that_cannot_be_written_holds_up_nothing_and_comes_later(make_rove, tmp_path):
    rove, text = with_text(make_rove, tmp_path)
    text.parent.rmdir()
    rove.start()
    rove.add_zone()
    rove.add_host(f"home.{ZONE}", "owner@example.org", "--address", "192.0.2.7")
    rove.wait_dns(f"home.{ZONE}", "A", ["192.0.2.7"])
    wait_until(lambda: "rove.data" in (rove.told("publish", "trouble") or ""), 5, "trouble is told")
    assert any(str(text) in line for line in rove.events("not-published"))
    text.parent.mkdir()
    wait_until(lambda: text.exists() and "+home." in text.read_text(), 10, "the fragment")
    wait_until(lambda: rove.told("publish", "trouble") == "", 5, "trouble is over")


# ---- the command ---------------------------------------------------------------------------

def with_hook(make_rove, tmp_path, script, timeout=60):
    """`script` for sh; $0 is an output file of its own."""
    out = tmp_path / "hook.out"
    code = tmp_path / "hook.sh"
    code.write_text(f"#!/bin/sh\nout={shlex.quote(str(out))}\n{script}\n")
    code.chmod(0o755)
    return make_rove(f'publish {{ hook = {{"{code}", "two words"}} '
                     f"hook_timeout = {timeout} }}"), out


def lines_in(path):
    return path.read_text().splitlines() if path.exists() else []


def test_the_command_runs_after_each_publication_and_hears_of_the_newest(make_rove, tmp_path):
    rove, out = with_hook(make_rove, tmp_path, 'echo "$ROVE_SEQ|$ROVE_IMAGE|$1" >> "$out"')
    rove.start()
    rove.add_zone()
    secret = rove.add_host(f"home.{ZONE}")
    for number in range(1, 11):
        assert rove.update(f"home.{ZONE}", secret, f"192.0.2.{number}")[0] == 200
    rove.wait_dns(f"home.{ZONE}", "A", ["192.0.2.10"])
    with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as db:
        newest, = db.execute("SELECT max(seq) FROM changes").fetchone()
    wait_until(lambda: lines_in(out)[-1:] == [f"{newest}|{rove.image}/data.cdb|two words"], 5,
               "the newest run")
    wait_until(lambda: rove.told("publish", "hook", "seq") == newest, 5, "the status")
    assert rove.told("publish", "hook", "failures") == 0


def test_a_command_that_fails_is_told_and_repeated_until_it_succeeds(make_rove, tmp_path):
    mended = tmp_path / "mended"
    rove, out = with_hook(make_rove, tmp_path,
                          f'[ -e "{mended}" ] || {{ echo "host is down" >&2; exit 12; }}\n'
                          'echo "$ROVE_SEQ" >> "$out"')
    rove.start()
    rove.add_zone()
    wait_until(lambda: "host is down" in (rove.told("publish", "trouble") or ""), 5, "trouble")
    assert rove.told("publish", "state") == "trouble"
    assert any("exit code 12: host is down" in line for line in rove.events("hook-failed"))
    rove.add_host(f"home.{ZONE}", "owner@example.org", "--address", "192.0.2.7")
    rove.wait_dns(f"home.{ZONE}", "A", ["192.0.2.7"])  # nothing waits for the command
    mended.touch()
    wait_until(lambda: lines_in(out), 15, "it succeeds")
    wait_until(lambda: lines_in(out)[-1] == str(rove.told("publish", "applied")), 5,
               "of the newest change")
    wait_until(lambda: rove.told("publish", "trouble") == "", 5, "trouble is over")
    assert len(rove.events("hook-failed")) == 1


def test_a_command_that_hangs_is_killed_and_leaves_publishing_alone(make_rove, tmp_path):
    rove, out = with_hook(make_rove, tmp_path, 'echo $$ >> "$out"; exec sleep 1000', timeout=1)
    rove.start()
    rove.add_zone()
    rove.add_host(f"home.{ZONE}", "owner@example.org", "--address", "192.0.2.7")
    rove.wait_dns(f"home.{ZONE}", "A", ["192.0.2.7"])
    wait_until(lambda: rove.events("hook-failed"), 10, "it is killed")
    assert "killed after 1 s" in rove.events("hook-failed")[0]
    rove.stop()
    for pid in lines_in(out):
        assert not os.path.exists(f"/proc/{pid}")


def test_a_hangup_reads_files_that_look_the_same_and_settings_that_changed(make_rove, tmp_path):
    rove, out = with_hook(make_rove, tmp_path, 'echo run >> "$out"')
    data = rove.static / "data"
    data.write_text("Zexample.org:ns.example.org:h.example.org:1\n+www.example.org:192.0.2.1\n")
    rove.start_apart()
    rove.wait_dns("www.example.org", "A", ["192.0.2.1"])
    before = data.stat()
    with open(data, "r+", encoding="ascii") as file:
        file.write("Zexample.org:ns.example.org:h.example.org:2\n+www.example.org:192.0.2.2\n")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    other = tmp_path / "other.sh"
    other.write_text(f'#!/bin/sh\necho other >> "{out}"\n')
    other.chmod(0o755)
    rove.config.write_text(rove.config.read_text().replace(
        f'"{tmp_path}/hook.sh", "two words"', f'"{other}"'))
    rove.processes["publish"].send_signal(signal.SIGHUP)
    rove.wait_dns("www.example.org", "A", ["192.0.2.2"])
    wait_until(lambda: "other" in lines_in(out), 5, "the new command runs")


def test_orders_that_find_no_room_are_given_later(make_rove, tmp_path):
    """The process that runs the command is held until what it is sent has no room any more."""
    rove, out = with_hook(make_rove, tmp_path, 'echo "first|$ROVE_SEQ" >> "$out"')
    other = tmp_path / "other.sh"
    other.write_text(f'#!/bin/sh\necho "other|$ROVE_SEQ" >> "{out}"\n')
    other.chmod(0o755)
    rove.config.write_text(rove.config.read_text().replace(
        "private_addresses = true", "private_addresses = true changes_per_hour = 1000000"))
    rove.start_apart()
    rove.add_zone()
    name = f"home.{ZONE}"
    secret = rove.add_host(name)
    publish = rove.processes["publish"].pid
    children = pathlib.Path(f"/proc/{publish}/task/{publish}/children")
    wait_until(lambda: len(lines_in(out)) > 0 and len(children.read_text().split()) == 1, 10,
               "the command ran, and only who runs it is left")
    runner = int(children.read_text())
    os.kill(runner, signal.SIGSTOP)
    try:
        for number in range(500):
            wanted = f"192.0.{number // 250 + 2}.{number % 250 + 1}"
            assert rove.update(name, secret, wanted)[0] == 200
            rove.wait_dns(name, "A", [wanted])
        rove.config.write_text(rove.config.read_text().replace(
            f'"{tmp_path}/hook.sh", "two words"', f'"{other}"'))
        rove.processes["publish"].send_signal(signal.SIGHUP)
        wait_until(lambda: rove.events("reloaded"), 10, "publish has reloaded")
    finally:
        os.kill(runner, signal.SIGCONT)
    with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as db:
        newest, = db.execute("SELECT max(seq) FROM changes").fetchone()
    wait_until(lambda: lines_in(out)[-1:] == [f"other|{newest}"], 20,
               "the new command runs for the newest change")


# ---- NOTIFY --------------------------------------------------------------------------------

def test_secondaries_hear_of_each_change_signed_as_they_want_it(make_rove, make_secondary):
    keyring = dns.tsigkeyring.from_text({"transfer.example.org": SECRET})
    plain, signed = make_secondary(), make_secondary(keyring)
    rove = make_rove(f"""
        key "transfer.example.org" {{ algorithm = "hmac-sha256" secret = "{SECRET}" }}
        secondary "plain" {{ notify = {{"{plain.address}"}} zones = {{"{ZONE}"}} }}
        secondary "signed" {{ key = "transfer.example.org" notify = {{"{signed.address}"}} }}
        """)
    (rove.static / "data").write_text("Zexample.org:ns.example.org:h.example.org:1\n")
    rove.start()
    rove.add_zone()
    secret = rove.add_host(f"home.{ZONE}")
    wait_until(lambda: (f"{ZONE}.", True) in signed.heard, 5, "the first notification")
    wait_until(lambda: ("example.org.", True) in signed.heard, 5, "the static zone")
    before = len(plain.heard)
    assert rove.update(f"home.{ZONE}", secret, "192.0.2.1")[0] == 200
    wait_until(lambda: len(plain.heard) > before, 5, "a notification of the change")
    assert set(plain.heard) == {(f"{ZONE}.", False)}
    for at in (0, 1):
        def has_it(at=at):
            one = rove.told("publish", "secondaries", at)
            return one and one["acknowledged"] > 0 and one["waiting"] == 0
        wait_until(has_it, 5, "the status has it")
    assert not rove.events("notify-trouble")


def test_a_secondary_that_refuses_is_told_once(make_rove, make_secondary):
    secondary = make_secondary()
    secondary.rcode = dns.rcode.NOTAUTH
    rove = make_rove(f'secondary "ns2" {{ notify = {{"{secondary.address}"}} }}')
    rove.start()
    rove.add_zone()
    secret = rove.add_host(f"home.{ZONE}")
    for number in (1, 2, 3):
        count = len(secondary.heard)
        assert rove.update(f"home.{ZONE}", secret, f"192.0.2.{number}")[0] == 200
        wait_until(lambda count=count: len(secondary.heard) > count, 5, "a notification")
    wait_until(lambda: rove.events("notify-trouble"), 5, "trouble is logged")
    assert len(rove.events("notify-trouble")) == 1
    wait_until(lambda: (rove.told("publish", "secondaries", 0, "failures") or 0) >= 3, 5, "the count")


def test_metrics_show_how_far_behind_a_secondary_is(make_rove, make_secondary):
    secondary, port = make_secondary(), free_port()
    secondary.rcode = dns.rcode.NOTAUTH
    rove = make_rove(f"""
        secondary "ns2" {{ notify = {{"{secondary.address}"}} }}
        secondary "never told" {{ from = {{"192.0.2.1"}} }}
        metrics {{ listen = {{ "127.0.0.1:{port}" }} }}
        """)
    rove.start()
    rove.add_zone()
    secret = rove.add_host(f"home.{ZONE}")

    def metric(name):
        return metrics_of(port).get(f'rove_secondary_{name}{{secondary="ns2"}}')

    wait_until(lambda: metric("zones_behind") == "1", 5, "the zone that was refused")
    wait_until(lambda: int(metric("notify_failed_total")) > 0, 5, "that is told")
    assert int(metric("notify_sent_total")) > 0
    wait_until(lambda: int(metric("lag_seconds")) > 0, 5, "time passes")
    assert metric("acknowledged_timestamp_seconds") == "0"
    assert not any("rove_secondary_serial" in name or "never told" in name
                   for name in metrics_of(port))
    secondary.rcode = dns.rcode.NOERROR
    assert rove.update(f"home.{ZONE}", secret, "192.0.2.1")[0] == 200
    wait_until(lambda: (metric("zones_behind"), metric("lag_seconds")) == ("0", "0"), 5,
               "it has acknowledged the change")
    serial = ask_dns(rove.address, rove.dns_port, ZONE, "SOA").answer[0][0].serial
    name = f'rove_secondary_serial{{secondary="ns2",zone="{ZONE}"}}'
    wait_until(lambda: metrics_of(port).get(name) == str(serial), 5, "its serial")


# ---- what the world says -------------------------------------------------------------------

class World:
    """Name servers on addresses of loopback, one port: records by address, as (owner, type):
    texts. What stands below a delegation is a referral; recursion is claimed by none."""

    def __init__(self):
        self.port = free_port()
        self.data = {}
        self.cuts = {}
        self.rcodes = {}
        self.sockets = []
        self.listeners = []
        self.tcp_count = 0

    def serve(self, address, records, cuts=None, rcode=None, over_tcp=False):
        """`cuts`: names with a referral instead of an answer, and its glue. `over_tcp`: a
        reply over UDP says no more than that it is cut."""
        self.data[address] = records
        self.cuts[address] = cuts or {}
        self.rcodes[address] = rcode
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((address, self.port))
        self.sockets.append(server)
        threading.Thread(target=self.run, args=(server, address, over_tcp), daemon=True).start()
        if over_tcp:
            listener = socket.create_server((address, self.port))
            self.listeners.append(listener)
            threading.Thread(target=self.run_tcp, args=(listener, address), daemon=True).start()

    def run_tcp(self, listener, address):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, connection.makefile("rwb") as stream:
                    size, = struct.unpack("!H", stream.read(2))
                    wire = self.answer(dns.message.from_wire(stream.read(size)), address).to_wire()
                    self.tcp_count += 1  # before who asked can go on
                    stream.write(struct.pack("!H", len(wire)) + wire)

    def run(self, server, address, cut):
        with contextlib.suppress(OSError):
            while True:
                wire, source = server.recvfrom(4096)
                if not wire:
                    return
                query = dns.message.from_wire(wire)
                reply = self.answer(query, address)
                if cut:
                    reply = dns.message.make_response(query)
                    reply.flags |= dns.flags.TC
                server.sendto(reply.to_wire(), source)

    def answer(self, query, address):
        reply = dns.message.make_response(query)
        name, rdtype = query.question[0].name, query.question[0].rdtype
        if self.rcodes[address] is not None:
            reply.set_rcode(self.rcodes[address])
            return reply
        cut = self.cuts[address].get(name.to_text())
        records = self.data[address]
        if cut is not None:
            put_records(reply.authority, name.to_text(), "NS", cut[0])
            for owner, (kind, text) in cut[1].items():
                put_records(reply.additional, owner, kind, [text])
            return reply
        reply.flags |= dns.flags.AA
        texts = records.get((name.to_text(), dns.rdatatype.to_text(rdtype)))
        if texts:
            put_records(reply.answer, name.to_text(), dns.rdatatype.to_text(rdtype), texts)
        elif not any(owner == name.to_text() for owner, _ in records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def stop(self):
        for server in self.sockets:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"", server.getsockname())
            server.close()
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def put_records(section, owner, kind, texts):
    section.append(dns.rrset.from_text(owner, 3600, "IN", kind, *texts))


@pytest.fixture
def world():
    made = World()
    yield made
    made.stop()


RESOLVER, PARENT, OURS, OTHER = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"


def add_delegated_zone(rove):
    """The zone with a name server in itself and one elsewhere; gives its SOA as text."""
    rove.ctl("account", "add", "owner@example.org")
    rove.ctl("zone", "add", ZONE, "--owner", "owner@example.org", "--ns", f"ns.{ZONE}={OURS}",
             "--ns", "ns.elsewhere.example")
    wait_until(lambda: rove.query(ZONE, "SOA").answer, 5, "the zone is served")
    return rove.query(ZONE, "SOA").answer[0][0].to_text()


def run_check(rove, world, *options):
    """(exit code, findings as (level, text))."""
    done = rove.ctl("zone", "check", ZONE, "--resolver", f"{RESOLVER}:{world.port}", "--port",
                    world.port, *options, check=False)
    reply = json.loads(done.stdout)
    assert reply["well"] == (done.returncode == 0), done.stderr
    return done.returncode, [(one["level"], one["text"]) for one in reply["findings"]]


def resolver_data():
    return {("example.org.", "NS"): ["ns.parent.example."],
            ("ns.parent.example.", "A"): [PARENT],
            ("ns.elsewhere.example.", "A"): [OTHER]}


GOOD_CUT = {f"{ZONE}.": ([f"ns.{ZONE}.", "ns.elsewhere.example."],
                         {f"ns.{ZONE}.": ("A", OURS)})}


def test_a_zone_that_is_all_right_is_found_so(make_rove, world):
    rove = make_rove().start()
    soa = {(f"{ZONE}.", "SOA"): [add_delegated_zone(rove)]}
    world.serve(RESOLVER, resolver_data())
    world.serve(PARENT, {}, GOOD_CUT, over_tcp=True)
    world.serve(OURS, soa)
    world.serve(OTHER, soa, over_tcp=True)
    code, findings = run_check(rove, world)
    assert code == 0, findings
    assert world.tcp_count == 2
    assert [level for level, _ in findings] == ["ok", "note", "ok", "ok"], findings


def test_what_is_wrong_with_a_delegation_is_said_in_words(make_rove, world):
    rove = make_rove().start()
    soa = add_delegated_zone(rove)
    old = soa.split()
    old[2] = str(int(old[2]) - 1)
    world.serve(RESOLVER, resolver_data())
    world.serve(PARENT, {}, {f"{ZONE}.": ([f"ns.{ZONE}.", "ns.stranger.example."],
                                          {f"ns.{ZONE}.": ("A", "192.0.2.77")})})
    world.serve(OURS, {(f"{ZONE}.", "SOA"): [" ".join(old)]})
    world.serve(OTHER, {}, rcode=dns.rcode.REFUSED)
    code, findings = run_check(rove, world)
    assert code == 1
    wrong = "\n".join(text for level, text in findings if level == "wrong")
    for words in (f"lacks the address {OURS} of ns.{ZONE}", "192.0.2.77",
                  "does not name the name server ns.elsewhere.example",
                  "names the name server ns.stranger.example",
                  f"ns.{ZONE} at {OURS} has the serial {old[2]}",
                  f"ns.elsewhere.example at {OTHER} refuses"):
        assert words in wrong, wrong
    assert not [level for level, _ in findings if level == "ok"]


def test_a_missing_delegation_and_silent_servers_are_told(make_rove, world):
    rove = make_rove().start()
    add_delegated_zone(rove)
    data = resolver_data()
    del data["ns.elsewhere.example.", "A"]
    world.serve(RESOLVER, data)
    world.serve(PARENT, {("example.org.", "NS"): ["ns.parent.example."]})
    code, findings = run_check(rove, world)
    assert code == 1
    wrong = "\n".join(text for level, text in findings if level == "wrong")
    assert f"the parent zone example.org does not delegate {ZONE}" in wrong
    assert f"ns.{ZONE} at {OURS} does not answer" in wrong
    assert "the name server ns.elsewhere.example has no address" in wrong
    done = subprocess.run([rove.program("rovectl"), "-c", rove.config, "zone", "check", ZONE,
                           "--resolver", f"{RESOLVER}:{world.port}", "--port", str(world.port)],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stdout.startswith("wrong: ")
    assert f" IN NS ns.{ZONE}.\n" in done.stdout and f" IN A {OURS}\n" in done.stdout


def test_an_address_that_cannot_be_reached_from_here_is_not_the_servers_fault(make_rove, world):
    rove = make_rove().start()
    soa = {(f"{ZONE}.", "SOA"): [add_delegated_zone(rove)]}
    # Linux lets nobody ask it who has not said that he means to.
    unreachable = resolver_data() | {("ns.elsewhere.example.", "A"): [OTHER, "255.255.255.255"]}
    world.serve(RESOLVER, unreachable)
    world.serve(PARENT, {}, GOOD_CUT)
    world.serve(OURS, soa)
    world.serve(OTHER, soa)
    code, findings = run_check(rove, world)
    assert code == 0, findings
    assert [text for level, text in findings if level == "note" and "255.255.255.255" in text and
            "cannot be asked from this machine" in text], findings


def test_without_a_network_the_lines_are_printed_all_the_same(make_rove, world):
    rove = make_rove().start()
    add_delegated_zone(rove)
    code, findings = run_check(rove, world)
    assert code == 1
    assert "the network could not be asked: no resolver answers" in findings[0][1]
    offline = rove.ctl("zone", "check", ZONE, "--offline")
    assert len(offline["ns"]) == 2 and len(offline["glue"]) == 1 and not offline["findings"]
