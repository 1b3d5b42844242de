# SPDX-License-Identifier: GPL-3.0-or-later
"""People log in, and nobody else does it for them."""
import base64
import concurrent.futures
import http.client
import json
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

from api import Api, Browser, read_document, with_api
from harness import BUILD, basic, free_port, wait_until
from mail import ORIGIN, Server

ALICE = "alice@example.org"
PASSWORD = "vier blaue Tische am Abend"
OTHER_PASSWORD = "sieben graue Hunde im Regen"
HOST = "home.dyn.example.org"


@pytest.fixture
def served(make_rove):
    """A service to which people can log in, and a zone where everybody makes hosts."""
    port = free_port()
    rove = make_rove(f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}')
    rove.metrics_port = port
    with_api(rove).start()
    rove.add_zone()
    rove.ctl("zone", "set", "dyn.example.org", "--policy", "everybody")
    return rove


def invited(rove, email=ALICE, password=PASSWORD, **more):
    """A browser that has redeemed an invitation."""
    browser = Browser(rove)
    reply = browser.redeem(rove.ctl("account", "invite", email, *more.pop("options", ()))["url"],
                           password, **more)
    assert reply.status == 200 and browser.cookie, reply.text
    return browser


def in_again(rove, email=ALICE, password=PASSWORD, **more):
    browser = Browser(rove)
    reply = browser.log_in(email, password, **more)
    assert reply.status == 200 and browser.cookie, reply.text
    return browser


def metric(rove, name):
    connection = http.client.HTTPConnection("127.0.0.1", rove.metrics_port, timeout=10)
    connection.request("GET", "/metrics")
    found = re.search(rf"^{name} (\d+)$", connection.getresponse().read().decode(), re.M)
    connection.close()
    return int(found[1])


def rows(rove, query):
    with sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def state(rove):
    """All that a request may have changed, but for when sessions were used."""
    return {table: rows(rove, f"SELECT * FROM {table}") for table in
            ("accounts", "zones", "hosts", "records", "tokens", "changes", "links", "totp",
             "recovery_codes")} | {
                "sessions": rows(rove, "SELECT id, digest, fresh_s FROM sessions")}


# ---- the way in ----------------------------------------------------------------------


def test_the_first_operator_comes_by_the_link_of_init_and_makes_a_host(make_rove):
    rove = with_api(make_rove())
    said = rove.roved("--init").stdout
    url = re.search(r"http://localhost:\d+/confirm#[0-9a-f]{64}", said)[0]
    assert url.startswith(rove.origin + "/")
    rove.start()
    browser = Browser(rove)
    assert browser.redeem(url, PASSWORD).body["errors"][0]["field"] == "email"
    reply = browser.redeem(url, PASSWORD, email="root@example.org")
    assert reply.status == 200 and reply.body["account"]["role"] == "operator", reply.text
    assert browser.redeem(url, PASSWORD, email="second@example.org").code == "link"
    reply = browser.call("POST", "/zones", {"name": "dyn.example.org", "owner": "root@example.org",
                                            "name_servers": ["ns.example.net"]})
    assert reply.status == 201, reply.text
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    secret = browser.call("POST", "/tokens", {"hosts": [HOST]}).body["secret"]
    assert rove.update(HOST, secret, "10.1.2.3") == (200, "good 10.1.2.3")


def test_init_gives_no_link_without_an_origin_or_beside_an_operator(make_rove):
    rove = make_rove()
    said = rove.roved("--init").stdout
    assert "confirm#" not in said and "web {" in said and "account invite" in said
    with_api(rove).start()
    invited(rove, options=("--role", "operator"))
    rove.stop()
    assert "confirm#" not in rove.roved("--init").stdout


def test_the_second_link_of_init_ends_the_first(make_rove):
    rove = with_api(make_rove())
    urls = [re.search(r"http\S+", rove.roved("--init").stdout)[0] for _ in range(2)]
    rove.start()
    browser = Browser(rove)
    assert browser.redeem(urls[0], PASSWORD, email=ALICE).code == "link"
    assert browser.redeem(urls[1], PASSWORD, email=ALICE).status == 200


