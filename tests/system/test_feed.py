# SPDX-License-Identifier: GPL-3.0-or-later
"""answer reads the files that publish changes in place, whoever of the two comes and goes."""
import contextlib
import ipaddress
import os
import pathlib
import shutil
import signal
import socket
import threading

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from harness import texts_of, wait_until

HOST = "home.dyn.example.org"
FIRST = int(ipaddress.IPv4Address("10.0.0.0"))
ROUNDS = 4
CHANGES = 10
ENOUGH = 100  # questions, at least


def address(number):
    return str(ipaddress.IPv4Address(FIRST + number))


class Service:
    """A service with one host, whose address only counts up."""

    def __init__(self, make_rove, threads=2):
        self.rove = make_rove()
        text = self.rove.config.read_text()
        self.rove.config.write_text(
            text.replace("private_addresses = true",
                         "private_addresses = true changes_per_hour = 1000000")
                .replace("dns {", f"dns {{\n    threads = {threads}"))
        self.number = 0

    def start(self, *roles):
        for role in roles:
            self.rove.start_role(role)
        self.rove.wait_ready()
        self.rove.add_zone()
        self.secret = self.rove.add_host(HOST)
        self.change()
        return self

    def change(self):
        """One change, until answer shows it."""
        self.number += 1
        reply = self.rove.update(HOST, self.secret, address(self.number))
        assert reply == (200, f"good {address(self.number)}"), reply
        self.rove.wait_dns(HOST, "A", [address(self.number)], seconds=10)

    def is_fed(self):
        """From the outside: the image is mapped, and nothing watches its folder."""
        return "rove-image" in self.maps() and not self.descriptors("inotify")

    def wait_fed(self):
        if self.rove.events("image-not-changed-in-place"):
            pytest.skip("this file system has no leases")
        wait_until(self.is_fed, 10, "answer is fed\n" + self.rove.log()[-2000:])

    def maps(self):
        return pathlib.Path(f"/proc/{self.rove.role_pid('answer')}/maps").read_text()

    def descriptors(self, word):
        """What answer has open that has this word in its name."""
        found = []
        folder = f"/proc/{self.rove.role_pid('answer')}/fd"
        for number in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(f"{folder}/{number}"))
        return [name for name in found if word in name]


class Asker(threading.Thread):
    """Asks for the host all the time. Each answer is right, and never an older one than that
    before; none is missing."""

    def __init__(self, service):
        super().__init__()
        self.service, self.rove = service, service.rove
        self.ends = threading.Event()
        self.asked, self.missing, self.wrong = 0, 0, []

    def run(self):
        before = 0
        while not self.ends.is_set():
            self.asked += 1
            try:
                reply = self.rove.query(HOST, "A", tcp=self.asked % 8 == 0)
            except (OSError, dns.exception.DNSException):
                self.missing += 1
                continue
            got = texts_of(reply, "A")
            number = int(ipaddress.IPv4Address(got[0])) - FIRST if len(got) == 1 else -1
            if not before <= number <= self.service.number or not reply.flags & dns.flags.AA:
                self.wrong.append((before, reply.to_text()))
            before = number

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        try:
            wait_until(lambda: self.asked > ENOUGH or self.wrong, 20, "enough was asked")
        finally:
            self.ends.set()
            self.join()
        assert not self.wrong, self.wrong[:3]
        assert self.missing == 0, (self.missing, self.asked)


def patches(service):
    """Whether the image is changed in place here: some file systems cannot."""
    files = set()
    for _ in range(CHANGES):
        service.change()
        files.add((service.rove.image / "data.cdb").stat().st_ino)
    return len(files) == 2


def test_a_fed_answer_holds_no_open_of_its_own_and_changes_go_on_in_place(make_rove):
    service = Service(make_rove).start("front", "publish", "answer")
    service.wait_fed()
    assert patches(service)
    # A thread of answer may be at taking over what the other has.
    wait_until(lambda: not service.descriptors("data.") and not service.descriptors("rove-image"),
               10, "nothing is open")
    mapped = [line.split() for line in service.maps().splitlines() if "rove-image" in line]
    assert len(mapped) >= 3, service.maps()  # the words and two images, for each thread
    assert {line[1] for line in mapped} == {"r--s"}, service.maps()
    assert "/data." not in service.maps()


def test_publish_is_killed_and_restarted_under_queries_and_nobody_notices(make_rove):
    service = Service(make_rove).start("front", "publish", "answer")
    with Asker(service):
        for _ in range(ROUNDS):
            service.wait_fed()
            for _ in range(CHANGES):
                service.change()
            service.rove.kill_role("publish")
            wait_until(lambda: service.descriptors("inotify"), 10, "answer follows the folder")
            service.rove.start_role("publish")
            service.change()
        service.wait_fed()
        assert patches(service)


