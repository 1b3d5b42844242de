# SPDX-License-Identifier: GPL-3.0-or-later
"""People open accounts themselves, forget passwords and change addresses, by the mails that they
get; and strangers learn nothing of who has an account, and fill neither mailboxes nor disks."""
import concurrent.futures
import http.client
import itertools
import json
import re
import signal
import sqlite3
import statistics
import time

import pytest

from api import Browser, with_api
from harness import wait_until
from mail import ORIGIN, Server, link_of
from people import (ALICE, HOST, OTHER_PASSWORD, PASSWORD, code_of, in_again, invited, rows, state,
                    welch, with_factor)

NEW = "new@example.org"
_source = itertools.count(1)


@pytest.fixture
def server():
    made = Server(None).start()
    yield made
    made.stop()


@pytest.fixture
def open_to(make_rove, server):
    """A service that sends mails to the server, and takes people in as it is told."""
    def make(sign_up="open", more=""):
        rove = make_rove(server.settings(tls="off"))
        rove.origin = f"http://localhost:{rove.http_port}"
        rove.config.write_text(rove.config.read_text().replace(
            f'"{ORIGIN}"', f'"{rove.origin}" sign_up = "{sign_up}" {more}'))
        rove.start()
        rove.add_zone()
        rove.ctl("zone", "set", "dyn.example.org", "--policy", "everybody")
        return rove
    return make


def stranger(rove):
    """Somebody at an address that has not been here yet."""
    browser = Browser(rove)
    number = next(_source)
    browser.source = f"127.2.{number // 250}.{number % 250 + 1}"
    return browser


def ask(rove, path, email, by=None, **more):
    return (by or stranger(rove)).call("POST", path, {"email": email} | more)


def check_taken(reply):
    assert (reply.status, reply.text) == (202, ""), reply.text


def mail_to(server, address, subject, seconds=20):
    """The newest mail of the address with the words in its subject, once there is one; taken off."""
    def find():
        for mail in reversed(server.mails):
            if mail.recipients == [address] and subject in mail["Subject"]:
                server.mails.remove(mail)
                return mail
        return None
    return wait_until(find, seconds, f"{subject} for {address}, not "
                      f"{[(one.recipients, one['Subject']) for one in server.mails]}")


def link_in(mail):
    """The link of a mail that has a secret."""
    return next(link for link in link_of(mail.text) if "#" in link)


def signed_up(rove, server, email=NEW, password=PASSWORD, subject="confirm your", **more):
    """A browser that has opened an account by the mailed link."""
    check_taken(ask(rove, "/signups", email, **more))
    browser = stranger(rove)
    reply = browser.redeem(link_in(mail_to(server, email, subject)), password)
    assert reply.status == 200 and browser.cookie, reply.text
    return browser


def queued(rove):
    """[(kind, to)] of the queue."""
    return [(one["kind"], one["to"]) for one in rove.ctl("mail", "list")]


def links(rove):
    """How many there are, but for the one of the first operator."""
    return rows(rove, "SELECT count(*) FROM links WHERE purpose > 0 OR account_id > 0")[0][0]


def reload(rove):
    rove.processes["roved"].send_signal(signal.SIGHUP)


def settle(rove):
    """All that strangers have asked for has been answered: a later change has been."""
    rove.ctl("account", "set", "owner@example.org", "--language", "en")


# ---- opening an account ---------------------------------------------------------------


def test_somebody_opens_an_account_by_the_mailed_link(open_to, server):
    rove = open_to(more="new_hosts = 1")
    seen = stranger(rove).get("/service").body
    assert seen == {"name": rove.origin.partition("://")[2], "sign_up": "open", "mail": True, "origin_4": "", "origin_6": "",
                    "password_min": 12, "contact": "", "languages": ["en", "de"]}
    before = rows(rove, "SELECT * FROM accounts")
    check_taken(ask(rove, "/signups", NEW, language="de"))
    mail = mail_to(server, NEW, "Bitte bestätigen Sie Ihre E-Mail-Adresse")
    assert rows(rove, "SELECT * FROM accounts") == before
    link = link_in(mail)
    assert link.startswith(rove.origin + "/confirm#") and "24 Stunden" in mail.text
    browser = stranger(rove)
    assert browser.redeem(link, "new@example.org").body["errors"][0]["field"] == "password"
    reply = browser.redeem(link, PASSWORD)
    account = reply.body["account"]
    assert (account["email"], account["role"], account["state"], account["language"],
            account["hosts_max"]) == (NEW, "user", "active", "de", 1)
    assert stranger(rove).redeem(link, OTHER_PASSWORD).code == "link"
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    reply = browser.call("POST", "/hosts", {"name": "b.dyn.example.org"})
    assert reply.status == 400 and "has its 1 hosts" in reply.body["detail"]
    in_again(rove, email=NEW.upper())


