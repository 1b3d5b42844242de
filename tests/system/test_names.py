# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that the operator decides about: the zone's own, reserved words, other letters. They
stand in DNS as any other host, beside what the zone has at its own name."""
import shutil
import signal
import subprocess

import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

from harness import ask_dns, texts_of, wait_texts, wait_until
from test_update import running_tinydns

ZONE = "example.org"
OWNER = "owner@example.org"
OTHERS = [f"www.{ZONE}", f"mail.{ZONE}", f"xn--mnchen-3ya.{ZONE}"]
SECONDARY = 'secondary "here" { from = { "127.0.0.0/8" } }'


def transfer(rove, serial=None):
    """The zone; or the steps from the serial on, as texts."""
    port = rove.dns_port
    if serial is None:
        messages = dns.query.xfr(rove.address, ZONE, port=port, relativize=False)
        return dns.zone.from_xfr(messages, relativize=False)
    rrsets = []
    for message in dns.query.xfr(rove.address, ZONE, rdtype="IXFR", serial=serial, port=port,
                                 relativize=False):
        rrsets += message.answer
    return [f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {item}"
            for rrset in rrsets for item in rrset]


def serial_of(rove):
    return int(texts_of(rove.query(ZONE, "SOA"), "SOA")[0].split()[2])


def at_apex(zone):
    """What the transferred zone has at its own name, but the SOA."""
    return sorted(f"{dns.rdatatype.to_text(dataset.rdtype)} {item}"
                  for dataset in zone.nodes[zone.origin].rdatasets for item in dataset
                  if dataset.rdtype != dns.rdatatype.SOA)


@pytest.mark.usefixtures("as_root")
def test_the_zones_own_name_is_a_host_beside_what_the_zone_has(make_rove):
    rove = make_rove(SECONDARY).start()
    rove.add_zone(ZONE)
    rove.ctl("record", "add", ZONE, "--type", "MX", "--data", "10 mail.example.net")
    secret = rove.add_host(ZONE)
    secrets = {name: rove.add_host(name) for name in OTHERS}
    rove.ctl("record", "add", f"_acme-challenge.{ZONE}", "--type", "TXT", "--data", "first")
    assert rove.update(ZONE, secret, "192.0.2.1,2001:db8::1")[1].startswith("good ")
    rove.wait_dns(ZONE, "A", ["192.0.2.1"])
    before = serial_of(rove)
    assert rove.update(ZONE, secret, "192.0.2.2,2001:db8::1")[1].startswith("good ")
    for number, (name, token) in enumerate(secrets.items(), 10):
        assert rove.update(name, token, f"192.0.2.{number}") == (200, f"good 192.0.2.{number}")
        rove.wait_dns(name, "A", [f"192.0.2.{number}"])
    rove.wait_dns(ZONE, "A", ["192.0.2.2"])
    rove.wait_dns(f"_acme-challenge.{ZONE}", "TXT", ['"first"'])

    want = {"A": ["192.0.2.2"], "AAAA": ["2001:db8::1"], "NS": ["ns.example.net."],
            "MX": ["10 mail.example.net."]}
    with running_tinydns(rove.image) as address:
        for server in [(address, 53), (rove.address, rove.dns_port)]:
            for rdtype, texts in want.items():
                wait_texts(server, ZONE, rdtype, texts)
            assert len(texts_of(ask_dns(*server, ZONE, "SOA"), "SOA")) == 1
            assert texts_of(ask_dns(*server, OTHERS[0], "A"), "A") == ["192.0.2.10"]
            # A missing name below is missing still.
            assert ask_dns(*server, f"nowhere.{ZONE}", "A").rcode() == dns.rcode.NXDOMAIN
    assert at_apex(transfer(rove)) == sorted(
        f"{rdtype} {text}" for rdtype, texts in want.items() for text in texts)
    # What is in DNS is in the history a moment later.
    wait_until(lambda: f"{ZONE}. A 192.0.2.1" in transfer(rove, before), 10, "the history has it")
    steps = transfer(rove, before)
    assert f"{ZONE}. A 192.0.2.1" in steps and f"{ZONE}. A 192.0.2.2" in steps
    assert not any(" NS " in step or " MX " in step for step in steps), steps
    assert rove.ctl("host", "log", ZONE)[0]["after"] == ["192.0.2.2", "2001:db8::1"]

    # What was changed in place is what a build makes.
    rove.ctl("host", "set", ZONE, "--wildcard", "on")
    rove.wait_dns(f"any.{ZONE}", "A", ["192.0.2.2"])
    assert rove.addresses(OTHERS[1], "A") == ["192.0.2.11"]
    built = at_apex(transfer(rove))
    rove.stop()
    rove.start()
    rove.wait_dns(f"any.{ZONE}", "A", ["192.0.2.2"])
    assert at_apex(transfer(rove)) == built
    assert rove.update(ZONE, secret, "192.0.2.2,2001:db8::1")[1].startswith("nochg ")

    # Without an address, and without the host, the zone stands.
    rove.ctl("host", "set", ZONE, "--state", "offline")
    rove.wait_dns(ZONE, "A", [])
    assert at_apex(transfer(rove)) == ["MX 10 mail.example.net.", "NS ns.example.net."]
    assert rove.query(ZONE, "A").rcode() == dns.rcode.NOERROR
    rove.ctl("host", "remove", ZONE)
    wait_until(lambda: rove.query(f"any.{ZONE}", "A").rcode() == dns.rcode.NXDOMAIN, 5,
               "the wildcard is gone")
    assert texts_of(rove.query(ZONE, "MX"), "MX") == ["10 mail.example.net."]


def test_the_operators_lines_stand_beside_the_host_and_his_addresses_before_it(make_rove):
    rove = make_rove(SECONDARY)
    lines = rove.static / "data"
    lines.write_text(f"@{ZONE}::mail.example.net:10\n'{ZONE}:v=spf1 -all\n")
    rove.start()
    rove.add_zone(ZONE)
    secret = rove.add_host(ZONE)
    for address in ["192.0.2.1", "192.0.2.2"]:
        assert rove.update(ZONE, secret, address) == (200, f"good {address}")
        rove.wait_dns(ZONE, "A", [address])
        assert at_apex(transfer(rove)) == [f"A {address}", "MX 10 mail.example.net.",
                                           "NS ns.example.net.", 'TXT "v=spf1 -all"']
    lines.write_text(f"@{ZONE}::mail.example.net:10\n+{ZONE}:192.0.2.80\n")
    rove.wait_dns(ZONE, "A", ["192.0.2.80"])
    assert rove.update(ZONE, secret, "192.0.2.3") == (200, "good 192.0.2.3")
    rove.ctl("record", "add", f"t.{ZONE}", "--type", "TXT", "--data", "x")
    rove.wait_dns(f"t.{ZONE}", "TXT", ['"x"'])
    assert rove.addresses(ZONE, "A") == ["192.0.2.80"]
    lines.write_text(f"@{ZONE}::mail.example.net:10\n")
    rove.wait_dns(ZONE, "A", ["192.0.2.3"])


def test_a_zone_with_such_names_goes_out_and_comes_in_again(make_rove, tmp_path):
    rove = make_rove(SECONDARY).start()
    rove.add_zone(ZONE)
    for number, name in enumerate([ZONE, *OTHERS], 1):
        rove.add_host(name)
        rove.ctl("host", "set", name, "--address", f"192.0.2.{number}")
    rove.wait_dns(OTHERS[2], "A", ["192.0.2.4"])
    done = subprocess.run([rove.program("rovectl"), "-c", rove.config, "export", ZONE],
                          capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    for number, name in enumerate([ZONE, *OTHERS], 1):
        assert [f"{name}.", "60", "IN", "A", f"192.0.2.{number}"] in lines
    file = tmp_path / "zone"
    file.write_text(done.stdout)
    for name in [ZONE, *OTHERS]:
        rove.ctl("host", "remove", name)
    rove.ctl("zone", "remove", ZONE)
    rove.ctl("import", "zone", file, "--owner", OWNER)
    for number, name in enumerate([ZONE, *OTHERS], 1):
        rove.wait_dns(name, "A", [f"192.0.2.{number}"])


def test_the_list_of_reserved_words_is_the_operators(make_rove):
    rove = make_rove('hosts { reserved = { "shop", "intern*" } }').start()
    rove.add_zone(ZONE)
    rove.ctl("zone", "set", ZONE, "--policy", "everybody")

    def refusal(name):
        done = rove.ctl("host", "add", name, "--owner", OWNER, check=False)
        return done.stderr if done.returncode else None

    assert refusal(f"www.{ZONE}") is None
    assert "'shop' is a reserved word" in refusal(f"shop.{ZONE}")
    assert "'internal' is a reserved word" in refusal(f"internal.{ZONE}")
    assert "does not lie below the zone" in refusal(ZONE)
    assert "two hyphens" in refusal(f"xn--mnchen-3ya.{ZONE}")
    rove.config.write_text(rove.config.read_text().replace('"shop", "intern*"', '"www"'))
    rove.processes["roved"].send_signal(signal.SIGHUP)
    wait_until(lambda: refusal(f"shop.{ZONE}") is None, 10, "the new list counts")
    rove.ctl("host", "remove", f"www.{ZONE}")
    assert "'www' is a reserved word" in refusal(f"www.{ZONE}")
    # Where nobody else makes hosts, no word is reserved.
    rove.ctl("zone", "set", ZONE, "--policy", "nobody")
    assert refusal(f"www.{ZONE}") is None
    assert "'xn--a' stands for no letters" in refusal(f"xn--a.{ZONE}")


@pytest.mark.skipif(not shutil.which("dig"), reason="there is no dig")
def test_dig_sees_the_zones_own_name_and_its_transfers(make_rove):
    rove = make_rove(SECONDARY).start()
    rove.add_zone(ZONE)
    secret = rove.add_host(ZONE)
    assert rove.update(ZONE, secret, "192.0.2.1")[1] == "good 192.0.2.1"
    rove.wait_dns(ZONE, "A", ["192.0.2.1"])
    before = serial_of(rove)
    assert rove.update(ZONE, secret, "192.0.2.2")[1] == "good 192.0.2.2"
    rove.wait_dns(ZONE, "A", ["192.0.2.2"])

    def dig(*args):
        return subprocess.run(["dig", f"@{rove.address}", "-p", str(rove.dns_port), *args],
                              capture_output=True, text=True, timeout=60, check=True).stdout

    assert dig("+short", ZONE, "A") == "192.0.2.2\n"
    whole = dig("+noall", "+answer", ZONE, "AXFR")
    assert "192.0.2.2" in whole and whole.count("\tSOA\t") == 2
    wait_until(lambda: f"{ZONE}. A 192.0.2.1" in transfer(rove, before), 10, "the history has it")
    steps = dig("+noall", "+answer", ZONE, f"IXFR={before}")
    assert "192.0.2.1" in steps and "192.0.2.2" in steps and steps.count("\tSOA\t") == 4
