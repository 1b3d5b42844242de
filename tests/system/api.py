# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the API, and a service that has one."""
import http.client
import json
import re

import jsonschema


def with_api(rove, more=""):
    """Gives an installation that has not been started the origin http://localhost:PORT, and
    further options of the section."""
    rove.origin = f"http://localhost:{rove.http_port}"
    rove.config.write_text(rove.config.read_text() + f'web {{ origin = "{rove.origin}" {more} }}\n')
    return rove


class Reply:
    """Status, fields in lower case, and the body as JSON where it is that."""

    def __init__(self, reply):
        self.status = reply.status
        self.fields = {name.lower(): value for name, value in reply.getheaders()}
        self.text = reply.read().decode()
        self.type = self.fields.get("content-type", "")
        self.body = json.loads(self.text) if self.text and "json" in self.type else None
        self.code = self.body.get("code") if isinstance(self.body, dict) else None


def read_document(rove):
    """/api/v1/openapi.json, which everybody may read."""
    connection = http.client.HTTPConnection(rove.address, rove.http_port, timeout=20)
    host = rove.origin.partition("://")[2]
    try:
        connection.request("GET", "/api/v1/openapi.json", headers={"Host": host})
        reply = Reply(connection.getresponse())
    finally:
        connection.close()
    assert reply.status == 200 and reply.type == "application/json"
    return reply.body


class Document:
    """The description of the API, against which replies are held."""

    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)

    def operation(self, method, path):
        """The operation that a request is for, or None."""
        path = path.partition("?")[0]
        for pattern, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return operations.get({"HEAD": "get"}.get(method, method.lower()))
        return None

    def check(self, method, path, reply):
        """The reply is one that the document knows, and of the form that it gives."""
        operation = self.operation(method, path)
        if not operation:
            assert reply.status in (400, 401, 403, 404, 405, 415, 421, 429), (method, path, reply.status)
            return
        answers = operation["responses"]
        known = answers.get(str(reply.status), answers["default"])
        assert str(reply.status) in answers or reply.status >= 400, (method, path, reply.status)
        if "$ref" in known:
            known = self.resolver.resolve(known["$ref"])[1]
        if not reply.text:
            return
        schema = known["content"][reply.type]["schema"]
        jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(reply.body)


class Api:
    """Asks with a token of the API; `token` None: with none. Each reply is held against the
    document."""

    def __init__(self, rove, token=None):
        self.rove = rove
        self.token = token
        self.source = ""  # an address of this machine to ask from; empty: any

    def call(self, method, path, body=None, host=None, **fields):
        """`fields` are further fields, with '_' for '-'; None leaves one out."""
        sent = {"Host": host or f"localhost:{self.rove.http_port}"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in fields.items()}
        data = body if isinstance(body, (str, type(None))) else json.dumps(body)
        connection = http.client.HTTPConnection(self.rove.address, self.rove.http_port,
                                                timeout=20, source_address=(self.source, 0))
        try:
            connection.request(method, "/api/v1" + path, data,
                               {name: value for name, value in sent.items() if value})
            reply = Reply(connection.getresponse())
        finally:
            connection.close()

        self.document().check(method, path, reply)
        return reply

    def document(self):
        if not hasattr(self.rove, "document"):
            self.rove.document = Document(read_document(self.rove))
        return self.rove.document

    def get(self, path, **fields):
        return self.call("GET", path, **fields)


COOKIE = re.compile(r"__Host-rove=([0-9a-f]*); Path=/; Secure; HttpOnly; SameSite=Strict"
                    r"(; Max-Age=(\d+))?")


class Browser(Api):
    """Asks as a page of ours does: keeps the cookie, names the origin, proves that it is ours."""

    def __init__(self, rove, cookie=None, csrf=None):
        super().__init__(rove)
        self.cookie, self.csrf, self.max_age = cookie, csrf, None

    def call(self, method, path, body=None, host=None, **fields):
        sent = {"Cookie": f"theme=dark; __Host-rove={self.cookie}" if self.cookie else None}
        if method not in ("GET", "HEAD"):
            sent |= {"Origin": self.rove.origin, "X_CSRF_Token": self.csrf}
        reply = super().call(method, path, body, host, **(sent | fields))
        if "set-cookie" in reply.fields:
            found = COOKIE.fullmatch(reply.fields["set-cookie"])
            assert found, reply.fields["set-cookie"]
            self.cookie, self.max_age = found[1] or None, found[3] and int(found[3])
            self.csrf = self.cookie and (reply.body or self.get("/session").body)["csrf"]
        return reply

    def redeem(self, url, password, **more):
        return self.call("POST", "/links/redeem",
                         {"link": url.partition("#")[2], "password": password} | more)

    def log_in(self, email, password, **more):
        return self.call("POST", "/session", {"email": email, "password": password} | more)

    def account(self):
        """Of the session; None: of a stranger."""
        reply = self.get("/session")
        assert reply.status == 200, reply.text
        return reply.body["account"]
