# SPDX-License-Identifier: GPL-3.0-or-later
"""The second factor: codes of an app, and codes for when it is lost."""
import concurrent.futures
import random
import subprocess

import pytest

from api import Browser
from harness import BUILD
from people import (ALICE, OTHER_PASSWORD, PASSWORD, code_of, in_again, invited, make_stale,
                    rows, with_factor)


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


def log_in_from(rove, address, code):
    """The code of the reply to a login from another address of this machine."""
    browser = Browser(rove)
    browser.source = address
    return browser.log_in(ALICE, PASSWORD, code=code).code


def test_codes_are_tried_five_times_and_then_slowly(served):
    with_factor(invited(served))
    addresses = [f"127.0.0.{number}" for number in range(2, 10)]
    codes = [log_in_from(served, address, "000000") for address in addresses]
    assert codes == ["code"] * 5 + ["wait"] * 3
