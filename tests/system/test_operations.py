# SPDX-License-Identifier: GPL-3.0-or-later
"""Roved as its operator runs it: users, signals, restarts under load, sockets from outside."""
import contextlib
import http.client
import ipaddress
import itertools
import os
import pathlib
import pwd
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

from harness import ROLES, BROKEN, USERS, Rove, ask_dns, basic, texts_of, wait_until

NAME = "home.dyn.example.org"
FIXED = "fixed.dyn.example.org"
RESTARTS = 5
KILLS = 10
CLIENTS = 4
RESPAWN_S = 0.5


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
    assert rove.status("parent")["pid"] == parent
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


# ---- users ---------------------------------------------------------------------------------

KEPT = 1 << 6 | 1 << 7 | 1 << 10  # CAP_SETGID, CAP_SETUID, CAP_NET_BIND_SERVICE


def facts_of(pid):
    """/proc/PID/status as a dictionary."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_publish_hands_its_files_to_an_answer_of_another_user(rove_of_users):
    rove = rove_of_users.start()
    maps = pathlib.Path(f"/proc/{rove.role_pid('answer')}/maps")
    wait_until(lambda: "rove-image" in maps.read_text()
               or rove.events("image-not-changed-in-place"), 10, rove.log)
    assert not rove.events("socket-not-shared")


def test_each_role_runs_under_its_own_user_with_no_way_back(rove_of_users):
    rove = rove_of_users
    rove.start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    assert rove.update(NAME, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    rove.wait_dns(NAME, "A", ["10.1.2.3"])

    common = {role: pwd.getpwnam(USERS[role]).pw_gid for role in ("front", "answer")}
    joined = {"front": set(), "publish": set(common.values()), "answer": set()}
    for role, user in USERS.items():
        wanted = pwd.getpwnam(user)
        facts = facts_of(rove.role_pid(role))
        assert facts["Uid"].split() == [str(wanted.pw_uid)] * 4, role
        assert facts["Gid"].split() == [str(wanted.pw_gid)] * 4, role
        groups = set(os.getgrouplist(user, wanted.pw_gid)) | joined[role]
        assert set(map(int, facts["Groups"].split())) == groups, role
        for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(facts[which], 16) == 0, (role, which)
        assert facts["NoNewPrivs"].strip() == "1"
        assert int(facts["CapBnd"], 16) & ~KEPT == 0
        # What others of this user cannot look into belongs to root.
        assert os.stat(f"/proc/{rove.role_pid(role)}/environ").st_uid == 0, role
    facts = facts_of(rove.processes["roved"].pid)
    assert int(facts["CapPrm"], 16) == int(facts["CapEff"], 16) == KEPT
    assert int(facts["CapBnd"], 16) == KEPT

    # The key file is for front alone; publish may read the database, nobody else of them.
    assert can_read("daemon", rove.data / "rove.key")
    assert not can_read("bin", rove.data / "rove.key")
    assert can_read("bin", rove.data / "rove.db", *joined["publish"])
    groups = map(int, facts_of(rove.role_pid("answer"))["Groups"].split())
    assert not can_read("nobody", rove.data / "rove.db", *groups)
    # Nor is there anything else under the data folder for answer but the image.
    assert can_read("nobody", rove.image / "data.cdb")

    # A killed role comes back as the same user, and the parent can stop what it may not kill.
    for role in ROLES:
        old = rove.role_pid(role)
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: rove.role_pid(role) != old, 20, f"{role} is back")
        uid = pwd.getpwnam(USERS[role]).pw_uid
        assert facts_of(rove.role_pid(role))["Uid"].split()[0] == str(uid)
    rove.wait_ready()
    os.kill(rove.processes["roved"].pid, signal.SIGUSR2)
    wait_until(lambda: rove.events("roles-replaced"), 60, "replaced\n" + rove.log()[-3000:])
    assert rove.update(NAME, secret, "10.1.2.4") == (200, "good 10.1.2.4")
    rove.wait_dns(NAME, "A", ["10.1.2.4"])
    pids = [rove.role_pid(role) for role in ROLES]
    rove.stop()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def can_read(user, path, *groups):
    """Whether a process of the user and these groups can open the file."""
    found = pwd.getpwnam(user)
    done = subprocess.run([sys.executable, "-c", "import sys; open(sys.argv[1], 'rb')", path],
                          user=found.pw_uid, group=found.pw_gid, extra_groups=list(groups),
                          capture_output=True, cwd="/", check=False)
    return done.returncode == 0


def test_the_user_of_publish_may_not_administer(rove_of_users):
    rove = rove_of_users
    rove.start()
    for user, works in (("root", True), (USERS["front"], True), (USERS["publish"], False),
                        (USERS["answer"], False)):
        found = pwd.getpwnam(user)
        done = subprocess.run(
            [rove.program("rovectl"), "-c", rove.config, "host", "list"],
            user=found.pw_uid, group=pwd.getpwnam(USERS["front"]).pw_gid, extra_groups=[],
            capture_output=True, text=True, cwd="/", check=False)
        assert (done.returncode == 0) == works, (user, done.stdout + done.stderr)
        assert not BROKEN.search(done.stderr)
    assert rove.events("request-refused")


def test_roles_end_with_their_parent(rove_of_users):
    rove = rove_of_users.start()
    wait_until(lambda: all(map(rove.status, ROLES)), 20, "all tell their state")
    pids = [rove.status(role)["pid"] for role in ROLES]
    rove.processes["roved"].kill()
    rove.processes.pop("roved").wait()
    try:
        wait_until(lambda: all(map(is_gone, pids)), 20, "the roles have ended")
        assert all(rove.status(role)["state"] == "stopped" for role in ROLES)
    finally:
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
    # And whoever watched over the parent can start the next one.
    rove.start()


def is_gone(pid):
    """Ended, though perhaps nobody has taken note of it."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


