# SPDX-License-Identifier: GPL-3.0-or-later
"""The units under a real systemd, as an operator meets them on a bare Debian 12: installed from
source and as a package, which is built on a bare machine as well.

Only with ROVE_SYSTEMD=1, as tools/long sets it: minutes, root, and the network."""
import os
import re
import shutil

import pytest

import debian
import machine
from harness import ROLES, TREE, wait_until
from machine import Machine, once, run, tree

pytestmark = [pytest.mark.usefixtures("as_root"),
              pytest.mark.skipif(os.environ.get("ROVE_SYSTEMD") != "1",
                                 reason="takes minutes; set ROVE_SYSTEMD=1")]
SYSTEMD = ["dbus", "systemd", "systemd-sysv"]
NAME = "home.dyn.example.org"
USERS = {"front": "rove", "publish": "rove-publish", "answer": "rove-answer"}
UNITS = [f"rove-{role}" for role in ROLES]
RELEASE = TREE / "build" / "release"


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(0o755)  # users without rights have to get in
    return folder


@pytest.fixture(name="bare", scope="module")
def fixture_bare(place):
    """A machine on which `make install` was done; nothing runs, nothing is configured."""
    run(TREE / "tools/build", "release", "--prefix=/usr/local")
    libraries = machine.libraries_of(RELEASE / "src/server/roved")
    root = tree(place / "source", "bookworm-systemd", SYSTEMD + libraries)
    run("/usr/bin/meson", "install", "-C", RELEASE, "--no-rebuild", "--quiet", "--destdir", root)
    there = Machine(root)
    yield there
    there.stop()


def configure(there, watch="2"):
    """Programs' own example, and a watchdog that does not take a minute."""
    there.path("/etc/rove/static").mkdir(parents=True, exist_ok=True)
    shutil.copy(TREE / "packaging/rove.conf", there.path("/etc/rove/rove.conf"))
    allow(there)
    for unit in ("rove", *UNITS):
        folder = there.path(f"/etc/systemd/system/{unit}.service.d")
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath("test.conf").write_text(f"[Service]\nWatchdogSec={watch}\n")
    there.run("systemctl", "daemon-reload")


def allow(there):
    """The addresses of documents, and more changes than anybody makes."""
    with open(there.path("/etc/rove/rove.conf"), "a", encoding="utf-8") as config:
        config.write("update { private_addresses = true changes_per_hour = 100000 }\n")


def make_host(there):
    there.ctl("account", "add", "ops@example.org", "--role", "operator")
    there.ctl("zone", "add", "dyn.example.org", "--owner", "ops@example.org",
              "--ns", "ns1.dyn.example.org=192.0.2.53")
    there.ctl("host", "add", NAME)
    return there.ctl("token", "add", NAME, "--label", "router")["secret"]


def check_service(there, token, address):
    """An update comes through to DNS."""
    wait_until(lambda: all(there.role(role).get("state") == "running" for role in ROLES), 30,
               "all roles run")
    assert there.client("update", NAME, token, address) == [200, f"good {address}"]
    wait_until(lambda: there.client("addresses", NAME, "A") == [address], 20, "DNS says so")


def users_of_roles(there):
    return {role: there.run("stat", "-c", "%U", f"/proc/{there.role(role)['pid']}").strip()
            for role in ROLES}


@pytest.fixture(name="token", scope="module")
def fixture_token(bare):
    """The first hour, in the order in which one may do it, with every step that can be forgotten
    forgotten once. What is missing is named in the journal."""
    configure(bare)
    bare.run("systemctl", "enable", "--now", "--no-block", "rove")
    wait_until(lambda: "run 'roved -c /etc/rove/rove.conf --init' once" in bare.journal("rove"), 20,
               "keys are missed")
    assert "NAMESPACE" not in bare.journal("rove")
    bare.run("roved", "--init")  # its users were made when the machine started
    wait_until(lambda: bare.is_active("rove"), 30, "the service is active")
    bare.run("systemctl", "reset-failed")
    return make_host(bare)


def check_capabilities(there):
    """Of the four that the unit gives, the parent has kept three."""
    caps = {line.split(":")[0]: int(line.split()[1], 16) for line in
            there.run("cat", f"/proc/{there.pid('rove')}/status").splitlines() if "Cap" in line}
    kept, chown = 1 << 6 | 1 << 7 | 1 << 10, 1
    assert caps["CapPrm"] == caps["CapEff"] == kept and caps["CapBnd"] == kept | chown, caps


