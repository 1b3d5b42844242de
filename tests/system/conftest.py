# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the system tests."""
import os

import pytest

from harness import Rove


@pytest.fixture
def make_rove(tmp_path):
    """Makes installations with their data initialised; they end with the test."""
    made = []

    def make(settings=""):
        rove = Rove(tmp_path / f"rove{len(made)}", settings)
        made.append(rove)
        return rove.init()

    yield make
    for rove in made:
        rove.clean_up()


@pytest.fixture
def rove(make_rove):
    """A running service with the zone dyn.example.org."""
    service = make_rove().start()
    service.add_zone()
    return service


@pytest.fixture
def as_root():
    """Skips the test for others."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
