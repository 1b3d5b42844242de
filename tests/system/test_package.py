# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed beside the programs: units, completion, and the Debian package.

The package is built, installed in a chroot of its own, upgraded under load and purged when
ROVE_PACKAGE=1 is set, as .ci/run does: that takes minutes, root and the network."""
import dataclasses
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import pytest

import debian
import harness
import peers
from harness import BUILD, TREE, ask_dns, free_port, wait_until
from machine import run

ROLE_UNITS = ("rove-front", "rove-publish", "rove-answer", "rove-tls", "rove-outbound")
EXPOSURE_OF_ROLES = {"rove-front": 1.6,  # is in a group more, and may bind low ports
                     "rove-publish": 1.5, "rove-answer": 1.5, "rove-tls": 1.5, "rove-outbound": 1.5}
# The parent makes folders for three users, becomes them and binds port 53; what the roles have is less.
EXPOSURE_OF_ALL = 2.2


@pytest.fixture(name="installed", scope="module")
def fixture_installed(tmp_path_factory):
    """The tree of `meson install`, up to the prefix."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(["/usr/bin/meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                    "--destdir", folder], check=True, capture_output=True)
    return next(folder.glob("**/sbin/roved")).parents[1]


def test_installation_is_whole(installed):
    there = {str(path.relative_to(installed)) for path in installed.rglob("*")}
    wanted = {"sbin/roved", "sbin/rove-tls", "sbin/rove-outbound", "sbin/rovectl", "sbin/rove-cert",
              "share/rove/examples/rove.conf", "share/doc/rove/README.md", "lib/sysusers.d/rove.conf"}
    wanted |= {f"share/man/man{page.suffix[1:]}/{page.name}"
               for page in (TREE / "man").glob("*.[1-9]")}
    wanted |= {f"share/rove/acme/{file.name}" for file in (TREE / "packaging/acme").iterdir()}
    wanted |= {f"share/doc/rove/docs/{page.name}" for page in (TREE / "docs").glob("*.md")}
    assert wanted <= there, wanted - there
    for file in installed.joinpath("share/rove/acme").iterdir():
        assert os.access(file, os.X_OK), file
    scripts = [path for path in installed.joinpath("share/rove").rglob("run")]
    assert len(scripts) == 3 * 6 * 2
    for script in scripts:
        text = script.read_text()
        assert os.access(script, os.X_OK) and text.startswith("#!/bin/sh\n"), script
        assert "@" not in text, script


# Where nothing of this machine is: the script goes by /run.
INSTALL_OVER = """
mount -t tmpfs none /run && mkdir /run/rove && chown root:daemon /run/rove && chmod 1771 /run/rove &&
touch /run/rove/front.sock /run/rove/answer.status && "$0" && stat -c "%U %G %a" /run/rove && ls /run/rove
"""


def test_an_installation_over_an_older_one_closes_the_run_folder(as_root, tmp_path):
    """In that one all roles wrote into it, and it became so at each start of the machine."""
    old = tmp_path / "lib/tmpfiles.d/rove.conf"
    old.parent.mkdir(parents=True)
    old.write_text("d /run/rove 1771 root rove-answer\n")
    env = {**os.environ, "MESON_INSTALL_PREFIX": str(tmp_path)}
    env.pop("DESTDIR", None)
    done = subprocess.run(["unshare", "--mount", "sh", "-c", INSTALL_OVER,
                           TREE / "packaging/after-install"],
                          capture_output=True, text=True, timeout=60, check=True, env=env)
    assert done.stdout.split() == ["root", "root", "711"], done.stdout + done.stderr
    assert not old.exists()


# ---- systemd -------------------------------------------------------------------------------

