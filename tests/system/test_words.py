# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to clients, most of which know a dozen words and stop for good on some of them;
and which names there are."""
import contextlib
import dataclasses
import itertools
import re
import time

import pytest

from harness import basic, wait_until
from peers import peer
from raw import (HOST, Local, ask, connect, read_to_end, sources, take_reply,
                 update_request)

NAME = "home.dyn.example.org"
ADDRESS = "198.51.100.7"
OWNER = "owner@example.org"

# ---- without TLS -------------------------------------------------------------------------


def test_a_host_that_wants_tls_takes_nothing_without_it(rove):
    """The token is right, the way is not: whoever listens could use it. Nothing is applied,
    and nobody is sent elsewhere with the token in hand."""
    name, open_name = NAME, "open.dyn.example.org"
    secret, open_secret = rove.add_host(name), rove.add_host(open_name)
    assert rove.update(name, secret, ADDRESS) == (200, f"good {ADDRESS}")
    rove.ctl("host", "set", name, "--plain-http", "off")
    for myip in (ADDRESS, "198.51.100.66"):
        for method in ("GET", "POST"):
            request = update_request(name, secret, myip, method=method)
            (reply,) = ask(rove, request)
            assert (reply.status, reply.words) == (401, "badauth\n")
            assert "location" not in reply.fields
            assert reply.fields["www-authenticate"].startswith("Basic ")
    assert rove.ctl("host", "show", name)["addresses"] == [ADDRESS]
    # An encrypted way is not claimed by saying so.
    fields = "X-Forwarded-Proto: https\r\nForwarded: proto=https\r\nX-Forwarded-Ssl: on\r\n"
    (reply,) = ask(rove, update_request(name, secret, "198.51.100.66", fields))
    assert (reply.status, reply.words) == (401, "badauth\n")
    # The switch is the host's own, and counts at once in both directions.
    assert rove.update(open_name, open_secret, ADDRESS) == (200, f"good {ADDRESS}")
    rove.ctl("host", "set", name, "--plain-http", "on")
    assert rove.update(name, secret, "198.51.100.8") == (200, "good 198.51.100.8")


def test_nothing_is_ever_a_redirect(rove):
    """Most clients follow none; who does would carry the credentials elsewhere."""
    secret = rove.add_host(NAME)
    rove.ctl("host", "set", NAME, "--plain-http", "off")
    query = f"?hostname={NAME}&myip={ADDRESS}"
    paths = ["/nic/update", "/nic/update/", "//nic/update", "/nic//update", "/v3/update",
             "/v2/update", "/nic/dyndns", "/nic/statdns", "/nic/checkip", "/", "/index.html",
             "/NIC/UPDATE", "/nic", "/nic/", "/update", "/nic/update/../x", "/%6eic/update",
             f"http://other.example/nic/update{query}", "nic/update", "*", "#", "?",
             "/https://other.example/", "//other.example/%2f..", "/\\other.example"]
    for path, method in itertools.product(paths, ("GET", "POST", "HEAD")):
        for fields in ("", f"Authorization: {basic(NAME, secret)}\r\n"):
            (reply,) = ask_for_head(rove, method, path + query, fields)
            assert reply.status not in range(300, 400), (method, path)
            assert "location" not in reply.fields and "refresh" not in reply.fields


def ask_for_head(rove, method, target, fields):
    """As ask(); the length in a reply to HEAD is not followed by a body."""
    request = f"{method} {target} HTTP/1.1\r\n{HOST}{fields}Connection: close\r\n\r\n"
    if method != "HEAD":
        return ask(rove, request.encode())
    with connect(rove) as one:
        one.sendall(request.encode())
        reply, rest = take_reply(read_to_end(one), head=True)
    assert rest == b"", "HEAD was answered with a body"
    return (reply,)


# ---- names -------------------------------------------------------------------------------

RESERVED = ["www", "mail", "smtp", "imap", "pop", "ftp", "ns", "ns1", "ns42", "mx", "mx1", "dns",
            "admin", "root", "api", "app", "login", "account", "auth", "secure", "support",
            "help", "status", "postmaster", "hostmaster", "webmaster", "abuse", "security",
            "noreply", "localhost", "wpad", "isatap", "autodiscover", "autoconfig", "mta-sts",
            "broadcasthost", "example", "invalid", "test", "local"]
MALFORMED = ["-home", "home-", "-", "--", "_home", "home_", "ho_me", "_acme-challenge", "_dmarc",
             "xn--pypal-4ve", "XN--pypal-4ve", "xn--", "ab--cd", "AB--CD", "p\u0430ypal",
             "h\u00f6me", "caf\u00e9", "\u2024", "home\u3002x", "\uff48ome", "ho me", " home",
             "home ", "\thome", "ho\nme", "home\r", "ho\x00me", "ho\x7fme", "ho\\.me", "ho\\046me",
             "ho\\me\\", "ho/me", "ho:me", "ho;me", "ho,me", "ho'me", 'ho"me', "ho<me>", "ho(me)",
             "ho@me", "ho*me", "*", "*.home", "ho%6de", "ho$me", "ho&me", "ho+me", "ho=me", "ho?me",
             "ho#me", "ho|me", "ho~me", "ho!me", "ho[me]", "ho{me}", "ho^me", "ho`me",
             "a" * 64, "a" * 200, "a" * 5000, "", ".", "..", ".home", "home.", "a..b"]
ELSEWHERE = ["dyn.example.org", "home.example.org", "home.dyn.example.net", "example.org", "org",
             "homedyn.example.org", "home.dyn.example.org.evil.example", "dyn.example.org.",
             "deep.down.dyn.example.org", "a.b.c.d.e.f.dyn.example.org"]
FINE = ["home", "a-b", "a-b-c", "0", "4you", "123", "www2x", "mailbox", "anne-1", "a" * 63,
        "abc--d", "a--b", "testing", "locally", "adm1n"]


def host_names(local):
    return sorted(host["name"] for host in local.call("GET", "/hosts")[1]["items"])


def add(local, name, owner=OWNER):
    return local.call("POST", "/hosts", {"name": name, "owner": owner})


def test_no_name_outside_the_rules_is_ever_made(rove):
    with Local(rove) as local:
        everybody = {"policy": "everybody"}  # elsewhere the operator decides: test_names
        assert local.call("PATCH", "/zones/dyn.example.org", everybody)[0] == 200
        for label in RESERVED + MALFORMED:
            for text in {label, label.upper(), label.capitalize()}:
                status, body = add(local, f"{text}.dyn.example.org")
                assert status in (400, 404, 409) and body["error"], (text, body)
        for name in ELSEWHERE:
            status, body = add(local, name)
            assert status in (400, 404, 409) and body["error"], name
        for value in (None, 7, True, [], {}, ["home.dyn.example.org"]):
            assert local.call("POST", "/hosts", {"name": value, "owner": OWNER})[0] == 400
        assert host_names(local) == []


def test_a_name_within_the_rules_is_made_once_however_it_is_written(rove):
    """The case does not matter and neither does the dot at the end: it is one name."""
    with Local(rove) as local:
        for label in FINE:
            status, body = add(local, f"{label}.dyn.example.org")
            assert status == 200 and body["name"] == f"{label}.dyn.example.org", (label, body)
        for label in FINE:
            for text in (f"{label}.dyn.example.org", f"{label.upper()}.dyn.example.org",
                         f"{label}.DYN.Example.ORG", f"{label}.dyn.example.org."):
                status, body = add(local, text)
                assert status == 409 and body["error"], text
        assert len(host_names(local)) == len(FINE)
        status, body = add(local, "Other.Dyn.EXAMPLE.org.")
        assert status == 200 and body["name"] == "other.dyn.example.org"


def test_an_update_finds_a_host_however_its_name_is_written(rove):
    secret = rove.add_host(NAME)
    for n, text in enumerate((NAME, NAME.upper(), "HOME.dyn.Example.org", NAME + ".")):
        assert rove.update(text, secret, f"198.51.100.{n + 1}") == (
            200, f"good 198.51.100.{n + 1}"), text
    for text in ("home", "home.dyn", "nohome.dyn.example.org", "dyn.example.org"):
        assert rove.update(text, secret, ADDRESS)[1] in ("nohost", "notfqdn"), text


RACES, ENOUGH = 1000, 100
RACE_S = 12


def test_of_two_creators_of_a_name_exactly_one_wins(rove):
    """Both ask before either has its answer, each on a connection and for an account of its
    own."""
    owners = ["first@example.org", "second@example.org"]
    for owner in owners:
        rove.ctl("account", "add", owner)
    winners = []
    with contextlib.ExitStack() as stack:
        locals_ = [stack.enter_context(Local(rove)) for _ in owners]
        end = time.monotonic() + RACE_S
        while len(winners) < ENOUGH or (len(winners) < RACES and time.monotonic() < end):
            first = len(winners)
            # Ten names at a time: then races meet in one batch of the writer, and in two. Each
            # is the first to send in every other batch: a slow front reads all that this
            # connection sent before it looks at the other one.
            names = [f"race{n}.dyn.example.org" for n in range(first, first + 10)]
            for n, name in enumerate(names, first // 10):
                order = (0, 1) if n % 2 else (1, 0)
                for who in order:
                    locals_[who].send("POST", "/hosts", {"name": name, "owner": owners[who]})
            replies = [[local.read() for _ in names] for local in locals_]
            for name, *answers in zip(names, *replies):
                assert sorted(status for status, _ in answers) == [200, 409], (name, answers)
                who = [status for status, _ in answers].index(200)
                assert answers[who][1]["name"] == name
                winners.append((name, owners[who]))
        for name, owner in winners[::25]:
            assert locals_[0].call("GET", "/hosts/" + name)[1]["owner"] == owner
    assert len({owner for _, owner in winners}) == 2, "one of them never won: it was no race"


# ---- words -------------------------------------------------------------------------------

# Word: the statuses it comes with. What is not here is not known to old clients.
KNOWN = {"good": {200}, "nochg": {200}, "notfqdn": {200}, "nohost": {200}, "abuse": {200},
         "numhost": {200}, "badip": {200}, "!donator": {200}, "badauth": {401}, "911": {503}}


def check_reply(reply):
    """One line a host, each a known word with addresses where it has some."""
    assert reply.fields["content-type"].split(";")[0] == "text/plain"
    assert int(reply.fields["content-length"]) == len(reply.body)
    assert "transfer-encoding" not in reply.fields and "location" not in reply.fields
    lines = reply.words.split("\n")
    assert lines.pop() == "" and lines
    for line in lines:
        word, _, addresses = line.partition(" ")
        assert word in KNOWN and reply.status in KNOWN[word], (reply.status, line)
        assert bool(addresses) == (word in ("good", "nochg")), line
        if addresses:
            assert re.fullmatch(r"[0-9a-f.:]+(,[0-9a-f.:]+)*", addresses), line
    if reply.status != 200:
        assert len(lines) == 1
    if reply.status == 401:
        assert reply.fields["www-authenticate"].startswith("Basic realm=")
    return lines


@dataclasses.dataclass
class World:
    """Hosts and tokens in every state."""
    rove: object
    secrets: dict

    def token(self, name):
        return self.secrets[name]


@pytest.fixture(name="world")
def fixture_world(rove):
    world = World(rove, {})
    for label in ("home", "other", "disabled", "punished", "offline", "tls", "expired", "network",
                  "revoked", "blocked"):
        if label == "blocked":
            rove.ctl("account", "add", "blocked@example.org")
            rove.ctl("host", "add", "blocked.dyn.example.org", "--owner", "blocked@example.org")
        else:
            rove.ctl("host", "add", f"{label}.dyn.example.org", "--owner", OWNER)
        options = {"expired": ("--expires", int(time.time()) + 3),
                   "network": ("--network", "192.0.2.0/24")}.get(label, ())
        made = rove.ctl("token", "add", f"{label}.dyn.example.org", *options)
        world.secrets[label] = made["secret"]
        if label == "revoked":
            rove.ctl("token", "remove", made["id"])
    rove.ctl("account", "set", "blocked@example.org", "--state", "blocked")
    for label, state in [("disabled", "disabled"), ("punished", "abuse"), ("offline", "offline")]:
        rove.ctl("host", "set", f"{label}.dyn.example.org", "--state", state)
    rove.ctl("host", "set", "tls.dyn.example.org", "--plain-http", "off")
    many = ["home", "other"]
    made = rove.ctl("token", "add", ",".join(f"{label}.dyn.example.org" for label in many))
    world.secrets["many"] = made["secret"]
    name = "expired.dyn.example.org"
    request, addresses = update_request(name, world.secrets["expired"], "nonsense"), sources()
    wait_until(lambda: ask(rove, request, source=next(addresses))[0].status == 401, 10,
               "the token has expired")
    return world


HOSTS_21 = ",".join(f"h{n}.dyn.example.org" for n in range(21))
# (what it shows, whose token, query, the lines of the reply)
PATHS = [
    ("first", "home", "hostname=home.dyn.example.org&myip=198.51.100.7", ["good 198.51.100.7"]),
    ("again", "home", "hostname=home.dyn.example.org&myip=198.51.100.7", ["nochg 198.51.100.7"]),
    ("both families", "home", "hostname=home.dyn.example.org&myip=198.51.100.8,2001:db8::7",
     ["good 198.51.100.8,2001:db8::7"]),
    ("two hosts", "many",
     "hostname=home.dyn.example.org,other.dyn.example.org&myip=198.51.100.8",
     ["nochg 198.51.100.8", "good 198.51.100.8"]),
    ("a host of nobody", "home", "hostname=nobody.dyn.example.org&myip=198.51.100.7", ["nohost"]),
    ("a zone of nobody", "home", "hostname=home.example.net&myip=198.51.100.7", ["nohost"]),
    ("another's host", "home", "hostname=other.dyn.example.org&myip=198.51.100.7", ["nohost"]),
    ("one's own and another's", "home",
     "hostname=other.dyn.example.org,home.dyn.example.org&myip=198.51.100.8",
     ["nohost", "nochg 198.51.100.8"]),
    ("a disabled host", "disabled", "hostname=disabled.dyn.example.org&myip=198.51.100.7",
     ["nohost"]),
    ("a blocked host", "punished", "hostname=punished.dyn.example.org&myip=198.51.100.7",
     ["abuse"]),
    ("a host that was offline", "offline", "hostname=offline.dyn.example.org&myip=198.51.100.7",
     ["good 198.51.100.7"]),
    ("no host", "home", "myip=198.51.100.7", ["notfqdn"]),
    ("an empty host", "home", "hostname=&myip=198.51.100.7", ["notfqdn"]),
    ("no full name", "home", "hostname=home&myip=198.51.100.7", ["notfqdn"]),
    ("no name at all", "home", "hostname=..&myip=198.51.100.7", ["notfqdn"]),
    ("too many hosts", "home", f"hostname={HOSTS_21}&myip=198.51.100.7", ["numhost"]),
    ("no address", "home", "hostname=home.dyn.example.org&myip=nonsense", ["badip"]),
    ("a number too large", "home", "hostname=home.dyn.example.org&myip=198.51.100.256", ["badip"]),
    ("a loopback address", "home", "hostname=home.dyn.example.org&myip=127.0.0.1", ["badip"]),
    ("a link-local address", "home", "hostname=home.dyn.example.org&myip=fe80::1", ["badip"]),
    ("a multicast address", "home", "hostname=home.dyn.example.org&myip=224.0.0.1", ["badip"]),
    ("one's own address, not to be published", "home", "hostname=home.dyn.example.org", ["badip"]),
    ("it is still as it was", "home", "hostname=home.dyn.example.org&myip=198.51.100.8",
     ["nochg 198.51.100.8"]),
    ("no credentials", None, "hostname=home.dyn.example.org&myip=198.51.100.9", ["badauth"]),
    ("no credentials and no host", None, "", ["badauth"]),
    ("an empty password", "", "hostname=home.dyn.example.org&myip=198.51.100.9", ["badauth"]),
    ("a wrong password", "password", "hostname=home.dyn.example.org&myip=198.51.100.9",
     ["badauth"]),
    ("an expired token", "expired", "hostname=expired.dyn.example.org&myip=198.51.100.9",
     ["badauth"]),
    ("a token of another network", "network", "hostname=network.dyn.example.org&myip=198.51.100.9",
     ["badauth"]),
    ("a revoked token", "revoked", "hostname=revoked.dyn.example.org&myip=198.51.100.9",
     ["badauth"]),
    ("a blocked account", "blocked", "hostname=blocked.dyn.example.org&myip=198.51.100.9",
     ["badauth"]),
    ("TLS is missing", "tls", "hostname=tls.dyn.example.org&myip=198.51.100.9", ["badauth"]),
]
STATUS = {"badauth": 401}


def test_every_path_answers_a_word_that_old_clients_know(world):
    # Each from a source of its own: who guesses again and again is slowed.
    for source, (title, whose, query, lines) in zip(sources("127.50.0.0"), PATHS):
        fields = "" if whose is None else (
            f"Authorization: {basic('anyone', world.secrets.get(whose, whose))}\r\n")
        (reply,) = ask(world.rove, f"GET /nic/update?{query} HTTP/1.1\r\n{HOST}{fields}"
                       "Connection: close\r\n\r\n".encode(), source=source)
        assert check_reply(reply) == lines, title
        assert reply.status == STATUS.get(lines[0], 200), title
    shown = {host["name"]: host["addresses"] for host in world.rove.ctl("host", "list")}
    for label in ("expired", "network", "revoked", "blocked", "tls", "disabled", "punished"):
        assert shown[f"{label}.dyn.example.org"] == [], label


def test_what_is_withdrawn_counts_with_the_next_request(world):
    """Token, account, host: what was good is refused without a restart and without a wait."""
    rove, secret = world.rove, world.secrets["home"]
    assert rove.update(NAME, secret, ADDRESS)[1] == f"good {ADDRESS}"
    for off, on, word in [
        (("host", "set", NAME, "--state", "abuse"), ("host", "set", NAME, "--state", "active"),
         (200, "abuse")),
        (("host", "set", NAME, "--state", "disabled"), ("host", "set", NAME, "--state", "active"),
         (200, "nohost")),
        (("account", "set", OWNER, "--state", "blocked"),
         ("account", "set", OWNER, "--state", "active"), (401, "badauth")),
    ]:
        rove.ctl(*off)
        assert rove.update(NAME, secret, ADDRESS) == word, off
        rove.ctl(*on)
        assert rove.update(NAME, secret, ADDRESS)[1] in (f"good {ADDRESS}", f"nochg {ADDRESS}"), on
    rove.ctl("host", "remove", "other.dyn.example.org")
    assert rove.update("other.dyn.example.org", world.secrets["other"], ADDRESS)[1] in (
        "nohost", "badauth")


def test_an_unknown_method_is_refused_in_the_words_of_the_protocol(world):
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "BREW"):
        (reply,) = ask(world.rove, update_request(NAME, world.secrets["home"], ADDRESS,
                                                  method=method))
        assert (reply.status, reply.words) == (405, "badagent\n"), method
        assert reply.closes
    assert world.rove.ctl("host", "show", NAME)["addresses"] == []


# ---- a real client -----------------------------------------------------------------------

class Ddclient:
    """Debian's ddclient with its memory, run once and again as its daemon would."""

    def __init__(self, rove, folder, secret):
        self.program, self.folder = peer("ddclient"), folder
        self.cache = folder / "ddclient.cache"
        self.rove, self.secret = rove, secret

    def run(self, address):
        config = self.folder / "ddclient.conf"
        config.write_text(f"use=ip, ip={address}\nssl=no\nprotocol=dyndns2\n"
                          f"server={self.rove.address}:{self.rove.http_port}\n"
                          f"login={NAME}\npassword='{self.secret}'\n{NAME}\n")
        config.chmod(0o600)
        done = self.program.run("-daemon=0", "-foreground", "-noquiet", "-verbose",
                                "-file", config, "-cache", self.cache,
                                "-pid", self.folder / "ddclient.pid")
        return done.stdout + done.stderr

    def let_time_pass(self):
        """As if its last attempt were long ago, yet not so long that it refreshes anyway."""
        text = self.cache.read_text()
        aged = re.sub(r"\b([am]time)=(\d+)", lambda found: (
            f"{found[1]}={max(1, int(found[2]) - 86400)}"), text)
        self.cache.write_text(aged)


