# SPDX-License-Identifier: GPL-3.0-or-later
"""Passkeys: how they come, log in, confirm and go, and what of all that may be a lie."""
import concurrent.futures
import itertools
import os
import sqlite3

import pytest

from api import Browser, with_api
from authenticator import (CAN_BE_COPIED, COPIED, EDDSA, ES256, HAS_EXTENSIONS, HAS_KEY, PRESENT, RS256,
                           VERIFIED, Authenticator, Passkey, cose_of, make_key, spki_of, to_bytes,
                           to_text)
from cryptography.hazmat.primitives.asymmetric import ec
from harness import free_port
from peers import clock_of_its_own
from people import (ALICE, OTHER_PASSWORD, PASSWORD, in_again, invited, make_stale, rows, state, with_factor)

BOB = "bob@example.org"
LOCAL = map("127.0.0.{}".format, itertools.cycle(range(2, 250)))


def elsewhere(rove):
    """A browser of a stranger at another address, of which nobody has seen too much."""
    browser = Browser(rove)
    browser.source = next(LOCAL)
    return browser


def register(browser, authenticator, name="Laptop", **lies):
    options = browser.call("POST", "/account/passkey-challenge").body
    return browser.call("POST", "/account/passkeys",
                        {"name": name, "passkey": authenticator.create(options, **lies)})


def with_passkey(browser, **options):
    """Registers a passkey; gives its authenticator."""
    made = Authenticator(browser.rove.origin, **options)
    reply = register(browser, made)
    assert reply.status == 201, reply.text
    return made


def challenge(browser):
    reply = browser.call("POST", "/session/passkey-challenge")
    assert reply.status == 200, reply.text
    return reply.body


def log_in(browser, authenticator, passkey=None, **lies):
    return browser.call("POST", "/session/passkey",
                        {"passkey": authenticator.get(challenge(browser), passkey, **lies)})


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_passkey_logs_in_alone(served, algorithm):
    browser, other = invited(served), in_again(served)
    options = browser.call("POST", "/account/passkey-challenge").body
    assert options["rp"] == {"id": "localhost", "name": "Rove"}
    assert options["user"]["name"] == ALICE and len(to_bytes(options["user"]["id"])) == 16
    assert options["attestation"] == "none" and options["excludeCredentials"] == []
    made = with_passkey(browser, algorithm=algorithm)
    assert other.account() is None and browser.account()["passkeys"] == 1
    listed, = browser.get("/account/passkeys").body["items"]
    assert listed["name"] == "Laptop" and listed["last_used"] == 0
    assert listed["transports"] == ["hybrid", "internal"]
    assert listed["algorithm"] == {ES256: "ES256", EDDSA: "EdDSA", RS256: "RS256"}[algorithm]
    stranger = elsewhere(served)
    reply = log_in(stranger, made)
    assert reply.status == 200 and stranger.account()["email"] == ALICE and not stranger.max_age
    assert browser.get("/account/passkeys").body["items"][0]["last_used"] > 0
    options = browser.call("POST", "/account/passkey-challenge").body
    assert options["excludeCredentials"] == [{"type": "public-key", "id": listed["credential"],
                                              "transports": ["hybrid", "internal"]}]
    kept = elsewhere(served)
    answer = made.get(challenge(kept))
    assert kept.call("POST", "/session/passkey", {"passkey": answer, "keep": True}).status == 200
    assert kept.max_age


def test_a_passkey_may_stand_in_the_place_of_a_code(served):
    browser = invited(served)
    made, other = with_passkey(browser), with_passkey(invited(served, BOB))
    with_factor(browser)
    stranger = elsewhere(served)
    assert stranger.log_in(ALICE, PASSWORD).code == "factor"
    answer = made.get(challenge(stranger))
    assert stranger.log_in(ALICE, OTHER_PASSWORD, passkey=made.get(challenge(stranger))).code == "wrong"
    foreign = other.get(challenge(stranger))
    assert stranger.log_in(ALICE, PASSWORD, passkey=foreign).code == "passkey"
    assert elsewhere(served).log_in(ALICE, PASSWORD, passkey=answer).status == 200
    assert elsewhere(served).log_in(ALICE, PASSWORD, passkey=answer).code == "passkey"
    # It is both factors.
    assert log_in(elsewhere(served), made).status == 200