def test_of_a_hundred_who_use_a_mailed_link_at_once_one_gets_in(open_to, server):
    rove = open_to()
    check_taken(ask(rove, "/signups", NEW))
    link = link_in(mail_to(server, NEW, "confirm"))
    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(lambda number: stranger(rove).redeem(link, f"{number} {PASSWORD}").status,
                                 range(100)))
    assert statuses.count(200) == 1 and set(statuses) <= {200, 404, 429, 503}, statuses
    assert rows(rove, f"SELECT count(*) FROM accounts WHERE email = '{NEW}'") == [(1,)]


def test_a_newer_mail_ends_the_older_link_and_a_link_ends_after_a_day(open_to, server):
    rove = open_to()
    links = []
    for number in range(2):
        check_taken(ask(rove, "/signups", NEW if number else NEW.upper()))
        links.append(link_in(mail_to(server, NEW if number else NEW.upper(), "confirm")))
        rove.stop()
        with sqlite3.connect(rove.database) as database:  # five minutes later
            database.execute("UPDATE mails SET created_s = created_s - 300")
        rove.start()
    assert stranger(rove).redeem(links[0], PASSWORD).code == "link"
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        database.execute("UPDATE links SET expires_s = expires_s - 86400")
    rove.start()
    assert stranger(rove).redeem(links[1], PASSWORD).code == "link"


def test_an_account_that_is_there_gets_a_notice_and_its_link_works_no_more(open_to, server):
    """The mail goes to the address as it is stored, whatever was typed."""
    rove = open_to()
    check_taken(ask(rove, "/signups", NEW))
    link = link_in(mail_to(server, NEW, "confirm"))
    invited(rove)
    check_taken(ask(rove, "/signups", "Alice@EXAMPLE.org"))
    mail = mail_to(server, ALICE, "Your account at")
    assert "#" not in mail.text and rove.origin in mail.text
    rove.ctl("account", "add", NEW)
    assert stranger(rove).redeem(link, PASSWORD).code == "link"


