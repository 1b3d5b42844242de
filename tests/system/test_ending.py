# SPDX-License-Identifier: GPL-3.0-or-later
"""An account's data as one document, and its end with all that it owns."""
import sqlite3
import time

from api import Api
from harness import free_port, wait_until
from people import ALICE, HOST, PASSWORD, in_again, invited, make_stale, rows, serve, with_factor

BOB = "bob@example.org"
HOSTS = 300


def make_hosts(rove, count, owner=ALICE):
    """Many hosts with a token each, without a request for each."""
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        for number in range(count):
            label = f"n{number}".encode()
            name = bytes([len(label)]) + label + b"\x03dyn\x07example\x03org\x00"
            seq = database.execute("SELECT max(seq) + 1 FROM changes").fetchone()[0]
            host = database.execute(
                "INSERT INTO hosts (zone_id, name, v4, more_addresses, state, ttl_s, wildcard, last_change,"
                " owner_id, mode, round_robin, private_allowed, plain_http, interface_id, subnet, liveness_s,"
                " last_seen_s, created_s) SELECT zones.id, ?, x'0A010203', 0, 0, 60, 0, ?, accounts.id, 0, 0, 0,"
                " 1, zeroblob(8), 0, 0, 0, 1 FROM zones, accounts WHERE accounts.email = ? RETURNING id",
                (name, seq, owner)).fetchone()[0]
            database.execute("INSERT INTO changes (seq, kind, id, prev, before, after, time_s, agent, token_id,"
                             " dialect, encrypted, name) VALUES (?, 1, ?, 0, x'', x'010A01020300', ?, '', 0, 0, 0, ?)",
                             (seq, host, int(time.time()), name))
    rove.start()


def count(rove, table):
    return rows(rove, f"SELECT count(*) FROM {table}")[0][0]


def gone(rove, email=ALICE):
    return lambda: rows(rove, f"SELECT 1 FROM accounts WHERE email = '{email}'") == []


def test_an_account_gets_all_its_data_as_one_file(make_rove):
    rove = serve(make_rove)
    alice, bob = invited(rove), invited(rove, BOB)
    make_hosts(rove, HOSTS)
    rove.ctl("host", "add", HOST, "--owner", ALICE)
    bob.call("POST", "/hosts", {"name": "bob.dyn.example.org"})
    rove.ctl("record", "add", "a." + HOST, "--type", "TXT", "--data", "mine")
    secret = alice.call("POST", "/tokens", {"hosts": [HOST]}).body["secret"]
    for address in ("10.1.1.1", "10.1.1.2", "10.1.1.3"):
        assert rove.update(HOST, secret, address)[0] == 200
    with_factor(alice)
    rove.ctl("member", "add", ALICE, "--zone", "dyn.example.org")
    assert alice.call("POST", "/requests", {"kind": "transfer", "host": HOST, "email": BOB}).status == 201
    reply = alice.get("/account/export")
    assert reply.status == 200 and reply.fields["content-disposition"].startswith("attachment; filename=")
    document = reply.body
    assert document["account"]["email"] == ALICE and document["next"] is None
    names = [host["name"] for host in document["hosts"]]
    assert len(names) == HOSTS + 1 == len(set(names)) and "bob.dyn.example.org" not in names
    assert [record["data"] for record in document["records"]] == ['"mine"']
    assert [token["hosts"] for token in document["tokens"]] == [[HOST]]
    assert len(document["sessions"]) == 1 and document["passkeys"] == []
    assert [zone["name"] for zone in document["zones"]] == ["dyn.example.org"]  # as a member sees it
    assert [member["account"] for member in document["members"]] == [ALICE]
    assert [(request["kind"], request["host"]) for request in document["requests"]] == [("transfer", HOST)]
    mine = [change["after"] for change in document["history"] if change["host"] == HOST]
    assert mine == [["10.1.1.3"], ["10.1.1.2"], ["10.1.1.1"], []]
    assert len({change["host"] for change in document["history"]}) == HOSTS + 1
    assert any(row["word"] == "factor-on" for row in document["log"])
    assert secret not in reply.text and PASSWORD not in reply.text and "argon2" not in reply.text
    for digest, in rows(rove, "SELECT hex(digest) FROM tokens UNION SELECT hex(digest) FROM sessions"):
        assert digest.lower() not in reply.text.lower()

    # In pieces that fit a message, and over the local socket.
    said = rove.ctl("account", "export", ALICE)
    assert {key: said[key] for key in ("hosts", "tokens", "records", "history")} == \
        {key: document[key] for key in ("hosts", "tokens", "records", "history")}
    assert alice.get("/account-exports/" + ALICE).body["next"]
    assert alice.get("/account-exports/" + BOB).status == 404
    assert alice.get("/account/export?after=7.x").status == 400
    make_stale(rove)
    assert alice.get("/account/export").code == "fresh"
    api = Api(rove, rove.ctl("account", "token", ALICE, "--right", "read")["secret"])
    assert len(api.get("/account/export").body["hosts"]) == HOSTS + 1


