# SPDX-License-Identifier: GPL-3.0-or-later
"""./demo: what a stranger starts first, and starts again."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import types
import urllib.parse

import pytest

import pages
from api import Browser
from harness import BUILD, wait_until

DEMO = pathlib.Path(__file__).resolve().parents[2] / "demo"
PROGRAMS = ("bash", "curl", "dig", "openssl")


@contextlib.contextmanager
def running_demo(home, *options, until="Ctrl-C stops it"):
    """Starts ./demo on that folder; gives what it wrote to env when it is ready."""
    env = home / "env"
    before = env.stat().st_mtime_ns if env.exists() else 0
    with open(home.parent / "demo.out", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(["bash", str(DEMO), *(options or ["--no-pages"])], stdout=said, stderr=said,
                                   stdin=subprocess.DEVNULL,
                                   env=os.environ | {"ROVE_DEMO_HOME": str(home),
                                                     "ROVE_BUILD": str(BUILD)})

        def output():
            said.flush()
            return pathlib.Path(said.name).read_text(encoding="utf-8")

        try:
            wait_until(lambda: process.poll() is not None or until in output(), 60,
                       f"the demo says '{until}'")
            assert process.poll() is None, output()
            assert env.stat().st_mtime_ns > before
            lines = env.read_text(encoding="utf-8").split("\n")
            yield {key: value.strip("'") for key, _, value in
                   (line.partition("=") for line in lines if line)}
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)


def update(env, service=None):
    """The words of an update with the token in env; by HTTPS unless another service is named."""
    service = service or f"https://{env['ROVE_HTTPS']}"
    return subprocess.run(
        ["curl", "-s", "--cacert", env["ROVE_CA"], "-u", f"{env['ROVE_HOST']}:{env['ROVE_TOKEN']}",
         f"{service}/nic/update?hostname={env['ROVE_HOST']}&myip=203.0.113.7"],
        check=True, capture_output=True, text=True, timeout=20).stdout


def at_web(env, address):
    """A browser that has found localhost at that address."""
    return Browser(types.SimpleNamespace(origin=env["ROVE_WEB"], address=address,
                                         http_port=urllib.parse.urlsplit(env["ROVE_WEB"]).port))


def has_ipv6():
    path = pathlib.Path("/proc/net/if_inet6")
    return path.exists() and any(line.split()[0] == 31 * "0" + "1"
                                 for line in path.read_text(encoding="ascii").splitlines())


def test_the_demo_starts_again_whatever_was_removed_of_its_folder(tmp_path):
    """Its token's secret stands in env alone: without it, or with one of other data, the token
    is replaced, also for the third and the fourth time."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"there is no {missing[0]}")
    home = tmp_path / "demo"
    home.mkdir()
    with running_demo(home) as env:
        first = env["ROVE_TOKEN"]
        assert update(env) == "good 203.0.113.7\n"
        assert update(env, f"http://{env['ROVE_HTTP']}") == "nochg 203.0.113.7\n"
        authority = pathlib.Path(env["ROVE_CA"]).read_bytes()
        browser = at_web(env, "127.0.0.1")
        assert browser.redeem(env["ROVE_LOGIN"], "vier blaue Tische am Abend").status == 200
        assert browser.account()["role"] == "operator"
    with running_demo(home) as env:
        assert env["ROVE_TOKEN"] == first
        assert pathlib.Path(env["ROVE_CA"]).read_bytes() == authority
        browser = at_web(env, "::1" if has_ipv6() else "127.0.0.1")
        assert browser.redeem(env["ROVE_LOGIN"], "neun gelbe Enten im Schnee").status == 200
        assert browser.log_in("ops@example.org", "neun gelbe Enten im Schnee").status == 200
    seen = {first}
    for _ in range(3):
        (home / "env").unlink()
        with running_demo(home) as env:
            assert env["ROVE_TOKEN"] not in seen
            seen.add(env["ROVE_TOKEN"])
            assert update(env) == "nochg 203.0.113.7\n"
    shutil.rmtree(home / "data")
    with running_demo(home) as env:
        assert env["ROVE_TOKEN"] not in seen
        assert update(env) == "good 203.0.113.7\n"


def test_the_demo_ends_with_the_pages_and_a_way_in(tmp_path):
    pages.need_node()
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"there is no {missing[0]}")
    home = tmp_path / "demo"
    home.mkdir()
    with running_demo(home, "", until="you choose a password") as env:
        page = subprocess.run(["curl", "-s", "-H", f"Host: {env['ROVE_WEB'].partition('://')[2]}",
                               f"http://{env['ROVE_HTTP']}/hosts"], check=True, capture_output=True, text=True)
        assert "<title>Rove</title>" in page.stdout
        wait_until(lambda: env["ROVE_LOGIN"] in (home.parent / "demo.out").read_text(), 5, "the link is told")
