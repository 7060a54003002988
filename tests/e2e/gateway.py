"""A gateway under test: the built binary in a folder of its own, with its configuration, its users and its logs."""

import json
import os
import re
import secrets
import subprocess
import warnings
from pathlib import Path

import httpx

from processes import Child, eventually, free_port

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("TOLLGATE_BINARY", ROOT / "build/release/tollgate")).resolve()
SECRET = secrets.token_urlsafe(48)
FOUNDER = "founder@example.com"
PASSWORD = "supersecret123"
LABEL = re.compile(r'(\w+)="([^"]*)"')
COUNTED_LATER = {"requests_total", "tls_handshakes_total", "proxy_headers_total"}  # not there before the first one

ROUTES = """
  - {path: /,         methods: [GET],  upstream: ai, protected: false}
  - {path: /generate, methods: [POST], upstream: ai}
  - {path: /generate/stream, methods: [POST], upstream: ai}
  - {path: /v1/*, upstream: ai}
  - {path: /origin/*, upstream: origin}
  - {path: /open/*, upstream: origin, protected: false}
  - {path: /down, upstream: down}
"""

CONFIGURATION = """
listen: 127.0.0.1:{port}
metrics: 127.0.0.1:{metrics_port}
upstreams:
  ai: http://127.0.0.1:{ai_port}
  origin: http://127.0.0.1:{origin_port}
  down: http://127.0.0.1:{down_port}{upstreams}
routes:{routes}
plugins:
  auth:
    tokens:
      secret: "${{JWT_SECRET}}"
      algorithm: "${{JWT_ALGORITHM:-HS256}}"
      lifetime: "${{ACCESS_TOKEN_MINUTES:-30}}m"
    users: {{store: "${{TOLLGATE_STORE:-sqlite://{folder}/users.db}}"{users}}}{auth}
"""


class Gateway:
    """A service that is given no port is down."""

    def __init__(self, folder: Path, ai_port: int | None = None, origin_port: int | None = None):
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        self._places = {
            "ai_port": ai_port or free_port(),
            "origin_port": origin_port or free_port(),
            "down_port": free_port(),
        }
        self.configuration = folder / "tollgate.yaml"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("JWT_", "TOLLGATE_"))}
        self.environment = clean | {"JWT_SECRET": SECRET, "TOLLGATE_CONFIG": str(self.configuration)}
        self.child: Child | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=15, trust_env=False)
        self.configure()

    def configure(
        self,
        routes: str = ROUTES,
        more: str = "",
        upstreams: dict[str, int | str] | None = None,
        users: str = "",
        auth: str = "",
    ) -> None:
        """Writes the configuration; `more` is further YAML at its end, at the top level, `auth` the same in the block
        of the plugin, `users` further keys of the store (`store_grace: 1s`), `upstreams` the ports of further
        services, or what else stands behind their names."""
        places = self._places | {"port": self.port, "metrics_port": self.metrics_port, "folder": self.folder}
        further = [
            f"\n  {name}: http://127.0.0.1:{what}" if isinstance(what, int) else f"\n  {name}: {what}"
            for name, what in (upstreams or {}).items()
        ]
        places |= {"upstreams": "".join(further), "users": users and f", {users}", "auth": auth and f"\n    {auth}"}
        self.configuration.write_text(CONFIGURATION.format(routes=routes, **places) + more)

    # The process.

    def start(self, *under: str) -> "Gateway":
        """`under`: a command that becomes the gateway, such as prlimit with what it limits. It is ready when the port that
        is bound last accepts: then all others do."""
        self.child = Child([*under, BINARY, "run"], self.folder, self.metrics_port, self.environment)
        self.child.wait_ready()
        return self

    def fails_to_start(self) -> str:
        """Runs a gateway that must refuse: exit code 1, nothing on stdout; what it said on stderr."""
        done = self.cli("run")
        assert done.returncode == 1, f"exit code {done.returncode}: {done.stderr}"
        assert done.stdout == ""
        return done.stderr

    def stop(self) -> None:
        """Ends it as a service manager would; it must end well."""
        self.http.close()
        if self.child and self.child.process.returncode is None:
            assert self.child.stop() == 0, self.child.errors()

    def cli(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [BINARY, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=30,
        )

    # Users.

    def add_user(self, email: str = FOUNDER, password: str = PASSWORD) -> None:
        done = self.cli("user", "add", email, "--password-stdin", stdin=password + "\n")
        assert done.returncode == 0, done.stderr

    def user(self, verb: str, email: str = FOUNDER, stdin: str | None = None) -> None:
        """`tollgate user VERB EMAIL`, which must succeed."""
        flags = ["--password-stdin"] if stdin else []
        done = self.cli("user", verb, email, *flags, stdin=stdin and stdin + "\n")
        assert done.returncode == 0, done.stderr

    def log_in(self, email: str = FOUNDER, password: str = PASSWORD) -> str:
        answer = self.http.post("/login", data={"username": email, "password": password})
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    # Requests.

    def get(self, path: str, token: str | None = None, **more) -> httpx.Response:
        return self.ask("GET", path, token, **more)

    def post(self, path: str, token: str | None = None, **more) -> httpx.Response:
        return self.ask("POST", path, token, **more)

    def ask(
        self, method: str, path: str, token: str | None = None, headers: dict | None = None, **more
    ) -> httpx.Response:
        credentials = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return self.http.request(method, path, headers=credentials | (headers or {}), **more)

    def operations(self, path: str) -> httpx.Response:
        """From the listener of /livez, /readyz and /metrics."""
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=10, trust_env=False)

    def metric(self, name: str, **labels: str) -> int:
        """The sum of the counter or gauge `tollgate_NAME` over all that has these labels."""
        text = self.operations("/metrics").text
        found = re.findall(rf"^tollgate_{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
        values = [float(value) for said, value in found if labels.items() <= dict(LABEL.findall(said)).items()]
        assert values or name in COUNTED_LATER, f"there is no tollgate_{name} with {labels}"
        return int(sum(values))

    # Logs.

    def access_lines(self) -> list[dict]:
        text = self.child.output_file.read_text()
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def logged(self, answer: httpx.Response) -> dict:
        """The access line of one answer."""
        return self.logged_as(answer.headers["x-request-id"])

    def logged_as(self, request_id: str) -> dict:
        def found() -> list[dict]:
            return [line for line in self.access_lines() if line["request_id"] == request_id]

        lines = eventually(found, 5, f"the access line of {request_id}")
        assert len(lines) == 1
        return lines[0]


def cheap_hash() -> str:
    """Of PASSWORD, by another program than ours, and quick to check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt
    return crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2**4))


def reason_of(answer: httpx.Response) -> str:
    """The `reason` of one of our own answers, whose shape is checked on the way."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "reason", "request_id"}
    assert problem["type"] == "about:blank"
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem["reason"]
