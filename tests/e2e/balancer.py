"""A HAProxy in front of several gateways, as a fleet has it: it tries the next one when one is not there, and asks
again what may be asked again. It holds an answer back until it is whole, for 2 s at most, so that a gateway that dies
within it is a 502 and not half an answer.
"""

import os
from pathlib import Path

from processes import Child, free_port

CONFIGURATION = """
global
    maxconn 1024
defaults
    mode http
    option http-no-delay
    option redispatch 1
    retries 2
    timeout connect 1s
    timeout client 60s
    timeout server 60s
frontend clients
    bind 127.0.0.1:{port}
    default_backend fleet
backend fleet
    option forwardfor
    retry-on conn-failure empty-response
    http-request disable-l7-retry unless METH_GET or {{ path /login }}
    http-response wait-for-body time 2s
    default-server check inter 250ms fall 1 rise 1
    {servers}
"""


class Balancer:
    def __init__(self, folder: Path, ports: list[int]):
        self.port = free_port()
        servers = "\n    ".join(f"server gateway{number} 127.0.0.1:{port}" for number, port in enumerate(ports))
        (folder / "haproxy.cfg").write_text(CONFIGURATION.format(port=self.port, servers=servers))
        environment = dict(os.environ) | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        self.child = Child(["haproxy", "-db", "-f", folder / "haproxy.cfg"], folder, self.port, environment)
        self.child.wait_ready()