def test_a_passkey_confirms_what_is_dangerous(served):
    browser = invited(served)
    made, other = with_passkey(browser), with_passkey(invited(served, BOB))
    make_stale(served)
    assert browser.call("POST", "/account/passkey-challenge").code == "fresh"
    options = browser.call("POST", "/session/fresh-challenge").body
    assert [to_bytes(one["id"]) for one in options["allowCredentials"]] == [made.passkeys[0].credential]
    old = browser.cookie
    for lies in ({"passkey": other.get(options)}, {"passkey": made.get(challenge(browser))}):
        assert browser.call("POST", "/session/fresh", lies).code == "passkey"
    answer = made.get(browser.call("POST", "/session/fresh-challenge").body)
    assert browser.call("POST", "/session/fresh", {"passkey": answer, "password": PASSWORD}).status == 400
    assert browser.call("POST", "/session/fresh", {}).status == 400
    assert browser.call("POST", "/session/fresh", {"passkey": answer}).status == 200
    assert browser.cookie != old and Browser(served, old).account() is None
    assert browser.call("POST", "/account/passkey-challenge").status == 200
    make_stale(served)
    for what in ("passkeys", "passkeys/1"):
        method = "DELETE" if what[-1] == "1" else "POST"
        assert browser.call(method, f"/account/{what}", {"name": "x", "passkey": {}}).code == "fresh"


def test_passkeys_get_names_and_go_one_by_one(served):
    browser, stranger = invited(served), invited(served, BOB)
    first, second = with_passkey(browser), with_passkey(browser)
    one, two = [item["id"] for item in browser.get("/account/passkeys").body["items"]]
    path = f"/account/passkeys/{one}"
    assert browser.call("PATCH", path, {"name": "Büro"}).body["name"] == "Büro"
    assert browser.call("PATCH", path, {"name": ""}).status == 400
    assert browser.call("PATCH", path, {"counter": 5}).status == 400
    for method in ("PATCH", "DELETE"):
        foreign, missing = stranger.call(method, path, {"name": "x"}), \
            stranger.call(method, "/account/passkeys/999", {"name": "x"})
        assert foreign.status == missing.status == 404
        assert foreign.text.replace(str(one), "999") == missing.text
    other = in_again(served)
    assert browser.call("DELETE", path).status == 204 and browser.account()["passkeys"] == 1
    assert other.account() is None
    assert log_in(elsewhere(served), first).code == "passkey"
    assert log_in(elsewhere(served), second).status == 200
    # The operator sees them and takes them away.
    listed, = served.ctl("account", "passkeys", ALICE)
    assert (listed["id"], listed["name"]) == (two, "Laptop")
    served.ctl("account", "remove-passkey", two)
    assert browser.account() is None and served.ctl("account", "passkeys", ALICE) == []
    assert log_in(elsewhere(served), second).code == "passkey"


def test_a_reset_keeps_passkeys_and_dropping_factors_takes_them(served):
    browser = invited(served)
    made = with_passkey(browser)
    assert browser.account()["recovery"] is False
    url = served.ctl("account", "reset", ALICE)["url"]
    assert Browser(served).redeem(url, OTHER_PASSWORD).status == 200
    again = elsewhere(served)
    assert log_in(again, made).status == 200
    with_factor(again)
    assert again.account()["recovery"] is True
    for _ in range(2):
        served.ctl("account", "drop-factors", ALICE, check=False)
    assert again.account() is None
    assert log_in(elsewhere(served), made).code == "passkey"
    with_passkey(in_again(served, password=OTHER_PASSWORD))
    served.ctl("account", "drop-factors", ALICE)
    assert "no second factor" in served.ctl("account", "drop-factors", ALICE, check=False).stderr
    made = with_passkey(in_again(served, password=OTHER_PASSWORD))
    served.ctl("account", "set", ALICE, "--state", "blocked")
    assert log_in(elsewhere(served), made).code == "passkey"


