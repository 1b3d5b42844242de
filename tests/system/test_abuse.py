# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and abuse: who may have which name, what is withheld from DNS, and whom strangers ask."""
import concurrent.futures
import http.client
import json
import signal
import threading

import pytest

from api import Api, with_api
from harness import set_option, wait_until

ALICE, BOB, OPS = "alice@example.org", "bob@example.org", "owner@example.org"
ZONE = "dyn.example.org"
HOST = f"home.{ZONE}"


def api_of(rove, email, *rights):
    rights = [word for right in rights or ("read", "write") for word in ("--right", right)]
    return Api(rove, rove.ctl("account", "token", email, *rights)["secret"])


@pytest.fixture
def served(make_rove):
    """A zone in which everybody makes hosts, and two people."""
    rove = with_api(make_rove("hosts { per_zone = 0 }"), "read_rate = 0 write_rate = 0").start()
    rove.add_zone()
    rove.ctl("zone", "set", ZONE, "--policy", "everybody")
    for email in (ALICE, BOB):
        rove.ctl("account", "add", email)
    return rove


def make(api, name, status=201, code=None, **members):
    reply = api.call("POST", "/hosts", {"name": name} | members)
    assert (reply.status, reply.code) == (status, code), reply.text
    return reply.body


def verdict(api, name):
    reply = api.get("/name-checks/" + name)
    assert reply.status == 200, reply.text
    return reply.body["verdict"]


def reload(rove):
    """front reads its configuration again, and the operator's files."""
    def done():
        return rove.log().count("front reloaded")

    before = done()
    rove.processes["roved"].send_signal(signal.SIGHUP)
    wait_until(lambda: done() > before, 10, "front has reloaded")


# What Bob is told of a name beside Alice's hosts paypal, home-1, warm and nas.
NAMES = [
    ("new", "free"), ("a" * 63, "free"), ("NEW2", "free"), ("x", "free"), ("paypa", "free"),
    ("paypal2", "free"), ("home-2", "free"),
    ("home-1", "taken"), ("HOME-1", "taken"), ("nas", "taken"),
    ("paypa1", "look-alike"), ("paypai", "look-alike"), ("pay-pal", "look-alike"),
    ("p-a-y-p-a-1", "look-alike"), ("home1", "look-alike"), ("homel", "look-alike"),
    ("h0me-1", "look-alike"), ("h0mei", "look-alike"), ("warrn", "look-alike"),
    ("vvarm", "look-alike"), ("na5", "look-alike"), ("n-as", "look-alike"),
    ("www", "reserved"), ("WWW", "reserved"), ("vvww", "reserved"), ("ns7", "reserved"),
    ("mai1", "reserved"), ("4dm1n", "reserved"), ("bank", "reserved"), ("my-b4nk", "reserved"),
    ("shop", "reserved"), ("sh0p", "reserved"),
    ("-x", "form"), ("x-", "form"), ("a_b", "form"), ("_acme-challenge", "form"), ("*", "form"),
    ("xn--pypal-4ve", "form"), ("ab--c", "form"), ("h%5C246me", "form"),
    ("a.b", "depth"), ("was-bobs-not", "quarantined"),
]


def test_a_name_is_checked_as_it_is_when_a_host_is_made_of_it(served):
    """And nobody's own names collide; the zone's owner and operators have what names they like."""
    alice, bob, ops = (api_of(served, who) for who in (ALICE, BOB, OPS))
    for label in ("paypal", "home-1", "warm", "nas", "was-bobs-not"):
        make(alice, f"{label}.{ZONE}")
    assert alice.call("DELETE", f"/hosts/was-bobs-not.{ZONE}").status == 204
    served.ctl("reserved", "add", "*bank*")
    assert ops.call("POST", "/reserved-names", {"word": "shop", "zone": ZONE}).status == 201

    for label, want in NAMES:
        name = f"{label}.{ZONE}"
        assert verdict(bob, name) == want, name
        text = name.replace("%5C", "\\")
        if want == "free":
            make(bob, text)
            assert verdict(bob, name) == "taken"
        else:
            reply = bob.call("POST", "/hosts", {"name": text})
            assert reply.code == want, (name, reply.text)
            assert bob.get("/name-checks/" + name).body["reason"] == reply.body["detail"]
    reply = bob.get("/name-checks/paypa1." + ZONE)
    assert f"looks like paypal.{ZONE}" in reply.body["reason"]

    make(alice, f"paypa1.{ZONE}")
    make(ops, f"vvarm.{ZONE}")
    served.ctl("host", "add", f"h0me-1.{ZONE}", "--owner", BOB)
    assert verdict(bob, "x.elsewhere.example") == "no-zone"
    served.ctl("zone", "set", ZONE, "--look-alikes", "allowed")
    assert verdict(bob, f"na5.{ZONE}") == "free"
    served.ctl("zone", "set", ZONE, "--policy", "nobody")
    assert verdict(bob, f"na5.{ZONE}") == "denied"
    served.ctl("zone", "set", ZONE, "--look-alikes", "refused")
    assert verdict(ops, f"na5.{ZONE}") == "free"


