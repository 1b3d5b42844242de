# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS: clients, certificates that change, tickets, and what a rough peer does to it."""
import contextlib
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import urllib.request

import pytest

from harness import free_port, wait_until
from https import USER, Authority, Secure, openssl, put, read_reply, request_of

NAME = "home.dyn.example.org"
BOTH = {"ecdsa": (["update.example.org"], "ec"), "rsa": (["update.example.org"], "rsa")}


class Load:
    """Updates over fresh connections, one after the other in each thread, as long as it is open."""

    def __init__(self, secure, secret, threads=2, name=NAME):
        self.secure, self.request = secure, request_of(name, secret, "10.1.2.3",
                                                       "Connection: close\r\n")
        self.done, self.failures, self.stop = 0, [], threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self):
        context = self.secure.authority.context()
        while not self.stop.is_set():
            try:
                with self.secure.connect(context) as connection:
                    connection.sendall(self.request)
                    reply = read_reply(connection)
                assert reply.startswith(b"HTTP/1.1 200") and b"10.1.2.3" in reply, reply
                self.done += 1
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def secure(make_rove, tmp_path):
    return Secure(make_rove, tmp_path, certificates=BOTH).start()


@pytest.mark.parametrize("options", [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"],
                                     ["--tlsv1.2", "--tls-max", "1.2", "--ciphers",
                                      "ECDHE-RSA-AES128-GCM-SHA256"],
                                     ["--http2"], ["--http1.0"]], ids=" ".join)
def test_curl_updates(secure, options):
    secret = secure.rove.add_host(NAME)
    path = f"/nic/update?hostname={NAME}&myip=10.1.2.3"
    assert secure.curl(path, "-u", f"{NAME}:{secret}", *options) == "good 10.1.2.3"
    secure.rove.wait_dns(NAME, "A", ["10.1.2.3"])


def test_hosts_made_beside_https_take_no_token_in_clear_unless_that_is_allowed(secure):
    secret = secure.rove.add_host(NAME)
    assert secure.rove.update(NAME, secret, "10.1.2.3")[1].startswith("badauth")
    assert secure.update(NAME, secret, "10.1.2.3") == "good 10.1.2.3"
    secure.rove.ctl("host", "set", NAME, "--plain-http", "on")
    assert secure.rove.update(NAME, secret, "10.1.2.3") == (200, "nochg 10.1.2.3")
    # The token that was read on the way is marked.
    wait_until(lambda: secure.rove.ctl("token", "list", "--host", NAME)[0]["exposed"], 30,
               "the token is marked")


def test_updates_of_urllib_are_like_those_in_clear(secure):
    secret = secure.rove.add_host(NAME, "owner@example.org", "--plain-http", "on")
    assert secure.update(NAME, secret, "10.1.2.3") == "good 10.1.2.3"
    assert secure.update(NAME, secret, "10.1.2.3") == "nochg 10.1.2.3"
    assert secure.rove.update(NAME, secret, "10.1.2.3") == (200, "nochg 10.1.2.3")
    # The client's address is handed on.
    with secure.connect() as connection:
        connection.sendall(b"GET /checkip HTTP/1.1\r\nHost: h.example\r\n\r\n")
        assert b"127.0.0.1" in read_reply(connection)


# ---- protocols and certificates -----------------------------------------------------------


def only(secure, version, ciphers=None):
    context = secure.authority.context(minimum_version=version, maximum_version=version)
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def kind_of(connection):
    """The kind of the certificate's key, by what OpenSSL negotiated of TLS 1.2."""
    return connection.cipher()[0].split("-")[1]


@pytest.mark.parametrize("ciphers, kind", [
    ("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA"),
    ("ECDHE-RSA-AES256-GCM-SHA384", "RSA"), ("ECDHE-RSA-CHACHA20-POLY1305", "RSA")])
@pytest.mark.parametrize("name", ["update.example.org", None])
def test_ecdsa_goes_before_rsa_with_and_without_a_name(secure, ciphers, kind, name):
    context = only(secure, ssl.TLSVersion.TLSv1_2, ciphers)
    with secure.connect(context, name) as connection:
        assert kind_of(connection) == kind
        assert connection.compression() is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(secure, version):
    context = only(secure, version, "ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(context)


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "NULL", "ADH",
                                     "DHE-RSA-AES128-GCM-SHA256"])
