# SPDX-License-Identifier: GPL-3.0-or-later
"""A secondary that only takes notifications, and a name server that may lie."""
import socket
import threading

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset


class Datagrams:
    """Gives each datagram that comes to its address to take(wire, source)."""

    def __init__(self):
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
            self.take(wire, source)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()


class Secondary(Datagrams):
    """Takes notifications; `rcode` is what it answers, None: nothing. To questions it is silent."""

    def __init__(self, keyring=None):
        self.keyring = keyring
        self.rcode = dns.rcode.NOERROR
        self.heard = []
        super().__init__()

    def take(self, wire, source):
        message = dns.message.from_wire(wire, keyring=self.keyring)
        if message.opcode() == dns.opcode.QUERY:
            return
        assert message.opcode() == dns.opcode.NOTIFY
        self.heard.append((message.question[0].name.to_text(), message.had_tsig))
        if self.rcode is not None:
            reply = dns.message.make_response(message)
            reply.set_rcode(self.rcode)
            self.socket.sendto(reply.to_wire(), source)


class NameServer(Datagrams):
    """Has addresses for every name, and a serial; `how` is the way in which it answers questions.
    It acknowledges notifications."""

    def __init__(self, how="honest", addresses=(), serial=1):
        self.how, self.addresses, self.serial = how, addresses, serial
        self.asked = 0
        self.timers = []
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind(("127.0.0.1", 0))
        super().__init__()

    def take(self, wire, source):
        message = dns.message.from_wire(wire)
        reply = dns.message.make_response(message)
        reply.flags |= dns.flags.AA
        if message.opcode() == dns.opcode.QUERY:
            self.asked += 1
            self.fill(reply, message.question[0])
            getattr(self, self.how)(reply, source)
        else:
            self.honest(reply, source)

    def fill(self, reply, question):
        data = [item for item in self.addresses
                if (":" in item) == (question.rdtype == dns.rdatatype.AAAA)]
        if question.rdtype == dns.rdatatype.SOA:
            data = [f"ns.example.net. hostmaster.example.net. {self.serial} 3600 600 604800 60"]
        if data:
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype,
                                                         data))

    def honest(self, reply, source):
        self.socket.sendto(reply.to_wire(), source)

    def late(self, reply, source, after_s=0.2):
        self.timers.append(threading.Timer(after_s, self.honest, (reply, source)))
        self.timers[-1].start()

    def too_late(self, reply, source):
        self.late(reply, source, 1)

    def silent(self, reply, source):
        pass

    def wrong_id(self, reply, source):
        reply.id ^= 1
        self.honest(reply, source)

    def wrong_case(self, reply, source):
        wire = bytearray(reply.to_wire())
        wire[13] ^= 0x20  # the name's first letter
        self.socket.sendto(wire, source)

    def from_elsewhere(self, reply, source):
        self.other.sendto(reply.to_wire(), source)

    def truncated(self, reply, source):
        reply.flags |= dns.flags.TC
        reply.answer.clear()
        self.honest(reply, source)

    def refusing(self, reply, source):
        reply.set_rcode(dns.rcode.REFUSED)
        reply.answer.clear()
        self.honest(reply, source)

    def lame(self, reply, source):
        reply.flags &= ~dns.flags.AA
        self.honest(reply, source)

    def flooding(self, reply, source):
        for _ in range(200):
            reply.id = (reply.id + 1) & 0xffff
            self.honest(reply, source)

    def broken(self, reply, source):
        self.socket.sendto(reply.to_wire()[:-1], source)

    def stop(self):
        for timer in self.timers:
            timer.join()
        super().stop()
        self.other.close()
