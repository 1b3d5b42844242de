# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates made for a test, and clients that speak HTTPS."""
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import urllib.parse
import urllib.request

from harness import basic, free_port, set_option, wait_until

NAME = "home.dyn.example.org"
BOTH = {"ecdsa": (["update.example.org"], "ec"), "rsa": (["update.example.org"], "rsa")}

RELAY = "127.0.0.2"  # of Secure.trust_relay()
# A PROXY head of version 2: from 198.51.100.7, port 4711, to 192.0.2.1, port 443.
PROXY_HEAD = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("198.51.100.7") +
              socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4711, 443))

USER = "news"  # of tls, where roles have users of their own


def openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 0, f"openssl {args}\n{done.stderr}"
    return done.stdout


class Authority:
    """A root, an authority below it, and what that one issues."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.root = self.folder / "root.pem"
        self._make("root", "/CN=Test Root", None, "CA:TRUE", "ec", 365)
        self._make("middle", "/CN=Test Authority", "root", "CA:TRUE", "ec", 365)

    def _make(self, name, subject, issuer, constraint, kind, days, names=()):
        key, request, out = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        how = (["-newkey", "rsa:2048"] if kind == "rsa" else
               ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        openssl("req", "-new", "-nodes", *how, "-keyout", key, "-out", request, "-subj", subject)
        extensions = self.folder / f"{name}.ext"
        lines = [f"basicConstraints = critical,{constraint}", "subjectKeyIdentifier = hash"]
        if issuer:
            lines.append("authorityKeyIdentifier = keyid")
        if constraint == "CA:TRUE":
            lines.append("keyUsage = critical,keyCertSign,cRLSign")
        if names:
            lines.append("subjectAltName = " + ",".join(
                one if ":" in one else f"DNS:{one}" for one in names))
        extensions.write_text("\n".join(lines) + "\n")
        signer = (["-signkey", key] if issuer is None else
                  ["-CA", self.folder / f"{issuer}.pem", "-CAkey", self.folder / f"{issuer}.key",
                   "-CAcreateserial"])
        openssl("x509", "-req", "-in", request, "-out", out, "-days", days, *signer,
                "-extfile", extensions)
        key.chmod(0o600)
        return out, key

    def issue(self, title, names, kind="ec", days=90, at=None):
        """(chain, key) as files in the folder `at`, ours unless given. A name is a host's, or
        "IP:" and an address."""
        made, key = self._make(f"new-{title}", "/CN=" + names[0], "middle", "CA:FALSE", kind,
                               days, names)
        at = pathlib.Path(at or self.folder)
        text = made.read_text() + (self.folder / "middle.pem").read_text()
        return put(at / f"{title}.pem", text, 0o644), put(at / f"{title}.key", key.read_text())

    def context(self, **versions):
        """For clients, who believe the root alone. `maximum_version` and `minimum_version`."""
        context = ssl.create_default_context(cafile=self.root)
        for name, value in versions.items():
            setattr(context, name, value)
        return context


def put(path, text, mode=0o600):
    """Puts a file in place as ACME clients do: written aside and renamed."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text)
    aside.chmod(mode)
    aside.rename(path)
    return path


