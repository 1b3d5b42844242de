# SPDX-License-Identifier: GPL-3.0-or-later
"""rove-cert with Debian's uacme against Debian's pebble, which validates for real: it asks our own
responder, and fetches files from our own HTTP."""
import shutil
import ssl
import urllib.request

import pytest

from acme import ZONE, Service, may_mount, names_of
from harness import TREE, wait_until
from https import NAME as HOST, Load
from peers import ten_times_as_fast

SCRIPT = TREE / "packaging/rove-cert"
NAME = f"update.{ZONE}"

pytestmark = [
    pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")
    for program in ("uacme", "pebble", "dig")]


class Certified(Service):
    """A service, and rove-cert for it."""

    def __init__(self, make_rove, folder, settings=None):
        super().__init__(make_rove, folder, NAME, settings)
        self.state = folder / "state"
        self.chain, self.key = self.secure.folder / "main.pem", self.secure.folder / "main.key"

    def cert(self, *args, env=None):
        """The finished rove-cert."""
        return self.run(SCRIPT, "--state", self.state, *args, own_store=True, env=env)

    def get(self, *args, env=None):
        done = self.cert("--config", self.rove.config, "--ca", self.pebble.url, *args, env=env)
        assert done.returncode == 0, done.stderr + self.pebble.log.read_text()[-4000:]
        return done

    def renew(self, env=None):
        """As if nearly all days of the certificate were over."""
        settings = self.state / "main/settings"
        settings.write_text(settings.read_text().replace("--days\n30\n", "--days\n36500\n"))
        return self.cert("--renew", env=env)

    def served(self):
        """The certificate that tls shows, in PEM."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self.secure.connect_unchecked(context, NAME) as connection:
            return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))

    def wait_taken(self):
        """tls shows what the file says."""
        wait_until(lambda: self.chain.read_text().startswith(self.served().strip()), 10,
                   "tls takes the certificate\n" + self.rove.log()[-2000:])


@pytest.fixture
def make_service(make_rove, tmp_path):
    may_mount(pytest.skip)
    made = []

    def make(settings=None):
        made.append(Certified(make_rove, tmp_path, settings))
        return made[-1]

    yield make
    for service in made:
        service.stop()


@pytest.fixture
def service(make_service):
    return make_service()


def test_a_certificate_comes_by_http_01_and_tls_takes_it_without_a_restart(service):
    before, pid = service.served(), service.rove.role_pid("tls")
    done = service.get("--name", NAME)
    assert "new certificate" in done.stdout
    assert names_of(service.chain) == [NAME]
    service.wait_taken()
    assert service.served() != before and service.rove.role_pid("tls") == pid
    assert service.key.stat().st_mode & 0o777 in (0o600, 0o640)
    assert not service.key.stat().st_mode & 0o007 and not list(service.challenges.iterdir())
    assert f"validate w/ HTTP: http://{NAME}" in service.pebble.log.read_text()
    assert not list(service.secure.folder.glob("*.new"))


def test_a_wildcard_comes_by_dns_01_and_nothing_is_left_in_the_zone(service):
    service.get("--name", ZONE, "--name", f"*.{ZONE}", "--email", "owner@example.org")
    assert names_of(service.chain) == [f"*.{ZONE}", ZONE]
    service.wait_taken()
    assert service.challenge_records() == []
    assert "validate w/ HTTP" not in service.pebble.log.read_text()


def test_renew_does_nothing_while_the_certificate_is_fresh_and_renews_it_later(service):
    service.get("--name", NAME, "--dns-01")
    chain, orders = service.chain.read_text(), service.pebble.orders()
    done = service.cert("--renew")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert service.chain.read_text() == chain
    assert service.pebble.orders() == orders
    done = service.renew()
    assert (done.returncode, done.stderr) == (0, "")
    assert service.chain.read_text() != chain
    service.wait_taken()


def test_a_certificate_that_was_lost_is_put_back(service):
    service.get("--name", NAME)
    chain = service.chain.read_text()
    service.chain.unlink()
    assert service.cert("--renew").returncode == 0
    assert service.chain.read_text() == chain


def test_a_pair_that_somebody_else_renews_is_put_in_place(service, tmp_path):
    chain, key = service.secure.authority.issue("other", [NAME], at=tmp_path)
    chain.chmod(0o600)
    pair = ("--config", service.rove.config, "--chain", chain, "--key", key)
    done = service.cert(*pair)
    assert (done.returncode, done.stdout) == (0, f"rove-cert: new certificate in {service.chain}\n")
    assert (service.chain.read_text(), service.key.read_text()) == (chain.read_text(), key.read_text())
    service.wait_taken()
    assert service.chain.stat().st_mode & 0o777 == 0o644
    assert service.key.stat().st_mode & 0o777 in (0o600, 0o640)
    done = service.cert(*pair)  # as a hook is called again, also for other certificates
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pair_that_does_not_belong_together_replaces_nothing(service, tmp_path):
    chain, _ = service.secure.authority.issue("other", [NAME], at=tmp_path)
    _, key = service.secure.authority.issue("third", [NAME], at=tmp_path)
    before = (service.chain.read_text(), service.key.read_text())
    done = service.cert("--config", service.rove.config, "--chain", chain, "--key", key)
    assert done.returncode == 1 and "the one from before stays" in done.stderr
    assert "is not the key of" in done.stderr
    assert (service.chain.read_text(), service.key.read_text()) == before
    assert not list(service.secure.folder.glob("*.new"))


def test_every_error_says_what_to_do(service):
    config = ("--config", service.rove.config, "--ca", service.pebble.url)
    rows = [
        (["--renew"], 1, "get a certificate first"),
        ([*config, "--name", "no name"], 2, "is no DNS name"),
        ([*config], 2, "no --name"),
        ([*config, "--name", f"*.{ZONE}", "--http-01"], 1, "needs --dns-01"),
        ([*config, "--name", NAME, "--certificate", "other"], 1, 'certificate "other" {'),
        (["--config", "/nowhere", "--name", NAME], 1, "--config"),
        ([*config, "--name", "www.example.net", "--dns-01"], 1, "use --http-01"),
        ([*config, "--chain", service.chain], 2, "--chain and --key go together"),
        ([*config, "--chain", service.chain, "--key", "/nowhere"], 1, "cannot read /nowhere"),
        ([*config, "--chain", service.key, "--key", service.chain], 1, "has no CERTIFICATE in PEM"),
        ([*config, "--chain", service.chain, "--key", service.chain], 1, "has no PRIVATE KEY"),
        ([*config, "--name", f"nowhere.{ZONE}"], 1, "can be reached from outside by http-01"),
    ]
    for args, code, words in rows:
        done = service.cert(*args)
        assert (done.returncode, words in done.stderr) == (code, True), (args, done.stderr)
    chain = service.chain.read_text()
    service.pebble.stop()
    done = service.cert(*config, "--name", NAME, env=ten_times_as_fast("uacme"))
    assert done.returncode == 1 and "can be reached" in done.stderr
    assert service.chain.read_text() == chain and service.challenge_records() == []


# ---- an authority that makes it hard -----------------------------------------------------------

def uacme_that(service, script):
    """The PATH with a uacme in it that runs the script; $REAL is the real one."""
    folder = service.folder / "bin"
    folder.mkdir()
    (folder / "uacme").write_text(f"#!/bin/sh\nREAL={shutil.which('uacme')}\n"
                                  f"LOG={service.folder}/uacme\n{script}")
    (folder / "uacme").chmod(0o755)
    return {"PATH": f"{folder}:{service.path()}"}


TALKS = """
"$REAL" -v "$@" 2>"$LOG.one"
status=$?
cat "$LOG.one" >>"$LOG.log"
cat "$LOG.one" >&2
exit $status
"""


def test_refused_nonces_and_slow_validations_hold_up_no_renewal(make_service):
    service = make_service({"PEBBLE_WFE_NONCEREJECT": "20", "PEBBLE_VA_SLEEPTIME": "2"})
    env = uacme_that(service, TALKS)
    service.get("--name", ZONE, "--name", f"*.{ZONE}", env=env)
    chain = service.chain.read_text()
    done = service.renew(env=env)
    assert done.returncode == 0, done.stderr
    assert service.chain.read_text() != chain
    service.wait_taken()
    assert "server rejected nonce" in (service.folder / "uacme.log").read_text()
    assert service.challenge_records() == []


GIVES_UP = """
echo "$*" >>"$LOG.calls"
case "$*" in *" issue "*) ;; *) exec "$REAL" "$@" ;; esac
[ "$(grep -c " issue " "$LOG.calls")" -gt "$(cat "$LOG.refusals")" ] && exec "$REAL" "$@"
echo 'uacme: the server reported the following error: "urn:ietf:params:acme:error:'$WHY'"' >&2
exit 2
"""


def test_only_an_order_that_failed_for_its_nonces_is_begun_anew(service):
    env = uacme_that(service, GIVES_UP)
    calls = service.folder / "uacme.calls"
    for why, refusals, count, code in (("badNonce", 2, 3, 0), ("badNonce", 9, 3, 1),
                                       ("rateLimited", 1, 1, 1)):
        (service.folder / "uacme.refusals").write_text(str(refusals))
        calls.write_text("")
        done = service.cert("--config", service.rove.config, "--ca", service.pebble.url, "--name",
                            NAME, "--days", 36500, env=env | {"WHY": why})
        assert done.returncode == code, done.stderr
        assert (why in done.stderr) == (code != 0)
        assert calls.read_text().count(" issue ") == count


# ---- under load --------------------------------------------------------------------------------

def test_a_renewal_under_load_drops_no_connection_and_shows_the_new_certificate(service):
    secret = service.rove.add_host(HOST)
    service.get("--name", NAME)
    service.wait_taken()
    old = ssl.PEM_cert_to_DER_cert(service.served())
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=service.pebble.authority.context()))
    with opener.open(service.pebble.root_url, timeout=20) as root:
        context = ssl.create_default_context(cadata=root.read().decode())
    with (Load(service.secure, secret, context, NAME, keep=True) as kept,
          Load(service.secure, secret, context, NAME) as fresh):
        wait_until(lambda: kept.done > 5 and fresh.done > 5, 30, "updates go on")
        assert service.renew().returncode == 0
        service.wait_taken()
        new = ssl.PEM_cert_to_DER_cert(service.served())
        count, kept_count = fresh.connections, kept.done
        wait_until(lambda: fresh.connections > count + 5 and kept.done > kept_count + 5, 30,
                   "updates go on")
    assert (kept.failures, fresh.failures) == ([], []), service.rove.log()[-3000:]
    assert new != old and fresh.seen == {old, new}
    assert kept.seen == {old} and kept.connections == len(kept.threads)