def test_a_link_needs_an_origin(rove):
    done = rove.ctl("account", "invite", ALICE, check=False)
    assert done.returncode != 0 and "web.origin" in done.stderr
    assert ALICE not in [account["email"] for account in rove.ctl("account", "list")]


def test_somebody_who_was_invited_logs_in_and_looks_after_hosts(served):
    browser = invited(served, options=("--language", "de"))
    assert browser.account()["email"] == ALICE
    assert browser.get("/account").body["language"] == "de"
    assert browser.call("PATCH", "/account", {"language": "en"}).body["language"] == "en"
    assert browser.call("PATCH", "/account", {"role": "operator"}).status == 403
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    assert browser.get("/hosts/" + HOST).body["owner"] == ALICE
    assert browser.get("/accounts").status == 403
    seen = browser.get("/session").body
    assert seen["session"]["fresh_until"] > time.time() and not seen["session"]["keep"]
    kept = in_again(served, keep=True)
    assert kept.max_age == 30 * 86400 and kept.account()["email"] == ALICE
    assert in_again(served, email="Alice@EXAMPLE.org").account()["email"] == ALICE


def test_a_stranger_is_told_that_he_is_one(served):
    stranger = Browser(served)
    assert stranger.get("/session").body == {"account": None}
    reply = stranger.get("/account")
    assert reply.status == 401 and "www-authenticate" in reply.fields
    stranger.cookie = 64 * "0"
    assert stranger.account() is None and stranger.get("/sessions").status == 401
    stranger.cookie = "x" * 5000
    assert stranger.account() is None


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
        before = metric(served, "rove_password_hashes_total")
        reply = Browser(served).log_in(email, password)
        assert metric(served, "rove_password_hashes_total") == before + 1, email
        del reply.fields["date"]
        replies.append((reply.status, reply.text, reply.fields))
    assert replies[0][0] == 403 and all(reply == replies[0] for reply in replies)
    assert Browser(served).log_in(ALICE, "").status == 400


# ---- links ---------------------------------------------------------------------------


def test_of_a_hundred_who_use_a_link_at_once_one_gets_in(served):
    url = served.ctl("account", "invite", ALICE)["url"]

    def use(number):
        browser = Browser(served)
        return browser.redeem(url, f"{number} {PASSWORD}").status

    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(use, range(100)))
    assert statuses.count(200) == 1, statuses
    assert set(statuses) <= {200, 404, 429, 503}
    assert len(rows(served, "SELECT id FROM sessions")) == 1


def test_looking_at_a_link_does_not_use_it_up(served):
    url = served.ctl("account", "invite", ALICE)["url"]
    secret = url.partition("#")[2]
    before = state(served)
    for target in ("/confirm", f"/confirm?{secret}", "/api/v1/links/redeem",
                   f"/api/v1/links/redeem?link={secret}"):
        for method in ("GET", "HEAD", "OPTIONS"):
            connection = http.client.HTTPConnection(served.address, served.http_port, timeout=10)
            connection.request(method, target,
                               headers={"Host": f"localhost:{served.http_port}"})
            assert connection.getresponse().status >= 400
            connection.close()
    assert state(served) == before
    assert Browser(served).redeem(url, PASSWORD).status == 200


def test_a_link_leads_to_the_configured_origin_whatever_a_request_says(served):
    operator = invited(served, "root@example.org", options=("--role", "operator"))
    reply = operator.call("POST", "/links", {"account": ALICE}, X_Forwarded_Host="evil.example",
                          Forwarded="host=evil.example")
    assert reply.status == 201 and reply.body["url"].startswith(served.origin + "/confirm#")
    assert not reply.body["mailed"]
    assert operator.call("POST", "/links", {"account": ALICE}, host="evil.example").status == 421


def test_a_link_that_has_expired_or_was_replaced_works_no_more(served):
    urls = [served.ctl("account", "invite", ALICE)["url"] for _ in range(2)]
    assert Browser(served).redeem(urls[0], PASSWORD).code == "link"
    served.stop()
    with sqlite3.connect(served.database) as database:
        database.execute("UPDATE links SET expires_s = 1000")
    served.start()
    reply = Browser(served).redeem(urls[1], PASSWORD)
    assert (reply.status, reply.code) == (404, "link")
    assert Browser(served).redeem("#" + 64 * "a", PASSWORD).text == reply.text


