# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens, as it happens: /api/v1/events."""
import signal
import socket
import subprocess

import jsonschema
import pytest

from api import Api, Browser, with_api
from harness import metrics_of, wait_until
from https import Secure
from listen import Listener, fields_of, listen
from people import ALICE, HOST, in_again, invited

BOB = "bob@example.org"
OTHER = "other.dyn.example.org"


def check_host(asker, data):
    """It is what GET /hosts/NAME shows, so that nobody has to ask again."""
    jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Host"}, resolver=asker.document().resolver).validate(data)


def with_host(rove, browser, name=HOST):
    """A host of the browser's account, and a token for it."""
    assert browser.call("POST", "/hosts", {"name": name}).status == 201
    reply = browser.call("POST", "/tokens", {"hosts": [name]})
    assert reply.status == 201, reply.text
    return reply.body["secret"]


def listeners(rove):
    return int(metrics_of(rove.metrics_port)["rove_listeners"])


def test_owners_see_what_happens_to_their_hosts_and_nobody_else_does(served):
    alice, bob = invited(served), invited(served, BOB)
    secret = with_host(served, alice)
    first, second, other = listen(alice), listen(alice), listen(bob)
    assert first.fields["content-type"] == "text/event-stream"
    assert first.fields["cache-control"] == "no-store" and first.fields["connection"] == "close"
    assert first.fields["x-accel-buffering"] == "no" and "content-length" not in first.fields
    for one in (first, second, other):
        assert one.next().kind == "published"
    assert served.update(HOST, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    for one in (first, second):
        event = one.of_host(HOST, "host")
        assert event.data == alice.get("/hosts/" + HOST).body
        check_host(alice, event.data)
        assert event.data["addresses"] == ["10.1.2.3"] and event.id == event.data["last_change"]
        published = one.next("published")
        assert published.data["seq"] >= event.id
    assert bob.call("POST", "/hosts", {"name": OTHER}).status == 201
    assert other.next("host").data["name"] == OTHER


def test_owners_see_that_a_change_is_served_once_it_is_published(served):
    """There is no secondary, so that is soon."""
    alice = invited(served)
    secret = with_host(served, alice)
    page = listen(alice)
    for last in range(1, 6):
        served.update(HOST, secret, f"10.1.2.{last}")
    newest = alice.get("/hosts/" + HOST).body["last_change"]
    seen = []
    while not seen or seen[-1].kind != "served" or seen[-1].data["seq"] < newest:
        seen.append(page.next("host", "published", "served"))
    assert seen[-1].data == {"name": HOST, "seq": newest}
    assert any(event.kind == "host" and event.id == newest for event in seen)
    assert any(event.kind == "published" and event.data["seq"] >= newest for event in seen)


def test_a_page_sees_each_request_that_names_a_host(served):
    alice = invited(served)
    secret = with_host(served, alice)
    served.update(HOST, secret, "10.1.2.3")
    page = listen(alice)
    assert served.update(HOST, secret, "10.1.2.3") == (200, "nochg 10.1.2.3")
    event = page.next("heard")
    assert (event.data["host"], event.data["result"], event.data["why"]) == (HOST, "nochg", "same")
    assert served.update(HOST, "rv_" + 24 * "a", "10.1.2.4") == (401, "badauth")
    event = page.next("failed")
    assert (event.data["host"], event.data["result"]) == (HOST, "badauth")
    assert event.data["source"] == "127.0.0.1"
    assert event.data == alice.get("/host-requests/" + HOST).body["items"][0]


def test_a_host_is_told_once_a_second_and_its_last_state_always(served):
    alice = invited(served)
    secret = with_host(served, alice)
    page = listen(alice)
    for last in range(1, 16):
        assert served.update(HOST, secret, f"10.1.2.{last}")[0] == 200
    seen = [page.of_host(HOST, "host")]
    while seen[-1].data["addresses"] != ["10.1.2.15"]:
        seen.append(page.of_host(HOST, "host"))
    assert len(seen) < 15
    assert [event.id for event in seen] == sorted(event.id for event in seen)


def test_what_is_made_set_given_away_and_removed_is_told(served):
    alice, bob = invited(served), invited(served, BOB)
    root = invited(served, "root@example.org", options=("--role", "operator"))
    page, other, everything = listen(alice), listen(bob), listen(root, "/api/v1/events?all=1")
    with_host(served, alice)
    assert page.of_host(HOST, "host").data["ttl"] == 60
    assert alice.call("PATCH", "/hosts/" + HOST, {"ttl": 300}).status == 200
    assert page.of_host(HOST, "host").data["ttl"] == 300
    assert root.call("PATCH", "/hosts/" + HOST, {"owner": BOB}).status == 200
    assert page.of_host(HOST, "host").data == {"name": HOST, "removed": True}
    assert other.of_host(HOST, "host").data["owner"] == BOB
    assert bob.call("DELETE", "/hosts/" + HOST).status == 204
    assert other.of_host(HOST, "host").data == {"name": HOST, "removed": True}
    while not (event := everything.of_host(HOST, "host")).data.get("removed"):
        check_host(root, event.data)


def test_who_comes_again_hears_what_was_missed(served):
    alice, bob = invited(served), invited(served, BOB)
    secret = with_host(served, alice)
    page = listen(alice)
    known = page.next("published").id
    page.close()
    assert known > 0
    served.update(HOST, secret, "10.1.2.3")
    with_host(served, alice, "a.dyn.example.org")
    with_host(served, alice, "b.dyn.example.org")
    with_host(served, bob, OTHER)
    served.update(HOST, secret, "10.1.2.4")
    assert alice.call("DELETE", "/hosts/b.dyn.example.org").status == 204
    page = listen(alice, Last_Event_ID=known)
    missed = page.all_until("published")
    assert [(event.kind, event.data["name"]) for event in missed[:-1]] == [
        ("host", "a.dyn.example.org"), ("host", HOST), ("host", "b.dyn.example.org")]
    assert missed[1].data["addresses"] == ["10.1.2.4"] and missed[2].data["removed"]
    # From the middle on, and over a restart.
    middle = missed[1].id
    served.stop()
    served.start()
    page = listen(alice, Last_Event_ID=middle)
    missed = page.all_until("published")
    assert [event.data.get("name") for event in missed] == ["b.dyn.example.org", None]
    page = listen(alice, Last_Event_ID=missed[-1].id)
    assert [event.kind for event in page.all_until("published")] == ["published"]


def test_who_missed_too_much_is_told_to_look(served):
    alice = invited(served)
    root = Api(served, None)
    with_host(served, alice)
    known = listen(alice).next("published").id
    made = [{"method": "POST", "path": "/hosts", "body": {"name": f"h{i}.dyn.example.org",
                                                          "owner": ALICE}} for i in range(101)]
    served.ctl("account", "add", "root@example.org", "--role", "operator")
    root.token = served.ctl("account", "token", "root@example.org", "--right", "read", "--right",
                            "write", "--right", "operate")["secret"]
    for part in (made[:60], made[60:]):
        assert root.call("POST", "/batch", {"calls": part}).status == 200
    newest = alice.get("/hosts/h100.dyn.example.org").body["last_change"]
    for last in (known, 0, newest + 1000, "-1", "x", 30 * "9", "1.0"):
        with_it = listen(alice, Last_Event_ID=last)
        first = with_it.next()
        assert (first.kind, first.data) == ("reset", {}), last
        assert first.id == newest
        with_it.close()
    # One that may have been ours went to somebody else: nobody knows, so everybody looks.
    assert root.call("PATCH", "/hosts/" + HOST, {"owner": "root@example.org"}).status == 200
    assert listen(alice, Last_Event_ID=newest).next().kind == "reset"


def test_a_silent_stream_gets_a_sign_of_life(make_rove):
    rove = with_api(make_rove(), "event_keepalive = 1").start(env={"ROVE_FAULT": "events.full:1"})
    rove.add_zone()
    alice = invited(rove)
    refused = Listener(rove, **fields_of(alice))
    assert refused.status == 503 and int(refused.fields["retry-after"]) > 0
    page = listen(alice)
    assert page.next().kind == "published"
    wait_until(lambda: hears_a_comment(page), 10, "a comment came")
    assert not page.is_over


def hears_a_comment(page):
    before = page.comments
    try:
        page.next(seconds=0.2)
    except TimeoutError:
        pass
    return page.comments > before


def test_who_listens_to_nothing_gets_a_problem_before_any_stream(served):
    alice = invited(served)
    with_host(served, alice)
    secret = alice.call("POST", "/tokens", {"kind": "api", "rights": ["write"]}).body["secret"]
    for asker, path, status in ((Browser(served), "/events", 401), (Api(served, secret), "/events", 403),
                                (Api(served, "rv_" + 24 * "a"), "/events", 401),
                                (alice, "/events?all=1", 403), (alice, "/events?all=2", 400)):
        assert asker.get(path).status == status, path
    assert alice.call("POST", "/events", {}).status == 405
    reply = alice.call("HEAD", "/events")
    assert reply.status == 200 and reply.type == "text/event-stream"
    assert "content-length" not in reply.fields


def test_a_stream_ends_with_what_let_it_in(served):
    def of_token(account, *rights):
        made = served.ctl("account", "token", account, *[word for right in rights
                                                         for word in ("--right", right)])
        return made["id"], listen(Api(served, made["secret"]))
    alice, bob = invited(served), invited(served, BOB)
    number, program = of_token(ALICE, "read")
    _, of_bob = of_token(BOB, "read")
    page, stays, of_page = listen(alice), listen(in_again(served)), listen(bob)
    assert alice.call("DELETE", "/session").status == 204
    assert page.ends(5)
    served.ctl("token", "remove", str(number))
    assert program.ends(5)
    served.ctl("account", "set", BOB, "--role", "operator")
    assert of_page.ends(5) and of_bob.ends(5)
    page = listen(bob, "/api/v1/events?all=1")
    served.ctl("account", "set", BOB, "--state", "blocked")
    assert page.ends(5)
    assert not stays.is_over and listeners(served) == 1


def test_so_many_listen_and_no_more(served):
    alice = invited(served)
    secret = alice.call("POST", "/tokens", {"kind": "api", "rights": ["read"]}).body["secret"]
    streams = []
    for number, asker in enumerate((alice, Api(served, secret))):
        streams += [listen(asker) for _ in range(4)]
        refused = Listener(served, **fields_of(asker))
        assert refused.status == 429 and int(refused.fields["retry-after"]) > 0
        streams.pop().close()
        wait_until(lambda count=4 * number + 3: listeners(served) == count, 5, "one has gone")
        streams.append(listen(asker))


def test_who_does_not_read_is_ended_and_the_others_are_not(served):
    alice = invited(served)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((served.address, served.http_port))
    deaf = Listener(served, connection, **fields_of(alice))
    page = listen(alice)
    for number in range(4):
        assert alice.call("POST", "/batch", {"calls": [
            {"method": "POST", "path": "/hosts", "body": {"name": f"h{number}x{i}.dyn.example.org"}}
            for i in range(60)]}).status == 200
        while page.next("host").data["name"] != f"h{number}x59.dyn.example.org":
            pass
    wait_until(lambda: listeners(served) == 1, 5, "the deaf one has ended")
    assert deaf.ends() and not page.is_over


def test_what_a_listener_sends_is_thrown_away_and_its_end_is_the_streams(served):
    page = listen(invited(served))
    page.connection.sendall(1000 * b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert page.next().kind == "published"
    page.connection.shutdown(socket.SHUT_WR)
    assert page.ends() and not page.rest
    assert listeners(served) == 0


def test_streams_outlive_a_reload_and_end_at_once_with_their_process(served):
    alice = invited(served)
    secret = with_host(served, alice)
    page = listen(alice)
    served.processes["roved"].send_signal(signal.SIGHUP)
    wait_until(lambda: served.events("reloaded"), 20, "it is reloaded")
    served.update(HOST, secret, "10.1.2.3")
    event = page.of_host(HOST, "host")
    assert event.data["addresses"] == ["10.1.2.3"]
    served.processes["roved"].send_signal(signal.SIGUSR2)
    assert page.ends()
    wait_until(lambda: served.events("roles-replaced"), 60, "the roles are replaced")
    served.update(HOST, secret, "10.1.2.4")
    page = listen(alice, Last_Event_ID=event.id)
    assert page.of_host(HOST, "host").data["addresses"] == ["10.1.2.4"]
    served.processes["roved"].terminate()
    assert page.ends()
    assert served.processes["roved"].wait(60) == 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_stream_goes_through_tls_too(make_rove, tmp_path, version):
    secure = Secure(make_rove, tmp_path)
    rove, port = secure.rove, secure.port
    rove.origin = f"https://update.example.org:{port}"
    rove.config.write_text(rove.config.read_text() +
                           f'web {{ origin = "{rove.origin}" event_keepalive = 1 }}\n')
    secure.start()
    rove.ctl("account", "add", ALICE)
    rove.ctl("host", "add", HOST, "--owner", ALICE)
    secret = rove.ctl("token", "add", HOST)["secret"]
    asker = Api(rove, rove.ctl("account", "token", ALICE, "--right", "read")["secret"])
    page = Listener(rove, secure.connect(), version=version, **fields_of(asker))
    assert page.status == 200
    assert page.next().kind == "published"
    assert secure.update(HOST, secret, "10.1.2.3") == "good 10.1.2.3"
    assert page.of_host(HOST, "host").data["addresses"] == ["10.1.2.3"]
    wait_until(lambda: hears_a_comment(page), 10, "a comment came")
    rove.processes["roved"].terminate()
    assert page.ends()


def test_curl_shows_what_happens(served):
    alice = invited(served)
    secret = with_host(served, alice)
    with subprocess.Popen(
            ["curl", "-sSN", "--noproxy", "*", "-H", f"Cookie: __Host-rove={alice.cookie}",
             f"{served.origin}/api/v1/events"], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout.readline() == "retry: 2000\n"
        served.update(HOST, secret, "10.1.2.3")
        while "10.1.2.3" not in curl.stdout.readline():
            pass
        served.stop()
        assert curl.wait(20) == 0
