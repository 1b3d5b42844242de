# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of people: what begins one, what ends it, and what it leaves."""
import sqlite3
import time

import pytest

from api import Browser
from harness import wait_until
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, in_again, invited, make_stale, rows, state


def test_every_login_has_another_id_and_only_digests_are_stored(served):
    first = invited(served)
    before = first.cookie
    assert first.log_in(ALICE, PASSWORD).status == 200
    assert first.cookie != before
    assert Browser(served, before).account() is None
    second = in_again(served)
    assert second.cookie != first.cookie
    stored = str(rows(served, "SELECT hex(digest) FROM sessions")).lower()
    assert first.cookie not in stored and first.cookie[:32] not in stored


def test_sessions_are_listed_and_end_one_by_one(served):
    own, other = invited(served), in_again(served)
    listed = own.get("/sessions").body["items"]
    assert [session["own"] for session in listed] == [True, False]
    assert listed[0]["source"] == "127.0.0.1"
    assert own.call("DELETE", f"/sessions/{listed[1]['id']}").status == 204
    assert other.account() is None and own.account()
    stranger = invited(served, "bob@example.org")
    assert stranger.call("DELETE", f"/sessions/{listed[0]['id']}").status == 404
    assert stranger.call("DELETE", "/sessions/999999").status == 404
    assert own.call("DELETE", f"/sessions/{listed[0]['id']}").status == 204
    assert own.cookie is None


@pytest.mark.parametrize("how", ["logout", "everywhere", "operator", "password", "block", "remove"])
def test_a_session_that_was_ended_is_dead_at_once(served, how):
    browser, other = invited(served), in_again(served)
    dead = [Browser(served, browser.cookie, browser.csrf)]
    assert dead[0].account()
    if how == "logout":
        assert browser.call("DELETE", "/session").status == 204 and not browser.cookie
        assert other.account()
    else:
        dead.append(other)
        if how == "everywhere":
            assert browser.call("DELETE", "/sessions").status == 204 and not browser.cookie
        elif how == "operator":
            served.ctl("account", "logout", ALICE)
            assert served.ctl("account", "sessions", ALICE) == []
        elif how == "password":
            reply = browser.call("PUT", "/account/password",
                                 {"old": PASSWORD, "password": OTHER_PASSWORD})
            assert reply.status == 200 and browser.account(), reply.text
        elif how == "block":
            served.ctl("account", "set", ALICE, "--state", "blocked")
            served.ctl("account", "set", ALICE, "--state", "active")
        else:
            served.ctl("account", "remove", ALICE)
    for session in dead:
        assert session.account() is None
        assert session.call("PATCH", "/account", {"language": "de"}).status == 401


def test_a_session_outlives_a_restart_but_not_its_end(served):
    browser, kept = invited(served), in_again(served, keep=True)
    used = served.ctl("account", "sessions", ALICE)[0]["last_used"]
    wait_until(lambda: time.time() > used + 1, 5, "the next second")
    assert browser.account() and kept.account()
    served.stop()
    with sqlite3.connect(served.database) as database:
        # What was used is written when the service ends.
        assert database.execute("SELECT max(used_s) FROM sessions").fetchone()[0] > used
        database.execute("UPDATE sessions SET used_s = used_s - 12 * 3600")
    served.start()
    assert browser.account() is None and kept.account()
    listed = served.ctl("account", "sessions", ALICE)
    assert [session["keep"] for session in listed] == [True]
    served.stop()
    with sqlite3.connect(served.database) as database:
        database.execute("UPDATE sessions SET expires_s = 1000")
    served.start()
    assert kept.account() is None


def test_a_backup_has_no_sessions_and_no_links(served, tmp_path):
    invited(served)
    served.ctl("account", "invite", "bob@example.org")
    served.ctl("backup", tmp_path / "backup")
    with sqlite3.connect(f"file:{tmp_path / 'backup'}?mode=ro&immutable=1", uri=True) as backup:
        for table in ("sessions", "links"):
            assert backup.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert backup.execute("SELECT count(*) FROM accounts").fetchone() == (3,)


def test_who_reads_writes_nothing(served):
    browser = invited(served)
    # That an account is used is written once a day, a moment after it was.
    used = "SELECT count(*) FROM accounts WHERE used_s > 0"
    browser.get("/session")
    wait_until(lambda: rows(served, used) == [(1,)], 5, "it is known that the account is used")
    before = state(served), (served.data / "rove.db-wal").stat().st_size
    for path in ("/session", "/sessions", "/account", "/zones/dyn.example.org"):
        browser.get(path)
    assert (state(served), (served.data / "rove.db-wal").stat().st_size) == before


def test_what_is_dangerous_needs_the_password_once_more(served):
    browser = invited(served)
    make_stale(served)
    token = {"kind": "api", "rights": ["read", "write"]}
    dangerous = (("POST", "/tokens", token),
                 ("PUT", "/account/password", {"old": PASSWORD, "password": OTHER_PASSWORD}),
                 ("DELETE", f"/accounts/{ALICE}", None))
    before = state(served)
    for method, path, body in dangerous:
        reply = browser.call(method, path, body)
        assert (reply.status, reply.code) == (403, "fresh"), path
    assert state(served) == before
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    assert browser.call("POST", "/tokens", {"hosts": [HOST]}).status == 201
    old = Browser(served, browser.cookie)
    assert browser.call("POST", "/session/fresh", {"password": OTHER_PASSWORD}).code == "wrong"
    assert browser.call("POST", "/tokens", token).code == "fresh"
    assert browser.call("POST", "/session/fresh", {"password": PASSWORD}).status == 200
    assert old.account() is None
    assert browser.call("POST", "/tokens", token).status == 201
