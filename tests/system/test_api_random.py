# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests at random out of the document of the API: whatever comes, the service answers as the
document says, and never with trouble of its own."""
import http.client
import json
import os
import random
import urllib.parse

import pytest

from api import Document, Reply, read_document, with_api
from harness import free_port
from people import in_again, invited

REQUESTS = int(os.environ.get("ROVE_API_REQUESTS", "20000"))  # of all roles together
ROLES = ["operator", "user", "person"]
KEEPER = "keeper@example.org"
ODD_TEXTS = ["", " ", "a", "x" * 70, "x" * 300, "-", "*", "*.dyn.example.org", "a..b", ".", "\x01",
             "é", "a\nb", "\U0001f600", "192.0.2.1", "::1", "fe80::1%eth0", "10.0.0.1/8",
             "nobody@example.org", "%00", "\\", "'; --", "null", "0", "-1", "{}"]
# What members of these names, and paths that begin so, may well hold.
EMAILS, NAMES = ["root@example.org", "alice@example.org"], [f"n{n}.dyn.example.org" for n in range(9)]
LIKELY = {"email": EMAILS, "account": EMAILS, "owner": EMAILS + [KEEPER], "name": NAMES, "host": NAMES, "follows": NAMES,
          "zone": ["dyn.example.org"], "hosts": [NAMES[:1], NAMES[1:2]], "type": ["TXT", "A"], "data": ["x", "192.0.2.1"],
          "addresses": [["192.0.2.1"], ["2001:db8::1"], []], "fallback": [["192.0.2.9"]], "word": ["bank*", "shop"],
          "network": ["198.51.100.0/24"], "networks": [["127.0.0.0/8"]], "rights": [["read"]], "to": EMAILS,
          "kind": ["transfer", "invite", "api", "update"], "ttl": [60, 300], "name_servers": [["ns.example.net"]],
          "/accounts": EMAILS, "/account-": EMAILS, "/purges": EMAILS, "/zone": ["dyn.example.org"],
          "/delegations": ["dyn.example.org"], "/host": NAMES, "/name-": NAMES, "/quarantine": NAMES, "/contacts": NAMES,
          "/mail-texts": ["test", "reset"]}
ODD_NUMBERS = [0, 1, -1, 7, 60, 255, 256, 65536, 2**31, 2**32, 2**53, 2**63 - 1, -2**63]
ODD_VALUES = [None, True, False, [], {}, [None], [[]], 0.5, 1e99, "text", 5, [1, 2], {"a": {}}]


class Maker:
    """Makes requests from the document: mostly of its form, sometimes off it."""

    def __init__(self, document, rng, spared):
        self.document = document
        self.rng = rng
        self.numbers = [str(number) for number in range(1, 20) if number not in spared]
        self.operations = [(path, method, operation)
                           for path, methods in document.document["paths"].items()
                           for method, operation in methods.items()
                           if path not in ("/backups",  # each writes a file
                                           "/events",  # has no end
                                           "/sessions") and  # is that of the asker
                           (path, method) != ("/session", "delete")]
        self.known = ["dyn.example.org", "home.dyn.example.org", "root@example.org",
                      "alice@example.org", "1", "2"]

    def text(self):
        rng = self.rng
        if rng.random() < 0.5:
            return rng.choice(self.known)
        if rng.random() < 0.5:
            return f"n{rng.randrange(50)}.dyn.example.org"
        return rng.choice(ODD_TEXTS)

    def value(self, schema):
        rng = self.rng
        if rng.random() < 0.1:
            return rng.choice(ODD_VALUES)
        if "enum" in schema:
            return rng.choice(schema["enum"])
        kind = schema["type"] if isinstance(schema["type"], str) else rng.choice(schema["type"])
        if kind == "integer":
            return rng.choice(ODD_NUMBERS)
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(rng.randrange(4))]
        return None if kind == "null" else self.text()

    def body(self, operation):
        rng = self.rng
        found = operation["requestBody"]["content"]["application/json"]["schema"]
        if "$ref" not in found:
            return {"calls": [{"method": "PATCH", "path": "/hosts/" + self.text(),
                               "body": {"ttl": rng.choice(ODD_NUMBERS)}}
                              for _ in range(rng.randrange(4))]}
        schema = self.document.resolver.resolve(found["$ref"])[1]
        is_likely = rng.random() < 0.5
        body = {key: rng.choice(LIKELY[key]) if is_likely and key in LIKELY else self.value(member)
                for key, member in schema["properties"].items()
                if key in schema["required"] or rng.random() < (0.1 if is_likely else 0.3)}
        if rng.random() < 0.05:
            body["other"] = 1
        return body

    def request(self):
        """(method, path, body as text or None)"""
        rng = self.rng
        path, method, operation = rng.choice(self.operations)
        which = next((texts for begin, texts in LIKELY.items() if path.startswith(begin)), self.numbers)
        which = rng.choice(which) if rng.random() < 0.5 else self.text()
        path = path.replace("{id}", urllib.parse.quote(which, safe=""))
        asked = [f"{one['name']}={urllib.parse.quote(str(self.value(one['schema'])), safe='')}"
                 for one in operation["parameters"] if one["in"] == "query"
                 and rng.random() < 0.3]
        text = None
        if "requestBody" in operation:
            text = json.dumps(self.body(operation))
            if rng.random() < 0.03:
                text = text[:rng.randrange(len(text))]
        return method.upper(), path + ("?" + "&".join(asked) if asked else ""), text


class Asker:
    """Who asks, over one connection: a program with a token, or a person with a session."""

    def __init__(self, rove, role):
        self.rove = rove
        if role == "person":
            invited(rove, KEEPER)
            for _ in range(2):  # the maker knows the numbers 1 and 2
                browser = in_again(rove, KEEPER)
            self.proof = {"Origin": rove.origin, "X-CSRF-Token": browser.csrf,
                          "Cookie": f"__Host-rove={browser.cookie}"}
        else:
            rove.ctl("account", "add", KEEPER, "--role", role)
            rights = ["read", "write"] + (["operate"] if role == "operator" else [])
            for _ in range(3):
                made = rove.ctl("account", "token", KEEPER,
                                *[word for right in rights for word in ("--right", right)])
            self.proof = {"Authorization": f"Bearer {made['secret']}"}
        self.connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=60)

    def ask(self, method, path, body):
        sent = {"Host": f"localhost:{self.rove.http_port}"} | self.proof
        if body is not None:
            sent["Content-Type"] = "application/json"
        self.connection.request(method, "/api/v1" + path, body, sent)
        reply = Reply(self.connection.getresponse())
        if "set-cookie" in reply.fields:
            self.proof["Cookie"] = reply.fields["set-cookie"].partition(";")[0]
            self.proof["X-CSRF-Token"] = self.ask("GET", "/session", None).body["csrf"]
        return reply


@pytest.mark.parametrize("role", ROLES)
def test_random_requests_are_answered_as_the_document_says(make_rove, role):
    seed = int(os.environ.get("ROVE_SEED", random.randrange(1 << 32)))
    rng = random.Random(seed)
    rove = with_api(make_rove(), 'read_rate = 0 write_rate = 0 sign_up = "open"')
    # Nobody listens there, so mails wait.
    rove.config.write_text(rove.config.read_text() + f"""
