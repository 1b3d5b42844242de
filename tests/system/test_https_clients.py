# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs and TLS libraries of others, as they come in Debian, update a host over HTTPS; DNS
tells what came of it."""
import json
import re
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness import BUILD, basic
from https import Authority, NAME, Secure, request_of
from peers import ROOT, peer
from test_clients import run_inadyn, write_inadyn
from test_update import run_ddclient

SERVED = ["localhost", "IP:127.0.0.1"]
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
WAYS = [(version, host) for version in VERSIONS for host in ("localhost", "127.0.0.1")]


class Visit:
    """One update: the service as the client knows it, and what it is to say. A client that connects
    to an address names nothing (SNI)."""

    def __init__(self, secure, folder, secret, version, host, value, ca=None):
        self.secure, self.folder, self.secret, self.value = secure, folder, secret, value
        self.version, self.host = version, host
        self.ca = ca or secure.authority.root
        self.server = f"{host}:{secure.port}"
        folder.mkdir(exist_ok=True)

    def url(self, credentials=True):
        query = urllib.parse.urlencode({"hostname": NAME, "myip": self.value})
        user = f"alice:{self.secret}@" if credentials else ""
        return f"https://{user}{self.server}/nic/update?{query}"

    def request(self):
        return request_of(NAME, self.secret, self.value, "Connection: close\r\n")

    def openssl_settings(self):
        """The environment for programs that leave the version to OpenSSL's configuration."""
        path = self.folder / "openssl.cnf"
        path.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                        f"MinProtocol = TLSv{self.version}\nMaxProtocol = TLSv{self.version}\n")
        return {"OPENSSL_CONF": str(path)}

    def gnutls_settings(self):
        """The same for GnuTLS, which prefers 1.3 where it may."""
        path = self.folder / "gnutls.conf"
        path.write_text("[overrides]\n" + "disabled-version = tls1.3\n" * (self.version == "1.2"))
        return {"GNUTLS_SYSTEM_PRIORITY_FILE": str(path)}

    def gnutls_priority(self):
        return f"NORMAL:-VERS-ALL:+VERS-TLS{self.version}"


def run(*command, data=None, env=None):
    """What the program said, in both its outputs."""
    done = subprocess.run([*map(str, command)], input=data or b"", capture_output=True,
                          check=False, timeout=60, env=env)
    return (done.stdout + done.stderr).decode(errors="replace")


def curl(visit):
    most = ["--tlsv1.2", "--tls-max", "1.2"] if visit.version == "1.2" else ["--tlsv1.3"]
    return run("curl", "-sS", "--noproxy", "*", "--cacert", visit.ca, *most, visit.url())


def wget(visit):
    return run("wget", "--no-proxy", "--tries=1", "-O", "-", f"--ca-certificate={visit.ca}",
               "--ciphers", visit.gnutls_priority(), visit.url())


def busybox(visit):
    """Its wget has TLS from the program openssl, if that is there. With an address it checks
    no certificate: it takes the port for a part of what the certificate is to be for."""
    check = [] if visit.host == "localhost" else ["--no-check-certificate"]
    done = peer("busybox").run("wget", "-Y", "off", *check, "-O", "-", visit.url(),
                               env={"SSL_CERT_FILE": str(visit.ca)} | visit.openssl_settings())
    return done.stdout + done.stderr


def ddclient(visit):
    return run_ddclient(visit.server, visit.folder, NAME, visit.secret, visit.value, visit.ca,
                        visit.openssl_settings())


def inadyn(visit):
    config = write_inadyn(visit.folder, visit.server, visit.secret, visit.value, visit.ca)
    done = run_inadyn(config, visit.gnutls_settings())
    return done.stdout + done.stderr


def python(visit):
    context = ssl.create_default_context(cafile=visit.ca)
    context.minimum_version = context.maximum_version = VERSIONS[visit.version]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(visit.url(credentials=False), headers={
        "Authorization": basic("alice", visit.secret)})
    try:
        with opener.open(request, timeout=60) as reply:
            return reply.read().decode()
    except urllib.error.URLError as error:
        return str(error)


