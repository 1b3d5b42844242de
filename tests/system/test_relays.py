# SPDX-License-Identifier: GPL-3.0-or-later
"""Web servers and load balancers of Debian's in front of Rove, configured as docs/https.md tells:
the address that is published is the client's, whatever the client claims."""
import contextlib
import ctypes
import os
import re
import shutil
import subprocess

import pytest

from harness import TREE, free_port, set_option, wait_until
from https import RELAY, Authority, Secure
from peers import ROOT, peer

NAME, SERVICE = "home.dyn.example.org", "ddns.example.org"
CLIENT, LIE = "198.51.100.9", "203.0.113.66"
NEW_NET = 0x40000000  # CLONE_NEWNET

pytestmark = pytest.mark.usefixtures("as_root", "network")


@pytest.fixture
def program(request):
    """The name of one that is there; it may have to be fetched."""
    peer(request.param)
    return request.param


@pytest.fixture
def network(program):
    """For this thread and what it starts, a network of loopback alone, in which the client has an
    address that may be published."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as before:
        if libc.unshare(NEW_NET):
            pytest.skip("network namespaces are not allowed here")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            subprocess.run(["ip", "address", "add", CLIENT, "dev", "lo"], check=True)
            yield
        finally:
            assert libc.setns(before.fileno(), NEW_NET) == 0, os.strerror(ctypes.get_errno())


def example(language, changes):
    """A block of docs/https.md, with other places; each of them has to be there."""
    text = (TREE / "docs/https.md").read_text(encoding="utf-8")
    text = re.search(f"^```{language}\n(.*?)^```$", text, re.M | re.S)[1]
    for old, new in changes.items():
        assert old in text, f"{language}: {old}"
        text = text.replace(old, str(new))
    return text


class Relay:
    """One program, its port, and how it is started."""

    def __init__(self, folder, program, *arguments):
        self.folder, self.program = folder / "relay", peer(program)
        self.folder.mkdir()
        self.port, self.config = free_port(), self.folder / "config"
        self.arguments, self.process = arguments, None

    def start(self, text):
        self.config.write_text(text)
        with open(self.folder / "log", "wb") as log:
            self.process = self.program.start(*self.arguments, self.config, stdout=log, stderr=log,
                                              env={"HOME": str(self.folder)})

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)

    def log(self):
        return "".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*log"))


def nginx(relay):
    """What Debian's nginx.conf has around such a block."""
    temporary = "".join(f"{kind}_temp_path {relay.folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (f"load_module {ROOT}/usr/lib/nginx/modules/ngx_stream_module.so;\n"
            f"daemon off; master_process off; pid {relay.folder}/pid;\n"
            f"error_log {relay.folder}/error.log;\nevents {{ }}\n", f"access_log off;\n{temporary}")


def start_nginx(relay, port, chain, key):
    head, inner = nginx(relay)
    live = f"/etc/letsencrypt/live/{SERVICE}"
    block = example("nginx", {"listen 443 ssl": f"listen 127.0.0.1:{relay.port} ssl",
                              f"{live}/fullchain.pem": chain, f"{live}/privkey.pem": key,
                              "127.0.0.1:8053": f"127.0.0.1:{port}"})
    relay.start(f"{head}http {{ {inner} {block} }}\n")


def start_haproxy(relay, port, chain, key):
    pair = relay.folder / "ddns.pem"
    pair.write_text(chain.read_text() + key.read_text())
    block = example("haproxy", {"bind :443 ssl": f"bind 127.0.0.1:{relay.port} ssl",
                                "/etc/haproxy/ddns.pem": pair,
                                "192.0.2.53:80": f"127.0.0.1:{port}"})
    relay.start(TIMEOUTS + block)


TIMEOUTS = "defaults\n    timeout connect 5s\n    timeout client 20s\n    timeout server 20s\n"


def start_apache(relay, port, chain, key):
    live = f"/etc/letsencrypt/live/{SERVICE}"
    block = example("apache", {"*:443": f"127.0.0.1:{relay.port}",
                               f"{live}/fullchain.pem": chain, f"{live}/privkey.pem": key,
                               "127.0.0.1:8053": f"127.0.0.1:{port}"})
    modules = "".join(f"LoadModule {name}_module {ROOT}/usr/lib/apache2/modules/mod_{name}.so\n"
                      for name in ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "headers"))
    relay.start(f"ServerRoot {relay.folder}\nDefaultRuntimeDir {relay.folder}\n{modules}"
                f"PidFile {relay.folder}/pid\nMutex file:{relay.folder}\nUser daemon\nGroup daemon\n"
                f"ErrorLog {relay.folder}/error.log\nServerName {SERVICE}\n"
                f"Listen 127.0.0.1:{relay.port} https\n{block}")


