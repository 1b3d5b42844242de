# SPDX-License-Identifier: GPL-3.0-or-later
"""Roved as its operator runs it: signals, restarts under load, sockets from outside."""
import contextlib
import http.client
import ipaddress
import itertools
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import dns.exception
import pytest

from harness import ROLES, BROKEN, Rove, ask_dns, basic, texts_of, wait_until

NAME = "home.dyn.example.org"
FIXED = "fixed.dyn.example.org"
RESTARTS = 5
KILLS = 10
CLIENTS = 4
RESPAWN_S = 2  # beside the pauses, which the unit tests measure by a clock of their own


# ---- load ----------------------------------------------------------------------------------

class Updater(threading.Thread):
    """Updates one host without a pause, each time over a connection of its own or, with
    `keeps`, over one as long as it lives. `acknowledged` is the last address that was called
    good, `asked` what was asked since: any of these may be stored."""

    def __init__(self, rove, name, secret, numbers, keeps):
        super().__init__()
        self.rove, self.name, self.numbers, self.keeps = rove, name, numbers, keeps
        self.headers = {"Authorization": basic(name, secret)}
        self.connection = None
        self.acknowledged, self.asked = None, []
        self.count = self.cut = 0
        self.refused, self.wrong = [], []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set() and not self.wrong:
            try:
                self.update_once()
            except ConnectionRefusedError as error:
                self.refused.append(repr(error))
                self.ended.wait(0.01)
            except (OSError, http.client.HTTPException):
                self.cut += 1  # open when its server ended; nothing was said
                self.connection = None
        if self.connection:
            self.connection.close()

    def update_once(self):
        if not self.connection:
            self.connection = http.client.HTTPConnection(
                self.rove.address, self.rove.http_port, timeout=20)
            self.connection.connect()
        address = str(ipaddress.IPv4Address("10.0.0.0") + next(self.numbers))
        self.asked.append(address)
        self.connection.request("GET", f"/nic/update?hostname={self.name}&myip={address}",
                                headers=self.headers)
        reply = self.connection.getresponse()
        body = reply.read().decode()
        if body == f"good {address}\n":
            self.acknowledged, self.asked = address, []
            self.count += 1
        elif not body.startswith("911"):
            self.wrong.append(body)
        if not self.keeps or reply.will_close:
            self.connection.close()
            self.connection = None

    def allowed(self):
        return [self.acknowledged] + self.asked


class Asker(threading.Thread):
    """Asks for one name that does not change; every question has to be answered at the first
    try."""

    def __init__(self, rove, tcp):
        super().__init__()
        self.rove, self.tcp = rove, tcp
        self.count = 0
        self.gaps = []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            try:
                answer = ask_dns(self.rove.address, self.rove.dns_port, FIXED, "A", self.tcp)
                if texts_of(answer, "A") != ["192.0.2.7"]:
                    self.gaps.append(answer.to_text())
            except (OSError, EOFError, dns.exception.DNSException) as error:
                self.gaps.append(repr(error))
            self.count += 1


class Load:
    """Updates and questions while the body of a with statement runs."""

    def __init__(self, rove, updates=True, questions=True):
        self.rove = rove
        numbers = itertools.count(1)
        self.updaters = []
        if updates:
            for n in range(CLIENTS):
                name = f"h{n}.dyn.example.org"
                self.updaters.append(
                    Updater(rove, name, rove.add_host(name), numbers, keeps=n % 2 == 0))
        self.askers = [Asker(rove, tcp) for tcp in (False, True)] if questions else []

    def __enter__(self):
        for thread in self.updaters + self.askers:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.updaters + self.askers:
            thread.ended.set()
        for thread in self.updaters + self.askers:
            thread.join()

    def counts(self):
        return [thread.count for thread in self.updaters + self.askers]

    def wait_progress(self, seconds=30):
        """Every thread has got another answer."""
        before = self.counts()
        wait_until(lambda: all(now > then for now, then in zip(self.counts(), before)), seconds,
                   f"every client is served: {before}, {self.counts()}")

    def check_ledger(self):
        """No updater met a word that is wrong, and what is stored is what was said."""
        stored = {host["name"]: host["addresses"] for host in self.rove.ctl("host", "list")}
        for updater in self.updaters:
            assert not updater.wrong
            assert updater.count
            assert stored[updater.name][0] in updater.allowed(), updater.name


def make_loaded(make_rove):
    rove = make_rove()
    rove.config.write_text(rove.config.read_text().replace(
        "private_addresses = true", "private_addresses = true changes_per_hour = 1000000"))
    rove.start()
    rove.add_zone()
    secret = rove.add_host(FIXED)
    assert rove.update(FIXED, secret, "192.0.2.7") == (200, "good 192.0.2.7")
    rove.wait_dns(FIXED, "A", ["192.0.2.7"])
    return rove


