# SPDX-License-Identifier: GPL-3.0-or-later
"""The web pages in Debian's Chromium, against a real service with real DNS: what people do there,
without a word of the browser about errors. Pictures of all pages stay in BUILD/pictures."""
import time

import pytest

import chromium as browsers
import pages
from api import Browser
from harness import basic, wait_until
from mail import ORIGIN, Server, link_of
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, code_of, invited, make_stale

ZONE = "dyn.example.org"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    browsers.need()
    pages.need_node()
    return pages.build(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def server():
    made = Server(None).start()
    yield made
    made.stop()


@pytest.fixture
def served(make_rove, server, built):
    """A service with pages, which sends mails and takes everybody in."""
    rove = make_rove(server.settings(tls="off"))
    rove.origin = f"http://localhost:{rove.http_port}"
    rove.config.write_text(rove.config.read_text().replace(
        f'"{ORIGIN}"', f'"{rove.origin}" sign_up = "open" pages = "{built}" write_rate = 100 read_rate = 1000'))
    rove.start().add_zone()
    rove.ctl("zone", "set", ZONE, "--policy", "everybody")
    return rove


@pytest.fixture
def visitor(served, chromium):
    made = pages.Visitor(chromium, served.origin)
    yield made
    made.leave()


def come_in(visitor, rove, email=ALICE):
    """By an invitation, without a passkey."""
    visitor.open(rove.ctl("account", "invite", email)["url"])
    visitor.enter("Password", PASSWORD).click("Set password").sees("Make a passkey")
    visitor.click("Later").arrives("/hosts")
    return visitor


def log_in(visitor, password=PASSWORD):
    visitor.open("/login").enter("E-mail address", ALICE).enter("Password", password)
    return visitor.click("Log in", "form button[type=submit]")


def way_in(mail):
    return next(link for link in link_of(mail.text) if "#" in link)


def update(rove, token, addresses, host=HOST):
    return rove.get(f"/nic/update?hostname={host}&myip={addresses}",
                    {"Authorization": basic(host, token)})[1]


def test_the_first_visit_shows_the_own_address_and_the_way_in(visitor):
    visitor.open("/").sees("A name for your home").sees("127.0.0.1").sees("Create an account").is_well()
    visitor.keep_all("first").is_well()
    visitor.click("Deutsch").sees("Ein Name für Ihr Zuhause").keep("first-de")
    assert visitor.run("return document.documentElement.lang") == "de"
    visitor.open("/login").sees("Mit Passkey anmelden").keep("login-de")
    visitor.click("English").sees("Log in with a passkey").keep_all("login").is_well()


def test_an_invitation_leads_to_a_name_that_resolves(served, visitor):
    visitor.open(served.ctl("account", "invite", ALICE)["url"]).sees("Choose a password")
    assert visitor.driver.current_url == served.origin + "/confirm", "the secret stays in no address bar"
    visitor.enter("Password", "kurz").sees("Too short").enter("Password", PASSWORD).sees("Hard to guess")
    visitor.keep_all("confirm").click("Set password").sees("Make a passkey").keep_all("passkey")
    visitor.click("Make a passkey").arrives("/hosts").sees("Your first host").keep_all("hosts-empty").is_well()
    visitor.enter("Name", "www").sees("reserved").keep("hosts-reserved")
    visitor.enter("Name", "home").sees(f"{HOST} is free").click("Add").arrives("/hosts/" + HOST)
    visitor.sees("No device has called in yet").click("New token").enter("What is it for?", "router")
    visitor.click("Make token").sees("Your new token").keep_all("token")
    token = visitor.run("return document.querySelectorAll('dialog code')[2].textContent")
    visitor.click("Done")
    assert update(served, token, "192.0.2.7,2001:db8::7").startswith("good")
    visitor.sees("192.0.2.7").sees("Called in").sees("Everybody says the same.")
    served.wait_dns(HOST, "A", ["192.0.2.7"], seconds=15)
    visitor.is_well()
    assert update(served, "rv_wrong", "192.0.2.8") == "badauth"
    visitor.sees("The device sends a wrong or old token").sees("requests fail")
    visitor.keep_all("host").is_well()


def test_what_can_be_undone_is_done_at_once(served, visitor):
    come_in(visitor, served)
    browser = Browser(served)
    browser.log_in(ALICE, PASSWORD)
    browser.call("POST", "/hosts", {"name": HOST, "addresses": ["192.0.2.7"]})

    def has(addresses):
        wait_until(lambda: browser.get("/hosts/" + HOST).body["addresses"] == addresses, 5, f"it has {addresses}")
    visitor.open("/hosts/" + HOST).sees("192.0.2.7")
    visitor.click("Set by hand").enter("Addresses, with blanks between", "nonsense").click("Save", "form button[type=submit]")
    visitor.sees("nonsense").is_well(400)
    visitor.enter("Addresses, with blanks between", "192.0.2.9").click("Save", "form button[type=submit]")
    visitor.sees("Addresses changed")
    has(["192.0.2.9"])
    visitor.click("Undo").sees("Undone")
    has(["192.0.2.7"])
    visitor.check("Names below it have the same addresses").sees("Settings changed")
    wait_until(lambda: browser.get("/hosts/" + HOST).body["wildcard"], 5, "it is a wildcard")
    visitor.click("Undo")
    wait_until(lambda: not browser.get("/hosts/" + HOST).body["wildcard"], 5, "it is none")
    wait_until(lambda: "192.0.2.9\nBack to this" in visitor.run("return document.querySelector('.timeline').innerText"),
               5, "the history has what was undone")
    visitor.click("Back to this")
    has(["192.0.2.9"])
    visitor.click("Delete host").sees("Type the name").enter("Type the name to confirm", "home")
    visitor.click("Delete host").sees("Type the name").keep_all("delete")
    visitor.enter("Type the name to confirm", HOST).click("Delete host").arrives("/hosts").sees("is deleted")
    assert browser.get("/hosts/" + HOST).status == 404
    visitor.is_well(400)


def test_the_list_shows_what_happens_and_finds_what_is_looked_for(served, visitor):
    come_in(visitor, served)
    browser = Browser(served)
    browser.log_in(ALICE, PASSWORD)
    for number in range(30):
        browser.call("POST", "/hosts", {"name": f"h{number:02}.{ZONE}", "addresses": [f"192.0.2.{number + 1}"]})
    visitor.sees("30 hosts").keep_all("hosts")
    token = browser.call("POST", "/tokens", {"hosts": [f"h07.{ZONE}"]}).body["secret"]
    visitor.enter("Search name or address", "h07")
    assert "h08" not in visitor.text()
    assert visitor.driver.current_url.endswith("/hosts?q=h07")
    began = time.monotonic()
    assert update(served, token, "192.0.2.77", f"h07.{ZONE}").startswith("good")
    visitor.sees("192.0.2.77")
    assert time.monotonic() - began < 5
    browser.call("DELETE", f"/hosts/h07.{ZONE}")
    visitor.sees("No host matches.").open("/hosts?sort=state&q=h0").sees("h09").is_well()


def test_a_second_step_stands_between_a_password_and_the_account(served, visitor):
    come_in(visitor, served).open("/account").sees("Second step").keep_all("account")
    visitor.click("Set up").sees("Or enter this key").keep_all("second-step")
    secret = visitor.run("return document.querySelector('dialog code').textContent")
    visitor.enter("Code of the app", code_of(secret, -1)).click("Switch on").sees("Print them").keep_all("codes")
    codes = visitor.run("return [...document.querySelectorAll('.codes code')].map(one => one.textContent)")
    assert len(codes) == 10
    visitor.chromium.command("Emulation.setEmulatedMedia", media="print")
    printed = [visitor.run("return arguments[0].checkVisibility({ visibilityProperty: true })", one) for one in (
        visitor.run("return document.querySelector('.codes')"), visitor.run("return document.querySelector('h1')"))]
    visitor.keep("codes-printed").chromium.command("Emulation.setEmulatedMedia", media="")
    assert printed == [True, False]
    visitor.click("Done").sees("10 recovery codes left").click("Log out").arrives("/").is_well()
    log_in(visitor, OTHER_PASSWORD).sees("Address or password is wrong.")
    log_in(visitor).sees("Second step").keep_all("code").enter("Code", "000000").click("Log in").sees("This code is wrong")
    visitor.enter("Code", codes[0]).click("Log in").arrives("/hosts").is_well(403)


def test_what_is_dangerous_asks_once_more_and_goes_on(served, visitor):
    come_in(visitor, served).sees("Your first host").driver.get("about:blank")
    make_stale(served)
    visitor.open("/account").click("New token").enter("What is it for?", "backup").click("Make token").sees("Is it you?")
    visitor.keep_all("fresh").enter("Password", OTHER_PASSWORD).click("Confirm").sees("wrong")
    visitor.enter("Password", PASSWORD).click("Confirm").sees("Your new token").click("Done").sees("backup")
    visitor.click("Add a passkey").sees("The passkey is there").is_well(403)


def test_the_account_is_looked_after(served, visitor):
    come_in(visitor, served).open("/account")
    visitor.click("Add a passkey").sees("The passkey is there").click("Rename: Chrome, Linux").enter("Name", "laptop")
    visitor.click("Save").sees("laptop").check("A new login").sees("Changed")
    visitor.click("Change password").enter("Present password", PASSWORD).enter("New password", OTHER_PASSWORD)
    visitor.click("Change password", "form button").sees("The password is changed.")
    other = Browser(served)
    assert other.log_in(ALICE, OTHER_PASSWORD).status == 200
    visitor.open("/account").click("Log out: 127.0.0.1").sees("Logged out there")
    assert other.account() is None
    visitor.run("const one = document.querySelector('select'); one.value = 'de'; one.dispatchEvent(new Event('change'))")
    visitor.sees("Zweiter Schritt").keep_all("account-de").is_well()
    visitor.run("URL.createObjectURL = file => { file.text().then(text => window.exported = text); return 'data:,'; }")
    visitor.click("Alles herunterladen")
    wait_until(lambda: ALICE in (visitor.run("return window.exported") or ""), 5, "all data has come")
    visitor.click("Passkey hinzufügen").sees("laptop").click("Konto löschen").enter("Zur Bestätigung Ihre Adresse eingeben", ALICE)
    visitor.click("Konto löschen", "dialog form button[type=submit]").arrives("/")
    visitor.is_well(403)  # to the passkey, which the browser offers once more


def test_mails_open_accounts_and_set_forgotten_passwords(served, server, visitor):
    visitor.open("/signup").enter("E-mail address", "new@example.org").click("Send the link").sees("Look into your mailbox")
    visitor.keep_all("sent").open(way_in(server.wait(1)[0])).enter("Password", PASSWORD).click("Set password")
    visitor.click("Later").arrives("/hosts").click("Log out").arrives("/")
    invited(served)
    before = len(server.wait(2))  # that of the invitation
    visitor.open("/forgot").keep_all("forgot").enter("E-mail address", ALICE).click("Send the link").sees("30 minutes")
    visitor.open(way_in(server.wait(before + 1)[-1])).sees("A new password").enter("Password", OTHER_PASSWORD)
    visitor.click("Set password").arrives("/login").sees("Your new password counts.")
    log_in(visitor, OTHER_PASSWORD).arrives("/hosts").is_well()


def test_a_page_that_is_none_and_a_service_that_is_away_are_told(served, visitor):
    visitor.open("/nothing").sees("There is no such page").keep_all("missing").is_well(404)
    come_in(visitor, served).open("/account").sees("Second step")
    served.stop()
    visitor.click("Change password").enter("Present password", PASSWORD).enter("New password", OTHER_PASSWORD)
    visitor.click("Change password", "form button").sees("You are offline").keep_all("offline")
    assert visitor.run("return arguments[0].value", visitor.field("New password")) == OTHER_PASSWORD


def test_the_keyboard_is_enough(served, visitor):
    come_in(visitor, served)
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    active = visitor.driver.switch_to
    active.active_element.send_keys(keys.TAB)
    for _ in range(12):
        if visitor.run("return document.activeElement.placeholder") == "home":
            break
        assert visitor.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"
        active.active_element.send_keys(keys.TAB)
    active.active_element.send_keys("home", keys.ENTER)
    visitor.arrives("/hosts/" + HOST)
    assert visitor.run("return document.activeElement.tagName") in ("H1", "BODY")
    visitor.is_well()


def test_operators_are_invited_like_everybody(served, visitor):
    invited(served, "first@example.org", options=("--role", "operator"))
    come_in(visitor, served, "second@example.org").is_well()
