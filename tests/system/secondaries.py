# SPDX-License-Identifier: GPL-3.0-or-later
"""A secondary that only takes notifications."""
import socket
import threading

import dns.message
import dns.opcode
import dns.rcode


class Secondary:
    """Takes notifications; `rcode` is what it answers, None: nothing."""

    def __init__(self, keyring=None):
        self.keyring = keyring
        self.rcode = dns.rcode.NOERROR
        self.heard = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            wire, source = self.socket.recvfrom(4096)
            if not wire:
                return
            message = dns.message.from_wire(wire, keyring=self.keyring)
            assert message.opcode() == dns.opcode.NOTIFY
            self.heard.append((message.question[0].name.to_text(), message.had_tsig))
            if self.rcode is not None:
                reply = dns.message.make_response(message)
                reply.set_rcode(self.rcode)
                self.socket.sendto(reply.to_wire(), source)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()
