# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the system tests."""
import os
import pathlib
import shutil
import tempfile

import pytest

import chromium as browsers
import debian
import people
from harness import USERS, Rove
from secondaries import Secondary


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
def served(make_rove):
    """A running service to which people can log in."""
    return people.serve(make_rove)


@pytest.fixture(scope="session")
def one_chromium(tmp_path_factory):
    browsers.need()
    started = browsers.Chromium(tmp_path_factory.mktemp("chromium"))
    yield started
    started.stop()


@pytest.fixture
def chromium(one_chromium):
    """A browser that knows nothing."""
    return one_chromium.begin()


@pytest.fixture
def as_root():
    """Skips the test for others."""
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def open_folder():
    """A folder that every user can reach."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rove-users-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def rove_of_users(as_root, open_folder):
    """Roles under users of their own, started by root; programs where all can reach them."""
    settings = "users { " + " ".join(f'{role} = "{user}"' for role, user in USERS.items()) + " }"
    service = Rove(open_folder / "rove", settings)
    service.static.chmod(0o755)
    shutil.rmtree(service.data)
    shutil.rmtree(service.run_folder)
    yield service.init()
    service.clean_up()


@pytest.fixture
def make_secondary():
    """Makes secondaries, which end with the test."""
    made = []

    def make(*args):
        made.append(Secondary(*args))
        return made[-1]

    yield make
    for secondary in made:
        secondary.stop()


@pytest.fixture(name="deb", scope="session")
def fixture_deb(tmp_path_factory):
    """The file of Debian's package, built once."""
    return debian.build(tmp_path_factory.mktemp("deb") / "out")
