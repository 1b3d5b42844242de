# SPDX-License-Identifier: GPL-3.0-or-later
"""A responder that was taken over, without anything that would hold it back: run by
test_hostile.py under answer's user, it does its worst and tells as JSON what could be done.

    hostile.py ACT RUN-FOLDER IMAGE-FOLDER PID-OF-PUBLISH SOCKET-OF-PUBLISH SOCKET-OF-FRONT

Each act goes on until its standard input ends."""
import array
import contextlib
import ctypes
import json
import mmap
import os
import pathlib
import select
import signal
import socket
import struct
import sys
import time

WORDS, FILE, COPY_WANTED, COPY = 1, 2, 3, 4
PAGE = mmap.PAGESIZE
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                      ctypes.c_int, ctypes.c_long]
LIBC.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
LIBC.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
FAILED = ctypes.c_void_p(-1).value


def goes_on():
    return not select.select([sys.stdin], [], [], 0)[0]


class Channel:
    """To publish, as answer has it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10)
        self.socket.connect(sys.argv[5])

    def send(self, kind, body=b"", fds=()):
        head = struct.pack("<2sBHI", b"RV", 1, kind, len(body))[:8]
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([head + body], rights)

    def receive(self):
        packet, fds, _, _ = socket.recv_fds(self.socket, 1 << 18, 4)
        if not packet:
            raise ConnectionError("closed")
        return struct.unpack("<H", packet[3:5])[0], fds


def map_at(fd, protection):
    at = LIBC.mmap(None, PAGE, protection, mmap.MAP_SHARED, fd, 0)
    return None if at == FAILED else at


def write_mapped(fd):
    """By a mapping, or one that becomes writable."""
    done = []
    at = map_at(fd, mmap.PROT_READ | mmap.PROT_WRITE)
    if at:
        ctypes.memset(at, 0xff, PAGE)
        done.append("mapped")
        LIBC.munmap(at, PAGE)
    at = map_at(fd, mmap.PROT_READ)
    if at and LIBC.mprotect(at, PAGE, mmap.PROT_READ | mmap.PROT_WRITE) == 0:
        ctypes.memset(at, 0xff, PAGE)
        done.append("mprotect")
    if at:
        LIBC.munmap(at, PAGE)
    return done


def spoil(fd):
    """All that can be done to a file by its descriptor; yields what could."""
    done = []
    # Tables far away, without slots and with too many; then no file at all.
    worst = [struct.pack("<II", 0xfefefe00, 1 << 28) * 256, struct.pack("<II", 2048, 0) * 256,
             b"\xff" * 65536]
    acts = {"written": lambda: [os.pwrite(fd, bytes_, 0) for bytes_ in worst],
            "chmod": lambda: os.fchmod(fd, 0o666),
            "cut": lambda: os.ftruncate(fd, 100),
            "grown": lambda: os.ftruncate(fd, 1 << 32)}
    for name, act in acts.items():
        with contextlib.suppress(OSError):
            act()
            done.append(name)
    done += write_mapped(fd)
    if LIBC.fallocate(fd, 3, 0, PAGE) == 0:
        done.append("punched")
    return done


def spoil_every_way(fd):
    """Also by opening it again."""
    done = spoil(fd)
    with contextlib.suppress(OSError):
        again = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
        done += [f"reopened, {what}" for what in spoil(again)]
        os.close(again)
    return done


def act_descriptors(run, image, publish):
    """With what publish hands out, and as many copies as can be had."""
    del run, image, publish
    done, handed, copies, refused, kept = [], 0, 0, 0, []
    while goes_on():
        channel = Channel()
        for kind in (WORDS, FILE, FILE):
            got, fds = channel.receive()
            assert got == kind and len(fds) == 1, (got, fds)
            handed += 1
            done += spoil_every_way(fds[0])
            os.close(fds[0])
        channel.send(COPY_WANTED)
        got, fds = channel.receive()
        while got != COPY:
            got, fds = channel.receive()
        copies += len(fds)
        refused += not fds
        for fd in fds:
            done += spoil_every_way(fd)
            kept.append(fd)  # and with it the room on the disk
        channel.socket.close()
    return {"done": sorted(set(done)), "handed": handed, "copies": copies, "refused": refused}


def act_readers(run, image, publish):
    """Keeps open and mapped whatever file there is."""
    del run, publish
    kept, done = {}, []
    while goes_on():
        for name in ("data.cdb", "data.spare", "data.cdb.tmp", "data.spare.tmp", "data.copy"):
            with contextlib.suppress(OSError):
                done += [os.open(image / name, os.O_RDWR)]
            with contextlib.suppress(OSError):
                os.truncate(image / name, 0)
                done.append("cut")
            with contextlib.suppress(OSError, ValueError):
                fd = os.open(image / name, os.O_RDONLY | os.O_NONBLOCK)
                about = os.fstat(fd)
                if about.st_ino in kept:
                    os.close(fd)
                else:
                    kept[about.st_ino] = mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
        time.sleep(0.001)
    return {"done": done, "kept": len(kept)}


def break_protocol(number):
    """One connection that says what it should not."""
    channel = Channel()
    packets = [b"", b"R", b"RV\1", b"RV\2" + b"\0" * 5, b"XX\1" + b"\0" * 5, b"RV\1\3\0\5\0\0",
               b"RV\1\3\0\0\0\0extra", b"RV\1\xff\xff\0\0\0", b"\xff" * 100000]
    with contextlib.suppress(OSError):
        channel.socket.send(packets[number % len(packets)])
        channel.send(COPY_WANTED, fds=[0] * (number % 5))
        channel.send(FILE, b"\0\0\0\2", fds=[0])
        channel.send(WORDS, fds=[0])
        for _ in range(50):
            channel.send(COPY_WANTED)
    return channel


def touch_others(publish):
    """What one process can do to another."""
    done = []
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        with contextlib.suppress(PermissionError):
            os.kill(publish, number)
            done.append(f"signal {number}")
    for name in ("mem", "maps", "environ", "fd/0"):
        with contextlib.suppress(OSError):
            os.close(os.open(f"/proc/{publish}/{name}", os.O_RDWR if name == "mem"
                             else os.O_RDONLY))
            done.append(name)
    if LIBC.ptrace(16, publish, None, None) == 0:
        done.append("ptrace")
    return done


def act_sockets(run, image, publish):
    """Against both sockets."""
    del run, image
    done, channels = [], []
    for number in range(10 ** 9):
        if not goes_on():
            break
        with contextlib.suppress(OSError):
            channels.append(break_protocol(number))
        if len(channels) > 100:
            channels.pop(0).socket.close()
        with contextlib.suppress(OSError):
            front = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            front.connect(sys.argv[6])
            front.send(b"RV\1\1\0\0\0\0")
            front.settimeout(0.2)
            done += ["front answers"] if front.recv(100) else []
        done += touch_others(publish)
    return {"done": sorted(set(done))}


def meddle(run, path):
    """With what is another's in the run folder; whether anything could be done."""
    done = False
    for act in (path.unlink, lambda: path.rename(run / "other"), lambda: path.chmod(0o777),
                lambda: os.replace(sys.executable, path), lambda: path.write_bytes(b"{}")):
        with contextlib.suppress(OSError):
            act()
            done = True
    return done


