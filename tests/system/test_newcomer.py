# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of README.md, docs/https.md and docs/install.md, by somebody who has a Debian 12 and
the package: from apt to an update by HTTPS that DNS shows. Each line is run as it stands there, and
only the authority is another one: Debian's pebble, which validates for real.

With ROVE_PACKAGE=1 in a chroot, as .ci/run does; with ROVE_SYSTEMD=1 on a machine with systemd, as
tools/long does, where the unit renews the certificate. Both have a network of their own, with
nothing but the addresses of the documents."""
import os
import re
import shutil
import subprocess

import pytest

import debian
from harness import TREE, wait_until
from https import Authority
from machine import Machine, run, tree
from pebble import Pebble

pytestmark = pytest.mark.usefixtures("as_root")
SERVER, RELAY = "192.0.2.53", "192.0.2.10"
FIELDS = ("Pre-Depends", "Depends", "Recommends")  # as apt installs by default
STORE = "/etc/ssl/certs/ca-certificates.crt"
CHAIN = "/etc/rove/tls/fullchain.pem"
HOST = "home.dyn.example.org"
# Rove refuses the addresses of documents in updates.
ALLOW = "update { private_addresses = true }\n"


# ---- what the documents say ----------------------------------------------------------------

def blocks(page, title):
    """The shell lines under a heading, block by block; each block is a list of what is run at once."""
    text = (TREE / page).read_text(encoding="utf-8")
    part = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ [A-Z]|\Z)", text, re.M | re.S)
    assert part, f"{page} has no {title}"
    found = re.findall(r"^```sh\n(.*?)^```$", part[1], re.M | re.S)
    assert found, f"{page} has no lines under {title}"
    whole = re.compile(r"^[^\n]*<<'END'.*?^END$|^[^\n]+$", re.M | re.S)
    return [whole.findall(block) for block in found]


# ---- where they are run --------------------------------------------------------------------

class Place:
    """A Debian 12 on which nothing of Rove was done, but the package lies in /root."""
    def __init__(self, deb):
        self.net = self.enter_net()
        for address in (SERVER, RELAY, "2001:db8::53"):
            run(*self.net, "ip", "address", "add", address, "dev", "lo", "nodad")
        shutil.copy(deb, self.path("/root"))
        self.path("/etc/hosts").write_text(f"127.0.0.1 localhost\n{SERVER} ddns.example.org\n")
        self.path("/etc/resolv.conf").unlink(missing_ok=True)
        self.path("/etc/resolv.conf").write_text(f"nameserver {SERVER}\n")
        self.authorities = None

    def shell(self, text):
        return self.run("sh", "-euc", "cd /root\n" + text)

    def believe(self, pem):
        with open(self.path(STORE), "a", encoding="utf-8") as store:
            store.write(pem)

    def follow(self, lines):
        """Runs the lines; gives what they print."""
        said = ""
        for line in lines:
            if line == "systemctl restart rove":
                self.restart()
                self.wait_ready()
                continue
            line = re.sub(r"^rove-cert ", f"rove-cert --ca {self.authorities} ", line)
            said += self.shell(line)
            if line.startswith("apt install"):
                with open(self.path("/etc/rove/rove.conf"), "a", encoding="utf-8") as config:
                    config.write(ALLOW)
        return said

    def wait_ready(self):
        def is_ready():
            said = self.run("rovectl", "--json", "status", check=False)
            return said.count('"running"') >= 4
        wait_until(is_ready, 30, "the service runs")

    def read(self, path):
        return self.path(path).read_text(encoding="utf-8")


class InChroot(Place, debian.Chroot):
    """Where no supervisor is: restart() does what `systemctl restart rove` would."""

    def __init__(self, deb, folder):
        self.holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE)
        self.roved = None
        packages = debian.named_in(deb, *FIELDS) + ["curl"]
        chroot = debian.chroot(folder / "root", "bookworm-newcomer", packages)
        debian.Chroot.__init__(self, chroot.root, self.enter_net())
        run(*self.before, "ip", "link", "set", "lo", "up")
        Place.__init__(self, deb)

    def enter_net(self):
        own = os.readlink("/proc/self/ns/net")
        there = f"/proc/{self.holder.pid}/ns/net"
        wait_until(lambda: os.readlink(there) != own, 10, "it has a network of its own")
        return ["nsenter", f"--net={there}"]

    def run(self, *words, check=True):
        return run(*self.command(*words), check=check)

    def restart(self):
        self.stop_service()
        with open(self.path("/var/log/rove"), "ab") as log:
            self.roved = subprocess.Popen(self.command("roved"), stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log)

    def stop_service(self):
        if self.roved:
            self.roved.terminate()
            assert self.roved.wait(timeout=30) == 0, self.read("/var/log/rove")
            self.roved = None

    def renew(self):
        self.run("rove-cert", "--renew")

    def stop(self):
        try:
            self.stop_service()
        finally:
            if self.roved:
                self.roved.kill()
            self.holder.communicate()
            shutil.rmtree(self.root)


class OnMachine(Place, Machine):
    """Booted, with systemd."""

    def __init__(self, deb, folder):
        packages = ["dbus", "systemd", "systemd-sysv", "curl", *debian.named_in(deb, *FIELDS)]
        root = tree(folder / "root", "bookworm-newcomer-systemd", packages)
        debian.open_way_to(root)
        Machine.__init__(self, root)
        try:
            Place.__init__(self, deb)
        except BaseException:
            self.stop()
            raise

    def enter_net(self):
        return ["nsenter", "-t", str(self.leader), "-n"]

    def restart(self):
        self.run("systemctl", "restart", "rove", check=False)
        assert self.is_active("rove"), self.journal("rove")

    def renew(self):
        """By the unit, as its timer starts it."""
        assert self.run("systemctl", "is-enabled", "rove-cert.timer") == "enabled\n"
        assert self.is_active("rove-cert.timer")
        begun = self.journal("rove-cert")
        self.run("systemctl", "start", "rove-cert.service", check=False)
        facts = self.facts("rove-cert")
        assert facts["Result"] == "success" and facts["ConditionResult"] == "yes", \
            self.journal("rove-cert")
        assert "new certificate" in self.journal("rove-cert")[len(begun):]


@pytest.fixture(params=[
    pytest.param(InChroot, marks=pytest.mark.skipif(
        os.environ.get("ROVE_PACKAGE") != "1", reason="takes minutes; set ROVE_PACKAGE=1")),
    pytest.param(OnMachine, marks=pytest.mark.skipif(
        os.environ.get("ROVE_SYSTEMD") != "1", reason="takes minutes; set ROVE_SYSTEMD=1"))])
def place(request, deb, tmp_path):
    there = request.param(deb, tmp_path)
    yield there
    there.stop()


@pytest.fixture
def make_authority(place, tmp_path):
    """Makes the authority that asks this DNS server, believed at the place, with all that it issues."""
    made = []

    def make(dns_server):
        made.append(Pebble(tmp_path / "pebble", 80, dns_server, place.net))
        place.authorities = made[0].url
        root = made[0].authority.root
        place.believe(root.read_text())
        place.believe(run(*place.net, "curl", "-sS", "--noproxy", "*", "--cacert", root,
                          made[0].root_url))
        return made[0]
    yield make
    for pebble in made:
        pebble.stop()


@pytest.fixture
def world(place):
    """A DNS server that has every name at the place's address."""
    listens = "127.0.0.1:8653"
    with subprocess.Popen(
            [*place.net, "pebble-challtestsrv", "-defaultIPv4", SERVER, "-defaultIPv6", "",
             "-dns01", listens, "-http01", "", "-https01", "", "-tlsalpn01", "", "-management",
             "127.0.0.1:8654"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        yield listens
        process.terminate()


# ---- what has to come of it ----------------------------------------------------------------

def make_host(place, name, have=()):
    """The first zone and its first update, as docs/install.md has it; some lines may be done. Gives
    the line of the update."""
    first, (update, ask) = blocks("docs/install.md", "The first zone")
    said = ""
    for line in first:
        # Whether the zone above delegates it, only the world knows.
        if line not in have and not line.startswith("rovectl zone check"):
            said += place.shell(line)
    (token,) = re.findall(r"\brv_\w+", said)
    update = update.replace("TOKEN", token).replace("ddns.example.org", name)
    assert place.shell(update) == f"good {SERVER}\n"
    wait_until(lambda: place.shell(ask) == f"{SERVER}\n", 10, "DNS shows it")
    assert place.shell(update.replace(f"={HOST}", f"={HOST}&myip=198.51.100.7")) == \
        "good 198.51.100.7\n"
    wait_until(lambda: place.shell(ask) == "198.51.100.7\n", 10, "DNS shows it")
    return update


def serves_the_chain(place):
    """Whether tls shows the certificate that is in its file by now."""
    said = run(*place.net, "sh", "-c", f"openssl s_client -connect {SERVER}:443 </dev/null",
               check=False)
    shown = re.search(r"-----BEGIN.*?END CERTIFICATE-----", said, re.S)
    return shown and place.read(CHAIN).startswith(shown[0])


def check_renewal(place):
    """As if nearly all days of the certificate were over."""
    chain = place.read(CHAIN)
    settings = place.path("/var/lib/rove-cert/main/settings")
    settings.write_text(settings.read_text().replace("--days\n30\n", "--days\n36500\n"))
    place.renew()
    assert place.read(CHAIN) != chain

    wait_until(lambda: serves_the_chain(place), 20, "tls shows the new one")


def test_where_port_80_can_be_reached(place, world, make_authority):
    (lines,) = blocks("docs/https.md", "Port 80 can be reached")
    pebble = make_authority(world)
    said = place.follow(lines)
    assert "new certificate for ddns.example.org" in said
    assert "validate w/ HTTP" in pebble.log.read_text()
    wait_until(lambda: serves_the_chain(place), 20, "tls has taken the certificate")
    update = make_host(place, "ddns.example.org")
    assert place.shell(update.replace("https:", "http:")) == "badauth\n"
    check_renewal(place)
    assert "ddns.example.org" in place.shell("rove-tls --check && roved --check-config")


def test_without_port_80(place, make_authority):
    (lines,) = blocks("docs/https.md", "Without port 80")
    pebble = make_authority(f"{SERVER}:53")
    said = place.follow(lines)
    assert "new certificate for ddns.dyn.example.org *.dyn.example.org" in said
    assert "validate w/ HTTP" not in pebble.log.read_text()
    wait_until(lambda: serves_the_chain(place), 20, "tls has taken the certificate")
    make_host(place, "ddns.dyn.example.org", have=lines)
    check_renewal(place)


def test_behind_relays(place):
    """What a relay does, by curl from its address; real ones are in test_relays.py."""
    (lines,) = blocks("docs/https.md", "Behind a relay that ends TLS")
    place.follow(lines)
    ask = f"curl -sS --interface {RELAY} http://{SERVER}/checkip"
    assert "203.0.113.9" in place.shell(ask + " -H 'X-Forwarded-For: 203.0.113.9'")
    (lines,) = blocks("docs/https.md", "Behind a relay that passes TLS on")
    place.follow(lines)
    assert RELAY in place.shell(ask + " --haproxy-protocol")
    assert SERVER in place.shell(f"curl -sS http://{SERVER}/checkip")


def test_beside_a_web_server(place):
    (lines,) = blocks("docs/https.md", "Beside a web server")
    place.follow(lines)
    ask = "curl -sS -H 'X-Forwarded-For: 203.0.113.9' http://127.0.0.1:8053/checkip"
    assert "203.0.113.9" in place.shell(ask)
    assert "status: REFUSED" in place.shell(f"dig @{SERVER} {HOST}")  # it answers, as DNS is open


def test_with_the_certificate_of_another_client(place, tmp_path):
    (lines,) = blocks("docs/https.md", "With the certificate of another client")
    authority = Authority(tmp_path / "authority")
    place.believe(authority.root.read_text())
    live = place.path("/etc/letsencrypt/live/ddns.example.org")
    live.mkdir(parents=True)
    place.path("/etc/letsencrypt/renewal-hooks/deploy").mkdir(parents=True)

    def renew():
        chain, key = authority.issue("new", ["ddns.example.org"])
        shutil.copy(chain, live / "fullchain.pem")
        shutil.copy(key, live / "privkey.pem")
    renew()
    assert f"new certificate in {CHAIN}" in place.follow(lines)
    ask = "curl -sS https://ddns.example.org:8443/checkip"
    wait_until(lambda: SERVER in place.shell(ask + " || true"), 10, "tls has the certificate")
    renew()
    assert "new certificate" in place.shell(lines[-1])
    assert place.read(CHAIN) == (live / "fullchain.pem").read_text()
    assert place.shell("stat -c '%U %G %a' /etc/rove/tls/privkey.pem") == "root rove-tls 640\n"


def test_the_readme_has_the_lines_of_the_documents():
    (first, then) = blocks("README.md", "Run it")
    assert [first] == blocks("docs/https.md", "Port 80 can be reached")
    assert then == blocks("docs/install.md", "The first zone")[0]