mail {{ server = "smtp://localhost:{free_port()}" from = "rove@example.org" tls = "off" }}
""")
    rove.start()
    rove.add_zone()
    rove.ctl("zone", "set", "dyn.example.org", "--policy", "everybody")
    rove.ctl("account", "add", "root@example.org", "--role", "operator")
    rove.ctl("account", "add", "alice@example.org")
    # The account itself, and its token or session, 3, stay.
    asker = Asker(rove, role)
    rove.ctl("host", "add", "home.dyn.example.org", "--owner", KEEPER)
    document = Document(read_document(rove))
    maker, seen, requests = Maker(document, rng, spared={3}), {}, REQUESTS // len(ROLES)
    for number in range(requests):
        method, path, body = maker.request()
        reply = asker.ask(method, path, body)
        what = f"seed {seed}, request {number}: {method} {path} {body}: {reply.status} {reply.text}"
        assert reply.status < 500, what
        try:
            document.check(method, path, reply)
        except AssertionError as error:
            raise AssertionError(what) from error
        seen[reply.status] = seen.get(reply.status, 0) + 1
    asker.connection.close()
    assert seen[200] > requests / 20 and seen[400] > requests / 20, (seed, seen)
    assert seen.get(401, 0) < requests / 20, (seed, seen)
    assert rove.get("/readyz")[0] == 200
