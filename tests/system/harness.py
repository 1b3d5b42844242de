# SPDX-License-Identifier: GPL-3.0-or-later
"""Rove as its operators and clients meet it: real processes on free loopback ports, in a
fresh folder, stopped by their own handles."""
import atexit
import base64
import functools
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = (TREE / os.environ.get("ROVE_BUILD", "build/check")).resolve()
# And the room of src/ in which each is built.
PROGRAMS = {"roved": "server", "rove-tls": "server", "rove-outbound": "server", "rovectl": "ctl"}
ROLES = ("front", "publish", "answer")
# Users whom every system has, as a row of /etc/passwd alone; what a package would make are users
# of their own.
USERS = {"front": "daemon", "publish": "bin", "answer": "games"}
# Root would start the roles under users of their own, which this machine need not have.
RUN_AS = ('users { front = "root" publish = "root" answer = "root" tls = "root" outbound = "root" }' if os.geteuid() == 0
          else "")
# What a sanitizer says, what glibc and assert() say before they end a process, and who did what
# his sandbox forbids.
BROKEN = re.compile(r"ERROR: \w+Sanitizer|runtime error:|Assertion .* failed|stack smashing"
                    r"|forbidden-call|signal=31\b")


# How many times as long as a machine that does nothing else a slow and busy one is given: the
# limits find what hangs.
PATIENCE = 4


def wait_until(ask, seconds, what):
    """Calls ask() until it gives something true, which is returned. It is expected within the
    seconds, and given PATIENCE times as many."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def all_reach(path):
    """Whether every user can reach it; a tree in root's own folder is closed to those of roles."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents
               if folder.exists())


@functools.cache
def programs():
    """The path of each program, where every user can reach it."""
    built = {name: BUILD / "src" / room / name for name, room in PROGRAMS.items()}
    if all_reach(BUILD):
        return built
    copies = pathlib.Path(tempfile.mkdtemp(prefix="rove-programs-"))
    atexit.register(shutil.rmtree, copies)
    copies.chmod(0o755)
    return {name: pathlib.Path(shutil.copy(path, copies)) for name, path in built.items()}


_given_ports = set()


def free_port(address="127.0.0.1"):
    """A port that is free for TCP and UDP. It lies below those that the kernel gives to
    outgoing connections, so that none of them takes it while a server is down."""
    while True:
        port = random.randrange(16000, 32000)
        if port not in _given_ports and is_free(address, port):
            _given_ports.add(port)
            return port


def is_free(address, port):
    """Whether the port can be bound, TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def is_bound(address, port):
    """Whether somebody has the port, UDP. To try it, as is_free() does, could be in his way."""
    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    return f" {number:08X}:{port:04X} " in pathlib.Path("/proc/net/udp").read_text()


def ask_dns(address, port, name, rdtype, tcp=False, wait_s=10):
    """The answer of the server as a dns.message."""
    question = dns.message.make_query(name, rdtype, use_edns=False)
    ask = dns.query.tcp if tcp else dns.query.udp
    return ask(question, address, timeout=wait_s, port=port)


def wait_texts(server, name, rdtype, texts):
    """Waits until the server (address, port) says exactly these; one that is silent is asked
    again: tinydns is for a moment when its file is exchanged."""
    def said():
        try:
            return texts_of(ask_dns(*server, name, rdtype, wait_s=2), rdtype) == texts
        except (OSError, dns.exception.DNSException):
            return False
    wait_until(said, 10, f"{server} says {texts} for {name} {rdtype}")


def texts_of(message, rdtype):
    """The data of all records of the type in the answer section, sorted."""
    wanted = dns.rdatatype.from_text(rdtype)
    return sorted(item.to_text() for rrset in message.answer if rrset.rdtype == wanted
                  for item in rrset)


def metrics_of(port):
    """{"name{labels}": value as a text} of the page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        return dict(line.rsplit(" ", 1) for line in page.read().decode().splitlines()
                    if not line.startswith("#"))


