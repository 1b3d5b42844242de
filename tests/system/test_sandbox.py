# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role can still do when somebody else has its thoughts: acts of a stub inside of each,
in builds for tests; and what happens where the kernel lacks the means."""
import base64
import contextlib
import ctypes
import errno
import os
import pathlib
import platform
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ROLES, TREE, USERS, Rove, free_port, wait_until
from https import Authority

ACTS = re.findall(r'^    \{ "([a-z-]+)", \w+, (BY_[A-Z_| ]+) \},$',
                  (TREE / "src/server/sandbox_acts.c").read_text(), re.M)
FORBIDDEN = {role: [name for name, roles in ACTS
                    if "BY_ALL" in roles or f"BY_{role.upper()}" in roles]
             for role in (*ROLES, "tls", "outbound")}
DENIED = {errno.EPERM, errno.EACCES}


class Stage:
    """An installation whose folders lie apart, as those of a package do."""

    def __init__(self, folder, mode):
        chain, key = Authority(folder / "authority").issue("main", ["update.example.org"])
        self.rove = Rove(folder, f'sandbox = "{mode}"\n'
                         f'https {{ listen = {{ "127.0.0.1:{free_port()}" }} }}\n'
                         f'certificate "main" {{ chain = "{chain}" key = "{key}" }}\n'
                         'web { origin = "https://ddns.example.org" }\n'
                         'mail { server = "smtp://localhost:25" from = "rove@example.org" }')
        (folder / "etc").mkdir()
        self.rove.config = self.rove.config.rename(folder / "etc/rove.conf")
        self.rove.init()
        (self.rove.static / "data").write_text("+www.example.org:192.0.2.1\n")
        self.listener = socket.create_server(("127.0.0.1", 0))

    def prepare(self):
        """What the acts look for is there: a database, an image."""
        self.rove.start()
        wait_until((self.rove.image / "data.cdb").exists, 20, "an image")
        self.rove.stop()

    def act(self, role, names):
        """(what the log says, exit code) of a role that does the acts."""
        env = dict(os.environ) | {"ROVE_ACTS": ",".join(names),
                                  "ROVE_ACT_PORT": str(self.listener.getsockname()[1])}
        done = subprocess.run([self.rove.program("roved"), "-c", self.rove.config, "--role", role],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, env=env, check=False)
        return done.stderr, done.returncode

    def outcomes(self, role, names):
        """Of each act: the error number; 0: it was done; "killed". Who is killed starts anew
        for the acts that are left."""
        got, left = {}, list(names)
        while left:
            log, code = self.act(role, left)
            tried = re.findall(r"act-tried act=(\S+) forbidden=yes$", log, re.M)
            assert tried and tried == left[:len(tried)], f"{role} {left[0]}:\n{log[-2000:]}"
            got |= {name: int(number) for name, number
                    in re.findall(r"act-done act=(\S+) errno=(\d+)$", log, re.M)}
            if tried[-1] not in got:  # the end, or another program that ended well
                assert code in (0, -signal.SIGSYS), f"{tried[-1]}: {code}\n{log[-2000:]}"
                got[tried[-1]] = "killed" if code else 0
            left = left[len(tried):]
        return got

    def close(self):
        self.listener.close()
        self.rove.clean_up()


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """One with the sandbox and one without."""
    if os.geteuid() != 0:
        pytest.skip("needs root, whom nothing but the sandbox denies anything")
    made = {mode: Stage(tmp_path_factory.mktemp(mode), mode) for mode in ("required", "off")}
    try:
        for stage in made.values():
            stage.prepare()
        yield made
    finally:
        for stage in made.values():
            stage.close()


def is_sanitized(rove):
    return b"__asan_init" in rove.program("roved").read_bytes()


def test_there_are_thirty_forbidden_acts_for_each_role():
    assert len(ACTS) == len({name for name, _ in ACTS})
    assert all(len(acts) >= 30 for acts in FORBIDDEN.values()), FORBIDDEN


@pytest.mark.parametrize("role", FORBIDDEN)
def test_each_forbidden_act_is_denied_within_the_sandbox_and_done_without(stages, role):
    acts = FORBIDDEN[role]
    if is_sanitized(stages["off"].rove):  # it has to look into itself at its end
        acts = [name for name in acts if name != "become-dumpable"]
    with ThreadPoolExecutor(2) as pool:  # an installation runs a role once at a time
        within, without = pool.map(
            lambda mode: stages[mode].outcomes(role, acts), ("required", "off"))
    print(f"{role}: within {within}\n{role}: without {without}")
    let_through = {name: got for name, got in within.items()
                   if got != "killed" and got not in DENIED}
    assert not let_through
    # Some want arguments or a kernel that are not there; but nobody forbids them.
    control = {name: got for name, got in without.items() if got == "killed" or got in DENIED}
    assert not control
    assert sum(got == 0 for got in without.values()) >= 20, without


# ---- what the kernel lacks -----------------------------------------------------------------

LANDLOCK_CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
PRCTL = {"x86_64": 157, "aarch64": 167}[platform.machine()]
LACKS = {"Landlock": [(LANDLOCK_CREATE_RULESET, errno.EOPNOTSUPP)],
         "filter of system calls": [(SECCOMP, errno.ENOSYS), (PRCTL, errno.EINVAL)]}
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2


def refuse(calls):
    """A filter that answers as an older kernel would; of prctl() it is PR_SET_SECCOMP alone."""
    load, equal, give = 0x20, 0x15, 0x06
    code = []
    for number, error in calls:
        code += [(load, 0, 0, 0), (equal, 0, 3 if number == PRCTL else 1, number)]
        if number == PRCTL:
            code += [(load, 0, 0, 16), (equal, 0, 1, PR_SET_SECCOMP)]
        code += [(give, 0, 0, 0x00050000 | error)]
    code += [(give, 0, 0, 0x7fff0000)]
    program = b"".join(struct.pack("HBBI", *step) for step in code)

    def begin():
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(program)
        about = ctypes.create_string_buffer(
            struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer)))
        assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        assert libc.prctl(PR_SET_SECCOMP, FILTER_MODE, about, 0, 0) == 0

    return begin


@pytest.mark.parametrize("missing", LACKS)
def test_a_kernel_that_lacks_something_is_told_of_and_served_unless_all_is_required(
        make_rove, missing):
    rove = make_rove()
    rove.start(begin=refuse(LACKS[missing]))
    wait_until(lambda: len(rove.events("sandbox-incomplete")) >= len(ROLES), 10, "all tell of it")
    for role in ROLES:
        lines = [line for line in rove.events("sandbox-incomplete") if f" {role} " in line]
        assert len(lines) == 1 and missing in lines[0], rove.log()
    assert not rove.events("sandboxed")
    rove.stop()

    rove.config.write_text('sandbox = "required"\n' + rove.config.read_text())
    for args in ([], *(["--role", role] for role in ROLES)):
        done = subprocess.run([rove.program("roved"), "-c", rove.config, *args], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=60, preexec_fn=refuse(LACKS[missing]))
        assert done.returncode == 1
        assert re.search(rf"cannot-start why=\"sandbox: .*{missing}", done.stderr), done.stderr


def test_each_process_is_within_bounds_and_its_memory_is_its_own(rove):
    for role in ("roved", *ROLES):
        proc = pathlib.Path(f"/proc/{rove.role_pid(role)}")
        facts = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines())
        assert facts["Seccomp"] == "2" and facts["NoNewPrivs"] == "1", role
        core = re.search(r"^Max core file size +(\S+) +(\S+)", (proc / "limits").read_text(), re.M)
        assert core.groups() == ("0", "0"), role
    assert len(rove.events("sandboxed")) + len(rove.events("sandbox-incomplete")) == len(ROLES)


@pytest.fixture
def userdb(open_folder):
    """The folder of a service that is asked who users are, as systemd's; it hangs up at once."""
    folder, asked = open_folder / "userdb", []
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(folder / "io.systemd.DynamicUser"))
        (folder / "io.systemd.DynamicUser").chmod(0o666)
        service.listen()

        def hang_up():
            with contextlib.suppress(OSError):
                while True:
                    service.accept()[0].close()
                    asked.append(1)

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield folder, asked
        service.shutdown(socket.SHUT_RDWR)
        thread.join()


