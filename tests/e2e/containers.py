"""The stack of docker/ on a real engine: under a project name of its own, on free ports, and gone afterwards."""

import json
import os
import secrets
import subprocess
from pathlib import Path

import httpx

from gateway import ROOT
from processes import eventually, free_port

FILES = ROOT / "docker"
BASE = "debian:bookworm-slim"


def run(*command: str | Path, within: float = 60, stdin: str = "", **more) -> subprocess.CompletedProcess:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=within, **more)


def output(*command: str | Path, **more) -> str:
    """What a command prints, which must succeed."""
    done = run(*command, **more)
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout.strip()


def succeeds(*command: str, within: float = 20) -> bool:
    try:
        return run(*command, within=within).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def compose_command() -> list[str] | None:
    """Compose 2 or docker-compose, whichever is there; neither needs an engine to read files."""
    return next((one for one in (["docker", "compose"], ["docker-compose"]) if succeeds(*one, "version")), None)


def missing() -> str | None:
    """Why no stack can run here. An engine is not started: that is the machine's owner's to do."""
    if not succeeds("docker", "version"):
        return "no container engine answers here"
    if not compose_command():
        return "neither docker compose nor docker-compose is here"
    return None if can_have(BASE) else f"the image {BASE} cannot be had here"


def can_have(image: str) -> bool:
    return succeeds("docker", "image", "inspect", image) or succeeds("docker", "pull", "-q", image, within=120)


def compose_files(*added: str) -> list[str]:
    """compose.yaml, and compose.NAME.yaml for each name."""
    names = ["compose.yaml"] + [f"compose.{name}.yaml" for name in added]
    return [part for name in names for part in ("-f", str(FILES / name))]


def client_of(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)


class Stack:
    """That of compose.yaml; add() makes more of it."""

    def __init__(self, environment: dict[str, str]):
        self.project = "tollgate-test-" + secrets.token_hex(4)
        port, balancer_port = free_port(), free_port()
        ours = ("JWT_", "TOLLGATE_", "ACCESS_TOKEN_", "COMPOSE_FILE", "COMPOSE_PROFILES")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        place = {
            "TOLLGATE_PORT": str(port),
            "TOLLGATE_BALANCER_PORT": str(balancer_port),
            "TOLLGATE_FRONT": f"10.213.{secrets.randbelow(80)}.0/28",  # not that of a stack which runs here anyway
        }
        self._environment = clean | place | environment
        self._added: list[str] = []
        self._services = ["gateway", "ai-service"]
        self.http = client_of(port)
        self.balanced = client_of(balancer_port)

    def add(self, name: str, *services: str) -> None:
        """compose.NAME.yaml from the next start on; it has these services to wait for."""
        self._added.append(name)
        self._services += services

    def compose(self, *arguments: str, within: float = 120, stdin: str = "") -> str:
        command = [*compose_command(), "-p", self.project, *compose_files(*self._added), *arguments]
        return output(*command, within=within, stdin=stdin, env=self._environment)

    def build(self) -> None:
        self.compose("build", within=1800)

    def start(self, *flags: str) -> None:
        self.compose("up", "-d", *flags)
        for service in self._services:
            self.wait_healthy(service)

    def wait_healthy(self, service: str) -> None:
        def healthy() -> bool:
            return self.inspect(service)["State"]["Health"]["Status"] == "healthy"

        eventually(healthy, 90, f"{service} being healthy")

    def remove(self) -> None:
        self.http.close()
        self.balanced.close()
        self.compose("down", "-v", "--rmi", "local", "--remove-orphans")

    # What runs.

    def container(self, service: str) -> str:
        labels = {"project": self.project, "service": service}
        filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in labels.items()]
        (found,) = output("docker", "ps", "-aq", *filters).split()
        return found

    def inspect(self, service: str) -> dict:
        (said,) = json.loads(output("docker", "inspect", self.container(service)))
        return said

    def image(self, service: str) -> dict:
        (said,) = json.loads(output("docker", "image", "inspect", self.inspect(service)["Image"]))
        return said

    def mounts(self, service: str, volume: str) -> bool:
        return any(mount.get("Name") == f"{self.project}_{volume}" for mount in self.inspect(service)["Mounts"])

    def address(self, service: str, network: str) -> str:
        return self.inspect(service)["NetworkSettings"]["Networks"][f"{self.project}_{network}"]["IPAddress"]

    def execute(self, *command: str, stdin: str = "") -> str:
        """What a command in the gateway's container prints."""
        return self.compose("exec", "-T", "gateway", *command, stdin=stdin)

    def access_lines(self, service: str, path: str) -> list[dict]:
        lines = [json.loads(line) for line in output("docker", "logs", self.container(service)).splitlines()]
        return [line for line in lines if line["path"] == path]

    def statuses(self, network: str, *urls: str) -> list[int | None]:
        """How each URL answers a stranger on a network; None: not at all. The service's image has a Python."""
        asked = (
            "import sys, urllib.request as r\n"
            "for url in sys.argv[1:]:\n"
            "    try: print(r.build_opener(r.ProxyHandler({})).open(url, timeout=3).status)\n"
            "    except OSError: print(None)\n"
        )
        image = self.inspect("ai-service")["Image"]
        place = ["--rm", "--network", f"{self.project}_{network}", "--no-healthcheck"]
        said = output("docker", "run", *place, image, "python3", "-c", asked, *urls)
        return [None if line == "None" else int(line) for line in said.splitlines()]

    # Users.

    def add_user(self, email: str, password: str) -> None:
        self.execute("tollgate", "user", "add", email, "--password-stdin", stdin=password + "\n")

    def log_in(self, email: str, password: str) -> dict[str, str]:
        """The header that a request of the user needs."""
        answer = self.http.post("/login", data={"username": email, "password": password})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}
