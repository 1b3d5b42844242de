# SPDX-License-Identifier: GPL-3.0-or-later
"""The API over HTTP, as programs use it."""
import ipaddress
import json
import re
import sqlite3

import jsonschema
import pytest

from api import Api, read_document, with_api
from harness import TREE, basic, set_option, wait_until

HOST = "home.dyn.example.org"


@pytest.fixture
def served(make_rove):
    """A service with an API, and a host of alice@example.org."""
    rove = with_api(make_rove()).start()
    rove.add_zone()
    rove.ctl("account", "add", "alice@example.org")
    rove.ctl("host", "add", HOST, "--owner", "alice@example.org")
    return rove


def token_of(rove, email="alice@example.org", *rights, **options):
    words = [word for right in rights for word in ("--right", right)]
    words += [word for name, value in options.items() for word in (f"--{name}", value)]
    return rove.ctl("account", "token", email, *words)["secret"]


def check_problem(reply, status, field=None, code=None):
    assert reply.status == status and reply.type == "application/problem+json", reply.text
    assert reply.body["status"] == status and reply.body["title"] and reply.body["detail"]
    if field:
        found = reply.body["errors"][0]
        assert (found["field"], found["code"]) == (field, code) and found["message"], reply.text
    else:
        assert "errors" not in reply.body, reply.text
    check_safe(reply)