# ---- restarts and kills --------------------------------------------------------------------

def test_restarts_under_load_refuse_nobody_and_lose_nothing(make_rove):
    rove = make_loaded(make_rove)
    parent = rove.processes["roved"].pid
    with Load(rove) as load:
        for restart in range(RESTARTS):
            load.wait_progress()
            before = {role: rove.role_pid(role) for role in ROLES}
            done = len(rove.events("roles-replaced"))
            os.kill(parent, signal.SIGUSR2)
            wait_until(lambda: len(rove.events("roles-replaced")) > done, 60,
                       f"restart {restart} is through\n" + rove.log()[-3000:])
            for role in ROLES:
                assert rove.role_pid(role) != before[role], role
        load.wait_progress()
    assert rove.role_pid("parent") == parent
    assert rove.processes["roved"].poll() is None
    assert [updater.refused for updater in load.updaters] == [[]] * CLIENTS
    assert [asker.gaps for asker in load.askers] == [[], []]
    load.check_ledger()
    assert not rove.events("role-not-replaced")
    rove.stop()


@pytest.mark.parametrize("role", ROLES)
def test_a_killed_role_is_back_soon_and_the_others_do_not_notice(make_rove, role):
    rove = make_loaded(make_rove)
    with Load(rove, updates=True, questions=role != "answer") as load:
        delays = []
        for kill in range(KILLS):
            load.wait_progress()
            old = rove.role_pid(role)
            started = len(rove.events("role-started"))
            os.kill(old, signal.SIGKILL)
            ended = time.monotonic()
            # Who dies again and again is started again after a pause that doubles.
            pause = min(5, 0.1 * 2 ** (kill - 1)) if kill else 0
            wait_until(lambda: len(rove.events("role-started")) > started, 20,
                       f"{role} is started again")
            delays.append(time.monotonic() - ended - pause)
            wait_until(lambda: rove.role_pid(role) != old, 20, f"{role} runs again")
        load.wait_progress()
    # One may be late on a busy machine that runs sanitizers.
    assert statistics.median(delays) < RESPAWN_S, delays
    assert [updater.refused for updater in load.updaters] == [[]] * CLIENTS
    assert [asker.gaps for asker in load.askers] == [[]] * len(load.askers)
    if role != "front":
        assert [updater.cut for updater in load.updaters] == [0] * CLIENTS
    rove.wait_ready()
    load.check_ledger()


def test_a_broken_configuration_does_not_end_what_runs(make_rove):
    rove = make_loaded(make_rove)
    before = rove.role_pid("front")
    whole = rove.config.read_text()
    rove.config.write_text(whole + "\nnonsense = 1\n")
    for number, event in ((signal.SIGUSR2, "not-replaced"), (signal.SIGHUP, "not-reloaded")):
        os.kill(rove.processes["roved"].pid, number)
        wait_until(lambda: rove.events(event), 20, event)
    assert rove.role_pid("front") == before
    assert rove.addresses(FIXED, "A") == ["192.0.2.7"]
    assert rove.front_is_ready()


def test_a_listener_that_cannot_be_bound_does_not_end_what_runs(make_rove):
    rove = make_loaded(make_rove)
    pids = [rove.processes["roved"].pid, *map(rove.role_pid, ROLES)]
    with socket.create_server((rove.address, 0)) as taken:
        port = taken.getsockname()[1]
        rove.config.write_text(rove.config.read_text().replace(
            f'"{rove.address}:{rove.http_port}"',
            f'"{rove.address}:{rove.http_port}", "{rove.address}:{port}"'))
        os.kill(pids[0], signal.SIGUSR2)
        wait_until(lambda: rove.events("not-replaced"), 20, "it says that it stays")
    assert f":{port}" in rove.log() or str(port) in rove.log()
    assert [rove.processes["roved"].pid, *map(rove.role_pid, ROLES)] == pids
    assert rove.front_is_ready() and rove.addresses(FIXED, "A") == ["192.0.2.7"]
    # The address is free now.
    os.kill(pids[0], signal.SIGUSR2)
    wait_until(lambda: rove.events("roles-replaced"), 60, "the roles are replaced")


