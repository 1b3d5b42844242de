# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate authority looks for: TXT values by the update interface and by acme-dns, and
files for HTTP-01."""
import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import os
import random
import sqlite3
import threading
import time

import dns.rcode

from harness import basic, texts_of, wait_until
from peers import clock_of_its_own

ZONE = "dyn.example.org"
HOME = f"home.{ZONE}"
CHALLENGE = f"_acme-challenge.{HOME}"


def value(number):
    """As a client makes it: the digest of a key authorization."""
    digest = hashlib.sha256(str(number).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def txt(rove, name=CHALLENGE):
    """What answer says, without the quotes; many values need TCP."""
    return [text.strip('"') for text in texts_of(rove.query(name, "TXT", tcp=True), "TXT")]


def add_host(rove, name=HOME, *rights):
    rove.ctl("host", "add", name, "--owner", "owner@example.org")
    options = [word for right in rights for word in ("--right", right)]
    return rove.ctl("token", "add", name, *options)["secret"]


def call(rove, method, target, headers=None, body=None):
    """(status, fields, body)"""
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=15)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read().decode()
    finally:
        connection.close()


def update(rove, secret, query, name=HOME):
    return call(rove, "GET", f"/nic/update?hostname={name}&{query}",
                {"Authorization": basic("any", secret)})


def acmedns(rove, secret, name, text, user=None):
    return call(rove, "POST", "/update", {"X-Api-User": user or name, "X-Api-Key": secret},
                json.dumps({"subdomain": name, "txt": text}))


# ---- txt at /nic/update --------------------------------------------------------------------

def test_values_are_served_when_the_reply_comes_and_gone_after_removal(rove):
    secret = add_host(rove, HOME, "txt")
    before = rove.query(ZONE, "SOA").answer[0][0].serial
    status, fields, body = update(rove, secret, f"txt={value(1)}&wait=1")
    assert (status, body) == (200, "good \n")
    assert fields["Rove-Published"] == fields["Rove-Secondaries"] == "yes"
    assert txt(rove) == [value(1)]
    assert rove.query(CHALLENGE, "TXT").answer[0].ttl == 1
    assert rove.query(ZONE, "SOA").answer[0][0].serial > before
    assert update(rove, secret, f"txt={value(1)}&wait=1")[2] == "nochg \n"
    assert update(rove, secret, f"txt_remove={value(1)}&wait=1")[2] == "good \n"
    assert txt(rove) == []
    assert update(rove, secret, f"txt_remove={value(1)}&wait=1")[2] == "nochg \n"


def test_a_name_and_its_wildcard_have_their_values_at_once(rove):
    secret = add_host(rove, HOME, "txt")
    assert update(rove, secret, f"txt={value(1)},{value(2)}&wait=1")[2] == "good \n"
    assert txt(rove) == sorted([value(1), value(2)])
    assert update(rove, secret, f"txt={value(3)}&txt={value(4)}&txt_remove={value(1)}&wait=1",
                  CHALLENGE)[2] == "good \n"
    assert txt(rove) == sorted([value(2), value(3), value(4)])
    rove.ctl("host", "set", HOME, "--wildcard", "on")
    assert update(rove, secret, f"txt={value(5)}&wait=1", f"{HOME},*.{HOME}")[2] == "good \ngood \n"
    assert value(5) in txt(rove)


def test_addresses_stay_unless_the_call_names_some(rove):
    secret = add_host(rove, HOME, "txt", "address")
    assert update(rove, secret, "myip=192.0.2.1")[2] == "good 192.0.2.1\n"
    assert update(rove, secret, f"txt={value(1)}&wait=1")[2] == "good \n"
    assert rove.addresses(HOME, "A") == ["192.0.2.1"]
    assert update(rove, secret, f"txt={value(2)}&myip=192.0.2.2&wait=1")[2] == "good 192.0.2.2\n"
    assert rove.addresses(HOME, "A") == ["192.0.2.2"]
    assert txt(rove) == sorted([value(1), value(2)])
    assert update(rove, secret, f"txt={value(3)}&myip=nonsense&wait=1")[2] == "badip\n"
    assert txt(rove) == sorted([value(1), value(2)])


def test_a_host_that_is_offline_gets_its_certificate_too(rove):
    secret = add_host(rove, HOME, "txt", "address")
    assert update(rove, secret, "offline=YES")[2] == "good \n"
    assert update(rove, secret, f"txt={value(1)}&wait=1")[2] == "good \n"
    assert txt(rove) == [value(1)]


def test_a_token_sets_values_for_its_own_host_and_with_its_right_only(rove):
    secret = add_host(rove, HOME, "txt")
    plain = rove.add_host(f"nas.{ZONE}")
    assert [token["rights"] for token in rove.ctl("token", "list", "--host", HOME)] == [["txt"]]
    one = f"txt={value(1)}"
    assert update(rove, plain, one, f"nas.{ZONE}")[::2] == (401, "badauth\n")
    assert update(rove, secret, "myip=192.0.2.1")[::2] == (401, "badauth\n")
    assert update(rove, secret, f"{one}&myip=192.0.2.1")[::2] == (401, "badauth\n")
    for name in f"nas.{ZONE}", f"_acme-challenge.nas.{ZONE}", ZONE, f"www.{HOME}", f"*.{HOME}":
        assert update(rove, secret, one, name)[::2] == (200, "nohost\n"), name
    for query in "txt=", "txt=short", f"txt={value(1)}x", f"{one}&txt_lifetime=0", "txt_remove=*":
        assert update(rove, secret, query)[::2] == (200, "badtxt\n"), query
    for name in HOME, f"nas.{ZONE}", ZONE:
        assert txt(rove, f"_acme-challenge.{name}") == [], name


def test_values_end_by_themselves(make_rove):
    """Front looks for them every half a minute, of which most is a jump of its clocks."""
    rove = make_rove()
    clock, env = clock_of_its_own(rove.folder)
    rove.start_apart(env=env)
    rove.add_zone()
    secret = add_host(rove, HOME, "txt")
    for number, lifetime in (1, 3000), (2, 9000):
        query = f"txt={value(number)}&wait=1&txt_lifetime={lifetime}"
        assert update(rove, secret, query)[2] == "good \n"
    assert txt(rove) == sorted([value(1), value(2)])
    clock.write_text("+4000")
    wait_until(lambda: rove.front_is_ready() and txt(rove) == [value(2)], 60, "the first is gone")


def test_an_alias_at_the_name_keeps_values_out(rove):
    secret = add_host(rove, HOME, "txt")
    rove.ctl("record", "add", CHALLENGE, "--type", "CNAME", "--data", "elsewhere.example.net.")
    assert update(rove, secret, f"txt={value(1)}")[2] == "badtxt\n"


def test_the_reply_waits_for_the_secondaries(make_rove, make_secondary):
    prompt, slow = make_secondary(), make_secondary()
    rove = make_rove(f'secondary "a" {{ from = {{ "127.0.0.1" }} notify = {{ "{prompt.address}" }} }}'
                     f'\nsecondary "b" {{ from = {{ "127.0.0.1" }} notify = {{ "{slow.address}" }} }}'
                     ).start()
    rove.add_zone()
    secret = add_host(rove, HOME, "txt")
    status, fields, body = update(rove, secret, f"txt={value(1)}&wait=1")
    assert (status, body, fields["Rove-Secondaries"]) == (200, "good \n", "yes")
    slow.rcode = None
    status, fields, body = update(rove, secret, f"txt={value(2)}&wait=1")
    assert (status, body) == (200, "good \n")
    assert (fields["Rove-Published"], fields["Rove-Secondaries"]) == ("yes", "no")
    # It comes back while somebody waits.
    done = []
    waiter = threading.Thread(
        target=lambda: done.append(update(rove, secret, f"txt={value(3)}&wait=1")))
    waiter.start()
    rove_heard = len(slow.heard)
    wait_until(lambda: len(slow.heard) > rove_heard, 10, "the secondary is told")
    slow.rcode = dns.rcode.NOERROR
    waiter.join()
    assert done[0][1]["Rove-Secondaries"] == "yes"


# ---- acme-dns ------------------------------------------------------------------------------

def test_acmedns_sets_the_two_newest_values(rove):
    secret = add_host(rove, HOME, "txt")
    for number in range(1, 4):
        status, fields, body = acmedns(rove, secret, HOME, value(number))
        assert (status, body) == (200, '{"txt": "%s"}' % value(number))
        assert fields["Content-Type"] == "application/json"
        assert value(number) in txt(rove)
    assert len(txt(rove)) == 2
    assert call(rove, "GET", "/health")[::2] == (200, "")


def test_acmedns_tells_in_its_own_words_what_is_wrong(rove):
    secret = add_host(rove, HOME, "txt")
    add_host(rove, f"nas.{ZONE}", "txt")
    other = rove.ctl("token", "add", f"nas.{ZONE}")["secret"]
    rows = [
        (secret, HOME, "short", 400, "bad_txt"),
        (secret, "home", value(1), 400, "bad_subdomain"),
        (secret, f"{HOME},nas.{ZONE}", value(1), 400, "bad_subdomain"),
        (secret, f"nas.{ZONE}", value(1), 401, "forbidden"),
        (other, f"nas.{ZONE}", value(1), 401, "forbidden"),
        ("x" * 40, HOME, value(1), 401, "forbidden"),
        ("", HOME, value(1), 401, "forbidden"),
    ]
    for key, name, text, status, word in rows:
        assert acmedns(rove, key, name, text)[::2] == (status, '{"error": "%s"}' % word), name
    assert call(rove, "POST", "/update", {"X-Api-User": HOME, "X-Api-Key": secret}, "no json"
                )[::2] == (400, '{"error": "bad_subdomain"}')
    # The path is shared.
    assert rove.get(f"/update?hostname={HOME}", {"Authorization": basic("any", other)}
                    ) == (200, "nohost")


def test_acmedns_takes_what_acme_sh_sends(rove):
    secret = add_host(rove, HOME, "txt")
    body = '{"subdomain":"%s", "txt": "%s"}' % (HOME, value(1))
    status, _, reply = call(rove, "POST", "/update", {
        "X-Api-User": HOME, "X-Api-Key": secret,
        "Content-Type": "application/x-www-form-urlencoded"}, body)
    assert (status, reply) == (200, '{"txt": "%s"}' % value(1))


def test_a_token_is_told_how_to_use_acmedns(rove):
    secret = add_host(rove, HOME, "txt")
    status, _, body = call(rove, "POST", "/register", {"Authorization": basic("x", secret)})
    assert status == 201
    assert body.startswith("{") and "\n" not in body
    account = json.loads(body)
    assert account == {"username": HOME, "password": secret, "fulldomain": CHALLENGE,
                       "subdomain": HOME, "allowfrom": []}
    assert acmedns(rove, account["password"], account["subdomain"], value(1),
                   account["username"])[0] == 200
    assert call(rove, "POST", "/register", {"Authorization": basic("x", "rv_" + "0" * 24)}
                )[::2] == (401, '{"error": "forbidden"}')
    for method in ("GET", "PUT", "DELETE"):
        status, fields, body = call(rove, method, "/register")
        assert (status, fields["Allow"], body) == (405, "POST", "Method Not Allowed\n")
    assert call(rove, "PUT", "/nic/update")[1]["Allow"] == "GET, HEAD, POST"
    assert call(rove, "POST", "/healthz")[1]["Allow"] == "GET, HEAD"


def test_strangers_register_only_where_the_operator_lets_them(make_rove):
    rove = make_rove().start()
    rove.add_zone()
    assert call(rove, "POST", "/register")[0] == 404
    rove.stop()
    rove.config.write_text(rove.config.read_text().replace(
        "update {", f'update {{ register_zone = "{ZONE}"'))
    rove.start()
    assert call(rove, "POST", "/register", body="{")[::2] == (
        400, '{"error": "malformed_json_payload"}')
    assert call(rove, "POST", "/register", body='{"allowfrom":["nonsense"]}')[::2] == (
        400, '{"error": "invalid_allowfrom_cidr"}')
    status, _, body = call(rove, "POST", "/register",
                           body='{"allowfrom":["127.0.0.0/8","2001:db8::/32"]}')
    assert status == 201
    account = json.loads(body)
    assert account["fulldomain"] == "_acme-challenge." + account["subdomain"]
    assert account["subdomain"].endswith("." + ZONE)
    assert account["allowfrom"] == ["127.0.0.0/8", "2001:db8::/32"]
    assert acmedns(rove, account["password"], account["subdomain"], value(1))[0] == 200
    assert txt(rove, account["fulldomain"]) == [value(1)]
    assert update(rove, account["password"], "myip=192.0.2.1", account["subdomain"]
                  )[::2] == (401, "badauth\n")
    elsewhere = json.loads(call(rove, "POST", "/register",
                                body='{"allowfrom":["192.0.2.0/24"]}')[2])
    assert acmedns(rove, elsewhere["password"], elsewhere["subdomain"], value(1))[0] == 401


# ---- httpreq -------------------------------------------------------------------------------

def httpreq(rove, secret, verb, **fields):
    return call(rove, "POST", f"/httpreq/{verb}", {"Authorization": basic("any", secret)},
                json.dumps(fields))[::2]


def test_httpreq_sets_and_removes_the_value_of_either_mode(rove):
    secret = add_host(rove, HOME, "txt")
    plain = {"fqdn": f"{CHALLENGE}.", "value": value(1)}
    raw = {"domain": HOME, "token": "token", "keyAuth": "2"}  # value() is the digest of it
    for number, fields in (1, plain), (2, raw):
        said = (200, '{"value": "%s"}' % value(number))
        assert httpreq(rove, secret, "present", **fields) == said
        assert txt(rove) == [value(number)]
        assert httpreq(rove, secret, "present", **fields) == said
        assert httpreq(rove, secret, "cleanup", **fields) == said
        assert txt(rove) == []
        assert httpreq(rove, secret, "cleanup", **fields) == said
    # A name and its wildcard.
    assert httpreq(rove, secret, "present", **plain)[0] == 200
    assert httpreq(rove, secret, "present", **raw)[0] == 200
    assert txt(rove) == sorted([value(1), value(2)])


def test_httpreq_tells_by_its_status_what_is_wrong(rove):
    secret = add_host(rove, HOME, "txt")
    no_right = rove.add_host(f"nas.{ZONE}")
    one = {"value": value(1)}
    rows = [
        (secret, {"fqdn": HOME, "value": "short"}, 400, "badtxt"),
        (secret, {"fqdn": HOME}, 400, "badtxt"),
        (secret, {"domain": HOME, "keyAuth": ""}, 400, "notfqdn"),
        (secret, {"fqdn": "home.", **one}, 400, "notfqdn"),
        (secret, {"fqdn": f"{HOME},nas.{ZONE}", **one}, 400, "notfqdn"),
        (secret, {"fqdn": f"_acme-challenge.nas.{ZONE}.", **one}, 403, "nohost"),
        (secret, {"fqdn": f"_acme-challenge.www.{HOME}.", **one}, 403, "nohost"),
        (secret, {"fqdn": f"*.{HOME}.", **one}, 403, "nohost"),
        (no_right, {"fqdn": f"nas.{ZONE}", **one}, 401, "badauth"),
        ("x" * 40, {"fqdn": HOME, **one}, 401, "badauth"),
        ("", {"fqdn": HOME, **one}, 401, "badauth"),
    ]
    for verb in "present", "cleanup":
        for key, fields, status, word in rows:
            assert httpreq(rove, key, verb, **fields) == (status, '{"error": "%s"}' % word), fields
    assert txt(rove) == txt(rove, f"_acme-challenge.nas.{ZONE}") == []
    status, fields, _ = call(rove, "GET", "/httpreq/present",
                             {"Authorization": basic("any", secret)})
    assert (status, fields["Allow"]) == (405, "POST")
    assert call(rove, "POST", "/httpreq", {"Authorization": basic("any", secret)})[0] == 404


# ---- HTTP-01 -------------------------------------------------------------------------------

def test_files_of_the_folder_are_shown_and_nothing_else(make_rove, tmp_path):
    folder = tmp_path / "challenges"
    folder.mkdir()
    rove = make_rove().start()
    path = "/.well-known/acme-challenge/"
    assert call(rove, "GET", path + "token")[0] == 404
    rove.stop()
    rove.config.write_text(rove.config.read_text().replace(
        "http {", f'http {{ challenges = "{folder}"'))
    folder.rmdir()
    rove.start()
    assert any(str(folder) in line for line in rove.events("no-challenges"))
    rove.stop()
    folder.mkdir()
    rove.start()
    text = "a-Z_9." + value(1)
    (folder / "a-Z_9").write_text(text)
    (folder / "big").write_text("x" * 4097)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / ".hidden").write_text("x")
    (folder / "dot.txt").write_text("x")
    (folder / "link").symlink_to(folder / "a-Z_9")
    status, fields, body = call(rove, "GET", path + "a-Z_9")
    assert (status, body) == (200, text)
    assert fields["Content-Type"] == "application/octet-stream"
    status, fields, body = call(rove, "HEAD", path + "a-Z_9")
    assert (status, body, fields["Content-Length"]) == (200, "", str(len(text)))
    for name in ("big", "folder", "pipe", ".hidden", "dot.txt", "link", "none", "", "x" * 200,
                 "../rove.conf", "..%2frove0%2frove.conf", "folder/x", "a-Z_9%00"):
        assert call(rove, "GET", path + name)[0] in (400, 404), name
    assert call(rove, "POST", path + "a-Z_9")[0] == 405


# ---- processes die -------------------------------------------------------------------------

def test_no_acknowledged_value_is_lost_when_front_is_killed(make_rove):
    rove = make_rove().start_apart()
    rove.add_zone()
    names = [f"h{n}.{ZONE}" for n in range(4)]
    secrets = {name: add_host(rove, name, "txt") for name in names}
    numbers = itertools.count(1)
    total = 0
    for kill in range(6):
        said, asked = {name: [] for name in names}, {name: None for name in names}

        def set_values(name, said=said, asked=asked):
            with contextlib.suppress(OSError, http.client.HTTPException):
                while len(said[name]) < 10:  # fewer than a name keeps
                    asked[name] = value(next(numbers))
                    reply = update(rove, secrets[name], f"txt={asked[name]}", name)
                    if reply[2] == "good \n":
                        said[name].append(asked[name])
                    else:
                        assert reply[2] == "911\n"

        clients = [threading.Thread(target=set_values, args=(name,)) for name in names]
        for client in clients:
            client.start()
        wait_until(lambda said=said: any(said.values()), 20, "a value is set")
        time.sleep(random.uniform(0, 0.3))  # the instant of the kill is meant to be any
        rove.kill_role("front")
        for client in clients:
            client.join()
        rove.start_role("front")
        wait_until(rove.front_is_ready, 10, f"front is back after kill {kill}")
        for name in names:
            total += len(said[name])
            wait_until(lambda name=name, said=said:
                       set(said[name]) <= set(txt(rove, f"_acme-challenge.{name}")),
                       10, f"kill {kill}: {name} has what was acknowledged")
    assert total >= 6
    rove.stop()
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
