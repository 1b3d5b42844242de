# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles under users of their own: what each may reach, and that none takes another's place."""
import contextlib
import fcntl
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from harness import BROKEN, ROLES, USERS, set_option, wait_until
from test_operations import sockets_of
from test_storage import held_by

NAME = "home.dyn.example.org"
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


def test_init_makes_the_folder_of_tls_before_https_is_switched_on(rove_of_users):
    """Under systemd the parent cannot do so later."""
    rove = rove_of_users
    assert not (rove.data / "tls").exists()  # there is no such user
    set_option(rove, "users", 'tls = "news"')
    assert rove.roved("--init").returncode == 0
    assert (rove.data / "tls").owner() == "news"
    assert (rove.data / "tls").stat().st_mode & 0o777 == 0o700


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
        parent, front = rove.processes["roved"].pid, rove.role_pid("front")
        index = os.stat(f"{rove.database}-shm").st_ino
        os.kill(parent, signal.SIGSTOP)
        try:
            os.kill(front, signal.SIGKILL)
            wait_until(lambda: list(held_by(process.pid, index)) == [("READ", 120, "127")], 20,
                       "all can be had")
        finally:
            os.kill(parent, signal.SIGCONT)
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


def test_roles_that_root_starts_at_once_make_their_folders_one_after_the_other(rove_of_users):
    """None finds what another one has half made."""
    rove = rove_of_users
    shutil.rmtree(rove.run_folder)
    rove.run_folder.mkdir()
    inode = rove.run_folder.stat().st_ino
    held = os.open(rove.run_folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        rove.start_apart(ready=False)
        pids = {process.pid for process in rove.processes.values()}
        wait_until(lambda: waiting_for(inode) == pids, 20, "all wait for us")
        assert not list(rove.run_folder.iterdir())
    finally:
        os.close(held)
    rove.wait_ready()
    assert not rove.events("cannot-start")


def waiting_for(inode):
    """The processes that wait for a lock of the whole file."""
    with open("/proc/locks", encoding="ascii") as locks:
        rows = [line.split() for line in locks]
    return {int(row[5]) for row in rows
            if row[1:3] == ["->", "FLOCK"] and row[6].endswith(f":{inode}")}
