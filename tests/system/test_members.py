# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones that several people share, and hosts that change hands."""
import concurrent.futures
import itertools
import re
import sqlite3
import time

import pytest

from api import Api, Browser, with_api
from harness import Rove, wait_until
from mail import Server, link_of
from people import ALICE, HOST, PASSWORD, invited, make_stale, rows, serve

OWNER, MANAGER, CREATOR, STRANGER = "owner", "manager", "creator", "stranger"


class Town:
    """One service for the tests of this file, each of which has zones and accounts of its own."""

    def __init__(self, rove, server):
        self.rove, self.server = rove, server
        self.numbers = itertools.count(1)

    def person(self, *options):
        """(address, client) of a new account."""
        email = f"p{next(self.numbers)}@example.org"
        self.rove.ctl("account", "add", email, *options)
        secret = self.rove.ctl("account", "token", email, "--right", "read", "--right", "write")
        return email, Api(self.rove, secret["secret"])

    def zone(self, owner, policy="invited"):
        name = f"z{next(self.numbers)}.example.org"
        self.rove.ctl("zone", "add", name, "--owner", owner, "--ns", "ns.example.net",
                      "--policy", policy)
        return name

    def shared(self, policy="invited"):
        """A zone, and {role: (address, client)} of an account for each role in it."""
        people = {role: self.person() for role in (OWNER, MANAGER, CREATOR, STRANGER)}
        zone = self.zone(people[OWNER][0], policy)
        for role in (MANAGER, CREATOR):
            self.rove.ctl("member", "add", people[role][0], "--zone", zone, "--role", role)
        return zone, people

    def mails_to(self, email):
        return [mail for mail in self.server.mails if email in mail.recipients]

    def wait_mail(self, email, word):
        return wait_until(lambda: [mail for mail in self.mails_to(email) if word in mail["Subject"]],
                          10, f"a mail to {email} about {word}")[0]


@pytest.fixture(name="town", scope="module")
def make_town(tmp_path_factory):
    server = Server().start()
    rove = Rove(tmp_path_factory.mktemp("members") / "rove", "").init()
    with_api(rove, "read_rate = 0 write_rate = 0")
    rove.config.write_text(rove.config.read_text() + f"""
mail {{ server = "smtp://localhost:{server.port}" from = "rove@example.org" tls = "off" }}
""")
    rove.start()
    yield Town(rove, server)
    server.stop()
    rove.clean_up()


def made(reply):
    assert reply.status == 201, reply.text
    return reply.body


def names(reply):
    assert reply.status == 200, reply.text
    return [item["name"] for item in reply.body["items"]]


def ids(reply):
    assert reply.status == 200, reply.text
    return [item["id"] for item in reply.body["items"]]


def member_of(api, zone, email):
    return next(item for item in api.get(f"/members?zone={zone}").body["items"]
                if item["account"] == email)


def offer(api, host, email):
    return made(api.call("POST", "/requests", {"kind": "transfer", "host": host, "email": email}))["id"]


def invite(api, zone, email, **more):
    return made(api.call("POST", "/requests", {"kind": "invite", "zone": zone, "email": email} | more))["id"]


def accept(api, number):
    return api.call("POST", f"/request-accepts/{number}", {})


# ---- roles -----------------------------------------------------------------------------


def test_each_role_does_in_the_zone_what_it_may(town):
    zone, people = town.shared()
    host, bystander = f"home.{zone}", f"other.{zone}"
    made(people[CREATOR][1].call("POST", "/hosts", {"name": host}))
    made(people[CREATOR][1].call("POST", "/hosts", {"name": bystander}))
    record = made(people[OWNER][1].call("POST", "/records", {"name": f"a.{zone}", "type": "TXT", "data": "x"}))
    # By owner, manager, creator (whose host it is), stranger.
    table = [("GET", f"/zones/{zone}", None, (200, 200, 200, 404)),
             ("GET", f"/delegations/{zone}", None, (200, 200, 200, 404)),
             ("PATCH", f"/zones/{zone}", {"default_ttl": 90}, (200, 200, 403, 404)),
             ("PATCH", f"/zones/{zone}", {"owner": people[MANAGER][0]}, (403, 403, 403, 404)),
             ("GET", f"/members?zone={zone}", None, (200, 200, 200, 404)),
             ("GET", f"/hosts/{host}", None, (200, 200, 200, 404)),
             ("PATCH", f"/hosts/{host}", {"addresses": ["192.0.2.9"]}, (403, 403, 200, 404)),
             ("PATCH", f"/hosts/{host}", {"ttl": 90}, (403, 403, 200, 404)),
             ("PATCH", f"/hosts/{host}", {"owner": people[MANAGER][0]}, (403, 403, 403, 404)),
             ("PATCH", f"/hosts/{host}", {"state": "abuse"}, (403, 403, 403, 404)),
             ("GET", f"/host-logs/{host}", None, (403, 403, 200, 404)),
             ("GET", f"/host-requests/{host}", None, (403, 403, 200, 404)),
             ("POST", "/tokens", {"hosts": [host]}, (409, 409, 201, 404)),
             ("POST", "/records", {"name": f"a.{host}", "type": "TXT", "data": "y"},
              (403, 403, 201, 403)),
             ("DELETE", f"/records/{record['id']}", None, (204, 404, 404, 404)),
             ("POST", "/records", {"name": f"b.{zone}", "type": "TXT", "data": "y"},
              (201, 409, 403, 403)),
             ("PATCH", f"/hosts/{host}", {"state": "disabled"}, (200, 200, 403, 404)),
             ("DELETE", f"/hosts/{host}", None, (204, 404, 404, 404)),
             ("DELETE", f"/hosts/{bystander}", None, (204, 404, 404, 404)),
             ("DELETE", f"/zones/{zone}", None, (204, 404, 404, 404))]
    for method, path, body, wanted in table:
        got = tuple(people[role][1].call(method, path, body).status
                    for role in (OWNER, MANAGER, CREATOR, STRANGER))
        assert got == wanted, (method, path, body)