def systemd_analyze(*args):
    """The machine's own, or Debian's, unpacked."""
    found = shutil.which("systemd-analyze")
    program, env = found, dict(os.environ)
    if not found:
        program, env = dataclasses.astuple(peers.peer("systemd-analyze"))
        # The units of Debian's own, before those that the machine may have (":").
        env["SYSTEMD_UNIT_PATH"] = f"{peers.ROOT}/lib/systemd/system:"
    return subprocess.run([program, *map(str, args)], env=env, capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.fixture(name="units")
def fixture_units(installed, tmp_path):
    """The installed units, with the path of a roved that is there."""
    for unit in installed.joinpath("lib/systemd/system").iterdir():
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={installed}/sbin/roved",
                      unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_units_have_no_mistakes(units):
    files = sorted(units.iterdir())
    assert len(files) == len(ROLE_UNITS) + 6
    said = systemd_analyze("verify", "--man=no", *files)
    # What it says of the machine's other units is not ours.
    assert not [line for line in said.stderr.splitlines() if "rove" in line], said.stderr


@pytest.mark.parametrize("unit", ["rove", "rove-cert", *ROLE_UNITS])
def test_units_expose_little(units, unit):
    said = systemd_analyze("security", "--no-pager", "--offline=true",
                           units / f"{unit}.service")
    level = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
    assert level, said.stdout + said.stderr
    assert float(level[1]) <= EXPOSURE_OF_ROLES.get(unit, EXPOSURE_OF_ALL), said.stdout


def calls_of(group):
    """The system calls of one of systemd's groups, with those of the groups in it."""
    said = systemd_analyze("syscall-filter", "--no-pager", group)
    assert said.returncode == 0, said.stderr
    words = re.findall(r"^    ([@\w]\S*)", said.stdout, re.M)
    return set().union(*(calls_of(word) if word[0] == "@" else {word} for word in words))


def allowed_calls(unit):
    """What is left of a unit's SystemCallFilter= lines, taken one after the other."""
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.M):
        calls = set().union(*(calls_of(word) if word[0] == "@" else {word}
                              for word in line.lstrip("~").split()))
        allowed = allowed - calls if line[0] == "~" else allowed | calls
    return allowed


class Traced(harness.Rove):
    """Each role by itself under a user without rights, as its unit has it, and all it calls."""
    USER = pwd.getpwnam("daemon")

    def __init__(self, folder):
        super().__init__(folder)
        self.strace = peers.peer("strace")
        self.identity = {}
        if os.geteuid() == 0:
            self.identity = {"user": self.USER.pw_uid, "group": self.USER.pw_gid,
                             "extra_groups": []}
            self.config.write_text(self.config.read_text().replace('"root"', '"daemon"'))
            for path in (self.folder, self.data, self.run_folder):
                os.chown(path, self.USER.pw_uid, self.USER.pw_gid)
        run(self.program("roved"), "-c", self.config, "--init", cwd="/", **self.identity)

    def _spawn(self, name, args, env, begin=None):
        command = ["-f", "-qq", "-o", self.folder / f"{name}.calls", self.program("roved"), "-c",
                   self.config, *args]
        with open(self.log_path, "ab") as log:
            self.processes[name] = self.strace.start(
                *command, stdout=log, stderr=log, cwd="/", preexec_fn=begin,
                # Looking for leaks is itself a tracer.
                env={"ASAN_OPTIONS": "detect_leaks=0"} | (env or {}), **self.identity)
        return self.processes[name]

    def calls(self, role):
        text = (self.folder / f"{role}.calls").read_text(errors="replace")
        return set(re.findall(r"^\d+ +(\w+)\(", text, re.M))


def test_units_allow_what_their_roles_call(units, tmp_path):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rove-traced-"))
    folder.chmod(0o755)
    try:
        service = Traced(folder / "rove").start_apart()
        try:
            service.add_zone()
            token = service.add_host("home.dyn.example.org")
            assert service.update("home.dyn.example.org", token, "10.0.0.1")[0] == 200
            service.wait_dns("home.dyn.example.org", "A", ["10.0.0.1"])
            service.ctl("backup", tmp_path / "backup")
            for role in harness.ROLES:
                # The tracer itself hears no signal while it writes to a file.
                pid = wait_until(lambda role=role: service.told(role, "pid"), 20, f"{role} runs")
                os.kill(pid, harness.signal.SIGHUP)
            wait_until(lambda: len(service.events("reloaded")) == 3, 20, service.log())
        finally:
            for role in harness.ROLES:
                if service.status(role):
                    os.kill(service.status(role)["pid"], harness.signal.SIGTERM)
            codes = {role: process.wait(timeout=60 * harness.PATIENCE)
                     for role, process in service.processes.items()}
            service.processes = {}
            service.clean_up()
        assert set(codes.values()) == {0}, service.log()
        for role in harness.ROLES:
            called, allowed = service.calls(role), allowed_calls(units / f"rove-{role}.service")
            assert "capset" in called and len(called) > 20
            assert called <= allowed, f"{role}: {called - allowed}"
            # The service as a whole has all three in it.
            assert called <= allowed_calls(units / "rove.service")
        # Each unit is started again for ever, like the roles of the parent; a timer's runs once.
        for unit in set(units.glob("*.service")) - {units / "rove-cert.service"}:
            assert "\nStartLimitIntervalSec=0\n" in unit.read_text().split("[Service]")[0]
    finally:
        shutil.rmtree(folder)


