# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what, over HTTP: every route of the document by every kind of actor. What belongs to
others answers as what is not there, and nobody sets a member that is not for it. The gate by itself
is in tests/unit/rest/test_gate.c."""
import collections
import itertools
import re
import socket
import sqlite3

import pytest

from api import Api, Browser, read_document, with_api
from canaries import leaks
from harness import Rove
from listen import Listener, fields_of
from mail import Server
from people import PASSWORD

ZONE, HOST, RECORD = "dyn.example.org", "home.dyn.example.org", "_x.home.dyn.example.org"
GONE, NETWORK = "gone.dyn.example.org", "198.51.100.0/24"
OPERATOR, OWNER, MANAGER, CREATOR, HOLDER, OTHER, WAITING, NOBODY = (
    f"{who}@example.org" for who in ("operator", "owner", "manager", "creator", "holder", "other", "waiting", "nobody"))

# ---- actors ---------------------------------------------------------------------------

# What they are told by every route that is not for strangers, too.
OUTSIDERS = {"stranger": 401, "guesser": 401, "device": 401, "ended person": 401, "blocked person": 401,
             "blocked program": 403, "expired program": 403, "program elsewhere": 403}
PEOPLE = [HOLDER, OTHER, WAITING, NOBODY, CREATOR, MANAGER, OWNER, OPERATOR]
# Programs, and whose rights they have. One without the right `operate` is of somebody who has
# nothing to do with anything here.
PROGRAMS = {"reader": HOLDER, "program": HOLDER, "operator's program": NOBODY, "operating program": OPERATOR}
STALE = "stale@example.org"  # an operator whose password was given long ago
ACTORS = [*OUTSIDERS, *PROGRAMS, *PEOPLE, STALE]
SOURCES = map("127.{0[0]}.{0[1]}.{0[2]}".format, itertools.product(range(5, 250), range(250), range(1, 250)))


class Town:
    """One service with all of them."""

    def __init__(self, rove):
        self.rove, self.numbers = rove, itertools.count(1)
        self.actors, self.secrets, self.replies = {}, {}, []  # replies: their statuses and texts
        rove.start()
        rove.add_zone(ZONE, OWNER)
        rove.ctl("zone", "set", ZONE, "--policy", "invited")
        for email in (OPERATOR, STALE):
            self.join(email, "--role", "operator")
        assert self.ask(OPERATOR, "POST", "/accounts", {"email": WAITING, "state": "waiting"}).status == 201
        for email in (OWNER, MANAGER, CREATOR, HOLDER, OTHER, WAITING, NOBODY, "blocked@example.org"):
            self.join(email)
        for role, email in (("manager", MANAGER), ("creator", CREATOR)):
            rove.ctl("member", "add", email, "--zone", ZONE, "--role", role)
        rove.ctl("zone", "add", "other.example.org", "--owner", OTHER, "--ns", "ns.example.net")
        rove.ctl("host", "add", "a.other.example.org", "--owner", OTHER, "--address", "10.0.0.9")
        rove.ctl("host", "add", GONE, "--owner", OTHER)
        rove.ctl("host", "remove", GONE)
        self.token = rove.add_host(HOST, HOLDER, "--address", "10.0.0.1")
        self.secrets["token"] = self.token
        self._programs()
        self.actors["blocked person"] = self.actors.pop("blocked@example.org")
        self.actors["blocked program"] = self.program("blocked@example.org")[1]
        rove.ctl("account", "set", "blocked@example.org", "--state", "blocked")
        self.log_in("ended person", HOLDER)
        assert self.ask("ended person", "DELETE", "/session").status == 204
        self.actors["ended person"].cookie = self.secrets["session of ended person"]
        self._make_old()
        self.ids = self._ids()

    def join(self, email, *options):
        browser = self.actors[email] = Browser(self.rove)
        browser.source = next(SOURCES)
        url = self.rove.ctl("account", "invite", email, *options)["url"]
        reply = browser.redeem(url, PASSWORD)
        assert reply.status == 200 and browser.cookie, reply.text
        self.secrets |= {"password": PASSWORD, f"session of {email}": browser.cookie,
                         f"link of {email}": url.partition("#")[2]}
        return browser

    def log_in(self, name, email):
        browser = self.actors[name] = Browser(self.rove)
        browser.source = next(SOURCES)
        reply = browser.log_in(email, PASSWORD)
        assert reply.status == 200, reply.text
        self.secrets[f"session of {name}"] = browser.cookie

    def program(self, email, *rights, **options):
        words = [word for right in rights or ("read", "write") for word in ("--right", right)]
        words += [word for name, value in options.items() for word in (f"--{name}", value)]
        made = self.rove.ctl("account", "token", email, *words)
        self.secrets[f"token {made['id']}"] = made["secret"]
        return made["id"], Api(self.rove, made["secret"])

    def _programs(self):
        device = self.rove.ctl("token", "add", "a.other.example.org")["secret"]
        self.secrets["token of another"] = device
        self.expired, expired = self.program(HOLDER)
        self.actors |= {
            "stranger": Browser(self.rove), "guesser": Api(self.rove, "rv_" + 24 * "a"),
            "device": Api(self.rove, device), "expired program": expired,
            "program elsewhere": self.program(HOLDER, network="192.0.2.0/24")[1],
            "reader": self.program(HOLDER, "read")[1], "program": self.program(HOLDER)[1],
            "operator's program": self.program(OPERATOR)[1],
            "operating program": self.program(OPERATOR, "read", "write", "operate")[1]}

    def _make_old(self):
        stale = self.ask(STALE, "GET", "/sessions").body["items"]
        number, = [one["id"] for one in stale]
        self.rove.stop()
        with sqlite3.connect(self.rove.database) as database:
            database.execute("UPDATE sessions SET fresh_s = 1000 WHERE id = ?", (number,))
            database.execute("UPDATE tokens SET expires_s = 1000 WHERE id = ?", (self.expired,))
        self.rove.start()

    def ask(self, name, method, path, body=None, **fields):
        """From an address where no throttle has seen others."""
        self.actors[name].source = next(SOURCES)
        reply = self.actors[name].call(method, path, body, **fields)
        self.replies.append((reply.status, reply.text))
        return reply

    def make(self, path, body, by=OPERATOR):
        """The number of a new thing."""
        reply = self.ask(by, "POST", path, body)
        assert reply.status == 201, (path, body, reply.text)
        return reply.body["id"]

    def next(self):
        return next(self.numbers)

    def _ids(self):
        """What paths and bodies name; those that are removed are made for each who may."""
        number = self.ask(HOLDER, "GET", "/tokens?host=" + HOST).body["items"][0]["id"]
        return {"token": number, "zone record": self.new("zone record"), "host record": self.new("host record"),
                "member": self.new("member"), "request": self.new("request"), "word": self.new("word"),
                "word of all": self.new("word of all"), "mail": self.new("mail"), "session": self.new("session")}

    def new(self, kind):
        number = self.next()
        if kind == "zone record":
            return self.make("/records", {"name": f"r{number}.{ZONE}", "type": "TXT", "data": "x"})
        if kind == "host record":
            return self.make("/records", {"name": RECORD, "type": "TXT", "data": f"{number}"})
        if kind == "member":
            listed = self.ask(OPERATOR, "GET", "/members?zone=" + ZONE).body["items"]
            found = [one["id"] for one in listed if one["account"] == CREATOR]
            return found[0] if found else self.make("/members", {"zone": ZONE, "account": CREATOR})
        if kind == "request":
            listed = self.ask(HOLDER, "GET", "/requests").body["items"]
            return listed[0]["id"] if listed else self.make(
                "/requests", {"kind": "transfer", "host": HOST, "email": OTHER}, HOLDER)
        if kind in ("word", "word of all"):
            return self.make("/reserved-names", {"word": f"bank{number}"} | ({"zone": ZONE} if kind == "word" else {}))
        if kind == "mail":
            return self.make("/mails", {"to": f"m{number}@example.org"})
        if kind == "session":
            self.log_in(f"session {number}", HOLDER)
            return next(one["id"] for one in self.ask(f"session {number}", "GET", "/sessions").body["items"]
                        if one["own"])
        if kind == "quarantine":
            name = f"q{number}.{ZONE}"
            self.rove.ctl("host", "add", name, "--owner", OTHER)
            self.rove.ctl("host", "remove", name)
            return name
        assert kind == "network"
        reply = self.ask(OPERATOR, "POST", "/blocked-networks", {"network": NETWORK})
        assert reply.status in (201, 409), reply.text
        return NETWORK.replace("/", "%2F")


@pytest.fixture(name="town", scope="module")
def make_town(tmp_path_factory):
    server = Server().start()
    rove = with_api(Rove(tmp_path_factory.mktemp("matrix") / "rove", "").init(),
                    'read_rate = 0 write_rate = 0 sign_up = "open"')
    rove.config.write_text(rove.config.read_text() + f"""
