# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones come in from other programs, answer as before, and go out again."""
import json
import pathlib
import re
import subprocess

import pytest

from harness import TREE, Rove, wait_until

SAMPLES = TREE / "tests" / "data" / "import"
OWNER = "owner@example.org"


@pytest.fixture(name="rove")
def _rove(tmp_path):
    rove = Rove(tmp_path / "first").init().start()
    rove.ctl("account", "add", OWNER)
    yield rove
    rove.clean_up()


@pytest.fixture(name="other")
def _other(tmp_path):
    other = Rove(tmp_path / "second").init().start()
    yield other
    other.clean_up()


def text_of(rove, *args):
    """What rovectl prints for people."""
    done = subprocess.run([rove.program("rovectl"), "-c", rove.config, *map(str, args)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(rove, *args):
    """rovectl with --json, as (exit code, report, standard error)."""
    done = rove.ctl(*args, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def totals(report):
    """(hosts, records, there already, refused) of all zones together."""
    return tuple(sum(zone[key] for zone in report["zones"])
                 for key in ("hosts", "records", "there", "failed"))


def lines_of(zone_file):
    """Its records in any order, without the serial."""
    lines = []
    for line in zone_file.splitlines():
        fields = line.split()
        if fields[3] == "SOA":
            fields[6] = "SERIAL"
        lines.append(" ".join(fields))
    return sorted(lines)


# Format, file, further words, what is made, the exit code (1: a line of the file is broken), and
# some answers.
CASES = [
    ("zone", "example.zone", ["--zone", "dyn.example.org"], (3, 16), 0,
     [("home.dyn.example.org", "AAAA", ["2001:db8::7"]),
      ("any.office.dyn.example.org", "A", ["203.0.113.5"]),
      ("dyn.example.org", "CAA", ['0 issue "ca.example.net"']),
      ("alias.dyn.example.org", "CNAME", ["home.dyn.example.org."]),
      ("uni.dyn.example.org", "TXT", ['"gr\\195\\188\\195\\159 dich"']),
      ("mapped.dyn.example.org", "AAAA", ["::ffff:198.51.100.42"]),
      ("sip.dyn.example.org", "SRV", ["1 2 5060 sip.example.net."])]),
    ("tinydns", "tinydns.data", ["--zone", "dyn.example.org"], (3, 8), 0,
     [("rr.dyn.example.org", "A", ["198.51.100.9", "198.51.100.10"]),
      ("home.dyn.example.org", "TXT", ['"a : colon; and \\\\ more"']),
      ("www.dyn.example.org", "A", ["198.51.100.80"]),
      ("www.example.net", "A", [])]),
    ("vegadns1", "vegadns1.sql", [], (1, 4), 1,
     [("home.one.example.org", "AAAA", ["2001:db8::21"]),
      ("one.example.org", "TXT", ['"v=spf1 ip4:192.0.2.0/24 -all"'])]),
    ("vegadns2", "vegadns2.sql", [], (2, 4), 1,
     [("three.example.org", "CAA", ['0 issue "ca.example.net; account=1"']),
      ("three.example.org", "TXT", ['"it\'s \\"quoted\\""'])]),
    ("nsupdate", "nsupdate.json", ["--ns", "ns.example.net"], (4, 0), 1,
     [("first.nsu.example.org", "A", [])]),
]


@pytest.mark.parametrize("form, name, words, made, code, answers", CASES,
                         ids=[case[0] for case in CASES])
# pylint: disable-next=too-many-arguments
def test_an_import_answers_and_is_done_once(rove, form, name, words, made, code, answers):
    def report_of(*args):
        ended, report, _ = run(rove, *args)
        assert ended == code, report
        return report

    command = ["import", form, SAMPLES / name, "--owner", OWNER, *words]
    dry = report_of(*command, "--dry-run")
    assert totals(dry) == (*made, 0, 0), dry
    assert rove.ctl("zone", "list") == [], "a dry run writes nothing"

    wet = report_of(*command)
    assert wet == dry | {"dry_run": False}, "the dry run told what was going to be done"
    for owner, rdtype, want in answers:
        rove.wait_dns(owner, rdtype, want)

    again = report_of(*command)
    assert totals(again) == (0, 0, sum(made), 0), again
    assert not any(zone["made"] for zone in again["zones"])


@pytest.mark.parametrize("form, option", [("zone", "zone"), ("tinydns", "tinydns")])
def test_what_goes_out_comes_in_elsewhere_as_the_same(rove, other, tmp_path, form, option):
    zone = "dyn.example.org"
    rove.ctl("import", "zone", SAMPLES / "example.zone", "--zone", zone, "--owner", OWNER)
    rove.ctl("record", "add", f"odd\\.name.{zone}", "--type", "TXT", "--data", '"a;b"')
    exported = tmp_path / "exported"
    exported.write_text(text_of(rove, "export", zone, "--format", option))
    assert exported.read_text() == text_of(rove, "export", zone, "--format", option)

    other.ctl("account", "add", OWNER)
    report = other.ctl("import", form, exported, "--zone", zone, "--owner", OWNER)
    assert report["remarks"] == []
    there = text_of(other, "export", zone)
    assert lines_of(there) == lines_of(text_of(rove, "export", zone))
    for line in lines_of(there):
        owner, _, _, rdtype = line.split()[:4]
        if rdtype != "SOA" and "sub." not in owner and "\\." not in owner:
            want = rove.addresses(owner.replace("*", "any"), rdtype)
            assert want, line
            other.wait_dns(owner.replace("*", "any"), rdtype, want)

    # Secondaries of the first take the second's zone for newer.
    serial = [int(text.split()[6]) for text in (text_of(rove, "export", zone), there)]
    assert serial[1] > serial[0]
    wait_until(lambda: int(other.addresses(zone, "SOA")[0].split()[2]) == serial[1], 5,
               "the exported serial is the published one")


def test_tokens_of_imported_hosts_update_them(rove):
    _, report, _ = run(rove, "import", "nsupdate", SAMPLES / "nsupdate.json", "--owner", OWNER,
                       "--ns", "ns.example.net", "--tokens")
    secrets = {item["host"]: item["secret"] for item in report["tokens"]}
    assert sorted(secrets) == [f"{name}.nsu.example.org"
                               for name in ("first", "printer.first", "second", "third")]
    name = "first.nsu.example.org"
    assert rove.update(name, secrets[name], "198.51.100.77") == (200, "good 198.51.100.77")
    rove.wait_dns(name, "A", ["198.51.100.77"])
    assert rove.ctl("host", "show", name)["owner"] == "ops@example.org"
    assert rove.ctl("host", "show", "third.nsu.example.org")["state"] == "disabled"


def test_an_import_that_is_cut_short_leaves_no_host_without_a_token(tmp_path):
    rove = Rove(tmp_path / "apart").init().start_apart()
    try:
        rove.ctl("account", "add", OWNER)
        path = tmp_path / "data"
        count = 2000
        path.write_text(".big.example.org::ns.example.net\n" + "".join(
            f"+h{i}.big.example.org:198.51.{i // 250}.{i % 250 + 1}:60\n" for i in range(count)))
        with subprocess.Popen(
                [rove.program("rovectl"), "-c", rove.config, "import", "tinydns", path, "--zone",
                 "big.example.org", "--owner", OWNER, "--tokens"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as importing:
            lines = [importing.stdout.readline() for _ in range(50)]
            rove.kill_role("front")
            # communicate() would pass over what was read ahead.
            rest, trouble = importing.stdout.read(), importing.stderr.read()
        assert importing.returncode == 1 and trouble.startswith("rovectl: ")
        text = "".join(lines) + rest
        told = dict(re.findall(r"^token of (\S+), shown this once: (\S+)$", text, re.M))
        lost = set(re.findall(r"^  (\S+)$", text.partition("nobody knows a token")[2], re.M))
        assert 50 <= len(told) < count and lost and not lost & set(told)
        rove.start_role("front")
        wait_until(rove.front_is_ready, 20, "front is back")
        hosts = {host["name"] for host in rove.ctl("host", "list", "--zone", "big.example.org")}
        assert hosts - set(told) <= lost, "each host's token was told, or that it was not"
        assert set(told) <= hosts
        with_token = {name for token in rove.ctl("token", "list") for name in token["hosts"]}
        assert hosts == with_token
        name, secret = list(told.items())[-1]
        assert rove.update(name, secret, "198.51.100.99") == (200, "good 198.51.100.99")
    finally:
        rove.clean_up()


def test_without_a_zone_tinydns_data_is_only_told(rove):
    report = rove.ctl("import", "tinydns", SAMPLES / "tinydns.data")
    assert [(zone["zone"], zone["lines"]) for zone in report["zones"]] == \
        [("dyn.example.org", "2-17"), ("example.net", "21-22")]
    assert rove.ctl("zone", "list") == []


@pytest.mark.parametrize("form, text, want", [
    ("tinydns", "+a.dyn.example.org:192.0.2.1\n+b.dyn.example.org:bad\n", ":2: "),
    ("zone", "$TTL 60\na A bad\n", ":2: "),
    ("zone", "$INCLUDE /etc/passwd\n", ":1: $INCLUDE is not taken"),
    ("vegadns1", "INSERT INTO t VALUES (1);", ":1: the columns of t are not known"),
    ("nsupdate", "[1", ": "),
])
def test_a_bad_file_is_told_with_its_line_and_nothing_is_made(rove, tmp_path, form, text, want):
    path = tmp_path / "bad"
    path.write_text(text)
    done = rove.ctl("import", form, path, "--zone", "dyn.example.org", "--owner", OWNER,
                    "--ns", "ns.example.net", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"rovectl: {path}{want}"), done.stderr
    assert rove.ctl("zone", "list") == []


def test_what_is_refused_is_told_and_the_rest_is_made(rove, tmp_path):
    path = tmp_path / "zone"
    path.write_text("@ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 60\n"
                    "@ 60 NS ns.example.net.\n"
                    "c 60 CNAME a.example.net.\nc 60 TXT x\nd 60 TXT y\n")
    code, report, _ = run(rove, "import", "zone", path, "--zone", "dyn.example.org", "--owner",
                          OWNER)
    assert code == 1 and totals(report) == (0, 2, 0, 1)
    assert report["remarks"] == [f"{path}:4: record c.dyn.example.org TXT: a CNAME stands alone"]


def test_many_hosts_come_in_many_messages(rove, tmp_path):
    path = tmp_path / "data"
    count = 1000
    path.write_text(".big.example.org::ns.example.net\n" + "".join(
        f"+h{i}.big.example.org:198.51.{i // 250}.{i % 250 + 1}:60\n" for i in range(count)))
    command = ["import", "tinydns", path, "--zone", "big.example.org", "--owner", OWNER]
    assert totals(rove.ctl(*command, "--dry-run")) == (count, 0, 0, 0)
    assert totals(rove.ctl(*command)) == (count, 0, 0, 0)
    assert totals(rove.ctl(*command)) == (0, 0, count, 0)
    rove.wait_dns(f"h{count - 1}.big.example.org", "A", ["198.51.3.250"])
    assert text_of(rove, "export", "big.example.org").count("\n") == count + 2


def test_a_record_that_is_removed_is_gone_from_dns(rove):
    rove.ctl("zone", "add", "dyn.example.org", "--owner", OWNER, "--ns", "ns.example.net")
    record = rove.ctl("record", "add", "t.dyn.example.org", "--type", "TXT", "--data", "x")
    rove.wait_dns("t.dyn.example.org", "TXT", ['"x"'])
    rove.ctl("record", "remove", record["id"])
    rove.wait_dns("t.dyn.example.org", "TXT", [])
    assert [item["type"] for item in rove.ctl("record", "list", "--zone", "dyn.example.org")] \
        == ["NS"]
    done = rove.ctl("record", "add", "t.dyn.example.org", "--type", "SOA", "--data", "x",
                    check=False)
    assert (done.returncode, json.dumps(done.stderr).count("cannot be given")) == (1, 1)


def test_the_ttl_of_name_servers_reaches_their_addresses(rove):
    zone = "glue.example.org"
    rove.ctl("zone", "add", zone, "--owner", OWNER, "--ns", f"ns1.{zone}=192.0.2.53")
    rove.ctl("zone", "set", zone, "--ns-ttl", "1234")
    assert f"ns1.{zone}. 1234 IN A 192.0.2.53" in text_of(rove, "export", zone)


def test_the_samples_are_all_tried():
    assert sorted(path.name for path in pathlib.Path(SAMPLES).iterdir()) == \
        sorted(case[1] for case in CASES)


def test_a_zone_that_is_refused_lets_nothing_of_it_in(rove, tmp_path):
    rove.ctl("zone", "add", "example.org", "--owner", OWNER, "--ns", "ns.example.net")
    rove.ctl("host", "add", "b.sub.example.org", "--owner", OWNER, check=False)
    path = tmp_path / "zone"
    path.write_text("@ 60 SOA ns1 h.example.net. 1 3600 600 604800 60\n@ 60 NS ns1\n"
                    "a 60 A 198.51.100.1\nb 60 A 198.51.100.2\nb 60 TXT x\n")
    command = ["import", "zone", path, "--zone", "sub.example.org", "--owner",
               "new@example.org", "--tokens"]
    before = rove.ctl("zone", "list"), rove.ctl("host", "list"), rove.ctl("account", "list")
    dry, wet = run(rove, *command, "--dry-run"), run(rove, *command)
    for code, report, trouble in (dry, wet):
        assert code == 1 and "not all came in" in trouble
        zone = report["zones"][0]
        assert "ns1.sub.example.org lies in the zone and needs its address" in zone["refused"]
        assert not zone["made"] and totals(report) == (0, 0, 0, 3)
        assert report["tokens"] == report["without_token"] == []
        assert [remark for remark in report["remarks"] if "needs its address" in remark]
    assert (rove.ctl("zone", "list"), rove.ctl("host", "list"), rove.ctl("account", "list")) \
        == before
    assert rove.ctl("token", "list") == []

    code, report, _ = run(rove, *command, "--ns", "ns1.sub.example.org=192.0.2.53,2001:db8::53")
    assert code == 0 and totals(report) == (2, 1, 0, 0) and len(report["tokens"]) == 2
    rove.wait_dns("ns1.sub.example.org", "AAAA", ["2001:db8::53"])
    rove.wait_dns("a.sub.example.org", "A", ["198.51.100.1"])


def test_a_token_is_made_only_for_a_host_that_the_import_made(rove, tmp_path):
    """The name is taken by a host of somebody else, of which the file tells another address."""
    rove.ctl("zone", "add", "dyn.example.org", "--owner", OWNER, "--ns", "ns.example.net")
    rove.ctl("account", "add", "other@example.org", "--max-hosts", "1")
    path = tmp_path / "nsupdate.json"
    path.write_text(json.dumps([
        {"model": "auth.user", "pk": 1, "fields": {"email": "other@example.org"}},
        {"model": "main.domain", "pk": 1, "fields": {"name": "dyn.example.org"}},
        {"model": "main.host", "pk": 1, "fields": {"name": "one", "domain": 1, "created_by": 1}},
        {"model": "main.host", "pk": 2, "fields": {"name": "two", "domain": 1, "created_by": 1}},
    ]))
    code, report, _ = run(rove, "import", "nsupdate", path, "--tokens")
    assert code == 1 and totals(report) == (1, 0, 0, 1)
    assert [item["host"] for item in report["tokens"]] == ["one.dyn.example.org"]
    assert report["without_token"] == []
    assert [token["hosts"] for token in rove.ctl("token", "list")] == [["one.dyn.example.org"]]


def test_a_record_never_lands_in_a_zone_below_the_one_of_the_file(rove, tmp_path):
    for zone in ("dyn.example.org", "deep.dyn.example.org"):
        rove.ctl("zone", "add", zone, "--owner", OWNER, "--ns", "ns.example.net")
    path = tmp_path / "zone"
    path.write_text("@ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 60\n"
                    "@ 60 NS ns.example.net.\nx.deep 60 TXT y\nz 60 TXT y\n")
    code, report, _ = run(rove, "import", "zone", path, "--zone", "dyn.example.org")
    assert code == 1 and totals(report) == (0, 1, 0, 1)
    assert report["remarks"] == [f"{path}:3: x.deep.dyn.example.org: lies in the zone "
                                 "deep.dyn.example.org, not in dyn.example.org"]


def test_one_name_server_of_the_command_line_serves_many_zones(rove, tmp_path):
    path = tmp_path / "data"
    path.write_text(json.dumps([
        {"model": "main.domain", "pk": i, "fields": {"name": f"{name}.example.org"}}
        for i, name in enumerate(("one", "two"))]))
    command = ["import", "nsupdate", path, "--owner", OWNER]
    code, report, _ = run(rove, *command, "--ns", "ns.one.example.org=192.0.2.1",
                          "--ns", "ns.example.net")
    assert code == 0 and all(zone["made"] for zone in report["zones"]), report
    servers = {zone["name"]: sorted(zone["name_servers"]) for zone in rove.ctl("zone", "list")}
    assert servers == {f"{name}.example.org": ["ns.example.net", "ns.one.example.org"]
                       for name in ("one", "two")}
    done = rove.ctl(*command, "--ns", "..=1", check=False)
    assert done.returncode == 1 and done.stderr.startswith("rovectl: --ns: ")


def test_followers_come_behind_the_host_that_they_follow(rove, tmp_path):
    """More of them than one message holds, so that a dry run has undone the one that they follow;
    and the file tells them first."""
    count = 200
    path = tmp_path / "nsupdate.json"
    path.write_text(json.dumps(
        [{"model": "main.relatedhost", "pk": i, "fields": {
            "name": f"r{i}", "main_host": 1, "interface_id_ipv4": "",
            "interface_id_ipv6": f"::{i + 1:x}", "available": i > 0}} for i in range(count)]
        + [{"model": "auth.user", "pk": 1, "fields": {"email": "ops@example.org"}},
           {"model": "main.domain", "pk": 1, "fields": {"name": "nsu.example.org"}},
           {"model": "main.host", "pk": 1, "fields": {"name": "main", "domain": 1,
                                                      "created_by": 1}}]))
    command = ["import", "nsupdate", path, "--owner", OWNER, "--ns", "ns.example.net"]
    dry = rove.ctl(*command, "--dry-run")
    assert totals(dry) == (count + 1, 0, 0, 0), dry
    assert rove.ctl(*command) == dry | {"dry_run": False}
    host = rove.ctl("host", "show", "r15.main.nsu.example.org")
    assert (host["follows"], host["interface_id"], host["owner"], host["state"]) == \
        ("main.nsu.example.org", "::10", "ops@example.org", "active")
    assert rove.ctl("host", "show", "r0.main.nsu.example.org")["state"] == "disabled"
    token = rove.ctl("token", "add", "main.nsu.example.org", "--right", "address", "--right",
                     "prefix")
    rove.update("main.nsu.example.org", token["secret"], "2600:1:2:3::7",
                ip6lanprefix="2600:1:2:3::/64")
    rove.wait_dns("r15.main.nsu.example.org", "AAAA", ["2600:1:2:3::10"])