# What is said of an assertion, and every one a lie.
ASSERTIONS = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:1"},
    "another site": {"rp_id": "evil.example"},
    "another challenge": {"challenge": to_text(os.urandom(40))},
    "no challenge": {"challenge": ""},
    "another type": {"type": "webauthn.create"},
    "nobody present": {"flags": VERIFIED},
    "nobody verified": {"flags": PRESENT},
    "a copy of what has none": {"flags": PRESENT | VERIFIED | COPIED},
    "another kind of passkey": {"flags": PRESENT | VERIFIED | CAN_BE_COPIED},
    "a key in it": {"flags": PRESENT | VERIFIED | HAS_KEY},
    "extensions that are not there": {"flags": PRESENT | VERIFIED | HAS_EXTENSIONS},
    "bytes behind it": {"more": b"\xa0"},
    "data cut short": {"cut": 1},
    "no data": {"cut": 37},
    "another key": {"key": make_key(ES256)},
    "another kind of key": {"key": make_key(EDDSA)},
    "no signature": {"signature": b""},
    "a foreign page around it": {"client": {"crossOrigin": True}},
    "a page around it": {"client": {"topOrigin": "https://evil.example"}},
    "an odd word on that": {"client": {"crossOrigin": "false"}},
    "an unknown credential": {"credential": os.urandom(32)},
    "another account": {"handle": os.urandom(16)},
    "no account": {"handle": b""},
    "a client that is no object": {"client_text": "[]"},
    "a client that is no JSON": {"client_text": "{"},
    "a member that comes twice": {"client_text": '{"type": "webauthn.get", "type": "webauthn.get"}'},
    "a counter that stays": {"counter": 7},
    "a counter that falls": {"counter": 6},
    "a counter that is not there any more": {"counter": 0},
}


def test_of_an_assertion_everything_has_to_be_true(served):
    made, other = with_passkey(invited(served)), with_passkey(invited(served, BOB))
    made.passkeys[0].counter = 6
    assert log_in(elsewhere(served), made).status == 200
    mine, foreign = made.passkeys[0], other.passkeys[0]
    lies = ASSERTIONS | {
        "the key of another account": {"key": foreign.key},
        "the credential of another account": {"credential": foreign.credential},
        "the account of another": {"handle": foreign.handle},
        "the credential and the account of another": {"credential": foreign.credential,
                                                      "handle": foreign.handle},
    }
    before = state(served)
    texts = {}
    for what, lie in lies.items():
        browser = elsewhere(served)
        reply = log_in(browser, made, mine, **({"counter": 100} | lie))
        assert (reply.status, reply.code) == (403, "passkey") and not browser.cookie, (what, reply.text)
        assert state(served) == before, what
        texts[what] = reply.text
    # Nobody learns which credentials there are.
    assert len({text for what, text in texts.items() if "account" in what or "unknown" in what
                or what == "another key"}) == 1
    assert log_in(elsewhere(served), made, counter=8).status == 200


def test_a_challenge_counts_for_its_purpose_and_session_and_once(served):
    browser, other = invited(served), invited(served, BOB)
    made, foreign = with_passkey(browser), with_passkey(other)
    challenges = {
        "register": browser.call("POST", "/account/passkey-challenge").body,
        "confirm": browser.call("POST", "/session/fresh-challenge").body,
        "log in": challenge(browser),
        "register elsewhere": other.call("POST", "/account/passkey-challenge").body,
        "confirm elsewhere": other.call("POST", "/session/fresh-challenge").body,
    }
    before = state(served)
    for what, options in challenges.items():
        given = options | {"rpId": "localhost"}
        if what != "log in":
            reply = elsewhere(served).call("POST", "/session/passkey", {"passkey": made.get(given)})
            assert reply.code == "passkey", what
        if what != "confirm":
            assert browser.call("POST", "/session/fresh", {"passkey": made.get(given)}).code == "passkey"
        if what != "register":
            told = challenges["register"] | {"challenge": options["challenge"]}
            reply = browser.call("POST", "/account/passkeys", {
                "name": "x", "passkey": Authenticator(served.origin).create(told)})
            assert reply.code == "passkey", what
    assert state(served) == before
    answer = made.get(challenges["log in"])
    assert elsewhere(served).call("POST", "/session/passkey", {"passkey": answer}).status == 200
    made.passkeys[0].counter += 10
    for replay in (answer, made.get(challenges["log in"])):
        assert elsewhere(served).call("POST", "/session/passkey", {"passkey": replay}).code == "passkey"
    late = challenge(elsewhere(served))
    served.stop()
    served.start()
    assert elsewhere(served).call("POST", "/session/passkey", {"passkey": made.get(late)}).code == "passkey"
    assert log_in(elsewhere(served), foreign).status == 200


