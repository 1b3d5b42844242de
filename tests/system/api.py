# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the API, and a service that has one."""
import http.client
import json


def with_api(rove):
    """Gives an installation that has not been started the origin http://localhost:PORT."""
    rove.origin = f"http://localhost:{rove.http_port}"
    rove.config.write_text(rove.config.read_text() + f'web {{ origin = "{rove.origin}" }}\n')
    return rove


class Reply:
    """Status, fields in lower case, and the body as JSON where it is that."""

    def __init__(self, reply):
        self.status = reply.status
        self.fields = {name.lower(): value for name, value in reply.getheaders()}
        self.text = reply.read().decode()
        self.type = self.fields.get("content-type", "")
        self.body = json.loads(self.text) if self.text and "json" in self.type else None


class Api:
    """Asks with a token of the API; `token` None: with none."""

    def __init__(self, rove, token=None):
        self.rove = rove
        self.token = token

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
                                                timeout=20)
        try:
            connection.request(method, "/api/v1" + path, data,
                               {name: value for name, value in sent.items() if value})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **fields):
        return self.call("GET", path, **fields)
