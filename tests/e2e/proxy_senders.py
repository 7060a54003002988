"""Balancers that say with a PROXY header for whom they connect: HAProxy, and nginx's stream module."""

import os
from collections.abc import Callable
from pathlib import Path

from processes import Child, free_port

ENVIRONMENT = dict(os.environ) | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
NGINX = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{to};
        proxy_protocol on;
    }}
}}
"""
HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen front
    bind 127.0.0.1:{port}
    server gateway 127.0.0.1:{to} {how}
"""

Start = Callable[[Path, int], Child]


def nginx(folder: Path, to: int) -> Child:
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, to=to))
    return Child(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"], folder, port, ENVIRONMENT)


def haproxy(how: str) -> Start:
    def start(folder: Path, to: int) -> Child:
        port = free_port()
        (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, to=to, how=how))
        return Child(["haproxy", "-db", "-f", folder / "haproxy.cfg"], folder, port, ENVIRONMENT)

    return start


SENDERS: dict[str, Start] = {
    "nginx": nginx,
    "haproxy_v1": haproxy("send-proxy"),
    "haproxy_v2": haproxy("send-proxy-v2 proxy-v2-options unique-id,crc32c check inter 200ms check-send-proxy"),
}
