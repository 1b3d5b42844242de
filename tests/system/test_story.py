# SPDX-License-Identifier: GPL-3.0-or-later
"""All of it, once, as somebody who has nothing but the document of the API, a mailbox and
Debian's ddclient."""
import http.client
import re
import urllib.parse

import pytest

from api import read_document
from authenticator import Authenticator
from canaries import leaks
from client_of import Client, Problem
from harness import basic, wait_until
from listen import Listener
from mail import ORIGIN, Server
from people import ALICE, HOST, PASSWORD, OTHER_PASSWORD, code_of
from test_signup import link_in, mail_to
from test_update import run_ddclient

BOB = "bob@example.org"
OTHER = "other.dyn.example.org"
FIRST, SECOND, THIRD = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture(name="server")
def mail_server():
    made = Server().start()
    yield made
    made.stop()


@pytest.fixture(name="rove")
def open_service(make_rove, server):
    """Whoever reads the mails to an address may have an account, and a host in dyn.example.org."""
    rove = make_rove(server.settings(tls="off"))
    rove.origin = f"http://localhost:{rove.http_port}"
    rove.config.write_text(rove.config.read_text().replace(
        f'"{ORIGIN}"', f'"{rove.origin}" sign_up = "open"').replace('level = "info"', 'level = "debug"'))
    rove.start()
    rove.add_zone()
    rove.ctl("zone", "set", "dyn.example.org", "--policy", "everybody")
    return rove


class Person:
    """Somebody with a client, and all secrets that it has seen."""

    def __init__(self, rove, server, email, password):
        self.rove, self.server, self.email, self.password = rove, server, email, password
        self.client = Client(read_document(rove))
        self.secrets = {"password": password}

    def mail(self, subject):
        return mail_to(self.server, self.email, subject)

    def keep(self, what, text):
        """Remembers a secret."""
        assert text
        self.secrets[f"{what} {len(self.secrets)} of {self.email}"] = text
        return text

    def sign_up(self):
        me = self.client
        assert me.get_service()["sign_up"] == "open"
        assert me.post_signups(email=self.email) is None
        link = self.keep("link", link_in(self.mail("confirm your")).partition("#")[2])
        assert me.post_links_redeem(link=link, password=self.password)["account"]["email"] == self.email
        self.keep("session", me.cookie)
        self.keep("csrf", me.csrf)

    def log_in_with_factor(self):
        """Switches TOTP on, logs out, and comes in again by password and code."""
        me = self.client
        seed = self.keep("seed", me.post_account_totp()["secret"])
        for code in me.put_account_totp(code=code_of(seed, -1))["recovery_codes"]:
            self.keep("recovery code", code)
        assert me.get_account_totp()["on"]
        me.delete_session()
        assert me.get_session()["account"] is None
        with pytest.raises(Problem, match="factor"):
            me.post_session(email=self.email, password=self.password)
        me.post_session(email=self.email, password=self.password, code=code_of(seed))
        self.keep("session", me.cookie)
        assert self.email in self.mail("login").recipients

    def log_in_by_passkey(self):
        me, phone = self.client, Authenticator(self.rove.origin)
        options = me.post_account_passkey_challenge()
        self.keep("challenge", options["challenge"])
        me.post_account_passkeys(name="Phone", passkey=phone.create(options))
        me.delete_session()
        options = me.post_session_passkey_challenge()
        self.keep("challenge", options["challenge"])
        me.post_session_passkey(passkey=phone.get(options))
        self.keep("session", me.cookie)
        assert me.get_session()["account"]["email"] == self.email

    def make_token(self, *hosts):
        """(number, secret)"""
        made = self.client.post_tokens(hosts=list(hosts))
        return made["id"], self.keep("token", made["secret"])

    def events(self):
        return Listener(self.rove, Cookie=f"__Host-rove={self.client.cookie}")


def told(stream, **members):
    """The next event of HOST with these members; states in between may be told, too."""
    while True:
        event = stream.of_host(HOST, "host")
        assert event, "the stream is over"
        if members.items() <= event.data.items():
            return event


def misplace(rove, secrets):
    """Gives secrets where none belong, as people and broken devices do."""
    for text in secrets:
        word = urllib.parse.quote(text, safe="")
        for target in (f"/nic/update?hostname={HOST}&myip={SECOND}&password={word}&token={word}",
                       f"/nic/update?hostname={word}&myip={word}", f"/{word}", f"/api/v1/{word}",
                       f"/api/v1/hosts/{word}", f"/api/v1/session?{word}={word}"):
            for fields in ({}, {"Authorization": basic(text, text)}, {"Authorization": f"Bearer {text}"},
                           {"Cookie": f"__Host-rove={word}", "X-CSRF-Token": word}):
                connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=60,
                                                        source_address=("127.3.0.1", 0))
                connection.request("GET", target, None, {"Host": rove.origin[7:]} | fields)
                assert connection.getresponse().read() is not None
                connection.close()