class Secure:
    """An installation that serves HTTPS: its port, its authority, its certificates."""

    def __init__(self, make_rove, folder, settings="", certificates=None, options=""):
        self.authority = Authority(folder / "authority")
        self.folder = folder / "certificates"
        self.folder.mkdir()
        self.port = free_port()
        self.names = certificates or {"main": (["update.example.org"], "ec")}
        for title, (names, kind) in self.names.items():
            self.authority.issue(title, names, kind, at=self.folder)
        self.rove = make_rove(f"https {{ listen = {{ \"127.0.0.1:{self.port}\" }} {options} }}\n" +
                              "".join(self.section(title) for title in self.names) + settings)

    def section(self, title):
        return (f'certificate "{title}" {{ chain = "{self.folder}/{title}.pem" '
                f'key = "{self.folder}/{title}.key" }}\n')

    def trust_relay(self):
        """RELAY begins each connection with a PROXY head. Before start()."""
        set_option(self.rove, "http", f'proxy_from = {{ "{RELAY}" }}')
        return self

    def start(self, env=None):
        self.rove.start(env=env)
        wait_until(self.is_ready, 20, "tls runs\n" + self.rove.log()[-2000:])
        self.rove.add_zone()
        return self

    def is_ready(self):
        return self.rove.told("tls", "state") == "running"

    # ---- clients ---------------------------------------------------------------------

    def connect_as_relay(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20,
                                        source_address=(RELAY, 0))

    def connect_unchecked(self, context, name):
        """With the name as SNI, whoever answers."""
        context.check_hostname = False
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return context.wrap_socket(plain, server_hostname=name)

    def try_connect(self):
        try:
            with self.connect():
                return True
        except OSError:
            return False

    def s_client(self, *options, text=""):
        """openssl's client with `text` as its input."""
        return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}",
                               "-CAfile", self.authority.root, *options], input=text, check=False,
                              capture_output=True, text=True, timeout=60)

    def connect(self, context=None, name="update.example.org", wait_s=10, session=None):
        """A connection with its handshake done; `name` of None sends no SNI."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=wait_s)
        context = context or self.authority.context()
        context.check_hostname = name is not None
        return context.wrap_socket(plain, server_hostname=name, session=session)

    def curl(self, path, *options, name="update.example.org", check=True):
        done = subprocess.run(
            [shutil.which("curl"), "-sS", "--cacert", self.authority.root, "--resolve",
             f"{name}:{self.port}:127.0.0.1", "--max-time", "20", *options,
             f"https://{name}:{self.port}{path}"],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
            env=dict(os.environ) | {"no_proxy": "*"})
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip() if check else done

    def update(self, hostname, token, myip, context=None):
        """The body of an update by urllib, over a connection of its own."""
        query = urllib.parse.urlencode({"hostname": hostname, "myip": myip})
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}/nic/update?{query}",
            headers={"Authorization": basic(hostname, token), "User-Agent": "test/1"})
        context = context or self.authority.context()
        context.check_hostname = False
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=20) as reply:
            return reply.read().decode().strip()

    def serial(self, name="update.example.org"):
        """The certificate that a new connection is shown."""
        with self.connect(name=name) as connection:
            return connection.getpeercert()["serialNumber"]


def request_of(hostname, token, myip, more=""):
    """An update as bytes."""
    return (f"GET /nic/update?hostname={hostname}&myip={myip} HTTP/1.1\r\nHost: h.example\r\n"
            f"Authorization: {basic(hostname, token)}\r\n{more}\r\n").encode()


def read_reply(connection):
    """One reply: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            return data
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                  if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        piece = connection.recv(4096)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


class Load:
    """Updates, one after the other in each thread, as long as it is open: each over a fresh
    connection, or with `keep` all of a thread over one. `seen` are the certificates shown."""

    def __init__(self, secure, secret, context=None, server="update.example.org", keep=False):
        self.secure, self.server, self.keep = secure, server, keep
        self.context = context or secure.authority.context()
        more = "" if keep else "Connection: close\r\n"
        self.request = request_of(NAME, secret, "10.1.2.3", more)
        self.done, self.connections, self.failures, self.seen = 0, 0, [], set()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(2)]

    def _run(self):
        while not self.stop.is_set():
            try:
                with self.secure.connect(self.context, self.server) as connection:
                    self.connections += 1
                    self.seen.add(connection.getpeercert(binary_form=True))
                    self._ask(connection)
                    while self.keep and not self.stop.is_set():
                        self._ask(connection)
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def _ask(self, connection):
        connection.sendall(self.request)
        reply = read_reply(connection)
        assert reply.startswith(b"HTTP/1.1 200") and b"10.1.2.3" in reply, reply
        self.done += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def only(secure, version, ciphers=None):
    context = secure.authority.context(minimum_version=version, maximum_version=version)
    if ciphers:
        context.set_ciphers(ciphers)
    return context