def test_a_reset_gives_another_password_and_logs_nobody_in(served):
    browser = invited(served)
    assert served.ctl("account", "invite", ALICE, check=False).returncode != 0
    url = served.ctl("account", "reset", ALICE)["url"]
    other = Browser(served)
    reply = other.redeem(url, OTHER_PASSWORD)
    assert reply.status == 200 and reply.body == {"account": None} and not other.cookie
    assert browser.account() is None
    assert Browser(served).log_in(ALICE, PASSWORD).status == 403
    in_again(served, password=OTHER_PASSWORD)


# ---- sessions ------------------------------------------------------------------------


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
    before = state(served), (served.data / "rove.db-wal").stat().st_size
    for path in ("/session", "/sessions", "/account", "/zones/dyn.example.org"):
        browser.get(path)
    assert (state(served), (served.data / "rove.db-wal").stat().st_size) == before


# ---- forged requests -----------------------------------------------------------------


def changing_routes(rove):
    """(method, path) of every route that is not read, out of the document made of the table."""
    paths = read_document(rove)["paths"]
    found = [(method.upper(), path.replace("{id}", "1")) for path in paths for method in paths[path]]
    assert len(found) > 40
    return [(method, path) for method, path in found if method != "GET"]


def test_no_page_but_ours_changes_anything_by_any_route(served):
    browser = invited(served, "root@example.org", options=("--role", "operator"))
    other = invited(served)
    forged = {
        "no token": {"X_CSRF_Token": None},
        "a wrong token": {"X_CSRF_Token": browser.csrf[:-1] + ("0" if browser.csrf[-1] != "0" else "1")},
        "the token of another session": {"X_CSRF_Token": other.csrf},
        "no origin": {"Origin": None},
        "the origin null": {"Origin": "null"},
        "another origin": {"Origin": "https://evil.example"},
        "another port": {"Origin": served.origin + "0"},
        "another scheme": {"Origin": served.origin.replace("http:", "https:")},
    }
    before = state(served)
    for method, path in changing_routes(served):
        for what, fields in forged.items():
            reply = browser.call(method, path, {}, **fields)
            assert (reply.status, reply.code) in ((403, "csrf"), (403, "origin")), (method, path, what)
    assert state(served) == before
    assert browser.account()


def test_a_stranger_logs_in_from_our_pages_alone(served):
    invited(served)
    for origin in (None, "null", "https://evil.example"):
        reply = Browser(served).call("POST", "/session", {"email": ALICE, "password": PASSWORD},
                                     Origin=origin)
        assert (reply.status, reply.code) == (403, "origin")
    reply = Browser(served).call("POST", "/session", "email=x&password=y",
                                 Content_Type="application/x-www-form-urlencoded")
    assert reply.status == 415


def test_a_cookie_that_comes_twice_is_refused(served):
    browser = invited(served)
    for cookie in (f"__Host-rove={browser.cookie}; __Host-rove={64 * 'a'}",
                   f"__Host-rove={64 * 'a'}; x=y; __Host-rove={browser.cookie}"):
        assert browser.get("/account", Cookie=cookie).status == 400
    connection = http.client.HTTPConnection(served.address, served.http_port, timeout=10)
    connection.putrequest("GET", "/api/v1/account", skip_host=True)
    connection.putheader("Host", f"localhost:{served.http_port}")
    connection.putheader("Cookie", f"__Host-rove={browser.cookie}")
    connection.putheader("Cookie", "a=b")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


def test_updates_know_nothing_of_cookies(served):
    browser = invited(served)
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    fields = {"Cookie": f"__Host-rove={browser.cookie}", "X-CSRF-Token": browser.csrf,
              "Origin": served.origin, "Host": f"localhost:{served.http_port}"}
    assert served.get(f"/nic/update?hostname={HOST}&myip=10.1.2.3", fields) == (401, "badauth")
    with_token = fields | {"Authorization": basic(HOST, served.ctl("token", "add", HOST)["secret"])}
    assert served.get(f"/nic/update?hostname={HOST}&myip=10.1.2.3", with_token) == \
        (200, "good 10.1.2.3")
    assert served.get("/", fields)[0] == 200


