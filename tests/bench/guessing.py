#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What guesses of passwords cost those who do not guess: the time of updates while 200 guesses a
second come from many addresses, beside the same when all is quiet; and whether the time of a guess
tells if there is such an account.

    guessing.py BUILD-FOLDER [SECONDS]"""
import concurrent.futures
import http.client
import itertools
import json
import multiprocessing
import os
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import time

from common import attempt, limit, run, say

BUILD = pathlib.Path(sys.argv[1]).resolve()
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 5
os.environ["ROVE_BUILD"] = str(BUILD)

from api import with_api  # noqa: E402
from harness import Rove, basic, set_option  # noqa: E402
from people import welch  # noqa: E402

ROUNDS = 5
GUESSES_PER_S = 200
GUESSERS = 40
PAIRS = 300
HOST = "home.dyn.example.org"
HASH = ("$argon2id$v=19$m=19456,t=2,p=1$FtgyZHkS6W+IuFyt0/FtXA$"
        "jQ4VPRKO+ybvlGLSH0xYdeYchGjkX8EyuZDOtcTphEo")  # of a password that nobody kept
_number = itertools.count(1)


def guess(rove, email):
    """Status, and how long it took, of a login from an address that has not been here yet."""
    number = next(_number)
    connection = http.client.HTTPConnection(
        rove.address, rove.http_port, timeout=60,
        source_address=(f"127.1.{number // 250 % 250}.{number % 250 + 1}", 0))
    body = json.dumps({"email": email, "password": "vier blaue Tische am Abend"})
    fields = {"Host": f"localhost:{rove.http_port}", "Origin": rove.origin,
              "Content-Type": "application/json"}
    connection.connect()
    begin = time.perf_counter()
    connection.request("POST", "/api/v1/session", body, fields)
    reply = connection.getresponse()
    reply.read()
    took = time.perf_counter() - begin
    connection.close()
    return reply.status, took


def time_updates(rove, token):
    """Seconds that each update took, one after the other, each with another address."""
    took = []
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=60)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        number = next(_number)
        begin = time.perf_counter()
        connection.request("GET", f"/nic/update?hostname={HOST}&myip=10.{number >> 16 & 255}."
                                  f"{number >> 8 & 255}.{number & 255}",
                           headers={"Authorization": basic(HOST, token)})
        said = connection.getresponse().read().decode()
        took.append(time.perf_counter() - begin)
        assert said.startswith("good"), said
    connection.close()
    return took


def keep_guessing(rove, over, told):
    """Guesses until it is over; tells how many replies of each status there were."""
    statuses = {}

    def go_on():
        while not over.wait(GUESSERS / GUESSES_PER_S):
            status, _ = guess(rove, f"account{next(_number)}@example.org")
            statuses[status] = statuses.get(status, 0) + 1

    with concurrent.futures.ThreadPoolExecutor(GUESSERS) as pool:
        for each in [pool.submit(go_on) for _ in range(GUESSERS)]:
            each.result()
    told.put(statuses)


def time_under_guesses(rove, token):
    """The same beside guesses, which come from a process of their own."""
    over, told = multiprocessing.Event(), multiprocessing.Queue()
    guesser = multiprocessing.Process(target=keep_guessing, args=(rove, over, told))
    guesser.start()
    try:
        took = time_updates(rove, token)
    finally:
        over.set()
    statuses = told.get(timeout=60)
    guesser.join()
    for _ in range(GUESSERS * 1000):
        next(_number)  # the child has counted on by itself
    return took, statuses


def p99(took):
    return statistics.quantiles(took, n=100)[98]


def one_round(rove, token):
    quiet = time_updates(rove, token)
    guessed, statuses = time_under_guesses(rove, token)
    say(f"  updates: p50 {1e3 * statistics.median(quiet):.2f} and p99 {1e3 * p99(quiet):.2f} ms when"
        f" quiet, {1e3 * statistics.median(guessed):.2f} and {1e3 * p99(guessed):.2f} ms beside"
        f" {sum(statuses.values()) / SECONDS:.0f} guesses/s {dict(sorted(statuses.items()))}")
    return p99(guessed) / p99(quiet)


def time_pairs(rove):
    """|t| of Welch's test: guesses on accounts that there are beside those that there are not."""
    known, unknown = [], []
    for number in range(PAIRS):
        pair = [(known, f"known{number}@example.org"), (unknown, f"nobody{number}@example.org")]
        for took, email in pair if number % 2 else reversed(pair):
            status, seconds = guess(rove, email)
            assert status == 403, status
            took.append(seconds)
    t = welch(known, unknown)
    say(f"{PAIRS} pairs of guesses: {1e3 * statistics.median(known):.1f} ms on an account that there"
        f" is, {1e3 * statistics.median(unknown):.1f} ms on one that there is not, t = {t:.2f}")
    return abs(t)


def main():
    with tempfile.TemporaryDirectory() as folder:
        rove = Rove(folder)
        try:
            rove.init()
            with sqlite3.connect(rove.database) as database:
                database.executemany(
                    "INSERT INTO accounts (email, email_folded, password_hash, role, state, hosts_max,"
                    " language, created_s, last_change) VALUES (?1, ?1, ?2, 0, 0, 0, 'en', 0, 0)",
                    [(f"known{number}@example.org", HASH) for number in range(PAIRS)])
            with_api(set_option(rove, "update", "changes_per_hour = 1000000")).start()
            rove.add_zone()
            token = rove.add_host(HOST)
            limit("p99 of updates beside guesses",
                  [attempt("a round", one_round, rove, token) for _ in range(ROUNDS)], 2)
            limit("the time of a guess, |t| by 4.5", [attempt("pairs", time_pairs, rove) / 4.5], None)
        finally:
            rove.clean_up()


run(main)
