# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole small Debian with systemd as its first process, in a container of its own: for what
only a machine can show. Needs root, systemd-nspawn and, the first time, debootstrap and the network."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

import peers
from harness import wait_until

ENVIRONMENT = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root"]
# In the container's network, with this machine's Python: one update or question, or, with
# "load", updates and questions until standard input ends.
CLIENT = """
import json, select, sys
sys.path.insert(0, sys.argv[1])
import harness

class There(harness.Rove):
    def __init__(self):
        self.address, self.http_port, self.dns_port = "127.0.0.1", 8053, 5300

there, (act, *args) = There(), sys.argv[2:]
if act == "load":
    name, token = args
    done, failed = [], []
    print("begun", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        address = f"198.51.100.{len(done) % 250 + 1}"
        try:
            said = there.update(name, token, address)
            (done if said[0] == 200 else failed).append([address, *said])
            there.addresses(name, "A")
        except Exception as error:
            failed.append(repr(error))
    print(json.dumps({"done": len(done), "last": done[-1:], "failed": failed}))
else:
    print(json.dumps(getattr(there, act)(*args)))
"""


def run(*command, check=True, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=1200, check=False, **options)
    assert done.returncode == 0 or not check, \
        f"{command}: {done.returncode} {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def tree(folder, name, packages):
    """A Debian 12 with the packages, in the folder; kept packed for the next time."""
    packed = peers.HOME / f"{name}.tar"
    packed.parent.mkdir(parents=True, exist_ok=True)
    wanted = packed.with_suffix(".packages")
    if not packed.exists() or not wanted.exists() or wanted.read_text() != " ".join(packages):
        first = folder.with_name(folder.name + "-bootstrap")
        run("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", "bookworm", first)
        run("tar", "-C", first, "--exclude=./var/cache/apt/archives/*", "-cf", packed, ".")
        wanted.write_text(" ".join(packages))
        shutil.rmtree(first)
    folder.mkdir()
    run("tar", "-C", folder, "-xpf", packed)
    return folder


def once(root, *command, folder=None):
    """Runs a command in the tree with this machine's network, and nothing else in it."""
    place = ["--chdir", folder] if folder else []
    return run("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe",
               "--resolv-conf=copy-host", "-D", root, *place, "--", *ENVIRONMENT, *command)


class Machine:
    """The tree, booted; it has a network of its own with nothing but loopback."""

    def __init__(self, root):
        self.root = root
        self.console = root.with_name(root.name + "-console")
        with open(self.console, "wb") as console:
            self.container = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network",
                 "--console=pipe", "--boot", "-D", root, f"--machine=rove-{os.getpid()}"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        try:
            self.leader = wait_until(self._find_leader, 30, "the container has its first process")
            wait_until(lambda: self.run("systemctl", "is-system-running", check=False).strip()
                       in ("running", "degraded"), 60, "systemd runs\n" + self.console.read_text())
        except BaseException:
            self.stop()
            raise

    def _find_leader(self):
        assert self.container.poll() is None, self.console.read_text()
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                facts = dict(line.split(":\t", 1) for line in
                             (entry / "status").read_text().splitlines() if ":\t" in line)
                if facts["PPid"] == str(self.container.pid) and facts["NSpid"].split()[-1] == "1":
                    return int(entry.name)
        return None

    def stop(self):
        """systemd takes SIGRTMIN+4 as the wish to power off."""
        if self.container.poll() is None:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.kill(self.leader, 34 + 4)
            try:
                self.container.wait(60)
            except subprocess.TimeoutExpired:
                self.container.kill()
                self.container.wait()

    def run(self, *command, check=True):
        return run("nsenter", "-t", self.leader, "-a", *ENVIRONMENT, *command, check=check)

    def path(self, path):
        return self.root / path.lstrip("/")

    # ---- units -----------------------------------------------------------------------

    def facts(self, unit):
        """What systemd knows of the unit."""
        said = self.run("systemctl", "show", unit)
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    def is_active(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).strip() == "active"

    def journal(self, unit):
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def pid(self, unit):
        """The main process, as its own name space numbers it."""
        return int(self.facts(unit)["MainPID"])

    def stop_main(self, unit):
        """Not its end: it just stands still."""
        self.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", unit)

    # ---- the service -----------------------------------------------------------------

    def client(self, *words):
        return json.loads(run(*self._client(*words)))

    def _client(self, *words):
        return ["nsenter", "-t", str(self.leader), "-n", sys.executable, "-c", CLIENT,
                str(pathlib.Path(__file__).parent), *words]

    def ctl(self, *words):
        said = self.run("rovectl", "--json", *words)
        return json.loads(said) if said.strip() else None

    def role(self, name):
        """The role's row of `rovectl status`, whatever that says of the others."""
        rows = self.run("rovectl", "--json", "status", check=False)
        return next((row for row in json.loads(rows or "[]") if row["role"] == name), {})

    @contextlib.contextmanager
    def load(self, name, token):
        """Updates and questions, one after the other; all have to succeed."""
        process = subprocess.Popen(self._client("load", name, token), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        watch = threading.Timer(600, process.kill)
        watch.start()
        try:
            assert process.stdout.readline() == "begun\n"
            yield
            told = json.loads(process.communicate("end", timeout=60)[0])
            assert told["done"] > 10 and not told["failed"], told
        finally:
            watch.cancel()
            process.kill()
            process.wait()


def libraries_of(program):
    """The Debian packages of the libraries that the program needs."""
    paths = re.findall(r"=> (/\S+)", run("ldd", program))
    found = set()
    for path in paths:
        for name in (path, os.path.realpath(path), "/usr" + path, os.path.realpath("/usr" + path)):
            owner = run("dpkg", "-S", name, check=False)
            if owner:
                found.add(owner.split(":")[0])
                break
    return sorted(found)
