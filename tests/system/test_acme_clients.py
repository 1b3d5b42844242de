# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's ACME clients get and renew certificates as docs/certificates.md says: they put files into
our folder, call the hooks of packaging/acme, or speak to us themselves. pebble validates for real.
acme.sh is not in Debian: a few lines of shell take its place here."""
import contextlib
import http.server
import itertools
import os
import shutil
import threading

import pytest

from acme import ZONE, Service, may_mount, names_of
from harness import TREE, Rove, free_port, texts_of, wait_until

HOOKS = TREE / "packaging/acme"
ROVE_TXT = HOOKS / "rove-txt"
NAME = f"update.{ZONE}"  # leads to the service
VALUE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_-"

numbers = itertools.count(1)


class Device:
    """A device with a host and a token of its own."""

    def __init__(self, service, folder):
        self.service, self.rove, self.pebble = service, service.rove, service.pebble
        self.url, self.folder = service.url, folder
        self.host = f"h{next(numbers)}.{ZONE}"
        self.both = [self.host, f"*.{self.host}"]
        self.rove.ctl("host", "add", self.host, "--owner", "owner@example.org",
                      "--wildcard", "on")
        self.token = self.rove.ctl("token", "add", self.host, "--right", "txt")["secret"]
        self.settings = folder / "rove-txt.conf"
        self.settings.write_text(f"url {self.url}\ntoken {self.token}\n")
        self.settings.chmod(0o600)

    def run(self, *words, env=None, own_store=False):
        return self.service.run(*words, cwd=self.folder, own_store=own_store,
                                env={"ROVE_TXT_FILE": str(self.settings)} | (env or {}))

    def client(self, *words, env=None, own_store=False):
        """What a client says that is content."""
        done = self.run(*words, env=env, own_store=own_store)
        assert done.returncode == 0, done.stdout + done.stderr + self.pebble.log.read_text()[-4000:]
        return done.stdout + done.stderr

    def values(self):
        return [text.strip('"') for text in
                texts_of(self.rove.query(f"_acme-challenge.{self.host}", "TXT"), "TXT")]

    def wait_values(self, *values):
        """Whoever has a value removed does not wait until DNS has seen it."""
        wait_until(lambda: self.values() == list(values), 10, f"{self.host} has {values}")

    def gets_and_renews(self, get, renew, chain, names, kind, keeps=0):
        """Each brings a certificate for the names, proved in that way alone. What stays in DNS is
        at most `keeps` values, and in the folder there is nothing."""
        before = None
        for step in get, renew:
            orders, log = self.pebble.orders(), len(self.pebble.log.read_text())
            step()
            assert names_of(chain) == sorted(names) and chain.read_text() != before
            before = chain.read_text()
            assert self.pebble.orders() == orders + 1
            assert ("validate w/ HTTP" in self.pebble.log.read_text()[log:]) == (kind == "http-01")
            wait_until(lambda: len(self.values()) == keeps, 10, f"{keeps} values are left")
            assert not list(self.service.challenges.iterdir())


@pytest.fixture(name="service", scope="module")
def fixture_service(tmp_path_factory):
    """One for all tests of this file; each has a host and a folder of its own."""
    folder = tmp_path_factory.mktemp("service")
    made = Service(lambda settings: Rove(folder / "rove", settings).init(), folder, NAME)
    yield made
    made.stop()
    made.rove.clean_up()


@pytest.fixture
def device(service, tmp_path):
    return Device(service, tmp_path)


# ---- files for HTTP-01 -----------------------------------------------------------------------

def certbot(device, *options):
    return device.client(
        "certbot", *options, "--non-interactive", "--config-dir", device.folder / "certbot",
        "--work-dir", device.folder / "work", "--logs-dir", device.folder / "logs")


def certbot_get(device, names, *options):
    certbot(device, "certonly", "--server", device.pebble.url, "--agree-tos",
            "--register-unsafely-without-email", "--cert-name", "home", *options,
            *(word for name in names for word in ("-d", name)))


def certbot_gets_and_renews(device, names, kind, *options, keeps=0):
    device.gets_and_renews(
        lambda: certbot_get(device, names, *options),
        lambda: certbot(device, "renew", "--force-renewal", "--no-random-sleep-on-renew"),
        device.folder / "certbot/live/home/fullchain.pem", names, kind, keeps)


def test_certbot_by_files_of_a_web_site(device):
    certbot_gets_and_renews(device, [NAME], "http-01", "--webroot", "-w", device.service.web)


def uacme_gets_and_renews(device, names, kind, env, hook):
    def uacme(*words):
        device.client("uacme", "--yes", "--confdir", device.folder / "uacme", "--acme-url",
                      device.pebble.url, "--hook", hook, *words, env=env, own_store=True)
    may_mount(pytest.skip)
    uacme("new")
    device.gets_and_renews(lambda: uacme("issue", *names),
                           lambda: uacme("--days", 36500, "issue", *names),
                           device.folder / f"uacme/{names[0]}/cert.pem", names, kind)


def test_uacme_by_its_own_hook(device):
    uacme_gets_and_renews(device, [NAME], "http-01",
                          {"UACME_CHALLENGE_PATH": str(device.service.challenges)},
                          "/usr/share/uacme/uacme.sh")


def dehydrated_gets_and_renews(device, names, kind, *settings, settings_later=()):
    config, base = device.folder / "dehydrated.conf", device.folder / "dehydrated"
    base.mkdir()

    def dehydrated(*words, days=30, more=()):
        config.write_text("\n".join([
            f"CA={device.pebble.url}", f"BASEDIR={base}", f"RENEW_DAYS={days}",
            f"CHALLENGETYPE={kind}", "KEYSIZE=2048", *settings, *more, ""]))
        device.client("dehydrated", "--config", config, *words)
    dehydrated("--register", "--accept-terms")
    (base / "domains.txt").write_text(" ".join(names) + "\n")
    device.gets_and_renews(lambda: dehydrated("--cron"),
                           lambda: dehydrated("--cron", days=36500, more=settings_later),
                           base / f"certs/{names[0]}/fullchain.pem", names, kind)


def test_dehydrated_by_its_folder(device):
    dehydrated_gets_and_renews(device, [NAME], "http-01",
                               f"WELLKNOWN={device.service.challenges}")


def lego(device, names, *words, env=None):
    device.client(
        "lego", "--server", device.pebble.url, "--accept-tos", "--email", "owner@example.org",
        "--path", device.folder / "lego", "--key-type", "ec256",
        *(word for name in names for word in ("-d", name)), *words, env=env)


def test_lego_by_files_of_a_web_site(device):
    lego(device, [NAME], "--http", "--http.webroot", device.service.web, "run")
    assert names_of(device.folder / f"lego/certificates/{NAME}.crt") == [NAME]


# ---- DNS-01 by the hooks ---------------------------------------------------------------------

def test_certbot_by_its_hook_with_a_wildcard(device):
    certbot_gets_and_renews(
        device, device.both, "dns-01", "--manual", "--preferred-challenges", "dns",
        "--manual-auth-hook", f"{HOOKS}/certbot-hook add",
        "--manual-cleanup-hook", f"{HOOKS}/certbot-hook remove")


def test_uacme_by_its_hook_with_a_wildcard(device):
    uacme_gets_and_renews(device, device.both, "dns-01", None, HOOKS / "uacme-hook")


def test_dehydrated_by_its_hook_with_a_wildcard_one_by_one_and_all_at_once(device):
    dehydrated_gets_and_renews(device, device.both, "dns-01", f"HOOK={HOOKS}/dehydrated-hook",
                               settings_later=["HOOK_CHAIN=yes"])


# acme.sh reads the file and calls its functions; what it lends to it is as its own documentation has it.
ACME_SH = """
_savedomainconf() { printf '%s=%s\\n' "$1" "$2" >>domain.conf; }
_readdomainconf() { sed -n "s/^$1=//p" domain.conf | tail -n 1; }
_err() { echo "acme.sh: $*" >&2; }
. "$1/dns_rove.sh"
shift
"$@"
"""


def test_the_functions_for_acme_sh_keep_their_settings_for_renewals(device):
    home = device.folder / "acme.sh"
    (home / "dnsapi").mkdir(parents=True)
    (device.folder / "domain.conf").touch()

    def call(*words, settings=None):
        env = {"ROVE_TXT_FILE": "/nowhere", "LE_WORKING_DIR": str(home)} | (settings or {})
        return device.run("sh", "-c", ACME_SH, "sh", HOOKS, *words, env=env)

    add = ("dns_rove_add", f"_acme-challenge.{device.host}", VALUE)
    done = call(*add)
    assert (done.returncode, "acme.sh: rove-txt is missing" in done.stderr) == (1, True)
    (home / "dnsapi/rove-txt").symlink_to(HOOKS / "rove-txt")
    done = call(*add)
    assert done.returncode != 0 and "no URL" in done.stderr
    done = call(*add, settings={"ROVE_URL": device.url, "ROVE_TOKEN": device.token})
    assert done.returncode == 0, done.stderr
    device.wait_values(VALUE)
    done = call("dns_rove_rm", f"_acme-challenge.{device.host}", VALUE)
    assert done.returncode == 0, done.stderr
    device.wait_values()


# ---- DNS-01 by what clients speak themselves --------------------------------------------------

def test_lego_by_httpreq_in_both_modes(device):
    names = [f"*.{device.host}"]  # one alone: lego takes seconds for each
    password = device.folder / "password"
    password.write_text(device.token + "\n")
    env = {"HTTPREQ_ENDPOINT": f"{device.url}/httpreq", "HTTPREQ_USERNAME": "any",
           "HTTPREQ_PASSWORD_FILE": str(password)}
    options = ("--dns", "httpreq", "--dns.disable-cp", "--dns.resolvers",
               f"{device.rove.address}:{device.rove.dns_port}")
    device.gets_and_renews(
        lambda: lego(device, names, *options, "run", env=env),
        lambda: lego(device, names, *options, "renew", "--days", 36500, "--no-random-sleep",
                     env=env | {"HTTPREQ_MODE": "RAW"}),
        device.folder / f"lego/certificates/_.{device.host}.crt", names, "dns-01")


# Debian's lego is built without acme-dns, and nothing else there speaks it.
ACME_DNS = """curl -fsS -H "X-Api-User: $CERTBOT_DOMAIN" -H "X-Api-Key: $TOKEN" \
    -d "{\\"subdomain\\": \\"$CERTBOT_DOMAIN\\", \\"txt\\": \\"$CERTBOT_VALIDATION\\"}" "$URL/update"