def test_whoever_waits_for_an_operator_looks_after_itself_until_it_is_let_in(open_to, server):
    rove = open_to("approval")
    rove.ctl("account", "add", "root@example.org", "--role", "operator")
    browser = signed_up(rove, server)
    assert browser.account()["state"] == "waiting"
    mail = mail_to(server, "root@example.org", "wait for your approval")
    assert "accounts waiting:  1" in mail.text and mail["List-Unsubscribe"]
    other = signed_up(rove, server, "other@example.org")
    assert ("account-waiting", "root@example.org") in queued(rove)
    assert sum(kind == "account-waiting" for kind, _ in queued(rove)) == 1
    for method, path, body in (("GET", "/hosts", None), ("POST", "/hosts", {"name": HOST}),
                               ("POST", "/tokens", {"kind": "api", "rights": ["read"]}),
                               ("GET", "/zones", None), ("POST", "/batch", {"calls": []}),
                               ("POST", "/account/address", {"email": "x@example.org"})):
        reply = browser.call(method, path, body)
        assert (reply.status, reply.code) == (403, "waiting"), (path, reply.text)
    assert browser.call("PATCH", "/account", {"language": "de"}).body["language"] == "de"
    assert browser.call("PUT", "/account/password",
                        {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200
    in_again(rove, email=NEW, password=OTHER_PASSWORD)
    assert other.call("DELETE", "/accounts/other@example.org").status == 204
    assert other.account() is None
    waiting = rove.ctl("account", "list", "--state", "waiting")
    assert [(one["email"], one["state"]) for one in waiting] == [(NEW, "waiting")]
    rove.ctl("account", "set", NEW, "--state", "active")
    assert "freigegeben" in mail_to(server, NEW, "Willkommen").text
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    assert rove.ctl("account", "set", NEW, "--state", "waiting", check=False).returncode
    third = signed_up(rove, server, "third@example.org")
    root = in_operator(rove)
    assert [one["email"] for one in root.get("/accounts?state=waiting").body["items"]] == \
        ["third@example.org"]
    assert root.get("/accounts?state=odd").status == 400
    assert root.call("DELETE", "/accounts/third@example.org").status == 204
    assert third.account() is None


def in_operator(rove):
    browser = stranger(rove)
    reply = browser.redeem(rove.ctl("account", "invite", "root@example.org")["url"], PASSWORD)
    assert reply.status == 200, reply.text
    return browser


def test_where_nobody_signs_up_alone_it_is_said_whom_to_ask(open_to, server):
    rove = open_to("invited", 'contact = "the desk in room 12"')
    before = state(rove)
    reply = ask(rove, "/signups", NEW)
    assert (reply.status, reply.code) == (403, "invited")
    assert "ask the desk in room 12" in reply.body["detail"]
    assert stranger(rove).get("/service").body["contact"] == "the desk in room 12"
    settings = rove.config.read_text()

    def let_in(word):
        rove.config.write_text(settings.replace('sign_up = "invited"', f'sign_up = "{word}"'))
        reload(rove)
        wait_until(lambda: stranger(rove).get("/service").body["sign_up"] == word, 10,
                   f"{word} is taken over")

    let_in("closed")
    reply = ask(rove, "/signups", NEW)
    assert (reply.status, reply.code) == (403, "closed")
    assert state(rove)["links"] == before["links"]
    let_in("open")
    check_taken(ask(rove, "/signups", NEW))
    link = link_in(mail_to(server, NEW, "confirm"))
    let_in("invited")
    reply = stranger(rove).redeem(link, PASSWORD)
    assert (reply.status, reply.code) == (403, "invited")
    mail = rove.ctl("account", "invite", "asked@example.org")
    assert mail["mailed"]
    assert link_in(mail_to(server, "asked@example.org", "An invitation")) == mail["url"]
    let_in("open")
    assert stranger(rove).redeem(link, PASSWORD).status == 200


def test_without_mail_it_is_said_that_nothing_can_be_asked_for(make_rove):
    rove = with_api(make_rove(), 'sign_up = "open"').start()
    assert not stranger(rove).get("/service").body["mail"]
    for path in ("/signups", "/resets"):
        reply = ask(rove, path, NEW)
        assert (reply.status, reply.code) == (403, "no-mail"), reply.text
    browser = invited(rove)
    reply = browser.call("POST", "/account/address", {"email": NEW})
    assert (reply.status, reply.code) == (403, "no-mail")
    assert not rove.ctl("account", "reset", ALICE)["mailed"]


# ---- what strangers learn and use up ---------------------------------------------------


def facts(reply):
    return reply.status, reply.text, {name: value for name, value in reply.fields.items()
                                      if name != "date"}


def test_a_reply_does_not_tell_who_has_an_account(open_to, server):
    rove = open_to()
    for email in (ALICE, "blocked@example.org", "reset@example.org"):
        rove.ctl("account", "add", email)
    rove.ctl("account", "set", "blocked@example.org", "--state", "blocked")
    for path in ("/signups", "/resets"):
        replies = [ask(rove, path, email) for email in
                   (f"nobody{path[1]}@example.org", "reset@example.org", "blocked@example.org",
                    ALICE, ALICE, "REset@example.org", f"nobody{path[1]}@example.org")]
        check_taken(replies[0])
        assert all(facts(reply) == facts(replies[0]) for reply in replies)
        for refused in ("", "a@b@c", "bücher@example.org", 5):
            assert ask(rove, path, refused).status == 400
    settle(rove)
    # One mail in five minutes to an address, whatever asks for it.
    assert sorted(queued(rove)) == [
        ("account-exists", ALICE), ("account-exists", "reset@example.org"),
        ("confirm", "nobodys@example.org")]
    assert links(rove) == 1


def time_of(rove, path, email):
    """Status, and how long it took, from an address that has not been here yet."""
    number = next(_source)
    connection = http.client.HTTPConnection(
        rove.address, rove.http_port, timeout=60,
        source_address=(f"127.3.{number // 250}.{number % 250 + 1}", 0))
    connection.connect()
    begin = time.perf_counter()
    connection.request("POST", "/api/v1" + path, json.dumps({"email": email}),
                       {"Host": f"localhost:{rove.http_port}", "Origin": rove.origin,
                        "Content-Type": "application/json"})
    reply = connection.getresponse()
    reply.read()
    took = time.perf_counter() - begin
    connection.close()
    return reply.status, took


PAIRS = 300


def test_the_time_of_a_reply_does_not_tell_who_has_an_account(open_to):
    rove = open_to(more="mails_per_hour = 10000 write_rate = 0")
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        database.executemany(
            "INSERT INTO accounts (email, email_folded, password_hash, role, state, hosts_max,"
            " language, created_s, last_change) VALUES (?1, ?1, '', 0, 0, 0, 'en', 0, 0)",
            [(f"known{kind}{number}@example.org",) for kind in "sr" for number in range(PAIRS)])
    rove.start()
    for path in ("/signups", "/resets"):
        known, unknown = [], []
        for number in range(PAIRS):
            pair = [(known, f"known{path[1]}{number}@example.org"),
                    (unknown, f"nobod{path[1]}{number}@example.org")]
            for took, email in pair if number % 2 else reversed(pair):
                status, seconds = time_of(rove, path, email)
                assert status == 202
                took.append(seconds)
        t = welch(known, unknown)
        print(f"{path}: {1e3 * statistics.median(known):.2f} ms known,"
              f" {1e3 * statistics.median(unknown):.2f} ms unknown, t = {t:.2f}")
        assert abs(t) < 4.5, (path, t)


def test_mails_that_strangers_ask_for_are_limited_by_address_by_source_and_in_all(open_to):
    rove = open_to(more="mails_per_hour = 9")
    one = stranger(rove)
    statuses = [ask(rove, path, f"a{number}@example.org", by=one).status
                for number, path in enumerate(3 * ["/signups", "/resets"])]
    assert statuses == 5 * [202] + [429]
    reply = ask(rove, "/resets", ALICE, by=one)
    assert (reply.status, reply.code, reply.fields["retry-after"]) == (429, "wait", "20")
    replies = [ask(rove, "/signups", "b@example.org") for _ in range(6)]
    assert [reply.status for reply in replies] == 4 * [202] + 2 * [429]
    assert replies[-1].code == "wait" and 100 < int(replies[-1].fields["retry-after"]) < 500
    settle(rove)
    assert sorted(to for _, to in queued(rove)) == [
        "a0@example.org", "a2@example.org", "a4@example.org", "b@example.org"]
    assert links(rove) == 4


def test_only_addresses_to_which_mail_can_go_are_taken_and_each_only_to_its_own_bytes(open_to, server):
    rove = open_to(more="mails_per_hour = 1000")
    rove.ctl("account", "add", ALICE)
    before = state(rove)
    for odd in ("alice@example.org.", "alice@example.org\r\nBcc: eve@example.net", "alice @example.org",
                "<alice@example.org>", "alice@example.org,eve@example.net", "\"a\"@example.org",
                "alicе@example.org", "alice@exаmple.org", "ａlice@example.org", "alice@example.org\x00",
                "@example.org", "alice@", "alice", "x" * 65 + "@example.org",
                "a@" + 50 * "label." + "example", "a" * 300):
        for path in ("/signups", "/resets"):
            reply = ask(rove, path, odd)
            assert reply.status == 400, (odd, reply.text)
            assert "\x00" in odd or reply.body["errors"][0]["field"] == "email", reply.text
    settle(rove)
    after = state(rove)
    assert after["links"] == before["links"] and not queued(rove)
    for near in ("alice+x@example.org", "a.lice@example.org", "ALICE+X@example.org"):
        check_taken(ask(rove, "/signups", near))
    check_taken(ask(rove, "/signups", "ALICE@EXAMPLE.ORG"))
    settle(rove)
    assert sorted(queued(rove)) == [("account-exists", ALICE), ("confirm", "a.lice@example.org"),
                                    ("confirm", "alice+x@example.org")]
    server.wait(3)
    assert {mail.recipients[0] for mail in server.mails} == \
        {"a.lice@example.org", ALICE, "alice+x@example.org"}


def test_domains_of_the_list_open_no_account_and_a_bad_list_is_told_with_its_line(open_to, tmp_path):
    path = tmp_path / "refused"
    path.write_text("# throw-away\nthrowaway.example\n")
    rove = open_to(more=f'refused_domains = "{path}"')
    reply = ask(rove, "/signups", "a@Mail.Throwaway.Example")
    assert reply.status == 403 and reply.body["errors"][0]["code"] == "denied", reply.text
    check_taken(ask(rove, "/signups", "a@example.org"))
    check_taken(ask(rove, "/resets", "a@throwaway.example"))
    path.write_text("throwaway.example\nother.example\n")
    reload(rove)
    wait_until(lambda: ask(rove, "/signups", "a@other.example").status == 403, 10, "it is read again")
    path.write_text("fine.example\nnot a domain\n")
    done = rove.roved("--check-config")
    assert done.returncode and f"{path}: line 2: 'not a domain'" in done.stderr
    reload(rove)
    wait_until(lambda: rove.events("refused-domains-not-read"), 10, "the log tells")
    assert ask(rove, "/signups", "a@other.example").status == 403
    check_taken(ask(rove, "/signups", "b@example.org"))
    rove.stop()
    rove.start()
    assert ask(rove, "/signups", "c@example.org").code == "closed"


# ---- a forgotten password --------------------------------------------------------------


def test_somebody_who_forgot_the_password_sets_another_by_the_mailed_link(open_to, server):
    rove = open_to("closed")
    browser = invited(rove)
    check_taken(ask(rove, "/resets", "ALICE@example.org"))
    mail = mail_to(server, ALICE, "Set a new password")
    assert browser.account()
    link = link_in(mail)
    assert link.startswith(rove.origin + "/reset#")
    reply = stranger(rove).redeem(link, OTHER_PASSWORD)
    assert reply.status == 200 and reply.body == {"account": None}
    assert browser.account() is None
    assert stranger(rove).redeem(link, PASSWORD).code == "link"
    in_again(rove, password=OTHER_PASSWORD)
    assert "from:  127.2." in mail_to(server, ALICE, "The password of your account was changed").text


def test_a_mail_that_is_not_sent_ends_no_link(open_to, server):
    """So that a stranger ends nobody's links by asking again and again."""
    rove = open_to()
    invitation = rove.ctl("account", "invite", ALICE)["url"]
    check_taken(ask(rove, "/resets", ALICE))
    link = link_in(mail_to(server, ALICE, "Set a new password"))
    for _ in range(5):
        check_taken(ask(rove, "/resets", ALICE))
        check_taken(ask(rove, "/signups", ALICE))
    settle(rove)
    assert links(rove) == 2
    assert stranger(rove).redeem(link, PASSWORD).status == 200
    assert stranger(rove).redeem(invitation, OTHER_PASSWORD).code == "link"


# ---- another address -------------------------------------------------------------------


def begin_move(rove, server, browser, to=NEW, old=ALICE):
    """Asks for another address; gives the links that the old and the new one got."""
    reply = browser.call("POST", "/account/address", {"email": to})
    assert reply.status == 200 and (reply.body["email"], reply.body["old_confirmed"],
                                    reply.body["new_confirmed"]) == (to, False, False), reply.text
    return (link_in(mail_to(server, old, "Your account is to get another address")),
            link_in(mail_to(server, to, "confirm your new")))


def answer(rove, link, **more):
    return stranger(rove).call("POST", "/links/confirm", {"link": link.partition("#")[2]} | more)


def pending(browser):
    return browser.get("/account/address").body


NONE = {"email": None, "old_confirmed": False, "new_confirmed": False, "expires": 0}


@pytest.mark.parametrize("first", (0, 1))
def test_an_address_changes_when_both_ends_have_confirmed_it_in_any_order(open_to, server, first):
    rove = open_to()
    browser = invited(rove)
    assert pending(browser) == NONE
    links = begin_move(rove, server, browser)
    assert all(link.startswith(rove.origin + "/address#") for link in links)
    reset = rove.ctl("account", "reset", ALICE)["url"]
    reply = answer(rove, links[first])
    assert (reply.status, reply.body) == (200, {"state": "waiting"})
    assert not reply.fields.get("set-cookie")
    assert answer(rove, links[first]).body == {"state": "waiting"}
    seen = pending(browser)
    assert (seen["old_confirmed"], seen["new_confirmed"]) == (first == 0, first == 1)
    assert seen["expires"] > time.time() + 86000
    assert browser.account()["email"] == ALICE
    assert answer(rove, links[1 - first]).body == {"state": "changed"}
    assert browser.account()["email"] == NEW and pending(browser) == NONE
    assert NEW not in mail_to(server, ALICE, "Your account has another address now").text
    assert stranger(rove).redeem(reset, OTHER_PASSWORD).code == "link"
    for link in links:
        assert answer(rove, link).code == "link"
    in_again(rove, email=NEW)
    assert stranger(rove).log_in(ALICE, PASSWORD).status == 403


def test_a_change_of_address_ends_by_a_refusal_the_owner_another_password_or_its_time(open_to, server):
    rove = open_to(more="mails_per_hour = 1000")
    rove.ctl("account", "add", "root@example.org", "--role", "operator")

    def refuse(side):
        return lambda browser, links: answer(rove, links[side], refuse=True).body == {"state": "refused"}

    def take_back(browser, links):
        return answer(rove, links[0]).status == 200 and \
            browser.call("DELETE", "/account/address").status == 204

    def set_password(browser, links):
        return browser.call("PUT", "/account/password",
                            {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200

    def let_expire(browser, links):
        assert answer(rove, links[1]).status == 200
        rove.stop()
        with sqlite3.connect(rove.database) as database:
            database.execute("UPDATE address_changes SET expires_s = expires_s - 86400")
        rove.start()
        return True

    ways = (refuse(0), refuse(1), take_back, set_password, let_expire)
    for number, end in enumerate(ways):
        old, new = f"old{number}@example.org", f"new{number}@example.org"
        browser = invited(rove, old)
        browser.source = stranger(rove).source
        links = begin_move(rove, server, browser, new, old)
        assert end(browser, links), number
        assert pending(browser) == NONE
        assert [answer(rove, link).code for link in links] == ["link", "link"]
        assert browser.account()["email"] == old
        assert browser.call("DELETE", "/account/address").status == 404


def test_an_address_of_somebody_else_gets_a_notice_and_who_asks_learns_nothing(open_to, server):
    rove = open_to()
    rove.ctl("account", "add", "bob@example.org")
    browser = invited(rove)
    assert browser.call("POST", "/account/address", {"email": ALICE}).status == 409
    reply = browser.call("POST", "/account/address", {"email": "Bob@example.org"})
    assert reply.status == 200 and reply.body["email"] == "Bob@example.org"
    old = link_in(mail_to(server, ALICE, "is to get another address"))
    assert "#" not in mail_to(server, "bob@example.org", "Your account at").text
    assert answer(rove, old).body == {"state": "waiting"}
    assert browser.account()["email"] == ALICE
    # One that is taken only after both have their mails.
    links = begin_move(rove, server, browser)
    assert answer(rove, old).code == "link"
    assert answer(rove, links[1]).body == {"state": "waiting"}
    rove.ctl("account", "add", NEW)
    assert answer(rove, links[0]).code == "link"
    assert browser.account()["email"] == ALICE
    reply = browser.call("POST", "/account/address", {"email": "fourth@example.org"})
    assert (reply.status, reply.code) == (429, "wait")


def test_the_case_of_an_address_can_change_and_an_operator_changes_it_at_once(open_to, server):
    rove = open_to()
    browser = invited(rove)
    links = begin_move(rove, server, browser, "Alice@Example.org")
    assert [answer(rove, link).status for link in links] == [200, 200]
    assert browser.account()["email"] == "Alice@Example.org" and pending(browser) == NONE
    rove.ctl("account", "set", ALICE, "--email", NEW)
    assert mail_to(server, "Alice@Example.org", "has another address now")
    assert browser.account()["email"] == NEW


# ---- what cannot be switched off -------------------------------------------------------


def test_what_somebody_who_breaks_in_would_do_is_told_whatever_is_switched_off(open_to, server):
    rove = open_to()
    browser = invited(rove)
    off = stranger(rove).document().document["components"]["schemas"]["Account"]
    kinds = off["properties"]["mail_off"]["items"]["enum"]
    assert not {"new-password", "factor-on", "address-changed"} & set(kinds)
    assert browser.call("PATCH", "/account", {"mail_off": kinds}).status == 200
    assert browser.call("PATCH", "/account", {"mail_off": ["new-password"]}).status == 400
    seed, codes = with_factor(browser)
    assert "switched on" in mail_to(server, ALICE, "The second factor was switched on").text
    assert stranger(rove).log_in(ALICE, PASSWORD, code=code_of(seed)).status == 200
    assert stranger(rove).log_in(ALICE, PASSWORD, code=codes[0]).status == 200
    assert "codes left:  9" in mail_to(server, ALICE, "A recovery code was used").text
    assert browser.call("DELETE", "/account/totp").status == 204
    assert mail_to(server, ALICE, "The second factor was switched off")
    seed, codes = with_factor(browser)
    mail_to(server, ALICE, "switched on")
    rove.ctl("account", "drop-factors", ALICE)
    assert re.search("from:  rovectl", mail_to(server, ALICE, "switched off").text)
    browser = in_again(rove)
    assert browser.call("PUT", "/account/password",
                        {"old": PASSWORD, "password": OTHER_PASSWORD}).status == 200
    mail = mail_to(server, ALICE, "The password of your account was changed")
    assert not mail["List-Unsubscribe"]
    assert "new-login" not in [kind for kind, _ in queued(rove)]
