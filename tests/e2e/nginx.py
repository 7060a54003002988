"""An nginx as the service behind, with a configuration, files and logs of its own: the one of the system, if there is
one, is left alone."""

import getpass
import json
import os
from pathlib import Path

from processes import Child, eventually, free_port

MIB = 1024 * 1024
AROUND = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""
FILES = """
    log_format json escape=json '{{"id":"$http_x_request_id","line":"$request","status":$status,'
                                '"user":"$http_x_user_id","received":$request_length,"connection":$connection}}';
    access_log {folder}/access.log json;
    default_type application/octet-stream;
    gzip off;
    keepalive_timeout 1s;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        client_max_body_size 64m;
        location /chunked/ {{ alias {folder}/files/; ssi on; ssi_types *; }}
        location /empty {{ return 204; }}
        location /uploads/ {{ dav_methods PUT DELETE; create_full_put_path on; }}
        location /small/ {{ dav_methods PUT; client_max_body_size 1k; }}
        location /abrupt/ {{ dav_methods PUT; client_max_body_size 1k; lingering_close off; }}
        location /said {{ return 200 "said"; }}
    }}
"""


def start_nginx(folder: Path, port: int, http: str, **names: object) -> Child:
    """One whose block `http` is as `http` says, in which {folder}, {port} and further names are filled in."""
    configuration = folder / "nginx.conf"
    inside = http.format(folder=folder, port=port, **names)
    configuration.write_text(AROUND.format(folder=folder, user=getpass.getuser(), http=inside))
    environment = dict(os.environ) | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    nginx = Child(["nginx", "-p", folder, "-c", configuration, "-e", "stderr"], folder, port, environment)
    nginx.wait_ready()
    return nginx


class Nginx:
    """Serves and takes files. It can be started again on the same port."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = free_port()
        (folder / "files").mkdir()
        self.file = os.urandom(MIB).replace(b"<", b">")  # of which `ssi` keeps one at the very end for itself
        (folder / "files/file").write_bytes(self.file)
        self.start()

    def start(self) -> None:
        self.child = start_nginx(self.folder, self.port, FILES)
        pid = self.folder / "nginx.pid"  # the port may be another's still
        eventually(lambda: pid.is_file() and pid.read_text().strip() == str(self.child.process.pid), 10, "its pid file")

    def worker(self) -> int:
        """The process that serves; when it dies another takes its place, at the same listening socket."""
        master = self.child.process.pid
        (pid,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return int(pid)

    def heard(self, request_id: str) -> list[dict]:
        """The access lines of one request: several, when the gateway sent it several times."""
        lines = (self.folder / "access.log").read_text().splitlines(keepends=True)
        said = [json.loads(line) for line in lines if line.endswith("\n")]
        return [line for line in said if line["id"] == request_id]

    def heard_once(self, request_id: str) -> dict:
        (line,) = eventually(lambda: self.heard(request_id), 5, f"nginx's line of {request_id}")
        return line