"""


def test_an_authority_is_content_with_the_values_of_acmedns(device):
    hook = device.folder / "hook"
    hook.write_text(f"#!/bin/sh\nURL={device.url} TOKEN={device.token}\n{ACME_DNS}")
    hook.chmod(0o700)
    certbot_gets_and_renews(device, device.both, "dns-01", "--manual", "--preferred-challenges",
                            "dns", "--manual-auth-hook", hook, keeps=2)


# ---- rove-txt ---------------------------------------------------------------------------------

def test_rove_txt_takes_every_spelling_of_the_name(device):
    bare, add, remove = device.host, "add", "remove"
    for name in bare, f"*.{bare}", f"_acme-challenge.{bare}", f"{bare}.":
        for verb, values in (add, [VALUE]), (add, [VALUE]), (remove, []), (remove, []):
            done = device.run(ROVE_TXT, verb, name, VALUE)
            assert (done.returncode, done.stdout) == (0, ""), (name, done.stderr)
            device.wait_values(*values)


def test_rove_txt_shows_the_token_to_nobody(device):
    folder = device.folder / "bin"
    folder.mkdir()
    (folder / "curl").write_text(f"""#!/bin/sh
printf '%s\\n' "$@" >{folder}/arguments
tr '\\0' '\\n' </proc/$PPID/cmdline >>{folder}/arguments
tee {folder}/input | {shutil.which("curl")} "$@"
""")
    (folder / "curl").chmod(0o755)
    done = device.run(ROVE_TXT, "add", device.host, VALUE,
                      env={"PATH": f"{folder}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr
    device.wait_values(VALUE)
    assert VALUE in (folder / "arguments").read_text()
    assert device.token not in (folder / "arguments").read_text()
    assert device.token in (folder / "input").read_text()


def test_rove_txt_says_what_is_wrong_and_changes_nothing(device):
    host, url, token = device.host, device.url, device.token
    good = f"url {url}\ntoken {token}\n"
    add = ("add", host, VALUE)
    weak = device.rove.ctl("token", "add", host)["secret"]
    aliased = f"alias.{ZONE}"
    device.rove.ctl("host", "add", aliased, "--owner", "owner@example.org")
    own = device.rove.ctl("token", "add", aliased, "--right", "txt")["secret"]
    device.rove.ctl("record", "add", f"_acme-challenge.{aliased}", "--type", "CNAME",
                    "--data", "elsewhere.example.net.")
    rows = [
        (good, 0o600, ("set", host, VALUE), 2, "usage"),
        (good, 0o600, ("add", host), 2, "usage"),
        (good, 0o600, ("add", host, "key.authorization"), 2, "set the client to the challenge dns-01"),
        (good, 0o600, ("add", "no name", VALUE), 2, "no name of a host"),
        (good, 0o640, add, 2, "chmod 600"),
        (good, 0o604, add, 2, "chmod 600"),
        (f"token {token}\n", 0o600, add, 2, "no URL"),
        (f"url {url}\n", 0o600, add, 2, "no token"),
        (f"{good}tokn x", 0o600, add, 2, 'unknown word "tokn"'),
        (f"url {url}\ntoken a\"b\n", 0o600, add, 2, "no token has"),
        (f"url http://ddns.example.org\ntoken {token}", 0o600, add, 2, "https://"),
        (f"url {url}\ntoken {'x' * 24}", 0o600, add, 1, "not valid"),
        (f"url {url}\ntoken {weak}", 0o600, add, 1, "has not the right txt"),
        (good, 0o600, ("add", f"www.{host}", VALUE), 1, "no host of the token"),
        (good, 0o600, ("add", ZONE, VALUE), 1, "no host of the token"),
        (f"url {url}\ntoken {own}", 0o600, ("add", aliased, VALUE), 1, "there is an alias"),
        (f"url {url}/elsewhere\ntoken {token}", 0o600, add, 1, "does not answer as Rove does"),
    ]
    for settings, mode, args, code, words in rows:
        device.settings.write_text(settings)
        device.settings.chmod(mode)
        done = device.run(ROVE_TXT, *args)
        assert (done.returncode, words in done.stderr) == (code, True), (args, settings, done.stderr)
        assert token not in done.stderr and done.stdout == ""
    assert device.values() == []


@contextlib.contextmanager
def service_that_says(*replies):
    """The URL of a service with these replies, a pair of status and text each."""
    left = list(replies)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            status, text, *fields = left.pop(0)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in [("Content-Length", str(len(text))), *fields]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    assert not left


def test_rove_txt_asks_again_after_trouble_and_tells_what_may_pass(device):
    trouble, late = (503, "911\n"), ("Rove-Secondaries", "no")
    rows = [
        ([trouble, (200, "good \n")], 0, ""),
        ([trouble] * 3, 3, "try again later"),
        ([(200, "nochg \n", late)], 0, "not every name server"),
        ([(200, "abuse\n")], 1, "is blocked"),
        ([(200, "<html>good </html>\n")], 1, "does not answer as Rove does"),
        ([(301, "", ("Location", "https://ddns.example.org/"))], 1, "does not answer as Rove does"),
    ]
    for replies, code, words in rows:
        with service_that_says(*replies) as url:
            done = device.run(ROVE_TXT, "add", device.host, VALUE, env={"ROVE_URL": url})
        assert (done.returncode, words in done.stderr) == (code, True), (replies, done.stderr)
        assert words or not done.stderr
    done = device.run(ROVE_TXT, "add", device.host, VALUE,
                      env={"ROVE_URL": f"http://127.0.0.1:{free_port()}"})
    assert done.returncode == 3 and "cannot be asked" in done.stderr


def test_a_name_elsewhere_is_proved_by_an_alias(device):
    name = f"www.{ZONE}"
    device.rove.ctl("record", "add", f"_acme-challenge.{name}", "--type", "CNAME",
                    "--data", f"_acme-challenge.{device.host}.")
    with open(device.settings, "a") as settings:
        settings.write(f"alias other.example.net nowhere.example.net\nalias {name} {device.host}\n")
    certbot_get(device, [name], "--manual", "--preferred-challenges", "dns",
                "--manual-auth-hook", f"{HOOKS}/certbot-hook add",
                "--manual-cleanup-hook", f"{HOOKS}/certbot-hook remove")
    assert names_of(device.folder / "certbot/live/home/fullchain.pem") == [name]
    device.wait_values()