def test_weak_ciphers_are_refused(secure, ciphers):
    context = only(secure, ssl.TLSVersion.TLSv1_2, ciphers + ":@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(context)


def test_an_operator_may_take_what_older_devices_need(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path, certificates={"rsa": (["update.example.org"], "rsa")},
                    options='ciphers = "ECDHE+AESGCM:AES128-GCM-SHA256"').start()
    with secure.connect(only(secure, ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256")) as connection:
        assert connection.cipher()[0] == "AES128-GCM-SHA256"


def test_a_protocol_is_agreed_upon_or_the_handshake_ends(secure):
    for wanted, got in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)):
        context = secure.authority.context()
        if wanted:
            context.set_alpn_protocols(wanted)
        with secure.connect(context) as connection:
            assert connection.selected_alpn_protocol() == got
    context = secure.authority.context()
    context.set_alpn_protocols(["smtp"])
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(context)


def test_the_name_chooses_the_certificate_and_the_first_one_is_for_all_others(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path, certificates={
        "first": (["update.example.org", "www.example.org"], "ec"),
        "stars": (["*.dyn.example.org"], "rsa"),
        "exact": (["very.dyn.example.org"], "ec")}).start()
    context = secure.authority.context()
    for name, want in (("update.example.org", "update.example.org"),
                       ("WWW.example.org", "update.example.org"),
                       ("a.dyn.example.org", "*.dyn.example.org"),
                       ("very.dyn.example.org", "very.dyn.example.org")):
        with secure.connect(context, name) as connection:
            assert (("DNS", want) in connection.getpeercert()["subjectAltName"]), name
    for name in ("a.b.dyn.example.org", "dyn.example.org", "other.example", None):
        context.check_hostname = False
        plain = secure.connect(context, None) if name is None else None
        if plain is None:
            plain = secure.connect_unchecked(context, name)
        with plain as connection:
            assert ("DNS", "update.example.org") in connection.getpeercert()["subjectAltName"], name


def test_nobody_renegotiates(secure):
    done = secure.s_client("-tls1_2", text="R\n")
    assert "no renegotiation" in done.stdout + done.stderr or done.returncode != 0


# ---- certificates that change -------------------------------------------------------------


def replace(secure, title, kind="ec", names=("update.example.org",), days=90):
    secure.authority.issue(title, list(names), kind, days, at=secure.folder)


def test_a_new_certificate_is_taken_under_load_and_no_connection_drops(secure):
    secret = secure.rove.add_host(NAME)
    context = secure.authority.context()
    fresh = secure.folder.parent / "fresh"
    fresh.mkdir()
    for n in range(6):
        secure.authority.issue(str(n), ["update.example.org"], at=fresh)
    with secure.connect(context) as kept, Load(secure, secret) as load:
        for n in range(6):
            before = secure.serial()
            put(secure.folder / "ecdsa.key", (fresh / f"{n}.key").read_text())
            put(secure.folder / "ecdsa.pem", (fresh / f"{n}.pem").read_text(), 0o644)
            if n % 2:
                os.kill(secure.rove.role_pid("tls"), signal.SIGHUP)
            wait_until(lambda before=before: secure.serial() != before, 10, "the new one")
            kept.sendall(b"GET /readyz HTTP/1.1\r\nHost: h.example\r\n\r\n")
            assert read_reply(kept).startswith(b"HTTP/1.1 200")
    assert load.done > 20 and not load.failures, load.failures[:3]


def test_links_are_followed_as_certbot_changes_them(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path)
    archive, live = tmp_path / "archive", tmp_path / "certificates"
    archive.mkdir()

    def link(n):
        for end in ("pem", "key"):
            shutil.move(live / f"main.{end}", archive / f"{n}.{end}")
            (live / f"main.{end}").symlink_to(f"../archive/{n}.{end}")
    link(1)
    secure.start()
    before = secure.serial()
    secure.authority.issue("2", ["update.example.org"], at=archive)
    for end in ("key", "pem"):  # one after the other, as certbot does
        (live / f"main.{end}").unlink()
        (live / f"main.{end}").symlink_to(f"../archive/2.{end}")
    wait_until(lambda: secure.serial() != before, 10, "the new one")


def test_what_does_not_belong_together_is_refused_and_the_old_one_stays(secure):
    before = secure.serial()
    chain, key = secure.folder / "ecdsa.pem", secure.folder / "ecdsa.key"
    good = chain.read_text(), key.read_text()

    def refused(why, path):
        def told():
            lines = [line for line in secure.rove.events("certificate-refused") if why in line]
            return lines and str(path) in lines[-1] and 'serving="the one before"' in lines[-1]
        wait_until(told, 10, f"{why}\n{secure.rove.log()[-2000:]}")
        assert secure.serial() == before
        assert str(path) in wait_until(lambda: secure.rove.status("tls")["trouble"], 10, "told")

    put(chain, good[0][:700], 0o644)
    refused("half of one", chain)
    put(chain, good[0][:-40], 0o644)
    refused("half of one", chain)
    put(chain, "", 0o644)
    refused("no certificate", chain)
    put(chain, good[0], 0o644)
    put(key, good[1][:60])
    refused("no key", key)
    put(key, (secure.folder / "rsa.key").read_text())
    refused("is not the key of", key)
    put(key, good[1], 0o644)
    refused("others may use it", key)
    key.unlink()
    refused("No such file", key)
    put(key, good[1])
    wait_until(lambda: not secure.rove.status("tls")["trouble"], 10, "all is well")
    lines = good[0].split("-----END CERTIFICATE-----\n")
    put(chain, "-----END CERTIFICATE-----\n".join([lines[0], (
        secure.authority.folder / "root.pem").read_text(), ""]), 0o644)
    refused("has not issued", chain)
    replace(secure, "ecdsa")
    wait_until(lambda: secure.serial() != before, 10, "the new one")


def test_a_service_without_a_certificate_waits_for_one(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path)
    (secure.folder / "main.pem").unlink()
    secure.start()
    assert "main.pem" in secure.rove.status("tls")["trouble"]
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect()
    replace(secure, "main")
    wait_until(lambda: secure.try_connect(), 10, "it is there")


def test_the_days_that_are_left_are_told(make_rove, tmp_path):
    metrics = free_port()
    secure = Secure(make_rove, tmp_path, f'metrics {{ listen = {{ "127.0.0.1:{metrics}" }} }}',
                    certificates=BOTH)
    replace(secure, "ecdsa", days=10)
    replace(secure, "rsa", "rsa", days=80)
    secure.start()
    told, = secure.rove.events("certificate-expires")
    days = int(re.search("certificate=ecdsa days=(9|10)$", told)[1])  # the day is over, or not
    status = secure.rove.status("tls")
    assert status["days_left"] == days
    first, second = status["certificates"]
    assert second["days_left"] in (79, 80)
    assert [(one["title"], one["names"], one["kind"]) for one in (first, second)] == [
        ("ecdsa", ["update.example.org"], "ECDSA"), ("rsa", ["update.example.org"], "RSA")]
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=10) as page:
        text = page.read().decode()
    assert f'rove_tls_certificate_days{{certificate="ecdsa"}} {days}\n' in text
    assert f'rove_tls_certificate_days{{certificate="rsa"}} {second["days_left"]}\n' in text
    assert "# TYPE rove_tls_certificate_days gauge\n" in text
    assert "\nrove_tls_handshakes_total " in text
    told = next(one for one in secure.rove.ctl("status") if one["role"] == "tls")
    assert told["days_left"] == days
    replace(secure, "ecdsa", days=-1)
    wait_until(lambda: secure.rove.events("certificate-expired"), 10, "it is told")


