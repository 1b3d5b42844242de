# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails: from the transaction that causes one to a server's hands, with servers that behave and
others; restarts and kills between; what can be switched off."""
import contextlib
import pathlib
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness import set_option, wait_until
from https import Secure, put
from mail import ORIGIN, PASSWORD, Exim, Server, Tls, link_of, settings

HOST = "home.dyn.example.org"
OWNER = "owner@example.org"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return Tls(tmp_path_factory.mktemp("mail") / "authority")


@pytest.fixture
def server(tls):
    """A server that takes everything, with STARTTLS and a login."""
    made = Server(tls, user="rove").start()
    yield made
    made.stop()


@pytest.fixture
def password(tmp_path):
    return put(tmp_path / "password", PASSWORD + "\n")


@pytest.fixture
def make_mailing(make_rove, tls, password):
    """An installation that sends its mails to the server."""
    def make(server, more="", start=True, **options):
        options = {"user": "rove", "password_file": password, "ca_file": tls.root,
                   "timeout": 10} | options
        rove = make_rove(server.settings(**options) + more)
        if start:
            rove.start()
            rove.add_zone()
        return rove
    return make


@pytest.fixture
def mailing(make_mailing, server):
    return make_mailing(server)


def states(rove):
    """[(kind, to, state, tries)] of the queue."""
    return [(one["kind"], one["to"], one["state"], one["tries"]) for one in rove.ctl("mail", "list")]


def wait_state(rove, number, state, seconds=20):
    def look():
        one = rove.ctl("mail", "show", number)
        return one if one["state"] == state else None
    return wait_until(look, seconds, f"mail {number} is {state}\n{rove.log()[-2000:]}")


def wait_tried(rove, number, seconds=20):
    """The mail, once a try has failed."""
    def look():
        one = rove.ctl("mail", "show", number)
        return one if one["last_error"] else None
    return wait_until(look, seconds, f"mail {number} was tried\n{rove.log()[-2000:]}")


def wait_trouble(rove, words, seconds=20):
    return wait_until(lambda: words in (rove.told("outbound", "trouble") or ""), seconds,
                      f"trouble: {words}, not {rove.status('outbound')}\n{rove.log()[-2000:]}")


def send_test(rove, to="anna@example.net", *options):
    return rove.ctl("mail", "test", to, *options)["id"]


# ---- what arrives ---------------------------------------------------------------------


def test_a_test_mail_arrives_whole(mailing, server):
    number = send_test(mailing)
    mail = server.wait(1)[0]
    assert (mail.sender, mail.recipients) == ("rove@example.org", ["anna@example.net"])
    assert server.logins == ["rove"] and server.hello == "example.org"
    assert mail["From"] == "Rove at home <rove@example.org>"
    assert mail["To"] == "<anna@example.net>" or mail["To"] == "anna@example.net"
    assert mail["Subject"] == "A test mail of ddns.example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert "Mails of this service arrive at anna@example.net." in mail.text
    assert all(len(line) <= 78 for line in mail.bytes.split(b"\r\n")) and mail.bytes.isascii()
    done = wait_state(mailing, number, "sent")
    assert mail["Message-ID"] == f"<{done['message_id']}>" and done["message_id"].endswith("@example.org")
    assert wait_until(lambda: mailing.status("outbound")["waiting"] == 0, 10, "the queue is empty")


def test_a_new_token_is_told_to_its_owner_in_the_language_of_the_account(mailing, server):
    mailing.ctl("account", "set", OWNER, "--language", "de")
    mailing.add_host(HOST)
    mail = server.wait(1)[0]
    assert mail.recipients == [OWNER]
    assert mail["Subject"] == f"Ein neues Token für {HOST}"
    assert mail["Content-Language"] == "de"
    assert f"für:   {HOST}" in mail.text
    link = re.fullmatch(r"<(\S+)>", mail["List-Unsubscribe"])[1]
    assert link.startswith(ORIGIN + "/u/") and link in mail.text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(one.startswith(ORIGIN) for one in link_of(mail.text))


def test_exim_takes_mails_by_starttls_and_by_smtps(make_rove, open_folder, tls, password):
    exim = Exim(open_folder / "exim", tls).start()
    try:
        for count, (scheme, port) in enumerate([("smtp", exim.port), ("smtps", exim.tls_port)], 1):
            rove = make_rove(settings(f"{scheme}://localhost:{port}", user="rove", ca_file=tls.root,
                                      password_file=password)).start()
            number = send_test(rove, f"anna{count}@example.net", "--language", "de")
            wait_state(rove, number, "sent")
            wait_until(lambda: len(exim.mails()) == count, 20, exim.log())
            mail = next(one for one in exim.mails() if f"anna{count}@" in one["Envelope-to"])
            assert "Testmail" in mail["Subject"] and f"anna{count}@example.net" in mail.text
            refused = send_test(rove, "nobody@example.net")
            assert "550 no such user" in wait_state(rove, refused, "dead")["last_error"]
            grey = send_test(rove, "grey@example.net")
            assert "451 come back later" in wait_tried(rove, grey)["last_error"]
            assert rove.ctl("mail", "show", grey)["state"] == "waiting"
            rove.stop()
    finally:
        exim.stop()


def test_many_mails_go_over_one_connection_in_order(mailing, server):
    for i in range(20):
        send_test(mailing, f"a{i}@example.net")
    assert [one.recipients[0] for one in server.wait(20)] == [f"a{i}@example.net" for i in range(20)]
    assert server.seen.count("ehlo") <= 6  # two for STARTTLS; the first may have been alone


# ---- servers that do not behave ----------------------------------------------------------


def test_greylisting_puts_a_mail_off_and_then_it_is_sent(mailing, server):
    server.refuse["rcpt"] = "451 4.7.1 greylisted"
    number = send_test(mailing)
    one = wait_tried(mailing, number)
    assert one["last_error"] == "451 4.7.1 greylisted" and one["tries"] == 1
    assert one["created"] + 30 <= one["due"] <= time.time() + 70
    assert not mailing.status("outbound")["trouble"]
    server.refuse.clear()
    mailing.ctl("mail", "retry", number)
    assert len(server.wait(1)) == 1
    assert wait_state(mailing, number, "sent")["last_error"] == ""


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refused_mail_is_a_dead_letter_and_others_go_on(mailing, server, stage):
    server.refuse[stage] = "550 5.1.1 nobody of that name"
    number = send_test(mailing)
    one = wait_state(mailing, number, "dead")
    assert one["last_error"] == "550 5.1.1 nobody of that name"
    server.refuse.clear()
    send_test(mailing, "other@example.net")
    assert server.wait(1)[0].recipients == ["other@example.net"]
    assert wait_until(lambda: mailing.status("outbound")["dead"] == 1, 10, "it is counted")
    # The operator has put it right: it can still be sent.
    mailing.ctl("mail", "retry", number)
    assert server.wait(2)[1].recipients == ["anna@example.net"]


@pytest.mark.parametrize("stage", ["mail", "data", "late"])
def test_a_server_that_dies_in_the_middle_gets_the_same_mail_again(mailing, server, stage):
    server.refuse["data" if stage == "late" else stage] = "late" if stage == "late" else "die"
    number = send_test(mailing)
    assert wait_tried(mailing, number)["state"] == "waiting"
    server.refuse.clear()
    mailing.ctl("mail", "retry", number)
    mails = server.wait(2 if stage == "late" else 1)
    wait_state(mailing, number, "sent")
    assert len(mails) == (2 if stage == "late" else 1)
    assert len({one.bytes for one in mails}) == 1  # the same Message-ID, Date and all


def test_a_slow_server_delays_and_blocks_nothing_else(make_mailing, server):
    rove = make_mailing(server, timeout=60)
    server.gate.clear()
    send_test(rove)
    wait_until(lambda: "data" in server.seen, 20, "the server has the mail")
    secret = rove.add_host(HOST)  # committed and answered meanwhile
    assert rove.update(HOST, secret, "10.1.2.3") == (200, "good 10.1.2.3")
    assert not server.mails
    server.gate.set()
    assert len(server.wait(2)) == 2


def test_a_server_that_never_answers_costs_the_time_out_and_no_mail(make_mailing, server):
    rove = make_mailing(server, timeout=1)
    server.gate.clear()
    number = send_test(rove)
    one = wait_tried(rove, number)
    assert one["state"] == "waiting" and re.search("timeout|timed out", one["last_error"], re.I), one
    server.gate.set()


def test_without_a_server_mails_wait_until_there_is_one(make_mailing, tls):
    server = Server(tls, user="rove")
    rove = make_mailing(server)
    number = send_test(rove)
    assert wait_tried(rove, number)["state"] == "waiting"
    server.start()
    try:
        rove.ctl("mail", "retry", number)
        assert server.wait(1)
    finally:
        server.stop()


def test_a_wrong_password_is_the_operators_trouble_and_loses_no_mail(make_mailing, server, tmp_path):
    wrong = put(tmp_path / "wrong", "wrong\n")
    rove = make_mailing(server, password_file=wrong)
    number = send_test(rove)
    wait_trouble(rove, "535")
    assert rove.events("mail-trouble")
    one = wait_tried(rove, number)
    assert (one["state"], one["tries"]) == ("waiting", 0)
    assert "535" in rove.ctl("status")[-1]["trouble"]
    # Put right: the next try, which a reload does not wait a minute for, takes the new password.
    put(wrong, PASSWORD + "\n")
    rove.processes["roved"].send_signal(signal.SIGHUP)
    assert server.wait(1, 10)
    wait_until(lambda: rove.status("outbound")["trouble"] == "", 10, "no trouble any more")


def test_a_server_without_starttls_gets_nothing(make_mailing):
    server = Server(None).start()
    try:
        rove = make_mailing(server, user=None, password_file=None)
        send_test(rove)
        wait_trouble(rove, "STARTTLS")
        assert not server.mails and "mail" not in server.seen
    finally:
        server.stop()


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_wrong_certificate_gets_nothing(make_mailing, server, tmp_path, wrong):
    options = {"ca_file": Tls(tmp_path / "others").root} if wrong == "authority" else {}
    rove = make_mailing(server, host="127.0.0.1" if wrong == "name" else "localhost", **options)
    send_test(rove)
    wait_trouble(rove, "SSL")
    assert not server.mails and not server.logins


def test_a_refused_sender_is_the_operators_trouble(mailing, server):
    server.refuse["mail"] = "553 5.7.1 not your address"
    number = send_test(mailing)
    wait_trouble(mailing, "553 5.7.1 not your address")
    assert wait_tried(mailing, number)["state"] == "waiting"


def test_mail_in_clear_is_for_this_machine_alone(make_rove):
    server = Server(None).start()
    try:
        rove = make_rove(server.settings(tls="off")).start()
        send_test(rove)
        assert server.wait(1)
        rove.config.write_text(rove.config.read_text().replace("smtp://localhost", "smtp://mail.example.org"))
        said = rove.roved("--check-config")
        assert said.returncode and "mail.tls" in said.stderr
    finally:
        server.stop()


# ---- restarts and kills --------------------------------------------------------------------


@pytest.mark.parametrize("role", ["front", "outbound"])
def test_a_kill_at_any_moment_loses_no_mail_and_doubles_at_most_one(make_mailing, server, role):
    rove = make_mailing(server)
    for count in range(1, 5):
        before = len(server.mails)
        for i in range(6):
            send_test(rove, f"a{count}{i}@example.net")
        server.wait(before + 1)
        rove.kill_role(role)
        wait_until(lambda: rove.front_is_ready() and all(
            state == "sent" for _, _, state, _ in states(rove)), 60, "all are sent" + rove.log()[-3000:])
    wanted = {one["message_id"] for one in rove.ctl("mail", "list")}
    assert len(wanted) == 24
    got = [one["Message-ID"].strip("<>") for one in server.mails]
    assert set(got) == wanted
    assert len(got) <= 24 + 4  # one for each kill


def test_a_kill_while_the_server_has_the_mail_gives_the_same_mail_again(make_mailing, server):
    rove = make_mailing(server, timeout=60)
    server.gate.clear()
    number = send_test(rove)
    wait_until(lambda: "data" in server.seen, 20, "the server has the mail")
    rove.kill_role("outbound")
    server.gate.set()
    wait_state(rove, number, "sent", 30)
    assert len({one["Message-ID"] for one in server.mails}) == 1 and len(server.mails) <= 2


def test_a_mail_that_was_sent_while_the_service_stopped_is_not_sent_again(make_mailing, server):
    rove = make_mailing(server, start=False, timeout=60).start_apart()
    rove.start_role("outbound")
    server.gate.clear()
    number = send_test(rove)
    wait_until(lambda: "data" in server.seen, 20, "the server has the mail")
    rove.stop_role("front")
    server.gate.set()
    wait_until(lambda: rove.told("outbound", "sent") == 1, 20, "outbound knows, and front does not")
    rove.stop_role("outbound")
    rove.start_role("front")
    assert wait_until(rove.front_is_ready, 20, "front is back")
    assert rove.ctl("mail", "show", number)["state"] == "waiting"
    rove.start_role("outbound")
    wait_state(rove, number, "sent", 30)
    assert len(server.mails) == 1


def test_mails_wait_over_a_restart_of_the_service(make_mailing, tls):
    server = Server(tls, user="rove")
    rove = make_mailing(server)
    number = send_test(rove)
    before = wait_tried(rove, number)
    rove.stop()
    rove.start()
    after = rove.ctl("mail", "show", number)
    assert (after["state"], after["tries"], after["due"]) == ("waiting", before["tries"], before["due"])
    server.start()
    try:
        rove.ctl("mail", "retry", number)
        assert server.wait(1)[0]["Message-ID"] == f"<{before['message_id']}>"
    finally:
        server.stop()


def test_check_db_finds_a_mail_that_cannot_be_read(mailing, server):
    """It would stand in the way of all others."""
    send_test(mailing)
    server.wait(1)
    mailing.stop()
    assert mailing.roved("--check-db").returncode == 0
    with contextlib.closing(sqlite3.connect(mailing.database)) as database, database:
        database.execute("UPDATE mails SET state = 9")
    said = mailing.roved("--check-db")
    assert said.returncode == 1 and "mails: " in said.stdout + said.stderr


# ---- what the owner does not want -----------------------------------------------------------


def post(rove, path, body=b"List-Unsubscribe=One-Click", kind="application/x-www-form-urlencoded"):
    request = urllib.request.Request(f"http://127.0.0.1:{rove.http_port}{path}", body,
                                     {"Content-Type": kind}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def path_of(mail):
    return urllib.parse.urlsplit(mail["List-Unsubscribe"].strip("<>")).path


def test_one_click_switches_one_kind_off_and_a_look_at_the_page_none(mailing, server):
    mailing.add_host(HOST)
    path = path_of(server.wait(1)[0])
    status, page = mailing.get(path)
    assert status == 200 and "new tokens" in page and 'method="post"' in page and "<script" not in page
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == []
    status, page = post(mailing, path)
    assert status == 200 and "Done" in page
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == ["new-token"]
    assert post(mailing, path)[0] == 200  # again is fine
    mailing.add_host("office.dyn.example.org")
    send_test(mailing)  # whatever was queued before it would come before it
    assert [one["Subject"][:6] for one in server.wait(2)] == ["A new ", "A test"]


def test_one_click_takes_what_mail_programs_post_and_nothing_else(mailing, server):
    mailing.add_host(HOST)
    path = path_of(server.wait(1)[0])
    boundary = "xyz"
    part = (f'--{boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            f"One-Click\r\n--{boundary}--\r\n").encode()
    assert post(mailing, path, b"")[0] == 400
    assert post(mailing, path, b"a=b")[0] == 400
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == []
    other = path[:-1] + ("0" if path[-1] != "0" else "1")
    assert post(mailing, other)[0] == 404 and mailing.get(other)[0] == 404
    assert post(mailing, "/u/")[0] == 404
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == []
    assert post(mailing, path, part, f"multipart/form-data; boundary={boundary}")[0] == 200
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == ["new-token"]


def test_the_operator_sets_what_an_account_wants(mailing, server):
    mailing.ctl("account", "set", OWNER, "--mail-off", "new-token,host-silent")
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == ["new-token", "host-silent"]
    mailing.add_host(HOST)
    mailing.ctl("account", "set", OWNER, "--mail-off", "none")
    mailing.add_host("office.dyn.example.org")
    assert "office" in server.wait(1)[0]["Subject"]
    for kind, words in (("reset", "cannot be switched off"), ("new-tokens", "is no kind of mail")):
        said = mailing.ctl("account", "set", OWNER, "--mail-off", kind, check=False)
        assert said.returncode and words in said.stderr
    assert mailing.ctl("account", "show", OWNER)["mail_off"] == []


# ---- other causes ----------------------------------------------------------------------------


@pytest.fixture
def secure(make_rove, tmp_path, server, tls, password):
    """One that serves HTTPS, too, and has not been started."""
    return Secure(make_rove, tmp_path, server.settings(user="rove", password_file=password,
                                                       ca_file=tls.root))


def test_operators_hear_of_a_certificate_that_ends_soon(secure, server):
    secure.authority.issue("main", ["update.example.org"], days=5, at=secure.folder)
    rove = secure.start().rove
    rove.ctl("account", "add", "ops@example.org", "--role", "operator")
    rove.ctl("account", "add", "user@example.org")
    mail = server.wait(1, 40)[0]
    assert mail.recipients == ["ops@example.org"]
    assert mail["Subject"] == "The certificate of ddns.example.org ends soon"
    assert "certificate:  main" in mail.text


def test_the_owner_hears_once_of_a_token_that_was_sent_in_clear(secure, server):
    rove = secure.start().rove
    secret = rove.add_host(HOST)
    for _ in range(3):
        assert rove.update(HOST, secret, "10.1.2.3")[1].startswith("badauth")
    mails = server.wait(2, 30)
    assert mails[1]["Subject"] == f"The token for {HOST} was sent in clear"
    assert secret not in mails[1].text and secret[:8] not in mails[1]["Subject"]
    rove.kill_role("front")  # what was told already is in the database
    wait_until(rove.front_is_ready, 20, "front is back")
    assert rove.update(HOST, secret, "10.1.2.3")[1].startswith("badauth")
    wait_state(rove, send_test(rove), "sent")
    assert len(server.mails) == 3


def test_without_mail_everything_else_works_and_what_needs_it_says_so(rove):
    rove.add_host(HOST)
    said = rove.ctl("mail", "test", "anna@example.net", check=False)
    assert said.returncode and "mail.server" in said.stderr
    assert rove.ctl("mail", "list") == []
    assert not rove.status("outbound") and not (rove.run_folder / "outbound").exists()
    assert post(rove, "/u/" + "0" * 50)[0] == 404


def test_the_times_of_a_mail_are_for_people(mailing):
    number = send_test(mailing)
    wait_state(mailing, number, "sent")
    said = subprocess.run([mailing.program("rovectl"), "-c", mailing.config, "mail", "show", str(number)],
                          capture_output=True, text=True, check=True).stdout
    for member in "due", "created", "ended":
        assert re.search(rf"^{member}: \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", said, re.MULTILINE), said


# ---- what nobody may see, and what nobody may put in ---------------------------------------------


def test_no_secret_is_in_the_log_the_database_and_the_environment(make_mailing, server):
    rove = make_mailing(server, start=False)
    rove.config.write_text(rove.config.read_text().replace('level = "info"', 'level = "debug" requests = true'))
    rove.start()
    rove.add_zone()
    server.refuse["rcpt"] = "451 later"
    rove.add_host(HOST)
    wait_until(lambda: "rcpt" in server.seen, 20, "a mail was tried")
    body = "can change what these names lead to"
    for path in (rove.database, rove.database.with_name("rove.db-wal")):
        held = path.read_bytes()
        assert OWNER.encode() in held or path == rove.database
        assert body.encode() not in held and b"/u/" not in held and PASSWORD.encode() not in held
    pid = rove.role_pid("outbound")
    for name in ("environ", "cmdline"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            assert PASSWORD.encode() not in file.read()
    server.refuse.clear()
    number = rove.ctl("mail", "list")[0]["id"]
    rove.ctl("mail", "retry", number)
    token = path_of(server.wait(1)[0]).split("/")[-1]
    wait_state(rove, number, "sent")
    assert post(rove, "/u/" + token)[0] == 200
    assert PASSWORD not in rove.log() and token not in rove.log()
    with sqlite3.connect(f"file:{rove.database}?mode=ro", uri=True) as database:
        assert database.execute("SELECT length(content) FROM mails").fetchall() == [(0,)]


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>",
                                "bücher@example.org", "a@b.example,c@d.example", "a", ""])
def test_an_address_that_is_none_is_refused_by_name(mailing, server, to):
    said = mailing.ctl("mail", "test", to, check=False)
    assert said.returncode and "address" in said.stderr
    assert mailing.ctl("mail", "list") == []


def test_a_removed_mail_is_not_sent(mailing, server):
    server.refuse["rcpt"] = "451 later"
    number = send_test(mailing)
    wait_tried(mailing, number)
    mailing.ctl("mail", "remove", number)
    assert mailing.ctl("mail", "list") == []
    server.refuse.clear()
    send_test(mailing, "other@example.net")
    assert server.wait(1)[0].recipients == ["other@example.net"]


@pytest.mark.parametrize("language, words", [("en", "A new token"), ("de", "Ein neues Token")])
def test_the_operator_can_look_at_each_kind(mailing, language, words):
    shown = mailing.ctl("mail", "preview", "new-token", "--language", language)
    assert shown["subject"].startswith(words) and ORIGIN in shown["body"]
    for kind in ("confirm", "reset", "new-login", "exposed-token", "host-silent", "host-failing",
                 "certificate", "name-unused", "test"):
        assert mailing.ctl("mail", "preview", kind, "--language", language)["body"]
    assert "no kind of mail" in mailing.ctl("mail", "preview", "nothing", check=False).stderr


def test_a_host_that_only_a_name_server_knows_is_looked_up_within_the_sandbox(make_mailing, server):
    """mail.invalid never exists: the look-up fails, but the role lives on."""
    rove = make_mailing(server, host="mail.invalid")
    number = send_test(rove)
    assert "resolve" in wait_tried(rove, number, 60)["last_error"]
    assert rove.status("outbound")["state"] == "running" and not rove.events("role-ended")


def test_the_role_has_a_user_of_its_own_and_no_right_to_anything_else(rove_of_users, open_folder, server,
                                                                      tls):
    """The password is for its group alone, and RUN/front/mails takes nobody else."""
    service = set_option(rove_of_users, "users", 'outbound = "news"')
    password = put(open_folder / "password", PASSWORD + "\n", 0o640)
    shutil.chown(password, "root", "news")
    root = put(open_folder / "root.pem", tls.root.read_text(), 0o644)
    with open(service.config, "a", encoding="utf-8") as config:
        config.write(server.settings(user="rove", password_file=password, ca_file=root))
    service.start()
    number = send_test(service)
    wait_state(service, number, "sent")
    status = pathlib.Path(f"/proc/{service.role_pid('outbound')}/status").read_text()
    ids = {line.split(":")[0]: line.split()[1:] for line in status.splitlines()}
    news = pwd.getpwnam("news")
    assert set(ids["Uid"]) == {str(news.pw_uid)} and set(ids["Gid"]) == {str(news.pw_gid)}
    assert ids["Groups"] in ([], [str(news.pw_gid)]) and int(ids["CapEff"][0], 16) == 0
    # A password that its user cannot read is told before the start.
    shutil.chown(password, "root", "root")
    said = service.roved("--check-config")
    assert said.returncode and str(password) in said.stderr
