# SPDX-License-Identifier: GPL-3.0-or-later
"""Our answers against those of NSD, Knot DNS and BIND: a random zone in all four, random
questions, and every answer of ours equals that of two of the three at least."""
import collections
import contextlib
import os
import random

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from zones import (TYPES, ZONE, comparable, mixed_case, random_name, random_question,
                   random_zone, start_knot, start_named, start_nsd, start_ours)

ZONES = 4
QUESTIONS = 300  # for each
SEED = int(os.environ.get("ROVE_SEED", random.randrange(1 << 32)))
MORE_TYPES = TYPES + ["CAA", "TLSA", "SSHFP", "NAPTR", "HINFO", "SRV", "DS", "SPF"]

# What may differ, and from whom. docs/answering.md has the reasons.
ANY_IS_ONE_SET = "ANY is answered with one set of records; which one is free"


def rich_question(rng, zone):
    """One of random_question()'s, or for more types, deeper names, owners as they stand."""
    if rng.randrange(3) == 0:
        return random_question(rng, zone)
    owner, _ttl, _class, rdtype, *_ = rng.choice(zone.master).split(" ")
    owner = owner.rstrip(".")
    labels = owner.split(".")
    name = rng.choice([
        owner, owner, "x." + owner, "*." + owner, "a.b.c." + owner, random_name(rng, 9),
        ".".join(labels[1:]) or ZONE, ".".join(["q"] + labels[1:])])
    options = {}
    if rng.randrange(2):
        options = {"use_edns": 0, "payload": rng.choice([512, 1232, 4096])}
    rdtype = rng.choice([rdtype, rdtype, rng.choice(MORE_TYPES), rng.choice(MORE_TYPES), "ANY"])
    return dns.message.make_query(mixed_case(rng, name), rdtype, **options)


def is_any(question):
    return question.question[0].rdtype == dns.rdatatype.ANY


def kind_of(reply):
    """What sort of answer it is, to see that all sorts came up."""
    if reply.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(reply.rcode())
    if reply.flags & dns.flags.TC:
        return "truncated"
    if not reply.flags & dns.flags.AA:
        return "referral"
    if not reply.answer:
        return "no data"
    return "alias" if reply.answer[0].rdtype == dns.rdatatype.CNAME else "answer"


def allowed_difference(question, mine):
    """Why a difference from the others is right, or None."""
    if is_any(question) and len(mine.answer) <= 2 and mine.rcode() == dns.rcode.NOERROR:
        return ANY_IS_ONE_SET
    return None


@pytest.fixture
def servers(tmp_path):
    """A function that starts all four with a zone: ours, and the others by name."""
    with contextlib.ExitStack() as stack:
        def start(zone):
            found = []
            for name, starter in (("ours", start_ours), ("nsd", start_nsd),
                                  ("knot", start_knot), ("named", start_named)):
                folder = tmp_path / name
                folder.mkdir()
                server = starter(folder, zone)
                stack.callback(server.stop)
                found.append((name, server))
            return found[0][1], dict(found[1:])
        yield start


@pytest.mark.parametrize("number", range(ZONES))
def test_answers_equal_those_of_two_of_three_others(servers, number):
    seed = SEED + number
    print(f"ROVE_SEED={seed}")
    rng = random.Random(seed)
    zone = random_zone(rng, rich=True)
    ours, others = servers(zone)
    kinds, allowed, alone = collections.Counter(), collections.Counter(), collections.Counter()
    for _ in range(QUESTIONS):
        question, tcp = rich_question(rng, zone), rng.randrange(4) == 0
        mine = ours.ask(question, tcp)
        theirs = {name: server.ask(question, tcp) for name, server in others.items()}
        kinds[kind_of(mine)] += 1
        differ = [name for name, reply in theirs.items() if comparable(reply) != comparable(mine)]
        alone.update(differ)
        if len(differ) < 2:
            continue
        why = allowed_difference(question, mine)
        assert why, f"ROVE_SEED={seed}, unlike {differ}\nours:\n{mine}\n\n" + "\n\n".join(
            f"{name}:\n{theirs[name]}" for name in differ)
        allowed[why] += 1
    print(f"kinds {dict(kinds)}, allowed {dict(allowed)}, unlike us {dict(alone)}")
    assert len(kinds) >= 4, kinds
    assert sum(allowed.values()) < QUESTIONS / 5, allowed