def test_a_manager_removes_and_blocks_hosts_but_lifts_no_abuse(town):
    zone, people = town.shared()
    manager, creator = people[MANAGER][1], people[CREATOR][1]
    host = f"home.{zone}"
    secret = town.rove.add_host(host, people[CREATOR][0], "--address", "192.0.2.1")
    town.rove.wait_dns(host, "A", ["192.0.2.1"])
    assert manager.call("PATCH", f"/hosts/{host}", {"state": "disabled"}).status == 200
    town.rove.wait_dns(host, "A", [])
    assert town.rove.update(host, secret, "192.0.2.2")[1] != "good 192.0.2.2"
    assert creator.call("PATCH", f"/hosts/{host}", {"state": "active"}).status == 403
    assert creator.call("DELETE", f"/hosts/{host}").status == 403
    assert manager.call("PATCH", f"/hosts/{host}", {"state": "active"}).status == 200
    town.rove.wait_dns(host, "A", ["192.0.2.1"])
    town.rove.ctl("host", "set", host, "--state", "abuse")
    for state in ("active", "disabled"):
        assert manager.call("PATCH", f"/hosts/{host}", {"state": state}).status == 403
    assert manager.call("DELETE", f"/hosts/{host}").status == 403
    town.rove.ctl("host", "set", host, "--state", "disabled")
    assert manager.call("DELETE", f"/hosts/{host}").status == 204
    assert creator.get(f"/hosts/{host}").status == 404


def test_who_looks_after_a_zone_sees_of_hosts_of_others_what_dns_has(town):
    zone, people = town.shared()
    host = f"home.{zone}"
    made(people[CREATOR][1].call("POST", "/hosts", {"name": host, "addresses": ["192.0.2.1"]}))
    own = people[CREATOR][1].get(f"/hosts/{host}").body
    for role in (OWNER, MANAGER):
        seen = people[role][1].get(f"/hosts/{host}").body
        assert seen.items() <= own.items()
        assert set(own) - set(seen) == {"mode", "private_addresses", "plain_http", "subnet", "liveness",
                                        "last_seen", "in_clear", "interface_id", "follows", "when_silent",
                                        "fallback", "notify", "permanent", "heartbeat"}
    assert town.rove.ctl("host", "show", host).keys() == own.keys()


def test_lists_have_what_a_member_may_see_and_pages_are_stable(town):
    zone, people = town.shared()
    for number in range(7):
        role = CREATOR if number % 2 else MANAGER
        made(people[role][1].call("POST", "/hosts", {"name": f"box{number}.{zone}"}))
    made(people[CREATOR][1].call("POST", "/records", {"name": f"a.box1.{zone}", "type": "TXT", "data": "x"}))
    assert len(names(people[MANAGER][1].get(f"/hosts?zone={zone}"))) == 7
    assert len(names(people[MANAGER][1].get("/hosts"))) == 4
    assert len(names(people[CREATOR][1].get(f"/hosts?zone={zone}"))) == 3
    assert names(people[STRANGER][1].get(f"/hosts?zone={zone}")) == []
    assert f"a.box1.{zone}" in names(people[MANAGER][1].get(f"/records?zone={zone}"))
    assert people[OWNER][1].get(f"/records?zone={zone}").body["items"] == \
        people[MANAGER][1].get(f"/records?zone={zone}").body["items"]
    for role in (OWNER, MANAGER, CREATOR):
        own = people[role][1].get("/zones").body["items"]
        assert [(item["name"], item["role"]) for item in own] == [(zone, role)]
        assert own[0].get("managers") == ([people[MANAGER][0]] if role != CREATOR else None)
    assert names(people[STRANGER][1].get("/zones")) == []
    assert [item["account"] for item in people[CREATOR][1].get(f"/members?zone={zone}").body["items"]] \
        == [people[CREATOR][0]]

    first = people[MANAGER][1].get(f"/hosts?zone={zone}&limit=3").body
    assert people[MANAGER][1].call("DELETE", f"/hosts/box1.{zone}").status == 204
    made(people[CREATOR][1].call("POST", "/hosts", {"name": f"late.{zone}"}))
    rest = names(people[MANAGER][1].get(f"/hosts?zone={zone}&limit=64&after={first['next']}"))
    assert rest == [f"box{number}.{zone}" for number in range(3, 7)] + [f"late.{zone}"]