# ---- --check-config -----------------------------------------------------------------------


def test_check_config_looks_at_the_certificates(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path, certificates=BOTH)
    done = secure.rove.roved("--check-config")
    assert done.returncode == 0, done.stderr
    assert re.search("certificate ecdsa: ECDSA, (89|90) days left, for update.example.org\n",
                     done.stdout)

    def bad(*words):
        done = secure.rove.roved("--check-config")
        assert done.returncode == 1 and all(word in done.stderr for word in words), done.stderr
    key = secure.folder / "rsa.key"
    text = key.read_text()
    put(key, (secure.folder / "ecdsa.key").read_text())
    bad("certificate rsa", str(key), "is not the key of")
    put(key, text, 0o644)
    bad(str(key), "others may use it", "chmod it to 640")
    put(key, text, 0o600)
    replace(secure, "ecdsa", days=-1)
    bad("ecdsa.pem", "has expired")
    replace(secure, "ecdsa", names=["update.example.org", "*.example.org"])
    assert "*.example.org" in secure.rove.roved("--check-config").stdout
    text = secure.rove.config.read_text()
    secure.rove.config.write_text(text.replace("https {", 'https { ciphers = "nonsense"'))
    bad("https.ciphers")
    title = 'certificate "ecdsa" {'
    secure.rove.config.write_text(text.replace(title, title + " } #"))
    bad("needs chain and key")