def test_a_person_does_all_of_it(rove, server, tmp_path):
    alice, bob = Person(rove, server, ALICE, PASSWORD), Person(rove, server, BOB, OTHER_PASSWORD)
    me = alice.client

    def update(secret, address, word):
        said = run_ddclient(f"{rove.address}:{rove.http_port}", tmp_path, HOST, secret, address)
        assert re.search(rf"{word}\b", said), said

    # In.
    alice.sign_up()
    alice.log_in_with_factor()
    alice.log_in_by_passkey()

    # A host, which DNS knows as soon as its device has called in.
    assert me.get_name_checks_id(HOST)["verdict"] == "free"
    assert me.post_hosts(name=HOST)["addresses"] == []
    with pytest.raises(Problem, match="409"):
        me.post_hosts(name=HOST)
    rove.wait_dns(HOST, "A", [])
    old, old_secret = alice.make_token(HOST)
    stream = alice.events()
    assert stream.next().kind == "published"
    update(old_secret, FIRST, "good")
    rove.wait_dns(HOST, "A", [FIRST])
    event = told(stream, addresses=[FIRST])
    assert event.data == me.get_hosts_id(HOST)
    assert stream.next("published").data["seq"] >= event.id

    # Another token; both are good until the old one goes.
    new, new_secret = alice.make_token(HOST)
    update(new_secret, SECOND, "good")
    rove.wait_dns(HOST, "A", [SECOND])
    assert told(stream, addresses=[SECOND])
    update(old_secret, SECOND, "nochg")
    me.delete_tokens_id(old)
    update(old_secret, THIRD, "badauth")
    assert [token["id"] for token in me.get_tokens(host=HOST)["items"]] == [new]
    assert rove.addresses(HOST, "A") == [SECOND]

    # Back to what it was.
    assert me.post_host_undos_id(HOST)["addresses"] == [FIRST]
    rove.wait_dns(HOST, "A", [FIRST])
    assert [row["after"] for row in me.get_host_logs_id(HOST)["items"]] == [[FIRST], [SECOND], [FIRST], []]

    def agrees():
        truth = me.get_host_truths_id(HOST)
        return truth["complete"] and [one["state"] for one in truth["servers"]] == ["agrees"] and truth
    truth = wait_until(agrees, 10, "the name server says what the database has")
    assert truth["said"]["addresses"] == [SECOND] and truth["said"]["result"] == "nochg"
    assert truth["database"]["addresses"] == truth["published"]["addresses"] == [FIRST]

    # It goes to somebody else, with all but its tokens.
    me.post_hosts(name=OTHER, addresses=[THIRD])
    rove.wait_dns(OTHER, "A", [THIRD])
    bob.sign_up()
    offer = me.post_requests(kind="transfer", host=HOST, email=BOB)["id"]
    assert HOST in bob.mail(HOST).text
    waiting, = bob.client.get_requests(side="asked")["items"]
    assert (waiting["id"], waiting["from"]) == (offer, ALICE)
    with pytest.raises(Problem, match="403"):
        me.post_request_accepts_id(offer)
    bob.client.post_request_accepts_id(offer)
    assert told(stream, removed=True).data == {"name": HOST, "removed": True}
    with pytest.raises(Problem, match="404"):
        me.get_hosts_id(HOST)
    update(new_secret, THIRD, "badauth")
    assert rove.addresses(HOST, "A") == [FIRST]
    _, secret = bob.make_token(HOST)
    update(secret, SECOND, "good")
    rove.wait_dns(HOST, "A", [SECOND])

    # All that there is about her, and then nothing.
    data = me.get_account_export()
    assert [host["name"] for host in data["hosts"]] == [OTHER] and data["account"]["email"] == ALICE
    assert all(one not in me.replies[-1][1] for one in alice.secrets.values())
    with pytest.raises(Problem, match="400"):
        me.delete_account(email=BOB)
    backup = rove.folder / "backup"
    rove.ctl("backup", backup)
    assert backup.stat().st_size > 0
    replies = me.replies + bob.client.replies
    misplace(rove, [*alice.secrets.values(), secret])
    assert not leaks(rove, alice.secrets | bob.secrets, replies)
    assert leaks(rove, {"what is no secret is found": ALICE}, replies)
    me.delete_account(email=ALICE)
    assert stream.ends() and me.get_session()["account"] is None
    assert alice.mail("removed")
    rove.wait_dns(OTHER, "A", [])
    assert rove.addresses(HOST, "A") == [SECOND]
    with pytest.raises(Problem, match="403"):
        me.post_session(email=ALICE, password=PASSWORD)
    with pytest.raises(Problem, match="409"):
        bob.client.post_hosts(name=OTHER)
    assert bob.client.get_hosts()["items"][0]["addresses"] == [SECOND]
    assert not leaks(rove, alice.secrets | bob.secrets, replies)
