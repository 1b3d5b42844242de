# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of `make bench` share: they wait and try again where the machine is loaded, tell
what could not be measured, and end with 1 only if a measured ratio misses its limit."""
import os
import pathlib
import statistics
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

import pytest  # noqa: E402

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
TRIES = 3
PAUSE_S = 2  # before the next try
BUDGET_S = 1500  # of one part: behind it nothing new begins
_begun = time.monotonic()
# What a peer that does not start, a load that ends before its time or a slow machine may raise.
TROUBLE = (Exception, pytest.skip.Exception)

_unmeasured, _missed = [], []


def say(text):
    print(text, flush=True)


def attempt(what, measure, *args, tries=TRIES):
    """What measure(*args) gives; None if it fails each time, which is told at the end."""
    if time.monotonic() - _begun > BUDGET_S:
        _unmeasured.append(f"{what}: no time was left")
        return None
    for number in range(1, tries + 1):
        try:
            return measure(*args)
        except TROUBLE as trouble:  # pylint: disable=broad-except
            why = f"{type(trouble).__name__}: {trouble}".strip().splitlines()
            print(f"{what}: try {number} of {tries}: {why[0]}", file=sys.stderr, flush=True)
            if os.environ.get("ROVE_BENCH_TRACE"):
                traceback.print_exc()
            last = why[0]
        time.sleep(PAUSE_S if number < tries else 0)
    _unmeasured.append(f"{what}: {last}")
    return None


def limit(what, ratios, most):
    """Tells the median of some ratios, and holds it against what it is to be at most."""
    ratios = [ratio for ratio in ratios if ratio is not None]
    if not ratios:
        _unmeasured.append(f"{what}: no round was whole")
        return
    ratio = statistics.median(ratios)
    spread = f", {min(ratios):.2f} to {max(ratios):.2f}" if len(ratios) > 1 else ""
    wanted = f" (wanted: at most {most}{spread})" if most else spread and f" ({spread[2:]})"
    say(f"{what}: {ratio:.2f} x{wanted}")
    if most and ratio > most:
        _missed.append(f"{what}: {ratio:.2f} x, wanted at most {most}")


def end():
    """Ends the program."""
    for what in _unmeasured:
        say(f"NOT MEASURED: {what}")
    for what in _missed:
        say(f"MISSED: {what}")
    sys.exit(1 if _missed else 0)


def run(main):
    """Runs a part; whatever else goes wrong in it is told as not measured."""
    try:
        main()
    except TROUBLE as trouble:  # pylint: disable=broad-except
        traceback.print_exc()
        _unmeasured.append(f"the rest: {type(trouble).__name__}: {trouble}")
    end()


def family(pid):
    """The process and all below it: some servers answer in a child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(below for child in children for below in family(int(child)))]


def cpu_us(pid):
    """User and system time of a process and those below it, all of their threads."""
    total = 0
    for each in family(pid):
        stat = pathlib.Path(f"/proc/{each}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_US


def memory_kib(pid):
    """Private and proportional resident memory of a process, in KiB."""
    fields = dict(line.split(":") for line in
                  pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    kib = {key: int(value.split()[0]) for key, value in fields.items()}
    return kib["Private_Clean"] + kib["Private_Dirty"], kib["Pss"]