# ---- tickets ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed_after_a_restart_and_on_another_node(make_rove, tmp_path, version):
    nodes = [Secure(make_rove, tmp_path / name, certificates=BOTH) for name in ("one", "two")]
    for end in ("pem", "key"):
        for title in BOTH:
            shutil.copy(nodes[0].folder / f"{title}.{end}", nodes[1].folder)
    nodes[0].start()
    context = only(nodes[0], version)

    def visit(node, session=None):
        with node.connect(context, session=session) as connection:
            connection.sendall(b"GET /checkip HTTP/1.1\r\nHost: h.example\r\n\r\n")
            assert read_reply(connection).startswith(b"HTTP/1.1 200")
            return connection.session, connection.session_reused

    session, reused = visit(nodes[0])
    assert not reused
    assert visit(nodes[0], session)[1]
    nodes[0].rove.stop()
    tickets = nodes[0].rove.data / "tls/tickets"
    assert tickets.stat().st_mode & 0o777 == 0o600
    nodes[0].rove.start()
    wait_until(lambda: nodes[0].try_connect(), 20, "tls runs")
    assert visit(nodes[0], session)[1]
    (nodes[1].rove.data / "tls").mkdir(exist_ok=True)
    shutil.copy(tickets, nodes[1].rove.data / "tls/tickets")
    nodes[1].start()
    assert visit(nodes[1], session)[1]
    nodes[1].rove.stop()
    assert nodes[1].rove.status("tls")["resumed"] == 1


# ---- ends and restarts --------------------------------------------------------------------


def test_tls_is_killed_under_load_and_front_and_dns_go_on(secure):
    secret = secure.rove.add_host(NAME, "owner@example.org", "--plain-http", "on")
    with Load(secure, secret) as load:
        for n in range(3):
            wait_until(lambda n=n: load.done > 5 * n, 20, "updates go on")
            front, old = secure.rove.role_pid("front"), secure.rove.role_pid("tls")
            os.kill(old, signal.SIGKILL)
            assert secure.rove.update(NAME, secret, "10.1.2.3")[0] == 200
            assert secure.rove.query(NAME, "A")
            wait_until(lambda old=old: secure.rove.role_pid("tls") != old
                       and secure.try_connect(), 20, "tls is back")
            assert secure.rove.role_pid("front") == front
        done = load.done
        wait_until(lambda: load.done > done + 5, 20, "updates go on")
    assert secure.update(NAME, secret, "10.1.2.4") == "good 10.1.2.4"


def test_front_is_killed_and_the_next_connection_works(secure):
    secret = secure.rove.add_host(NAME)
    tls = secure.rove.role_pid("tls")
    with secure.connect() as kept:
        kept.sendall(b"GET /readyz HTTP/1.1\r\nHost: h.example\r\n\r\n")
        assert read_reply(kept)
        os.kill(secure.rove.role_pid("front"), signal.SIGKILL)
        assert kept.recv(100) == b""  # its stream has ended with front
    # Waits for front, which is started again.
    assert secure.update(NAME, secret, "10.1.2.3") == "good 10.1.2.3"
    assert secure.rove.role_pid("tls") == tls