def test_a_place_in_an_export_leads_to_nothing_of_others(make_rove):
    rove = serve(make_rove)
    alice, bob = invited(rove), invited(rove, BOB)
    bob.call("POST", "/hosts", {"name": "bob.dyn.example.org"})
    for address in ("192.0.2.1", "192.0.2.2"):
        bob.call("PATCH", "/hosts/bob.dyn.example.org", {"addresses": [address]})
    host, seq = rows(rove, "SELECT id, last_change FROM hosts")[0]
    own = bob.get(f"/account/export?after=10.{seq}.{host}").body["history"]
    assert [change["after"] for change in own] == [["192.0.2.1"], []]
    assert alice.get(f"/account/export?after=10.{seq}.{host}").body["history"] == []


def test_an_account_removes_itself_and_dns_forgets_it(make_rove):
    rove = serve(make_rove)
    alice, bob = invited(rove), invited(rove, BOB)
    make_hosts(rove, HOSTS)
    rove.ctl("host", "set", "n1.dyn.example.org", "--state", "abuse")
    rove.wait_dns("n0.dyn.example.org", "A", ["10.1.2.3"], 30)
    for path in ("/account", "/account?email=", "/account?email=" + BOB):
        reply = alice.call("DELETE", path)
        assert (reply.status, reply.body["errors"][0]["field"]) == (400, "email")
    begun = time.monotonic()
    assert alice.call("DELETE", "/account?email=" + ALICE.upper()).status == 204
    assert alice.cookie is None and alice.account() is None
    wait_until(gone(rove), 20, "the account is gone")
    for name in ("n0", f"n{HOSTS - 1}"):
        rove.wait_dns(name + ".dyn.example.org", "A", [], 10)
    assert time.monotonic() - begun < 60
    assert (count(rove, "hosts"), count(rove, "tombstones"), count(rove, "endings")) == (0, HOSTS, 0)
    assert (count(rove, "tokens"), count(rove, "sessions WHERE account_id <> 0")) == (0, 1)
    reply = bob.call("POST", "/hosts", {"name": "n0.dyn.example.org"})
    assert reply.status == 409 and "not free yet" in reply.body["detail"]
    log = rove.ctl("log")
    assert [row["word"] for row in log[:3]] == ["remove"] * 3 and log[0]["by"] == "session"
    assert any(row["word"] == "ending" for row in log)
    assert invited(rove).get("/hosts").body["items"] == []


def test_a_removal_that_was_cut_goes_on(make_rove):
    rove = serve(make_rove)
    alice = invited(rove)
    make_hosts(rove, 400)
    assert alice.call("DELETE", "/account?email=" + ALICE).status == 204
    wait_until(lambda: count(rove, "tombstones") > 0, 10, "it has begun")
    rove.kill_role("front")
    left = count(rove, "hosts")
    assert left == 400 - count(rove, "tombstones"), "each host goes with its reservation"
    wait_until(gone(rove), 30, "the next process goes on")
    assert (count(rove, "hosts"), count(rove, "tombstones"), count(rove, "endings")) == (0, 400, 0)