def test_of_two_who_want_a_name_one_gets_it(served):
    both = threading.Barrier(2)

    def ask(api, names):
        connection = http.client.HTTPConnection(served.address, served.http_port, timeout=60)
        seen = []
        for name in names:
            both.wait(60)
            connection.request("POST", "/api/v1/hosts", json.dumps({"name": name}),
                               {"Host": f"localhost:{served.http_port}",
                                "Authorization": f"Bearer {api.token}",
                                "Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            seen.append(reply.status)
        connection.close()
        return seen

    # Names that look alike are one name.
    names = [f"race-{n}x.{ZONE}" for n in range(1000)]
    alike = [name.replace("race-", "race") if n % 2 else name for n, name in enumerate(names)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        mine, others = pool.map(ask, (api_of(served, ALICE), api_of(served, BOB)), (names, alike))
    assert all(sorted(pair) == [201, 409] for pair in zip(mine, others))
    assert 0 < mine.count(201) < 1000


def test_quotas_name_their_number(served):
    alice, bob = api_of(served, ALICE), api_of(served, BOB)

    def refused(api, name, words):
        reply = api.call("POST", "/hosts", {"name": name})
        assert (reply.status, reply.code) == (400, "quota") and words in reply.body["detail"]
        assert verdict(api, name) == "quota"

    served.ctl("zone", "set", ZONE, "--max-hosts-per-account", "2")
    for n in range(2):
        make(alice, f"h{n}a.{ZONE}")
    refused(alice, f"more.{ZONE}", f"account {ALICE} in the zone {ZONE}: has its 2 hosts already")
    served.ctl("zone", "set", ZONE, "--max-hosts", "3")
    make(bob, f"bobs.{ZONE}")
    refused(bob, f"more.{ZONE}", f"zone {ZONE}: has its 3 hosts already")
    assert alice.call("DELETE", f"/hosts/h0a.{ZONE}").status == 204
    make(bob, f"more.{ZONE}")
    served.ctl("zone", "set", ZONE, "--max-hosts", "0", "--max-hosts-per-account", "0")
    set_option(served, "hosts", "per_account = 3")
    reload(served)
    make(bob, f"third.{ZONE}")
    refused(bob, f"fourth.{ZONE}", f"account {BOB}: has its 3 hosts already")
    served.ctl("account", "set", BOB, "--max-hosts", "4")
    make(bob, f"fourth.{ZONE}")


def test_a_name_in_quarantine_is_freed_by_who_looks_after_its_zone(served):
    alice, bob, ops = (api_of(served, who) for who in (ALICE, BOB, OPS))
    for n in range(3):
        make(alice, f"old{n}a.{ZONE}")
        assert alice.call("DELETE", f"/hosts/old{n}a.{ZONE}").status == 204
    page = ops.get("/quarantine?limit=2").body
    rest = ops.get(f"/quarantine?limit=2&after={page['next']}").body
    assert [item["name"] for item in page["items"] + rest["items"]] == \
        [f"old{n}a.{ZONE}" for n in range(3)]
    assert page["items"][0]["zone"] == ZONE
    assert bob.get("/quarantine").body["items"] == []
    assert bob.call("DELETE", f"/quarantine/old0a.{ZONE}").status == 404
    assert verdict(bob, f"old0a.{ZONE}") == "quarantined"
    assert verdict(alice, f"old0a.{ZONE}") == "free"
    assert ops.call("DELETE", f"/quarantine/old0a.{ZONE}").status == 204
    assert verdict(bob, f"old0a.{ZONE}") == "free"
    served.ctl("quarantine", "lift", f"old1a.{ZONE}")
    assert [row["name"] for row in served.ctl("quarantine", "list")] == [f"old2a.{ZONE}"]
    set_option(served, "hosts", "quarantine_days = 0")
    reload(served)
    make(alice, f"short.{ZONE}")
    assert alice.call("DELETE", f"/hosts/short.{ZONE}").status == 204
    assert verdict(bob, f"short.{ZONE}") == "free"


def test_a_host_that_points_to_a_blocked_network_leaves_dns(served):
    served.ctl("host", "add", HOST, "--owner", ALICE)
    secret = served.ctl("token", "add", HOST)["secret"]
    alice = api_of(served, ALICE)
    served.ctl("record", "add", HOST, "--type", "TXT", "--data", "x")
    assert served.update(HOST, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    served.wait_dns(HOST, "A", ["10.1.2.3"])

    served.ctl("block", "add", "10.1.2.0/23", "--reason", "a nest")
    served.wait_dns(HOST, "A", [])
    assert served.addresses(HOST, "TXT") == []
    assert alice.get("/hosts/" + HOST).body["withheld"] == ["network"]
    # To repeat an address is no reason to stop for ever; another one there is refused.
    assert served.update(HOST, secret, "10.1.2.3") == (200, "nochg 10.1.2.3")
    assert served.update(HOST, secret, "10.1.3.9") == (200, "badip")
    assert served.ctl("host", "requests", HOST)[0]["ignored"] != []
    reply = alice.call("PATCH", "/hosts/" + HOST, {"addresses": ["10.1.3.9"]})
    assert (reply.status, reply.body["errors"][0]["field"]) == (409, "addresses")
    # The one that can be used counts, and the host is back by itself.
    assert served.update(HOST, secret, "10.1.4.1") == (200, "good 10.1.4.1")
    served.wait_dns(HOST, "A", ["10.1.4.1"])
    assert alice.get("/hosts/" + HOST).body["withheld"] == []

    served.ctl("block", "add", "10.1.4.1/32")
    served.wait_dns(HOST, "A", [])
    assert [row["network"] for row in served.ctl("block", "list")] == ["10.1.2.0/23", "10.1.4.1/32"]
    served.ctl("block", "remove", "10.1.4.1")
    served.wait_dns(HOST, "A", ["10.1.4.1"])


def test_the_operators_files_count_and_a_reload_reads_them_again(served):
    words, networks = served.folder / "words", served.folder / "networks"
    words.write_text("# brands\n*acme*   # ours\n\n")
    networks.write_text("; nests\n10.7.0.0/16 ; all of it\n2001:db8:7::/48\n")
    bob = api_of(served, BOB)
    served.ctl("host", "add", HOST, "--address", "10.7.1.1")
    served.wait_dns(HOST, "A", ["10.7.1.1"])
    set_option(served, "hosts", f'reserved_file = "{words}" blocked_file = "{networks}"')
    reload(served)
    served.wait_dns(HOST, "A", [])
    assert verdict(bob, f"my-acm3.{ZONE}") == "reserved"
    networks.write_text("10.7.0.0/16\nnonsense\n")
    reload(served)
    wait_until(lambda: "line 2: 'nonsense' is no network" in served.log(), 10, "it is told")
    assert served.addresses(HOST, "A") == []
    networks.write_text("")
    reload(served)
    served.wait_dns(HOST, "A", ["10.7.1.1"])
    # What was swept when the service was down is found at the start.
    networks.write_text("10.7.0.0/16\n")
    served.stop()
    served.start()
    served.wait_dns(HOST, "A", [])


def test_the_hosts_of_a_blocked_account_leave_dns_and_come_back(served):
    names = [f"h{n}b.{ZONE}" for n in range(3)]
    alice = api_of(served, ALICE)
    for name in names:
        make(alice, name, addresses=["192.0.2.1"])
    served.ctl("host", "add", HOST, "--address", "192.0.2.2")
    served.wait_dns(names[2], "A", ["192.0.2.1"])
    served.ctl("account", "set", ALICE, "--state", "blocked")
    for name in names:
        served.wait_dns(name, "A", [])
    assert served.addresses(HOST, "A") == ["192.0.2.2"]
    assert served.ctl("host", "show", names[0])["withheld"] == ["account"]
    served.ctl("host", "set", names[0], "--owner", BOB)
    served.wait_dns(names[0], "A", ["192.0.2.1"])
    served.ctl("account", "set", ALICE, "--state", "active")
    served.wait_dns(names[2], "A", ["192.0.2.1"])
    served.ctl("host", "set", names[2], "--state", "abuse")
    served.wait_dns(names[2], "A", [])


def test_strangers_learn_where_to_report_abuse_and_nothing_else(served):
    stranger = Api(served)
    served.ctl("host", "add", HOST, "--owner", ALICE)
    reply = stranger.get("/contacts/" + HOST)
    assert reply.body == {"name": HOST, "zone": ZONE, "abuse": None}
    assert stranger.get(f"/contacts/none.{ZONE}").body["abuse"] is None
    set_option(served, "web", 'abuse = "abuse@example.org"')
    reload(served)
    wait_until(lambda: stranger.get("/contacts/" + HOST).body["abuse"] == "abuse@example.org", 10,
               "the option counts")
    ops = api_of(served, OPS)
    assert ops.call("PATCH", "/zones/" + ZONE, {"abuse": "nonsense"}).status == 400
    assert ops.call("PATCH", "/zones/" + ZONE, {"abuse": "net@example.org"}).status == 200
    assert stranger.get("/contacts/" + HOST).body["abuse"] == "net@example.org"
    assert stranger.get("/contacts/a.elsewhere.example").status == 404
    assert stranger.get("/name-checks/" + HOST).status == 401
