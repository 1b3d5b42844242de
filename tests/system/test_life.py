# SPDX-License-Identifier: GPL-3.0-or-later
"""Heartbeats: hosts that do not call, or are refused, and what becomes of their names; and things that
nobody uses any more. Time passes in the rows, which are edited while front is down."""
import contextlib
import sqlite3
import time

import pytest

from api import Api, with_api
from harness import metrics_of, free_port, wait_until
from mail import Server, settings
from peers import clock_of_its_own

ZONE = "dyn.example.org"
HOST = f"home.{ZONE}"
OWNER = "owner@example.org"
HOUR, DAY = 3600, 86400
NOBODY = "smtp://127.0.0.1:9"


def with_mail(more="", server=NOBODY):
    return settings(server, tls="off") + more


@pytest.fixture
def make_living(make_rove):
    """An installation whose mails wait for a server that is not there."""
    def make(more=""):
        rove = make_rove(with_mail(more)).start_apart()
        rove.add_zone()
        return rove
    return make


@pytest.fixture
def clocked(make_rove):
    """(an installation, the clock of its front, the environment for that)"""
    rove = make_rove(with_mail())
    clock, env = clock_of_its_own(rove.folder)
    rove.start_apart(env=env)
    rove.add_zone()
    return rove, clock, env


@contextlib.contextmanager
def rows(rove):
    """The database while front is down."""
    rove.stop_role("front")
    with contextlib.closing(sqlite3.connect(rove.database)) as database, database:
        yield database
    rove.start_role("front")
    rove.wait_ready()


def pass_by(database, seconds):
    """So much time has passed for all hosts."""
    database.execute("UPDATE hosts SET last_seen_s = last_seen_s - ?, created_s = created_s - ?",
                     (seconds, seconds))
    database.execute("UPDATE stale SET time_s = time_s - ?", (seconds,))


def wait_state(rove, state, name=HOST):
    return wait_until(lambda: rove.ctl("host", "show", name)["heartbeat"]["state"] == state, 10,
                      f"{name} is {state}: {rove.ctl('host', 'show', name)}")


def mails(rove, kind):
    return [one for one in rove.ctl("mail", "list") if one["kind"] == kind]


def wait_mails(rove, kind, count):
    wait_until(lambda: len(mails(rove, kind)) >= count, 20,
               f"{count} of {kind}\n{rove.ctl('mail', 'list')}\n{rove.log()[-2000:]}")
    assert len(mails(rove, kind)) == count


def step_of(rove, name):
    with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as database:
        return [tuple(row) for row in database.execute(
            "SELECT step FROM stale JOIN hosts ON hosts.id = stale.id"
            " WHERE kind = 0 AND hex(name) LIKE ?", (f"%{name.encode().hex()}%".upper(),))]


# ---- silence ----------------------------------------------------------------------------