def check_safe(reply):
    """No reply may be kept, framed, guessed at, or read by another origin."""
    assert reply.fields["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in reply.fields["content-security-policy"]
    assert reply.fields["x-content-type-options"] == "nosniff"
    assert reply.fields["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in reply.fields


def test_a_program_looks_after_its_accounts_hosts(served):
    api = Api(served, token_of(served, "alice@example.org", "read", "write"))
    reply = api.get("/hosts/" + HOST)
    assert reply.status == 200 and reply.body["name"] == HOST
    check_safe(reply)
    reply = api.call("PATCH", "/hosts/" + HOST, {"ttl": 300})
    assert reply.status == 200 and reply.body["ttl"] == 300
    reply = api.call("POST", "/tokens", {"hosts": [HOST]})
    assert reply.status == 201
    assert served.update(HOST, reply.body["secret"], "10.1.2.3") == (200, "good 10.1.2.3")
    assert api.get("/hosts/" + HOST).body["addresses"] == ["10.1.2.3"]
    reply = api.call("DELETE", f"/tokens/{reply.body['id']}")
    assert reply.status == 204 and reply.text == ""
    assert api.call("HEAD", "/hosts/" + HOST).status == 200


def test_a_problem_names_what_is_wrong(served):
    api = Api(served, token_of(served, "alice@example.org", "read", "write"))
    host = "/hosts/" + HOST
    check_problem(api.call("PATCH", host, {"ttl": "x"}), 400, "ttl", "form")
    check_problem(api.call("PATCH", host, {"ttl": 1 << 40}), 400, "ttl", "range")
    check_problem(api.call("PATCH", host, {"state": "active"}), 403, "state", "denied")
    check_problem(api.get("/hosts/none.dyn.example.org"), 404)
    check_problem(api.get("/nothing"), 404)
    check_problem(api.get(""), 404)
    reply = api.call("PUT", host, {})
    check_problem(reply, 405)
    assert reply.fields["allow"] == "GET, PATCH, DELETE"
    check_problem(api.call("PATCH", host, "{"), 400)
    check_problem(api.call("PATCH", host, "[]"), 400)
    check_problem(api.call("PATCH", host, "{}", Content_Type="text/plain"), 415)
    check_problem(api.call("POST", "/hosts", {"name": "a.elsewhere.example"}), 404)


def test_what_belongs_to_others_is_as_if_it_were_not_there(served):
    served.ctl("account", "add", "bob@example.org")
    bob = Api(served, token_of(served, "bob@example.org", "read", "write"))
    missing, foreign = bob.get("/hosts/none.dyn.example.org"), bob.get("/hosts/" + HOST)
    check_problem(foreign, 404)
    assert foreign.text.replace(HOST, "none.dyn.example.org") == missing.text
    check_problem(bob.call("DELETE", "/hosts/" + HOST), 404)
    check_problem(bob.get("/status"), 403)


def names(reply, key="name"):
    assert reply.status == 200, reply.text
    return [item[key] for item in reply.body["items"]]


def test_lists_have_what_the_account_owns(served):
    """And of an operator everything; page by page without a gap."""
    served.add_zone("bob.example.org", owner="bob@example.org")
    mine = [f"h{n}.dyn.example.org" for n in range(5)]
    for name in mine:
        served.ctl("host", "add", name, "--owner", "alice@example.org")
        served.ctl("host", "add", "other-" + name, "--owner", "bob@example.org")
    served.ctl("record", "add", mine[0], "--type", "TXT", "--data", "alice")
    served.ctl("record", "add", "other-" + mine[0], "--type", "TXT", "--data", "bob")
    served.ctl("record", "add", "bob.example.org", "--type", "TXT", "--data", "zone")
    served.ctl("token", "add", mine[0])
    served.ctl("token", "add", "other-" + mine[0])

    alice, bob = (Api(served, token_of(served, who + "@example.org")) for who in ("alice", "bob"))
    assert names(alice.get("/hosts")) == [HOST] + mine
    assert names(alice.get("/hosts?zone=dyn.example.org")) == [HOST] + mine
    assert names(alice.get("/hosts?zone=bob.example.org")) == []
    assert names(alice.get("/zones")) == []
    assert names(bob.get("/zones")) == ["bob.example.org"]
    assert names(alice.get("/records"), "data") == ['"alice"']
    assert names(bob.get("/records"), "data") == ["ns.example.net.", '"bob"', '"zone"']
    assert names(bob.get("/records?zone=dyn.example.org"), "data") == ['"bob"']
    assert names(alice.get("/tokens?host=" + mine[0]), "hosts") == [[mine[0]]]
    check_problem(alice.get("/tokens?host=other-" + mine[0]), 404)
    assert {kind for kind in names(alice.get("/tokens"), "kind")} == {"update", "api"}

    found, after = [], 0
    while after is not None:
        reply = alice.get(f"/hosts?limit=2&after={after}")
        found += names(reply)
        after = reply.body["next"]
    assert found == [HOST] + mine


def test_only_a_token_of_the_api_is_taken(served):
    update = served.ctl("token", "add", HOST)["secret"]
    for token in (None, "x", "rv_" + 24 * "a", update):
        reply = Api(served, token).get("/hosts/" + HOST)
        check_problem(reply, 401)
        assert reply.fields["www-authenticate"].startswith("Bearer")
    token = token_of(served)
    assert Api(served).get("/hosts/" + HOST, Authorization=basic("any", token)).status == 401
    assert Api(served).get("/hosts/" + HOST, Authorization=f"bearer {token}").status == 200
    assert served.update(HOST, token, "10.1.2.3") == (401, "badauth")
    check_problem(Api(served, token).call("PATCH", "/hosts/" + HOST, {"ttl": 60}), 403)


def test_a_token_ends_and_is_bound_to_its_networks(served):
    reply = served.ctl("account", "token", "alice@example.org", "--network", "192.0.2.0/24")
    api = Api(served, reply["secret"])
    check_problem(api.get("/hosts/" + HOST), 403)
    served.ctl("token", "set", str(reply["id"]), "--network", "127.0.0.0/8")
    assert api.get("/hosts/" + HOST).status == 200
    served.ctl("account", "set", "alice@example.org", "--state", "blocked")
    check_problem(api.get("/hosts/" + HOST), 403)
    served.ctl("account", "set", "alice@example.org", "--state", "active")
    served.ctl("token", "remove", str(reply["id"]))
    check_problem(api.get("/hosts/" + HOST), 401)


def test_a_change_can_be_bound_to_what_the_client_has_seen(served):
    api = Api(served, token_of(served, "alice@example.org", "read", "write"))
    seen = api.get("/hosts/" + HOST).fields["etag"]
    reply = api.call("PATCH", "/hosts/" + HOST, {"ttl": 300}, If_Match=seen)
    assert reply.status == 200 and reply.fields["etag"] != seen
    check_problem(api.call("PATCH", "/hosts/" + HOST, {"ttl": 60}, If_Match=seen), 412)
    check_problem(api.call("DELETE", "/hosts/" + HOST, If_Match=seen), 412)
    check_problem(api.call("PATCH", "/hosts/" + HOST, {"ttl": 60}, If_Match="x"), 400)
    assert api.get("/hosts/" + HOST).body["ttl"] == 300
    assert api.call("PATCH", "/hosts/" + HOST, {"ttl": 60}, If_Match="*").status == 200
    own = api.get("/account").fields["etag"]
    assert api.call("PATCH", "/account", {"language": "de"}, If_Match=own).status == 200
    check_problem(api.call("PATCH", "/account", {"language": "en"}, If_Match=own), 412)
    assert api.get("/account").body["language"] == "de"


def test_the_api_is_under_its_own_name_alone(served):
    api = Api(served, token_of(served))
    for host in ("ddns.example.org", f"127.0.0.1:{served.http_port}", "localhost"):
        reply = api.get("/hosts/" + HOST, host=host)
        check_problem(reply, 421)
        assert served.origin in reply.body["detail"]
    assert api.get("/hosts/" + HOST, host=f"LOCALHOST:{served.http_port}").status == 200


def test_without_an_origin_there_is_no_api(rove):
    status, text = rove.get("/api/v1/hosts", {"Authorization": "Bearer x"})
    assert status == 404 and "web.origin" in json.loads(text)["detail"]
    assert rove.get("/api/v1/openapi.json")[0] == 404


def test_a_token_that_came_in_clear_beside_https_is_marked_exposed(make_rove):
    rove = make_rove('web { origin = "https://ddns.example.org" }').start()
    rove.origin = "https://ddns.example.org"
    rove.add_zone()
    rove.ctl("account", "add", "alice@example.org")
    made = rove.ctl("account", "token", "alice@example.org")
    reply = Api(rove, made["secret"]).get("/hosts/" + HOST, host="ddns.example.org")
    check_problem(reply, 403)
    wait_until(lambda: rove.ctl("token", "show", str(made["id"]))["exposed"], 10, "it is marked")


def test_who_asks_too_much_is_told_when_to_come_back(served):
    api = Api(served, token_of(served))
    replies = [api.get("/hosts/" + HOST) for _ in range(80)]
    slowed = [reply for reply in replies if reply.status == 429]
    assert slowed and {reply.status for reply in replies} == {200, 429}
    check_problem(slowed[0], 429)
    assert slowed[0].fields["retry-after"] == "1"
    strangers = [Api(served, "rv_" + 24 * "a").get("/hosts") for _ in range(25)]
    assert [reply.status for reply in strangers] == [401] * 20 + [429] * 5
    assert Api(served, api.token).get("/hosts/" + HOST).status in (200, 429)


def test_a_stranger_uses_up_nothing_of_an_account_whatever_its_address(make_rove):
    """The /64 of some addresses is, as a number, that of an account."""
    rove = with_api(set_option(make_rove(), "http", 'forwarded_from = { "127.0.0.1" }'),
                    "write_rate = 1").start()
    rove.ctl("account", "add", "alice@example.org")
    with sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True) as database:
        number = database.execute("SELECT id FROM accounts WHERE email = 'alice@example.org'")
        key = number.fetchone()[0].to_bytes(8, "little")
    address = str(ipaddress.IPv6Address(key + bytes(8)))
    own = Api(rove, token_of(rove, "alice@example.org", "write"))

    def redeem():
        return Api(rove).call("POST", "/links/redeem", {"link": "x", "password": 20 * "x"},
                              Origin=rove.origin, X_Forwarded_For=address).status

    seen = [redeem()]
    while seen[-1] != 429 and len(seen) < 100:
        seen.append(redeem())
    assert set(seen) == {404, 429}
    assert own.call("PATCH", "/account", {"language": "de"}).status == 200


def test_what_the_operator_sees_over_http_is_what_rovectl_shows(served):
    served.ctl("account", "add", "root@example.org", "--role", "operator")
    api = Api(served, token_of(served, "root@example.org", "read", "operate"))
    assert api.get("/hosts").body ["items"] == served.ctl("host", "list")
    assert json.loads(api.get("/accounts/alice@example.org").text) == \
        served.ctl("account", "show", "alice@example.org")

    def shown(roles):
        return {role["role"]: (role["state"], role["pid"]) for role in roles}
    told = api.get("/roles").body
    assert shown(told["items"]) == shown(served.ctl("status"))
    assert {state for state, _ in shown(told["items"]).values()} == {"running"}
    assert told["version"] in served.roved("--version").stdout
    assert Api(served, token_of(served, "alice@example.org", "read")).get("/roles").status == 403


def test_the_document_describes_what_the_service_checks(served):
    """It is a right document (its own rules are in JSON Schema 2020-12), and says of each member
    who gives it and when."""
    document = read_document(served)
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": served.origin + "/api/v1"}]
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for operations in document["paths"].values()
             for operation in operations.values()]
    assert len(names) == len(set(names)) > 20
    assert "name" in schemas["HostNew"]["required"]
    assert "name" not in schemas["HostChange"]["properties"]
    assert "last_seen" in schemas["Host"]["properties"]
    assert "last_seen" not in schemas["HostNew"]["properties"]
    assert "secret" in schemas["TokenMade"]["required"]
    assert "secret" not in schemas["Token"]["properties"]
    assert "operators" in schemas["HostChange"]["properties"]["state"]["description"]


