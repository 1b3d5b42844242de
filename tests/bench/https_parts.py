# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of `make bench` that measure HTTPS share: an installation with hosts, nginx in its
place, the load."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile

from harness import BUILD, Rove, free_port, wait_until
from https import Authority
from peers import peer

NAME = "update.example.org"

NGINX = """\
daemon off;
{user}
worker_processes {workers};
pid {home}/pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type text/plain;
    keepalive_requests 1000000000;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    upstream other {{
        server unix:{other};
        keepalive 256;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {listen} backlog=4096;
        location / {{ {reply} }}
        {more}
    }}
}}
"""
# Ciphers and groups are those of src/tls/site.c.
TLS = """\
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_prefer_server_ciphers on;
        ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384;
        ssl_ecdh_curve X25519:P-256:P-384;
"""
CONSTANT = 'return 200 "nochg 192.0.2.1\\n";'
PROXY = 'proxy_pass http://other; proxy_http_version 1.1; proxy_set_header Connection "";'


def program(name):
    return BUILD / "tests" / "bench" / name


def output_of(*command):
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True,
                          timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def load(port, clients, seconds, hosts, version, mode, *rate):
    """What https_load counted."""
    said = output_of(program("https_load"), port, clients, seconds, hosts, version, mode, *rate)
    return {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", said)}


def is_listening(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Https:
    """An installation with hosts that serves HTTPS; `settings` stand before its section https."""

    def __init__(self, folder, hosts, settings="", options="", http=""):
        authority = Authority(folder / "authority")
        self.port = free_port()
        self.chain, self.key = authority.issue("main", [NAME])
        self.threads = len(os.sched_getaffinity(0))
        self.rove = Rove(folder / "rove", settings + f"""
https {{ listen = {{ "127.0.0.1:{self.port}" }} {options} }}
certificate "main" {{ chain = "{self.chain}" key = "{self.key}" }}
""")
        config = self.rove.config
        config.write_text(config.read_text().replace("http { listen", f"http {{ {http} listen", 1))
        self.rove.init()
        output_of(program("bench_store"), self.rove.data, hosts, self.rove.data / "rove.key")

    def start(self):
        self.rove.start()
        wait_until(lambda: is_listening(self.port) and self.rove.status("tls"), 60, "tls runs")
        wait_until(self.rove.image.joinpath("data.cdb").exists, 300, "the first image")

    @property
    def pids(self):
        """Of the parent of all roles, alone."""
        return [self.rove.processes["roved"].pid]

    def clean_up(self):
        self.rove.clean_up()


@contextlib.contextmanager
def nginx(folder, chain, key, workers):
    """Debian's nginx, not installed, by itself: (process id, port)."""
    port = free_port()
    with _running(folder, f"127.0.0.1:{port} ssl", CONSTANT, workers,
                  TLS.format(chain=chain, key=key)) as pid:
        wait_until(lambda: is_listening(port), 20, "nginx listens")
        yield [pid], port


@contextlib.contextmanager
def nginx_before_nginx(folder, chain, key, workers):
    """One that ends TLS, and gets the constant from another one: (process ids, port)."""
    other, port = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "other", free_port()
    with _running(folder, f"unix:{other}", CONSTANT, 1) as second, \
            _running(folder, f"127.0.0.1:{port} ssl", PROXY, workers,
                     TLS.format(chain=chain, key=key), other) as first:
        wait_until(lambda: other.exists() and is_listening(port), 20, "both listen")
        yield [first, second], port


@contextlib.contextmanager
def _running(folder, listen, reply, workers, more="", other="/nowhere"):
    home = pathlib.Path(tempfile.mkdtemp(dir=folder))
    home.chmod(0o755)
    config = home / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(NGINX.format(user=user, workers=workers, home=home, other=other,
                                   listen=listen, reply=reply, more=more))
    with peer("nginx").start("-e", "stderr", "-p", home, "-c", config) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