def test_a_new_listener_comes_with_a_restart_without_a_stop(make_rove):
    rove = make_loaded(make_rove)
    second = Rove(rove.folder / "ports").http_port  # a free one, nothing else
    rove.config.write_text(rove.config.read_text().replace(
        f'"{rove.address}:{rove.http_port}"',
        f'"{rove.address}:{rove.http_port}", "{rove.address}:{second}"'))
    os.kill(rove.processes["roved"].pid, signal.SIGHUP)
    wait_until(lambda: len(rove.events("restart-needed")) >= 4, 20, "all say what needs a restart")
    assert all("http.listen" in line for line in rove.events("restart-needed"))
    os.kill(rove.processes["roved"].pid, signal.SIGUSR2)
    wait_until(lambda: rove.events("roles-replaced"), 60, "the roles are replaced")
    rove.http_port = second
    wait_until(rove.front_is_ready, 20, "front listens on the new address too")


# ---- SIGHUP --------------------------------------------------------------------------------

def test_a_hangup_takes_over_limits_at_once(make_rove):
    rove = make_rove().start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    pids = [rove.role_pid(role) for role in ROLES]
    rove.config.write_text(rove.config.read_text()
                           .replace("private_addresses = true", "max_hosts = 1")
                           .replace('level = "info"', 'level = "info" requests = true'))
    os.kill(rove.processes["roved"].pid, signal.SIGHUP)
    wait_until(lambda: len(rove.events("reloaded")) == 4, 20, "parent and roles have read it")
    assert rove.update(NAME, secret, "10.9.9.9")[1] != "good 10.9.9.9"
    assert "numhost" in rove.update(f"{NAME},{NAME},a.example.org", secret, "10.1.2.3")[1]
    assert rove.events("request")
    assert [rove.role_pid(role) for role in ROLES] == pids
    assert not rove.events("restart-needed")


# ---- start order ---------------------------------------------------------------------------

@pytest.mark.parametrize("order", list(itertools.permutations(ROLES)))
def test_roles_start_in_any_order(make_rove, order):
    rove = make_rove()
    for role in order:
        rove.start_role(role)
    rove.wait_ready()
    rove.add_zone()
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    rove.wait_dns(NAME, "A", ["10.1.2.3"])


# ---- sockets from outside ------------------------------------------------------------------

# Does what systemd does: binds, puts the sockets at 3 and on, says so, and becomes roved.
LAUNCHER = """
import os, socket, sys
http, dns, *command = sys.argv[1:]
made = []
for kind, port in ((socket.SOCK_STREAM, http), (socket.SOCK_STREAM, dns),
                   (socket.SOCK_DGRAM, dns)):
    made.append(socket.socket(socket.AF_INET, kind))
    made[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made[-1].bind(("127.0.0.1", int(port)))
    if kind == socket.SOCK_STREAM:
        made[-1].listen(5)
high = [os.dup2(one.fileno(), 50 + n) for n, one in enumerate(made)]
for n, fd in enumerate(high):
    os.dup2(fd, 3 + n, inheritable=True)
    os.close(fd)
os.environ.update(LISTEN_FDS="3", LISTEN_PID=str(os.getpid()),
                  LISTEN_FDNAMES="http:dns-tcp:dns-udp")
os.execv(command[0], command)
"""


def sockets_of(pid):
    """The inodes of the process's sockets."""
    found = set()
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            target = os.readlink(path)
            if target.startswith("socket:"):
                found.add(target)
    return found


def listening(kind, port):
    """The socket that is bound to the port, as readlink() in /proc/PID/fd tells it."""
    wanted = f"0100007F:{port:04X}"
    for line in pathlib.Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
        row = line.split()
        if row[1] == wanted and (kind == "udp" or row[3] == "0A"):
            return f"socket:[{row[9]}]"
    return None