def gnutls(visit):
    """One handshake for the ticket, and the update with it."""
    done = peer("gnutls-cli").run(
        "--x509cafile", visit.ca, "--resume", "--waitresumption", "-p", visit.secure.port,
        "--priority", visit.gnutls_priority(), visit.host,
        input=visit.request().decode())
    return done.stdout + done.stderr


def nss(visit):
    """The update twice, the second one with a ticket."""
    base = f"sql:{visit.folder}"
    request = visit.folder / "request"
    request.write_bytes(visit.request())
    tool = peer("certutil")
    for args in (["-N", "--empty-password"], ["-A", "-n", "root", "-t", "C,,", "-i", visit.ca]):
        done = tool.run(*args, "-d", base)
        assert done.returncode == 0, done.stderr
    done = peer("tstclnt").run("-4", "-h", visit.host, "-p", visit.secure.port, "-d", base,
                               "-V", f"tls{visit.version}:tls{visit.version}", "-u", "-v",
                               "-L", "2", "-A", request)
    return done.stdout + done.stderr


def uclient(library):
    """What uclient-fetch of OpenWrt sends, challenged first, with a TLS library that OpenWrt builds
    it with; and all of it again, with a ticket. Its later versions end a field with CR LF, and
    send both requests over one connection. Earlier ones end some with LF alone, after which the
    service closes."""
    def act(visit):
        head = visit.url(credentials=False).split(visit.server)[1]
        end = {"mbedtls": "\r\n", "wolfssl": "\n"}[library]
        first = f"GET {head} HTTP/1.1\r\nHost: {visit.server}\r\nUser-Agent: uclient-fetch{end}"
        second = f"{first}Authorization: {basic('alice', visit.secret)}\r\n\r\n"
        first += "\r\n"
        said = ""
        for requests in ([first + second] if end == "\r\n" else [first, second]):
            said += run(BUILD / f"tests/system/tool_{library}", visit.secure.port, visit.ca,
                        visit.host if visit.host == "localhost" else "-", visit.version, "2",
                        data=requests.encode())
        assert "badauth" in said or visit.ca != visit.secure.authority.root, said
        return said
    return act


# Client: what it does, in which ways, and how many of its handshakes in each of them resume.
CLIENTS = {
    "curl": (curl, WAYS, 0),
    "wget": (wget, WAYS, 0),
    "busybox": (busybox, WAYS, 0),
    "ddclient": (ddclient, WAYS[1::2], 0),  # it takes no name without a dot
    "inadyn": (inadyn, WAYS, 0),
    "python": (python, WAYS, 0),
    "gnutls": (gnutls, WAYS, 1),
    "nss": (nss, WAYS, 1),
    "mbedtls": (uclient("mbedtls"), WAYS[:2], 1),
    "wolfssl": (uclient("wolfssl"), WAYS, 2),
}


def serve(make_rove, tmp_path, kinds, options=""):
    return Secure(make_rove, tmp_path, options=options,
                  certificates={kind: (SERVED, kind) for kind in kinds}).start()


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_updates_over_https(make_rove, tmp_path, name, kind):
    """With each version of TLS, by name and by address; a client that does not believe the
    authority changes nothing."""
    client, ways, resumed = CLIENTS[name]
    secure = serve(make_rove, tmp_path, [kind])
    secret = secure.rove.add_host(NAME)
    for n, (version, host) in enumerate(ways, 1):
        value = f"203.0.113.{n}"
        said = client(Visit(secure, tmp_path / str(n), secret, version, host, value))
        assert re.search(rf"\bgood {value}\b|\bgood: .*{value}\b|successful.*\n.*good {value}",
                         said), f"{version} {host}\n{said}"
        secure.rove.wait_dns(NAME, "A", [value])
    stranger = Authority(tmp_path / "stranger").root
    said = client(Visit(secure, tmp_path / "stranger", secret, *ways[0], "203.0.113.99", stranger))
    assert "203.0.113.99" not in secure.rove.addresses(NAME, "A"), said
    assert "good" not in said and re.search("fail|error|certificate|handshake", said, re.I), said
    secure.rove.stop()
    status = secure.rove.status("tls")
    assert status["resumed"] == resumed * len(ways), status
    by_13 = sum(version == "1.3" for version, _ in ways)
    assert bool(status["tls13"]) == bool(by_13) and status["tls13"] >= by_13, status
    assert status["handshakes"] - status["tls13"] >= len(ways) - by_13, status