def test_a_token_of_the_api_needs_no_cookie_and_takes_none(served):
    browser = invited(served)
    made = browser.call("POST", "/tokens", {"kind": "api", "rights": ["read"]})
    assert made.status == 201
    program = Api(served, made.body["secret"])
    reply = program.get("/account", Cookie=f"__Host-rove={browser.cookie}")
    assert reply.body["email"] == ALICE
    assert program.get("/sessions", Cookie=f"__Host-rove={browser.cookie}").status == 403
    assert program.call("PATCH", "/account", {"language": "de"},
                        Cookie=f"__Host-rove={browser.cookie}", Origin=served.origin,
                        X_CSRF_Token=browser.csrf).status == 403


def test_beside_https_nobody_logs_in_in_clear(make_rove):
    rove = make_rove('web { origin = "https://ddns.example.org" }').start()
    rove.origin = "https://ddns.example.org"
    url = rove.ctl("account", "invite", ALICE)["url"]
    reply = Browser(rove).call("POST", "/links/redeem",
                               {"link": url.partition("#")[2], "password": PASSWORD},
                               host="ddns.example.org")
    assert reply.status == 403 and "clear" in reply.body["detail"]


# ---- step-up and passwords -----------------------------------------------------------


def make_stale(rove):
    """What was fresh is not any more."""
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        database.execute("UPDATE sessions SET fresh_s = 1000")
    rove.start()


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


# ---- the second factor ---------------------------------------------------------------


def oathtool(secret, *options):
    """The codes of another program."""
    return subprocess.run(["oathtool", "--totp", "--base32", *options, secret], check=True,
                          capture_output=True, text=True).stdout.split()


def code_of(secret, steps=0):
    return oathtool(secret, "-N", f"@{int(time.time()) + 30 * steps}")[0]


def read_qr(begun):
    """What another program reads from the picture that a page draws."""
    side, scale = begun["qr_side"], 4
    rows_of = [bytearray(b"\xff" * side) for _ in range(side)]
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", begun["qr_path"]):
        rows_of[int(y)][int(x):int(x) + int(wide)] = bytes(int(wide))
    pixels = b"".join(bytes(value for value in row for _ in range(scale)) * scale for row in rows_of)
    picture = f"P5 {side * scale} {side * scale} 255\n".encode() + pixels
    with tempfile.NamedTemporaryFile(suffix=".pgm") as file:
        file.write(picture)
        file.flush()
        return subprocess.run(["zbarimg", "-q", "--raw", file.name], check=True,
                              capture_output=True, text=True).stdout.strip()


def with_factor(browser):
    """Switches the second factor on; gives the seed's text and the recovery codes."""
    begun = browser.call("POST", "/account/totp").body
    assert begun["uri"].startswith(f"otpauth://totp/Rove:{ALICE}?secret={begun['secret']}&")
    assert read_qr(begun) == begun["uri"]
    reply = browser.call("PUT", "/account/totp", {"code": code_of(begun["secret"], -1)})
    assert reply.status == 200 and len(reply.body["recovery_codes"]) == 10, reply.text
    return begun["secret"], reply.body["recovery_codes"]


def test_codes_are_those_of_another_program():
    chance = random.Random(6238)
    for _ in range(10):
        seed, step = chance.randbytes(20).hex(), chance.randrange(1 << 31)
        own = subprocess.run([BUILD / "tests/system/tool_totp", seed, str(step), "500"], check=True,
                             capture_output=True, text=True).stdout.split()
        other = subprocess.run(["oathtool", "--totp", "-N", f"@{30 * step}", "-w", "499", seed],
                               check=True, capture_output=True, text=True).stdout.split()
        assert own == other and len(own) == 500


