# SPDX-License-Identifier: GPL-3.0-or-later
"""The run scripts as they are installed, under the supervisors that they are for."""
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from harness import BUILD, ROLES, wait_until
from peers import peer

pytestmark = pytest.mark.usefixtures("as_root")  # the log scripts change their user
SERVICES = {"whole": ["rove"], "apart": [f"rove-{role}" for role in ROLES]}
LOG_USER = "daemon"  # is on every machine; rove-log need not be


@dataclasses.dataclass(frozen=True)
class Kind:
    """What the words of one supervisor are."""
    scanner: str
    arguments: list
    status: list
    pid: str
    commands: dict
    end: list  # what ends the supervision of one service
    end_scanner: signal.Signals


KINDS = {
    "daemontools": Kind("svscan", [], ["svstat"], r": up \(pid (\d+)\)",
                        {"restart": ["svc", "-t"], "stop": ["svc", "-d"],
                         "start": ["svc", "-u"]}, ["svc", "-dx"], signal.SIGTERM),
    "runit": Kind("runsvdir", ["-P"], ["sv", "status"], r"^run: \S+ \(pid (\d+)\)",
                  {"restart": ["sv", "-w", "20", "restart"],
                   "stop": ["sv", "-w", "20", "down"], "start": ["sv", "up"]},
                  ["sv", "exit"], signal.SIGHUP),
    "s6": Kind("s6-svscan", [], ["s6-svstat"], r"^up \(pid (\d+)",
               {"restart": ["s6-svc", "-r"], "stop": ["s6-svc", "-d"],
                "start": ["s6-svc", "-u"]}, ["s6-svc", "-dx"], signal.SIGTERM),
}


def processes_of(folder):
    """Pids of those that work in the folder or were started with a path in it."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
            place = os.readlink(entry / "cwd")
        except OSError:
            continue
        if int(entry.name) != os.getpid() and (str(folder).encode() in arguments
                                               or place.startswith(str(folder))):
            found.append(int(entry.name))
    return found


class Supervised:
    """Services of one supervisor in a folder of their own, with their log services."""

    def __init__(self, kind, services, rove):
        self.kind = KINDS[kind]
        self.services = services
        self.programs = peer(self.kind.scanner)
        # Log users have to reach it, which a test's own folder does not allow.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rove-services-"))
        self.folder.chmod(0o755)
        self.scan = self.folder / "scan"
        self.scan.mkdir()
        installed = self.folder / "installed"
        subprocess.run(["/usr/bin/meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                        "--destdir", installed], check=True, capture_output=True)
        share = next(installed.glob(f"**/share/rove/{kind}"))
        paths = {"ROVED": next(installed.glob("**/sbin/roved")), "CONF": rove.config,
                 "LOG_USER": LOG_USER}
        for name in services:
            shutil.copytree(share / name, self.scan / name)
            for script in self.scan.joinpath(name).rglob("run"):
                edit(script, paths | {"LOG": self.log_folder(name)})
        self.scanner = None

    def log_folder(self, name):
        return self.folder / f"log-{name}"

    def log(self, name):
        current = self.log_folder(name) / "current"
        return current.read_text() if current.exists() else ""

    def start(self):
        program = [self.programs.path, *self.kind.arguments, self.scan]
        if self.kind.scanner == "s6-svscan":
            program = beside_usr_bin(self.programs.path.parent) + program
        self.scanner = subprocess.Popen(program, env=self.programs.env,
                                        stdin=subprocess.DEVNULL)

    def run(self, command, place):
        program = self.programs.path.with_name(command[0])
        return subprocess.run([program, *command[1:], place], env=self.programs.env,
                              capture_output=True, text=True, timeout=60, check=False)

    def command(self, verb):
        for name in self.services:
            done = self.run(self.kind.commands[verb], self.scan / name)
            assert done.returncode == 0, done.stdout + done.stderr

    def pid(self, name):
        """Of the service's process, None while it is down."""
        found = re.search(self.kind.pid, self.run(self.kind.status, self.scan / name).stdout)
        return int(found[1]) if found else None

    def pids(self):
        return {name: self.pid(name) for name in self.services}

    def end(self):
        """Ends the services with their loggers, and who watches over them."""
        try:
            if self.scanner:
                self.scanner.send_signal(self.kind.end_scanner)
                self.scanner.wait(timeout=20)
            for name in self.services:
                self.run(self.kind.end, self.scan / name)
                self.run(self.kind.end, self.scan / name / "log")
            wait_until(lambda: not processes_of(self.folder), 30, "every process has ended")
        finally:
            for pid in processes_of(self.folder):
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)


def beside_usr_bin(folder):
    """The head of a command that sees the programs of the folder in /usr/bin, too: s6's own
    know each other's paths from when they were built."""
    head = ["unshare", "--mount", "sh", "-c",
            f"mount -t overlay -o lowerdir=/usr/bin:{folder} overlay /usr/bin && exec \"$@\"",
            "sh"]
    if subprocess.run([*head, "true"], capture_output=True, check=False).returncode:
        pytest.skip("s6 has to be in /usr/bin, and nothing can be mounted here")
    return head


def edit(script, values):
    """Sets the variables at the head of a script: all that an operator has to touch."""
    text = script.read_text()
    for name, value in values.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    script.write_text(text)


@pytest.fixture(name="supervised")
def fixture_supervised(request, make_rove):
    """An installation and its services, whose supervisor runs."""
    kind, form = request.param
    rove = make_rove()
    services = Supervised(kind, SERVICES[form], rove)
    try:
        services.start()
        yield rove, services
    finally:
        services.end()


def update(rove, token, address):
    def is_answered():
        try:
            return rove.update("home.dyn.example.org", token, address) == \
                (200, f"good {address}")
        except OSError:
            return False

    wait_until(is_answered, 20, f"good {address}")
    rove.wait_dns("home.dyn.example.org", "A", [address])


@pytest.mark.parametrize("supervised", [(kind, form) for kind in KINDS for form in SERVICES],
                         indirect=True, ids="-".join)
def test_services_run_are_replaced_and_stop(supervised):
    rove, services = supervised
    rove.wait_ready()
    rove.add_zone()
    token = rove.add_host("home.dyn.example.org")
    update(rove, token, "198.51.100.1")

    # Killed: its supervisor starts it again.
    before = services.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(pid and pid != before[name]
                           for name, pid in services.pids().items()), 20, "all are up again")
    rove.wait_ready()
    update(rove, token, "198.51.100.2")

    # Restarted.
    before = services.pids()
    services.command("restart")
    wait_until(lambda: all(pid and pid != before[name]
                           for name, pid in services.pids().items()), 20, "all are new")
    rove.wait_ready()
    update(rove, token, "198.51.100.3")

    # Stopped: within seconds, all of it, and it can come back.
    services.command("stop")
    config = str(rove.config)
    wait_until(lambda: not processes_of(config), 20, "nothing runs")
    wait_until(lambda: set(services.pids().values()) == {None}, 20, "all services are down")
    services.command("start")
    rove.wait_ready()
    update(rove, token, "198.51.100.4")

    # What was logged, with a time of the supervisor before each line.
    assert all((services.log_folder(name) / "current").exists() for name in services.services)
    logged = "".join(map(services.log, services.services))
    assert re.search(r"^(@[0-9a-f]{24}|\d{4}-\d\d-\d\d[ _]\S+) +(info|warning) ", logged,
                     re.MULTILINE), logged