def test_the_documentation_tells_of_each_path(served):
    pages = [*(TREE / "docs").glob("*.md"), TREE / "man" / "rove-local.7"]
    told = "".join(page.read_text() for page in pages)
    paths = [path.partition("/{")[0] for path in read_document(served)["paths"]]
    assert len(paths) > 50
    assert [path for path in paths if not re.search(re.escape(path) + r"(?![\w-])", told)] == []


def test_each_thing_that_is_made_or_shown_has_the_form_of_the_document(served):
    served.ctl("account", "add", "root@example.org", "--role", "operator")
    api = Api(served, token_of(served, "root@example.org", "read", "write", "operate"))
    made = [api.call("POST", "/accounts", {"email": "new@example.org"}),
            api.call("POST", "/zones", {"name": "new.example.org", "owner": "new@example.org",
                                        "name_servers": ["ns.example.net"]}),
            api.call("POST", "/hosts", {"name": "a.new.example.org", "owner": "new@example.org",
                                        "addresses": ["10.0.0.1", "2001:db8::1"]}),
            api.call("POST", "/records", {"name": "a.new.example.org", "type": "MX",
                                          "data": "10 mail.example.net"}),
            api.call("POST", "/tokens", {"hosts": ["a.new.example.org"]})]
    assert [reply.status for reply in made] == [201] * 5, [reply.text for reply in made]
    for path in ("/status", "/accounts", "/accounts/new@example.org", "/zones",
                 "/zones/new.example.org", "/delegations/new.example.org", "/hosts",
                 "/hosts/a.new.example.org", "/host-logs/a.new.example.org",
                 "/host-requests/a.new.example.org", "/records", "/tokens",
                 f"/tokens/{made[4].body['id']}"):
        assert api.get(path).status == 200, path