def test_a_challenge_ends_after_five_minutes(make_rove):
    rove = with_api(make_rove())
    clock, env = clock_of_its_own(rove.folder)
    rove.start_apart(env=env)
    made = with_passkey(invited(rove))
    early, late = challenge(elsewhere(rove)), challenge(elsewhere(rove))
    clock.write_text("+290")
    assert elsewhere(rove).call("POST", "/session/passkey", {"passkey": made.get(early)}).status == 200
    clock.write_text("+310")
    assert elsewhere(rove).call("POST", "/session/passkey", {"passkey": made.get(late)}).code == "passkey"
    assert log_in(elsewhere(rove), made).status == 200


def p384():
    return spki_of(ec.generate_private_key(ec.SECP384R1()))


# What is said of a new passkey, and every one a lie.
REGISTRATIONS = {
    "another origin": {"origin": "https://evil.example"},
    "another site": {"rp_id": "evil.example"},
    "another challenge": {"challenge": to_text(os.urandom(40))},
    "another type": {"type": "webauthn.get"},
    "a page around it": {"client": {"topOrigin": "https://evil.example"}},
    "nobody present": {"flags": VERIFIED | HAS_KEY},
    "nobody verified": {"flags": PRESENT | HAS_KEY},
    "no key": {"flags": PRESENT | VERIFIED},
    "a copy of what has none": {"flags": PRESENT | VERIFIED | HAS_KEY | COPIED},
    "another credential": {"posted": b"other"},
    "no credential": {"credential": b""},
    "a credential that is too long": {"credential": bytes(1024)},
    "data cut short": {"cut": 1},
    "no data": {"cut": 200},
    "bytes behind it": {"more": b"\xa0"},
    "another algorithm": {"algorithm": EDDSA},
    "an algorithm that we do not take": {"algorithm": -37},
    "another key": {"spki": spki_of(make_key(ES256))},
    "another kind of key": {"spki": spki_of(make_key(EDDSA))},
    "a key of another curve": {"spki": p384()},
    "no key at all": {"spki": b""},
    "a key that is none": {"spki": os.urandom(91)},
    "another form of the key": {"cose": cose_of(make_key(ES256))},
}


def test_of_a_new_passkey_everything_has_to_be_true(make_rove):
    served = with_api(make_rove(), "write_rate = 0").start()
    browser, other = invited(served), invited(served, BOB)
    foreign = with_passkey(other).passkeys[0]
    before = state(served)
    for what, lie in REGISTRATIONS.items():
        reply = register(browser, Authenticator(served.origin), **lie)
        too_long = what == "a credential that is too long"
        assert reply.status == (400 if too_long else 403), (what, reply.text)
        assert too_long or reply.code == "passkey", (what, reply.text)
    short = make_key(RS256, 1024)
    reply = register(browser, Authenticator(served.origin, RS256), key=short)
    assert reply.code == "passkey" and "1024" in reply.body["detail"]
    # Whose it is already is not told.
    reply = register(browser, Authenticator(served.origin), passkey=foreign)
    assert reply.status == 409 and BOB not in reply.text
    assert state(served) == before
    assert browser.account()["passkeys"] == 0


def test_an_account_has_twenty_passkeys_at_most(make_rove):
    rove = with_api(make_rove(), "write_rate = 0").start()
    browser = invited(rove)
    with_passkey(browser)
    rove.stop()
    columns = ("account_id, public_key, algorithm, counter, aaguid, transports, can_be_copied, is_copied,"
               " name, created_s, used_s")
    with sqlite3.connect(rove.database) as database:
        for number in range(19):
            database.execute(f"INSERT INTO passkeys (credential, {columns}) SELECT ?, {columns}"
                             " FROM passkeys WHERE id = 1", (bytes([number]),))
    rove.start()
    reply = register(browser, Authenticator(rove.origin))
    assert reply.status == 400 and "20" in reply.body["detail"], reply.text
    assert browser.account()["passkeys"] == 20