def test_the_first_start_needs_nothing_that_is_not_named(bare, token):
    check_service(bare, token, "192.0.2.1")
    assert users_of_roles(bare) == USERS
    check_capabilities(bare)
    assert bare.run("stat", "-c", "%U %a", "/run/rove").split() == ["root", "711"]


def test_the_whole_service_reloads_restarts_and_stops(bare, token):
    pid = bare.pid("rove")
    bare.run("systemctl", "reload", "rove")
    wait_until(lambda: bare.journal("rove").count("reloaded") >= 4, 20, "all have read it")
    before = {role: bare.role(role)["pid"] for role in ROLES}
    with bare.load(NAME, token):
        bare.run("systemctl", "kill", "--kill-whom=main", "--signal=USR2", "rove")
        wait_until(lambda: "roles-replaced" in bare.journal("rove"), 60, "all are replaced")
    assert bare.pid("rove") == pid
    check_capabilities(bare)
    assert not set(before.values()) & {bare.role(role)["pid"] for role in ROLES}
    # Whether systemd still hears the one that took the place.
    assert wait_until(lambda: bare.facts("rove")["WatchdogTimestampMonotonic"], 5, "beats") != "0"
    last = bare.facts("rove")["WatchdogTimestampMonotonic"]
    wait_until(lambda: bare.facts("rove")["WatchdogTimestampMonotonic"] != last, 10, "beats go on")
    bare.run("systemctl", "restart", "rove")
    check_service(bare, token, "192.0.2.2")
    bare.run("systemctl", "stop", "rove")
    facts = bare.facts("rove")
    assert (facts["ActiveState"], facts["Result"]) == ("inactive", "success")
    assert {bare.role(role)["state"] for role in ("parent", *ROLES)} == {"stopped"}
    assert not bare.run("sh", "-c", "grep -lx roved /proc/[0-9]*/comm", check=False)
    bare.run("systemctl", "start", "rove")
    check_service(bare, token, "192.0.2.3")


def test_a_parent_that_hangs_is_started_again_by_systemd(bare, token):
    old = bare.pid("rove")
    bare.stop_main("rove")
    wait_until(lambda: bare.pid("rove") not in (0, old), 60, "it is another")
    assert "Watchdog timeout" in bare.journal("rove")
    check_service(bare, token, "192.0.2.4")


def test_a_unit_per_role_works_reloads_and_is_watched(bare, token):
    bare.run("systemctl", "start", *UNITS)  # which stops the other
    assert not bare.is_active("rove")
    check_service(bare, token, "192.0.2.5")
    assert users_of_roles(bare) == USERS
    for unit in UNITS:
        bare.run("systemctl", "reload", unit)
        wait_until(lambda unit=unit: "reloaded" in bare.journal(unit), 20, f"{unit} has read it")
    for number, unit in enumerate(UNITS, 6):
        old = bare.pid(unit)
        bare.stop_main(unit)
        wait_until(lambda unit=unit, old=old: bare.pid(unit) not in (0, old), 60, "it is another")
        assert "Watchdog timeout" in bare.journal(unit)
        check_service(bare, token, f"192.0.2.{number}")
    for number, unit in enumerate(UNITS, 10):
        bare.run("systemctl", "restart", unit)
        check_service(bare, token, f"192.0.2.{number}")
        assert "error" not in bare.journal(unit).split("Watchdog timeout")[-1], bare.journal(unit)
    bare.run("systemctl", "stop", *UNITS)
    assert {bare.facts(unit)["Result"] for unit in UNITS} == {"success"}
    assert {bare.role(role)["state"] for role in ROLES} == {"stopped"}


def test_systemd_holds_the_sockets_and_starts_roles_by_them(bare, token):
    bare.run("systemctl", "start", "rove-http.socket", "rove-dns.socket", "rove-publish")
    assert not bare.is_active("rove-front") and not bare.is_active("rove-answer")
    assert bare.client("addresses", NAME, "A") in ([], ["192.0.2.12"])
    assert bare.is_active("rove-answer")
    assert bare.client("update", NAME, token, "192.0.2.13") == [200, "good 192.0.2.13"]
    assert bare.is_active("rove-front")
    check_service(bare, token, "192.0.2.14")
    assert "sockets-unused" not in bare.journal("rove-front") + bare.journal("rove-answer")
    bare.run("systemctl", "restart", "rove-front", "rove-answer")
    check_service(bare, token, "192.0.2.16")
    bare.run("systemctl", "stop", "rove-http.socket", "rove-dns.socket", *UNITS)