def test_what_others_need_is_not_removed(make_rove):
    rove = serve(make_rove)
    root = invited(rove, "root@example.org", options=("--role", "operator"))
    reply = root.call("DELETE", "/account?email=root@example.org")
    assert reply.status == 409 and "last operator" in reply.body["detail"]
    owner = invited(rove, "owner@example.org")
    alice = invited(rove)
    assert alice.call("POST", "/hosts", {"name": HOST}).status == 201
    assert owner.call("POST", "/hosts", {"name": "own.dyn.example.org"}).status == 201
    reply = owner.call("DELETE", "/account?email=owner@example.org")
    assert reply.status == 409 and reply.body["detail"].endswith("of others: dyn.example.org")
    assert owner.account()["state"] == "active"
    assert alice.call("DELETE", "/account?email=" + ALICE).status == 204
    wait_until(gone(rove), 20, "the account is gone")
    assert owner.call("DELETE", "/account?email=owner@example.org").status == 204
    wait_until(gone(rove, "owner@example.org"), 20, "the account is gone")
    assert count(rove, "zones") == 0
    make_stale(rove)
    assert root.call("DELETE", "/account?email=root@example.org").code == "fresh"


def test_an_operator_sees_what_a_purge_takes_and_purges(make_rove):
    rove = serve(make_rove)
    invited(rove), invited(rove, BOB)
    make_hosts(rove, 70)
    rove.ctl("host", "add", HOST, "--owner", BOB, "--address", "10.1.2.3")
    rove.ctl("host", "add", "two.dyn.example.org", "--owner", BOB, "--round-robin", "on",
             "--address", "10.9.9.9", "--address", "10.1.2.3")
    rove.ctl("host", "add", "other.dyn.example.org", "--owner", BOB, "--address", "10.9.9.9")
    said = rove.ctl("account", "purge", ALICE)
    assert (said["hosts"], said["zones"], said["sessions"]) == (70, 0, 1) and len(said["host_names"]) == 64
    assert {(host["name"], host["owner"]) for host in said["same_addresses"]} == \
        {(HOST, BOB), ("two.dyn.example.org", BOB)}
    assert count(rove, "endings") == 0
    found = {host["name"] for host in rove.ctl("host", "list", "--address", "10.9.9.9")}
    assert found == {"two.dyn.example.org", "other.dyn.example.org"}
    assert len(rove.ctl("host", "list", "--address", "10.1.2.3")) == 72
    assert "address" in rove.ctl("host", "list", "--address", "x", check=False).stderr
    bob = in_again(rove, BOB)
    assert bob.get("/hosts?address=10.1.2.3").status == 403
    root = invited(rove, "root@example.org", options=("--role", "operator"))
    assert root.call("POST", "/purges", {"account": ALICE, "confirm": BOB}).status == 400
    assert rove.ctl("account", "purge", "--yes", ALICE)["state"] == "ending"
    wait_until(gone(rove), 20, "the account is gone")
    assert count(rove, "hosts") == 3
    log = rove.ctl("log")
    assert log[0]["by"] == "machine" and log[0]["word"] == "remove" and log[0]["kind"] == "account"


def test_a_last_mail_says_that_it_is_done(make_rove):
    rove = make_rove(f'mail {{ from = "rove@example.org" server = "smtp://localhost:{free_port()}" }}'
                     ' web { origin = "https://ddns.example.org" }').start()
    rove.ctl("account", "add", ALICE, "--language", "de")
    rove.ctl("account", "purge", ALICE, "--yes")
    wait_until(gone(rove), 20, "the account is gone")
    mail = rove.ctl("mail", "list")[-1]
    assert (mail["kind"], mail["to"], mail["language"]) == ("account-ended", ALICE, "de")