def test_zones_of_members_come_page_by_page(town):
    email, api = town.person()
    other, _ = town.person()
    zones = []
    for number in range(5):
        zones.append(town.zone(email if number % 2 else other))
        if number % 2 == 0:
            town.rove.ctl("member", "add", email, "--zone", zones[-1])
    found, after = [], 0
    while after is not None:
        page = api.get(f"/zones?limit=2&after={after}").body
        found += [item["name"] for item in page["items"]]
        after = page["next"]
    assert found == zones


def test_the_policy_decides_which_roles_make_hosts(town):
    zone, people = town.shared()
    table = {"nobody": (201, 201, 403, 403), "invited": (201, 201, 201, 403),
             "approval": (201, 201, 201, 403), "everybody": (201, 201, 201, 201)}
    for policy, wanted in table.items():
        assert people[MANAGER][1].call("PATCH", f"/zones/{zone}", {"policy": policy}).status == 200
        got = tuple(people[role][1].call("POST", "/hosts", {"name": f"{role}-{policy}.{zone}"}).status
                    for role in (OWNER, MANAGER, CREATOR, STRANGER))
        assert got == wanted, policy


def test_who_is_removed_keeps_its_hosts_and_makes_no_new_ones(town):
    zone, people = town.shared()
    owner, manager, creator = (people[role][1] for role in (OWNER, MANAGER, CREATOR))
    made(creator.call("POST", "/hosts", {"name": f"home.{zone}"}))
    number = member_of(owner, zone, people[CREATOR][0])["id"]
    others = member_of(owner, zone, people[MANAGER][0])["id"]
    assert people[STRANGER][1].call("DELETE", f"/members/{number}").status == 404
    assert creator.call("DELETE", f"/members/{others}").status == 404
    assert creator.call("PATCH", f"/members/{number}", {"role": "manager"}).status == 403
    assert manager.call("PATCH", f"/members/{number}", {"role": "manager"}).status == 403
    assert manager.call("DELETE", f"/members/{number}").status == 204
    assert creator.call("POST", "/hosts", {"name": f"two.{zone}"}).status == 403
    assert creator.call("PATCH", f"/hosts/home.{zone}", {"ttl": 300}).status == 200
    assert creator.get(f"/zones/{zone}").status == 404
    # Oneself may leave; managers are the owner's to make and remove.
    assert owner.call("PATCH", f"/members/{others}", {"role": "creator"}).status == 200
    assert manager.call("PATCH", f"/zones/{zone}", {"default_ttl": 99}).status == 403
    assert owner.call("PATCH", f"/members/{others}", {"role": "manager"}).status == 200
    assert manager.call("DELETE", f"/members/{others}").status == 204
    assert manager.get(f"/zones/{zone}").status == 404
    journal = rows(town.rove, "SELECT CAST(before AS TEXT), CAST(after AS TEXT) FROM changes WHERE kind = 6"
                   " ORDER BY seq DESC LIMIT 4")
    assert journal == [("manager", ""), ("creator", "manager"), ("manager", "creator"), ("creator", "")]


# ---- requests --------------------------------------------------------------------------


