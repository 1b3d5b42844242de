# SPDX-License-Identifier: GPL-3.0-or-later
"""An update call, from real clients, read back from real DNS."""
import contextlib
import re
import subprocess

import pytest

from harness import basic, is_bound, is_free, texts_of, wait_texts, wait_until
from peers import peer

V4 = "198.51.100.7"
V6 = "2001:db8::7"
# Host: the values of one update, what DNS must say of it.
HOSTS = [
    ("four.dyn.example.org", [V4], {"A": [V4], "AAAA": []}),
    ("six.dyn.example.org", [V6], {"A": [], "AAAA": [V6]}),
    ("both.dyn.example.org", [V4, V6], {"A": [V4], "AAAA": [V6]}),
]
STATIC = """\
# An operator's own zone, beside the dynamic one.
.static.example:192.0.2.53:ns1.static.example:3600
+www.static.example:192.0.2.80:300
'text.static.example:plain words:300
@static.example:192.0.2.25:mail.static.example:10:300
"""


def check_dns(rove, name, want):
    for rdtype, texts in want.items():
        rove.wait_dns(name, rdtype, texts)
        assert texts_of(rove.query(name, rdtype, tcp=True), rdtype) == texts


@pytest.mark.parametrize("name, values, want", HOSTS)
def test_curl_updates_a_host_and_dns_tells_it(rove, name, values, want):
    secret = rove.add_host(name)

    def curl():
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--user", f"{name}:{secret}",
             f"http://{rove.address}:{rove.http_port}/nic/update"
             f"?hostname={name}&myip={','.join(values)}"],
            check=True, capture_output=True, text=True, timeout=20).stdout

    assert curl() == f"good {','.join(values)}\n"
    check_dns(rove, name, want)
    assert curl() == f"nochg {','.join(values)}\n"


def run_ddclient(server, folder, name, secret, value, ca=None, env=None):
    """One run of Debian's ddclient that reports `value` for the host; what it said. With the root
    `ca` it speaks HTTPS."""
    config = folder / "ddclient.conf"
    ssl = f"ssl=yes\nssl_ca_file={ca}" if ca else "ssl=no"
    config.write_text(
        f"use=ip, ip={value}\n{ssl}\nprotocol=dyndns2\n"
        f"server={server}\nlogin={name}\npassword='{secret}'\n{name}\n")
    config.chmod(0o600)
    done = peer("ddclient").run("-daemon=0", "-foreground", "-noquiet", "-verbose", "-force",
                                "-file", config, "-cache", folder / "ddclient.cache",
                                "-pid", folder / "ddclient.pid", env=env)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name, values, want", HOSTS)
def test_ddclient_updates_a_host_and_dns_tells_it(rove, tmp_path, name, values, want):
    """This ddclient sends one address a call: a dual host takes two, and the second leaves
    the first alone."""
    secret = rove.add_host(name)
    for value in values:
        said = run_ddclient(f"{rove.address}:{rove.http_port}", tmp_path, name, secret, value)
        assert re.search(rf"SUCCESS:.*{re.escape(name)}.*good", said), said
    check_dns(rove, name, want)


def test_without_an_address_the_callers_own_is_taken(rove):
    """Here that is a loopback address, which is never published."""
    name = "plain.dyn.example.org"
    secret = rove.add_host(name)
    assert rove.update(name, secret, V4) == (200, f"good {V4}")
    assert rove.update(name, secret) == (200, "badip")
    assert rove.update(name, secret, "") == (200, "badip")
    rove.wait_dns(name, "A", [V4])


