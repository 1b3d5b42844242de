# SPDX-License-Identifier: GPL-3.0-or-later
"""What each name server answers, against what was said, is stored and is published."""
import signal
import threading

import pytest

from api import Api, with_api
from harness import free_port, metrics_of, set_option, wait_until
from listen import listen
from people import HOST, invited
from secondaries import NameServer
from test_transfer import DYNAMIC, secondaries  # pylint: disable=unused-import

ZONE = "dyn.example.org"
ADDRESS, OLD = "192.0.2.7", "192.0.2.6"
# How a name server answers, and what is told of it.
LIARS = {"honest": "agrees", "late": "agrees", "too_late": "silent", "silent": "silent",
         "wrong_id": "broken", "wrong_case": "broken", "from_elsewhere": "silent",
         "truncated": "truncated", "refusing": "refused", "lame": "lame", "flooding": "broken",
         "broken": "broken"}


@pytest.fixture
def name_servers():
    """A function that makes one; they end with the test."""
    made = []

    def make(*args):
        made.append(NameServer(*args))
        return made[-1]
    yield make
    for server in made:
        server.stop()


def truth_of(rove, what="host", name=HOST):
    return rove.ctl(what, {"host": "truth", "zone": "serials"}[what], name)


def states(truth):
    """{name: state} of the servers."""
    return {server["name"]: server["state"] for server in truth["servers"]}


def wait_states(rove, want, *what):
    """Waits until the servers with these names are told to be so."""
    return wait_until(lambda: want.items() <= states(truth_of(rove, *what)).items(), 20,
                      f"{want}: {states(truth_of(rove, *what))}")


def test_each_name_server_is_told_as_it_answers(make_rove, name_servers):
    servers = {how: name_servers(how, [ADDRESS]) for how in LIARS}
    servers |= {"differs": name_servers("honest", [OLD]), "behind": name_servers("honest", [OLD])}
    rove = with_api(make_rove("".join(f'secondary "{how}" {{ ask = {{ "{server.address}" }} }}\n'
                                      for how, server in servers.items()))).start()
    rove.add_zone()
    token = rove.add_host(HOST)
    assert rove.update(HOST, token, ADDRESS, wait=1) == (200, f"good {ADDRESS}")
    serial = truth_of(rove, "zone", ZONE)["published"]["serial"]
    for how, server in servers.items():
        server.serial = serial - (how == "behind")

    want = LIARS | {"here": "agrees", "differs": "differs", "behind": "behind"}
    wait_until(lambda: (truth := truth_of(rove))["complete"] and states(truth) == want, 20,
               f"{want}: {states(truth_of(rove))}")

    owner = invited(rove, "owner@example.org")
    truth = owner.get("/host-truths/" + HOST).body
    assert truth["said"] | {"time": 0} == {
        "result": "good", "time": 0, "addresses": [ADDRESS], "source": "127.0.0.1",
        "dialect": "dyndns2", "encrypted": False, "agent": ""}
    assert truth["database"]["addresses"] == truth["published"]["addresses"] == [ADDRESS]
    assert truth["published"]["seq"] >= truth["database"]["seq"] > 0
    told = {server["name"]: server for server in truth["servers"]}
    assert told["differs"]["addresses"] == [OLD] and told["refusing"]["rcode"] == "REFUSED"
    assert told["behind"]["serial"] == serial - 1 and told["late"]["ms"] >= 200
    assert told["honest"]["address"] == servers["honest"].address
    assert owner.get("/host-truths/none." + ZONE).status == 404
    assert owner.get(f"/host-truths/{HOST}?wait=maybe").status == 400
    assert owner.get("/zone-serials/" + ZONE).body["published"]["serial"] == serial
    assert owner.get("/secondaries").status == 403

    # Whoever looks again soon asks nobody.
    asked = servers["honest"].asked
    for _ in range(5):
        assert owner.get(f"/host-truths/{HOST}?wait=0").status == 200
    assert servers["honest"].asked <= asked + 3

    # Only those that the configuration names are asked.
    text = rove.config.read_text()
    rove.config.write_text(text.replace(f'ask = {{ "{servers["silent"].address}" }}',
                                        f'from = {{ "127.0.0.1" }} ask = {{ }}'))
    rove.processes["roved"].send_signal(signal.SIGHUP)
    wait_until(lambda: "silent" not in states(truth_of(rove)), 10, "the reload is done")