# What a process of a role's user may try, as long as standard input is open; it tells what worked.
INTRUDER = """
import contextlib, os, pathlib, select, socket, sys
run, own = pathlib.Path(sys.argv[1]), sys.argv[2]
roles = {"parent", "front", "publish", "answer"} - {own}
def listen(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
        made.bind(str(path))
        made.listen()
def make(path):
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
acts = [(f"{act.__name__} {path.relative_to(run.parent)}", act, path) for path in
        [run / "new", run / "front.sock"] + [run / role / name for role in roles
                                             for name in ("socket", "status", "status.tmp", "new")]
        for act in (listen, make, pathlib.Path.unlink)]
acts += [(f"rename {role}", lambda path: path.rename(run / "away"), run / role) for role in roles]
acts += [(f"chmod {role}", lambda path: path.chmod(0o777), run / role) for role in roles]
print("begun", flush=True)
done = set()
while not select.select([sys.stdin], [], [], 0)[0]:
    for what, act, path in acts:
        with contextlib.suppress(OSError):
            act(path)
            done.add(what)
print(sorted(done))
"""


@pytest.mark.parametrize("own", ["publish", "answer"])
def test_nobody_takes_the_place_of_a_role_that_is_away(rove_of_users, own):
    rove = rove_of_users.start()
    wait_until(lambda: all(map(rove.status, ROLES)), 20, "all tell their state")
    groups = [int(group) for group in facts_of(rove.role_pid(own))["Groups"].split()]
    user = pwd.getpwnam(USERS[own])
    process = subprocess.Popen([sys.executable, "-c", INTRUDER, rove.run_folder, own],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
                               user=user.pw_uid, group=user.pw_gid, extra_groups=groups)
    try:
        assert process.stdout.readline() == "begun\n"
        for role in [role for role in ROLES if role != own] * 3:
            old = rove.role_pid(role)
            os.kill(old, signal.SIGKILL)
            wait_until(lambda old=old, role=role: rove.role_pid(role) != old, 30, f"{role} is back")
        rove.wait_ready()
        assert process.communicate("end", timeout=20)[0] == "[]\n"
    finally:
        process.kill()
        process.wait()
    assert not rove.events("cannot-start")


# Holds read locks on as much of the index of the database's log as it can get, until told to end.
LOCKER = """
import contextlib, fcntl, select, sys
with open(sys.argv[1], "rb") as index:
    first = True
    while not select.select([sys.stdin], [], [], 0)[0]:
        for at in range(120, 128):
            with contextlib.suppress(BlockingIOError):
                fcntl.lockf(index, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, at)
        if first:
            print("begun", flush=True)
        first = False
"""


