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

REQUESTS = int(os.environ.get("ROVE_API_REQUESTS", "20000"))
ODD_TEXTS = ["", " ", "a", "x" * 70, "x" * 300, "-", "*", "*.dyn.example.org", "a..b", ".", "\x01",
             "é", "a\nb", "\U0001f600", "192.0.2.1", "::1", "fe80::1%eth0", "10.0.0.1/8",
             "nobody@example.org", "%00", "\\", "'; --", "null", "0", "-1", "{}"]
ODD_NUMBERS = [0, 1, -1, 7, 60, 255, 256, 65536, 2**31, 2**32, 2**53, 2**63 - 1, -2**63]
ODD_VALUES = [None, True, False, [], {}, [None], [[]], 0.5, 1e99, "text", 5, [1, 2], {"a": {}}]


class Maker:
    """Makes requests from the document: mostly of its form, sometimes off it."""

    def __init__(self, document, rng):
        self.document = document
        self.rng = rng
        self.operations = [(path, method, operation)
                           for path, methods in document.document["paths"].items()
                           for method, operation in methods.items()
                           if path not in ("/backups",  # each writes a file
                                           "/events")]  # has no end
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
        body = {key: self.value(member) for key, member in schema["properties"].items()
                if key in schema["required"] or rng.random() < 0.3}
        if rng.random() < 0.05:
            body["other"] = 1
        return body

    def request(self):
        """(method, path, body as text or None)"""
        rng = self.rng
        path, method, operation = rng.choice(self.operations)
        path = path.replace("{id}", urllib.parse.quote(self.text(), safe=""))
        asked = [f"{one['name']}={urllib.parse.quote(str(self.value(one['schema'])), safe='')}"
                 for one in operation["parameters"] if one["in"] == "query"
                 and rng.random() < 0.3]
        text = None
        if "requestBody" in operation:
            text = json.dumps(self.body(operation))
            if rng.random() < 0.03:
                text = text[:rng.randrange(len(text))]
        return method.upper(), path + ("?" + "&".join(asked) if asked else ""), text


@pytest.mark.parametrize("role", ["operator", "user"])
def test_random_requests_are_answered_as_the_document_says(make_rove, role):
    seed = int(os.environ.get("ROVE_SEED", random.randrange(1 << 32)))
    rng = random.Random(seed)
    rove = with_api(make_rove(), "read_rate = 0 write_rate = 0").start()
    rove.add_zone()
    rights = ["read", "write"] + (["operate"] if role == "operator" else [])
    # The account and the token themselves stay: the maker knows neither the one nor the other.
    rove.ctl("account", "add", "keeper@example.org", "--role", role)
    rove.ctl("account", "add", "root@example.org", "--role", "operator")
    rove.ctl("account", "add", "alice@example.org")
    rove.ctl("host", "add", "home.dyn.example.org", "--owner", "keeper@example.org")
    for _ in range(3):
        made = rove.ctl("account", "token", "keeper@example.org",
                        *[word for right in rights for word in ("--right", right)])
    token = made["secret"]
    document = Document(read_document(rove))
    maker, seen = Maker(document, rng), {}
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=60)
    for number in range(REQUESTS):
        method, path, body = maker.request()
        sent = {"Host": f"localhost:{rove.http_port}", "Authorization": f"Bearer {token}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection.request(method, "/api/v1" + path, body, sent)
        reply = Reply(connection.getresponse())
        what = f"seed {seed}, request {number}: {method} {path} {body}: {reply.status} {reply.text}"
        assert reply.status < 500, what
        try:
            document.check(method, path, reply)
        except AssertionError as error:
            raise AssertionError(what) from error
        seen[reply.status] = seen.get(reply.status, 0) + 1
    connection.close()
    assert seen[200] > REQUESTS / 20 and seen[400] > REQUESTS / 20, (seed, seen)
    assert rove.get("/readyz")[0] == 200
