# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS: clients, certificates that change, tickets, restarts, and where the key is."""
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request

import pytest

from harness import Rove, free_port, wait_until
from https import (Authority, BOTH, Load, NAME, PROXY_HEAD, RELAY, Secure, USER, only, openssl, put,
                   read_reply)


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


def test_a_body_that_is_refused_before_it_comes_still_gets_its_reply(secure):
    body = bytes(200_000)  # front reads none of it: tls throws it away
    with secure.connect() as connection:
        connection.sendall(b"POST /nic/update HTTP/1.1\r\nHost: h.example\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)
        assert read_reply(connection).startswith(b"HTTP/1.1 413 ")
        assert not connection.recv(1), "and then its end"


# ---- protocols and certificates -----------------------------------------------------------


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
            done = load.done
            wait_until(lambda done=done: load.done > done + 3 or load.failures, 20,
                       "updates go on")
    assert not load.failures, load.failures[:3]


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
        wait_until(lambda: str(path) in secure.rove.told("tls", "trouble"), 10, "told")

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
    wait_until(lambda: secure.rove.told("tls", "trouble") == "", 10, "all is well")
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
    wait_until(lambda: "main.pem" in secure.rove.told("tls", "trouble"), 10, "it is told")
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


# ---- where it stands ----------------------------------------------------------------------


def test_a_proxy_tells_who_its_client_is(make_rove, tmp_path):
    secure = Secure(make_rove, tmp_path).trust_relay().start()
    head = PROXY_HEAD

    def ask(before):
        plain = secure.connect_as_relay()
        for piece in before:
            plain.sendall(piece)
        with secure.authority.context().wrap_socket(
                plain, server_hostname="update.example.org") as connection:
            connection.sendall(b"GET /checkip HTTP/1.1\r\nHost: h.example\r\n\r\n")
            return read_reply(connection)
    assert b"198.51.100.7" in ask([head])
    assert b"198.51.100.7" in ask([head[:5], head[5:20], head[20:]])
    assert RELAY.encode() in ask([b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"])
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
    wait_until(lambda: rove.told("tls", "state") == "running", 20, rove.log)
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
        pid = rove.role_pid(name)
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


@pytest.mark.parametrize("program, carries", [("roved", False), ("rovectl", False),
                                              ("rove-tls", True)])
def test_openssl_is_in_no_process_that_has_the_database(program, carries):
    """Nor in what its libraries need."""
    needed = subprocess.run(["ldd", Rove.program(program)], check=True, capture_output=True,
                            text=True).stdout
    assert ("libssl." in needed, "libcrypto." in needed) == (carries, carries), needed