def squat(path, number, targets):
    """Puts something where a role may want to write."""
    acts = (lambda: path.symlink_to(targets[number % len(targets)]), lambda: os.mkfifo(path),
            lambda: path.write_bytes(b'{"pid": 1e999, "x": "\\u001b[2J' + b"[" * 9000), path.mkdir)
    for act in (path.unlink, path.rmdir, acts[number % len(acts)]):
        with contextlib.suppress(OSError):
            act()


def act_folder(run, image, publish):
    """In the run folder, as far as it may write there."""
    del publish
    user, done = os.getuid(), []
    others = [pathlib.Path(folder) / name for folder, folders, files in os.walk(run)
              for name in folders + files if os.lstat(f"{folder}/{name}").st_uid != user]
    others += [pathlib.Path(path) for path in sys.argv[5:]]
    targets = [image / "data.cdb", image / "data.spare", image / "history", "/dev/zero"]
    number = 0
    while goes_on():
        done += [path.name for path in others if meddle(run, path)]
        for role in ("front", "publish", "answer"):
            for name in (f"{role}.status.tmp", f"{role}.status", f"{role}.sock",
                         f"{role}/status.tmp", f"{role}/status", f"{role}/socket"):
                squat(run / name, number // 5, targets)
                number += 1
        time.sleep(0.001)
    return {"done": sorted(set(done))}


def main():
    act, run, image, publish = sys.argv[1:5]
    print("begun", flush=True)
    told = globals()[f"act_{act}"](pathlib.Path(run), pathlib.Path(image), int(publish))
    print(json.dumps(told), flush=True)


main()