def test_each_role_may_start_first_and_alone_on_a_machine_without_anything(bare, token):
    """Each folder is made by who needs it, in any order."""
    bare.run("rm", "-rf", "/run/rove")
    for unit in reversed(UNITS):
        bare.run("systemctl", "start", unit)
    check_service(bare, token, "192.0.2.15")
    bare.run("systemctl", "stop", *UNITS)
    bare.run("mv", "/var/lib/rove", "/var/lib/away")
    for unit in UNITS:
        bare.run("systemctl", "start", "--no-block", unit)
    wait_until(lambda: bare.is_active("rove-answer"), 30, "answer waits for an image")
    for unit in ("rove-front", "rove-publish"):
        wait_until(lambda unit=unit: "--init' once" in bare.journal(unit), 20, "keys are missed")
        assert "NAMESPACE" not in bare.journal(unit)
    bare.run("systemctl", "stop", *UNITS)
    bare.run("rm", "-rf", "/var/lib/rove")
    bare.run("mv", "/var/lib/away", "/var/lib/rove")


# ---- Debian's package ----------------------------------------------------------------------

@pytest.fixture(name="deb", scope="module")
def fixture_deb(place):
    """The package, built where there is nothing but the source and git: by packaging/build-deb alone."""
    root = tree(place / "builder", "bookworm-bare", ["ca-certificates", "git"])
    run("git", "clone", "--quiet", "--no-hardlinks", TREE, root / "rove")
    changed = run("git", "-C", TREE, "diff", "--binary", "HEAD")
    if changed:
        place.joinpath("diff").write_text(changed)
        run("git", "-C", root / "rove", "apply", place / "diff")
    run("chown", "-R", "root:root", root / "rove")
    once(root, "packaging/build-deb", folder="/rove")
    return next((root / "rove/build/deb").glob("rove_*.deb"))


def test_the_package_is_installed_upgraded_under_load_and_removed(place, deb):
    names = debian.named_in(deb, "Pre-Depends", "Depends")
    root = tree(place / "packaged", "bookworm-packaged", SYSTEMD + names)
    shutil.copy(deb, root / "root/rove.deb")
    there = Machine(root)
    try:
        there.run("dpkg", "-i", "/root/rove.deb")
        assert there.is_active("rove")
        assert there.run("systemctl", "is-enabled", "rove").strip() == "enabled"
        allow(there)
        there.run("systemctl", "reload", "rove")
        token = make_host(there)
        check_service(there, token, "192.0.2.1")
        pid = there.pid("rove")
        before = {role: there.role(role)["pid"] for role in ROLES}
        make_newer(root)
        with there.load(NAME, token):
            there.run("dpkg", "-i", "/root/newer.deb")
            wait_until(lambda: not set(before.values()) & {there.role(role).get("pid")
                                                           for role in ROLES}, 60, "all are new")
            wait_until(lambda: "roles-replaced" in there.journal("rove"), 60, "to the end")
        assert there.pid("rove") == pid
        check_service(there, token, "192.0.2.2")
        check_restart_from_older(there, token, pid)
        config = there.path("/etc/rove/rove.conf").read_text()
        there.run("dpkg", "-r", "rove")
        assert not there.is_active("rove")
        assert there.path("/var/lib/rove/rove.db").exists()
        there.run("dpkg", "-i", "/root/rove.deb")
        wait_until(lambda: there.is_active("rove"), 30, "it is back")
        assert there.path("/etc/rove/rove.conf").read_text() == config
        check_service(there, token, "192.0.2.3")
        there.run("dpkg", "-P", "rove")
        assert not there.path("/var/lib/rove").exists() and not there.path("/run/rove").exists()
    finally:
        there.stop()


def check_restart_from_older(there, token, pid):
    """A version in which all roles wrote into one folder is not replaced in place, but restarted."""
    there.run("chgrp", "rove-answer", "/run/rove")
    there.run("chmod", "1771", "/run/rove")
    there.run("touch", "/run/rove/front.sock", "/run/rove/front.status")
    there.run("dpkg", "-i", "/root/newer.deb")
    wait_until(lambda: there.pid("rove") not in (0, pid), 30, "it is another")
    check_service(there, token, "192.0.2.4")
    assert there.run("stat", "-c", "%U %G %a", "/run/rove").split() == ["root", "root", "711"]
    assert set(there.run("ls", "/run/rove").split()) == {"parent", *ROLES}


def make_newer(root):
    """The same package with a higher version."""
    newer = root / "root/newer"
    run("dpkg-deb", "-R", root / "root/rove.deb", newer)
    control = newer / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", r"\g<0>+1", control.read_text(), flags=re.MULTILINE))
    run("dpkg-deb", "-b", newer, root / "root/newer.deb")
    shutil.rmtree(newer)
