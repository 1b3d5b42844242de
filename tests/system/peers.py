# SPDX-License-Identifier: GPL-3.0-or-later
"""Other people's programs for the tests, from Debian's packages.

A package is downloaded and unpacked into build/peers/root; nothing is installed and no
service is started, so it works without root too. Packages stay there for the next run.
Root's tests run some as other users. If those cannot reach the tree, all is in
/var/cache/rove-peers instead.
"""
import dataclasses
import fcntl
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import TREE, all_reach

HOME = TREE / "build" / "peers"
if os.geteuid() == 0 and not all_reach(HOME):
    HOME = pathlib.Path("/var/cache/rove-peers")
ROOT = HOME / "root"

PERL = ["libio-socket-ssl-perl", "libnet-ssleay-perl", "libio-socket-inet6-perl",
        "libsocket6-perl", "libdata-validate-ip-perl", "libnetaddr-ip-perl",
        "libnet-domain-tld-perl"]

# Program: the packages to unpack, its own first; libraries that they depend on and that the
# machine lacks are found by themselves.
PEERS = {
    "tinydns": ["tinydns"],
    "tinydns-data": ["tinydns"],
    "tinydns-conf": ["djbdns-conf"],
    "tinydns-edit": ["tinydns"],
    "axfrdns": ["axfrdns"],
    "cdb": ["tinycdb"],
    "ddclient": ["ddclient", *PERL],
    "inadyn": ["inadyn"],
    "busybox": ["busybox"],
    "gnutls-cli": ["gnutls-bin"],
    "tstclnt": ["libnss3-tools", "libnss3"],
    "certutil": ["libnss3-tools", "libnss3"],
    "testssl": ["testssl.sh", "bsdextrautils", "procps"],
    "dnsperf": ["dnsperf"],
    "named": ["bind9", "bind9-libs"],
    "faketime": ["faketime", "libfaketime"],
    "strace": ["strace"],
    "mkfs.ext4": ["e2fsprogs"],
    "mkfs.xfs": ["xfsprogs"],
    "mkfs.btrfs": ["btrfs-progs"],
    "svscan": ["daemontools"],
    "runsvdir": ["runit"],
    "s6-svscan": ["s6"],
    "systemd-analyze": ["systemd"],
    "nsd": ["nsd"],
    "knotd": ["knot"],
    "nginx": ["nginx", "libnginx-mod-stream"],
    "haproxy": ["haproxy"],
    "apache2": ["apache2-bin"],
    "caddy": ["caddy"],
    "pdns_server": ["pdns-server", "pdns-backend-tinydns"],
    "exim4": ["exim4-daemon-light", "libnss-wrapper"],
}

# How an NSD of a test begins that runs in `folder`, as the user of the test.
NSD_SERVER = """
server:
    ip-address: {address}@{port}
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    zonelistfile: "{folder}/zone.list"
    xfrdir: "{folder}"
    server-count: 1
"""


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program that is there, and the environment that it needs."""
    path: pathlib.Path
    env: dict

    def start(self, *args, env=None, **options):
        """subprocess.Popen of the program."""
        return subprocess.Popen([self.path, *map(str, args)], env=self.env | (env or {}),
                                stdin=subprocess.DEVNULL, **options)

    def run(self, *args, env=None, **options):
        """subprocess.run of the program, with its output as text; `input` is what it reads."""
        usual = {"timeout": 60} | ({} if "input" in options else {"stdin": subprocess.DEVNULL})
        return subprocess.run([self.path, *map(str, args)], env=self.env | (env or {}),
                              capture_output=True, text=True, check=False, **usual | options)


def peer(program):
    """The named program of PEERS; skips the test where there are no Debian packages."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip(f"{program} comes from Debian's packages, and there is no apt-get")
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in PEERS[program]:
            _unpack(package)
    folders = [ROOT / folder for folder in ("usr/bin", "usr/sbin", "bin", "sbin")]
    for folder in folders:
        path = folder / program
        if path.exists():
            break
    else:
        raise FileNotFoundError(f"{program} is in none of {PEERS[program]}")
    env = dict(os.environ)
    env["LD_LIBRARY_PATH"] = ":".join(map(str, _library_folders()))
    env["PERL5LIB"] = ":".join(map(str, _perl_folders()))
    env["PATH"] = ":".join([*map(str, folders), "/usr/sbin:/sbin", os.environ["PATH"]])
    return Peer(path, env)


def _faketime():
    """The environment in which programs find it; ours have a sanitizer that would be first."""
    library, = peer("faketime").path.parents[2].glob("usr/lib/*/faketime/libfaketime.so.1")
    return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}


def ten_times_as_fast(program):
    """The environment in which the clocks of this program, and of none that it starts, go so fast that
    it waits for a tenth of the time. dig hangs in it all the same."""
    return _faketime() | {"FAKETIME": "+0 x10", "FAKETIME_ONLY_CMDS": program}


def clock_of_its_own(folder):
    """(a file, the environment) of a process whose clocks go as the file says: "+0" now, "+1d" when
    they are to jump. The process has to be allowed to read the folder."""
    clock = folder / "clock"
    clock.write_text("+0")
    return clock, _faketime() | {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}


def _library_folders():
    """systemd has some of its own in a folder below that of the others."""
    return sorted({path.parent for path in ROOT.glob("**/*.so*") if "perl" not in path.parts
                   and (path.parent.name.endswith("-linux-gnu")
                        or path.match("*-linux-gnu/systemd/*"))})


def _perl_folders():
    plain = [ROOT / "usr/share/perl5"]
    return plain + sorted(ROOT.glob("usr/lib/*/perl5/*"))


def _unpack(package):
    """Unpacks the package, then the libraries it needs that are neither installed nor here."""
    done = HOME / f"{package}.unpacked"
    if done.exists():
        return
    archive = _download(package)
    subprocess.run(["dpkg", "-x", archive, ROOT], check=True)
    depends = subprocess.run(["dpkg-deb", "-f", archive, "Depends"], check=True,
                             capture_output=True, text=True).stdout
    for group in filter(None, depends.strip().split(",")):
        names = [name.split("(")[0].split(":")[0].strip() for name in group.split("|")]
        if names[0].startswith("lib") and not any(map(_is_installed, names)):
            _unpack(names[0])
    archive.unlink()
    done.touch()


def _is_installed(package):
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package],
                           capture_output=True, text=True, check=False)
    return "ok installed" in found.stdout


def _download(package):
    """Gets the package's file, with the machine's package lists, or with fresh ones of our
    own if those are missing or outdated."""
    folder = HOME / "download"
    folder.mkdir(exist_ok=True)
    apt = ["apt-get", "-q", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root"]
    own = HOME / "apt"
    (own / "lists/partial").mkdir(parents=True, exist_ok=True)
    (own / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    private = [*apt, "-o", f"Dir::State::lists={own}/lists", "-o", f"Dir::Cache={own}/cache"]
    attempts = [[[*apt, "download", package]],
                [[*private, "update"], [*private, "download", package]]]
    for commands in attempts:
        for command in commands:
            said = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                                  check=False)
        files = sorted(folder.glob(f"{package}_*.deb"))
        if said.returncode == 0 and files:
            return files[0]
    raise RuntimeError(f"apt-get cannot download {package}: {said.stderr}")