def busybox_alone(visit):
    """busybox with TLS of its own: 1.2, without the extension that names signatures, and so SHA-1
    in them (RFC 5246 7.4.1.4.1). It checks no certificate."""
    program = peer("busybox")
    done = program.run("wget", "-Y", "off", "-O", "-", visit.url(), env={"PATH": str(visit.folder)})
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_signatures_with_sha1_are_for_the_operator_to_allow(make_rove, tmp_path, kind):
    usual = "ECDHE+AESGCM:ECDHE+CHACHA20"
    refused = serve(make_rove, tmp_path / "refuses", [kind], f'ciphers = "{usual}"')
    taken = serve(make_rove, tmp_path / "takes", [kind], f'ciphers = "{usual}:@SECLEVEL=0"')
    for secure, want in ((refused, "handshake failure"), (taken, "good 203.0.113.7")):
        secret = secure.rove.add_host(NAME)
        # Of a name's addresses it tries one only, and that of localhost may be ::1.
        said = busybox_alone(Visit(secure, tmp_path / "visit", secret, "1.2", "127.0.0.1",
                                   "203.0.113.7"))
        assert want in said, said
    taken.rove.wait_dns(NAME, "A", ["203.0.113.7"])
    assert refused.rove.addresses(NAME, "A") == []
    # Who can do better still does.
    said = taken.s_client("-tls1_2", "-sigalgs", "RSA+SHA1:ECDSA+SHA1:RSA+SHA256:ECDSA+SHA256",
                          "-cipher", "DEFAULT:@SECLEVEL=0").stdout
    assert "Peer signing digest: SHA256" in said, said


# What testssl.sh lowers a grade for, and why it does not count here.
EXPECTED = {
    "cert_revocation": "the tests' authority says nowhere what it has revoked",
}
# Findings that show that the check behind them was made.
MADE = {"SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered",
        "TLS1_1": "not offered", "TLS1_2": "offered", "TLS1_3": "offered",
        "cipherlist_NULL": "not offered", "cipherlist_3DES_IDEA": "not offered",
        "cipherlist_AVERAGE": "not offered", "PFS": "offered",
        "cert_chain_of_trust": "passed.", "heartbleed": "not vulnerable",
        "ticketbleed": "not vulnerable", "ROBOT": "not vulnerable", "CCS": "not vulnerable",
        "secure_renego": "supported", "secure_client_renego": "not vulnerable",
        "CRIME_TLS": "not vulnerable", "fallback_SCSV": "no protocol below",
        "SWEET32": "not vulnerable", "LUCKY13": "not vulnerable", "RC4": "not vulnerable",
        "BEAST": "not vulnerable", "LOGJAM": "not vulnerable"}


def test_testssl_finds_nothing(make_rove, tmp_path):
    """With both kinds of certificates. What takes longest and judges least is left out: its
    simulation of clients, and the order of ciphers, which test_https.py has."""
    secure = serve(make_rove, tmp_path, ["ec", "rsa"])
    out = tmp_path / "found.json"
    done = peer("testssl").run(
        "--ip", "127.0.0.1", "--nodns", "none", "--warnings", "off", "--color", "0", "-p", "-s",
        "-f", "-S", "-U", "--add-ca", secure.authority.root, "--jsonfile", out,
        f"localhost:{secure.port}", timeout=1500, cwd=tmp_path,
        env={"TESTSSL_INSTALL_DIR": str(ROOT / "etc/testssl")})
    assert out.exists(), done.stdout + done.stderr
    found = [(row["id"].split()[0], row["severity"], row["finding"])
             for row in json.loads(out.read_text())]
    bad = [row for row in found if row[1] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL")
           and row[0] not in EXPECTED]
    assert not bad, bad
    said = {name: finding for name, _, finding in found}
    wrong = {name: said.get(name) for name, word in MADE.items()
             if not said.get(name, "").lower().startswith(word)}
    assert not wrong, wrong
