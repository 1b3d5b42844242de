# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities and their clients: Debian's pebble validates for real, by asking our own
responder and fetching files from our own HTTP."""
import os
import shutil
import subprocess

from harness import set_option
from https import Secure
from pebble import Pebble

STORE = "/etc/ssl/certs/ca-certificates.crt"  # the only authorities that uacme believes
ZONE = "dyn.example.org"


class Service:
    """An installation with HTTPS at https://localhost and a folder for challenges, below that of a
    web site; `name` leads to it. Clients who believe `trust` believe it and its pebble."""

    def __init__(self, make_rove, folder, name, settings=None):
        self.folder, self.name = folder, name
        self.secure = Secure(make_rove, folder, certificates={"main": (["localhost"], "ec")})
        self.rove = self.secure.rove
        self.web = folder / "web"
        self.challenges = self.web / ".well-known/acme-challenge"
        self.challenges.mkdir(parents=True)
        set_option(self.rove, "http", f'challenges = "{self.challenges}"')
        self.secure.start()
        self.rove.ctl("record", "add", name, "--type", "A", "--data", "127.0.0.1")
        self.rove.wait_dns(name, "A", ["127.0.0.1"])
        self.pebble = Pebble(folder / "pebble", self.rove.http_port,
                             f"{self.rove.address}:{self.rove.dns_port}", settings=settings or {
                                 "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        self.url = f"https://localhost:{self.secure.port}"
        self.trust = folder / "trust.pem"
        self.trust.write_text(self.pebble.authority.root.read_text() +
                              self.secure.authority.root.read_text())

    def stop(self):
        self.pebble.stop()

    def path(self):
        """Where programs are looked for: ours, and those of the system."""
        ours = [str(self.rove.program(name).parent) for name in ("rovectl", "rove-tls")]
        return os.pathsep.join([*ours, os.environ["PATH"], "/usr/sbin", "/sbin"])

    def run(self, *words, env=None, own_store=False, cwd=None):
        """The finished program. With `own_store` in a mount namespace whose store of authorities is
        `trust`."""
        trusted = dict.fromkeys(("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
                                 "LEGO_CA_CERTIFICATES"), str(self.trust))
        if own_store:
            script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
            words = ["unshare", "-m", "sh", "-c", script, "sh", self.trust, STORE, *words]
        return subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=120, cwd=cwd or self.folder,
            env=dict(os.environ) | {"PATH": self.path(), "no_proxy": "*"} | trusted | (env or {}))

    def challenge_records(self):
        return [record for record in self.rove.ctl("record", "list", "--zone", ZONE)
                if record["type"] == "TXT"]


def may_mount(skip):
    """Calls skip() with the reason why the store of authorities cannot be replaced."""
    if os.geteuid() != 0:
        skip("needs root")
    if not os.path.exists(STORE):
        skip(f"there is no {STORE}: ca-certificates is not installed")
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        skip("mount namespaces are not allowed here")


def names_of(chain):
    """The names that the first certificate of the file is for."""
    text = subprocess.run([shutil.which("openssl"), "x509", "-in", chain, "-noout", "-ext",
                           "subjectAltName"], capture_output=True, text=True, check=True).stdout
    return sorted(word.strip(", ").removeprefix("DNS:") for word in text.split()
                  if word.startswith("DNS:"))