def test_with_a_second_factor_the_password_alone_does_not_let_in(served):
    browser, other = invited(served), in_again(served)
    secret, codes = with_factor(browser)
    assert other.account() is None and browser.account()
    assert browser.get("/account/totp").body == {"on": True, "recovery_codes_left": 10}
    stranger = Browser(served)
    reply = stranger.log_in(ALICE, PASSWORD)
    assert (reply.status, reply.code) == (403, "factor") and not stranger.cookie
    assert stranger.log_in(ALICE, OTHER_PASSWORD, code=code_of(secret)).code == "wrong"
    code = code_of(secret)
    assert stranger.log_in(ALICE, PASSWORD, code=code).status == 200 and stranger.account()
    assert Browser(served).log_in(ALICE, PASSWORD, code=code).code in ("code", "wait")
    assert browser.call("POST", "/account/totp").status == 409
    assert len(codes) == len(set(codes))


def test_a_recovery_code_works_once(served):
    _, codes = with_factor(invited(served))
    assert Browser(served).log_in(ALICE, PASSWORD, code=codes[0].upper()).status == 200
    assert Browser(served).log_in(ALICE, PASSWORD, code=codes[0]).code == "code"
    browser = in_again(served, code=codes[1].replace("-", ""))
    assert browser.get("/account/totp").body["recovery_codes_left"] == 8
    renewed = browser.call("POST", "/account/recovery-codes").body["recovery_codes"]
    assert len(renewed) == 10 and not set(renewed) & set(codes)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_a_hundred_with_the_same_code_at_once_one_gets_in(served, kind):
    secret, codes = with_factor(invited(served))
    code = code_of(secret) if kind == "app" else codes[0]
    before = len(rows(served, "SELECT id FROM sessions"))
    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(lambda _: Browser(served).log_in(ALICE, PASSWORD, code=code).status,
                                 range(100)))
    assert statuses.count(200) == 1 and set(statuses) <= {200, 403, 429, 503}, statuses
    assert len(rows(served, "SELECT id FROM sessions")) == before + 1


def test_a_reset_keeps_the_second_factor_and_an_operator_takes_it_away(served):
    secret, _ = with_factor(invited(served))
    url = served.ctl("account", "reset", ALICE)["url"]
    assert Browser(served).redeem(url, OTHER_PASSWORD).status == 200
    assert Browser(served).log_in(ALICE, OTHER_PASSWORD).code == "factor"
    browser = in_again(served, password=OTHER_PASSWORD, code=code_of(secret))
    served.ctl("account", "drop-factors", ALICE)
    assert browser.account() is None
    browser = in_again(served, password=OTHER_PASSWORD)
    assert browser.get("/account/totp").body == {"on": False, "recovery_codes_left": 0}


def test_the_second_factor_goes_and_comes_with_a_fresh_session_alone(served):
    browser = invited(served)
    make_stale(served)
    for method, path in (("POST", "/account/totp"), ("PUT", "/account/totp"),
                         ("DELETE", "/account/totp"), ("POST", "/account/recovery-codes")):
        assert browser.call(method, path, {"code": "000000"}).code == "fresh"
    assert browser.call("POST", "/session/fresh", {"password": PASSWORD}).status == 200
    with_factor(browser)
    assert browser.call("DELETE", "/account/totp").status == 204 and browser.account()
    in_again(served)
    assert browser.call("DELETE", "/account/totp").status == 404
    assert browser.call("POST", "/account/recovery-codes").status == 409


def test_codes_are_tried_five_times_and_then_slowly(served):
    with_factor(invited(served))
    addresses = [f"127.0.0.{number}" for number in range(2, 10)]
    codes = [log_in_from(served, address, "000000") for address in addresses]
    assert codes == ["code"] * 5 + ["wait"] * 3


def log_in_from(rove, address, code):
    """The code of the reply to a login from another address of this machine."""
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=10,
                                            source_address=(address, 0))
    connection.request("POST", "/api/v1/session",
                       json.dumps({"email": ALICE, "password": PASSWORD, "code": code}),
                       {"Host": f"localhost:{rove.http_port}", "Origin": rove.origin,
                        "Content-Type": "application/json"})
    reply = json.loads(connection.getresponse().read())
    connection.close()
    return reply.get("code")


