# SPDX-License-Identifier: GPL-3.0-or-later
"""Passkeys of a real browser, by the objects that it makes itself."""
import pytest

from authenticator import EDDSA, ES256, RS256
from people import ALICE, PASSWORD, code_of, make_stale

REGISTER = """
    const options = (await call('POST', '/account/passkey-challenge')).body;
    options.pubKeyCredParams = options.pubKeyCredParams.filter(one => !given[0] || one.alg === given[0]);
    return await call('POST', '/account/passkeys', { name: 'Chromium', passkey: await create(options) });
"""
LOG_IN = """
    const options = (await call('POST', '/session/passkey-challenge')).body;
    return await call('POST', '/session/passkey', { passkey: await get(options) });
"""
CALL = "return await call(given[0], given[1], given[2]);"


def come_in(chromium, rove):
    url = rove.ctl("account", "invite", ALICE)["url"]
    reply = chromium.open(rove).run(CALL, "POST", "/links/redeem",
                                    {"link": url.partition("#")[2], "password": PASSWORD})
    assert reply["status"] == 200, reply


def register(chromium, algorithm=0):
    reply = chromium.run(REGISTER, algorithm)
    assert reply.get("status") == 201, reply
    return reply["body"]["passkey"]


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_browser_registers_a_passkey_logs_in_and_confirms_by_it(served, chromium, algorithm):
    come_in(chromium, served)
    made = register(chromium, algorithm)
    assert made["algorithm"] == {ES256: "ES256", EDDSA: "EdDSA", RS256: "RS256"}[algorithm]
    assert made["transports"] == ["internal"]
    again = chromium.run(REGISTER, 0)
    assert again.get("error") == "InvalidStateError", again
    assert chromium.run(CALL, "DELETE", "/session")["status"] == 204
    chromium.open(served)
    reply = chromium.run(LOG_IN)
    assert reply.get("status") == 200 and reply["body"]["account"]["email"] == ALICE, reply
    assert reply["body"]["account"]["passkeys"] == 1
    make_stale(served)
    chromium.open(served)
    chromium.run(CALL, "GET", "/session")
    assert chromium.run(CALL, "POST", "/account/passkey-challenge")["body"]["code"] == "fresh"
    reply = chromium.run("""
        const options = (await call('POST', '/session/fresh-challenge')).body;
        return await call('POST', '/session/fresh', { passkey: await get(options) });
    """)
    assert reply.get("status") == 200, reply
    assert chromium.run(CALL, "DELETE", f"/account/passkeys/{made['id']}")["status"] == 204
    # The session has another cookie, and the page has to ask what its requests prove now.
    assert chromium.run(CALL, "GET", "/session")["body"]["account"]["passkeys"] == 0
    assert chromium.run(LOG_IN)["body"]["code"] == "passkey"


def test_a_passkey_of_a_browser_stands_in_the_place_of_a_code(served, chromium):
    come_in(chromium, served)
    register(chromium)
    secret = chromium.run(CALL, "POST", "/account/totp")["body"]["secret"]
    assert chromium.run(CALL, "PUT", "/account/totp", {"code": code_of(secret)})["status"] == 200
    chromium.run(CALL, "DELETE", "/session")
    chromium.open(served)
    login = {"email": ALICE, "password": PASSWORD}
    assert chromium.run(CALL, "POST", "/session", login)["body"]["code"] == "factor"
    reply = chromium.run("""
        const options = (await call('POST', '/session/passkey-challenge')).body;
        return await call('POST', '/session', { ...given[0], passkey: await get(options) });
    """, login)
    assert reply.get("status") == 200, reply


def test_a_copy_of_an_authenticator_is_found_by_its_counter(served, chromium):
    come_in(chromium, served)
    register(chromium)
    copy, = chromium.credentials()
    for _ in range(2):
        assert chromium.run(LOG_IN)["status"] == 200
    key = {"authenticatorId": chromium.authenticator}
    chromium.command("WebAuthn.removeCredential", credentialId=copy["credentialId"], **key)
    chromium.command("WebAuthn.addCredential", credential=copy, **key)
    reply = chromium.run(LOG_IN)
    assert reply["status"] == 403 and "counter fell" in reply["body"]["detail"], reply


def test_who_was_not_asked_does_not_log_in(served, chromium):
    """The browser itself refuses; and what it says when it is made to is refused here."""
    come_in(chromium, served)
    register(chromium)
    chromium.command("WebAuthn.setUserVerified", authenticatorId=chromium.authenticator,
                     isUserVerified=False)
    assert chromium.run(LOG_IN).get("error") == "NotAllowedError"
    reply = chromium.run("""
        const options = (await call('POST', '/session/passkey-challenge')).body;
        options.userVerification = 'discouraged';
        return await call('POST', '/session/passkey', { passkey: await get(options) });
    """)
    assert reply["status"] == 403 and "nobody was asked" in reply["body"]["detail"], reply
