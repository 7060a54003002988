"""Names of services: addresses that change while requests go on, and addresses where nobody answers."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from gateway import Gateway, reason_of
from processes import eventually, free_port

ROUTES = """
  - {path: /named, upstream: named, protected: false, timeouts: {connect: 4s}}
"""
NAME = "ai.test"

# A hosts file of its own needs the rights of root: others have them in a namespace of users.
OWN_MOUNTS = "-m" if os.geteuid() == 0 else "-rm"


class Witness(BaseHTTPRequestHandler):
    """Says at which address it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Server6(Server):
    address_family = socket.AF_INET6


@contextmanager
def serving(address: str, port: int) -> Iterator[None]:
    server = (Server6 if ":" in address else Server)((address, port), Witness)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent(address: str, port: int) -> Iterator[None]:
    """A listener whose queue is full: it answers no further attempt to connect."""
    with ExitStack() as open_ones:
        listening = open_ones.enter_context(socket.socket())
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(0)
        for _ in range(4):
            filling = open_ones.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex((address, port))
        time.sleep(0.05)
        yield


class Named:
    """A gateway that looks up NAME in a hosts file which the test writes; nobody else is asked: at the address of its
    name server nobody listens."""

    def __init__(self, gateway: Gateway, folder: Path, connections: str):
        self.port = free_port()
        self.hosts = folder / "hosts"
        self.name_servers = folder / "resolv.conf"
        self.name_servers.write_text("nameserver 127.0.0.1\n")
        self.gateway = gateway
        upstream = f"{{url: 'http://{NAME}:{self.port}', connections: {{{connections}}}}}"
        gateway.configure(routes=ROUTES, upstreams={"named": upstream})

    def points_to(self, *addresses: str) -> None:
        self.hosts.write_text("".join(f"{address} {NAME}\n" for address in addresses))

    def start(self) -> None:
        own = f"mount --bind {self.hosts} /etc/hosts && mount --bind {self.name_servers} /etc/resolv.conf"
        self.gateway.start("unshare", OWN_MOUNTS, "sh", "-c", own + ' && exec "$0" "$@"')

    def ask(self) -> httpx.Response:
        return self.gateway.get("/named")


@pytest.fixture
def make_named(make_gateway: Callable[[], Gateway], tmp_path: Path) -> Callable[[str], Named]:
    return lambda connections: Named(make_gateway(), tmp_path, connections)


def test_a_name_that_moves_is_followed_without_a_failed_request(make_named: Callable[[str], Named]):
    named = make_named("age: 1s")
    answers: list[tuple[int, str]] = []
    done = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{named.gateway.port}", timeout=15, trust_env=False) as client:
            while not done.is_set():
                answer = client.get("/named")
                answers.append((answer.status_code, answer.text))
                time.sleep(0.005)

    with ExitStack() as servers:
        for address in ("127.0.0.1", "127.0.0.2", "::1"):
            servers.enter_context(serving(address, named.port))
        named.points_to("127.0.0.1")
        named.start()
        loads = [threading.Thread(target=load) for _ in range(4)]
        for thread in loads:
            thread.start()
        try:
            for address in ("127.0.0.1", "127.0.0.2", "::1"):
                named.points_to(address)
                eventually(lambda: {text for _, text in answers[-40:]} == {address}, 10, f"all requests at {address}")
        finally:
            done.set()
            for thread in loads:
                thread.join()
    assert {status for status, _ in answers} == {200}
    assert len(answers) > 100


def test_an_address_that_does_not_answer_costs_a_moment(make_named: Callable[[str], Named]):
    named = make_named("max_idle: 0")
    named.points_to("127.0.0.3", "127.0.0.4", "127.0.0.1")
    named.start()
    with silent("127.0.0.3", named.port), silent("127.0.0.4", named.port), serving("127.0.0.1", named.port):
        for _ in range(3):
            began = time.monotonic()
            answer = named.ask()
            took = time.monotonic() - began
            assert answer.text == "127.0.0.1"
            assert 0.5 <= took < 2, took
    with silent("127.0.0.3", named.port):
        assert named.ask().status_code == 504


def test_a_name_that_is_gone_keeps_its_last_address_and_the_log_says_so_once(make_named: Callable[[str], Named]):
    named = make_named("max_idle: 0")
    named.points_to("127.0.0.1")
    named.start()
    with serving("127.0.0.1", named.port):
        assert named.ask().status_code == 200
        named.hosts.write_text("127.0.0.1 another.test\n")

        def failed() -> bool:
            assert named.ask().status_code == 200
            return "cannot be looked up" in named.gateway.child.errors()

        eventually(failed, 20, "the warning")
        for _ in range(5):
            assert named.ask().status_code == 200
        assert named.gateway.child.errors().count("cannot be looked up") == 1
    assert reason_of(named.ask()) == "upstream_refused"