# ---- guessing ------------------------------------------------------------------------


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
    hashes = metric(served, "rove_password_hashes_total")

    def guess(number):
        reply = Browser(served).log_in(f"guess{number}@example.org", OTHER_PASSWORD)
        return reply.status, metric(served, "rove_passwords_waiting")

    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        guesses = pool.map(guess, range(200))
        updates = [served.update(HOST, secret, f"10.1.2.{number}") for number in range(20)]
        guesses = list(guesses)
    assert all(update == (200, f"good 10.1.2.{number}") for number, update in enumerate(updates))
    statuses = [status for status, _ in guesses]
    assert set(statuses) <= {403, 429, 503} and statuses.count(429) > 100
    assert max(waiting for _, waiting in guesses) <= 8
    # Each guess that was looked at cost one hash, and no other cost one.
    assert metric(served, "rove_password_hashes_total") - hashes == statuses.count(403)


# ---- mails ---------------------------------------------------------------------------


@pytest.fixture
def server():
    made = Server(None).start()
    yield made
    made.stop()


def test_a_login_and_a_reset_are_told_by_mail(make_rove, server):
    rove = make_rove(server.settings(tls="off"))
    rove.origin = f"http://localhost:{rove.http_port}"
    rove.config.write_text(rove.config.read_text().replace(ORIGIN, rove.origin))
    rove.start()
    invited(rove)
    assert not server.mails
    in_again(rove)
    mail = server.wait(1)[0]
    assert mail.recipients == [ALICE] and mail["Subject"] == "A new login to your account"
    assert "from:  127.0.0.1" in mail.text
    made = rove.ctl("account", "reset", ALICE)
    assert made["mailed"]
    mail = server.wait(2)[1]
    assert made["url"] in mail.text and made["url"].partition("#")[2] not in mail["Subject"]
    assert Browser(rove).redeem(made["url"], OTHER_PASSWORD).status == 200
    assert Browser(rove).log_in(ALICE, PASSWORD).status == 403
    rove.ctl("account", "set", ALICE, "--mail-off", "new-login")
    in_again(rove, password=OTHER_PASSWORD)
    assert [one["kind"] for one in rove.ctl("mail", "list")] == ["new-login", "reset"]


# ---- secrets -------------------------------------------------------------------------


def kept_by(rove):
    """Database, its log, keys, and the log of the service."""
    return [path.read_bytes() for path in rove.data.iterdir() if path.is_file()] + \
        [rove.log().encode()]


def test_no_secret_of_people_is_in_the_log_or_the_database(make_rove):
    rove = with_api(make_rove())
    rove.config.write_text(rove.config.read_text().replace('level = "info"', 'level = "debug" requests = true'))
    rove.start()
    url = rove.ctl("account", "invite", ALICE)["url"]
    browser = Browser(rove)
    secrets = [url.partition("#")[2]]
    assert browser.redeem(url, PASSWORD).status == 200
    secrets += [browser.cookie, browser.csrf]
    assert browser.call("POST", "/session/fresh", {"password": PASSWORD}).status == 200
    assert browser.call("PUT", "/account/password",
                        {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200
    secrets += [browser.cookie, browser.csrf, PASSWORD, OTHER_PASSWORD]
    seed, codes = with_factor(browser)
    secrets += [seed, *codes, *(code.replace("-", "") for code in codes), browser.cookie]
    assert base64.b32decode(seed) and base64.b32decode(seed) not in b"".join(kept_by(rove))
    assert Browser(rove).log_in(ALICE, OTHER_PASSWORD, code=codes[0]).status == 200
    reset = rove.ctl("account", "reset", ALICE)["url"]
    secrets.append(reset.partition("#")[2])
    kept = kept_by(rove)
    rove.stop()
    kept = b"".join(kept + kept_by(rove))
    assert ALICE.encode() in kept
    for secret in secrets:
        assert secret.encode() not in kept
        if re.fullmatch("[0-9a-f]+", secret):
            assert bytes.fromhex(secret) not in kept
