# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts whose devices still send in clear although there is HTTPS."""
import contextlib
import json
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from harness import basic, free_port, metrics_of, set_option, wait_until
from https import Secure
from raw import ask

DAY_S = 86400
OWNER = "owner@example.org"
ADDRESS = "10.1.2.3"
CLEAR, CLEAR_TOO, QUIET, OTHER = (f"{name}.dyn.example.org"
                                  for name in ("clear", "clear-too", "quiet", "other"))


@pytest.fixture
def secure(make_rove, tmp_path):
    return Secure(make_rove, tmp_path).start()


def add_host(rove, name, *options):
    return rove.add_host(name, OWNER, "--plain-http", "on", *options)


def listed(rove, *options):
    """The day of each host that `host list --in-clear` has."""
    return {host["name"]: host["in_clear"]
            for host in rove.ctl("host", "list", "--in-clear", *options)}


def today():
    return int(time.time()) // DAY_S * DAY_S


def wait_listed(rove, *names):
    """Until exactly these are listed."""
    wait_until(lambda: set(listed(rove)) == set(names), 30, f"in clear: {names}")


def restart(secure, sql=None):
    """With `sql` done to the database meanwhile."""
    secure.rove.stop()
    if sql:
        with contextlib.closing(sqlite3.connect(secure.rove.database)) as database:
            assert database.execute(sql).rowcount > 0
            database.commit()
    secure.rove.start()
    wait_until(secure.is_ready, 20, "tls runs")


def test_a_host_is_listed_with_the_day_when_it_sends_in_clear_and_not_over_https(secure):
    rove = secure.rove
    secrets = {name: add_host(rove, name) for name in (CLEAR, CLEAR_TOO, QUIET, OTHER)}
    first = today()
    assert secure.update(OTHER, secrets[OTHER], ADDRESS) == f"good {ADDRESS}"
    assert secure.update(CLEAR_TOO, secrets[CLEAR_TOO], ADDRESS) == f"good {ADDRESS}"
    assert listed(rove) == {}
    # One by a change, one by a call that changes nothing.
    assert rove.update(CLEAR, secrets[CLEAR], ADDRESS) == (200, f"good {ADDRESS}")
    assert set(listed(rove)) == {CLEAR}
    assert rove.update(CLEAR_TOO, secrets[CLEAR_TOO], ADDRESS) == (200, f"nochg {ADDRESS}")
    wait_listed(rove, CLEAR, CLEAR_TOO)
    assert all(first <= day <= today() for day in listed(rove).values())
    assert rove.ctl("host", "show", OTHER)["in_clear"] == 0
    assert set(listed(rove, "--zone", "dyn.example.org")) == {CLEAR, CLEAR_TOO}
    rove.ctl("zone", "add", "empty.example.org", "--owner", OWNER, "--ns", "ns.example.net")
    assert listed(rove, "--zone", "empty.example.org") == {}
    # For people.
    text = subprocess.run([rove.program("rovectl"), "-c", rove.config, "host", "list", "--in-clear"],
                          capture_output=True, text=True, check=True, timeout=60).stdout
    head, *lines = text.splitlines()
    assert head.split() == ["HOST", "IN", "CLEAR", "LAST", "SEEN", "OWNER"]
    days = {time.strftime("%F", time.gmtime(day)) for day in (first, today())}
    assert len(lines) == 2
    for line in lines:
        name, day, seen, owner = line.split()
        assert name in (CLEAR, CLEAR_TOO) and day in days and owner == OWNER
        assert seen.endswith("Z") and seen[:10] in days


def test_a_host_that_has_changed_over_stays_with_its_last_day_for_five_weeks(secure):
    rove = secure.rove
    secret = add_host(rove, CLEAR)
    assert rove.update(CLEAR, secret, ADDRESS) == (200, f"good {ADDRESS}")
    day = listed(rove)[CLEAR]
    assert secure.update(CLEAR, secret, ADDRESS) == f"nochg {ADDRESS}"
    restart(secure)
    assert listed(rove) == {CLEAR: day}
    # Nearly as long ago as it may be, and longer.
    restart(secure, f"UPDATE hosts SET in_clear_s = {today() - 34 * DAY_S}")
    assert secure.update(CLEAR, secret, ADDRESS) == f"nochg {ADDRESS}"
    restart(secure)
    assert set(listed(rove)) == {CLEAR}
    restart(secure, f"UPDATE hosts SET in_clear_s = {today() - 36 * DAY_S}")
    assert set(listed(rove)) == {CLEAR}, "it has not called since"
    assert secure.update(CLEAR, secret, ADDRESS) == f"nochg {ADDRESS}"
    wait_listed(rove)
    # It comes back with the next call in clear.
    assert rove.update(CLEAR, secret, ADDRESS) == (200, f"nochg {ADDRESS}")
    wait_listed(rove, CLEAR)
    # And it is done with when it may not any more.
    rove.ctl("host", "set", CLEAR, "--plain-http", "off")
    assert listed(rove) == {}