@pytest.mark.parametrize("what", ["all in place", "tls", "front"])
def test_no_update_is_lost_when_roles_are_replaced(secure, what):
    secret = secure.rove.add_host(NAME)
    pids = {role: secure.rove.role_pid(role) for role in ("tls", "front")}
    with Load(secure, secret) as load:
        wait_until(lambda: load.done > 5, 20, "updates go on")
        if what == "all in place":
            os.kill(secure.rove.processes["roved"].pid, signal.SIGUSR2)
            wait_until(lambda: secure.rove.events("roles-replaced"), 60, secure.rove.log)
        else:
            os.kill(pids[what], signal.SIGTERM)
            wait_until(lambda: secure.rove.role_pid(what) != pids[what], 30, "it is replaced")
        done = load.done
        wait_until(lambda: load.done > done + 10, 20, "updates go on")
    assert not load.failures, (load.done, load.failures[:3], secure.rove.log()[-3000:])
    for role in ("tls", "front") if what == "all in place" else (what,):
        assert secure.rove.role_pid(role) != pids[role]


def test_a_kept_connection_ends_well_when_tls_is_told_to_end(secure):
    with secure.connect() as kept:
        kept.sendall(b"GET /readyz HTTP/1.1\r\nHost: h.example\r\n\r\n")
        assert read_reply(kept)
        os.kill(secure.rove.role_pid("tls"), signal.SIGTERM)
        assert kept.recv(100) == b""  # after close_notify: else it would be an error


# ---- rough peers --------------------------------------------------------------------------


def recorded(secure, secret, version):
    """What a client sends for one update: its flights, taken on their way."""
    flights, context = [], only(secure, version)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="update.example.org")
    with socket.create_connection(("127.0.0.1", secure.port), timeout=20) as plain:
        def flush():
            data = outgoing.read()
            if data:
                flights.append(data)
                plain.sendall(data)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                flush()
                incoming.write(plain.recv(16384))
        client.write(request_of(NAME, secret, "10.1.2.3"))
        flush()
    return flights