def basic(user, password):
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def set_option(rove, section, text):
    """Adds an option to a section that the configuration has; before start()."""
    config = rove.config.read_text()
    assert f"\n{section} {{" in config
    rove.config.write_text(config.replace(f"\n{section} {{", f"\n{section} {{ {text}\n", 1))
    return rove


class Rove:
    """One installation: its configuration, its data, its processes.

    start() runs roved with all roles under its parent; start_apart() runs each role as a
    process of its own, which can be killed and started singly."""

    def __init__(self, folder, settings=""):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.static = self.folder / "static"
        self.image = self.data / "dns"
        self.database = self.data / "rove.db"
        # A socket's path has at most 107 bytes; test folders may be deep.
        self.run_folder = pathlib.Path(tempfile.mkdtemp(prefix="rove-"))
        self.config = self.folder / "rove.conf"
        self.log_path = self.folder / "log"
        self.address = "127.0.0.1"
        self.http_port = free_port()
        self.dns_port = free_port()
        self.stderr = None  # a descriptor for what they log; None: the file `log`
        self.processes = {}
        self.data.mkdir(parents=True)
        self.static.mkdir()
        self.config.write_text(f"""\
data = "{self.data}"
run = "{self.run_folder}"
http {{ listen = {{ "{self.address}:{self.http_port}" }} }}
dns {{
    listen = {{ "{self.address}:{self.dns_port}" }}
    static = {{ "{self.static}" }}
}}
update {{ private_addresses = true }}
log {{ level = "info" }}
{RUN_AS if "users {" not in settings else ""}
{settings}
""")

    # ---- processes -------------------------------------------------------------------

    @staticmethod
    def program(name):
        return programs()[name]

    def roved(self, *args):
        """Runs roved to its end, as --init and --check-config do."""
        return subprocess.run([self.program("roved"), "-c", self.config, *args], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=60 * PATIENCE)

    def init(self):
        done = self.roved("--init")
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def start(self, ready=True, env=None, begin=None):
        """Starts roved with all its roles; `begin` is called in the process before it is roved."""
        self._spawn("roved", [], env, begin)
        if ready:
            self.wait_ready()
        return self

    def start_apart(self, ready=True, env=None):
        """Starts each role by itself; `env` is added to the environment of front."""
        for role in ROLES:
            self.start_role(role, env if role == "front" else None)
        if ready:
            self.wait_ready()
        return self

    def start_role(self, role, env=None, begin=None):
        return self._spawn(role, ["--role", role], env, begin)

    def _spawn(self, name, args, env, begin=None):
        with open(self.log_path, "ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.program("roved"), "-c", self.config, *args],
                stdin=subprocess.DEVNULL, stdout=log,
                stderr=log if self.stderr is None else self.stderr, preexec_fn=begin,
                env=dict(os.environ) | (env or {}))
        return self.processes[name]

    def wait_ready(self, seconds=20):
        """Updates are taken and DNS answers."""
        wait_until(self.front_is_ready, seconds, "front is ready\n" + self.log()[-2000:])
        wait_until(self.answer_is_ready, seconds, "answer is ready\n" + self.log()[-2000:])

    def front_is_ready(self):
        try:
            return self.get("/readyz", wait_s=10)[0] == 200
        except OSError:
            return False

    def answer_is_ready(self):
        try:
            return ask_dns(self.address, self.dns_port, "ready.example", "A", wait_s=0.2)
        except (OSError, dns.exception.Timeout):
            return None

    def status(self, role):
        """RUNDIR/ROLE/status, empty when it is not there: a role works before it says so."""
        try:
            return json.loads((self.run_folder / f"{role}/status").read_text())
        except FileNotFoundError:
            return {}

    def told(self, role, *keys):
        """A part of the role's status; None as long as the role has said nothing of it."""
        part = self.status(role)
        for key in keys:
            try:
                part = part[key]
            except (KeyError, IndexError):
                return None
        return part

    def role_pid(self, role):
        """The role's pid, as soon as the role has said it. What one has said that was killed stands
        there until the next one speaks."""
        if role in self.processes:  # "roved": the parent
            return self.processes[role].pid

        def living():
            pid = self.status(role).get("pid")
            return pid if pid and os.path.exists(f"/proc/{pid}") else None
        return wait_until(living, 20, f"{role} says its pid")

    def kill_role(self, role):
        """SIGKILL; a role that was started apart stays dead."""
        os.kill(self.role_pid(role), signal.SIGKILL)
        process = self.processes.pop(role, None)
        if process:
            process.wait()

    def stop_role(self, role):
        """Ends one role that was started apart, as its supervisor would."""
        self._wait_begun(role)
        process = self.processes.pop(role)
        process.terminate()
        assert process.wait(timeout=20 * PATIENCE) == 0, self.log()[-4000:]

    def _wait_begun(self, name):
        """A role that was started apart and has hardly begun does not end well."""
        process = self.processes[name]
        if name in ROLES:
            wait_until(lambda: process.poll() is not None or self.told(name, "pid") == process.pid,
                       20, f"{name} has begun\n{self.log()[-2000:]}")

    def stop(self):
        """Ends all processes, which must end well, and looks for what a sanitizer said."""
        codes = {}
        for name, process in self.processes.items():
            self._wait_begun(name)
            process.terminate()
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(timeout=20 * PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = f"did not end, killed ({process.wait()})"
        self.processes = {}
        assert all(code == 0 for code in codes.values()), f"{codes}\n{self.log()[-4000:]}"
        broken = BROKEN.search(self.log())
        assert not broken, self.log()[broken.start():][:4000]

    def clean_up(self):
        """stop(), and nothing is left whatever stop() thinks of it."""
        try:
            self.stop()
        finally:
            for process in self.processes.values():
                process.kill()
                process.wait()
            shutil.rmtree(self.run_folder, ignore_errors=True)

    def log(self):
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(errors="replace")

    def events(self, event):
        """The log's lines with the event."""
        return [line for line in self.log().splitlines() if line.split()[2:3] == [event]]

    # ---- as the operator -------------------------------------------------------------

    def ctl(self, *args, check=True):
        """What rovectl answers, from JSON; with check=False the finished process."""
        done = subprocess.run(
            [self.program("rovectl"), "-c", self.config, "--json", *map(str, args)],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60 * PATIENCE, check=False)
        if not check:
            return done
        assert done.returncode == 0, f"rovectl {args}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def add_zone(self, zone="dyn.example.org", owner="owner@example.org"):
        self.ctl("account", "add", owner)
        self.ctl("zone", "add", zone, "--owner", owner, "--ns", "ns.example.net")
        return zone

    def add_host(self, name, owner="owner@example.org", *options):
        """Adds the host and gives the secret of a new token for it."""
        self.ctl("host", "add", name, "--owner", owner, *options)
        return self.ctl("token", "add", name)["secret"]

    # ---- as a client -----------------------------------------------------------------

    def get(self, target, headers=None, wait_s=30):
        """(status, body) of a GET."""
        connection = http.client.HTTPConnection(self.address, self.http_port, timeout=wait_s)
        try:
            connection.request("GET", target, headers=headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read().decode().strip()
        except http.client.HTTPException as error:
            raise ConnectionError(repr(error)) from error
        finally:
            connection.close()

    def update(self, hostname, token, myip=None, **parameters):
        """(status, body) of an update call; without `myip` it names no address."""
        fields = {"hostname": hostname} | ({} if myip is None else {"myip": myip})
        return self.get("/nic/update?" + urllib.parse.urlencode(fields | parameters),
                        {"Authorization": basic(hostname, token)})

    def query(self, name, rdtype, tcp=False):
        return ask_dns(self.address, self.dns_port, name, rdtype, tcp)

    def addresses(self, name, rdtype):
        """What answer says, as sorted texts."""
        return texts_of(self.query(name, rdtype), rdtype)

    def wait_dns(self, name, rdtype, want, seconds=5):
        """Waits until answer says exactly `want` (a list)."""
        wait_until(lambda: self.addresses(name, rdtype) == sorted(want), seconds,
                   f"{name} {rdtype} is {want}")
