# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that cost more than others: what is asked, and the zone that makes it dear. For
answering.py."""
import collections
import random

import zones

LABELS = 112  # of a long name, which has at most 255 bytes
CHAIN = 16  # aliases that are followed for one question
SAME_HASH = 1024  # names that a user might choose for his hosts
ADDRESSES, SERVERS = 1000, 13
QUESTIONS = 5000

# What is asked (names are made by a number), and how many times of an everyday question it may
# cost at most; None: that is up to who fills the zone, and only told.
Kind = collections.namedtuple("Kind", "ask most")


def long_name(number, end):
    """A name of many labels of one letter; none is like another."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    head = letters[number % 26] + "." + letters[number // 26 % 26]
    return f"{head}.{'a.' * (LABELS - 2)}{end}"


def labels_of_same_hash(count):
    """Labels that are all the same to the hash of a cdb, which everybody can compute."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"

    def step(state, text):
        for char in text:
            state = (state * 33 & 0xffffffff) ^ ord(char)
        return state

    labels, rounds = [""], (count - 1).bit_length()
    state = step(5381, chr(2 * rounds))
    for _ in range(rounds):
        found = {}
        for first in letters:
            for second in letters:
                found.setdefault(step(state, first + second), []).append(first + second)
        state, pair = next((after, texts) for after, texts in found.items() if len(texts) > 1)
        labels = [label + text for label in labels for text in pair[:2]]
    return labels[:count]


SAME = labels_of_same_hash(SAME_HASH + 2)
KINDS = {
    "a missing name": Kind(lambda n: f"{n:x}.no.{zones.ZONE}", 2),
    f"a missing name of {LABELS} labels": Kind(lambda n: long_name(n, zones.ZONE), 3),
    f"a foreign name of {LABELS} labels": Kind(lambda n: long_name(n, "example.net"), 3),
    f"a missing name of {LABELS} labels *": Kind(
        lambda n: f"{n % 97:x}." + "*." * (LABELS - 2) + zones.ZONE, 3),
    f"below a wildcard, {LABELS} labels": Kind(lambda n: long_name(n, f"wild.{zones.ZONE}"), 3),
    "a delegation to 13 servers": Kind(lambda n: f"{n:x}.cut.{zones.ZONE}", None),
    f"{CHAIN} aliases": Kind(lambda n: f"c0.{zones.ZONE}", None),
    f"{CHAIN} aliases of {LABELS - 8} labels": Kind(lambda n: f"d0.{zones.ZONE}", 15),
    f"a name of {LABELS} labels that exists": Kind(lambda n: f"{'e.' * LABELS}{zones.ZONE}", 8),
    f"{ADDRESSES} addresses": Kind(lambda n: f"many.{zones.ZONE}", 15),
    f"a missing name beside {SAME_HASH} of the same hash": Kind(
        lambda n: f"{SAME[-1]}.{zones.ZONE}", None),
}


def deep_alias(number):
    return f"d{number}." + "f." * (LABELS - 8) + zones.ZONE


def fill(zone):
    """Adds what the questions above need."""
    zone.add(f"+*.wild.{zones.ZONE}:192.0.2.1", f"*.wild.{zones.ZONE}", 60, "A 192.0.2.1")
    zone.a(f"{'e.' * LABELS}{zones.ZONE}", 1, 60)
    for number in range(CHAIN):
        last = number == CHAIN - 1
        zone.cname(f"c{number}.{zones.ZONE}",
                   f"ns.{zones.ZONE}" if last else f"c{number + 1}.{zones.ZONE}", 60)
        zone.cname(deep_alias(number) if number else f"d0.{zones.ZONE}",
                   f"ns.{zones.ZONE}" if last else deep_alias(number + 1), 60)
    for number in range(SERVERS):
        server = f"ns{number}.cut.{zones.ZONE}"
        zone.ns(f"cut.{zones.ZONE}", server, 60)
        zone.a(server, number, 60)
        zone.aaaa(server, number, 60)
    for number in range(ADDRESSES):
        zone.add(f"+many.{zones.ZONE}:10.1.{number >> 8}.{number & 255}", f"many.{zones.ZONE}", 60,
                 f"A 10.1.{number >> 8}.{number & 255}")
    for label in SAME[:SAME_HASH]:
        zone.a(f"{label}.{zones.ZONE}", 1, 60)


def write_questions(kind, path):
    rng = random.Random(1)
    with open(path, "w", encoding="ascii") as out:
        for _ in range(QUESTIONS):
            out.write(f"{kind.ask(rng.getrandbits(40))} A\n")