def test_it_is_there_when_front_is_killed_after_it_was_written(secure):
    rove = secure.rove
    secret = add_host(rove, CLEAR)
    assert secure.update(CLEAR, secret, ADDRESS) == f"good {ADDRESS}"
    assert rove.update(CLEAR, secret, ADDRESS) == (200, f"nochg {ADDRESS}")
    wait_listed(rove, CLEAR)
    before = listed(rove)
    pid = rove.role_pid("front")
    rove.kill_role("front")
    wait_until(lambda: rove.told("front", "pid") != pid and rove.front_is_ready(), 30,
               "another front is ready")
    assert listed(rove) == before


def test_who_has_no_right_in_clear_leaves_no_trace(secure):
    """Neither a stranger nor a token of another host; and a refused one marks the token alone."""
    rove = secure.rove
    secret, other = add_host(rove, QUIET), add_host(rove, OTHER)
    refused = rove.add_host(CLEAR_TOO)
    marker = add_host(rove, CLEAR)
    assert secure.update(QUIET, secret, ADDRESS) == f"good {ADDRESS}"
    assert rove.update(QUIET, "rv_" + "0" * 24, ADDRESS)[1].startswith("badauth")
    assert rove.update(QUIET, other, ADDRESS)[1].startswith("nohost")
    assert rove.update(CLEAR_TOO, refused, ADDRESS)[1].startswith("badauth")
    assert rove.update(CLEAR, marker, ADDRESS) == (200, f"good {ADDRESS}")
    assert rove.update(CLEAR, marker, ADDRESS) == (200, f"nochg {ADDRESS}")
    # What is noted is written in its order, and all of it when front ends.
    restart(secure)
    with contextlib.closing(sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True)) as database:
        count, = database.execute("SELECT count(*) FROM hosts WHERE in_clear_s > 0").fetchone()
    assert count == 1 and set(listed(rove)) == {CLEAR}


def test_values_for_an_authority_count_too(secure):
    rove = secure.rove
    rove.ctl("host", "add", QUIET, "--owner", OWNER, "--plain-http", "on")
    secret = rove.ctl("token", "add", QUIET, "--right", "txt")["secret"]
    body = json.dumps({"subdomain": QUIET, "txt": "x" * 43}).encode()
    request = urllib.request.Request(f"http://{rove.address}:{rove.http_port}/update", data=body,
                                     headers={"X-Api-User": QUIET, "X-Api-Key": secret})
    with urllib.request.urlopen(request, timeout=20) as reply:
        assert reply.status == 200
    wait_listed(rove, QUIET)
    assert rove.ctl("host", "show", QUIET)["last_seen"] == 0


def test_a_relay_that_ended_tls_did_not_send_in_clear(make_rove):
    """Only the word of a configured relay counts."""
    relay, port = "127.0.0.40", free_port()
    rove = set_option(make_rove(f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}\n'), "http",
                      f'forwarded_from = {{ "{relay}" }}').start()
    rove.add_zone()
    secrets = {name: add_host(rove, name) for name in (CLEAR, QUIET, OTHER)}

    def send(name, source, scheme):
        query = urllib.parse.urlencode({"hostname": name, "myip": ADDRESS})
        (reply,) = ask(rove, f"GET /nic/update?{query} HTTP/1.1\r\nHost: h.example\r\n"
                             f"Authorization: {basic(name, secrets[name])}\r\n"
                             f"X-Forwarded-Proto: {scheme}\r\nConnection: close\r\n\r\n".encode(),
                       source=source)
        assert reply.words == f"good {ADDRESS}\n"

    send(QUIET, relay, "https")
    send(OTHER, relay, "http")
    send(CLEAR, "127.0.0.41", "https")
    assert set(listed(rove)) == {CLEAR, OTHER}
    assert metrics_of(port)["rove_updates_in_clear_total"] == "2"
