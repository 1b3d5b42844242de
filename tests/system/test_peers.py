# SPDX-License-Identifier: GPL-3.0-or-later
"""The other programs that the tests talk to are the real ones, and run."""
import pwd

import pytest

from peers import PEERS, peer

SAYS = {
    "tinydns": ([], 111, "$IP not set"),
    "tinydns-data": ([], 111, "unable to open data"),
    "tinydns-conf": ([], 100, "usage: tinydns-conf"),
    "tinydns-edit": ([], 100, "usage: tinydns-edit"),
    "cdb": (["-h"], 0, "Constant DataBase"),
    "ddclient": (["-help"], 0, "usage: ddclient"),
    "dnsperf": (["-h"], 0, "DNS Performance Testing Tool"),
    "named": (["-v"], 0, "BIND 9"),
    "inadyn": (["-v"], 0, "2."),
    "busybox": ([], 0, "BusyBox"),
    "gnutls-cli": (["--version"], 0, "gnutls-cli 3."),
    "tstclnt": (["-Y"], 1, "Use cipher with hex code"),
    "certutil": (["-L", "-d", "/nonexistent"], 255, "certutil: function failed"),
    "testssl": (["--help"], 0, "single check as <options>"),
    "axfrdns": ([], 111, "$ROOT not set"),
    "faketime": (["--version"], 0, "Version 0.9"),
    "strace": (["-V"], 0, "strace -- version"),
    "svscan": (["/nonexistent"], 111, "unable to chdir"),
    "runsvdir": ([], 1, "usage:"),
    "s6-svscan": (["-h"], 100, "usage: s6-svscan"),
    "systemd-analyze": (["--version"], 0, "systemd 25"),
    "mkfs.ext4": (["-V"], 0, "mke2fs 1."),
    "mkfs.xfs": (["-V"], 0, "mkfs.xfs version"),
    "mkfs.btrfs": (["-V"], 0, "mkfs.btrfs, part of"),
    "nsd": (["-v"], 0, "NSD version 4"),
    "knotd": (["-V"], 0, "Knot DNS"),
    "nginx": (["-v"], 0, "nginx version: nginx/1."),
    "haproxy": (["-v"], 0, "HAProxy version 2."),
    "apache2": (["-v"], 0, "Server version: Apache/2.4"),
    "caddy": (["version"], 0, "2."),
    # It wants the user that its package makes: see mail.py.
    "exim4": (["-bV"], 1, "Debian-exim"),
    "pdns_server": (["--version"], 99, "PowerDNS Authoritative Server 4"),
}


def has_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


@pytest.mark.parametrize("program", PEERS)
def test_a_peer_is_unpacked_and_runs(program, tmp_path):
    args, code, text = SAYS[program]
    if program == "exim4" and has_user("Debian-exim"):
        code, text = 0, "Exim version 4"
    done = peer(program).run(*args, cwd=tmp_path)
    assert (done.returncode, text in done.stdout + done.stderr) == (code, True), done