def without_landlock_but_with(userdb):
    """A system that asks a service who a user is, where Landlock does not keep a role from it."""
    refuse_landlock = refuse(LACKS["Landlock"])

    def begin():
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.unshare(CLONE_NEWNS) == 0
        assert libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0
        assert libc.mount(b"none", b"/run", b"tmpfs", 0, None) == 0
        os.makedirs("/run/systemd/userdb")
        assert libc.mount(bytes(userdb), b"/run/systemd/userdb", None, MS_BIND, None) == 0
        refuse_landlock()

    return begin


@pytest.mark.parametrize("landlock", [True, False], ids=["with Landlock", "without Landlock"])
def test_roles_know_each_others_users_without_asking_the_system(rove_of_users, userdb, landlock):
    rove, port = rove_of_users, free_port()
    settings = f'metrics {{ listen = {{ "127.0.0.1:{port}" }} }}\n'
    rove.config.write_text(rove.config.read_text() + settings)
    folder, asked = userdb
    rove.start(begin=None if landlock else without_landlock_but_with(folder))

    def page():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            return reply.read().decode()

    wait_until(lambda: "rove_dns_queries_udp_total" in page(), 5, "what answer counts")
    rove.stop()
    for role in ROLES:
        assert rove.status(role)["state"] == "stopped", rove.log()
    assert not [line for line in rove.events("role-ended") if " code=0" not in line]
    if not landlock and not asked:
        pytest.skip("this system asks no service who a user is")


