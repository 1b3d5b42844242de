# SPDX-License-Identifier: GPL-3.0-or-later
"""How the parts of `make bench` end (tests/bench/common.py)."""
import subprocess
import sys

import pytest

from harness import TREE

PART = """
import sys
sys.path.insert(0, {folder!r})
import common
common.PAUSE_S = 0
tries = []

def fails(times):
    tries.append(1)
    assert len(tries) > times, "a peer that is slow to start"
    return 1.5

def main():
    {main}

common.run(main)
"""


@pytest.mark.parametrize("main, code, says", (
    ("common.limit('ours', [common.attempt('it', fails, 2)], 2)", 0, "ours: 1.50 x"),
    ("common.attempt('it', fails, 9)", 0, "NOT MEASURED: it: AssertionError: a peer that is slow"),
    ("common.limit('ours', [common.attempt('it', fails, 9)], 2)", 0, "NOT MEASURED: ours: no round"),
    ("common.limit('ours', [3, None, 1, 4], 2)", 1, "MISSED: ours: 3.00 x, wanted at most 2"),
    ("common.limit('ours', [3, 1, 4], None)", 0, "ours: 3.00 x (1.00 to 4.00)"),
    ("raise TimeoutError('not within 60 s')", 0, "NOT MEASURED: the rest: TimeoutError: not within"),
    ("common.BUDGET_S = -1; common.attempt('it', fails, 0)", 0, "NOT MEASURED: it: no time was left"),
    ("common.attempt('it', __import__('pytest').skip, 'no apt-get')", 0, "NOT MEASURED: it: Skipped"),
))
def test_a_part_ends_with_1_only_if_a_measured_ratio_misses_its_limit(main, code, says):
    script = PART.format(folder=str(TREE / "tests" / "bench"), main=main)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60,
                          check=False)
    assert (done.returncode, says in done.stdout) == (code, True), done.stdout + done.stderr