def client_of(context):
    """A client without a socket: (client, what comes in, what goes out)."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    return context.wrap_bio(incoming, outgoing, server_hostname="update.example.org"), incoming, \
        outgoing


class Slow:
    """A client over a plain socket that sends as it is told."""

    def __init__(self, secure, version, send):
        self.client, self.incoming, self.outgoing = client_of(only(secure, version))
        self.plain = socket.create_connection(("127.0.0.1", secure.port), timeout=20)
        self.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent, self.send = 0, send

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.send(self, data)

    def until(self, act):
        while True:
            try:
                done = act()
                self.flush()
                return done
            except ssl.SSLWantReadError:
                self.flush()
                data = self.plain.recv(16384)
                if not data:
                    self.incoming.write_eof()
                self.incoming.write(data)

    def update(self, request):
        self.until(self.client.do_handshake)
        self.client.write(request)
        self.flush()
        return self.until(lambda: self.client.read(4096))


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_bytes_may_come_one_by_one(secure, version):
    secret = secure.rove.add_host(NAME)

    def send(client, data):
        for byte in data:
            client.plain.sendall(bytes([byte]))
    client = Slow(secure, version, send)
    with client.plain:
        assert b"good 10.1.2.3" in client.update(request_of(NAME, secret, "10.1.2.3"))


class Cut(Exception):
    """The client has done what it was to do."""


@pytest.mark.parametrize("end", ["reset", "shut", "close"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_that_ends_anywhere_leaves_nothing(secure, version, end):
    """After each byte of the handshake and of the request: a reset, a half-close, a close."""
    secret = secure.rove.add_host(NAME)
    idle = descriptors(secure.rove.role_pid("tls"))
    request, total = request_of(NAME, secret, "10.1.2.3"), [None]

    def attempt(at):
        def send(client, data):
            left = at - client.sent
            client.plain.sendall(data[:left])
            client.sent += min(left, len(data))
            if client.sent < at or left > len(data):
                return
            if end == "reset":
                client.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
            elif end == "shut":
                client.plain.shutdown(socket.SHUT_WR)
                client.plain.settimeout(20)
                while client.plain.recv(16384):
                    pass
            raise Cut
        client = Slow(secure, version, send)
        try:
            with client.plain:
                client.update(request)
        except (Cut, OSError):
            return
        total[0] = client.sent  # it came to its end
    for at in itertools.count(1, 2):
        attempt(at)
        if total[0] is not None:
            break
    pid = secure.rove.role_pid("tls")
    assert secure.update(NAME, secret, "10.1.2.9") == "good 10.1.2.9"
    wait_until(lambda: descriptors(pid) <= idle, 30, "all are closed")
    assert secure.rove.role_pid("tls") == pid


def descriptors(pid):
    return sum(os.readlink(link).startswith("socket:") for link in
               pathlib.Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink())


def test_a_half_closed_client_gets_its_reply(secure):
    secret = secure.rove.add_host(NAME)
    for version in VERSIONS:
        client = Slow(secure, version, lambda client, data: client.plain.sendall(data))
        with client.plain:
            client.until(client.client.do_handshake)
            client.client.write(request_of(NAME, secret, "10.1.2.3"))
            client.flush()
            client.plain.shutdown(socket.SHUT_WR)
            assert b"10.1.2.3" in client.until(lambda: client.client.read(4096))


def test_a_large_body_and_many_replies_pass(secure):
    with secure.connect() as connection:
        body = b"x" * 60000
        connection.sendall(b"POST /nic/update HTTP/1.1\r\nHost: h.example\r\nContent-Type: "
                           b"text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert read_reply(connection).startswith(b"HTTP/1.1 ")
    with secure.connect() as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: h.example\r\n\r\n" * 200)
        assert all(read_reply_of(connection) for _ in range(200))


def read_reply_of(connection, kept={}):
    """One of many replies that come at once."""
    data = kept.pop(id(connection), b"")
    while data.count(b"\r\n\r\n") < 1 or len(data.split(b"\r\n\r\n", 1)[1]) < 3:
        piece = connection.recv(65536)
        if not piece:
            return False
        data += piece
    head, rest = data.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    while len(rest) < length:
        rest += connection.recv(65536)
    kept[id(connection)] = rest[length:]
    return head.startswith(b"HTTP/1.1 200")


def test_what_is_no_tls_is_refused(secure):
    for data in (b"GET / HTTP/1.1\r\nHost: h.example\r\n\r\n", b"\x00" * 100, os.urandom(500),
                 b"\x16\x03\x01\xff\xff" + b"\x01" * 2000):
        with socket.create_connection(("127.0.0.1", secure.port), timeout=20) as plain:
            plain.sendall(data)
            plain.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while plain.recv(4096):
                    pass
    assert secure.try_connect()


# Handshakes for nothing, and half of them, until it is killed.
FLOOD = """
import socket, ssl, sys
hello, port = bytes.fromhex(sys.argv[1]), int(sys.argv[2])
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
while True:
    for whole in range(4):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
                if whole:
                    plain.sendall(hello)
                else:
                    context.wrap_socket(plain).close()
        except OSError:
            pass
