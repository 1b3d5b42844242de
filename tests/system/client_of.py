# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the API as others would make one: out of its document alone, when it runs. Each
operation is a method of the name that the document gives it: post_hosts(name=...),
get_hosts_id("home.example.org")."""
import http.client
import inspect
import json
import keyword
import urllib.parse

from api import Document, Reply

ANY = inspect.Parameter.empty


class Problem(Exception):
    """A reply that is none of success."""

    def __init__(self, name, reply):
        super().__init__(f"{name}: {reply.status} {reply.text}")
        self.status, self.body, self.code = reply.status, reply.body, reply.code


def word_of(name):
    """The parameter in Python: If-Match is if_match, from is from_."""
    word = name.replace("-", "_").lower()
    return word + "_" if keyword.iskeyword(word) else word


class Operation:
    """One of the document: how it is asked, and how its answer is read."""

    def __init__(self, document, path, method, what):
        self.path, self.method, self.name = path, method.upper(), what["operationId"]
        self.places = {word_of(one["name"]): (one["in"], one["name"]) for one in what["parameters"]}
        needed = {word_of(one["name"]) for one in what["parameters"] if one["required"]}
        self.has_body = "requestBody" in what
        if self.has_body:
            schema = what["requestBody"]["content"]["application/json"]["schema"]
            schema = document.resolver.resolve(schema["$ref"])[1] if "$ref" in schema else schema
            members = schema.get("properties", {})
            assert not self.places.keys() & map(word_of, members), self.name
            self.places |= {word_of(name): ("body", name) for name in members}
            needed |= set(map(word_of, schema.get("required", ())))
        self.ways = [set(way) for way in what["security"]]
        kinds = {"path": inspect.Parameter.POSITIONAL_ONLY}
        self.signature = inspect.Signature(
            [inspect.Parameter(word, kinds.get(place, inspect.Parameter.KEYWORD_ONLY),
                               default=ANY if word in needed else None)
             for word, (place, _) in sorted(self.places.items(), key=lambda one: one[1][0] != "path")])

    def request(self, args, named):
        """(target, body or None, fields); TypeError: the document knows no such call."""
        given = self.signature.bind(*args, **named).arguments
        parts = {"path": {}, "query": {}, "header": {}, "body": {}}
        for word, value in given.items():
            place, name = self.places[word]
            parts[place][name] = value
        target = self.path.format(**{name: urllib.parse.quote(str(value), safe="")
                                     for name, value in parts["path"].items()})
        if parts["query"]:
            target += "?" + urllib.parse.urlencode(parts["query"])
        return target, parts["body"] if self.has_body else None, parts["header"]


class Client:
    """Who asks. It has a token of the API, or a session with its cookie, or neither."""

    def __init__(self, document, token=None):
        self.document, self.token = Document(document), token
        self.server = urllib.parse.urlsplit(document["servers"][0]["url"])
        self.schemes = document["components"]["securitySchemes"]
        self.cookie = self.csrf = None
        self.replies = []  # the text of each, with its status
        for path, methods in document["paths"].items():
            for method, what in methods.items():
                operation = Operation(self.document, path, method, what)
                assert not hasattr(self, operation.name), operation.name
                setattr(self, operation.name, self._method(operation))

    def _method(self, operation):
        def ask(*args, **named):
            target, body, fields = operation.request(args, named)
            reply = self._send(operation, target, body, fields | self._proof(operation))
            self.replies.append((reply.status, reply.text))
            self.document.check(operation.method, target, reply)
            if "set-cookie" in reply.fields:
                self._keep(reply.fields["set-cookie"])
            if reply.status >= 300:
                raise Problem(operation.name, reply)
            return reply.body
        ask.__signature__, ask.__name__ = operation.signature, operation.name
        return ask

    def _proof(self, operation):
        """The fields that say who asks, by a way that the operation takes."""
        if self.token and {"token"} in operation.ways:
            return {"Authorization": "Bearer " + self.token}
        proof = {}
        if self.cookie:
            proof["Cookie"] = f"{self.schemes['session']['name']}={self.cookie}"
        if operation.method != "GET":
            proof["Origin"] = f"{self.server.scheme}://{self.server.netloc}"
            if self.csrf:
                proof[self.schemes["csrf"]["name"]] = self.csrf
        return proof

    def _send(self, operation, target, body, fields):
        connection = http.client.HTTPConnection(self.server.netloc, timeout=60)
        if body is not None:
            fields |= {"Content-Type": "application/json"}
            body = json.dumps(body)
        try:
            connection.request(operation.method, self.server.path + target, body, fields)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def _keep(self, text):
        name, _, value = text.partition(";")[0].partition("=")
        assert name == self.schemes["session"]["name"]
        self.cookie, self.csrf = value or None, None
        if self.cookie:
            self.csrf = self.get_session()["csrf"]