def sent(said):
    return "GET /nic/update" in said


@pytest.mark.parametrize("word, told", [
    ("badauth", "authorization failed"),
    ("nohost", "nohost: The hostname specified does not exist"),
    ("abuse", "abuse: The hostname specified is blocked"),
])
def test_ddclient_backs_off_after_a_refusal_and_goes_on_when_it_is_mended(
        rove, tmp_path, word, told):
    secret = rove.add_host(NAME)
    client = Ddclient(rove, tmp_path, secret)
    if word == "badauth":
        client.secret = "rv_" + "a" * 24
    else:
        rove.ctl("host", "set", NAME, "--state", "disabled" if word == "nohost" else word)
    said = client.run("198.51.100.7")
    assert sent(said) and f"{NAME}: {told}" in said and "SUCCESS" not in said, said
    # It does not hammer: told so, it keeps away, even with news.
    said = client.run("198.51.100.8")
    assert not sent(said) and "skipping update" in said, said
    # Mended, it comes back by itself.
    client.secret = secret
    rove.ctl("host", "set", NAME, "--state", "active")
    client.let_time_pass()
    said = client.run("198.51.100.8")
    assert re.search(rf"SUCCESS:.*{NAME}: good", said), said
    rove.wait_dns(NAME, "A", ["198.51.100.8"])


def test_ddclient_goes_on_after_trouble_of_ours(make_rove, tmp_path):
    """911 is for now, not for ever: the next run brings the address."""
    rove = make_rove().start_apart()
    rove.add_zone()
    secret = rove.add_host(NAME)
    client = Ddclient(rove, tmp_path, secret)
    assert re.search(r"SUCCESS:.*good", client.run("198.51.100.7"))
    rove.stop_role("front")
    front = rove.start_role("front", {"ROVE_FAULT": "store.commit:2"})
    # The first commit is front's own at its start.
    wait_until(lambda: front.poll() is not None or rove.front_is_ready(), 20, "front is up")
    assert front.poll() is None, "front has ended over a commit of its own"
    client.let_time_pass()
    said = client.run("198.51.100.8")
    assert sent(said) and "SUCCESS" not in said and "503" in said, said
    assert len(rove.events("fault-hit")) == 1
    assert front.wait(timeout=20) != 0
    rove.start_role("front")
    wait_until(rove.front_is_ready, 20, "front is back")
    client.let_time_pass()
    said = client.run("198.51.100.8")
    assert re.search(rf"SUCCESS:.*{NAME}: good", said), said
    rove.wait_dns(NAME, "A", ["198.51.100.8"])
