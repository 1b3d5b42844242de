# SPDX-License-Identifier: GPL-3.0-or-later
"""Who did what: the log of actions, and changes of addresses that are taken back."""
from api import Api
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, in_again, invited, serve, with_factor


def words(reply):
    assert reply.status == 200, reply.text
    return [(row["kind"], row["word"], row["what"]) for row in reply.body["items"]]


def newest(browser, path="/log"):
    return browser.get(path).body["items"][0]


def test_the_log_says_who_did_what_and_by_what(make_rove):
    rove = serve(make_rove)
    browser = invited(rove)
    assert words(browser.get("/log"))[:2] == [("account", "link-used", ALICE), ("account", "set", ALICE)]
    assert newest(browser)["by"] == "link" and newest(browser)["who"] == ALICE
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    row = newest(browser)
    assert (row["kind"], row["word"], row["what"], row["by"], row["who"], row["owner"]) == \
        ("host", "add", HOST, "session", ALICE, ALICE)
    assert row["text"] == f"{ALICE} made the host {HOST}" and row["source"] == "127.0.0.1"
    made = browser.call("POST", "/tokens", {"kind": "api", "rights": ["read", "write"]}).body
    assert words(browser.get("/log"))[0] == ("token", "add", str(made["id"]))
    program = Api(rove, made["secret"])
    assert program.call("PATCH", "/hosts/" + HOST, {"ttl": 300}, User_Agent="robot/1").status == 200
    row = newest(browser)
    assert (row["by"], row["token"], row["who"], row["agent"]) == ("token", made["id"], ALICE, "robot/1")
    rove.ctl("host", "set", HOST, "--ttl", "400")
    row = newest(browser)
    assert (row["by"], row["who"], row["source"]) == ("machine", None, None)
    assert row["text"].startswith("an operator changed the host")

    assert browser.call("PUT", "/account/password", {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200
    assert newest(browser)["detail"] == "password"
    with_factor(browser)
    assert newest(browser)["word"] == "factor-on"
    assert browser.call("DELETE", "/account/totp").status == 204
    assert newest(browser)["word"] == "factor-off"
    assert browser.call("DELETE", "/sessions").status == 204
    browser = in_again(rove, password=OTHER_PASSWORD)
    assert [word for _, word, _ in words(browser.get("/log"))][:2] == ["login", "logout-all"]
    assert browser.call("DELETE", "/session").status == 204
    said = rove.ctl("log", "--account", ALICE)
    assert said[0]["word"] == "logout" and said[0]["who"] == ALICE
    rove.ctl("account", "set", ALICE, "--role", "zone-owner")
    assert rove.ctl("log")[0]["detail"] == "role=zone-owner"
    assert rove.ctl("log")[0]["text"] == f"the operator at the machine changed the account {ALICE}"


def test_an_owner_sees_what_is_its_own_and_an_operator_everything(make_rove):
    rove = serve(make_rove)
    alice, bob = invited(rove), invited(rove, "bob@example.org")
    assert alice.call("POST", "/hosts", {"name": HOST}).status == 201
    assert bob.call("POST", "/hosts", {"name": "bob.dyn.example.org"}).status == 201
    assert ("host", "add", HOST) not in words(bob.get("/log"))
    assert bob.get("/log?host=" + HOST).status == 404
    assert bob.get("/log?account=" + ALICE).status == 404
    assert bob.get("/log?zone=dyn.example.org").status == 404
    assert bob.get("/log?updates=1").status == 400
    token = rove.ctl("token", "add", HOST)["secret"]
    assert rove.update(HOST, token, "10.1.2.3")[0] == 200
    assert ("host", "addresses", HOST) not in words(alice.get("/log"))
    of_host = alice.get("/log?host=" + HOST)
    assert words(of_host) == [("host", "addresses", HOST), ("host", "add", HOST)]
    assert of_host.body["items"][0]["dialect"] == "dyndns2" and of_host.body["items"][0]["after"] == ["10.1.2.3"]
    assert rove.ctl("log", "--updates")[0]["text"] == f"a device set the addresses of the host {HOST}"
    rove.ctl("record", "add", "dyn.example.org", "--type", "TXT", "--data", "x")
    assert rove.ctl("log", "--zone", "dyn.example.org")[0]["kind"] == "records"

    found, after = [], 0
    while after is not None:
        page = alice.get(f"/log?limit=1&after={after}")
        found += words(page)
        after = page.body["next"]
    assert found == words(alice.get("/log"))


def test_a_change_of_addresses_is_taken_back(make_rove):
    rove = serve(make_rove)
    alice = invited(rove)
    assert alice.call("POST", "/hosts", {"name": HOST}).status == 201
    reply = alice.call("POST", "/host-undos/" + HOST, {})
    assert reply.status == 409 and "no change" in reply.body["detail"]
    token = rove.ctl("token", "add", HOST)["secret"]
    for address in ("10.1.1.1", "10.1.1.2", "10.1.1.3"):
        assert rove.update(HOST, token, address)[0] == 200
    seqs = [row["seq"] for row in alice.get("/host-logs/" + HOST).body["items"]]
    tag = alice.get("/hosts/" + HOST).fields["etag"]
    reply = alice.call("POST", "/host-undos/" + HOST, {}, If_Match=tag)
    assert reply.status == 200 and reply.body["addresses"] == ["10.1.1.2"]
    assert alice.call("POST", "/host-undos/" + HOST, {}, If_Match=tag).status == 412
    log = alice.get("/host-logs/" + HOST).body["items"]
    assert log[0]["undoes"] == seqs[0]
    assert alice.get("/log").body["items"][0]["text"].endswith(f"taking back change {seqs[0]}")
    rove.wait_dns(HOST, "A", ["10.1.1.2"])
    assert rove.ctl("host", "undo", HOST, "--seq", str(seqs[1]))["addresses"] == ["10.1.1.1"]
    reply = alice.call("POST", "/host-undos/" + HOST, {"seq": seqs[1]})
    assert reply.status == 409 and reply.body["detail"].endswith(f"before {seqs[1]}")
    reply = alice.call("POST", "/host-undos/" + HOST, {"seq": 1})
    assert (reply.status, reply.body["errors"][0]["field"]) == (409, "seq")
    reply = alice.call("POST", "/host-undos/" + HOST, {"seq": "x"})
    assert (reply.status, reply.body["errors"][0]["field"]) == (400, "seq")
    rove.ctl("host", "set", HOST, "--state", "disabled")
    reply = alice.call("POST", "/host-undos/" + HOST, {})
    assert reply.status == 409 and "blocked" in reply.body["detail"]