def test_a_silent_host_gets_its_fallback_until_it_calls_and_its_owner_one_mail(make_living):
    rove = make_living()
    secret = rove.add_host(HOST, OWNER, "--liveness", "300", "--when-silent", "fallback",
                           "--fallback", "192.0.2.80", "--fallback", "2001:db8::80")
    assert rove.ctl("host", "show", HOST)["heartbeat"] == {
        "expected_s": 0, "learned": False, "state": "unknown", "since": 0}
    assert rove.update(HOST, secret, "192.0.2.1") == (200, "good 192.0.2.1")
    wait_state(rove, "fresh")
    serial = soa(rove)
    with rows(rove) as database:
        pass_by(database, 2 * HOUR)
    wait_state(rove, "silent")
    rove.wait_dns(HOST, "A", ["192.0.2.80"])
    rove.wait_dns(HOST, "AAAA", ["2001:db8::80"])
    host = rove.ctl("host", "show", HOST)
    assert (host["state"], host["addresses"]) == ("fallback", ["192.0.2.1"])
    assert host["heartbeat"]["expected_s"] == 300 and not host["heartbeat"]["learned"]
    assert host["heartbeat"]["since"] <= time.time() - HOUR
    assert [one["name"] for one in rove.ctl("host", "list", "--heartbeat", "silent")] == [HOST]
    assert rove.ctl("host", "list", "--heartbeat", "fresh") == []
    assert soa(rove) > serial
    wait_mails(rove, "host-silent", 1)
    # A start is no reason to tell it again.
    with rows(rove):
        pass
    wait_state(rove, "silent")
    # The device says what it said before, and that is no nochg while the fallback stands.
    assert rove.update(HOST, secret, "192.0.2.1") == (200, "good 192.0.2.1")
    rove.wait_dns(HOST, "A", ["192.0.2.1"])
    rove.wait_dns(HOST, "AAAA", [])
    wait_state(rove, "fresh")
    assert rove.ctl("host", "show", HOST)["state"] == "active"
    assert rove.update(HOST, secret, "192.0.2.1") == (200, "nochg 192.0.2.1")
    assert len(mails(rove, "host-silent")) == 1
    assert [row["agent"] for row in rove.ctl("host", "log", HOST)][1] == "rove: the host is silent"
    # Another silence is another mail.
    with rows(rove) as database:
        pass_by(database, 2 * HOUR)
        database.execute("UPDATE hosts SET silent_s = silent_s - ?", (2 * HOUR,))
    rove.wait_dns(HOST, "A", ["192.0.2.80"])
    wait_mails(rove, "host-silent", 2)


def soa(rove):
    return rove.query(ZONE, "SOA").answer[0][0].serial


def test_a_host_is_withdrawn_where_its_owner_wants_that_and_kept_elsewhere(make_living):
    rove = make_living()
    names = [f"{name}.{ZONE}" for name in ("keep", "gone", "quiet", "never")]
    options = [[], ["--when-silent", "withdraw"], ["--notify", "off"], ["--permanent", "on"]]
    secrets = [rove.add_host(name, OWNER, "--liveness", "60", *more)
               for name, more in zip(names, options)]
    for name, secret in zip(names, secrets):
        assert rove.update(name, secret, "192.0.2.1")[1] == "good 192.0.2.1"
    with rows(rove) as database:
        pass_by(database, 2 * HOUR)
    rove.wait_dns(names[1], "A", [])
    for name in names[:3]:
        wait_state(rove, "silent", name)
    assert rove.ctl("host", "show", names[3])["heartbeat"]["state"] == "unknown"
    for name in names[0], names[2], names[3]:
        assert rove.addresses(name, "A") == ["192.0.2.1"], name
    wait_mails(rove, "host-silent", 1)  # of both together
    # What is to happen is changed while it is silent.
    rove.ctl("host", "set", names[1], "--when-silent", "keep")
    rove.wait_dns(names[1], "A", ["192.0.2.1"])
    done = rove.ctl("host", "set", names[1], "--when-silent", "fallback", check=False)
    assert done.returncode and "fallback: needs an address" in done.stderr + done.stdout
    done = rove.ctl("host", "set", names[1], "--state", "withdrawn", check=False)
    assert done.returncode and "state: nobody sets" in done.stderr + done.stdout
    done = rove.ctl("host", "set", names[1], "--fallback", "127.0.0.1", check=False)
    assert done.returncode and "fallback: 127.0.0.1 must not" in done.stderr + done.stdout
    assert len(rove.ctl("host", "list", "--heartbeat", "silent")) == 3


def test_the_time_in_which_the_service_was_away_does_not_count(make_living):
    rove = make_living()
    secret = rove.add_host(HOST, OWNER, "--liveness", "300", "--when-silent", "withdraw")
    assert rove.update(HOST, secret, "192.0.2.1")[0] == 200
    with rows(rove) as database:
        pass_by(database, 2 * HOUR)
        there, = database.execute("SELECT value FROM settings WHERE name = 'outages'").fetchone()
        database.execute("UPDATE settings SET value = ? WHERE name = 'outages'",
                         (str(int(there.split()[0]) - 2 * HOUR + 60),))
    wait_until(lambda: "nobody-could-call" in rove.log(), 5, "it is noted")
    rove.update(f"nobody.{ZONE}", secret)
    time_of_round = wait_until(lambda: rove.ctl("host", "show", HOST)["heartbeat"], 5, "told")
    assert time_of_round["state"] == "fresh"
    assert rove.addresses(HOST, "A") == ["192.0.2.1"]