mail {{ server = "smtp://localhost:{server.port}" from = "rove@example.org" tls = "off" }}
""")
    yield Town(rove)
    server.stop()
    rove.clean_up()


def state(rove):
    """All rows, but for what time alone changes: when a session was used, and mails under way."""
    with sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True) as database:
        tables = [name for name, in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        columns = {table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")
                           if row[1] not in ("last_used_s", "last_seen_s", "used_s")] for table in tables}
        return {table: database.execute(f"SELECT {', '.join(columns[table])} FROM {table}").fetchall()
                for table in tables if table != "mails"}


# ---- rows -----------------------------------------------------------------------------

# Who may, and what others are told who have logged in: 404 but for those who know of it anyway.
HOST_SEEN = {OWNER: 403, MANAGER: 403}
WHO = {
    "anyone": collections.defaultdict(lambda: 0),
    "person": collections.defaultdict(lambda: 0),
    "account": collections.defaultdict(lambda: 0),
    "self": collections.defaultdict(lambda: 0),
    "operators": collections.defaultdict(lambda: 403, {OPERATOR: 0}),
    "holder": {HOLDER: 0, OPERATOR: 0},
    "holder's host": HOST_SEEN | {HOLDER: 0, OPERATOR: 0},
    "judges of the host": {HOLDER: 0, OWNER: 0, MANAGER: 0, OPERATOR: 0},
    "zone's people": {OWNER: 0, MANAGER: 0, CREATOR: 0, OPERATOR: 0},
    "zone's managers": {OWNER: 0, MANAGER: 0, CREATOR: 403, OPERATOR: 0},
    "zone's managers, unseen": {OWNER: 0, MANAGER: 0, OPERATOR: 0},
    "zone's owner": {OWNER: 0, MANAGER: 403, CREATOR: 403, OPERATOR: 0},
    "member": {CREATOR: 0, OWNER: 0, MANAGER: 0, OPERATOR: 0},
    "both sides": {HOLDER: 0, OTHER: 0, OPERATOR: 0},
    # Rules behind the gate.
    "makers of hosts": collections.defaultdict(lambda: 403, {who: 0 for who in (CREATOR, MANAGER, OWNER, OPERATOR)}),
    "makers of the host's": collections.defaultdict(lambda: 403, {HOLDER: 0, OPERATOR: 0}),
}
ABOUT_SELF = ("anyone", "person", "self")


class Row:
    """`which`: what the path names, as a key of Town.ids or as it is; `makes`: a new one is made
    for each who may; `ok`: the statuses that say that the actor may; `fresh`: of a session whose
    password was given lately."""

    def __init__(self, who, which=None, body=None, fresh=False, makes=None, ok=(), own=False, **fields):
        self.who, self.which, self.body, self.fresh, self.makes = who, which, body, fresh, makes
        self.ok, self.own, self.fields = ok, own, fields


ODD = {"no_such_member": 1}  # who may gets 400 for it
OLD = {"If_Match": '"1"'}  # and 412 for this
ROWS = {
    "GET /status": Row("operators"),
    "GET /roles": Row("operators"),
    "POST /backups": Row("operators"),
    "GET /service": Row("anyone"),
    "POST /signups": Row("anyone", body=ODD),
    "POST /resets": Row("anyone", body=ODD),
    "GET /session": Row("anyone"),
    "POST /session": Row("anyone", body=ODD),
    "POST /session/fresh": Row("person", body=ODD),
    "POST /session/passkey-challenge": Row("anyone", body={}),
    "POST /session/passkey": Row("anyone", body=ODD),
    "POST /session/fresh-challenge": Row("person", body={}),
    "GET /sessions": Row("person"),
    "DELETE /sessions/{id}": Row("holder", "session", makes="session", own=True),
    "GET /account-sessions/{id}": Row("holder", HOLDER, own=True),
    "DELETE /account-sessions/{id}": Row("holder", HOLDER, own=True, **OLD),
    "POST /links": Row("operators", body=ODD, fresh=True),
    "POST /links/redeem": Row("anyone", body=ODD),
    "POST /links/confirm": Row("anyone", body=ODD),
    "GET /account": Row("self"),
    "PATCH /account": Row("self", body=ODD),
    "DELETE /account": Row("person", fresh=True),
    "GET /account/export": Row("self", fresh=True),
    "GET /account-exports/{id}": Row("holder", HOLDER, fresh=True, own=True),
    "PUT /account/password": Row("person", body=ODD, fresh=True),
    "GET /account/address": Row("person", ok=(404,)),
    "POST /account/address": Row("person", body=ODD, fresh=True),
    "DELETE /account/address": Row("person", ok=(404,)),
    "GET /account/totp": Row("person"),
    "POST /account/totp": Row("person", body={}, fresh=True),
    "PUT /account/totp": Row("person", body=ODD, fresh=True),
    "DELETE /account/totp": Row("person", fresh=True, ok=(404,)),
    "POST /account/recovery-codes": Row("person", body={}, fresh=True),
    "GET /account/passkeys": Row("person"),
    "POST /account/passkey-challenge": Row("person", body={}, fresh=True),
    "POST /account/passkeys": Row("person", body=ODD, fresh=True),
    "PATCH /account/passkeys/{id}": Row("person", "7", body={"name": "x"}, ok=(404,)),
    "DELETE /account/passkeys/{id}": Row("person", "7", fresh=True, ok=(404,)),
    "GET /account-passkeys/{id}": Row("holder", HOLDER, own=True),
    "DELETE /passkeys/{id}": Row("operators", "7", fresh=True, ok=(404,)),
    "DELETE /account-factors/{id}": Row("operators", HOLDER, fresh=True, ok=(404,)),
    "GET /accounts": Row("operators"),
    "POST /accounts": Row("operators", body=ODD, fresh=True),
    "GET /accounts/{id}": Row("holder", HOLDER, own=True),
    "PATCH /accounts/{id}": Row("holder", HOLDER, body=ODD, fresh=True, own=True),
    "DELETE /accounts/{id}": Row("holder", HOLDER, fresh=True, own=True, **OLD),
    "GET /purges/{id}": Row("operators", HOLDER),
    "POST /purges": Row("operators", body=ODD, fresh=True),
    "GET /log": Row("account"),
    "GET /zone-choices": Row("account"),
    "GET /zones": Row("account"),
    "GET /zones/{id}": Row("zone's people", ZONE),
    "POST /zones": Row("operators", body=ODD),
    "PATCH /zones/{id}": Row("zone's managers", ZONE, body=ODD),
    "DELETE /zones/{id}": Row("zone's owner", ZONE, **OLD),
    "GET /delegations/{id}": Row("zone's people", ZONE),
    "GET /hosts": Row("account"),
    "GET /hosts/{id}": Row("judges of the host", HOST),
    "POST /hosts": Row("makers of hosts", body=lambda n: {"name": f"n{n}.{ZONE}"}),
    "PATCH /hosts/{id}": Row("judges of the host", HOST, body={}),
    "DELETE /hosts/{id}": Row("judges of the host", HOST, **OLD),
    "GET /host-logs/{id}": Row("holder's host", HOST),
    "POST /host-undos/{id}": Row("holder's host", HOST, body=ODD),
    "GET /host-requests/{id}": Row("holder's host", HOST),
    "GET /host-truths/{id}": Row("holder's host", HOST),
    "GET /zone-serials/{id}": Row("zone's managers", ZONE),
    "GET /secondaries": Row("operators"),
    "GET /name-checks/{id}": Row("account", f"free.{ZONE}"),
    "GET /contacts/{id}": Row("anyone", HOST),
    "GET /reserved-names": Row("account"),
    "POST /reserved-names": Row("zone's managers", body=lambda n: {"word": f"shop{n}", "zone": ZONE}),
    "DELETE /reserved-names/{id}": Row("zone's managers", "word", makes="word"),
    "GET /quarantine": Row("account"),
    "DELETE /quarantine/{id}": Row("zone's managers, unseen", GONE, makes="quarantine"),
    "GET /blocked-networks": Row("operators"),
    "POST /blocked-networks": Row("operators", body=ODD),
    "DELETE /blocked-networks/{id}": Row("operators", NETWORK.replace("/", "%2F"), makes="network"),
    "GET /records": Row("account"),
    "POST /records": Row("makers of the host's", body=lambda n: {"name": RECORD, "type": "TXT", "data": f"n{n}"}),
    "DELETE /records/{id}": Row("holder's host", "host record", makes="host record"),
    "GET /members": Row("account"),
    "POST /members": Row("operators", body=ODD),
    "PATCH /members/{id}": Row("member", "member", body=ODD),
    "DELETE /members/{id}": Row("member", "member", makes="member"),
    "GET /requests": Row("account"),
    "GET /requests/{id}": Row("both sides", "request"),
    "POST /requests": Row("account", body=ODD),
    "POST /request-accepts/{id}": Row("both sides", "request", body={}, ok=(403,)),  # by a rule
    "DELETE /requests/{id}": Row("both sides", "request", makes="request"),
    "GET /tokens": Row("account"),
    "GET /tokens/{id}": Row("holder", "token"),
    "POST /tokens": Row("account", body=ODD),
    "PATCH /tokens/{id}": Row("holder", "token", body=ODD),
    "DELETE /tokens/{id}": Row("holder", "token", **OLD),
    "GET /mails": Row("operators"),
    "GET /mails/{id}": Row("operators", "mail"),
    "POST /mails": Row("operators", body=ODD),
    "DELETE /mails/{id}": Row("operators", "mail", makes="mail"),
    "POST /mail-retries/{id}": Row("operators", "mail", body={}, ok=(409,)),
    "GET /mail-texts/{id}": Row("operators", "test"),
    "GET /events": Row("account"),
    "POST /batch": Row("account", body={"calls": []}),
    # What ends sessions comes last.
    "DELETE /session": Row("person"),
    "DELETE /sessions": Row("person"),
}


def refusal(row, method, actor):
    """The status with which the actor is refused; 0: it is not."""
    if actor in OUTSIDERS:
        return 0 if row.who == "anyone" and actor in ("stranger", "ended person", "blocked person") \
            else OUTSIDERS[actor]
    if actor == WAITING and row.who not in ABOUT_SELF and not row.own:
        return 403
    if actor == "reader" and method != "GET":
        return 403
    if actor in PROGRAMS and row.who == "person":
        return 403
    who = PROGRAMS.get(actor, OPERATOR if actor == STALE else actor)
    refused = WHO[row.who]
    status = refused[who] if isinstance(refused, collections.defaultdict) else refused.get(who, 404)
    return status or (403 if row.fresh and actor == STALE else 0)


def request(town, path, row, new=False):
    """(path, body) of the row, with what it names."""
    which = town.new(row.makes) if new and row.makes else town.ids.get(row.which, row.which)
    body = row.body(town.next()) if callable(row.body) else row.body
    return path.replace("{id}", str(which)), body


def ask(town, actor, method, path, body, **fields):
    if path == "/events":  # a reply to it has no end
        connection = socket.create_connection((town.rove.address, town.rove.http_port), 10, (next(SOURCES), 0))
        listener = Listener(town.rove, connection, **fields_of(town.actors[actor]))
        listener.close()
        return listener
    return town.ask(actor, method, path, body, **fields)


def shape(reply, which):
    """All that a reply tells, but for the time and what the path named."""
    fields = {name: value for name, value in reply.fields.items() if name not in ("date", "content-length")}
    return reply.status, fields, re.sub(rf"\b{re.escape(which)}(?=\W)", "*", reply.text)


def missing(which):
    """Of the same form, and not there."""
    return re.sub(r"^\w", "0", which) if "." in which else "98765"


# ---- tests ----------------------------------------------------------------------------


def test_every_route_of_the_document_has_a_row(town):
    """A new one has to say here who may take it."""
    paths = read_document(town.rove)["paths"]
    assert {f"{method.upper()} {path}" for path in paths for method in paths[path]} == ROWS.keys()


def test_who_may_not_is_refused_and_changes_nothing(town):
    """What belongs to others is answered as what is not there."""
    before, wrong = state(town.rove), []
    for name, row in ROWS.items():
        method, path = name.split()
        for actor in ACTORS:
            wanted = refusal(row, method, actor)
            if not wanted:
                continue
            target, body = request(town, path, row)
            reply = ask(town, actor, method, target, body)
            if reply.status != wanted:
                wrong.append((name, actor, reply.status, wanted))
            if reply.status != 404 or "{id}" not in path:
                continue
            which = target.rpartition("/")[2]
            other = ask(town, actor, method, path.replace("{id}", missing(which)), body)
            if shape(other, missing(which)) != shape(reply, which):
                wrong.append((name, actor, reply.text, other.text))
    assert not wrong, "\n".join(map(str, wrong))
    assert state(town.rove) == before


# ---- numbers that are guessed, and names in bodies ---------------------------------------


def test_whoever_guesses_numbers_finds_its_own_things_alone(town):
    paths = [name.split() for name, row in ROWS.items() if row.which in (
        "token", "zone record", "host record", "member", "request", "word")]
    before = state(town.rove)
    for method, path in paths:
        for actor in (WAITING, NOBODY):
            seen = set()
            for number in range(1, 40):
                reply = town.ask(actor, method, path.replace("{id}", str(number)), {} if method == "PATCH" else None)
                seen.add(str(shape(reply, str(number))))
            assert len(seen) == 1 and reply.status == (403 if actor == WAITING else 404), \
                (method, path, actor, seen)
    assert state(town.rove) == before


# What a request of OTHER may name that is not its own, and the same that is not there.
NAMED = [
    ("POST", "/tokens", lambda name: {"hosts": [name]}, HOST),
    ("POST", "/reserved-names", lambda name: {"word": "bank", "zone": name}, ZONE),
    ("POST", "/records", lambda name: {"name": name, "type": "TXT", "data": "x"}, RECORD),
    ("PATCH", "/hosts/a.other.example.org", lambda name: {"follows": name}, HOST),
    ("PATCH", "/hosts/a.other.example.org", lambda name: {"owner": name}, HOLDER),
    ("PATCH", "/hosts/a.other.example.org", lambda name: {"owner": name, "make_owner": True}, HOLDER),
    ("POST", "/hosts", lambda name: {"name": "b.other.example.org", "owner": name}, HOLDER),
    ("POST", "/hosts", lambda name: {"name": "b.other.example.org", "follows": name}, HOST),
    ("PATCH", "/zones/other.example.org", lambda name: {"owner": name}, HOLDER),
    ("POST", "/tokens", lambda name: {"kind": "api", "account": name}, HOLDER),
    ("POST", "/requests", lambda name: {"kind": "transfer", "host": name, "email": HOLDER}, HOST),
    ("POST", "/requests", lambda name: {"kind": "invite", "zone": name, "email": HOLDER}, ZONE),
    ("GET", "/log?host={}", None, HOST),
    ("GET", "/log?zone={}", None, ZONE),
    ("GET", "/log?account={}", None, HOLDER),
    ("GET", "/tokens?host={}", None, HOST),
    ("GET", "/members?zone={}", None, ZONE),
    ("POST", "/batch", lambda name: {"calls": [{"method": "PATCH", "path": "/hosts/" + name, "body": {"ttl": 77}},
                                               {"method": "DELETE", "path": "/hosts/" + name}]}, HOST),
]


@pytest.mark.parametrize("method, path, body, foreign", NAMED)
def test_what_a_request_names_that_is_of_others_is_as_if_it_were_not_there(town, method, path, body, foreign):
    before = state(town.rove)
    replies = [town.ask(OTHER, method, path.format(name), body and body(name))
               for name in (foreign, missing(foreign))]
    assert shape(replies[0], foreign) == shape(replies[1], missing(foreign))
    assert replies[0].status >= 400 or path == "/batch"
    assert state(town.rove) == before


# ---- members that are not for everybody ------------------------------------------------

OF_HOST = {"ttl", "wildcard", "round_robin", "mode", "subnet", "liveness", "when_silent", "permanent", "owner",
           "make_owner", "addresses", "fallback", "notify", "keep", "interface_id", "follows"}
OF_ZONE = {"policy", "mname", "rname", "refresh", "retry", "expire", "minimum", "soa_ttl", "ns_ttl", "default_ttl",
           "labels_max", "look_alikes", "account_hosts_max", "abuse", "owner", "make_owner", "name_servers"}
OF_TOKEN = {"label", "expires", "hosts", "rights", "networks"}
# What each may give; of `owner` and others the rules behind look at the value, too.
MAY_SET = [
    ("PATCH", "/account", "Account", HOLDER, {"language", "mail_off"}),
    ("PATCH", "/account", "Account", WAITING, {"language", "mail_off"}),
    ("PATCH", f"/accounts/{HOLDER}", "Account", HOLDER, {"language", "mail_off"}),
    ("PATCH", f"/hosts/{HOST}", "Host", HOLDER, OF_HOST),
    ("PATCH", f"/hosts/{HOST}", "Host", OWNER, {"state"}),
    ("PATCH", f"/hosts/{HOST}", "Host", MANAGER, {"state"}),
    ("PATCH", f"/zones/{ZONE}", "Zone", OWNER, OF_ZONE),
    ("PATCH", f"/zones/{ZONE}", "Zone", MANAGER, OF_ZONE),
    ("PATCH", "/tokens/{token}", "Token", HOLDER, OF_TOKEN),
    ("PATCH", "/members/{member}", "Member", OWNER, {"role"}),
    ("PATCH", "/members/{member}", "Member", MANAGER, {"role"}),
    ("PATCH", "/members/{member}", "Member", CREATOR, {"role"}),
    ("POST", "/hosts", "Host", CREATOR, OF_HOST | {"name", "zone"}),
    ("POST", "/tokens", "Token", HOLDER, OF_TOKEN | {"kind", "account", "short"}),
    ("POST", "/records", "Record", HOLDER, {"ttl", "expires", "name", "type", "data", "zone"}),
    ("POST", "/reserved-names", "ReservedName", OWNER, {"word", "zone"}),
    ("POST", "/requests", "Request", HOLDER, {"kind", "role", "email", "message", "zone", "host"}),
    ("POST", "/signups", "SignUp", "stranger", {"email", "language"}),
    ("POST", "/resets", "Reset", "stranger", {"email"}),
    ("POST", "/links/redeem", "Redemption", "stranger", {"link", "password", "email", "keep"}),
    ("POST", "/session", "Login", "stranger", {"email", "password", "code", "passkey", "keep"}),
    ("PUT", "/account/password", "Password", HOLDER, {"old", "password"}),
    ("POST", "/account/address", "MoveAsk", HOLDER, {"email"}),
]
# Columns, and what other programs call such things.
OTHERS = {"id", "owner_id", "account_id", "zone_id", "role", "state", "admin", "is_admin", "last_change", "created_s",
          "digest", "secret", "password_hash", "flags", "withheld", "__proto__", "constructor"}
VALUES = {"integer": 1, "boolean": True, "string": "operator", "array": ["x"], "object": {}, "null": None}


def members_of(document, name):
    """{member: a value of its kind} of all that the document has of the resource, and more."""
    found = {word: "operator" for word in OTHERS}
    for suffix in ("", "Made", "New", "Change"):
        schema = document["components"]["schemas"].get(name + suffix, {"properties": {}})
        for member, what in schema["properties"].items():
            kind = what["type"] if isinstance(what["type"], str) else what["type"][0]
            found[member] = what["enum"][-1] if "enum" in what else VALUES[kind]
    return found


def is_denied(reply, member):
    """The member is refused whatever its value."""
    if reply.status == 403 and "errors" in (reply.body or {}):
        assert reply.body["errors"][0]["field"] == member, reply.text
    return reply.status == 403 and member in reply.body["detail"].split(":")[0] or \
        reply.status == 400 and ("unknown member" in reply.body["detail"] or "cannot be set" in reply.body["detail"])


@pytest.mark.parametrize("method, path, name, actor, may", MAY_SET)
def test_a_member_is_taken_from_those_alone_who_may_set_it(town, method, path, name, actor, may):
    """By itself, so that no other member is what is refused."""
    members = members_of(read_document(town.rove), name)
    path = path.format(**town.ids)
    before = state(town.rove)
    denied = {member for member, value in members.items() if member not in may and
              is_denied(town.ask(actor, method, path, {member: value}), member)}
    assert denied == members.keys() - may
    assert state(town.rove) == before
    taken = {member for member in may if not is_denied(town.ask(actor, method, path, {member: []}), member)}
    assert taken == may


# ---- and who may; it ends sessions, and so does what comes after ------------------------


def test_who_may_is_not_refused(town):
    wrong = []
    for name, row in ROWS.items():
        method, path = name.split()
        for actor in ACTORS:
            if refusal(row, method, actor):
                continue
            if "@" in actor and not town.actors[actor].cookie:
                town.log_in(actor, actor)
            target, body = request(town, path, row, new=True)
            reply = ask(town, actor, method, target, body, **row.fields)
            if reply.status not in row.ok and not (
                    reply.status < 300 or reply.status in (400, 409, 412)):
                wrong.append((name, actor, reply.status, getattr(reply, "text", "")))
    assert not wrong, "\n".join(map(str, wrong))


def test_no_secret_is_in_what_was_written_by_all_this(town):
    challenge = town.ask("stranger", "POST", "/session/passkey-challenge", {}).body["challenge"]
    town.rove.ctl("backup", town.rove.folder / "backup")
    assert not leaks(town.rove, town.secrets | {"challenge": challenge}, town.replies)