def test_what_routers_forms_are_filled_with_reaches_dns_and_the_operator(rove):
    """Names that are in no table, a service without a path, a wildcard, a token that was copied
    with its line end, an interface id: each with what `host requests` says of it."""
    name, nas = "form.dyn.example.org", "nas.dyn.example.org"
    secret, other = rove.add_host(name), rove.add_host(nas)
    rove.ctl("host", "set", name, "--wildcard", "on")

    def get(target, user, password):
        return rove.get(target, {"Authorization": basic(user, password)})

    assert rove.update(name, secret, "192.0.2.9,2001:db8::9")[1].startswith("good ")
    assert get(f"/?domain={name}&ip4addr={V4}&ip6addr={V6}", "alice", secret + "\r\n") == (
        200, f"good {V4},{V6}")
    check_dns(rove, name, {"A": [V4], "AAAA": [V6]})
    check_dns(rove, f"any.{name}", {"A": [V4], "AAAA": [V6]})
    assert get(f"/nic%2fupdate?hostname=*.{name}&v4=198.51.100.8", name, secret) == (
        200, "good 198.51.100.8")
    check_dns(rove, f"any.{name}", {"A": ["198.51.100.8"], "AAAA": [V6]})
    assert get(f"/nic/update?hostname=https://{name}/&myip={V4}&version=1.2.3.4", name, secret) == (
        200, f"good {V4}")
    check_dns(rove, name, {"A": [V4], "AAAA": [V6]})
    last = rove.ctl("host", "requests", name)[0]
    assert last["taken"] == [V4] and not last["from_source"]
    assert last["ignored"] == "version=1.2.3.4 (the name is for something else)"

    assert get(f"/nic/update?hostname={nas}&ipv6=::1a2b:3c4d:5e6f:7890"
               "&ipv6prefix=2001:db8:1:200::/64", name, other) == (
        200, "good 2001:db8:1:200:1a2b:3c4d:5e6f:7890")
    check_dns(rove, nas, {"A": [], "AAAA": ["2001:db8:1:200:1a2b:3c4d:5e6f:7890"]})
    assert get(f"/nic/update?hostname={nas}&myip={V4}&ip6lanprefix=2001:db8:2::", nas, other) == (
        200, f"good {V4}")
    last = rove.ctl("host", "requests", nas)[0]
    assert last["taken"] == [V4]
    assert last["ignored"] == "ip6lanprefix=2001:db8:2:: (a prefix without length)"


def test_a_wrong_secret_or_another_hosts_changes_nothing(rove):
    first, second = "first.dyn.example.org", "second.dyn.example.org"
    secret, other = rove.add_host(first), rove.add_host(second)
    assert rove.update(first, secret, V4) == (200, f"good {V4}")
    rove.wait_dns(first, "A", [V4])
    wrong = "rv_" + "a" * (len(secret) - 3)
    assert rove.update(first, wrong, "198.51.100.8") == (401, "badauth")
    assert rove.update(first, other, "198.51.100.8") == (200, "nohost")
    assert rove.get(f"/nic/update?hostname={first}&myip=198.51.100.8") == (401, "badauth")
    assert rove.get(f"/nic/update?hostname={first}&myip=198.51.100.8",
                    {"Authorization": basic(first, "")}) == (401, "badauth")
    assert rove.addresses(first, "A") == [V4]
    assert rove.ctl("host", "show", first)["addresses"] == [V4]


@contextlib.contextmanager
def running_tinydns(root):
    """Debian's tinydns on the directory; gives its address. It knows no port but 53."""
    address = next((ip for ip in (f"127.0.8.{n}" for n in range(53, 63)) if is_free(ip, 53)),
                   None)
    assert address, "port 53 is taken on every address from 127.0.8.53 to 127.0.8.62"
    process = peer("tinydns").start(
        env={"ROOT": str(root), "IP": address, "UID": "65534", "GID": "65534"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_bound(address, 53) or process.poll() is not None, 10,
                   "tinydns listens")
        yield address
        assert process.poll() is None, "tinydns ended"
    finally:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("as_root")
def test_stock_tinydns_serves_the_same_directory_with_static_records_beside(make_rove):
    rove = make_rove()
    (rove.static / "static").write_text(STATIC)
    rove.start()
    rove.add_zone()
    with running_tinydns(rove.image) as address:
        for name, values, _ in HOSTS:
            secret = rove.add_host(name)
            assert rove.update(name, secret, ",".join(values))[1].startswith("good ")
        servers = [(address, 53), (rove.address, rove.dns_port)]
        for name, _, want in HOSTS:
            for server in servers:
                for rdtype, texts in want.items():
                    wait_texts(server, name, rdtype, texts)
        for server in servers:
            for name, rdtype, texts in [
                ("www.static.example", "A", ["192.0.2.80"]),
                ("text.static.example", "TXT", ['"plain words"']),
                ("static.example", "MX", ["10 mail.static.example."]),
                ("static.example", "NS", ["ns1.static.example."]),
            ]:
                wait_texts(server, name, rdtype, texts)