def test_a_period_is_learned_from_calls_and_kept(clocked):
    rove, clock, env = clocked
    secret = rove.add_host(HOST)
    for call in range(8):
        clock.write_text(f"+{50 * call}")
        assert rove.update(HOST, secret, "192.0.2.1")[0] == 200
    found = rove.ctl("host", "show", HOST)["heartbeat"]
    assert found["learned"] and 50 <= found["expected_s"] <= 56
    clock.write_text("+7200")  # the hour after which it is written
    assert rove.update(HOST, secret, "192.0.2.2")[0] == 200
    rove.stop_role("front")
    clock.write_text("+7201")
    rove.start_role("front", env)
    rove.wait_ready()
    assert rove.ctl("host", "show", HOST)["heartbeat"]["learned"]


def test_the_states_are_in_the_metrics_and_in_the_api(make_rove):
    port = free_port()
    rove = with_api(make_rove(f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}')).start()
    rove.add_zone()
    secret = rove.add_host(HOST, OWNER, "--liveness", "300")
    assert rove.update(HOST, secret, "192.0.2.1")[0] == 200
    api = Api(rove, rove.ctl("account", "token", OWNER, "--right", "read", "--right", "write")["secret"])
    wait_until(lambda: metrics_of(port)['rove_hosts{heartbeat="fresh"}'] == "1", 40, "it is counted")
    reply = api.get("/hosts?heartbeat=fresh")
    assert reply.status == 200 and [one["name"] for one in reply.body["items"]] == [HOST]
    assert api.get("/hosts?heartbeat=silent").body["items"] == []
    assert api.get("/hosts?heartbeat=dead").status == 400
    reply = api.call("PATCH", f"/hosts/{HOST}", {"notify": False, "fallback": ["192.0.2.7"],
                                                 "when_silent": "fallback", "keep": True})
    assert reply.status == 200
    assert (reply.body["notify"], reply.body["fallback"]) == (False, ["192.0.2.7"])
    for body, field in ({"fallback": ["192.0.2.7", "192.0.2.8"]}, "fallback"), \
                       ({"when_silent": "never"}, "when_silent"), ({"liveness": 59}, "liveness"), \
                       ({"liveness": 10 ** 7}, "liveness"), ({"notify": 1}, "notify"), \
                       ({"fallback": []}, "fallback"), ({"heartbeat": {}}, "heartbeat"):
        reply = api.call("PATCH", f"/hosts/{HOST}", body)
        assert reply.status in (400, 409), (body, reply.text)
        assert field in reply.text, (body, reply.text)


def test_the_mail_of_silent_hosts_names_them_in_both_languages(make_rove):
    server = Server().start()
    try:
        rove = make_rove(with_mail(server=f"smtp://127.0.0.1:{server.port}")).start()
        rove.add_zone()
        rove.ctl("account", "set", OWNER, "--language", "de")
        for name in "a", "b":
            secret = rove.add_host(f"{name}.{ZONE}", OWNER, "--liveness", "300")
            assert rove.update(f"{name}.{ZONE}", secret, "192.0.2.1")[0] == 200
        rove.stop()
        with contextlib.closing(sqlite3.connect(rove.database)) as database, database:
            pass_by(database, 2 * HOUR)
        rove.start()
        mail = wait_until(lambda: [one for one in server.mails if "meldet" in one["Subject"]], 20,
                          "it arrives")[0]
        assert mail["Subject"] == f"a.{ZONE} (+1) meldet sich nicht"
        assert f"a.{ZONE} (" in mail.text and f"b.{ZONE} (" in mail.text.replace("\n", " ")
    finally:
        server.stop()


# ---- refusals ---------------------------------------------------------------------------


def test_an_owner_hears_that_a_device_is_refused_and_not_what_strangers_do(clocked):
    rove, clock, _ = clocked
    secret = rove.add_host(HOST)
    other = f"other.{ZONE}"
    rove.ctl("account", "add", "neighbour@example.org")
    rove.add_host(other)
    foreign = rove.add_host(f"their.{ZONE}", "neighbour@example.org")
    assert rove.update(HOST, secret, "192.0.2.1")[0] == 200
    token = rove.ctl("token", "list", "--host", HOST)[0]["id"]
    rove.ctl("token", "set", token, "--expires", int(time.time()) + 1)
    clock.write_text("+100")
    for step in 100, 2000, 4000, 4001:
        clock.write_text(f"+{step}")
        assert rove.update(HOST, secret, "192.0.2.1") == (401, "badauth")
        assert rove.update(other, foreign, "192.0.2.1") == (200, "nohost")
        assert rove.update(other, "rv_" + "0" * 24, "192.0.2.1")[0] == 401
    for step in 4040, 4080:
        clock.write_text(f"+{step}")
        rove.front_is_ready()
        time.sleep(0.1)
    wait_mails(rove, "host-failing", 1)
    clock.write_text("+9000")
    assert rove.update(HOST, secret, "192.0.2.1") == (401, "badauth")
    clock.write_text("+9100")
    assert rove.front_is_ready()
    time.sleep(0.3)
    assert len(mails(rove, "host-failing")) == 1


# ---- what nobody uses -------------------------------------------------------------------

LIFE = "life { hosts_after = 183 accounts_after = 365 zones_after = 365 }\n"


def test_a_host_that_nobody_uses_is_warned_of_twice_withdrawn_and_removed(make_living):
    rove = make_living(LIFE)
    secret = rove.add_host(HOST, OWNER)
    kept = f"kept.{ZONE}"
    rove.add_host(kept, OWNER, "--permanent", "on")
    for name in HOST, kept:
        rove.ctl("host", "set", name, "--address", "192.0.2.1")
    for days, mails_now, step in (100, 0, None), (56, 1, 1), (10, 1, 1), (11, 2, 2), (8, 2, 3):
        with rows(rove) as database:
            pass_by(database, days * DAY)
        if step:
            wait_until(lambda step=step: step_of(rove, "home") == [(step,)], 20, f"step {step}")
        wait_mails(rove, "name-unused", mails_now)
    rove.wait_dns(HOST, "A", [])
    assert rove.ctl("host", "show", HOST)["state"] == "withdrawn"
    # It calls, and everything is as it was; then it is silent again.
    assert rove.update(HOST, secret, "192.0.2.1") == (200, "good 192.0.2.1")
    rove.wait_dns(HOST, "A", ["192.0.2.1"])
    for days, step in (156, 1), (22, 2), (8, 3):
        with rows(rove) as database:
            pass_by(database, days * DAY)
        wait_until(lambda step=step: step_of(rove, "home") == [(step,)], 20, f"step {step}")
    rove.ctl("host", "set", HOST, "--keep")
    rove.wait_dns(HOST, "A", ["192.0.2.1"])
    with rows(rove) as database:
        database.execute("UPDATE hosts SET kept_s = 0")
        pass_by(database, 31 * DAY)
    wait_until(lambda: rove.ctl("host", "show", HOST, check=False).returncode, 20, "it is removed")
    rove.wait_dns(HOST, "A", [])
    assert rove.addresses(kept, "A") == ["192.0.2.1"]
    rove.ctl("account", "add", "late@example.org")
    done = rove.ctl("host", "add", HOST, "--owner", "late@example.org", check=False)
    assert done.returncode, "the name is reserved for its owner"


def test_a_kill_in_the_middle_of_a_round_does_nothing_twice_and_forgets_nothing(make_living):
    rove = make_living(LIFE)
    count = 150
    done = rove.ctl("host", "add", HOST)
    assert done["name"] == HOST
    with rows(rove) as database:
        row = database.execute("SELECT * FROM hosts").fetchone()
        columns = [one[1] for one in database.execute("PRAGMA table_info(hosts)")]
        for number in range(count):
            one = dict(zip(columns, row)) | {"id": 100 + number, "last_change": 0,
                                             "created_s": row[columns.index("created_s")] - 400 * DAY}
            label = f"h{number:03}"
            one["name"] = bytes([4]) + label.encode() + row[columns.index("name")][5:]
            database.execute(f"INSERT INTO hosts ({','.join(one)}) VALUES"
                             f" ({','.join('?' * len(one))})", list(one.values()))
            database.execute("INSERT INTO stale VALUES (0, ?, 3, ?)",
                             (100 + number, int(time.time()) - 31 * DAY))

    def left():
        with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as reader:
            return reader.execute("SELECT count(*) FROM hosts").fetchone()[0]
    wait_until(lambda: left() < count + 1, 20, "some are gone")
    rove.kill_role("front")
    assert left() > 1
    rove.start_role("front")
    rove.wait_ready()
    wait_until(lambda: left() == 1, 30, "all are gone but one")
    rove.stop_role("front")
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        assert database.execute("SELECT count(*) FROM stale").fetchone()[0] == 0
        assert database.execute("SELECT count(*) FROM tombstones").fetchone()[0] == count
        assert database.execute("SELECT count(*), count(DISTINCT id) FROM changes"
                                " WHERE length(before) > 0 AND length(after) = 0").fetchone() == (count, count)
    rove.start_role("front")


def test_accounts_and_zones_that_nobody_uses_go_and_operators_stay(make_living):
    rove = make_living(LIFE)
    for email, *options in ("idle@example.org",), ("boss@example.org", "--role", "operator"), \
                           ("busy@example.org",), ("banned@example.org",), ("owns@example.org",):
        rove.ctl("account", "add", email, *options)
    banned = rove.add_host(f"banned.{ZONE}", "owns@example.org")
    assert banned
    for email in "banned@example.org", "owns@example.org":
        rove.ctl("account", "set", email, "--state", "blocked")
    rove.ctl("zone", "add", "idle.example.org", "--owner", "busy@example.org", "--ns", "ns.example.net")
    rove.ctl("zone", "add", "boss.example.org", "--owner", "boss@example.org", "--ns", "ns.example.net")
    rove.ctl("host", "add", HOST, "--permanent", "on")

    def later(days):
        with rows(rove) as database:
            database.execute("UPDATE accounts SET created_s = created_s - ?", (days * DAY,))
            database.execute("UPDATE hosts SET created_s = created_s - ?", (days * DAY,))
            database.execute("UPDATE zones SET created_s = created_s - ?", (days * DAY,))
            database.execute("UPDATE changes SET time_s = time_s - ?", (days * DAY,))
            database.execute("UPDATE stale SET time_s = time_s - ?", (days * DAY,))
    for days, count in (340, 1), (22, 2):
        later(days)
        wait_mails(rove, "account-unused", count)
        wait_mails(rove, "name-unused", count)
        assert {one["to"] for one in mails(rove, "account-unused")} == {"idle@example.org"}
        assert {one["to"] for one in mails(rove, "name-unused")} == {"busy@example.org"}
    later(8)
    wait_until(lambda: rove.ctl("account", "show", "idle@example.org", check=False).returncode, 20,
               "the account is gone")
    names = [one["name"] for one in rove.ctl("zone", "list")]
    assert sorted(names) == ["boss.example.org", ZONE]
    assert [one["email"] for one in rove.ctl("account", "list")] == [
        OWNER, "boss@example.org", "busy@example.org", "banned@example.org", "owns@example.org"]
    assert rove.ctl("host", "show", f"banned.{ZONE}")["withheld"] == ["account"]
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        assert database.execute("SELECT count(*) FROM stale WHERE kind <> 1"
                                " OR id NOT IN (SELECT id FROM accounts)").fetchone()[0] == 0


def test_nothing_goes_where_nobody_can_be_warned(make_rove):
    rove = make_rove()
    rove.config.write_text(rove.config.read_text() + "life { hosts_after = 183 }\n")
    done = rove.roved("--check-config")
    assert done.returncode and "life.hosts_after: needs mail.server" in done.stderr
    rove.config.write_text(rove.config.read_text().replace("hosts_after = 183", "hosts_after = 30")
                           + with_mail())
    done = rove.roved("--check-config")
    assert done.returncode and "60 days at least" in done.stderr