# ---- what comes later ----------------------------------------------------------------------

def hup(rove):
    os.kill(rove.processes["roved"].pid, signal.SIGHUP)


def test_static_files_elsewhere_come_with_a_reload(make_rove, tmp_path):
    rove = make_rove()
    (rove.static / "data").write_text("Zexample.org:ns.example.net:h.example.org\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "more").write_text("+more.example.org:192.0.2.1\n")
    rove.start()
    hup(rove)  # publish has hardly begun: the order waits for it
    wait_until(lambda: len(rove.events("reloaded")) == 4, 10, "a reload that changes nothing")
    assert not rove.events("starting-anew")
    rove.config.write_text(rove.config.read_text().replace(
        f'static = {{ "{rove.static}" }}', f'static = {{ "{rove.static}", "{elsewhere}" }}'))
    hup(rove)
    rove.wait_dns("more.example.org", "A", ["192.0.2.1"], 10)
    assert len(rove.events("starting-anew")) == (1 if rove.events("sandboxed") else 0)


def test_a_link_that_leads_elsewhere_is_followed(make_rove, tmp_path):
    rove = make_rove()
    (rove.static / "data").write_text("Zexample.org:ns.example.net:h.example.org\n")
    (tmp_path / "elsewhere").mkdir()
    there = tmp_path / "elsewhere/there"
    there.write_text("+there.example.org:192.0.2.1\n")
    rove.start()
    wait_until((rove.image / "data.cdb").exists, 10, "an image")
    (rove.static / "there").symlink_to(there)
    rove.wait_dns("there.example.org", "A", ["192.0.2.1"], 10)
    there.with_suffix(".new").write_text("+there.example.org:192.0.2.2\n")
    there.with_suffix(".new").rename(there)
    hup(rove)
    rove.wait_dns("there.example.org", "A", ["192.0.2.2"], 10)


def test_a_hook_that_a_reload_brings_runs_outside_of_the_sandbox(make_rove, tmp_path):
    rove = make_rove()
    rove.start()
    rove.add_zone()
    out, code = tmp_path / "out", tmp_path / "hook"
    code.write_text(f"#!/bin/sh\ncat /etc/passwd >{out}\n")
    code.chmod(0o755)
    rove.config.write_text(rove.config.read_text() + f'publish {{ hook = {{"{code}"}} }}\n')
    hup(rove)
    wait_until(lambda: out.exists() and "root:" in out.read_text(), 10, "the hook has run")
    wait_until(lambda: rove.told("publish", "hook", "seq") not in (None, -1), 5, "status")
    # What runs it ends with publish, and is there again with the next one.
    out.unlink()
    os.kill(rove.role_pid("publish"), signal.SIGKILL)
    wait_until(lambda: out.exists() and "root:" in out.read_text(), 10, "the hook runs again")


def expect_landlock(rove):
    if len(rove.events("sandboxed")) < len(rove.processes) and "Landlock" in rove.log():
        pytest.skip("this kernel has no Landlock")


@pytest.mark.parametrize("readable", [True, False])
def test_a_secret_elsewhere_comes_with_a_reload_where_publish_may_read_it(
        rove_of_users, open_folder, readable):
    rove = rove_of_users
    rove.start()
    expect_landlock(rove)
    wait_until(lambda: rove.status("publish"), 10, "publish runs")
    before = rove.role_pid("publish")
    (open_folder / "elsewhere").mkdir()
    secret = open_folder / "elsewhere/secret"
    secret.write_text(base64.b64encode(bytes(32)).decode() + "\n")
    secret.chmod(0o640 if readable else 0o600)
    os.chown(secret, 0, pwd.getpwnam(USERS["answer"]).pw_gid)
    rove.config.write_text(rove.config.read_text() + f"""
key "transfer" {{ algorithm = "hmac-sha256" secret_file = "{secret}" }}
""")
    hup(rove)
    wait_until(lambda: len(rove.events("not-reloaded")) == 2, 10, "two cannot read it")
    if readable:
        wait_until(lambda: rove.role_pid("publish") != before, 10, "publish starts anew")
    rove.add_zone()
    rove.wait_dns("dyn.example.org", "NS", ["ns.example.net."], 10)
    assert len(rove.events("starting-anew")) == readable, rove.log()
    assert (rove.role_pid("publish") == before) == (not readable)
    assert not rove.events("cannot-start")


def test_an_image_folder_that_comes_after_answer_is_read(as_root, open_folder, make_rove):
    """It was started before all others, by a user who can make no folder for them."""
    other = make_rove()
    (other.static / "data").write_text("Zexample.org:ns.example.net:h.example.org\n"
                                       "+www.example.org:192.0.2.1\n")
    other.start()
    other.wait_dns("www.example.org", "A", ["192.0.2.1"])
    other.stop()
    user = pwd.getpwnam(USERS["answer"])

    def become_user():
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    rove = Rove(open_folder / "rove")
    try:
        (rove.folder / "etc").mkdir()
        rove.config = rove.config.rename(rove.folder / "etc/rove.conf")
        os.chown(rove.run_folder, user.pw_uid, user.pw_gid)

        def start():
            process = rove.start_role("answer", begin=become_user)
            wait_until(rove.answer_is_ready, 10, "answer is ready")
            return process

        process = start()
        expect_landlock(rove)
        shutil.copytree(other.image, rove.image)
        assert process.wait(timeout=20) == 0, rove.log()
        assert len(rove.events("starting-anew")) == 1
        process = start()
        rove.wait_dns("www.example.org", "A", ["192.0.2.1"], 10)
        # One that is put in the place of another is another.
        rove.image.rename(rove.data / "before")
        shutil.copytree(other.image, rove.image)
        assert process.wait(timeout=20) == 0, rove.log()
        start()
        rove.wait_dns("www.example.org", "A", ["192.0.2.1"], 10)
        assert len(rove.events("starting-anew")) == 2
    finally:
        rove.clean_up()
