# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the web pages, as front serves them; what is in them is for others to test."""
import gzip
import hashlib
import http.client
import json
import signal

import pytest

from api import with_api
from harness import basic, wait_until

INDEX = b"<!doctype html><title>Rove</title>"
SCRIPT = b"document.title = 'Rove';\n" * 100
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
FIELDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Resource-Policy": "same-origin"}


def about(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def build(folder, index=INDEX, script=SCRIPT, more=()):
    """Writes pages as web/build.mjs does, the manifest last."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(script, mtime=0)
    (folder / "index.html").write_bytes(index)
    (folder / "assets" / "app-1.js").write_bytes(script)
    (folder / "assets" / "app-1.js.gz").write_bytes(packed)
    files = [{"path": "index.html", "type": "text/html; charset=utf-8", "plain": about(index)},
             {"path": "assets/app-1.js", "type": "text/javascript", "plain": about(script),
              "gzip": about(packed)}, *more]
    (folder / "manifest.json").write_text(json.dumps(
        {"version": 1, "pages": ["/", "/hosts", "/hosts/"], "files": files}))


@pytest.fixture
def pages(make_rove, tmp_path):
    """A service with the folder of its pages, which is still empty."""
    folder = tmp_path / "pages"
    folder.mkdir()
    rove = with_api(make_rove(), f'pages = "{folder}"')
    rove.pages = folder
    return rove


def ask(rove, path, method="GET", host=None, **fields):
    """The reply, with its body in `text`."""
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or rove.origin.partition("://")[2])
        for name, value in fields.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        reply = connection.getresponse()
        reply.text = reply.read()
        return reply
    finally:
        connection.close()


def said(rove, event, words=""):
    """Waits until the newest line with the event has the words."""
    wait_until(lambda: words in "".join(rove.events(event)[-1:]) and rove.events(event), 5,
               f"the log has {event} {words}")


def reload(rove):
    rove.processes["roved"].send_signal(signal.SIGHUP)


def test_every_reply_to_people_under_the_origin_has_what_keeps_pages_safe(pages):
    build(pages.pages)
    pages.start()
    for method, path, status in (
            ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/hosts/a.example", 200),
            ("GET", "/assets/app-1.js", 200), ("GET", "/nothing", 404), ("POST", "/hosts", 405),
            ("GET", "/assets/../manifest.json", 404), ("GET", "/%2e%2e/rove.conf", 404),
            ("GET", "/checkip", 200), ("GET", "/json", 200), ("GET", "/healthz", 200),
            ("POST", "/checkip", 405), ("GET", "/.well-known/acme-challenge/none", 404),
            ("GET", "/u/none", 404), ("GET", "/register", 405)):
        reply = ask(pages, path, method)
        assert reply.status == status, (method, path, reply.status)
        if path in ("/u/none", "/register"):
            continue  # a page with a policy of its own, and one for devices
        assert reply.getheader("Content-Security-Policy") == POLICY, (method, path)
        for name, value in FIELDS.items():
            assert reply.msg.get_all(name) == [value], (method, path, name)
        assert "camera=()" in reply.getheader("Permissions-Policy")
    api = ask(pages, "/api/v1/nothing")
    assert api.status in (401, 404) and "default-src 'none'" in api.getheader("Content-Security-Policy")
    assert "script-src" not in api.getheader("Content-Security-Policy")


def test_the_host_decides_and_updates_go_on_under_every_name(pages):
    build(pages.pages)
    pages.start().add_zone()
    token = pages.add_host("home.dyn.example.org")
    assert ask(pages, "/").text == INDEX
    for host in (f"127.0.0.1:{pages.http_port}", "ddns.example.org"):
        assert b"Current IP Address: 127.0.0.1" in ask(pages, "/", host=host).text
        assert ask(pages, "/hosts", host=host).status == 404
        assert not ask(pages, "/", host=host).getheader("Content-Security-Policy")
    for host in (None, "ddns.example.org"):
        reply = ask(pages, "/nic/update?hostname=home.dyn.example.org&myip=192.0.2.7", host=host,
                    Authorization=basic("home.dyn.example.org", token))
        assert reply.text.split()[0] in (b"good", b"nochg"), reply.text


def test_files_are_sent_packed_and_kept_by_the_browser(pages):
    build(pages.pages)
    pages.start()
    packed = ask(pages, "/assets/app-1.js", Accept_Encoding="gzip, br")
    assert gzip.decompress(packed.text) == SCRIPT and len(packed.text) < len(SCRIPT) / 5
    assert packed.getheader("Content-Encoding") == "gzip"
    assert packed.getheader("Vary") == "Accept-Encoding"
    assert packed.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert ask(pages, "/assets/app-1.js").text == SCRIPT
    page = ask(pages, "/hosts")
    assert page.getheader("Cache-Control") == "no-cache"
    again = ask(pages, "/", If_None_Match=page.getheader("ETag"))
    assert again.status == 304 and again.text == b""


def test_pages_come_by_a_reload_and_a_bad_build_leaves_the_last(pages):
    pages.start()
    said(pages, "no-pages", "manifest.json")
    assert b"Current IP Address" in ask(pages, "/").text
    build(pages.pages)
    reload(pages)
    wait_until(lambda: ask(pages, "/").text == INDEX, 5, "the pages are there")
    newer = INDEX + b"<p>newer"
    build(pages.pages, newer)
    (pages.pages / "assets" / "app-1.js").write_bytes(b"half")
    reload(pages)
    said(pages, "pages-not-read", "app-1.js: is not as manifest.json says")
    assert ask(pages, "/").text == INDEX and ask(pages, "/assets/app-1.js").text == SCRIPT
    large = b"x" * (8 << 20)
    (pages.pages / "large").write_bytes(large)
    build(pages.pages, newer, more=[{"path": "large", "type": "text/plain", "plain": about(large)}])
    reload(pages)
    said(pages, "pages-not-read", "more than 8388608 bytes in all")
    build(pages.pages, newer, more=[{"path": "../rove.conf", "type": "text/plain",
                                     "plain": about(pages.config.read_bytes())}])
    reload(pages)
    said(pages, "pages-not-read", "is no name of a file")
    assert ask(pages, "/").text == INDEX
    build(pages.pages, newer)
    reload(pages)
    wait_until(lambda: ask(pages, "/").text == newer, 5, "newer pages are there")


def test_a_folder_that_is_missing_stops_nothing(make_rove, tmp_path):
    rove = with_api(make_rove(), f'pages = "{tmp_path}/none"').start()
    said(rove, "no-pages", "none/manifest.json")
    assert b"Current IP Address" in ask(rove, "/").text
    assert ask(rove, "/api/v1/service").status == 200


def test_pages_can_be_switched_off(make_rove):
    rove = with_api(make_rove(), 'pages = ""').start()
    assert not rove.events("no-pages") and b"Current IP Address" in ask(rove, "/").text
