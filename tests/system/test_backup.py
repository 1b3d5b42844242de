# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a service under load, what they restore to, and what a check finds."""
import contextlib
import hashlib
import http.client
import ipaddress
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import threading

import pytest

from harness import TREE, Rove, basic, wait_until

CLIENTS = 8
BACKUPS = 5
HOME = "home.dyn.example.org"


class Client(threading.Thread):
    """Updates one host as fast as replies come. `good` are the addresses in their order."""

    def __init__(self, rove, name, secret, first):
        super().__init__()
        self.rove, self.name, self.next = rove, name, first
        self.headers = {"Authorization": basic(name, secret)}
        self.good, self.wrong, self.stopping = [], None, False

    def run(self):
        connection = http.client.HTTPConnection(self.rove.address, self.rove.http_port,
                                                timeout=20)
        while not self.stopping and not self.wrong:
            address = str(ipaddress.IPv4Address("10.0.0.0") + self.next)
            self.next += 1
            connection.request("GET", f"/nic/update?hostname={self.name}&myip={address}",
                               headers=self.headers)
            body = connection.getresponse().read().decode()
            if body == f"good {address}\n":
                self.good.append(address)
            else:
                self.wrong = body
        connection.close()


@contextlib.contextmanager
def opened(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        yield database


def journal(path, below=1 << 62):
    with opened(path) as database:
        return database.execute("SELECT * FROM changes WHERE seq <= ? ORDER BY seq",
                                (below,)).fetchall()


def addresses(path):
    """What stands in the hosts' rows, by their names in wire form."""
    with opened(path) as database:
        return {name: v4 and str(ipaddress.IPv4Address(v4)) for name, v4 in
                database.execute("SELECT name, v4 FROM hosts")}


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def sick(rove):
    """What roved --check-db complains of."""
    done = rove.roved("--check-db")
    lines = [line for line in done.stdout.splitlines() if line.startswith("trouble: ")]
    assert bool(lines) == (done.returncode != 0), done.stdout + done.stderr
    return lines


def restore(rove, backup):
    done = rove.roved("--restore", backup)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def soa_serial(rove):
    answer = wait_until(lambda: rove.query("dyn.example.org", "SOA").answer, 10,
                        "the zone is served")
    return next(iter(answer[0])).serial


def test_backups_under_load_restore_to_an_exact_prefix_of_what_was_acknowledged(
        make_rove, tmp_path):
    rove = make_rove()
    rove.config.write_text(rove.config.read_text().replace(
        "private_addresses = true", "private_addresses = true\n changes_per_hour = 1000000"))
    rove.start_apart()
    rove.add_zone()
    names = [f"h{n}.dyn.example.org" for n in range(CLIENTS)]
    clients = [Client(rove, name, rove.add_host(name), n << 20)
               for n, name in enumerate(names)]
    for client in clients:
        client.start()
    taken = []
    for number in range(BACKUPS):
        start = [len(client.good) for client in clients]
        wait_until(lambda: all(len(client.good) > before + 20 or client.wrong
                               for client, before in zip(clients, start)), 60, "load goes on")
        before = [len(client.good) for client in clients]
        backup = tmp_path / f"backup{number}"
        said = rove.ctl("backup", backup)
        taken.append((backup, said["seq"], before, [len(client.good) for client in clients]))
    for client in clients:
        client.stopping = True
    for client in clients:
        client.join()
        assert not client.wrong, client.wrong
    rove.stop()

    for backup, seq, before, after in taken:
        assert os.stat(backup).st_mode & 0o777 == 0o600
        other = make_rove()
        restore(other, backup)
        assert journal(other.database, seq) == journal(rove.database, seq)
        stored = addresses(other.database)
        for client, low, high in zip(clients, before, after):
            # In flight when the backup began or ended: either is right.
            allowed = client.good[max(low - 1, 0):high + 1]
            assert stored[wire(client.name)] in allowed
        assert not sick(other)
        other.start_apart()
        assert other.ctl("host", "show", names[0])["addresses"] == [stored[wire(names[0])]]
        other.stop()
    assert taken[0][1] < taken[-1][1]


def test_a_restored_service_publishes_newer_serials_and_names_the_tokens_to_look_at(
        rove, tmp_path):
    kept, removed, _ = (rove.add_host(f"{word}.dyn.example.org")
                        for word in ("kept", "removed", "changed"))
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    removed_id, changed_id = (rove.ctl("token", "list", "--host", f"{word}.dyn.example.org")
                              [0]["id"] for word in ("removed", "changed"))
    rove.ctl("token", "remove", removed_id)
    rove.ctl("token", "set", changed_id, "--label", "new")
    assert rove.update("kept.dyn.example.org", kept, "10.0.0.7", wait=1)[0] == 200
    rove.wait_dns("kept.dyn.example.org", "A", ["10.0.0.7"])
    before = soa_serial(rove)
    rove.stop()

    said = restore(rove, backup)
    assert f"token {removed_id} " in said and "VALID AGAIN" in said
    assert f"token {changed_id} " in said and "as it was before" in said
    assert len([line for line in said.splitlines() if line.startswith("token ")]) == 2
    assert list(rove.data.glob("rove.db.replaced-*"))
    assert not sick(rove)
    rove.start()
    rove.wait_dns("kept.dyn.example.org", "A", [])
    assert 0 < (soa_serial(rove) - before) % 2**32 < 2**31
    assert rove.update("removed.dyn.example.org", removed, "10.0.0.8") == (200,
                                                                          "good 10.0.0.8")
    rove.wait_dns("removed.dyn.example.org", "A", ["10.0.0.8"])


def test_a_lost_disk_is_restored_with_its_key_file_and_the_image_keeps_serials_rising(
        rove, tmp_path):
    secret = rove.add_host(HOME)
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    rove.update(HOME, secret, "10.0.0.1")
    rove.wait_dns(HOME, "A", ["10.0.0.1"])
    before = soa_serial(rove)
    rove.stop()
    for path in rove.data.glob("rove.*"):
        path.unlink()
    restore(rove, backup)
    assert (rove.data / "rove.key").stat().st_mode & 0o777 == 0o600
    rove.start()
    rove.wait_dns(HOME, "A", [])
    assert 0 < (soa_serial(rove) - before) % 2**32 < 2**31
    assert rove.update(HOME, secret, "10.0.0.2") == (200, "good 10.0.0.2")


def test_without_image_and_database_serials_leap(rove, tmp_path):
    rove.add_host(HOME)
    before = soa_serial(rove)
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    rove.stop()
    shutil.rmtree(rove.data)
    said = restore(rove, backup)
    assert "1 zones are in no image" in said
    rove.start()
    assert (soa_serial(rove) - before) % 2**32 >= 2**28


def test_without_the_key_file_a_backup_says_so_and_needs_that_very_file(rove, tmp_path):
    secret = rove.add_host(HOME)
    backup = tmp_path / "backup"
    done = subprocess.run([rove.program("rovectl"), "-c", rove.config, "backup", backup,
                           "--keys", "off"], capture_output=True, text=True, check=True)
    assert "WITHOUT the key file" in done.stderr
    assert (rove.data / "rove.key").read_bytes() not in backup.read_bytes()
    rove.stop()
    key = (rove.data / "rove.key").read_bytes()
    (rove.data / "rove.key").unlink()
    done = rove.roved("--restore", backup)
    assert done.returncode == 1 and "holds no key file" in done.stderr
    rove.roved("--init")
    done = rove.roved("--restore", backup)
    assert done.returncode == 1 and "not the one that this database" in done.stderr
    (rove.data / "rove.key").write_bytes(key)
    restore(rove, backup)
    rove.start()
    assert rove.update(HOME, secret, "10.0.0.3") == (200, "good 10.0.0.3")


def test_nothing_is_restored_while_front_runs(rove, tmp_path):
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    done = rove.roved("--restore", backup)
    assert done.returncode == 1 and "locked by process" in done.stderr
    assert not list(rove.data.glob("rove.db.re*"))


def test_a_damaged_backup_is_refused_and_the_database_stays(rove, tmp_path):
    secret = rove.add_host(HOME)
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    rove.stop()
    plain = tmp_path / "plain"
    with opened(rove.database) as database, contextlib.closing(
            sqlite3.connect(plain)) as copy:
        database.backup(copy)
    whole = backup.read_bytes()
    size = len(whole)
    rows = {f"byte {at}": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]
            for at in (0, 24, 100, size // 3, size // 2, size - 60, size - 10)}
    rows |= {"cut": whole[:size // 2], "tail": whole[:-1], "empty": b"",
             "text": b"no backup at all\n" * 9, "plain": plain.read_bytes()}
    before = rove.database.read_bytes()
    for what, data in rows.items():
        bad = tmp_path / "bad"
        bad.write_bytes(data)
        done = rove.roved("--restore", bad)
        assert done.returncode == 1 and str(bad) in done.stderr, f"{what}: {done.stderr}"
        assert rove.database.read_bytes() == before, what
        assert not list(rove.data.glob("*.restoring*")), what
    assert rove.roved("--restore", tmp_path / "nothing").returncode == 1
    rove.start()
    assert rove.update(HOME, secret, "10.0.0.4") == (200, "good 10.0.0.4")


def alter(backup, change):
    """Changes a backup, and its digest with it: by SQL, or by a function of its database."""
    tail = len(b"rove-backup-1 ") + 33
    backup.write_bytes(backup.read_bytes()[:-tail])
    with contextlib.closing(sqlite3.connect(backup)) as database:
        change(database) if callable(change) else database.executescript(change)
        database.commit()
    data = backup.read_bytes()
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    backup.write_bytes(data + f"rove-backup-1 {digest}\n".encode())


def columns_of(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def take_to_first_step(database):
    """Makes what the first step of the schema made, with the rows that it had room for."""
    found = {name for name, in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
    first = (TREE / "schema/0001-tables.sql").read_text()
    kept = {}
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(first)
        for table in found - {"backup"}:
            columns = ", ".join(set(columns_of(empty, table)) & set(columns_of(database, table)))
            if columns and table != "zone_members":
                kept[table] = columns, database.execute(f"SELECT {columns} FROM {table}").fetchall()
    for table in found - {"backup"}:
        database.execute(f"DROP TABLE {table}")
    database.executescript(first)
    for table, (columns, rows) in kept.items():
        places = ", ".join("?" * (columns.count(",") + 1))
        database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
    database.execute("UPDATE settings SET value = '1' WHERE name = 'schema'")
    database.execute("UPDATE backup SET value = x'31' WHERE name = 'schema'")


def test_an_older_backup_is_brought_up_to_date_and_a_newer_one_refused(rove, tmp_path):
    secret = rove.add_host(HOME)
    old, new, torn = (tmp_path / name for name in ("old", "new", "torn"))
    for backup in (old, new, torn):
        rove.ctl("backup", backup)
    rove.stop()
    set_version = ("UPDATE settings SET value = '{0}' WHERE name = 'schema';"
                   "UPDATE backup SET value = CAST('{0}' AS BLOB) WHERE name = 'schema';")
    alter(new, set_version.format(99))
    done = rove.roved("--restore", new)
    assert done.returncode == 1 and "newer program" in done.stderr
    alter(torn, "PRAGMA foreign_keys = OFF; UPDATE hosts SET owner_id = 99;")
    done = rove.roved("--restore", torn)
    assert done.returncode == 1 and "refers to a row that is missing" in done.stderr
    alter(old, take_to_first_step)
    restore(rove, old)
    assert not sick(rove)
    rove.start()
    assert rove.ctl("token", "list")[0]["exposed"] == 0
    assert rove.update(HOME, secret, "10.0.0.5") == (200, "good 10.0.0.5")


def test_what_waits_for_somebody_does_not_come_back(rove, tmp_path):
    rove.add_host(HOME)
    rove.stop()
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        database.execute("INSERT INTO requests SELECT 1, 2, zone_id, id, 0, owner_id, 'b@example.org',"
                         " 'b@example.org', '', 1, 9999999999 FROM hosts")
        database.execute("INSERT INTO stale SELECT 0, id, 3, 1 FROM hosts")
        database.commit()
    rove.start()
    rove.ctl("backup", tmp_path / "backup")
    with opened(tmp_path / "backup") as database:
        for table in "requests", "stale":
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM hosts").fetchone() == (1,)


def test_a_backup_is_an_sqlite_database(rove, tmp_path):
    rove.add_host(HOME)
    backup = tmp_path / "backup"
    said = rove.ctl("backup", backup)
    with opened(backup) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        told = dict(database.execute("SELECT name, value FROM backup"))
        assert database.execute("SELECT count(*) FROM hosts").fetchone() == (1,)
    assert int(told["seq"]) == said["seq"] and int(told["schema"]) >= 2
    assert told["keys"] == (rove.data / "rove.key").read_bytes()


def test_what_a_killed_front_left_of_a_backup_goes(make_rove):
    rove = make_rove().start_apart()
    rove.kill_role("front")
    left = [pathlib.Path(f"{rove.database}.backup-0123456789abcdef{end}")
            for end in ("", "-wal", "-shm", "-journal")]
    kept = pathlib.Path(f"{rove.database}.backup-of-mine")
    for path in (*left, kept):
        path.write_text("half a backup")
    rove.start_role("front")
    wait_until(rove.front_is_ready, 20, "front is ready")
    assert not any(path.exists() for path in left)
    assert kept.exists()


def ask_front(rove, method, path):
    """One request as rove-local(7) tells it."""
    body = json.dumps({"method": method, "path": path}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as local:
        local.settimeout(20)
        local.connect(str(rove.run_folder / "front/socket"))
        local.send(packet(1, body))
        return json.loads(local.recv(1 << 18)[8:])["body"]


def packet(kind, body):
    return b"RV\x01" + kind.to_bytes(2, "little") + len(body).to_bytes(3, "little") + body


def test_a_backup_is_not_touched_by_the_next_one_while_it_is_fetched(rove, tmp_path):
    rove.add_host(HOME)
    slow = pathlib.Path(ask_front(rove, "POST", "/backups")["file"])
    before = slow.read_bytes()
    rove.ctl("backup", tmp_path / "quick")
    assert slow.read_bytes() == before
    assert (tmp_path / "quick").stat().st_size > 0
    # Nobody has fetched it: the second one after it makes room.
    rove.ctl("backup", tmp_path / "quick")
    assert not slow.exists()
    assert not list(rove.data.glob("rove.db.backup-*"))


@contextlib.contextmanager
def false_front(rove, reply):
    """Something that listens where front should, and answers one request."""
    path = rove.run_folder / "front/socket"

    def serve(listener):
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                peer.recv(1 << 18)
                peer.send(packet(2, json.dumps(reply).encode()))

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    path.unlink()


def test_rovectl_fetches_and_removes_nothing_but_a_whole_backup_beside_the_database(
        make_rove, tmp_path):
    rove = make_rove()
    target, victim = tmp_path / "target", tmp_path / "victim"
    target.write_text("the backup before")
    victim.write_text("not yours")
    near = pathlib.Path(f"{rove.database}.backup-0123456789abcdef")
    link = near.with_name(near.name[:-1] + "0")
    link.symlink_to(victim)
    near.write_text("cut")
    for path, words in ((victim, "not the name of a backup"),
                        (f"{near}/../rove.key", "not the name of a backup"),
                        (rove.database, "not the name of a backup"), (link, "backup-"),
                        (near, "its last line is missing")):
        reply = {"status": 200, "body": {"file": str(path), "seq": 1, "keys": True}}
        with false_front(rove, reply):
            done = rove.ctl("backup", target, check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
        assert target.read_text() == "the backup before"
        assert not list(tmp_path.glob("target.*"))
        assert victim.read_text() == "not yours" and rove.database.exists()


def test_no_key_is_left_in_a_restored_database(rove, tmp_path):
    rove.add_host(HOME)
    backup = tmp_path / "backup"
    rove.ctl("backup", backup)
    rove.stop()
    key = (rove.data / "rove.key").read_bytes()
    secret = max(key.split(), key=len)
    assert secret in backup.read_bytes()
    restore(rove, backup)
    assert rove.database.stat().st_mode & 0o777 == 0o640
    assert secret not in rove.database.read_bytes()


def test_a_restore_that_was_interrupted_is_not_hidden_by_an_empty_database(make_rove):
    rove = make_rove()
    for left in ("rove.db.restoring", "rove.db.replaced-1700000000"):
        aside = rove.data / left
        rove.database.rename(aside)
        for args in (["--init"], []):
            done = rove.roved(*args)
            assert done.returncode == 1 and left in done.stderr, done.stderr
        assert not rove.database.exists()
        aside.rename(rove.database)
    rove.init()


def test_a_target_that_cannot_be_written_leaves_the_backup_before_as_it_was(rove, tmp_path):
    done = rove.ctl("backup", tmp_path / "no" / "folder", check=False)
    assert done.returncode == 1 and "no/folder" in done.stderr
    assert not list(rove.data.glob("*.backup*"))


@pytest.mark.parametrize("sql, says", [
    ("UPDATE hosts SET name = x'04484f4d450364796e076578616d706c65036f726700'",
     "not found by its name"),
    ("UPDATE hosts SET last_change = 99999", "the newest one is"),
    ("UPDATE hosts SET v4 = zeroblob(16)", "other family's place"),
    ("UPDATE hosts SET v4 = x'0102'", "holds what it may not"),
    ("UPDATE hosts SET zone_id = 99", "refers to a row that is missing"),
    ("UPDATE hosts SET follows_id = id", "follows itself"),
    ("UPDATE tokens SET key_version = 9", "it does not work"),
    ("UPDATE tokens SET rights = 0", "may do nothing"),
    ("UPDATE changes SET prev = seq", "the one before it"),
    ("UPDATE settings SET value = '1 00' WHERE name = 'key_pepper'", "key file:"),
    ("UPDATE accounts SET email_folded = 'x'", "not found by its e-mail"),
    ("INSERT INTO tombstones SELECT 1, name, 77, 9999999999, zone_id FROM hosts", "reserved"),
    ("UPDATE host_counts SET hosts = hosts + 1", "host_counts"),
    ("UPDATE accounts SET state = 3", "is ending"),
])
def test_a_check_finds_what_sql_cannot_say(rove, sql, says):
    rove.add_host(HOME)
    assert not sick(rove), "beside a running front"
    rove.stop()
    with contextlib.closing(sqlite3.connect(rove.database)) as database:
        database.execute(sql)
        database.commit()
    troubles = sick(rove)
    assert any(says in trouble for trouble in troubles), troubles


def test_a_check_of_nothing_says_what_to_do(tmp_path):
    rove = Rove(tmp_path / "none")
    done = rove.roved("--check-db")
    assert done.returncode == 1 and "not there" in done.stderr
    rove.clean_up()
