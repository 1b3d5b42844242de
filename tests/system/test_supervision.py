# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles say of themselves, and what is done when one of them does not get on."""
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import threading
import time

import pytest

from harness import ROLES, wait_until


def test_what_is_normal_at_a_first_start_is_no_error(make_rove):
    rove = make_rove()
    rove.start_role("answer")
    wait_until(lambda: rove.events("image-awaited"), 20, "answer has looked for an image")
    wait_until(lambda: "data.cdb" in (rove.told("answer", "trouble") or ""), 20,
               "it says so")
    rove.start_role("publish")
    rove.start_role("front")
    rove.wait_ready()
    wait_until(lambda: rove.told("answer", "trouble") == "", 20, "the image is in use")
    assert rove.events("image-in-use")
    rove.stop()
    assert not [line for line in rove.log().splitlines()
                if line.split()[0] in ("warning", "error")]


# ---- who hangs -----------------------------------------------------------------------------

NAME = "home.dyn.example.org"
SOON = "hang_after = 2"


def parents_word(rove, role):
    """What the parent knows of the role."""
    return next(one for one in rove.told("parent", "roles") if one["role"] == role)


def wait_restarted(rove, role, old):
    wait_until(lambda: rove.role_pid(role) != old and rove.told(role, "state") == "running",
               30, f"{role} is back\n" + rove.log()[-2000:])


