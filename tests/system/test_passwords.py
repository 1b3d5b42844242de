# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords: which are taken, how they are kept and changed, and what it costs to guess them."""
import concurrent.futures
import sqlite3
import subprocess
import sys

from api import Browser
from harness import metrics_of
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, in_again, invited, rows


def hashes(rove):
    """How many passwords it has hashed."""
    return int(metrics_of(rove.metrics_port)["rove_password_hashes_total"])


def test_passwords_that_are_easy_to_guess_are_refused_and_the_link_goes_on(served):
    url = served.ctl("account", "invite", ALICE)["url"]
    browser = Browser(served)
    for password in ("kurz", "Passwort1234", "alice.example.org", "dyn.example.org!", "x" * 129,
                     "rove localhost"):
        reply = browser.redeem(url, password)
        assert reply.status == 400 and reply.body["errors"][0]["field"] == "password", password
        assert password not in reply.text
    assert browser.redeem(url, "null\0null\0null\0null").status == 400
    assert browser.redeem(url, PASSWORD).status == 200


def test_the_same_is_said_of_an_account_that_there_is_and_one_that_there_is_not(served):
    invited(served)
    served.ctl("account", "add", "nopassword@example.org")
    invited(served, "blocked@example.org")
    served.ctl("account", "set", "blocked@example.org", "--state", "blocked")
    replies = []
    for email, password in ((ALICE, OTHER_PASSWORD), ("nobody@example.org", PASSWORD),
                            ("nopassword@example.org", PASSWORD),
                            ("blocked@example.org", PASSWORD)):
        before = hashes(served)
        reply = Browser(served).log_in(email, password)
        assert hashes(served) == before + 1, email
        del reply.fields["date"]
        replies.append((reply.status, reply.text, reply.fields))
    assert replies[0][0] == 403 and all(reply == replies[0] for reply in replies)
    assert Browser(served).log_in(ALICE, "").status == 400


def test_a_password_is_changed_by_who_knows_the_old_one(served):
    browser = invited(served)
    put = "/account/password"
    assert browser.call("PUT", put, {"old": OTHER_PASSWORD, "password": OTHER_PASSWORD}).code == "wrong"
    reply = browser.call("PUT", put, {"old": PASSWORD, "password": "Passwort1234"})
    assert reply.body["errors"][0]["field"] == "password"
    assert browser.call("PUT", put, {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200
    assert Browser(served).log_in(ALICE, PASSWORD).status == 403
    in_again(served, password=OTHER_PASSWORD)


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_login(served):
    invited(served)
    sodium = ("import ctypes; s=ctypes.CDLL('libsodium.so.23'); s.sodium_init();"
              "o=ctypes.create_string_buffer(128); p=%r.encode();"
              "s.crypto_pwhash_str_alg(o,p,ctypes.c_ulonglong(len(p)),ctypes.c_ulonglong(1),"
              "ctypes.c_size_t(65536),2); print(o.value.decode())" % PASSWORD)
    weak = subprocess.run([sys.executable, "-c", sodium], check=True, capture_output=True,
                          text=True).stdout.strip()
    served.stop()
    with sqlite3.connect(served.database) as database:
        database.execute("UPDATE accounts SET password_hash = ? WHERE email = ?", (weak, ALICE))
    served.start()
    assert Browser(served).log_in(ALICE, OTHER_PASSWORD).status == 403
    query = f"SELECT password_hash FROM accounts WHERE email = '{ALICE}'"
    assert rows(served, query) == [(weak,)]
    in_again(served)
    assert "m=19456,t=2" in rows(served, query)[0][0]
    in_again(served)


def test_guessing_is_slowed_by_account_and_source_and_sessions_go_on(served):
    browser = invited(served)
    replies = [Browser(served).log_in(ALICE, OTHER_PASSWORD) for _ in range(7)]
    assert [reply.status for reply in replies] == [403] * 5 + [429] * 2
    assert replies[-1].code == "wait" and replies[-1].fields["retry-after"] == "60"
    assert Browser(served).log_in(ALICE, PASSWORD).status == 429
    assert browser.account() and browser.call("PATCH", "/account", {"language": "de"}).status == 200
    for _ in range(5):
        assert browser.call("POST", "/session/fresh", {"password": OTHER_PASSWORD}).code == "wrong"
    assert browser.call("POST", "/session/fresh", {"password": PASSWORD}).status == 429
    nobody = [Browser(served).log_in("nobody@example.org", OTHER_PASSWORD) for _ in range(6)]
    assert [reply.status for reply in nobody] == [403] * 5 + [429]


def test_a_flood_of_guesses_takes_no_more_than_the_queue_and_updates_go_on(served):
    secret = served.add_host(HOST)
    before = hashes(served)

    def guess(number):
        reply = Browser(served).log_in(f"guess{number}@example.org", OTHER_PASSWORD)
        return reply.status, int(metrics_of(served.metrics_port)["rove_passwords_waiting"])

    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        guesses = pool.map(guess, range(200))
        updates = [served.update(HOST, secret, f"10.1.2.{number}") for number in range(20)]
        guesses = list(guesses)
    assert all(update == (200, f"good 10.1.2.{number}") for number, update in enumerate(updates))
    statuses = [status for status, _ in guesses]
    assert set(statuses) <= {403, 429, 503} and statuses.count(429) > 100
    assert max(waiting for _, waiting in guesses) <= 8
    # Each guess that was looked at cost one hash, and no other cost one.
    assert hashes(served) - before == statuses.count(403)
