# SPDX-License-Identifier: GPL-3.0-or-later
"""A supervisor's logger that takes no more lines."""
import fcntl
import os
import pathlib
import re
import signal

import dns.message
import dns.query
import dns.rcode
import pytest

from harness import ROLES, free_port, wait_until
from https import Secure
from mail import settings

HOST = "home.dyn.example.org"


class Logger:
    """A pipe for what the roles log, which nobody reads until read() is called."""

    def __init__(self):
        self.ends = os.pipe()
        os.set_blocking(self.ends[0], False)

    def grow(self):
        """Gives the pipe as much as a role would, which finds it full then."""
        fcntl.fcntl(self.ends[1], fcntl.F_SETPIPE_SZ, 1 << 20)

    def fill(self):
        """Leaves no room in the pipe. By a description of our own, as the roles keep theirs."""
        fd = os.open(f"/proc/self/fd/{self.ends[1]}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            for piece in (65536, 4096, 1):
                while os.write(fd, b"\n" * piece):
                    pass
        except BlockingIOError:
            pass
        finally:
            os.close(fd)

    def is_full(self):
        """Whether not one byte more fits."""
        fd = os.open(f"/proc/self/fd/{self.ends[1]}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            return os.write(fd, b"\n") == 0
        except BlockingIOError:
            return True
        finally:
            os.close(fd)

    def read(self):
        text = b""
        try:
            while piece := os.read(self.ends[0], 65536):
                text += piece
        except BlockingIOError:
            pass
        return text.decode(errors="replace")

    def close(self):
        for end in self.ends:
            os.close(end)


@pytest.fixture(name="logger")
def fixture_logger():
    logger = Logger()
    yield logger
    logger.close()


def ask_refused(rove, times):
    """Refused transfers over UDP; each is a line, up to the bound for strangers."""
    for _ in range(times):
        reply = dns.query.udp(dns.message.make_query("dyn.example.org", "AXFR"), rove.address,
                              port=rove.dns_port, timeout=5)
        assert reply.rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("apart", (False, True))
def test_a_log_that_nobody_reads_stops_nothing(make_rove, logger, apart):
    rove = make_rove()
    rove.stderr = logger.ends[1]
    rove.start_apart() if apart else rove.start()
    rove.add_zone()
    secret = rove.add_host(HOST)
    with open(rove.log_path, "a", encoding="utf-8") as log:
        log.write(logger.read())
    logger.fill()

    ask_refused(rove, 60)
    assert rove.update(HOST, secret, "192.0.2.7") == (200, "good 192.0.2.7")
    rove.wait_dns(HOST, "A", ["192.0.2.7"])
    for role in ROLES:
        rove.kill_role(role)
        if apart:
            rove.start_role(role)
    wait_until(rove.front_is_ready, 20, "front is back")
    wait_until(lambda: rove.update(HOST, secret, "192.0.2.8") == (200, "good 192.0.2.8"), 20,
               "the new front takes updates")
    wait_until(rove.answer_is_ready, 20, "answer is back")
    rove.wait_dns(HOST, "A", ["192.0.2.8"], 20)
    ask_refused(rove, 60)
    assert logger.is_full(), "so no line had room"

    text = logger.read()  # and there is room again
    for process in rove.processes.values():
        process.send_signal(signal.SIGHUP)

    def all_have_told():
        """Lines of several roles may stand between two of one."""
        nonlocal text
        text += logger.read()
        first = {}
        for line in text.splitlines():
            words = line.split()
            if len(words) > 2:
                first.setdefault(words[1], words[2])
        told = {role for role, event in first.items() if event == "log-lines-lost"}
        return told == set(ROLES if apart else (*ROLES, "parent"))

    wait_until(all_have_told, 20, "each says what is missing, before its first line")
    rove.stop()
    assert rove.status("answer")["lines_lost"] >= 20
    with open(rove.log_path, "a", encoding="utf-8") as log:
        log.write(text)


def test_no_role_that_is_started_alone_waits_for_the_reader_of_its_log(make_rove, logger):
    """The role that has a program of its own no more than the others."""
    rove = make_rove('web { origin = "https://ddns.example.org" }\n'
                     f'mail {{ server = "smtp://localhost:{free_port()}" from = "rove@example.org" tls = "off" }}\n')
    rove.stderr = logger.ends[1]
    rove.start_apart()
    rove.start_role("outbound")
    for role in (*ROLES, "outbound"):
        wait_until(lambda: rove.told(role, "pid") == rove.processes[role].pid, 20, f"{role} has begun")
        info = pathlib.Path(f"/proc/{rove.role_pid(role)}/fdinfo/2").read_text(encoding="ascii")
        flags = int(re.search(r"^flags:\s*([0-7]+)$", info, re.MULTILINE)[1], 8)
        assert flags & os.O_NONBLOCK, role
    with open(rove.log_path, "a", encoding="utf-8") as log:
        log.write(logger.read())


@pytest.mark.parametrize("role", ("tls", "outbound"))
def test_a_role_that_is_a_program_of_its_own_waits_no_more_for_a_reader(make_rove, logger, tmp_path,
                                                                        role):
    mail = settings("smtp://localhost:9")
    rove = make_rove(mail) if role == "outbound" else Secure(make_rove, tmp_path).rove
    rove.stderr = logger.ends[1]
    logger.grow()
    logger.fill()
    rove.start_role(role)
    wait_until(lambda: (rove.status(role) or {}).get("lines_lost"), 20, "it counts its first lines")
    assert logger.is_full(), "so no line had room"
    wait_until(lambda: rove.status(role)["state"] == "running", 20, "and it runs")