def test_who_asks_to_join_is_let_in_by_the_people_of_the_zone(town):
    zone, people = town.shared("approval")
    email, api = people[STRANGER]
    asked = made(api.call("POST", "/requests", {"kind": "join", "zone": zone, "message": "Bob from next door"}))
    assert (asked["side"], asked["from"], asked["role"], asked["host"]) == ("made", email, "creator", None)
    assert api.call("POST", "/requests", {"kind": "join", "zone": zone}).status == 409
    assert accept(api, asked["id"]).status == 403
    assert accept(people[CREATOR][1], asked["id"]).status == 404
    seen = people[MANAGER][1].get("/requests?side=asked").body["items"]
    assert [(item["id"], item["message"]) for item in seen] == [(asked["id"], "Bob from next door")]
    assert people[MANAGER][1].get("/requests?side=made").body["items"] == []
    for role in (OWNER, MANAGER):
        assert email in town.wait_mail(people[role][0], zone).text
    assert people[OWNER][1].call("DELETE", f"/requests/{asked['id']}").status == 204
    assert town.wait_mail(email, "declined")
    assert api.get("/requests").body["items"] == []

    asked = made(api.call("POST", "/requests", {"kind": "join", "zone": zone}))
    assert accept(people[MANAGER][1], asked["id"]).status == 200
    assert town.wait_mail(email, "accepted")
    assert accept(people[MANAGER][1], asked["id"]).status == 404
    made(api.call("POST", "/hosts", {"name": f"bob.{zone}"}))
    assert member_of(people[OWNER][1], zone, email)["added_by"] == people[MANAGER][0]
    assert api.call("POST", "/requests", {"kind": "join", "zone": zone}).status == 409


def test_only_a_zone_of_policy_approval_can_be_asked(town):
    email, _ = town.person()
    _, api = town.person()
    details = set()
    for name in [town.zone(email, policy) for policy in ("nobody", "invited", "everybody")] + \
            ["missing.example.org"]:
        reply = api.call("POST", "/requests", {"kind": "join", "zone": name})
        assert reply.status == 404
        details.add(reply.body["detail"].replace(name, "NAME"))
    assert len(details) == 1