# ---- completion ----------------------------------------------------------------------------

def complete(program, *words):
    """What bash offers for the last of the words."""
    script = TREE / "packaging" / "completion" / program
    path = harness.Rove.program(program)
    line = " ".join(f"'{word}'" for word in (path, *words))
    done = subprocess.run(
        ["bash", "-c", f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
         f"_{program} '{path}' '{words[-1]}' \"${{COMP_WORDS[COMP_CWORD-1]}}\"; "
         "printf '%s\\n' \"${COMPREPLY[@]}\""],
        capture_output=True, text=True, timeout=60, check=True)
    assert not done.stderr
    return set(done.stdout.split())


def commands():
    """Every command in the help of rovectl, with its options."""
    text = subprocess.run([harness.Rove.program("rovectl"), "--help"], capture_output=True,
                          text=True, timeout=60, check=True).stdout
    return [tuple(re.match(r"  ([a-z][a-z0-9-]*)(?: ([a-z][a-z0-9-]*))?", line).groups())
            for line in text.splitlines() if re.match(r"  [a-z]", line)]


def test_completion_knows_every_command_of_rovectl():
    rows = commands()
    assert len(rows) > 20
    nouns = {noun for noun, verb in rows}
    assert complete("rovectl", "") == nouns
    assert complete("rovectl", "--json", "-c", "some.conf", "") == nouns
    for noun in nouns:
        verbs = {verb for first, verb in rows if first == noun and verb}
        assert complete("rovectl", noun, "") == verbs, noun
        assert noun in complete("rovectl", noun[:-1]), noun


def test_completion_knows_the_options_of_a_command():
    assert {"--owner", "--ns", "--minimum", "--json", "--help"} <= \
        complete("rovectl", "zone", "add", "dyn.example.org", "--")
    assert "--minimum" not in complete("rovectl", "zone", "list", "--")
    assert complete("rovectl", "host", "list", "--z") == {"--zone"}
    assert complete("rovectl", "--v") == {"--version"}


def test_completion_knows_every_option_of_roved():
    text = subprocess.run([harness.Rove.program("roved"), "--help"], capture_output=True,
                          text=True, timeout=60, check=True).stdout
    options = set(re.findall(r"--[a-z][a-z-]+", text))
    assert {"--role", "--init", "--check-config", "--version"} <= options
    assert options <= complete("roved", "--")
    assert complete("roved", "--role", "") == {*harness.ROLES, "tls", "outbound"}


# ---- Debian's package ----------------------------------------------------------------------

slow = pytest.mark.skipif(os.environ.get("ROVE_PACKAGE") != "1",
                          reason="takes minutes; set ROVE_PACKAGE=1")
@slow
def test_package_is_the_same_when_built_twice(deb, tmp_path):
    run(TREE / "packaging" / "build-deb", tmp_path / "again")
    again = next(tmp_path.glob("again/rove_*.deb"))
    assert deb.read_bytes() == again.read_bytes()