def test_a_role_that_is_stopped_is_started_again(make_rove):
    rove = make_rove(SOON).start()
    rove.add_zone()
    secret = rove.add_host(NAME)
    pids = {role: rove.role_pid(role) for role in ROLES}
    for pid in pids.values():
        os.kill(pid, signal.SIGSTOP)
    for role, old in pids.items():
        wait_restarted(rove, role, old)
    for role, old in pids.items():
        line = next(line for line in rove.events("role-hung") if f"role={role}" in line)
        assert f"pid={old}" in line and "state T" in line
        row = next(row for row in rove.ctl("status") if row["role"] == role)
        assert row["state"] == "running" and row["restarts"] == row["hangs"] == 1
        assert row["last_end"].startswith("hung: its loop did not turn for 2 s")
    rove.wait_ready()
    assert rove.update(NAME, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    rove.wait_dns(NAME, "A", ["10.1.2.3"], 20)
    assert len(rove.events("role-hung")) == len(ROLES)


@pytest.mark.parametrize("fault, role", [(f"hang.{role}:4", role) for role in ROLES]
                         + [("hang.thread:24", "answer")])
def test_a_role_whose_loop_turns_in_a_circle_is_started_again(make_rove, fault, role):
    rove = make_rove(SOON)
    rove.config.write_text(rove.config.read_text().replace("dns {", "dns {\n    threads = 3"))
    rove.start(env={"ROVE_FAULT": fault})
    old = rove.role_pid(role)
    wait_restarted(rove, role, old)
    assert any(fault.split(":")[0] in line for line in rove.events("fault-hit"))
    line = rove.events("role-hung")[0]
    assert f"role={role}" in line and f"pid={old}" in line
    assert parents_word(rove, role)["hangs"] >= 1


def test_a_role_that_does_not_end_after_a_hang_is_told_as_hung(make_rove):
    """As one is that waits for a disk that does not answer: no signal ends it. A tracer that
    takes no notice holds it likewise."""
    rove = make_rove(SOON).start()
    old = rove.role_pid("publish")
    with held(old):
        wait_until(lambda: parents_word(rove, "publish")["hung"], 20, "publish is hung")
        row = next(row for row in json.loads(rove.ctl("status", check=False).stdout)
                   if row["role"] == "publish")
        assert row["state"] == "hung"
    wait_restarted(rove, "publish", old)


@pytest.mark.parametrize("role", ["front", "answer"])
def test_under_any_supervisor_a_role_that_hangs_ends(make_rove, role):
    rove = make_rove(SOON)
    process = rove.start_role(role, {"ROVE_FAULT": f"hang.{role}:4"})
    assert process.wait(timeout=30) == -signal.SIGALRM
    rove.processes.pop(role)
    assert f"error {role} hung limit_ms=2000" in rove.log()


def test_a_busy_machine_or_one_that_slept_is_no_hang(make_rove):
    """All stand still for longer than the limit, the parent as well; afterwards nobody is
    killed, since nobody has missed more beats than the parent has missed looks."""
    rove = make_rove(SOON).start()
    pids = {role: rove.role_pid(role) for role in ("parent", *ROLES)}
    for pid in pids.values():
        os.kill(pid, signal.SIGSTOP)
    time.sleep(3)  # the time that passes is what is tested
    for pid in pids.values():
        os.kill(pid, signal.SIGCONT)
    rove.wait_ready()
    time.sleep(2.5)  # and so is that nothing happens afterwards
    assert not rove.events("role-hung") and not rove.events("role-ended")
    assert {role: rove.role_pid(role) for role in pids} == pids


def test_who_is_watched_stays_so_over_a_restart_in_place(make_rove):
    rove = make_rove(SOON).start()
    os.kill(rove.processes["roved"].pid, signal.SIGUSR2)
    wait_until(lambda: rove.events("roles-replaced"), 60, "the roles are replaced")
    assert not rove.events("sockets-unused")
    old = rove.role_pid("answer")
    os.kill(old, signal.SIGSTOP)
    wait_restarted(rove, "answer", old)
    assert parents_word(rove, "answer")["hangs"] == 1


def set_hang_after(rove, seconds):
    rove.config.write_text(re.sub(r"hang_after = \d+", f"hang_after = {seconds}",
                                  rove.config.read_text()))


def test_a_role_gives_its_beats_as_the_parent_that_runs_counts_them(make_rove):
    """Not as a configuration wants it that the parent does not know yet."""
    rove = make_rove(SOON).start()
    pids = {role: rove.role_pid(role) for role in ROLES}
    for role, seconds in {"front": 600, "publish": 0, "answer": 600}.items():
        set_hang_after(rove, seconds)
        rove.kill_role(role)
        wait_restarted(rove, role, pids[role])
        pids[role] = rove.role_pid(role)
    time.sleep(4)  # in which nothing happens
    assert not rove.events("role-hung")
    assert {role: rove.role_pid(role) for role in ROLES} == pids
    os.kill(pids["publish"], signal.SIGSTOP)
    wait_restarted(rove, "publish", pids["publish"])
    assert parents_word(rove, "publish")["hangs"] == 1


def test_a_restart_in_place_ends_the_watch_that_is_wanted_no_more(make_rove):
    """The kernel keeps a process's timer when it becomes another program."""
    rove = make_rove(SOON).start()
    parent = rove.processes["roved"]
    set_hang_after(rove, 0)
    os.kill(parent.pid, signal.SIGUSR2)
    wait_until(lambda: rove.events("roles-replaced") or parent.poll(), 60, "the roles are replaced")
    time.sleep(1)  # the alarm of before would have come by now
    assert parent.poll() is None


def test_a_role_that_stays_at_a_restart_is_watched_as_it_was(make_rove):
    """answer does, when its next one ends too soon: it knows only the limit of before."""
    rove = make_rove("hang_after = 18").start()
    old = rove.role_pid("answer")
    set_hang_after(rove, 2)
    # The next one cannot say that it runs, for which its parent would end the one before.
    status = rove.run_folder / "answer/status"
    status.unlink()
    (status / "in the way").mkdir(parents=True)
    os.kill(rove.processes["roved"].pid, signal.SIGUSR2)
    started = wait_until(lambda: [line for line in rove.events("role-started")
                                  if "role=answer" in line and f"pid={old}" not in line], 20,
                         "the next one has begun")
    os.kill(int(re.search(r"pid=(\d+)", started[0])[1]), signal.SIGKILL)
    shutil.rmtree(status)
    time.sleep(5)  # in which nothing happens
    wait_until(lambda: rove.told("answer", "pid") == old, 15, "it tells its state again")
    assert len(rove.events("role-ended")) == 1 and not rove.events("role-hung")


@pytest.mark.parametrize("role, abstract", [(None, False), (None, True), ("answer", False),
                                            *((role, True) for role in ROLES)])
def test_systemd_is_told_that_it_runs_and_that_its_loop_turns(make_rove, role, abstract):
    rove = make_rove()
    path = "@rove-" + os.urandom(8).hex() if abstract else str(rove.run_folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        notify.bind(path.replace("@", "\0"))
        notify.settimeout(20)
        env = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"}
        process = rove.start_role(role, env) if role else rove._spawn("roved", [], env)

        def hear():
            text, extra, _, _ = notify.recvmsg(64, socket.CMSG_SPACE(12))
            pid = struct.unpack("3i", extra[0][2])[0]
            assert pid == process.pid  # of the parent's children, none talks to systemd
            return text
        assert [hear() for _ in range(10)] == [b"READY=1"] + [b"WATCHDOG=1"] * 9
        os.kill(process.pid, signal.SIGSTOP)
        notify.setblocking(False)
        with pytest.raises(BlockingIOError):
            while hear():
                pass
        os.kill(process.pid, signal.SIGCONT)
        notify.settimeout(20)
        assert hear() == b"WATCHDOG=1"


@contextlib.contextmanager
def held(pid):
    """Stops the process so that even SIGKILL does not end it until it is let go: it stands at
    its own exit, and its tracer does not let it pass."""
    libc = ctypes.CDLL(None, use_errno=True)
    attached, release = threading.Event(), threading.Event()

    def trace():
        exits = 0x40  # PTRACE_O_TRACEEXIT
        libc.ptrace(0x4206, pid, None, ctypes.c_void_p(exits))  # PTRACE_SEIZE
        libc.ptrace(0x4207, pid, None, None)  # PTRACE_INTERRUPT
        os.waitpid(pid, 0x40000000)  # __WALL
        attached.set()
        release.wait(60)
        libc.ptrace(17, pid, None, None)  # PTRACE_DETACH

    tracer = threading.Thread(target=trace)
    tracer.start()
    assert attached.wait(10)
    try:
        yield
    finally:
        release.set()
        tracer.join()
