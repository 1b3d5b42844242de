# SPDX-License-Identifier: GPL-3.0-or-later
"""A request with an Idempotency-Key is done once, however often it comes."""
import http.client
import sqlite3
import threading
import time

from api import Api
from harness import wait_until
from people import ALICE, HOST, invited, rows, serve


def ask(api, method, path, body=None, key="k1", **more):
    return api.call(method, path, body, Idempotency_Key=key, **more)


def test_the_same_request_gets_the_same_reply_and_changes_nothing_more(make_rove):
    rove = serve(make_rove)
    alice = invited(rove)
    first = ask(alice, "POST", "/hosts", {"name": HOST})
    again = ask(alice, "POST", "/hosts", {"name": HOST})
    assert first.status == again.status == 201 and first.body == again.body
    assert again.fields["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.fields
    assert again.fields["etag"] == first.fields["etag"]
    assert len(rows(rove, "SELECT 1 FROM hosts")) == 1
    for method, path, body in (("POST", "/hosts", {"name": "b.dyn.example.org"}),
                               ("PATCH", "/hosts/" + HOST, {"name": HOST})):
        other = ask(alice, method, path, body)
        assert other.status == 422 and "another request" in other.body["detail"]
    assert ask(alice, "POST", "/hosts", {"name": HOST}, key="k2").status == 409
    assert ask(alice, "POST", "/hosts", {"name": HOST}, key="k2").status == 409, "a failure is not kept"

    secret = ask(alice, "POST", "/tokens", {"hosts": [HOST]}, key="t").body["secret"]
    assert ask(alice, "POST", "/tokens", {"hosts": [HOST]}, key="t").body["secret"] == secret
    assert len(rows(rove, "SELECT 1 FROM tokens")) == 1
    assert all(secret.encode() not in body for body, in rows(rove, "SELECT body FROM replies"))
    gone = ask(alice, "DELETE", "/hosts/" + HOST, key="d")
    assert gone.status == 204 and ask(alice, "DELETE", "/hosts/" + HOST, key="d").status == 204
    assert alice.call("DELETE", "/hosts/" + HOST).status == 404


def test_keys_are_of_who_asks_and_of_some_form(make_rove):
    rove = serve(make_rove)
    alice, bob = invited(rove), invited(rove, "bob@example.org")
    assert ask(alice, "POST", "/hosts", {"name": HOST}).status == 201
    assert ask(bob, "POST", "/hosts", {"name": "b.dyn.example.org"}).status == 201
    program = Api(rove, rove.ctl("account", "token", ALICE, "--right", "write", "--right", "read")["secret"])
    assert ask(program, "POST", "/hosts", {"name": "c.dyn.example.org"}).status == 201
    for key in ("x" * 65, "a b", "é".encode("utf-8").decode("latin-1")):
        reply = ask(alice, "PATCH", "/hosts/" + HOST, {"ttl": 100}, key=key)
        assert reply.status == 400 and "Idempotency-Key" in reply.body["detail"]
    reply = ask(alice, "POST", "/session/fresh", {"password": "x"})
    assert reply.status == 400 and "not for this request" in reply.body["detail"]
    assert ask(alice, "GET", "/hosts").status == 200
    rove.ctl("account", "set", ALICE, "--state", "blocked")
    assert ask(program, "POST", "/hosts", {"name": "c.dyn.example.org"}).status == 403


def test_a_key_whose_request_is_under_way_is_refused(make_rove):
    rove = serve(make_rove)
    alice = invited(rove)
    seen = []

    def make():
        seen.append(ask(alice, "POST", "/hosts", {"name": HOST}).status)

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {201, 409} and 201 in seen
    assert len(rows(rove, "SELECT 1 FROM hosts")) == 1
    assert ask(alice, "POST", "/hosts", {"name": HOST}).status == 201


def test_a_kill_leaves_both_or_neither(make_rove):
    """The change and the reply that is remembered."""
    rove = serve(make_rove)
    rove.ctl("account", "add", ALICE)
    rove.config.write_text(rove.config.read_text().replace("web {", "web { write_rate = 0"))
    rove.stop()
    rove.start()
    api = Api(rove, rove.ctl("account", "token", ALICE, "--right", "write", "--right", "read")["secret"])
    for turn in range(5):
        done = threading.Event()

        def write(turn=turn, done=done):
            for number in range(500):
                try:
                    if done.is_set() or ask(api, "POST", "/hosts", {"name": f"h{turn}-{number}.dyn.example.org"},
                                            key=f"{turn}-{number}").status >= 500:
                        return
                except (OSError, http.client.HTTPException):
                    return

        writer = threading.Thread(target=write)
        before = len(rows(rove, "SELECT 1 FROM hosts"))
        writer.start()
        wait_until(lambda before=before, turn=turn: len(rows(rove, "SELECT 1 FROM hosts")) > before + 3 * turn,
                   20, "some are made")
        pid = rove.role_pid("front")
        rove.kill_role("front")
        done.set()
        writer.join()
        wait_until(lambda pid=pid: rove.role_pid("front") != pid and rove.front_is_ready(), 20, "front is back")
        assert len(rows(rove, "SELECT 1 FROM hosts")) == len(rows(rove, "SELECT 1 FROM replies"))
        for number in range(before and 3):
            key = f"{turn}-{number}"
            reply = ask(api, "POST", "/hosts", {"name": f"h{key}.dyn.example.org"}, key=key)
            assert reply.status == 201 and reply.fields.get("idempotency-replayed"), reply.text


def test_replies_go_after_a_day_and_when_there_are_many(make_rove):
    rove = serve(make_rove)
    alice = invited(rove)
    ask(alice, "POST", "/hosts", {"name": HOST})
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        database.execute("UPDATE replies SET created_s = ?", (int(time.time()) - 86401,))
        database.executemany("INSERT INTO replies (account_id, digest, request, created_s, size, body)"
                             " SELECT account_id, ?, request, ?, 4096, x'' FROM replies LIMIT 1",
                             [(number.to_bytes(16, "big"), int(time.time())) for number in range(1100)])
    rove.start()
    assert ask(alice, "POST", "/hosts", {"name": HOST}).status == 409, "it is an old one"
    assert ask(alice, "POST", "/hosts", {"name": "b.dyn.example.org"}, key="new").status == 201
    assert len(rows(rove, "SELECT 1 FROM replies")) == 1000