"""


def test_a_flood_of_handshakes_does_not_keep_others_out(secure):
    secret = secure.rove.add_host(NAME, "owner@example.org", "--plain-http", "on")
    hello = recorded(secure, secret, ssl.TLSVersion.TLSv1_3)[0]
    floods = [subprocess.Popen([sys.executable, "-c", FLOOD, hello.hex(), str(secure.port)])
              for _ in range(2)]
    try:
        for n in range(10):
            assert secure.update(NAME, secret, f"10.1.3.{n}") == f"good 10.1.3.{n}"
            assert secure.rove.update(NAME, secret, f"10.1.3.{n}")[0] == 200
            secure.rove.wait_dns(NAME, "A", [f"10.1.3.{n}"])
    finally:
        for flood in floods:
            flood.kill()
            flood.wait()


def test_one_source_cannot_hold_all_handshakes(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path, options="threads = 1")
    secure.rove.config.write_text(secure.rove.config.read_text().replace(
        "http { listen", "http { max_connections_per_source = 4 listen"))
    secure.start()
    held = []
    for _ in range(8):
        held.append(socket.create_connection(("127.0.0.1", secure.port), timeout=20))
        held[-1].sendall(b"\x16\x03\x01\x02\x00\x01")
    # Those that have waited longest give way.
    for plain in held[:3]:
        with contextlib.suppress(ConnectionError):
            assert plain.recv(10) == b""
    assert secure.try_connect()
    for plain in held:
        plain.close()


# ---- where it stands ----------------------------------------------------------------------


def test_a_proxy_tells_who_its_client_is(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path)
    secure.rove.config.write_text(secure.rove.config.read_text().replace(
        "http { listen", 'http { proxy_from = { "127.0.0.2" } listen'))
    secure.start()
    head = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("198.51.100.7") +
            socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4711, 443))

    def ask(before):
        plain = socket.create_connection(("127.0.0.1", secure.port), timeout=20,
                                         source_address=("127.0.0.2", 0))
        for piece in before:
            plain.sendall(piece)
        with secure.authority.context().wrap_socket(
                plain, server_hostname="update.example.org") as connection:
            connection.sendall(b"GET /checkip HTTP/1.1\r\nHost: h.example\r\n\r\n")
            return read_reply(connection)
    assert b"198.51.100.7" in ask([head])
    assert b"198.51.100.7" in ask([head[:5], head[5:20], head[20:]])
    assert b"127.0.0.2" in ask([b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"])
    with pytest.raises(OSError):
        ask([])
    assert secure.try_connect()  # a stranger needs no head


def test_the_key_is_in_no_other_process(rove_of_users, tmp_path):
    rove = rove_of_users
    folder = rove.folder.parent / "certificates"
    authority = Authority(rove.folder.parent / "authority")
    folder.mkdir()
    chain, key = authority.issue("main", ["update.example.org"], "rsa", at=folder)
    user = pwd.getpwnam(USER)
    shutil.chown(key, "root", user.pw_gid)
    key.chmod(0o640)
    port = free_port()
    text = rove.config.read_text().replace("users {", f'users {{ tls = "{USER}" ')
    rove.config.write_text(text + f'https {{ listen = {{ "127.0.0.1:{port}" }} }}\n'
                           f'certificate "main" {{ chain = "{chain}" key = "{key}" }}\n')
    done = rove.roved("--check-config")
    assert done.returncode == 0, done.stderr
    rove.start()
    wait_until(lambda: (rove.status("tls") or {}).get("state") == "running", 20, rove.log)
    context = authority.context()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="update.example.org") as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: h.example\r\n\r\n")
            assert read_reply(connection).startswith(b"HTTP/1.1 200")

    # Of the key, two primes: as OpenSSL has them in memory, and as they stand in the file.
    primes = primes_of(key)
    canaries = [prime[::-1][:16] for prime in primes] + [prime[:16] for prime in primes]
    lines = key.read_text().splitlines()[5:8]
    canaries += [line.encode() for line in lines]
    found = {}
    for name in ("parent", "front", "publish", "answer", "tls"):
        pid = rove.status(name)["pid"]
        memory = memory_of(pid)
        found[name] = sum(memory.count(canary) > 0 for canary in canaries)
        libraries = pathlib.Path(f"/proc/{pid}/maps").read_text()
        assert ("libssl" in libraries) == (name == "tls"), name
    assert found.pop("tls") > 0 and not any(found.values()), found
    status = pathlib.Path(f"/proc/{rove.role_pid('tls')}/status").read_text()
    assert re.search(rf"^Uid:\t{user.pw_uid}\t{user.pw_uid}\t{user.pw_uid}\t{user.pw_uid}$",
                     status, re.M)
    assert (rove.data / "tls").owner() == USER
    assert (rove.data / "tls").stat().st_mode & 0o777 == 0o700


def primes_of(key):
    """Both primes of an RSA key, big-endian."""
    text = openssl("rsa", "-in", key, "-noout", "-text")
    parts = re.findall(r"prime[12]:\n((?:    [0-9a-f:]+\n)+)", text)
    return [bytes.fromhex(re.sub(r"[\s:]", "", part)).lstrip(b"\0") for part in parts]


def memory_of(pid):
    """All that the process can read of itself."""
    pieces = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            where, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in where.split("-"))
            if "r" not in rights or "[v" in line or end - begin > 1 << 30:
                continue  # such as a sanitizer's shadow
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(begin)
                pieces.append(memory.read(end - begin))
    return b"\0".join(pieces)
