# SPDX-License-Identifier: GPL-3.0-or-later
"""People with a browser: they come by an invitation, log in, have a second factor."""
import math
import re
import sqlite3
import statistics
import subprocess
import tempfile
import time

from api import Browser, with_api
from harness import free_port

ALICE = "alice@example.org"
PASSWORD = "vier blaue Tische am Abend"
OTHER_PASSWORD = "sieben graue Hunde im Regen"
HOST = "home.dyn.example.org"


def serve(make_rove):
    """A service to which people can log in, and a zone where everybody makes hosts."""
    port = free_port()
    rove = make_rove(f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}')
    rove.metrics_port = port
    with_api(rove).start()
    rove.add_zone()
    rove.ctl("zone", "set", "dyn.example.org", "--policy", "everybody")
    return rove


def invited(rove, email=ALICE, password=PASSWORD, **more):
    """A browser that has redeemed an invitation."""
    browser = Browser(rove)
    reply = browser.redeem(rove.ctl("account", "invite", email, *more.pop("options", ()))["url"],
                           password, **more)
    assert reply.status == 200 and browser.cookie, reply.text
    return browser


def in_again(rove, email=ALICE, password=PASSWORD, **more):
    browser = Browser(rove)
    reply = browser.log_in(email, password, **more)
    assert reply.status == 200 and browser.cookie, reply.text
    return browser


def make_stale(rove):
    """What was fresh is not any more."""
    rove.stop()
    with sqlite3.connect(rove.database) as database:
        database.execute("UPDATE sessions SET fresh_s = 1000")
    rove.start()


def rows(rove, query):
    with sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def state(rove):
    """All that a request may have changed, but for when sessions and accounts were used."""
    accounts = rows(rove, "SELECT id, email, password_hash, role, state, hosts_max, language, mail_off,"
                          " last_change FROM accounts")
    return {"accounts": accounts} | {table: rows(rove, f"SELECT * FROM {table}") for table in
            ("zones", "hosts", "records", "tokens", "changes", "links", "totp",
             "recovery_codes", "address_changes", "passkeys")} | {
                "sessions": rows(rove, "SELECT id, digest, fresh_s FROM sessions")}


def welch(one, other):
    """The t of Welch's test: whether the two kinds of times differ."""
    return (statistics.mean(one) - statistics.mean(other)) / math.sqrt(
        statistics.variance(one) / len(one) + statistics.variance(other) / len(other))


def oathtool(secret, *options):
    """The codes of another program."""
    return subprocess.run(["oathtool", "--totp", "--base32", *options, secret], check=True,
                          capture_output=True, text=True).stdout.split()


def code_of(secret, steps=0):
    return oathtool(secret, "-N", f"@{int(time.time()) + 30 * steps}")[0]


def read_qr(begun):
    """What another program reads from the picture that a page draws."""
    side, scale = begun["qr_side"], 4
    rows_of = [bytearray(b"\xff" * side) for _ in range(side)]
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", begun["qr_path"]):
        rows_of[int(y)][int(x):int(x) + int(wide)] = bytes(int(wide))
    pixels = b"".join(bytes(value for value in row for _ in range(scale)) * scale
                      for row in rows_of)
    picture = f"P5 {side * scale} {side * scale} 255\n".encode() + pixels
    with tempfile.NamedTemporaryFile(suffix=".pgm") as file:
        file.write(picture)
        file.flush()
        return subprocess.run(["zbarimg", "-q", "--raw", file.name], check=True,
                              capture_output=True, text=True).stdout.strip()


def with_factor(browser):
    """Switches the second factor on; gives the seed's text and the recovery codes."""
    begun = browser.call("POST", "/account/totp").body
    assert begun["uri"].startswith(f"otpauth://totp/Rove:{ALICE}?secret={begun['secret']}&")
    assert read_qr(begun) == begun["uri"]
    reply = browser.call("PUT", "/account/totp", {"code": code_of(begun["secret"], -1)})
    assert reply.status == 200 and len(reply.body["recovery_codes"]) == 10, reply.text
    return begun["secret"], reply.body["recovery_codes"]
