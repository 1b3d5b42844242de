# SPDX-License-Identifier: GPL-3.0-or-later
"""What other pages make a browser send changes nothing, and cookies count where they belong."""
import http.client

from api import Api, Browser, read_document
from harness import basic
from people import ALICE, HOST, PASSWORD, invited, state


def changing_routes(rove):
    """(method, path) of every route that is not read, out of the document made of the table."""
    paths = read_document(rove)["paths"]
    found = [(method.upper(), path.replace("{id}", "1")) for path in paths for method in paths[path]]
    assert len(found) > 40
    return [(method, path) for method, path in found if method != "GET"]


def test_no_page_but_ours_changes_anything_by_any_route(served):
    browser = invited(served, "root@example.org", options=("--role", "operator"))
    other = invited(served)
    forged = {
        "no token": {"X_CSRF_Token": None},
        "a wrong token": {"X_CSRF_Token": browser.csrf[:-1] + ("0" if browser.csrf[-1] != "0" else "1")},
        "the token of another session": {"X_CSRF_Token": other.csrf},
        "no origin": {"Origin": None},
        "the origin null": {"Origin": "null"},
        "another origin": {"Origin": "https://evil.example"},
        "another port": {"Origin": served.origin + "0"},
        "another scheme": {"Origin": served.origin.replace("http:", "https:")},
    }
    before = state(served)
    for method, path in changing_routes(served):
        for what, fields in forged.items():
            reply = browser.call(method, path, {}, **fields)
            assert (reply.status, reply.code) in ((403, "csrf"), (403, "origin")), (method, path, what)
    assert state(served) == before
    assert browser.account()


def test_a_stranger_logs_in_from_our_pages_alone(served):
    invited(served)
    for origin in (None, "null", "https://evil.example"):
        reply = Browser(served).call("POST", "/session", {"email": ALICE, "password": PASSWORD},
                                     Origin=origin)
        assert (reply.status, reply.code) == (403, "origin")
    reply = Browser(served).call("POST", "/session", "email=x&password=y",
                                 Content_Type="application/x-www-form-urlencoded")
    assert reply.status == 415


def test_a_cookie_that_comes_twice_is_refused(served):
    browser = invited(served)
    for cookie in (f"__Host-rove={browser.cookie}; __Host-rove={64 * 'a'}",
                   f"__Host-rove={64 * 'a'}; x=y; __Host-rove={browser.cookie}"):
        assert browser.get("/account", Cookie=cookie).status == 400
    connection = http.client.HTTPConnection(served.address, served.http_port, timeout=10)
    connection.putrequest("GET", "/api/v1/account", skip_host=True)
    connection.putheader("Host", f"localhost:{served.http_port}")
    connection.putheader("Cookie", f"__Host-rove={browser.cookie}")
    connection.putheader("Cookie", "a=b")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


def test_updates_know_nothing_of_cookies(served):
    browser = invited(served)
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    fields = {"Cookie": f"__Host-rove={browser.cookie}", "X-CSRF-Token": browser.csrf,
              "Origin": served.origin, "Host": f"localhost:{served.http_port}"}
    assert served.get(f"/nic/update?hostname={HOST}&myip=10.1.2.3", fields) == (401, "badauth")
    with_token = fields | {"Authorization": basic(HOST, served.ctl("token", "add", HOST)["secret"])}
    assert served.get(f"/nic/update?hostname={HOST}&myip=10.1.2.3", with_token) == \
        (200, "good 10.1.2.3")
    assert served.get("/", fields)[0] == 200


def test_a_token_of_the_api_needs_no_cookie_and_takes_none(served):
    browser = invited(served)
    made = browser.call("POST", "/tokens", {"kind": "api", "rights": ["read"]})
    assert made.status == 201
    program = Api(served, made.body["secret"])
    reply = program.get("/account", Cookie=f"__Host-rove={browser.cookie}")
    assert reply.body["email"] == ALICE
    assert program.get("/sessions", Cookie=f"__Host-rove={browser.cookie}").status == 403
    assert program.call("PATCH", "/account", {"language": "de"},
                        Cookie=f"__Host-rove={browser.cookie}", Origin=served.origin,
                        X_CSRF_Token=browser.csrf).status == 403


def test_beside_https_nobody_logs_in_in_clear(make_rove):
    rove = make_rove('web { origin = "https://ddns.example.org" }').start()
    rove.origin = "https://ddns.example.org"
    url = rove.ctl("account", "invite", ALICE)["url"]
    reply = Browser(rove).call("POST", "/links/redeem",
                               {"link": url.partition("#")[2], "password": PASSWORD},
                               host="ddns.example.org")
    assert reply.status == 403 and "clear" in reply.body["detail"]
