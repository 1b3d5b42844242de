# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of others, as they come in Debian, update a host; DNS tells what came of it.
ddclient and curl's plain GET are in test_update.py."""
import shutil
import subprocess
import urllib.parse

import pytest

from harness import wait_until
from peers import peer

NAME = "home.dyn.example.org"
V4, V6 = "203.0.113.7", "2001:db8::7"


def run(*command):
    """The finished program, with what it said in both its outputs."""
    return subprocess.run([*map(str, command)], check=False, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)


def needs(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"there is no {program}")
    return path


def server_of(rove):
    return f"{rove.address}:{rove.http_port}"


def update_url(rove, user, secret, **parameters):
    """The URL with credentials in it, as OpenWrt's scripts build it."""
    query = urllib.parse.urlencode({"hostname": NAME} | parameters, safe=",:")
    return (f"http://{urllib.parse.quote(user, safe='')}:{secret}"
            f"@{rove.address}:{rove.http_port}/nic/update?{query}")


def check_dns(rove, want):
    """`want`: type of record and its data."""
    for rdtype, value in want.items():
        rove.wait_dns(NAME, rdtype, [value])


def write_inadyn(folder, server, secret, value, ca=None):
    """A configuration whose address comes from a program, as behind a router; with the root `ca`
    it speaks HTTPS."""
    script = folder / "address"
    script.write_text(f"#!/bin/sh\necho '{value}'\n")
    script.chmod(0o755)
    config = folder / "inadyn.conf"
    config.write_text(f"""\
period = 60
allow-ipv6 = true
{f'ca-trust-file = "{ca}"' if ca else ""}
custom rove {{
    username = "alice@example.net"
    password = "{secret}"
    hostname = "{NAME}"
    ddns-server = "{server}"
    ddns-path = "/nic/update?hostname=%h&myip=%i"
    checkip-command = "{script}"
    ssl = {"true" if ca else "false"}
}}
""")
    config.chmod(0o600)
    return config


def run_inadyn(config, env=None):
    folder = config.parent
    return peer("inadyn").run("--once", "--force", "--foreground", "--loglevel=debug",
                              "--config", config, "--cache-dir", folder,
                              "--pidfile", folder / "inadyn.pid", env=env)


@pytest.mark.parametrize("value, rdtype", [(V4, "A"), (V6, "AAAA")])
def test_inadyn_updates_a_host(rove, tmp_path, value, rdtype):
    secret = rove.add_host(NAME)
    done = run_inadyn(write_inadyn(tmp_path, server_of(rove), secret, value))
    assert done.returncode == 0, done.stdout + done.stderr
    check_dns(rove, {rdtype: value})


def test_inadyn_reads_its_address_from_check_ip(rove, tmp_path):
    """It asks the service itself; here the answer is a loopback address, which inadyn sends
    on or drops, but which must never be published."""
    done = run(needs("curl"), "-sS", f"http://{rove.address}:{rove.http_port}/")
    assert done.stdout == ("<html><head><title>Current IP Check</title></head>"
                           f"<body>Current IP Address: {rove.address}</body></html>\n"), done
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, V4) == (200, f"good {V4}")
    config = write_inadyn(tmp_path, server_of(rove), secret, V4)
    config.write_text(config.read_text().replace(
        f'checkip-command = "{tmp_path}/address"',
        f'checkip-server = "{rove.address}:{rove.http_port}"\n    checkip-path = "/"\n'
        "    checkip-ssl = false"))
    run_inadyn(config)
    check_dns(rove, {"A": V4})


def test_wget_is_challenged_and_then_updates(rove):
    wget = needs("wget")
    secret = rove.add_host(NAME)
    done = run(wget, "-O", "-", update_url(rove, "alice@example.net", secret,
                                           myip=f"{V4},{V6}"))
    assert done.returncode == 0 and done.stdout == f"good {V4},{V6}\n", done
    assert "401" in done.stderr, done.stderr
    check_dns(rove, {"A": V4, "AAAA": V6})


def test_wget_spider_updates_by_head(rove):
    wget = needs("wget")
    secret = rove.add_host(NAME)
    done = run(wget, "--spider", "--auth-no-challenge",
               update_url(rove, "alice", secret, myip=V4))
    assert done.returncode == 0, done.stderr
    check_dns(rove, {"A": V4})


def test_wget_posts_an_empty_body(rove):
    wget = needs("wget")
    secret = rove.add_host(NAME)
    done = run(wget, "-O", "-", "--post-data=", update_url(rove, "alice", secret, myip=V4))
    assert done.stdout == f"good {V4}\n", done
    check_dns(rove, {"A": V4})


def test_busybox_wget_updates_a_host(rove):
    secret = rove.add_host(NAME)
    done = peer("busybox").run("wget", "-O", "-", update_url(rove, "alice", secret, myip=V4))
    assert done.returncode == 0 and done.stdout == f"good {V4}\n", done.stderr
    check_dns(rove, {"A": V4})


CURL = [
    (["-d", f"hostname={NAME}", "-d", f"myip={V4}"], "/nic/update"),
    (["-X", "POST"], f"/nic/update?hostname={NAME}&myip={V4}"),
    (["--http1.0"], f"/nic/update/?hostname={NAME}&myip={V4}"),
    (["-d", f"host={NAME}&ip={V4}"], "//v3//update"),
    ([], f"/update?ip={V4}&hostname={NAME}/nic/update?system=dyndns&hostname={NAME}&myip={V4}"),
]


@pytest.mark.parametrize("options, target", CURL)
def test_curl_updates_a_host_in_every_way(rove, options, target):
    curl = needs("curl")
    secret = rove.add_host(NAME)
    for credentials in (["-u", f"alice:{secret}"], ["-H", f"Authorization: Token {secret}"],
                        ["-H", f"authorization: bearer {secret}"]):
        done = run(curl, "-sS", "--path-as-is", *options, *credentials,
                   f"http://{rove.address}:{rove.http_port}{target}")
        assert done.stdout.split() in (["good", V4], ["nochg", V4]), done
    check_dns(rove, {"A": V4})


def test_old_and_new_answers_are_told_by_the_next_query(rove):
    """A FRITZ!Box asks DNS right after its update and repeats it when the answer is old."""
    secret = rove.add_host(NAME)
    for value in (V4, "203.0.113.8"):
        assert rove.update(NAME, secret, value) == (200, f"good {value}")
        wait_until(lambda wanted=value: rove.addresses(NAME, "A") == [wanted], 5, value)
    assert rove.query(NAME, "A").answer[0].ttl <= 60