def test_publish_stops_and_starts_as_its_supervisor_does_it(make_rove):
    service = Service(make_rove).start("answer", "publish", "front")
    with Asker(service):
        for _ in range(ROUNDS):
            service.wait_fed()
            service.change()
            service.rove.stop_role("publish")
            service.rove.start_role("publish")
            service.change()


def test_answer_is_killed_and_restarted_and_is_fed_again(make_rove):
    service = Service(make_rove).start("publish", "front", "answer")
    for kill in (True, False, True):
        service.wait_fed()
        service.change()
        (service.rove.kill_role if kill else service.rove.stop_role)("answer")
        service.rove.start_role("answer")
        service.rove.wait_ready()
        assert service.rove.addresses(HOST, "A") == [address(service.number)]
        with Asker(service):
            service.wait_fed()
            assert patches(service)


def test_answer_alone_takes_an_image_that_was_copied_from_elsewhere(make_rove, tmp_path):
    service = Service(make_rove).start("front", "publish", "answer")
    service.wait_fed()
    image = service.rove.image / "data.cdb"
    older = tmp_path / "older"
    shutil.copy(image, older)
    known = service.number
    service.change()
    service.rove.stop_role("publish")
    assert service.rove.addresses(HOST, "A") == [address(service.number)]
    os.replace(older, image)
    service.rove.wait_dns(HOST, "A", [address(known)])

    service.rove.stop_role("answer")
    service.rove.start_role("answer")
    service.rove.wait_ready()
    assert service.rove.addresses(HOST, "A") == [address(known)]
    service.rove.start_role("publish")
    service.rove.wait_dns(HOST, "A", [address(service.number)], seconds=10)
    service.wait_fed()


@pytest.mark.parametrize("spoil", [os.unlink, lambda path: os.truncate(path, 100),
                                   lambda path: path.write_bytes(b"\xff" * 10000)],
                         ids=["gone", "cut", "garbage"])
def test_answers_go_on_when_publish_dies_and_leaves_a_bad_image(make_rove, spoil):
    service = Service(make_rove).start("front", "publish", "answer")
    service.wait_fed()
    pid = service.rove.role_pid("answer")
    with Asker(service):
        os.kill(service.rove.role_pid("publish"), signal.SIGSTOP)  # it would notice
        spoil(service.rove.image / "data.cdb")
        service.rove.kill_role("publish")
        wait_until(lambda: service.rove.events("image-refused"), 10, "it is looked at")
        assert service.rove.addresses(HOST, "A") == [address(service.number)]
        service.rove.start_role("publish")
        service.change()
        service.wait_fed()
        wait_until(lambda: service.rove.events("image-in-use-again"), 10, "all is well")
    assert service.rove.processes["answer"].poll() is None
    assert service.rove.role_pid("answer") == pid


def test_answers_go_on_while_publish_hangs(make_rove):
    service = Service(make_rove).start("front", "publish", "answer")
    service.wait_fed()
    publish = service.rove.role_pid("publish")
    with Asker(service):
        os.kill(publish, signal.SIGSTOP)
        try:
            assert service.rove.addresses(HOST, "A") == [address(service.number)]
            query = dns.message.make_query("dyn.example.org", "SOA")
            for _ in range(CHANGES):
                reply = dns.query.udp(query, service.rove.address, timeout=20,
                                      port=service.rove.dns_port)
                assert reply.rcode() == dns.rcode.NOERROR
        finally:
            os.kill(publish, signal.SIGCONT)
        service.change()


def test_every_thread_answers_from_a_socket_of_its_own(make_rove):
    service = Service(make_rove, threads=5).start("front", "publish", "answer")
    service.wait_fed()
    pid = service.rove.role_pid("answer")
    assert len(os.listdir(f"/proc/{pid}/task")) == 6, "one more answers over TCP"
    own = {name.strip("socket:[]") for name in service.descriptors("socket:")}
    port = f"{service.rove.dns_port:04X}"
    bound = [line.split() for line in pathlib.Path("/proc/net/udp").read_text().splitlines()]
    assert len([row for row in bound if row[1].endswith(":" + port) and row[9] in own]) == 5
    with Asker(service):
        for _ in range(CHANGES):
            service.change()
    queries = sum(1 for _ in range(40) if ask_from_new_port(service))
    assert queries == 40


def ask_from_new_port(service):
    query = dns.message.make_query(HOST, "A")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        reply = dns.query.udp(query, service.rove.address, timeout=20, sock=client,
                              port=service.rove.dns_port)
    return texts_of(reply, "A") == [address(service.number)]


def test_sockets_of_all_threads_go_along_when_the_service_replaces_itself(make_rove):
    service = Service(make_rove, threads=3)
    service.rove.start()
    service.start()
    with Asker(service):
        service.wait_fed()
        before = service.rove.role_pid("answer")
        os.kill(service.rove.processes["roved"].pid, signal.SIGUSR2)
        wait_until(lambda: service.rove.events("roles-replaced"), 30, service.rove.log)
        assert service.rove.role_pid("answer") != before
        service.wait_fed()
        service.change()