def start_caddy(relay, port, chain, key):
    block = example("caddy", {f"{SERVICE} {{": f"https://{SERVICE}:{relay.port} {{\n"
                              f"    bind 127.0.0.1\n    tls {chain} {key}",
                              "127.0.0.1:8053": f"127.0.0.1:{port}"})
    relay.start("{\n    admin off\n    auto_https disable_redirects\n"
                f"    storage file_system {relay.folder}\n}}\n{block}")


ENDING = {"nginx": (start_nginx, ["-c"]), "haproxy": (start_haproxy, ["-db", "-f"]),
          "apache2": (start_apache, ["-X", "-f"]),
          "caddy": (start_caddy, ["run", "--adapter", "caddyfile", "--config"])}


def curl(relay, authority, path, *options):
    """The body, for a client at its address that claims another."""
    done = subprocess.run(
        [shutil.which("curl"), "-sS", "--cacert", authority.root, "--interface", CLIENT, "--noproxy",
         "*", "--resolve", f"{SERVICE}:{relay.port}:127.0.0.1", "--max-time", "20",
         *options, f"https://{SERVICE}:{relay.port}{path}"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def check_update(relay, rove, authority, *options):
    """Through the relay, for a host that takes no token in clear."""
    secret = rove.add_host(NAME, "owner@example.org", "--plain-http", "off")
    wait_until(lambda: curl(relay, authority, "/readyz"), 30, "it relays\n" + relay.log())
    said = curl(relay, authority, f"/nic/update?hostname={NAME}", "-u", f"{NAME}:{secret}", *options)
    assert said == f"good {CLIENT}\n", relay.log()
    rove.wait_dns(NAME, "A", [CLIENT])
    (request, *_) = rove.ctl("host", "requests", NAME)
    assert CLIENT in str(request), request


@pytest.mark.parametrize("program", ENDING, indirect=True)
def test_a_relay_that_ends_tls_tells_who_its_client_is(make_rove, open_folder, program):
    start, arguments = ENDING[program]
    relay = Relay(open_folder, program, *arguments)
    rove = set_option(make_rove(), "http", 'forwarded_from = { "127.0.0.1" }').start()
    rove.add_zone()
    authority = Authority(open_folder / "authority")
    with contextlib.ExitStack() as stack:
        stack.callback(relay.stop)
        start(relay, rove.http_port, *authority.issue("ddns", [SERVICE]))
        check_update(relay, rove, authority, "-H", f"X-Forwarded-For: {LIE}",
                     "-H", "X-Forwarded-Proto: http")


# RELAY is its own address: the test asks from another one.

def start_nginx_stream(relay, port):
    head, _ = nginx(relay)
    relay.start(head + example("nginx-stream", {
        "listen 443;": f"listen 127.0.0.1:{relay.port};\n        proxy_bind {RELAY};",
        "192.0.2.53:443": f"127.0.0.1:{port}"}))


def start_haproxy_tcp(relay, port):
    text = (TREE / "docs/https.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"^```haproxy\n(.*?)^```$", text, re.M | re.S)
                 if "mode tcp" in block)
    relay.start(TIMEOUTS + block.replace(":443\n", f"127.0.0.1:{relay.port}\n", 1).replace(
        "192.0.2.53:443", f"127.0.0.1:{port} source {RELAY}"))


PASSING = {"nginx": (start_nginx_stream, ["-c"]), "haproxy": (start_haproxy_tcp, ["-db", "-f"])}


@pytest.mark.parametrize("program", PASSING, indirect=True)
def test_a_relay_that_passes_tls_on_tells_who_its_client_is(make_rove, open_folder, program):
    start, arguments = PASSING[program]
    relay = Relay(open_folder, program, *arguments)
    secure = Secure(make_rove, open_folder, certificates={"main": ([SERVICE], "ec")})
    secure.trust_relay().start()
    with contextlib.ExitStack() as stack:
        stack.callback(relay.stop)
        start(relay, secure.port)
        check_update(relay, secure.rove, secure.authority)