@pytest.mark.parametrize("apart", [False, True])
def test_sockets_from_outside_are_taken(make_rove, apart):
    rove = make_rove()
    args = [["--role", "front"], ["--role", "answer"]] if apart else [[]]
    with open(rove.log_path, "ab") as log:
        for n, more in enumerate(args):
            command = [rove.program("roved"), "-c", rove.config, *more]
            rove.processes[more[1] if more else "roved"] = subprocess.Popen(
                [sys.executable, "-c", LAUNCHER, str(rove.http_port), str(rove.dns_port),
                 *map(str, command)] if n == 0 or not apart else list(map(str, command)),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if apart and n == 0:
                # front took one socket and closed the two that are not for it.
                wait_until(rove.front_is_ready, 20, "front is ready")
                assert rove.events("sockets-unused")
    rove.wait_ready()
    before = listening("tcp", rove.http_port)
    assert before in sockets_of(rove.role_pid("front"))
    if not apart:
        assert listening("udp", rove.dns_port) in sockets_of(rove.role_pid("answer"))
        assert not rove.events("sockets-unused")
        os.kill(rove.processes["roved"].pid, signal.SIGUSR2)
        wait_until(lambda: rove.events("roles-replaced"), 60, "the roles are replaced")
        assert listening("tcp", rove.http_port) == before
        assert rove.front_is_ready()


def test_systemd_starts_front_at_the_first_connection(make_rove):
    activate = shutil.which("systemd-socket-activate")
    if not activate:
        pytest.skip("systemd-socket-activate is not there")
    rove = make_rove()
    with open(rove.log_path, "ab") as log:
        rove.processes["front"] = subprocess.Popen(
            [activate, "-l", f"{rove.address}:{rove.http_port}", "--fdname=http",
             rove.program("roved"), "-c", rove.config, "--role", "front"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    wait_until(lambda: listening("tcp", rove.http_port), 20, "systemd listens")
    assert not rove.status("front")
    wait_until(rove.front_is_ready, 20, "front is ready")
    assert listening("tcp", rove.http_port) in sockets_of(rove.role_pid("front"))
    assert not rove.events("sockets-unused")


# ---- what is refused -----------------------------------------------------------------------

def loosen(path, mode):
    return lambda rove: (rove.folder / path).chmod(mode)


def link_away(path):
    def change(rove):
        whole = rove.folder / path
        away = rove.folder / "away"
        whole.rename(away)
        whole.symlink_to(away)
    return change


def give_away(path):
    return lambda rove: os.chown(rove.folder / path, 1, 1)


@pytest.mark.parametrize("words", [[], ["--role", "front"]], ids=["whole", "front"])
def test_what_is_missing_before_the_first_start_is_told_with_what_to_do(make_rove, words):
    rove = make_rove()
    (rove.folder / "data" / "rove.key").unlink()
    done = rove.roved(*words)
    assert done.returncode == 1
    assert f"rove.key is missing: run 'roved -c {rove.config} --init' once" in done.stderr


@pytest.mark.parametrize("change, words", [
    (loosen("rove.conf", 0o646), "rove.conf: others than its owner may write it (mode 646)"),
    (loosen("data/rove.key", 0o640), "rove.key: others than its owner may use it (mode 640)"),
    (loosen("data/rove.key", 0o604), "rove.key: others than its owner may use it (mode 604)"),
    (loosen("data", 0o777), "data: others than its owner may write into it (mode 777)"),
    (link_away("data"), "data: is not a folder, or a link to one"),
    (link_away("data/rove.key"), "rove.key: is not a plain file, or a link to one"),
    (link_away("data/rove.db"), "rove.db: is not a plain file, or a link to one"),
])
def test_what_is_not_safe_is_refused_in_words(make_rove, change, words):
    rove = make_rove()
    change(rove)
    for args in (["--role", "front"],):
        done = rove.roved(*args)
        assert done.returncode == 1
        assert words in done.stderr and not BROKEN.search(done.stderr), done.stderr


@pytest.mark.parametrize("path", ["rove.conf", "data", "data/rove.key", "data/rove.db"])
def test_what_belongs_to_somebody_else_is_refused(as_root, make_rove, path):
    rove = make_rove()
    give_away(path)(rove)
    done = rove.roved("--role", "front")
    assert done.returncode == 1
    assert f"{pathlib.Path(path).name}: belongs to user 1" in done.stderr
    assert not BROKEN.search(done.stderr)


def test_root_is_told_which_user_is_missing(as_root, make_rove):
    rove = make_rove()
    rove.config.write_text(rove.config.read_text()
                           .replace('publish = "root"', 'publish = "no-such-user"'))
    done = rove.roved()
    assert done.returncode == 1
    assert "section users: publish: user 'no-such-user': there is none" in done.stderr
    assert not BROKEN.search(done.stderr)


def test_a_secret_that_others_can_read_is_refused(make_rove):
    rove = make_rove()
    secret = rove.folder / "transfer.key"
    secret.write_text("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n")
    rove.config.write_text(rove.config.read_text() + (
        f'key "transfer.example.org" {{ secret_file = "{secret}" }}\n'
        'secondary "ns2" { from = { "192.0.2.53" } key = "transfer.example.org" }\n'))
    for mode, code, words in ((0o644, 1, "transfer.key: others may use it (mode 644)"),
                              (0o640, 0, "fine"), (0o600, 0, "fine")):
        secret.chmod(mode)
        done = rove.roved("--check-config")
        assert done.returncode == code, done.stderr
        assert words in done.stdout + done.stderr


def test_what_runs_is_told_by_the_status_of_the_service(make_rove):
    rove = make_rove().start()
    wait_until(lambda: all(map(rove.status, ("parent", *ROLES))), 20, "all tell their state")
    rows = rove.ctl("status")
    assert {row["role"]: row["state"] for row in rows} == {
        role: "running" for role in ("parent", *ROLES)}