def test_of_a_hundred_uses_of_one_answer_at_once_one_counts(served):
    made = with_passkey(invited(served), counts=False)
    answer = made.get(challenge(elsewhere(served)))
    before = len(rows(served, "SELECT id FROM sessions"))

    def use(_):
        return elsewhere(served).call("POST", "/session/passkey", {"passkey": answer})

    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        replies = list(pool.map(use, range(100)))
    statuses = [reply.status for reply in replies]
    assert statuses.count(200) == 1 and set(statuses) <= {200, 403, 429}, statuses
    assert len(rows(served, "SELECT id FROM sessions")) == before + 1
    # What counts nothing stays at 0, and is good for the next login.
    assert log_in(elsewhere(served), made).status in (200, 429)


def test_of_a_new_passkey_that_comes_twice_at_once_one_counts(served):
    browser = invited(served)
    options = browser.call("POST", "/account/passkey-challenge").body
    body = {"name": "Laptop", "passkey": Authenticator(served.origin).create(options)}

    def use(_):
        return Browser(served, browser.cookie, browser.csrf).call("POST", "/account/passkeys", body).status

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(use, range(10)))
    assert statuses.count(201) == 1 and set(statuses) <= {201, 401, 403, 429}, statuses
    assert rows(served, "SELECT count(*) FROM passkeys") == [(1,)]


def test_the_start_of_a_login_tells_nothing(served):
    """Nobody has said who he is; so it says the same whoever has passkeys, but for the challenge."""
    def ask():
        reply = elsewhere(served).call("POST", "/session/passkey-challenge")
        fields = {name: value for name, value in reply.fields.items() if name != "date"}
        return reply.status, fields, reply.body.pop("challenge"), reply.body

    before = state(served), ask()
    with_passkey(invited(served))
    middle, after = state(served), ask()
    assert before[1][::3] == after[::3] and before[1][1] == after[1] and before[1][2] != after[2]
    assert after[3] == {"timeout": 300000, "rpId": "localhost", "userVerification": "required"}
    assert state(served) == middle


def test_owners_hear_of_passkeys_that_come_and_go_and_are_copied(make_rove):
    rove = with_api(make_rove())
    rove.config.write_text(rove.config.read_text() + f'''mail {{ server = "smtp://localhost:{free_port()}"
        from = "rove@example.org" tls = "off" }}\n''')
    rove.start()
    browser = invited(rove)
    made = with_passkey(browser)
    made.passkeys[0].counter = 4
    assert log_in(elsewhere(rove), made).status == 200

    def kinds():
        return [one["kind"] for one in rove.ctl("mail", "list") if one["to"] == ALICE]

    assert kinds() == ["invitation", "passkey-added", "new-login"]
    assert log_in(elsewhere(rove), made, counter=3).code == "passkey"
    assert kinds()[3:] == ["passkey-copied"]
    assert rove.ctl("account", "set", ALICE, "--mail-off", "passkey-copied", check=False).returncode
    browser = in_again(rove)
    number = browser.get("/account/passkeys").body["items"][0]["id"]
    assert browser.call("DELETE", f"/account/passkeys/{number}").status == 204
    assert kinds()[-1] == "passkey-removed"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_at_an_address_there_are_no_passkeys_and_it_is_said_why(make_rove, host):
    rove = make_rove()
    rove.origin = f"http://{host}:{rove.http_port}"
    rove.config.write_text(rove.config.read_text() + f'web {{ origin = "{rove.origin}" }}\n')
    rove.start()
    document = rove.origin.partition("://")[2]
    browser = Browser(rove)
    reply = browser.call("POST", "/session/passkey-challenge", host=document)
    assert reply.status == 409 and "an address" in reply.body["detail"], reply.text
    with_name = Authenticator(rove.origin)
    with_name.passkeys.append(Passkey(ES256, b"x", bytes(16)))
    answer = with_name.get({"rpId": host, "challenge": to_text(bytes(40))})
    assert browser.call("POST", "/session/passkey", {"passkey": answer}, host=document).status == 409