@slow
def test_programs_of_the_package_are_hardened(deb, tmp_path):
    run("dpkg", "-x", deb, tmp_path)
    for name in ("roved", "rovectl"):
        program = tmp_path / "usr/sbin" / name
        head = run("readelf", "-hlWn", program)
        dynamic = run("readelf", "-dW", program)
        symbols = run("readelf", "--dyn-syms", "-W", program)
        assert re.search(r"Type:\s+DYN", head) and "INTERP" in head, "no PIE"
        assert "GNU_RELRO" in head and re.search(r"FLAGS_1.*\bNOW\b", dynamic), "no full RELRO"
        assert re.search(r"GNU_STACK.* RW ", head), "the stack can be executed"
        assert not re.search(r"LOAD.* RWE ", head), "writable code"
        assert "__stack_chk_fail" in symbols, "no canaries"
        assert re.search(r"__\w+_chk@", symbols), "no checked functions"
        assert not re.search(r"R(UN)?PATH", dynamic)
        # The note for the whole program is missing, as Debian's own start files lack it.
        if os.uname().machine == "x86_64":
            assert run("objdump", "-d", program).count("endbr64") > 200, "no landing pads"


USERS = {"front": "rove", "publish": "rove-publish", "answer": "rove-answer"}
GROUPS = {"front": ["rove"], "publish": ["rove-publish", "rove", "rove-answer"],
          "answer": ["rove-answer"]}


@pytest.fixture(name="chroot")
def fixture_chroot(as_root, deb, tmp_path):
    """Debian 12 with what the package depends on, and no more."""
    yield debian.chroot(tmp_path / "root", "bookworm", debian.named_in(deb, "Pre-Depends", "Depends"))
    shutil.rmtree(tmp_path / "root")


