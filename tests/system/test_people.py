# SPDX-License-Identifier: GPL-3.0-or-later
"""People come in and look after their hosts; mails tell them what was done, and nothing keeps their
secrets."""
import base64
import re
import time

import pytest

from api import Browser, with_api
from mail import ORIGIN, Server
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, in_again, invited, with_factor


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
    mail = server.wait(1)[0]
    assert mail.recipients == [ALICE] and "/confirm#" in mail.text
    in_again(rove)
    mail = server.wait(2)[1]
    assert mail.recipients == [ALICE] and mail["Subject"] == "A new login to your account"
    assert "from:  127.0.0.1" in mail.text
    made = rove.ctl("account", "reset", ALICE)
    assert made["mailed"]
    mail = server.wait(3)[2]
    assert made["url"] in mail.text and made["url"].partition("#")[2] not in mail["Subject"]
    assert Browser(rove).redeem(made["url"], OTHER_PASSWORD).status == 200
    assert Browser(rove).log_in(ALICE, PASSWORD).status == 403
    rove.ctl("account", "set", ALICE, "--mail-off", "new-login")
    in_again(rove, password=OTHER_PASSWORD)
    assert [one["kind"] for one in rove.ctl("mail", "list")] == \
        ["invitation", "new-login", "reset", "new-password"]


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
