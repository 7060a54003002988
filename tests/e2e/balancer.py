"""An nginx in front of several gateways, as a fleet has it: it tries the next one when one is not there."""

import os
from pathlib import Path

from processes import Child, free_port

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream fleet {{
        {servers}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://fleet;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 1s;
            proxy_next_upstream error timeout;
        }}
    }}
}}
"""


class Balancer:
    def __init__(self, folder: Path, ports: list[int]):
        self.port = free_port()
        servers = "\n        ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports)
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=self.port, servers=servers))
        command = ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
        environment = dict(os.environ) | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        self.child = Child(command, folder, self.port, environment)
        self.child.wait_ready()