def test_an_invitation_waits_for_the_account_that_has_the_address(town):
    zone, people = town.shared()
    email, api = people[STRANGER]
    number = invite(people[MANAGER][1], zone, email.upper())
    assert people[MANAGER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": email, "role": "manager"}).status == 403
    assert people[CREATOR][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": email}).status == 403
    assert people[OWNER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": email}).status == 409
    assert people[MANAGER][0] in town.wait_mail(email, "invited").text
    assert people[OWNER][1].get(f"/requests/{number}").body["side"] == "other"
    assert accept(people[OWNER][1], number).status == 403
    assert accept(people[CREATOR][1], number).status == 404
    assert accept(api, number).status == 200
    assert api.get(f"/zones/{zone}").body["role"] == "creator"
    # A creator may be made a manager, with consent.
    number = invite(people[OWNER][1], zone, email, role="manager")
    assert accept(api, number).status == 200
    assert api.get(f"/zones/{zone}").body["role"] == "manager"
    assert people[OWNER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": email}).status == 409


def test_an_invitation_of_a_stranger_makes_the_account_and_waits_in_it(town):
    zone, people = town.shared()
    email = "newcomer@example.org"
    known = made(people[OWNER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": people[STRANGER][0]}))
    unknown = made(people[OWNER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": email}))
    varying = {"id", "email", "created", "expires"}
    assert {key: known[key] for key in known if key not in varying} == \
        {key: unknown[key] for key in unknown if key not in varying}
    link = next(url for url in link_of(town.wait_mail(email, "invited").text) if "#" in url)
    assert link.startswith(town.rove.origin + "/confirm#")
    assert email not in [account["email"] for account in town.rove.ctl("account", "list")]

    browser = Browser(town.rove)
    assert browser.redeem(link, PASSWORD).status == 200
    assert browser.account()["email"] == email
    assert Browser(town.rove).redeem(link, PASSWORD).code == "link"
    assert browser.get("/zones").body["items"] == []
    assert accept(browser, unknown["id"]).status == 200
    made(browser.call("POST", "/hosts", {"name": f"new.{zone}"}))


def test_the_link_of_an_invitation_ends_with_it(town):
    zone, people = town.shared()
    email = "late@example.org"
    number = invite(people[OWNER][1], zone, email)
    link = next(url for url in link_of(town.wait_mail(email, "invited").text) if "#" in url)
    assert people[MANAGER][1].call("DELETE", f"/requests/{number}").status == 204
    assert Browser(town.rove).redeem(link, PASSWORD).code == "link"


def test_consent_counts_only_as_long_as_the_right_to_it(town):
    zone, people = town.shared("approval")
    email, api = people[STRANGER]
    number = invite(people[MANAGER][1], zone, email)
    manager = member_of(people[OWNER][1], zone, people[MANAGER][0])["id"]
    assert people[OWNER][1].call("DELETE", f"/members/{manager}").status == 204
    assert accept(api, number).status == 409
    assert accept(people[MANAGER][1], number).status == 403
    joining, other = town.person()
    asked = made(other.call("POST", "/requests", {"kind": "join", "zone": zone}))["id"]
    assert accept(people[MANAGER][1], asked).status == 404
    town.rove.ctl("account", "set", joining, "--state", "blocked")
    assert accept(people[OWNER][1], asked).status == 409
    town.rove.ctl("zone", "set", zone, "--owner", email)
    assert accept(people[OWNER][1], asked).status == 404
    town.rove.ctl("account", "set", joining, "--state", "active")
    assert accept(api, asked).status == 200


def test_an_account_has_twenty_open_requests_at_most(town):
    zone, people = town.shared()
    for number in range(20):
        invite(people[OWNER][1], zone, f"n{number}@example.net")
    reply = people[OWNER][1].call("POST", "/requests", {
        "kind": "invite", "zone": zone, "email": "more@example.net"})
    assert reply.status == 409 and "20 open requests" in reply.body["detail"]
    number = people[OWNER][1].get("/requests").body["items"][0]["id"]
    assert people[OWNER][1].call("DELETE", f"/requests/{number}").status == 204
    invite(people[OWNER][1], zone, "more@example.net")


def test_a_request_is_refused_with_the_member_that_is_wrong(town):
    zone, people = town.shared()
    table = [({"kind": "invite", "zone": zone, "email": "nobody"}, "email"),
             ({"kind": "invite", "zone": zone, "email": "a@example.org", "role": "owner"}, "role"),
             ({"kind": "invite", "email": "a@example.org"}, "zone"),
             ({"kind": "join", "zone": zone, "email": "a@example.org"}, "email"),
             ({"kind": "transfer", "email": "a@example.org"}, "host"),
             ({"kind": "transfer", "host": f"a.{zone}", "zone": zone, "email": "a@example.org"}, "zone"),
             ({"kind": "invite", "zone": zone, "email": "a@example.org", "message": "a\nb"}, "message"),
             ({"kind": "invite", "zone": zone, "email": "a@example.org", "message": 300 * "x"}, "message"),
             ({"zone": zone}, "kind")]
    for body, field in table:
        reply = people[OWNER][1].call("POST", "/requests", body)
        assert (reply.status, reply.body["errors"][0]["field"]) == (400, field), body
    for word in ("kind", "side"):
        reply = people[OWNER][1].get(f"/requests?{word}=x")
        assert (reply.status, reply.body["errors"][0]["field"]) == (400, word)


def test_foreign_and_missing_things_look_alike(town):
    zone, people = town.shared()
    api = people[STRANGER][1]
    made(people[CREATOR][1].call("POST", "/hosts", {"name": f"home.{zone}"}))
    number = offer(people[CREATOR][1], f"home.{zone}", people[OWNER][0])
    member = member_of(people[OWNER][1], zone, people[CREATOR][0])["id"]
    table = [("GET", "/requests/{}", None, number), ("DELETE", "/requests/{}", None, number),
             ("POST", "/request-accepts/{}", {}, number), ("PATCH", "/members/{}", {"role": "manager"}, member),
             ("DELETE", "/members/{}", None, member), ("GET", "/members?zone={}", None, zone),
             ("GET", "/hosts/{}", None, f"home.{zone}"), ("DELETE", "/hosts/{}", None, f"home.{zone}"),
             ("PATCH", "/zones/{}", {"default_ttl": 77}, zone)]
    for method, path, body, foreign in table:
        missing = 10**9 if isinstance(foreign, int) else "missing.example.net"
        replies = [api.call(method, path.format(which), body) for which in (foreign, missing)]
        assert {reply.status for reply in replies} == {404}, path
        assert replies[0].text.replace(str(foreign), "X") == replies[1].text.replace(str(missing), "X")
    for body in ({"kind": "transfer", "email": "a@example.org"}, {"kind": "invite", "email": "a@example.org"}):
        key = "host" if body["kind"] == "transfer" else "zone"
        foreign = f"home.{zone}" if key == "host" else zone
        replies = [api.call("POST", "/requests", body | {key: name})
                   for name in (foreign, "missing.example.net")]
        assert {reply.status for reply in replies} == {404}
        assert replies[0].text.replace(foreign, "X") == replies[1].text.replace("missing.example.net", "X")


# ---- hosts that change hands -----------------------------------------------------------


def test_a_host_changes_hands_by_consent_and_dns_does_not_notice(town):
    zone, people = town.shared("everybody")
    (old, giver), (new, taker) = people[CREATOR], people[STRANGER]
    host = f"home.{zone}"
    secret = town.rove.add_host(host, old, "--address", "192.0.2.1")
    made(giver.call("POST", "/records", {"name": f"_x.{host}", "type": "TXT", "data": "stays"}))
    number = offer(giver, host, new)
    assert town.wait_mail(new, host)
    assert accept(giver, number).status == 403
    assert accept(people[OWNER][1], number).status == 404
    town.rove.wait_dns(host, "A", ["192.0.2.1"])
    assert accept(taker, number).status == 200
    assert new in town.wait_mail(old, "new owner").text
    assert town.rove.addresses(host, "A") == ["192.0.2.1"]
    assert town.rove.addresses(f"_x.{host}", "TXT") == ['"stays"']
    assert giver.get(f"/hosts/{host}").status == 404
    assert taker.get(f"/hosts/{host}").body["owner"] == new
    # Neither the tokens nor the addresses of before are the new owner's.
    assert town.rove.update(host, secret, "192.0.2.2") == (401, "badauth")
    log = taker.get(f"/host-logs/{host}").body["items"]
    assert len(log) == 1 and log[0]["before"] == log[0]["after"] == ["192.0.2.1"]
    fresh = made(taker.call("POST", "/tokens", {"hosts": [host]}))["secret"]
    assert town.rove.update(host, fresh, "192.0.2.3") == (200, "good 192.0.2.3")
    assert [record["name"] for record in taker.get("/records").body["items"]] == [f"_x.{host}"]


def test_a_transfer_is_judged_when_it_is_accepted(town):
    zone, people = town.shared("everybody")
    (_, giver), (new, taker) = people[CREATOR], people[STRANGER]

    def offered(name, **more):
        made(giver.call("POST", "/hosts", {"name": f"{name}.{zone}"} | more))
        return offer(giver, f"{name}.{zone}", new)

    number = offered("quota")
    town.rove.ctl("account", "set", new, "--max-hosts", "1")
    made(taker.call("POST", "/hosts", {"name": f"own.{zone}"}))
    assert "has its 1 hosts" in accept(taker, number).body["detail"]
    town.rove.ctl("account", "set", new, "--max-hosts", "0")

    town.rove.ctl("zone", "set", zone, "--policy", "invited")
    assert accept(taker, number).status == 403
    town.rove.ctl("zone", "set", zone, "--policy", "everybody")

    made(giver.call("POST", "/hosts", {"name": f"nas.{zone}", "follows": f"quota.{zone}"}))
    assert accept(taker, number).status == 409
    assert giver.call("POST", "/requests", {"kind": "transfer", "host": f"nas.{zone}", "email": new}).status == 409
    assert giver.call("PATCH", f"/hosts/nas.{zone}", {"follows": None}).status == 200

    town.rove.ctl("host", "set", f"quota.{zone}", "--owner", people[MANAGER][0])
    assert accept(taker, number).status == 404
    assert giver.call("POST", "/requests",
                      {"kind": "transfer", "host": f"quota.{zone}", "email": new}).status == 404

    town.rove.ctl("zone", "set", zone, "--labels", "2")
    made(giver.call("POST", "/hosts", {"name": f"up.{zone}"}))
    number = offered("below.up")
    assert accept(taker, number).status == 409  # its own host lies above
    assert giver.call("DELETE", f"/hosts/up.{zone}").status == 204
    assert "until lately" in accept(taker, number).body["detail"]
    assert taker.get("/requests").body["items"][0]["id"] == number


def test_the_reply_to_an_offer_does_not_tell_whether_there_is_an_account(town):
    zone, people = town.shared("everybody")
    giver = people[CREATOR][1]
    replies = []
    for number, email in enumerate((people[STRANGER][0], "nobody-has@example.net")):
        host = f"h{number}.{zone}"
        made(giver.call("POST", "/hosts", {"name": host}))
        reply = giver.call("POST", "/requests", {"kind": "transfer", "host": host, "email": email})
        text = re.sub(r'"(id|created|expires)":\d+', "", reply.text).replace(host, "H").replace(email, "E")
        replies.append((reply.status, text))
    assert replies[0] == replies[1]


# ---- several at once -------------------------------------------------------------------


def at_once(*calls):
    """The statuses of calls that are made at the same moment."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [done.result().status for done in [pool.submit(call) for call in calls]]


def test_of_several_who_decide_at_once_one_does(town):
    zone, people = town.shared("everybody")
    (_, giver), (new, taker) = people[CREATOR], people[STRANGER]
    for number in range(8):
        host = f"r{number}.{zone}"
        made(giver.call("POST", "/hosts", {"name": host}))
        request = offer(giver, host, new)
        calls = [lambda: accept(taker, request)] * 3 + \
            [lambda: giver.call("DELETE", f"/requests/{request}")] * 3
        got = at_once(*(calls if number % 2 else reversed(calls)))
        assert sorted(got, key=lambda status: status == 404)[1:] == 5 * [404], got
        assert taker.get(f"/hosts/{host}").status == (200 if 200 in got else 404)
        assert giver.get(f"/hosts/{host}").status == (404 if 200 in got else 200)


def test_asking_for_the_same_at_once_makes_one_request(town):
    zone, people = town.shared("approval")
    api = people[STRANGER][1]
    got = at_once(*6 * [lambda: api.call("POST", "/requests", {"kind": "join", "zone": zone})])
    assert sorted(got) == [201] + 5 * [409]


def test_a_member_that_is_removed_while_it_makes_a_host_makes_it_before_or_not_at_all(town):
    zone, people = town.shared()
    email, api = people[CREATOR]
    for number in range(6):
        member = member_of(people[OWNER][1], zone, email)["id"]
        host = f"m{number}.{zone}"
        got = at_once(lambda: api.call("POST", "/hosts", {"name": host}),
                      lambda: people[OWNER][1].call("DELETE", f"/members/{member}"))
        assert got[1] == 204 and got[0] in (201, 403)
        assert api.get(f"/hosts/{host}").status == (200 if got[0] == 201 else 404)
        made_s = dict(rows(town.rove, "SELECT kind, max(seq) FROM changes GROUP BY kind"))
        assert got[0] == 403 or made_s[1] < made_s[6]
        town.rove.ctl("member", "add", email, "--zone", zone)


# ---- the operator ----------------------------------------------------------------------


def test_an_operator_does_all_of_it_at_the_machine(town):
    zone, people = town.shared("approval")
    email, api = people[STRANGER]
    rove = town.rove
    assert [(item["account"], item["role"]) for item in rove.ctl("member", "list", "--zone", zone)] == \
        [(people[role][0], role) for role in (MANAGER, CREATOR)]
    asked = made(api.call("POST", "/requests", {"kind": "join", "zone": zone}))["id"]
    listed = [item for item in rove.ctl("request", "list", "--kind", "join") if item["id"] == asked]
    assert listed[0]["from"] == email and rove.ctl("request", "show", asked)["zone"] == zone
    rove.ctl("request", "accept", asked)
    member = member_of(people[OWNER][1], zone, email)
    assert member["added_by"] is None
    rove.ctl("member", "set", member["id"], "--role", "manager")
    assert rove.ctl("zone", "show", zone)["managers"] == [people[MANAGER][0], email]
    rove.ctl("member", "remove", member["id"])
    assert api.get(f"/zones/{zone}").status == 404
    offered = offer_of_creator(people, zone)
    rove.ctl("request", "remove", offered)
    assert people[CREATOR][1].get("/requests").body["items"] == []
    assert rove.ctl("member", "add", "none@example.org", "--zone", zone, check=False).returncode != 0
    # A new owner is no member any more.
    rove.ctl("zone", "set", zone, "--owner", people[MANAGER][0])
    assert rove.ctl("zone", "show", zone)["managers"] == []


def offer_of_creator(people, zone):
    made(people[CREATOR][1].call("POST", "/hosts", {"name": f"given.{zone}"}))
    return offer(people[CREATOR][1], f"given.{zone}", people[MANAGER][0])


def test_what_nobody_decides_ends_by_itself(town):
    zone, people = town.shared("approval")
    api = people[STRANGER][1]
    number = made(api.call("POST", "/requests", {"kind": "join", "zone": zone}))
    assert number["expires"] - number["created"] == 14 * 86400
    town.rove.stop()
    with sqlite3.connect(town.rove.database) as database:
        database.execute("UPDATE requests SET expires_s = 1000 WHERE id = ?", (number["id"],))
    town.rove.start()
    assert api.get("/requests").body["items"] == []
    assert accept(people[OWNER][1], number["id"]).status == 404
    assert api.call("DELETE", f"/requests/{number['id']}").status == 404
    made(api.call("POST", "/requests", {"kind": "join", "zone": zone}))


def test_who_takes_a_host_learns_nothing_of_the_time_before(town):
    zone, people = town.shared()
    host = f"moves.{zone}"
    (owner, giver), (email, taker) = people[CREATOR], town.person()
    town.rove.ctl("member", "add", email, "--zone", zone)
    made(giver.call("POST", "/hosts", {"name": host}))
    secret = made(giver.call("POST", "/tokens", {"hosts": [host]}))["secret"]
    for address in ("10.9.0.1", "10.9.0.2", "10.9.0.3"):
        assert town.rove.update(host, secret, address)[0] == 200
    assert len(giver.get(f"/host-requests/{host}").body["items"]) == 3
    log = giver.get(f"/host-logs/{host}").body["items"]
    time.sleep(1.1)  # what happens in the second of the handover is the giver's
    assert accept(taker, offer(giver, host, email)).status == 200

    assert taker.get(f"/host-requests/{host}").body["items"] == []
    for path in (f"/host-logs/{host}?", f"/log?host={host}&"):
        for entry in log:
            assert taker.get(f"{path}after={entry['seq']}").body["items"] == []
        assert len(taker.get(path).body["items"]) == 1
    for entry in log:
        assert taker.call("POST", f"/host-undos/{host}", {"seq": entry["seq"]}).status == 409
    number = rows(town.rove, f"SELECT id FROM hosts WHERE last_change > {log[0]['seq']}")[0][0]
    document = taker.get(f"/account/export?after=10.{log[0]['seq']}.{number}").body
    assert document["history"] == []
    assert (truth := taker.get(f"/host-truths/{host}")).body["said"] is None, truth.text

    # A name that somebody else had before.
    taker.call("DELETE", f"/hosts/{host}")
    town.rove.ctl("quarantine", "lift", host)
    time.sleep(1.1)
    made(giver.call("POST", "/hosts", {"name": host}))
    assert giver.get(f"/host-requests/{host}").body["items"] == []


def test_who_looks_after_a_zone_sees_its_log_and_nobody_from_where_others_act(town):
    zone, people = town.shared()
    host = f"judged.{zone}"
    (_, owner), (manager_email, manager), (_, creator) = (people[role] for role in (OWNER, MANAGER, CREATOR))
    made(creator.call("POST", "/hosts", {"name": host}))
    assert owner.call("PATCH", f"/zones/{zone}", {"default_ttl": 120}).status == 200
    assert manager.call("PATCH", f"/zones/{zone}", {"default_ttl": 180}).status == 200
    assert manager.call("PATCH", f"/hosts/{host}", {"state": "disabled"}).status == 200
    town.rove.ctl("host", "set", host, "--ttl", "90")
    seen = [(row["who"], row["source"]) for row in manager.get(f"/log?zone={zone}").body["items"][:2]]
    assert seen == [(manager_email, "127.0.0.1"), (people[OWNER][0], None)]
    assert [row["source"] for row in owner.get(f"/log?zone={zone}").body["items"][:2]] == [None, "127.0.0.1"]
    for role, status in ((CREATOR, 404), (STRANGER, 404)):
        assert people[role][1].get(f"/log?zone={zone}").status == status
    for path in (f"/host-logs/{host}", f"/log?host={host}"):
        assert [(row["source"], row["agent"]) for row in creator.get(path).body["items"][:2]] == [(None, "")] * 2
        assert creator.get(path).body["items"][2]["source"] == "127.0.0.1"


def test_what_gives_a_host_or_a_zone_into_other_hands_needs_the_password_once_more(make_rove):
    rove = serve(make_rove)
    browser, other = invited(rove), "other@example.org"
    rove.ctl("account", "add", other)
    rove.ctl("zone", "add", "own.example.org", "--owner", ALICE, "--ns", "ns.example.net")
    rove.ctl("member", "add", other, "--zone", "own.example.org")
    made(browser.call("POST", "/hosts", {"name": HOST}))
    number = member_of(browser, "own.example.org", other)["id"]
    asked = [("POST", "/requests", {"kind": "transfer", "host": HOST, "email": other}),
             ("POST", "/requests", {"kind": "invite", "zone": "own.example.org", "email": "new@example.org",
                                    "role": "manager"}),
             ("PATCH", f"/members/{number}", {"role": "manager"})]
    make_stale(rove)
    for method, path, body in asked:
        reply = browser.call(method, path, body)
        assert (reply.status, reply.code) == (403, "fresh"), reply.text
    invite(browser, "own.example.org", "friend@example.org")
    assert browser.call("POST", "/session/fresh", {"password": PASSWORD}).status == 200
    for method, path, body in asked:
        assert browser.call(method, path, body).status in (200, 201)


def test_invitations_are_no_way_to_write_to_everybody(town):
    zone, people = town.shared()
    for number in range(25):
        request = invite(people[MANAGER][1], zone, f"stranger{number}@example.net")
        assert people[MANAGER][1].call("DELETE", f"/requests/{request}").status == 204
    mails = [mail for mail in town.rove.ctl("mail", "list") if mail["to"].startswith("stranger")]
    assert len(mails) == 20
    invite(people[OWNER][1], zone, "stranger24@example.net")
    town.wait_mail("stranger24@example.net", "invited")


def test_the_owner_of_a_zone_sees_what_its_manager_reserves(town):
    zone, people = town.shared()
    for role, status in ((MANAGER, 201), (CREATOR, 403), (STRANGER, 404)):
        reply = people[role][1].call("POST", "/reserved-names", {"word": "shop", "zone": zone})
        assert reply.status == status, reply.text
    row = people[OWNER][1].get("/log").body["items"][0]
    assert (row["kind"], row["word"], row["who"]) == ("reserved word", "add", people[MANAGER][0])
