"""The proxies that are compared: how each is started, and what it can do."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import configurations
from bench.configurations import Place
from bench.kernel import family
from bench.processes import Child, Cores, free_port
from bench.tokens import PASSWORD, USERS, Tokens, email

ROOT = Path(__file__).resolve().parents[2]
TOLLGATE = ROOT / "build/release/tollgate"
PROGRAMS = ROOT / "build/release/tests/bench"
SYSTEM_PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
HASH_COST = 10  # of the passwords: enough of them fit into a measurement


@dataclass(frozen=True)
class Proxy:
    name: str
    what: str
    checks: bool  # tokens
    configure: Callable[[Place], None] | None
    command: tuple[str, ...]  # names of a Place in braces are replaced
    speaks_tls: bool = True
    keeps_users: bool = False
    workers: int = 1
    routes: int = 10


def own(name: str, what: str, **more) -> Proxy:
    users = more.pop("keeps_users", True)
    return Proxy(
        name,
        what,
        checks=True,
        configure=lambda place: configurations.tollgate(place, users),
        command=(str(TOLLGATE), "run", "--config", "{folder}/tollgate.yaml"),
        keeps_users=users,
        **more,
    )


def nginx(name: str, what: str, big_buffers: bool = False, **more) -> Proxy:
    command = ("nginx", "-p", "{folder}", "-c", "{folder}/nginx.conf", "-e", "stderr")
    return Proxy(name, what, False, lambda place: configurations.nginx(place, big_buffers), command, **more)


def haproxy(name: str, what: str, check: bool = False, splice: bool = False, **more) -> Proxy:
    command = ("haproxy", "-db", "-f", "{folder}/haproxy.cfg")
    return Proxy(name, what, check, lambda place: configurations.haproxy(place, check, splice), command, **more)


ALL = {
    proxy.name: proxy
    for proxy in (
        own("tollgate", "the default: tokens are checked, users looked up in SQLite"),
        own("tollgate-verify", "without `users`: a token is checked, nobody is looked up", keeps_users=False),
        own("tollgate-10000", "the default with 10,000 routes", routes=10_000),
        own("tollgate-2", "the default with 2 workers", workers=2),
        nginx("nginx", "plain proxy, no check"),
        nginx("nginx-big", "the same with buffers of 128 KiB", big_buffers=True),
        nginx("nginx-2", "plain proxy with 2 workers", workers=2),
        haproxy("haproxy", "plain proxy, no check"),
        haproxy("haproxy-jwt", "checks HS256 and `exp`, sets X-User-Id", check=True),
        haproxy("haproxy-splice", "plain proxy with splice forced", splice=True),
        haproxy("haproxy-jwt-2", "checks, with 2 threads", check=True, workers=2),
        Proxy(
            "relay",
            "the floor: system calls, a table of tokens, and nothing else",
            True,
            lambda place: None,
            (str(PROGRAMS / "bench_relay"), "{port}", "{service_port}", "{secret}"),
            speaks_tls=False,
        ),
        Proxy(
            "caddy",
            "plain proxy, no check",
            False,
            configurations.caddy,
            ("caddy", "run", "--config", "{folder}/Caddyfile", "--adapter", "caddyfile"),
        ),
    )
}


@dataclass(frozen=True)
class Running:
    proxy: Proxy
    port: int
    tls_port: int
    child: Child

    @property
    def name(self) -> str:
        return self.proxy.name

    @property
    def pids(self) -> list[int]:
        return family(self.child.process.pid)


class Bench:
    """A folder with the service behind, tokens and users; proxies are started in it and ended with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tollgate-bench-"))
        self.cpus = Cores()
        self.children: list[Child] = []
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self.service_port = free_port()
        service = Child([PROGRAMS / "bench_upstream", self.service_port], self.folder, self.cpus.others)
        self.children.append(service)
        service.wait_ready([self.service_port])
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        named = ["-subj", "/CN=bench.example", "-addext", "subjectAltName=DNS:bench.example,IP:127.0.0.1"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             *named, "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True,
        )
        self.tokens = Tokens(self.folder)
        self._store_users()

    def _store_users(self) -> None:
        hashed = subprocess.run(
            [PROGRAMS / "bench_crypt", "hash", PASSWORD, str(HASH_COST)], check=True, capture_output=True, text=True
        ).stdout.strip()
        configurations.tollgate(self.place(self.folder), users=True)
        lines = "email,hash\n" + "".join(f"{email(user)},{hashed}\n" for user in range(1, USERS + 1))
        subprocess.run(
            [TOLLGATE, "user", "import", "--config", self.folder / "tollgate.yaml"],
            input=lines, check=True, capture_output=True, text=True,
        )

    def place(self, folder: Path, **more) -> Place:
        return Place(
            folder=folder, port=free_port(), tls_port=free_port(), service_port=self.service_port,
            secret=self.tokens.secret, certificate=self.certificate, key=self.key, **more,
        )

    @contextmanager
    def running(self, proxy: Proxy, everywhere: bool = False, within: float = 20) -> Iterator[Running]:
        """`everywhere`: on all processors, as it must be when it has several workers."""
        folder = Path(tempfile.mkdtemp(prefix=f"{proxy.name}-", dir=self.folder))
        place = self.place(folder, workers=proxy.workers, routes=proxy.routes)
        proxy.configure(place)
        if proxy.keeps_users:
            shutil.copy(self.folder / "users.db", folder / "users.db")
        cpus = self.cpus.everything if everywhere or proxy.workers > 1 else self.cpus.proxy
        # Without a limit Go would start a thread for each processor of the machine. Caddy keeps files at home.
        environment = {"PATH": SYSTEM_PATH, "GOMAXPROCS": str(proxy.workers), "HOME": str(folder)}
        command = [word.format(**vars(place)) for word in proxy.command]
        child = Child(command, folder, cpus, environment)
        self.children.append(child)
        try:
            tls_port = place.tls_port if proxy.speaks_tls else 0
            child.wait_ready([place.port, tls_port] if tls_port else [place.port], within)
            time.sleep(0.1)  # nginx accepts before its workers run
            yield Running(proxy, place.port, tls_port, child)
        finally:
            child.stop()
            self.children.remove(child)

    def direct(self) -> Running:
        """The service itself, as if it were a proxy that costs nothing."""
        proxy = Proxy("direct", "no proxy", False, None, ())
        return Running(replace(proxy), self.service_port, 0, self.children[0])

    def close(self) -> None:
        for child in reversed(self.children):
            child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