def test_who_may_read_the_database_cannot_keep_changes_from_it(rove_of_users):
    rove = rove_of_users.start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    groups = [int(group) for group in facts_of(rove.role_pid("publish"))["Groups"].split()]
    user = pwd.getpwnam(USERS["publish"])
    process = subprocess.Popen([sys.executable, "-c", LOCKER, f"{rove.database}-shm"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
                               user=user.pw_uid, group=user.pw_gid, extra_groups=groups)
    try:
        assert process.stdout.readline() == "begun\n"
        for number in range(20):
            assert rove.update(NAME, secret, f"10.1.2.{number}") == (200, f"good 10.1.2.{number}")
        rove.wait_dns(NAME, "A", ["10.1.2.19"], 20)
        # While front is away the lock can be had, and then is in its way: it says whose it is.
        os.kill(rove.role_pid("front"), signal.SIGKILL)
        lines = wait_until(lambda: rove.events("cannot-start"), 60, "front does not start")
        assert f"by process {process.pid}" in lines[0]
        process.communicate("end", timeout=20)
        rove.wait_ready(60)
        assert rove.update(NAME, secret, "10.1.2.99") == (200, "good 10.1.2.99")
    finally:
        process.kill()
        process.wait()


FLOOD = """
import socket, sys
held = []
for _ in range(500):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.connect(sys.argv[1])
    held.append(one)
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("role, who", [("front", "publish"), ("publish", "answer")])
def test_local_connections_of_one_user_are_bounded_and_leave_room_for_others(rove_of_users, role,
                                                                           who):
    rove = rove_of_users.start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    pid = rove.role_pid(role)
    groups = [int(group) for group in facts_of(rove.role_pid(who))["Groups"].split()]
    user = pwd.getpwnam(USERS[who])
    process = subprocess.Popen([sys.executable, "-c", FLOOD, rove.run_folder / role / "socket"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
                               user=user.pw_uid, group=user.pw_gid, extra_groups=groups)
    try:
        assert process.stdout.readline() == "begun\n"
        wait_until(lambda: rove.events("local-connections-refused"), 20, "some were refused")
        assert f"uid={user.pw_uid}" in rove.events("local-connections-refused")[0]
        assert len(sockets_of(pid)) < 120
        assert rove.ctl("zone", "list")
        assert rove.update(NAME, secret, "10.1.2.3") == (200, "good 10.1.2.3")
        rove.wait_dns(NAME, "A", ["10.1.2.3"])
        process.communicate("", timeout=20)
    finally:
        process.kill()
        process.wait()
    assert rove.role_pid(role) == pid


@pytest.mark.parametrize("apart", [False, True])
def test_roles_replace_what_their_users_before_have_left(rove_of_users, apart):
    rove = rove_of_users
    rove.start()
    wait_until(lambda: all(map(rove.status, ROLES)), 20, "all tell their state")
    rove.processes["roved"].kill()
    rove.processes.pop("roved").wait()
    for role in ROLES:
        pid = rove.status(role)["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid), 20, f"{role} has ended")
    swapped = {"publish": USERS["answer"], "answer": USERS["publish"]}
    text = rove.config.read_text()
    for role, user in swapped.items():
        text = text.replace(f'{role} = "{USERS[role]}"', f'{role} = "{user}"')
    rove.config.write_text(text)
    for path in (rove.image, *rove.image.iterdir()):
        shutil.chown(path, swapped["publish"])
    (rove.start_apart if apart else rove.start)()
    for role, user in (USERS | swapped).items():
        path = rove.run_folder / f"{role}/status"
        wait_until(lambda: path.exists() and path.owner() == user, 20, f"{role} has written its own")
    assert not rove.events("status-not-written")


@pytest.mark.parametrize("begin", [
    lambda rove: rove.start(), lambda rove: rove.start_apart(),
    lambda rove: rove.roved("--init") and rove.start()], ids=["parent", "roles", "init"])
def test_root_closes_a_run_folder_into_which_others_could_write(rove_of_users, begin):
    """As it was when all roles wrote into one folder; what their users have put in the way of the
    folders goes, too."""
    rove = rove_of_users
    shutil.rmtree(rove.run_folder)
    rove.run_folder.mkdir()
    rove.run_folder.joinpath("answer").mkdir()
    shutil.chown(rove.run_folder / "answer", USERS["publish"])
    os.chown(rove.run_folder, 0, pwd.getpwnam(USERS["answer"]).pw_gid)
    rove.run_folder.chmod(0o1771)
    begin(rove)
    rove.wait_ready()
    info = rove.run_folder.stat()
    assert (info.st_uid, info.st_gid, info.st_mode & 0o7777) == (0, 0, 0o711)
    assert rove.run_folder.joinpath("answer").owner() == USERS["answer"]


def test_a_run_folder_of_another_user_is_refused(rove_of_users):
    rove = rove_of_users
    shutil.chown(rove.run_folder, USERS["answer"])
    for mode, words in ((0o777, "others than its owner may write"), (0o711, "belongs to user")):
        rove.run_folder.chmod(mode)
        done = rove.roved("--role", "front")
        assert done.returncode == 1 and words in done.stderr, done.stderr
        assert rove.run_folder.stat().st_mode & 0o7777 == mode


def test_a_role_that_root_starts_by_itself_becomes_its_user(rove_of_users):
    rove = rove_of_users
    rove.start_apart()
    for role, user in USERS.items():
        uid = pwd.getpwnam(user).pw_uid
        wait_until(lambda: rove.status(role), 20, f"{role} runs")
        facts = facts_of(rove.role_pid(role))
        assert facts["Uid"].split() == [str(uid)] * 4, role
        assert int(facts["CapPrm"], 16) == 0


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
    rows = rove.ctl("status")
    assert {row["role"]: row["state"] for row in rows} == {
        role: "running" for role in ("parent", *ROLES)}
