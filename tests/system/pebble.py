# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's pebble: an authority for tests that speaks ACME and validates for real."""
import json
import os
import subprocess

from harness import free_port, wait_until
from https import Authority


class Pebble:
    """It asks the DNS server for every name, and fetches from that port of its address. `before` are
    the words of a command that runs it elsewhere, and `settings` its environment."""

    def __init__(self, folder, http_port, dns_server, before=(), settings=None):
        folder.mkdir()
        self.authority = Authority(folder / "authority")
        chain, key = self.authority.issue("pebble", ["localhost"])
        self.port, self.log = free_port(), folder / "log"
        management = free_port()
        config = folder / "config.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(chain), "privateKey": str(key),
            "httpPort": http_port, "tlsPort": free_port()}}))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*before, "pebble", "-config", config, "-dnsserver", dns_server],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ) | {"PEBBLE_AUTHZREUSE": "0"} |
                (settings or {"PEBBLE_VA_NOSLEEP": "1"}))
        self.url = f"https://localhost:{self.port}/dir"
        # The root of what it issues, made anew each time.
        self.root_url = f"https://localhost:{management}/roots/0"
        wait_until(lambda: "Listening on" in self.log.read_text(), 20, "pebble listens")

    def orders(self):
        return self.log.read_text().count("order-plz")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