def test_a_secondary_that_is_down_is_silent_and_behind_and_catches_up(secondaries):  # pylint: disable=redefined-outer-name
    rove, (nsd, knot) = secondaries("nsd", "knot")
    home = f"home.{DYNAMIC}"
    token = rove.add_host(home)
    rove.update(home, token, OLD)
    wait_states(rove, {"here": "agrees", "nsd": "agrees", "knot": "agrees"}, "host", home)
    wait_states(rove, {"here": "agrees", "nsd": "agrees", "knot": "agrees"}, "zone", DYNAMIC)
    wait_until(lambda: all(one["state"] == "answers" and one["zones_behind"] == 0
                           and one["notify"] == "acknowledged" for one in listed(rove).values()),
               20, "both are up to date")

    nsd.stop()
    assert rove.update(home, token, ADDRESS) == (200, f"good {ADDRESS}")
    wait_states(rove, {"here": "agrees", "nsd": "silent", "knot": "agrees"}, "host", home)
    wait_until(lambda: listed(rove)["nsd"]["state"] == "silent"
               and listed(rove)["nsd"]["zones_behind"] > 0 and listed(rove)["nsd"]["lag"] > 0, 20,
               "nsd is silent and behind")
    wait_until(lambda: listed(rove)["knot"]["zones_behind"] == 0, 20, "knot is up to date")
    assert {one["name"]: one["lag"] > 0 for one in truth_of(rove, "zone", DYNAMIC)["servers"]} == \
        {"here": False, "nsd": True, "knot": False}

    nsd.start()
    wait_states(rove, {"nsd": "agrees"}, "host", home)
    wait_until(lambda: listed(rove)["nsd"] | {"state": "answers", "zones_behind": 0, "lag": 0}
               == listed(rove)["nsd"], 20, "nsd has caught up")
    knot.stop()


def test_that_a_change_is_served_is_told_when_the_last_secondary_has_it(secondaries):  # pylint: disable=redefined-outer-name
    rove, (nsd, knot) = secondaries("nsd", "knot", prepare=with_api)
    home = f"home.{DYNAMIC}"
    token = rove.add_host(home)
    owner = Api(rove, rove.ctl("account", "token", "owner@example.org", "--right", "read")["secret"])
    page = listen(owner)
    assert rove.update(home, token, OLD) == (200, f"good {OLD}")
    changed = page.of_host(home, "host")
    while page.next("published").data["seq"] < changed.id:
        pass
    assert page.of_host(home, "served").data == {"name": home, "seq": changed.id}
    assert nsd.addresses(home) == knot.addresses(home) == [OLD]

    nsd.stop()
    assert rove.update(home, token, ADDRESS) == (200, f"good {ADDRESS}")
    changed = page.of_host(home, "host")
    wait_until(lambda: listed(rove)["nsd"]["state"] == "silent"
               and listed(rove)["knot"]["zones_behind"] == 0, 20, "all but nsd have it")
    # Who asks forgets it, and is asked again.
    rove.processes["roved"].send_signal(signal.SIGHUP)
    wait_until(lambda: len(rove.events("reloaded")) > 1, 20, "front and publish have reloaded")
    nsd.start()
    last = page.next("served", seconds=30)
    assert last.data == {"name": home, "seq": changed.id} == {
        "name": home, "seq": owner.get("/hosts/" + home).body["last_change"]}
    assert nsd.addresses(home) == [ADDRESS]


def listed(rove):
    return {one["name"]: one for one in rove.ctl("secondary", "list")}


def test_changes_are_published_while_a_thousand_hosts_are_looked_at(make_rove, name_servers,
                                                                    tmp_path):
    honest, silent = name_servers("honest", [ADDRESS]), name_servers("silent")
    port = free_port()
    rove = with_api(make_rove(
        f'secondary "honest" {{ notify = {{ "{honest.address}" }} }}\n'
        f'secondary "silent" {{ ask = {{ "{silent.address}" }} }}\n'
        f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}'), "read_rate = 0")
    set_option(rove, "update", "changes_per_hour = 1000000").start()
    rove.add_zone()
    lines = "".join(f"h{number} A 192.0.2.{number % 250}\n" for number in range(1000))
    (tmp_path / "zone").write_text(f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns.example.net. h.example.net. 1 2 3 4 5\n"
                                   f"@ NS ns.example.net.\n{lines}")
    rove.ctl("import", "zone", tmp_path / "zone")
    token = rove.add_host(HOST)
    secret = rove.ctl("account", "token", "owner@example.org", "--right", "read")["secret"]
    looked, over = [], threading.Event()

    def look(first):
        api = Api(rove, secret)
        for number in range(first, 1000, 4):
            looked.append(api.get(f"/host-truths/h{number}.{ZONE}?wait=0").status)
        over.set()

    threads = [threading.Thread(target=look, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    served = 0
    while served < 30 or not over.is_set():
        address = f"198.51.100.{served % 250 + 1}"
        assert rove.update(HOST, token, address, wait=1)[1].startswith("good")
        assert rove.addresses(HOST, "A") == [address]
        served += 1
    for thread in threads:
        thread.join()
    assert looked == 1000 * [200]
    wait_until(lambda: metrics_of(port).get('rove_secondary_unanswered{secondary="silent"}') not in
               (None, "0"), 10, "it is told that nobody answers")
    assert metrics_of(port)['rove_secondary_unanswered{secondary="honest"}'] == "0"
