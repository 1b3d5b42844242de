# SPDX-License-Identifier: GPL-3.0-or-later
"""Links by which people come in: whom they let in, how often, and whereto."""
import concurrent.futures
import http.client
import re
import sqlite3

from api import Browser, with_api
from people import ALICE, HOST, OTHER_PASSWORD, PASSWORD, in_again, invited, rows, state


def test_the_first_operator_comes_by_the_link_of_init_and_makes_a_host(make_rove):
    rove = with_api(make_rove())
    said = rove.roved("--init").stdout
    url = re.search(r"http://localhost:\d+/confirm#[0-9a-f]{64}", said)[0]
    assert url.startswith(rove.origin + "/")
    rove.start()
    browser = Browser(rove)
    assert browser.redeem(url, PASSWORD).body["errors"][0]["field"] == "email"
    reply = browser.redeem(url, PASSWORD, email="root@example.org")
    assert reply.status == 200 and reply.body["account"]["role"] == "operator", reply.text
    assert browser.redeem(url, PASSWORD, email="second@example.org").code == "link"
    reply = browser.call("POST", "/zones", {"name": "dyn.example.org", "owner": "root@example.org",
                                            "name_servers": ["ns.example.net"]})
    assert reply.status == 201, reply.text
    assert browser.call("POST", "/hosts", {"name": HOST}).status == 201
    secret = browser.call("POST", "/tokens", {"hosts": [HOST]}).body["secret"]
    assert rove.update(HOST, secret, "10.1.2.3") == (200, "good 10.1.2.3")


def test_init_gives_no_link_without_an_origin_or_beside_an_operator(make_rove):
    rove = make_rove()
    said = rove.roved("--init").stdout
    assert "confirm#" not in said and "web {" in said and "account invite" in said
    with_api(rove).start()
    invited(rove, options=("--role", "operator"))
    rove.stop()
    assert "confirm#" not in rove.roved("--init").stdout


def test_the_second_link_of_init_ends_the_first(make_rove):
    rove = with_api(make_rove())
    urls = [re.search(r"http\S+", rove.roved("--init").stdout)[0] for _ in range(2)]
    rove.start()
    browser = Browser(rove)
    assert browser.redeem(urls[0], PASSWORD, email=ALICE).code == "link"
    assert browser.redeem(urls[1], PASSWORD, email=ALICE).status == 200


def test_a_link_needs_an_origin(rove):
    done = rove.ctl("account", "invite", ALICE, check=False)
    assert done.returncode != 0 and "web.origin" in done.stderr
    assert ALICE not in [account["email"] for account in rove.ctl("account", "list")]


def test_of_a_hundred_who_use_a_link_at_once_one_gets_in(served):
    url = served.ctl("account", "invite", ALICE)["url"]

    def use(number):
        browser = Browser(served)
        return browser.redeem(url, f"{number} {PASSWORD}").status

    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(use, range(100)))
    assert statuses.count(200) == 1, statuses
    assert set(statuses) <= {200, 404, 429, 503}
    assert len(rows(served, "SELECT id FROM sessions")) == 1


def test_looking_at_a_link_does_not_use_it_up(served):
    url = served.ctl("account", "invite", ALICE)["url"]
    secret = url.partition("#")[2]
    before = state(served)
    for target in ("/confirm", f"/confirm?{secret}", "/api/v1/links/redeem",
                   f"/api/v1/links/redeem?link={secret}"):
        for method in ("GET", "HEAD", "OPTIONS"):
            connection = http.client.HTTPConnection(served.address, served.http_port, timeout=10)
            connection.request(method, target,
                               headers={"Host": f"localhost:{served.http_port}"})
            assert connection.getresponse().status >= 400
            connection.close()
    assert state(served) == before
    assert Browser(served).redeem(url, PASSWORD).status == 200


def test_a_link_leads_to_the_configured_origin_whatever_a_request_says(served):
    operator = invited(served, "root@example.org", options=("--role", "operator"))
    reply = operator.call("POST", "/links", {"account": ALICE}, X_Forwarded_Host="evil.example",
                          Forwarded="host=evil.example")
    assert reply.status == 201 and reply.body["url"].startswith(served.origin + "/confirm#")
    assert not reply.body["mailed"]
    assert operator.call("POST", "/links", {"account": ALICE}, host="evil.example").status == 421


def test_a_link_that_has_expired_or_was_replaced_works_no_more(served):
    urls = [served.ctl("account", "invite", ALICE)["url"] for _ in range(2)]
    assert Browser(served).redeem(urls[0], PASSWORD).code == "link"
    served.stop()
    with sqlite3.connect(served.database) as database:
        database.execute("UPDATE links SET expires_s = 1000")
    served.start()
    reply = Browser(served).redeem(urls[1], PASSWORD)
    assert (reply.status, reply.code) == (404, "link")
    assert Browser(served).redeem("#" + 64 * "a", PASSWORD).text == reply.text


def test_a_reset_gives_another_password_and_logs_nobody_in(served):
    browser = invited(served)
    assert served.ctl("account", "invite", ALICE, check=False).returncode != 0
    url = served.ctl("account", "reset", ALICE)["url"]
    other = Browser(served)
    reply = other.redeem(url, OTHER_PASSWORD)
    assert reply.status == 200 and reply.body == {"account": None} and not other.cookie
    assert browser.account() is None
    assert Browser(served).log_in(ALICE, PASSWORD).status == 403
    in_again(served, password=OTHER_PASSWORD)