class Service(harness.Rove):
    """The installed service, run in its chroot as a supervisor would."""

    def __init__(self, chroot):  # pylint: disable=super-init-not-called
        self.chroot = chroot
        self.address = "127.0.0.1"
        self.http_port, self.dns_port = free_port(), free_port()
        self.run_folder = chroot.path("/run/rove")
        self.log_path = chroot.root / "tmp/log"
        self.config = chroot.path("/etc/rove/rove.conf")
        self.config.write_text(
            self.config.read_text()
            .replace("127.0.0.1:8053", f"127.0.0.1:{self.http_port}")
            .replace("127.0.0.1:5300", f"127.0.0.1:{self.dns_port}")
            + "update { private_addresses = true changes_per_hour = 100000 }\n")
        self.processes = {}

    def spawn(self, name, *command):
        with open(self.log_path, "ab") as log:
            self.processes[name] = subprocess.Popen(
                self.chroot.command(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self, ready=True, env=None):
        self.spawn("roved", "roved")
        self.wait_ready()
        return self

    def start_apart(self, ready=True, env=None):
        """As the unit of each role does: under its user from the beginning."""
        for role, user in USERS.items():
            self.spawn(role, "setpriv", f"--reuid={user}", f"--regid={user}",
                       f"--groups={','.join(GROUPS[role])}", "--inh-caps=-all", "--bounding-set=-all",
                       "--no-new-privs", "roved", "--role", role)
        self.wait_ready()
        return self

    def ask_front(self, path):
        """A GET as rove-local(7) tells it."""
        body = harness.json.dumps({"method": "GET", "path": path}).encode()
        folder = os.open(self.run_folder, os.O_PATH)  # its own name is too long for a socket
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as local:
                local.connect(f"/proc/self/fd/{folder}/front/socket")
                local.settimeout(10)
                local.send(b"RV\x01" + (1).to_bytes(2, "little")
                           + len(body).to_bytes(3, "little") + body)
                packet = local.recv(1 << 18)
        finally:
            os.close(folder)
        assert packet[:5] == b"RV\x01" + (2).to_bytes(2, "little")
        assert int.from_bytes(packet[5:8], "little") == len(packet) - 8
        return harness.json.loads(packet[8:])

    def ctl(self, *args, check=True):
        done = self.chroot.run("rovectl", "--json", *args)
        return harness.json.loads(done) if done.strip() else None


class Load(threading.Thread):
    """Updates and questions, one after the other, until stopped; what failed is kept."""

    def __init__(self, service, host, token):
        super().__init__(daemon=True)
        self.service, self.host, self.token = service, host, token
        self.done, self.failed, self.acknowledged = threading.Event(), [], []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.done.set()
        self.join()

    def run(self):
        while not self.done.is_set():
            address = f"198.51.100.{len(self.acknowledged) % 250 + 1}"
            try:
                said = self.service.update(self.host, self.token, address)
                if said[0] != 200:
                    self.failed.append(said)
                else:
                    self.acknowledged.append(address)
                ask_dns(self.service.address, self.service.dns_port, self.host, "A")
            except Exception as error:  # pylint: disable=broad-except
                self.failed.append(repr(error))


@slow
def test_package_installs_serves_upgrades_and_goes(deb, chroot):
    before = chroot.files()
    chroot.install(deb)
    for path, owner, mode in (("/var/lib/rove/rove.key", "rove", 0o600),
                              ("/var/lib/rove/rove.db", "rove", 0o640),
                              ("/var/lib/rove", "rove", 0o711),
                              ("/var/lib/rove/dns", "rove-publish", 0o755),
                              ("/run/rove", "root", 0o711),
                              ("/run/rove/front", "rove", 0o711),
                              ("/run/rove/publish", "rove-publish", 0o711),
                              ("/run/rove/answer", "rove-answer", 0o711)):
        info = chroot.path(path).stat()
        assert (info.st_uid, info.st_mode & 0o7777) == (chroot.user(owner), mode), path
    assert "fine" in chroot.run("roved", "--check-config")

    service = Service(chroot)
    service.start()
    try:
        service.add_zone()
        token = service.add_host("home.dyn.example.org")
        assert service.update("home.dyn.example.org", token, "198.51.100.1")[0] == 200
        service.wait_dns("home.dyn.example.org", "A", ["198.51.100.1"])
        pids = {role: service.role_pid(role) for role in harness.ROLES}
        for role, pid in pids.items():
            state = pathlib.Path(f"/proc/{pid}/status").read_text()
            uid = chroot.user(USERS[role])
            assert re.search(rf"^Uid:(\s+{uid}){{4}}$", state, re.M), role
            assert re.search(r"^CapPrm:\s+0+$", state, re.M), role

        # An upgrade: the operator's file stays, and the new programs take over under load.
        newer = chroot.root / "tmp/newer"
        run("dpkg-deb", "-R", deb, newer)
        control = newer / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*$", r"\g<0>+1", control.read_text(),
                                  flags=re.MULTILINE))
        run("dpkg-deb", "-b", newer, chroot.root / "tmp/newer.deb")
        config = service.config.read_text()
        # As a version left it in which all roles wrote into one folder.
        chroot.path("/run/rove").chmod(0o1771)
        chroot.path("/run/rove/front.sock").touch()
        with Load(service, "home.dyn.example.org", token) as load:
            chroot.install(chroot.root / "tmp/newer.deb")
            assert service.config.read_text() == config
            assert chroot.path("/run/rove").stat().st_mode & 0o7777 == 0o711
            assert not chroot.path("/run/rove/front.sock").exists()
            service.processes["roved"].send_signal(harness.signal.SIGUSR2)
            wait_until(lambda: all(service.told(role, "pid") not in (None, pid)
                                   for role, pid in pids.items()), 60, "all roles are new")
            service.wait_ready()
        assert not load.failed and load.acknowledged, load.failed
        service.wait_dns("home.dyn.example.org", "A", load.acknowledged[-1:])
    finally:
        service.clean_up()

    said = chroot.run("dpkg", "-P", "rove")
    assert not chroot.path("/var/lib/rove").exists(), said
    left = chroot.files() - before
    assert not left, left


@slow
def test_roles_of_the_package_work_under_users_chosen_by_a_supervisor(deb, chroot):
    chroot.install(deb)
    service = Service(chroot)
    service.start_apart()
    try:
        service.add_zone()
        token = service.add_host("home.dyn.example.org")
        # publish and front know each other: it is told of commits, and tells what it did.
        wait_until(lambda: service.ask_front("/status")["body"]["published"], 20,
                   "publish has reported")
        assert service.update("home.dyn.example.org", token, "198.51.100.1")[0] == 200
        service.wait_dns("home.dyn.example.org", "A", ["198.51.100.1"])
    finally:
        service.clean_up()
