# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail servers for the tests: Debian's exim, and one that does what it is told."""
import asyncio
import dataclasses
import email
import email.policy
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from harness import free_port, wait_until
from https import Authority
from peers import ROOT, peer

PASSWORD = "correct horse battery"
ORIGIN = "https://ddns.example.org"


class Tls:
    """An authority, and a certificate for localhost that it issued."""

    def __init__(self, folder):
        authority = Authority(folder)
        self.root = authority.root
        chain, key = authority.issue("mail", ["localhost"])
        self.chain, self.key = pathlib.Path(chain), pathlib.Path(key)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


class Mail:
    """One that has arrived."""

    def __init__(self, content, sender, recipients):
        self.bytes = content
        self.sender, self.recipients = sender, recipients
        self.message = email.message_from_bytes(content, policy=email.policy.default)

    def __getitem__(self, name):
        return self.message[name]

    @property
    def text(self):
        return self.message.get_content()


class Server:
    """An SMTP server in this process. `refuse` maps a stage (connect, ehlo, mail, rcpt, data) to a
    reply, to "die", or to a function that gives one of these."""

    def __init__(self, tls=None, starttls=True, user=None, port=None):
        self.mails, self.refuse, self.seen, self.logins = [], {}, [], []
        self.gate = threading.Event()
        self.gate.set()
        self.port = port or free_port()
        self.tls, self.starttls, self.user = tls, starttls, user
        self.controller = None

    def start(self):
        server = self
        context = self.tls.context() if self.tls and self.starttls is not None else None

        class Listener(Controller):
            def factory(self):
                options = {"hostname": "localhost"}
                if server.starttls and context:
                    options |= {"tls_context": context}
                if server.user:
                    options |= {"authenticator": server._authenticate, "auth_required": True,
                                "auth_require_tls": bool(context)}
                return SMTP(self.handler, **options)

        self.controller = Listener(self, hostname="127.0.0.1", port=self.port,
                                   ssl_context=None if self.starttls else context)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.gate.set()
            self.controller.stop()
            self.controller = None

    def _authenticate(self, _server, session, _envelope, _mechanism, data):
        self.logins.append(data.login.decode())
        good = (data.login, data.password) == (self.user.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def _judge(self, stage, server):
        self.seen.append(stage)
        what = self.refuse.get(stage)
        if callable(what):
            what = what()
        if what == "die":
            server.transport.abort()
            return "421 gone"
        return what

    # What aiosmtpd calls.

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.hello = hostname
        refusal = self._judge("ehlo", server)
        return [refusal] if refusal else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        refusal = self._judge("mail", server)
        if refusal:
            return refusal
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self._judge("rcpt", server)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        refusal = self._judge("data", server)
        while not self.gate.is_set():
            await asyncio.sleep(0.02)
        if refusal and refusal != "late":
            return refusal
        self.mails.append(Mail(envelope.content, envelope.mail_from, list(envelope.rcpt_tos)))
        if refusal == "late":  # it has the mail, and nobody hears of that
            server.transport.abort()
        return "250 taken"

    def wait(self, count, seconds=20):
        """The mails, once there are so many."""
        wait_until(lambda: len(self.mails) >= count, seconds, f"{count} mails, not {len(self.mails)}")
        return self.mails

    def settings(self, scheme="smtp", host="localhost", **options):
        """The section of rove.conf for this server."""
        return settings(f"{scheme}://{host}:{self.port}", **options)


def settings(server, origin=ORIGIN, **options):
    lines = {"server": server, "from": "Rove at home <rove@example.org>"} | options
    text = "\n".join(f'{key} = {value if isinstance(value, int) else chr(34) + str(value) + chr(34)}'
                     for key, value in lines.items() if value is not None)
    return f'web {{ origin = "{origin}" }}\nmail {{\n{text}\n}}\n'


class Exim:
    """Debian's exim by a configuration of its own; its mails in a Maildir. All users have to reach
    the folder."""

    def __init__(self, folder, tls, user="rove"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port, self.tls_port = free_port(), free_port()
        self.box, self.process = self.folder / "box", None
        # It delivers nothing as root.
        me = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("box", "spool", "log"):
            (self.folder / name).mkdir()
        for name in ("chain", "key"):
            shutil.copy(getattr(tls, name), self.folder / name)
        for path in (self.folder, *self.folder.iterdir()):
            shutil.chown(path, me.pw_uid, me.pw_gid)
        # A copy without the right to become root, which would forget its environment.
        self.program = self.folder / "exim"
        shutil.copyfile(peer("exim4").path, self.program)
        self.program.chmod(0o755)
        self.config = self.folder / "exim.conf"
        self.config.write_text(f"""\
exim_path = {self.program}
deliver_drop_privilege
keep_environment = LD_PRELOAD : LD_LIBRARY_PATH : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
exim_user = {me.pw_name}
exim_group = {me.pw_gid}
never_users =
primary_hostname = mail.example.org
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port} : {self.tls_port}
tls_on_connect_ports = {self.tls_port}
tls_advertise_hosts = *
tls_certificate = {self.folder}/chain
tls_privatekey = {self.folder}/key
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
begin acl
check_rcpt:
  deny !authenticated = *
       message = login first
  defer local_parts = grey
        message = come back later
  deny local_parts = nobody
       message = no such user
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {self.box}
  maildir_format
  user = {me.pw_name}
  envelope_to_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
""")
        self.config.chmod(0o644)

    def _users(self):
        """exim looks for the user that its package would make, whatever its configuration says."""
        library = next(ROOT.glob("usr/lib/*/libnss_wrapper.so*"))
        env = {"LD_PRELOAD": str(library)}
        for kind, line in (("passwd", "Debian-exim:x:65500:65500::/:/bin/false"),
                           ("group", "Debian-exim:x:65500:")):
            path = self.folder / kind
            path.write_text(pathlib.Path(f"/etc/{kind}").read_text() + line + "\n")
            env[f"NSS_WRAPPER_{kind.upper()}"] = str(path)
        return env

    def start(self):
        exim = dataclasses.replace(peer("exim4"), path=self.program)
        with open(self.folder / "output", "ab") as output:
            self.process = exim.start("-C", self.config, "-bdf", "-q1m", env=self._users(),
                                      stdout=output, stderr=output, start_new_session=True)
        wait_until(self._listens, 20, "exim listens\n" + (self.folder / "output").read_text())
        return self

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def mails(self):
        return [Mail(path.read_bytes(), None, None) for path in sorted((self.box / "new").glob("*"))]

    def log(self):
        path = self.folder / "log/mainlog"
        return path.read_text() if path.exists() else ""

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)


def link_of(text):
    """The links of a mail."""
    return re.findall(r"https?://\S+", text)
